//! What the verifier says about erasures that are not what they claim to be (rules B6 and B9).

use super::erase::{Fall, fall};
use super::*;
use crate::ledger::ids::system_stream;
use crate::loeschung::Umfang;
use serde_json::{Value, json};

/// Rules broken, each with its text.
async fn broken(f: &Fall) -> Vec<(&'static str, String)> {
    f.verify().await.violations.into_iter().map(|v| (v.rule, v.text)).collect()
}

async fn has(f: &Fall, rule: &str, words: &str) {
    let found = broken(f).await;
    assert!(found.iter().any(|(r, t)| *r == rule && t.contains(words)), "no {rule} {words:?} in {found:?}");
}

fn request(f: &Fall, idx: u64, g: u8) -> Value {
    let target = json!({ "log": f.house.log, "idx": idx, "g": g, "kek_id": (g > 0).then_some(1), "refs": [] });
    json!({ "targets": [target], "reason": "frist", "archive": "abgelehnt" })
}

fn confirmation(f: &Fall, idx: u64, groups: u64, documents: u64) -> Value {
    json!({ "request": { "log": f.house.log, "idx": idx }, "groups": groups, "documents": documents })
}

async fn write(f: &Fall, wire: &str, data: &Value, key: &str) -> u64 {
    f.house.append_system(wire, data, key, None).await.expect("written")
}

#[tokio::test]
async fn a_group_or_document_that_is_missing_without_a_request_is_a_violation() {
    let f = fall().await;
    let idx = f.vermerk("v", "Kanarienvogel").await;
    f.house.ledger.erase_groups(&[(idx, 1)]).await.expect("deleted");
    has(&f, "B6", "ohne protokollierte Löschung").await;
    let f = fall().await;
    f.house.documents.delete(f.dokument.reference).await.expect("deleted");
    has(&f, "B5", "nicht (mehr) gespeichert").await;
}

#[tokio::test]
async fn a_confirmed_erasure_that_did_not_happen_is_a_violation() {
    let f = fall().await;
    let l = f.approved("alles", Umfang::Vorgang).await;
    let e = f.house.request_erasure(l).await.expect("requested");
    assert!(broken(&f).await.is_empty(), "requested and still there is no violation");
    let c = confirmation(&f, e.idx, e.targets.len() as u64, e.refs().len() as u64);
    write(&f, "erasure.confirmed.v1", &c, "zu-frueh").await;
    has(&f, "B6", "bestätigt, aber vorhanden").await;
    has(&f, "B6", "ist noch im Tresor").await;
    has(&f, "B6", "Dokument").await;
    // Rows and documents deleted, the key kept back.
    let groups: Vec<(u64, u8)> = e.targets.iter().map(|t| (t.idx, t.g)).collect();
    f.house.ledger.erase_groups(&groups).await.expect("deleted");
    for reference in e.refs() {
        f.house.documents.delete(reference).await.expect("deleted");
    }
    let left = broken(&f).await;
    assert!(!left.is_empty() && left.iter().all(|(r, t)| *r == "B6" && t.contains("Tresor")), "{left:?}");
}

#[tokio::test]
async fn a_confirmation_counts_exactly_what_was_requested_and_only_once() {
    let f = fall().await;
    let (e, _) = f.erased("alles", Umfang::Vorgang, &[]).await;
    let (groups, documents) = (e.targets.len() as u64, e.refs().len() as u64);
    assert!(documents > 0, "the upload");
    write(&f, "erasure.confirmed.v1", &confirmation(&f, e.idx, groups, documents - 1), "falsch").await;
    has(&f, "B9", "bestätigt nicht").await;
    write(&f, "erasure.confirmed.v1", &confirmation(&f, e.idx, groups, documents), "richtig").await;
    has(&f, "B9", "zum zweiten Mal").await;
    let f = fall().await;
    write(&f, "erasure.confirmed.v1", &confirmation(&f, 3, 1, 0), "nichts").await;
    has(&f, "B9", "nicht angeordnet").await;
}

#[tokio::test]
async fn a_request_with_an_unknown_reason_a_later_target_or_the_system_stream_is_a_violation() {
    let f = fall().await;
    let mut data = request(&f, 5, 1);
    data["reason"] = json!("aufraeumen");
    write(&f, "erasure.requested.v1", &data, "grund").await;
    has(&f, "B9", "aus der Liste").await;
    let f = fall().await;
    write(&f, "erasure.requested.v1", &request(&f, 9_999, 1), "spaeter").await;
    has(&f, "B9", "steht nicht vor ihr").await;
    let f = fall().await;
    let leaf = f.house.history(system_stream(&f.house.log)).await.expect("history")[0].index;
    write(&f, "erasure.requested.v1", &request(&f, leaf, 0), "system").await;
    has(&f, "B6", "Systemstroms").await;
}

#[tokio::test]
async fn erasure_events_outside_the_system_stream_allow_nothing() {
    let f = fall().await;
    let idx = f.vermerk("v", "Kanarienvogel").await;
    f.house.ledger.erase_groups(&[(idx, 1)]).await.expect("deleted");
    // The same words, written into the case's own stream.
    let spec = f.house.registry.get("erasure.requested.v1").expect("registered");
    assert_eq!(spec.fields.len(), 3);
    let history = f.house.history(f.vorgang).await.expect("history");
    let last = history.last().expect("event");
    let data = request(&f, idx, 1);
    let reserved = std::collections::BTreeMap::from([("/_akteur".to_owned(), json!("system"))]);
    let input = crate::vault::SealInput {
        registry: &f.house.registry,
        vault: &f.house.vault,
        log: &f.house.log,
        stream: f.vorgang,
        seq: last.seq + 1,
        prev: last.event_hash,
        wire: "erasure.requested.v1",
        data: data.as_object().expect("object"),
        reserved: &reserved,
        at: "2030-01-01T00:00:00Z".parse().expect("time"),
        cause: Uuid::from_bytes([77; 16]),
        corr: f.vorgang,
        cut: &|_| None,
    };
    let (prepared, kek_uses) = crate::vault::seal(&input).expect("sealed");
    let (expected, prev) = (last.seq + 1, last.event_hash);
    let batch = crate::ledger::Append { stream: f.vorgang, expected, prev, events: vec![prepared], kek_uses };
    f.house.ledger.append(batch).await.expect("appended");
    has(&f, "B6", "ohne protokollierte Löschung").await;
}
