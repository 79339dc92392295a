//! `/amt/akte/{id}/dokument/{dok}`: a new version of a document that lies in the file, with its reason.
//!
//! Replaces nothing: the versions before stay and can be fetched. What was signed on them is lifted by `process`.

use super::bauen;
use crate::app::AppState;
use crate::clerk::absage::{self, Absage};
use crate::clerk::fallseite::Meldung;
use crate::clerk::handlung;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use crate::upload::{self, Datei, Grund};
use akte_core::akte::{Akte, Dokument, DokumentCommand};
use akte_core::execute::{Call, ExecuteError, Loaded, Target};
use akte_core::zugriff::Action;
use axum::extract::{Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

/// `POST /amt/akte/{id}/dokument/{dok}`
pub async fn hochladen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((id, dok)): Path<(Uuid, Uuid)>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, Fehler> {
    let (principal, akte) =
        zugang::als::<Akte>(&app, &leser, Action::AddVersion, id).await?.ok_or_else(Fehler::nicht_gefunden)?;
    let d = app.house.load::<Dokument>(dok).await.map_err(|e| match e {
        ExecuteError::NotFound => Fehler::nicht_gefunden(),
        e => e.into(),
    })?;
    if d.state.akte != Some(id) || !akte.state.dokumente.contains(&dok) {
        return Err(Fehler::nicht_gefunden());
    }
    let h = upload::annehmen(&app, &headers, form, d.corr).await?;
    let mut getippt = Formular(vec![("aktion".into(), format!("fassung-{dok}"))]);
    getippt.0.extend(h.felder.iter().map(|(k, v)| (k.clone(), v.trim().to_owned())));
    let absage = match gelesen(&d, &getippt, h.datei) {
        Ok((command, request, expected)) => {
            let neu = handlung::neu(&leser, &getippt, request, None);
            let call = Call { principal, target: Target::Stream(dok), expected: Some(expected), ..neu };
            match handlung::senden::<Dokument>(&app, call, None, Ok(command)).await? {
                Ok(_) => return Ok(layout::weiter(&format!("/amt/akte/{id}#dokumente"))),
                Err(absage) => absage,
            }
        }
        Err(absage) => absage,
    };
    bauen(&app, &leser, rahmen, id, Some(absage), getippt).await
}

/// The command, what tells this request from another, and the version of the stream it was made on.
fn gelesen(
    d: &Loaded<Dokument>,
    f: &Formular,
    datei: Result<Option<Datei>, Grund>,
) -> Result<(DokumentCommand, serde_json::Value, u64), Absage> {
    let datei = upload::gewaehlt(datei).map_err(nicht_angenommen)?;
    let (grund, gesehen) = (f.get("grund"), f.get("fassung"));
    if grund.is_empty() {
        return Err(absage::eingabe(
            "Bitte füllen Sie „Grund der neuen Fassung“ aus, und wählen Sie die Datei noch einmal.",
        ));
    }
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
    Ok((DokumentCommand::AddVersion { dokument: datei.wert, grund: grund.to_owned() }, request, expected))
}

/// What the page says of a file that was not taken.
pub(super) fn nicht_angenommen(text: String) -> Absage {
    let titel = "Die Datei wurde nicht angenommen".into();
    (StatusCode::UNPROCESSABLE_ENTITY, Meldung { art: "danger", titel, text })
}
