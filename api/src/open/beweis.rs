//! Proofs of public rows: one file per release, checkable offline by anybody.
//!
//! Header, disclosures and place of a row come from `public.db`; of the ledger it gets hashes and a signed note.

use crate::app::{OffenState, abseits};
use crate::error::Fehler;
use crate::open::daten::mit_etag;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

/// Most rows in one file: about 20 MB.
const ZEILEN: usize = 10_000;
/// Ending of the file's name.
const ENDUNG: &str = ".beweis.json";

/// `GET /daten/{datensatz}/{release}.beweis.json`
pub async fn release(
    State(offen): State<OffenState>,
    headers: HeaderMap,
    Path((datensatz, datei)): Path<(String, String)>,
) -> Result<Response, Fehler> {
    let release = datei.strip_suffix(ENDUNG).ok_or_else(Fehler::nicht_gefunden)?.to_owned();
    let public = offen.public.clone();
    let belege = abseits(move || public.belege(&datensatz, &release, ZEILEN + 1)).await?;
    let belege = belege.ok_or_else(|| Fehler::fault("a public row has no proof"))?;
    if belege.is_empty() {
        return Err(Fehler::nicht_gefunden());
    }
    if belege.len() > ZEILEN {
        let text = "Dieser Zeitraum hat mehr als 10.000 Zeilen. Bitte fragen Sie uns nach den Beweisen.";
        return Err(Fehler::refusal(StatusCode::PAYLOAD_TOO_LARGE, "too-many-rows", text));
    }
    let text = offen.beweise.datei(&belege).await?.ok_or_else(|| Fehler::Spaeter {
        status: StatusCode::SERVICE_UNAVAILABLE,
        code: "checkpoint",
        text: "Die Beweise entstehen mit dem nächsten unterschriebenen Stand unseres Protokolls. Bitte versuchen Sie es in einigen Minuten noch einmal.".into(),
        sekunden: u32::try_from(offen.stadt.protokoll.takt_sekunden).unwrap_or(u32::MAX),
    })?;
    Ok(mit_etag(&headers, "application/json", text))
}
