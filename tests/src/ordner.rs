//! A folder of one server's own, removed with it.
//!
//! Deliberately by the standard library alone: what other packages' tests stand on has no dependencies.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static MADE: AtomicU32 = AtomicU32::new(0);

/// Removed when dropped.
pub(crate) struct Ordner(PathBuf);

impl Ordner {
    /// A new one below the machine's folder for temporary files.
    pub(crate) fn neu(name: &str) -> Self {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("akte-{name}-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Ordner {
    fn drop(&mut self) {
        // A leftover carries its name; no test depends on it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
