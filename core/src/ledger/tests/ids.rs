//! Derived ids: kinds and parts are checked, different inputs give different ids.

use crate::ledger::ids::*;
use serde_json::json;
use uuid::Uuid;

fn keys() -> LedgerKeys {
    LedgerKeys::new([1; 32], [2; 32], [3; 32], [4; 32])
}

#[test]
fn stream_ids_are_version_8_and_independent_of_how_umlauts_were_typed() {
    let composed = keys().stream_id("einheit", &["B\u{fc}rgerb\u{fc}ro"]).unwrap();
    assert_eq!(keys().stream_id("einheit", &["Bu\u{308}rgerbu\u{308}ro"]), Ok(composed));
    assert_eq!((composed.get_version_num(), composed.get_variant()), (8, uuid::Variant::RFC4122));
    assert_ne!(keys().stream_id("konto", &["B\u{fc}rgerb\u{fc}ro"]), Ok(composed));
    assert_ne!(keys().stream_id("nummer", &["32.21", "2026"]), keys().stream_id("nummer", &["32.212026"]));
}

#[test]
fn kinds_and_parts_that_could_be_read_two_ways_are_refused() {
    for kind in ["", "Akte", "akte2", "akte\n"] {
        assert_eq!(keys().stream_id(kind, &["x"]), Err(IdError::Kind), "{kind:?}");
    }
    for parts in [&[][..], &[""], &["a\nb"], &["a", ""]] {
        assert_eq!(keys().stream_id("akte", parts), Err(IdError::Part), "{parts:?}");
    }
}

#[test]
fn an_idempotency_key_has_16_to_128_visible_characters() {
    for good in ["0123456789abcdef", "!~!~!~!~!~!~!~!~", &"x".repeat(128)] {
        assert_eq!(check_idempotency_key(good), Ok(()));
    }
    for bad in ["0123456789abcde", "0123456789abcde ", "0123456789abcde\n", "0123456789abcdeä", &"x".repeat(129)] {
        assert_eq!(check_idempotency_key(bad), Err(IdError::IdempotencyKey));
    }
}

#[test]
fn a_cause_depends_on_principal_key_and_stream_and_a_request_mark_on_its_fields() {
    let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let all = [
        keys().cause("anon", "k", a),
        keys().cause("anon", "k", b),
        keys().cause("anon", "l", a),
        keys().cause("konto", "k", a),
    ];
    assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    let mark = keys().req(a, &json!({"x": 1, "y": [true]})).unwrap();
    assert_eq!(keys().req(a, &json!({"y": [true], "x": 1})).unwrap(), mark);
    assert_ne!(keys().req(a, &json!({"x": 2, "y": [true]})).unwrap(), mark);
    assert_ne!(keys().req(b, &json!({"x": 1, "y": [true]})).unwrap(), mark);
    assert!(keys().req(a, &json!({"x": 0.5})).is_err());
}

#[test]
fn a_raised_generation_gives_another_case_code_and_subjects_differ_by_role() {
    let stream = Uuid::from_u128(1);
    let (first, second) = (keys().case_code(stream, 0), keys().case_code(stream, 1));
    assert_eq!(first.len(), 22);
    assert_ne!(case_code_sha256(&first), case_code_sha256(&second));
    assert_ne!(keys().subject("antragsteller", stream), keys().subject("verfahren", stream));
    assert_ne!(keys().subject("antragsteller", stream), keys().subject("antragsteller", Uuid::from_u128(2)));
    assert_eq!(format!("{:?}", keys()), "LedgerKeys(hidden)");
}
