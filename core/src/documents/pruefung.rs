//! The verifier's look into the content store: every cited document is there and matches (rule B5).

use super::DokumentWert;
use super::store::DocumentStore;
use crate::ledger::verify::DocumentSource;
use crate::vault::Vault;
use async_trait::async_trait;
use futures::TryStreamExt;
use serde_json::Value;

/// A store and the vault with its keys.
pub struct Dokumentpruefung<'a> {
    pub store: &'a DocumentStore,
    pub vault: &'a Vault,
}

#[async_trait]
impl DocumentSource for Dokumentpruefung<'_> {
    /// Streams the document once: chunks, length and digest are verified on the way.
    async fn check(&self, value: &Value) -> Result<(), String> {
        let wert: DokumentWert =
            serde_json::from_value(value.clone()).map_err(|_| "die Angaben zum Dokument sind unlesbar".to_owned())?;
        let kek_id = self.store.kek_id(wert.reference).await.map_err(|e| e.to_string())?;
        let kek = self.vault.kek(kek_id).map_err(|e| e.to_string())?;
        let kek = kek.ok_or_else(|| format!("Schlüssel {kek_id} des Dokuments fehlt"))?;
        let mut pieces = self.store.get(&wert, (kek_id, kek.key())).await.map_err(|e| e.to_string())?;
        while pieces.try_next().await.map_err(|e| e.to_string())?.is_some() {}
        Ok(())
    }
}
