//! Assigning many cases at once, and taking that back: one command per case, one result per row.

use crate::app::AppState;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen};
use akte_core::execute::{Call, ExecuteError, Target};
use akte_core::ledger::Receipt;
use akte_core::verfahren::{Vorgang, VorgangCommand};
use akte_core::zugriff::Action;
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
    /// `<vorgang>:<version>` as it stands now: what taking it back starts from.
    pub marke: String,
}

#[derive(Template)]
#[template(path = "clerk/verteilen.html")]
struct Seite {
    rahmen: Rahmen,
    ergebnisse: Vec<Ergebnis>,
    /// "3 zugewiesen an Frau Meyer, 1 abgelehnt."
    ergebnis: String,
    wort: &'static str,
    /// Whether "Rückgängig" is offered.
    rueckgaengig: bool,
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
    // The result names cases: logged first, so that nothing is done whose result cannot be shown.
    zugang::lesen_liste(&app, &leser, Action::ReadEingang, "verteilen").await?;
    let auftrag = json!({ "an": an.konto.to_string() });
    let command = VorgangCommand::Assign { an: an.konto, einheit: an.einheit.clone() };
    let ergebnisse = alle(&app, &leser, &formular, gewaehlt, &command, auftrag).await?;
    let an = an.name.unwrap_or_else(|| "ein Konto ohne Namen".into());
    seite(rahmen.titel("Ergebnis der Zuweisung"), ergebnisse, "zugewiesen", &format!(" an {an}"))
}

/// `POST /amt/verteilen/zurueck`: what was just assigned goes back to who had it, where nothing happened since.
pub async fn zurueck(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    formular: Formular,
) -> Result<Response, Fehler> {
    let gewaehlt = formular.all("v").filter_map(marke).collect();
    zugang::lesen_liste(&app, &leser, Action::ReadEingang, "verteilen").await?;
    let ergebnisse = alle(&app, &leser, &formular, gewaehlt, &VorgangCommand::UndoAssign, json!({})).await?;
    seite(rahmen.titel("Zuweisung zurückgenommen"), ergebnisse, "zurückgenommen", "")
}

async fn alle(
    app: &AppState,
    leser: &Leser,
    formular: &Formular,
    gewaehlt: Vec<(Uuid, u64)>,
    command: &VorgangCommand,
    request: serde_json::Value,
) -> Result<Vec<Ergebnis>, Fehler> {
    let mut ergebnisse = Vec::new();
    let mut letzter: Option<Receipt> = None;
    for (vorgang, version) in gewaehlt {
        let call = Call {
            principal: leser.wer.principal(),
            key: formular.schluessel().to_owned(),
            target: Target::Stream(vorgang),
            expected: Some(version),
            request: Some(request.clone()),
            corr: None,
        };
        let ende = app.house.execute::<Vorgang>(call, command.clone()).await;
        let receipt = ende.as_ref().ok().and_then(|done| done.receipt);
        letzter = receipt.or(letzter);
        // Already with that person: nothing was written, and nothing is to be taken back.
        let marke = receipt.map_or_else(String::new, |r| format!("{vorgang}:{}", r.seq + 1));
        ergebnisse.push((vorgang, marke, satz(ende)?));
    }
    app.sichtbar(letzter.as_ref()).await;
    let mut zeilen = Vec::new();
    for (vorgang, marke, (gut, text)) in ergebnisse {
        let name = benennen(app, vorgang, gut).await?;
        zeilen.push(Ergebnis { vorgang, name, gut, text, marke });
    }
    Ok(zeilen)
}

fn seite(rahmen: Rahmen, ergebnisse: Vec<Ergebnis>, wort: &'static str, an: &str) -> Result<Response, Fehler> {
    let gut = ergebnisse.iter().filter(|z| z.gut).count();
    let abgelehnt = match ergebnisse.len() - gut {
        0 => String::new(),
        n => format!(", {n} abgelehnt"),
    };
    layout::seite(&Seite {
        rahmen: rahmen.aktiv("eingang").krume("/amt", "Eingang"),
        ergebnis: format!("{gut} {wort}{an}{abgelehnt}."),
        rueckgaengig: wort == "zugewiesen" && ergebnisse.iter().any(|e| !e.marke.is_empty()),
        ergebnisse,
        wort,
    })
}

/// `<vorgang>:<version>`
fn marke(text: &str) -> Option<(Uuid, u64)> {
    let (v, n) = text.split_once(':')?;
    Some((v.parse().ok()?, n.parse().ok()?))
}

/// A refusal belongs to its row; a fault of ours ends the page.
fn satz(ende: Result<akte_core::execute::Done, ExecuteError>) -> Result<(bool, String), Fehler> {
    Ok(match ende {
        Ok(_) => (true, String::new()),
        Err(ExecuteError::Refused { text, .. }) => (false, text),
        Err(ExecuteError::Stale { .. }) => (false, "Der Vorgang wurde inzwischen geändert.".into()),
        Err(ExecuteError::Denied(_) | ExecuteError::NotFound) => {
            (false, "Diesen Vorgang gibt es nicht, oder Sie dürfen das hier nicht.".into())
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
