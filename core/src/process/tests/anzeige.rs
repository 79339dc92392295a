//! A notice: receipt at once, fee, recipients, zdA, public row.

use super::*;
use crate::ledger::hash::b64u;
use crate::ledger::ids::manifest_leaf;
use serde_json::Value;

fn transmits(d: &Definition) -> bool {
    d.datensatz.is_some()
}

#[tokio::test]
async fn a_notice_is_filed_and_certified_with_its_aktenzeichen_though_documents_are_missing() {
    let mut s = Stadt::neu().await;
    let v = s.submit(transmits).await;
    let state = s.state(v).await;
    assert_eq!(state.status, Status::Registriert);
    let def = s.house.leistungen().by_hash(&state.definition).expect("pinned");
    assert_eq!(state.aktenzeichen, Some(format!("{}-0001/2026", def.aktenplan)));
    assert!(state.bescheinigt);
    let pdf = s.bytes(state.bescheinigung.as_ref().expect("receipt")).await;
    assert!(pdf.starts_with(b"%PDF-"));
    assert_eq!(state.gebuehren.len(), 1, "the fee notice stands beside it");
    assert!(state.fristen.iter().filter(|f| !f.erledigt).count() == 0, "{:?}", state.fristen);
    // One document came in; receipt and fee notice went out.
    assert_eq!(s.akte(v).await.dokumente.len(), 3);
}

#[tokio::test]
async fn recipients_get_their_fields_in_a_document_of_their_own_and_no_other() {
    let mut s = Stadt::neu().await;
    let v = s.submit(transmits).await;
    let state = s.state(v).await;
    assert!(!state.uebermittlungen.is_empty());
    let def = s.house.leistungen().by_hash(&state.definition).expect("pinned");
    let law = s.house.law.clone();
    let schritt = def.schritt(crate::verfahren::definition::Schrittart::Uebermitteln).expect("step");
    let matrix =
        law.empfaenger(&schritt.tabelle, &schritt.formular, "2026-11-23".parse().expect("date")).expect("matrix");
    for r in s.house.history(v).await.expect("history") {
        if r.wire != "uebermittlung.sent.v1" {
            continue;
        }
        let stelle = r.data["stelle"].as_str().expect("stelle");
        let wert: DokumentWert = serde_json::from_value(r.data["dokument"].clone()).expect("document");
        let sent: Value = serde_json::from_slice(&s.bytes(&wert).await).expect("json");
        let row = matrix.iter().find(|e| e.stelle == stelle).expect("in the matrix");
        for feld in sent["felder"].as_array().expect("fields") {
            assert!(row.darf(feld["nummer"].as_str().expect("number")), "{stelle} got {feld}");
        }
    }
    assert!(state.uebermittlungen.iter().all(|u| u.stand == "gesendet"));
}

#[tokio::test]
async fn following_up_twice_writes_nothing_twice() {
    let mut s = Stadt::neu().await;
    s.submit(transmits).await;
    let size = s.size().await;
    let mut again = Process::in_memory(s.house.clone());
    again.settle().await.expect("settled");
    assert_eq!(s.size().await, size);
}

#[tokio::test]
async fn after_zda_and_the_end_of_the_month_three_facts_are_public_and_no_fourth() {
    let mut s = Stadt::neu().await;
    let v = s.submit(transmits).await;
    let meyer = clerk(1, &[Role::Sachbearbeitung]);
    s.ok(&meyer, v, C::TakeOver).await;
    let me = Principal::buerger(s.house.antragsteller(v), vec![v]);
    s.ok(&meyer, v, C::Nachfordern { unterlagen: vec!["sonstige".into()], text: "Bitte".into(), tage: 14 }).await;
    let dokument = s.upload(v, b"Nachweis").await;
    let d = AntragDokument { unterlage: "sonstige".into(), dateiname: "n.pdf".into(), dokument };
    s.ok(&me, v, C::SupplyUnterlage { kanal: Kanal::Online, dokument: d }).await;
    assert_eq!(s.akte(v).await.dokumente.len(), 4);
    let g = s.state(v).await.gebuehren[0].clone();
    let refused = s.try_do(&meyer, v, C::Close).await;
    assert!(matches!(refused, Err(ExecuteError::Refused { ref code, .. }) if code == "offene_punkte"), "{refused:?}");
    s.ok(&meyer, v, C::PayGebuehr { zeile: g.zeile, betrag_cent: g.betrag_cent, weg: "bar".into() }).await;
    s.ok(&meyer, v, C::Close).await;
    assert!(s.akte(v).await.geschlossen);

    let running = release_rows(&s.house, "2026-11").await;
    assert!(matches!(running, Err(ExecuteError::Refused { ref code, .. }) if code == "zeitraum_laeuft"));
    s.uhr.set("2026-11-30T23:30:00Z");
    assert_eq!(release_rows(&s.house, "2026-11").await.expect("released"), 1);
    assert_eq!(release_rows(&s.house, "2026-11").await.expect("again"), 0);
    let size = s.size().await;
    let row = &s.house.reader().read_all(size - 1, 1).await.expect("read")[0];
    assert_eq!(row.wire, "datensatz.row_released.v1");
    let keys: Vec<&str> = row.data["zeile"].as_object().expect("row").keys().map(String::as_str).collect();
    let def = s.house.leistungen().by_hash(&s.state(v).await.definition).expect("pinned");
    let mut listed: Vec<&str> =
        def.datensatz.as_ref().expect("dataset").spalten.iter().map(|s| s.id.as_str()).collect();
    listed.sort_unstable();
    assert_eq!(keys, listed);
    assert_eq!(keys.len(), 3);
    assert_eq!(row.corr, row.stream, "nothing ties the row to its case");

    // An hour after the month its rows are counted, once.
    s.uhr.set("2026-12-01T00:00:00Z");
    for _ in 0..2 {
        assert_eq!(release_rows(&s.house, "2026-11").await.expect("again"), 0);
        assert_eq!(s.size().await, size + 1, "one manifest and nothing else");
    }
    let manifest = &s.house.reader().read_all(size, 1).await.expect("read")[0];
    assert_eq!((manifest.wire.as_str(), manifest.actor.as_str()), ("dataset.published.v1", "system"));
    let root = b64u(&manifest_leaf(row.index));
    let dataset = &def.datensatz.as_ref().expect("dataset").id;
    let expected = serde_json::json!({ "dataset": dataset, "release": "2026-11", "count": 1, "root": root });
    assert_eq!(serde_json::Value::Object(manifest.data.clone()), expected);
}

#[tokio::test]
async fn a_lost_position_is_found_again_in_the_ledger() {
    let mut s = Stadt::neu().await;
    s.submit(transmits).await;
    let size = s.size().await;
    s.house.write_system("process.position.v1", &serde_json::json!({ "up_to": size }), "position-1").await.expect("ok");
    s.house.write_system("process.position.v1", &serde_json::json!({ "up_to": size }), "position-1").await.expect("ok");
    assert_eq!(s.size().await, size + 1, "the same key writes once");
    assert_eq!(s.house.last_process_mark().await.expect("read"), Some(size));
}
