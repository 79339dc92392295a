//! A ledger on a double: what the fault tests stand on.

use crate::double::Double;
use akte_core::ledger::engine::EventStoreLedger;
use akte_core::ledger::engine::eventstore::{OpenError, Settings};
use akte_core::ledger::port::Append;
use akte_core::ledger::{Ledger, Receipt, conformance::sample::Probe, hash::event_hash};
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

/// Longer than any test: nothing happens because of time.
pub const NEVER: Duration = Duration::from_secs(600);

pub struct Town {
    folder: TempDir,
    pub double: Double,
    pub settings: Settings,
}

impl Town {
    pub fn new() -> Self {
        let double = Double::start();
        let settings = Settings::new(double.url());
        Self { folder: tempfile::tempdir().expect("a folder"), double, settings }
    }

    /// A town where an append waits for ever, unless something else ends it.
    pub fn patient() -> Self {
        let mut town = Self::new();
        town.settings.wait = NEVER;
        town
    }

    pub async fn try_open(&self) -> Result<EventStoreLedger, OpenError> {
        EventStoreLedger::open(self.folder.path().join("eventstore.db"), self.settings.clone()).await
    }

    pub async fn open(&self) -> EventStoreLedger {
        self.try_open().await.expect("opens")
    }

    pub fn name(&self, stream: Uuid) -> String {
        format!("akte-{stream}")
    }
}

/// Appends events that must be stored.
pub async fn append(ledger: &EventStoreLedger, probe: &mut Probe, count: usize, tag: u64) -> Receipt {
    let batch = probe.batch(count, tag);
    let receipt = ledger.append(batch.clone()).await.expect("is stored");
    probe.advance(&batch);
    receipt
}

/// Looks again and again, letting the ledger work in between.
pub async fn until(ledger: &EventStoreLedger, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..6000 {
        if done().await {
            return;
        }
        ledger.wait(u64::MAX, Duration::from_millis(10)).await;
    }
    panic!("it never came to be");
}

/// The same command of one event, sent again by a process that built it anew: same cause, other bytes, other groups.
pub fn built_anew(batch: &Append) -> Append {
    let mut anew = batch.clone();
    assert_eq!(anew.events.len(), 1, "a second event would have to follow the new first one");
    let event = &mut anew.events[0];
    let mark = b"\"nonce\":\"";
    let at = event.header.windows(mark.len()).position(|w| w == mark).expect("a nonce") + mark.len();
    event.header[at] = if event.header[at] == b'A' { b'B' } else { b'A' };
    event.event_hash = event_hash(&event.header);
    event.groups[0].bytes.push(b'!');
    anew
}
