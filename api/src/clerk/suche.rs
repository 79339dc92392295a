//! `/amt/suche`: by name, Aktenzeichen or words, also inside documents, within the reader's rights; every search is
//! logged.

use crate::app::AppState;
use crate::clerk::worte::aktenzeichen;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::verbotenes_zeichen;
use crate::layout::{self, Rahmen};
use akte_core::zugriff::Action;
use akte_projections::InternalViews;
use akte_projections::rows::{DokumentTreffer, SuchTreffer};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

/// Hits shown at most.
const TREFFER: usize = 50;
/// Characters of a query.
const ZEICHEN: usize = 100;

#[derive(Deserialize)]
pub struct Frage {
    #[serde(default)]
    q: String,
}

/// A document in whose text the words occur.
struct Fund {
    adresse: String,
    titel: String,
    /// Where title and name of the file differ.
    dateiname: Option<String>,
    akte: Uuid,
    aktenzeichen: String,
    ausschnitt: String,
}

#[derive(Template)]
#[template(path = "clerk/suche.html")]
struct Seite {
    rahmen: Rahmen,
    q: String,
    treffer: Vec<SuchTreffer>,
    dokumente: Vec<Fund>,
    gesucht: bool,
    voll: bool,
}

/// `GET /amt/suche?q=`
pub async fn suchen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Query(frage): Query<Frage>,
) -> Result<Response, Fehler> {
    zugang::lesen_liste(&app, &leser, Action::Search, "suche").await?;
    let q: String = frage.q.trim().chars().take(ZEICHEN).collect();
    let gesucht = !q.is_empty() && !verbotenes_zeichen(&q);
    let (mut treffer, mut dokumente) = (Vec::new(), Vec::new());
    if gesucht {
        let (einheiten, wort) = (leser.einheiten(), q.clone());
        let fragen = move |v: &InternalViews| {
            let e = einheiten.as_deref();
            Ok((v.suche(&wort, e, TREFFER + 1)?, v.suche_dokumente(&wort, e, TREFFER + 1)?))
        };
        (treffer, dokumente) = app.intern(fragen).await?;
    }
    let voll = treffer.len() > TREFFER || dokumente.len() > TREFFER;
    treffer.truncate(TREFFER);
    dokumente.truncate(TREFFER);
    let dokumente = dokumente.into_iter().map(fund).collect();
    layout::seite(&Seite { rahmen: rahmen.titel("Suche").aktiv("suche"), q, treffer, dokumente, gesucht, voll })
}

fn fund(d: DokumentTreffer) -> Fund {
    let adresse = match d.vorgang {
        Some(vorgang) => format!("/amt/vorgang/{vorgang}/dokument/{}", d.dokument),
        None => format!("/amt/akte/{}/dokument/{}", d.akte, d.dokument),
    };
    let titel = d.titel.or_else(|| d.dateiname.clone()).unwrap_or_else(|| "Dokument ohne Titel".into());
    Fund {
        adresse,
        dateiname: d.dateiname.filter(|n| *n != titel),
        titel,
        akte: d.akte,
        aktenzeichen: aktenzeichen(d.aktenzeichen),
        ausschnitt: d.ausschnitt,
    }
}
