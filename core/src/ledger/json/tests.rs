//! What the profile accepts and refuses.

use super::*;
use proptest::prelude::*;
use serde_json::json;

#[test]
fn canonical_text_sorts_keys_and_escapes_as_rfc_8785() {
    let value = json!({"b": [1, -2, true, null], "a": "\u{1f}\n\"\\/äöü€𝄞\u{7f}", "A": {}});
    let text = to_jcs(&value).unwrap();
    assert_eq!(
        String::from_utf8(text.clone()).unwrap(),
        "{\"A\":{},\"a\":\"\\u001f\\n\\\"\\\\/äöü€𝄞\u{7f}\",\"b\":[1,-2,true,null]}"
    );
    assert!(is_canonical(&text));
    assert!(!is_canonical(b"{\"b\":1,\"a\":2}"));
    assert!(!is_canonical(b"[1, 2]"));
    assert!(!is_canonical(b"\"\\u00e4\""));
}

#[test]
fn the_writer_refuses_what_it_would_have_to_round_or_repair() {
    for (value, error) in [
        (json!(1.5), JsonError::Number),
        (json!(-0.0), JsonError::Number),
        (json!(9_007_199_254_740_992_i64), JsonError::Number),
        (json!(u64::MAX), JsonError::Number),
        (json!("a\u{0}"), JsonError::Nul),
        (json!("a\u{308}"), JsonError::NotNfc),
        (json!({"ä": 1}), JsonError::Key),
    ] {
        assert_eq!(to_jcs(&value), Err(error), "{value}");
    }
    assert_eq!(to_jcs(&json!(MAX_INTEGER)).unwrap(), b"9007199254740991");
    assert_eq!(to_jcs(&json!(-MAX_INTEGER)).unwrap(), b"-9007199254740991");
}

#[test]
fn nesting_ends_at_thirty_two_for_writer_and_reader() {
    let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
    let value = parse_strict(deep(32).as_bytes()).unwrap();
    assert_eq!(to_jcs(&value).unwrap(), deep(32).as_bytes());
    assert_eq!(parse_strict(deep(33).as_bytes()), Err(JsonError::Depth));
    assert_eq!(to_jcs(&json!([value])), Err(JsonError::Depth));
}

#[test]
fn the_reader_refuses_texts_that_two_readers_could_understand_differently() {
    for (text, error) in [
        ("{\"a\":1,\"a\":2}", Some(JsonError::DuplicateKey)),
        ("{\"a\":1,\"\\u0061\":2}", Some(JsonError::DuplicateKey)),
        ("1.0", Some(JsonError::Number)),
        ("1e3", Some(JsonError::Number)),
        ("-0", Some(JsonError::Number)),
        ("9007199254740993", Some(JsonError::Number)),
        ("12345678901234567890", Some(JsonError::Number)),
        ("\"\\u0000\"", Some(JsonError::Nul)),
        ("\"\\ud800\"", None),
        ("\"\\udc00\\ud800\"", None),
        ("01", None),
        ("[1,]", None),
        ("{\"a\":1,}", None),
        ("\"a\nb\"", None),
        ("nul", None),
        ("1 2", None),
        ("", None),
        ("-", None),
    ] {
        let got = parse_strict(text.as_bytes());
        assert!(got.is_err(), "{text}");
        if let Some(error) = error {
            assert_eq!(got, Err(error), "{text}");
        }
    }
    assert!(parse_strict(b"\xff").is_err());
    assert_eq!(parse_strict(" { \"a\" : [ \"\\ud834\\udd1e\" ] } ".as_bytes()).unwrap(), json!({"a": ["𝄞"]}));
}

#[test]
fn members_keep_the_exact_bytes_of_each_value() {
    let text = br#"{"/a":{"x":[1,2]},"/b":"\u00e4"}"#;
    let found = members(text).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(&text[found[0].2.clone()], br#"{"x":[1,2]}"#);
    assert_eq!(&text[found[1].2.clone()], br#""\u00e4""#);
    assert_eq!(found[1].1, json!("ä"));
    assert_eq!(members(br#"{"a":1,"a":1}"#).unwrap_err(), JsonError::DuplicateKey);
    assert!(members(b"[]").is_err());
}

#[test]
fn published_rfc_8785_texts_come_out_byte_for_byte_or_are_refused() {
    let Ok(shared) = std::env::var("AKTE_SHARED") else {
        println!("skipped: shared data not found");
        return;
    };
    let dir = std::path::Path::new(&shared).join("data/integrity/jcs-cyberphone/testdata");
    let mut same = 0;
    for file in std::fs::read_dir(dir.join("input")).unwrap() {
        let path = file.unwrap().path();
        let expected = std::fs::read(dir.join("output").join(path.file_name().unwrap())).unwrap();
        // The samples also hold fractions, non-ASCII keys and text outside NFC, which the profile refuses.
        match parse_strict(&std::fs::read(&path).unwrap()).and_then(|v| to_jcs(&v)) {
            Ok(bytes) => {
                assert_eq!(bytes, expected, "{}", path.display());
                same += 1;
            }
            Err(error) => assert!(matches!(error, JsonError::Number | JsonError::Key | JsonError::NotNfc), "{error}"),
        }
    }
    assert!(same >= 1);
}

fn profile_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-MAX_INTEGER..=MAX_INTEGER).prop_map(Value::from),
        "[ -~äöüß€\n\t\"\\\\]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z/_\"]{0,6}", inner, 0..5)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same_and_is_canonical(value in profile_value()) {
        let text = to_jcs(&value).unwrap();
        prop_assert_eq!(parse_strict(&text).unwrap(), value);
        prop_assert!(is_canonical(&text));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_strict(&bytes);
        let _ = members(&bytes);
    }

    #[test]
    fn no_json_like_text_makes_the_reader_panic(text in "[\\[\\]{}\",:0-9eE.+\\-\\\\utrufalsn ä]{0,60}") {
        if let Ok(value) = parse_strict(text.as_bytes()) {
            // What this reader accepts, serde_json accepts with the same meaning.
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
