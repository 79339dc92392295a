//! Erasing for good: what is asked, what is destroyed and in which order (`LEDGER.md`, vault and erasure).
//!
//! The order is always: the request is durable, then keys, then stored bytes, then the confirmation. Every
//! step may be repeated, so whoever resumes starts at the first one. Views and drafts belong to the caller.

mod freigabe;
mod plan;
mod postbuch;
mod request;
mod steps;

pub use plan::OFFENER_FREITEXT;
pub use request::{AktenVorschlag, Vorschlag};
pub use steps::{Aufbewahrt, Ausgang, Schritt};

use super::call::ExecuteError;
use super::house::House;
use crate::ledger::header::Header;
use crate::ledger::ids::system_stream;
use crate::ledger::port::Stored;
use crate::vault::Recorded;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Events read at once.
const PAGE: usize = 512;

/// One payload group to be erased, as it stands in `erasure.requested.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub log: String,
    pub idx: u64,
    pub g: u8,
    /// `None` for an open group.
    pub kek_id: Option<u64>,
    /// References of the documents that go with it, sorted.
    pub refs: Vec<Uuid>,
}

/// One erasure as the log knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Origin and index of the request.
    pub log: String,
    pub idx: u64,
    pub targets: Vec<Target>,
    pub reason: String,
    pub archive: String,
    /// Index of the confirmation.
    pub confirmed: Option<u64>,
}

impl Erasure {
    /// Keys that end with it.
    pub fn keks(&self) -> Vec<u64> {
        let ids: BTreeSet<u64> = self.targets.iter().filter_map(|t| t.kek_id).collect();
        ids.into_iter().collect()
    }

    /// Documents that end with it, each once.
    pub fn refs(&self) -> BTreeSet<Uuid> {
        self.targets.iter().flat_map(|t| t.refs.iter().copied()).collect()
    }

    pub(crate) fn groups(&self) -> Vec<(u64, u8)> {
        self.targets.iter().map(|t| (t.idx, t.g)).collect()
    }

    /// An open group is among the targets: its plaintext lay in the file, which is rewritten after it.
    pub fn has_open(&self) -> bool {
        self.targets.iter().any(|t| t.kek_id.is_none())
    }
}

impl House {
    /// Every erasure this log knows, oldest first. Reads the system stream only.
    pub async fn erasures(&self) -> Result<Vec<Erasure>, ExecuteError> {
        let history = self.history(system_stream(&self.log)).await?;
        let mut out = Vec::new();
        for r in &history {
            match r.wire.as_str() {
                "erasure.requested.v1" => out.push(self.requested(r)?),
                "erasure.confirmed.v1" => {
                    let request = &r.data.get("request").and_then(|v| v.get("idx")?.as_u64());
                    if let Some(e) = out.iter_mut().find(|e: &&mut Erasure| Some(e.idx) == *request) {
                        e.confirmed = Some(r.index);
                    }
                }
                _ => {}
            }
        }
        Ok(out)
    }

    fn requested(&self, r: &Recorded) -> Result<Erasure, ExecuteError> {
        let unreadable = || ExecuteError::Fault(format!("Ereignis {} ist nicht lesbar", r.index));
        let targets = r.data.get("targets").cloned().unwrap_or_default();
        let text = |key: &str| r.data.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        Ok(Erasure {
            log: self.log.clone(),
            idx: r.index,
            targets: serde_json::from_value(targets).map_err(|_| unreadable())?,
            reason: text("reason"),
            archive: text("archive"),
            confirmed: None,
        })
    }

    /// Every procedure an erasure reaches: told by the headers of its targets, which nothing erases. A key belongs
    /// to one procedure, so one target of each key tells it.
    pub async fn procedures_of(&self, erasure: &Erasure) -> Result<BTreeSet<Uuid>, ExecuteError> {
        let (mut out, mut seen) = (BTreeSet::new(), BTreeSet::new());
        for t in erasure.targets.iter().filter(|t| seen.insert(t.kek_id)) {
            let events = self.ledger.read_all(t.idx, 1).await.map_err(fault)?;
            if let Some(stored) = events.first().filter(|e| e.index == t.idx) {
                out.insert(Header::parse(&stored.header).map_err(fault)?.corr);
            }
        }
        Ok(out)
    }

    /// Every event of these procedures, over all streams. None stands before the first event of its procedure.
    async fn events_of(&self, procedures: &BTreeSet<Uuid>) -> Result<Vec<(Stored, Header)>, ExecuteError> {
        let mut next = None;
        for p in procedures {
            let first = self.ledger.read_stream(*p, 0, 1).await.map_err(fault)?.first().map(|e| e.index);
            next = match (next, first) {
                (Some(a), Some(b)) => Some(std::cmp::min(a, b)),
                (a, b) => a.or(b),
            };
        }
        let Some(mut next) = next else { return Ok(Vec::new()) };
        let mut out = Vec::new();
        loop {
            let page = self.ledger.read_all(next, PAGE).await.map_err(fault)?;
            let Some(last) = page.last() else { return Ok(out) };
            next = last.index + 1;
            for stored in page {
                // A header is parsed only where its bytes say so: the log may be long.
                if !corr_in(&stored.header).is_some_and(|p| procedures.contains(&p)) {
                    continue;
                }
                let header = Header::parse(&stored.header).map_err(fault)?;
                if procedures.contains(&header.corr) {
                    out.push((stored, header));
                }
            }
        }
    }

    /// Takes keys out of use on every node; what was being sealed under them is in the log when this returns.
    async fn take_out_of_use(&self, keks: &[u64]) -> Result<(), ExecuteError> {
        self.vault.retire(keks);
        drop(self.sealing.write().await);
        self.ledger.retire(keks).await.map_err(fault)
    }
}

/// The procedure as the bytes of a header say it. A quotation mark inside a value is written with a backslash, so
/// the key is found nowhere else.
fn corr_in(header: &[u8]) -> Option<Uuid> {
    const MARK: &[u8] = b"\"corr\":\"";
    let at = header.windows(MARK.len()).rposition(|w| w == MARK)? + MARK.len();
    Uuid::try_parse_ascii(header.get(at..at + 36)?).ok()
}

fn fault(e: impl std::fmt::Display) -> ExecuteError {
    ExecuteError::Fault(e.to_string())
}
