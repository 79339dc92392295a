//! `/verwaltung/loeschung/akte/{id}`: proposing to erase an Akte itself, of which no Vorgang stays.
//!
//! Destroys nothing and decides nothing: another person approves, and the gate is asked when it is carried out.

use crate::app::AppState;
use crate::clerk::fallseite::Meldung;
use crate::clerk::loeschung::darf_in;
use crate::clerk::loeschvorschlag::{begruendet, vorgeschlagen};
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use akte_core::akte::Akte;
use akte_core::execute::AktenVorschlag;
use akte_core::loeschung::{Archiv, Grund};
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

/// One thing to choose: value, label, chosen.
type Wahl = (String, String, bool);

#[derive(Template)]
#[template(path = "clerk/loeschakte.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    id: Uuid,
    aktenzeichen: Option<String>,
    /// Documents that lie in it now.
    dokumente: usize,
    /// Vorgaenge that are not destroyed: they come first.
    bleiben: usize,
    offen: bool,
    gruende: Vec<Wahl>,
    archiv: Vec<Wahl>,
    begruendung: String,
}

/// Whether the page of the Akte leads here: where no Vorgang of it stays and nothing is released already.
pub(super) async fn angeboten(app: &AppState, leser: &Leser, akte: &Akte) -> bool {
    let gilt = |f: &akte_core::akte::aussonderung::Freigabe| {
        f.umfang == "akte" && f.stand != akte_core::akte::aussonderung::Stand::Zurueckgenommen
    };
    akte.bleibende_vorgaenge().is_empty()
        && !akte.aussonderung.freigaben.iter().any(gilt)
        && darf_in(app, leser, &akte.einheit).await
}

/// `GET /verwaltung/loeschung/akte/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
) -> Result<Response, Fehler> {
    bauen(&app, &leser, rahmen, id, StatusCode::OK, None, &Formular::default()).await
}

async fn bauen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    id: Uuid,
    status: StatusCode,
    meldung: Option<Meldung>,
    getippt: &Formular,
) -> Result<Response, Fehler> {
    let a = zugang::lesen::<Akte>(app, leser, Action::ReadAkte, id, "loeschvorschlag").await?.state;
    if !darf_in(app, leser, &a.einheit).await {
        return Err(Fehler::nicht_gefunden());
    }
    let wahl = |feld: &str, wert: &str, label: &str| (wert.to_owned(), label.to_owned(), getippt.get(feld) == wert);
    let seite = Seite {
        rahmen: rahmen
            .titel("Löschung der ganzen Akte vorschlagen")
            .aktiv("loeschung")
            .krume("/verwaltung/loeschung", "Löschungen")
            .mit_fehlern(status.is_client_error()),
        meldung,
        id,
        bleiben: a.bleibende_vorgaenge().len(),
        offen: !a.geschlossen,
        dokumente: a.dokumente.len(),
        aktenzeichen: a.aktenzeichen,
        gruende: Grund::ALLE.iter().map(|(_, code, wort)| wahl("grund", code, wort)).collect(),
        archiv: Archiv::ALLE.iter().map(|(_, code, wort)| wahl("archiv", code, wort)).collect(),
        begruendung: getippt.get("begruendung").to_owned(),
    };
    layout::seite_mit(status, &seite)
}

/// `POST /verwaltung/loeschung/akte/{id}`
pub async fn vorschlagen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let done = match begruendet(&formular) {
        Ok((grund, archiv, begruendung)) => {
            let v = AktenVorschlag { akte: id, grund, archiv, begruendung };
            let key = formular.schluessel().to_owned();
            Ok(app.house.propose_akte_erasure(leser.wer.principal(), key, v).await)
        }
        Err(text) => Err(text),
    };
    match vorgeschlagen(&app, done).await? {
        Ok(weiter) => Ok(weiter),
        Err((status, m)) => bauen(&app, &leser, rahmen, id, status, Some(m), &formular).await,
    }
}
