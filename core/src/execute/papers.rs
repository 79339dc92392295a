//! Documents of a procedure: stored under its keys, read back through them.
//!
//! Asks no permission; whoever shows a document asked [`House::may`] before.

use super::call::ExecuteError;
use super::house::House;
use crate::documents::{DocError, DocStream, DokumentWert};
use uuid::Uuid;

impl House {
    /// Stores bytes that can be made again: the same seed and bytes give the same object.
    pub async fn put_derived(
        &self,
        role: &str,
        procedure: Uuid,
        media: &str,
        bytes: Vec<u8>,
        seed: &str,
    ) -> Result<DokumentWert, ExecuteError> {
        let key = self.vault.kek_for(role, procedure).map_err(|e| ExecuteError::Fault(e.to_string()))?;
        let kek = (key.kek.id, key.kek.key());
        self.documents.put_derived(kek, media, bytes.into(), seed.as_bytes()).await.map_err(stored)
    }

    /// Opens a document; each chunk is verified. `NotFound` if its key or bytes were erased.
    pub async fn open_document(&self, wert: &DokumentWert) -> Result<DocStream, ExecuteError> {
        let id = self.documents.kek_id(wert.reference).await.map_err(stored)?;
        let kek = self.vault.kek(id).map_err(|e| ExecuteError::Fault(e.to_string()))?.ok_or(ExecuteError::NotFound)?;
        self.documents.get(wert, (kek.id, kek.key())).await.map_err(stored)
    }
}

fn stored(e: DocError) -> ExecuteError {
    match e {
        DocError::NotFound(_) => ExecuteError::NotFound,
        DocError::DiskFull => ExecuteError::DiskFull,
        DocError::Io(_) => ExecuteError::OutcomeUnknown,
        other => ExecuteError::Fault(other.to_string()),
    }
}
