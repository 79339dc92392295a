//! The verifier's look into the content store: every cited document is there and matches (rule B5).

use super::store::DocumentStore;
use super::{DocError, DokumentWert};
use crate::ledger::verify::{DocumentFault, DocumentSource};
use crate::vault::Vault;
use async_trait::async_trait;
use futures::TryStreamExt;
use serde_json::Value;
use uuid::Uuid;

/// A store and the vault with its keys.
pub struct Dokumentpruefung<'a> {
    pub store: &'a DocumentStore,
    pub vault: &'a Vault,
}

#[async_trait]
impl DocumentSource for Dokumentpruefung<'_> {
    /// Streams the document once: chunks, length and digest are verified on the way.
    async fn check(&self, value: &Value) -> Result<(), DocumentFault> {
        let altered = |text: String| DocumentFault::Altered(text);
        let wert: DokumentWert = serde_json::from_value(value.clone())
            .map_err(|_| altered("die Angaben zum Dokument sind unlesbar".into()))?;
        let kek_id = self.store.kek_id(wert.reference).await.map_err(|e| match e {
            DocError::NotFound(_) => DocumentFault::Missing(e.to_string()),
            other => altered(other.to_string()),
        })?;
        let kek = self.vault.kek(kek_id).map_err(|e| altered(e.to_string()))?;
        let missing = || DocumentFault::Missing(format!("Schlüssel {kek_id} des Dokuments fehlt"));
        let kek = kek.ok_or_else(missing)?;
        let mut pieces = self.store.get(&wert, (kek_id, kek.key())).await.map_err(|e| altered(e.to_string()))?;
        while pieces.try_next().await.map_err(|e| altered(e.to_string()))?.is_some() {}
        Ok(())
    }

    async fn exists(&self, reference: Uuid) -> bool {
        // A store that cannot be read is found by the documents still cited from it.
        self.store.exists(reference).await.unwrap_or(false)
    }
}
