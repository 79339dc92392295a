//! A small real ledger in a SQLite file: leaf 0, then notes and assignments in a few procedures.

use akte_core::kernel::Registry;
use akte_core::ledger::engine::SqliteLedger;
use akte_core::ledger::group::{self, Group, Place};
use akte_core::ledger::{Append, Hash, Ledger, ids};
use akte_core::vault::{Cut, SealInput, Vault, seal};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

pub const LOG: &str = "beispiel.de/akte/2026";
const STREAMS: u64 = 7;

struct Writer {
    ledger: SqliteLedger,
    vault: Arc<Vault>,
    registry: Registry,
    heads: BTreeMap<Uuid, (u64, Hash)>,
    n: u64,
}

/// `ledger.db` in `folder` with `events` events, and the vault that opens it.
pub async fn small_ledger(folder: &Path, events: u64) -> (PathBuf, Arc<Vault>) {
    let path = folder.join("ledger.db");
    let vault = Arc::new(Vault::in_memory().unwrap());
    let ledger = SqliteLedger::open(&path).unwrap();
    let mut w = Writer { ledger, vault: vault.clone(), registry: akte_core::registry(), heads: BTreeMap::new(), n: 0 };
    let opened = json!({"format": 1, "origin": LOG, "vkeys": []});
    w.write(ids::system_stream(LOG), "log.epoch_opened.v1", opened).await;
    for n in 1..events {
        let stream = vault.keys().stream_id("vorgang", &[&(n % STREAMS).to_string()]).unwrap();
        let data = match n % 3 {
            0 => json!({"an": Uuid::from_u128(n.into()), "einheit": "ordnung"}),
            _ => json!({"vermerk": Uuid::from_u128(n.into()), "text": format!("Vermerk {n}, geprüft")}),
        };
        let wire = if n % 3 == 0 { "vorgang.assigned.v1" } else { "vermerk.written.v1" };
        w.write(stream, wire, data).await;
    }
    drop(w);
    // One file without WAL, so that copies are complete.
    let conn = rusqlite::Connection::open(&path).unwrap();
    let _: String = conn.query_row("PRAGMA journal_mode=DELETE", [], |r| r.get(0)).unwrap();
    (path, vault)
}

impl Writer {
    async fn write(&mut self, stream: Uuid, wire: &str, data: Value) {
        let Value::Object(data) = data else { unreachable!("data is an object") };
        let data: Map<String, Value> = data;
        let (seq, prev) = self.heads.get(&stream).copied().unwrap_or_default();
        let reserved = BTreeMap::from([("/_akteur".to_owned(), json!("system"))]);
        let input = SealInput {
            registry: &self.registry,
            vault: &self.vault,
            log: LOG,
            stream,
            seq,
            prev,
            wire,
            data: &data,
            reserved: &reserved,
            at: Timestamp::from_microsecond(1_760_000_000_000_000 + self.n as i64 * 1_000).unwrap(),
            cause: Uuid::from_u128(1 << 100 | u128::from(self.n)),
            corr: stream,
            cut: &|_| None::<Cut>,
        };
        let (event, kek_uses) = seal(&input).unwrap();
        self.heads.insert(stream, (seq + 1, event.event_hash));
        let batch = Append { stream, expected: seq, prev, events: vec![event], kek_uses };
        self.ledger.append(batch).await.unwrap();
        self.n += 1;
    }
}

/// Stores the open group of an event anew with its last value left out: same secret, one entry fewer.
pub async fn trim_group(path: &Path, index: u64) {
    let ledger = SqliteLedger::open(path).unwrap();
    let stored = ledger.read_all(index, 1).await.unwrap().remove(0);
    let sealed = stored.groups.iter().find(|g| g.g == 0).unwrap();
    let place = Place { log: LOG, stream: stored.stream, seq: stored.seq };
    let open: Group = group::open(sealed, &place, None).unwrap();
    let mut map: BTreeMap<&str, &Value> = open.values().map(|(p, v, _)| (p, v)).collect();
    map.pop_last();
    let mut plain = open.plaintext()[..32].to_vec();
    plain.extend_from_slice(serde_json::to_string(&map).unwrap().as_bytes());
    let trimmed = group::store_open(&plain);
    ledger.reseal(index, trimmed, None).await.unwrap();
}
