//! Every parser of the ledger over its kept seeds and a bounded number of changed ones; and receipts made elsewhere.
//!
//! The same functions run for minutes under a fuzzer (`tests/fuzz/lauf`); here they must only hold what it found.

#[path = "../fuzz/ziele.rs"]
mod ziele;

use akte_core::ledger::note::NoteSigner;
use akte_core::ledger::tlog::policy::Policy;
use akte_core::ledger::verify::receipt::{self, Objection};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Changed inputs per seed.
const CHANGED: u64 = 400;

fn seeds(name: &str) -> Vec<(String, Vec<u8>)> {
    let dir: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let files = std::fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read(&path).expect("a readable seed"));
    files.map(|file| read(file.expect("a folder entry").path())).collect()
}

/// Splitmix64.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 1) as usize
}

fn changed(seed: &[u8], other: &[u8], chance: &mut u64) -> Vec<u8> {
    let mut out = seed.to_vec();
    for _ in 0..next(chance) % 4 + 1 {
        let at = next(chance) % (out.len() + 1);
        match next(chance) % 6 {
            0 if at < out.len() => out[at] ^= 1 << (next(chance) % 8),
            1 => out.insert(at, next(chance) as u8),
            2 if at < out.len() => drop(out.remove(at)),
            3 => out.truncate(at),
            4 => out.extend_from_slice(&other[next(chance) % (other.len() + 1)..]),
            _ => out.splice(at.., other.iter().copied().skip(at)).for_each(drop),
        }
    }
    out
}

#[test]
fn every_parser_answers_to_its_seeds_and_to_changed_ones() {
    for (name, check) in ziele::ZIELE {
        let seeds = seeds(name);
        assert!(seeds.len() > 1, "{name} has no seeds");
        check(&[]);
        for (n, (_, seed)) in seeds.iter().enumerate() {
            check(seed);
            let (other, mut chance) = (&seeds[(n + 1) % seeds.len()].1, n as u64);
            (0..CHANGED).for_each(|_| check(&changed(seed, other, &mut chance)));
        }
    }
}

fn town() -> Policy {
    let key = NoteSigner::new("musterstadt.example/akte/2026", &[7; 32]).expect("a plain name");
    Policy::of_log_keys(&[key.vkey()])
}

/// A receipt that another program made (`tests/pruefer/bau.mjs`).
fn receipt_text(name: &str) -> String {
    let found = seeds("receipt").into_iter().find(|(path, _)| path.ends_with(name));
    String::from_utf8(found.expect("a kept receipt").1).expect("a text")
}

#[test]
fn receipts_made_elsewhere_hold_and_show_their_values() {
    for name in ["drei", "geschwaerzt", "letztes"] {
        let proven = receipt::check(&receipt_text(name), &town()).unwrap_or_else(|o| panic!("{name}: {o:?}"));
        assert_eq!(proven.checkpoint.checkpoint.size, 7);
        assert!(name != "drei" || proven.values.iter().any(|d| d.pointer == "/titel" && d.value == "Hundesteuer"));
        assert!(proven.documents(b"anything").is_empty());
    }
}

/// The receipt with its `extra` changed.
fn with_extra(change: impl Fn(&mut Value)) -> String {
    let text = receipt_text("drei");
    let line = text.lines().find(|l| l.starts_with("extra ")).expect("an extra line");
    let mut extra: Value = serde_json::from_slice(&STANDARD.decode(&line[6..]).expect("base64")).expect("JSON");
    change(&mut extra);
    text.replacen(line, &format!("extra {}", STANDARD.encode(extra.to_string())), 1)
}

fn with_header(change: impl Fn(String) -> String) -> String {
    with_extra(|extra| {
        let header = URL_SAFE_NO_PAD.decode(extra["header"].as_str().expect("a header")).expect("base64url");
        extra["header"] = json!(URL_SAFE_NO_PAD.encode(change(String::from_utf8(header).expect("a text"))));
    })
}

#[test]
fn each_way_to_cheat_with_a_receipt_has_its_rule() {
    let foreign = receipt_text("letztes");
    let foreign_value = |extra: &mut Value| {
        let line = foreign.lines().find(|l| l.starts_with("extra ")).expect("an extra line");
        let other: Value = serde_json::from_slice(&STANDARD.decode(&line[6..]).expect("base64")).expect("JSON");
        extra["disclosures"][0] = other["disclosures"][0].clone();
    };
    let twice = |extra: &mut Value| {
        let first = extra["disclosures"][0].clone();
        extra["disclosures"].as_array_mut().expect("a list").push(first);
    };
    let good = receipt_text("drei");
    let checkpoint = good.rfind("\n\u{2014} musterstadt").expect("the town's signature");
    for (rule, text) in [
        ("B0", with_header(|h| h.replacen("\"seq\":0", "\"seq\":00", 1))),
        ("B0", with_header(|h| h.replacen("\"ret\":\"J10\"", "\"ret\":\"j10\"", 1))),
        ("B0", with_header(|h| h.replacen("\"v\":1", "\"v\":1,\"v\":1", 1))),
        ("B5", with_extra(foreign_value)),
        ("B5", with_extra(twice)),
        ("B8", with_header(|h| h.replacen("musterstadt", "anderswo", 1))),
        ("B2", with_header(|h| h.replacen("J10", "J30", 1))),
        ("B2", good.replacen("index 3", "index 2", 1)),
        ("B2", good.replacen("index 3", "index 9007199254740991", 1)),
        ("B7", good.replacen("akte/2026\n7\n", "akte/2026\n8\n", 1)),
    ] {
        match receipt::check(&text, &town()) {
            Err(Objection::Broken { rule: found, .. }) => assert_eq!(found, rule, "{text}"),
            other => panic!("{rule}: {other:?}\n{text}"),
        }
    }
    for text in [
        String::new(),
        good.replacen("index 3", "index 03", 1),
        good.replacen("extra ", "extra =", 1),
        good.replacen('\n', "\r\n", 1),
        with_extra(|extra| extra["mehr"] = json!(1)),
        with_extra(|extra| extra["disclosures"] = json!("keine Liste")),
        with_header(|h| h.replacen("\"suite\":1", "\"suite\":2", 1)),
        good[..checkpoint].to_owned(),
        good[..good.len() - 20].to_owned(),
    ] {
        assert!(matches!(receipt::check(&text, &town()), Err(Objection::Unclear(_))), "{text}");
    }
    let stranger = NoteSigner::new("musterstadt.example/akte/2026", &[9; 32]).expect("a plain name");
    let unknown = receipt::check(&good, &Policy::of_log_keys(&[stranger.vkey()]));
    assert_eq!(unknown.map(|_| ()), Err(Objection::Unclear("Schlüssel unbekannt".into())));
}
