//! Sessions of the office: a random cookie, of which only the hash is stored.
//!
//! Who the account is and what it may is read anew at each request; a changed role or a disabled
//! account ends every session (`reliability.md` §7.3).

use crate::app::AppState;
use crate::error::Fehler;
use crate::layout::Bereich;
use akte_core::execute::Principal;
use akte_core::kernel::{Actor, Role};
use akte_projections::rows::KontoRow;
use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, HeaderValue, header, request::Parts};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// n random bytes as b64u.
pub fn zufall_b64(n: usize) -> String {
    URL_SAFE_NO_PAD.encode(zufall(n))
}

/// n random bytes of the operating system.
pub fn zufall(n: usize) -> Vec<u8> {
    let mut b = vec![0u8; n];
    getrandom::fill(&mut b).expect("the operating system gives randomness or nothing is safe");
    b
}

/// One cookie of the request.
pub fn cookie_lesen(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';')).find_map(|p| {
        let (k, v) = p.trim().split_once('=')?;
        (k == name).then(|| v.to_owned())
    })
}

/// Sets a cookie of ours (`name` without prefix); `None` = until the browser is closed, `Some(0)` deletes it.
pub fn cookie_setzen(app: &AppState, headers: &mut HeaderMap, name: &str, wert: &str, sekunden: Option<i64>) {
    let name = app.konfig.cookie(name);
    let sicher = if app.konfig.sichere_cookies { "; Secure" } else { "" };
    let dauer = sekunden.map_or_else(String::new, |s| format!("; Max-Age={s}"));
    let text = format!("{name}={wert}; Path=/; HttpOnly; SameSite=Lax{sicher}{dauer}");
    if let Ok(v) = HeaderValue::from_str(&text) {
        headers.append(header::SET_COOKIE, v);
    }
}

/// What `local.db` stores in place of a session id.
pub fn id_hash(id: &str) -> [u8; 32] {
    Sha256::digest(id.as_bytes()).into()
}

/// Changes with unit or roles: a session made under other rights is over.
pub fn rechte_marke(konto: &KontoRow) -> String {
    let mut rollen: Vec<String> = konto.rollen.iter().map(|r| format!("{r:?}")).collect();
    rollen.sort();
    format!("{}|{}", konto.einheit, rollen.join(","))
}

/// The logged-in account; as an extractor it demands one (401 or the login page).
#[derive(Clone, Debug)]
pub struct Angemeldet {
    pub konto: KontoRow,
    /// Hash of the session id.
    pub sitzung: [u8; 32],
}

impl Angemeldet {
    /// The principal of this account's commands and reads.
    pub fn principal(&self) -> Principal {
        Principal {
            actor: Actor::Konto(self.konto.konto),
            rollen: self.konto.rollen.clone(),
            einheit: Some(self.konto.einheit.clone()),
            on_behalf_of: None,
            vorgaenge: Vec::new(),
            unterschrift: Vec::new(),
        }
    }
    /// Whether the account has this role.
    pub fn hat(&self, rolle: Role) -> bool {
        self.konto.rollen.contains(&rolle)
    }
    /// The frame's navigation for this account.
    pub fn bereich(&self) -> Bereich {
        Bereich::Amt {
            name: self.konto.name.clone().or_else(|| self.konto.login.clone()).unwrap_or_else(|| "Konto".into()),
            revision: self.hat(Role::Revision) || self.hat(Role::Datenschutz),
            admin: self.hat(Role::Admin),
            loeschung: [Role::Leitung, Role::Datenschutz, Role::Registratur, Role::Revision]
                .iter()
                .any(|r| self.hat(*r)),
            leistungen: self.hat(Role::Admin) || self.hat(Role::Leitung),
        }
    }
}

/// The session of this request, if it is alive.
pub async fn sitzung(app: &AppState, headers: &HeaderMap) -> Result<Option<Angemeldet>, Fehler> {
    let Some(id) = cookie_lesen(headers, &app.konfig.cookie("sitzung")) else { return Ok(None) };
    let hash = id_hash(&id);
    let jetzt = app.clock.now().as_second();
    let Some(s) = app.local.sitzung(hash, jetzt, app.grenzwerte.leerlauf_sekunden).await? else { return Ok(None) };
    let konto = app.konto(s.konto).await?;
    match konto {
        Some(k) if k.aktiv && rechte_marke(&k) == s.marke => Ok(Some(Angemeldet { konto: k, sitzung: hash })),
        _ => {
            app.local.sitzungen_beenden(s.konto).await?;
            Ok(None)
        }
    }
}

impl FromRequestParts<AppState> for Angemeldet {
    type Rejection = Fehler;
    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Fehler> {
        let wer = sitzung(app, &parts.headers).await?.ok_or(Fehler::Anmeldung)?;
        parts.extensions.insert(wer.bereich());
        Ok(wer)
    }
}
