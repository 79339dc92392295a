//! A small signed ledger in a SQLite file that a forger holds in his hands: read, change at will, write back.
//!
//! He has the file, the tree and every public rule; what else he has (the log key) each case says itself.

use crate::waechter::drop_guards;
use akte_core::kernel::Registry;
use akte_core::ledger::disclosure::Scratch;
use akte_core::ledger::engine::SqliteLedger;
use akte_core::ledger::group::{Group, SECRET, store_open, write_plaintext};
use akte_core::ledger::hash::{DigestText, b64u, event_hash, leaf};
use akte_core::ledger::header::Header;
use akte_core::ledger::ids::{self, heads_leaf, manifest_leaf};
use akte_core::ledger::merkle::{Frontier, mth};
use akte_core::ledger::note::{Checkpoint, NoteSigner};
use akte_core::ledger::tlog::policy::Policy;
use akte_core::ledger::verify::{Given, KeySource, Outside, Report, Trust, verify};
use akte_core::ledger::{Append, Hash, Ledger, Stored};
use akte_core::vault::{Cut, SealInput, Vault, seal};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use uuid::Uuid;

pub const LOG: &str = "beispiel.de/akte/2026";
/// Events in the ledger, and the sizes that were signed and stored.
pub const SIZE: u64 = 48;
pub const SIGNED: [u64; 3] = [16, 32, 40];
const HEADS_AT: u64 = 20;
const ROWS_AT: [u64; 3] = [8, 9, 13];
const MANIFEST_AT: u64 = 30;

pub struct Buch {
    conn: Connection,
    ledger: SqliteLedger,
    pub vault: Vault,
    /// The town's key.
    pub key: NoteSigner,
    /// The ledger as the town wrote it.
    pub events: Vec<Stored>,
    streams: BTreeMap<Uuid, i64>,
}

impl Buch {
    /// Writes the ledger the honest way and hands it to the forger.
    pub async fn new(folder: &Path) -> Self {
        let path = folder.join("ledger.db");
        let (vault, key) = (Vault::in_memory().unwrap(), NoteSigner::new(LOG, &[1; 32]).unwrap());
        let ledger = SqliteLedger::open(&path).unwrap();
        let registry = akte_core::registry();
        let mut tips: BTreeMap<Uuid, (u64, Hash)> = BTreeMap::new();
        for n in 0..SIZE {
            let (stream, wire, data) = event(n, &vault, &key, &tips);
            let (seq, prev) = tips.get(&stream).copied().unwrap_or_default();
            let Value::Object(data) = data else { unreachable!("data is an object") };
            let batch = sealed(&registry, &vault, (stream, seq, prev), (n, wire, &data));
            tips.insert(stream, (seq + 1, batch.events[0].event_hash));
            ledger.append(batch).await.unwrap();
        }
        let events = ledger.read_all(0, SIZE as usize).await.unwrap();
        for size in SIGNED {
            ledger.put_checkpoint(size, &note(&events, size, &key)).await.unwrap();
        }
        drop(ledger);
        let conn = Connection::open(&path).unwrap();
        let _: String = conn.query_row("PRAGMA journal_mode=DELETE", [], |r| r.get(0)).unwrap();
        drop_guards(&conn);
        let mut select = conn.prepare("SELECT uuid, sno FROM stream").unwrap();
        let streams = select.query_map([], |r| Ok((Uuid::from_bytes(r.get(0)?), r.get(1)?))).unwrap();
        let streams = streams.map(Result::unwrap).collect();
        drop(select);
        let ledger = SqliteLedger::open_readonly(&path).unwrap();
        Self { conn, ledger, vault, key, events, streams }
    }

    /// Puts these events, in this order, in the place of the others; head and frontier are made to fit.
    pub fn write(&mut self, events: &[Stored], notes: &[(u64, String)]) {
        let tx = self.conn.transaction().unwrap();
        tx.execute_batch("DELETE FROM event; DELETE FROM payload; DELETE FROM checkpoint; DELETE FROM ledger_head;")
            .unwrap();
        let mut frontier = Frontier::new();
        for (index, e) in events.iter().enumerate() {
            frontier.push(leaf(&e.event_hash));
            let sno = *self.streams.entry(e.stream).or_insert_with(|| {
                tx.execute("INSERT INTO stream (uuid) VALUES (?1)", [e.stream.as_bytes()]).unwrap();
                tx.last_insert_rowid()
            });
            let row = params![index as i64, sno, e.seq as i64, e.event_hash, e.header];
            tx.execute("INSERT INTO event (idx, sno, seq, hash, header) VALUES (?1, ?2, ?3, ?4, ?5)", row).unwrap();
            for g in &e.groups {
                let id = index as i64 * 256 + i64::from(g.g);
                let row = params![id, g.kek_id.map(|k| k as i64), g.bytes];
                tx.execute("INSERT INTO payload (id, kek_id, change, bytes) VALUES (?1, ?2, 0, ?3)", row).unwrap();
            }
        }
        let head = params![events.len() as i64, frontier.to_bytes()];
        tx.execute("INSERT INTO ledger_head (one, size, frontier, change) VALUES (1, ?1, ?2, 0)", head).unwrap();
        for (size, note) in notes {
            tx.execute("INSERT INTO checkpoint (size, note) VALUES (?1, ?2)", params![*size as i64, note]).unwrap();
        }
        let unused: Vec<Uuid> =
            self.streams.keys().copied().filter(|s| events.iter().all(|e| e.stream != *s)).collect();
        for stream in unused {
            tx.execute("DELETE FROM stream WHERE uuid = ?1", [stream.as_bytes()]).unwrap();
            self.streams.remove(&stream);
        }
        tx.commit().unwrap();
    }

    /// The checkpoints the town stored.
    pub fn notes(&self) -> Vec<(u64, String)> {
        SIGNED.iter().map(|size| (*size, self.published(*size))).collect()
    }

    /// What the town signed and published at this size: a mirror, a receipt or the signer's memory holds it.
    pub fn published(&self, size: u64) -> String {
        note(&self.events, size, &self.key)
    }

    pub async fn check(&self, trust: Trust<'_>, outside: &[String]) -> Report {
        let outside: Vec<Outside> =
            outside.iter().map(|note| Outside { source: "Spiegel".into(), note: note.clone() }).collect();
        let given = Given { keys: Some(&self.vault), trust, outside: &outside, ..Given::only(LOG) };
        verify(&self.ledger, given).await.unwrap()
    }

    /// These events and one more of the system stream, written the honest way.
    pub fn and(&self, events: &[Stored], wire: &str, data: &Value) -> Vec<Stored> {
        let stream = ids::system_stream(LOG);
        let last = events.iter().rev().find(|e| e.stream == stream).unwrap();
        let (seq, prev, index) = (last.seq + 1, last.event_hash, events.len() as u64);
        let Value::Object(data) = data else { unreachable!("data is an object") };
        let batch = sealed(&akte_core::registry(), &self.vault, (stream, seq, prev), (index, wire, data));
        let e = batch.events[0].clone();
        let stored = Stored { index, stream, seq, header: e.header, event_hash: e.event_hash, groups: e.groups };
        [events, &[stored]].concat()
    }

    /// Count and root over the heads of all streams of these events.
    pub fn heads(&self, events: &[Stored]) -> (usize, String) {
        let tips: BTreeMap<Uuid, (u64, Hash)> = events.iter().map(|e| (e.stream, (e.seq + 1, e.event_hash))).collect();
        (tips.len(), b64u(&heads_root(&self.vault, &tips)))
    }

    /// With another source of keys, or none.
    pub async fn check_with(&self, keys: Option<&dyn KeySource>) -> Report {
        verify(&self.ledger, Given { keys, ..Given::only(LOG) }).await.unwrap()
    }

    /// The policy of somebody who knows the town's key.
    pub fn policy(&self) -> Policy {
        Policy::of_log_keys(&[self.key.vkey()])
    }
}

/// A checkpoint of the first `size` of these events.
pub fn note(events: &[Stored], size: u64, key: &NoteSigner) -> String {
    let leaves: Vec<Hash> = events[..size as usize].iter().map(|e| leaf(&e.event_hash)).collect();
    key.sign(&Checkpoint { origin: LOG.into(), size, root: mth(&leaves) }.text()).unwrap()
}

/// Everything from `at` on written anew: the actor of event `at` is another, every hash behind it is recomputed, the
/// log's statements about itself as well; with `key`, leaf 0 names that key.
pub fn rewritten(events: &[Stored], at: u64, vault: &Vault, key: Option<&NoteSigner>) -> Vec<Stored> {
    let mut out = events.to_vec();
    let mut tips: BTreeMap<Uuid, (u64, Hash)> = BTreeMap::new();
    for e in &mut out {
        if e.index >= at {
            let mut header = Header::parse(&e.header).unwrap();
            header.prev = tips.get(&e.stream).map_or([0; 32], |tip| tip.1);
            let mut changes = Vec::new();
            if e.index == at {
                changes.push(("/_akteur", json!("jemand anders")));
            }
            if let (0, Some(key)) = (e.index, key) {
                changes.push(("/vkeys", json!([key.vkey().to_string()])));
            }
            if e.index == HEADS_AT {
                changes.push(("/root", json!(b64u(&heads_root(vault, &tips)))));
            }
            if !changes.is_empty() {
                change_open(e, &mut header, &changes);
            }
            e.header = header.to_bytes().unwrap();
            e.event_hash = event_hash(&e.header);
        }
        tips.insert(e.stream, (e.seq + 1, e.event_hash));
    }
    out
}

/// A well-formed event of a stream nobody knows, made from an honest one.
pub fn invented(model: &Stored, number: u128) -> Stored {
    let mut header = Header::parse(&model.header).unwrap();
    let stream = Uuid::from_u128(number << 32 | 0xfa15c4);
    (header.stream, header.corr, header.cause) = (stream, stream, Uuid::from_u128(number << 32 | 1));
    (header.seq, header.prev) = (0, [0; 32]);
    let mut out = Stored { stream, seq: 0, groups: model.groups[..1].to_vec(), ..model.clone() };
    let n = header.entries(0).unwrap();
    header.grp = vec![(0, n)];
    header.sd = Group::read(0, out.groups[0].bytes[1..].to_vec()).unwrap().digests().unwrap();
    header.sd.sort_unstable();
    change_open(&mut out, &mut header, &[("/_akteur", json!("erfunden"))]);
    out.header = header.to_bytes().unwrap();
    out.event_hash = event_hash(&out.header);
    out
}

/// Other values in the open group, and their digests in `_sd`.
fn change_open(e: &mut Stored, header: &mut Header, changes: &[(&str, Value)]) {
    let open = Group::read(0, e.groups[0].bytes[1..].to_vec()).unwrap();
    let old = open.digests().unwrap();
    let secret: [u8; SECRET] = open.plaintext()[..SECRET].try_into().unwrap();
    let mut values: BTreeMap<&str, &Value> = open.values().map(|(p, v, _)| (p, v)).collect();
    values.extend(changes.iter().filter(|(p, _)| open.values().any(|(q, _, _)| *p == q)).map(|(p, v)| (*p, v)));
    let mut entries: Vec<(&str, &Value)> = values.into_iter().collect();
    let mut digests: Vec<DigestText> = Vec::new();
    let plain = write_plaintext(0, &secret, &mut entries, &mut digests, &mut Scratch::default()).unwrap();
    header.sd.retain(|digest| !old.contains(digest));
    header.sd.extend(digests);
    header.sd.sort_unstable();
    e.groups[0] = store_open(&plain);
}

fn heads_root(vault: &Vault, tips: &BTreeMap<Uuid, (u64, Hash)>) -> Hash {
    let tagged = tips.iter().map(|(stream, (next, hash))| (vault.keys().heads_tag(*stream), next - 1, *hash));
    let mut leaves: Vec<(Hash, u64, Hash)> = tagged.collect();
    leaves.sort_unstable();
    mth(&leaves.iter().map(|(tag, seq, hash)| heads_leaf(tag, *seq, hash)).collect::<Vec<_>>())
}

/// Stream, wire name and data of the n-th event.
fn event(n: u64, vault: &Vault, key: &NoteSigner, tips: &BTreeMap<Uuid, (u64, Hash)>) -> (Uuid, &'static str, Value) {
    let system = ids::system_stream(LOG);
    let stream = |kind: &str, n: u64| vault.keys().stream_id(kind, &[&n.to_string()]).unwrap();
    match n {
        0 => (system, "log.epoch_opened.v1", json!({"format": 1, "origin": LOG, "vkeys": [key.vkey().to_string()]})),
        HEADS_AT => {
            let root = b64u(&heads_root(vault, tips));
            (system, "log.stream_heads.v1", json!({"up_to": n, "count": tips.len(), "root": root}))
        }
        MANIFEST_AT => {
            let root = b64u(&mth(&ROWS_AT.map(manifest_leaf)));
            let data = json!({"dataset": "hunde", "release": "2026-10", "count": ROWS_AT.len(), "root": root});
            (system, "dataset.published.v1", data)
        }
        n if ROWS_AT.contains(&n) => {
            let data = json!({"dataset": "hunde", "release": "2026-10", "zeile": {"rasse": format!("Rasse {n}")}});
            (stream("datensatz", n), "datensatz.row_released.v1", data)
        }
        n if n % 3 == 0 => {
            let data = json!({"an": Uuid::from_u128(n.into()), "einheit": "ordnung"});
            (stream("vorgang", n % 7), "vorgang.assigned.v1", data)
        }
        n => {
            let data = json!({"vermerk": Uuid::from_u128(n.into()), "text": format!("Vermerk {n}, geprüft")});
            (stream("vorgang", n % 7), "vermerk.written.v1", data)
        }
    }
}

fn sealed(
    registry: &Registry,
    vault: &Vault,
    (stream, seq, prev): (Uuid, u64, Hash),
    (n, wire, data): (u64, &str, &Map<String, Value>),
) -> Append {
    let reserved = BTreeMap::from([("/_akteur".to_owned(), json!("system"))]);
    let input = SealInput {
        registry,
        vault,
        log: LOG,
        stream,
        seq,
        prev,
        wire,
        data,
        reserved: &reserved,
        at: Timestamp::from_microsecond(1_760_000_000_000_000 + n as i64 * 1_000).unwrap(),
        cause: Uuid::from_u128(1 << 100 | u128::from(n)),
        corr: stream,
        cut: &|_| None::<Cut>,
    };
    let (event, kek_uses) = seal(&input).unwrap();
    Append { stream, expected: seq, prev, events: vec![event], kek_uses }
}
