//! The outgoing post: a minute to think again, letters printed and posted, certificates, returns, and what the
//! applicant reads of it.

use super::{Amt, getan, handeln};
use crate::besucher::Besucher;
use akte_core::kernel::Role;
use akte_core::process::release_versand;
use akte_core::verfahren::event::Weg;
use akte_core::verfahren::zustellung::Zustand;
use akte_core::verfahren::{Status, Vorgang};
use akte_projections::internal::sendungen::Frage;
use axum::http::{StatusCode, header};
use uuid::Uuid;

/// A signed notice of a resident with an address, and its clerk.
async fn gezeichnet(amt: &mut Amt, name: &str) -> (Uuid, Besucher) {
    let (petersen, b) = amt.sachbearbeitung(&format!("{name}chef")).await;
    let (_, a) = amt.sachbearbeitung(name).await;
    let id =
        amt.antrag_mit(&[("vornamen", "Erika"), ("hausnummer", "12a"), ("plz", "25436"), ("ort", "Musterstadt")]).await;
    getan(&handeln(&a, id, "uebernehmen", &[]).await);
    getan(&handeln(&a, id, "pruefung_beginnen", &[]).await);
    let entwurf = [
        ("entwerfen-tenor", "bewilligt"),
        ("entwerfen-begruendung", "Die Voraussetzungen liegen vor."),
        ("entwerfen-ermessen", "Es gibt genug Plätze."),
    ];
    getan(&handeln(&a, id, "entwerfen", &entwurf).await);
    amt.folgen().await;
    let an = petersen.to_string();
    getan(&handeln(&a, id, "geschaeftsgang", &[("geschaeftsgang-an", &an)]).await);
    let digest = b.get(&Amt::seite(id)).await.verborgen("schlusszeichnen-digest");
    let gesehen = [("schlusszeichnen-fassung", "1"), ("schlusszeichnen-digest", digest.as_str())];
    getan(&handeln(&b, id, "schlusszeichnen", &gesehen).await);
    amt.folgen().await;
    (id, a)
}

async fn stand(amt: &Amt, id: Uuid) -> Vorgang {
    amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state
}

/// What the running post does each second.
async fn post(amt: &mut Amt) -> u64 {
    amt.folgen().await;
    let jetzt = amt.stadt.app.clock.now();
    let frei = amt.stadt.app.internal.sendungen(Frage::Freizugeben(jetzt), None).unwrap();
    let frei: Vec<_> = frei.iter().map(|r| (r.vorgang, r.sendung)).collect();
    let n = release_versand(&amt.stadt.app.house, &frei).await.unwrap();
    amt.folgen().await;
    n
}

/// Opens the outgoing post and sends its form with these letters ticked.
async fn stapel(b: &Besucher, ziel: &str, am: &str) -> crate::besucher::Antwort {
    let seite = b.get("/amt/post").await;
    assert_eq!(seite.status, StatusCode::OK, "{}", seite.text);
    let (csrf, key) = (seite.verborgen("_csrf"), seite.verborgen("_schluessel"));
    let marken: Vec<&str> =
        seite.text.split("name=\"v\" value=\"").skip(1).map(|t| t.split('"').next().unwrap()).collect();
    let mut felder = vec![("_csrf", csrf.as_str()), ("_schluessel", &key), ("am", am)];
    felder.extend(marken.iter().map(|m| ("v", *m)));
    b.post(ziel, &felder).await
}

#[tokio::test]
async fn a_clerk_takes_a_dispatch_back_within_the_minute_and_not_after_it() {
    let mut amt = Amt::neu().await;
    let (id, a) = gezeichnet(&mut amt, "meyer").await;
    getan(&handeln(&a, id, "versenden", &[("versenden-weg", "post")]).await);
    let seite = a.get(&Amt::seite(id)).await.text;
    assert!(seite.contains("Wird angehalten bis") && seite.contains("/versand_zuruecknehmen\""), "{seite}");
    assert!(!a.get("/amt/post").await.text.contains(&id.to_string()), "held back, it is nobody's to print");
    amt.stadt.uhr.vor(59);
    getan(&handeln(&a, id, "versand_zuruecknehmen", &[]).await);
    assert_eq!(stand(&amt, id).await.status, Status::Gezeichnet);
    assert!(a.get(&Amt::seite(id)).await.text.contains("Versand zurückgenommen"));

    getan(&handeln(&a, id, "versenden", &[("versenden-weg", "post")]).await);
    let offen = a.get(&Amt::seite(id)).await;
    amt.stadt.uhr.vor(61);
    let spaet = super::senden(&a, &offen, id, "versand_zuruecknehmen", &[]).await;
    assert_eq!(spaet.status, StatusCode::CONFLICT);
    assert!(spaet.text.contains("nur noch durch Aufhebung oder Berichtigung"), "{}", spaet.text);
    assert!(!a.get(&Amt::seite(id)).await.text.contains("/versand_zuruecknehmen\""), "the button is gone");
}

#[tokio::test]
async fn printing_and_posting_are_two_acts_of_one_page() {
    let mut amt = Amt::neu().await;
    let (id, a) = gezeichnet(&mut amt, "meyer").await;
    getan(&handeln(&a, id, "versenden", &[("versenden-weg", "post")]).await);
    amt.stadt.uhr.vor(61);
    amt.folgen().await;
    let seite = a.get("/amt/post").await;
    let (csrf, key) = (seite.verborgen("_csrf"), seite.verborgen("_schluessel"));
    let marke = seite.text.split("name=\"v\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let heute = akte_api::layout::datum(&amt.stadt.app.heute());
    let felder = [("_csrf", csrf.as_str()), ("_schluessel", &key), ("am", &heute), ("v", &marke)];
    for _ in 0..2 {
        assert_eq!(a.post("/amt/post/stapel", &felder).await.status, StatusCode::OK);
    }
    let fertig = a.post("/amt/post/aufgegeben", &felder).await;
    assert!(fertig.text.contains("zur Post am"), "{}", fertig.text);
}

#[tokio::test]
async fn who_may_not_read_the_list_is_not_shown_it_by_a_refusal_either() {
    let mut amt = Amt::neu().await;
    let (id, a) = gezeichnet(&mut amt, "meyer").await;
    getan(&handeln(&a, id, "versenden", &[("versenden-weg", "post")]).await);
    amt.konto("postkorb", "ordnung", &[akte_core::kernel::Role::Poststelle]).await;
    let b = amt.anmelden("postkorb").await;
    assert_eq!(b.get("/amt/post").await.status, StatusCode::NOT_FOUND);
    let csrf = b.get("/amt/erfassen").await.verborgen("_csrf");
    for ziel in ["/amt/post/stapel", "/amt/post/aufgegeben"] {
        assert_eq!(
            b.post(ziel, &[("_csrf", &csrf), ("_schluessel", "x")]).await.status,
            StatusCode::NOT_FOUND,
            "{ziel}"
        );
    }
}

#[tokio::test]
async fn a_letter_is_printed_posted_and_counts_from_the_day_it_was_posted() {
    let mut amt = Amt::neu().await;
    let (id, a) = gezeichnet(&mut amt, "meyer").await;
    getan(&handeln(&a, id, "versenden", &[("versenden-weg", "post")]).await);
    amt.stadt.uhr.vor(61);
    assert_eq!(post(&mut amt).await, 0, "a letter does not go by itself");
    assert_eq!(stand(&amt, id).await.versandt, None);
    let frueh = stapel(&a, "/amt/post/aufgegeben", "19.11.2026").await;
    assert!(frueh.text.contains("abgelehnt. Der Brief wurde noch nicht zum Drucken geholt"), "{}", frueh.text);

    let zip = stapel(&a, "/amt/post/stapel", "").await;
    assert_eq!(zip.status, StatusCode::OK, "{}", zip.text);
    assert_eq!(zip.headers[header::CONTENT_TYPE], "application/zip");
    assert!(
        zip.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment; filename=\"druckstapel-")
    );
    let dateien = entpackt(&zip.bytes);
    let az = stand(&amt, id).await.aktenzeichen.unwrap();
    let [(name, pdf), (liste, csv)] = &dateien[..] else { panic!("one letter and its list: {}", dateien.len()) };
    assert!(name.starts_with("001_brief_") && pdf.starts_with(b"%PDF-") && liste == "begleitliste.csv", "{name}");
    let csv = String::from_utf8(csv.clone()).unwrap();
    for wort in
        [az.as_str(), "Erika Kowalski", "Am Markt 12a", "25436 Musterstadt", "Stadt Musterstadt, Rathausplatz 1"]
    {
        assert!(csv.contains(&format!("\"{wort}")), "{wort}: {csv}");
    }
    assert!(a.get("/amt/post").await.text.contains("schon geholt"));
    let v = stand(&amt, id).await;
    assert_eq!((v.status, v.versandt), (Status::Gezeichnet, None), "printed is not sent");
    let gelesen =
        amt.stadt.app.zugriff.rows(&akte_projections::zugriff::ZugriffFilter { limit: 50, ..Default::default() });
    assert!(gelesen.unwrap().iter().any(|z| z.was == "druck" && z.ziel == Some(id)));

    amt.stadt.uhr.vor(3 * 86_400);
    let a = amt.anmelden("meyer").await;
    let morgen = stapel(&a, "/amt/post/aufgegeben", "31.12.2030").await;
    assert!(morgen.text.contains("abgelehnt") && morgen.text.contains("Tag der Aufgabe zur Post"), "{}", morgen.text);
    let leer = stapel(&a, "/amt/post/aufgegeben", "31.02.2026").await;
    assert_eq!(leer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let am = amt.stadt.app.heute().yesterday().unwrap();
    let text = akte_api::layout::datum(&am);
    let gut = stapel(&a, "/amt/post/aufgegeben", &text).await;
    assert!(gut.text.contains(&format!("zur Post am {text}")), "{}", gut.text);
    let v = stand(&amt, id).await;
    assert_eq!((v.status, v.versandt), (Status::Bekanntgegeben, Some((Weg::Post, am))));
    assert!(v.bekanntgabe.unwrap() > am);
}

#[tokio::test]
async fn a_returned_letter_is_on_the_worklist_and_another_way_is_open() {
    let mut amt = Amt::neu().await;
    let (id, a) = gezeichnet(&mut amt, "meyer").await;
    getan(&handeln(&a, id, "versenden", &[("versenden-weg", "post")]).await);
    amt.stadt.uhr.vor(61);
    amt.folgen().await;
    assert_eq!(stapel(&a, "/amt/post/stapel", "").await.status, StatusCode::OK);
    let heute = akte_api::layout::datum(&amt.stadt.app.heute());
    stapel(&a, "/amt/post/aufgegeben", &heute).await;
    amt.stadt.uhr.vor(86_400);
    let a = amt.anmelden("meyer").await;
    let code = amt.stadt.app.house.case_code(id, 0);
    let person = Besucher::neu(&amt.stadt.app);
    person.get(&format!("/s/{code}")).await;
    amt.folgen().await;
    assert!(person.get("/status/vorgang").await.text.contains(&format!("ging am {heute} zur Post")));
    let gemeldet = [("zustellung_melden-status", "returned_letter"), ("zustellung_melden-am", heute.as_str())];
    getan(&handeln(&a, id, "zustellung_melden", &gemeldet).await);
    amt.folgen().await;
    let v = stand(&amt, id).await;
    assert_eq!((v.status, v.bekanntgabe, v.widerspruchsfrist_ende), (Status::Versandt, None, None));
    let liste = a.get("/amt/post").await.text;
    assert!(liste.contains("Nicht zugestellt") && liste.contains(&id.to_string()), "{liste}");
    assert!(person.get("/status/vorgang").await.text.contains("kam am"), "the person is told in words");
    getan(&handeln(&a, id, "versenden", &[("versenden-weg", "schalter"), ("versenden-von", "Max Kowalski")]).await);
    amt.folgen().await;
    assert!(!a.get("/amt/post").await.text.contains("Nicht zugestellt"));
    assert_eq!(stand(&amt, id).await.status, Status::Bekanntgegeben);
}

#[tokio::test]
async fn a_certificate_that_comes_back_announces_and_its_envelope_stands_in_the_batch() {
    let mut amt = Amt::neu().await;
    let (id, a) = gezeichnet(&mut amt, "meyer").await;
    getan(&handeln(&a, id, "versenden", &[("versenden-weg", "pzu")]).await);
    amt.stadt.uhr.vor(61);
    amt.folgen().await;
    let dateien = entpackt(&stapel(&a, "/amt/post/stapel", "").await.bytes);
    assert!(dateien[0].0.starts_with("001_pzu_"), "{}", dateien[0].0);
    assert!(String::from_utf8_lossy(&dateien[1].1).contains("\"Postzustellungsurkunde\""));
    let heute = akte_api::layout::datum(&amt.stadt.app.heute());
    getan(&handeln(&a, id, "aufgegeben", &[("aufgegeben-am", &heute)]).await);
    amt.folgen().await;
    assert!(a.get("/amt/post").await.text.contains("Zustellungsurkunden, die noch ausstehen"));
    amt.stadt.uhr.vor(4 * 86_400);
    let a = amt.anmelden("meyer").await;
    assert_eq!(stand(&amt, id).await.bekanntgabe, None, "no fiction for what is served");
    let am = akte_api::layout::datum(&amt.stadt.app.heute().yesterday().unwrap());
    getan(&handeln(&a, id, "urkunde", &[("urkunde-art", "niederlegung"), ("urkunde-am", &am)]).await);
    let v = stand(&amt, id).await;
    assert_eq!((v.status, v.bekanntgabe), (Status::Bekanntgegeben, Some(amt.stadt.app.heute().yesterday().unwrap())));
    assert!(a.get(&Amt::seite(id)).await.text.contains("niedergelegt"));
}

#[tokio::test]
async fn of_two_dispatches_the_page_asks_which_one_came_back() {
    let mut amt = Amt::neu().await;
    let (id, a) = gezeichnet(&mut amt, "meyer").await;
    let heute = akte_api::layout::datum(&amt.stadt.app.heute());
    for weg in ["pzu", "post"] {
        let frage = a.get(&Amt::seite(id)).await.text.contains("Welche Sendung?");
        assert!(!frage, "nothing to choose from before {weg}");
        getan(&handeln(&a, id, "versenden", &[("versenden-weg", weg)]).await);
        amt.stadt.uhr.vor(61);
        amt.folgen().await;
        assert_eq!(stapel(&a, "/amt/post/stapel", "").await.status, StatusCode::OK);
        stapel(&a, "/amt/post/aufgegeben", &heute).await;
        amt.folgen().await;
    }
    let bekannt = stand(&amt, id).await.bekanntgabe;
    let pzu = stand(&amt, id).await.sendungen[0].id.to_string();
    let seite = a.get(&Amt::seite(id)).await.text;
    assert!(seite.contains("Welche Sendung?") && seite.contains(&pzu), "{seite}");
    let melden = |sendung: &str| {
        let feld = |n: &str| format!("zustellung_melden-{n}");
        [(feld("sendung"), sendung.to_owned()), (feld("status"), "returned_letter".into()), (feld("am"), heute.clone())]
    };
    for schlecht in ["erfunden", ""].map(melden) {
        let felder = schlecht.each_ref().map(|(k, v)| (k.as_str(), v.as_str()));
        let r = handeln(&a, id, "zustellung_melden", &felder).await;
        assert_eq!(r.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", r.text);
    }
    let gut = melden(&pzu);
    getan(&handeln(&a, id, "zustellung_melden", &gut.each_ref().map(|(k, v)| (k.as_str(), v.as_str()))).await);
    amt.folgen().await;
    let v = stand(&amt, id).await;
    assert_eq!((v.status, v.bekanntgabe), (Status::Bekanntgegeben, bekannt), "the letter is still out");
    assert_eq!(v.sendungen[0].zustand.wort(), "zurückgekommen");
    assert!(!a.get(&Amt::seite(id)).await.text.contains("Welche Sendung?"), "one is left");
}

#[tokio::test]
async fn into_the_portal_goes_only_what_the_person_agreed_to_and_only_after_the_minute() {
    let mut amt = Amt::neu().await;
    let (id, a) = gezeichnet(&mut amt, "meyer").await;
    let ohne = handeln(&a, id, "versenden", &[("versenden-weg", "portal")]).await;
    assert!(ohne.status == StatusCode::CONFLICT && ohne.text.contains("nicht eingewilligt"), "{}", ohne.text);

    let code = amt.stadt.app.house.case_code(id, 0);
    let person = Besucher::neu(&amt.stadt.app);
    person.get(&format!("/s/{code}")).await;
    let seite = person.get("/status/abruf").await;
    let (csrf, key) = (seite.verborgen("_csrf"), seite.verborgen("_schluessel"));
    let form = |email| [("_csrf", csrf.as_str()), ("_schluessel", &key), ("abruf", "ja"), ("email", email)];
    let falsch = person.post("/status/abruf", &form("erika@@beispiel")).await;
    assert_eq!(falsch.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        falsch.text.contains("name@beispiel.de") && falsch.text.contains("erika@@beispiel"),
        "what was typed stays"
    );
    let gut = person.post("/status/abruf", &form("erika@beispiel.example")).await;
    assert_eq!((gut.status, gut.ziel()), (StatusCode::SEE_OTHER, "/status/vorgang"), "{}", gut.text);
    assert!(person.get("/status/vorgang").await.text.contains("Sie rufen Bescheide online ab"));

    getan(&handeln(&a, id, "versenden", &[("versenden-weg", "portal")]).await);
    assert_eq!(post(&mut amt).await, 0, "still held");
    assert!(!person.get("/status/dokumente").await.text.contains("/status/dokument/bescheid"));
    amt.stadt.uhr.vor(61);
    assert_eq!(post(&mut amt).await, 1);
    assert_eq!(post(&mut amt).await, 0, "once");
    assert!(person.get("/status/vorgang").await.text.contains("liegt der Bescheid hier zum Abruf bereit"));
    let v = stand(&amt, id).await;
    assert!(v.sendungen[0].hinweis.is_some(), "a mail will tell of it");
    assert!(a.get("/amt/post").await.text.contains("Hinweise per E-Mail, die noch nicht hinaus sind"));
    assert!(!a.get(&Amt::seite(id)).await.text.contains("erika@beispiel.example"), "no page shows where the hint goes");
    assert_eq!(person.get("/status/dokument/bescheid").await.status, StatusCode::OK);
    let v = stand(&amt, id).await;
    assert_eq!((v.status, v.sendungen[0].zustand), (Status::Bekanntgegeben, Zustand::Delivered));
}

#[tokio::test]
async fn another_units_letters_are_neither_listed_nor_printed() {
    let mut amt = Amt::neu().await;
    let (id, a) = gezeichnet(&mut amt, "meyer").await;
    getan(&handeln(&a, id, "versenden", &[("versenden-weg", "post")]).await);
    amt.stadt.uhr.vor(61);
    amt.folgen().await;
    amt.konto("fremd", "steuern", &[Role::Sachbearbeitung]).await;
    let fremd = amt.anmelden("fremd").await;
    let seite = fremd.get("/amt/post").await;
    assert!(!seite.text.contains(&id.to_string()), "{}", seite.text);
    let marke = format!("{id}:{}", stand(&amt, id).await.sendungen[0].id);
    let csrf = fremd.get("/amt").await.verborgen("_csrf");
    let felder = [("_csrf", csrf.as_str()), ("_schluessel", "0123456789abcdef0123456789"), ("v", &marke)];
    let r = fremd.post("/amt/post/stapel", &felder).await;
    assert_eq!(r.status, StatusCode::NOT_FOUND, "{}", r.text);
    assert_eq!(stand(&amt, id).await.sendungen[0].stapel, None);
    let r = fremd.post("/amt/post/aufgegeben", &[&felder[..], &[("am", "01.12.2026")]].concat()).await;
    assert!(r.text.contains("oder Sie dürfen das hier nicht"), "{}", r.text);
}

/// Reads an archive by its central directory: names and stored bytes, each check sum recomputed by hand.
fn entpackt(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let u16 = |i: usize| usize::from(u16::from_le_bytes([zip[i], zip[i + 1]]));
    let u32 = |i: usize| u32::from_le_bytes([zip[i], zip[i + 1], zip[i + 2], zip[i + 3]]);
    let ende = zip.len() - 22;
    assert_eq!(&zip[ende..ende + 4], b"PK\x05\x06");
    let mut i = u32(ende + 16) as usize;
    let mut dateien = Vec::new();
    for _ in 0..u16(ende + 10) {
        assert_eq!(&zip[i..i + 4], b"PK\x01\x02");
        let (crc, len, name, lokal) = (u32(i + 16), u32(i + 24) as usize, u16(i + 28), u32(i + 42) as usize);
        let von = lokal + 30 + u16(lokal + 26) + u16(lokal + 28);
        assert_eq!(&zip[lokal..lokal + 4], b"PK\x03\x04");
        let inhalt = zip[von..von + len].to_vec();
        let summe = inhalt.iter().fold(!0u32, |c, b| {
            (0..8).fold(c ^ u32::from(*b), |c, _| (c >> 1) ^ if c & 1 == 1 { 0xEDB8_8320 } else { 0 })
        });
        assert_eq!(!summe, crc);
        dateien.push((String::from_utf8(zip[i + 46..i + 46 + name].to_vec()).unwrap(), inhalt));
        i += 46 + name + u16(i + 30) + u16(i + 32);
    }
    dateien
}
