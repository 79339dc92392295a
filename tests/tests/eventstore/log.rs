//! What the double stores: events in one order, streams over them, and the rules of an append.
//!
//! Follows the server's documented behaviour as far as the engine relies on it: expected revisions, the same ids at
//! the same place are the same append, positions ordered but not dense.

use std::collections::{HashMap, HashSet};

/// One stored event.
#[derive(Clone, Debug)]
pub struct Event {
    pub name: String,
    pub revision: u64,
    pub id: String,
    pub kind: String,
    pub data: Vec<u8>,
    pub commit: u64,
}

/// One event to be stored.
#[derive(Clone, Debug)]
pub struct New {
    pub id: String,
    pub kind: String,
    pub data: Vec<u8>,
}

/// How an append ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Stored now or by an earlier attempt; revision and position of the last event.
    Stored {
        revision: u64,
        commit: u64,
    },
    /// The stream ends elsewhere: number of its events.
    Wrong {
        count: u64,
    },
    Deleted,
}

/// The whole store.
#[derive(Debug, Default)]
pub struct Log {
    pub events: Vec<Event>,
    streams: HashMap<String, Vec<usize>>,
    /// First revision that is still there.
    first: HashMap<String, u64>,
    deleted: HashSet<String>,
}

impl Log {
    pub fn append(&mut self, name: &str, expected: u64, events: &[New]) -> Outcome {
        if self.deleted.contains(name) {
            return Outcome::Deleted;
        }
        let at = self.streams.get(name).cloned().unwrap_or_default();
        let there = at.iter().skip(expected as usize).take(events.len());
        let same = there.clone().count() == events.len() && there.zip(events).all(|(i, e)| self.events[*i].id == e.id);
        if same && !events.is_empty() {
            let last = &self.events[at[expected as usize + events.len() - 1]];
            return Outcome::Stored { revision: last.revision, commit: last.commit };
        }
        if at.len() as u64 != expected {
            return Outcome::Wrong { count: at.len() as u64 };
        }
        for event in events {
            self.push(name, event.clone());
        }
        self.events
            .last()
            .map_or(Outcome::Wrong { count: 0 }, |e| Outcome::Stored { revision: e.revision, commit: e.commit })
    }

    /// Stores without any check, as somebody else at the server would.
    pub fn push(&mut self, name: &str, new: New) {
        let at = self.streams.entry(name.to_owned()).or_default();
        let revision = at.len() as u64;
        at.push(self.events.len());
        let commit = self.events.last().map_or(137, |e| e.commit + 61 + e.data.len() as u64);
        let New { id, kind, data } = new;
        self.events.push(Event { name: name.to_owned(), revision, id, kind, data, commit });
    }

    /// Deletes the stream for good, and says so in `$all`.
    pub fn delete(&mut self, name: &str) {
        self.push(name, New { id: uuid::Uuid::new_v4().to_string(), kind: "$streamDeleted".into(), data: Vec::new() });
        if let Some(last) = self.events.last_mut() {
            last.revision = i64::MAX as u64;
        }
        self.deleted.insert(name.to_owned());
    }

    /// Drops the events before this revision, as a scavenge after `$tb` would.
    pub fn truncate(&mut self, name: &str, before: u64) {
        self.first.insert(name.to_owned(), before);
    }

    /// Replaces the stored bytes of one event.
    pub fn alter(&mut self, name: &str, revision: u64, data: Vec<u8>) {
        let at = self.streams[name][revision as usize];
        self.events[at].data = data;
    }

    /// Events of a stream from a revision on; `None` if there is no such stream.
    pub fn read(&self, name: &str, from: u64, count: u64) -> Option<Vec<Event>> {
        let at = self.streams.get(name).filter(|_| !self.deleted.contains(name))?;
        let from = from.max(self.first.get(name).copied().unwrap_or(0));
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Some(at.iter().skip(from as usize).take(count).map(|i| self.events[*i].clone()).collect())
    }
}
