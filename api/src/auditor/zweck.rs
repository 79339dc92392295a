//! `/pruefung/zweck`: auditors say why they read, once per session; every logged read carries it.

use crate::app::AppState;
use crate::clerk::zugang;
use crate::error::Fehler;
use crate::formular::{Formular, verbotenes_zeichen};
use crate::layout::{self, Rahmen};
use crate::session::Angemeldet;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

/// Characters of a purpose.
const ZEICHEN: usize = 200;

#[derive(Template)]
#[template(path = "auditor/zweck.html")]
struct Seite {
    rahmen: Rahmen,
    weiter: String,
    zweck: String,
    fehler: bool,
}

#[derive(Deserialize)]
pub struct Ziel {
    #[serde(default)]
    weiter: String,
}

/// `GET /pruefung/zweck`
pub async fn zeigen(wer: Angemeldet, rahmen: Rahmen, Query(z): Query<Ziel>) -> Result<Response, Fehler> {
    if !zugang::prueft(&wer) {
        return Err(Fehler::nicht_gefunden());
    }
    let rahmen = rahmen.titel("Zweck der Einsicht").aktiv("pruefung");
    layout::seite(&Seite { rahmen, weiter: z.weiter, zweck: String::new(), fehler: false })
}

/// `POST /pruefung/zweck`
pub async fn merken(
    State(app): State<AppState>,
    wer: Angemeldet,
    rahmen: Rahmen,
    formular: Formular,
) -> Result<Response, Fehler> {
    if !zugang::prueft(&wer) {
        return Err(Fehler::nicht_gefunden());
    }
    let zweck = formular.get("zweck").trim().to_owned();
    let laenge = zweck.chars().count();
    if !(3..=ZEICHEN).contains(&laenge) || verbotenes_zeichen(&zweck) {
        let rahmen = rahmen.titel("Zweck der Einsicht").aktiv("pruefung").mit_fehlern(true);
        let seite = Seite { rahmen, weiter: formular.get("weiter").into(), zweck, fehler: true };
        return layout::seite_mit(StatusCode::UNPROCESSABLE_ENTITY, &seite);
    }
    zugang::zweck_merken(&app, &wer, zweck).await?;
    Ok(layout::weiter(eigenes(formular.get("weiter"))))
}

/// Only addresses of the office.
fn eigenes(z: &str) -> &str {
    let eigen = (z.starts_with("/amt") || z.starts_with("/pruefung")) && !z.chars().any(char::is_control);
    if eigen { z } else { "/pruefung" }
}
