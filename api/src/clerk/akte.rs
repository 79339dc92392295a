//! `/amt/akte/{id}`: one file with its cases and documents.

use crate::app::AppState;
use crate::clerk::eingang::{self, Zeile};
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::layout::{self, Rahmen, datum, zeitpunkt};
use akte_core::akte::Akte;
use akte_core::zugriff::Action;
use akte_projections::rows::DokumentRow;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use uuid::Uuid;

/// One document of the file.
pub struct DokZeile {
    pub dokument: Uuid,
    pub vorgang: Option<Uuid>,
    pub titel: String,
    pub richtung: &'static str,
    pub wann: String,
}

#[derive(Template)]
#[template(path = "clerk/akte.html")]
struct Seite {
    rahmen: Rahmen,
    aktenplan: String,
    einheit: String,
    titel: String,
    geschlossen: bool,
    aufbewahrung_bis: Option<String>,
    vorgaenge: Vec<Zeile>,
    dokumente: Vec<DokZeile>,
}

/// `GET /amt/akte/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
) -> Result<Response, Fehler> {
    zugang::lesen::<Akte>(&app, &leser, Action::ReadAkte, id, "akte").await?;
    let akte = app.intern(move |v| v.akte(id)).await?.ok_or_else(Fehler::nicht_gefunden)?;
    let (vorgaenge, dokumente) =
        app.intern(move |v| Ok((v.vorgaenge_der_akte(id)?, v.dokumente_der_akte(id)?))).await?;
    let zone = app.stadt.zeitzone.clone();
    let einheit = app.stadt.einheiten.iter().find(|e| e.id == akte.einheit);
    let seite = Seite {
        rahmen: rahmen
            .titel(akte.aktenzeichen.clone().unwrap_or_else(|| "Akte ohne Aktenzeichen".into()))
            .aktiv("eingang")
            .krume("/amt", "Eingang"),
        einheit: einheit.map_or_else(|| akte.einheit.clone(), |e| e.name.clone()),
        aktenplan: akte.aktenplan,
        titel: akte.titel.unwrap_or_default(),
        geschlossen: akte.geschlossen,
        aufbewahrung_bis: akte.aufbewahrung_bis.map(|d| datum(&d)),
        vorgaenge: vorgaenge.iter().map(|r| eingang::zeile(&app, r, None)).collect(),
        dokumente: dokumente.iter().map(|d| dok_zeile(d, &zone)).collect(),
    };
    layout::seite(&seite)
}

fn dok_zeile(d: &DokumentRow, zone: &str) -> DokZeile {
    DokZeile {
        dokument: d.dokument,
        vorgang: d.vorgang,
        titel: d.titel.clone().or_else(|| d.dateiname.clone()).unwrap_or_else(|| "Dokument ohne Titel".into()),
        richtung: match d.richtung.as_str() {
            "eingang" => "Eingang",
            "ausgang" => "Ausgang",
            _ => "intern",
        },
        wann: zeitpunkt(&d.at, zone),
    }
}
