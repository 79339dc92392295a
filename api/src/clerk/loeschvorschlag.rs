//! `/verwaltung/loeschung/vorgang/{id}`: proposing to erase a case, one person in it, or single parts of it.
//!
//! Names the parts by event and group; shows none of what they hold.

use crate::app::AppState;
use crate::clerk::fallseite::Meldung;
use crate::clerk::loeschung::{ablehnung, darf_vorschlagen};
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::{Formular, verbotenes_zeichen};
use crate::layout::{self, Rahmen};
use akte_core::execute::{Done, ExecuteError, Vorschlag};
use akte_core::loeschung::{Archiv, Ausnahme, Grund, Umfang};
use akte_core::verfahren::Vorgang;
use akte_core::zugriff::Action;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What goes with a whole Vorgang.
const GANZ: &str = "Der ganze Vorgang mit allen Dokumenten und, wenn kein anderer Vorgang in der Akte bleibt, mit dem, was ihr aus dem Postbuch zugeordnet ist";

/// One thing to choose: value, label, chosen.
type Wahl = (String, String, bool);

#[derive(Template)]
#[template(path = "clerk/loeschvorschlag.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    id: Uuid,
    aktenzeichen: Option<String>,
    umfaenge: Vec<Wahl>,
    teile: Vec<Wahl>,
    gruende: Vec<Wahl>,
    archiv: Vec<Wahl>,
    begruendung: String,
    /// Refusing instead: the exceptions, and why.
    ausnahmen: Vec<Wahl>,
    gruende_nicht: String,
}

/// `GET /verwaltung/loeschung/vorgang/{id}`
pub async fn zeigen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
) -> Result<Response, Fehler> {
    bauen(&app, &leser, rahmen, id, StatusCode::OK, None, &Formular::default()).await
}

pub(super) async fn bauen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    id: Uuid,
    status: StatusCode,
    meldung: Option<Meldung>,
    getippt: &Formular,
) -> Result<Response, Fehler> {
    let v = zugang::lesen::<Vorgang>(app, leser, Action::ReadVorgang, id, "loeschvorschlag").await?;
    if !darf_vorschlagen(app, leser, &v.state).await {
        return Err(Fehler::nicht_gefunden());
    }
    let chosen = |feld: &str, wert: &str| getippt.all(feld).any(|w| w == wert);
    let wahl = |feld: &str, wert: &str, label: String| (wert.to_owned(), label, chosen(feld, wert));
    let mut umfaenge = vec![wahl("umfang", "vorgang", GANZ.into())];
    for rolle in rollen(app, &v.state) {
        umfaenge.push(wahl("umfang", &format!("subjekt:{rolle}"), format!("Nur alles zu: {rolle}")));
    }
    umfaenge.push(wahl("umfang", "ereignisse", "Nur die Teile, die ich unten auswähle".into()));
    let seite = Seite {
        rahmen: rahmen
            .titel("Löschung vorschlagen")
            .aktiv("loeschung")
            .krume("/verwaltung/loeschung", "Löschungen")
            .mit_fehlern(status.is_client_error()),
        meldung,
        id,
        aktenzeichen: v.state.aktenzeichen.clone(),
        umfaenge,
        teile: teile(app, v.corr, getippt).await?,
        gruende: Grund::ALLE.iter().map(|(_, code, wort)| wahl("grund", code, (*wort).into())).collect(),
        archiv: Archiv::ALLE.iter().map(|(_, code, wort)| wahl("archiv", code, (*wort).into())).collect(),
        begruendung: getippt.get("begruendung").to_owned(),
        ausnahmen: Ausnahme::ALLE.iter().map(|(_, code, wort)| wahl("ausnahme", code, (*wort).into())).collect(),
        gruende_nicht: getippt.get("gruende").to_owned(),
    };
    layout::seite_mit(status, &seite)
}

/// Roles that have keys of their own in this case: those of the form's fields, the applicant, the procedure.
fn rollen(app: &AppState, v: &Vorgang) -> BTreeSet<String> {
    let def = app.leistungen().by_hash(&v.definition);
    let felder = def.iter().flat_map(|d| d.felder.iter().map(|f| f.subjekt.clone()));
    felder.chain(["antragsteller".into(), "verfahren".into()]).filter(|r| !r.is_empty()).collect()
}

/// Every sealed part that is still stored, over all streams of the case.
async fn teile(app: &AppState, corr: Uuid, getippt: &Formular) -> Result<Vec<Wahl>, Fehler> {
    let mut out = Vec::new();
    for e in app.intern(move |v| v.timeline(corr)).await? {
        let stored = app.house.ledger.read_all(e.index, 1).await.map_err(Fehler::fault)?;
        for row in stored.iter().flat_map(|s| &s.groups).filter(|row| row.g > 0) {
            let wert = format!("{}:{}", e.index, row.g);
            let gewaehlt = getippt.all("teil").any(|t| t == wert);
            out.push((wert, format!("Nr. {}, Teil {}: {}", e.index, row.g, e.satz), gewaehlt));
        }
    }
    Ok(out)
}

/// `POST /verwaltung/loeschung/vorgang/{id}`
pub async fn vorschlagen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let done = match lesen(id, &formular) {
        Ok(v) => {
            let key = formular.schluessel().to_owned();
            Ok(app.house.propose_erasure(leser.wer.principal(), key, v).await)
        }
        Err(text) => Err(text),
    };
    match vorgeschlagen(&app, done).await? {
        Ok(weiter) => Ok(weiter),
        Err((status, m)) => bauen(&app, &leser, rahmen, id, status, Some(m), &formular).await,
    }
}

/// What follows a proposal, of a Vorgang or of an Akte: its own page, or why the form comes back.
pub(super) async fn vorgeschlagen(
    app: &AppState,
    done: Result<Result<Done, ExecuteError>, &'static str>,
) -> Result<Result<Response, (StatusCode, Meldung)>, Fehler> {
    match done {
        Ok(Ok(done)) => {
            app.sichtbar(done.receipt.as_ref()).await;
            Ok(Ok(layout::weiter(&format!("/verwaltung/loeschung/{}", done.stream))))
        }
        Ok(Err(e)) => ablehnung(e).map(Err),
        Err(text) => {
            let m = Meldung { art: "danger", titel: "Bitte prüfen Sie Ihre Angaben".into(), text: text.into() };
            Ok(Err((StatusCode::UNPROCESSABLE_ENTITY, m)))
        }
    }
}

/// Ground, answer of the archive and reasoning of the form. No answer is refused by the rule itself, with its paragraph.
pub(super) fn begruendet(f: &Formular) -> Result<(Grund, Option<Archiv>, String), &'static str> {
    let grund = Grund::lesen(f.get("grund")).ok_or("Bitte wählen Sie einen Grund.")?;
    let begruendung = f.get("begruendung").trim();
    if begruendung.is_empty() {
        return Err("Bitte füllen Sie „Begründung“ aus.");
    }
    if verbotenes_zeichen(begruendung) {
        return Err("Die Begründung enthält ein Zeichen, das wir nicht annehmen.");
    }
    Ok((grund, Archiv::lesen(f.get("archiv")), begruendung.to_owned()))
}

fn lesen(vorgang: Uuid, f: &Formular) -> Result<Vorschlag, &'static str> {
    let umfang = match f.get("umfang") {
        "vorgang" => Umfang::Vorgang,
        "ereignisse" => {
            let teil = |t: &str| {
                let (idx, g) = t.split_once(':')?;
                Some((idx.parse().ok()?, g.parse().ok()?))
            };
            let gruppen: Option<Vec<(u64, u8)>> = f.all("teil").map(teil).collect();
            let gruppen = gruppen.filter(|g| !g.is_empty()).ok_or("Wählen Sie unten mindestens einen Teil aus.")?;
            Umfang::Ereignisse { gruppen }
        }
        other => match other.strip_prefix("subjekt:") {
            Some(rolle) => Umfang::Subjekt { rolle: rolle.to_owned() },
            None => return Err("Was soll gelöscht werden? Bitte wählen Sie aus."),
        },
    };
    let (grund, archiv, begruendung) = begruendet(f)?;
    Ok(Vorschlag { vorgang, umfang, grund, archiv, begruendung })
}
