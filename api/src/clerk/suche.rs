//! `/amt/suche`: by name, Aktenzeichen or words, within the reader's rights; every search is logged.

use crate::app::AppState;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::verbotenes_zeichen;
use crate::layout::{self, Rahmen};
use akte_core::zugriff::Action;
use akte_projections::rows::SuchTreffer;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

/// Hits shown at most.
const TREFFER: usize = 50;
/// Characters of a query.
const ZEICHEN: usize = 100;

#[derive(Deserialize)]
pub struct Frage {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "clerk/suche.html")]
struct Seite {
    rahmen: Rahmen,
    q: String,
    treffer: Vec<SuchTreffer>,
    gesucht: bool,
    voll: bool,
}

/// `GET /amt/suche?q=`
pub async fn suchen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Query(frage): Query<Frage>,
) -> Result<Response, Fehler> {
    zugang::lesen_liste(&app, &leser, Action::Search, "suche").await?;
    let q: String = frage.q.trim().chars().take(ZEICHEN).collect();
    let gesucht = !q.is_empty() && !verbotenes_zeichen(&q);
    let mut treffer = Vec::new();
    if gesucht {
        let (einheiten, wort) = (leser.einheiten(), q.clone());
        treffer = app.intern(move |v| v.suche(&wort, einheiten.as_deref(), TREFFER + 1)).await?;
    }
    let voll = treffer.len() > TREFFER;
    treffer.truncate(TREFFER);
    layout::seite(&Seite { rahmen: rahmen.titel("Suche").aktiv("suche"), q, treffer, gesucht, voll })
}
