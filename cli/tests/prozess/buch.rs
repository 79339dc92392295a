//! A look into a folder's ledger, past the program: events, head, keys, and an erasure as the ledger holds it.

use akte_core::documents::DocumentStore;
use akte_core::execute::{Clock, House, HouseParts};
use akte_core::ledger::engine::SqliteLedger;
use akte_core::ledger::header::Header;
use akte_core::ledger::{Head, Ledger, Stored};
use akte_core::recht::Law;
use akte_core::vault::Vault;
use akte_core::verfahren::katalog::Leistungen;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// Waits for something asynchronous.
pub fn now<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime").block_on(work)
}

/// The whole log with its groups.
pub fn events(folder: &Path) -> Vec<Stored> {
    let ledger = SqliteLedger::open_readonly(folder.join("ledger.db")).expect("opens");
    now(ledger.read_all(0, usize::MAX)).expect("readable")
}

pub fn head(folder: &Path) -> Head {
    let ledger = SqliteLedger::open_readonly(folder.join("ledger.db")).expect("opens");
    now(ledger.head()).expect("readable")
}

struct Uhr;

impl Clock for Uhr {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}

/// The house on a folder nobody else has open.
pub fn haus(folder: &Path) -> (Arc<SqliteLedger>, House) {
    let ledger = Arc::new(SqliteLedger::open(folder.join("ledger.db")).expect("opens"));
    let vault = Arc::new(Vault::open(folder).expect("vault"));
    vault.warm(&now(ledger.kek_uses()).expect("uses"));
    let stadt = toml::from_str(&std::fs::read_to_string(folder.join("stadt.toml")).expect("town")).expect("town");
    let house = House::new(HouseParts {
        stadt: Arc::new(stadt),
        ledger: ledger.clone(),
        vault,
        documents: Arc::new(DocumentStore::folder(folder.join("blobs"), 1 << 30).expect("store")),
        law: Law::builtin().expect("law"),
        leistungen: Leistungen::default(),
        clock: Arc::new(Uhr),
    });
    (ledger, house.expect("house"))
}

/// Streams of the accounts, oldest first.
pub fn konten(folder: &Path) -> Vec<Uuid> {
    let is_konto = |e: &&Stored| e.seq == 0 && Header::parse(&e.header).expect("header").wire.starts_with("konto.");
    events(folder).iter().filter(is_konto).map(|e| e.stream).collect()
}

/// The key that seals this stream's values.
pub fn kek_of(folder: &Path, stream: Uuid) -> u64 {
    let events = events(folder);
    let of = events.iter().filter(|e| e.stream == stream).flat_map(|e| &e.groups);
    of.filter_map(|g| g.kek_id).next().expect("something is sealed")
}

/// Asks for the erasure of all that this key seals; `done`: key and values go, and it is confirmed.
pub fn erase(folder: &Path, kek: u64, done: bool) {
    let groups: Vec<(u64, u8)> = events(folder)
        .iter()
        .flat_map(|e| e.groups.iter().map(|g| (e.index, g)))
        .filter(|(_, g)| g.kek_id == Some(kek))
        .map(|(index, g)| (index, g.g))
        .collect();
    let (ledger, house) = haus(folder);
    let target = |(idx, g): &(u64, u8)| json!({ "log": house.log, "idx": idx, "g": g, "kek_id": kek, "refs": [] });
    let targets: Vec<_> = groups.iter().map(target).collect();
    let request = json!({ "targets": targets, "reason": "frist", "archive": "abgelehnt" });
    now(house.write_system("erasure.requested.v1", &request, &format!("loeschung-{kek:016}"))).expect("written");
    let idx = now(ledger.head()).expect("head").size - 1;
    if done {
        house.vault.destroy(&[kek]).expect("destroyed");
        now(ledger.erase_groups(&groups)).expect("erased");
        let confirmed = json!({ "request": { "log": house.log, "idx": idx }, "groups": groups.len(), "documents": 0 });
        now(house.write_system("erasure.confirmed.v1", &confirmed, &format!("bestaetigt-{kek:016}"))).expect("written");
    }
}

/// Bytes that occur nowhere else.
pub fn canary() -> Vec<u8> {
    b"Kanarienvogel-4711-".repeat(400)
}

/// Whether any file below a folder holds these bytes.
pub fn found(dir: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(dir).expect("read").map(|e| e.expect("entry").path()).any(|path| {
        if path.is_dir() {
            return found(&path, bytes);
        }
        std::fs::read(&path).expect("read").windows(bytes.len()).any(|w| w == bytes)
    })
}
