//! Replays erasures in a restored folder before anything is verified or served: what the ledger says was
//! erased goes again, whatever the backup brought back (`LEDGER.md`, backup rule).
//!
//! Never decides what to erase: it follows requests that are durable in the log.

use crate::folder::Folder;
use akte_core::documents::DocumentStore;
use akte_core::ledger::Ledger;
use akte_core::ledger::engine::SqliteLedger;
use akte_core::ledger::ids::system_stream;
use akte_core::vault::{self, Vault};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Events read at once.
const PAGE: usize = 2_000;

/// What was erased again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nachgeholt {
    pub gruppen: u64,
    pub schluessel: u64,
    pub dokumente: u64,
}

/// Everything any request names.
#[derive(Default)]
struct Ziele {
    gruppen: Vec<(u64, u8)>,
    keks: BTreeSet<u64>,
    refs: BTreeSet<Uuid>,
}

/// Erases again. Repeating it is harmless.
pub async fn nachholen(folder: &Folder) -> anyhow::Result<Nachgeholt> {
    let stadt = folder.stadt()?;
    let ledger = SqliteLedger::open(folder.ledger_db())?;
    let ziele = ziele(&ledger, &stadt.log_origin).await?;
    if ziele.gruppen.is_empty() {
        return Ok(Nachgeholt::default());
    }
    let gruppen = ledger.erase_groups(&ziele.gruppen).await?;
    // A key that still seals something else lives until that is sealed anew.
    let used = in_use(&ledger, &ziele.keks).await?;
    let keks: Vec<u64> = ziele.keks.difference(&used).copied().collect();
    let schluessel = Vault::open(folder.root())?.destroy(&keks)?;
    let documents = DocumentStore::folder(folder.blobs(), stadt.grenzen.upload_bytes)?;
    let mut dokumente = 0;
    for reference in &ziele.refs {
        dokumente += u64::from(documents.exists(*reference).await?);
        documents.delete(*reference).await?;
    }
    if gruppen > 0 {
        ledger.vacuum().await?;
    }
    Ok(Nachgeholt { gruppen, schluessel, dokumente })
}

/// The targets of all requests in the log's own system stream.
async fn ziele(ledger: &SqliteLedger, log: &str) -> anyhow::Result<Ziele> {
    let (mut ziele, mut next) = (Ziele::default(), 0);
    loop {
        let page = ledger.read_stream(system_stream(log), next, PAGE).await?;
        for stored in &page {
            let event = vault::open(stored, None)?;
            if event.wire == "erasure.requested.v1" {
                let targets = event.data.get("targets").and_then(Value::as_array);
                targets.into_iter().flatten().for_each(|target| ziele.take(target, log));
            }
        }
        match page.last() {
            Some(last) => next = last.seq + 1,
            None => return Ok(ziele),
        }
    }
}

impl Ziele {
    fn take(&mut self, target: &Value, log: &str) {
        let number = |name: &str| target.get(name).and_then(Value::as_u64);
        let here = target.get("log").and_then(Value::as_str) == Some(log);
        if let (true, Some(idx), Some(g)) = (here, number("idx"), number("g").and_then(|g| u8::try_from(g).ok())) {
            self.gruppen.push((idx, g));
        }
        self.keks.extend(number("kek_id"));
        let refs = target.get("refs").and_then(Value::as_array).into_iter().flatten();
        self.refs.extend(refs.filter_map(Value::as_str).filter_map(|text| Uuid::parse_str(text).ok()));
    }
}

/// Which of these keys still seal a group.
async fn in_use(ledger: &SqliteLedger, keks: &BTreeSet<u64>) -> anyhow::Result<BTreeSet<u64>> {
    let (mut used, mut next) = (BTreeSet::new(), 0);
    loop {
        let page = ledger.read_all(next, PAGE).await?;
        let ids = page.iter().flat_map(|e| &e.groups).filter_map(|g| g.kek_id);
        used.extend(ids.filter(|id| keks.contains(id)));
        match page.last() {
            Some(last) => next = last.index + 1,
            None => return Ok(used),
        }
    }
}
