//! Notes and checkpoints are read strictly; a known key that fails rejects the note.

use crate::ledger::note::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::Value;

const EXAMPLE: &str = "This is an example message.\n\n\u{2014} example.com/foo \
    Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

#[test]
fn the_example_of_the_signed_note_specification_verifies() {
    let key = Vkey::parse(EXAMPLE_KEY).unwrap();
    assert_eq!(key.to_string(), EXAMPLE_KEY);
    let note = Note::parse(EXAMPLE).unwrap();
    assert_eq!(note.verify(std::slice::from_ref(&key)), Ok(vec![0]));
    let changed = Note::parse(&EXAMPLE.replace("This", "That")).unwrap();
    assert!(matches!(changed.verify(&[key]), Err(NoteError::Signature { .. })));
}

#[test]
fn unknown_keys_are_ignored_and_known_keys_must_verify() {
    let (old, new) = (NoteSigner::new("a.de/akte", &[1; 32]).unwrap(), NoteSigner::new("a.de/akte", &[2; 32]).unwrap());
    let text = "a.de/akte\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    let both = old.sign(text).unwrap() + &new.signature_line(text);
    let note = Note::parse(&both).unwrap();
    assert_eq!(note.verify(&[new.vkey(), old.vkey()]), Ok(vec![1, 0]));
    assert_eq!(note.verify(&[new.vkey()]), Ok(vec![0]));
    let stranger = NoteSigner::new("a.de/akte", &[3; 32]).unwrap();
    assert_eq!(note.verify(&[stranger.vkey()]), Err(NoteError::Unknown));
    let forged = old.sign(text).unwrap() + &new.signature_line("b\n");
    let forged = Note::parse(&forged).unwrap();
    assert_eq!(forged.verify(&[old.vkey()]), Ok(vec![0]));
    assert!(matches!(forged.verify(&[old.vkey(), new.vkey()]), Err(NoteError::Signature { .. })));
}

#[test]
fn a_witness_cosignature_covers_its_time() {
    let text = "a.de/akte\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    let raw = NoteSigner::new("zeuge.de", &[5; 32]).unwrap();
    let public = *raw.vkey().public();
    let id = key_id("zeuge.de", COSIGNATURE, &public);
    let hex: String = id.iter().map(|b| format!("{b:02x}")).collect();
    let body = STANDARD.encode([&[COSIGNATURE][..], &public].concat());
    let key = Vkey::parse(&format!("zeuge.de+{hex}+{body}")).unwrap();
    let line = |told: u64, signed: u64| {
        let signature = raw.sign_raw(format!("cosignature/v1\ntime {signed}\n{text}").as_bytes());
        let bytes = [&id[..], &told.to_be_bytes(), &signature].concat();
        Note::parse(&format!("{text}\n\u{2014} zeuge.de {}\n", STANDARD.encode(bytes))).unwrap()
    };
    assert_eq!(line(1_700_000_000, 1_700_000_000).verify(std::slice::from_ref(&key)), Ok(vec![0]));
    assert!(line(1_700_000_001, 1_700_000_000).verify(&[key]).is_err());
}

#[test]
fn malformed_notes_keys_and_names_are_refused() {
    for bad in [
        "text\n",
        "text\n\n",
        "text\n\n\u{2014} a\n",
        "text\n\n- a Uw2QOkn8\n",
        "text\n\n\u{2014} a Uw2QOg==\n",
        "text\n\n\u{2014} a Uw2QOkn8",
        "te\txt\n\n\u{2014} a Uw2QOkn8\n",
        "text\n\n\u{2014} a+b Uw2QOkn8\n",
        "text\n\n\u{2014} a Uw2QOkn8\n\u{2014} a Uw2Q Okn8\n",
    ] {
        assert_eq!(Note::parse(bad), Err(NoteError::Malformed), "{bad:?}");
    }
    assert!(Note::parse("text\n\n\u{2014} a Uw2QOkn8\n").is_ok());
    for bad in
        ["", "a", "a+00000000+AA==", &EXAMPLE_KEY.replace("530d903a", "530d903b"), &EXAMPLE_KEY.replace("foo", "fo")]
    {
        assert!(Vkey::parse(bad).is_err(), "{bad}");
    }
    for bad in ["", "a b", "a+b", "a\u{a0}b", "a\n"] {
        assert_eq!(NoteSigner::new(bad, &[0; 32]).unwrap_err(), NoteError::Name);
    }
    let signer = NoteSigner::new("a", &[0; 32]).unwrap();
    assert_eq!(signer.sign("no line break"), Err(NoteError::Malformed));
}

#[test]
fn a_checkpoint_has_exactly_three_strict_lines() {
    let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let good = format!("a.de/akte\n10\n{root}\n");
    assert_eq!(Checkpoint::parse(&good).unwrap().text(), good);
    for bad in [
        format!("a\n010\n{root}\n"),
        format!("a\n+1\n{root}\n"),
        format!("a\n\n{root}\n"),
        format!("\n1\n{root}\n"),
        format!("a\n1\n{root}\nextension\n"),
        format!("a\n1\n{root}"),
        format!("a\n1\n{}\n", &root[..40]),
        format!("a\n18446744073709551616\n{root}\n"),
        format!("a\n1\n{}\n", root.replace("FU=", "FV=")),
    ] {
        assert_eq!(Checkpoint::parse(&bad), Err(NoteError::Checkpoint), "{bad}");
    }
}

#[test]
fn the_wycheproof_ed25519_vectors_are_judged_as_they_want() {
    let Ok(shared) = std::env::var("AKTE_SHARED") else {
        println!("skipped: shared data not found");
        return;
    };
    let path = std::path::Path::new(&shared).join("data/integrity/wycheproof/ed25519_test.json");
    let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let unhex = |v: &Value| -> Vec<u8> {
        let text = v.as_str().unwrap();
        (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
    };
    let mut seen = 0;
    for group in all["testGroups"].as_array().unwrap() {
        let public = unhex(&group["publicKey"]["pk"]);
        let id: String = key_id("w", ED25519, &public).iter().map(|b| format!("{b:02x}")).collect();
        let body = STANDARD.encode([&[ED25519][..], &public].concat());
        let key = Vkey::parse(&format!("w+{id}+{body}"));
        for test in group["tests"].as_array().unwrap() {
            let signature: Result<[u8; 64], _> = unhex(&test["sig"]).try_into();
            let good = match (&key, signature) {
                (Ok(key), Ok(signature)) => key.verify_raw(&unhex(&test["msg"]), &signature),
                _ => false,
            };
            assert_eq!(good, test["result"] == "valid", "{test}");
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

proptest! {
    #[test]
    fn no_text_makes_the_note_reader_panic(text in "[a-z0-9 +=/\n\u{2014}]{0,80}") {
        let _ = Note::parse(&text);
        let _ = Checkpoint::parse(&text);
        let _ = Vkey::parse(&text);
    }
}
