//! `/amt/aufgaben`: what is to be done, in person, i. V. and for the whole unit, and what was given out.
//!
//! Only rows of accounts the reader acts for, and of the own unit where no person is named.

use crate::app::AppState;
use crate::clerk::namen::Namen;
use crate::clerk::objekt;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::layout::{self, Rahmen, datum};
use akte_core::zugriff::Action;
use akte_projections::rows::AufgabeRow;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::Date;
use uuid::Uuid;

/// Rows of what was given out.
const VERGEBEN: usize = 50;

/// One task.
pub struct Zeile {
    pub aufgabe: Uuid,
    pub titel: String,
    pub an: String,
    pub woran: Option<String>,
    pub faellig: Option<String>,
    pub ueberfaellig: bool,
    pub erledigt: bool,
    pub iv: Option<String>,
}

#[derive(Template)]
#[template(path = "clerk/aufgaben.html")]
struct Seite {
    rahmen: Rahmen,
    offen: Vec<Zeile>,
    vergeben: Vec<Zeile>,
}

/// `GET /amt/aufgaben`
pub async fn zeigen(State(app): State<AppState>, leser: Leser, rahmen: Rahmen) -> Result<Response, Fehler> {
    zugang::lesen_liste(&app, &leser, Action::ReadEingang, "aufgaben").await?;
    let ich = leser.wer.konto.konto;
    let principale = zugang::principale(&app, &leser.wer).await?;
    let konten: Vec<Uuid> = std::iter::once(ich).chain(principale.iter().filter_map(|p| p.on_behalf_of)).collect();
    let einheit = leser.wer.konto.einheit.clone();
    let (rows, von_mir) =
        app.intern(move |v| Ok((v.aufgaben(&konten, &einheit)?, v.aufgaben_von(ich, VERGEBEN)?))).await?;
    let namen = Namen::laden(&app).await?;
    let (mut offen, mut vergeben) = (Vec::new(), Vec::new());
    for r in &rows {
        let iv = r.konto.filter(|k| *k != ich).map(|k| namen.name(k));
        offen.push(zeile(&app, &leser, &namen, r, iv).await?);
    }
    for r in von_mir.iter().filter(|r| r.konto != Some(ich)) {
        vergeben.push(zeile(&app, &leser, &namen, r, None).await?);
    }
    layout::seite(&Seite { rahmen: rahmen.titel("Aufgaben").aktiv("aufgaben"), offen, vergeben })
}

async fn zeile(
    app: &AppState,
    leser: &Leser,
    namen: &Namen,
    r: &AufgabeRow,
    iv: Option<String>,
) -> Result<Zeile, Fehler> {
    let woran = match r.objekt {
        Some(o) => Some(objekt::benennen(app, leser, o).await?),
        None => None,
    };
    let heute: Date = app.heute();
    Ok(Zeile {
        aufgabe: r.aufgabe,
        titel: r.titel.clone().unwrap_or_else(|| "gelöscht".into()),
        an: r.konto.map_or_else(|| namen.einheit(&r.einheit), |k| namen.name(k)),
        woran,
        faellig: r.faellig.map(|d| datum(&d)),
        ueberfaellig: !r.erledigt && r.faellig.is_some_and(|d| d < heute),
        erledigt: r.erledigt,
        iv,
    })
}
