//! The start page of the town.

use crate::app::AppState;
use crate::citizen::katalog::Eintrag;
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    rahmen: Rahmen,
    leistungen: Vec<Eintrag>,
}

/// `GET /`
pub async fn zeigen(State(app): State<AppState>, rahmen: Rahmen) -> Result<Response, Fehler> {
    let titel = rahmen.t().start.titel.mit(rahmen.stadtname());
    let leistungen = app.leistungen().all().iter().map(|d| Eintrag::neu(d, rahmen.sprache)).collect();
    layout::seite(&Start { rahmen: rahmen.titel(titel), leistungen })
}
