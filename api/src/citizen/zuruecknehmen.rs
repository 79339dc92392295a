//! Taking an application back, after one question.

use crate::app::AppState;
use crate::citizen::fall::{Fall, oeffnen};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::sprache;
use crate::texte::{Stimme, Wort};
use akte_core::verfahren::{Vorgang, VorgangCommand};
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

/// Longest reason shown again, characters.
const GRUND: usize = 1000;

#[derive(Template)]
#[template(path = "zuruecknehmen.html")]
struct Zuruecknehmen {
    rahmen: Rahmen,
    schluessel: String,
    titel: Wort,
    /// Typed already, when the language was changed.
    grund: String,
}

/// `GET /status/zuruecknehmen`
pub async fn fragen(State(app): State<AppState>, rahmen: Rahmen, headers: HeaderMap) -> Result<Response, Fehler> {
    let f = oeffnen(&app, &headers, Action::ReadStatus, "ruecknahme").await?;
    let schluessel = f.schluessel(&rahmen);
    frage(rahmen, &f, schluessel, String::new())
}

fn frage(rahmen: Rahmen, f: &Fall, schluessel: String, grund: String) -> Result<Response, Fehler> {
    let s = Stimme::neu(rahmen.sprache, &f.def);
    layout::seite(&Zuruecknehmen {
        rahmen: rahmen.titel(s.t().status.zuruecknehmen).aktiv("status").krume_status().formular("zuruecknehmen"),
        schluessel,
        titel: s.wort(&f.def.titel),
        grund,
    })
}

/// `POST /status/zuruecknehmen`
pub async fn zuruecknehmen(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    formular: Formular,
) -> Result<Response, Fehler> {
    let f = oeffnen(&app, &headers, Action::ReadStatus, "ruecknahme").await?;
    f.gemeint(formular.schluessel())?;
    if let Some(sprache) = sprache::aus_aktion(formular.get("aktion")) {
        // Asked in another language: nothing is taken back, and the reason is still there.
        let grund = formular.get("grund").chars().take(GRUND).collect();
        let mut response = frage(rahmen.sprache(sprache), &f, formular.schluessel().to_owned(), grund)?;
        sprache::gleich(&app, response.headers_mut(), sprache);
        return Ok(response);
    }
    let grund = Some(formular.get("grund").trim().to_owned()).filter(|g| !g.is_empty());
    let call = f.call(formular.schluessel(), json!({ "zuruecknehmen": grund }));
    let done = app.house.execute::<Vorgang>(call, VorgangCommand::Withdraw { grund }).await?;
    app.sichtbar(done.receipt.as_ref()).await;
    Ok(layout::weiter("/status/vorgang"))
}
