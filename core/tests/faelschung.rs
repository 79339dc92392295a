//! A forger with the ledger in his hands: eight ways to cheat, each at 1,000 places, and what the verifier says.
//!
//! Also the honest boundary: what cannot be seen without something from outside is asserted to pass.
//! `AKTE_FAELSCHUNGEN=50` takes fewer places for a quick look.

#![expect(clippy::unwrap_used, reason = "a test may stop where its own set-up fails")]
#![cfg(feature = "sqlite")]

#[path = "faelschung/aussagen.rs"]
mod aussagen;
#[path = "faelschung/buch.rs"]
mod buch;
mod waechter;

use akte_core::ledger::Stored;
use akte_core::ledger::note::NoteSigner;
use akte_core::ledger::verify::{Report, Trust};
use buch::{Buch, LOG, SIGNED, SIZE, invented, note, rewritten};

const LAST: u64 = SIGNED[SIGNED.len() - 1];

/// Splitmix64: the places are the same in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// From `from` to below `to`.
    fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % (to - from)
    }
}

fn places() -> u64 {
    std::env::var("AKTE_FAELSCHUNGEN").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000)
}

async fn town() -> (tempfile::TempDir, Buch) {
    let folder = tempfile::tempdir().unwrap();
    let buch = Buch::new(folder.path()).await;
    let report = buch.check(Trust::Pinned(&buch.policy()), &[buch.published(SIZE)]).await;
    assert_eq!(report.verdict.to_string(), "valid", "{:?} {:?}", report.violations, report.unclear);
    assert_eq!(report.checkpoint.map(|c| c.size), Some(SIZE));
    (folder, buch)
}

fn violates(report: &Report, rules: &[&str], what: &str) {
    assert_eq!(report.verdict.exit_code(), 1, "{what}: {:?}", report.verdict);
    let found = report.violations.iter().find(|v| !rules.contains(&v.rule));
    assert!(found.is_none(), "{what}: unexpected {found:?}");
}

/// Renumbers events in their new order.
fn in_order(mut events: Vec<Stored>) -> Vec<Stored> {
    events.iter_mut().zip(0..).for_each(|(e, index)| e.index = index);
    events
}

#[tokio::test]
async fn an_edited_event_is_named() {
    let (_folder, mut buch) = town().await;
    let (mut chance, policy) = (Chance(1), buch.policy());
    for n in 0..places() {
        let mut events = buch.events.clone();
        let at = chance.within(0, SIZE);
        let e = &mut events[at as usize];
        let parts = 2 + e.groups.len() as u64;
        let bytes: &mut [u8] = match chance.within(0, parts) {
            0 => &mut e.header,
            1 => &mut e.event_hash,
            g => &mut e.groups[g as usize - 2].bytes,
        };
        let place = chance.within(0, bytes.len() as u64) as usize;
        bytes[place] ^= chance.within(1, 256) as u8;
        buch.write(&events, &buch.notes());
        let report = buch.check(Trust::House(&policy), &[]).await;
        violates(&report, &["B0", "B1", "B2", "B3", "B5", "B7", "B8", "B9"], &format!("{n}: event {at} byte {place}"));
        assert_eq!(report.violations[0].index, Some(at), "{n}: {:?}", report.violations);
    }
}

#[tokio::test]
async fn reordered_events_are_found_although_the_tree_is_recomputed() {
    let (_folder, mut buch) = town().await;
    let (mut chance, policy, signer) = (Chance(2), buch.policy(), [buch.published(SIZE)]);
    for n in 0..places() {
        let (a, b) = (chance.within(0, SIZE), chance.within(0, SIZE - 1));
        let b = if b >= a { b + 1 } else { b };
        let mut events = buch.events.clone();
        events.swap(a as usize, b as usize);
        buch.write(&in_order(events), &buch.notes());
        let report = buch.check(Trust::House(&policy), &signer).await;
        violates(&report, &["B1", "B3", "B5", "B7", "B9"], &format!("{n}: {a} and {b}"));
    }
}

#[tokio::test]
async fn a_deleted_event_is_found_although_the_tree_is_recomputed() {
    let (_folder, mut buch) = town().await;
    let (mut chance, policy, signer) = (Chance(3), buch.policy(), [buch.published(SIZE)]);
    for n in 0..places() {
        let mut events = buch.events.clone();
        let at = chance.within(0, SIZE);
        events.remove(at as usize);
        buch.write(&in_order(events), &buch.notes());
        let report = buch.check(Trust::House(&policy), &signer).await;
        violates(&report, &["B1", "B3", "B7", "B9"], &format!("{n}: {at}"));
    }
}

#[tokio::test]
async fn an_inserted_event_is_found_although_it_is_well_formed_and_the_tree_is_recomputed() {
    let (_folder, mut buch) = town().await;
    let (mut chance, policy, signer) = (Chance(4), buch.policy(), [buch.published(SIZE)]);
    for n in 0..places() {
        let mut events = buch.events.clone();
        let (model, at) = (chance.within(1, SIZE), chance.within(0, SIZE));
        let mut forged = invented(&events[model as usize], u128::from(n) + 1);
        forged.index = at;
        events.insert(at as usize, forged);
        buch.write(&in_order(events), &buch.notes());
        let report = buch.check(Trust::House(&policy), &signer).await;
        violates(&report, &["B7", "B9"], &format!("{n}: at {at}, like {model}"));
        assert!(report.violations.iter().any(|v| v.rule == "B7"), "{n}: the signed root differs");
    }
}

#[tokio::test]
async fn a_tail_cut_below_a_checkpoint_is_found_by_any_of_its_witnesses() {
    let (_folder, mut buch) = town().await;
    let (mut chance, policy) = (Chance(5), buch.policy());
    for n in 0..places() {
        let left = chance.within(1, LAST);
        let kept: Vec<(u64, String)> = buch.notes().into_iter().filter(|(size, _)| *size <= left).collect();
        let events = buch.events[..left as usize].to_vec();
        let (notes, outside) = match chance.within(0, 3) {
            0 => (buch.notes(), Vec::new()),
            // The forger throws the newer checkpoints away; a mirror or receipt, or the signer, still has one.
            1 => (kept, vec![buch.published(chance.within(left + 1, LAST + 1))]),
            _ => (kept, vec![buch.published(SIZE)]),
        };
        buch.write(&events, &notes);
        let report = buch.check(Trust::House(&policy), &outside).await;
        violates(&report, &["B7"], &format!("{n}: cut to {left}"));
        assert!(report.violations.iter().all(|v| v.text.contains("gekürzt")), "{n}: {:?}", report.violations);
    }
}

#[tokio::test]
async fn a_tail_cut_above_the_last_checkpoint_is_seen_from_outside_only() {
    let (_folder, mut buch) = town().await;
    let (mut chance, policy) = (Chance(6), buch.policy());
    for n in 0..places() {
        let left = chance.within(LAST, SIZE);
        let events = buch.events[..left as usize].to_vec();
        buch.write(&events, &buch.notes());
        // The boundary of the design: the window is the cadence of the checkpoints.
        let alone = buch.check(Trust::Pinned(&policy), &[]).await;
        assert_eq!(alone.verdict.to_string(), "valid", "{n}: cut to {left}: {:?}", alone.violations);
        let older = buch.check(Trust::Pinned(&policy), &[buch.published(left)]).await;
        assert_eq!(older.verdict.to_string(), "valid", "{n}: cut to {left}: {:?}", older.violations);
        for newer in [SIZE, chance.within(left + 1, SIZE + 1)] {
            let report = buch.check(Trust::Pinned(&policy), &[buch.published(newer)]).await;
            violates(&report, &["B7"], &format!("{n}: cut to {left}, signed {newer}"));
        }
    }
}

#[tokio::test]
async fn a_full_rewrite_with_the_old_key_contradicts_what_was_published() {
    let (_folder, mut buch) = town().await;
    let (mut chance, policy) = (Chance(7), buch.policy());
    for n in 0..places() {
        let at = chance.within(1, LAST);
        let events = rewritten(&buch.events, at, &buch.vault, None);
        let notes: Vec<(u64, String)> = SIGNED.iter().map(|size| (*size, note(&events, *size, &buch.key))).collect();
        buch.write(&events, &notes);
        // Mirror, receipt, published checkpoint or the signer's memory: one older signature is enough.
        let size = chance.within(at + 1, SIZE + 1);
        let report = buch.check(Trust::Pinned(&policy), &[buch.published(size)]).await;
        violates(&report, &["B7"], &format!("{n}: from {at}, published {size}"));
        assert_eq!(report.violations[0].index, Some(size - 1));
        if n % 20 == 0 {
            // The boundary of the design: with the key and without any witness nothing speaks against it.
            let alone = buch.check(Trust::Pinned(&policy), &[]).await;
            assert_eq!(alone.verdict.to_string(), "valid", "{n}: from {at}: {:?}", alone.violations);
        }
    }
}

#[tokio::test]
async fn a_full_rewrite_with_a_new_key_is_unverifiable_and_contradicts_the_mirror() {
    let (_folder, mut buch) = town().await;
    let (mut chance, policy) = (Chance(8), buch.policy());
    let thief = NoteSigner::new(LOG, &[2; 32]).unwrap();
    for n in 0..places() {
        let at = chance.within(0, LAST);
        let from = rewritten(&buch.events, 0, &buch.vault, Some(&thief));
        let events = rewritten(&from, at, &buch.vault, None);
        let notes: Vec<(u64, String)> = SIGNED.iter().map(|size| (*size, note(&events, *size, &thief))).collect();
        buch.write(&events, &notes);
        let report = buch.check(Trust::Pinned(&policy), &[]).await;
        assert_eq!(report.verdict.exit_code(), 2, "{n}: from {at}: {:?}", report.violations);
        assert!(report.verdict.to_string().contains("Schlüssel unbekannt"), "{n}: {}", report.verdict);
        let size = chance.within(1, SIZE + 1);
        let report = buch.check(Trust::Pinned(&policy), &[buch.published(size)]).await;
        violates(&report, &["B7"], &format!("{n}: from {at}, published {size}"));
    }
}
