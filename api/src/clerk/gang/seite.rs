//! `/amt/geschaeftsgang/{id}`: one run with its route, what happened, and what the reader can do now.
//!
//! Offers what the room would allow; what it refuses comes back here with what was typed.

use crate::app::AppState;
use crate::clerk::absage::{self, Absage};
use crate::clerk::dokument as datei;
use crate::clerk::fallseite::Meldung;
use crate::clerk::gang::formular::{self, Reihe};
use crate::clerk::gang::lauf::{self, Ereignis, Lauf, SchrittTeil, kurz};
use crate::clerk::zugang::Leser;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use akte_core::akte::{Dokument, DokumentEvent};
use akte_core::documents::DokumentWert;
use akte_core::geschaeftsgang::{Schrittart, Verfuegungsart};
use akte_core::kernel::Decider;
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

/// One turn of the reader: as itself or in somebody's place.
pub struct Zug {
    pub nr: usize,
    pub fuer: Option<(Uuid, String)>,
    pub art: &'static str,
    pub zeichnet: bool,
    pub knopf: &'static str,
}

#[derive(Template)]
#[template(path = "clerk/gang.html")]
struct Seite {
    rahmen: Rahmen,
    id: Uuid,
    version: u64,
    meldung: Option<Meldung>,
    dokument: Uuid,
    akte: Option<Uuid>,
    stand: &'static str,
    fassung: u32,
    digest: String,
    digest_kurz: String,
    lesbar: bool,
    schritte: Vec<SchrittTeil>,
    verlauf: Vec<Ereignis>,
    zuege: Vec<Zug>,
    aendern: bool,
    abbrechen: bool,
    reihen: Vec<Reihe>,
    verfuegen: bool,
    arten: Vec<(&'static str, &'static str, bool)>,
    kandidaten: Vec<(Uuid, String, bool)>,
    getippt: Formular,
    /// The form that was refused stands open.
    offen: String,
}

/// What the reader was just told.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Frage {
    pub(super) ok: String,
}

/// `GET /amt/geschaeftsgang/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    Query(frage): Query<Frage>,
) -> Result<Response, Fehler> {
    let lauf = lauf::laden(&app, &leser, id).await?;
    let getan = super::handeln::erledigt(&frage.ok);
    let meldung = |text: &str| Meldung { art: "success", titel: "Erledigt".into(), text: text.into() };
    let antwort = getan.map(|text| (StatusCode::OK, meldung(text)));
    bauen(&app, rahmen, &lauf, antwort, Formular::default(), "").await
}

/// Draws the page.
pub async fn bauen(
    app: &AppState,
    rahmen: Rahmen,
    l: &Lauf,
    antwort: Option<Absage>,
    getippt: Formular,
    aktion: &str,
) -> Result<Response, Fehler> {
    let (status, meldung) = absage::teilen(antwort);
    let aendern = !l.u.abgebrochen && l.darf(app, Action::ChangeLaufweg).await;
    let kandidaten = l.namen.kandidaten(&l.u.einheit);
    let rest = l.u.am_zug().map_or(&[][..], |i| &l.u.laufweg[i..]);
    let reihen = if aktion == "laufweg" {
        formular::aus_formular(&getippt, &kandidaten)
    } else {
        formular::aus_laufweg(rest, &kandidaten)
    };
    // What is in circulation, not what somebody filed since: it is this that is read and signed here.
    let digest = l.u.digest.clone().filter(|_| l.dokument.dokument.is_some()).unwrap_or_default();
    let seite = Seite {
        rahmen: rahmen
            .titel(format!("Geschäftsgang: {}", l.titel))
            .aktiv("geschaeftsgang")
            .krume("/amt/geschaeftsgang", "Geschäftsgang")
            .mit_fehlern(status.is_client_error()),
        id: l.id,
        version: l.version,
        meldung,
        dokument: l.u.dokument.unwrap_or_default(),
        akte: l.u.akte.filter(|_| aendern),
        stand: l.u.stand().wort(),
        fassung: l.u.version,
        digest_kurz: kurz(&digest),
        lesbar: !digest.is_empty(),
        digest,
        schritte: l.schritte(),
        verlauf: l.verlauf(),
        zuege: zuege(l),
        abbrechen: aendern && l.u.stand().offen(),
        verfuegen: aendern && !l.u.zurueckgegeben,
        aendern,
        reihen,
        arten: Verfuegungsart::ALLE.iter().map(|a| (a.code(), a.wort(), getippt.get("art") == a.code())).collect(),
        kandidaten: kandidaten.into_iter().map(|(k, n)| (k, n, getippt.get("adressat") == k.to_string())).collect(),
        getippt,
        offen: aktion.to_owned(),
    };
    layout::seite_mit(status, &seite)
}

fn zuege(l: &Lauf) -> Vec<Zug> {
    let Some((art, _)) = l.u.gefragt() else { return Vec::new() };
    let knopf = match art {
        Schrittart::Zk => "Kenntnis genommen",
        Schrittart::Zwv => "Als erledigt melden",
        Schrittart::Mz => "Diese Fassung mitzeichnen",
        Schrittart::Schlusszeichnung => "Diese Fassung schlusszeichnen",
    };
    let zug = |(nr, p): (usize, &akte_core::execute::Principal)| Zug {
        nr: nr + 1,
        fuer: p.on_behalf_of.map(|k| (k, l.namen.name(k))),
        art: art.wort(),
        zeichnet: art.zeichnet(),
        knopf,
    };
    l.gefragt_als().into_iter().enumerate().map(zug).collect()
}

/// `GET /amt/geschaeftsgang/{id}/dokument`: the version in circulation, for whoever is on the route.
pub async fn herunterladen(
    State(app): State<AppState>,
    leser: Leser,
    Path(id): Path<Uuid>,
) -> Result<Response, Fehler> {
    let l = lauf::laden(&app, &leser, id).await?;
    let name = l.dokument.dateiname.clone().unwrap_or_else(|| "dokument".into());
    let dokument = l.u.dokument.ok_or_else(Fehler::nicht_gefunden)?;
    datei::ausliefern(&app, fassung(&app, dokument, l.u.version).await?, &name).await
}

/// The content of this version; `None` if it was erased.
async fn fassung(app: &AppState, dokument: Uuid, version: u32) -> Result<Option<DokumentWert>, Fehler> {
    let (mut state, mut wert) = (Dokument::default(), None);
    for r in app.house.history(dokument).await? {
        let Ok(event) = r.decode::<DokumentEvent>() else { continue };
        state = Dokument::evolve(state, &event);
        if state.version == version {
            wert.clone_from(&state.dokument);
        }
    }
    Ok(wert)
}
