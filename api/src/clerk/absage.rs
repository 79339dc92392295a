//! What a refused form of the work pages comes back with: status, heading, sentence.
//!
//! Keeps nothing of what was typed: the page does.

use crate::clerk::fallseite::Meldung;
use crate::error::Fehler;
use akte_core::execute::ExecuteError;
use axum::http::StatusCode;

/// Status and words of a refusal.
pub type Absage = (StatusCode, Meldung);

/// Codes of refusals that name a field of the form.
const EINGABE: [&str; 6] = ["laufweg", "angabe_fehlt", "zeitraum", "termin", "vergangen", "erledigtes_bleibt"];

/// What was typed is wrong in a way the page itself sees.
pub fn eingabe(text: impl Into<String>) -> Absage {
    let titel = "Bitte prüfen Sie Ihre Angaben".into();
    (StatusCode::UNPROCESSABLE_ENTITY, Meldung { art: "danger", titel, text: text.into() })
}

/// A refusal as the page says it; other errors have pages of their own.
pub fn deuten(e: ExecuteError) -> Result<Absage, Fehler> {
    match e {
        ExecuteError::Refused { code, text } if EINGABE.contains(&code.as_str()) => Ok(eingabe(text)),
        ExecuteError::Refused { text, .. } => {
            Ok((StatusCode::CONFLICT, Meldung { art: "danger", titel: "Das geht so nicht".into(), text }))
        }
        ExecuteError::Stale { .. } => {
            let text = "Jemand anderes hat inzwischen etwas geändert. Ihre Eingaben stehen noch im Formular. Prüfen Sie, was sich geändert hat, und senden Sie dann noch einmal ab.".into();
            Ok((StatusCode::PRECONDITION_FAILED, Meldung { art: "danger", titel: "Inzwischen geändert".into(), text }))
        }
        ExecuteError::Denied(_) => {
            let text = "Dazu haben Sie hier kein Recht.".into();
            Ok((StatusCode::FORBIDDEN, Meldung { art: "danger", titel: "Dazu haben Sie kein Recht".into(), text }))
        }
        e => Err(e.into()),
    }
}

/// Status and message of a page that may come back refused.
pub fn teilen(absage: Option<Absage>) -> (StatusCode, Option<Meldung>) {
    let (status, meldung) = absage.unzip();
    (status.unwrap_or(StatusCode::OK), meldung)
}
