//! Published vectors of the primitives the format stands on, through the crates the product uses.
//!
//! Ed25519, RFC 6962, JCS and tiles have their tests beside the code; here are the key derivation and the cipher.

#![expect(clippy::unwrap_used, reason = "a test may stop where its own set-up fails")]

use akte_core::ledger::hash::Derive;
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use serde_json::Value;

/// (test, its expected result) of a file of Wycheproof; `None` without the shared data.
fn cases(file: &str) -> Option<Vec<(Value, String)>> {
    let Ok(shared) = std::env::var("AKTE_SHARED") else {
        println!("skipped: AKTE_SHARED is not set");
        return None;
    };
    let path = std::path::Path::new(&shared).join("data/integrity/wycheproof").join(file);
    let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let groups = all["testGroups"].as_array().unwrap().iter();
    let tests = groups.flat_map(|group| group["tests"].as_array().unwrap().clone());
    Some(tests.map(|test| (test.clone(), test["result"].as_str().unwrap().to_owned())).collect())
}

fn bytes(test: &Value, field: &str) -> Vec<u8> {
    let hex = test[field].as_str().unwrap();
    (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
}

#[test]
fn the_wycheproof_hkdf_vectors_give_their_keys() {
    let Some(cases) = cases("hkdf_sha256_test.json") else { return };
    let (mut own, all) = (0, cases.len());
    for (test, result) in cases {
        let (ikm, salt, info) = (bytes(&test, "ikm"), bytes(&test, "salt"), bytes(&test, "info"));
        let mut out = vec![0; test["size"].as_u64().unwrap() as usize];
        let right = hkdf::Hkdf::<sha2::Sha256>::new(Some(&salt), &ikm).expand(&info, &mut out).is_ok();
        assert_eq!(right, result == "valid", "{}", test["tcId"]);
        assert!(!right || out == bytes(&test, "okm"), "{}", test["tcId"]);
        // Those of the shape the format uses also go through its own function.
        if let (Ok(ikm), true, 32) = (<[u8; 32]>::try_from(ikm), salt.is_empty(), out.len()) {
            assert_eq!(Derive::new(&ikm).expand::<32>(&[&info])[..], out);
            own += 1;
        }
    }
    println!("{all} vectors, {own} of them through the format's own derivation");
    assert!(all > 80);
}

#[test]
fn the_wycheproof_xchacha_vectors_open_or_are_refused() {
    let Some(cases) = cases("xchacha20_poly1305_test.json") else { return };
    for (test, result) in &cases {
        let cipher = XChaCha20Poly1305::new_from_slice(&bytes(test, "key")).unwrap();
        let (sealed, aad) = ([bytes(test, "ct"), bytes(test, "tag")].concat(), bytes(test, "aad"));
        let nonce = bytes(test, "iv");
        let nonce = nonce.as_slice().try_into();
        let opened = nonce.ok().and_then(|n| cipher.decrypt(n, Payload { msg: &sealed, aad: &aad }).ok());
        assert_eq!(opened, (result == "valid").then(|| bytes(test, "msg")), "{}", test["tcId"]);
    }
    assert!(cases.len() > 300);
}
