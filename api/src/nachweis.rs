//! A receipt as a download: the proof where a checkpoint covers it, or the promise that holds until then.
//!
//! Asks nobody for permission and chooses no value: the caller did both and wrote the read log.

use crate::app::AppState;
use crate::download;
use crate::error::Fehler;
use akte_core::ledger::receipt::Redacted;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;

/// The two things that can be given of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `.tlog-proof`: header, disclosures, path, signed checkpoint.
    Beweis,
    /// JSON: header and disclosures; worth the town's word until the proof is there.
    Zusage,
}

impl Form {
    /// By the ending of a file name; the rest of the name.
    pub fn aus(datei: &str) -> Option<(&str, Self)> {
        [Form::Beweis, Form::Zusage].into_iter().find_map(|f| Some((datei.strip_suffix(f.endung())?, f)))
    }
    fn endung(self) -> &'static str {
        match self {
            Form::Beweis => ".tlog-proof",
            Form::Zusage => ".json",
        }
    }
    /// Its name inside a PDF.
    pub fn datei(self) -> &'static str {
        match self {
            Form::Beweis => "eingangsnachweis.tlog-proof",
            Form::Zusage => "zusage.json",
        }
    }
    pub fn media(self) -> &'static str {
        match self {
            Form::Beweis => "text/plain",
            Form::Zusage => "application/json",
        }
    }
    /// What a screen reader says of it.
    pub fn beschreibung(self) -> &'static str {
        match self {
            Form::Beweis => "Beweis des Eingangs für Prüfprogramme",
            Form::Zusage => "Zusage für Prüfprogramme: noch kein Beweis",
        }
    }
}

/// The file, or a plain word on when it will be there.
pub async fn geben(app: &AppState, auszug: &Redacted, form: Form, name: &str) -> Result<Response, Fehler> {
    let bytes = match form {
        Form::Zusage => auszug.promise().map_err(Fehler::fault)?,
        Form::Beweis => app.house.beleg(auszug).await?.ok_or_else(|| noch_nicht(app))?.into_bytes(),
    };
    Ok(download::anhang(Body::from(bytes), form.media(), &format!("{name}{}", form.endung()), None))
}

/// No checkpoint covers the event yet.
fn noch_nicht(app: &AppState) -> Fehler {
    let sekunden = u32::try_from(app.stadt.protokoll.takt_sekunden).unwrap_or(u32::MAX);
    Fehler::Spaeter {
        status: StatusCode::SERVICE_UNAVAILABLE,
        code: "checkpoint",
        text: "Der Beweis entsteht mit dem nächsten unterschriebenen Stand unseres Protokolls. Bitte versuchen Sie es in einigen Minuten noch einmal. Bis dahin haben Sie unsere Zusage: die Datei mit der Endung .json.".into(),
        sekunden,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_told_by_the_ending_alone() {
        assert_eq!(Form::aus("3.tlog-proof"), Some(("3", Form::Beweis)));
        assert_eq!(Form::aus("3.json"), Some(("3", Form::Zusage)));
        for other in ["3", "3.txt", "tlog-proof", "3.JSON"] {
            assert_eq!(Form::aus(other), None, "{other}");
        }
    }
}
