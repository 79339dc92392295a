//! What every engine refuses before it stores anything: batches that would be a violation for ever.
//!
//! Deliberately does not parse headers (the envelope does) and knows no stored state.

use crate::ledger::hash::{event_hash, from_b64u};
use crate::ledger::port::{Append, AppendError, Hash, KekUse, Stored, StoredGroup};
use uuid::Uuid;

/// Bytes of one header (`LEDGER.md`, JSON profile).
const MAX_HEADER: usize = 16 * 1024;
/// Events of one command.
const MAX_EVENTS: usize = 4096;
/// Bytes of one command, headers and groups together.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Key ids and change numbers stay below 2^53, so that JSON carries them exactly and every storage holds them.
const MAX_KEK_ID: u64 = 1 << 53;
/// Length of a hash in base64url.
const HASH_CHARS: usize = 43;

/// Checks everything that needs no stored state; runs outside the engine's lock.
/// Returns the bytes the batch takes.
pub(crate) fn well_formed(batch: &Append) -> Result<usize, AppendError> {
    if batch.events.is_empty() {
        return refuse("the batch has no events");
    }
    if batch.events.len() > MAX_EVENTS {
        return refuse(format!("{} events in one batch, at most {MAX_EVENTS}", batch.events.len()));
    }
    let mut prev = batch.prev;
    let mut bytes = 0;
    for (event, seq) in batch.events.iter().zip(batch.expected..) {
        if event.seq != seq {
            return refuse(format!("seq {} where {seq} must follow", event.seq));
        }
        header(batch.stream, seq, &event.header, &event.event_hash, &prev)?;
        groups(&event.groups, seq)?;
        prev = event.event_hash;
        bytes += event.header.len() + event.groups.iter().map(|g| g.bytes.len()).sum::<usize>();
    }
    if bytes > MAX_BYTES {
        return refuse(format!("{bytes} bytes in one batch, at most {MAX_BYTES}"));
    }
    let rival = |k: &KekUse| batch.kek_uses.iter().any(|other| other.kek_id == k.kek_id && other != k);
    if let Some(twice) = batch.kek_uses.iter().find(|k| rival(k)) {
        return refuse(format!("kek_id {} is used for two subjects or procedures", twice.kek_id));
    }
    batch.kek_uses.iter().try_for_each(key_use)?;
    Ok(bytes)
}

/// Checks one first use of a key, of an append or of another engine.
pub(crate) fn key_use(row: &KekUse) -> Result<(), AppendError> {
    match row.kek_id < MAX_KEK_ID {
        true => Ok(()),
        false => refuse(format!("kek_id {} is not below 2^53", row.kek_id)),
    }
}

/// The header must be the bytes that were hashed, and must say the place it is given.
fn header(stream: Uuid, seq: u64, header: &[u8], hash: &Hash, prev: &Hash) -> Result<(), AppendError> {
    if header.len() > MAX_HEADER {
        return refuse(format!("header of seq {seq} has {} bytes, at most {MAX_HEADER}", header.len()));
    }
    if event_hash(header) != *hash {
        return refuse(format!("event_hash of seq {seq} is not the hash of its header"));
    }
    let Some(place) = Place::of(header) else {
        return refuse(format!("header of seq {seq} has no prev, ret, seq, stream in this order"));
    };
    if place.prev != *prev {
        return refuse(format!("header of seq {seq} names another prev"));
    }
    if !place.rest.starts_with(format!("\"seq\":{seq},\"stream\":\"{}\"", stream.hyphenated()).as_bytes()) {
        return refuse(format!("header of seq {seq} names another seq or stream"));
    }
    Ok(())
}

/// Checks one event of another engine against the hash its stream ends with here. Unlike in an append,
/// groups may have been erased or sealed anew.
pub(crate) fn importable(event: &Stored, prev: &Hash) -> Result<(), AppendError> {
    header(event.stream, event.seq, &event.header, &event.event_hash, prev)?;
    rows(&event.groups, event.seq)
}

/// Group 0 is always there, change numbers start at 0.
fn groups(groups: &[StoredGroup], seq: u64) -> Result<(), AppendError> {
    if groups.first().is_none_or(|g| g.g != 0) {
        return refuse(format!("seq {seq} has no group 0"));
    }
    if let Some(group) = groups.iter().find(|group| group.change != 0) {
        return refuse(format!("seq {seq}, group {}: its change number is not 0", group.g));
    }
    rows(groups, seq)
}

/// Ascending; keys belong to sealed groups only.
fn rows(groups: &[StoredGroup], seq: u64) -> Result<(), AppendError> {
    if groups.windows(2).any(|pair| pair[0].g >= pair[1].g) {
        return refuse(format!("groups of seq {seq} are not ascending"));
    }
    for group in groups {
        let g = group.g;
        if (g == 0) != group.kek_id.is_none() || group.kek_id.is_some_and(|id| id >= MAX_KEK_ID) {
            return refuse(format!("seq {seq}, group {g}: only sealed groups have a key id, below 2^53"));
        }
        if group.change >= MAX_KEK_ID {
            return refuse(format!("seq {seq}, group {g}: its change number is not below 2^53"));
        }
        if group.bytes.is_empty() {
            return refuse(format!("seq {seq}, group {g}: empty"));
        }
    }
    Ok(())
}

/// The end of a JCS header, where `prev`, `ret`, `seq` and `stream` stand in this order.
struct Place<'a> {
    prev: Hash,
    /// From `"seq":` on.
    rest: &'a [u8],
}

impl<'a> Place<'a> {
    /// Found by its fixed form: no other field of a header can hold the text `"prev":"`.
    fn of(header: &'a [u8]) -> Option<Self> {
        const MARK: &[u8] = b"\"prev\":\"";
        const RET: &[u8] = b"\",\"ret\":\"";
        let at = header.windows(MARK.len()).rposition(|w| w == MARK)? + MARK.len();
        let prev = from_b64u(std::str::from_utf8(header.get(at..at + HASH_CHARS)?).ok()?)?;
        let rest = header.get(at + HASH_CHARS..)?.strip_prefix(RET)?;
        let end = rest.iter().take(9).position(|b| *b == b'"')?;
        Some(Self { prev, rest: rest.get(end + 2..)? })
    }
}

/// The `prev` a stored header names; `None` if the bytes are no header.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn prev_of(header: &[u8]) -> Option<Hash> {
    Place::of(header).map(|place| place.prev)
}

fn refuse<T>(why: impl Into<String>) -> Result<T, AppendError> {
    Err(AppendError::Malformed(why.into()))
}
