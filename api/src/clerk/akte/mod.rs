//! `/amt/akte/{id}`: one file with its cases and documents, how long it is kept and why, what keeps it longer.
//!
//! Decides nothing: what may be done is the Akte's own decision, what is shown as a form is `permit`'s.

pub mod ablage;
pub mod fassung;
pub mod handeln;
pub mod liste;
pub mod metadaten;
pub mod protokoll;
mod teile;

use crate::app::AppState;
use crate::clerk::absage::{self, Absage};
use crate::clerk::eingang::{self, Zeile};
use crate::clerk::fallseite::Meldung;
use crate::clerk::loeschakte;
use crate::clerk::worte;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use akte_core::akte::aussonderung::Stand;
use akte_core::akte::{Akte, Sperrzweck};
use akte_core::execute::Loaded;
use akte_core::zugriff::{Action, Resource};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use teile::{Archivteil, Aufbewahrungsteil, DokZeile, Freigabezeile, Sperrzeile, Teilaktenzeile, Wahl};
use uuid::Uuid;

/// What this reader may do with the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Darf {
    pub sperren: bool,
    pub festsetzen: bool,
    pub entscheiden: bool,
    pub archiv: bool,
    pub schliessen: bool,
    pub wiederaufnehmen: bool,
    pub umlegen: bool,
    pub ordnen: bool,
    pub ablegen: bool,
    pub fassung: bool,
}

#[derive(Template)]
#[template(path = "clerk/akte.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    id: Uuid,
    version: u64,
    aktenplan: String,
    einheit: String,
    titel: String,
    geschlossen: bool,
    /// The Akte itself was destroyed.
    vernichtet: bool,
    darf: Darf,
    aufbewahrung: Option<Aufbewahrungsteil>,
    sperren: Vec<Sperrzeile>,
    archiv: Archivteil,
    freigaben: Vec<Freigabezeile>,
    vorgaenge: Vec<Zeile>,
    dokumente: Vec<DokZeile>,
    /// How many documents lie in the file, on all pages.
    alle: usize,
    seite: usize,
    seiten: usize,
    teilakten: Vec<Teilaktenzeile>,
    /// Name of the document, the other Akte (id and Aktenzeichen), reason.
    zeiger: Vec<(String, Uuid, String, String)>,
    verweise: Vec<(Uuid, String, String)>,
    /// What a hold may cover.
    umfaenge: Vec<Wahl>,
    zwecke: Vec<(&'static str, &'static str)>,
    /// What else this reader may do with the file: address and words.
    wege: Vec<(String, &'static str)>,
    getippt: Formular,
}

/// Which page of the documents.
#[derive(Deserialize)]
pub struct Wahlseite {
    seite: Option<String>,
}

/// `GET /amt/akte/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    Query(wahl): Query<Wahlseite>,
) -> Result<Response, Fehler> {
    let mut getippt = Formular::default();
    getippt.0.extend(wahl.seite.map(|n| ("seite".into(), n)));
    bauen(&app, &leser, rahmen, id, None, getippt).await
}

/// The page; after a refusal with its reason and with everything that was typed.
async fn bauen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    id: Uuid,
    absage: Option<Absage>,
    getippt: Formular,
) -> Result<Response, Fehler> {
    let (status, meldung) = absage::teilen(absage);
    let l: Loaded<Akte> = zugang::lesen::<Akte>(app, leser, Action::ReadAkte, id, "akte").await?;
    let s = &l.state;
    let (vorgaenge, konten) = app.intern(move |v| Ok((v.vorgaenge_der_akte(id)?, v.konten()?))).await?;
    let nummer = getippt.get("seite").parse::<usize>().unwrap_or(1).max(1);
    let (alle, dokumente) = teile::dokumente(app, s, id, nummer).await?;
    let vorgaenge: Vec<Zeile> = vorgaenge.iter().map(|r| eingang::zeile(app, r, None)).collect();
    let seite = Seite {
        rahmen: rahmen
            .titel(worte::akte(s))
            .aktiv("eingang")
            .krume("/amt", "Eingang")
            .mit_fehlern(status.is_client_error()),
        meldung,
        id,
        version: l.version,
        einheit: app.stadt.einheit(&s.einheit).to_owned(),
        aktenplan: s.aktenplan.clone(),
        titel: s.titel.clone().unwrap_or_else(|| "gelöscht".into()),
        geschlossen: s.geschlossen,
        darf: darf(app, leser, s).await,
        aufbewahrung: teile::aufbewahrung(s, &konten),
        umfaenge: teile::umfaenge(s, &vorgaenge, &dokumente),
        sperren: teile::sperren(s, &vorgaenge, &teile::gesperrte(app, s).await?, &konten),
        archiv: teile::archiv(s),
        freigaben: teile::freigaben(s, &konten),
        teilakten: teile::teilakten(s),
        zeiger: teile::zeiger(app, s).await?,
        verweise: teile::verweise(app, s).await?,
        vorgaenge,
        dokumente,
        alle,
        seite: nummer,
        seiten: alle.div_ceil(teile::JE_SEITE).max(1),
        wege: wege(app, leser, id, s).await,
        vernichtet: s.aussonderung.freigaben.iter().any(|f| f.umfang == "akte" && f.stand == Stand::Vernichtet),
        zwecke: Sperrzweck::ALLE.iter().map(|(_, code, wort)| (*code, *wort)).collect(),
        getippt,
    };
    layout::seite_mit(status, &seite)
}

/// Ways on from the file, for whom they are open.
async fn wege(app: &AppState, leser: &Leser, id: Uuid, s: &Akte) -> Vec<(String, &'static str)> {
    let resource = Resource { stream: Some(id), einheit: Some(s.einheit.clone()), ..Resource::default() };
    let mut out = Vec::new();
    for (action, ziel, wort) in [
        (Action::ReadAkte, "metadaten/akte", "Metadaten der Akte"),
        (Action::ReadAkte, "papier", "Papierbände dieser Akte"),
        (Action::ReadAkte, "stand", "Stand zu einem Zeitpunkt"),
        (Action::ReadAkte, "unterschied", "Zwei Zeitpunkte vergleichen"),
        (Action::GrantEinsicht, "einsicht", "Akteneinsicht geben"),
        (Action::ReadPaket, "beweispaket", "Beweispaket für ein Gericht"),
    ] {
        if app.house.may_on(&leser.wer.principal(), action, &resource).await.is_ok() {
            out.push((format!("/amt/akte/{id}/{ziel}"), wort));
        }
    }
    if loeschakte::angeboten(app, leser, s).await {
        out.push((format!("/verwaltung/loeschung/akte/{id}"), "Löschung der ganzen Akte vorschlagen"));
    }
    out
}

async fn darf(app: &AppState, leser: &Leser, s: &Akte) -> Darf {
    let resource = Resource { einheit: Some(s.einheit.clone()), ..Resource::default() };
    let principal = leser.wer.principal();
    let may = |a: Action| {
        let (principal, resource) = (principal.clone(), resource.clone());
        async move { app.house.may_on(&principal, a, &resource).await.is_ok() }
    };
    Darf {
        sperren: may(Action::SetSperre).await,
        festsetzen: may(Action::ProposeAufbewahrung).await,
        entscheiden: may(Action::DecideAufbewahrung).await,
        archiv: may(Action::OfferAkte).await,
        schliessen: may(Action::CloseAkte).await,
        wiederaufnehmen: may(Action::ReopenAkte).await,
        umlegen: may(Action::ReclassifyAkte).await,
        ordnen: may(Action::CorrectAkte).await,
        ablegen: may(Action::FileLate).await,
        fassung: may(Action::AddVersion).await,
    }
}
