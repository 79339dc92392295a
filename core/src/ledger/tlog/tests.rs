//! Published forms: what is written is read back, what is malformed is refused by name.

use super::policy::{Policy, Refused};
use super::proof::TlogProof;
use super::tile::{Kind, TilePath};
use crate::ledger::merkle::{Frontier, leaf_hash};
use crate::ledger::note::{COSIGNATURE, Checkpoint, NoteSigner, key_id};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

const ORIGIN: &str = "a.de/akte/2026";

#[test]
fn tile_paths_follow_the_examples_of_the_specification() {
    let path = |kind, n, width| TilePath { kind, n, width }.to_string();
    assert_eq!(path(Kind::Level(0), 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(path(Kind::Level(2), 0, 1), "tile/2/000.p/1");
    assert_eq!(path(Kind::Entries, 273, 112), "tile/entries/273.p/112");
    let all: Vec<_> = TilePath::all(70_000).collect();
    let of = |kind, full| all.iter().filter(|t| t.kind == kind && t.is_full() == full).count();
    assert_eq!((of(Kind::Level(0), true), of(Kind::Level(0), false)), (273, 1));
    assert_eq!((of(Kind::Level(1), true), of(Kind::Level(1), false)), (1, 1));
    assert_eq!((of(Kind::Level(2), true), of(Kind::Level(2), false)), (0, 1));
    assert_eq!((of(Kind::Entries, true), of(Kind::Entries, false)), (273, 1));
    let small: Vec<_> = TilePath::all(256).map(|t| t.to_string()).collect();
    assert_eq!(small, ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]);
    assert_eq!(TilePath::all(0).count(), 0);
}

#[test]
fn malformed_tile_paths_are_refused() {
    for bad in [
        "tile/0/0",
        "tile/00/000",
        "tile/8/000",
        "tile/0/x000/000",
        "tile/0/001/002",
        "tile/0/x01/002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/entries/",
        "tile/0/000/",
        "tile//000",
        "0/000",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/x018/x446/x744/x073/x709/x551/615",
        "tile/0/+01",
        "tile/-1/000",
        "tile/0/../000",
        "tile/0/000.P/1",
    ] {
        assert!(bad.parse::<TilePath>().is_err(), "{bad}");
    }
}

fn proof() -> TlogProof {
    let note = NoteSigner::new(ORIGIN, &[1; 32]).unwrap().sign(&checkpoint(3)).unwrap();
    TlogProof { extra: Some(b"{}".to_vec()), index: 1, path: vec![[1; 32], [2; 32]], checkpoint: note }
}

fn checkpoint(size: u64) -> String {
    let mut frontier = Frontier::new();
    (0..size).for_each(|i| drop(frontier.push(leaf_hash(&i.to_be_bytes()))));
    Checkpoint { origin: ORIGIN.into(), size, root: frontier.root() }.text()
}

#[test]
fn malformed_proofs_are_refused_with_their_line() {
    let good = proof().to_text();
    assert_eq!(TlogProof::parse(&good), Ok(proof()));
    for (from, to, line) in [
        ("@v1", "@v2", 1),
        ("extra e30=", "extra e30", 2),
        ("extra e30=", "extra e31=", 2),
        ("index 1", "index 01", 3),
        ("index 1", "index -1", 3),
        ("index 1", "index 9007199254740992", 3),
        ("index 1", "Index 1", 3),
        ("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQF=", 4),
        ("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", "AQEB", 4),
        ("\n\n", "\n \n", 6),
    ] {
        let bad = good.replacen(from, to, 1);
        match TlogProof::parse(&bad) {
            Err(super::TlogError::Proof { line: found, .. }) => assert_eq!(found, line, "{from} -> {to}"),
            other => panic!("{from} -> {to}: {other:?}"),
        }
    }
    let long =
        good.replacen("\n\n", &format!("\n{}\n", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n".repeat(60)), 1);
    assert!(TlogProof::parse(&long).is_err());
}

/// A witness and its cosignature line over a text.
fn witness(name: &str, seed: u8, time: u64, text: &str) -> (String, String) {
    let raw = NoteSigner::new(name, &[seed; 32]).unwrap();
    let public = *raw.vkey().public();
    let id = key_id(name, COSIGNATURE, &public);
    let hex: String = id.iter().map(|b| format!("{b:02x}")).collect();
    let vkey = format!("{name}+{hex}+{}", STANDARD.encode([&[COSIGNATURE][..], &public].concat()));
    let signature = raw.sign_raw(format!("cosignature/v1\ntime {time}\n{text}").as_bytes());
    let bytes = [&id[..], &time.to_be_bytes(), &signature].concat();
    (vkey, format!("\u{2014} {name} {}\n", STANDARD.encode(bytes)))
}

#[test]
fn a_policy_accepts_what_its_quorum_demands_and_nothing_less() {
    let text = checkpoint(3);
    let log = NoteSigner::new(ORIGIN, &[1; 32]).unwrap();
    let (w1, l1) = witness("w1", 11, 1_700_000_001, &text);
    let (w2, l2) = witness("w2", 12, 1_700_000_002, &text);
    let (w3, _) = witness("w3", 13, 0, &text);
    let policy = format!(
        "# Vertrauen\nlog {} https://a.de/log\nwitness eins {w1}\nwitness zwei {w2}\n\twitness drei {w3} https://w3\n\
         group paar 2 eins zwei drei\nquorum paar\n",
        log.vkey()
    );
    let policy = Policy::parse(policy.as_bytes()).unwrap();
    let note = log.sign(&text).unwrap();
    assert_eq!(policy.accept(&note, ORIGIN), Err(Refused::Quorum));
    assert_eq!(policy.accept(&(note.clone() + &l1), ORIGIN), Err(Refused::Quorum));
    let both = policy.accept(&(note.clone() + &l1 + &l2), ORIGIN).unwrap();
    assert_eq!((both.checkpoint.size, both.cosigned), (3, Some(1_700_000_002)));
    assert_eq!(policy.accept(&note, "b.de/akte"), Err(Refused::Origin));
    let stranger = NoteSigner::new(ORIGIN, &[9; 32]).unwrap().sign(&text).unwrap();
    assert_eq!(policy.accept(&(stranger + &l1 + &l2), ORIGIN), Err(Refused::UnknownKey));
    let wrong = note.replace("\n3\n", "\n4\n");
    assert!(matches!(policy.accept(&wrong, ORIGIN), Err(Refused::Broken(_))));
}

#[test]
fn a_demanded_key_of_an_unknown_type_is_never_met() {
    let log = NoteSigner::new(ORIGIN, &[1; 32]).unwrap();
    let pq = [&[0x06u8][..], &[7; 1312]].concat();
    let hex: String = key_id(ORIGIN, 0x06, &pq[1..]).iter().map(|b| format!("{b:02x}")).collect();
    let text = format!("log {}\nlog {ORIGIN}+{hex}+{}\nquorum none\n", log.vkey(), STANDARD.encode(&pq));
    let policy = Policy::parse(text.as_bytes()).unwrap();
    assert_eq!(policy.accept(&log.sign(&checkpoint(3)).unwrap(), ORIGIN), Err(Refused::UnknownType));
}

#[test]
fn malformed_policies_are_refused_with_their_line() {
    let key = NoteSigner::new(ORIGIN, &[1; 32]).unwrap().vkey().to_string();
    let (w, _) = witness("w", 3, 0, "");
    for (bad, line) in [
        (format!("log {key}\n"), 0),
        (format!("log {key}\nlog {key}\nquorum none\n"), 2),
        (format!("log {w}\nquorum none\n"), 1),
        (format!("witness a {key}\nquorum a\n"), 1),
        (format!("witness none {w}\nquorum none\n"), 1),
        (format!("witness a {w}\nquorum b\n"), 2),
        (format!("witness a {w}\ngroup g 2 a\nquorum g\n"), 2),
        (format!("witness a {w}\ngroup g 0 a\nquorum g\n"), 2),
        (format!("witness a {w}\ngroup g 01 a\nquorum g\n"), 2),
        (format!("witness a {w}\ngroup g any a\ngroup h any a\nquorum g\n"), 3),
        (format!("witness a {w}\ngroup g all\nquorum g\n"), 2),
        ("quorum none\nquorum none\n".into(), 2),
        ("quorum none x\n".into(), 1),
        ("Quorum none\n".into(), 1),
        ("quorum none\r\n".into(), 0),
        ("log a+00000000+AAAA\nquorum none\n".into(), 1),
    ] {
        match Policy::parse(bad.as_bytes()) {
            Err(super::TlogError::Policy { line: found, .. }) => assert_eq!(found, line, "{bad}"),
            other => panic!("{bad}: {other:?}"),
        }
    }
    let own = Policy::text_for(&[NoteSigner::new(ORIGIN, &[1; 32]).unwrap().vkey()], Some("https://a.de/log"));
    assert_eq!(Policy::parse(own.as_bytes()).unwrap().logs().len(), 1);
}

proptest! {
    #[test]
    fn every_tile_path_is_read_back(level in 0u8..8, entries: bool, n in 0u64..1 << 53, width in 1u16..=256) {
        let tile = TilePath { kind: if entries { Kind::Entries } else { Kind::Level(level) }, n, width };
        prop_assert_eq!(tile.to_string().parse(), Ok(tile));
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC*", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = text.parse::<TilePath>();
        let _ = TlogProof::parse(&text);
        let _ = Policy::parse(&bytes);
    }
}
