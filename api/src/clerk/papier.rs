//! `/amt/akte/{id}/papier`: the paper volumes of a hybrid file, their place and their loan.
//!
//! One page with every form; a refused one comes back with what was typed.

use crate::app::AppState;
use crate::clerk::absage::{self, Absage};
use crate::clerk::fallseite::Meldung;
use crate::clerk::handlung;
use crate::clerk::worte;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::{Formular, verbotenes_zeichen};
use crate::layout::{self, Rahmen, datum};
use akte_core::akte::{Akte, AkteCommand, PapierCommand};
use akte_core::recht::datum_lesen;
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::civil::Date;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Characters of a place, a title or a name.
const ZEICHEN: usize = 200;

/// One volume on the page.
struct Band {
    kennung: String,
    nummer: u32,
    titel: String,
    ort: String,
    /// To whom, since when, until when.
    leihe: Option<(String, String, Option<String>)>,
    ueberfaellig: bool,
}

#[derive(Template)]
#[template(path = "clerk/papier.html")]
struct Seite {
    rahmen: Rahmen,
    akte: Uuid,
    version: u64,
    meldung: Option<Meldung>,
    baende: Vec<Band>,
    getippt: Formular,
}

impl Seite {
    /// What was typed into the form of this volume.
    fn wert(&self, was: &str, band: &str, feld: &str) -> &str {
        let eigen = self.getippt.get("was") == was && self.getippt.get("band") == band;
        if eigen { self.getippt.get(feld) } else { "" }
    }
}

/// `GET /amt/akte/{id}/papier`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
) -> Result<Response, Fehler> {
    bauen(&app, &leser, rahmen, id, None, Formular::default()).await
}

async fn bauen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    id: Uuid,
    absage: Option<Absage>,
    getippt: Formular,
) -> Result<Response, Fehler> {
    let (status, meldung) = absage::teilen(absage);
    let akte = zugang::lesen::<Akte>(app, leser, Action::ReadAkte, id, "akte").await?;
    let baende = app.intern(move |v| v.papierbaende(id)).await?;
    let heute = app.heute();
    let zeichen = worte::akte(&akte.state);
    let band = |b: akte_projections::rows::PapierbandRow| Band {
        kennung: b.band.to_string(),
        nummer: b.nummer,
        titel: b.titel.unwrap_or_else(|| "gelöscht".into()),
        ort: b.ort.unwrap_or_else(|| "gelöscht".into()),
        ueberfaellig: b.geliehen && b.bis.is_some_and(|bis| bis < heute),
        leihe: b.geliehen.then(|| {
            let seit = b.am.map(|d| datum(&d)).unwrap_or_default();
            (b.an.unwrap_or_else(|| "gelöscht".into()), seit, b.bis.map(|d| datum(&d)))
        }),
    };
    let seite = Seite {
        rahmen: rahmen
            .titel("Papierbände")
            .aktiv("eingang")
            .krume("/amt", "Eingang")
            .krume(format!("/amt/akte/{id}"), zeichen)
            .mit_fehlern(status.is_client_error()),
        akte: id,
        version: akte.version,
        meldung,
        baende: baende.into_iter().map(band).collect(),
        getippt,
    };
    layout::seite_mit(status, &seite)
}

/// `POST /amt/akte/{id}/papier`: `was` = `anlegen`, `umstellen`, `ausleihen`, `zurueck`.
pub async fn speichern(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let call = handlung::an(&leser, &formular, id, anfrage(&formular));
    match handlung::senden::<Akte>(&app, call, None, lesen(&formular).map(AkteCommand::Papier)).await? {
        Ok(_) => Ok(layout::weiter(&format!("/amt/akte/{id}/papier"))),
        Err(absage) => bauen(&app, &leser, rahmen, id, Some(absage), formular).await,
    }
}

/// The accepted fields, for the check of a repeated key.
fn anfrage(f: &Formular) -> Value {
    let felder = ["was", "band", "titel", "ort", "an", "bis"];
    felder.iter().map(|feld| ((*feld).to_owned(), Value::from(f.get(feld)))).collect::<Map<_, _>>().into()
}

fn lesen(f: &Formular) -> Result<PapierCommand, String> {
    let band = || f.get("band").parse::<Uuid>().map_err(|_| "Welcher Band? Laden Sie die Seite neu.".to_owned());
    match f.get("was") {
        "anlegen" => Ok(PapierCommand::Register { titel: text(f, "titel", "Bezeichnung")?, ort: ort(f)? }),
        "umstellen" => Ok(PapierCommand::Move { band: band()?, ort: ort(f)? }),
        "ausleihen" => Ok(PapierCommand::Lend {
            band: band()?,
            an: text(f, "an", "Ausgeliehen an")?,
            bis: bis(f.get("bis").trim())?,
        }),
        "zurueck" => Ok(PapierCommand::Return { band: band()?, ort: ort(f)? }),
        _ => Err("Was soll geschehen? Laden Sie die Seite neu.".into()),
    }
}

fn ort(f: &Formular) -> Result<String, String> {
    text(f, "ort", "Standort")
}

fn bis(text: &str) -> Result<Option<Date>, String> {
    match text {
        "" => Ok(None),
        text => datum_lesen(text).map(Some).ok_or_else(|| {
            "„Rückgabe bis“ ist kein Tag, den es gibt. Schreiben Sie zum Beispiel 31.12.2026.".to_owned()
        }),
    }
}

fn text(f: &Formular, feld: &str, label: &str) -> Result<String, String> {
    match f.get(feld).trim() {
        "" => Err(format!("„{label}“ fehlt. Bitte füllen Sie das Feld aus.")),
        wert if wert.chars().count() > ZEICHEN => {
            Err(format!("„{label}“ ist zu lang. Erlaubt sind {ZEICHEN} Zeichen."))
        }
        wert if verbotenes_zeichen(wert) || wert.contains('\n') => {
            Err(format!("„{label}“ enthält unsichtbare Steuerzeichen. Tippen Sie den Text neu."))
        }
        wert => Ok(wert.to_owned()),
    }
}
