//! What can go wrong with a stored document, one variant per remedy.
//!
//! Texts may be logged, but for `Refused`: it names the file and is for its sender only.

use uuid::Uuid;

/// Failure of the content store. `Io` means outcome unknown: repeat with the same key.
#[derive(Debug, thiserror::Error)]
pub enum DocError {
    /// No object under this reference: erased, swept, or lost.
    #[error("Das Dokument {0} ist nicht (mehr) gespeichert.")]
    NotFound(Uuid),
    /// The stored bytes are not those the event commits to.
    #[error("Das gespeicherte Dokument {reference} ist verändert: {what}. Bitte die Sicherung prüfen.")]
    Tampered { reference: Uuid, what: &'static str },
    /// Sealed under another key than the one given: ask the vault for `stored`.
    #[error("Das Dokument {reference} ist mit Schlüssel {stored} versiegelt, nicht mit {given}.")]
    OtherKey { reference: Uuid, stored: u64, given: u64 },
    /// More bytes than allowed; nothing was kept.
    #[error("Die Datei ist größer als erlaubt ({} MiB). Bitte verkleinern oder aufteilen.", max.div_ceil(1 << 20))]
    TooLarge { max: u64 },
    /// The sender's stream broke off; nothing was kept.
    #[error("Das Hochladen wurde unterbrochen. Bitte noch einmal hochladen.")]
    Interrupted(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The content is not what the name or the allow-list says.
    #[error(transparent)]
    Refused(#[from] super::sniff::SniffError),
    /// No space left on the device (HTTP 507); nothing was kept.
    #[error("Der Speicherplatz des Servers ist voll. Es wurde nichts gespeichert.")]
    DiskFull,
    /// Any other fault of the store.
    #[error("Der Dokumentenspeicher ist gestört: {0}")]
    Io(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl DocError {
    /// Sort a fault of the operating system: a full disk or quota is told apart.
    #[cfg(feature = "documents")]
    pub(crate) fn from_io(e: std::io::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match e.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => Self::DiskFull,
            _ => Self::Io(Box::new(e)),
        }
    }

    /// Sort a fault of the object store by the first I/O error in its chain of causes.
    #[cfg(feature = "documents")]
    pub(crate) fn from_store(reference: Uuid, e: object_store::Error) -> Self {
        use std::error::Error;
        if matches!(e, object_store::Error::NotFound { .. }) {
            return Self::NotFound(reference);
        }
        let mut cause: Option<&(dyn Error + 'static)> = Some(&e);
        while let Some(c) = cause {
            if let Some(io) = c.downcast_ref::<std::io::Error>()
                && matches!(Self::from_io(io.kind().into()), Self::DiskFull)
            {
                return Self::DiskFull;
            }
            cause = c.source();
        }
        Self::Io(Box::new(e))
    }
}
