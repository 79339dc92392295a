//! Trees against their definition and against the published RFC 6962 vectors.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::Value;

fn leaves(n: u64) -> Vec<Hash> {
    (0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

/// RFC 6962 §2.1, word for word.
fn defined(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(&[]),
        [one] => *one,
        many => {
            let k = many.len().next_power_of_two() / 2;
            node_hash(&defined(&many[..k]), &defined(&many[k..]))
        }
    }
}

fn node(leaves: &[Hash]) -> impl FnMut(u32, u64) -> Result<Hash, ProofError> + '_ {
    |height, n| {
        let part = leaves.get((n << height) as usize..((n + 1) << height) as usize);
        part.map(defined).ok_or(ProofError::Range)
    }
}

#[test]
fn the_frontier_has_the_root_of_the_definition_at_every_size() {
    let all = leaves(600);
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), defined(&[]));
    for (i, leaf) in all.iter().enumerate() {
        frontier.push(*leaf);
        assert_eq!(frontier.size(), i as u64 + 1);
        assert_eq!(frontier.root(), defined(&all[..=i]), "size {}", i + 1);
        assert_eq!(mth(&all[..=i]), frontier.root());
    }
}

#[test]
fn tiles_come_out_when_full_and_every_node_can_be_read_back_from_them() {
    let size = 256 * 257 + 9;
    let all = leaves(size);
    let mut frontier = Frontier::new();
    let mut tiles = std::collections::BTreeMap::new();
    for leaf in &all {
        for row in frontier.push(*leaf) {
            assert_eq!(row.hashes.len(), 256 * 32);
            assert!(tiles.insert((row.level, row.n), row.hashes).is_none());
        }
    }
    assert_eq!(tiles.keys().filter(|k| k.0 == 0).count(), 257);
    assert_eq!(tiles.keys().filter(|k| k.0 == 1).count(), 1);
    assert_eq!(tiles[&(0, 256)], all[256 * 256..256 * 257].concat());
    assert_eq!(tiles[&(1, 0)][..32], defined(&all[..256]));
    assert_eq!(frontier.partial_tile(0), all[256 * 257..].concat());
    assert_eq!(frontier.partial_tile(2), defined(&all[..65536]));

    let mut from_tiles = |height, n| {
        node_from_tiles(height, n, |level, n| {
            Ok::<_, ProofError>(match tiles.get(&(level, n)) {
                Some(full) => full.clone(),
                None => frontier.partial_tile(level).to_vec(),
            })
        })
    };
    assert_eq!(root_of(size, &mut from_tiles), Ok(frontier.root()));
    for index in [0, 255, 256, 65535, 65536, size - 1] {
        let proof = inclusion_proof(index, size, &mut from_tiles).unwrap();
        verify_inclusion(&all[index as usize], index, size, &proof, &frontier.root()).unwrap();
    }

    let tail = &all[(size - size % 256) as usize..];
    let read = |level: u8, n: u64| tiles.get(&(level, n)).cloned().ok_or(FrontierError::Mismatch);
    let bytes = frontier.to_bytes();
    assert_eq!(bytes.len() as u32, 8 + 32 * size.count_ones());
    assert_eq!(Frontier::restore(&bytes, tail, read), Ok(frontier.clone()));

    let mut changed = tail.to_vec();
    changed[3][0] ^= 1;
    assert_eq!(Frontier::restore(&bytes, &changed, read), Err(FrontierError::Mismatch));
    assert_eq!(Frontier::restore(&bytes[..40], tail, read), Err(FrontierError::Malformed));
}

#[test]
fn a_restored_frontier_goes_on_like_the_original() {
    let all = leaves(1030);
    for cut in [0usize, 1, 255, 256, 257, 511, 512, 1023, 1024] {
        let mut frontier = Frontier::new();
        let mut tiles = Vec::new();
        all[..cut].iter().for_each(|l| tiles.extend(frontier.push(*l)));
        let read = |level: u8, n: u64| {
            let row = tiles.iter().find(|t| t.level == level && t.n == n);
            row.map(|t| t.hashes.clone()).ok_or(FrontierError::Mismatch)
        };
        let mut restored = Frontier::restore(&frontier.to_bytes(), &all[cut - cut % 256..cut], read).unwrap();
        for leaf in &all[cut..] {
            assert_eq!(frontier.push(*leaf), restored.push(*leaf));
        }
        assert_eq!(frontier.root(), restored.root());
    }
}

fn hashes(value: &Value) -> Vec<Vec<u8>> {
    let list = value.as_array().cloned().unwrap_or_default();
    list.iter().map(|h| STANDARD.decode(h.as_str().unwrap()).unwrap()).collect()
}

fn hash(value: &Value) -> Option<Hash> {
    STANDARD.decode(value.as_str()?).ok()?.try_into().ok()
}

/// Vectors with a hash that is not 32 bytes long cannot even be said here: that is a refusal too.
fn agrees(path: &std::path::Path, v: &Value, inclusion: bool) {
    let n = |name: &str| v[name].as_u64().unwrap();
    let proof: Option<Vec<Hash>> = hashes(&v["proof"]).into_iter().map(|h| h.try_into().ok()).collect();
    let good = proof.is_some_and(|proof| {
        if inclusion {
            let (Some(leaf), Some(root)) = (hash(&v["leafHash"]), hash(&v["root"])) else { return false };
            verify_inclusion(&leaf, n("leafIdx"), n("treeSize"), &proof, &root).is_ok()
        } else {
            let (Some(a), Some(b)) = (hash(&v["root1"]), hash(&v["root2"])) else { return false };
            verify_consistency(n("size1"), n("size2"), &a, &b, &proof).is_ok()
        }
    });
    assert_eq!(good, !v["wantErr"].as_bool().unwrap(), "{}", path.display());
}

#[test]
fn the_published_rfc_6962_proof_vectors_are_judged_as_they_want() {
    let Ok(shared) = std::env::var("AKTE_SHARED") else {
        println!("skipped: shared data not found");
        return;
    };
    let base = std::path::Path::new(&shared).join("data/integrity/rfc6962-merkle");
    let mut seen = 0;
    for kind in ["inclusion", "consistency"] {
        for dir in std::fs::read_dir(base.join(kind)).unwrap() {
            for file in std::fs::read_dir(dir.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let v: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
                agrees(&path, &v, kind == "inclusion");
                seen += 1;
            }
        }
    }
    assert!(seen > 90, "{seen}");
}

proptest! {
    #[test]
    fn proofs_verify_and_no_longer_or_shorter_or_changed_one_does(size in 1u64..300, a in any::<u64>(), bit in any::<u8>()) {
        let all = leaves(size);
        let root = defined(&all);
        let index = a % size;
        let leaf = all[index as usize];
        let proof = inclusion_proof(index, size, node(&all)).unwrap();
        prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));
        let mut longer = proof.clone();
        longer.push(root);
        prop_assert!(verify_inclusion(&leaf, index, size, &longer, &root).is_err());
        if let Some((last, rest)) = proof.split_last() {
            prop_assert!(verify_inclusion(&leaf, index, size, rest, &root).is_err());
            let mut bad = *last;
            bad[usize::from(bit % 32)] ^= 1;
            let changed: Vec<Hash> = rest.iter().copied().chain([bad]).collect();
            prop_assert!(verify_inclusion(&leaf, index, size, &changed, &root).is_err());
        }

        let old = a % (size + 1);
        let old_root = defined(&all[..old as usize]);
        let proof = consistency_proof(old, size, node(&all)).unwrap();
        prop_assert_eq!(verify_consistency(old, size, &old_root, &root, &proof), Ok(()));
        if let Some((_, rest)) = proof.split_last() {
            prop_assert!(verify_consistency(old, size, &old_root, &root, rest).is_err());
        }
    }
}
