//! Where nonces and secrets come from: the operating system, or a fixed source in the worked example.
//!
//! The only place in the vault that asks for chance.

use super::VaultError;
use zeroize::Zeroize;

/// What a draw is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// `nonce` of the header, 16 bytes.
    Header,
    /// Secret of group g, 32 bytes.
    Secret(u8),
    /// Nonce of group g's ciphertext, 24 bytes.
    Seal(u8),
}

/// A source of unpredictable bytes.
pub trait Randomness {
    /// Fills `out`.
    fn draw(&mut self, what: Draw, out: &mut [u8]) -> Result<(), VaultError>;
}

/// The operating system, asked once per few draws; used bytes are wiped at once.
pub struct SystemRandom {
    buffer: [u8; 256],
    used: usize,
}

impl SystemRandom {
    /// An empty buffer; the first draw fills it.
    pub fn new() -> Self {
        Self { buffer: [0; 256], used: 256 }
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self::new()
    }
}

impl Randomness for SystemRandom {
    fn draw(&mut self, _: Draw, out: &mut [u8]) -> Result<(), VaultError> {
        if out.len() > self.buffer.len() - self.used {
            if out.len() > self.buffer.len() {
                return fill(out);
            }
            fill(&mut self.buffer)?;
            self.used = 0;
        }
        let bytes = &mut self.buffer[self.used..self.used + out.len()];
        out.copy_from_slice(bytes);
        bytes.zeroize();
        self.used += out.len();
        Ok(())
    }
}

impl Drop for SystemRandom {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

/// Fills from the operating system.
#[expect(
    clippy::disallowed_methods,
    reason = "keys, secrets and nonces must be unpredictable; this is the vault's one source"
)]
pub(super) fn fill(out: &mut [u8]) -> Result<(), VaultError> {
    getrandom::fill(out).map_err(|_| VaultError::Random)
}
