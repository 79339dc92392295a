//! A redacted answer for the person who asked: what is released, what is missing and why, and the proof.
//!
//! Hands out exactly the pointers the answer names, from exactly the event it names.

use crate::app::AppState;
use crate::citizen::fall::{Fall, oeffnen};
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use crate::nachweis::{self, Form};
use akte_core::ledger::disclosure;
use akte_core::ledger::hash::b64u;
use akte_core::ledger::receipt::Redacted;
use akte_core::verfahren::state::AuskunftState;
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "auskunft.html")]
struct Seite {
    rahmen: Rahmen,
    id: Uuid,
    index: u64,
    /// Pointer, value.
    frei: Vec<(String, String)>,
    /// Pointer, legal basis.
    fehlt: Vec<(String, String)>,
}

/// `GET /status/auskunft/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path(id): Path<Uuid>,
) -> Result<Response, Fehler> {
    let f = oeffnen(&app, &headers, Action::ReadStatus, "auskunft").await?;
    let a = auskunft(&f, id)?;
    let auszug = auszug(&app, a).await?;
    let lesbar = |d: &String| {
        let d = disclosure::read(d).ok()?;
        let wert = match d.value {
            Value::String(s) => s,
            andere => andere.to_string(),
        };
        Some((d.pointer, wert))
    };
    let titel = rahmen.t().auskunft.titel;
    layout::seite(&Seite {
        rahmen: rahmen.titel(titel).aktiv("status").krume_status(),
        id,
        index: a.index,
        frei: auszug.disclosures.iter().filter_map(lesbar).collect(),
        fehlt: a.gruende.iter().map(|(p, norm)| (p.clone(), norm.clone())).collect(),
    })
}

/// `GET /status/auskunft/{id}/{datei}`: `beweis.tlog-proof` or `zusage.json`.
pub async fn holen(
    State(app): State<AppState>,
    headers: HeaderMap,
    Path((id, datei)): Path<(Uuid, String)>,
) -> Result<Response, Fehler> {
    let (_, form) = Form::aus(&datei).ok_or_else(Fehler::nicht_gefunden)?;
    let f = oeffnen(&app, &headers, Action::ReadStatus, "auskunft").await?;
    let auszug = auszug(&app, auskunft(&f, id)?).await?;
    nachweis::geben(&app, &auszug, form, &format!("auskunft-{}", auszug.index)).await
}

fn auskunft(f: &Fall, id: Uuid) -> Result<&AuskunftState, Fehler> {
    f.geladen.state.auskuenfte.iter().find(|a| a.id == id).ok_or_else(Fehler::nicht_gefunden)
}

async fn auszug(app: &AppState, a: &AuskunftState) -> Result<Redacted, Fehler> {
    let e = app.house.ereignis_an(a.index).await?;
    let auszug = app.house.auszug(&e, &a.freigegeben).await?;
    if b64u(&auszug.event_hash()) != a.event_hash {
        return Err(Fehler::fault("the event of an answer is not the one that was released"));
    }
    Ok(auszug)
}
