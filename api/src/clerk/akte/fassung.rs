//! `/amt/akte/{id}/dokument/{dok}`: a new version of a document that lies in the file, with its reason.
//!
//! Replaces nothing: the versions before stay and can be fetched. What was signed on them is lifted by `process`.

use super::bauen;
use crate::app::AppState;
use crate::clerk::absage;
use crate::clerk::akte::ablage;
use crate::clerk::fallseite::Meldung;
use crate::clerk::zugang::Leser;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::sprache::Sprache;
use crate::upload::{self, Abgelehnt, Hochgeladen};
use akte_core::akte::{Akte, Dokument, DokumentCommand, KeineFassung};
use akte_core::execute::{Call, ExecuteError, Loaded, Target};
use akte_core::zugriff::Action;
use axum::extract::{Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

type Nein = (StatusCode, Meldung);

/// `POST /amt/akte/{id}/dokument/{dok}`
pub async fn hochladen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((id, dok)): Path<(Uuid, Uuid)>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, Fehler> {
    let (principal, akte) = ablage::darf(&app, &leser, Action::AddVersion, id).await?;
    let d = app.house.load::<Dokument>(dok).await.map_err(|e| match e {
        ExecuteError::NotFound => Fehler::nicht_gefunden(),
        e => e.into(),
    })?;
    let nicht = akte.state.nimmt_fassung(dok);
    if d.state.akte != Some(id) || nicht == Err(KeineFassung::NichtHier) {
        return Err(Fehler::nicht_gefunden());
    }
    let mut getippt = vec![("aktion".to_owned(), format!("fassung-{dok}"))];
    let h = match upload::annehmen(&app, &headers, form, d.corr).await {
        Ok(h) => h,
        Err(Abgelehnt::Satz(grund)) => {
            let nein = nicht_angenommen(grund.satz(Sprache::De));
            return bauen(&app, &leser, rahmen, id, nein.0, Some(nein.1), Formular(getippt)).await;
        }
        Err(Abgelehnt::Fehler(e)) => return Err(e),
    };
    let key = h.felder.get("_schluessel").cloned().unwrap_or_default();
    getippt.extend(h.felder.get("grund").map(|g| ("grund".to_owned(), g.trim().to_owned())));
    getippt.extend(h.felder.get("seite").map(|s| ("seite".to_owned(), s.clone())));
    let nein = match gelesen(&akte.state, dok, &d, h) {
        Ok((command, request, expected)) => {
            let target = Target::Stream(dok);
            let call = Call { principal, key, target, expected: Some(expected), request: Some(request), corr: None };
            match app.house.execute::<Dokument>(call, command).await {
                Ok(done) => {
                    app.sichtbar(done.receipt.as_ref()).await;
                    return Ok(layout::weiter(&format!("/amt/akte/{id}#dokumente")));
                }
                Err(e) => absage::deuten(e)?,
            }
        }
        Err(nein) => nein,
    };
    bauen(&app, &leser, rahmen, id, nein.0, Some(nein.1), Formular(getippt)).await
}

/// The command, what tells this request from another, and the version of the stream it was made on.
fn gelesen(
    akte: &Akte,
    dok: Uuid,
    d: &Loaded<Dokument>,
    h: Hochgeladen,
) -> Result<(DokumentCommand, serde_json::Value, u64), Nein> {
    akte.nimmt_fassung(dok).map_err(|e| {
        (StatusCode::CONFLICT, Meldung { art: "danger", titel: "Das geht so nicht".into(), text: e.to_string() })
    })?;
    let feld = |n: &str| h.felder.get(n).map(|t| t.trim().to_owned()).unwrap_or_default();
    let (grund, gesehen) = (feld("grund"), feld("fassung"));
    if grund.is_empty() {
        return Err(absage::eingabe(
            "Bitte füllen Sie „Grund der neuen Fassung“ aus, und wählen Sie die Datei noch einmal.",
        ));
    }
    let Some(datei) = h.datei else {
        return Err(nicht_angenommen("Es ist keine Datei ausgewählt. Wählen Sie eine Datei aus.".into()));
    };
    // The name stays: another kind of file would be opened by the wrong program.
    match &d.state.dokument {
        Some(alt) if alt.media == datei.wert.media => {}
        Some(_) => {
            let text = "Die Datei ist von anderer Art als das Dokument. Legen Sie sie als eigenes Dokument ab.";
            return Err(nicht_angenommen(text.into()));
        }
        None => {
            let text = "Das Dokument ist gelöscht. Legen Sie die Datei als eigenes Dokument ab.";
            return Err(nicht_angenommen(text.into()));
        }
    }
    let request = json!({ "fassung": gesehen, "grund": grund, "sha256": datei.sha256 });
    // Whoever saw an older version looks at the newer one first; a repeated request finds its receipt before that.
    let expected = if gesehen == d.state.version.to_string() { d.version } else { 0 };
    Ok((DokumentCommand::AddVersion { dokument: datei.wert, grund }, request, expected))
}

fn nicht_angenommen(text: String) -> Nein {
    let titel = "Die Datei wurde nicht angenommen".into();
    (StatusCode::UNPROCESSABLE_ENTITY, Meldung { art: "danger", titel, text })
}
