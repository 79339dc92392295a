//! Reading: places and groups from our store, headers from the server, each checked against its hash.
//!
//! Deliberately takes the end of a read for nothing: how many events there are is known here. Fewer came = cut, read on.

use super::store::Place;
use super::wire::{self, Recorded, Trouble};
use super::{Ask, Core, SHUTTING_DOWN, frozen, in_blocking, sequencer};
use crate::ledger::hash::event_hash;
use crate::ledger::port::{LedgerError, Stored};
use futures::StreamExt;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Reads of one page that run at the same time.
const AT_ONCE: usize = 16;
/// Reads in a row that bring nothing new before one gives up.
const TRIES: u32 = 4;

/// Events of one stream; refused while it is frozen.
pub(super) async fn stream(
    core: &Arc<Core>,
    stream: Uuid,
    from: u64,
    limit: usize,
) -> Result<Vec<Stored>, LedgerError> {
    let (at, name) = (Arc::clone(core), core.name(stream));
    let of = name.clone();
    let places = blocking(move || match at.store.frozen(&of)? {
        Some(reason) => Err(LedgerError::Storage(frozen(&of, &reason))),
        None => at.store.places_of(stream, from, limit),
    })
    .await?;
    let Some(first) = places.first() else { return Ok(Vec::new()) };
    if first.revision != from {
        return Err(LedgerError::Corrupt { index: first.index, reason: format!("seq {from} of {name} has no place") });
    }
    let headers = match fetch(core, &name, from, places.len()).await {
        Ok(headers) => headers,
        Err((_, Flaw::Away(why))) => return Err(LedgerError::Storage(why)),
        Err((got, Flaw::Gone(reason))) => {
            return Err(LedgerError::Corrupt { index: places.get(got.len()).unwrap_or(first).index, reason });
        }
    };
    places.into_iter().zip(headers).map(|(place, header)| join(place, header)).collect()
}

/// Events of the log. A flaw ends the page before it; the page that begins with it is an error, so that nobody
/// reads past it unawares. Events of frozen streams that have their place stay readable here: the log goes on.
pub(super) async fn all(core: &Arc<Core>, from: u64, limit: usize) -> Result<Vec<Stored>, LedgerError> {
    let at = Arc::clone(core);
    let places = blocking(move || at.store.places_from(from, limit)).await?;
    let mut ranges: HashMap<Uuid, (u64, usize)> = HashMap::new();
    for place in &places {
        ranges.entry(place.stream).or_insert((place.revision, 0)).1 += 1;
    }
    let reads = ranges.into_iter().map(|(stream, (first, count))| async move {
        let (got, flaw) = match fetch(core, &core.name(stream), first, count).await {
            Ok(got) => (got, None),
            Err((got, flaw)) => (got, Some(flaw)),
        };
        (stream, (got.into_iter(), flaw))
    });
    let mut headers: HashMap<_, _> = futures::stream::iter(reads).buffer_unordered(AT_ONCE).collect().await;
    let mut events = Vec::with_capacity(places.len());
    let mut flaw = None;
    for (place, due) in places.into_iter().zip(from..) {
        let index = place.index;
        let found = headers.get_mut(&place.stream).and_then(|(got, flaw)| got.next().ok_or(flaw.take()).ok_or_flaw());
        let event = match found {
            _ if index != due => Err(LedgerError::Corrupt { index: due, reason: "the event is missing".into() }),
            Some(Ok(header)) => join(place, header),
            Some(Err(Flaw::Away(why))) => Err(LedgerError::Storage(why)),
            Some(Err(Flaw::Gone(reason))) => Err(LedgerError::Corrupt { index, reason }),
            None => Err(LedgerError::Corrupt { index, reason: "the server does not have the event".into() }),
        };
        match event {
            Ok(event) => events.push(event),
            Err(error) => {
                flaw = Some(error);
                break;
            }
        }
    }
    match flaw {
        Some(away @ LedgerError::Storage(_)) => Err(away),
        Some(flaw) if events.is_empty() => Err(flaw),
        _ => Ok(events),
    }
}

trait OrFlaw {
    fn ok_or_flaw(self) -> Option<Result<Recorded, Flaw>>;
}

impl OrFlaw for Result<Recorded, Option<Flaw>> {
    fn ok_or_flaw(self) -> Option<Result<Recorded, Flaw>> {
        match self {
            Ok(header) => Some(Ok(header)),
            Err(flaw) => flaw.map(Err),
        }
    }
}

/// Why headers could not be read.
pub(super) enum Flaw {
    /// The server cannot be asked now.
    Away(String),
    /// The server no longer has them.
    Gone(String),
}

/// Exactly these events of a stream, over as many reads as it takes; with an error comes what was got before it.
pub(super) async fn fetch(
    core: &Arc<Core>,
    name: &str,
    from: u64,
    count: usize,
) -> Result<Vec<Recorded>, (Vec<Recorded>, Flaw)> {
    let mut got: Vec<Recorded> = Vec::with_capacity(count.min(4096));
    let mut idle = 0;
    loop {
        let before = got.len();
        let read = match core.link.client().await {
            Err(trouble) => Err(trouble),
            Ok(held) => {
                let due = from + before as u64;
                core.link.note(&held, wire::read(&held.client, name, due, count - before, &mut got).await)
            }
        };
        if let Some((at, odd)) = (before..).zip(&got[before..]).find(|(at, e)| e.revision != from + *at as u64) {
            let (due, first) = (from + at as u64, odd.revision);
            return Err(gone(core, name, got, at, sequencer::beheaded(due, first)));
        }
        if got.len() >= count {
            return Ok(got);
        }
        idle = if got.len() > before { 0 } else { idle + 1 };
        match read {
            Err(Trouble::Missing(_)) => {
                let at = got.len();
                return Err(gone(core, name, got, at, "der Strom wurde am Server gelöscht".into()));
            }
            Err(Trouble::Refused(why)) => return Err((got, Flaw::Away(why))),
            Err(trouble) if idle >= TRIES => return Err((got, Flaw::Away(trouble.to_string()))),
            Ok(()) if idle >= TRIES => {
                let why = format!("the server has {} of {count} events of {name} from {from} on", got.len());
                return Err((got, Flaw::Gone(why)));
            }
            _ => {}
        }
    }
}

/// Takes note of a stream that lost events, so that it is frozen and the house is told.
fn gone(core: &Core, name: &str, mut got: Vec<Recorded>, keep: usize, reason: String) -> (Vec<Recorded>, Flaw) {
    got.truncate(keep);
    core.ask(Ask::Lost { name: name.to_owned(), reason: reason.clone() });
    (got, Flaw::Gone(reason))
}

fn join(place: Place, header: Recorded) -> Result<Stored, LedgerError> {
    let Place { index, stream, revision: seq, event_hash: placed, groups, .. } = place;
    if header.revision != seq || event_hash(&header.data) != placed {
        let reason = format!("stream {stream}, seq {seq}: the server holds another event than was placed");
        return Err(LedgerError::Corrupt { index, reason });
    }
    Ok(Stored { index, stream, seq, header: header.data.to_vec(), event_hash: placed, groups })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LedgerError> + Send + 'static,
) -> Result<T, LedgerError> {
    in_blocking(work).await.unwrap_or_else(|| Err(LedgerError::Storage(SHUTTING_DOWN.into())))
}
