//! Checks at the limits: the largest header, group and batch that must be taken, and text in every plane.
//!
//! Deliberately at the limits of the format only; what a machine can hold is the bench's business.

use super::appending::refused;
use super::sample::{Probe, kek_use, open, sealed};
use super::{Reason, fail, same};
use crate::ledger::hash::event_hash;
use crate::ledger::port::{Append, Ledger, Prepared, StoredGroup};
use std::sync::Arc;

/// Events of one batch at most (`LEDGER.md`).
const MOST_EVENTS: usize = 4096;
/// Bytes of a header at most.
const LONGEST_HEADER: usize = 16 * 1024;

/// One event whose header has this many bytes. Its digests are not those of its groups: engines do not look.
fn with_header_of(bytes: usize) -> Append {
    let mut batch = Probe::new(1).batch(1, 1);
    let event = &mut batch.events[0];
    let text = String::from_utf8_lossy(&event.header).into_owned();
    let filler = "x".repeat(bytes - text.len());
    let header = text.replacen("\"log\":\"", &format!("\"log\":\"{filler}"), 1).into_bytes();
    *event = Prepared { event_hash: event_hash(&header), header, ..event.clone() };
    batch
}

pub(super) async fn the_longest_header_is_taken_and_a_longer_one_refused(
    ledger: Arc<dyn Ledger>,
) -> Result<(), Reason> {
    refused(&*ledger, with_header_of(LONGEST_HEADER + 1), "a header too long").await?;
    let batch = with_header_of(LONGEST_HEADER);
    ledger.append(batch.clone()).await?;
    let back = ledger.read_all(0, 1).await?;
    same("the header", back[0].header == batch.events[0].header, true)
}

pub(super) async fn the_largest_batch_is_taken_and_a_larger_one_refused(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let probe = Probe::new(1);
    refused(&*ledger, probe.batch(MOST_EVENTS + 1, 1), "too many events").await?;
    same("size after the refusal", ledger.head().await?.size, 0)?;
    let batch = probe.batch(MOST_EVENTS, 2);
    same("index of the last", ledger.append(batch.clone()).await?.index, MOST_EVENTS as u64 - 1)?;
    let last = ledger.read_stream(probe.stream, MOST_EVENTS as u64 - 1, 9).await?;
    same("the last event", last.last().map(|e| e.event_hash), batch.events.last().map(|e| e.event_hash))
}

pub(super) async fn an_event_of_eight_subjects_comes_back(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let bytes = |g: u8| (0..128u32 << 10).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 ^ g).collect();
    let mut groups: Vec<StoredGroup> = vec![open(bytes(0))];
    groups.extend((1..=8).map(|g| sealed(g, u64::from(g), bytes(g))));
    let mut batch = Probe::new(1).batch_of(2, 1, &|_| groups.clone());
    batch.kek_uses = (1..=8).map(|n| kek_use(n, &format!("subject {n}"))).collect();
    ledger.append(batch).await?;
    let back = ledger.read_all(0, 9).await?;
    same("events", back.len(), 2)?;
    match back.iter().all(|e| e.groups == groups) {
        true => Ok(()),
        false => fail("a large group changed"),
    }
}

pub(super) async fn text_of_every_plane_comes_back_byte_for_byte(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    // Composed and decomposed forms are different bytes and must stay so; no text is made nicer.
    let texts = [
        "\u{e9}".to_owned(),
        "e\u{301}".to_owned(),
        "\u{1e9e} \u{df} \u{17f} \u{fb01} \u{212b} \u{c5} A\u{30a}".to_owned(),
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{1f1e9}\u{1f1ea} \u{2764}\u{fe0f}".to_owned(),
        "\u{feff}\u{202e}\u{0}\u{1f}\u{7f}\u{85}\u{2028}\u{2029}\r\n\t\\\"'\u{fffd}\u{ffff}".to_owned(),
        (0..=16u32).filter_map(|plane| char::from_u32(plane << 16 | 0x1234)).collect(),
        (0..=16u32).filter_map(|plane| char::from_u32(plane << 16 | 0xfffe)).collect(),
    ];
    let group =
        |n: usize| open([b"\0".to_vec(), serde_json::json!({"/t": texts[n]}).to_string().into_bytes()].concat());
    let batch = Probe::new(1).batch_of(texts.len(), 1, &|seq| vec![group(seq as usize)]);
    ledger.append(batch.clone()).await?;
    for (event, sent) in ledger.read_all(0, 99).await?.iter().zip(&batch.events) {
        same("the text", &event.groups, &sent.groups)?;
    }
    let mut other = batch.kek_uses;
    other.push(kek_use(1, &texts.concat().replace('\0', "")));
    let mut next = Probe::new(2).batch(1, 1);
    next.kek_uses = other.clone();
    ledger.append(next).await?;
    same("the subject", ledger.kek_uses().await?, other)
}

pub(super) async fn pages_of_none_one_and_more_than_there_are(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let batch = Probe::new(1).batch(9, 1);
    ledger.append(batch.clone()).await?;
    for limit in [0, 1, 8, 9, 10, 1 << 20, usize::MAX] {
        for from in [0, 1, 8, 9, 10, u64::from(u32::MAX), i64::MAX as u64, u64::MAX] {
            let want: Vec<u64> = (from.min(9)..9).take(limit).collect();
            let log = ledger.read_all(from, limit).await?;
            same("page of the log", log.iter().map(|e| e.index).collect(), want.clone())?;
            let stream = ledger.read_stream(batch.stream, from, limit).await?;
            same("page of a stream", stream.iter().map(|e| e.seq).collect(), want)?;
        }
    }
    Ok(())
}
