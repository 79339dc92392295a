//! The command path on the memory engine: one effect per key, one winner per race, nothing unpermitted.

mod aktenende;
mod completeness;
mod erase;
mod freigabe;
mod gapless;
mod historie;
mod leistung;
mod path;
mod postbuch;
mod urteil;

use super::*;
use crate::documents::DocumentStore;
use crate::kernel::Role;
use crate::ledger::Ledger;
use crate::ledger::engine::MemoryLedger;
use crate::ledger::note::NoteSigner;
use crate::recht::Law;
use crate::stadt::Stadt;
use crate::vault::Vault;
use crate::verfahren::event::Kanal;
use crate::verfahren::katalog::Leistungen;
use crate::verfahren::{Vorgang, VorgangCommand};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::Uuid;

/// A clock that stands until it is moved.
pub struct Uhr(AtomicI64);

impl Uhr {
    pub fn at(text: &str) -> Arc<Self> {
        let t: Timestamp = text.parse().expect("time");
        Arc::new(Self(AtomicI64::new(t.as_microsecond())))
    }
    pub fn set(&self, text: &str) {
        let t: Timestamp = text.parse().expect("time");
        self.0.store(t.as_microsecond(), Ordering::SeqCst);
    }
}

impl Clock for Uhr {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).expect("time")
    }
}

const STADT: &str = r#"
name = "Stadt Musterstadt"
kurzname = "Musterstadt"
ags = "01056000"
kreis = "Musterkreis"
land = "Schleswig-Holstein"
domain = "musterstadt.example"
log_origin = "musterstadt.example/akte/2026"
zeitzone = "Europe/Berlin"
leitung = "L"
datenschutzbeauftragte = "D"
k = 5
anschrift = { strasse = "Markt 1", plz = "20000", ort = "Musterstadt", telefon = "0", email = "a@b.example", oeffnungszeiten = "-" }
einheiten = [{ id = "ordnung", name = "Ordnungsamt", aktenplan = ["32"] }]
"#;

/// A house with the services of this build, on any ledger.
pub async fn house_on(ledger: Arc<dyn Ledger>, uhr: Arc<Uhr>) -> (Arc<House>, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("folder");
    let parts = HouseParts {
        stadt: Arc::new(toml::from_str::<Stadt>(STADT).expect("stadt")),
        ledger,
        vault: Arc::new(Vault::in_memory().expect("vault")),
        documents: Arc::new(DocumentStore::folder(dir.path(), 1 << 20).expect("store")),
        law: Law::builtin().expect("law"),
        leistungen: Leistungen::default(),
        clock: uhr,
    };
    let house = House::new(parts).expect("house");
    let key = NoteSigner::new(&house.log, &[1; 32]).expect("key").vkey();
    assert!(house.open_epoch(&[key.to_string()]).await.expect("opened"));
    house.adopt_builtin().await.expect("adopted");
    (Arc::new(house), dir)
}

pub async fn house() -> (Arc<House>, tempfile::TempDir, Arc<Uhr>) {
    let uhr = Uhr::at("2026-10-28T08:00:00.5Z");
    let (house, dir) = house_on(Arc::new(MemoryLedger::new()), uhr.clone()).await;
    (house, dir, uhr)
}

pub fn clerk(n: u8, rollen: &[Role]) -> Principal {
    Principal::konto(Uuid::from_bytes([n; 16]), rollen.to_vec(), "ordnung")
}

pub fn call(principal: Principal, key: &str, target: Target) -> Call {
    let request = Some(serde_json::json!({ "key": key }));
    Call { principal, key: format!("{key:-<20}"), target, expected: None, request, corr: None }
}

pub fn submit(house: &House, key: &str) -> (Call, VorgangCommand) {
    let call = call(Principal::anon(), key, Target::New);
    let stream = house.stream_for_new::<Vorgang>(&call.principal, &call.key).expect("stream");
    let command = VorgangCommand::Submit {
        leistung: house.leistungen().all().iter().find(|d| d.entscheidet()).expect("one decides").id.clone(),
        kanal: Kanal::Online,
        vertrauen: "ohne".into(),
        eingang_am: house.clock.now(),
        antragsteller: house.antragsteller(stream),
        felder: Default::default(),
        dokumente: vec![],
    };
    (call, command)
}

pub async fn submitted(house: &House, key: &str) -> Uuid {
    let (call, command) = submit(house, key);
    house.execute::<Vorgang>(call, command).await.expect("accepted").stream
}
