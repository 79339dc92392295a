//! `/amt/geschaeftsgang/dokument/{id}`: the runs of one document, each with its Laufmappe, and the start of a new one.
//!
//! Keeps no version and files nothing.

use crate::app::AppState;
use crate::clerk::absage::{self, Absage};
use crate::clerk::fallseite::Meldung;
use crate::clerk::gang::formular::{self, Reihe};
use crate::clerk::gang::lauf::kurz;
use crate::clerk::handlung;
use crate::clerk::namen::Namen;
use crate::clerk::objekt::{self, Gegenstand};
use crate::clerk::zugang::Leser;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen, zeitpunkt};
use akte_core::akte::Dokument;
use akte_core::geschaeftsgang::{Objekt, Objektart, Umlauf, UmlaufCommand};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

/// One run of the document.
pub struct Zeile {
    pub umlauf: Uuid,
    pub stand: &'static str,
    pub begonnen: String,
    pub schluss: Option<String>,
}

#[derive(Template)]
#[template(path = "clerk/gang_dokument.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    dokument: Uuid,
    akte: Option<Uuid>,
    fassung: u32,
    digest: String,
    digest_kurz: String,
    laeufe: Vec<Zeile>,
    /// A new run can begin.
    beginnen: bool,
    reihen: Vec<Reihe>,
}

/// `GET /amt/geschaeftsgang/dokument/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
) -> Result<Response, Fehler> {
    let was = objekt::laden(&app, &leser, Objekt::neu(Objektart::Dokument, id)).await?;
    bauen(&app, &leser, rahmen, &was, None, &Formular::default()).await
}

async fn bauen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    was: &Gegenstand,
    absage: Option<Absage>,
    getippt: &Formular,
) -> Result<Response, Fehler> {
    let (status, meldung) = absage::teilen(absage);
    let id = was.objekt.id;
    let dokument = app.house.load::<Dokument>(id).await?.state;
    let alle = app.intern(move |v| v.umlaeufe(id)).await?;
    let namen = Namen::laden(app).await?;
    let zone = app.stadt.zeitzone.clone();
    let laeufe = alle.iter().map(|r| Zeile {
        umlauf: r.umlauf,
        stand: r.zustand.stand().wort(),
        begonnen: zeitpunkt(&r.begonnen_am, &zone),
        schluss: r.zustand.schlusszeichnung().map(|e| namen.wer(e.durch, e.fuer)),
    });
    let kandidaten = namen.kandidaten(&was.einheit);
    let digest = dokument.dokument.as_ref().map(|d| d.digest.clone()).unwrap_or_default();
    let frei = !alle.iter().any(|r| r.zustand.stand().offen());
    layout::seite_mit(
        status,
        &Seite {
            meldung,
            dokument: id,
            akte: dokument.akte,
            fassung: dokument.version,
            digest_kurz: kurz(&digest),
            laeufe: laeufe.collect(),
            beginnen: frei && !digest.is_empty() && !leser.prueft(),
            reihen: formular::aus_formular(getippt, &kandidaten),
            digest,
            rahmen: rahmen
                .titel(was.titel.clone())
                .aktiv("geschaeftsgang")
                .krume("/amt/geschaeftsgang", "Geschäftsgang")
                .mit_fehlern(status.is_client_error()),
        },
    )
}

/// `POST /amt/geschaeftsgang/dokument/{id}`: puts the version the page showed into circulation.
pub async fn beginnen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    getippt: Formular,
) -> Result<Response, Fehler> {
    let was = objekt::laden(&app, &leser, Objekt::neu(Objektart::Dokument, id)).await?;
    if !getippt.get("mehr").is_empty() {
        return bauen(&app, &leser, rahmen, &was, None, &getippt).await;
    }
    let laufweg = formular::lesen(&getippt);
    let akte = app.house.load::<Dokument>(id).await?.state.akte.ok_or_else(Fehler::nicht_gefunden)?;
    let request = json!({
        "laufweg": laufweg.as_deref().unwrap_or_default(), "fassung": getippt.get("fassung"), "digest": getippt.get("digest")
    });
    let command = laufweg.map(|laufweg| UmlaufCommand::Start {
        akte,
        dokument: id,
        einheit: was.einheit.clone(),
        version: getippt.get("fassung").parse().unwrap_or(0),
        digest: getippt.get("digest").to_owned(),
        laufweg,
    });
    let call = handlung::neu(&leser, &getippt, request, Some(was.corr));
    match handlung::senden::<Umlauf>(&app, call, Some(&[id.to_string()]), command).await? {
        Ok(lauf) => Ok(layout::weiter(&format!("/amt/geschaeftsgang/{lauf}"))),
        Err(absage) => bauen(&app, &leser, rahmen, &was, Some(absage), &getippt).await,
    }
}
