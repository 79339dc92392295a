//! Sending: one key per form, so that a double click, a back button or a lost line have one effect.

use crate::app::AppState;
use crate::citizen::antrag::{Lage, lage};
use crate::citizen::entwurf::Abgesendet;
use crate::citizen::pruefen;
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use crate::session::cookie_setzen;
use crate::upload;
use akte_core::execute::{Call, Done, Principal, Target};
use akte_core::verfahren::event::Kanal;
use akte_core::verfahren::{Vorgang, VorgangCommand};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use uuid::Uuid;

/// `POST /antrag/{leistung}/absenden`
pub async fn absenden(
    State(app): State<AppState>,
    rahmen: Rahmen,
    headers: HeaderMap,
    Path(leistung): Path<String>,
) -> Result<Response, Fehler> {
    let mut l = match lage(&app, &headers, &leistung).await? {
        Ok(l) => l,
        Err(r) => return Ok(r),
    };
    if !l.befunde.is_empty() {
        return pruefen::bauen(rahmen, &l, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let anon = Principal::anon();
    let vorgang = app.house.stream_for_new::<Vorgang>(&anon, &l.entwurf.inhalt.schluessel)?;
    umsiegeln(&app, &l, vorgang).await?;
    let done = einreichen(&app, &l, vorgang).await?;
    let Some(receipt) = done.receipt else { return Err(Fehler::fault("a submission without a receipt")) };
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

async fn einreichen(app: &AppState, l: &Lage, vorgang: Uuid) -> Result<Done, Fehler> {
    let inhalt = &l.entwurf.inhalt;
    let dokumente: Vec<_> = inhalt
        .dokumente
        .iter()
        .map(|d| json!({ "unterlage": d.unterlage, "dateiname": d.dateiname, "digest": d.dokument.digest }))
        .collect();
    let request = json!({ "leistung": l.def.id, "felder": l.geprueft.felder, "dokumente": dokumente });
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
        dokumente: inhalt.dokumente.clone(),
    };
    Ok(app.house.execute::<Vorgang>(call, command).await?)
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
