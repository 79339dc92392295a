//! `/amt/akte/{id}/beweispaket`: everything there is of an Akte as one file that a court checks without us.
//!
//! For whom may hand it out, with a purpose of its own in the read log. What is larger than a page may hold is made
//! at the machine itself (`akte export evidence`).

use crate::app::AppState;
use crate::clerk::erfassen::basis;
use crate::clerk::fallseite::Meldung;
use crate::clerk::worte;
use crate::clerk::zugang::{self, Leser};
use crate::download;
use crate::error::Fehler;
use crate::formular::{Formular, verbotenes_zeichen};
use crate::layout::{self, Rahmen};
use crate::limits::PAKET_BYTES;
use crate::paket::bau::{Auftrag, Paket, Schwaerzung, bauen};
use crate::paket::inhalt::Art;
use akte_core::akte::Akte;
use akte_core::execute::{ExecuteError, Loaded};
use akte_core::zugriff::Action;
use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::io::Cursor;
use uuid::Uuid;

/// Characters of a purpose.
const ZWECK: usize = 200;

#[derive(Template)]
#[template(path = "clerk/beweispaket.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    id: Uuid,
    aktenzeichen: String,
    zweck: String,
    fehler: bool,
}

/// `GET /amt/akte/{id}/beweispaket`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
) -> Result<Response, Fehler> {
    let akte = zugang::lesen::<Akte>(&app, &leser, Action::ReadPaket, id, "beweispaket-auswahl").await?;
    bauen_seite(rahmen, id, &akte, "", StatusCode::OK, None)
}

fn bauen_seite(
    rahmen: Rahmen,
    id: Uuid,
    akte: &Loaded<Akte>,
    zweck: &str,
    status: StatusCode,
    meldung: Option<Meldung>,
) -> Result<Response, Fehler> {
    let aktenzeichen = worte::akte(&akte.state);
    let seite = Seite {
        rahmen: rahmen
            .titel("Beweispaket")
            .aktiv("eingang")
            .krume(format!("/amt/akte/{id}"), aktenzeichen.clone())
            .mit_fehlern(status.is_client_error()),
        fehler: status == StatusCode::UNPROCESSABLE_ENTITY,
        meldung,
        id,
        aktenzeichen,
        zweck: zweck.to_owned(),
    };
    layout::seite_mit(status, &seite)
}

/// `POST /amt/akte/{id}/beweispaket`: the archive.
pub async fn holen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let zweck = formular.get("zweck").trim().to_owned();
    let lesbar = (3..=ZWECK).contains(&zweck.chars().count()) && !verbotenes_zeichen(&zweck);
    let mit_zweck = Leser { zweck: if lesbar { zweck.clone() } else { leser.zweck.clone() }, ..leser };
    let akte = zugang::lesen::<Akte>(&app, &mit_zweck, Action::ReadPaket, id, "beweispaket").await?;
    if !lesbar {
        return bauen_seite(rahmen, id, &akte, &zweck, StatusCode::UNPROCESSABLE_ENTITY, None);
    }
    let auftrag = Auftrag {
        art: Art::Beweis,
        aktenzeichen: akte.state.aktenzeichen.clone(),
        titel: akte.state.titel.clone().unwrap_or_default(),
        stroeme: stroeme(&app, id).await?,
        schwaerzung: Schwaerzung::default(),
        bis: None,
        basis_url: basis(&app),
    };
    let paket = match bauen(&app.house, &auftrag).await {
        Ok(paket) => paket,
        Err(ExecuteError::Refused { text, .. }) => {
            let m = Meldung { art: "warning", titel: "Das geht noch nicht".into(), text };
            return bauen_seite(rahmen, id, &akte, &zweck, StatusCode::CONFLICT, Some(m));
        }
        Err(e) => return Err(e.into()),
    };
    match archiv(&app, &paket).await? {
        Some(bytes) => {
            Ok(download::anhang(Body::from(bytes), "application/zip", &dateiname("beweispaket", &akte), None))
        }
        None => {
            let text = format!(
                "Mit ihren Dokumenten ist die Akte größer als {} MiB. Lassen Sie das Paket am Rechner erstellen: akte export evidence.",
                PAKET_BYTES >> 20
            );
            let m = Meldung { art: "warning", titel: "Zu groß für diese Seite".into(), text };
            bauen_seite(rahmen, id, &akte, &zweck, StatusCode::CONFLICT, Some(m))
        }
    }
}

/// All streams of the Akte: what its own events name, what the views know to belong to it, and what hangs on these.
pub async fn stroeme(app: &AppState, akte: Uuid) -> Result<Vec<Uuid>, Fehler> {
    let weitere = app.intern(move |v| v.stroeme_der_akte(akte)).await?;
    Ok(app.house.stroeme_der_akte(akte, &weitere).await?)
}

/// The archive's bytes; `None` where it is more than one answer may hold.
pub async fn archiv(app: &AppState, paket: &Paket) -> Result<Option<Vec<u8>>, Fehler> {
    if paket.umfang() > PAKET_BYTES {
        return Ok(None);
    }
    Ok(Some(paket.schreiben(&app.house, Cursor::new(Vec::new())).await?.into_inner()))
}

/// A name without a person in it: the Aktenzeichen, made safe.
pub fn dateiname(was: &str, akte: &Loaded<Akte>) -> String {
    let az = akte.state.aktenzeichen.clone().unwrap_or_else(|| akte.stream.to_string());
    let sicher: String = az.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{was}-{sicher}.zip")
}
