//! A new version of a document: listed beside the old one, lifting what was signed, and never in a closed file.

use super::gang::absenden;
use super::{Amt, getan, handeln};
use crate::besucher::{Antwort, Besucher};
use akte_core::akte::{Akte, Dokument, DokumentCommand};
use akte_core::execute::{Call, ExecuteError, Principal, Target};
use akte_core::kernel::Role;
use akte_core::verfahren::Vorgang;
use axum::http::StatusCode;
use uuid::Uuid;

/// Fills in the form "Neue Fassung" of the file's page.
async fn neue(b: &Besucher, akte: Uuid, dok: Uuid, fassung: &str, grund: &str, text: &str) -> Antwort {
    let seite = format!("/amt/akte/{akte}");
    let key = b.get(&seite).await.verborgen("_schluessel");
    let felder = [("_schluessel", key.as_str()), ("fassung", fassung), ("grund", grund)];
    b.hochladen_nach(&seite, &format!("{seite}/dokument/{dok}"), &felder, "vermerk.txt", text.as_bytes()).await
}

#[tokio::test]
async fn a_new_version_stands_beside_the_old_one_and_what_was_signed_on_the_old_one_is_void() {
    let mut amt = Amt::neu().await;
    let (meyer, a) = amt.sachbearbeitung("meyer").await;
    let petersen = amt.konto("petersen", "ordnung", &[Role::Sachbearbeitung]).await.to_string();
    let leitung = amt.konto("leitung", "ordnung", &[Role::Leitung]).await.to_string();
    let id = amt.antrag().await;
    let dok = amt.dokument(meyer, id, "Der Stellplatz liegt im Gebiet.").await;
    let akte = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state.akte.unwrap();
    let form = format!("/amt/geschaeftsgang/dokument/{dok}");
    let laufweg = [("art-1", "mz"), ("an-1", petersen.as_str()), ("art-2", "schlusszeichnung"), ("an-2", &leitung)];
    let lauf = absenden(&a, &a.get(&form).await, &form, &["fassung", "digest"], &laufweg).await.ziel().to_owned();
    let p = amt.anmelden("petersen").await;
    let zeichnen = format!("{lauf}/zeichnen");
    getan(&absenden(&p, &p.get(&lauf).await, &zeichnen, &["fassung", "digest"], &[]).await);
    let ohne = neue(&a, akte, dok, "1", " ", "Der Stellplatz liegt daneben.").await;
    assert!(ohne.status == StatusCode::UNPROCESSABLE_ENTITY && ohne.text.contains("Grund der neuen Fassung"));
    let key = a.get(&format!("/amt/akte/{akte}")).await.verborgen("_schluessel");
    let felder = [("_schluessel", key.as_str()), ("fassung", "1"), ("grund", "Scan")];
    let (seite, ziel) = (format!("/amt/akte/{akte}"), format!("/amt/akte/{akte}/dokument/{dok}"));
    let pdf = a.hochladen_nach(&seite, &ziel, &felder, "scan.pdf", b"%PDF-1.7\nx").await;
    assert_eq!(pdf.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", pdf.text);
    assert!(pdf.text.contains("value=\"Scan\""), "what was typed stays: {}", pdf.text);
    getan(&neue(&a, akte, dok, "1", "Lage berichtigt", "Der Stellplatz liegt daneben.").await);
    amt.folgen().await;
    let seite = a.get(&format!("/amt/akte/{akte}")).await.text;
    for satz in ["Fassung 1 von „Vermerk zum Stellplatz“", "Fassung 2 von „Vermerk zum Stellplatz“", "Lage berichtigt"]
    {
        assert!(seite.contains(satz), "{satz}: {seite}");
    }
    for (n, text) in [(1, "Der Stellplatz liegt im Gebiet."), (2, "Der Stellplatz liegt daneben.")] {
        assert_eq!(a.get(&format!("/amt/akte/{akte}/dokument/{dok}/{n}")).await.text, text);
    }
    let gang = p.get(&lauf).await.text;
    assert!(gang.contains("Eine Zeichnung gilt nicht mehr"), "{gang}");
    assert!(gang.contains("aufgehoben: </span>Frau Petersen hat mitgezeichnet"), "{gang}");
    let veraltet = neue(&p, akte, dok, "1", "Noch einmal", "Der Stellplatz liegt ganz woanders.").await;
    assert_eq!(veraltet.status, StatusCode::PRECONDITION_FAILED, "made on version 1: {}", veraltet.text);
}

#[tokio::test]
async fn a_closed_file_takes_no_new_version_and_says_what_to_do() {
    let mut amt = Amt::neu().await;
    let (meyer, a) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let dok = amt.dokument(meyer, id, "Erste Fassung").await;
    let akte = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state.akte.unwrap();
    assert!(a.get(&format!("/amt/akte/{akte}")).await.text.contains("Neue Fassung von „Vermerk zum Stellplatz“"));
    getan(&handeln(&a, id, "erledigen", &[("erledigen-grund", "umgezogen")]).await);
    amt.folgen().await;
    getan(&handeln(&a, id, "zda", &[]).await);
    amt.folgen().await;
    assert!(
        !a.get(&format!("/amt/akte/{akte}")).await.text.contains("Neue Fassung von"),
        "no form where none is taken"
    );
    let zu = neue(&a, akte, dok, "1", "Tippfehler", "Zweite Fassung").await;
    assert_eq!(zu.status, StatusCode::CONFLICT, "{}", zu.text);
    assert!(zu.text.contains("Nehmen Sie die Akte wieder auf"), "{}", zu.text);
    amt.konto("fremd", "steuern", &[Role::Sachbearbeitung]).await;
    let fremd = amt.anmelden("fremd").await;
    let ziel = format!("/amt/akte/{akte}/dokument/{dok}");
    let nein = fremd.hochladen_nach("/amt", &ziel, &[("fassung", "1"), ("grund", "x")], "a.txt", b"x").await;
    assert_eq!(nein.status, StatusCode::NOT_FOUND, "{}", nein.text);
}

#[tokio::test]
async fn the_command_path_itself_takes_no_version_into_a_file_that_was_offered() {
    let mut amt = Amt::neu().await;
    let (meyer, _) = amt.sachbearbeitung("meyer").await;
    let id = amt.antrag().await;
    let dok = amt.dokument(meyer, id, "Erste Fassung").await;
    let house = amt.stadt.app.house.clone();
    let akte = house.load::<Vorgang>(id).await.unwrap().state.akte.unwrap();
    amt.konto("registratur", "ordnung", &[Role::Registratur]).await;
    let reg = amt.anmelden("registratur").await;
    let seite = format!("/amt/akte/{akte}");
    let (blatt, anlass) = (reg.get(&seite).await, [("anlass", "loeschung")]);
    getan(&absenden(&reg, &blatt, &format!("{seite}/anbieten"), &[], &anlass).await);
    let corr = house.load::<Akte>(akte).await.unwrap().corr;
    let wert = house.put_derived("verfahren", corr, "text/plain", b"neu".to_vec(), "neu").await.unwrap();
    let call = Call {
        principal: amt
            .stadt
            .app
            .konto(meyer)
            .await
            .unwrap()
            .map(|k| Principal::konto(k.konto, k.rollen, &k.einheit))
            .unwrap(),
        key: "neue-fassung-0001".into(),
        target: Target::Stream(dok),
        expected: None,
        request: None,
        corr: None,
    };
    let command = DokumentCommand::AddVersion { dokument: wert, grund: "Nachtrag".into() };
    match house.execute::<Dokument>(call, command).await {
        Err(ExecuteError::Refused { code, text }) => {
            assert!(code == "keine_fassung" && text.contains("dem Archiv angeboten"), "{code}: {text}");
        }
        andere => panic!("{andere:?}"),
    }
    assert_eq!(house.load::<Dokument>(dok).await.unwrap().state.version, 1);
}
