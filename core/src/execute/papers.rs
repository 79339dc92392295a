//! Documents of a procedure: stored under its keys, read back through them.
//!
//! Asks no permission; whoever shows a document asked [`House::may`] before.

use super::call::ExecuteError;
use super::house::House;
use crate::documents::{DocError, DocStream, DokumentWert};
use jiff::ToSpan;
use serde_json::Value;
use std::collections::HashSet;
use uuid::Uuid;

/// Events read at once while looking for citations.
const PAGE: usize = 512;

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

    /// Removes documents that no event cites and no draft can still need: uploads of drafts that ran out,
    /// and what a crash left between file and event. Returns how many.
    ///
    /// A document whose key the vault does not hold stays: then its event could not be read either, and
    /// whether it is cited is unknown.
    pub async fn sweep_documents(&self) -> Result<usize, ExecuteError> {
        // A draft ends so many days after it began, so an upload in it is never older; one day for the clocks.
        let days = i64::from(self.stadt.grenzen.entwurf_tage) + 1;
        let limit = self.clock.now().checked_sub((24 * days).hours());
        let limit = limit.map_err(|e| ExecuteError::Fault(e.to_string()))?;
        let known = self.all_cited().await?;
        let at_hand = |kek| matches!(self.vault.kek(kek), Ok(Some(_)));
        Ok(self.documents.sweep_orphans(&known, limit, at_hand).await?.len())
    }

    /// Removes an upload of a draft that was never sent. What a submitted application may cite stays: from then on
    /// only the disposal gate lets anything go.
    pub async fn discard_upload(&self, vorgang: Uuid, reference: Uuid) -> Result<bool, ExecuteError> {
        if !self.history(vorgang).await?.is_empty() {
            return Ok(false);
        }
        self.documents.delete(reference).await?;
        Ok(true)
    }

    /// Every document an event of the ledger cites.
    async fn all_cited(&self) -> Result<HashSet<Uuid>, ExecuteError> {
        let erased: HashSet<(u64, u8)> = self.erasures().await?.iter().flat_map(|e| e.groups()).collect();
        let (reader, mut known, mut next) = (self.reader(), HashSet::new(), 0);
        loop {
            let page = reader.read_all(next, PAGE).await?;
            let Some(last) = page.last() else { return Ok(known) };
            next = last.index + 1;
            // A part that is gone without a request may have cited anything: then nothing is removed.
            let lost = page.iter().flat_map(|r| r.missing.iter().map(|g| (r.index, *g)));
            if let Some((index, g)) = lost.into_iter().find(|part| !erased.contains(part)) {
                let text = format!("Ereignis {index}: Gruppe {g} fehlt ohne Löschung; es wird nichts weggeräumt");
                return Err(ExecuteError::Fault(text));
            }
            page.iter().for_each(|r| r.data.values().for_each(|v| references(v, &mut known)));
        }
    }

    /// Opens a document; each chunk is verified. `NotFound` if its key or bytes were erased.
    pub async fn open_document(&self, wert: &DokumentWert) -> Result<DocStream, ExecuteError> {
        let id = self.documents.kek_id(wert.reference).await?;
        let kek = self.vault.kek(id)?.ok_or(ExecuteError::NotFound)?;
        Ok(self.documents.get(wert, (kek.id, kek.key())).await?)
    }
}

/// A document value is an object with `ref` and `digest`, wherever an event carries it.
fn references(v: &Value, known: &mut HashSet<Uuid>) {
    match v {
        Value::Object(o) => {
            let reference = o.get("ref").filter(|_| o.contains_key("digest")).and_then(Value::as_str);
            known.extend(reference.and_then(|r| Uuid::parse_str(r).ok()));
            o.values().for_each(|v| references(v, known));
        }
        Value::Array(a) => a.iter().for_each(|v| references(v, known)),
        _ => {}
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
