//! `/amt/suche`: by name, Aktenzeichen or words, also inside documents, within the reader's rights; every search is
//! logged.
//!
//! Who searches types names: they come by POST and stand in no address. The answer has an address of its own, so that
//! the way back from a hit leads to it.

use crate::app::AppState;
use crate::clerk::worte::aktenzeichen;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::{Formular, verbotenes_zeichen};
use crate::layout::{self, Rahmen};
use akte_core::zugriff::Action;
use akte_projections::InternalViews;
use akte_projections::rows::{DokumentTreffer, SuchTreffer};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Hits shown at most.
const TREFFER: usize = 50;
/// Characters of a query.
const ZEICHEN: usize = 100;
/// Searches of the whole office that are remembered.
const GEMERKT: usize = 2_000;

/// What was searched for lately, in memory alone: (address, account, words), newest last.
#[derive(Default)]
pub struct Suchen(Mutex<VecDeque<(Uuid, Uuid, String)>>);

impl Suchen {
    /// The address under which this account sees its answer.
    fn merken(&self, konto: Uuid, q: String) -> Uuid {
        let id = Uuid::new_v4();
        let mut alle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if alle.len() == GEMERKT {
            alle.pop_front();
        }
        alle.push_back((id, konto, q));
        id
    }
    /// `None`: not this account's, or too long ago.
    fn von(&self, konto: Uuid, id: Uuid) -> Option<String> {
        let alle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        alle.iter().find(|(i, k, _)| (*i, *k) == (id, konto)).map(|(_, _, q)| q.clone())
    }
}

#[derive(Deserialize)]
pub struct Frage {
    /// Address of a search.
    s: Option<String>,
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
    vergessen: bool,
}

/// `POST /amt/suche`
pub async fn fragen(State(app): State<AppState>, leser: Leser, getippt: Formular) -> Result<Response, Fehler> {
    zugang::darf_liste(&app, &leser, Action::Search).await?;
    let q: String = getippt.get("q").trim().chars().take(ZEICHEN).collect();
    let s = app.suchen.merken(leser.wer.konto.konto, q);
    Ok(layout::weiter(&format!("/amt/suche?s={s}")))
}

/// `GET /amt/suche`
pub async fn suchen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Query(frage): Query<Frage>,
) -> Result<Response, Fehler> {
    zugang::lesen_liste(&app, &leser, Action::Search, "suche").await?;
    let s = frage.s.map(|s| s.parse().ok().and_then(|s| app.suchen.von(leser.wer.konto.konto, s)));
    let vergessen = s == Some(None);
    let q = s.flatten().unwrap_or_default();
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
    let rahmen = rahmen.titel("Suche").aktiv("suche");
    layout::seite(&Seite { rahmen, q, treffer, dokumente, gesucht, voll, vergessen })
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
        aktenzeichen: aktenzeichen(d.aktenzeichen, false),
        ausschnitt: d.ausschnitt,
    }
}
