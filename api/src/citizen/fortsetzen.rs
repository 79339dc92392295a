//! "Später weitermachen": the code that opens the draft again, and the page that takes it.

use crate::app::AppState;
use crate::citizen::antrag::lage;
use crate::citizen::entwurf::{self, Code};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::limits;
use crate::texte::Wort;
use askama::Template;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

#[derive(Template)]
#[template(path = "spaeter.html")]
struct Spaeter {
    rahmen: Rahmen,
    leistung: String,
    titel: Wort,
    code: String,
    bis: String,
}

/// `GET /antrag/{leistung}/spaeter`: shows the code, on demand only.
pub async fn spaeter(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path(leistung): Path<String>,
) -> Result<Response, Fehler> {
    let l = match lage(&app, &headers, &leistung, rahmen.sprache).await? {
        Ok(l) => l,
        Err(r) => return Ok(r),
    };
    let titel = rahmen.t().teile.spaeter;
    layout::seite(&Spaeter {
        rahmen: l.rahmen(rahmen, titel),
        titel: l.stimme.wort(&l.def.titel),
        code: l.entwurf.code.zeigen(),
        bis: l.entwurf.bis(&app, l.stimme.seite),
        leistung,
    })
}

#[derive(Template)]
#[template(path = "fortsetzen.html")]
struct Fortsetzen {
    rahmen: Rahmen,
    code: String,
    fehler: bool,
}

/// `GET /antrag/fortsetzen`
pub async fn zeigen(rahmen: Rahmen) -> Result<Response, Fehler> {
    let titel = rahmen.t().fortsetzen.titel;
    layout::seite(&Fortsetzen { rahmen: rahmen.titel(titel), code: String::new(), fehler: false })
}

/// `POST /antrag/fortsetzen`: one answer for unknown, mistyped and expired codes.
pub async fn oeffnen(State(app): State<AppState>, request: Request) -> Result<Response, Fehler> {
    let (mut parts, _) = request.into_parts();
    let formular = Formular::from_request_parts(&mut parts, &app).await?;
    app.grenzwerte.drosseln("entwurf", &limits::klient(&app, &parts), limits::CODE_JE_MINUTE, app.clock.now())?;
    let gefunden = match Code::lesen(formular.get("code")) {
        Some(code) => entwurf::oeffnen(&app, code).await?,
        None => None,
    };
    let Some(e) = gefunden else {
        let Ok(rahmen) = Rahmen::from_request_parts(&mut parts, &app).await;
        let titel = rahmen.t().fortsetzen.titel;
        let rahmen = rahmen.titel(titel).mit_fehlern(true);
        let code = formular.get("code").chars().take(40).collect();
        return layout::seite_mit(StatusCode::UNPROCESSABLE_ENTITY, &Fortsetzen { rahmen, code, fehler: true });
    };
    let ziel = match e.inhalt.abgesendet {
        Some(_) => format!("/antrag/{}/bestaetigung", e.inhalt.leistung),
        None => format!("/antrag/{}/pruefen", e.inhalt.leistung),
    };
    let mut response = layout::weiter(&ziel);
    e.merken(&app, response.headers_mut());
    Ok(response)
}
