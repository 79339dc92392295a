//! The draft of an application: kept on the server, readable only with the code of the person.
//!
//! The code is in a cookie and, on demand, on paper; `local.db` holds neither the code nor a key.

use crate::app::AppState;
use crate::error::Fehler;
use crate::session::{cookie_lesen, cookie_setzen, zufall, zufall_b64};
use crate::sprache::Sprache;
use akte_core::execute::Principal;
use akte_core::verfahren::Vorgang;
use akte_core::verfahren::definition::Definition;
use akte_core::verfahren::event::AntragDokument;
use akte_core::verfahren::pruefung::Roh;
use axum::http::HeaderMap;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Letters of a code: Crockford's, without I, L, O, U. 16 of them are 80 bits.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LAENGE: usize = 16;

/// Code by which a draft is found and opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// A new random code.
    pub fn neu() -> Self {
        Code(zufall(LAENGE).iter().map(|b| char::from(ALPHABET[usize::from(b % 32)])).collect())
    }
    /// As typed: blanks, hyphens and small letters do not matter, O is 0, I and L are 1.
    pub fn lesen(roh: &str) -> Option<Self> {
        let mut s = String::with_capacity(LAENGE);
        for c in roh.chars().filter(|c| !c.is_whitespace() && *c != '-').take(LAENGE + 1) {
            let c = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                c => c,
            };
            s.push(char::from(*ALPHABET.iter().find(|a| char::from(**a) == c)?));
        }
        (s.len() == LAENGE).then_some(Code(s))
    }
    /// `ABCD-EFGH-JKMN-PQRS`
    pub fn zeigen(&self) -> String {
        format!("{}-{}-{}-{}", &self.0[..4], &self.0[4..8], &self.0[8..12], &self.0[12..])
    }
    fn id(&self) -> [u8; 32] {
        let mut h = Sha256::new();
        h.update(b"aktenkette/entwurf-id/v1\n");
        h.update(self.0.as_bytes());
        h.finalize().into()
    }
    /// Key of the draft and of the documents that lie with it; needs the code and this machine.
    pub fn schluessel(&self, pfeffer: &[u8; 32]) -> [u8; 32] {
        let mut m = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(pfeffer).expect("HMAC takes keys of any length");
        m.update(b"aktenkette/entwurf-key/v1\n");
        m.update(self.0.as_bytes());
        m.finalize().into_bytes().into()
    }
}

/// What a sent application left behind: the receipt, so that a second click shows the same page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Abgesendet {
    pub vorgang: Uuid,
    pub seq: u64,
    pub index: u64,
    /// b64u event hash.
    pub event_hash: String,
    pub am: Timestamp,
}

/// Everything typed so far, exactly as typed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inhalt {
    pub leistung: String,
    /// Idempotency key of the submission, fixed when the form was opened.
    pub schluessel: String,
    pub felder: Roh,
    pub dokumente: Vec<AntragDokument>,
    /// Unix seconds at which the draft is dropped.
    pub ende: i64,
    pub abgesendet: Option<Abgesendet>,
    /// Pinned hash of the definition under which the form was last seen; empty in older drafts.
    #[serde(default)]
    pub definition: String,
}

/// A draft with its code.
pub struct Entwurf {
    pub code: Code,
    pub inhalt: Inhalt,
}

fn cookie(leistung: &str) -> String {
    format!("entwurf-{leistung}")
}

impl Entwurf {
    /// An empty draft for this service.
    pub fn neu(app: &AppState, def: &Definition) -> Self {
        let ende = app.clock.now().as_second() + i64::from(app.grenzwerte.entwurf_tage) * 86_400;
        let inhalt = Inhalt {
            leistung: def.id.clone(),
            schluessel: zufall_b64(16),
            felder: Roh::new(),
            dokumente: Vec::new(),
            ende,
            abgesendet: None,
            definition: def.sha256.clone(),
        };
        Entwurf { code: Code::neu(), inhalt }
    }
    /// Seals and stores the draft.
    pub async fn sichern(&self, app: &AppState) -> Result<(), Fehler> {
        let klar = serde_json::to_vec(&self.inhalt).map_err(Fehler::fault)?;
        let id = self.code.id();
        let nonce = zufall(24);
        let aead = XChaCha20Poly1305::new(&self.code.schluessel(&app.entwurf_key).into());
        let mut n = XNonce::default();
        n.copy_from_slice(&nonce);
        let geheim = aead.encrypt(&n, Payload { msg: &klar, aad: &id }).map_err(Fehler::fault)?;
        let inhalt = [nonce, geheim].concat();
        let vorgang = app.house.stream_for_new::<Vorgang>(&Principal::anon(), &self.inhalt.schluessel)?;
        Ok(app.local.entwurf_sichern(id, inhalt, vorgang, app.clock.now().as_second(), self.inhalt.ende).await?)
    }
    /// Lets this browser carry the code.
    pub fn merken(&self, app: &AppState, headers: &mut HeaderMap) {
        cookie_setzen(app, headers, &cookie(&self.inhalt.leistung), &self.code.0, None);
    }
    /// Last day of the draft in the language of the page, `22.12.2026`.
    pub fn bis(&self, app: &AppState, seite: Sprache) -> String {
        let t = Timestamp::from_second(self.inhalt.ende).unwrap_or_else(|_| app.clock.now());
        t.in_tz(&app.stadt.zeitzone).map_or_else(|_| String::new(), |z| crate::layout::datum_in(&z.date(), seite))
    }
}

/// The draft of this code; `None` also where it is over or cannot be opened.
pub async fn oeffnen(app: &AppState, code: Code) -> Result<Option<Entwurf>, Fehler> {
    let id = code.id();
    let Some(roh) = app.local.entwurf(id, app.clock.now().as_second()).await? else { return Ok(None) };
    let Some((nonce, geheim)) = roh.split_at_checked(24) else { return Ok(None) };
    let mut n = XNonce::default();
    n.copy_from_slice(nonce);
    let aead = XChaCha20Poly1305::new(&code.schluessel(&app.entwurf_key).into());
    let Ok(klar) = aead.decrypt(&n, Payload { msg: geheim, aad: &id }) else { return Ok(None) };
    let inhalt = serde_json::from_slice(&klar).map_err(|e| Fehler::fault(format!("draft of an older form: {e}")))?;
    Ok(Some(Entwurf { code, inhalt }))
}

/// The draft this browser carries for a service.
pub async fn lesen(app: &AppState, headers: &HeaderMap, leistung: &str) -> Result<Option<Entwurf>, Fehler> {
    let name = app.konfig.cookie(&cookie(leistung));
    let Some(code) = cookie_lesen(headers, &name).and_then(|c| Code::lesen(&c)) else { return Ok(None) };
    Ok(oeffnen(app, code).await?.filter(|e| e.inhalt.leistung == leistung))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = Code::neu();
        let getippt = code.zeigen().to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert!(Code::lesen(&getippt) == Some(code.clone()));
        assert!(Code::lesen(&code.zeigen()[1..]).is_none());
        assert!(Code::lesen(&format!("{}X", code.zeigen())).is_none());
        assert!(Code::lesen("ÄÖÜÄ-ÖÜÄÖ-ÜÄÖÜ-ÄÖÜÄ").is_none());
    }
}
