//! What a new ledger begins with: leaf 0, and the services of this build taken into force.
//!
//! Closing and continuing epochs is not here yet; only the first one is opened.

use super::call::{Call, Done, ExecuteError, Target};
use super::house::House;
use super::run::monotonic;
use super::vorlage::check_vorlage;
use crate::ledger::ids::system_stream;
use crate::ledger::port::Hash;
use crate::ledger::{Append, AppendError};
use crate::vault::{Recorded, SealError, SealInput, seal};
use crate::verfahren::event::LeistungEvent;
use crate::verfahren::{Leistung, LeistungCommand, loader};
use crate::zugriff::Principal;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use uuid::Uuid;

/// Key of the command that writes leaf 0.
const INIT_KEY: &str = "akte-init-0000000000";

/// The two persons behind a system event: subject ids, no names.
pub(super) struct SystemActor {
    /// `/_akteur`
    pub first: Uuid,
    /// `/_zweite`
    pub second: Uuid,
}

/// Where the next system event goes.
struct Place {
    stream: Uuid,
    seq: u64,
    prev: Hash,
    last: Option<Timestamp>,
}

impl House {
    /// Writes leaf 0, `log.epoch_opened.v1`, if the ledger is empty. `vkeys`: the log's public
    /// verifier keys. Returns whether it was written now. Refuses a ledger that begins with anything else.
    pub async fn open_epoch(&self, vkeys: &[String]) -> Result<bool, ExecuteError> {
        self.may_write()?;
        let stream = system_stream(&self.log);
        let first = self.ledger.read_all(0, 1).await.map_err(|e| ExecuteError::Fault(e.to_string()))?;
        if let Some(first) = first.first() {
            let here = first.stream == stream && first.seq == 0;
            let other = || ExecuteError::Fault(format!("dieses Protokoll gehört nicht zu {}", self.log));
            return if here { Ok(false) } else { Err(other()) };
        }
        let data = json!({ "format": 1, "origin": self.log, "vkeys": vkeys });
        let batch = self.system_batch(
            &Place { stream, seq: 0, prev: [0; 32], last: None },
            "log.epoch_opened.v1",
            &data,
            self.vault.keys().cause("system", INIT_KEY, stream),
            None,
        )?;
        match self.ledger.append(batch).await {
            Ok(_) => Ok(true),
            Err(AppendError::Conflict { .. }) => Ok(false),
            Err(e) => Err(appended(e)),
        }
    }

    /// Appends one system event (`LEDGER.md`, system events). The same key writes once.
    pub async fn write_system(&self, wire: &str, data: &Value, key: &str) -> Result<(), ExecuteError> {
        self.append_system(wire, data, key, None).await.map(|_| ())
    }

    /// The same, acted by two persons where there are any; returns the index of the event.
    pub(super) async fn append_system(
        &self,
        wire: &str,
        data: &Value,
        key: &str,
        actor: Option<&SystemActor>,
    ) -> Result<u64, ExecuteError> {
        self.may_write()?;
        let stream = system_stream(&self.log);
        let _turn = self.locks.lock(stream).await;
        let principal = actor.map_or_else(|| "system".to_owned(), |a| a.first.to_string());
        let cause = self.vault.keys().cause(&principal, key, stream);
        loop {
            let history = self.history(stream).await?;
            if let Some(r) = history.iter().find(|r| r.cause == cause) {
                return Ok(r.index);
            }
            let last = history.last();
            let place = Place {
                stream,
                seq: last.map_or(0, |r| r.seq + 1),
                prev: last.map_or([0; 32], |r| r.event_hash),
                last: last.map(|r| r.at),
            };
            match self.ledger.append(self.system_batch(&place, wire, data, cause, actor)?).await {
                Ok(receipt) => return Ok(receipt.index),
                Err(AppendError::Conflict { .. }) => {}
                Err(e) => return Err(appended(e)),
            }
        }
    }

    /// The system event that this principal wrote under this key, if there is one.
    pub async fn system_event(&self, principal: &str, key: &str) -> Result<Option<Recorded>, ExecuteError> {
        let stream = system_stream(&self.log);
        let cause = self.vault.keys().cause(principal, key, stream);
        Ok(self.history(stream).await?.into_iter().find(|r| r.cause == cause))
    }

    /// Where `process` stood when it last said so in the ledger.
    pub async fn last_process_mark(&self) -> Result<Option<u64>, ExecuteError> {
        let history = self.history(system_stream(&self.log)).await?;
        let last = history.iter().rev().find(|r| r.wire == "process.position.v1");
        Ok(last.and_then(|r| r.data.get("up_to")?.as_u64()))
    }

    fn system_batch(
        &self,
        place: &Place,
        wire: &str,
        data: &Value,
        cause: Uuid,
        actor: Option<&SystemActor>,
    ) -> Result<Append, ExecuteError> {
        let &Place { stream, seq, prev, last } = place;
        let at = monotonic(self.clock.now(), last)?;
        let mut reserved = BTreeMap::from([("/_akteur".to_owned(), Value::from("system"))]);
        if let Some(actor) = actor {
            reserved.insert("/_akteur".into(), actor.first.to_string().into());
            reserved.insert("/_zweite".into(), actor.second.to_string().into());
        }
        let empty = serde_json::Map::new();
        let input = SealInput {
            registry: &self.registry,
            vault: &self.vault,
            log: &self.log,
            stream,
            seq,
            prev,
            wire,
            data: data.as_object().unwrap_or(&empty),
            reserved: &reserved,
            at,
            cause,
            corr: stream,
            cut: &|_| None,
        };
        let (prepared, kek_uses) = seal(&input).map_err(sealed)?;
        Ok(Append { stream, expected: seq, prev, events: vec![prepared], kek_uses })
    }

    /// Takes a definition folder of this build into force; adopting the same bytes again changes nothing.
    /// What a town writes itself needs a second person: [`House::propose_leistung`].
    pub async fn adopt(&self, dateien: &[loader::Datei]) -> Result<Done, ExecuteError> {
        let refused = |text: String| ExecuteError::Refused { code: "definition_fehlerhaft".into(), text };
        let def = loader::load_files(dateien.to_vec()).map_err(|f| {
            let alle: Vec<String> = f.iter().map(ToString::to_string).collect();
            refused(alle.join("; "))
        })?;
        if self.quarantine().is_some() {
            // What was adopted before is read back; nothing new is.
            let stream = self.natural_stream("leistung", &[&def.id])?;
            self.refresh_leistung(stream).await?;
            return Ok(Done { receipt: None, stream, repeated: false });
        }
        let befunde = check_vorlage(&def);
        if !befunde.is_empty() {
            return Err(refused(befunde.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")));
        }
        let call = Call {
            principal: Principal::system(),
            key: format!("adopt-{}", def.sha256),
            target: Target::Natural(vec![def.id.clone()]),
            expected: None,
            request: None,
            corr: None,
        };
        let command = LeistungCommand::Adopt { dateien: loader::as_adopted(dateien) };
        let done = self.execute::<Leistung>(call, command).await?;
        self.refresh_leistung(done.stream).await?;
        Ok(done)
    }

    /// Adopts the services embedded in this build. Call it once before serving: it also reads
    /// back every version these services ever had, so that running cases find theirs.
    pub async fn adopt_builtin(&self) -> Result<(), ExecuteError> {
        for (id, dateien) in loader::builtin_files() {
            let stream = self.natural_stream("leistung", &[id])?;
            self.refresh_leistung(stream).await?;
            match self.adopt(&dateien).await {
                Ok(_) => {}
                // A newer version was adopted at run time: it stays in force.
                Err(ExecuteError::Refused { code, .. }) if code == "fassung_nicht_neu" => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Reads a service's stream into the catalogue: every version it ever had.
    pub async fn refresh_leistung(&self, stream: Uuid) -> Result<(), ExecuteError> {
        let history = self.history(stream).await?;
        let mut steps = Vec::new();
        for r in &history {
            match r.decode::<LeistungEvent>().map_err(|e| fault(format!("Ereignis {}", e.index)))? {
                LeistungEvent::Adopted { dateien, .. } => {
                    let def = loader::from_adopted(&dateien);
                    steps.push(Ok(def.map_err(|_| fault(format!("Definition in Ereignis {}", r.index)))?));
                }
                LeistungEvent::Closed { id, .. } => steps.push(Err(id)),
                // A proposal is not in force.
                LeistungEvent::Proposed { .. }
                | LeistungEvent::Approved { .. }
                | LeistungEvent::Rejected { .. }
                | LeistungEvent::Listed { .. } => {}
            }
        }
        // Changed under the lock: of two services adopted at once neither may be lost.
        let mut catalogue = self.leistungen.write().unwrap_or_else(PoisonError::into_inner);
        let mut new = (**catalogue).clone();
        for step in steps {
            match step {
                Ok(def) => new.adopt(def),
                Err(id) => new.close(&id),
            }
        }
        *catalogue = Arc::new(new);
        Ok(())
    }
}

fn appended(e: AppendError) -> ExecuteError {
    match e {
        AppendError::DiskFull => ExecuteError::DiskFull,
        AppendError::Pushback | AppendError::KeyRetired(_) => ExecuteError::Pushback,
        AppendError::OutcomeUnknown(_) => ExecuteError::OutcomeUnknown,
        other => fault(other),
    }
}

fn sealed(e: SealError) -> ExecuteError {
    match e {
        SealError::Vault(e) => e.into(),
        other => fault(other),
    }
}

fn fault(e: impl std::fmt::Display) -> ExecuteError {
    ExecuteError::Fault(e.to_string())
}
