//! The start page of the town.

use crate::app::AppState;
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use akte_core::verfahren::definition::Definition;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    rahmen: Rahmen,
    leistungen: Vec<Arc<Definition>>,
}

/// `GET /`
pub async fn zeigen(State(app): State<AppState>, rahmen: Rahmen) -> Result<Response, Fehler> {
    let titel = format!("Willkommen bei der {}", rahmen.stadt.name);
    layout::seite(&Start { rahmen: rahmen.titel(titel), leistungen: app.leistungen().all() })
}
