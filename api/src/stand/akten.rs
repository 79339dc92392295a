//! `/amt/akten/stand`: the list of files as it was at a moment, each line folded from its own events.

use super::{Kopf, Moment};
use crate::app::AppState;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::layout::{self, Rahmen, datum};
use akte_core::akte::Akte;
use akte_core::execute::{ExecuteError, Zeitachse};
use akte_core::zugriff::Action;
use akte_projections::rows::AuditFilter;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

/// Files of one page.
const SEITE: usize = 50;

/// `?vor=4711`: files opened before that event.
#[derive(Deserialize)]
pub struct Weiter {
    #[serde(default)]
    vor: String,
}

/// One file as it was.
struct Zeile {
    href: String,
    aktenzeichen: String,
    titel: String,
    aktenplan: String,
    stand: &'static str,
    bis: String,
    dokumente: usize,
}

#[derive(Template)]
#[template(path = "stand/akten.html")]
struct Seite {
    rahmen: Rahmen,
    kopf: Kopf,
    zeilen: Vec<Zeile>,
    weiter: Option<String>,
}

/// `GET /amt/akten/stand`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Query(moment): Query<Moment>,
    Query(weiter): Query<Weiter>,
) -> Result<Response, Fehler> {
    zugang::lesen_liste(&app, &leser, Action::ReadAkte, "akten-stand").await?;
    let kopf = moment.kopf(&app);
    let (zeilen, letzte) = akten(&app, &leser, &kopf, weiter.vor.parse().ok()).await?;
    let adresse = |vor: u64| format!("{}&vor={vor}", kopf.adresse("/amt/akten/stand"));
    let (status, weiter) = (kopf.status, letzte.map(adresse));
    let seite = Seite {
        rahmen: rahmen
            .titel("Akten zu einem Zeitpunkt")
            .aktiv("eingang")
            .krume("/amt", "Eingang")
            .mit_fehlern(kopf.meldung.is_some()),
        kopf,
        zeilen,
        weiter,
    };
    layout::seite_mit(status, &seite)
}

/// Files that were open to this reader then, the newest first; where the next page begins.
async fn akten(
    app: &AppState,
    leser: &Leser,
    kopf: &Kopf,
    vor: Option<u64>,
) -> Result<(Vec<Zeile>, Option<u64>), Fehler> {
    let (am, achse) = (kopf.am, kopf.achse);
    // The trail of events says which files were opened; what they were is folded.
    let filter = AuditFilter {
        wire: Some("akte.opened.v1".into()),
        bis: (achse == Zeitachse::Erfassung).then_some(am),
        vor_index: vor,
        limit: SEITE + 1,
        ..AuditFilter::default()
    };
    let mut rows = app.intern(move |v| v.audit(&filter)).await?;
    let letzte = layout::letzte(&mut rows, SEITE).map(|r| r.index);
    let einheiten = leser.einheiten();
    let mut zeilen = Vec::new();
    for r in rows {
        let a = match app.house.load_stand::<Akte>(r.stream, am, achse).await {
            Ok(a) => a.state,
            Err(ExecuteError::NotFound) => continue,
            Err(e) => return Err(e.into()),
        };
        if einheiten.as_ref().is_none_or(|e| e.contains(&a.einheit)) {
            zeilen.push(zeile(kopf.adresse(&format!("/amt/akte/{}/stand", r.stream)), a));
        }
    }
    Ok((zeilen, letzte))
}

fn zeile(href: String, a: Akte) -> Zeile {
    Zeile {
        href,
        aktenzeichen: a.aktenzeichen.unwrap_or_else(|| "noch ohne Aktenzeichen".into()),
        titel: a.titel.unwrap_or_else(|| "gelöscht".into()),
        aktenplan: a.aktenplan,
        stand: if a.geschlossen { "geschlossen" } else { "offen" },
        bis: a.aufbewahrung_bis.map(|d| datum(&d)).unwrap_or_default(),
        dokumente: a.dokumente.len(),
    }
}
