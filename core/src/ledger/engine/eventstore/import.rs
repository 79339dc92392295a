//! Taking in the events of another engine at the very same places.
//!
//! Deliberately checks everything first, for the server knows no transaction over several streams: stopped in
//! between, a part of the page stands, and the caller goes on behind the head. Needs a log without alarms.

use super::append::{place, proposed, send};
use super::store::End;
use super::{Core, SHUTTING_DOWN, in_blocking};
use crate::ledger::engine::check;
use crate::ledger::header::Header;
use crate::ledger::port::{AppendError, Head, KekUse, Stored};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::Instant;
use uuid::Uuid;

/// Bytes of one append: half of what a server takes by default.
const MAX_BYTES: usize = 512 * 1024;
/// Events of one command at most: how far back a cause can reach.
const MAX_RUN: u64 = 4096;

pub(super) async fn events(core: &Arc<Core>, events: &[Stored], kek_uses: &[KekUse]) -> Result<Head, AppendError> {
    let _alone = core.importing.lock().await;
    let size = core.head.borrow().size;
    checked(core, size, events, kek_uses)?;
    prepare(core, events, kek_uses).await?;
    let mut runs: HashMap<Uuid, Option<(Uuid, u64)>> = HashMap::new();
    let mut rest = events;
    while let Some(first) = rest.first() {
        let mut bytes = 0;
        let fits = |e: &&Stored| {
            bytes += e.header.len() + 128;
            e.stream == first.stream && bytes <= MAX_BYTES
        };
        let count = rest.iter().take_while(fits).count().max(1);
        let (run, behind) = rest.split_at(count);
        let before = match runs.get(&first.stream) {
            Some(before) => *before,
            None => run_before(core, first).await?,
        };
        let events = proposed(run.iter().map(|e| e.header.as_slice()), before)?;
        runs.insert(first.stream, after(before, run));
        send(core, first.stream, first.seq, events).await?;
        if behind.first().is_none_or(|next| next.stream != first.stream) {
            place(core, first.stream, run[count - 1].seq).await?;
        }
        rest = behind;
    }
    same_places(core, size, events)?;
    Ok(*core.head.borrow())
}

/// Everything that can be wrong with the page, before anything is stored.
fn checked(core: &Core, size: u64, events: &[Stored], kek_uses: &[KekUse]) -> Result<(), AppendError> {
    let unknown = |e: crate::ledger::LedgerError| AppendError::OutcomeUnknown(e.to_string());
    if let Some(why) = core.store.failure() {
        return Err(AppendError::OutcomeUnknown(why));
    }
    if !core.store.foreign().map_err(unknown)?.is_empty() {
        return Err(AppendError::Malformed("the log has alarms; events are taken into a clean one only".into()));
    }
    if kek_uses.iter().any(|row| row.kek_id >= 1 << 53) {
        return Err(AppendError::Malformed("a kek_id is not below 2^53".into()));
    }
    let mut ends: HashMap<Uuid, End> = HashMap::new();
    for (event, due) in events.iter().zip(size..) {
        if event.index != due {
            return Err(AppendError::Conflict { expected: event.index, actual: due });
        }
        let end = match ends.get(&event.stream) {
            Some(end) => *end,
            None => core.store.end(event.stream).map_err(unknown)?,
        };
        if event.seq != end.count {
            return Err(AppendError::Malformed(format!("seq {} where {} must follow", event.seq, end.count)));
        }
        check::importable(event, &end.hash)?;
        Header::parse(&event.header).map_err(|e| AppendError::Malformed(e.to_string()))?;
        ends.insert(event.stream, End { count: end.count + 1, hash: event.event_hash });
    }
    Ok(())
}

async fn prepare(core: &Arc<Core>, events: &[Stored], kek_uses: &[KekUse]) -> Result<(), AppendError> {
    let (at, events, kek_uses) = (Arc::clone(core), events.to_vec(), kek_uses.to_vec());
    let prepared = in_blocking(move || {
        let mut deadlines = at.deadlines();
        let groups = events.iter().map(|e| (&e.event_hash, e.groups.as_slice()));
        let attempt = at.store.prepare_import(groups, &kek_uses)?;
        // A page of many runs takes its time.
        let deadline = Instant::now() + at.settings.life() * 100;
        deadlines.extend(attempt.slots.iter().map(|slot| (*slot, deadline)));
        Ok(())
    });
    prepared.await.unwrap_or_else(|| Err(AppendError::OutcomeUnknown(SHUTTING_DOWN.into())))
}

/// Cause of the stream's last event so far, and how many events in a row carry it.
async fn run_before(core: &Arc<Core>, first: &Stored) -> Result<Option<(Uuid, u64)>, AppendError> {
    let Some(last) = first.seq.checked_sub(1) else { return Ok(None) };
    let unknown = |e: crate::ledger::LedgerError| AppendError::OutcomeUnknown(e.to_string());
    let cause = |e: &Stored| Header::parse(&e.header).ok().map(|h| h.cause);
    let before = super::read::stream(core, first.stream, last, 1).await.map_err(unknown)?;
    let Some(of_last) = before.first().and_then(cause) else { return Ok(None) };
    if cause(first) != Some(of_last) {
        return Ok(Some((of_last, 1)));
    }
    let from = last.saturating_sub(MAX_RUN);
    let back = super::read::stream(core, first.stream, from, (last - from + 1) as usize).await.map_err(unknown)?;
    let run = back.iter().rev().take_while(|e| cause(e) == Some(of_last)).count();
    Ok(Some((of_last, run as u64)))
}

/// The same behind this run.
fn after(before: Option<(Uuid, u64)>, run: &[Stored]) -> Option<(Uuid, u64)> {
    run.iter().fold(before, |before, event| {
        let cause = Header::parse(&event.header).ok()?.cause;
        let count = before.filter(|(last, _)| *last == cause).map_or(0, |(_, count)| count);
        Some((cause, count + 1))
    })
}

fn same_places(core: &Core, size: u64, events: &[Stored]) -> Result<(), AppendError> {
    let places = core.store.places_from(size, events.len()).map_err(|e| AppendError::OutcomeUnknown(e.to_string()))?;
    let same = places.len() == events.len()
        && places.iter().zip(events).all(|(place, e)| place.index == e.index && place.event_hash == e.event_hash);
    if same { Ok(()) } else { Err(AppendError::OutcomeUnknown("somebody else wrote: the places differ".into())) }
}
