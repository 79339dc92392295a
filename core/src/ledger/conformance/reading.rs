//! Checks of the read side: paging, waiting, exact bytes, tiles and root, and what survives reopening.
//!
//! Deliberately recomputes every hash from the bytes read back.

use super::sample::{Probe, kek_use, open, sealed};
use super::{Reason, fail, same};
use crate::ledger::engine::MemoryLedger;
use crate::ledger::hash::{ZERO, event_hash, leaf};
use crate::ledger::merkle::{TILE_WIDTH, mth};
use crate::ledger::port::{Hash, Head, Ledger, Stored};
use std::sync::Arc;
use std::time::Duration;

pub(super) async fn an_empty_ledger_answers(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let stream = Probe::new(1).stream;
    same("head", ledger.head().await?, Head { size: 0, root: mth(&[]) })?;
    same("stream head", ledger.stream_head(stream).await?, (0, ZERO))?;
    same("stream", ledger.read_stream(stream, 0, 10).await?, vec![])?;
    same("log", ledger.read_all(0, usize::MAX).await?, vec![])?;
    same("log far behind its end", ledger.read_all(u64::MAX, 1).await?, vec![])?;
    same("tile", ledger.tile(0, 0).await?, None)?;
    same("checkpoint", ledger.get_checkpoint(u64::MAX).await?, None)?;
    same("key uses", ledger.kek_uses().await?, vec![])?;
    same("strays", ledger.strays().await?, vec![])
}

pub(super) async fn pages_of_any_size_give_the_same_events(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let mut probes = [Probe::new(1), Probe::new(2), Probe::new(3)];
    for round in 0..7 {
        for probe in &mut probes {
            let batch = probe.batch_of(3, round, &|seq| vec![open(vec![0, seq as u8]), sealed(2, 9, vec![1; 30])]);
            ledger.append(batch.clone()).await?;
            probe.advance(&batch);
        }
    }
    let whole = ledger.read_all(0, usize::MAX).await?;
    same("events", whole.len(), 63)?;
    for size in [1, 2, 5, 62, 63, 64] {
        let mut paged = Vec::new();
        loop {
            let page = ledger.read_all(paged.len() as u64, size).await?;
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        same("the log in pages", &paged, &whole)?;
    }
    for probe in probes {
        let of_stream: Vec<_> = whole.iter().filter(|e| e.stream == probe.stream).cloned().collect();
        same("a whole stream", &ledger.read_stream(probe.stream, 0, usize::MAX).await?, &of_stream)?;
        same("a page of a stream", &ledger.read_stream(probe.stream, 4, 6).await?[..], &of_stream[4..10])?;
        same("behind its end", ledger.read_stream(probe.stream, 21, 6).await?.len(), 0)?;
        same("a page of nothing", ledger.read_stream(probe.stream, 0, 0).await?.len(), 0)?;
    }
    Ok(())
}

pub(super) async fn waiting_ends_with_the_next_event_or_with_the_time(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let far = Duration::from_secs(60);
    ledger.wait(0, Duration::from_millis(1)).await;
    let waiter = tokio::spawn({
        let ledger = Arc::clone(&ledger);
        async move {
            while ledger.head().await.is_ok_and(|head| head.size == 0) {
                ledger.wait(0, far).await;
            }
        }
    });
    tokio::task::yield_now().await;
    ledger.append(Probe::new(1).batch(1, 1)).await?;
    if tokio::time::timeout(far / 2, waiter).await.is_err() {
        return fail("a waiter slept through an append");
    }
    match tokio::time::timeout(far / 2, ledger.wait(0, far)).await {
        Ok(()) => Ok(()),
        Err(_) => fail("waiting for a size already passed did not end"),
    }
}

pub(super) async fn bytes_come_back_exactly(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let every_byte: Vec<u8> = (0..=255).collect();
    let text = "\0{\"/name\":\"Zoë Åkesson-Ğül ẞ 𝄞 ﷽ e\u{301}\"}\r\n\u{feff}".as_bytes().to_vec();
    let groups =
        vec![open(text), sealed(1, 1, every_byte), sealed(2, 2, vec![0; 300]), sealed(255, (1 << 53) - 1, vec![1])];
    let batch = Probe::new(1).batch_of(1, 1, &|_| groups.clone());
    ledger.append(batch.clone()).await?;
    let event = &batch.events[0];
    let (header, event_hash) = (event.header.clone(), event.event_hash);
    let want = Stored { index: 0, stream: batch.stream, seq: 0, header, event_hash, groups };
    same("by stream", ledger.read_stream(batch.stream, 0, 1).await?, vec![want.clone()])?;
    same("by index", ledger.read_all(0, 1).await?, vec![want])
}

pub(super) async fn a_group_of_one_mebibyte_comes_back(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let mut probe = Probe::new(1);
    let bytes: Vec<u8> = (0..1u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for tag in 0..3 {
        let batch = probe.batch_of(2, tag, &|_| vec![open(bytes.clone()), sealed(1, 3, bytes.clone())]);
        ledger.append(batch.clone()).await?;
        probe.advance(&batch);
    }
    let back = ledger.read_stream(probe.stream, 0, 10).await?;
    same("events", back.len(), 6)?;
    match back.iter().flat_map(|e| &e.groups).all(|g| g.bytes == bytes) {
        true => Ok(()),
        false => fail("a large group changed"),
    }
}

pub(super) async fn a_stream_of_ten_thousand_events_comes_back_in_order(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let mut probe = Probe::new(1);
    for tag in 0..20 {
        let batch = probe.batch(500, tag);
        ledger.append(batch.clone()).await?;
        probe.advance(&batch);
    }
    let events = ledger.read_stream(probe.stream, 0, 20_000).await?;
    same("events", events.len(), 10_000)?;
    for (event, due) in events.iter().zip(0..) {
        same("seq", event.seq, due)?;
    }
    same("last hash", events.last().map(|e| event_hash(&e.header)), Some(probe.prev))
}

/// Enough events for one tile of tiles, and some more.
const TILED: usize = TILE_WIDTH * TILE_WIDTH + 2 * TILE_WIDTH + 77;

pub(super) async fn tiles_and_root_equal_their_recomputation(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let mut probe = Probe::new(1);
    let mut leaves: Vec<Hash> = Vec::new();
    for (tag, count) in [1, 254, 1, 1, 300].into_iter().chain(std::iter::repeat(4000)).enumerate() {
        let batch = probe.batch(count.min(TILED - leaves.len()), tag as u64);
        ledger.append(batch.clone()).await?;
        probe.advance(&batch);
        leaves.extend(batch.events.iter().map(|e| leaf(&e.event_hash)));
        let head = Head { size: leaves.len() as u64, root: mth(&leaves) };
        same("head", ledger.head().await?, head)?;
        if leaves.len() == TILED {
            break;
        }
    }
    let mut hashes = leaves;
    for level in 0..2 {
        let (full, _) = hashes.as_chunks::<TILE_WIDTH>();
        for (n, tile) in full.iter().enumerate() {
            let stored = ledger.tile(level, n as u64).await?;
            if stored.is_none_or(|stored| stored != tile.concat()) {
                return fail(format!("tile {level}/{n} is not what its leaves give"));
            }
        }
        same("the tile that is not full", ledger.tile(level, full.len() as u64).await?, None)?;
        hashes = full.iter().map(|tile| mth(tile)).collect();
    }
    same("above the top", ledger.tile(2, 0).await?, None)
}

pub(super) async fn what_was_acknowledged_is_there_after_reopening(
    open_again: impl AsyncFn() -> Arc<dyn Ledger>,
) -> Result<(), Reason> {
    let mut probes = [Probe::new(1), Probe::new(2)];
    let mut before: Option<(Head, Vec<Stored>)> = None;
    for round in 0..4 {
        let ledger = open_again().await;
        if let Some((head, events)) = &before {
            same("head", ledger.head().await?, *head)?;
            same("events", &ledger.read_all(0, usize::MAX).await?, events)?;
            same("checkpoint", ledger.get_checkpoint(u64::MAX).await?, Some((round, format!("note {round}"))))?;
            same("key uses", ledger.kek_uses().await?.len() as u64, 2 * round)?;
            same("strays", ledger.strays().await?, vec![])?;
        }
        for probe in &mut probes {
            let mut batch = probe.batch(150, round);
            batch.kek_uses = vec![kek_use(round, "a")];
            ledger.append(batch.clone()).await?;
            probe.advance(&batch);
        }
        ledger.erase_groups(&[(round, 0)]).await?;
        take_in_more(&*ledger, &mut probes, round).await?;
        ledger.put_checkpoint(round + 1, &format!("note {}", round + 1)).await?;
        before = Some((ledger.head().await?, ledger.read_all(0, usize::MAX).await?));
    }
    Ok(())
}

/// What another engine wrote after taking in this one's log, after a page that is refused at its last event.
async fn take_in_more(ledger: &dyn Ledger, probes: &mut [Probe], round: u64) -> Result<(), Reason> {
    let other = MemoryLedger::new();
    let size = other.import(&ledger.read_all(0, usize::MAX).await?, &ledger.kek_uses().await?).await?.size;
    for probe in probes {
        let batch = probe.batch(150, 100 + round);
        other.append(batch.clone()).await?;
        probe.advance(&batch);
    }
    let (page, keys) = (other.read_all(size, usize::MAX).await?, [kek_use(100 + round, "b")]);
    let mut broken = page.clone();
    broken[299].header[60] ^= 1;
    same("a broken page", ledger.import(&broken, &keys).await.is_err(), true)?;
    same("head", ledger.import(&page, &keys).await?, other.head().await?)
}
