//! The case of the code in this browser: who may see it, and its state.
//!
//! Unknown, malformed and revoked codes are told apart nowhere, neither by the answer nor by the work
//! behind it: sending a code looks nothing up, and whatever was sent becomes one SHA-256 and one lookup.
//! The lookup compares hashes, so the time it takes tells nothing about a code one does not have.

use crate::app::AppState;
use crate::error::Fehler;
use crate::layout::Rahmen;
use crate::session::cookie_lesen;
use crate::texte;
use akte_core::execute::{Call, ExecuteError, Loaded, Principal, Target};
use akte_core::ledger::hash::{b64u, sha256};
use akte_core::verfahren::Vorgang;
use akte_core::verfahren::definition::Definition;
use akte_core::zugriff::Action;
use axum::http::{HeaderMap, StatusCode};
use std::sync::Arc;
use uuid::Uuid;

/// A case opened by its code.
pub struct Fall {
    pub vorgang: Uuid,
    pub principal: Principal,
    pub geladen: Loaded<Vorgang>,
    pub def: Arc<Definition>,
}

/// The hash of the code in this browser's cookie as the views store it. Always one, also of nothing and
/// of what is no code, so that no path exists on which the lookup is left out.
pub fn cookie_hash(app: &AppState, headers: &HeaderMap) -> [u8; 32] {
    let code = cookie_lesen(headers, &app.konfig.cookie("vorgang")).unwrap_or_default();
    akte_core::ledger::ids::case_code_sha256(&code)
}

/// Opens the case for its applicant: `permit`, then a row in the read log, then the state.
pub async fn oeffnen(app: &AppState, headers: &HeaderMap, action: Action, was: &'static str) -> Result<Fall, Fehler> {
    let hash = cookie_hash(app, headers);
    let vorgang = app.intern(move |v| v.vorgang_by_code(hash)).await?.ok_or_else(Fehler::nicht_gefunden)?;
    let subject = app.house.antragsteller(vorgang);
    let principal = Principal::buerger(subject, vec![vorgang]);
    let (geladen, _) = match app.house.may::<Vorgang>(&principal, action, vorgang).await {
        Ok(x) => x,
        Err(ExecuteError::Denied(_) | ExecuteError::NotFound) => return Err(Fehler::nicht_gefunden()),
        Err(e) => return Err(e.into()),
    };
    app.gelesen(subject.to_string(), was, Some(vorgang), "eigener Vorgang".into()).await?;
    let katalog = app.leistungen();
    let state = &geladen.state;
    let def = katalog.by_hash(&state.definition).or_else(|| katalog.get(&state.leistung));
    let def = def.ok_or_else(|| Fehler::fault("the definition of a case is not in the catalogue"))?;
    Ok(Fall { vorgang, principal, geladen, def })
}

impl Fall {
    /// Belongs to this case alone and tells nothing about it: a page that changes something carries it in its key.
    pub fn marke(&self) -> String {
        let mut marke = b64u(&sha256(&[b"aktenkette/seite/v1\n", self.vorgang.as_bytes()]));
        marke.truncate(12);
        marke
    }

    /// A fresh idempotency key for a form of this case.
    pub fn schluessel(&self, rahmen: &Rahmen) -> String {
        rahmen.schluessel() + &self.marke()
    }

    /// The form was drawn for this case: another one may have been opened in the same browser since.
    pub fn gemeint(&self, schluessel: &str) -> Result<(), Fehler> {
        if schluessel.ends_with(&self.marke()) {
            return Ok(());
        }
        let text = texte::DE.fehler.other_case.0;
        Err(Fehler::refusal(StatusCode::CONFLICT, "other-case", text))
    }

    /// A call of the applicant on this case.
    pub fn call(&self, key: &str, request: serde_json::Value) -> Call {
        Call {
            principal: self.principal.clone(),
            key: key.to_owned(),
            target: Target::Stream(self.vorgang),
            expected: None,
            request: Some(request),
            corr: None,
        }
    }
}
