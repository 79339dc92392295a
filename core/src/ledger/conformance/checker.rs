//! Decides whether a recorded history is one a ledger may have: a pure function of the history and the log it left.
//!
//! Held against three lists that only grow: each stream (heads, pages, conflicts), the log as pages show it,
//! and the log as heads show it. Each must be linearizable: every append takes its place at one moment between
//! call and answer, all its events together, and every look shows a state of its own span. Deliberately not one
//! list of all three: a head is also what was told last, and may lag behind a page that is being read.

mod order;

use super::history::{Act, History, NEVER, Operation, Outcome, Place, Span};
use crate::ledger::hash::leaf;
use crate::ledger::merkle::Frontier;
use crate::ledger::port::{Hash, Head, Receipt};
use order::{Flaw, Length, Look, Write, explain};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// What a history must not show. Operations are named by their number in the history, events by their index.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    #[error("the log has index {found} where {due} must follow")]
    Gap { due: u64, found: u64 },
    #[error("event {index} has seq {found} where {due} must follow in its stream")]
    SeqGap { index: u64, due: u64, found: u64 },
    #[error("event {index} is event {first} once more")]
    Twice { index: u64, first: u64 },
    #[error("nobody appended event {index}")]
    Phantom { index: u64 },
    #[error("event {index} was refused and is stored all the same")]
    RefusedButStored { index: u64 },
    #[error("operation {operation} was acknowledged and is not in the log")]
    Lost { operation: usize },
    #[error("of operation {operation} only a part is stored, or apart, or at another place of its stream")]
    Torn { operation: usize },
    #[error("the receipt of operation {operation} names another place than the log")]
    Receipt { operation: usize },
    #[error("operations {first} and {operation} were both acknowledged for the same events")]
    AcknowledgedTwice { operation: usize, first: usize },
    #[error("operation {operation} met a conflict with the length it expected")]
    NoConflict { operation: usize },
    #[error("operation {operation} read something else than the log has there")]
    WrongPage { operation: usize },
    #[error("operation {operation} read a head that is not the tree's")]
    WrongRoot { operation: usize },
    #[error("operation {operation} read a stream head that is not the stream's")]
    WrongStreamHead { operation: usize },
    #[error("operation {operation} saw more than was ever there")]
    Beyond { operation: usize },
    #[error("operation {operation} saw half of an append")]
    Half { operation: usize },
    #[error("{list}: {later} was acknowledged before {earlier} was begun, and stands behind it")]
    Overtaken { list: String, earlier: u64, later: u64 },
    #[error("{list}: operation {operation} does not show {missing}, acknowledged before it was begun")]
    Stale { list: String, operation: usize, missing: u64 },
    #[error("{list}: operation {operation} shows {item}, begun only after it was answered")]
    Foreseen { list: String, operation: usize, item: u64 },
    #[error("{list}: operation {operation} shows less than operation {earlier} before it")]
    WentBack { list: String, operation: usize, earlier: usize },
    #[error("reader {client} read event {found} where {due} must follow")]
    Skipped { client: u64, due: u64, found: u64 },
    #[error("reader {client} never read event {due}")]
    Unread { client: u64, due: u64 },
}

/// What a history that holds was made of, so that a run can show that it meant something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub events: u64,
    pub acknowledged: u64,
    pub conflicts: u64,
    pub refused: u64,
    pub unknown: u64,
    /// Pages, heads and stream heads.
    pub looks: u64,
    /// Clients that read the whole log.
    pub followers: u64,
}

/// `log` is all of the log, read when every client had ended.
pub fn check(history: &History, log: &[Place]) -> Result<Stats, Violation> {
    let log = Log::of(log)?;
    let writes = log.writes(history)?;
    let all: Vec<_> = history.operations.iter().enumerate().collect();
    let mut pages = Vec::new();
    for (operation, done) in &all {
        pages.extend(log.page(*operation, done)?);
    }
    judge("the log as pages show it", &writes, &pages)?;
    judge("the log as heads show it", &writes, &log.heads(&all)?)?;
    let mut looks: BTreeMap<Uuid, Vec<Look>> = BTreeMap::new();
    for (operation, done) in &all {
        if let Some((stream, look)) = log.stream_look(*operation, done)? {
            looks.entry(stream).or_default().push(look);
        }
    }
    let mut of_streams: BTreeMap<Uuid, Vec<Write>> = looks.keys().map(|stream| (*stream, Vec::new())).collect();
    for write in &writes {
        let first = &log.places[write.from as usize];
        let (from, to) = (first.seq, first.seq + write.to - write.from);
        of_streams.entry(first.stream).or_default().push(Write { from, to, span: write.span });
    }
    for (stream, writes) in &of_streams {
        judge(&format!("stream {stream}"), writes, looks.get(stream).map_or(&[], Vec::as_slice))?;
    }
    let end = log.acknowledged(history);
    for follower in &history.followers {
        followed(*follower, &all, end)?;
    }
    Ok(stats(history, log.places.len()))
}

fn judge(list: &str, writes: &[Write], looks: &[Look]) -> Result<(), Violation> {
    let list = list.to_owned();
    explain(writes, looks).map_err(|flaw| match flaw {
        Flaw::Beyond { operation } => Violation::Beyond { operation },
        Flaw::Half { operation } => Violation::Half { operation },
        Flaw::Overtaken { earlier, later } => Violation::Overtaken { list, earlier, later },
        Flaw::Stale { operation, missing } => Violation::Stale { list, operation, missing },
        Flaw::Foreseen { operation, item } => Violation::Foreseen { list, operation, item },
        Flaw::WentBack { operation, earlier } => Violation::WentBack { list, operation, earlier },
    })
}

/// The log in the end, dense and without anything twice.
struct Log<'a> {
    places: &'a [Place],
    /// Indices of each stream's events, by seq.
    streams: HashMap<Uuid, Vec<u64>>,
    by_hash: HashMap<Hash, u64>,
}

impl<'a> Log<'a> {
    fn of(places: &'a [Place]) -> Result<Self, Violation> {
        let mut log = Self { places, streams: HashMap::new(), by_hash: HashMap::new() };
        for (place, due) in places.iter().zip(0..) {
            if place.index != due {
                return Err(Violation::Gap { due, found: place.index });
            }
            if let Some(first) = log.by_hash.insert(place.hash, due) {
                return Err(Violation::Twice { index: due, first });
            }
            let stream = log.streams.entry(place.stream).or_default();
            let seq = stream.len() as u64;
            if place.seq != seq {
                return Err(Violation::SeqGap { index: due, due: seq, found: place.seq });
            }
            stream.push(due);
        }
        Ok(log)
    }

    /// Who wrote which part of the log, in order: everything acknowledged is there, nothing refused,
    /// nothing that nobody appended.
    fn writes(&self, history: &History) -> Result<Vec<Write>, Violation> {
        let mut writers: BTreeMap<u64, (Write, Option<usize>)> = BTreeMap::new();
        for (operation, done) in history.operations.iter().enumerate() {
            let Act::Append { stream, expected, events, outcome } = &done.act else { continue };
            let acknowledged = match outcome {
                Outcome::Acknowledged(receipt) => Some(receipt),
                Outcome::Unknown => None,
                Outcome::Conflict { .. } | Outcome::Refused => continue,
            };
            let Some(from) = self.whole(operation, *stream, *expected, events)? else {
                acknowledged.map_or(Ok(()), |_| Err(Violation::Lost { operation }))?;
                continue;
            };
            let write = Write { from, to: from + events.len() as u64, span: done.span };
            if let Some(receipt) = acknowledged {
                self.receipt(operation, receipt, &write)?;
                if let Some((_, Some(first))) = writers.insert(from, (write, Some(operation))) {
                    return Err(Violation::AcknowledgedTwice { operation, first });
                }
            } else {
                // Repeated without an answer: any of them may have done it, at any time from the first on.
                let (write, answered) = writers.entry(from).or_insert((write, None));
                if answered.is_none() {
                    write.span = Span { begun: write.span.begun.min(done.span.begun), answered: NEVER };
                }
            }
        }
        let mut due = 0;
        for (write, _) in writers.values() {
            if write.from != due {
                return Err(self.unclaimed(history, due));
            }
            due = write.to;
        }
        if due < self.places.len() as u64 {
            return Err(self.unclaimed(history, due));
        }
        Ok(writers.into_values().map(|(write, _)| write).collect())
    }

    /// Index of the first event if the batch is stored where it belongs, `None` if it is not stored at all.
    fn whole(&self, operation: usize, stream: Uuid, expected: u64, events: &[Hash]) -> Result<Option<u64>, Violation> {
        let found: Vec<_> = events.iter().filter_map(|hash| self.by_hash.get(hash).copied()).collect();
        let Some(first) = found.first().copied() else { return Ok(None) };
        let place = &self.places[first as usize];
        let together = found.iter().copied().eq(first..first + events.len() as u64);
        match together && place.stream == stream && place.seq == expected {
            true => Ok(Some(first)),
            false => Err(Violation::Torn { operation }),
        }
    }

    fn receipt(&self, operation: usize, receipt: &Receipt, write: &Write) -> Result<(), Violation> {
        let place = Place { index: receipt.index, stream: receipt.stream, seq: receipt.seq, hash: receipt.event_hash };
        match self.places[write.to as usize - 1] == place {
            true => Ok(()),
            false => Err(Violation::Receipt { operation }),
        }
    }

    /// Behind the last acknowledged event. What nobody knows of may come after every reader has gone.
    fn acknowledged(&self, history: &History) -> u64 {
        let receipt = |done: &Operation| match &done.act {
            Act::Append { outcome: Outcome::Acknowledged(receipt), .. } => Some(receipt.index + 1),
            _ => None,
        };
        history.operations.iter().filter_map(receipt).max().unwrap_or(0)
    }

    fn unclaimed(&self, history: &History, index: u64) -> Violation {
        let hash = self.places[index as usize].hash;
        let named = |done: &Operation| matches!(&done.act, Act::Append { events, .. } if events.contains(&hash));
        match history.operations.iter().any(named) {
            true => Violation::RefusedButStored { index },
            false => Violation::Phantom { index },
        }
    }

    fn page(&self, operation: usize, done: &Operation) -> Result<Option<Look>, Violation> {
        let Act::Page { from, limit, events } = &done.act else { return Ok(None) };
        let due = (*from..).map_while(|index| self.places.get(usize::try_from(index).ok()?));
        page(operation, done.span, *from, *limit, events, due)
    }

    fn heads(&self, all: &[(usize, &Operation)]) -> Result<Vec<Look>, Violation> {
        let mut seen = Vec::new();
        for (operation, done) in all {
            if let Act::Head(head) = done.act {
                seen.push((head, Look { length: Length::Exactly(head.size), span: done.span, operation: *operation }));
            }
        }
        seen.sort_by_key(|(head, _)| head.size);
        let mut tree = Frontier::new();
        for (Head { size, root }, look) in &seen {
            let operation = look.operation;
            while tree.size() < *size {
                let place = self.places.get(tree.size() as usize).ok_or(Violation::Beyond { operation })?;
                tree.push(leaf(&place.hash));
            }
            if tree.root() != *root {
                return Err(Violation::WrongRoot { operation });
            }
        }
        Ok(seen.into_iter().map(|(_, look)| look).collect())
    }

    /// What an operation says about one stream.
    fn stream_look(&self, operation: usize, done: &Operation) -> Result<Option<(Uuid, Look)>, Violation> {
        let look = |length| Look { length, span: done.span, operation };
        let of = |stream: &Uuid| self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        match &done.act {
            Act::Append { stream, expected, outcome: Outcome::Conflict { actual }, .. } => match actual == expected {
                true => Err(Violation::NoConflict { operation }),
                false => Ok(Some((*stream, look(Length::Exactly(*actual))))),
            },
            Act::StreamHead { stream, length, last } => {
                let at = length.checked_sub(1).map(|at| of(stream).get(at as usize));
                let due = match at {
                    None => [0; 32],
                    Some(Some(index)) => self.places[*index as usize].hash,
                    Some(None) => return Err(Violation::Beyond { operation }),
                };
                match due == *last {
                    true => Ok(Some((*stream, look(Length::Exactly(*length))))),
                    false => Err(Violation::WrongStreamHead { operation }),
                }
            }
            Act::Stream { stream, from, limit, events } => {
                let due = of(stream).iter().skip(usize::try_from(*from).unwrap_or(usize::MAX));
                let due = due.map(|index| &self.places[*index as usize]);
                Ok(page(operation, done.span, *from, *limit, events, due)?.map(|look| (*stream, look)))
            }
            _ => Ok(None),
        }
    }
}

/// A page shows the list from `from` on; one that is not full also says that the list ended there.
fn page<'a>(
    operation: usize,
    span: Span,
    from: u64,
    limit: usize,
    events: &[Place],
    due: impl Iterator<Item = &'a Place>,
) -> Result<Option<Look>, Violation> {
    if events.len() > limit || !events.iter().eq(due.take(events.len())) {
        return Err(Violation::WrongPage { operation });
    }
    let seen = events.len() as u64;
    let length = match (events.is_empty(), events.len() < limit) {
        (true, false) => return Ok(None),
        (true, true) => Length::AtMost(from),
        (false, true) => Length::Exactly(from + seen),
        (false, false) => Length::AtLeast(from + seen),
    };
    Ok(Some(Look { length, span, operation }))
}

/// A follower's pages, one after the other, are the log, each event once, at least to `end`.
fn followed(client: u64, all: &[(usize, &Operation)], end: u64) -> Result<(), Violation> {
    let mut due = 0;
    for (_, done) in all.iter().filter(|(_, done)| done.client == client) {
        let Act::Page { events, .. } = &done.act else { continue };
        for event in events {
            if event.index != due {
                return Err(Violation::Skipped { client, due, found: event.index });
            }
            due += 1;
        }
    }
    if due >= end { Ok(()) } else { Err(Violation::Unread { client, due }) }
}

fn stats(history: &History, events: usize) -> Stats {
    let mut stats = Stats { events: events as u64, followers: history.followers.len() as u64, ..Stats::default() };
    for done in &history.operations {
        let count = match &done.act {
            Act::Append { outcome: Outcome::Acknowledged(_), .. } => &mut stats.acknowledged,
            Act::Append { outcome: Outcome::Conflict { .. }, .. } => &mut stats.conflicts,
            Act::Append { outcome: Outcome::Refused, .. } => &mut stats.refused,
            Act::Append { outcome: Outcome::Unknown, .. } => &mut stats.unknown,
            _ => &mut stats.looks,
        };
        *count += 1;
    }
    stats
}

#[cfg(test)]
mod tests;
