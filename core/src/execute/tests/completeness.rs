//! "These are all events of this stream" and "there is no such stream", checked by what stands in `LEDGER.md`.

use super::*;
use crate::ledger::disclosure;
use crate::ledger::hash::{b64u, event_hash, from_b64u, leaf};
use crate::ledger::header::Header;
use crate::ledger::heads::Heads;
use crate::ledger::ids::{heads_leaf, system_stream};
use crate::ledger::json::parse_strict;
use crate::ledger::merkle::verify_inclusion;
use crate::ledger::note::{Checkpoint, Note};
use crate::ledger::port::Hash;
use crate::ledger::signer::LogSigner;
use crate::ledger::tlog::proof::TlogProof;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::civil::date;
use serde_json::Value;

async fn signed() -> (Arc<House>, tempfile::TempDir, Uuid) {
    let (house, dir, _) = house().await;
    let stream = submitted(&house, "vollstaendig").await;
    house.write_system("process.position.v1", &serde_json::json!({ "up_to": 1 }), "position-1").await.expect("written");
    let mut heads = Heads::default();
    let day = date(2026, 10, 28);
    assert!(house.write_stream_heads(day, &mut heads).await.expect("written"));
    assert!(!house.write_stream_heads(day, &mut heads).await.expect("known"), "once a day");
    let key = NoteSigner::new(&house.log, &[1; 32]).expect("key");
    let signer = LogSigner::open(dir.path(), &house.log, vec![key]).expect("signer");
    house.sign_with(signer).await.expect("taken up").sign().await.expect("signed");
    (house, dir, stream)
}

fn path(v: &Value) -> Vec<Hash> {
    let decode = |h: &Value| STANDARD.decode(h.as_str().expect("text")).expect("base64").try_into().expect("32 bytes");
    v.as_array().expect("path").iter().map(decode).collect()
}

/// up_to, count and root of the list, bound to the checkpoint.
fn list(proof: &Value) -> (u64, u64, Hash) {
    let receipt = TlogProof::parse(proof["heads"].as_str().expect("text")).expect("tlog-proof");
    let checkpoint = Checkpoint::parse(&Note::parse(&receipt.checkpoint).expect("note").text).expect("checkpoint");
    let extra = parse_strict(&receipt.extra.expect("extra")).expect("strict");
    let header = URL_SAFE_NO_PAD.decode(extra["header"].as_str().expect("text")).expect("b64u");
    let event = event_hash(&header);
    verify_inclusion(&leaf(&event), receipt.index, checkpoint.size, &receipt.path, &checkpoint.root)
        .expect("in the log");
    let header = Header::parse(&header).expect("header");
    assert_eq!((header.wire.as_str(), header.stream), ("log.stream_heads.v1", system_stream(&header.log)));
    let shown = extra["disclosures"].as_array().expect("list").iter().map(|d| {
        let text = d.as_str().expect("text");
        assert!(header.sd.contains(&disclosure::digest(text)));
        let read = disclosure::read(text).expect("disclosure");
        (read.pointer, read.value)
    });
    let shown: std::collections::BTreeMap<String, Value> = shown.collect();
    let root = from_b64u(shown["/root"].as_str().expect("text")).expect("32 bytes");
    (shown["/up_to"].as_u64().expect("number"), shown["/count"].as_u64().expect("number"), root)
}

#[tokio::test]
async fn all_events_of_a_file_are_proven_and_one_that_is_left_out_shows() {
    let (house, _dir, file) = signed().await;
    for stream in [file, system_stream(&house.log)] {
        proven_whole(&house, stream).await;
    }
    // An event that came after the list is not on it.
    let again = submitted(&house, "danach").await;
    let late = house.completeness(again, u64::MAX, |_| ()).await.expect("proof");
    assert_eq!(late["form"], "aktenkette-nichtexistenz/v1");
}

async fn proven_whole(house: &House, stream: Uuid) {
    let proof = house.completeness(stream, u64::MAX, |_| ()).await.expect("proof");
    let (up_to, count, root) = list(&proof);
    assert_eq!(up_to, house.ledger.head().await.expect("head").size - 1, "all before the list itself");
    let headers: Vec<Vec<u8>> = proof["headers"]
        .as_array()
        .expect("list")
        .iter()
        .map(|h| URL_SAFE_NO_PAD.decode(h.as_str().expect("text")).expect("b64u"))
        .collect();
    let before: Vec<u64> = house.history(stream).await.expect("history").iter().map(|r| r.index).collect();
    assert_eq!(headers.len(), before.iter().filter(|index| **index < up_to).count());
    let shown = disclosure::read(proof["disclosures"][0].as_str().expect("text")).expect("disclosure");
    assert_eq!((shown.pointer.as_str(), &shown.value), ("/_heads_tag", &proof["heads_tag"]));
    let tag = from_b64u(proof["heads_tag"].as_str().expect("text")).expect("32 bytes");
    let check = |headers: &[Vec<u8>]| {
        let head = event_hash(headers.last().expect("one"));
        let leaf = heads_leaf(&tag, headers.len() as u64 - 1, &head);
        let at = proof["leaf_index"].as_u64().expect("number");
        verify_inclusion(&leaf, at, count, &path(&proof["proof"]), &root).is_ok()
    };
    assert!(check(&headers));
    assert!(headers.len() == 1 || !check(&headers[..headers.len() - 1]), "an event is missing at the end");
}

#[tokio::test]
async fn a_stream_that_is_not_there_lies_between_two_neighbours() {
    let (house, _dir, _) = signed().await;
    for n in 0..40 {
        let missing = Uuid::from_u128(n);
        let proof = house.completeness(missing, u64::MAX, |_| ()).await.expect("proof");
        let (_, count, root) = list(&proof);
        let tag = b64u(&house.vault.keys().heads_tag(missing));
        assert_eq!((&proof["form"], &proof["heads_tag"]), (&"aktenkette-nichtexistenz/v1".into(), &tag.clone().into()));
        let tag: Hash = from_b64u(&tag).expect("tag");
        let place = |side: &str| {
            let v = proof[side].as_object()?;
            let own: Hash = from_b64u(v["heads_tag"].as_str().expect("text")).expect("32 bytes");
            let head = from_b64u(v["head"].as_str().expect("text")).expect("32 bytes");
            let leaf = heads_leaf(&own, v["last_seq"].as_u64().expect("number"), &head);
            let at = v["leaf_index"].as_u64().expect("number");
            verify_inclusion(&leaf, at, count, &path(&v["proof"]), &root).expect("on the list");
            Some((at, own))
        };
        let (left, right) = (place("left"), place("right"));
        assert!(left.is_none_or(|(_, own)| own < tag) && right.is_none_or(|(_, own)| tag < own));
        assert_eq!(left.map_or(0, |(at, _)| at + 1), right.map_or(count, |(at, _)| at), "neighbours");
    }
}

#[tokio::test]
async fn a_rotation_counts_only_if_a_known_key_has_signed_it() {
    let (house, _dir, _) = house().await;
    let key = |n: u8| NoteSigner::new(&house.log, &[n; 32]).expect("key");
    let refused = house.write_rotation(&key(8), &key(9).vkey()).await;
    assert!(
        matches!(refused, Err(ExecuteError::Refused { ref code, .. }) if code == "fremder_schluessel"),
        "{refused:?}"
    );
    house.write_rotation(&key(1), &key(2).vkey()).await.expect("rotated");
    assert_eq!(house.log_vkeys().await.expect("keys"), [key(2).vkey(), key(1).vkey()]);
    let (old, new) = (key(2).vkey().to_string(), key(3).vkey().to_string());
    let data = serde_json::json!({ "old_vkey": old, "new_vkey": new, "signature": b64u(&[7; 64]) });
    house.write_system("log.key_rotated.v1", &data, "forged-rotation-1").await.expect("written");
    assert!(house.log_vkeys().await.is_err(), "a forged change of key is no key");
}
