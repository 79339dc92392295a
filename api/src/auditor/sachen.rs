//! What an answer under Art. 15 DSGVO can be about, as it is chosen on its page: procedures, files, entries of the post
//! book.
//!
//! Puts nothing together; a read is logged for each thing before its content is asked for.

use crate::app::AppState;
use crate::betroffene::Sachart;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::zeitpunkt;
use akte_core::akte::Akte;
use akte_core::eingang::Eingang;
use akte_core::execute::ExecuteError;
use akte_core::verfahren::Vorgang;
use akte_core::zugriff::Action;
use akte_projections::rows::PersonTreffer;
use uuid::Uuid;

/// One procedure, file or entry of the post book to choose.
pub struct Treffer {
    pub vorgang: Uuid,
    pub text: String,
    pub gewaehlt: bool,
}

/// What was chosen, still chosen: the procedures, and the rest.
pub async fn gewaehlte(app: &AppState, f: &Formular) -> Result<(Vec<Treffer>, Vec<Treffer>), Fehler> {
    let (mut vorgaenge, mut weitere) = (Vec::new(), Vec::new());
    for id in f.all("vorgang").filter_map(|t| t.parse::<Uuid>().ok()) {
        match sachart(app, id).await? {
            Sachart::Vorgang => {
                let row = app.intern(move |v| v.vorgang(id)).await?;
                let text = row.map_or_else(String::new, |r| {
                    let az = r.aktenzeichen.unwrap_or_else(|| "ohne Aktenzeichen".into());
                    format!("{az}, {}", r.antragsteller.unwrap_or(r.leistung))
                });
                vorgaenge.push(Treffer { vorgang: id, text, gewaehlt: true });
            }
            Sachart::Akte => {
                let a = app.house.load::<Akte>(id).await?.state;
                let t = PersonTreffer::Akte { akte: id, aktenzeichen: a.aktenzeichen, titel: a.titel };
                weitere.push(Treffer { gewaehlt: true, ..weiterer(app, t) });
            }
            Sachart::Eingang => {
                let e = app.house.load::<Eingang>(id).await?.state;
                let received_at = e.received_at.unwrap_or_default();
                let t = PersonTreffer::Eingang { eingang: id, received_at, absender: e.absender, betreff: e.betreff };
                weitere.push(Treffer { gewaehlt: true, ..weiterer(app, t) });
            }
        }
    }
    Ok((vorgaenge, weitere))
}

/// A file or an entry of the post book, to choose.
pub fn weiterer(app: &AppState, t: PersonTreffer) -> Treffer {
    let da = |t: Option<String>, sonst: &str| t.unwrap_or_else(|| sonst.to_owned());
    let (vorgang, text) = match t {
        PersonTreffer::Akte { akte, aktenzeichen, titel } => {
            (akte, format!("Akte {}: {}", da(aktenzeichen, "ohne Aktenzeichen"), da(titel, "ohne Titel")))
        }
        PersonTreffer::Eingang { eingang, received_at, absender, betreff } => {
            let wann = zeitpunkt(&received_at, &app.stadt.zeitzone);
            let (von, was) = (da(absender, "unbekannt"), da(betreff, "ohne Betreff"));
            (eingang, format!("Eingang vom {wann} von {von}: {was}"))
        }
    };
    Treffer { vorgang, text, gewaehlt: false }
}

async fn sachart(app: &AppState, id: Uuid) -> Result<Sachart, Fehler> {
    Sachart::von(&app.house, id).await.map_err(|e| match e {
        ExecuteError::NotFound => Fehler::nicht_gefunden(),
        e => e.into(),
    })
}

/// Logged before anything of it is put together.
pub async fn gelesen(app: &AppState, leser: &Leser, id: Uuid, was: &'static str) -> Result<(), Fehler> {
    match sachart(app, id).await? {
        Sachart::Vorgang => drop(zugang::lesen::<Vorgang>(app, leser, Action::ReadVorgang, id, was).await?),
        Sachart::Akte => drop(zugang::lesen::<Akte>(app, leser, Action::ReadAkte, id, was).await?),
        Sachart::Eingang => drop(zugang::lesen::<Eingang>(app, leser, Action::ReadPostbuch, id, was).await?),
    }
    Ok(())
}
