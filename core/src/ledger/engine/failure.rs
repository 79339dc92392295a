//! Why an engine gave up: said once, heard by whoever watches, kept until the process ends.
//!
//! Decides nothing: when going on would be wrong is each engine's own knowledge.

use tokio::sync::watch;

/// `None` as long as all is well; the first reason stays.
#[derive(Debug)]
pub(super) struct Failure(watch::Sender<Option<String>>);

impl Default for Failure {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Failure {
    #[cfg(any(feature = "sqlite", feature = "postgres", feature = "eventstore", feature = "kurrentdb"))]
    pub(super) fn why(&self) -> Option<String> {
        self.0.borrow().clone()
    }

    pub(super) fn watch(&self) -> watch::Receiver<Option<String>> {
        self.0.subscribe()
    }

    /// Gives up. An engine in memory never does.
    #[cfg(any(feature = "sqlite", feature = "postgres", feature = "eventstore", feature = "kurrentdb"))]
    pub(super) fn set(&self, why: String) {
        self.0.send_if_modified(|failed| {
            let first = failed.is_none();
            if first {
                tracing::error!(reason = %why, "ledger: no further append until restart");
                *failed = Some(why);
            }
            first
        });
    }
}
