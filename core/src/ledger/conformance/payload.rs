//! Checks of what may change beside the chain: erased and re-sealed groups, checkpoints.
//!
//! Deliberately compares headers and root before and after: they never move.

use super::sample::{Probe, open, sealed};
use super::{Reason, fail, same};
use crate::ledger::port::{Ledger, Stored};
use std::sync::Arc;

/// Three events of one stream with groups 0, 1 and 2.
async fn three_events(ledger: &dyn Ledger) -> Result<Vec<Stored>, Reason> {
    let groups = |seq: u64| vec![open(vec![0, 1]), sealed(1, seq, vec![1; 40]), sealed(2, 10 + seq, vec![1; 50])];
    ledger.append(Probe::new(1).batch_of(3, 1, &groups)).await?;
    Ok(ledger.read_all(0, 10).await?)
}

pub(super) async fn erasing_takes_groups_and_leaves_the_chain(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let before = three_events(&*ledger).await?;
    let head = ledger.head().await?;
    let targets = [(0, 1), (1, 1), (1, 2), (2, 9), (77, 0), (u64::MAX, 255)];
    same("groups that existed", ledger.erase_groups(&targets).await?, 3)?;
    same("the same again", ledger.erase_groups(&targets).await?, 0)?;
    let after = ledger.read_stream(before[0].stream, 0, 10).await?;
    let headers = |events: &[Stored]| events.iter().map(|e| e.header.clone()).collect::<Vec<_>>();
    same("headers", headers(&after), headers(&before))?;
    same("head", ledger.head().await?, head)?;
    let left: Vec<Vec<u8>> = after.iter().map(|e| e.groups.iter().map(|g| g.g).collect()).collect();
    same("groups left", left, vec![vec![0, 2], vec![0], vec![0, 1, 2]])?;
    same("nothing to erase", ledger.erase_groups(&[]).await?, 0)
}

pub(super) async fn sealing_anew_replaces_bytes_and_raises_the_change_number(
    ledger: Arc<dyn Ledger>,
) -> Result<(), Reason> {
    let before = three_events(&*ledger).await?;
    let head = ledger.head().await?;
    ledger.reseal(1, sealed(2, 99, vec![2; 70]), None).await?;
    let once = ledger.read_all(1, 1).await?[0].clone();
    same("headers", &once.header, &before[1].header)?;
    same("the other groups", &once.groups[..2], &before[1].groups[..2])?;
    let group = &once.groups[2];
    same("the new group", (group.kek_id, &group.bytes), (Some(99), &vec![2; 70]))?;
    ledger.reseal(2, sealed(1, 98, vec![2]), None).await?;
    ledger.reseal(1, sealed(2, 100, vec![2; 71]), None).await?;
    let twice = ledger.read_all(1, 1).await?[0].groups[2].clone();
    if group.change == 0 || twice.change <= group.change {
        return fail(format!("change numbers do not rise: 0, {}, {}", group.change, twice.change));
    }
    same("head", ledger.head().await?, head)?;
    ledger.erase_groups(&[(1, 2)]).await?;
    match ledger.reseal(1, sealed(2, 101, vec![1]), None).await {
        Err(_) => same("the erased group", ledger.read_all(1, 1).await?[0].groups.len(), 2),
        Ok(()) => fail("an erased group came back by re-sealing"),
    }
}

pub(super) async fn the_newest_checkpoint_up_to_a_size_is_found(ledger: Arc<dyn Ledger>) -> Result<(), Reason> {
    let note = |size: u64| format!("example.org/akte/2026\n{size}\nÄ\n\n— example.org/akte/2026 sig\n");
    for size in [3, 9, 12] {
        ledger.put_checkpoint(size, &note(size)).await?;
    }
    for (max, want) in [(2, None), (3, Some(3)), (8, Some(3)), (9, Some(9)), (u64::MAX, Some(12))] {
        let want = want.map(|size| (size, note(size)));
        same("checkpoint", ledger.get_checkpoint(max).await?, want)?;
    }
    ledger.put_checkpoint(9, "signed anew").await?;
    same("signed anew", ledger.get_checkpoint(9).await?, Some((9, "signed anew".into())))
}
