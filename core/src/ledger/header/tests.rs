//! Headers round trip, and every break of rule B0 is seen.

use super::*;
use crate::ledger::hash::sha256;
use proptest::prelude::*;
use serde_json::{Value, json};

fn digests(n: u64) -> Vec<DigestText> {
    let mut out: Vec<DigestText> = (0..n).map(|i| DigestText::new(&sha256(&[&i.to_be_bytes()]))).collect();
    out.sort_unstable();
    out
}

fn sample() -> Header {
    Header {
        log: "stadt.example/akte/2026".into(),
        stream: Uuid::from_u128(7),
        seq: 3,
        wire: "akte.opened.v1".into(),
        at: "2026-11-22T10:30:24.123456Z".parse().unwrap(),
        prev: [9; 32],
        nonce: [2; 16],
        cause: Uuid::from_u128(8),
        corr: Uuid::from_u128(7),
        ret: "10J".into(),
        grp: vec![(0, 3), (1, 4)],
        sd: digests(7),
    }
}

fn as_value(header: &Header) -> Value {
    serde_json::from_slice(&header.to_bytes().unwrap()).unwrap()
}

#[test]
fn a_header_reads_back_from_canonical_and_from_spaced_text() {
    let header = sample();
    let bytes = header.to_bytes().unwrap();
    assert!(crate::ledger::json::is_canonical(&bytes));
    assert_eq!(Header::parse(&bytes).unwrap(), header);
    let spaced = serde_json::to_vec_pretty(&as_value(&header)).unwrap();
    assert_eq!(Header::parse(&spaced).unwrap(), header);
    assert_eq!(header.entries(1), Some(4));
    assert_eq!(header.entries(2), None);
}

#[test]
fn every_field_is_required_and_no_other_is_allowed() {
    let whole = as_value(&sample());
    assert_eq!(whole.as_object().unwrap().len(), 14);
    for name in whole.as_object().unwrap().keys() {
        let mut less = whole.clone();
        less.as_object_mut().unwrap().remove(name);
        assert!(Header::parse(less.to_string().as_bytes()).is_err(), "without {name}");
    }
    let mut more = whole.clone();
    more["extra"] = json!(1);
    assert_eq!(Header::parse(more.to_string().as_bytes()), Err(HeaderError::Field("unknown")));
    let twice = whole.to_string().replacen('{', "{\"v\":1,", 1);
    assert_eq!(Header::parse(twice.as_bytes()), Err(HeaderError::Json(JsonError::DuplicateKey)));
}

#[test]
fn a_malformed_value_in_any_field_breaks_rule_b0() {
    let sd: Vec<String> = digests(7).iter().map(|d| d.as_str().to_owned()).collect();
    let mut swapped = sd.clone();
    swapped.swap(0, 1);
    let mut doubled = sd.clone();
    doubled[1] = doubled[0].clone();
    for (name, bad) in [
        ("v", json!(2)),
        ("suite", json!(2)),
        ("log", json!("")),
        ("stream", json!("00000000-0000-0000-0000-00000000000A")),
        ("stream", json!("{00000000-0000-0000-0000-000000000007}")),
        ("seq", json!(-1)),
        ("seq", json!("3")),
        ("type", json!("akte.v1")),
        ("type", json!("akte.opened.v01")),
        ("type", json!("Akte.opened.v1")),
        ("type", json!("akte..v1")),
        ("at", json!("2026-11-22T10:30:24.12345Z")),
        ("at", json!("2026-11-22T10:30:24.123456+00:00")),
        ("at", json!("2026-02-30T10:30:24.123456Z")),
        ("at", json!("2026-11-22T10:30:60.000000Z")),
        ("prev", json!("AA")),
        ("prev", json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB")),
        ("nonce", json!("AgICAgICAgICAgICAgICAg==")),
        ("cause", json!(null)),
        ("corr", json!("7")),
        ("ret", json!("")),
        ("ret", json!("NEUNZEHNJ")),
        ("ret", json!("10j")),
        ("grp", json!([])),
        ("grp", json!([[1, 4], [0, 3]])),
        ("grp", json!([[1, 3], [2, 4]])),
        ("grp", json!([[0, 4], [1, 3]])),
        ("grp", json!([[0, 7], [1, 0]])),
        ("grp", json!([[0, 3], [256, 4]])),
        ("grp", json!([[0, 2], [1, 4]])),
        ("_sd", json!(swapped)),
        ("_sd", json!(doubled)),
        ("_sd", json!(sd[..6])),
        ("_sd", json!([])),
    ] {
        let mut value = as_value(&sample());
        value[name] = bad.clone();
        assert!(Header::parse(value.to_string().as_bytes()).is_err(), "{name} = {bad}");
        let canonical = crate::ledger::json::to_jcs(&value).unwrap();
        assert!(Header::parse(&canonical).is_err(), "{name} = {bad}");
    }
}

#[test]
fn limits_hold_for_writer_and_reader() {
    let full = Header { grp: vec![(0, 256)], sd: digests(256), ..sample() };
    assert_eq!(Header::parse(&full.to_bytes().unwrap()).unwrap(), full);
    let over = Header { grp: vec![(0, 257)], sd: digests(257), ..sample() };
    assert_eq!(over.to_bytes(), Err(HeaderError::Sd));
    let long = Header { log: "x".repeat(16 * 1024), ..sample() };
    assert_eq!(long.to_bytes(), Err(HeaderError::TooLong));
    let fine = Header { at: Timestamp::from_nanosecond(1_500).unwrap(), ..sample() };
    assert_eq!(fine.to_bytes(), Err(HeaderError::Field("at")));
    assert_eq!(whole_micros(fine.at), Timestamp::from_microsecond(1).unwrap());
    let big = Header { seq: 1 << 53, ..sample() };
    assert_eq!(big.to_bytes(), Err(HeaderError::Field("seq")));
}

proptest! {
    #[test]
    fn any_header_reads_back_the_same(
        ids in any::<(u128, u128, u128)>(),
        seq in 0u64..(1 << 53),
        micros in -62_000_000_000_000_000i64..253_000_000_000_000_000,
        open in 1u16..20,
        sealed in prop::collection::vec(1u16..5, 0..8),
        log in "[a-z./\"ä]{1,30}",
        nonce in any::<[u8; 16]>(),
        prev in any::<[u8; 32]>(),
    ) {
        let mut grp = vec![(0, open)];
        grp.extend(sealed.iter().enumerate().map(|(i, n)| (i as u8 + 1, n * 4)));
        let sum = grp.iter().map(|(_, n)| u64::from(*n)).sum();
        let header = Header {
            log, seq, nonce, prev, grp,
            stream: Uuid::from_u128(ids.0),
            cause: Uuid::from_u128(ids.1),
            corr: Uuid::from_u128(ids.2),
            at: Timestamp::from_microsecond(micros).unwrap(),
            sd: digests(sum),
            ..sample()
        };
        let bytes = header.to_bytes().unwrap();
        prop_assert!(crate::ledger::json::is_canonical(&bytes));
        prop_assert_eq!(Header::parse(&bytes).unwrap(), header.clone());
        prop_assert_eq!(read::general(&bytes).unwrap(), header);
    }

    #[test]
    fn a_changed_byte_gives_an_error_or_another_header_but_no_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let header = sample();
        let mut bytes = header.to_bytes().unwrap();
        let i = at.index(bytes.len());
        if bytes[i] != byte {
            bytes[i] = byte;
            prop_assert_ne!(Header::parse(&bytes), Ok(header));
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Header::parse(&bytes).is_err());
    }
}
