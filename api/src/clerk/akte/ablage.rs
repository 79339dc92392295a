//! `/amt/akte/{id}/dokument`: a document put into the file by hand.
//!
//! After zdA it is filed late, with the reason that was typed; what was there stays.

use super::bauen;
use crate::app::AppState;
use crate::clerk::akte::fassung::nicht_angenommen;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::upload;
use akte_core::akte::{Akte, AkteCommand, Dokument, DokumentCommand};
use akte_core::execute::{Call, ExecuteError, Target};
use akte_core::zugriff::Action;
use axum::extract::{Multipart, Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

/// `POST /amt/akte/{id}/dokument`
pub async fn hochladen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, Fehler> {
    let (principal, akte) =
        zugang::als::<Akte>(&app, &leser, Action::FileLate, id).await?.ok_or_else(Fehler::nicht_gefunden)?;
    let h = upload::annehmen(&app, &headers, form, akte.corr).await?;
    let mut getippt = Formular(vec![("aktion".into(), "dokument".into())]);
    getippt.0.extend(h.felder.iter().map(|(k, v)| (k.clone(), v.trim().to_owned())));
    let feld = |n: &str| getippt.get(n).to_owned();
    let (titel, grund) = (feld("titel"), feld("grund"));
    let datei = match upload::gewaehlt(h.datei) {
        Ok(_) if akte.state.geschlossen && grund.is_empty() => {
            Err("Die Akte ist geschlossen. Schreiben Sie bei „Grund“, warum nachträglich abgelegt wird.".to_owned())
        }
        datei => datei,
    };
    let datei = match datei {
        Ok(datei) => datei,
        Err(text) => return bauen(&app, &leser, rahmen, id, Some(nicht_angenommen(text)), getippt).await,
    };
    let richtung = match feld("richtung").as_str() {
        r @ ("eingang" | "ausgang") => r.to_owned(),
        _ => "intern".into(),
    };
    let add = DokumentCommand::Add {
        akte: id,
        vorgang: None,
        richtung,
        titel: if titel.is_empty() { datei.name.clone() } else { titel },
        dateiname: datei.name,
        dokument: datei.wert,
    };
    let key = feld("_schluessel");
    let call = |key: &str, target: Target, request| Call {
        principal: principal.clone(),
        key: key.to_owned(),
        target,
        expected: None,
        request: Some(request),
        corr: Some(akte.corr),
    };
    let added = call(&key, Target::New, json!({ "akte": id, "sha256": datei.sha256 }));
    let done = app.house.execute::<Dokument>(added, add).await?;
    let filed = match akte.state.geschlossen {
        true => AkteCommand::FileLate { dokument: done.stream, grund },
        false => AkteCommand::FileDokument { dokument: done.stream, vorgang: None },
    };
    let filing = call(&format!("{key}-ablage"), Target::Stream(id), json!({ "dokument": done.stream }));
    match app.house.execute::<Akte>(filing, filed).await {
        Ok(done) => app.sichtbar(done.receipt.as_ref()).await,
        // Closed or reopened in between: `process` files it all the same.
        Err(ExecuteError::Refused { .. }) => app.sichtbar(done.receipt.as_ref()).await,
        Err(e) => return Err(e.into()),
    }
    Ok(layout::weiter(&format!("/amt/akte/{id}")))
}
