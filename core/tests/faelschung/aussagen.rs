//! What the log says of itself and who signed it: rules B7 and B9, one lie at a time.

use super::buch::{Buch, LOG, SIGNED, SIZE, note};
use super::{town, violates};
use akte_core::ledger::group::Kek;
use akte_core::ledger::hash::{b64u, event_hash};
use akte_core::ledger::header::Header;
use akte_core::ledger::ids::manifest_leaf;
use akte_core::ledger::merkle::mth;
use akte_core::ledger::note::NoteSigner;
use akte_core::ledger::tlog::policy::Policy;
use akte_core::ledger::verify::{KeySource, Report, Trust};
use akte_core::ledger::{Hash, Stored};
use akte_core::vault::Vault;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// The verdict on the town's ledger with one more system event.
async fn with(buch: &mut Buch, wire: &str, data: Value) -> Report {
    let events = buch.and(&buch.events, wire, &data);
    buch.write(&events, &buch.notes());
    buch.check(Trust::House(&buch.policy()), &[]).await
}

#[tokio::test]
async fn stream_heads_are_recomputed() {
    let (_folder, mut buch) = town().await;
    let (count, root) = buch.heads(&buch.events);
    let wire = "log.stream_heads.v1";
    let right = json!({"up_to": SIZE, "count": count, "root": root});
    assert_eq!(with(&mut buch, wire, right.clone()).await.verdict.to_string(), "valid");
    for (field, lie) in [
        ("up_to", json!(SIZE + 1)),
        ("up_to", json!(SIZE - 1)),
        ("count", json!(count - 1)),
        ("root", json!(b64u(&[7; 32]))),
        ("root", json!("kurz")),
    ] {
        let mut data = right.clone();
        data[field] = lie.clone();
        let report = with(&mut buch, wire, data).await;
        violates(&report, &["B9"], &format!("{field} = {lie}"));
        assert_eq!(report.violations[0].index, Some(SIZE));
    }
}

/// A vault that knows the keys but derives other tags.
struct Falsch<'a>(&'a Vault);

impl KeySource for Falsch<'_> {
    fn kek(&self, kek_id: u64) -> Option<Arc<Kek>> {
        KeySource::kek(self.0, kek_id)
    }
    fn heads_tag(&self, stream: Uuid) -> Option<Hash> {
        (stream.as_u128() & 1 == 0).then_some([9; 32])
    }
}

#[tokio::test]
async fn a_tag_that_the_key_does_not_give_breaks_rule_b9() {
    let (_folder, buch) = town().await;
    let report = buch.check_with(Some(&Falsch(&buch.vault))).await;
    violates(&report, &["B9"], "tags of another key");
    assert!(report.violations[0].text.contains("_heads_tag"));
}

#[tokio::test]
async fn an_erased_tag_is_unverifiable_without_the_key_and_derived_with_it() {
    let (_folder, mut buch) = town().await;
    let gone = buch.events.iter().find(|e| e.seq == 0 && e.groups.len() == 2).unwrap().clone();
    let target = json!({"log": LOG, "idx": gone.index, "g": 0, "kek_id": null, "refs": []});
    let request = json!({"targets": [target], "reason": "frist", "archive": "abgelehnt"});
    let events = buch.and(&buch.events, "erasure.requested.v1", &request);
    let confirmed = json!({"request": {"log": LOG, "idx": SIZE}, "groups": 1, "documents": 0});
    let events = buch.and(&events, "erasure.confirmed.v1", &confirmed);
    let (count, root) = buch.heads(&events);
    let data = json!({"up_to": SIZE + 2, "count": count, "root": root});
    let mut events = buch.and(&events, "log.stream_heads.v1", &data);
    events[gone.index as usize].groups.remove(0);
    buch.write(&events, &buch.notes());
    let report = buch.check_with(Some(&buch.vault)).await;
    assert_eq!(report.verdict.to_string(), "valid-erased(1)", "{:?}", report.violations);
    let report = buch.check_with(None).await;
    assert_eq!(report.verdict.exit_code(), 2, "{:?}", report.violations);
    assert!(report.verdict.to_string().contains(&gone.stream.to_string()), "{}", report.verdict);
}

#[tokio::test]
async fn a_manifest_that_omits_a_row_breaks_rule_b9() {
    let (_folder, mut buch) = town().await;
    let wire = "dataset.published.v1";
    let manifest = |rows: &[u64]| {
        let root = b64u(&mth(&rows.iter().map(|index| manifest_leaf(*index)).collect::<Vec<_>>()));
        json!({"dataset": "hunde", "release": "2026-10", "count": rows.len(), "root": root})
    };
    assert_eq!(with(&mut buch, wire, manifest(&[8, 9, 13])).await.verdict.to_string(), "valid");
    for rows in [&[8, 9][..], &[8, 9, 12], &[8, 9, 13, 14], &[]] {
        violates(&with(&mut buch, wire, manifest(rows)).await, &["B9"], &format!("{rows:?}"));
    }
}

#[tokio::test]
async fn one_command_in_two_places_breaks_rule_b8() {
    let (_folder, mut buch) = town().await;
    let mut events = buch.events.clone();
    let cause = Header::parse(&events[5].header).unwrap().cause;
    let last = events.last_mut().unwrap();
    let header = Header { cause, ..Header::parse(&last.header).unwrap() };
    last.header = header.to_bytes().unwrap();
    last.event_hash = event_hash(&last.header);
    buch.write(&events, &buch.notes());
    let report = buch.check(Trust::Log, &[]).await;
    violates(&report, &["B8"], "a command used twice");
    assert_eq!(report.violations[0].index, Some(SIZE - 1));
}

fn rotation(old: &NoteSigner, new: &NoteSigner) -> Value {
    let text = new.vkey().to_string();
    let signature = b64u(&old.sign_raw(format!("aktenkette/rotate/v1\n{text}").as_bytes()));
    json!({"old_vkey": old.vkey().to_string(), "new_vkey": text, "signature": signature})
}

#[tokio::test]
async fn after_a_rotation_the_new_key_is_trusted_through_the_old_one_only() {
    let (_folder, mut buch) = town().await;
    let (new, thief) = (NoteSigner::new(LOG, &[3; 32]).unwrap(), NoteSigner::new(LOG, &[4; 32]).unwrap());
    let events = buch.and(&buch.events, "log.key_rotated.v1", &rotation(&buch.key, &new));
    let mut notes = buch.notes();
    notes.push((SIZE + 1, note(&events, SIZE + 1, &new)));
    buch.write(&events, &notes);
    // Whoever pinned the old key follows; whoever has only the new one still reads the old checkpoints.
    for policy in [buch.policy(), Policy::of_log_keys(&[new.vkey()])] {
        let report = buch.check(Trust::Pinned(&policy), &[]).await;
        assert_eq!(report.verdict.to_string(), "valid", "{:?} {:?}", report.violations, report.unclear);
        assert_eq!(report.checkpoint.map(|c| c.size), Some(SIZE + 1));
    }
    let report = buch.check(Trust::Log, &[]).await;
    assert_eq!(report.verdict.to_string(), "valid", "{:?}", report.unclear);
    // A rotation that the old key never signed, or away from a key nobody knows.
    let mut forged = rotation(&thief, &thief);
    forged["old_vkey"] = json!(buch.key.vkey().to_string());
    for data in [forged, rotation(&thief, &new)] {
        let report = with(&mut buch, "log.key_rotated.v1", data).await;
        violates(&report, &["B9"], "forged rotation");
    }
}

#[tokio::test]
async fn a_retired_key_cannot_vouch_for_the_newest_size() {
    let (_folder, mut buch) = town().await;
    let new = NoteSigner::new(LOG, &[3; 32]).unwrap();
    let events = buch.and(&buch.events, "log.key_rotated.v1", &rotation(&buch.key, &new));
    buch.write(&events, &buch.notes());
    let report = buch.check(Trust::Pinned(&Policy::of_log_keys(&[new.vkey()])), &[]).await;
    assert_eq!(report.verdict.exit_code(), 2, "{:?}", report.violations);
    assert!(report.verdict.to_string().contains("abgelöst"), "{}", report.verdict);
}

#[tokio::test]
async fn erasure_events_are_held_to_their_form() {
    let (_folder, mut buch) = town().await;
    let target = json!({"log": LOG, "idx": 1, "g": 1, "kek_id": 5, "refs": []});
    let right = json!({"targets": [target], "reason": "frist", "archive": "abgelehnt"});
    for (field, lie) in [
        ("reason", json!("Bürgermeister wünscht es")),
        ("archive", json!("egal")),
        ("targets", json!([])),
        ("targets", json!([{"log": LOG, "idx": SIZE, "g": 1, "kek_id": 5, "refs": []}])),
        ("targets", json!([{"log": LOG, "idx": 1, "g": 1, "kek_id": null, "refs": []}])),
        ("targets", json!([{"log": LOG, "idx": 1, "g": 1, "kek_id": 5, "refs": ["b", "a"]}])),
        ("targets", json!([target, target])),
    ] {
        let mut data = right.clone();
        data[field] = lie;
        let report = with(&mut buch, "erasure.requested.v1", data).await;
        assert!(report.violations.iter().any(|v| v.rule == "B9" && v.index == Some(SIZE)), "{field}: {report:?}");
    }
    let confirmed = json!({"request": {"log": LOG, "idx": 7}, "groups": 1, "documents": 0});
    let report = with(&mut buch, "erasure.confirmed.v1", confirmed).await;
    violates(&report, &["B9"], "confirms what nobody requested");
    let requested = buch.and(&buch.events, "erasure.requested.v1", &right);
    let confirmed = json!({"request": {"log": LOG, "idx": SIZE}, "groups": 2, "documents": 0});
    buch.write(&buch.and(&requested, "erasure.confirmed.v1", &confirmed), &buch.notes());
    let report = buch.check(Trust::Log, &[]).await;
    assert!(report.violations.iter().any(|v| v.rule == "B9" && v.index == Some(SIZE + 1)), "{report:?}");
}

/// The checkpoint of this size, with another last character of its last signature.
fn spoiled(note: &str) -> String {
    let (before, after) = note.split_at(note.len() - 4);
    let other = if after.starts_with('A') { "B" } else { "A" };
    format!("{before}{other}{}", &after[1..])
}

#[tokio::test]
async fn a_known_key_s_wrong_signature_is_a_violation_and_an_unknown_key_is_not() {
    let (_folder, mut buch) = town().await;
    let policy = buch.policy();
    let events: Vec<Stored> = buch.events.clone();
    let stranger = NoteSigner::new(LOG, &[5; 32]).unwrap();
    let mut notes = buch.notes();
    notes[1].1 = spoiled(&notes[1].1);
    buch.write(&events, &notes);
    let report = buch.check(Trust::House(&policy), &[]).await;
    violates(&report, &["B7"], "spoiled signature");
    assert!(report.violations[0].text.contains(&SIGNED[1].to_string()));
    let mut notes = buch.notes();
    notes[1].1 = note(&events, SIGNED[1], &stranger);
    buch.write(&events, &notes);
    let report = buch.check(Trust::House(&policy), &[]).await;
    assert_eq!(report.verdict.to_string(), "unverifiable (Checkpoint 32: Schlüssel unbekannt)");
    buch.write(&events, &[]);
    assert_eq!(buch.check(Trust::House(&policy), &[]).await.verdict.to_string(), "valid");
    let report = buch.check(Trust::Pinned(&policy), &[]).await;
    assert_eq!(report.verdict.to_string(), "unverifiable (das Protokoll enthält keinen Checkpoint)");
    // From outside: a wrong signature of the town's key counts, a stranger's does not, another log's neither.
    let report = buch.check(Trust::House(&policy), &[spoiled(&buch.published(10))]).await;
    violates(&report, &["B7"], "spoiled signature in a mirror");
    for note in [note(&events[1..], 10, &stranger), "Unsinn".into()] {
        assert_eq!(buch.check(Trust::House(&policy), &[note]).await.verdict.exit_code(), 2);
    }
}
