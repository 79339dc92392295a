//! One act on one case: form -> command -> execute; a refusal comes back on the page with
//! everything that was typed.

use crate::app::AppState;
use crate::clerk::aktion::{self, Aktion};
use crate::clerk::eingabe::Eingabe;
use crate::clerk::fall::{self, Fall};
use crate::clerk::fallseite::{self, Beiwerk, Meldung};
use crate::clerk::zugang::Leser;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use akte_core::execute::{Call, Done, ExecuteError, Principal, Target};
use akte_core::verfahren::{Vorgang, VorgangCommand};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};
use uuid::Uuid;

/// `POST /amt/vorgang/{id}/{aktion}`
pub async fn ausfuehren(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((id, name)): Path<(Uuid, String)>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let aktion = aktion::finden(&name).ok_or_else(Fehler::nicht_gefunden)?;
    let mut fall = fall::laden(&app, &leser, id, None).await?;
    let mut eingabe = Eingabe::neu(aktion.name, &formular, app.grenzwerte.feld_zeichen);
    let command = (aktion.lesen)(&mut eingabe, &fall);
    if !eingabe.findings.is_empty() {
        fall.findings = std::mem::take(&mut eingabe.findings);
        fall.getippt = formular;
        let beiwerk =
            Beiwerk { status: StatusCode::UNPROCESSABLE_ENTITY, aktion: Some(aktion.name), ..Beiwerk::default() };
        return fallseite::zeigen(&app, rahmen, &fall, beiwerk);
    }
    let Ok(version) = formular.get("version").parse::<u64>() else {
        return Err(Fehler::refusal(
            StatusCode::PRECONDITION_REQUIRED,
            "version",
            "Die Seite ist unvollständig. Laden Sie sie neu.",
        ));
    };
    match senden(&app, &leser, id, version, command, aktion, &formular).await {
        Ok(done) => {
            app.sichtbar(done.receipt.as_ref()).await;
            Ok(layout::weiter(&format!("/amt/vorgang/{id}?ok={}", aktion.name)))
        }
        Err(e) => abgelehnt(&app, rahmen, Versuch { leser, id, aktion, version, formular }, e).await,
    }
}

async fn senden(
    app: &AppState,
    leser: &Leser,
    id: Uuid,
    version: u64,
    command: VorgangCommand,
    aktion: &Aktion,
    formular: &Formular,
) -> Result<Done, ExecuteError> {
    let call = Call {
        principal: principal(leser, formular),
        key: formular.schluessel().to_owned(),
        target: Target::Stream(id),
        expected: Some(version),
        request: Some(anfrage(aktion.name, formular)),
        corr: None,
    };
    app.house.execute::<Vorgang>(call, command).await
}

/// As itself, or in the place the form names; whether that is so today, the command path asks.
fn principal(leser: &Leser, formular: &Formular) -> Principal {
    let on_behalf_of = formular.get("_fuer").parse().ok();
    Principal { on_behalf_of, ..leser.wer.principal() }
}

/// The accepted fields of this act, for the check of a repeated key.
fn anfrage(aktion: &str, formular: &Formular) -> Value {
    let mut map = Map::from_iter([("aktion".to_owned(), Value::from(aktion))]);
    let prefix = format!("{aktion}-");
    for (k, v) in formular.0.iter().filter(|(k, _)| k.starts_with(&prefix)) {
        match map.entry(k.clone()).or_insert_with(|| Value::Array(Vec::new())) {
            Value::Array(werte) => werte.push(v.clone().into()),
            andere => *andere = v.clone().into(),
        }
    }
    Value::Object(map)
}

/// What was tried.
struct Versuch {
    leser: Leser,
    id: Uuid,
    aktion: &'static Aktion,
    version: u64,
    formular: Formular,
}

/// The page again, with the reason and with what was typed; other errors have pages of their own.
async fn abgelehnt(app: &AppState, rahmen: Rahmen, v: Versuch, e: ExecuteError) -> Result<Response, Fehler> {
    let (status, titel, text) = match &e {
        ExecuteError::Stale { .. } => (
            StatusCode::PRECONDITION_FAILED,
            "Inzwischen geändert",
            "Jemand anderes hat den Vorgang geändert, seit Sie ihn geöffnet haben. Ihre Eingaben stehen noch im Formular. Prüfen Sie, was sich geändert hat, und senden Sie dann noch einmal ab.".to_owned(),
        ),
        ExecuteError::Refused { text, .. } => (StatusCode::CONFLICT, "Das geht so nicht", text.clone()),
        ExecuteError::Denied(_) => {
            (StatusCode::FORBIDDEN, "Dazu haben Sie kein Recht", "Dazu haben Sie in diesem Vorgang kein Recht.".to_owned())
        }
        _ => return Err(e.into()),
    };
    let mut fall = fall::laden(app, &v.leser, v.id, None).await?;
    let (status, titel, text) = match schon_uebernommen(&v.leser, &fall, v.aktion, &e) {
        Some(text) => (StatusCode::CONFLICT, "Schon übernommen", text),
        None => (status, titel, text),
    };
    fall.getippt = v.formular;
    let meldung = Some(Meldung { art: "danger", titel: titel.into(), text });
    let seit = matches!(e, ExecuteError::Stale { .. }).then_some(v.version);
    let beiwerk = Beiwerk { status, meldung, aktion: Some(v.aktion.name), seit, stand: None };
    fallseite::zeigen(app, rahmen, &fall, beiwerk)
}

/// Who was faster, and how long ago.
fn schon_uebernommen(leser: &Leser, fall: &Fall, aktion: &Aktion, e: &ExecuteError) -> Option<String> {
    if aktion.name != "uebernehmen" || !matches!(e, ExecuteError::Stale { .. } | ExecuteError::Refused { .. }) {
        return None;
    }
    let (wer, wann) = fall.seit_wann_bei()?;
    if wer == leser.wer.konto.konto {
        return None;
    }
    let sekunden = fall.jetzt.as_second().saturating_sub(wann.as_second()).max(0);
    let her = match sekunden {
        0..60 => format!("vor {sekunden} Sekunden"),
        60..3600 => format!("vor {} Minuten", sekunden / 60),
        _ => format!("am {}", layout::zeitpunkt(&wann, &fall.zone_name())),
    };
    Some(format!("{} hat den Vorgang {her} übernommen. Es ist nichts verloren gegangen.", fall.name(wer)))
}
