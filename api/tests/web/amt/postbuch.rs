//! The post book: letters and mails come in, are found once, filed where they belong, and nothing harmful is shown.

use super::Amt;
use crate::besucher::{Antwort, Besucher, mit_virenscanner};
use akte_api::annahme::clamd::Clamd;
use akte_api::annahme::{Ausgang, Nachpruefung, Tor, Umschlag, Vermerk};
use akte_core::akte::event::{Bewertung, Position};
use akte_core::akte::{Akte, Aktenplan, AktenplanCommand};
use akte_core::eingang::{Eingang, Ergebnis, Kanal, Pruefung, Quarantaenegrund, Stand};
use akte_core::execute::{Call, Principal, Target};
use akte_core::kernel::Role;
use akte_core::process::Process;
use akte_core::verfahren::Vorgang;
use axum::http::{StatusCode, header};
use jiff::civil::date;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

const NEU: &str = "/amt/postbuch/neu";

pub fn eml(betreff: &str, anlage: (&str, &str)) -> Vec<u8> {
    format!(
        "From: Erika Kowalski <erika@beispiel.example>\r\nTo: rathaus@musterstadt.example\r\nSubject: {betreff}\r\n\
         Date: Fri, 20 Nov 2026 08:15:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n\
         --a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGuten Tag, anbei die Vollmacht.\r\n\
         --a\r\nContent-Disposition: attachment; filename=\"{}\"\r\n\r\n{}\r\n--a--\r\n",
        anlage.0, anlage.1
    )
    .into_bytes()
}

fn harmlos() -> Vec<u8> {
    eml("Vollmacht", ("../Vollmacht.pdf", "%PDF-1.7\nx"))
}

/// Fills in the form as a person does.
pub async fn eintragen(b: &Besucher, felder: &[(&str, &str)], name: &str, inhalt: &[u8]) -> Antwort {
    let schluessel = b.get(NEU).await.verborgen("_schluessel");
    let mut alle = vec![("_schluessel", schluessel.as_str())];
    alle.extend_from_slice(felder);
    b.hochladen(NEU, &alle, name, inhalt).await
}

pub const MAIL: [(&str, &str); 5] =
    [("kanal", "email"), ("einheit", "ordnung"), ("eingang", "2026-11-20T08:16"), ("absender", ""), ("betreff", "")];

/// A letter entered by hand.
pub async fn brief(b: &Besucher) -> Uuid {
    let felder = [
        ("kanal", "brief"),
        ("einheit", "ordnung"),
        ("eingang", "2026-11-20T06:30"),
        ("absender", ""),
        ("betreff", "Anfrage"),
    ];
    eingang(&eintragen(b, &felder, "brief.pdf", b"%PDF-1.7\nx").await)
}

/// Where the entry is; it was made.
pub fn eingang(a: &Antwort) -> Uuid {
    assert_eq!(a.status, StatusCode::SEE_OTHER, "{}", a.text);
    let pfad = a.ziel().strip_prefix("/amt/postbuch/").unwrap_or_else(|| panic!("{}", a.ziel()));
    pfad.split('?').next().unwrap().parse().unwrap()
}

pub async fn handeln(b: &Besucher, id: Uuid, aktion: &str, felder: &[(&str, &str)]) -> Antwort {
    let seite = b.get(&format!("/amt/postbuch/{id}")).await;
    assert_eq!(seite.status, StatusCode::OK, "{}", seite.text);
    let (csrf, key, version) = (seite.verborgen("_csrf"), seite.verborgen("_schluessel"), seite.verborgen("version"));
    let mut alle = vec![("_csrf", csrf.as_str()), ("_schluessel", &key), ("version", &version)];
    alle.extend_from_slice(felder);
    b.post(&format!("/amt/postbuch/{id}/{aktion}"), &alle).await
}

pub async fn stand(amt: &Amt, id: Uuid) -> Eingang {
    amt.stadt.app.house.load::<Eingang>(id).await.unwrap().state
}

/// Addresses of the downloads on a page, in order.
fn teile(seite: &Antwort) -> Vec<String> {
    let stuecke = seite.text.split("href=\"/amt/postbuch/").skip(1).map(|t| t.split('"').next().unwrap());
    stuecke.filter(|t| t.contains("/teil/")).map(|t| format!("/amt/postbuch/{t}")).collect()
}

pub async fn aktenplan(amt: &Amt) {
    let position = |kennung: &str| Position {
        kennung: kennung.into(),
        titel: "Probe".into(),
        aufbewahrung_jahre: Some(5),
        bewertung: Bewertung::V,
        valid_from: date(2026, 1, 1),
    };
    let command =
        AktenplanCommand::Import { format: "probe".into(), positionen: ["32.21", "50.10"].map(position).to_vec() };
    let call = Call {
        principal: Principal::system(),
        key: "aktenplan".into(),
        target: Target::Natural(vec!["aktenplan".into()]),
        expected: None,
        request: None,
        corr: None,
    };
    amt.stadt.app.house.execute::<Aktenplan>(call, command).await.unwrap();
}

#[tokio::test]
async fn a_letter_entered_by_hand_keeps_both_times_and_everything_typed_comes_back_with_what_is_wrong() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let falsch = [
        ("kanal", ""),
        ("einheit", "ordnung"),
        ("eingang", "2031-01-01T08:00"),
        ("absender", "Karl Ödön"),
        ("betreff", ""),
    ];
    let a = eintragen(&b, &falsch, "", b"").await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    for worte in
        ["Wie kam es?", "nicht in der Zukunft", "„Betreff“ aus", "value=\"Karl Ödön\"", "value=\"2031-01-01T08:00\""]
    {
        assert!(a.text.contains(worte), "{worte}: {}", a.text);
    }
    let gut = [
        ("kanal", "einwurf"),
        ("einheit", "ordnung"),
        ("eingang", "2026-11-20T06:30"),
        ("absender", "Karl Ödön"),
        ("betreff", "Beschwerde über Lärm"),
    ];
    let id = eingang(&eintragen(&b, &gut, "brief.pdf", b"%PDF-1.7\nx").await);
    let e = stand(&amt, id).await;
    assert_eq!((e.kanal, e.pruefung, e.stand), (Some(Kanal::Einwurf), Some(Pruefung::Ohne), Stand::Erfasst));
    let seite = b.get("/amt/postbuch").await.text;
    for worte in ["Beschwerde über Lärm", "Karl Ödön", "20.11.2026, 06:30 Uhr", "Hausbriefkasten", "kein Virenscanner"]
    {
        assert!(seite.contains(worte), "{worte}: {seite}");
    }
    assert_ne!(e.received_at, e.captured_at);
    let a = eintragen(&b, &gut, "brief.pdf", b"MZ\x90\0\x03\0").await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(a.text.contains("ein Programm") && a.text.contains("value=\"Beschwerde über Lärm\""), "{}", a.text);
}

#[tokio::test]
async fn a_mail_is_kept_byte_for_byte_and_the_same_mail_twice_is_one_entry() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let id = eingang(&eintragen(&b, &MAIL, "post.eml", &harmlos()).await);
    let a = eintragen(&b, &MAIL, "anders.eml", &harmlos()).await;
    assert_eq!((eingang(&a), a.ziel().ends_with("ok=schon_da")), (id, true));
    let seite = b.get(&format!("/amt/postbuch/{id}")).await;
    for worte in [
        "Vollmacht",
        "Erika Kowalski",
        "Kopfzeilen.txt",
        "Nachricht.txt",
        "Anlage: Vollmacht.pdf",
        &akte_api::annahme::hash(&harmlos()),
    ] {
        assert!(seite.text.contains(worte), "{worte}: {}", seite.text);
    }
    let teile = teile(&seite);
    assert_eq!(teile.len(), 4);
    let original = b.get(&teile[0]).await;
    assert_eq!(original.bytes, harmlos());
    assert!(original.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment"));
    assert_eq!(b.get(&teile[3]).await.bytes, b"%PDF-1.7\nx");
    amt.konto("wild", "soziales", &[Role::Sachbearbeitung]).await;
    let fremd = amt.anmelden("wild").await;
    assert_eq!(fremd.get(&format!("/amt/postbuch/{id}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(fremd.get(&teile[0]).await.status, StatusCode::NOT_FOUND);
    assert!(!fremd.get("/amt/postbuch?tab=alle").await.text.contains("Vollmacht"));
    let dort = [("kanal", "email"), ("einheit", "soziales"), ("eingang", "2026-11-20T08:16")];
    let a = eintragen(&fremd, &dort, "post.eml", &harmlos()).await;
    assert!(a.text.contains("schon im Postbuch einer anderen Einheit"), "{}", a.text);
}

#[tokio::test]
async fn an_entry_is_filed_with_its_parts_in_the_akte_and_its_case_once_however_often_the_rules_run() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let vorgang = amt.antrag().await;
    let house = amt.stadt.app.house.clone();
    let v = house.load::<Vorgang>(vorgang).await.unwrap().state;
    let id = eingang(&eintragen(&b, &MAIL, "post.eml", &harmlos()).await);
    let a = handeln(&b, id, "zuordnen", &[("aktenzeichen", "99.99-0001/2026")]).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        a.text.contains("gibt es nicht, oder Sie dürfen dort") && a.text.contains("value=\"99.99-0001/2026\""),
        "{}",
        a.text
    );
    let zeichen = v.aktenzeichen.unwrap();
    assert_eq!(
        handeln(&b, id, "zuordnen", &[("aktenzeichen", &format!(" {zeichen} "))]).await.status,
        StatusCode::SEE_OTHER
    );
    amt.folgen().await;
    let akte = v.akte.unwrap();
    let vorher = house.load::<Akte>(akte).await.unwrap().state.dokumente.len();
    // From the beginning, as after a crash that lost the position.
    Process::in_memory(house.clone()).settle().await.unwrap();
    amt.folgen().await;
    assert_eq!(house.load::<Akte>(akte).await.unwrap().state.dokumente.len(), vorher);
    let filed = amt.stadt.app.internal.dokumente_der_akte(akte).unwrap();
    let eingaenge: Vec<_> = filed.iter().filter(|d| d.richtung == "eingang").collect();
    assert_eq!(eingaenge.len(), 4, "original, headers, text, attachment: {eingaenge:?}");
    assert!(eingaenge.iter().all(|d| d.vorgang == Some(vorgang)));
    assert!(b.get(&format!("/amt/akte/{akte}")).await.text.contains("Anlage: Vollmacht.pdf"));
    let seite = b.get(&format!("/amt/postbuch/{id}")).await.text;
    assert!(seite.contains(&zeichen) && !seite.contains("/zuordnen\""), "{seite}");
    let dok = eingaenge.iter().find(|d| d.dateiname.as_deref() == Some("Vollmacht.pdf")).unwrap().dokument;
    assert_eq!(b.get(&format!("/amt/vorgang/{vorgang}/dokument/{dok}")).await.bytes, b"%PDF-1.7\nx");
}

#[tokio::test]
async fn an_entry_opens_a_new_akte_at_a_position_of_the_units_own_plan() {
    let mut amt = Amt::neu().await;
    aktenplan(&amt).await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let brief = [
        ("kanal", "brief"),
        ("einheit", "ordnung"),
        ("eingang", "2026-11-20T06:30"),
        ("absender", ""),
        ("betreff", "Anfrage"),
    ];
    let id = eingang(&eintragen(&b, &brief, "brief.pdf", b"%PDF-1.7\nx").await);
    for (position, worte) in [
        ("", "„Position im Aktenplan“ aus"),
        ("32.99", "gibt es im Aktenplan nicht"),
        ("50.10", "gehört nicht zu Ihrer Einheit"),
    ] {
        let a = handeln(&b, id, "neu", &[("aktenplan", position), ("titel", "Anfragen 2026")]).await;
        assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY, "{position}");
        assert!(a.text.contains(worte) && a.text.contains("value=\"Anfragen 2026\""), "{position}: {}", a.text);
    }
    assert_eq!(
        handeln(&b, id, "neu", &[("aktenplan", "32.21"), ("titel", "Anfragen 2026")]).await.status,
        StatusCode::SEE_OTHER
    );
    amt.folgen().await;
    amt.folgen().await;
    let akte = stand(&amt, id).await.akte.unwrap();
    let a = amt.stadt.app.house.load::<Akte>(akte).await.unwrap().state;
    assert_eq!((a.titel.as_deref(), a.dokumente.len(), a.einheit.as_str()), (Some("Anfragen 2026"), 1, "ordnung"));
    assert_eq!(a.aktenzeichen.as_deref(), Some("32.21-0001/2026"));
    assert!(b.get(&format!("/amt/postbuch/{id}")).await.text.contains("32.21-0001/2026"));
}

#[tokio::test]
async fn the_post_office_keeps_the_book_of_all_units_and_files_nothing_and_administration_sees_none_of_it() {
    let mut amt = Amt::neu().await;
    amt.konto("bote", "zentrale", &[Role::Poststelle]).await;
    amt.konto("wild", "soziales", &[Role::Sachbearbeitung]).await;
    amt.konto("technik", "zentrale", &[Role::Admin]).await;
    let (bote, wild) = (amt.anmelden("bote").await, amt.anmelden("wild").await);
    let brief = [
        ("kanal", "brief"),
        ("einheit", "ordnung"),
        ("eingang", "2026-11-20T06:30"),
        ("absender", ""),
        ("betreff", "Wohngeld"),
    ];
    let id = eingang(&eintragen(&bote, &brief, "", b"").await);
    let seite = bote.get(&format!("/amt/postbuch/{id}")).await.text;
    assert!(seite.contains("/weiterleiten\"") && !seite.contains("/zuordnen\""), "{seite}");
    assert_eq!(
        handeln(&bote, id, "zuordnen", &[("aktenzeichen", "32.21-0001/2026")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let a = handeln(&bote, id, "weiterleiten", &[("einheit", "soziales"), ("grund", "")]).await;
    assert!(a.text.contains("„Grund“ aus") && a.text.contains("value=\"soziales\" selected"), "{}", a.text);
    assert_eq!(wild.get(&format!("/amt/postbuch/{id}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        handeln(&bote, id, "weiterleiten", &[("einheit", "soziales"), ("grund", "dort zuständig")]).await.status,
        StatusCode::SEE_OTHER
    );
    amt.folgen().await;
    assert!(wild.get("/amt/postbuch").await.text.contains("Wohngeld"));
    let a = handeln(&wild, id, "fehlgeleitet", &[("fehlgeleitet_grund", "für den Kreis bestimmt")]).await;
    assert_eq!(a.status, StatusCode::SEE_OTHER);
    amt.folgen().await;
    assert!(!wild.get("/amt/postbuch").await.text.contains("Wohngeld"));
    assert!(wild.get("/amt/postbuch?tab=fehlgeleitet").await.text.contains("Wohngeld"), "it stays in the book");
    let technik = amt.anmelden("technik").await;
    for pfad in ["/amt/postbuch".to_owned(), NEU.to_owned(), format!("/amt/postbuch/{id}")] {
        assert_eq!(technik.get(&pfad).await.status, StatusCode::NOT_FOUND, "{pfad}");
    }
}

#[tokio::test]
async fn a_mail_with_a_program_lies_in_quarantine_as_a_whole_and_nobody_gets_any_of_it() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let boese = eml("Rechnung", ("rechnung.pdf.exe", "MZ"));
    let a = eintragen(&b, &MAIL, "post.eml", &boese).await;
    assert!(a.ziel().ends_with("ok=quarantaene"), "{}", a.ziel());
    let id = eingang(&a);
    let e = stand(&amt, id).await;
    assert_eq!((e.stand, e.teile.len()), (Stand::Quarantaene, 0), "nothing is half filed");
    let seite = b.get(&format!("/amt/postbuch/{id}")).await;
    assert!(seite.text.contains("In Quarantäne") && seite.text.contains("rechnung.pdf.exe"), "{}", seite.text);
    assert!(teile(&seite).is_empty() && !seite.text.contains("/zuordnen\""));
    let original = e.dokument.unwrap().reference;
    assert_eq!(b.get(&format!("/amt/postbuch/{id}/teil/{original}")).await.status, StatusCode::NOT_FOUND);
    assert!(b.get("/amt/postbuch?tab=quarantaene").await.text.contains(&id.to_string()));
    let kein = eintragen(&b, &MAIL, "post.eml", b"Guten Tag").await;
    assert!(stand(&amt, eingang(&kein)).await.quarantaene.unwrap().wort().contains("keine lesbare E-Mail"));
}

/// What a scanner answers: one answer per question, in the words of clamd's protocol.
async fn scanner(antworten: Vec<&'static str>) -> Clamd {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ziel = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        for antwort in antworten {
            let (mut s, _) = listener.accept().await.unwrap();
            let mut befehl = [0; 10];
            s.read_exact(&mut befehl).await.unwrap();
            assert_eq!(&befehl, b"zINSTREAM\0");
            loop {
                let n = s.read_u32().await.unwrap();
                if n == 0 {
                    break;
                }
                s.read_exact(&mut vec![0; usize::try_from(n).unwrap()]).await.unwrap();
            }
            s.write_all(antwort.as_bytes()).await.unwrap();
        }
    });
    Clamd::Tcp(ziel)
}

fn umschlag(amt: &Amt) -> Umschlag {
    Umschlag { einheit: "ordnung".into(), received_at: amt.stadt.app.clock.now(), dateiname: None }
}

#[tokio::test]
async fn what_the_scanner_finds_stays_in_quarantine_and_what_it_cannot_be_asked_about_is_not_shown_until_it_answers() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let house = amt.stadt.app.house.clone();
    // The message and its attachment are asked about, until one is found or nobody answers.
    let (ok, fund, nichts) = ("stream: OK\0", "stream: Eicar-Test-Signature FOUND\0", "stream: busy ERROR\0");
    let clamd = scanner(vec![ok, ok, ok, fund, nichts, ok, ok]).await;
    let u = umschlag(&amt);
    let mit = |scanner: &Clamd| {
        let (house, scanner) = (house.clone(), scanner.clone());
        move |eml: Vec<u8>, u: Umschlag| async move {
            let tor = Tor { house: &house, scanner: Some(&scanner), principal: Principal::process() };
            tor.email(eml, &u).await.unwrap()
        }
    };
    let sauber = mit(&clamd)(eml("eins", ("a.pdf", "%PDF-1.7\n1")), u.clone()).await;
    assert_eq!(sauber.ausgang, Ausgang::Neu);
    let befallen = mit(&clamd)(eml("zwei", ("a.pdf", "%PDF-1.7\n2")), u.clone()).await;
    assert!(matches!(befallen.ausgang, Ausgang::Quarantaene(_)));
    assert!(stand(&amt, befallen.eingang).await.bericht.unwrap().contains("Eicar"));
    let wartet = mit(&clamd)(eml("drei", ("a.pdf", "%PDF-1.7\n3")), u).await;
    assert_eq!(wartet.ausgang, Ausgang::Neu);
    amt.folgen().await;
    assert_eq!(amt.stadt.app.internal.postbuch_ungeprueft(None, 9).unwrap(), vec![wartet.eingang]);
    let dahinter = amt.stadt.app.internal.postbuch_ungeprueft(Some(wartet.eingang), 9).unwrap();
    assert!(dahinter.is_empty(), "who asked about it goes on behind it");
    let seite = b.get(&format!("/amt/postbuch/{}", wartet.eingang)).await;
    assert!(teile(&seite).is_empty() && seite.text.contains("wartet auf den Virenscanner"), "{}", seite.text);
    let original = stand(&amt, wartet.eingang).await.dokument.unwrap().reference;
    let teil = format!("/amt/postbuch/{}/teil/{original}", wartet.eingang);
    assert_eq!(b.get(&teil).await.status, StatusCode::NOT_FOUND);
    let a = handeln(&b, wartet.eingang, "zuordnen", &[("aktenzeichen", "32.21-0001/2026")]).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Nobody listens: it goes on waiting. Then somebody does.
    let niemand = Clamd::Tcp("127.0.0.1:1".into());
    for (wer, was) in [(&niemand, Nachpruefung::KeineAntwort), (&clamd, Nachpruefung::Geprueft(Ergebnis::Sauber))] {
        let tor = Tor { house: &house, scanner: Some(wer), principal: Principal::process() };
        assert_eq!(tor.nachpruefen(wartet.eingang).await.unwrap(), was);
    }
    assert_eq!(b.get(&teil).await.status, StatusCode::OK);
    amt.folgen().await;
    assert!(amt.stadt.app.internal.postbuch_ungeprueft(None, 9).unwrap().is_empty());
}

#[tokio::test]
async fn a_mail_in_quarantine_that_is_fetched_again_is_said_to_lie_there() {
    let amt = Amt::neu().await;
    let house = amt.stadt.app.house.clone();
    let tor = Tor { house: &house, scanner: None, principal: Principal::process() };
    // As after a crash between book and mark: what is "in the book" would be put among what is done.
    for _ in 0..2 {
        let a = tor.email(eml("Rechnung", ("rechnung.pdf.exe", "MZ")), &umschlag(&amt)).await.unwrap();
        assert_eq!(a.ausgang, Ausgang::Quarantaene(Quarantaenegrund::Programm));
        let a = tor.zu_gross("fach", 1 << 40, &umschlag(&amt)).await.unwrap();
        assert_eq!(a.ausgang, Ausgang::Quarantaene(Quarantaenegrund::ZuGross));
    }
}

#[tokio::test]
async fn a_mail_the_scanner_will_never_look_at_goes_to_quarantine_and_keeps_no_other_waiting() {
    let amt = Amt::neu().await;
    let house = amt.stadt.app.house.clone();
    let tor = |scanner| Tor { house: &house, scanner: Some(scanner), principal: Principal::process() };
    let niemand = Clamd::Tcp("127.0.0.1:1".into());
    let mut wartend = Vec::new();
    for betreff in ["eins", "zwei"] {
        let mail = eml(betreff, ("a.pdf", "%PDF-1.7\n1"));
        wartend.push(tor(&niemand).email(mail, &umschlag(&amt)).await.unwrap().eingang);
    }
    let (zu_gross, kaputt) = ("INSTREAM size limit exceeded. ERROR\0", "stream: busy ERROR\0");
    let clamd = scanner(vec![zu_gross, kaputt, "stream: OK\0", "stream: OK\0", zu_gross]).await;
    for (welche, was) in [
        (0, Nachpruefung::Geprueft(Ergebnis::NichtPruefbar)),
        (0, Nachpruefung::NichtsZuTun),
        (1, Nachpruefung::Spaeter),
        (1, Nachpruefung::Geprueft(Ergebnis::Sauber)),
        (1, Nachpruefung::NichtsZuTun),
    ] {
        assert_eq!(tor(&clamd).nachpruefen(wartend[welche]).await.unwrap(), was, "{welche}");
    }
    assert_eq!(stand(&amt, wartend[0]).await.quarantaene, Some(Quarantaenegrund::NichtPruefbar));
    // Told at once, it goes there at once.
    let drei = tor(&clamd).email(eml("drei", ("a.pdf", "%PDF-1.7\n1")), &umschlag(&amt)).await.unwrap();
    assert_eq!(drei.ausgang, Ausgang::Quarantaene(Quarantaenegrund::NichtPruefbar));
}

#[tokio::test]
async fn no_upload_at_the_counter_or_into_a_file_passes_the_virus_scanner_by() {
    let mut amt = Amt::neu().await;
    let vorgang = amt.antrag().await;
    let fund = "stream: Eicar-Test-Signature FOUND\0";
    let antworten = vec![fund, "stream: busy ERROR\0", "stream: OK\0", fund];
    amt.stadt.app = mit_virenscanner(&amt.stadt, scanner(antworten).await);
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let house = amt.stadt.app.house.clone();
    let akte = house.load::<Vorgang>(vorgang).await.unwrap().state.akte.unwrap();
    let vorher = house.load::<Akte>(akte).await.unwrap().state.dokumente.len();
    let seite = format!("/amt/akte/{akte}");
    for (sagt, status) in [
        ("enthält Schadsoftware", StatusCode::UNPROCESSABLE_ENTITY),
        ("später noch einmal", StatusCode::UNPROCESSABLE_ENTITY),
        ("", StatusCode::SEE_OTHER),
    ] {
        let key = b.get(&seite).await.verborgen("_schluessel");
        let felder = [("_schluessel", key.as_str()), ("titel", "Plan")];
        let a = b.hochladen_nach(&seite, &format!("{seite}/dokument"), &felder, "plan.txt", b"Plan").await;
        assert_eq!(a.status, status, "{}", a.text);
        assert!(a.text.contains(sagt) && (sagt.is_empty() || a.text.contains("plan.txt")), "{}", a.text);
    }
    assert_eq!(house.load::<Akte>(akte).await.unwrap().state.dokumente.len(), vorher + 1, "only the clean one");
    let seite = Amt::seite(vorgang);
    let key = b.get(&seite).await.verborgen("_schluessel");
    let felder = [("_schluessel", key.as_str()), ("unterlage", "sonstige"), ("kanal", "vor_ort")];
    let ziel = format!("/amt/vorgang/{vorgang}/unterlage");
    let a = b.hochladen_nach(&seite, &ziel, &felder, "schein.txt", b"Schein").await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(a.text.contains("enthält Schadsoftware"), "{}", a.text);
}

#[tokio::test]
async fn a_scan_carries_its_transfer_note_and_is_filed_only_after_a_person_has_looked_at_it() {
    let mut amt = Amt::neu().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let vorgang = amt.antrag().await;
    let house = amt.stadt.app.house.clone();
    let zeichen = house.load::<Vorgang>(vorgang).await.unwrap().state.aktenzeichen.unwrap();
    let scannen = async |inhalt: &[u8]| {
        let tor = Tor { house: &house, scanner: None, principal: Principal::process() };
        let u = Umschlag { dateiname: Some("0001.pdf".into()), ..umschlag(&amt) };
        let v = Vermerk { scanner: "Kyocera 1".into(), bedienung: "P. Probe".into(), at: u.received_at };
        tor.scan(inhalt.to_vec(), &u, v).await.unwrap()
    };
    let (gut, schief) = (scannen(b"%PDF-1.7\n1").await, scannen(b"%PDF-1.7\n2").await);
    assert_eq!(scannen(b"%PDF-1.7\n1").await.ausgang, Ausgang::SchonDa);
    assert!(matches!(scannen(b"Guten Tag").await.ausgang, Ausgang::Quarantaene(_)), "a scanner makes no text files");
    amt.folgen().await;
    assert!(b.get("/amt/postbuch").await.text.contains("Sichtprüfung steht aus"));
    let a = handeln(&b, gut.eingang, "zuordnen", &[("aktenzeichen", &zeichen)]).await;
    assert!(a.text.contains("Erst die Sichtprüfung"), "{}", a.text);
    assert!(a.text.contains("Kyocera 1") && a.text.contains("P. Probe"), "{}", a.text);
    let a = handeln(&b, schief.eingang, "sichtung", &[("qc", "abgelehnt"), ("sichtung_grund", "")]).await;
    assert!(a.text.contains("„Grund“ aus"), "{}", a.text);
    let versehen = [("qc", "angenommen"), ("sichtung_grund", "Seite 2 ist schief")];
    let a = handeln(&b, schief.eingang, "sichtung", &versehen).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY, "the Enter key accepts no scan: {}", a.text);
    assert!(a.text.contains("Lehnen Sie ihn ab") && a.text.contains("value=\"Seite 2 ist schief\""), "{}", a.text);
    let nein = [("qc", "abgelehnt"), ("sichtung_grund", "Seite 2 ist schief")];
    assert_eq!(handeln(&b, schief.eingang, "sichtung", &nein).await.status, StatusCode::SEE_OTHER);
    assert!(
        handeln(&b, schief.eingang, "zuordnen", &[("aktenzeichen", &zeichen)]).await.text.contains("nicht bestanden")
    );
    assert_eq!(handeln(&b, gut.eingang, "sichtung", &[("qc", "angenommen")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(handeln(&b, gut.eingang, "zuordnen", &[("aktenzeichen", &zeichen)]).await.status, StatusCode::SEE_OTHER);
}
