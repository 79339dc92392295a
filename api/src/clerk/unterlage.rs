//! A document handed over at the counter or come by post, put into the case by the office.
//!
//! Asked before the file is taken: nobody fills the store for a case that is not theirs.

use crate::app::AppState;
use crate::clerk::fall::{self, Fall};
use crate::clerk::fallseite::{self, Beiwerk, Meldung};
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use crate::upload;
use akte_core::execute::{Call, ExecuteError, Principal, Room, Target};
use akte_core::verfahren::event::{AntragDokument, Kanal};
use akte_core::verfahren::{Status, Vorgang, VorgangCommand};
use akte_core::zugriff::{Action, Resource, permit};
use axum::extract::{Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

/// Whether the form stands on the case page.
pub fn moeglich(f: &Fall) -> bool {
    let zu = f.v.status == Status::ZdA || f.v.status.nebenausgang();
    let resource = Resource { stream: Some(f.id), ..Vorgang::resource_of(&f.v) };
    let darf = |p: &Principal| permit(p, Action::SupplyUnterlage, &resource, &f.context(p)).allow;
    !zu && f.principale.iter().any(darf)
}

/// `POST /amt/vorgang/{id}/unterlage`
pub async fn hochladen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, Fehler> {
    let als = zugang::als::<Vorgang>(&app, &leser, Action::SupplyUnterlage, id).await?;
    let (principal, _) = als.ok_or_else(Fehler::nicht_gefunden)?;
    let h = upload::annehmen(&app, &headers, form, id).await?;
    let feld = |n: &str| h.felder.get(n).cloned().unwrap_or_default();
    let datei = match upload::gewaehlt(h.datei) {
        Ok(datei) => datei,
        Err(text) => return abgelehnt(&app, &leser, rahmen, id, &text).await,
    };
    let kanal = if feld("kanal") == "post" { Kanal::Post } else { Kanal::VorOrt };
    let unterlage = feld("unterlage");
    let call = Call {
        principal,
        key: feld("_schluessel"),
        target: Target::Stream(id),
        expected: None,
        request: Some(json!({ "unterlage": unterlage, "kanal": feld("kanal"), "sha256": datei.sha256 })),
        corr: None,
    };
    let dokument = AntragDokument { unterlage, dateiname: datei.name, dokument: datei.wert };
    match app.house.execute::<Vorgang>(call, VorgangCommand::SupplyUnterlage { kanal, dokument }).await {
        Ok(done) => app.sichtbar(done.receipt.as_ref()).await,
        Err(ExecuteError::Refused { text, .. }) => return abgelehnt(&app, &leser, rahmen, id, &text).await,
        Err(e) => return Err(e.into()),
    }
    Ok(layout::weiter(&match feld("zurueck").as_str() {
        z if z.starts_with("/amt/erfassen/") && !z.chars().any(char::is_control) => z.to_owned(),
        _ => format!("/amt/vorgang/{id}?ok=unterlage"),
    }))
}

/// The case page with the reason, or the reason alone for who may not read the case.
async fn abgelehnt(app: &AppState, leser: &Leser, rahmen: Rahmen, id: Uuid, satz: &str) -> Result<Response, Fehler> {
    match fall::laden(app, leser, id, None).await {
        Ok(fall) => {
            let titel = "Die Datei wurde nicht angenommen".into();
            let meldung = Some(Meldung { art: "danger", titel, text: satz.into() });
            let beiwerk = Beiwerk { status: StatusCode::UNPROCESSABLE_ENTITY, meldung, ..Beiwerk::default() };
            fallseite::zeigen(app, rahmen, &fall, beiwerk)
        }
        Err(_) => Err(Fehler::refusal(StatusCode::UNPROCESSABLE_ENTITY, "file", satz)),
    }
}
