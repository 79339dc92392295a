//! `/amt/wiedervorlage/{id}`: one Wiedervorlage with its Rechenweg and everything that happened to it.
//!
//! Whoever stands in for the person it belongs to sees and does it i. V.

use crate::app::AppState;
use crate::clerk::absage::{self, Absage};
use crate::clerk::fallseite::Meldung;
use crate::clerk::gang::handeln::freitext;
use crate::clerk::handlung;
use crate::clerk::namen::Namen;
use crate::clerk::objekt;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen, datum, zeitpunkt};
use akte_core::execute::Loaded;
use akte_core::geschaeftsgang::{Wann, Wiedervorlage, WiedervorlageCommand as C, WiedervorlageEvent as E};
use akte_core::recht::Rechenschritt;
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

/// One line of what happened.
pub struct Ereignis {
    pub wann: String,
    pub satz: String,
    pub text: Option<String>,
}

#[derive(Template)]
#[template(path = "clerk/wiedervorlage.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    id: Uuid,
    version: u64,
    was: String,
    href: String,
    faellig: String,
    fuer: String,
    grund: String,
    erledigt: bool,
    eskaliert: Option<String>,
    rechenweg: Vec<Rechenschritt>,
    regel: String,
    verlauf: Vec<Ereignis>,
    /// `None` = this reader may do nothing here; else in whose place it would act.
    als: Option<Option<(Uuid, String)>>,
    getippt: Formular,
    offen: String,
}

/// `GET /amt/wiedervorlage/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
) -> Result<Response, Fehler> {
    bauen(&app, &leser, rahmen, id, None, Formular::default(), "").await
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
    let w = &l.state;
    let (Some(o), Some(konto), Some(faellig)) = (w.objekt, w.konto, w.faellig) else {
        return Err(Fehler::nicht_gefunden());
    };
    let namen = Namen::laden(app).await?;
    let als = zugang::an_stelle(app, leser, &l, Some(konto), Action::DoneWiedervorlage).await?;
    let (verlauf, rechenweg, regel) = verlauf(app, id, &namen).await?;
    layout::seite_mit(
        status,
        &Seite {
            meldung,
            id,
            version: l.version,
            was: objekt::benennen(app, leser, o).await?,
            href: objekt::seite(o),
            faellig: datum(&faellig),
            fuer: namen.name(konto),
            grund: w.grund.clone().unwrap_or_else(|| "gelöscht".into()),
            erledigt: w.erledigt,
            eskaliert: w.eskaliert.map(|d| datum(&d)),
            rechenweg,
            regel,
            verlauf,
            als: als.map(|f| f.map(|f| (f, namen.name(f)))),
            getippt,
            offen: aktion.to_owned(),
            rahmen: rahmen
                .titel(format!("Wiedervorlage am {}", datum(&faellig)))
                .aktiv("wiedervorlagen")
                .krume("/amt/wiedervorlagen", "Wiedervorlagen")
                .mit_fehlern(status.is_client_error()),
        },
    )
}

async fn laden(app: &AppState, leser: &Leser, id: Uuid) -> Result<Loaded<Wiedervorlage>, Fehler> {
    zugang::lesen::<Wiedervorlage>(app, leser, Action::ReadVorgang, id, "wiedervorlage").await
}

/// Everything that happened, and the Rechenweg and rule of the day in force.
async fn verlauf(
    app: &AppState,
    id: Uuid,
    namen: &Namen,
) -> Result<(Vec<Ereignis>, Vec<Rechenschritt>, String), Fehler> {
    let zone = &app.stadt.zeitzone;
    let (mut out, mut weg, mut regel) = (Vec::new(), Vec::new(), String::new());
    for r in app.house.history(id).await? {
        let wann = zeitpunkt(&r.at, zone);
        let (satz, text) = match r.decode::<E>() {
            Ok(E::Set { konto, eingabe, faellig, rule_version, rechenweg, durch, fuer, .. }) => {
                (weg, regel) = (rechenweg, rule_version);
                let wer = durch.map_or_else(|| "Eine Verfügung".to_owned(), |d| namen.wer(d, fuer));
                let an = namen.name(konto);
                (format!("{wer} hat sie gesetzt für {an}: {eingabe}, fällig am {}.", datum(&faellig)), None)
            }
            Ok(E::Moved { eingabe, faellig, rule_version, rechenweg, durch, fuer, grund, .. }) => {
                (weg, regel) = (rechenweg, rule_version);
                let wer = namen.wer(durch, fuer);
                (format!("{wer} hat sie verschoben: {eingabe}, fällig am {}.", datum(&faellig)), grund)
            }
            Ok(E::Due { am, .. }) => (format!("Sie ist fällig geworden ({}).", datum(&am)), None),
            Ok(E::Done { durch, fuer, ergebnis }) => {
                (format!("{} hat sie erledigt.", namen.wer(durch, fuer)), ergebnis)
            }
            Ok(E::Escalated { arbeitstage, am, .. }) => (
                format!("Nach {arbeitstage} Arbeitstagen nicht erledigt: der Leitung vorgelegt am {}.", datum(&am)),
                None,
            ),
            Err(_) => ("Dieser Eintrag ist gelöscht.".into(), None),
        };
        out.push(Ereignis { wann, satz, text });
    }
    Ok((out, weg, regel))
}

/// `POST /amt/wiedervorlage/{id}/{aktion}`
pub async fn handeln(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((id, aktion)): Path<(Uuid, String)>,
    getippt: Formular,
) -> Result<Response, Fehler> {
    laden(&app, &leser, id).await?;
    let max = app.grenzwerte.feld_zeichen;
    let command = match (aktion.as_str(), Wann::lesen(getippt.get("wann"))) {
        ("verschieben", Some(wann)) => freitext(&getippt, "grund", max).map(|grund| C::Move { wann, grund }),
        ("verschieben", None) => Err("Wann? Schreiben Sie zum Beispiel +14T oder 31.12.2026.".into()),
        ("erledigen", _) => freitext(&getippt, "ergebnis", max).map(|ergebnis| C::Done { ergebnis }),
        _ => return Err(Fehler::nicht_gefunden()),
    };
    let felder = ["wann", "grund", "ergebnis", "_fuer"].map(|f| (f, getippt.get(f)));
    let call = handlung::an(&leser, &getippt, id, json!({ "aktion": aktion, "felder": felder }));
    match handlung::senden::<Wiedervorlage>(&app, call, None, command).await? {
        Ok(_) => Ok(layout::weiter(&format!("/amt/wiedervorlage/{id}"))),
        Err(absage) => bauen(&app, &leser, rahmen, id, Some(absage), getippt, &aktion).await,
    }
}
