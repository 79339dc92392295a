//! `/pruefung/zugriffe`: who read what, why and when. Reading this is logged, too.

use crate::app::{AppState, abseits};
use crate::auditor::pruefen;
use crate::auditor::spur::benannt;
use crate::clerk::zugang::Leser;
use crate::error::Fehler;
use crate::layout::{self, Rahmen, zeitpunkt};
use akte_core::zugriff::Action;
use akte_projections::zugriff::ZugriffFilter;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

/// Rows of one page.
const SEITE: usize = 50;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Frage {
    wer: String,
    ziel: String,
    vor: String,
}

/// One read.
pub struct Zeile {
    pub wann: String,
    pub wer: String,
    pub was: String,
    pub ziel: Option<Uuid>,
    pub zweck: String,
}

#[derive(Template)]
#[template(path = "auditor/zugriffe.html")]
struct Seite {
    rahmen: Rahmen,
    frage: Frage,
    konten: Vec<(Uuid, String, bool)>,
    zeilen: Vec<Zeile>,
    weiter: Option<String>,
}

/// `GET /pruefung/zugriffe`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Query(frage): Query<Frage>,
) -> Result<Response, Fehler> {
    pruefen(&app, &leser, Action::ReadAudit, "zugriffe").await?;
    let filter = ZugriffFilter {
        wer: (!frage.wer.is_empty()).then(|| frage.wer.clone()),
        ziel: frage.ziel.trim().parse().ok(),
        vor_nr: frage.vor.parse().ok(),
        limit: SEITE + 1,
        ..ZugriffFilter::default()
    };
    let log = app.zugriff.clone();
    let mut rows = abseits(move || log.rows(&filter)).await?;
    let weiter = layout::letzte(&mut rows, SEITE)
        .map(|r| format!("/pruefung/zugriffe?wer={}&ziel={}&vor={}", frage.wer, frage.ziel, r.nr));
    let konten = app.intern(|v| v.konten()).await?;
    let zeilen = rows.into_iter().map(|r| Zeile {
        wann: zeitpunkt(&r.at, &app.stadt.zeitzone),
        wer: r.wer.parse().map_or_else(|_| "Person mit Code".into(), |id| benannt(&konten, id)),
        was: r.was,
        ziel: r.ziel,
        zweck: r.zweck,
    });
    let seite = Seite {
        zeilen: zeilen.collect(),
        konten: konten.iter().map(|k| (k.konto, benannt(&konten, k.konto), k.konto.to_string() == frage.wer)).collect(),
        rahmen: rahmen.titel("Lesezugriffe").aktiv("pruefung").krume("/pruefung", "Prüfspur"),
        frage,
        weiter,
    };
    layout::seite(&seite)
}
