//! A person asked for erasure (Art. 17 DSGVO): refused with its ground, and the letter that says what was decided.
//!
//! Proposing an erasure is `loeschvorschlag`; there the archive has answered before ("offer before erase").

use crate::app::AppState;
use crate::clerk::fallseite::Meldung;
use crate::clerk::loeschung::ablehnung;
use crate::clerk::loeschvorschlag;
use crate::clerk::zugang::{self, Leser};
use crate::download;
use crate::error::Fehler;
use crate::formular::{Formular, verbotenes_zeichen};
use crate::layout::{self, Rahmen};
use crate::paket::bericht::pdf;
use akte_core::documents::notice::{Abschnitt, Absender, Bericht, Brief, Zeile};
use akte_core::execute::{Call, Target};
use akte_core::loeschung::{Archiv, Ausnahme, Grund, Loeschung, LoeschungCommand, Stand};
use akte_core::verfahren::Vorgang;
use akte_core::zugriff::Action;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

/// `POST /verwaltung/loeschung/vorgang/{id}/verweigern`
pub async fn verweigern(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let v = zugang::lesen::<Vorgang>(&app, &leser, Action::ReadVorgang, id, "loeschverlangen").await?;
    let begruendung = formular.get("gruende").trim().to_owned();
    if begruendung.is_empty() || verbotenes_zeichen(&begruendung) {
        let text = "„Warum wird nicht gelöscht?“: Bitte füllen Sie das Feld aus, ohne Steuerzeichen.".into();
        let m = Meldung { art: "danger", titel: "Bitte prüfen Sie Ihre Angaben".into(), text };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return loeschvorschlag::bauen(&app, &leser, rahmen, id, status, Some(m), &formular).await;
    }
    let ausnahme = Ausnahme::lesen(formular.get("ausnahme"));
    let command = LoeschungCommand::Refuse {
        vorgang: id,
        einheit: v.state.einheit.clone(),
        ausnahme,
        begruendung: begruendung.clone(),
    };
    let call = Call {
        principal: leser.wer.principal(),
        key: formular.schluessel().to_owned(),
        target: Target::New,
        expected: None,
        request: Some(json!({ "vorgang": id, "ausnahme": formular.get("ausnahme"), "begruendung": begruendung })),
        corr: None,
    };
    match app.house.execute::<Loeschung>(call, command).await {
        Ok(done) => {
            app.sichtbar(done.receipt.as_ref()).await;
            Ok(layout::weiter(&format!("/verwaltung/loeschung/{}", done.stream)))
        }
        Err(e) => {
            let (status, m) = ablehnung(e)?;
            loeschvorschlag::bauen(&app, &leser, rahmen, id, status, Some(m), &formular).await
        }
    }
}

/// `GET /verwaltung/loeschung/{id}/schreiben.pdf`: the decision for the person; there is one when it was decided.
pub async fn schreiben(State(app): State<AppState>, leser: Leser, Path(id): Path<Uuid>) -> Result<Response, Fehler> {
    let l = zugang::lesen::<Loeschung>(&app, &leser, Action::ReadErasures, id, "loeschbescheid").await?;
    let abschnitte = entschieden(&l.state).ok_or_else(Fehler::nicht_gefunden)?;
    let vorgang = l.state.vorgang.ok_or_else(Fehler::nicht_gefunden)?;
    // The letter names the applicant: that is a read of the case, wherever it lies by now.
    zugang::lesen::<Vorgang>(&app, &leser, Action::ReadVorgang, vorgang, "loeschbescheid").await?;
    let row = app.intern(move |v| v.vorgang(vorgang)).await?;
    let tag = l.at.unwrap_or_else(|| app.clock.now()).to_zoned(app.house.zone.clone()).date();
    let (az, name) = row.map(|r| (r.aktenzeichen.unwrap_or_default(), r.antragsteller)).unwrap_or_default();
    let bericht = Bericht {
        brief: Brief {
            stadt: Absender::from(&*app.stadt),
            empfaenger: name.into_iter().map(|n| n.chars().take(80).collect()).collect(),
            aktenzeichen: az.clone(),
            datum: tag,
            betreff: "Ihr Verlangen, Daten zu löschen (Art. 17 DSGVO)".into(),
            tabelle: vec![Zeile { label: "Vorgang".into(), value: az }],
            hinweise: vec!["Der Wortlaut dieses Schreibens ist noch nicht rechtlich bestätigt.".into()],
            ..Brief::default()
        },
        abschnitte,
    };
    let bytes = pdf(serde_json::to_value(&bericht)).await?;
    Ok(download::anhang(Body::from(bytes), "application/pdf", "loeschung.pdf", None))
}

/// What the letter says; `None` while nothing is decided.
fn entschieden(l: &Loeschung) -> Option<Vec<Abschnitt>> {
    let teil = |titel: &str, absaetze: Vec<String>| Abschnitt { titel: titel.into(), absaetze, ..Abschnitt::default() };
    let begruendung = l.begruendung.clone().unwrap_or_else(|| "Die Begründung wurde gelöscht.".into());
    let archiv = l.archiv.map(Archiv::wort).unwrap_or_default();
    match l.stand {
        Stand::Verweigert => Some(vec![
            teil(
                "Entscheidung",
                vec![format!("Wir löschen nicht. Grund: {}.", l.ausnahme.map_or("", Ausnahme::wort)), begruendung],
            ),
            teil("Was Sie tun können", vec![
                "Sie können sich bei der Aufsichtsbehörde für den Datenschutz Ihres Landes beschweren (Art. 77 DSGVO) und die Entscheidung gerichtlich überprüfen lassen (Art. 79 DSGVO).".into(),
            ]),
        ]),
        Stand::Genehmigt | Stand::Vollzogen => Some(vec![
            teil(
                "Entscheidung",
                vec![
                    format!("Wir löschen. Grund: {}.", l.grund.map_or("", Grund::wort)),
                    format!("Was das Archiv dazu gesagt hat: {archiv}."),
                    match l.stand {
                        Stand::Vollzogen => "Die Löschung ist vollzogen. Dass sonst nichts verändert wurde, lässt sich weiter nachprüfen.".into(),
                        _ => "Die Löschung ist angeordnet und wird vollzogen.".to_owned(),
                    },
                ],
            ),
        ]),
        Stand::Abgelehnt => Some(vec![teil("Entscheidung", vec!["Die vorgeschlagene Löschung wurde abgelehnt.".into()])]),
        Stand::Leer | Stand::Vorgeschlagen => None,
    }
}
