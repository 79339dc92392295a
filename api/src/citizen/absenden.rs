//! Sending: one key per form, so that a double click, a back button or a lost line have one effect.

use crate::app::AppState;
use crate::citizen::abruf;
use crate::citizen::antrag::{Lage, lage};
use crate::citizen::entwurf::Abgesendet;
use crate::citizen::pruefen::{self, AbrufWahl};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::session::cookie_setzen;
use crate::sprache::{self, Sprache};
use crate::upload;
use akte_core::execute::{Call, Done, ExecuteError, Principal, Target};
use akte_core::verfahren::definition::Definition;
use akte_core::verfahren::event::Kanal;
use akte_core::verfahren::{Vorgang, VorgangCommand};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// `POST /antrag/{leistung}/absenden`
pub async fn absenden(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path(leistung): Path<String>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let mut l = match lage(&app, &headers, &leistung, rahmen.sprache).await? {
        Ok(l) => l,
        Err(r) => return Ok(r),
    };
    let wahl = abruf::lesen(&formular, rahmen.t());
    if let Some(s) = sprache::aus_aktion(formular.get("aktion")) {
        return umgestellt(&app, rahmen, l, s, wahl);
    }
    let anon = Principal::anon();
    let vorgang = app.house.stream_for_new::<Vorgang>(&anon, &l.entwurf.inhalt.schluessel)?;
    let schon_da = eingegangen(&app, vorgang).await?;
    match &schon_da {
        // It arrived before, only the answer was lost: the same under the form it arrived with.
        Some(def) => l = Lage::neu(&app, def.clone(), l.entwurf, rahmen.sprache),
        None if !l.befunde.is_empty() || l.neue_fassung => return noch_einmal(&app, rahmen, l).await,
        None if wahl.fehler.is_some() => {
            return pruefen::bauen_mit(rahmen, &l, StatusCode::UNPROCESSABLE_ENTITY, wahl);
        }
        None => {}
    }
    umsiegeln(&app, &l, vorgang).await?;
    let done = match einreichen(&app, &l, vorgang).await {
        Ok(done) => done,
        // Between check and submission another version came into force: what fits is asked for on the page.
        Err(ExecuteError::Refused { code, .. }) if ANDERS.contains(&code.as_str()) => {
            return match lage(&app, &headers, &leistung, rahmen.sprache).await? {
                Ok(l) => noch_einmal(&app, rahmen, l).await,
                Err(r) => Ok(r),
            };
        }
        Err(e) => return Err(e.into()),
    };
    let Some(receipt) = done.receipt else { return Err(Fehler::fault("a submission without a receipt")) };
    if wahl.ja && l.def.entscheidet() {
        einwilligen(&app, &l, vorgang, wahl.email).await?;
    }
    app.sichtbar(Some(&receipt)).await;
    l.entwurf.inhalt.abgesendet = Some(Abgesendet {
        vorgang: done.stream,
        seq: receipt.seq,
        index: receipt.index,
        event_hash: URL_SAFE_NO_PAD.encode(receipt.event_hash),
        am: app.clock.now(),
    });
    l.entwurf.inhalt.felder.clear();
    l.entwurf.sichern(&app).await?;
    let mut response = layout::weiter(&format!("{}/bestaetigung", l.basis()));
    cookie_setzen(&app, response.headers_mut(), "vorgang", &app.house.case_code(done.stream, 0), None);
    Ok(response)
}

/// The check page in another language: nothing is sent, and what was chosen is still there.
fn umgestellt(app: &AppState, rahmen: Rahmen, l: Lage, s: Sprache, wahl: AbrufWahl) -> Result<Response, Fehler> {
    let l = Lage::neu(app, l.def, l.entwurf, s);
    let wahl = AbrufWahl { fehler: None, ..wahl };
    let mut response = pruefen::bauen_mit(rahmen.sprache(s), &l, StatusCode::OK, wahl)?;
    sprache::gleich(app, response.headers_mut(), s);
    Ok(response)
}

/// Refusals that say: this is not the form in force.
const ANDERS: [&str; 2] = ["feld_unbekannt", "unterlage_unbekannt"];

/// The definition this submission has pinned, if it is in the ledger already.
async fn eingegangen(app: &AppState, vorgang: Uuid) -> Result<Option<Arc<Definition>>, Fehler> {
    match app.house.load::<Vorgang>(vorgang).await {
        Ok(v) => Ok(app.leistungen().by_hash(&v.state.definition)),
        Err(ExecuteError::NotFound) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

/// The check page: what to correct, or that the form is a new one. Nothing typed is lost.
async fn noch_einmal(app: &AppState, rahmen: Rahmen, mut l: Lage) -> Result<Response, Fehler> {
    let seite = pruefen::bauen(rahmen, &l, StatusCode::UNPROCESSABLE_ENTITY)?;
    pruefen::gesehen(app, &mut l).await?;
    Ok(seite)
}

async fn einreichen(app: &AppState, l: &Lage, vorgang: Uuid) -> Result<Done, ExecuteError> {
    let inhalt = &l.entwurf.inhalt;
    // A kind of document this version does not know is kept, under no name of its own.
    let mut dokumente = inhalt.dokumente.clone();
    for d in &mut dokumente {
        if !l.def.unterlagen.iter().any(|u| u.id == d.unterlage) {
            d.unterlage = "sonstige".into();
        }
    }
    let gesendet: Vec<_> = dokumente
        .iter()
        .map(|d| json!({ "unterlage": d.unterlage, "dateiname": d.dateiname, "digest": d.dokument.digest }))
        .collect();
    let request = json!({ "leistung": l.def.id, "felder": l.geprueft.felder, "dokumente": gesendet });
    let call = Call {
        principal: Principal::anon(),
        key: inhalt.schluessel.clone(),
        target: Target::New,
        expected: None,
        request: Some(request),
        corr: None,
    };
    let command = VorgangCommand::Submit {
        leistung: l.def.id.clone(),
        kanal: Kanal::Online,
        vertrauen: "ohne".into(),
        eingang_am: app.clock.now(),
        antragsteller: app.house.antragsteller(vorgang),
        felder: l.geprueft.felder.clone(),
        dokumente,
    };
    app.house.execute::<Vorgang>(call, command).await
}

/// A second command with a key of the same form: sent again, both have happened once.
async fn einwilligen(app: &AppState, l: &Lage, vorgang: Uuid, email: String) -> Result<(), Fehler> {
    let call = Call {
        principal: Principal::buerger(app.house.antragsteller(vorgang), vec![vorgang]),
        key: format!("{}-abruf", l.entwurf.inhalt.schluessel),
        target: Target::Stream(vorgang),
        expected: None,
        request: Some(json!({ "abruf": email })),
        corr: None,
    };
    let command = VorgangCommand::GiveEinwilligung { kanal: Kanal::Online, email: Some(email) };
    app.house.execute::<Vorgang>(call, command).await?;
    Ok(())
}

/// A draft that outlived a restart has its files under an older key of the same subject: erasing
/// the person later must reach them, so they move to the key the case will use.
async fn umsiegeln(app: &AppState, l: &Lage, vorgang: Uuid) -> Result<(), Fehler> {
    let neu = upload::schluessel(app, vorgang)?;
    for d in &l.entwurf.inhalt.dokumente {
        let id = app.house.documents.kek_id(d.dokument.reference).await?;
        if id == neu.kek.id {
            continue;
        }
        let alt = app.house.vault.kek(id)?.ok_or_else(|| Fehler::fault("the key of a draft's file is gone"))?;
        let (von, nach) = ((id, alt.key()), (neu.kek.id, neu.kek.key()));
        app.house.documents.reseal(&d.dokument, von, nach).await?;
    }
    Ok(())
}
