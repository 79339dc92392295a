//! Payload groups, keys and documents: rule B5. What is missing is judged by `erasure` (B6).

use super::erasure::Erasures;
use super::report::{Counts, Findings};
use super::uses::Uses;
use super::{Given, KeySource, is_system};
use crate::ledger::group::{self, Group, Kek, Place};
use crate::ledger::header::Header;
use crate::ledger::port::{Stored, StoredGroup};
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// What is known of keys and payloads; what is missing goes to `erasures`.
pub(super) struct Payloads {
    uses: Uses,
    pub(super) erasures: Erasures,
    cited: Vec<Cited>,
}

/// A document value and where it stands.
pub(super) struct Cited {
    pub(super) index: u64,
    pub(super) stream: Uuid,
    pub(super) pointer: String,
    pub(super) value: Value,
}

impl Payloads {
    pub(super) fn new(uses: Uses) -> Self {
        Self { uses, erasures: Erasures::default(), cited: Vec::new() }
    }

    /// B5 for keys that opened no group.
    pub(super) fn check_uses(&self, keys: &dyn KeySource, findings: &mut Findings) {
        self.uses.check_rest(keys, findings);
    }

    /// B5 for one event: present groups reproduce exactly their entries, the rest is accounted for.
    /// Returns the open group.
    pub(super) fn check(
        &mut self,
        stored: &Stored,
        header: &Header,
        given: &Given<'_>,
        counts: &mut Counts,
        findings: &mut Findings,
    ) -> Option<Group> {
        let mut readable = None;
        let system = is_system(stored, given.log);
        if system {
            self.erasures.system(stored.index);
        }
        let mut owned = vec![false; header.sd.len()];
        let mut unread = 0usize;
        for stray in stored.groups.iter().filter(|p| header.entries(p.g).is_none()) {
            findings.add(
                "B5",
                Some(stored.index),
                Some(stored.stream),
                format!("Gruppe {} gehört nicht zum Ereignis", stray.g),
            );
        }
        for (g, n) in &header.grp {
            let present = stored.groups.iter().find(|p| p.g == *g);
            match self.open(header, present, given, counts) {
                Opened::Group(group) => {
                    if *g == 0 && system {
                        self.erasures.event(stored.index, &header.wire, &group, given, findings);
                    } else if *g > 0 && given.documents.is_some() {
                        self.cite(stored, &group);
                    }
                    if let Err(text) = own(&group, header, usize::from(*n), &mut owned, counts) {
                        findings.add("B5", Some(stored.index), Some(stored.stream), format!("Gruppe {g}: {text}"));
                    }
                    if *g == 0 {
                        readable = Some(group);
                    }
                }
                Opened::Locked => {
                    counts.locked += 1;
                    unread += usize::from(*n);
                }
                Opened::Missing => {
                    self.erasures.missing(stored.index, *g, stored.stream);
                    unread += usize::from(*n);
                }
                Opened::Broken(text) => {
                    findings.add("B5", Some(stored.index), Some(stored.stream), format!("Gruppe {g}: {text}"));
                    unread += usize::from(*n);
                }
            }
        }
        let free = owned.iter().filter(|o| !**o).count();
        if free != unread && findings.is_empty() {
            findings.add(
                "B5",
                Some(stored.index),
                Some(stored.stream),
                "Zahl der offenen Einträge in _sd stimmt nicht",
            );
        }
        readable
    }

    fn open(
        &mut self,
        header: &Header,
        present: Option<&StoredGroup>,
        given: &Given<'_>,
        counts: &mut Counts,
    ) -> Opened {
        let Some(present) = present else { return Opened::Missing };
        let place = Place { log: &header.log, stream: header.stream, seq: header.seq };
        let mut kek: Option<Arc<Kek>> = None;
        if present.g > 0 {
            let Some(id) = present.kek_id else { return Opened::Broken("ohne Schlüsselkennung".into()) };
            if !self.uses.known(id) {
                return Opened::Broken(format!("Schlüssel {id} ohne kek_use"));
            }
            if present.bytes.first() == Some(&0) {
                return Opened::Broken("versiegelte Gruppe im Klartext".into());
            }
            let Some(keys) = given.keys else { return Opened::Locked };
            let Some(key) = keys.kek(id) else { return Opened::Missing };
            if !self.uses.right(&key) {
                return Opened::Broken(format!("kek_use des Schlüssels {id} stimmt nicht"));
            }
            kek = Some(key);
        } else if present.kek_id.is_some() {
            return Opened::Broken("offene Gruppe mit Schlüsselkennung".into());
        }
        counts.groups += 1;
        match group::open(present, &place, kek.as_deref()) {
            Ok(group) => Opened::Group(group),
            Err(error) => Opened::Broken(error.to_string()),
        }
    }

    /// Documents an opened group cites.
    fn cite(&mut self, stored: &Stored, group: &Group) {
        for (pointer, value, _) in group.values() {
            let cited = documents_in(value).into_iter().map(|document| Cited {
                index: stored.index,
                stream: stored.stream,
                pointer: pointer.to_owned(),
                value: document.clone(),
            });
            self.cited.extend(cited);
        }
    }

    /// Documents cited since the last call.
    pub(super) fn take_documents(&mut self) -> Vec<Cited> {
        std::mem::take(&mut self.cited)
    }
}

enum Opened {
    Group(Group),
    Locked,
    Missing,
    Broken(String),
}

/// Marks the entries of `_sd` this group reproduces; exactly `n`, none twice.
fn own(group: &Group, header: &Header, n: usize, owned: &mut [bool], counts: &mut Counts) -> Result<(), String> {
    let digests = group.digests().map_err(|e| e.to_string())?;
    counts.values += group.values().count() as u64;
    if digests.len() != n {
        return Err(format!("{} Einträge statt {n}", digests.len()));
    }
    for digest in digests {
        let at =
            header.sd.binary_search(&digest).map_err(|_| "ein Wert passt nicht zu seinem Eintrag in _sd".to_owned())?;
        if std::mem::replace(&mut owned[at], true) {
            return Err("ein Eintrag in _sd gehört zu zwei Werten".into());
        }
    }
    Ok(())
}

/// Document values inside a payload value, at any depth (lists of documents).
fn documents_in(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(map) if map.contains_key("dsalt") && map.contains_key("ref") => vec![value],
        Value::Object(map) => map.values().flat_map(documents_in).collect(),
        Value::Array(items) => items.iter().flat_map(documents_in).collect(),
        _ => Vec::new(),
    }
}
