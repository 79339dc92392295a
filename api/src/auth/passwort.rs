//! Passwords: argon2id, two at a time, and the same time for unknown logins.

use crate::limits::ARGON2_PLAETZE;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::OnceLock;
use tokio::sync::Semaphore;

/// A password must have this many characters, as recommended by the BSI for accounts without second factor.
pub const MINDESTENS: usize = 12;

/// Hashing failed; never holds the password.
#[derive(Debug, Clone, thiserror::Error)]
#[error("password hash: {0}")]
pub struct PasswortError(String);

/// 64 MiB, 3 rounds, 1 lane (`reliability.md` §7.3).
fn argon2() -> Result<Argon2<'static>, PasswortError> {
    let p = Params::new(64 * 1024, 3, 1, None).map_err(|e| PasswortError(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, p))
}

/// PHC string of a new password; blocks about 150 ms.
pub fn hash(passwort: &str) -> Result<String, PasswortError> {
    argon2()?.hash_password(passwort.as_bytes()).map(|h| h.to_string()).map_err(|e| PasswortError(e.to_string()))
}

/// Checks in a bounded pool, so that fifty logins a second cannot starve clerks. `None` = no such
/// account: takes as long as a wrong password.
pub async fn pruefen(phc: Option<String>, passwort: String) -> Result<bool, PasswortError> {
    static PLAETZE: Semaphore = Semaphore::const_new(ARGON2_PLAETZE);
    static NIEMAND: OnceLock<Result<String, PasswortError>> = OnceLock::new();
    let _platz = PLAETZE.acquire().await.map_err(|e| PasswortError(e.to_string()))?;
    let rechnen = move || -> Result<bool, PasswortError> {
        let bekannt = phc.is_some();
        let phc = match phc {
            Some(p) => p,
            None => NIEMAND.get_or_init(|| hash("nobody has this password")).clone()?,
        };
        let soll = PasswordHash::new(&phc).map_err(|e| PasswortError(e.to_string()))?;
        Ok(argon2()?.verify_password(passwort.as_bytes(), &soll).is_ok() && bekannt)
    };
    tokio::task::spawn_blocking(rechnen).await.map_err(|e| PasswortError(e.to_string()))?
}

impl From<PasswortError> for crate::error::Fehler {
    fn from(e: PasswortError) -> Self {
        Self::fault(e)
    }
}
