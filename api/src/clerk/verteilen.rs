//! Assigning many cases at once: one command per case, one result per row.

use crate::app::AppState;
use crate::clerk::zugang::Leser;
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use akte_core::execute::{Call, ExecuteError, Target};
use akte_core::ledger::Receipt;
use akte_core::verfahren::{Vorgang, VorgangCommand};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

/// What came of one row.
pub struct Ergebnis {
    pub vorgang: Uuid,
    pub name: String,
    pub gut: bool,
    pub text: String,
}

#[derive(Template)]
#[template(path = "clerk/verteilen.html")]
struct Seite {
    rahmen: Rahmen,
    ergebnisse: Vec<Ergebnis>,
    gut: usize,
    abgelehnt: usize,
    an: String,
}

/// `POST /amt/verteilen`
pub async fn zuweisen(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    formular: Formular,
) -> Result<Response, Fehler> {
    let gewaehlt: Vec<(Uuid, u64)> = formular.all("v").filter_map(marke).collect();
    let an = match formular.get("an").parse::<Uuid>() {
        Ok(an) => app.konto(an).await?,
        Err(_) => None,
    };
    let (Some(an), false) = (an, gewaehlt.is_empty()) else {
        let text = "Kreuzen Sie mindestens einen Vorgang an, und wählen Sie, an wen er geht. Gehen Sie dazu zurück.";
        return Err(Fehler::refusal(StatusCode::UNPROCESSABLE_ENTITY, "selection", text));
    };
    let mut ergebnisse = Vec::new();
    let mut letzter: Option<Receipt> = None;
    for (vorgang, version) in gewaehlt {
        let command = VorgangCommand::Assign { an: an.konto, einheit: an.einheit.clone() };
        let call = Call {
            principal: leser.wer.principal(),
            key: formular.schluessel().to_owned(),
            target: Target::Stream(vorgang),
            expected: Some(version),
            request: Some(json!({ "an": an.konto.to_string() })),
            corr: None,
        };
        let ende = app.house.execute::<Vorgang>(call, command).await;
        if let Ok(done) = &ende {
            letzter = done.receipt.or(letzter);
        }
        ergebnisse.push((vorgang, satz(ende)?));
    }
    app.sichtbar(letzter.as_ref()).await;
    let mut zeilen = Vec::new();
    for (vorgang, (gut, text)) in ergebnisse {
        let name = benennen(&app, vorgang, gut).await?;
        zeilen.push(Ergebnis { vorgang, name, gut, text });
    }
    let gut = zeilen.iter().filter(|z| z.gut).count();
    let seite = Seite {
        rahmen: rahmen.titel("Ergebnis der Zuweisung").aktiv("eingang").krume("/amt", "Eingang"),
        abgelehnt: zeilen.len() - gut,
        gut,
        ergebnisse: zeilen,
        an: an.name.unwrap_or_else(|| "ein Konto ohne Namen".into()),
    };
    layout::seite(&seite)
}

/// `<vorgang>:<version>`
fn marke(text: &str) -> Option<(Uuid, u64)> {
    let (v, n) = text.split_once(':')?;
    Some((v.parse().ok()?, n.parse().ok()?))
}

/// A refusal belongs to its row; a fault of ours ends the page.
fn satz(ende: Result<akte_core::execute::Done, ExecuteError>) -> Result<(bool, String), Fehler> {
    Ok(match ende {
        Ok(_) => (true, "zugewiesen".into()),
        Err(ExecuteError::Refused { text, .. }) => (false, text),
        Err(ExecuteError::Stale { .. }) => (false, "Der Vorgang wurde inzwischen geändert.".into()),
        Err(ExecuteError::Denied(_) | ExecuteError::NotFound) => {
            (false, "Diesen Vorgang gibt es nicht, oder Sie dürfen ihn nicht zuweisen.".into())
        }
        Err(e) => return Err(e.into()),
    })
}

/// Names only what the reader was allowed to touch.
async fn benennen(app: &AppState, vorgang: Uuid, gut: bool) -> Result<String, Fehler> {
    if !gut {
        return Ok("Vorgang".into());
    }
    let row = app.intern(move |v| v.vorgang(vorgang)).await?;
    Ok(row.map_or_else(
        || "Vorgang".into(),
        |r| {
            format!(
                "{}, {}",
                super::eingang::titel(app, &r.leistung),
                r.aktenzeichen.unwrap_or_else(|| "ohne Aktenzeichen".into())
            )
        },
    ))
}
