//! The one `PersistedEventRepository`: cqrs-es loads and commits through it, the ledger stores.
//!
//! Built per command: it carries what the crate's string map cannot (typed metadata in, the
//! receipt and the typed error out). Snapshots do not exist here.

use crate::documents::{DocumentStore, DokumentWert};
use crate::kernel::event::split_wire;
use crate::kernel::{Pointer, Registry};
use crate::ledger::{Append, AppendError, Receipt};
use crate::vault::{Cut, OpenError, ReadError, Reader, Recorded, SealError, SealInput, VaultError, seal};
use crate::verfahren::Definition;
use crate::verfahren::definition::Schutz;
use cqrs_es::Aggregate;
use cqrs_es::persist::{PersistedEventRepository, PersistenceError, ReplayStream, SerializedEvent, SerializedSnapshot};
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// What the events of one command carry besides their payload.
#[derive(Clone, Debug, Default)]
pub(super) struct Meta {
    pub cause: Uuid,
    pub corr: Uuid,
    /// Time of the first event; the next ones follow by 1 us.
    pub at: Timestamp,
    /// Reserved pointers of every event.
    pub each: BTreeMap<Pointer, Value>,
    /// `/_req`: first event only.
    pub req: Option<String>,
    pub definition: Option<Arc<Definition>>,
}

/// What was seen and done, shared with `run`.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub history: Vec<Recorded>,
    pub receipt: Option<Receipt>,
    pub error: Option<AppendError>,
    /// The vault gave no key; nothing was appended.
    pub vault: Option<VaultError>,
    /// A fault of ours: sealing or reading failed.
    pub fault: Option<String>,
}

/// The ledger as cqrs-es sees it.
#[derive(Clone)]
pub(super) struct LedgerRepo {
    pub reader: Reader,
    pub registry: Arc<Registry>,
    pub log: String,
    /// Held from sealing to append (`House::sealing`).
    pub sealing: Arc<tokio::sync::RwLock<()>>,
    documents: Arc<DocumentStore>,
    pub meta: Arc<Mutex<Meta>>,
    pub seen: Arc<Mutex<Seen>>,
}

/// A reason without content, so that nothing personal gets into an error chain.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Reason(&'static str);

fn unknown(reason: &'static str) -> PersistenceError {
    PersistenceError::UnknownError(Box::new(Reason(reason)))
}

impl LedgerRepo {
    pub(super) fn new(
        reader: Reader,
        registry: Arc<Registry>,
        log: String,
        sealing: Arc<tokio::sync::RwLock<()>>,
        documents: Arc<DocumentStore>,
    ) -> Self {
        Self { reader, registry, log, sealing, documents, meta: Arc::default(), seen: Arc::default() }
    }

    /// A document was stored under a key that an erasure has taken out of use since: nobody could ever read it.
    /// Asked while `sealing` is held; the next try stores it anew under the key that follows.
    async fn cites_what_ends(&self, events: &[SerializedEvent]) -> Result<bool, PersistenceError> {
        for wert in events.iter().flat_map(|e| DokumentWert::alle_in(&e.payload["data"])) {
            // What is not stored here is cited from elsewhere and nothing of ours.
            let Ok(id) = self.documents.kek_id(wert.reference).await else { continue };
            if !self.reader.vault.lasts(id).map_err(|e| self.fault(e))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn fault(&self, e: impl std::fmt::Display) -> PersistenceError {
        let text = e.to_string();
        self.note(|s| s.fault = Some(text));
        unknown("fault")
    }

    /// The vault's own troubles keep their kind: they are no fault of the command.
    fn unsealed(&self, e: SealError) -> PersistenceError {
        match e {
            SealError::Vault(e) => {
                self.note(|s| s.vault = Some(e));
                unknown("vault")
            }
            other => self.fault(other),
        }
    }

    fn batch(&self, events: &[SerializedEvent]) -> Result<Append, PersistenceError> {
        let meta = self.meta.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let seen = self.seen();
        let stream = events.first().and_then(|e| Uuid::parse_str(&e.aggregate_id).ok());
        let stream = stream.ok_or_else(|| self.fault("no event or no stream"))?;
        let expected = seen.history.last().map_or(0, |r| r.seq + 1);
        let first_prev = seen.history.last().map_or([0; 32], |r| r.event_hash);
        let mut append = Append { stream, expected, prev: first_prev, events: Vec::new(), kek_uses: Vec::new() };
        let cut = |id: &str| cut(meta.definition.as_deref()?, id);
        let mut prev = first_prev;
        for (i, event) in events.iter().enumerate() {
            let seq = event.sequence as u64 - 1;
            if seq != expected + i as u64 {
                return Err(self.fault("sequence out of step"));
            }
            let (Some(wire), Some(data)) = (event.payload["type"].as_str(), event.payload["data"].as_object()) else {
                return Err(self.fault("payload is not {type, data}"));
            };
            let mut reserved = meta.each.clone();
            if let (0, Some(req)) = (i, &meta.req) {
                reserved.insert("/_req".into(), req.clone().into());
            }
            let at = meta.at.checked_add((i as i64).microseconds()).map_err(|e| self.fault(e))?;
            let input = SealInput {
                registry: &self.registry,
                vault: &self.reader.vault,
                log: &self.log,
                stream,
                seq,
                prev,
                wire,
                data,
                reserved: &reserved,
                at,
                cause: meta.cause,
                corr: meta.corr,
                cut: &cut,
            };
            let (prepared, uses) = seal(&input).map_err(|e| self.unsealed(e))?;
            prev = prepared.event_hash;
            append.events.push(prepared);
            for used in uses {
                if !append.kek_uses.contains(&used) {
                    append.kek_uses.push(used);
                }
            }
        }
        Ok(append)
    }
}

/// Where a field of the form belongs, by its protection class in the pinned definition.
fn cut(def: &Definition, id: &str) -> Option<Cut> {
    let feld = def.feld(id)?;
    Some(match feld.schutz {
        Schutz::Oeffentlich | Schutz::Intern => Cut::Open,
        Schutz::Personenbezogen | Schutz::Besonders => Cut::Sealed(feld.subjekt.clone()),
    })
}

/// An event as cqrs-es folds it; erased values are simply absent.
pub(super) fn serialized(r: &Recorded) -> SerializedEvent {
    let (name, version) = split_wire(&r.wire);
    SerializedEvent {
        aggregate_id: r.stream.to_string(),
        sequence: r.seq as usize + 1,
        aggregate_type: String::new(),
        event_type: name.to_owned(),
        event_version: version,
        payload: json!({ "type": r.wire, "data": r.data }),
        metadata: Value::Object(Map::new()),
    }
}

impl PersistedEventRepository for LedgerRepo {
    async fn get_events<A: Aggregate>(&self, id: &str) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.get_last_events::<A>(id, 0).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        id: &str,
        last: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let stream = Uuid::parse_str(id).map_err(|e| self.fault(e))?;
        let history = match self.reader.read_stream(stream, last as u64).await {
            Err(ReadError::Open(OpenError::Vault(VaultError::Away(_) | VaultError::Busy))) => {
                self.note(|s| s.error = Some(AppendError::Pushback));
                return Err(unknown("the vault is away"));
            }
            other => other.map_err(|e| self.fault(e))?,
        };
        let events = history.iter().map(serialized).collect();
        self.note(|s| s.history = history);
        Ok(events)
    }

    async fn get_snapshot<A: Aggregate>(&self, _: &str) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        snapshot: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        if snapshot.is_some() {
            return Err(self.fault("snapshots are not kept"));
        }
        let _sealing = self.sealing.read().await;
        if self.cites_what_ends(events).await? {
            self.note(|s| s.error = Some(AppendError::Pushback));
            return Err(unknown("a document's key has ended"));
        }
        let batch = self.batch(events)?;
        let uses = batch.kek_uses.clone();
        match self.reader.ledger.append(batch).await {
            Ok(receipt) => {
                self.reader.vault.confirm(&uses);
                self.note(|s| s.receipt = Some(receipt));
                Ok(())
            }
            Err(AppendError::Conflict { .. }) => Err(PersistenceError::OptimisticLockError),
            // Another node has begun an erasure: the next try is sealed under the key that follows.
            Err(AppendError::KeyRetired(id)) => {
                self.reader.vault.retire(&[id]);
                Err(PersistenceError::OptimisticLockError)
            }
            Err(e) => {
                self.note(|s| s.error = Some(e));
                Err(unknown("append"))
            }
        }
    }

    async fn stream_events<A: Aggregate>(&self, _: &str) -> Result<ReplayStream, PersistenceError> {
        Err(unknown("the crate's replay loses the tail; read_all is used"))
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        Err(unknown("the crate's replay loses the tail; read_all is used"))
    }
}
