//! The filing plan for everybody: as it holds on a day, as a file, and what tells two days apart (§ 11 IZG-SH).
//!
//! Changes nothing; a new plan is adopted by `akte aktenplan import`.

use super::daten::{haltbar, mit_etag};
use crate::app::{OffenState, abseits};
use crate::error::Fehler;
use crate::layout::{self, Rahmen, datum};
use akte_core::akte::event::Position;
use akte_core::akte::plan::{tabelle, unterschied as vergleich, xdomea};
use akte_core::ledger::hash::sha256;
use akte_core::ledger::ids::uuid8;
use akte_core::recht::datum_lesen;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Days as typed; empty = today.
#[derive(Default, Deserialize)]
pub struct Frage {
    #[serde(default)]
    stand: String,
    #[serde(default)]
    von: String,
    #[serde(default)]
    bis: String,
}

/// One position as the page shows it.
struct Zeile {
    kennung: String,
    titel: String,
    regel: String,
    ab: String,
}

#[derive(Template)]
#[template(path = "aktenplan.html")]
struct Seite {
    rahmen: Rahmen,
    /// As typed.
    stand: String,
    fehler: Option<&'static str>,
    tag: String,
    iso: String,
    zeilen: Vec<Zeile>,
}

const KEIN_TAG: &str = "Diesen Tag gibt es nicht. Schreiben Sie zum Beispiel 31.12.2026.";

/// What was typed, or today where nothing was; `None` = no day.
fn tag(text: &str, heute: Date) -> Option<Date> {
    let text = text.trim();
    if text.is_empty() { Some(heute) } else { datum_lesen(text) }
}

async fn plan(offen: &OffenState, tag: Date) -> Result<BTreeMap<String, Position>, Fehler> {
    let public = offen.public.clone();
    Ok(abseits(move || public.aktenplan(None)).await?.am(tag))
}

/// `GET /aktenplan?stand=`
pub async fn zeigen(
    State(offen): State<OffenState>,
    rahmen: Rahmen,
    Query(frage): Query<Frage>,
) -> Result<Response, Fehler> {
    let heute = offen.uhr.heute();
    let gelesen = tag(&frage.stand, heute);
    let am = gelesen.unwrap_or(heute);
    let zeile = |p: Position| Zeile {
        regel: vergleich::regel((p.aufbewahrung_jahre, p.bewertung)),
        ab: datum(&p.valid_from),
        kennung: p.kennung,
        titel: p.titel,
    };
    let seite = Seite {
        rahmen: rahmen.titel("Aktenplan").aktiv("daten").mit_fehlern(gelesen.is_none()).krume("/daten", "Offene Daten"),
        stand: if frage.stand.trim().is_empty() { datum(&heute) } else { frage.stand },
        fehler: gelesen.is_none().then_some(KEIN_TAG),
        tag: datum(&am),
        iso: am.to_string(),
        zeilen: plan(&offen, am).await?.into_values().map(zeile).collect(),
    };
    let status = if seite.fehler.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(haltbar(layout::seite_mit(status, &seite)?))
}

#[derive(Template)]
#[template(path = "aktenplan_unterschied.html")]
struct Unterschied {
    rahmen: Rahmen,
    von: String,
    bis: String,
    fehler: Option<&'static str>,
    /// Kennung and what became of it.
    zeilen: Vec<(String, String)>,
}

/// `GET /aktenplan/unterschied?von=&bis=`
pub async fn unterschied(
    State(offen): State<OffenState>,
    rahmen: Rahmen,
    Query(frage): Query<Frage>,
) -> Result<Response, Fehler> {
    let heute = offen.uhr.heute();
    let (von, bis) = (tag(&frage.von, heute), tag(&frage.bis, heute));
    let zeilen = match (von, bis) {
        (Some(von), Some(bis)) => {
            let (alt, neu) = (plan(&offen, von).await?, plan(&offen, bis).await?);
            vergleich::unterschied(&alt, &neu).iter().map(|a| (a.kennung().to_owned(), a.satz())).collect()
        }
        _ => Vec::new(),
    };
    let fehler = (von.is_none() || bis.is_none()).then_some(KEIN_TAG);
    let getippt = |text: String| if text.trim().is_empty() { datum(&heute) } else { text };
    let seite = Unterschied {
        rahmen: rahmen
            .titel("Unterschied im Aktenplan")
            .aktiv("daten")
            .mit_fehlern(fehler.is_some())
            .krume("/daten", "Offene Daten")
            .krume("/aktenplan", "Aktenplan"),
        von: getippt(frage.von),
        bis: getippt(frage.bis),
        fehler,
        zeilen,
    };
    let status = if seite.fehler.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(haltbar(layout::seite_mit(status, &seite)?))
}

/// `GET /aktenplan/{datei}`: `heute` or a day, as `.csv`, `.json` or `.xml`.
pub async fn datei(
    State(offen): State<OffenState>,
    headers: HeaderMap,
    Path(datei): Path<String>,
) -> Result<Response, Fehler> {
    let heute = offen.uhr.heute();
    let (name, form) = datei.rsplit_once('.').ok_or_else(Fehler::nicht_gefunden)?;
    let am = if name == "heute" { Some(heute) } else { name.parse().ok() };
    let am = am.ok_or_else(Fehler::nicht_gefunden)?;
    let plan = plan(&offen, am).await?;
    let (media, inhalt) = match form {
        "csv" => ("text/csv; charset=utf-8; header=present", tabelle::schreiben(plan.values()).map_err(Fehler::fault)?),
        "json" => {
            let alle: Vec<&Position> = plan.values().collect();
            ("application/json", serde_json::to_vec(&alle).map_err(Fehler::fault)?)
        }
        "xml" => ("application/xml", als_xdomea(&offen, am, &plan)?),
        _ => return Err(Fehler::nicht_gefunden()),
    };
    Ok(mit_etag(&headers, media, inhalt))
}

/// The same bytes for the same plan: id and time are made of town and day.
fn als_xdomea(offen: &OffenState, am: Date, plan: &BTreeMap<String, Position>) -> Result<Vec<u8>, Fehler> {
    let gruendung = plan.values().map(|p| p.valid_from).max().unwrap_or(am);
    let kopf = xdomea::Kopf {
        prozess: uuid8(&sha256(&[
            b"aktenkette/xdomea/0301\n",
            offen.stadt.domain.as_bytes(),
            b"\n",
            am.to_string().as_bytes(),
        ])),
        am: gruendung.to_zoned(jiff::tz::TimeZone::UTC).map_err(Fehler::fault)?.timestamp(),
        absender: offen.stadt.name.clone(),
        empfaenger: "Öffentlichkeit".into(),
        version: gruendung.to_string(),
    };
    xdomea::schreiben(&kopf, plan).map_err(Fehler::fault)
}
