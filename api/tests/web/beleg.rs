//! Receipts as people get them, checked by both verifiers: the Rust one and the module the page /pruefen loads.

use crate::besucher::{Antwort, Besucher, Stadt, gruenden, log_key, signed};
use crate::vorgang::{BASIS, abgesendet, strom};
use akte_core::execute::{Call, Principal, Target};
use akte_core::kernel::Role;
use akte_core::ledger::hash::b64u;
use akte_core::ledger::ids::manifest_leaf;
use akte_core::ledger::merkle::mth;
use akte_core::ledger::tlog::policy::Policy;
use akte_core::ledger::verify::receipt;
use akte_core::process::Process;
use akte_core::verfahren::definition::Schrittart;
use akte_core::verfahren::event::Kanal;
use akte_core::verfahren::{Datensatz, DatensatzCommand, Vorgang, VorgangCommand};
use axum::http::{StatusCode, header};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use uuid::Uuid;

fn policy() -> Policy {
    Policy::parse(format!("log {}\nquorum none\n", log_key().vkey()).as_bytes()).unwrap()
}

/// Whether the second verifier can be asked; where Rust stands alone the test says what it left out.
fn node() -> bool {
    let there = Command::new("node").arg("--version").output().is_ok_and(|o| o.status.success());
    if !there {
        eprintln!("skipped: node not found, the second verifier was not asked");
    }
    there
}

/// The second verifier's verdict on a file, as its command line gives it.
fn module(stadt: &Stadt, name: &str, bytes: &[u8], documents: &[PathBuf]) -> Value {
    let file = stadt.ordner.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pruefer.mjs");
    let mut command = Command::new("node");
    command.arg(module).arg(&file).args(["--json", "--vkey", &log_key().vkey().to_string()]);
    for document in documents {
        command.arg("--dokument").arg(document);
    }
    let out = command.output().expect("node is installed");
    let said = serde_json::from_slice(&out.stdout);
    said.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr)))
}

fn is_file(a: &Antwort, ending: &str) {
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    let name = a.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert!(name.starts_with("attachment") && name.contains(ending), "{name}");
    assert_eq!(a.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn the_confirmation_is_a_promise_at_once_and_a_proof_with_the_next_checkpoint() {
    if !node() {
        return;
    }
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    let (seite, _) = abgesendet(&b).await;
    assert!(seite.text.contains("beleg.tlog-proof") && seite.text.contains("beweist es aber noch nicht"));
    let zusage = b.get(&format!("{BASIS}/beleg.json")).await;
    is_file(&zusage, "eingangsnachweis.json");
    let zusage: Value = serde_json::from_str(&zusage.text).unwrap();
    assert_eq!(zusage["form"], "aktenkette-zusage/v1");
    let noch_nicht = b.get(&format!("{BASIS}/beleg.tlog-proof")).await;
    assert_eq!(noch_nicht.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(noch_nicht.headers.contains_key(header::RETRY_AFTER) && noch_nicht.text.contains("Zusage"));
    let vorher = b.get(&format!("{BASIS}/beleg.pdf")).await;

    signed(&stadt).await;
    let beweis = b.get(&format!("{BASIS}/beleg.tlog-proof")).await;
    is_file(&beweis, "eingangsnachweis.tlog-proof");
    let proven = receipt::check(&beweis.text, &policy()).unwrap();
    assert_eq!(proven.header.stream, strom(&zusage));
    let shown: Vec<&str> = proven.values.iter().map(|v| v.pointer.as_str()).collect();
    assert!(shown.contains(&"/felder/name") && shown.iter().all(|p| !p.starts_with("/_")), "{shown:?}");
    let said = module(&stadt, "beleg.tlog-proof", &beweis.bytes, &[]);
    assert_eq!(said["urteil"], "valid-redacted", "{said}");

    let pdf = b.get(&format!("{BASIS}/beleg.pdf")).await;
    is_file(&pdf, "eingangsbestaetigung.pdf");
    let said = module(&stadt, "beleg.pdf", &pdf.bytes, &[]);
    assert_eq!((&said["urteil"], &said["art"]), (&json!("valid-redacted"), &json!("Beleg im PDF")), "{said}");
    assert!(pdf.bytes != vorher.bytes, "the promise has become a proof");
    let spaeter = || async {
        stadt.app.house.takt().unwrap().sign().await.unwrap();
        b.get(&format!("{BASIS}/beleg.pdf")).await.bytes
    };
    assert!(pdf.bytes == spaeter().await, "the same file every time");
    let fremd = Besucher::neu(&stadt.app);
    for endung in ["json", "tlog-proof", "pdf"] {
        assert_eq!(fremd.get(&format!("{BASIS}/beleg.{endung}")).await.status, StatusCode::NOT_FOUND);
    }
    let gelesen = stadt.app.zugriff.rows(&akte_projections::zugriff::ZugriffFilter { limit: 50, ..Default::default() });
    assert!(gelesen.unwrap().iter().any(|z| z.was == "beleg" && z.ziel == Some(proven.header.stream)));
}

#[tokio::test]
async fn the_status_page_lists_the_receipts_of_ones_own_case_and_no_other_event() {
    let stadt = gruenden().await;
    signed(&stadt).await;
    let b = Besucher::neu(&stadt.app);
    abgesendet(&b).await;
    let vorgang = strom(&serde_json::from_str(&b.get(&format!("{BASIS}/beleg.json")).await.text).unwrap());
    Process::in_memory(stadt.app.house.clone()).settle().await.unwrap();
    let seite = b.get("/status/dokumente").await;
    assert!(
        seite.text.contains("/status/nachweis/0.tlog-proof") && seite.text.contains("Ihr Antrag"),
        "{}",
        seite.text
    );
    for r in stadt.app.house.history(vorgang).await.unwrap() {
        let listed = seite.text.contains(&format!("/status/nachweis/{}.tlog-proof", r.seq));
        let beweis = b.get(&format!("/status/nachweis/{}.tlog-proof", r.seq)).await;
        assert_eq!(beweis.status == StatusCode::OK, listed, "{}", r.wire);
        if listed {
            assert_eq!(receipt::check(&beweis.text, &policy()).unwrap().header.seq, r.seq);
            assert_eq!(b.get(&format!("/status/nachweis/{}.json", r.seq)).await.status, StatusCode::OK);
        }
    }
    for unfug in ["99.json", "0.txt", "00.json", "-1.tlog-proof", "0"] {
        assert_eq!(b.get(&format!("/status/nachweis/{unfug}")).await.status, StatusCode::NOT_FOUND, "{unfug}");
    }
    assert_eq!(Besucher::neu(&stadt.app).get("/status/nachweis/0.json").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_notice_is_proven_by_the_file_beside_it() {
    if !node() {
        return;
    }
    let stadt = gruenden().await;
    signed(&stadt).await;
    let (house, anon) = (stadt.app.house.clone(), Principal::anon());
    let katalog = house.leistungen();
    let def = katalog.all().into_iter().find(|d| d.schritt(Schrittart::Bescheinigen).is_some()).expect("a service");
    let vorgang = house.stream_for_new::<Vorgang>(&anon, "antrag-mit-bescheinigung").unwrap();
    let command = VorgangCommand::Submit {
        leistung: def.id.clone(),
        kanal: Kanal::Online,
        vertrauen: "ohne".into(),
        eingang_am: stadt.app.clock.now(),
        antragsteller: house.antragsteller(vorgang),
        felder: Default::default(),
        dokumente: vec![],
    };
    let key = "antrag-mit-bescheinigung".into();
    let call = Call { principal: anon, key, target: Target::New, expected: None, request: Some(json!({})), corr: None };
    house.execute::<Vorgang>(call, command).await.unwrap();
    Process::in_memory(house.clone()).settle().await.unwrap();
    let size = house.ledger.head().await.unwrap().size;
    assert!(stadt.app.stand.wait_for(size - 1, std::time::Duration::from_secs(20)).await);
    let b = Besucher::neu(&stadt.app);
    b.get(&format!("/s/{}", house.case_code(vorgang, 0))).await;
    let pdf = b.get("/status/dokument/empfangsbescheinigung").await;
    let datei = stadt.ordner.path().join("bescheinigung.pdf");
    std::fs::write(&datei, &pdf.bytes).unwrap();
    let history = house.history(vorgang).await.unwrap();
    let seq = history.iter().find(|r| r.wire == "antrag.receipt_issued.v1").expect("issued").seq;
    let pfad = format!("/status/nachweis/{seq}.tlog-proof");
    assert!(b.get("/status/dokumente").await.text.contains(&format!("{pfad}\">Beweis")), "beside the document");
    let beweis = b.get(&pfad).await;
    let proven = receipt::check(&beweis.text, &policy()).unwrap();
    assert_eq!((proven.header.stream, proven.documents(&pdf.bytes)), (vorgang, vec!["/dokument"]));
    let said = module(&stadt, "n.tlog-proof", &beweis.bytes, std::slice::from_ref(&datei));
    assert!(said["urteil"] == "valid-redacted" && said.to_string().contains("unverändert das Dokument"), "{said}");
    std::fs::write(&datei, [pdf.bytes.as_slice(), b" "].concat()).unwrap();
    assert_eq!(module(&stadt, "n.tlog-proof", &beweis.bytes, &[datei])["regel"], "B5", "another file");
    assert!(proven.documents(b"another file").is_empty());
}

/// A released row.
async fn row(stadt: &Stadt, n: u8, dataset: &str, column: &str) -> Uuid {
    let zeile = [(column.to_owned(), format!("Wert {n}"))].into();
    let command = DatensatzCommand::ReleaseRow { dataset: dataset.into(), release: "2026-10".into(), zeile };
    give(stadt, &format!("zeile-nummer-{n:08}"), Target::New, command).await
}

async fn give(stadt: &Stadt, key: &str, target: Target, command: DatensatzCommand) -> Uuid {
    let principal = match command {
        DatensatzCommand::ReleaseRow { .. } => Principal::process(),
        DatensatzCommand::Withdraw { .. } => {
            Principal::konto(Uuid::from_bytes([3; 16]), vec![Role::Leitung], "ordnung")
        }
    };
    let call = Call { principal, key: key.into(), target, expected: None, request: None, corr: None };
    let done = stadt.app.house.execute::<Datensatz>(call, command).await.unwrap();
    stadt.app.sichtbar(done.receipt.as_ref()).await;
    done.stream
}

#[tokio::test]
async fn public_rows_carry_their_proof_and_a_withdrawn_one_is_gone() {
    if !node() {
        return;
    }
    let stadt = gruenden().await;
    let info = stadt.app.public.datensaetze().unwrap().into_iter().next().expect("a dataset");
    let b = Besucher::neu(&stadt.app);
    let pfad = format!("/daten/{}/2026-10.beweis.json", info.id);
    assert_eq!(b.get(&pfad).await.status, StatusCode::NOT_FOUND);
    let mut rows = Vec::new();
    for n in 0..3 {
        rows.push(row(&stadt, n, &info.id, &info.spalten[0]).await);
    }
    assert_eq!(b.get(&pfad).await.status, StatusCode::SERVICE_UNAVAILABLE, "nobody has signed yet");
    signed(&stadt).await;
    let ohne = b.get(&pfad).await;
    assert_eq!(module(&stadt, "a.json", &ohne.bytes, &[])["urteil"], "valid-redacted", "{}", ohne.text);
    assert!(b.get(&format!("/daten/{}", info.id)).await.text.contains(&pfad));

    let indices = stadt.app.public.datensatz(&info.id, None, 0, 10).unwrap().into_iter().map(|z| z.index);
    let leaves: Vec<_> = indices.map(manifest_leaf).collect();
    let manifest = json!({ "dataset": info.id, "release": "2026-10", "count": 3, "root": b64u(&mth(&leaves)) });
    stadt.app.house.write_system("dataset.published.v1", &manifest, "verzeichnis-2026-10").await.unwrap();
    let size = stadt.app.house.ledger.head().await.unwrap().size;
    assert!(stadt.app.stand.wait_for(size - 1, std::time::Duration::from_secs(20)).await);
    let ganz = b.get(&pfad).await;
    let said = module(&stadt, "b.json", &ganz.bytes, &[]);
    assert!(said["urteil"] == "valid-redacted" && said.to_string().contains("vollständig, 3 Zeilen"), "{said}");
    let mut fehlt: Value = serde_json::from_str(&ganz.text).unwrap();
    fehlt["records"].as_array_mut().unwrap().remove(1);
    let said = module(&stadt, "c.json", fehlt.to_string().as_bytes(), &[]);
    assert_eq!((&said["urteil"], &said["regel"]), (&json!("VIOLATION"), &json!("B9")), "an omission shows");
    let mut falsch: Value = serde_json::from_str(&ganz.text).unwrap();
    falsch["records"][0]["disclosures"] = falsch["records"][1]["disclosures"].clone();
    assert_eq!(module(&stadt, "d.json", falsch.to_string().as_bytes(), &[])["regel"], "B5");

    give(&stadt, "rueckzug-der-zeile", Target::Stream(rows[1]), DatensatzCommand::Withdraw { grund: "irrtum".into() })
        .await;
    let rest = b.get(&pfad).await;
    let said: Value = serde_json::from_str(&rest.text).unwrap();
    assert_eq!(said["records"].as_array().unwrap().len(), 2, "the row is gone, and with it the list that counts it");
    assert_eq!(module(&stadt, "e.json", &rest.bytes, &[])["urteil"], "valid-redacted");
    for stueck in serde_json::from_str::<Value>(&ganz.text).unwrap()["records"][1]["disclosures"].as_array().unwrap() {
        let zeile = rest.text.contains(stueck.as_str().unwrap());
        assert!(!zeile, "a withdrawn row is still told");
    }
}
