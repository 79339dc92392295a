//! The start page of the town.

use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    rahmen: Rahmen,
}

/// `GET /`
pub async fn zeigen(rahmen: Rahmen) -> Result<Response, Fehler> {
    let titel = format!("Willkommen bei der {}", rahmen.stadt.name);
    layout::seite(&Start { rahmen: rahmen.titel(titel) })
}
