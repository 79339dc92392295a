//! Keys under the master key: `nonce(24) || XChaCha20-Poly1305(key)`, bound to the key's id or name.
//!
//! The master key stays in this process; a store is given and gives back wrapped bytes only.

use crate::ledger::group::Kek;
use crate::vault::{VaultError, random};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use zeroize::Zeroizing;

/// The keys a town keeps over all epochs.
pub(super) const LEDGER_KEYS: [&str; 4] = ["stream_key", "cmd_key", "heads_key", "code_key"];

/// The master key, ready to wrap.
pub(super) struct Wrapping(XChaCha20Poly1305);

impl std::fmt::Debug for Wrapping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wrapping(hidden)")
    }
}

impl Wrapping {
    pub(super) fn new(master: &[u8; 32]) -> Result<Self, VaultError> {
        XChaCha20Poly1305::new_from_slice(master).map(Self).map_err(|_| VaultError::Wrapped)
    }

    /// A new random key, wrapped.
    pub(super) fn fresh(&self, name: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut key = Zeroizing::new([0; 32]);
        random::fill(&mut *key)?;
        let mut out = vec![0; 24];
        random::fill(&mut out)?;
        let nonce = out.as_slice().try_into().map_err(|_| VaultError::Wrapped)?;
        let payload = Payload { msg: &*key, aad: name };
        let body = self.0.encrypt(nonce, payload).map_err(|_| VaultError::Wrapped)?;
        out.extend_from_slice(&body);
        Ok(out)
    }

    pub(super) fn unwrap(&self, name: &[u8], wrapped: &[u8]) -> Result<[u8; 32], VaultError> {
        let (nonce, body) = wrapped.split_at_checked(24).ok_or(VaultError::Wrapped)?;
        let nonce = nonce.try_into().map_err(|_| VaultError::Wrapped)?;
        let payload = Payload { msg: body, aad: name };
        let key = Zeroizing::new(self.0.decrypt(nonce, payload).map_err(|_| VaultError::Wrapped)?);
        key.as_slice().try_into().map_err(|_| VaultError::Wrapped)
    }

    /// A stored key of its id.
    pub(super) fn kek(&self, id: u64, wrapped: &[u8]) -> Result<Kek, VaultError> {
        Ok(Kek::new(id, self.unwrap(&id.to_be_bytes(), wrapped)?))
    }
}
