//! `/amt/aufgabe/{id}`: one task, what happened to it, and handing it on or reporting it done.
//!
//! Whoever stands in for the person it went to does it i. V.

use super::{Wahl, empfaenger, wahl};
use crate::app::AppState;
use crate::clerk::absage::{self, Absage};
use crate::clerk::fallseite::Meldung;
use crate::clerk::gang::handeln::freitext;
use crate::clerk::handlung;
use crate::clerk::namen::Namen;
use crate::clerk::objekt;
use crate::clerk::wiedervorlage::eine::Ereignis;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen, datum, zeitpunkt};
use akte_core::execute::Loaded;
use akte_core::geschaeftsgang::{Aufgabe, AufgabeCommand as C, AufgabeEvent as E};
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "clerk/aufgabe.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    id: Uuid,
    version: u64,
    gegenstand: Option<(String, String)>,
    an: String,
    faellig: Option<String>,
    erledigt: bool,
    verlauf: Vec<Ereignis>,
    /// As whom the reader could act: `None` = not at all.
    als: Option<Option<(Uuid, String)>>,
    wahl: Wahl,
    getippt: Formular,
    offen: String,
}

/// `GET /amt/aufgabe/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
) -> Result<Response, Fehler> {
    bauen(&app, &leser, rahmen, id, None, Formular::default(), "").await
}

async fn laden(app: &AppState, leser: &Leser, id: Uuid) -> Result<Loaded<Aufgabe>, Fehler> {
    zugang::lesen::<Aufgabe>(app, leser, Action::ReadVorgang, id, "aufgabe").await
}

async fn bauen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    id: Uuid,
    absage: Option<Absage>,
    getippt: Formular,
    aktion: &str,
) -> Result<Response, Fehler> {
    let (status, meldung) = absage::teilen(absage);
    let l = laden(app, leser, id).await?;
    let a = &l.state;
    let namen = Namen::laden(app).await?;
    let gegenstand = match a.objekt {
        Some(o) => Some((objekt::seite(o), objekt::benennen(app, leser, o).await?)),
        None => None,
    };
    let seite = Seite {
        meldung,
        id,
        version: l.version,
        gegenstand,
        an: a.konto.map_or_else(|| namen.einheit(&a.einheit), |k| namen.name(k)),
        faellig: a.faellig.map(|d| datum(&d)),
        erledigt: a.erledigt,
        verlauf: verlauf(app, id, &namen).await?,
        als: zugang::an_stelle(app, leser, &l, a.konto, Action::DoneAufgabe)
            .await?
            .map(|f| f.map(|f| (f, namen.name(f)))),
        wahl: wahl(&namen, &a.einheit, getippt.get("an")),
        getippt,
        offen: aktion.to_owned(),
        rahmen: rahmen
            .titel(a.titel.clone().unwrap_or_else(|| "Aufgabe (gelöscht)".into()))
            .aktiv("aufgaben")
            .krume("/amt/aufgaben", "Aufgaben")
            .mit_fehlern(status.is_client_error()),
    };
    layout::seite_mit(status, &seite)
}

async fn verlauf(app: &AppState, id: Uuid, namen: &Namen) -> Result<Vec<Ereignis>, Fehler> {
    let an = |konto: Option<Uuid>, einheit: &str| konto.map_or_else(|| namen.einheit(einheit), |k| namen.name(k));
    let mut out = Vec::new();
    for r in app.house.history(id).await? {
        let (satz, text) = match r.decode::<E>() {
            Ok(E::Created { einheit, konto, durch, fuer, .. }) => {
                (format!("{} hat die Aufgabe gestellt, für {}.", namen.wer(durch, fuer), an(konto, &einheit)), None)
            }
            Ok(E::Forwarded { einheit, konto, durch, fuer, grund }) => {
                (format!("{} hat sie weitergegeben an {}.", namen.wer(durch, fuer), an(konto, &einheit)), grund)
            }
            Ok(E::Done { durch, fuer, ergebnis }) => {
                (format!("{} hat sie erledigt.", namen.wer(durch, fuer)), ergebnis)
            }
            Err(_) => ("Dieser Eintrag ist gelöscht.".into(), None),
        };
        out.push(Ereignis { wann: zeitpunkt(&r.at, &app.stadt.zeitzone), satz, text });
    }
    Ok(out)
}

/// `POST /amt/aufgabe/{id}/{aktion}`
pub async fn handeln(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((id, aktion)): Path<(Uuid, String)>,
    getippt: Formular,
) -> Result<Response, Fehler> {
    laden(&app, &leser, id).await?;
    let max = app.grenzwerte.feld_zeichen;
    let command = match aktion.as_str() {
        "erledigen" => freitext(&getippt, "ergebnis", max).map(|ergebnis| C::Done { ergebnis }),
        "weitergeben" => {
            let namen = Namen::laden(&app).await?;
            let ziel = empfaenger(&getippt, &namen);
            ziel.and_then(|(einheit, konto)| {
                freitext(&getippt, "grund", max).map(|grund| C::Forward { einheit, konto, grund })
            })
        }
        _ => return Err(Fehler::nicht_gefunden()),
    };
    let felder = ["an", "grund", "ergebnis", "_fuer"].map(|f| (f, getippt.get(f)));
    let call = handlung::an(&leser, &getippt, id, json!({ "aktion": aktion, "felder": felder }));
    match handlung::senden::<Aufgabe>(&app, call, None, command).await? {
        // Handed on into another unit it may be out of sight.
        Ok(_) => Ok(layout::weiter("/amt/aufgaben")),
        Err(absage) => bauen(&app, &leser, rahmen, id, Some(absage), getippt, &aktion).await,
    }
}
