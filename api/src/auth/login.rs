//! Logging in and out. A new session id at every login; the old one ends.

use crate::app::AppState;
use crate::auth::passwort;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::limits;
use crate::session::{cookie_setzen, id_hash, rechte_marke, sitzung, zufall_b64};
use askama::Template;
use axum::extract::{FromRequestParts, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "anmelden.html")]
struct Anmelden {
    rahmen: Rahmen,
    login: String,
    weiter: String,
    fehler: bool,
}

/// Where to go after the login; only addresses of our own.
#[derive(Deserialize)]
pub struct Ziel {
    #[serde(default)]
    weiter: String,
}

fn eigenes_ziel(z: &str) -> &str {
    let eigen = z.starts_with('/') && !z.starts_with("//") && !z.contains('\\') && !z.chars().any(char::is_control);
    if eigen { z } else { "/amt" }
}

/// The login page.
pub async fn zeigen(rahmen: Rahmen, Query(ziel): Query<Ziel>) -> Result<Response, Fehler> {
    let rahmen = rahmen.titel("Anmeldung für Mitarbeitende");
    layout::seite(&Anmelden { rahmen, login: String::new(), weiter: ziel.weiter, fehler: false })
}

/// Checks login and password: one answer for every kind of wrong.
pub async fn anmelden(State(app): State<AppState>, request: Request) -> Result<Response, Fehler> {
    let (mut parts, _) = request.into_parts();
    let formular = Formular::from_request_parts(&mut parts, &app).await?;
    let jetzt = app.clock.now();
    app.grenzwerte.drosseln("login", &limits::klient(&app, &parts), limits::LOGIN_JE_MINUTE, jetzt)?;
    let login = formular.get("login").trim().to_lowercase();
    let konto = app.konto_nach_login(&login).await?.filter(|k| k.aktiv);
    let phc = match &konto {
        Some(k) => app.local.passwort(k.konto).await?,
        None => None,
    };
    let stimmt = passwort::pruefen(phc, formular.get("passwort").to_owned()).await?;
    let Some(konto) = konto.filter(|_| stimmt) else {
        let Ok(rahmen) = Rahmen::from_request_parts(&mut parts, &app).await;
        let rahmen = rahmen.titel("Anmeldung für Mitarbeitende").mit_fehlern(true);
        let seite = Anmelden { rahmen, login, weiter: formular.get("weiter").into(), fehler: true };
        return layout::seite_mit(StatusCode::UNPROCESSABLE_ENTITY, &seite);
    };
    if let Some(alt) = sitzung(&app, &parts.headers).await? {
        app.local.sitzung_beenden(alt.sitzung).await?;
    }
    let id = zufall_b64(32);
    let sekunde = jetzt.as_second();
    let ende = sekunde + app.grenzwerte.sitzung_sekunden;
    app.local.sitzung_neu(id_hash(&id), konto.konto, rechte_marke(&konto), sekunde, ende).await?;
    let mut response = layout::weiter(eigenes_ziel(formular.get("weiter")));
    cookie_setzen(&app, response.headers_mut(), "sitzung", &id, None);
    Ok(response)
}

/// Ends the session; works without one, too.
pub async fn abmelden(State(app): State<AppState>, headers: HeaderMap) -> Result<Response, Fehler> {
    if let Some(wer) = sitzung(&app, &headers).await? {
        app.local.sitzung_beenden(wer.sitzung).await?;
    }
    let mut response = layout::weiter("/anmelden");
    cookie_setzen(&app, response.headers_mut(), "sitzung", "", Some(0));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::eigenes_ziel;

    #[test]
    fn a_login_leads_only_to_addresses_of_our_own() {
        assert_eq!(eigenes_ziel("/vorgang/1?x=2"), "/vorgang/1?x=2");
        for boese in ["https://example.org/", "//example.org", "/\\example.org", "", "/a\r\nSet-Cookie: x"] {
            assert_eq!(eigenes_ziel(boese), "/amt", "{boese:?}");
        }
    }
}
