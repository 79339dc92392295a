//! A citizen sends an application and follows it: one effect per form, and nothing for strangers.

use crate::besucher::{Antwort, Besucher, Stadt, gruenden, parkausweis};
use akte_api::routes::alle;
use akte_core::execute::{Call, Principal, Target};
use akte_core::kernel::Role;
use akte_core::verfahren::{Vorgang, VorgangCommand};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

pub const BASIS: &str = "/antrag/bewohnerparken";

/// Stream of the event a promise is about.
pub fn strom(zusage: &serde_json::Value) -> Uuid {
    let header = URL_SAFE_NO_PAD.decode(zusage["header"].as_str().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header["stream"].as_str().unwrap().parse().unwrap()
}

async fn ausgefuellt(b: &Besucher) {
    let mut seite = b.ausfuellen("/leistungen/bewohnerparken", BASIS, &[]).await.ziel().to_owned();
    for _ in 0..10 {
        if seite.ends_with("/dokumente") {
            return;
        }
        let a = b.ausfuellen(&seite, &seite, &parkausweis("Mu\u{308}ster-Testperson")).await;
        assert_eq!(a.status, StatusCode::SEE_OTHER, "{seite}: {}", a.text);
        seite = a.ziel().to_owned();
    }
    panic!("the form does not end: {seite}");
}

pub async fn abgesendet(b: &Besucher) -> (Antwort, String) {
    ausgefuellt(b).await;
    let a = b.ausfuellen(&format!("{BASIS}/pruefen"), &format!("{BASIS}/absenden"), &[]).await;
    assert_eq!((a.status, a.ziel()), (StatusCode::SEE_OTHER, "/antrag/bewohnerparken/bestaetigung"), "{}", a.text);
    let a = b.get(a.ziel()).await;
    let code = a.text.split("code__wert\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    (a, code)
}

async fn vorgaenge(stadt: &Stadt) -> usize {
    stadt
        .app
        .house
        .reader()
        .read_all(0, 10_000)
        .await
        .unwrap()
        .iter()
        .filter(|r| r.wire == "antrag.submitted.v1")
        .count()
}

#[tokio::test]
async fn an_application_is_sent_once_however_often_one_clicks() {
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    ausgefuellt(&b).await;
    let pruefen = b.get(&format!("{BASIS}/pruefen")).await;
    assert!(pruefen.text.contains("Müster-Testperson") && pruefen.text.contains("keine Angabe"));
    let token = pruefen.verborgen("_csrf");
    let felder = [("_csrf", token.as_str())];
    let absenden = format!("{BASIS}/absenden");
    let (x, y) = tokio::join!(b.post(&absenden, &felder), b.post(&absenden, &felder));
    let z = b.post(&absenden, &felder).await;
    for a in [&x, &y, &z] {
        assert_eq!((a.status, a.ziel()), (StatusCode::SEE_OTHER, "/antrag/bewohnerparken/bestaetigung"));
    }
    assert_eq!(vorgaenge(&stadt).await, 1);
    let zurueck = b.get(&format!("{BASIS}/pruefen")).await;
    assert_eq!(zurueck.ziel(), "/antrag/bewohnerparken/bestaetigung", "the back button shows the confirmation");
}

#[tokio::test]
async fn the_confirmation_gives_code_and_receipt() {
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    let (a, code) = abgesendet(&b).await;
    assert_eq!(code.len(), 22);
    assert!(a.text.contains("So geht es weiter"));
    let beleg = b.get(&format!("{BASIS}/beleg.json")).await;
    let json: serde_json::Value = serde_json::from_str(&beleg.text).unwrap();
    let stream = strom(&json);
    assert_eq!(stadt.app.house.case_code(stream, 0), code);
    let ereignis = stadt.app.house.reader().read_stream(stream, 0).await.unwrap();
    assert_eq!(ereignis[0].index, json["index"].as_u64().unwrap());
    let pdf = b.get(&format!("{BASIS}/beleg.pdf")).await;
    assert!(pdf.text.starts_with("%PDF-"), "{}", pdf.status);
    assert!(pdf.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment"));
    assert!(pdf.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("sandbox"));
}

#[tokio::test]
async fn the_code_opens_the_case_and_stays_out_of_address_and_title() {
    let stadt = gruenden().await;
    let (_, code) = abgesendet(&Besucher::neu(&stadt.app)).await;
    let b = Besucher::neu(&stadt.app);
    let a = b.get(&format!("/s/{code}")).await;
    assert_eq!((a.status, a.ziel()), (StatusCode::SEE_OTHER, "/status/vorgang"));
    let a = b.get(a.ziel()).await;
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    assert!(a.text.contains("Verlauf") && !a.text.contains(&code) && !a.text.contains("Testperson"));
    assert_eq!(a.headers[header::CACHE_CONTROL], "no-store");
}

/// By construction, not by the clock: with the looked-up table gone, every code fails at the same lookup.
#[tokio::test]
async fn every_code_known_unknown_or_malformed_is_looked_up_alike() {
    let stadt = gruenden().await;
    let (_, code) = abgesendet(&Besucher::neu(&stadt.app)).await;
    for (datei, tabelle) in [("public.db", "status"), ("internal.db", "fallcode")] {
        let db = rusqlite::Connection::open(stadt.ordner.path().join(datei)).unwrap();
        db.execute_batch(&format!("DROP TABLE {tabelle}")).unwrap();
    }
    for code in [code.as_str(), "AAAAAAAAAAAAAAAAAAAAAA", "kurz", "-"] {
        let b = Besucher::neu(&stadt.app);
        // Sending the code looks nothing up: with no table it answers as ever.
        assert_eq!(b.get(&format!("/s/{code}")).await.ziel(), "/status/vorgang");
        for seite in ["/status/vorgang", "/status/dokumente", "/status/nachreichen", "/status/zuruecknehmen"] {
            assert_eq!(b.get(seite).await.status, StatusCode::INTERNAL_SERVER_ERROR, "{seite} with {code}");
        }
    }
}

#[tokio::test]
async fn unknown_and_foreign_codes_get_the_same_answer() {
    let stadt = gruenden().await;
    let mut texte = Vec::new();
    for code in ["AAAAAAAAAAAAAAAAAAAAAA", "kurz", "../../etc", "%00"] {
        let b = Besucher::neu(&stadt.app);
        let a = b.get(&format!("/s/{}", code.replace('/', "%2F"))).await;
        assert_eq!((a.status, a.ziel()), (StatusCode::SEE_OTHER, "/status/vorgang"), "{code}");
        let a = b.get("/status/vorgang").await;
        assert_eq!(a.status, StatusCode::NOT_FOUND);
        let token = a.verborgen("_csrf");
        texte.push(a.text.replace(&token, "TOKEN"));
        for seite in ["/status/dokumente", "/status/nachreichen", "/status/zuruecknehmen", "/status/dokument/bescheid"]
        {
            assert_eq!(b.get(seite).await.status, StatusCode::NOT_FOUND, "{seite}");
        }
    }
    assert!(texte.windows(2).all(|t| t[0] == t[1]));
}

#[tokio::test]
async fn a_file_is_taken_by_its_content_and_a_false_name_is_refused() {
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    ausgefuellt(&b).await;
    let seite = format!("{BASIS}/dokumente");
    let pdf = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
    let a = b.hochladen(&seite, &[("unterlage", "zb1")], "schein.pdf", b"MZ\x90\x00\x03 this is a program").await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", a.text);
    assert!(a.text.contains("schein.pdf"));
    let a = b.hochladen(&seite, &[("unterlage", "zb1")], "", b"").await;
    assert!(a.text.contains("keine Datei ausgewählt"), "{}", a.text);
    let a = b.hochladen(&seite, &[("unterlage", "zb1")], "../../Mein Schein.pdf", pdf).await;
    assert_eq!(a.status, StatusCode::SEE_OTHER, "{}", a.text);
    let a = b.get(&seite).await;
    assert!(a.text.contains("Mein Schein.pdf") && !a.text.contains(".."));
    let riese = vec![b' '; (1 << 20) + 4096];
    let a = b.hochladen(&seite, &[("unterlage", "sonstige")], "lang.txt", &riese).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(a.text.contains("größer als erlaubt"), "{}", a.text);
    let a = b.ausfuellen(&format!("{BASIS}/pruefen"), &format!("{BASIS}/absenden"), &[]).await;
    assert_eq!(a.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_the_office_asks_for_is_handed_in_by_code() {
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    abgesendet(&b).await;
    let beleg: serde_json::Value = serde_json::from_str(&b.get(&format!("{BASIS}/beleg.json")).await.text).unwrap();
    let vorgang = strom(&beleg);
    let amt = Principal::konto(Uuid::from_bytes([7; 16]), vec![Role::Sachbearbeitung, Role::Leitung], "ordnung");
    let befehle = [
        VorgangCommand::Register { akte: Uuid::from_bytes([9; 16]), aktenzeichen: "32.5.1-1/2026".into() },
        VorgangCommand::TakeOver,
        VorgangCommand::StartPruefung,
        VorgangCommand::Nachfordern { unterlagen: vec!["zb1".into()], text: "Bitte den Schein.".into(), tage: 14 },
    ];
    for (i, befehl) in befehle.into_iter().enumerate() {
        let process = matches!(befehl, VorgangCommand::Register { .. });
        let principal = if process { Principal::process() } else { amt.clone() };
        let key = format!("schritt-nummer-{i:04}");
        let call = Call { principal, key, target: Target::Stream(vorgang), expected: None, request: None, corr: None };
        let done = stadt.app.house.execute::<Vorgang>(call, befehl).await.unwrap();
        stadt.app.sichtbar(done.receipt.as_ref()).await;
    }
    let a = b.get("/status/vorgang").await;
    assert!(a.text.contains("Wir warten auf Sie"), "{}", a.text);
    let a = b.get("/status/nachreichen").await;
    assert!(a.text.contains("Bitte den Schein.") && a.text.contains("(fehlt noch)"));
    let schluessel = a.verborgen("_schluessel");
    for _ in 0..2 {
        let felder = [("unterlage", "zb1"), ("_schluessel", schluessel.as_str())];
        let a = b.hochladen("/status/nachreichen", &felder, "schein.txt", "Zulassung für Müller".as_bytes()).await;
        assert_eq!((a.status, a.ziel()), (StatusCode::SEE_OTHER, "/status/vorgang"), "{}", a.text);
    }
    let nachgereicht = stadt.app.house.reader().read_stream(vorgang, 0).await.unwrap();
    assert_eq!(nachgereicht.iter().filter(|r| r.wire == "unterlage.supplied.v1").count(), 1);
    assert!(!b.get("/status/vorgang").await.text.contains("Wir warten auf Sie"));
    let gelesen =
        stadt.app.zugriff.rows(&akte_projections::zugriff::ZugriffFilter { limit: 50, ..Default::default() }).unwrap();
    assert!(gelesen.iter().any(|z| z.was == "nachreichung" && z.ziel == Some(vorgang)));
}

#[tokio::test]
async fn an_application_is_withdrawn_after_one_question() {
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    abgesendet(&b).await;
    let a = b.get("/status/zuruecknehmen").await;
    let (token, schluessel) = (a.verborgen("_csrf"), a.verborgen("_schluessel"));
    for _ in 0..2 {
        let felder = [("_csrf", token.as_str()), ("_schluessel", schluessel.as_str()), ("grund", "Umzug")];
        let a = b.post("/status/zuruecknehmen", &felder).await;
        assert_eq!((a.status, a.ziel()), (StatusCode::SEE_OTHER, "/status/vorgang"), "{}", a.text);
    }
    let a = b.get("/status/vorgang").await;
    assert!(a.text.contains("Sie haben den Antrag zurückgenommen") && !a.text.contains("/status/zuruecknehmen"));
}

#[tokio::test]
async fn a_page_of_one_application_changes_nothing_of_another_opened_since() {
    let stadt = gruenden().await;
    let b = Besucher::neu(&stadt.app);
    abgesendet(&b).await;
    let seiten = ["/status/zuruecknehmen", "/status/abruf", "/status/nachreichen"];
    let mut alte = Vec::new();
    for seite in seiten {
        alte.push(b.get(seite).await.verborgen("_schluessel"));
    }
    let (_, code) = abgesendet(&Besucher::neu(&stadt.app)).await;
    b.get(&format!("/s/{code}")).await;
    for (seite, alt) in seiten.into_iter().zip(&alte) {
        let felder = [("_schluessel", alt.as_str()), ("grund", "Umzug"), ("abruf", "ja"), ("unterlage", "zb1")];
        let a = match seite {
            "/status/nachreichen" => b.hochladen(seite, &felder, "schein.txt", b"Zulassung").await,
            _ => b.ausfuellen(seite, seite, &felder).await,
        };
        assert_eq!(a.status, StatusCode::CONFLICT, "{seite}: {}", a.text);
        assert!(a.text.contains("ein anderer Antrag geöffnet"), "{seite}");
    }
    assert!(!b.get("/status/vorgang").await.text.contains("zurückgenommen"));
    let neu = b.get(seiten[0]).await.verborgen("_schluessel");
    let a = b.ausfuellen(seiten[0], seiten[0], &[("_schluessel", &neu)]).await;
    assert_eq!(a.status, StatusCode::SEE_OTHER, "{}", a.text);
}

#[tokio::test]
async fn open_data_tell_nothing_of_a_case_and_can_be_kept() {
    let stadt = gruenden().await;
    abgesendet(&Besucher::neu(&stadt.app)).await;
    let b = Besucher::neu(&stadt.app);
    for r in alle().into_iter().filter(|r| r.name.starts_with("open::daten") && !r.path.contains('{')) {
        let a = b.get(r.path).await;
        assert_eq!(a.status, StatusCode::OK, "{}", r.path);
        assert!(!a.text.contains("Testperson") && !a.text.contains("PI-AB"), "{}", r.path);
        assert!(
            a.headers.get(header::SET_COOKIE).is_none() && a.headers[header::CACHE_CONTROL] == "public, max-age=300"
        );
    }
    assert_eq!(b.get("/daten/gibtesnicht.csv").await.status, StatusCode::NOT_FOUND);
    for d in stadt.app.public.datensaetze().unwrap() {
        assert_eq!(b.get(&format!("/daten/{}", d.id)).await.status, StatusCode::OK);
        for form in ["json", "csv"] {
            let pfad = format!("/daten/{}.{form}", d.id);
            let etag = b.get(&pfad).await.headers[header::ETAG].clone();
            let frage = Request::get(&pfad).header(header::IF_NONE_MATCH, etag).body(Body::empty()).unwrap();
            let a = b.senden(frage).await;
            assert_eq!((a.status, a.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
        }
    }
}
