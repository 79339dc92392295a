//! `/metadaten/akte.json`, `/metadaten/dokument.json`: the schemas in force, whose SHA-256 the events name.

use super::daten::mit_etag;
use crate::app::OffenState;
use crate::error::Fehler;
use akte_core::metadaten::Art;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

/// `GET /metadaten/{datei}`
pub async fn schema(
    State(offen): State<OffenState>,
    headers: HeaderMap,
    Path(datei): Path<String>,
) -> Result<Response, Fehler> {
    let art = datei.strip_suffix(".json").and_then(Art::lesen).ok_or_else(Fehler::nicht_gefunden)?;
    let schema = offen.stadt.metadaten.in_kraft(art).ok_or_else(Fehler::nicht_gefunden)?;
    Ok(mit_etag(&headers, "application/schema+json", schema.json_bytes(art)))
}
