//! `/pruefung/regeln`: the policies in words, as the program applies them.

use crate::app::AppState;
use crate::auditor::pruefen;
use crate::clerk::zugang::Leser;
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use akte_core::zugriff::Action;
use akte_core::zugriff::permit::{POLICIES, Wirkung, policy_digest};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "auditor/regeln.html")]
struct Seite {
    rahmen: Rahmen,
    regeln: Vec<(&'static str, &'static str, bool)>,
    digest: String,
}

/// `GET /pruefung/regeln`
pub async fn zeigen(State(app): State<AppState>, leser: Leser, rahmen: Rahmen) -> Result<Response, Fehler> {
    pruefen(&app, &leser, Action::ReadAudit, "regeln").await?;
    let regeln = POLICIES.iter().map(|p| (p.id, p.satz, p.wirkung == Wirkung::Erlaubt)).collect();
    let rahmen = rahmen.titel("Zugriffsregeln").aktiv("pruefung").krume("/pruefung", "Prüfspur");
    layout::seite(&Seite { rahmen, regeln, digest: policy_digest() })
}
