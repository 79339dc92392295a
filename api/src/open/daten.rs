//! Open data: datasets as page, JSON and CSV, and the figures of the services.
//!
//! Every value comes from `public.db`; what is not released is not there.

use crate::app::{OffenState, abseits};
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use akte_projections::rows::{DatensatzInfo, DatensatzZeile};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Most rows on the page; the files hold all.
const SEITE: usize = 200;
/// Most rows in one file.
const DATEI: usize = 100_000;
/// The view's name for all services together.
const GESAMT: &str = "gesamt";
/// Public data may be kept this long, seconds.
const CACHE: &str = "public, max-age=300";

#[derive(Template)]
#[template(path = "daten.html")]
struct Liste {
    rahmen: Rahmen,
    datensaetze: Vec<DatensatzInfo>,
}

/// `GET /daten`
pub async fn liste(State(offen): State<OffenState>, rahmen: Rahmen) -> Result<Response, Fehler> {
    let public = offen.public.clone();
    let datensaetze = abseits(move || public.datensaetze()).await?;
    Ok(haltbar(layout::seite(&Liste { rahmen: rahmen.titel("Offene Daten").aktiv("daten"), datensaetze })?))
}

#[derive(Template)]
#[template(path = "datensatz.html")]
struct Datensatz {
    rahmen: Rahmen,
    info: DatensatzInfo,
    zeilen: Vec<Vec<String>>,
    mehr: bool,
}

/// `GET /daten/{datei}`: `<id>` is the page, `<id>.json` and `<id>.csv` are the files.
pub async fn datensatz(
    State(offen): State<OffenState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path(datei): Path<String>,
) -> Result<Response, Fehler> {
    let (id, form) = match datei.rsplit_once('.') {
        Some((id, form @ ("json" | "csv"))) => (id.to_owned(), form),
        _ => (datei.clone(), ""),
    };
    let limit = if form.is_empty() { SEITE + 1 } else { DATEI };
    let public = offen.public.clone();
    let gesucht = id.clone();
    let (info, zeilen) = abseits(move || {
        let info = public.datensaetze()?.into_iter().find(|d| d.id == gesucht);
        let zeilen = if info.is_some() { public.datensatz(&gesucht, None, 0, limit)? } else { Vec::new() };
        Ok((info, zeilen))
    })
    .await?;
    let info = info.ok_or_else(Fehler::nicht_gefunden)?;
    match form {
        "json" => Ok(mit_etag(&headers, "application/json", als_json(&info, &zeilen))),
        "csv" => Ok(mit_etag(&headers, "text/csv; charset=utf-8; header=present", als_csv(&info, &zeilen))),
        _ => {
            let mehr = zeilen.len() > SEITE;
            let zeilen = zeilen.iter().take(SEITE).map(|z| zeile(&info, z)).collect();
            let rahmen = rahmen.titel(info.titel.clone()).aktiv("daten").krume("/daten", "Offene Daten");
            Ok(haltbar(layout::seite(&Datensatz { rahmen, info, zeilen, mehr })?))
        }
    }
}

fn zeile(info: &DatensatzInfo, z: &DatensatzZeile) -> Vec<String> {
    let werte = info.spalten.iter().map(|s| z.zeile.get(s).cloned().unwrap_or_default());
    std::iter::once(z.release.clone()).chain(werte).collect()
}

fn als_json(info: &DatensatzInfo, zeilen: &[DatensatzZeile]) -> String {
    json!({
        "id": info.id, "titel": info.titel, "rechtsgrundlage": info.rechtsgrundlage, "stand": info.stand,
        "spalten": info.spalten,
        "zeilen": zeilen.iter().map(|z| json!({ "index": z.index, "release": z.release, "werte": z.zeile })).collect::<Vec<_>>(),
    })
    .to_string()
}

fn als_csv(info: &DatensatzInfo, zeilen: &[DatensatzZeile]) -> String {
    let kopf: Vec<String> = std::iter::once("release".to_owned()).chain(info.spalten.iter().cloned()).collect();
    let alle = std::iter::once(kopf).chain(zeilen.iter().map(|z| zeile(info, z)));
    alle.map(|z| z.iter().map(|w| csv_zelle(w)).collect::<Vec<_>>().join(",") + "\r\n").collect()
}

/// RFC 4180, and no spreadsheet takes the cell for a formula.
pub fn csv_zelle(wert: &str) -> String {
    let formel = wert.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let wert = if formel { format!("'{wert}") } else { wert.to_owned() };
    if wert.contains([',', '"', '\n', '\r', ';']) { format!("\"{}\"", wert.replace('"', "\"\"")) } else { wert }
}

/// An answer that other origins may read too, with a strong ETag and the cache rule of public data.
pub(super) fn mit_etag(headers: &HeaderMap, media: &'static str, inhalt: impl Into<Vec<u8>>) -> Response {
    let inhalt = inhalt.into();
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(&inhalt)[..16]));
    let kennt = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.split(',').any(|e| e.trim().trim_start_matches("W/") == etag || e.trim() == "*"));
    let mut response = match kennt {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, media)], inhalt).into_response(),
    };
    if let Ok(v) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, v);
    }
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response.headers_mut().insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    haltbar(response)
}

pub(super) fn haltbar(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    response
}

/// One service in one closed quarter, as text: suppressed figures are said to be.
pub struct Zahl {
    pub leistung: String,
    pub zeitraum: String,
    pub eingegangen: String,
    pub erledigt: String,
    pub median: String,
}

#[derive(Template)]
#[template(path = "zahlen.html")]
struct Zahlen {
    rahmen: Rahmen,
    zahlen: Vec<Zahl>,
    k: u32,
}

/// `GET /daten/leistungen`
pub async fn leistungen(State(offen): State<OffenState>, rahmen: Rahmen) -> Result<Response, Fehler> {
    let public = offen.public.clone();
    let mut stand = abseits(move || public.leistungen_stand()).await?;
    // Newest first, and in each quarter the whole before its parts.
    stand.sort_by(|a, b| b.zeitraum.cmp(&a.zeitraum).then((a.leistung != GESAMT).cmp(&(b.leistung != GESAMT))));
    let zahl = |n: Option<u64>| n.map_or_else(|| "nicht veröffentlicht".to_owned(), |n| n.to_string());
    let zahlen = stand
        .into_iter()
        .map(|s| Zahl {
            leistung: if s.leistung == GESAMT { "Alle Leistungen".into() } else { offen.leistungen.titel(&s.leistung) },
            zeitraum: quartal(&s.zeitraum),
            eingegangen: zahl(s.eingegangen),
            erledigt: zahl(s.erledigt),
            median: s.median_tage.map_or_else(|| "nicht veröffentlicht".into(), |t| format!("{t} Tage")),
        })
        .collect();
    let k = rahmen.stadt.k;
    let rahmen = rahmen.titel("So arbeiten unsere Leistungen").aktiv("daten").krume("/daten", "Offene Daten");
    Ok(haltbar(layout::seite(&Zahlen { rahmen, zahlen, k })?))
}

/// `2026-Q3` as people say it.
pub(super) fn quartal(zeitraum: &str) -> String {
    zeitraum.split_once("-Q").map_or_else(|| zeitraum.to_owned(), |(jahr, n)| format!("{n}. Quartal {jahr}"))
}

#[cfg(test)]
mod tests {
    use super::{csv_zelle, quartal};

    #[test]
    fn a_quarter_is_told_in_words() {
        assert_eq!(quartal("2026-Q3"), "3. Quartal 2026");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (roh, soll) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+49 4122", "'+49 4122"),
            ("-1", "'-1"),
            ("\tx", "'\tx"),
            ("Meyer, \"Eis\"", "\"Meyer, \"\"Eis\"\"\""),
            ("=a,b", "\"'=a,b\""),
            ("Bäckerei", "Bäckerei"),
        ] {
            assert_eq!(csv_zelle(roh), soll);
        }
    }
}
