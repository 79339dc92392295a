//! Pointers are checked, disclosures hide values and are read strictly.

use crate::ledger::disclosure::*;
use crate::ledger::group::{Group, GroupError, write_plaintext};
use crate::ledger::hash::b64u;
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn pointers_have_one_to_eight_plain_segments() {
    let long = format!("/{}", "x".repeat(64));
    for good in ["/a", "/a/b/c/d/e/f/g/h", "/_akteur", "/felder/11-strasse", &long] {
        assert_eq!(check_pointer(good), Ok(()), "{good}");
    }
    let longer = format!("/{}", "x".repeat(65));
    for bad in ["", "a", "/", "/a/", "//a", "/a b", "/ä", "/a.b", "/a/b/c/d/e/f/g/h/i", &longer] {
        assert_eq!(check_pointer(bad), Err(DisclosureError::Pointer), "{bad}");
    }
}

#[test]
fn no_pointer_may_occur_twice_or_contain_another() {
    assert_eq!(check_disjoint(&mut ["/a", "/b", "/ab", "/a-b/c", "/a_"]), Ok(()));
    for bad in [&mut ["/a", "/b", "/a"][..], &mut ["/a/b/c", "/a-x", "/a"], &mut ["/x/y", "/x/y/z/w", "/x/yz"]] {
        assert_eq!(check_disjoint(bad), Err(DisclosureError::Overlap));
    }
}

#[test]
fn a_disclosure_is_bound_to_secret_pointer_and_value() {
    let text = |secret: u8, pointer: &str, value: &str| {
        Salter::new(&[secret; 32]).disclosure(pointer, value.as_bytes()).unwrap()
    };
    let one = text(1, "/name", "\"Ida\"");
    assert_eq!(one, text(1, "/name", "\"Ida\""));
    for other in [text(2, "/name", "\"Ida\""), text(1, "/namen", "\"Ida\""), text(1, "/name", "\"Ina\"")] {
        assert_ne!(digest(&one), digest(&other));
    }
    let read_back = read(&one).unwrap();
    assert_eq!((read_back.pointer.as_str(), read_back.value), ("/name", json!("Ida")));
}

#[test]
fn a_disclosure_of_another_shape_is_refused() {
    let salt = b64u(&[1; 16]);
    for bad in [
        json!([salt, "/a"]),
        json!([salt, "/a", 1, 2]),
        json!([salt, "a", 1]),
        json!([b64u(&[1; 15]), "/a", 1]),
        json!({"salt": salt}),
        json!([salt, 5, 1]),
    ] {
        assert!(read(&b64u(bad.to_string().as_bytes())).is_err(), "{bad}");
    }
    assert!(read(&b64u(format!("[\"{salt}\",\"/a\",1.5]").as_bytes())).is_err());
    assert!(read(&b64u(format!("[\"{salt}\",\"/a\",1]").as_bytes())).is_ok());
    assert!(read("WyJ=").is_err());
    let huge = format!("\"{}\"", "x".repeat(1024 * 1024));
    assert_eq!(Salter::new(&[0; 32]).disclosure("/a", huge.as_bytes()), Err(DisclosureError::TooLong));
}

#[test]
fn sealed_groups_are_padded_to_multiples_of_four_and_open_ones_are_not() {
    for n in 1..10usize {
        let values: Vec<(String, Value)> = (0..n).map(|i| (format!("/p{i}"), json!(i))).collect();
        for g in [0, 1] {
            let mut entries: Vec<(&str, &Value)> = values.iter().map(|(p, v)| (p.as_str(), v)).collect();
            let mut digests = Vec::new();
            let plain =
                write_plaintext(g, &[n as u8; 32], &mut entries, &mut digests, &mut Scratch::default()).unwrap();
            assert_eq!(digests.len(), if g == 0 { n } else { n.next_multiple_of(4) });
            assert_eq!(Group::read(g, plain.to_vec()).unwrap().digests().unwrap(), digests);
        }
    }
}

#[test]
fn group_values_keep_the_bytes_they_were_stored_with() {
    let mut plain = vec![7; 32];
    plain.extend_from_slice(br#"{"/b":{"y":1, "x":2},"/a":"\u00e4"}"#);
    let group = Group::read(1, plain.clone()).unwrap();
    let raw: Vec<&[u8]> = group.values().map(|(_, _, raw)| raw).collect();
    assert_eq!(raw, [br#"{"y":1, "x":2}"#.as_slice(), br#""\u00e4""#]);
    assert_eq!(group.digests().unwrap().len(), 4);
    plain.truncate(32);
    for (map, error) in [
        ("{}", GroupError::Malformed),
        ("", GroupError::Disclosure(DisclosureError::Json(crate::ledger::json::JsonError::Syntax(0)))),
    ] {
        let bytes = [plain.as_slice(), map.as_bytes()].concat();
        assert_eq!(Group::read(1, bytes).unwrap_err(), error);
    }
    let twice = [plain.as_slice(), br#"{"/a":1,"/a":1}"#].concat();
    assert!(Group::read(1, twice).is_err());
    let pointer = [plain.as_slice(), br#"{"a":1}"#].concat();
    assert_eq!(Group::read(1, pointer).unwrap_err(), GroupError::Disclosure(DisclosureError::Pointer));
    assert_eq!(Group::read(1, vec![0; 31]).unwrap_err(), GroupError::Malformed);
}

proptest! {
    #[test]
    fn no_text_makes_the_disclosure_reader_panic(text in "[A-Za-z0-9_-]{0,80}", bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = read(&text);
        let _ = read(&b64u(&bytes));
        let _ = Group::read(1, bytes);
    }
}
