//! What was ever written stays readable: every wire name has its golden payload, read, cut and folded here.
//!
//! Golden files are only added, never edited.

#![expect(clippy::unwrap_used, reason = "a test may stop where its own set-up fails")]

use akte_core::akte::{Akte, Aktenplan, Dokument, Nummernkreis};
use akte_core::betroffene::Betroffenenauskunft;
use akte_core::eingang::Eingang;
use akte_core::geschaeftsgang::{Aufgabe, Beobachtung, Umlauf, Wiedervorlage};
use akte_core::kernel::{Class, Decider, EventSpec, Registry, WireEvent};
use akte_core::ledger::Stored;
use akte_core::loeschung::Loeschung;
use akte_core::vault::{Cut, SealInput, Vault, open_verified, seal};
use akte_core::verfahren::{Datensatz, Leistung, Vorgang};
use akte_core::zugriff::{Einheit, Konto};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use uuid::Uuid;

struct Golden {
    wire: String,
    data: Map<String, Value>,
    cut: Value,
    felder: BTreeMap<String, Option<String>>,
}

/// The first example of a wire name and, as `<wire>+<what>.json`, one more for every value added to it later:
/// what was written before stays an example of its own.
fn golden(spec: &EventSpec) -> Vec<Golden> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let first = dir.join(format!("{}.json", spec.wire));
    assert!(first.exists(), "{} has no golden file", spec.wire);
    let later = format!("{}+", spec.wire);
    let names = std::fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path());
    let mut later: Vec<_> =
        names.filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(&later))).collect();
    later.sort();
    std::iter::once(first).chain(later).map(|path| one(spec, &path)).collect()
}

fn one(spec: &EventSpec, path: &Path) -> Golden {
    let text = std::fs::read_to_string(path).unwrap();
    let mut v: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(v["type"], spec.wire);
    let felder = v.get("felder").map(|f| serde_json::from_value(f.clone()).unwrap()).unwrap_or_default();
    let Value::Object(data) = v["data"].take() else { panic!("{}: data", spec.wire) };
    Golden { wire: spec.wire.into(), data, cut: v["cut"].take(), felder }
}

/// Reads the payload as the room does, folds it, and writes it again. `None`: no room knows the name.
fn through<D: Decider>(wire: &str, data: &Value) -> Option<Value> {
    D::Event::SPECS.iter().find(|s| s.wire == wire)?;
    let event: D::Event =
        serde_json::from_value(json!({ "type": wire, "data": data })).unwrap_or_else(|e| panic!("{wire}: {e}"));
    assert_eq!(event.wire(), wire);
    let _folded = D::evolve(D::State::default(), &event);
    let again = serde_json::to_value(&event).unwrap();
    Some(again["data"].clone())
}

fn through_any(wire: &str, data: &Value) -> Option<Value> {
    through::<Vorgang>(wire, data)
        .or_else(|| through::<Akte>(wire, data))
        .or_else(|| through::<Aktenplan>(wire, data))
        .or_else(|| through::<Dokument>(wire, data))
        .or_else(|| through::<Nummernkreis>(wire, data))
        .or_else(|| through::<Umlauf>(wire, data))
        .or_else(|| through::<Wiedervorlage>(wire, data))
        .or_else(|| through::<Aufgabe>(wire, data))
        .or_else(|| through::<Beobachtung>(wire, data))
        .or_else(|| through::<Eingang>(wire, data))
        .or_else(|| through::<Leistung>(wire, data))
        .or_else(|| through::<Datensatz>(wire, data))
        .or_else(|| through::<Loeschung>(wire, data))
        .or_else(|| through::<Betroffenenauskunft>(wire, data))
        .or_else(|| through::<Konto>(wire, data))
        .or_else(|| through::<Einheit>(wire, data))
}

fn without_null(v: Value) -> Value {
    match v {
        Value::Object(m) => m.into_iter().filter(|(_, v)| !v.is_null()).collect::<Map<_, _>>().into(),
        other => other,
    }
}

#[test]
fn every_registered_wire_name_has_a_golden_file_that_round_trips() {
    for spec in akte_core::registry().all() {
        let examples = golden(spec);
        for (key, _) in spec.fields {
            assert!(examples.iter().any(|g| g.data.contains_key(*key)), "{}: no example shows {key}", spec.wire);
        }
        for g in examples {
            let data = Value::Object(g.data);
            if let Some(again) = through_any(&g.wire, &data) {
                assert_eq!(without_null(again), data, "{}", g.wire);
            } else {
                let system = akte_core::ledger::system::SPECS.iter().any(|s| s.wire == g.wire);
                assert!(system, "{} belongs to no room", g.wire);
            }
        }
    }
}

#[test]
fn there_is_no_golden_file_without_a_wire_name() {
    let registry = akte_core::registry();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let wire = name.trim_end_matches(".json").split('+').next().unwrap();
        let known = registry.get(wire).is_some() || name.starts_with("aktenkette-v1");
        assert!(known, "{name} names nothing that is written; wire names are never taken back");
    }
}

fn cut_field(g: &Golden, id: &str) -> Option<Cut> {
    Some(g.felder.get(id)?.clone().map_or(Cut::Open, Cut::Sealed))
}

fn stored(registry: &Registry, vault: &Vault, g: &Golden) -> Stored {
    let reserved = BTreeMap::from([("/_akteur".to_owned(), Value::from("system"))]);
    let input = SealInput {
        registry,
        vault,
        log: "example.org/akte/2026",
        stream: Uuid::from_bytes([9; 16]),
        seq: 0,
        prev: [0; 32],
        wire: &g.wire,
        data: &g.data,
        reserved: &reserved,
        at: "2026-11-22T10:30:24.123456Z".parse().unwrap(),
        cause: Uuid::from_bytes([8; 16]),
        corr: Uuid::from_bytes([9; 16]),
        cut: &|id| cut_field(g, id),
    };
    let (p, _) = seal(&input).unwrap_or_else(|e| panic!("{}: {e}", g.wire));
    let (header, groups, event_hash) = (p.header, p.groups, p.event_hash);
    Stored { index: 0, stream: Uuid::from_bytes([9; 16]), seq: 0, header, groups, event_hash }
}

/// The cut as the registry makes it: group 0, then one per role in order of first mention.
fn cut_of(spec: &EventSpec, g: &Golden) -> Value {
    let mut groups: Vec<(Option<String>, Vec<String>)> = vec![(None, vec![])];
    let mut add = |role: Option<String>, pointer: String| match groups.iter_mut().find(|(r, _)| *r == role) {
        Some((_, pointers)) => pointers.push(pointer),
        None => groups.push((role, vec![pointer])),
    };
    for (key, class) in spec.fields.iter().filter(|(key, _)| g.data.contains_key(*key)) {
        match class {
            Class::Open => add(None, format!("/{key}")),
            Class::Sealed(role) => add(Some((*role).into()), format!("/{key}")),
            Class::OpenEach => {
                g.data[*key].as_object().unwrap().keys().for_each(|id| add(None, format!("/{key}/{id}")))
            }
            Class::ByDefinition => {
                g.data[*key]
                    .as_object()
                    .unwrap()
                    .keys()
                    .for_each(|id| add(g.felder[id].clone(), format!("/{key}/{id}")));
            }
        }
    }
    let rows = groups.into_iter().enumerate().map(|(i, (role, mut pointers))| {
        pointers.sort();
        json!({ "g": i, "role": role, "pointers": pointers })
    });
    rows.collect()
}

#[test]
fn every_payload_is_cut_and_sealed_as_its_golden_file_says() {
    let registry = akte_core::registry();
    let vault = Vault::in_memory().unwrap();
    for (spec, g) in registry.all().flat_map(|spec| golden(spec).into_iter().map(move |g| (spec, g))) {
        assert_eq!(cut_of(spec, &g), g.cut, "{}", g.wire);
        let stored = stored(&registry, &vault, &g);
        assert_eq!(stored.groups.len(), g.cut.as_array().unwrap().len(), "{}", g.wire);
        let opened = open_verified(&stored, Some(&vault)).unwrap();
        assert_eq!(opened.data, g.data, "{}", g.wire);
    }
}

#[test]
fn an_event_whose_sealed_values_are_erased_one_by_one_or_all_at_once_still_decodes_and_folds() {
    let registry = akte_core::registry();
    let vault = Vault::in_memory().unwrap();
    for g in registry.all().flat_map(golden) {
        let mut bare = stored(&registry, &vault, &g);
        bare.groups.retain(|group| group.g == 0);
        let opened = open_verified(&bare, Some(&vault)).unwrap();
        through_any(&g.wire, &Value::Object(opened.data));
        let sealed = g.cut.as_array().unwrap().iter().skip(1).flat_map(|c| c["pointers"].as_array().unwrap());
        for pointer in sealed {
            let mut data = Value::Object(g.data.clone());
            let (parent, last) = pointer.as_str().unwrap().rsplit_once('/').unwrap();
            data.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(last).unwrap();
            through_any(&g.wire, &data);
        }
    }
}

#[cfg(feature = "documents")]
#[test]
fn an_event_whose_open_free_text_is_erased_still_decodes_and_folds() {
    for wire in akte_core::execute::erase::OFFENER_FREITEXT {
        let folded = through_any(wire, &json!({}));
        assert!(folded.is_some(), "{wire} belongs to no room");
    }
}
