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
        let key = self.vault.kek_for(role, procedure)?;
        let kek = (key.kek.id, key.kek.key());
        Ok(self.documents.put_derived(kek, media, bytes.into(), seed.as_bytes()).await?)
    }

    /// Opens a document; each chunk is verified. `NotFound` if its key or bytes were erased.
    pub async fn open_document(&self, wert: &DokumentWert) -> Result<DocStream, ExecuteError> {
        let id = self.documents.kek_id(wert.reference).await?;
        let kek = self.vault.kek(id)?.ok_or(ExecuteError::NotFound)?;
        Ok(self.documents.get(wert, (kek.id, kek.key())).await?)
    }
}

impl From<DocError> for ExecuteError {
    fn from(e: DocError) -> Self {
        match e {
            DocError::NotFound(_) => ExecuteError::NotFound,
            DocError::DiskFull => ExecuteError::DiskFull,
            DocError::Io(_) => ExecuteError::OutcomeUnknown,
            other => ExecuteError::Fault(other.to_string()),
        }
    }
}
