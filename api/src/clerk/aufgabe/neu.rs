//! `/amt/aufgabe/neu` and `/amt/aufgabe/neu/{art}/{id}`: a new task, with or without a thing of the record.
//!
//! Whoever gives it out must be allowed to see the thing.

use super::{Wahl, empfaenger, wahl};
use crate::app::AppState;
use crate::clerk::absage::{self, Absage};
use crate::clerk::fallseite::Meldung;
use crate::clerk::gang::handeln::freitext;
use crate::clerk::handlung;
use crate::clerk::namen::Namen;
use crate::clerk::objekt::{self, Gegenstand};
use crate::clerk::zugang::Leser;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use akte_core::geschaeftsgang::{Aufgabe, AufgabeCommand};
use akte_core::recht::datum_lesen;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "clerk/aufgabe_neu.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    adresse: String,
    gegenstand: Option<(String, String)>,
    wahl: Wahl,
    titel: String,
    faellig: String,
}

/// `GET /amt/aufgabe/neu`
pub async fn frei(State(app): State<AppState>, leser: Leser, rahmen: Rahmen) -> Result<Response, Fehler> {
    bauen(&app, &leser, rahmen, None, None, &Formular::default()).await
}

/// `GET /amt/aufgabe/neu/{art}/{id}`
pub async fn an(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((art, id)): Path<(String, Uuid)>,
) -> Result<Response, Fehler> {
    let was = objekt::laden(&app, &leser, objekt::lesen(&art, id)?).await?;
    bauen(&app, &leser, rahmen, Some(&was), None, &Formular::default()).await
}

/// `POST /amt/aufgabe/neu`
pub async fn frei_stellen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    f: Formular,
) -> Result<Response, Fehler> {
    stellen(&app, &leser, rahmen, None, &f).await
}

/// `POST /amt/aufgabe/neu/{art}/{id}`
pub async fn an_stellen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((art, id)): Path<(String, Uuid)>,
    f: Formular,
) -> Result<Response, Fehler> {
    let was = objekt::laden(&app, &leser, objekt::lesen(&art, id)?).await?;
    stellen(&app, &leser, rahmen, Some(&was), &f).await
}

async fn bauen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    was: Option<&Gegenstand>,
    absage: Option<Absage>,
    f: &Formular,
) -> Result<Response, Fehler> {
    let (status, meldung) = absage::teilen(absage);
    let namen = Namen::laden(app).await?;
    let einheit = was.map_or_else(|| leser.wer.konto.einheit.clone(), |w| w.einheit.clone());
    let adresse = was.map(|w| format!("/amt/aufgabe/neu/{}/{}", w.objekt.art.code(), w.objekt.id));
    layout::seite_mit(
        status,
        &Seite {
            meldung,
            adresse: adresse.unwrap_or_else(|| "/amt/aufgabe/neu".into()),
            gegenstand: was.map(|w| (w.href.clone(), format!("{}: {}", w.objekt.art.wort(), w.titel))),
            wahl: wahl(&namen, &einheit, f.get("an")),
            titel: f.get("titel").to_owned(),
            faellig: f.get("faellig").to_owned(),
            rahmen: rahmen
                .titel("Aufgabe stellen")
                .aktiv("aufgaben")
                .krume("/amt/aufgaben", "Aufgaben")
                .mit_fehlern(status.is_client_error()),
        },
    )
}

async fn stellen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    was: Option<&Gegenstand>,
    f: &Formular,
) -> Result<Response, Fehler> {
    let namen = Namen::laden(app).await?;
    let command = lesen(f, &namen, leser, was, app.grenzwerte.feld_zeichen);
    let felder = ["titel", "an", "faellig"].map(|n| (n, f.get(n)));
    let request = json!({ "objekt": was.map(|w| w.objekt), "felder": felder });
    let call = handlung::neu(leser, f, request, was.map(|w| w.corr));
    let nummer = was.map(|w| w.objekt.schluessel());
    match handlung::senden::<Aufgabe>(app, call, nummer.as_deref(), command).await? {
        Ok(neue) => Ok(layout::weiter(&format!("/amt/aufgabe/{neue}"))),
        Err(absage) => bauen(app, leser, rahmen, was, Some(absage), f).await,
    }
}

fn lesen(
    f: &Formular,
    namen: &Namen,
    leser: &Leser,
    was: Option<&Gegenstand>,
    max: usize,
) -> Result<AufgabeCommand, String> {
    let (einheit, konto) = empfaenger(f, namen)?;
    let faellig = match f.get("faellig").trim() {
        "" => None,
        t => Some(
            datum_lesen(t).ok_or("Bis wann? Schreiben Sie zum Beispiel 31.12.2026, oder lassen Sie das Feld leer.")?,
        ),
    };
    Ok(AufgabeCommand::Create {
        objekt: was.map(|w| w.objekt),
        aus: was.map_or_else(|| leser.wer.konto.einheit.clone(), |w| w.einheit.clone()),
        einheit,
        konto,
        faellig,
        titel: freitext(f, "titel", max)?,
    })
}
