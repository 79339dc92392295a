//! `/amt/geschaeftsgang`: what waits for this reader, in person or i. V., and what the reader put into circulation.
//!
//! Only rows of accounts the reader acts for: nobody else's are counted.

use crate::app::AppState;
use crate::clerk::gang::handeln;
use crate::clerk::gang::seite::Frage;
use crate::clerk::namen::Namen;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::layout::{self, Rahmen, zeitpunkt};
use akte_core::zugriff::Action;
use akte_projections::rows::UmlaufRow;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use uuid::Uuid;

/// One run.
pub struct Zeile {
    pub umlauf: Uuid,
    pub titel: String,
    pub was: String,
    pub stand: &'static str,
    pub begonnen: String,
    /// In whose place the reader is asked.
    pub iv: Option<String>,
}

#[derive(Template)]
#[template(path = "clerk/gang_liste.html")]
struct Seite {
    rahmen: Rahmen,
    /// What was just done in a run this reader sees no longer.
    getan: Option<&'static str>,
    bei_mir: Vec<Zeile>,
    von_mir: Vec<Zeile>,
}

/// `GET /amt/geschaeftsgang`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Query(frage): Query<Frage>,
) -> Result<Response, Fehler> {
    zugang::lesen_liste(&app, &leser, Action::ReadEingang, "geschaeftsgang-liste").await?;
    let ich = leser.wer.konto.konto;
    let vertretene: Vec<Uuid> =
        zugang::principale(&app, &leser.wer).await?.iter().filter_map(|p| p.on_behalf_of).collect();
    let konten: Vec<Uuid> = std::iter::once(ich).chain(vertretene).collect();
    let fuer = konten.clone();
    let (bei, von) = app.intern(move |v| Ok((v.umlaeufe_bei(&fuer)?, v.umlaeufe_von(&fuer)?))).await?;
    let namen = Namen::laden(&app).await?;
    let zone = app.stadt.zeitzone.clone();
    let bei_mir = bei.iter().map(|r| {
        let gefragt = r.zustand.gefragt().map(|(_, an)| an).unwrap_or_default();
        let iv = (!gefragt.contains(&ich)).then(|| gefragt.iter().find(|k| konten.contains(k))).flatten();
        zeile(r, &namen, &zone, iv.copied())
    });
    let von_mir = von.iter().map(|r| {
        let iv = r.zustand.durch.filter(|d| *d != ich);
        zeile(r, &namen, &zone, iv)
    });
    layout::seite(&Seite {
        getan: handeln::erledigt(&frage.ok),
        bei_mir: bei_mir.collect(),
        von_mir: von_mir.collect(),
        rahmen: rahmen.titel("Geschäftsgang").aktiv("geschaeftsgang"),
    })
}

fn zeile(r: &UmlaufRow, namen: &Namen, zone: &str, iv: Option<Uuid>) -> Zeile {
    let was = r.zustand.gefragt().map(|(art, an)| {
        let wer: Vec<String> = an.iter().map(|k| namen.name(*k)).collect();
        format!("{} bei {}", art.wort(), wer.join(", "))
    });
    Zeile {
        umlauf: r.umlauf,
        titel: r.titel.clone().unwrap_or_else(|| "Dokument ohne Titel".into()),
        was: was.unwrap_or_else(|| "liegt bei der verfassenden Person".into()),
        stand: r.zustand.stand().wort(),
        begonnen: zeitpunkt(&r.begonnen_am, zone),
        iv: iv.map(|k| namen.name(k)),
    }
}
