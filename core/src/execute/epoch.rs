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
use crate::vault::{SealError, SealInput, seal};
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
            INIT_KEY,
        )?;
        match self.ledger.append(batch).await {
            Ok(_) => Ok(true),
            Err(AppendError::Conflict { .. }) => Ok(false),
            Err(e) => Err(appended(e)),
        }
    }

    /// Appends one system event (`LEDGER.md`, system events). The same key writes once.
    pub async fn write_system(&self, wire: &str, data: &Value, key: &str) -> Result<(), ExecuteError> {
        let stream = system_stream(&self.log);
        let _turn = self.locks.lock(stream).await;
        let cause = self.vault.keys().cause("system", key, stream);
        loop {
            let history = self.history(stream).await?;
            if history.iter().any(|r| r.cause == cause) {
                return Ok(());
            }
            let last = history.last();
            let place = Place {
                stream,
                seq: last.map_or(0, |r| r.seq + 1),
                prev: last.map_or([0; 32], |r| r.event_hash),
                last: last.map(|r| r.at),
            };
            match self.ledger.append(self.system_batch(&place, wire, data, key)?).await {
                Ok(_) => return Ok(()),
                Err(AppendError::Conflict { .. }) => {}
                Err(e) => return Err(appended(e)),
            }
        }
    }

    /// Where `process` stood when it last said so in the ledger.
    pub async fn last_process_mark(&self) -> Result<Option<u64>, ExecuteError> {
        let history = self.history(system_stream(&self.log)).await?;
        let last = history.iter().rev().find(|r| r.wire == "process.position.v1");
        Ok(last.and_then(|r| r.data.get("up_to")?.as_u64()))
    }

    fn system_batch(&self, place: &Place, wire: &str, data: &Value, key: &str) -> Result<Append, ExecuteError> {
        let &Place { stream, seq, prev, last } = place;
        let at = monotonic(self.clock.now(), last)?;
        let reserved = BTreeMap::from([("/_akteur".to_owned(), Value::from("system"))]);
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
            cause: self.vault.keys().cause("system", key, stream),
            corr: stream,
            cut: &|_| None,
        };
        let (prepared, kek_uses) = seal(&input).map_err(sealed)?;
        Ok(Append { stream, expected: seq, prev, events: vec![prepared], kek_uses })
    }

    /// Takes a definition folder into force; adopting the same bytes again changes nothing.
    pub async fn adopt(&self, dateien: &[loader::Datei]) -> Result<Done, ExecuteError> {
        let refused = |text: String| ExecuteError::Refused { code: "definition_fehlerhaft".into(), text };
        let def = loader::load_files(dateien.to_vec()).map_err(|f| {
            let alle: Vec<String> = f.iter().map(ToString::to_string).collect();
            refused(alle.join("; "))
        })?;
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
        let mut new = (*self.leistungen()).clone();
        for r in &history {
            match r.decode::<LeistungEvent>().map_err(|e| fault(format!("Ereignis {}", e.index)))? {
                LeistungEvent::Adopted { dateien, .. } => {
                    let def = loader::from_adopted(&dateien);
                    new.adopt(def.map_err(|_| fault(format!("Definition in Ereignis {}", r.index)))?);
                }
                LeistungEvent::Closed { id, .. } => new.close(&id),
            }
        }
        *self.leistungen.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        Ok(())
    }
}

fn appended(e: AppendError) -> ExecuteError {
    match e {
        AppendError::DiskFull => ExecuteError::DiskFull,
        AppendError::Pushback => ExecuteError::Pushback,
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
