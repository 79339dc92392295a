//! `/pruefung/vorgang/{id}`: every event of one procedure with position and hash.

use crate::app::AppState;
use crate::auditor::spur::{Eintrag, benannt};
use crate::clerk::zeitachse;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use akte_core::verfahren::Vorgang;
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "auditor/vorgang.html")]
struct Seite {
    rahmen: Rahmen,
    id: Uuid,
    eintraege: Vec<Eintrag>,
}

/// `GET /pruefung/vorgang/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
) -> Result<Response, Fehler> {
    if !leser.prueft() {
        return Err(Fehler::nicht_gefunden());
    }
    let fall = zugang::lesen::<Vorgang>(&app, &leser, Action::ReadAudit, id, "pruefspur-vorgang").await?;
    let corr = fall.corr;
    let (rows, konten) = app.intern(move |v| Ok((v.timeline(corr)?, v.konten()?))).await?;
    let zone = &app.stadt.zeitzone;
    let eintraege = rows.iter().map(|r| Eintrag {
        zeile: zeitachse::zeile(r, zone, |k| benannt(&konten, k)),
        corr: r.corr,
        seq: r.seq,
    });
    let titel = fall.state.aktenzeichen.clone().unwrap_or_else(|| "Vorgang ohne Aktenzeichen".into());
    let seite = Seite {
        eintraege: eintraege.collect(),
        rahmen: rahmen.titel(titel).aktiv("pruefung").krume("/pruefung", "Prüfspur"),
        id,
    };
    layout::seite(&seite)
}
