//! One field that is wrong, in every service: refused with 422, the field named, and what was typed still there.

use super::{DIENSTE, Lage, ausfuellen, erfassen, getippt, paare};
use crate::amt::Amt;
use crate::besucher::Besucher;
use akte_core::kernel::Role;
use akte_core::verfahren::event::Kanal;
use axum::http::StatusCode;

#[tokio::test]
async fn a_wrong_field_is_named_and_what_was_typed_stays() {
    let mut amt = Amt::neu().await;
    for d in DIENSTE {
        let def = d.def();
        let beispiel = d.beispiel(d.falsch);
        let felder = getippt(&beispiel);
        let r = if def.kanaele.contains(&Kanal::Online) {
            ausfuellen(&Besucher::neu(&amt.stadt.app), &def, &paare(&felder)).await
        } else {
            amt.konto("schalter", &def.einheit, &[Role::Sachbearbeitung]).await;
            erfassen(&amt.anmelden("schalter").await, &def, &paare(&felder)).await
        };
        assert_eq!(r.status, StatusCode::UNPROCESSABLE_ENTITY, "{}: {}", d.id, r.text);
        let b = beispiel
            .befunde
            .iter()
            .find(|b| r.text.contains(&format!("href=\"#{}\"", b.feld)))
            .unwrap_or_else(|| panic!("{}: no finding links to its field: {}", d.id, r.text));
        let feld = def.feld(&b.feld).unwrap();
        let html = |t: &str| t.replace('&', "&#38;").replace('"', "&#34;");
        assert!(r.text.contains(&html(&b.enthaelt)), "{}: {} says not {}", d.id, b.feld, b.enthaelt);
        // Everything typed on this page is still in it, the wrong value included. What an answer on the same page
        // only brings up was not there to be typed into.
        let getippt = |k: &str| def.feld(k).is_some_and(|f| f.gruppe == feld.gruppe && f.zeigen_wenn.is_empty());
        let hier = felder.iter().filter(|(k, _)| getippt(k));
        for (k, wert) in hier.filter(|(k, _)| r.text.contains(&format!("id=\"{k}\""))) {
            assert!(r.text.contains(&html(wert)), "{}: {k} lost {wert}", d.id);
        }
    }
    assert_eq!(
        amt.stadt
            .app
            .house
            .reader()
            .read_all(0, 10_000)
            .await
            .unwrap()
            .iter()
            .filter(|r| r.wire == "antrag.submitted.v1")
            .count(),
        0,
        "nothing wrong was received as if it were right"
    );
}

/// An intake is marked, never refused, for what is written in it: a form without alcohol needs no permit.
#[tokio::test]
async fn what_lies_outside_competence_is_received_and_marked() {
    let d = DIENSTE.iter().find(|d| d.id == "gaststaettengestattung").unwrap();
    let ohne = super::Dienst { id: d.id, gut: "angenommen_ohne_alkohol", falsch: d.falsch, schreiben: d.schreiben };
    let l = Lage::neu(&ohne).await;
    assert!(l.v().await.schritte_erledigt.contains(&"alkoholfrei_hinweis".to_owned()));
    let seite = l.a.get(&Amt::seite(l.id)).await;
    assert!(seite.text.contains("Ohne Alkohol ist keine Gestattung"), "{}", seite.text);
}
