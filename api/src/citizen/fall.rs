//! The case of the code in this browser: who may see it, and its state.
//!
//! Unknown, foreign and revoked codes are told apart nowhere.

use crate::app::AppState;
use crate::error::Fehler;
use crate::session::cookie_lesen;
use akte_core::execute::{Call, ExecuteError, House, Loaded, Principal, Target};
use akte_core::verfahren::Vorgang;
use akte_core::verfahren::definition::Definition;
use akte_core::zugriff::Action;
use axum::http::HeaderMap;
use std::sync::Arc;
use uuid::Uuid;

/// A case opened by its code.
pub struct Fall {
    pub vorgang: Uuid,
    pub principal: Principal,
    pub geladen: Loaded<Vorgang>,
    pub def: Arc<Definition>,
}

/// The code's hash as the views store it; `None` if it does not look like a code.
pub fn hash(code: &str) -> Option<[u8; 32]> {
    let form = code.len() == 22 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let hex = form.then(|| House::case_code_sha256(code))?;
    let mut aus = [0u8; 32];
    for (i, b) in aus.iter_mut().enumerate() {
        *b = u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(aus)
}

/// The hash of the code in this browser's cookie.
pub fn cookie_hash(app: &AppState, headers: &HeaderMap) -> Option<[u8; 32]> {
    cookie_lesen(headers, &app.konfig.cookie("vorgang")).and_then(|c| hash(&c))
}

/// Opens the case for its applicant: `permit`, then a row in the read log, then the state.
pub async fn oeffnen(app: &AppState, headers: &HeaderMap, action: Action, was: &'static str) -> Result<Fall, Fehler> {
    let Some(hash) = cookie_hash(app, headers) else { return Err(Fehler::nicht_gefunden()) };
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
    /// Label of a kind of document.
    pub fn unterlage(&self, id: &str) -> String {
        self.def
            .unterlagen
            .iter()
            .find(|u| u.id == id)
            .map_or_else(|| "Sonstige Unterlage".into(), |u| u.label.de.clone())
    }
}
