//! Nobody else's page sends our forms: origin check, form token, `__Host-` cookie.
//!
//! Also the one place where a body is read as a form. A form that was open too long is not
//! refused but shown again with everything typed, passwords excepted.

use crate::app::AppState;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::limits;
use crate::session::{cookie_lesen, cookie_setzen, zufall_b64};
use crate::sprache::Sprache;
use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The token for this visitor's forms, in the request's extensions.
#[derive(Clone, Debug)]
pub struct CsrfToken(pub String);

/// Name of the hidden field.
pub const FELD: &str = "_csrf";

/// The token of a cookie value at a moment: seconds, dot, HMAC.
pub fn token(app: &AppState, cookie: &str) -> String {
    let sekunde = app.clock.now().as_second();
    format!("{sekunde}.{}", mac(&app.csrf_key, cookie, sekunde))
}

fn mac(key: &[u8; 32], cookie: &str, sekunde: i64) -> String {
    let mut m = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    m.update(b"aktenkette/csrf/v1\n");
    m.update(cookie.as_bytes());
    m.update(&sekunde.to_be_bytes());
    URL_SAFE_NO_PAD.encode(m.finalize().into_bytes())
}

/// Whether the token belongs to this cookie and is young enough.
pub fn gilt(app: &AppState, cookie: &str, token: &str) -> bool {
    let Some((sekunde, rest)) = token.split_once('.') else { return false };
    let Ok(sekunde) = sekunde.parse::<i64>() else { return false };
    let soll = mac(&app.csrf_key, cookie, sekunde);
    let alter = app.clock.now().as_second() - sekunde;
    bool::from(soll.as_bytes().ct_eq(rest.as_bytes())) && (-300..=limits::TOKEN_SEKUNDEN).contains(&alter)
}

/// Whether the request comes from a page of ours. Browsers send `Origin: null` under
/// `no-referrer`, so `Sec-Fetch-Site` decides where it is there; a request with neither is foreign.
fn eigene_herkunft(app: &AppState, headers: &HeaderMap) -> bool {
    let text = |n: &str| headers.get(n).and_then(|v| v.to_str().ok());
    let origin = text("origin");
    let passt = |o: &str| {
        let host = o.split_once("://").map_or("", |(_, h)| h);
        Some(o) == app.konfig.basis_url.as_deref() || (!host.is_empty() && text("host") == Some(host))
    };
    match (text("sec-fetch-site"), origin) {
        (Some("same-origin"), None | Some("null")) => true,
        (Some("same-origin") | None, Some(o)) => passt(o),
        _ => false,
    }
}

#[derive(Template)]
#[template(path = "noch_einmal.html")]
struct NochEinmal {
    rahmen: Rahmen,
    ziel: String,
    felder: Vec<(String, String)>,
    anmelden: bool,
}

/// Layer around every page with forms: gives the visitor a token, and checks what is sent.
pub async fn pruefen(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let name = app.konfig.cookie("formular");
    let alt = cookie_lesen(request.headers(), &name).filter(|c| c.len() == 43);
    let cookie = alt.clone().unwrap_or_else(|| zufall_b64(32));
    request.extensions_mut().insert(CsrfToken(token(&app, &cookie)));
    let mut response = if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        next.run(request).await
    } else if *request.method() == Method::POST {
        absenden(&app, &cookie, request, next).await
    } else {
        StatusCode::METHOD_NOT_ALLOWED.into_response()
    };
    if alt.is_none() {
        cookie_setzen(&app, response.headers_mut(), "formular", &cookie, None);
    }
    response
}

async fn absenden(app: &AppState, cookie: &str, request: Request, next: Next) -> Response {
    if !eigene_herkunft(app, request.headers()) {
        return Fehler::refusal(
            StatusCode::FORBIDDEN,
            "origin",
            "Dieses Formular wurde nicht von unserer Seite aus abgesendet. Öffnen Sie die Seite neu, und senden Sie es dort ab.",
        )
        .into_response();
    }
    let art = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    if art.starts_with("multipart/form-data") {
        // The token is the first part; only `upload::Upload` opens the body, and it checks it.
        return next.run(request).await;
    }
    if !art.starts_with("application/x-www-form-urlencoded") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let (mut parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, app.grenzwerte.formular_bytes).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let Some(formular) = Formular::parse(&bytes, limits::FORMULAR_FELDER) else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let ziel = parts.uri.path().to_owned();
    let sprache = parts.extensions.get::<Sprache>().copied().unwrap_or_default();
    if !gilt(app, cookie, formular.get(FELD)) {
        return noch_einmal(app, cookie, (ziel, sprache), &formular, StatusCode::FORBIDDEN);
    }
    parts.extensions.insert(formular.clone());
    let response = next.run(Request::from_parts(parts, Body::empty())).await;
    if matches!(response.extensions().get::<Fehler>(), Some(Fehler::Anmeldung)) {
        return noch_einmal(app, cookie, (ziel, sprache), &formular, StatusCode::UNAUTHORIZED);
    }
    response
}

/// Everything typed comes back, with a fresh token: one click repeats the act.
fn noch_einmal(
    app: &AppState,
    cookie: &str,
    (ziel, sprache): (String, Sprache),
    formular: &Formular,
    status: StatusCode,
) -> Response {
    let rahmen = Rahmen::schlicht(app.stadt.clone()).nur_lesen(app.nur_lesen()).sprache(sprache);
    let titel = rahmen.t().noch_einmal.titel;
    let mut rahmen = rahmen.titel(titel);
    rahmen.csrf = token(app, cookie);
    let felder = formular.0.iter().filter(|(k, _)| k != FELD && !k.contains("passwort")).cloned().collect();
    let seite = NochEinmal { rahmen, ziel, felder, anmelden: status == StatusCode::UNAUTHORIZED };
    layout::seite_mit(status, &seite).unwrap_or_else(IntoResponse::into_response)
}
