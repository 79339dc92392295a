//! Taking an application back, after one question.

use crate::app::AppState;
use crate::citizen::fall::oeffnen;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use akte_core::verfahren::{Vorgang, VorgangCommand};
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

#[derive(Template)]
#[template(path = "zuruecknehmen.html")]
struct Zuruecknehmen {
    rahmen: Rahmen,
    schluessel: String,
    titel: String,
}

/// `GET /status/zuruecknehmen`
pub async fn fragen(State(app): State<AppState>, rahmen: Rahmen, headers: HeaderMap) -> Result<Response, Fehler> {
    let f = oeffnen(&app, &headers, Action::ReadStatus, "ruecknahme").await?;
    layout::seite(&Zuruecknehmen {
        schluessel: rahmen.schluessel(),
        rahmen: rahmen.titel("Antrag zurücknehmen").aktiv("status").krume("/status/vorgang", "Mein Antrag"),
        titel: f.def.titel.de.clone(),
    })
}

/// `POST /status/zuruecknehmen`
pub async fn zuruecknehmen(
    State(app): State<AppState>,
    headers: HeaderMap,
    formular: Formular,
) -> Result<Response, Fehler> {
    let f = oeffnen(&app, &headers, Action::ReadStatus, "ruecknahme").await?;
    let grund = Some(formular.get("grund").trim().to_owned()).filter(|g| !g.is_empty());
    let call = f.call(formular.schluessel(), json!({ "zuruecknehmen": grund }));
    let done = app.house.execute::<Vorgang>(call, VorgangCommand::Withdraw { grund }).await?;
    app.sichtbar(done.receipt.as_ref()).await;
    Ok(layout::weiter("/status/vorgang"))
}
