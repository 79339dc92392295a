//! Whether the applicant retrieves notices in the portal: given, changed and withdrawn by code.
//!
//! The hint's address is shown to its owner alone.

use crate::app::AppState;
use crate::citizen::fall::{Fall, oeffnen};
use crate::citizen::pruefen::AbrufWahl;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::sprache;
use crate::texte::{Stimme, Texte, Wort};
use akte_core::verfahren::event::Kanal;
use akte_core::verfahren::{Vorgang, VorgangCommand, anschrift};
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;

#[derive(Template)]
#[template(path = "abruf.html")]
struct Seite {
    rahmen: Rahmen,
    schluessel: String,
    titel: Wort,
    a: AbrufWahl,
}

/// What was ticked and typed, in a form that carries these fields.
pub fn lesen(formular: &Formular, t: &Texte) -> AbrufWahl {
    let email = formular.get("email").trim().to_owned();
    let ja = formular.get("abruf") == "ja";
    let schlecht = ja && !email.is_empty() && !anschrift::ist_email(&email);
    let fehler = schlecht.then_some(t.abruf.schlecht);
    AbrufWahl { ja, email, fehler }
}

/// `GET /status/abruf`
pub async fn zeigen(State(app): State<AppState>, rahmen: Rahmen, headers: HeaderMap) -> Result<Response, Fehler> {
    let f = oeffnen(&app, &headers, Action::ReadStatus, "abruf").await?;
    let v = &f.geladen.state;
    let angegeben = || anschrift::email(&f.def, &v.felder).unwrap_or_default().to_owned();
    let email = v.einwilligung.as_ref().map_or_else(angegeben, |e| e.email.clone().unwrap_or_default());
    bauen(rahmen, &f, StatusCode::OK, AbrufWahl { ja: v.einwilligung.is_some(), email, fehler: None })
}

fn bauen(rahmen: Rahmen, f: &Fall, status: StatusCode, a: AbrufWahl) -> Result<Response, Fehler> {
    let s = Stimme::neu(rahmen.sprache, &f.def);
    let seite = Seite {
        schluessel: f.schluessel(&rahmen),
        titel: s.wort(&f.def.titel),
        rahmen: rahmen
            .titel(s.t().abruf.titel)
            .aktiv("status")
            .mit_fehlern(a.fehler.is_some())
            .krume_status()
            .formular("einwilligung"),
        a,
    };
    layout::seite_mit(status, &seite)
}

/// `POST /status/abruf`
pub async fn speichern(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    formular: Formular,
) -> Result<Response, Fehler> {
    let f = oeffnen(&app, &headers, Action::ReadStatus, "abruf").await?;
    f.gemeint(formular.schluessel())?;
    let wahl = lesen(&formular, rahmen.t());
    if let Some(s) = sprache::aus_aktion(formular.get("aktion")) {
        // Asked in another language: nothing is changed, and what was typed is still there.
        let mut response = bauen(rahmen.sprache(s), &f, StatusCode::OK, AbrufWahl { fehler: None, ..wahl })?;
        sprache::gleich(&app, response.headers_mut(), s);
        return Ok(response);
    }
    if wahl.fehler.is_some() {
        return bauen(rahmen, &f, StatusCode::UNPROCESSABLE_ENTITY, wahl);
    }
    let call = f.call(formular.schluessel(), json!({ "abruf": wahl.ja, "email": wahl.email }));
    let command = match wahl.ja {
        true => VorgangCommand::GiveEinwilligung { kanal: Kanal::Online, email: Some(wahl.email) },
        false => VorgangCommand::WithdrawEinwilligung,
    };
    let done = app.house.execute::<Vorgang>(call, command).await?;
    app.sichtbar(done.receipt.as_ref()).await;
    Ok(layout::weiter("/status/vorgang"))
}
