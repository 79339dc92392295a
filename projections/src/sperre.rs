//! One writer of a folder's views: an OS lock, which the kernel releases with the process.
//!
//! Readers need none. The ledger's own lock is not enough: one that several nodes share has none.

use crate::error::{Result, ViewError};
use std::fs::{File, TryLockError};
use std::path::Path;

/// Lies beside the views; holds nothing.
const DATEI: &str = "sichten.lock";

/// Held as long as somebody writes the views.
pub(crate) struct Sperre {
    _file: File,
}

impl Sperre {
    /// Refused while another program writes the views of this folder.
    pub(crate) fn nehmen(dir: &Path) -> Result<Self> {
        let path = dir.join(DATEI);
        crate::private_file(&path)?;
        let file = File::options().write(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(ViewError::Besetzt),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}
