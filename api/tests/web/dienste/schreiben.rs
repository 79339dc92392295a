//! One letter of every service, fetched by the citizen and read back from its PDF.

use super::{DIENSTE, Lage};
use crate::amt::{getan, handeln};
use axum::http::StatusCode;

/// Text of a PDF as `pdftotext` prints it, without white space and break marks.
fn gedruckt(ordner: &std::path::Path, pdf: &[u8]) -> String {
    let datei = ordner.join("schreiben.pdf");
    std::fs::write(&datei, pdf).unwrap();
    let aus = std::process::Command::new("pdftotext").arg("-raw").arg(&datei).arg("-").output();
    eng(&String::from_utf8(aus.expect("pdftotext is installed").stdout).unwrap())
}

fn eng(s: &str) -> String {
    s.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{ad}' | '\u{200b}' | '-')).collect()
}

#[tokio::test]
async fn every_service_has_a_letter_that_says_what_it_is_about() {
    for d in DIENSTE {
        let mut l = Lage::neu(d).await;
        let (was, worte) = d.schreiben;
        if was == "bescheid" {
            getan(&handeln(&l.a, l.id, "vollstaendigkeit", &[]).await);
            l.tatsachen(false).await;
            l.bescheiden().await;
        }
        let pdf = l.buerger.get(&format!("/status/dokument/{was}")).await;
        assert_eq!(pdf.status, StatusCode::OK, "{}: {}", d.id, pdf.text);
        let text = gedruckt(l.amt.stadt.ordner.path(), &pdf.bytes);
        for w in worte {
            assert!(text.contains(&eng(w)), "{}: „{w}“ is not on {was}: {text}", d.id);
        }
        let unverified = l.v().await.gebuehren.iter().any(|_| was.starts_with("gebuehr") && d.id != "personalausweis");
        if unverified {
            assert!(text.contains(&eng("Die Höhe der Gebühr ist noch nicht bestätigt.")), "{}: {text}", d.id);
        }
    }
}
