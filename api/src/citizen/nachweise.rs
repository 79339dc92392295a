//! Receipts of one's own case: which there are, and each as a download.
//!
//! What may be in one is decided by `verfahren::offenlegung`, an allow-list; here it is only handed out.

use crate::app::AppState;
use crate::citizen::fall::{Fall, oeffnen};
use crate::error::Fehler;
use crate::layout;
use crate::nachweis::{self, Form};
use crate::sprache::Sprache;
use crate::texte::{self, Wort};
use akte_core::vault::Recorded;
use akte_core::verfahren::offenlegung;
use akte_core::zugriff::Action;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;

/// One event of which there is a receipt.
pub struct Nachweis {
    pub seq: u64,
    pub titel: Wort,
    pub tag: String,
    /// `ref` of the town's document whose digest it holds.
    pub dokument: Option<String>,
}

/// All receipts of a case, oldest first.
pub async fn liste(app: &AppState, f: &Fall, seite: Sprache) -> Result<Vec<Nachweis>, Fehler> {
    let history = app.house.history(f.vorgang).await?;
    let zone = &app.house.zone;
    let nachweis = |r: &Recorded| {
        Some(Nachweis {
            seq: r.seq,
            titel: titel(&r.wire, seite).filter(|_| sichtbar(f, r))?,
            tag: layout::datum_in(&r.at.to_zoned(zone.clone()).date(), seite),
            dokument: r.data.get("dokument").and_then(|d| d["ref"].as_str()).map(str::to_owned),
        })
    };
    Ok(history.iter().filter_map(nachweis).collect())
}

/// What an event is called on a receipt. The list of those there are is `offenlegung`'s; a name it has and no
/// other language does is German.
fn titel(wire: &str, seite: Sprache) -> Option<Wort> {
    let deutsch = offenlegung::titel(wire)?;
    let fremd = || Wort { text: deutsch.into(), deutsch: seite != Sprache::De };
    Some(texte::von(seite).nachweis.finden(&wire.replace('.', "_")).map_or_else(fremd, Wort::from))
}

fn sichtbar(f: &Fall, r: &Recorded) -> bool {
    offenlegung::sichtbar(&f.geladen.state, &r.wire, r.data.get("fassung").and_then(Value::as_u64))
}

/// `GET /status/nachweis/{datei}`: `<seq>.tlog-proof` or `<seq>.json`.
pub async fn holen(
    State(app): State<AppState>,
    headers: HeaderMap,
    Path(datei): Path<String>,
) -> Result<Response, Fehler> {
    let (seq, form) = Form::aus(&datei).ok_or_else(Fehler::nicht_gefunden)?;
    let f = oeffnen(&app, &headers, Action::ReadStatus, "nachweis").await?;
    let gesucht = liste(&app, &f, Sprache::De).await?.into_iter().find(|n| n.seq.to_string() == seq);
    let n = gesucht.ok_or_else(Fehler::nicht_gefunden)?;
    let ereignis = app.house.ereignis(f.vorgang, n.seq).await?;
    let wire = ereignis.header.wire.clone();
    let auszug = ereignis.auszug(|p| offenlegung::zeiger(Some(&f.def), &wire, p))?;
    nachweis::geben(&app, &auszug, form, &format!("nachweis-{}", n.seq)).await
}
