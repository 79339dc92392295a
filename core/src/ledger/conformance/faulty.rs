//! The check behind "exactly once": whatever an append answers, looking first and repeating gives one event.
//!
//! Deliberately retries as `execute` does: read the stream, look for the own event, only then append again.

use super::sample::Probe;
use super::{Reason, fail, same};
use crate::ledger::fault::{Fault, Faulty};
use crate::ledger::hash::event_hash;
use crate::ledger::port::{Append, AppendError, Ledger};
use std::sync::Arc;
use tokio::task::JoinSet;

const WRITERS: u64 = 6;
const APPENDS: u64 = 20;
/// More than any plan of faults in a row.
const TRIES: usize = 8;

pub(super) async fn every_event_is_stored_once_whatever_fails(
    inner: Arc<dyn Ledger>,
    fault: Fault,
) -> Result<(), Reason> {
    let faulty = Arc::new(Faulty::new(inner));
    let injected = Fault::by_name(fault.name());
    same("the fault of that name", injected, Some(fault))?;
    faulty.inject(fault);
    faulty.inject(fault);
    faulty.every(3, fault);
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        writers.spawn(write(Arc::clone(&faulty) as Arc<dyn Ledger>, number));
    }
    for probe in writers.join_all().await {
        let probe = probe?;
        same("stream head", faulty.stream_head(probe.stream).await?, (APPENDS, probe.prev))?;
    }
    same("size", faulty.head().await?.size, WRITERS * APPENDS)
}

async fn write(ledger: Arc<dyn Ledger>, number: u64) -> Result<Probe, Reason> {
    let mut probe = Probe::new(number);
    for tag in 0..APPENDS {
        let batch = probe.batch(1, tag);
        store(&*ledger, &batch).await?;
        probe.advance(&batch);
    }
    Ok(probe)
}

async fn store(ledger: &dyn Ledger, batch: &Append) -> Result<(), Reason> {
    for _ in 0..TRIES {
        match ledger.append(batch.clone()).await {
            Ok(_) => return Ok(()),
            Err(AppendError::OutcomeUnknown(_)) => {
                let stored = ledger.read_stream(batch.stream, batch.expected, 1).await?;
                if stored.first().is_some_and(|e| event_hash(&e.header) == batch.events[0].event_hash) {
                    return Ok(());
                }
            }
            Err(AppendError::Pushback | AppendError::DiskFull) => tokio::task::yield_now().await,
            Err(other) => return Err(other.into()),
        }
    }
    fail("a writer did not get through")
}
