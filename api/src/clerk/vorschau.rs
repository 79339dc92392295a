//! `/amt/vorgang/{id}/vorschau`: what a notice would say, with the difference to the Fassung before.
//!
//! Of the saved draft, or of what stands in the form. Stores nothing and signs nothing.

use crate::app::AppState;
use crate::clerk::aktion;
use crate::clerk::eingabe::Eingabe;
use crate::clerk::fall::{self, Fall};
use crate::clerk::fallseite::{self, Beiwerk, Meldung};
use crate::clerk::unterschied::{Stueck, unterschied};
use crate::clerk::zugang::Leser;
use crate::download;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use akte_core::kernel::Decider;
use akte_core::process;
use akte_core::verfahren::{Definition, Vorgang, VorgangEvent as E};
use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "clerk/vorschau.html")]
struct Seite {
    rahmen: Rahmen,
    id: Uuid,
    /// Typed and not saved.
    getippt: bool,
    maengel: Vec<String>,
    /// Number of the Fassung it is compared with.
    zu: Option<u32>,
    teile: Vec<Stueck>,
}

/// `GET /amt/vorgang/{id}/vorschau`: the saved draft and the Fassung before it.
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
) -> Result<Response, Fehler> {
    let fall = fall::laden(&app, &leser, id, None).await?;
    let nr = fall.v.bescheid.as_ref().map(|b| b.fassung).ok_or_else(Fehler::nicht_gefunden)?;
    let text = process::fassung_text(&app.house, id, nr).await?.ok_or_else(Fehler::nicht_gefunden)?;
    let vorige = fassungen(&fall).into_iter().rev().find(|f| *f < nr);
    let maengel = fall.maengel.iter().map(ToString::to_string).collect();
    seite(&app, rahmen, id, Inhalt { text, zu: vorige, maengel, getippt: false }).await
}

/// `POST /amt/vorgang/{id}/vorschau`: what stands in the form and the saved draft.
pub async fn getippt(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let probe = match probe(&app, &leser, id, formular).await? {
        Ok(probe) => probe,
        Err(abgelehnt) => return abgelehnt.zeigen(&app, rahmen),
    };
    let vorschau = process::vorschau(&app.house, id, &probe.v, &probe.def, app.clock.now()).await?;
    let maengel = fall::maengel(&app, &probe.v, &probe.def).iter().map(ToString::to_string).collect();
    seite(&app, rahmen, id, Inhalt { text: vorschau.text, zu: probe.gespeichert, maengel, getippt: true }).await
}

/// `POST /amt/vorgang/{id}/vorschau.pdf`: the same as the sheet it would be.
pub async fn pdf(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let probe = match probe(&app, &leser, id, formular).await? {
        Ok(probe) => probe,
        Err(abgelehnt) => return abgelehnt.zeigen(&app, rahmen),
    };
    let vorschau = process::vorschau(&app.house, id, &probe.v, &probe.def, app.clock.now()).await?;
    Ok(download::anhang(Body::from(vorschau.pdf), "application/pdf", "vorschau.pdf", None))
}

struct Inhalt {
    text: String,
    zu: Option<u32>,
    maengel: Vec<String>,
    getippt: bool,
}

async fn seite(app: &AppState, rahmen: Rahmen, id: Uuid, i: Inhalt) -> Result<Response, Fehler> {
    let alt = match i.zu {
        Some(nr) => process::fassung_text(&app.house, id, nr).await?,
        None => None,
    };
    let teile = alt.as_ref().map_or_else(|| vec![Stueck::Gleich(i.text.clone())], |alt| unterschied(alt, &i.text));
    layout::seite(&Seite {
        rahmen: rahmen
            .titel("Vorschau des Bescheids")
            .aktiv("eingang")
            .krume("/amt", "Eingang")
            .krume(format!("/amt/vorgang/{id}"), "Vorgang"),
        id,
        getippt: i.getippt,
        maengel: i.maengel,
        zu: i.zu.filter(|_| alt.is_some()),
        teile,
    })
}

/// Fassungen of the act in work, oldest first.
fn fassungen(f: &Fall) -> Vec<u32> {
    let mut nummern = Vec::new();
    for e in &f.eintraege {
        match &e.ereignis {
            Some(E::AktOpened { .. } | E::AktDiscarded { .. } | E::AktJoined { .. }) => nummern.clear(),
            Some(E::BescheidDrafted { fassung, .. }) => nummern.push(*fassung),
            _ => {}
        }
    }
    nummern
}

/// The case as it would be with what was typed.
struct Probe {
    v: Vorgang,
    def: Arc<Definition>,
    gespeichert: Option<u32>,
}

/// The form again, with what is wrong and everything that was typed.
struct Abgelehnt {
    fall: Box<Fall>,
    status: StatusCode,
    text: Option<String>,
}

impl Abgelehnt {
    fn zeigen(self, app: &AppState, rahmen: Rahmen) -> Result<Response, Fehler> {
        let meldung = self.text.map(|text| Meldung { art: "danger", titel: "Noch keine Vorschau".into(), text });
        let beiwerk = Beiwerk { status: self.status, meldung, aktion: Some("entwerfen"), ..Beiwerk::default() };
        fallseite::zeigen(app, rahmen, &self.fall, beiwerk)
    }
}

async fn probe(
    app: &AppState,
    leser: &Leser,
    id: Uuid,
    formular: Formular,
) -> Result<Result<Probe, Abgelehnt>, Fehler> {
    let aktion = aktion::finden("entwerfen").ok_or_else(Fehler::nicht_gefunden)?;
    let mut fall = fall::laden(app, leser, id, None).await?;
    let Some(principal) = aktion::moeglich(aktion, &fall).cloned() else { return Err(Fehler::nicht_gefunden()) };
    let def = fall.def.clone().ok_or_else(Fehler::nicht_gefunden)?;
    let mut eingabe = Eingabe::neu(aktion.name, &formular, app.grenzwerte.feld_zeichen);
    let command = (aktion.lesen)(&mut eingabe, &fall);
    fall.findings = std::mem::take(&mut eingabe.findings);
    if !fall.findings.is_empty() {
        fall.getippt = formular;
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(Err(Abgelehnt { fall: Box::new(fall), status, text: None }));
    }
    match Vorgang::decide(&fall.v, command, &fall.context(&principal)) {
        Ok(events) => {
            let gespeichert = fall.v.bescheid.as_ref().map(|b| b.fassung);
            let v = events.iter().fold(fall.v, Vorgang::evolve);
            Ok(Ok(Probe { v, def, gespeichert }))
        }
        Err(e) => {
            fall.getippt = formular;
            Ok(Err(Abgelehnt { fall: Box::new(fall), status: StatusCode::CONFLICT, text: Some(e.to_string()) }))
        }
    }
}
