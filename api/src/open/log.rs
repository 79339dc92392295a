//! The signed log for everybody: checkpoint, tiles and entry bundles (c2sp.org/tlog-tiles), keys, and a page about them.
//!
//! Shows hashes only, and nothing beyond the newest signed checkpoint.

use super::daten::{haltbar, mit_etag};
use crate::app::OffenState;
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use akte_core::ledger::log_reader::LogReader;
use akte_core::ledger::note::Vkey;
use akte_core::ledger::tlog::tile::TilePath;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;

const TEXT: &str = "text/plain; charset=utf-8";
/// The checkpoint changes with every cadence; a mirror must not be held back.
const KURZ: &str = "public, max-age=5";
/// A tile never changes.
const FEST: &str = "public, max-age=31536000, immutable";

#[derive(Template)]
#[template(path = "log.html")]
struct Seite {
    rahmen: Rahmen,
    origin: String,
    /// Entries covered by the newest checkpoint.
    groesse: Option<u64>,
    vkeys: Vec<String>,
}

/// `GET /log`
pub async fn seite(State(offen): State<OffenState>, rahmen: Rahmen) -> Result<Response, Fehler> {
    let groesse = checkpoint_von(&offen.log).await.map(|(size, _)| size).ok();
    let rahmen = rahmen.titel("Protokoll").aktiv("daten").krume("/daten", "Offene Daten");
    let vkeys = offen.log.vkeys().iter().map(Vkey::to_string).collect();
    Ok(haltbar(layout::seite(&Seite { rahmen, origin: offen.log.origin().to_owned(), groesse, vkeys })?))
}

/// `GET /log/checkpoint`
pub async fn checkpoint(State(offen): State<OffenState>, headers: HeaderMap) -> Result<Response, Fehler> {
    let (_, note) = checkpoint_von(&offen.log).await?;
    Ok(halten(mit_etag(&headers, TEXT, note), KURZ))
}

/// `GET /log/policy`
pub async fn policy(State(offen): State<OffenState>, headers: HeaderMap) -> Result<Response, Fehler> {
    let text = offen.log.policy().ok_or_else(Fehler::nicht_gefunden)?;
    Ok(mit_etag(&headers, TEXT, text))
}

/// `GET /log/tile/…`: one name per tile, as it stands in the address, without decoding.
pub async fn kachel(State(offen): State<OffenState>, headers: HeaderMap, uri: Uri) -> Result<Response, Fehler> {
    let path = uri.path().strip_prefix("/log/").filter(|_| uri.query().is_none());
    let path: TilePath = path.and_then(|p| p.parse().ok()).ok_or_else(Fehler::nicht_gefunden)?;
    let (size, _) = checkpoint_von(&offen.log).await?;
    let bytes = offen.log.file(&path, size).await.map_err(Fehler::fault)?;
    let bytes = bytes.ok_or_else(Fehler::nicht_gefunden)?;
    Ok(halten(mit_etag(&headers, "application/octet-stream", bytes), FEST))
}

async fn checkpoint_von(log: &LogReader) -> Result<(u64, String), Fehler> {
    log.checkpoint().await.map_err(Fehler::fault)?.ok_or_else(Fehler::nicht_gefunden)
}

fn halten(mut response: Response, regel: &'static str) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(regel));
    response
}
