//! Why a view could not answer or take in an event. Never names a person or a value.

use akte_core::postgres::Fault;

/// A fault of the read models; the ledger is never affected by one.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// SQLite refused; views may be deleted and rebuilt.
    #[error("Sicht nicht lesbar: {0}")]
    Storage(#[from] rusqlite::Error),
    /// The folder or file cannot be used.
    #[error("Sichtdatei: {0}")]
    File(#[from] std::io::Error),
    /// Another program writes the views of this folder.
    #[error("Die Sichten dieses Ordners schreibt gerade ein anderes Programm. Halten Sie den Server an.")]
    Besetzt,
    /// The ledger could not be read.
    #[error("Journal: {0}")]
    Ledger(String),
    /// An event does not have the shape its wire name promises; only the view that reads it stops.
    #[error("Ereignis unlesbar: {0}")]
    Poison(String),
    /// The database server that keeps the read log did not do it.
    #[error("Leseprotokoll: {0}")]
    Server(#[from] Fault),
    /// A value in a view file is not what the view wrote.
    #[error("Sicht beschädigt: {0}")]
    Corrupt(String),
}

impl ViewError {
    /// No space left: nothing was written, and it may pass.
    pub fn is_full(&self) -> bool {
        let full = rusqlite::ErrorCode::DiskFull;
        match self {
            Self::Storage(e) => e.sqlite_error_code() == Some(full),
            Self::Server(fault) => *fault == Fault::Full,
            Self::File(e) => e.kind() == std::io::ErrorKind::StorageFull,
            _ => false,
        }
    }

    /// Nothing is wrong but the way to the server; asking again later will help.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Server(Fault::Away(_) | Fault::Lost(_) | Fault::Busy(_)))
    }
}

/// Result of every reading function.
pub type Result<T> = std::result::Result<T, ViewError>;
