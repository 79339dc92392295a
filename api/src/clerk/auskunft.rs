//! `/amt/vorgang/{id}/auskunft`: a redacted answer from one event of the log, value by value.
//!
//! Every value is either released or withheld with a ground of the definition; nothing is chosen beforehand.
//! Entries of the log itself (`/_…`: who acted) are never part of an answer.

use crate::app::AppState;
use crate::clerk::fall::{self, Fall};
use crate::clerk::fallseite::Meldung;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use akte_core::execute::{Call, Ereignis, ExecuteError, Target};
use akte_core::ledger::hash::b64u;
use akte_core::verfahren::{Vorgang, VorgangCommand};
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Value of a choice that releases.
const FREI: &str = "frei";

/// One value of the event and what was chosen for it.
struct Wert {
    zeiger: String,
    gewaehlt: String,
    fehlt: bool,
}

#[derive(Template)]
#[template(path = "clerk/auskunft.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    id: Uuid,
    version: u64,
    index: String,
    wire: String,
    werte: Vec<Wert>,
    gruende: Vec<(String, String)>,
    vermerk: String,
}

/// `?ereignis=17`
#[derive(Deserialize)]
pub struct Wahl {
    #[serde(default)]
    ereignis: String,
}

/// `GET /amt/vorgang/{id}/auskunft`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    Query(wahl): Query<Wahl>,
) -> Result<Response, Fehler> {
    let f = vorgang(&app, &leser, id).await?;
    let Ok(index) = wahl.ereignis.trim().parse::<u64>() else {
        let m = (!wahl.ereignis.is_empty()).then(|| nicht_da(&wahl.ereignis));
        let status = if m.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        return bauen(rahmen, &f, None, &Formular::default(), status, m);
    };
    match ereignis(&app, &leser, index).await {
        Ok(e) => bauen(rahmen, &f, Some(&e), &Formular::default(), StatusCode::OK, None),
        Err(Fehler::Refusal { status: StatusCode::NOT_FOUND, .. }) => {
            let m = Some(nicht_da(&wahl.ereignis));
            bauen(rahmen, &f, None, &Formular::default(), StatusCode::UNPROCESSABLE_ENTITY, m)
        }
        Err(e) => Err(e),
    }
}

/// `POST /amt/vorgang/{id}/auskunft`
pub async fn erteilen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let f = vorgang(&app, &leser, id).await?;
    let index = formular.get("ereignis").parse::<u64>().map_err(|_| Fehler::nicht_gefunden())?;
    let e = ereignis(&app, &leser, index).await?;
    let zeiger = zeiger(&e);
    let wahl = |z: &String| formular.get(&format!("zeiger:{z}")).to_owned();
    if zeiger.iter().any(|z| wahl(z).is_empty()) {
        let text = "Wählen Sie für jede Angabe: freigeben oder den Grund, aus dem sie fehlt.".to_owned();
        let m = Some(Meldung { art: "danger", titel: "Es fehlt noch etwas".into(), text });
        return bauen(rahmen, &f, Some(&e), &formular, StatusCode::UNPROCESSABLE_ENTITY, m);
    }
    let gruende: BTreeMap<String, String> =
        zeiger.iter().map(|z| (z.clone(), wahl(z))).filter(|(_, grund)| grund != FREI).collect();
    let request = json!({ "auskunft": index, "gruende": gruende, "vermerk": formular.get("vermerk") });
    let command = VorgangCommand::IssueAuskunft {
        index,
        event_hash: hash(&e)?,
        zeiger,
        gruende,
        vermerk: formular.get("vermerk").to_owned(),
    };
    let call = Call {
        principal: leser.wer.principal(),
        key: formular.schluessel().to_owned(),
        target: Target::Stream(id),
        expected: formular.get("version").parse().ok(),
        request: Some(request),
        corr: None,
    };
    match app.house.execute::<Vorgang>(call, command).await {
        Ok(done) => {
            app.sichtbar(done.receipt.as_ref()).await;
            Ok(layout::weiter(&format!("/amt/vorgang/{id}?ok=auskunft")))
        }
        Err(ExecuteError::Refused { text, .. }) => {
            let m = Some(Meldung { art: "danger", titel: "Das geht so nicht".into(), text });
            bauen(rahmen, &f, Some(&e), &formular, StatusCode::CONFLICT, m)
        }
        Err(e) => Err(e.into()),
    }
}

/// The case that asks, if its definition names grounds.
async fn vorgang(app: &AppState, leser: &Leser, id: Uuid) -> Result<Fall, Fehler> {
    let f = fall::laden(app, leser, id, None).await?;
    let gibt_es = f.def.as_ref().is_some_and(|d| !d.schwaerzungsgruende.is_empty());
    if gibt_es { Ok(f) } else { Err(Fehler::nicht_gefunden()) }
}

/// The event, if this reader may read the case it belongs to.
async fn ereignis(app: &AppState, leser: &Leser, index: u64) -> Result<Ereignis, Fehler> {
    let e = match app.house.ereignis_an(index).await {
        Ok(e) => e,
        Err(ExecuteError::NotFound) => return Err(Fehler::nicht_gefunden()),
        Err(e) => return Err(e.into()),
    };
    zugang::lesen::<Vorgang>(app, leser, Action::ReadVorgang, e.header.corr, "auskunft").await?;
    Ok(e)
}

/// What an answer can be about: the values, not who acted.
fn zeiger(e: &Ereignis) -> Vec<String> {
    e.zeiger().into_iter().filter(|z| !z.starts_with("/_")).map(str::to_owned).collect()
}

fn hash(e: &Ereignis) -> Result<String, Fehler> {
    Ok(b64u(&e.auszug(|_| false)?.event_hash()))
}

fn nicht_da(getippt: &str) -> Meldung {
    let text = format!(
        "Ein Ereignis „{}“ gibt es nicht, oder Sie dürfen den Vorgang dazu nicht lesen. Die Nummer steht in der Prüfspur.",
        getippt.trim().chars().take(20).collect::<String>()
    );
    Meldung { art: "danger", titel: "Nicht gefunden".into(), text }
}

fn bauen(
    rahmen: Rahmen,
    f: &Fall,
    e: Option<&Ereignis>,
    getippt: &Formular,
    status: StatusCode,
    meldung: Option<Meldung>,
) -> Result<Response, Fehler> {
    let gruende = f.def.iter().flat_map(|d| &d.schwaerzungsgruende).map(|g| (g.id.clone(), g.label.de.clone()));
    let wert = |zeiger: String| {
        let gewaehlt = getippt.get(&format!("zeiger:{zeiger}")).to_owned();
        let fehlt = status == StatusCode::UNPROCESSABLE_ENTITY && gewaehlt.is_empty();
        Wert { zeiger, gewaehlt, fehlt }
    };
    let zurueck = format!("/amt/vorgang/{}", f.id);
    layout::seite_mit(
        status,
        &Seite {
            rahmen: rahmen
                .titel("Geschwärzte Auskunft")
                .aktiv("eingang")
                .krume(&zurueck, "Vorgang")
                .mit_fehlern(status.is_client_error()),
            meldung,
            id: f.id,
            version: f.version,
            index: e.map(|e| e.index.to_string()).unwrap_or_default(),
            wire: e.map(|e| e.header.wire.clone()).unwrap_or_default(),
            werte: e.map_or_else(Vec::new, |e| zeiger(e).into_iter().map(wert).collect()),
            gruende: std::iter::once((FREI.to_owned(), "freigeben".to_owned())).chain(gruende).collect(),
            vermerk: getippt.get("vermerk").to_owned(),
        },
    )
}
