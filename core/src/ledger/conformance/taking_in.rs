//! Checks of taking in another engine's events: the very same places and bytes, or nothing at all.
//!
//! The other engine is the one of the tests. Deliberately judged only by what reads, tiles and heads show.

use super::sample::{Probe, kek_use, open, sealed};
use super::{Reason, fail, same};
use crate::ledger::engine::MemoryLedger;
use crate::ledger::port::{AppendError, Hash, KekUse, Ledger, Stored};
use std::sync::Arc;

/// Enough for two full tiles, taken in by pages that fit neither them nor the batches.
const ROUNDS: u64 = 60;
const PAGE: usize = 250;

/// A log of three streams with erased and re-sealed groups, and the ends of its streams.
async fn other(ledger: &dyn Ledger) -> Result<[Probe; 3], Reason> {
    let mut probes = [Probe::new(1), Probe::new(2), Probe::new(3)];
    for round in 0..ROUNDS {
        for probe in &mut probes {
            let groups = |seq: u64| {
                vec![open(vec![0, seq as u8]), sealed(1, round, vec![1; 40]), sealed(2, 100 + round, vec![2; 50])]
            };
            let mut batch = probe.batch_of(3, round, &groups);
            batch.kek_uses = vec![kek_use(round, &format!("subject {round}")), kek_use(100 + round, "b")];
            ledger.append(batch.clone()).await?;
            probe.advance(&batch);
        }
    }
    ledger.erase_groups(&[(0, 1), (7, 0), (7, 1), (7, 2), (300, 2)]).await?;
    ledger.reseal(5, sealed(1, 77, vec![3; 90]), Some(kek_use(777, "c"))).await?;
    ledger.reseal(301, sealed(2, 78, vec![3; 91]), None).await?;
    Ok(probes)
}

/// Everything a ledger shows of its log.
async fn alike(a: &dyn Ledger, b: &dyn Ledger) -> Result<(), Reason> {
    same("head", a.head().await?, b.head().await?)?;
    same("events", a.read_all(0, usize::MAX).await? == b.read_all(0, usize::MAX).await?, true)?;
    same("key uses", a.kek_uses().await?, b.kek_uses().await?)?;
    for probe in [Probe::new(1), Probe::new(2), Probe::new(3)] {
        same("stream head", a.stream_head(probe.stream).await?, b.stream_head(probe.stream).await?)?;
        let stream = async |ledger: &dyn Ledger| ledger.read_stream(probe.stream, 0, usize::MAX).await;
        same("stream", stream(a).await? == stream(b).await?, true)?;
    }
    for n in 0..4 {
        same("tile", a.tile(0, n).await?, b.tile(0, n).await?)?;
    }
    same("strays", a.strays().await?, vec![])
}

pub(super) async fn events_of_another_engine_come_to_the_same_places(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let source = MemoryLedger::new();
    let mut probes = other(&source).await?;
    let (log, keys) = (source.read_all(0, usize::MAX).await?, source.kek_uses().await?);
    for page in log.chunks(PAGE) {
        let told = ledger.import(page, &keys).await?;
        same("the head told", ledger.head().await?, told)?;
        same("the size told", told.size, page.last().map_or(0, |e| e.index + 1))?;
    }
    same("nothing taken in", ledger.import(&[], &[]).await?, source.head().await?)?;
    // Uses of keys may come without an event: a move brings last what seals nothing any more.
    let last = ledger.kek_uses().await?.len();
    same("keys alone", ledger.import(&[], &[kek_use(9000, "late")]).await?, source.head().await?)?;
    same("key uses", ledger.kek_uses().await?.len(), last + 1)?;
    source.import(&[], &[kek_use(9000, "late")]).await?;
    alike(&*ledger, &source).await?;
    let highest = log.iter().flat_map(|e| &e.groups).map(|g| g.change).max();
    ledger.reseal(9, sealed(1, 79, vec![4; 9]), None).await?;
    source.reseal(9, sealed(1, 79, vec![4; 9]), None).await?;
    let anew = ledger.read_all(9, 1).await?[0].groups.iter().map(|g| g.change).max();
    if anew <= highest {
        return fail(format!("change numbers begin again below those taken in: {anew:?} after {highest:?}"));
    }
    same("an erased group is not sealed anew", ledger.reseal(7, sealed(1, 80, vec![1]), None).await.is_err(), true)?;
    for probe in &mut probes {
        let batch = probe.batch(2, 999);
        let receipt = ledger.append(batch.clone()).await?;
        same("receipt", Ok(receipt), source.append(batch).await)?;
    }
    same("head after appends", ledger.head().await?, source.head().await?)
}

/// And the other way round: what this engine holds can be taken in by another.
pub(super) async fn its_events_can_be_taken_in_by_another_engine(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    other(&*ledger).await?;
    let target = MemoryLedger::new();
    target.import(&ledger.read_all(0, usize::MAX).await?, &ledger.kek_uses().await?).await?;
    alike(&target, &*ledger).await
}

/// What is wrong, and how to make it so in a page and its key uses.
type Spoil = (&'static str, fn(&mut Vec<Stored>, &mut Vec<KekUse>));

const SPOILT: [Spoil; 10] = [
    ("an altered header", |log, _| log[4].header[50] ^= 1),
    ("an altered hash", |log, _| log[4].event_hash[0] ^= 1),
    ("a header that names another prev", |log, _| {
        let fork = Probe { next: log[4].seq, prev: [9; 32], ..Probe::new(2) }.batch(1, 5).events.remove(0);
        (log[4].header, log[4].event_hash) = (fork.header, fork.event_hash);
    }),
    ("a seq that leaves one out", |log, _| {
        let index = log[4].index;
        log[4] = Stored { index, ..log[5].clone() };
    }),
    ("an event of another stream", |log, _| log[4].stream = Probe::new(4).stream),
    ("groups in another order", |log, _| log[4].groups.reverse()),
    ("a sealed group without key", |log, _| log[4].groups[1].kek_id = None),
    ("a change number no storage counts to", |log, _| log[4].groups[1].change = u64::MAX),
    ("a key of another subject", |_, keys| keys[1].subject = "another".into()),
    ("a key id above 2^53", |_, keys| keys.push(kek_use(u64::MAX, "a"))),
];

pub(super) async fn what_does_not_continue_the_log_is_not_taken_in(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let source = MemoryLedger::new();
    other(&source).await?;
    let (log, keys) = (source.read_all(0, usize::MAX).await?, source.kek_uses().await?);
    ledger.import(&log[..9], &keys[..2]).await?;
    let before = shown(&*ledger).await?;
    let conflict = |expected| Err(AppendError::Conflict { expected, actual: 9 });
    same("the same again", ledger.import(&log[..9], &keys).await, conflict(0))?;
    same("a page too far", ledger.import(&log[18..], &keys).await, conflict(18))?;
    same("the log without a begin", ledger.import(&log[10..], &keys).await, conflict(10))?;
    let mut torn = log[9..].to_vec();
    torn.remove(3);
    same("an index left out", ledger.import(&torn, &keys).await.is_err(), true)?;
    same("after a wrong place", shown(&*ledger).await?, before.clone())?;
    for (what, spoil) in SPOILT {
        // Its fifth event is spoilt, so that events before it and after it are sound.
        let (mut page, mut rows) = (log[9..27].to_vec(), keys.clone());
        spoil(&mut page, &mut rows);
        match ledger.import(&page, &rows).await {
            Err(AppendError::Malformed(_)) => {}
            answer => return fail(format!("{what}: must be refused as malformed, got {answer:?}")),
        }
        same(what, shown(&*ledger).await?, before.clone())?;
    }
    ledger.import(&log[9..], &keys).await?;
    alike(&*ledger, &source).await
}

/// Head, events, key uses and strays: all that a refused page might have changed.
async fn shown(ledger: &dyn Ledger) -> Result<(u64, Hash, Vec<Stored>, Vec<KekUse>, usize), Reason> {
    let head = ledger.head().await?;
    let (log, keys) = (ledger.read_all(0, usize::MAX).await?, ledger.kek_uses().await?);
    Ok((head.size, head.root, log, keys, ledger.strays().await?.len()))
}
