//! Receipts out of the house: an event opened, a chosen part of it, and its way to a signed checkpoint.
//!
//! Asks no permission; whoever hands a receipt out asked [`House::may`] before and wrote the read log.

use super::call::ExecuteError;
use super::house::House;
use crate::kernel::event::Class;
use crate::ledger::group::{Group, Place, open as open_group};
use crate::ledger::header::Header;
use crate::ledger::ids::system_stream;
use crate::ledger::nodes::Nodes;
use crate::ledger::port::Stored;
use crate::ledger::receipt::{ReceiptError, Redacted, read_checkpoint};
use crate::ledger::takt::TaktError;
use serde_json::Value;
use uuid::Uuid;

/// Events of a stream read at once.
const PAGE: usize = 512;

/// One event, opened for disclosure: values stay sealed in their groups until they are chosen.
pub struct Ereignis {
    pub index: u64,
    pub header: Header,
    bytes: Vec<u8>,
    groups: Vec<Group>,
    /// Groups that are gone.
    missing: Vec<u8>,
    /// Which key seals which group.
    keks: Vec<(u8, u64)>,
}

impl Ereignis {
    /// Pointers whose values are there, ascending.
    pub fn zeiger(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.groups.iter().flat_map(|g| g.values().map(|(pointer, _, _)| pointer)).collect();
        all.sort_unstable();
        all
    }

    /// Whether a part of the values was erased.
    pub fn geloescht(&self) -> bool {
        !self.missing.is_empty()
    }

    /// The groups that are gone.
    pub fn fehlend(&self) -> &[u8] {
        &self.missing
    }

    /// Pointers with their values, whoever they concern: group, pointer, value.
    pub fn werte(&self) -> impl Iterator<Item = (u8, &str, &Value)> {
        self.groups.iter().flat_map(|g| g.values().map(move |(pointer, value, _)| (g.g, pointer, value)))
    }

    /// Key that seals this group; `None` for the open one and for one that is gone.
    pub fn kek(&self, g: u8) -> Option<u64> {
        self.keks.iter().find(|(n, _)| *n == g).map(|(_, id)| *id)
    }

    /// The values the rule lets through, whichever are there.
    pub fn auszug(&self, wanted: impl Fn(&str) -> bool) -> Result<Redacted, ExecuteError> {
        Redacted::new(self.index, &self.bytes, &self.groups, wanted).map_err(failed)
    }
}

impl House {
    /// The event at this place of a stream.
    pub async fn ereignis(&self, stream: Uuid, seq: u64) -> Result<Ereignis, ExecuteError> {
        let found = self.ledger.read_stream(stream, seq, 1).await.map_err(fault)?;
        match found.first() {
            Some(stored) if stored.seq == seq => self.opened(stored),
            _ => Err(ExecuteError::NotFound),
        }
    }

    /// The event at this place of the log.
    pub async fn ereignis_an(&self, index: u64) -> Result<Ereignis, ExecuteError> {
        let found = self.ledger.read_all(index, 1).await.map_err(fault)?;
        match found.first() {
            Some(stored) if stored.index == index => self.opened(stored),
            _ => Err(ExecuteError::NotFound),
        }
    }

    /// All events of a stream, oldest first; none if there is no such stream.
    pub async fn ereignisse(&self, stream: Uuid) -> Result<Vec<Ereignis>, ExecuteError> {
        let (mut out, mut next) = (Vec::new(), 0);
        loop {
            let page = self.ledger.read_stream(stream, next, PAGE).await.map_err(fault)?;
            for stored in &page {
                out.push(self.opened(stored)?);
            }
            match page.last() {
                Some(last) if page.len() == PAGE => next = last.seq + 1,
                _ => return Ok(out),
            }
        }
    }

    fn opened(&self, stored: &Stored) -> Result<Ereignis, ExecuteError> {
        let header = Header::parse(&stored.header).map_err(fault)?;
        let place = Place { log: &header.log, stream: header.stream, seq: header.seq };
        let (mut groups, mut missing, mut keks) = (Vec::new(), Vec::new(), Vec::new());
        for (g, _) in &header.grp {
            let row = stored.groups.iter().find(|row| row.g == *g);
            let kek = match row.and_then(|row| row.kek_id) {
                Some(id) => self.vault.kek(id)?,
                None => None,
            };
            keks.extend(row.and_then(|row| row.kek_id).map(|id| (*g, id)));
            match row {
                Some(row) if *g == 0 || kek.is_some() => {
                    groups.push(open_group(row, &place, kek.as_deref()).map_err(fault)?);
                }
                _ => missing.push(*g),
            }
        }
        Ok(Ereignis { index: stored.index, bytes: stored.header.clone(), header, groups, missing, keks })
    }

    /// Exactly these pointers of an event. What is unknown or erased is refused by name, with the reason.
    pub async fn auszug(&self, e: &Ereignis, pointers: &[String]) -> Result<Redacted, ExecuteError> {
        let there = e.zeiger();
        let absent: Vec<&String> = pointers.iter().filter(|p| there.binary_search(&p.as_str()).is_err()).collect();
        let (erased, unknown): (Vec<&String>, Vec<&String>) =
            absent.into_iter().partition(|p| self.may_be_erased(e, p));
        let list = |names: &[&String]| names.iter().map(|n| n.as_str()).collect::<Vec<_>>().join(", ");
        if !unknown.is_empty() {
            let text = format!("In Ereignis {} gibt es nicht: {}.", e.index, list(&unknown));
            return Err(ExecuteError::Refused { code: "zeiger_unbekannt".into(), text });
        }
        if !erased.is_empty() {
            let grund = self.geloescht_wegen(e).await?;
            let text = format!("In Ereignis {} ist gelöscht: {}. {grund}", e.index, list(&erased));
            return Err(ExecuteError::Refused { code: "zeiger_geloescht".into(), text });
        }
        e.auszug(|p| pointers.iter().any(|w| w == p))
    }

    /// The header does not say which pointers a lost group held: the registry says where one belongs.
    fn may_be_erased(&self, e: &Ereignis, pointer: &str) -> bool {
        let open = e.missing.contains(&0);
        let sealed = e.missing.iter().any(|g| *g > 0);
        match pointer {
            "/_grund" => return sealed,
            p if p.starts_with("/_") => return open,
            _ => {}
        }
        let key = pointer.split('/').nth(1).unwrap_or_default();
        let spec = self.registry.get(&e.header.wire);
        match spec.and_then(|s| s.fields.iter().find(|(name, _)| *name == key)) {
            None => false,
            Some((_, Class::Open | Class::OpenEach)) => open,
            Some((_, Class::Sealed(_))) => sealed,
            Some((_, Class::ByDefinition)) => open || sealed,
        }
    }

    /// What the log says about the erasure of this event's groups.
    async fn geloescht_wegen(&self, e: &Ereignis) -> Result<String, ExecuteError> {
        let hit = |target: &Value| {
            target["idx"] == e.index && e.missing.iter().any(|g| target["g"] == *g) && target["log"] == *e.header.log
        };
        let history = self.history(system_stream(&self.log)).await?;
        let request = history.iter().find(|r| {
            let targets = r.data.get("targets").and_then(Value::as_array);
            r.wire == "erasure.requested.v1" && targets.is_some_and(|t| t.iter().any(hit))
        });
        Ok(match request.and_then(|r| Some((r.index, r.data.get("reason")?.as_str()?))) {
            Some((index, reason)) => format!("Grund: {reason}, verlangt in Ereignis {index}."),
            None => "Das Protokoll nennt dafür keinen Grund: Lassen Sie `akte verify` laufen.".into(),
        })
    }

    /// The receipt as `.tlog-proof`; `None` while no checkpoint covers the event.
    pub async fn beleg(&self, r: &Redacted) -> Result<Option<String>, ExecuteError> {
        let Some((size, note)) = self.pruefpunkt(r.index).await? else { return Ok(None) };
        let path = Nodes::new(&*self.ledger, size).inclusion(r.index, size).await.map_err(fault)?;
        r.proof(path, &note).map(Some).map_err(failed)
    }

    /// The first checkpoint that covers the event, signed now if there is none yet and somebody signs here.
    async fn pruefpunkt(&self, index: u64) -> Result<Option<(u64, String)>, ExecuteError> {
        if let Some(found) = self.erster_pruefpunkt(index).await? {
            return Ok(Some(found));
        }
        match self.checkpoint_covering(index).await {
            Ok(signed) => Ok(Some((signed.size, signed.note))),
            Err(TaktError::Ledger(e)) => Err(fault(e)),
            // Nobody signs, or not in time: the promise has to do.
            Err(TaktError::Unsigned | TaktError::Refused(_) | TaktError::Late | TaktError::Unwritten(_)) => Ok(None),
        }
    }

    /// The first checkpoint that covers the event: the same receipt, fetched again, has the same bytes.
    async fn erster_pruefpunkt(&self, index: u64) -> Result<Option<(u64, String)>, ExecuteError> {
        let Some(newest) = self.ledger.get_checkpoint(u64::MAX).await.map_err(fault)? else { return Ok(None) };
        if newest.0 <= index {
            return Ok(None);
        }
        let (mut low, mut best) = (index + 1, newest);
        while low < best.0 {
            let middle = low + (best.0 - 1 - low) / 2;
            match self.ledger.get_checkpoint(middle).await.map_err(fault)? {
                Some(found) if found.0 > index => best = found,
                _ => low = middle + 1,
            }
        }
        Ok(Some(best))
    }

    /// Records under the newest checkpoint, as one file of public records. `None` while there is none, or while
    /// it does not cover all of them.
    pub async fn belege(&self, records: &[Redacted]) -> Result<Option<String>, ExecuteError> {
        let Some((_, mut files)) = self.belege_zusammen(&[records]).await? else { return Ok(None) };
        Ok(files.pop())
    }

    /// Several such files under one checkpoint, and its note.
    pub async fn belege_zusammen(&self, files: &[&[Redacted]]) -> Result<Option<(String, Vec<String>)>, ExecuteError> {
        let last = files.iter().flat_map(|f| f.iter()).map(|r| r.index).max().unwrap_or(0);
        let newest = self.ledger.get_checkpoint(u64::MAX).await.map_err(fault)?;
        let covering = match newest.filter(|(size, _)| *size > last) {
            Some(found) => Some(found),
            None => self.pruefpunkt(last).await?,
        };
        let Some((size, note)) = covering else { return Ok(None) };
        let checkpoint = read_checkpoint(&note).map_err(failed)?;
        let mut nodes = Nodes::new(&*self.ledger, size);
        let mut out = Vec::with_capacity(files.len());
        for records in files {
            let mut rows = Vec::with_capacity(records.len());
            for r in *records {
                let path = nodes.inclusion(r.index, size).await.map_err(fault)?;
                rows.push(r.record(&path, &checkpoint).map_err(failed)?);
            }
            out.push(serde_json::json!({ "checkpoint": note, "records": rows }).to_string());
        }
        Ok(Some((note, out)))
    }
}

fn failed(e: ReceiptError) -> ExecuteError {
    match e {
        ReceiptError::TooLong => ExecuteError::Refused {
            code: "beleg_zu_lang".into(),
            text: "Der Beleg wäre länger als 8 MiB. Legen Sie weniger Werte offen.".into(),
        },
        other => fault(other),
    }
}

fn fault(e: impl std::fmt::Display) -> ExecuteError {
    ExecuteError::Fault(e.to_string())
}
