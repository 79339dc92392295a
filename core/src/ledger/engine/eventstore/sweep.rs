//! Ending what is on its way: orphaned groups are removed once it is certain that their event will never come.
//!
//! Certain means: the attempt's deadline is over, the end of `$all` was read after that, and the sequencer has
//! passed it without finding the event. Deliberately nothing less: the groups of a late event would be lost.

use super::link::Link;
use super::store::storage;
use super::{Ask, Core, in_blocking};
use crate::ledger::port::LedgerError;
use std::sync::Arc;
use tokio::time::{Instant, timeout};

/// Sweeps what is due and says how many slots it emptied.
pub(super) async fn orphans(core: &Arc<Core>, link: &Link) -> Result<u64, LedgerError> {
    let now = Instant::now();
    let waiting = core.store.waiting_slots()?;
    let due: Vec<i64> = {
        let mut deadlines = core.deadlines();
        deadlines.retain(|slot, _| waiting.binary_search(slot).is_ok());
        // Attempts of an earlier process: theirs began before this one.
        let since_start = core.started + core.settings.life();
        waiting.iter().copied().filter(|slot| *deadlines.get(slot).unwrap_or(&since_start) <= now).collect()
    };
    if due.is_empty() {
        return Ok(0);
    }
    let held = link.client().await.map_err(storage)?;
    let end = link.note(&held, super::wire::end(&held.client).await).map_err(storage)?;
    core.ask(Ask::Subscribe);
    let mut passed = core.passed.subscribe();
    if timeout(core.settings.wait * 2, passed.wait_for(|passed| *passed >= end)).await.is_err() {
        return Ok(0);
    }
    let core = Arc::clone(core);
    let swept = in_blocking(move || {
        // Held over the removal: an attempt with equal bytes may have taken such a slot for itself meanwhile.
        let deadlines = core.deadlines();
        let due: Vec<i64> = due.into_iter().filter(|slot| deadlines.get(slot).is_none_or(|at| *at <= now)).collect();
        core.store.sweep(&due)
    })
    .await;
    swept.map_or(Ok(0), |swept| swept.map_err(LedgerError::from))
}

/// Takes keys out of use; returns when nothing under them is on its way any more.
pub(super) async fn retire(core: &Arc<Core>, kek_ids: &[u64]) -> Result<(), LedgerError> {
    let (at, ids) = (Arc::clone(core), kek_ids.to_vec());
    let Some(slots) = in_blocking(move || at.store.retire(&ids)).await else {
        return Err(storage(super::SHUTTING_DOWN));
    };
    let slots = slots?;
    let mut turns = core.turns.subscribe();
    let until = Instant::now() + core.settings.wait;
    loop {
        turns.mark_unchanged();
        let waiting = core.store.still_waiting(&slots)?;
        if waiting.is_empty() {
            return Ok(());
        }
        if orphans(core, &core.link).await? > 0 {
            continue;
        }
        if tokio::time::timeout_at(until, turns.changed()).await.is_err() {
            return Err(storage("events under these keys are still on their way; repeat the erasure in a minute"));
        }
    }
}
