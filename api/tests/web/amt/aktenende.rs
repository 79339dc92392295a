//! The end of a file that came from the post book, by hand in the office; and what the post book says afterwards.

use super::akte::{akte_von, ausfuellen, person, stand, tun};
use super::postbuch::{self, eintragen};
use super::{Amt, getan};
use crate::besucher::{Antwort, Besucher};
use akte_core::kernel::Role;
use akte_core::verfahren::Vorgang;
use axum::http::StatusCode;
use uuid::Uuid;

const ALLES: [(&str, &str); 3] =
    [("grund", "art17-1d"), ("archiv", "nicht_anbietungspflichtig"), ("begruendung", "Antrag der Person")];

pub async fn brief(b: &Besucher) -> Uuid {
    let felder = [
        ("kanal", "brief"),
        ("einheit", "ordnung"),
        ("eingang", "2026-11-20T06:30"),
        ("absender", "Karla Kowalski"),
        ("betreff", "Beschwerde Kowalski"),
    ];
    postbuch::eingang(&eintragen(b, &felder, "kowalski.pdf", b"%PDF-1.7\nx").await)
}

/// Decides on the page of the proposal.
async fn genehmigen(b: &Besucher, ziel: &str) -> Antwort {
    let version = b.get(ziel).await.verborgen("version");
    ausfuellen(b, ziel, &[("was", "genehmigen"), ("version", &version)]).await
}

fn kennung(ziel: &str) -> Uuid {
    ziel.rsplit('/').next().unwrap().parse().unwrap()
}

/// What the pass in `akte serve` does.
async fn vollziehen(amt: &mut Amt, loeschung: Uuid) {
    let house = amt.stadt.app.house.clone();
    let e = house.request_erasure(loeschung).await.unwrap();
    house.erase_stored(&e, &[], None).await.unwrap();
    let vollzug = house.confirm_erasure(&e).await.unwrap();
    house.erasure_executed(loeschung, &e, vollzug).await.unwrap();
    amt.folgen().await;
}

#[tokio::test]
async fn a_file_opened_for_a_letter_is_closed_proposed_decided_by_another_and_shown_as_erased() {
    let mut amt = Amt::neu().await;
    postbuch::aktenplan(&amt).await;
    let (_, meyer) = amt.sachbearbeitung("meyer").await;
    let chefin = person(&mut amt, "chefin", Role::Leitung).await;
    let zweite = person(&mut amt, "zweite", Role::Leitung).await;
    let reg = person(&mut amt, "registratur", Role::Registratur).await;
    let eingang = brief(&meyer).await;
    let neu = [("aktenplan", "32.21"), ("titel", "Beschwerde Kowalski")];
    assert_eq!(postbuch::handeln(&meyer, eingang, "neu", &neu).await.status, StatusCode::SEE_OTHER);
    amt.folgen().await;
    amt.folgen().await;
    let akte = postbuch::stand(&amt, eingang).await.akte.unwrap();
    let (seite, form) = (format!("/amt/akte/{akte}"), format!("/verwaltung/loeschung/akte/{akte}"));
    assert!(!meyer.get(&seite).await.text.contains(&form), "who may not propose is led nowhere");
    assert_eq!(meyer.get(&form).await.status, StatusCode::NOT_FOUND);
    assert!(chefin.get(&seite).await.text.contains(&form), "a link leads there");
    assert!(chefin.get(&form).await.text.contains("Die Akte ist offen"));
    let offen = ausfuellen(&chefin, &form, &ALLES).await;
    assert_eq!(offen.status, StatusCode::CONFLICT);
    assert!(offen.text.contains("Verfügen Sie zuerst zdA") && offen.text.contains("Antrag der Person"));
    getan(&tun(&reg, akte, "schliessen", &[]).await);
    let leer = ausfuellen(&chefin, &form, &ALLES[1..]).await;
    assert_eq!(leer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(leer.text.contains("wählen Sie einen Grund") && leer.text.contains("Antrag der Person"), "{}", leer.text);
    let frist = [("grund", "frist"), ("archiv", "abgelehnt"), ALLES[2]];
    assert!(ausfuellen(&chefin, &form, &frist).await.text.contains("noch nicht abgelaufen"));
    let ziel = ausfuellen(&chefin, &form, &ALLES).await.ziel().to_owned();
    let eigene = chefin.get(&ziel).await.text;
    assert!(eigene.contains("die ganze Akte") && eigene.contains(&seite) && !eigene.contains("Löschung genehmigen"));
    // A hold on what lies in the file stops it, and ends the approval.
    let dokument = stand(&amt, akte).await.dokumente[0];
    let umfang = format!("dokument:{dokument}");
    let sperre = [("umfang", umfang.as_str()), ("zweck", "rechtsstreit"), ("grund", "Klage")];
    getan(&tun(&chefin, akte, "sperre", &sperre).await);
    assert!(zweite.get(&ziel).await.text.contains("Was der Vernichtung entgegensteht"));
    getan(&genehmigen(&zweite, &ziel).await);
    assert!(amt.stadt.app.house.request_erasure(kennung(&ziel)).await.is_err());
    amt.folgen().await;
    assert!(zweite.get(&ziel).await.text.contains("Art. 17 Abs. 3 Buchst. e DSGVO"));
    assert!(zweite.get(&seite).await.text.contains("Beschwerde Kowalski"));
    let sperre = stand(&amt, akte).await.sperren[0].sperre.to_string();
    getan(&tun(&chefin, akte, "sperre-aufheben", &[("sperre", &sperre), ("grund", "erledigt")]).await);
    let ziel = ausfuellen(&chefin, &form, &ALLES).await.ziel().to_owned();
    getan(&genehmigen(&zweite, &ziel).await);
    vollziehen(&mut amt, kennung(&ziel)).await;
    gezeigt(&zweite, akte, eingang, dokument).await;
    let protokoll = zweite.get(&format!("{ziel}/protokoll")).await.text;
    assert!(protokoll.contains("die ganze Akte") && protokoll.contains("Frau Zweite"), "{protokoll}");
    assert!(!zweite.get(&ziel).await.text.contains("schreiben.pdf"), "nobody asked: there is no letter");
    assert!(zweite.get("/verwaltung/loeschung").await.text.contains("Akte zur Löschung"));
    let wieder = tun(&chefin, akte, "wiederaufnehmen", &[("grund", "doch")]).await;
    assert_eq!(wieder.status, StatusCode::CONFLICT, "{}", wieder.text);
}

/// What the pages of the file, of the entry and of the document say when it is gone.
async fn gezeigt(b: &Besucher, akte: Uuid, eingang: Uuid, dokument: Uuid) {
    let text = b.get(&format!("/amt/akte/{akte}")).await.text;
    assert!(text.contains("Diese Akte ist gelöscht") && text.contains("Aktenzeichen gelöscht"), "{text}");
    assert!(text.contains("Löschprotokoll") && !text.contains("Löschung der ganzen Akte vorschlagen"), "{text}");
    let kopf = text.split("id=\"dokumente\"").next().unwrap();
    assert!(!kopf.contains("Kowalski") && kopf.contains("gelöscht"), "{kopf}");
    let text = b.get(&format!("/amt/postbuch/{eingang}")).await.text;
    assert!(text.contains("Dieser Eingang ist gelöscht") && !text.contains("owalski"), "{text}");
    assert!(!text.contains("Eingang ohne Betreff") && !text.contains("/teil/"), "{text}");
    let r = b.get(&format!("/amt/akte/{akte}/dokument/{dokument}/1")).await;
    assert!(r.status != StatusCode::OK && !r.text.contains("%PDF"), "{}", r.status);
}

#[tokio::test]
async fn a_file_whose_case_stays_is_not_erased_and_with_the_case_its_letter_goes_from_the_post_book() {
    let mut amt = Amt::neu().await;
    let id = amt.antrag().await;
    let chefin = person(&mut amt, "chefin", Role::Leitung).await;
    let zweite = person(&mut amt, "zweite", Role::Leitung).await;
    let eingang = brief(&chefin).await;
    let v = amt.stadt.app.house.load::<Vorgang>(id).await.unwrap().state;
    let zeichen = v.aktenzeichen.unwrap();
    let zugeordnet = postbuch::handeln(&chefin, eingang, "zuordnen", &[("aktenzeichen", &zeichen)]).await;
    assert_eq!(zugeordnet.status, StatusCode::SEE_OTHER, "{}", zugeordnet.text);
    amt.folgen().await;
    let akte = akte_von(&amt, id).await;
    let form = format!("/verwaltung/loeschung/akte/{akte}");
    assert!(!chefin.get(&format!("/amt/akte/{akte}")).await.text.contains(&form));
    assert!(chefin.get(&form).await.text.contains("liegen noch Vorgänge"));
    let nein = ausfuellen(&chefin, &form, &ALLES).await;
    assert!(nein.status == StatusCode::CONFLICT && nein.text.contains("Schlagen Sie zuerst deren Löschung vor"));
    let davor = zweite.get(&format!("/amt/postbuch/{eingang}")).await.text;
    assert!(davor.contains("Karla Kowalski") && davor.contains("/teil/"), "{davor}");
    let felder = [&[("umfang", "vorgang")][..], &ALLES[..]].concat();
    let ziel = ausfuellen(&chefin, &format!("/verwaltung/loeschung/vorgang/{id}"), &felder).await.ziel().to_owned();
    getan(&genehmigen(&zweite, &ziel).await);
    vollziehen(&mut amt, kennung(&ziel)).await;
    let danach = zweite.get(&format!("/amt/postbuch/{eingang}")).await.text;
    assert!(danach.contains("Dieser Eingang ist gelöscht") && !danach.contains("owalski"), "{danach}");
}
