//! The paper from the counter: its code is read by a camera, leads to the case, and stands nowhere else.

use super::Amt;
use super::erfassen::{person, senden};
use crate::besucher::Besucher;
use akte_core::kernel::Role;
use akte_core::verfahren::{Status, Vorgang};
use axum::http::{StatusCode, header};
use std::process::Command;
use uuid::Uuid;

const SEITE: &str = "/amt/erfassen/bewohnerparken";

/// What a camera reads on the first page; `None` where the tools are not on this machine.
fn gelesen(pdf: &[u8]) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let (file, bild) = (dir.path().join("beleg.pdf"), dir.path().join("seite"));
    std::fs::write(&file, pdf).unwrap();
    let fehlt = |name: &str| {
        assert!(std::env::var_os("AKTE_PDF").is_none(), "{name} is missing");
        println!("{name} nicht vorhanden: nicht bewiesen");
    };
    let gemalt =
        Command::new("pdftoppm").args(["-png", "-r", "150", "-f", "1", "-l", "1"]).arg(&file).arg(&bild).status();
    if gemalt.is_err() {
        fehlt("pdftoppm");
        return None;
    }
    let seite = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| p.extension().is_some_and(|e| e == "png"));
    match Command::new("zbarimg").args(["--raw", "--quiet"]).arg(seite.unwrap()).output() {
        Ok(out) => Some(String::from_utf8(out.stdout).unwrap().trim().to_owned()),
        Err(_) => {
            fehlt("zbarimg");
            None
        }
    }
}

async fn erfasst(amt: &mut Amt) -> (Besucher, Uuid, String) {
    amt.konto("post", "zentral", &[Role::Poststelle]).await;
    let b = amt.anmelden("post").await;
    let seite = b.get(SEITE).await;
    let r = senden(&b, &seite, &person()).await;
    assert_eq!(r.status, StatusCode::SEE_OTHER, "{}", r.text);
    let ziel = r.ziel().to_owned();
    amt.folgen().await;
    (b, ziel.rsplit('/').next().unwrap().parse().unwrap(), ziel)
}

#[tokio::test]
async fn the_code_on_the_paper_is_read_by_a_camera_and_opens_the_case_for_a_document_and_a_withdrawal() {
    let mut amt = Amt::neu().await;
    let (b, id, ziel) = erfasst(&mut amt).await;
    let seite = b.get(&ziel).await;
    assert!(seite.text.contains(&format!("href=\"{ziel}/beleg.pdf\"")), "{}", seite.text);
    let pdf = b.get(&format!("{ziel}/beleg.pdf")).await;
    assert_eq!((pdf.status, &pdf.headers[header::CONTENT_TYPE]), (StatusCode::OK, &"application/pdf".parse().unwrap()));
    assert!(pdf.headers[header::CACHE_CONTROL].to_str().unwrap().contains("no-store"));
    let code = amt.stadt.app.house.case_code(id, 0);
    let adresse = format!("https://musterstadt.example/s/{code}");
    if let Some(text) = gelesen(&pdf.bytes) {
        assert_eq!(text, adresse);
    }
    let zuhause = Besucher::neu(&amt.stadt.app);
    let kurz = zuhause.get(adresse.strip_prefix("https://musterstadt.example").unwrap()).await;
    assert_eq!((kurz.status, kurz.ziel()), (StatusCode::SEE_OTHER, "/status/vorgang"), "the code leaves the address");
    let stand = zuhause.get("/status/vorgang").await;
    assert_eq!(stand.status, StatusCode::OK, "{}", stand.text);
    let reichen = zuhause.get("/status/nachreichen").await;
    assert_eq!(reichen.status, StatusCode::OK, "{}", reichen.text);
    let key = reichen.verborgen("_schluessel");
    let felder = [("_schluessel", key.as_str()), ("unterlage", "zb1")];
    let r = zuhause.hochladen("/status/nachreichen", &felder, "schein.txt", b"Zulassung").await;
    assert!(r.status == StatusCode::SEE_OTHER, "{}", r.text);
    let frage = zuhause.get("/status/zuruecknehmen").await;
    let (csrf, key) = (frage.verborgen("_csrf"), frage.verborgen("_schluessel"));
    let felder = [("_csrf", csrf.as_str()), ("_schluessel", &key), ("grund", "Ich ziehe um.")];
    let r = zuhause.post("/status/zuruecknehmen", &felder).await;
    assert_eq!(r.status, StatusCode::SEE_OTHER, "{}", r.text);
    let v = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state;
    assert_eq!((v.status, v.dokumente.len()), (Status::Zurueckgenommen, 1));
}

#[tokio::test]
async fn only_who_entered_it_prints_the_paper_and_the_code_stands_in_no_file_of_the_town() {
    let mut amt = Amt::neu().await;
    let (b, id, ziel) = erfasst(&mut amt).await;
    let (_, clerk) = amt.sachbearbeitung("meyer").await;
    let adresse = format!("{ziel}/beleg.pdf");
    assert_eq!(clerk.get(&adresse).await.status, StatusCode::NOT_FOUND);
    assert_ne!(Besucher::neu(&amt.stadt.app).get(&adresse).await.status, StatusCode::OK, "nor who is not logged in");
    let pdf = b.get(&adresse).await;
    assert_eq!(pdf.status, StatusCode::OK);
    let code = amt.stadt.app.house.case_code(id, 0);
    let mut ordner = vec![amt.stadt.ordner.path().to_owned()];
    let mut gesehen = 0;
    while let Some(o) = ordner.pop() {
        for e in std::fs::read_dir(o).unwrap().map(|e| e.unwrap().path()) {
            if e.is_dir() {
                ordner.push(e);
                continue;
            }
            gesehen += 1;
            let bytes = std::fs::read(&e).unwrap();
            let drin = bytes.windows(code.len()).any(|w| w == code.as_bytes());
            assert!(!drin, "{} holds the code", e.display());
        }
    }
    assert!(gesehen > 2, "views and read log were looked at");
}

#[tokio::test]
async fn who_has_no_computer_does_nothing_with_the_paper_and_the_case_goes_on() {
    let mut amt = Amt::neu().await;
    let (_, id, _) = erfasst(&mut amt).await;
    let (_, clerk) = amt.sachbearbeitung("meyer").await;
    super::getan(&super::handeln(&clerk, id, "uebernehmen", &[]).await);
    super::getan(&super::handeln(&clerk, id, "pruefung_beginnen", &[]).await);
    let v = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state;
    assert_eq!(v.status, Status::InPruefung);
}
