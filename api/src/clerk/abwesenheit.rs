//! `/amt/abwesenheit`: who stands in while this account is away.

use crate::app::AppState;
use crate::clerk::fallseite::Meldung;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen, datum};
use crate::session::Angemeldet;
use akte_core::execute::{Call, ExecuteError, Target};
use akte_core::kernel::Role;
use akte_core::recht::datum_lesen;
use akte_core::zugriff::{Konto, KontoCommand};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "clerk/abwesenheit.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    version: u64,
    vertretungen: Vec<(Uuid, String, String, String)>,
    wahl: Vec<(Uuid, String, bool)>,
    von: String,
    bis: String,
}

/// `GET /amt/abwesenheit`
pub async fn zeigen(State(app): State<AppState>, wer: Angemeldet, rahmen: Rahmen) -> Result<Response, Fehler> {
    bauen(&app, &wer, rahmen, StatusCode::OK, None, &Formular::default()).await
}

async fn bauen(
    app: &AppState,
    wer: &Angemeldet,
    rahmen: Rahmen,
    status: StatusCode,
    meldung: Option<Meldung>,
    getippt: &Formular,
) -> Result<Response, Fehler> {
    let ich = wer.konto.konto;
    app.gelesen(ich.to_string(), "abwesenheit", Some(ich), "Vertretung".into()).await?;
    let konto = app.house.load::<Konto>(ich).await?;
    let konten = app.intern(|v| v.konten()).await?;
    let name = |id: Uuid| {
        let k = konten.iter().find(|k| k.konto == id);
        k.and_then(|k| k.name.clone().or_else(|| k.login.clone())).unwrap_or_else(|| "ein Konto ohne Namen".into())
    };
    let arbeitet = |r: &[Role]| r.contains(&Role::Sachbearbeitung) || r.contains(&Role::Leitung);
    let andere = konten.iter().filter(|k| k.aktiv && k.konto != ich && arbeitet(&k.rollen));
    let seite = Seite {
        rahmen: rahmen.titel("Abwesenheit und Vertretung").aktiv("abwesenheit").mit_fehlern(status.is_client_error()),
        meldung,
        version: konto.version,
        vertretungen: konto
            .state
            .vertretungen
            .iter()
            .map(|v| (v.durch, name(v.durch), datum(&v.von), datum(&v.bis)))
            .collect(),
        wahl: andere.map(|k| (k.konto, name(k.konto), getippt.get("durch") == k.konto.to_string())).collect(),
        von: getippt.get("von").to_owned(),
        bis: getippt.get("bis").to_owned(),
    };
    layout::seite_mit(status, &seite)
}

/// `POST /amt/abwesenheit`: set one, or end one (`ende`).
pub async fn speichern(
    State(app): State<AppState>,
    wer: Angemeldet,
    rahmen: Rahmen,
    formular: Formular,
) -> Result<Response, Fehler> {
    let command = match lesen(&formular) {
        Ok(c) => c,
        Err(text) => {
            let m = Meldung { art: "danger", titel: "Bitte prüfen Sie Ihre Angaben".into(), text: text.into() };
            return bauen(&app, &wer, rahmen, StatusCode::UNPROCESSABLE_ENTITY, Some(m), &formular).await;
        }
    };
    let call = Call {
        principal: wer.principal(),
        key: formular.schluessel().to_owned(),
        target: Target::Stream(wer.konto.konto),
        expected: formular.get("version").parse().ok(),
        request: Some(
            json!({ "durch": formular.get("durch"), "ende": formular.get("ende"), "von": formular.get("von"), "bis": formular.get("bis") }),
        ),
        corr: None,
    };
    match app.house.execute::<Konto>(call, command).await {
        Ok(done) => {
            app.sichtbar(done.receipt.as_ref()).await;
            Ok(layout::weiter("/amt/abwesenheit"))
        }
        Err(ExecuteError::Refused { text, .. }) => {
            let m = Meldung { art: "danger", titel: "Das geht so nicht".into(), text };
            bauen(&app, &wer, rahmen, StatusCode::CONFLICT, Some(m), &formular).await
        }
        Err(ExecuteError::Stale { .. }) => {
            let text =
                "Ihre Vertretung wurde inzwischen geändert. Prüfen Sie die Liste, und senden Sie noch einmal ab."
                    .into();
            let m = Meldung { art: "danger", titel: "Inzwischen geändert".into(), text };
            bauen(&app, &wer, rahmen, StatusCode::PRECONDITION_FAILED, Some(m), &formular).await
        }
        Err(e) => Err(e.into()),
    }
}

fn lesen(f: &Formular) -> Result<KontoCommand, &'static str> {
    if let Ok(durch) = f.get("ende").parse() {
        return Ok(KontoCommand::EndVertretung { durch });
    }
    let durch = f.get("durch").parse().map_err(|_| "Wer vertritt Sie? Bitte wählen Sie eine Person.")?;
    let von = datum_lesen(f.get("von").trim())
        .ok_or("„Von“ ist kein Tag, den es gibt. Schreiben Sie zum Beispiel 31.12.2026.")?;
    let bis = datum_lesen(f.get("bis").trim())
        .ok_or("„Bis“ ist kein Tag, den es gibt. Schreiben Sie zum Beispiel 31.12.2026.")?;
    Ok(KontoCommand::ActivateVertretung { durch, von, bis })
}
