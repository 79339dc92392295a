//! One append: groups durable, header sent, place awaited.
//!
//! Deliberately takes receipt and groups from the place the sequencer gave: it hashed the bytes the server holds,
//! which may be those of an earlier attempt of the same command. What an error leaves open is looked up first.

use super::store::Attempt;
use super::wire::{self, Proposed, Recorded, Trouble};
use super::{Ask, Core, SHUTTING_DOWN, frozen, in_blocking};
use crate::ledger::engine::check;
use crate::ledger::header::Header;
use crate::ledger::port::{Append, AppendError, LedgerError, Receipt};
use sha1::{Digest, Sha1};
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

/// Appends that may be at work; more are pushed back.
pub(super) const AT_WORK: usize = 4096;
/// Times one append is sent.
const TRIES: u32 = 4;

pub(super) async fn append(core: &Arc<Core>, batch: Append) -> Result<Receipt, AppendError> {
    check::well_formed(&batch)?;
    let events = proposed(batch.events.iter().map(|e| e.header.as_slice()), None)?;
    if let Some(why) = core.store.failure() {
        return Err(AppendError::OutcomeUnknown(why));
    }
    let Ok(_permit) = core.permits.try_acquire() else { return Err(AppendError::Pushback) };
    let (stream, expected) = (batch.stream, batch.expected);
    // The server takes equal requests for one and acknowledges each; the port has one winner.
    let _turn = match events.first() {
        Some(first) => Some(core.equal.lock(first.id).await),
        None => None,
    };
    let attempt = prepare(core, batch).await?;
    let ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    core.runs.expect(&events);
    match send(core, stream, expected, events).await {
        Ok(count) => {
            let receipt = place(core, stream, expected + count - 1).await?;
            core.runs.settled(&ids);
            Ok(receipt)
        }
        Err(refused @ AppendError::Conflict { .. }) => {
            // The place is taken: these bytes can never be stored any more.
            let now = Instant::now();
            core.deadlines().extend(attempt.fresh.iter().map(|slot| (*slot, now)));
            core.runs.settled(&ids);
            Err(refused)
        }
        Err(other) => Err(other),
    }
}

async fn prepare(core: &Arc<Core>, batch: Append) -> Result<Attempt, AppendError> {
    let at = Arc::clone(core);
    let prepared = in_blocking(move || {
        let mut deadlines = at.deadlines();
        let attempt = at.store.prepare(&batch, &at.name(batch.stream))?;
        let deadline = Instant::now() + at.settings.life();
        deadlines.extend(attempt.slots.iter().map(|slot| (*slot, deadline)));
        Ok(attempt)
    });
    prepared.await.unwrap_or_else(|| Err(AppendError::OutcomeUnknown(SHUTTING_DOWN.into())))
}

/// Sends until the outcome is certain or the time is over; gives back how many events the server took.
/// Repeating is safe: the server tells the same ids at the same place.
pub(super) async fn send(
    core: &Arc<Core>,
    stream: Uuid,
    expected: u64,
    events: Vec<Proposed>,
) -> Result<u64, AppendError> {
    let (name, count) = (core.name(stream), events.len() as u64);
    let until = Instant::now() + core.settings.wait * 2;
    let mut open: Option<String> = None;
    for _ in 0..TRIES {
        if Instant::now() >= until {
            break;
        }
        let sent = match timeout_at(until, core.link.client()).await {
            Err(_) => break,
            Ok(Err(trouble)) => Err(trouble),
            Ok(Ok(held)) => {
                let call = wire::append(&held.client, &name, expected, events.clone(), core.settings.wait);
                core.link.note(&held, call.await)
            }
        };
        match sent {
            Ok(()) => return Ok(count),
            Err(Trouble::Refused(why)) => return Err(AppendError::Malformed(why)),
            Err(Trouble::Missing(why)) => {
                core.ask(Ask::Lost { name: name.clone(), reason: "der Strom wurde am Server gelöscht".into() });
                return Err(AppendError::Malformed(frozen(&name, &why)));
            }
            Err(Trouble::Expected { actual }) if open.is_none() => {
                return Err(conflict(core, stream, expected, actual).await);
            }
            Err(Trouble::NotSent(_) | Trouble::Elsewhere(_)) => {}
            Err(Trouble::Expected { .. }) => match look(core, &name, expected, &events).await {
                Some(Found::Ours) => return Ok(count),
                Some(Found::Others { count }) => return Err(conflict(core, stream, expected, count).await),
                _ => {}
            },
            Err(Trouble::Unknown(why)) => {
                open = Some(why);
                match look(core, &name, expected, &events).await {
                    Some(Found::Ours) => return Ok(count),
                    Some(Found::Others { count }) => return Err(conflict(core, stream, expected, count).await),
                    Some(Found::Nothing) | None => {}
                }
            }
        }
    }
    match open {
        // Not one request left this house.
        None => Err(AppendError::Pushback),
        Some(why) => Err(AppendError::OutcomeUnknown(why)),
    }
}

/// What stands at the place an append was meant for.
enum Found {
    Ours,
    Others { count: u64 },
    Nothing,
}

/// Looks for the append by its event ids; `None` if the server does not answer.
async fn look(core: &Arc<Core>, name: &str, expected: u64, events: &[Proposed]) -> Option<Found> {
    let held = core.link.client().await.ok()?;
    let mut stored: Vec<Recorded> = Vec::new();
    let read = wire::read(&held.client, name, expected, events.len(), &mut stored).await;
    let read = core.link.note(&held, read);
    let ours = stored.len() == events.len() && stored.iter().zip(events).all(|(s, e)| s.id == e.id);
    match (read, stored.last()) {
        (_, Some(_)) if ours => Some(Found::Ours),
        (_, Some(last)) if stored.iter().zip(events).any(|(s, e)| s.id != e.id) => {
            Some(Found::Others { count: last.revision + 1 })
        }
        (Ok(()) | Err(Trouble::Missing(_)), None) => Some(Found::Nothing),
        _ => None,
    }
}

/// The race is lost. The caller reloads, so what overtook him must have its place first (bounded).
async fn conflict(core: &Arc<Core>, stream: Uuid, expected: u64, actual: u64) -> AppendError {
    if actual < expected {
        let why = format!("the server holds {actual} events of stream {stream}, the log {expected}");
        tracing::error!(reason = %why, "ledger: the server has lost events");
        return AppendError::OutcomeUnknown(why);
    }
    // Without a place in time the answer stands all the same.
    let _ = place(core, stream, actual - 1).await;
    AppendError::Conflict { expected, actual }
}

/// Waits until the event has its index; late, the sequencer is asked to look into the stream itself.
pub(super) async fn place(core: &Arc<Core>, stream: Uuid, revision: u64) -> Result<Receipt, AppendError> {
    let unknown = |why: String| AppendError::OutcomeUnknown(why);
    let name = core.name(stream);
    let mut turns = core.turns.subscribe();
    let start = Instant::now();
    let mut asks = [start + core.settings.wait / 5, start + core.settings.wait].into_iter();
    let mut next = asks.next();
    loop {
        turns.mark_unchanged();
        let (at, of) = (Arc::clone(core), name.clone());
        let found = in_blocking(move || Ok((at.store.places_of(stream, revision, 1)?, at.store.frozen(&of)?))).await;
        let found: Result<_, LedgerError> = found.unwrap_or_else(|| Err(LedgerError::Storage(SHUTTING_DOWN.into())));
        let (places, closed) = found.map_err(|e| unknown(e.to_string()))?;
        if let Some(place) = places.first().filter(|p| p.revision == revision) {
            let (seq, index, event_hash) = (revision, place.index, place.event_hash);
            return Ok(Receipt { stream, seq, index, event_hash });
        }
        if let Some(reason) = closed {
            return Err(unknown(frozen(&name, &reason)));
        }
        if let Some(why) = core.store.failure() {
            return Err(unknown(why));
        }
        let Some(until) = next else {
            core.check_pulse();
            return Err(unknown("stored at the server, but without a place in the log yet".into()));
        };
        if timeout_at(until, turns.changed()).await.is_err() {
            core.ask(Ask::Fill(stream));
            next = asks.next();
        }
    }
}

/// The events as they are sent: type and id from the header. `run` = cause of the event before and how many events
/// in a row carry it.
pub(super) fn proposed<'a>(
    headers: impl Iterator<Item = &'a [u8]>,
    mut run: Option<(Uuid, u64)>,
) -> Result<Vec<Proposed>, AppendError> {
    headers
        .map(|bytes| {
            let header = Header::parse(bytes).map_err(|e| AppendError::Malformed(e.to_string()))?;
            let offset = run.filter(|(cause, _)| *cause == header.cause).map_or(0, |(_, count)| count);
            run = Some((header.cause, offset + 1));
            Ok(Proposed { id: event_id(header.cause, offset), kind: header.wire, header: bytes.to_vec() })
        })
        .collect()
}

/// UUIDv5(cause, ASCII decimal offset): the same attempt, the same id, whatever its bytes.
pub(super) fn event_id(cause: Uuid, offset: u64) -> Uuid {
    let mut sha1 = Sha1::new();
    sha1.update(cause.as_bytes());
    sha1.update(offset.to_string());
    let digest: [u8; 20] = sha1.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_sha1_bytes(bytes).into_uuid()
}
