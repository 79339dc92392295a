//! `/amt/vorgang/{id}/unterschied`: what changed in a case between two moments.

use super::Spanne;
use super::akte::{Unterschied, namen};
use super::unterschied::Vergleich;
use crate::app::AppState;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use akte_core::verfahren::Vorgang;
use akte_core::zugriff::Action;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use uuid::Uuid;

/// `GET /amt/vorgang/{id}/unterschied`
pub async fn unterschied(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    Query(spanne): Query<Spanne>,
) -> Result<Response, Fehler> {
    let heute = zugang::lesen::<Vorgang>(&app, &leser, Action::ReadVorgang, id, "vorgang-unterschied").await?;
    let titel = heute.state.aktenzeichen.clone().unwrap_or_else(|| "Vorgang ohne Aktenzeichen".into());
    let rahmen = rahmen.aktiv("eingang").krume(format!("/amt/vorgang/{id}"), titel);
    let seite = Unterschied::neu(rahmen, format!("/amt/vorgang/{id}/unterschied"), &spanne);
    let Some((a, b)) = spanne.lesen(&app) else { return seite.unlesbar(&spanne) };
    let def = app.leistungen().by_hash(&heute.state.definition);
    let konten = app.intern(|v| v.konten()).await?;
    let (name, achse) = (namen(&konten), spanne.achse());
    let v = Vergleich { house: &app.house, stream: id, a, b, achse, def: def.as_deref(), name: &name };
    let alle = v.aenderungen::<Vorgang>().await?;
    layout::seite(&seite.mit(&app, (a, b), achse, alle))
}
