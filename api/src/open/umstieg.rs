//! `/daten/umstieg`: how far each unit has come from paper to the electronic file.
//!
//! Closed quarters only, rounded down to multiples of k; smaller numbers are not said.

use super::daten::{haltbar, quartal};
use crate::app::{OffenState, abseits};
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use akte_projections::rows::UmstiegStand;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

/// One unit at the end of one quarter, as text.
struct Zeile {
    zeitraum: String,
    einheit: String,
    zahlen: [String; 4],
}

#[derive(Template)]
#[template(path = "umstieg.html")]
struct Seite {
    rahmen: Rahmen,
    zeilen: Vec<Zeile>,
    k: u32,
}

/// `GET /daten/umstieg`
pub async fn zeigen(State(offen): State<OffenState>, rahmen: Rahmen) -> Result<Response, Fehler> {
    let public = offen.public.clone();
    let stand = abseits(move || public.umstieg()).await?;
    let k = rahmen.stadt.k;
    let zahl = |n: Option<u64>| n.map_or_else(|| format!("unter {k}"), |n| format!("mindestens {n}"));
    let zeile = |s: UmstiegStand| Zeile {
        zeitraum: quartal(&s.zeitraum),
        einheit: offen.stadt.einheit(&s.einheit).to_owned(),
        zahlen: [s.elektronisch, s.hybrid, s.papier, s.uebernommen].map(zahl),
    };
    let zeilen = stand.into_iter().map(zeile).collect();
    let rahmen = rahmen.titel("Der Weg zur elektronischen Akte").aktiv("daten").krume("/daten", "Offene Daten");
    Ok(haltbar(layout::seite(&Seite { rahmen, zeilen, k })?))
}
