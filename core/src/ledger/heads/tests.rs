//! The heads at an index are those of that index, whatever came later, and every place can be proven.

use super::*;
use crate::ledger::conformance::sample::Probe;
use crate::ledger::engine::MemoryLedger;
use crate::ledger::hash::sha256;
use crate::ledger::merkle::verify_inclusion;

fn tag(stream: Uuid) -> Hash {
    sha256(&[stream.as_bytes()])
}

#[tokio::test]
async fn heads_are_those_before_the_index_and_may_be_taken_up_again() {
    let ledger = MemoryLedger::new();
    let mut probes: Vec<Probe> = (0..40).map(Probe::new).collect();
    let mut expected = HashMap::new();
    let mut at_900 = HashMap::new();
    let mut size = 0;
    for round in 0..60 {
        for probe in &mut probes[..1 + round % 40] {
            let batch = probe.batch(1, 1);
            ledger.append(batch.clone()).await.unwrap();
            probe.advance(&batch);
            expected.insert(probe.stream, (probe.next - 1, probe.prev));
            size += 1;
            if size == 900 {
                at_900 = expected.clone();
            }
        }
    }
    let mut heads = Heads::default();
    heads.advance(&ledger, 900, |_| ()).await.unwrap();
    assert_eq!(heads.heads, at_900);
    let mut told = 0;
    heads.advance(&ledger, size, |n| told = n).await.unwrap();
    assert_eq!((heads.heads.clone(), told), (expected, size));
    assert!(heads.advance(&ledger, size + 1, |_| ()).await.is_err(), "there is no such event");
}

#[tokio::test]
async fn every_stream_is_proven_and_every_gap_has_its_neighbours() {
    for streams in [1u64, 2, 3, 7, 64, 100] {
        let ledger = MemoryLedger::new();
        for n in 0..streams {
            ledger.append(Probe::new(n).batch(2, 1)).await.unwrap();
        }
        let mut heads = Heads::default();
        heads.advance(&ledger, streams * 2, |_| ()).await.unwrap();
        let tree = heads.tree(tag);
        assert_eq!(tree.count(), streams);
        for n in 0..streams {
            let tag = tag(Probe::new(n).stream);
            let Found::At(place) = tree.find(&tag) else { panic!("{n} is missing") };
            let (entry, path) = tree.proof(place).unwrap();
            assert_eq!((entry.tag, entry.last_seq), (tag, 1));
            let leaf = heads_leaf(&entry.tag, entry.last_seq, &entry.head);
            verify_inclusion(&leaf, place as u64, streams, &path, &tree.root()).unwrap();
        }
        for missing in [[0; 32], tag(Uuid::from_u128(1)), [255; 32]] {
            let Found::Before(place) = tree.find(&missing) else { panic!("found what is not there") };
            assert!(place.checked_sub(1).is_none_or(|left| tree.entries[left].tag < missing));
            assert!(tree.entries.get(place).is_none_or(|right| missing < right.tag));
        }
        assert_eq!(tree.proof(streams as usize), None);
    }
}
