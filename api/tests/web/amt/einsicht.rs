//! What a party gets of a file is what the clerk has seen: nothing that came later, nothing beyond the page.

use super::rechte::{akte, datenschutz, entpackt, ist_zip, leitung, urteil};
use super::{Amt, gang, getan, postbuch, wiedervorlage};
use crate::besucher::{Antwort, Besucher, signed};
use akte_core::akte::{Akte, Dokument, DokumentCommand, Uebernahme};
use akte_core::execute::{Call, Principal, Target};
use akte_core::verfahren::Vorgang;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Puts a letter into the Akte by the form of its page.
pub async fn ablegen(b: &Besucher, akte: Uuid, titel: &str, richtung: &str) {
    let seite = format!("/amt/akte/{akte}");
    let key = b.get(&seite).await.verborgen("_schluessel");
    let felder = [("_schluessel", key.as_str()), ("titel", titel), ("richtung", richtung), ("grund", "")];
    let inhalt = format!("%PDF-1.7\n{titel}\n");
    getan(&b.hochladen_nach(&seite, &format!("{seite}/dokument"), &felder, "brief.pdf", inhalt.as_bytes()).await);
}

/// Papers of a file share, taken over into this Akte.
pub async fn uebernehmen(amt: &mut Amt, akte: Uuid, titel: impl Fn(usize) -> String, anzahl: usize) {
    let house = amt.stadt.app.house.clone();
    let corr = house.load::<Akte>(akte).await.unwrap().corr;
    for n in 0..anzahl {
        let seed = amt.key("uebernahme");
        let bytes = format!("{} {n}", titel(n)).into_bytes();
        let dokument = house.put_derived("verfahren", corr, "text/plain", bytes, &seed).await.unwrap();
        let import = Uebernahme {
            akte,
            richtung: "intern".into(),
            import: Uuid::from_u128(7),
            titel: titel(n),
            dateiname: format!("{}.txt", titel(n)),
            pfad: format!("alt/{n}.txt"),
            original_am: None,
            original_aus: "datei".into(),
            sha256: "00".repeat(32),
            dokument,
        };
        let call = Call {
            principal: Principal::process(),
            key: seed,
            target: Target::New,
            expected: None,
            request: None,
            corr: Some(corr),
        };
        house.execute::<Dokument>(call, DokumentCommand::Import(Box::new(import))).await.unwrap();
    }
    amt.folgen().await;
}

/// Everything the package's events disclose.
fn offengelegt(files: &BTreeMap<String, Vec<u8>>) -> String {
    let events = files.iter().filter(|(n, _)| n.starts_with("ereignisse/"));
    events
        .flat_map(|(_, b)| serde_json::from_slice::<Value>(b).unwrap()["records"].as_array().unwrap().clone())
        .flat_map(|r| r["disclosures"].as_array().unwrap().clone())
        .map(|d| String::from_utf8(URL_SAFE_NO_PAD.decode(d.as_str().unwrap()).unwrap()).unwrap())
        .collect()
}

/// Sends the page as it lay before the clerk.
async fn geben(b: &Besucher, seite: &str, offen: &Antwort, mehr: &[(&str, &str)]) -> Antwort {
    let namen = ["_schluessel", "ab", "bis"];
    let werte: Vec<(&str, String)> = namen.iter().map(|n| (*n, offen.verborgen(n))).collect();
    let mut felder = vec![("an", "Rechtsanwältin Beispiel")];
    // What comes later in a form wins nothing: the first value of a name counts.
    felder.extend(mehr);
    felder.extend(werte.iter().filter(|(n, _)| !mehr.iter().any(|(m, _)| m == n)).map(|(n, w)| (*n, w.as_str())));
    b.ausfuellen(seite, seite, &felder).await
}

fn streams(files: &BTreeMap<String, Vec<u8>>) -> Vec<Uuid> {
    let inhalt: Value = serde_json::from_slice(&files["inhalt.json"]).unwrap();
    let alle = inhalt["stroeme"].as_array().unwrap().clone();
    alle.iter().map(|s| s["strom"].as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn what_comes_into_the_file_after_the_page_was_shown_is_not_handed_out() {
    let mut amt = Amt::neu().await;
    let (_, clerk) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let akte = akte(&amt, id).await;
    let chefin = leitung(&mut amt, "chefin").await;
    signed(&amt.stadt).await;
    let seite = format!("/amt/akte/{akte}/einsicht");
    let offen = chefin.get(&seite).await;
    assert!(offen.text.contains("Was danach in die Akte kommt, ist nicht im Paket"), "{}", offen.text);
    ablegen(&clerk, akte, "Beschwerde der Nachbarin Schulz", "eingang").await;
    amt.folgen().await;
    let zip = geben(&chefin, &seite, &offen, &[]).await;
    ist_zip(&zip, "akteneinsicht-");
    let files = entpackt(&zip.bytes);
    let roh: Vec<u8> = files.values().flatten().copied().collect();
    assert!(offengelegt(&files).contains("Kowalski") && !offengelegt(&files).contains("Schulz"));
    assert!(!String::from_utf8_lossy(&roh).contains("Nachbarin Schulz"), "not in the documents either");
    if let Some(r) = urteil(&amt, &zip.bytes) {
        assert_eq!((&r["urteil"], &r["befunde"]), (&"valid-redacted".into(), &serde_json::json!([])), "{r}");
    }
    let neu = chefin.get(&seite).await;
    assert!(neu.text.contains("Beschwerde der Nachbarin Schulz"), "who looks again sees it");
    let zip = geben(&chefin, &seite, &neu, &[("_schluessel", "ein-zweiter-schluessel")]).await;
    assert!(offengelegt(&entpackt(&zip.bytes)).contains("Schulz"));
    for falsch in ["", "99999999", "-1"] {
        let r = geben(&chefin, &seite, &neu, &[("bis", falsch)]).await;
        assert_eq!(r.status, StatusCode::UNPROCESSABLE_ENTITY, "{falsch}");
        assert!(r.text.contains("Laden Sie die Seite neu"), "{}", r.text);
    }
}

#[tokio::test]
async fn a_file_too_large_for_one_page_is_given_page_by_page_and_never_unseen() {
    let mut amt = Amt::neu().await;
    let id = amt.antrag().await;
    let akte = akte(&amt, id).await;
    let titel = |n: usize| if n == 339 { "Brief der Nachbarin Schulz".to_owned() } else { format!("Blatt {n}") };
    uebernehmen(&mut amt, akte, titel, 340).await;
    let chefin = leitung(&mut amt, "chefin").await;
    signed(&amt.stadt).await;
    let seite = format!("/amt/akte/{akte}/einsicht");
    let erste = chefin.get(&seite).await;
    assert!(!erste.text.contains("Schulz") && erste.text.contains("mehr Angaben, als auf eine Seite passen"));
    let (_, rest) = erste.text.split_once(&format!("{seite}?ab=")).expect("a link to the next page");
    let ab = rest.split('"').next().unwrap().to_owned();
    assert_eq!(ab, erste.verborgen("bis"));
    let groesse = amt.stadt.app.house.ledger.head().await.unwrap().size.to_string();
    let alles = geben(&chefin, &seite, &erste, &[("bis", &groesse)]).await;
    assert_eq!(alles.status, StatusCode::UNPROCESSABLE_ENTITY, "no page has shown all of it");
    let zip = geben(&chefin, &seite, &erste, &[]).await;
    ist_zip(&zip, "akteneinsicht-");
    let files = entpackt(&zip.bytes);
    let roh: Vec<u8> = files.values().flatten().copied().collect();
    assert!(offengelegt(&files).contains("Blatt 1") && !String::from_utf8_lossy(&roh).contains("Schulz"));
    assert!(!offengelegt(&files).contains("Schulz"));
    let zweite = chefin.get(&format!("{seite}?ab={ab}")).await;
    assert!(zweite.text.contains("Brief der Nachbarin Schulz"));
    let zip = geben(&chefin, &seite, &zweite, &[]).await;
    ist_zip(&zip, "akteneinsicht-");
    let offen = offengelegt(&entpackt(&zip.bytes));
    assert!(offen.contains("Schulz") && !offen.contains("Blatt 1\"") && !offen.contains("Kowalski"));
    if let Some(r) = urteil(&amt, &zip.bytes) {
        assert_eq!((&r["urteil"], &r["befunde"]), (&"valid-redacted".into(), &serde_json::json!([])), "{r}");
    }
}

#[tokio::test]
async fn the_package_of_the_page_and_that_of_the_machine_hold_the_same_streams_and_all_there_are() {
    let mut amt = Amt::neu().await;
    let (meyer, clerk) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let chefin = leitung(&mut amt, "chefin").await;
    let akte = akte(&amt, id).await;
    let dokument = amt.dokument(meyer, id, "Der Stellplatz liegt im Gebiet.").await;
    let an = amt.konto("petersen", "ordnung", &[akte_core::kernel::Role::Sachbearbeitung]).await.to_string();
    getan(&gang::beginnen(&clerk, dokument, &[("art-1", "mz"), ("an-1", &an), ("art-2", "")]).await);
    getan(&wiedervorlage::setzen(&clerk, id, &[("wann", "+14T"), ("grund", "Antwort da?")]).await);
    let zeichen = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state.aktenzeichen.unwrap();
    let eingang = postbuch::brief(&clerk).await;
    getan(&postbuch::handeln(&clerk, eingang, "zuordnen", &[("aktenzeichen", &zeichen)]).await);
    let nein = format!("/verwaltung/loeschung/vorgang/{id}");
    let key = chefin.get(&nein).await.verborgen("_schluessel");
    let felder = [("gruende", "Frist läuft"), ("ausnahme", "art17-3b"), ("_schluessel", &key)];
    getan(&chefin.ausfuellen(&nein, &format!("{nein}/verweigern"), &felder).await);
    amt.folgen().await;
    signed(&amt.stadt).await;
    let seite = format!("/amt/akte/{akte}/beweispaket");
    let zip = chefin.ausfuellen(&seite, &seite, &[("zweck", "Verwaltungsgericht")]).await;
    ist_zip(&zip, "beweispaket-");
    let files = entpackt(&zip.bytes);
    let house = &amt.stadt.app.house;
    let gefunden = house.akte_finden(&zeichen, |_| ()).await.unwrap().unwrap();
    let am_rechner = house.stroeme_der_akte(gefunden.akte, &gefunden.weitere).await.unwrap();
    assert_eq!((gefunden.akte, streams(&files)), (akte, am_rechner));
    let arten = String::from_utf8(files["inhalt.json"].clone()).unwrap();
    for wire in [
        "umlauf.started.v1",
        "wiedervorlage.set.v1",
        "eingang.assigned.v1",
        "loeschung.refused.v1",
        "dokument.added.v1",
        "antrag.submitted.v1",
        "akte.opened.v1",
    ] {
        assert!(arten.contains(wire), "{wire} is not in the package");
    }
    if let Some(r) = urteil(&amt, &zip.bytes) {
        assert_eq!((&r["urteil"], &r["befunde"]), (&"valid".into(), &serde_json::json!([])), "{r}");
    }
    let einsicht = chefin.get(&format!("/amt/akte/{akte}/einsicht")).await;
    assert!(
        einsicht.text.contains("Antwort da?") && einsicht.text.contains("Frist läuft"),
        "all of it can be withheld"
    );
}

#[tokio::test]
async fn a_letter_to_the_neighbour_and_a_stranger_s_old_papers_are_not_in_the_answer_to_a_person() {
    use akte_api::betroffene::sammeln::Quelle;
    use akte_api::betroffene::{ANTRAGSTELLER, Frage, bericht};
    let mut amt = Amt::neu().await;
    let (meyer, clerk) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let akte = akte(&amt, id).await;
    ablegen(&clerk, akte, "Anhörung der Nachbarin Schulz", "ausgang").await;
    uebernehmen(&mut amt, akte, |_| "Ordner Petersen".into(), 1).await;
    amt.dokument(meyer, id, "Schulz wird gehört.").await;
    crate::leseprotokoll::unterlage(&mut amt, meyer, id).await;
    getan(&wiedervorlage::setzen(&clerk, id, &[("wann", "+14T"), ("grund", "Antwort von Schulz?")]).await);
    amt.folgen().await;
    let dsb = datenschutz(&mut amt).await;
    let seite = "/pruefung/betroffene";
    let vorgang = id.to_string();
    let gut = [
        ("vorgang", vorgang.as_str()),
        ("person", "Erika Kowalski"),
        ("beantragt_am", "22.11.2026"),
        ("identitaet", "ausweis"),
    ];
    let vorschau = dsb.ausfuellen("/pruefung/betroffene", seite, &gut).await;
    assert_eq!(vorschau.status, StatusCode::OK, "{}", vorschau.text);
    assert!(vorschau.text.contains("3 Schriftstücke der Akten sind verdeckt"), "{}", vorschau.text);
    let key = vorschau.verborgen("_schluessel");
    let ende = [("was", "erteilen"), ("_schluessel", key.as_str())];
    let zip = dsb.ausfuellen("/pruefung/betroffene", seite, &[&gut[..], &ende[..]].concat()).await;
    ist_zip(&zip, "auskunft.zip");
    let files = entpackt(&zip.bytes);
    let json = String::from_utf8(files["auskunft.json"].clone()).unwrap();
    let frage = Frage {
        person: "Erika Kowalski".into(),
        vorgaenge: vec![id],
        rolle: ANTRAGSTELLER.into(),
        freigaben: Vec::new(),
    };
    let app = &amt.stadt.app;
    let auskunft = Quelle { house: &app.house, zugriff: &app.zugriff, frage: &frage }.sammeln().await.unwrap();
    let papier = serde_json::to_string(&bericht::bericht(&app.house, &auskunft)).unwrap();
    for (was, text) in [("auskunft.json", &json), ("auskunft.pdf", &papier)] {
        for fremd in ["Schulz", "Petersen", "brief.pdf", "Vermerk zum Stellplatz", "alt/0.txt"] {
            assert!(!text.contains(fremd), "{fremd} is in {was}: {text}");
        }
        assert!(text.contains("Kowalski") && text.contains("schein.pdf"), "the own is in {was}: {text}");
    }
    assert!(papier.contains("Darunter sind 3 Schriftstücke der Akten"), "{papier}");
    assert!(!json.contains(&meyer.to_string()), "no account of the office: {json}");
    assert!(json.contains("wiedervorlage.set.v1"), "what hangs on the case is told: {json}");
    let gelesen: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(gelesen["verdeckte_dokumente"], 3);
    let ereignisse = gelesen["vorgaenge"][0]["ereignisse"].as_array().unwrap();
    let eigenes = |e: &&Value| e["art"] == "dokument.added.v1" && e["angaben"]["/dateiname"] == "schein.pdf";
    assert_eq!(ereignisse.iter().filter(eigenes).count(), 1, "the own paper stands there as it lies in the file");
    let roh: Vec<u8> = files.iter().filter(|(n, _)| n.starts_with("dokumente/")).flat_map(|(_, b)| b.clone()).collect();
    let roh = String::from_utf8_lossy(&roh);
    assert!(roh.contains("Schein von Frau Kowalski") && !roh.contains("Schulz"), "nor their bytes");
}
