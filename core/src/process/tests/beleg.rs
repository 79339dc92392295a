//! Receipts: every kind verifies by the rules alone, nothing changed passes, nothing of others gets out.

use super::von_hand::{self, Says};
use super::*;
use crate::documents::notice::tests::extract;
use crate::ledger::ids::system_stream;
use crate::ledger::note::NoteSigner;
use crate::ledger::receipt::Redacted;
use crate::ledger::signer::LogSigner;
use crate::ledger::tlog::policy::Policy;
use crate::ledger::verify::receipt;
use crate::verfahren::event::Tenor;
use crate::verfahren::offenlegung;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::VerifyingKey;
use serde_json::{Value, json};
use sha2::Digest;

fn key(s: &Stadt) -> NoteSigner {
    NoteSigner::new(&s.house.log, &[7; 32]).expect("key")
}

fn trusted(s: &Stadt) -> VerifyingKey {
    VerifyingKey::from_bytes(key(s).vkey().public()).expect("key")
}

/// A signed checkpoint over all there is.
async fn sign(s: &Stadt) -> u64 {
    let signer = LogSigner::open(s._dir.path(), &s.house.log, vec![key(s)]).expect("signer");
    signer.sign(&*s.house.ledger).await.expect("signed").size
}

/// What the applicant gets of one event.
async fn own(s: &Stadt, v: Uuid, seq: u64) -> Redacted {
    let def = s.house.leistungen().by_hash(&s.state(v).await.definition);
    let e = s.house.ereignis(v, seq).await.expect("event");
    let wire = e.header.wire.clone();
    e.auszug(|p| offenlegung::zeiger(def.as_deref(), &wire, p)).expect("shown")
}

/// The receipt; the Rust verifier agrees that it holds.
async fn proof(s: &Stadt, r: &Redacted) -> String {
    let text = s.house.beleg(r).await.expect("made").expect("covered");
    let policy = format!("log {}\nquorum none\n", key(s).vkey());
    let proven = receipt::check(&text, &Policy::parse(policy.as_bytes()).expect("policy")).expect("holds");
    assert_eq!((proven.index, proven.event_hash, proven.values.len()), (r.index, r.event_hash(), r.disclosures.len()));
    text
}

fn transmits(d: &Definition) -> bool {
    d.datensatz.is_some()
}

/// A decision on its way out.
async fn decided(s: &mut Stadt) -> Uuid {
    let v = s.submit(Definition::entscheidet).await;
    let (meyer, petersen) = (clerk(1, &[Role::Sachbearbeitung]), clerk(2, &[Role::Sachbearbeitung]));
    s.ok(&meyer, v, C::TakeOver).await;
    s.ok(&meyer, v, C::StartPruefung).await;
    s.ok(&meyer, v, C::CheckVollstaendigkeit { fehlend: vec![] }).await;
    let begruendung = "Sie wohnen dort.".into();
    s.ok(
        &meyer,
        v,
        C::DraftBescheid { tenor: Tenor::Bewilligt, begruendung, nebenbestimmungen: String::new(), zusatz: ermessen() },
    )
    .await;
    s.ok(&meyer, v, C::StartGeschaeftsgang { an: vec![] }).await;
    let digest = s.state(v).await.bescheid.and_then(|b| b.dokument).expect("rendered").digest;
    s.ok(&petersen, v, C::FinalSign { fassung: 1, digest }).await;
    s.im_portal(&meyer, v).await;
    v
}

#[tokio::test]
async fn any_subset_of_an_event_is_proven_by_the_rules_alone() {
    let mut s = Stadt::neu().await;
    let v = s.submit(transmits).await;
    sign(&s).await;
    let e = s.house.ereignis(v, 0).await.expect("event");
    let all: Vec<String> = e.zeiger().into_iter().map(str::to_owned).collect();
    assert!(all.len() > 10, "{all:?}");
    let data = &s.house.history(v).await.expect("history")[0];
    for n in 0..=all.len() {
        let chosen: Vec<String> = all.iter().cycle().skip(n * 3).take(n).cloned().collect();
        let auszug = s.house.auszug(&e, &chosen).await.expect("there");
        assert!(pointers(&auszug).is_sorted(), "ascending by pointer, so that the same choice is the same file");
        let (header, values) = von_hand::receipt(&proof(&s, &auszug).await, &trusted(&s)).expect("proven");
        assert_eq!(header["stream"], v.to_string());
        let mut named: Vec<&String> = chosen.iter().collect();
        named.sort();
        named.dedup();
        assert_eq!(values.keys().collect::<Vec<_>>(), named);
        if let Some(eingang) = values.get("/eingang_am") {
            assert_eq!(Some(eingang), data.data.get("eingang_am"));
        }
    }
    // A receipt never grows a secret: only disclosures and the header are in it.
    for group in s.house.ledger.read_stream(v, 0, 1).await.expect("read")[0].groups.iter().filter(|g| g.g == 0) {
        let everything = proof(&s, &s.house.auszug(&e, &all).await.expect("all")).await;
        assert!(!decoded(&everything).iter().any(|t| holds(t, &group.bytes[1..33])), "the secret of group 0 went out");
    }
}

#[tokio::test]
async fn what_is_changed_borrowed_or_of_another_event_is_found_out() {
    let mut s = Stadt::neu().await;
    let v = s.submit(transmits).await;
    sign(&s).await;
    let text = proof(&s, &own(&s, v, 0).await).await;
    let key = trusted(&s);
    let (_, values) = von_hand::receipt(&text, &key).expect("proven");
    let other = own(&s, v, 1).await;
    let e = s.house.ereignis(v, 1).await.expect("event");
    let foreign = e.auszug(|_| true).expect("all").disclosures[0].clone();
    let with = |change: &dyn Fn(&mut Value)| {
        let (head, rest) = text.split_once("extra ").expect("extra");
        let (extra, rest) = rest.split_once('\n').expect("line");
        let mut extra: Value = serde_json::from_slice(&STANDARD.decode(extra).expect("b64")).expect("json");
        change(&mut extra);
        format!("{head}extra {}\n{rest}", STANDARD.encode(extra.to_string()))
    };
    let list = |v: &mut Value| v["disclosures"].as_array_mut().expect("list").len();
    for n in 0..values.len() {
        let altered = with(&|v| v["disclosures"][n] = alter(v["disclosures"][n].as_str().expect("text")).into());
        assert_eq!(von_hand::receipt(&altered, &key), Err("B5: not in _sd"), "altered {n}");
        let twice = with(&|v| {
            let again = v["disclosures"][n].clone();
            v["disclosures"].as_array_mut().expect("list").push(again);
        });
        assert_eq!(von_hand::receipt(&twice, &key), Err("B5: twice"), "twice {n}");
        // Leaving one out is redaction: what is left still holds, and says one thing less.
        let fewer = with(&|v| drop(v["disclosures"].as_array_mut().expect("list").remove(n)));
        assert_eq!(von_hand::receipt(&fewer, &key).expect("redacted").1.len(), values.len() - 1);
    }
    let borrowed = with(&|v| v["disclosures"].as_array_mut().expect("list").push(foreign.clone().into()));
    assert_eq!(von_hand::receipt(&borrowed, &key), Err("B5: not in _sd"));
    let header = with(&|v| v["header"] = URL_SAFE_NO_PAD.encode(&other.header).into());
    assert_eq!(von_hand::receipt(&header, &key), Err("B5: not in _sd"));
    let both = with(&|v| {
        v["header"] = URL_SAFE_NO_PAD.encode(&other.header).into();
        v["disclosures"] = json!(other.disclosures);
        assert_eq!(list(v), other.disclosures.len());
    });
    assert_eq!(von_hand::receipt(&both, &key), Err("B2: not in the log"));
    assert!(
        von_hand::receipt(
            &text,
            &VerifyingKey::from_bytes(NoteSigner::new("x", &[8; 32]).expect("key").vkey().public()).expect("key")
        )
        .is_err()
    );
}

/// The value's first character replaced; still a well-formed disclosure.
fn alter(disclosure: &str) -> String {
    let mut parts: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(disclosure).expect("b64")).expect("json");
    parts[2] = json!([parts[2], "verändert"]);
    URL_SAFE_NO_PAD.encode(parts.to_string())
}

#[tokio::test]
async fn before_a_checkpoint_there_is_a_promise_and_afterwards_always_the_same_proof() {
    let mut s = Stadt::neu().await;
    let v = s.submit(transmits).await;
    let auszug = own(&s, v, 0).await;
    assert_eq!(s.house.beleg(&auszug).await.expect("asked"), None);
    let promise = auszug.promise().expect("made");
    let (header, values) = von_hand::promise(&promise).expect("whole");
    assert_eq!((header["type"].as_str(), values.len()), (Some("antrag.submitted.v1"), auszug.disclosures.len()));
    let first = sign(&s).await;
    let proof_then = proof(&s, &auszug).await;
    assert_eq!(von_hand::receipt(&proof_then, &trusted(&s)).expect("proven"), (header, values));
    let meyer = clerk(1, &[Role::Sachbearbeitung]);
    s.ok(&meyer, v, C::TakeOver).await;
    assert!(sign(&s).await > first);
    assert_eq!(proof(&s, &auszug).await, proof_then, "the first checkpoint that covers it stays the one");
    let last = s.house.history(v).await.expect("history").last().expect("event").seq;
    assert!(von_hand::receipt(&proof(&s, &own(&s, v, last).await).await, &trusted(&s)).is_ok());
}

#[tokio::test]
async fn every_notice_carries_the_promise_it_rests_on_and_is_proven_by_the_event_that_holds_its_digest() {
    let (mut one, mut two) = (Stadt::neu().await, Stadt::neu().await);
    let cases = [(one.submit(transmits).await, &one), (decided(&mut two).await, &two)];
    let mut seen = Vec::new();
    for (v, s) in cases {
        sign(s).await;
        for r in s.house.history(v).await.expect("history") {
            let Some(wert) =
                r.data.get("dokument").and_then(|d| serde_json::from_value::<DokumentWert>(d.clone()).ok())
            else {
                continue;
            };
            // The draft that was signed stays in the house.
            if wert.media != "application/pdf" || r.wire == "bescheid.rendered.v1" {
                continue;
            }
            let pdf = s.bytes(&wert).await;
            let files = extract::attachments(&pdf);
            let zusage = files.iter().find(|(name, _)| name == "zusage.json").expect("a promise inside");
            let (header, values) = von_hand::promise(&zusage.1).expect("whole");
            let rests_on = header["seq"].as_u64().expect("seq");
            assert!(rests_on < r.seq && header["stream"] == v.to_string());
            assert_eq!(zusage.1, own(s, v, rests_on).await.promise().expect("the same from the same events"));
            assert!(values.keys().all(|p| !p.starts_with("/_") && p != "/verfasser"), "{values:?}");
            let hash = serde_json::from_slice::<Value>(&zusage.1).expect("json")["event_hash"].clone();
            let printed = extract::printed(&pdf);
            assert!(
                printed.contains(hash.as_str().expect("text"))
                    && printed.contains("https://musterstadt.example/pruefen")
            );
            for part in ["pdfaid:part>3<", "pdfuaid:part>1<", "/AFRelationship/Data"] {
                assert!(holds(&pdf, part.as_bytes()), "{} lacks {part}", r.wire);
            }
            // Beside it: "this very file was issued by this town at this place of the log".
            let (_, values) = von_hand::receipt(&proof(s, &own(s, v, r.seq).await).await, &trusted(s)).expect("ok");
            let said = &values["/dokument"];
            let salt = URL_SAFE_NO_PAD.decode(said["dsalt"].as_str().expect("salt")).expect("b64");
            let digest = sha2::Sha512::digest([b"aktenkette/doc/v1\n".as_slice(), &salt, &pdf].concat());
            assert_eq!(said["digest"], URL_SAFE_NO_PAD.encode(digest));
            assert_eq!(said["len"], pdf.len());
            seen.push(r.wire);
        }
    }
    for wire in ["antrag.receipt_issued.v1", "gebuehr.assessed.v1", "bescheid.ausgefertigt.v1"] {
        assert!(seen.iter().any(|w| w == wire), "{wire} is missing in {seen:?}");
    }
}

#[tokio::test]
async fn the_applicant_gets_nothing_of_others_nothing_internal_and_no_draft() {
    let mut s = Stadt::neu().await;
    let v = s
        .submit_with(transmits, |def, felder| {
            for f in &def.felder {
                if f.subjekt != "antragsteller" || f.schutz == crate::verfahren::definition::Schutz::Intern {
                    felder.insert(f.id.clone(), json!("Zylinderkopf-Kanarienvogel"));
                }
            }
        })
        .await;
    sign(&s).await;
    let e = s.house.ereignis(v, 0).await.expect("event");
    let planted = s.house.beleg(&e.auszug(|_| true).expect("all")).await.expect("made").expect("covered");
    assert!(decoded(&planted).iter().any(|t| holds(t, b"Kanarienvogel")), "the search would find it");
    for r in s.house.history(v).await.expect("history") {
        let auszug = own(&s, v, r.seq).await;
        for text in [proof(&s, &auszug).await, String::from_utf8(auszug.promise().expect("made")).expect("text")] {
            assert!(!decoded(&text).iter().any(|t| holds(t, b"Kanarienvogel")), "{}", r.wire);
            assert!(!decoded(&text).iter().any(|t| holds(t, b"/_akteur") || holds(t, b"/_req")), "{}", r.wire);
        }
    }
    let state = s.state(v).await;
    assert!(!offenlegung::sichtbar(&state, "bescheid.drafted.v1", Some(1)), "nothing was sent");
    assert!(!offenlegung::sichtbar(&state, "vermerk.written.v1", None));
    let mut s = Stadt::neu().await;
    let b = decided(&mut s).await;
    let state = s.state(b).await;
    assert!(offenlegung::sichtbar(&state, "bescheid.ausgefertigt.v1", Some(1)));
    assert!(!offenlegung::sichtbar(&state, "bescheid.ausgefertigt.v1", Some(2)), "only the wording that went out");
}

#[tokio::test]
async fn after_an_erasure_old_receipts_hold_and_new_ones_are_refused_with_the_reason() {
    let mut s = Stadt::neu().await;
    let v = s.submit(transmits).await;
    sign(&s).await;
    let e = s.house.ereignis(v, 0).await.expect("event");
    let sealed: Vec<String> = e.zeiger().into_iter().filter(|p| p.starts_with("/felder/")).map(str::to_owned).collect();
    let old = proof(&s, &s.house.auszug(&e, &sealed).await.expect("there")).await;
    let groups = s.house.ledger.read_stream(v, 0, 1).await.expect("read").remove(0).groups;
    let row = groups.iter().find(|g| g.g == 1).expect("a sealed group");
    let target = json!({ "log": s.house.log, "idx": e.index, "g": 1, "kek_id": row.kek_id, "refs": [] });
    let request = json!({ "targets": [target], "reason": "art17-1b", "archive": "abgelehnt" });
    s.house.write_system("erasure.requested.v1", &request, "loeschung-0000000001").await.expect("logged");
    let at = s.house.history(system_stream(&s.house.log)).await.expect("history").last().expect("event").index;
    s.house.vault.destroy(&[row.kek_id.expect("key")]).expect("destroyed");
    s.house.ledger.erase_groups(&[(e.index, 1)]).await.expect("erased");
    assert!(von_hand::receipt(&old, &trusted(&s)).is_ok(), "what was handed out stays proven");
    let e = s.house.ereignis(v, 0).await.expect("event");
    assert!(e.geloescht());
    match s.house.auszug(&e, &sealed).await {
        Err(ExecuteError::Refused { code, text }) => {
            assert_eq!(code, "zeiger_geloescht");
            assert!(text.contains("art17-1b") && text.contains(&format!("Ereignis {at}")) && text.contains(&sealed[0]));
        }
        other => panic!("{other:?}"),
    }
    match s.house.auszug(&e, &["/gibtesnicht".into(), "/leistung".into()]).await {
        Err(ExecuteError::Refused { code, text }) => {
            assert_eq!(code, "zeiger_unbekannt");
            assert!(text.contains("/gibtesnicht") && !text.contains("/leistung"));
        }
        other => panic!("{other:?}"),
    }
    let open = s.house.auszug(&e, &["/leistung".into()]).await.expect("still there");
    let (_, values): Says = von_hand::receipt(&proof(&s, &open).await, &trusted(&s)).expect("proven");
    assert_eq!(values.len(), 1);
}

/// Pointers of the disclosures, in the order of the file.
fn pointers(r: &Redacted) -> Vec<String> {
    r.disclosures.iter().map(|d| crate::ledger::disclosure::read(d).expect("read").pointer).collect()
}

#[tokio::test]
async fn records_of_several_events_share_one_checkpoint() {
    let mut s = Stadt::neu().await;
    let v = s.submit(transmits).await;
    let rows = [own(&s, v, 0).await, own(&s, v, 3).await];
    assert_eq!(s.house.belege(&rows).await.expect("asked"), None, "nothing is signed yet");
    sign(&s).await;
    let text = s.house.belege(&rows).await.expect("made").expect("covered");
    let said = von_hand::records(&text, &trusted(&s)).expect("proven");
    assert_eq!(said.iter().map(|(h, _)| h["seq"].as_u64()).collect::<Vec<_>>(), [Some(0), Some(3)]);
    let moved = text.replacen(&format!("\"index\":{}", rows[0].index), &format!("\"index\":{}", rows[1].index), 1);
    assert_eq!(von_hand::records(&moved, &trusted(&s)), Err("B2: not in the log"));
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|w| w == part)
}

/// A receipt or promise with every base64 in it opened, as somebody who looks for more would.
fn decoded(text: &str) -> Vec<Vec<u8>> {
    let mut out = vec![text.as_bytes().to_vec()];
    let mut at = 0;
    while at < out.len() && out.len() < 10_000 {
        let words: Vec<Vec<u8>> = out[at]
            .split(|b| !b.is_ascii_alphanumeric() && !b"+/=-_".contains(b))
            .filter(|w| w.len() > 20)
            .filter_map(|w| STANDARD.decode(w).or_else(|_| URL_SAFE_NO_PAD.decode(w)).ok())
            .collect();
        out.extend(words);
        at += 1;
    }
    out
}
