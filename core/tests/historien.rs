//! Histories recorded by an earlier build give the same state under the definition they pinned.
//!
//! Files in `historien/` are only added, never edited: a build that gets another hash reads the past differently.

#![cfg(feature = "documents")]
#![expect(clippy::unwrap_used, reason = "a test may stop where its own set-up fails")]

use akte_core::execute::state_hash;
use akte_core::kernel::Decider;
use akte_core::verfahren::event::{DefinitionDatei, VorgangEvent};
use akte_core::verfahren::{Definition, Vorgang, loader};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

#[derive(Deserialize)]
struct Historie {
    /// The folder as `leistung.adopted.v1` holds it.
    dateien: Vec<DefinitionDatei>,
    ereignisse: Vec<Ereignis>,
    zustandshash: String,
}

#[derive(Deserialize)]
struct Ereignis {
    typ: String,
    daten: Value,
}

fn alle() -> Vec<(String, Historie)> {
    let ordner = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/historien");
    let mut out = Vec::new();
    for entry in std::fs::read_dir(ordner).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        out.push((name, serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()));
    }
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

fn gefaltet(h: &Historie) -> (Vorgang, Definition) {
    let event = |e: &Ereignis| -> VorgangEvent {
        serde_json::from_value(json!({ "type": e.typ, "data": e.daten })).unwrap_or_else(|f| panic!("{}: {f}", e.typ))
    };
    let v = h.ereignisse.iter().fold(Vorgang::default(), |v, e| Vorgang::evolve(v, &event(e)));
    (v, loader::from_adopted(&h.dateien).unwrap_or_else(|f| panic!("{f:?}")))
}

#[test]
fn every_recorded_history_gives_the_state_hash_it_was_recorded_with() {
    let mut leistungen = BTreeSet::new();
    for (name, h) in alle() {
        let (v, def) = gefaltet(&h);
        assert_eq!(state_hash(&v, &def).unwrap(), h.zustandshash, "{name}");
        leistungen.insert(v.leistung);
    }
    assert!(leistungen.len() >= 4, "several services: {leistungen:?}");
}

#[test]
fn an_event_left_out_or_another_definition_gives_no_such_hash() {
    for (name, mut h) in alle() {
        h.ereignisse.pop();
        let (v, def) = gefaltet(&h);
        assert_ne!(state_hash(&v, &def).unwrap(), h.zustandshash, "{name}");
        let neuer = Definition { sha256: "0".repeat(64), ..def };
        assert!(state_hash(&v, &neuer).is_err(), "{name}");
    }
}
