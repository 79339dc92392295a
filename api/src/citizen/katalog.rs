//! The catalogue of services and the page of one service, before the form.

use crate::app::AppState;
use crate::citizen::entwurf;
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use akte_core::verfahren::definition::Definition;
use akte_core::verfahren::event::Kanal;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

/// Longest question the search reads, characters.
const FRAGE: usize = 100;

#[derive(Template)]
#[template(path = "leistungen.html")]
struct Katalog {
    rahmen: Rahmen,
    q: String,
    leistungen: Vec<Arc<Definition>>,
}

/// `?q=`: everyday words.
#[derive(Deserialize)]
pub struct Frage {
    #[serde(default)]
    q: String,
}

/// `GET /leistungen`
pub async fn liste(
    State(app): State<AppState>,
    rahmen: Rahmen,
    Query(frage): Query<Frage>,
) -> Result<Response, Fehler> {
    let q: String = crate::formular::normal(frage.q.trim()).chars().filter(|c| !c.is_control()).take(FRAGE).collect();
    let katalog = app.leistungen();
    let leistungen = if q.is_empty() { katalog.all() } else { katalog.search(&q) };
    let titel = if q.is_empty() { "Dienstleistungen" } else { "Suchergebnis" };
    layout::seite(&Katalog { rahmen: rahmen.titel(titel).aktiv("leistungen"), q, leistungen })
}

#[derive(Template)]
#[template(path = "leistung.html")]
struct Leistung {
    rahmen: Rahmen,
    l: Arc<Definition>,
    online: bool,
    /// A draft of this service is in this browser.
    begonnen: bool,
    kanaele: Vec<&'static str>,
}

/// `GET /leistungen/{leistung}`
pub async fn leistung(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Fehler> {
    let l = app.leistungen().in_force(&id, app.heute()).ok_or_else(Fehler::nicht_gefunden)?;
    let begonnen = matches!(entwurf::lesen(&app, &headers, &l.id).await?, Some(e) if e.inhalt.abgesendet.is_none());
    let kanaele = l.kanaele.iter().map(|k| kanal(*k)).collect();
    let rahmen = rahmen.titel(l.titel.de.clone()).aktiv("leistungen").krume("/leistungen", "Dienstleistungen");
    layout::seite(&Leistung { rahmen, online: l.kanaele.contains(&Kanal::Online), begonnen, kanaele, l })
}

/// The channel in words.
pub fn kanal(k: Kanal) -> &'static str {
    match k {
        Kanal::Online => "hier online",
        Kanal::VorOrt => "persönlich im Rathaus",
        Kanal::Post => "mit der Post",
        Kanal::Telefon => "am Telefon",
    }
}
