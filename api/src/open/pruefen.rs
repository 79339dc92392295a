//! The page on which everybody checks a receipt, a record or a copy of the log.
//!
//! The check runs in the visitor's browser (`api/assets/pruefer.mjs`); nothing is received here.

use crate::app::OffenState;
use crate::error::Fehler;
use crate::headers::CSP_PRUEFEN;
use crate::layout::{self, Rahmen};
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;

#[derive(Template)]
#[template(path = "nachweis.html")]
struct Nachweis {
    rahmen: Rahmen,
    /// The log's public keys, one a line.
    schluessel: String,
    erster: String,
}

/// `GET /pruefen`
pub async fn zeigen(State(offen): State<OffenState>, rahmen: Rahmen) -> Result<Response, Fehler> {
    let vkeys: Vec<String> = offen.log.vkeys().iter().map(ToString::to_string).collect();
    let seite = Nachweis {
        rahmen: rahmen.titel("Nachweis prüfen"),
        schluessel: vkeys.join("\n"),
        erster: vkeys.first().cloned().unwrap_or_default(),
    };
    let mut response = layout::seite(&seite)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP_PRUEFEN));
    Ok(response)
}
