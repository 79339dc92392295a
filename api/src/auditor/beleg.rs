//! `/pruefung/vorgang/{id}/beleg/{index}`: chosen values of one event as a receipt, all others withheld.
//!
//! The values are handed out, so `permit` and the read log come first, as for every page with personal data.

use crate::app::AppState;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::nachweis::{self, Form};
use akte_core::execute::{Ereignis, ExecuteError};
use akte_core::verfahren::Vorgang;
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "auditor/beleg.html")]
struct Seite {
    rahmen: Rahmen,
    id: Uuid,
    index: u64,
    wire: String,
    wann: String,
    zeiger: Vec<String>,
    geloescht: bool,
}

/// An event of this case, for whom may audit it.
async fn ereignis(app: &AppState, leser: &Leser, id: Uuid, index: u64, was: &'static str) -> Result<Ereignis, Fehler> {
    if !leser.prueft() {
        return Err(Fehler::nicht_gefunden());
    }
    let fall = zugang::lesen::<Vorgang>(app, leser, Action::ReadAudit, id, was).await?;
    match app.house.ereignis_an(index).await {
        Ok(e) if e.header.corr == fall.corr => Ok(e),
        Ok(_) | Err(ExecuteError::NotFound) => Err(Fehler::nicht_gefunden()),
        Err(e) => Err(e.into()),
    }
}

/// `GET /pruefung/vorgang/{id}/beleg/{index}`
pub async fn waehlen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((id, index)): Path<(Uuid, u64)>,
) -> Result<Response, Fehler> {
    let e = ereignis(&app, &leser, id, index, "beleg-auswahl").await?;
    let zurueck = format!("/pruefung/vorgang/{id}");
    let rahmen = rahmen.titel(format!("Beleg zu Ereignis {index}")).aktiv("pruefung").krume("/pruefung", "Prüfspur");
    layout::seite(&Seite {
        rahmen: rahmen.krume(&zurueck, "Vorgang"),
        id,
        index,
        wire: e.header.wire.clone(),
        wann: layout::zeitpunkt(&e.header.at, &app.stadt.zeitzone),
        zeiger: e.zeiger().into_iter().map(str::to_owned).collect(),
        geloescht: e.geloescht(),
    })
}

/// `POST /pruefung/vorgang/{id}/beleg/{index}`
pub async fn holen(
    State(app): State<AppState>,
    leser: Leser,
    Path((id, index)): Path<(Uuid, u64)>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let e = ereignis(&app, &leser, id, index, "beleg").await?;
    let zeiger: Vec<String> = formular.all("zeiger").map(str::to_owned).collect();
    let auszug = app.house.auszug(&e, &zeiger).await?;
    let form = if formular.get("form") == "zusage" { Form::Zusage } else { Form::Beweis };
    nachweis::geben(&app, &auszug, form, &format!("beleg-{index}")).await
}
