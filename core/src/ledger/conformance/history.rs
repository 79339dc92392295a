//! What callers did to a ledger and what they saw, each with the moment it was begun and answered.
//!
//! Deliberately without a clock (moments are numbers drawn from one counter) and without a verdict:
//! that is the checker's. Several nodes of one ledger may share a recorder.

use crate::ledger::hash::event_hash;
use crate::ledger::port::{Append, AppendError, Hash, Head, Ledger, LedgerError, Receipt, Stored};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// `answered` of an operation that was never answered: it may take effect at any time, or never.
pub const NEVER: u64 = u64::MAX;

/// From the call to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub begun: u64,
    pub answered: u64,
}

/// Where an event was read, and its hash, recomputed from its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub index: u64,
    pub stream: Uuid,
    pub seq: u64,
    pub hash: Hash,
}

impl Place {
    /// The place of an event as read.
    pub fn of(event: &Stored) -> Self {
        Self { index: event.index, stream: event.stream, seq: event.seq, hash: event_hash(&event.header) }
    }
}

/// What an append was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Acknowledged(Receipt),
    Conflict {
        actual: u64,
    },
    /// Nothing was written, says the engine.
    Refused,
    /// Nobody knows; also of a request that was dropped.
    Unknown,
}

/// One operation. Reads that failed saw nothing and are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Events of different batches must differ, repetitions of one batch must not.
    Append {
        stream: Uuid,
        expected: u64,
        events: Vec<Hash>,
        outcome: Outcome,
    },
    Head(Head),
    StreamHead {
        stream: Uuid,
        length: u64,
        last: Hash,
    },
    Stream {
        stream: Uuid,
        from: u64,
        limit: usize,
        events: Vec<Place>,
    },
    Page {
        from: u64,
        limit: usize,
        events: Vec<Place>,
    },
}

/// One operation of one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    pub client: u64,
    pub span: Span,
    pub act: Act,
}

/// Everything that was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// In the order in which they were begun (appends) or answered (reads).
    pub operations: Vec<Operation>,
    /// Clients that follow the log from its begin to its end.
    pub followers: BTreeSet<u64>,
}

/// Gives out clients and keeps their history.
#[derive(Clone, Default)]
pub struct Recorder {
    moments: Arc<AtomicU64>,
    clients: Arc<AtomicU64>,
    history: Arc<Mutex<History>>,
}

impl Recorder {
    /// Nothing recorded yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A client of an engine (or of one node of it).
    pub fn client(&self, ledger: &Arc<dyn Ledger>) -> Client {
        Client { number: self.clients.fetch_add(1, SeqCst), ledger: Arc::clone(ledger), recorder: self.clone() }
    }

    /// A client that promises to page through the whole log, once.
    pub fn follower(&self, ledger: &Arc<dyn Ledger>) -> Client {
        let client = self.client(ledger);
        self.lock().followers.insert(client.number);
        client
    }

    /// What was recorded so far.
    pub fn history(&self) -> History {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn moment(&self) -> u64 {
        self.moments.fetch_add(1, SeqCst)
    }
}

/// A ledger as one caller sees it; what it does is recorded.
pub struct Client {
    number: u64,
    ledger: Arc<dyn Ledger>,
    recorder: Recorder,
}

impl Client {
    /// Recorded as unknown until it is answered, so that a dropped request is in the history too.
    pub async fn append(&self, batch: Append) -> Result<Receipt, AppendError> {
        let at = self.begin(&batch);
        let answer = self.ledger.append(batch).await;
        let answered = self.recorder.moment();
        let mut history = self.recorder.lock();
        let operation = &mut history.operations[at];
        if let Act::Append { outcome, .. } = &mut operation.act {
            *outcome = match &answer {
                Ok(receipt) => Outcome::Acknowledged(*receipt),
                Err(AppendError::Conflict { actual, .. }) => Outcome::Conflict { actual: *actual },
                Err(AppendError::OutcomeUnknown(_)) => return answer,
                Err(_) => Outcome::Refused,
            };
            operation.span.answered = answered;
        }
        answer
    }

    /// Size and root.
    pub async fn head(&self) -> Result<Head, LedgerError> {
        let begun = self.recorder.moment();
        let head = self.ledger.head().await?;
        self.saw(begun, Act::Head(head));
        Ok(head)
    }

    /// Length and last hash of a stream.
    pub async fn stream_head(&self, stream: Uuid) -> Result<(u64, Hash), LedgerError> {
        let begun = self.recorder.moment();
        let (length, last) = self.ledger.stream_head(stream).await?;
        self.saw(begun, Act::StreamHead { stream, length, last });
        Ok((length, last))
    }

    /// A page of a stream.
    pub async fn read_stream(&self, stream: Uuid, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        let begun = self.recorder.moment();
        let events = self.ledger.read_stream(stream, from, limit).await?;
        self.saw(begun, Act::Stream { stream, from, limit, events: events.iter().map(Place::of).collect() });
        Ok(events)
    }

    /// A page of the log.
    pub async fn read_all(&self, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
        let begun = self.recorder.moment();
        let events = self.ledger.read_all(from, limit).await?;
        self.saw(begun, Act::Page { from, limit, events: events.iter().map(Place::of).collect() });
        Ok(events)
    }

    /// A hint says nothing, so nothing is recorded.
    pub async fn wait(&self, size: u64, timeout: Duration) {
        self.ledger.wait(size, timeout).await;
    }

    fn begin(&self, batch: &Append) -> usize {
        let events = batch.events.iter().map(|e| e.event_hash).collect();
        let (stream, expected, outcome) = (batch.stream, batch.expected, Outcome::Unknown);
        let span = Span { begun: self.recorder.moment(), answered: NEVER };
        let act = Act::Append { stream, expected, events, outcome };
        let mut history = self.recorder.lock();
        history.operations.push(Operation { client: self.number, span, act });
        history.operations.len() - 1
    }

    fn saw(&self, begun: u64, act: Act) {
        let span = Span { begun, answered: self.recorder.moment() };
        self.recorder.lock().operations.push(Operation { client: self.number, span, act });
    }
}
