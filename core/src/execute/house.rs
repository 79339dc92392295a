//! The house: everything a command needs, wired once in `cli` or in a test.
//!
//! Holds no rule.

use super::call::{Clock, ExecuteError, Target};
use super::room::Room;
use crate::documents::DocumentStore;
use crate::kernel::{Actor, Registry};
use crate::ledger::Ledger;
use crate::ledger::ids::{self, IdError};
use crate::ledger::lease::{Alone, Leases};
use crate::ledger::takt::Takt;
use crate::locks::Locks;
use crate::recht::Law;
use crate::stadt::Stadt;
use crate::vault::{Reader, Vault};
use crate::verfahren::katalog::Leistungen;
use crate::zugriff::Principal;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use uuid::Uuid;

/// What a house is built from.
pub struct HouseParts {
    pub stadt: Arc<Stadt>,
    pub ledger: Arc<dyn Ledger>,
    pub vault: Arc<Vault>,
    pub documents: Arc<DocumentStore>,
    pub law: Arc<Law>,
    pub leistungen: Leistungen,
    pub clock: Arc<dyn Clock>,
}

/// Everything a command needs.
pub struct House {
    pub stadt: Arc<Stadt>,
    /// Origin of the log.
    pub log: String,
    pub ledger: Arc<dyn Ledger>,
    /// Rights shared with other nodes of this ledger; all of them this one's where it is alone.
    pub leases: Arc<dyn Leases>,
    pub vault: Arc<Vault>,
    pub documents: Arc<DocumentStore>,
    pub law: Arc<Law>,
    /// Replaced when a definition is adopted.
    pub leistungen: RwLock<Arc<Leistungen>>,
    pub registry: Arc<Registry>,
    pub clock: Arc<dyn Clock>,
    /// The town's time zone.
    pub zone: TimeZone,
    pub(super) locks: Locks,
    quarantine: OnceLock<Arc<str>>,
    /// Which unit keeps an Akte, and up to which event that was read.
    pub(super) fuehrend: std::sync::Mutex<HashMap<Uuid, (u64, String)>>,
    /// Who signs the log, where somebody does.
    pub(super) takt: OnceLock<Arc<Takt>>,
    /// Held for reading from sealing to append; an erasure takes it once, after its keys were retired.
    pub(super) sealing: Arc<tokio::sync::RwLock<()>>,
    /// One erasure at a time.
    pub(super) erasing: tokio::sync::Mutex<()>,
    /// Woken when an erasure was approved.
    pub erasure_due: tokio::sync::Notify,
}

impl House {
    /// Wires a house. Fails if the town names a time zone nobody knows.
    pub fn new(parts: HouseParts) -> Result<Self, ExecuteError> {
        let zone = TimeZone::get(&parts.stadt.zeitzone)
            .map_err(|_| ExecuteError::Fault(format!("unbekannte Zeitzone {}", parts.stadt.zeitzone)))?;
        Ok(Self {
            log: parts.stadt.log_origin.clone(),
            stadt: parts.stadt,
            ledger: parts.ledger,
            leases: Arc::new(Alone::default()),
            vault: parts.vault,
            documents: parts.documents,
            law: parts.law,
            leistungen: RwLock::new(Arc::new(parts.leistungen)),
            registry: Arc::new(crate::registry()),
            clock: parts.clock,
            zone,
            locks: Locks::default(),
            quarantine: OnceLock::new(),
            fuehrend: std::sync::Mutex::default(),
            takt: OnceLock::new(),
            sealing: Arc::default(),
            erasing: tokio::sync::Mutex::default(),
            erasure_due: tokio::sync::Notify::new(),
        })
    }

    /// A house whose ledger other nodes write to as well.
    pub fn shared(self, leases: Arc<dyn Leases>) -> Self {
        Self { leases, ..self }
    }

    /// Closes the house for writing for as long as this program runs; the first reason stays.
    pub fn close_for_writing(&self, why: impl Into<Arc<str>>) {
        // A second reason changes nothing: the house is closed already.
        let _ = self.quarantine.set(why.into());
    }

    /// Why nothing may be written (`LEDGER.md` §12), in plain German.
    pub fn quarantine(&self) -> Option<&Arc<str>> {
        self.quarantine.get()
    }

    /// The one gate before every write.
    pub(super) fn may_write(&self) -> Result<(), ExecuteError> {
        self.quarantine().map_or(Ok(()), |why| Err(ExecuteError::Quarantine(why.clone())))
    }

    /// The services in force now.
    pub fn leistungen(&self) -> Arc<Leistungen> {
        self.leistungen.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ledger and vault for reading; whoever shows what comes out asks [`House::may`] first.
    pub fn reader(&self) -> Reader {
        Reader::new(self.ledger.clone(), self.vault.clone())
    }

    /// The stream a command with this key would create.
    pub fn stream_for_new<R: Room>(&self, principal: &Principal, key: &str) -> Result<Uuid, ExecuteError> {
        self.created(R::KIND, &principal_text(&principal.actor), key)
    }

    /// The stream with a natural key, for example `("konto", ["meyer"])`.
    pub fn natural_stream(&self, kind: &str, parts: &[&str]) -> Result<Uuid, ExecuteError> {
        self.vault.keys().stream_id(kind, parts).map_err(bad_id)
    }

    /// A process key has several lines: each is a part of its own, the bytes are the same.
    fn created(&self, kind: &str, principal: &str, key: &str) -> Result<Uuid, ExecuteError> {
        let parts: Vec<&str> = std::iter::once(principal).chain(key.split('\n')).collect();
        self.vault.keys().stream_id(kind, &parts).map_err(bad_id)
    }

    pub(super) fn target<R: Room>(&self, principal: &str, key: &str, target: &Target) -> Result<Uuid, ExecuteError> {
        match target {
            Target::New => self.created(R::KIND, principal, key),
            Target::Natural(parts) => {
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                self.natural_stream(R::KIND, &parts)
            }
            Target::Stream(stream) => Ok(*stream),
        }
    }

    /// The applicant's subject id in this procedure: known before the first event is written.
    pub fn antragsteller(&self, vorgang: Uuid) -> Uuid {
        self.vault.keys().subject("antragsteller", vorgang)
    }

    /// The account's subject id: its stream.
    pub fn konto(&self, login: &str) -> Result<Uuid, ExecuteError> {
        self.natural_stream("konto", &[login])
    }

    /// Case code of a Vorgang: 22 characters, derived, shown again after a retry.
    pub fn case_code(&self, vorgang: Uuid, generation: u32) -> String {
        self.vault.keys().case_code(vorgang, generation)
    }

    /// Code of the link with which a further person signs this application.
    pub fn unterschrift_code(&self, vorgang: Uuid, rolle: &str, generation: u32) -> String {
        self.vault.keys().unterschrift_code(vorgang, rolle, generation)
    }

    /// Vorgang, role and generation of such a code.
    pub fn unterschrift_lesen(&self, code: &str) -> Option<(Uuid, String, u32)> {
        self.vault.keys().unterschrift_lesen(code)
    }

    /// The further person's subject id in this procedure.
    pub fn mitunterzeichner(&self, vorgang: Uuid) -> Uuid {
        self.vault.keys().subject("mitunterzeichner", vorgang)
    }

    /// What views store of a case code: hex SHA-256.
    pub fn case_code_sha256(code: &str) -> String {
        ids::case_code_sha256(code).iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// The principal inside causes and stream ids: `anon`, a subject id, `process` or `system`.
pub(super) fn principal_text(actor: &Actor) -> String {
    match actor {
        Actor::Buerger(id) if id.is_nil() => "anon".into(),
        other => other.wire(),
    }
}

fn bad_id(e: IdError) -> ExecuteError {
    match e {
        IdError::IdempotencyKey => ExecuteError::BadKey,
        other => ExecuteError::Fault(other.to_string()),
    }
}
