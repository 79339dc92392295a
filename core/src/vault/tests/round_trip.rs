//! Events sealed by the registry and opened again: what comes back, what is refused, what is seen.

use crate::kernel::{Registry, WireEvent};
use crate::ledger::group::{Group, GroupError, Place, open as open_group, seal as seal_group};
use crate::ledger::hash::ZERO;
use crate::ledger::header::Header;
use crate::ledger::port::{KekUse, Prepared, Stored};
use crate::vault::{Cut, OpenError, SealError, SealInput, Vault, open, open_verified, seal};
use crate::verfahren::VorgangEvent;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

const STREAM: Uuid = Uuid::from_u128(0x51);

fn cut(field: &str) -> Option<Cut> {
    match field {
        "name" | "geburt" => Some(Cut::Sealed("antragsteller".into())),
        "nachbar" => Some(Cut::Sealed("nachbar".into())),
        "ort" | "zahl" => Some(Cut::Open),
        _ => None,
    }
}

fn submitted() -> Value {
    json!({"type": "antrag.submitted.v1", "data": {
        "leistung": "bewohnerparken", "version": 1, "definition": "00", "kanal": "online", "vertrauen": "ohne",
        "eingang_am": "2026-11-23T08:00:00Z", "einheit": "ordnung", "antragsteller": Uuid::from_u128(9).to_string(),
        "felder": {"name": "Möller", "geburt": null, "nachbar": ["Ida", "Jo"], "ort": "Hafenstraße", "zahl": 3},
        "unterlagen": ["ausweis"], "dokumente": null,
    }})
}

fn data(event: &Value) -> Map<String, Value> {
    event["data"].as_object().unwrap().clone()
}

struct Call {
    vault: Vault,
    registry: Registry,
    wire: String,
    data: Map<String, Value>,
    reserved: BTreeMap<String, Value>,
    seq: u64,
}

impl Call {
    fn new(event: &Value) -> Self {
        let reserved = BTreeMap::from([("/_akteur".to_owned(), json!("process"))]);
        let (vault, registry) = (Vault::in_memory().unwrap(), crate::registry());
        Self { vault, registry, wire: event["type"].as_str().unwrap().into(), data: data(event), reserved, seq: 0 }
    }

    fn seal(&self) -> Result<(Prepared, Vec<KekUse>), SealError> {
        seal(&SealInput {
            registry: &self.registry,
            vault: &self.vault,
            log: "stadt.example/akte/2026",
            stream: STREAM,
            seq: self.seq,
            prev: ZERO,
            wire: &self.wire,
            data: &self.data,
            reserved: &self.reserved,
            at: "2026-11-23T08:00:01.123456789Z".parse().unwrap(),
            cause: Uuid::from_u128(3),
            corr: STREAM,
            cut: &cut,
        })
    }

    fn stored(&self) -> Stored {
        let (made, _) = self.seal().unwrap();
        let event_hash = made.event_hash;
        Stored { index: 7, stream: STREAM, seq: self.seq, header: made.header, event_hash, groups: made.groups }
    }
}

#[test]
fn an_application_comes_back_as_it_was_said_and_decodes_to_the_same_event() {
    let event = submitted();
    let call = Call::new(&event);
    let stored = call.stored();
    let header = Header::parse(&stored.header).unwrap();
    assert_eq!(header.grp, [(0, 13), (1, 4), (2, 4)]);
    assert_eq!((header.ret.as_str(), header.at.to_string().as_str()), ("VORGANG", "2026-11-23T08:00:01.123456Z"));
    let opened = open_verified(&stored, Some(&call.vault)).unwrap();
    let mut said = data(&event);
    said.remove("dokumente");
    assert_eq!(opened.data, said);
    assert_eq!((opened.actor.as_str(), opened.index, opened.fuer.clone()), ("process", 7, None));
    assert_eq!(opened.reserved.len(), 2, "the heads tag is added to the first event of a stream");
    let original: VorgangEvent = serde_json::from_value(event).unwrap();
    assert_eq!(opened.decode::<VorgangEvent>().unwrap(), original);
    assert_eq!(original.wire(), opened.wire);
    assert!(opened.decode::<crate::akte::AkteEvent>().is_err(), "another room's event is refused");
}

#[test]
fn nothing_sealed_stands_in_the_clear_in_what_is_stored() {
    let stored = Call::new(&submitted()).stored();
    let all: Vec<u8> = stored.groups.iter().flat_map(|g| g.bytes.clone()).chain(stored.header).collect();
    let holds = |word: &str| all.windows(word.len()).any(|w| w == word.as_bytes());
    assert!(holds("Hafenstraße"), "open values are readable inside the house");
    assert!(!holds("Möller") && !holds("Ida") && !holds("/felder/name"));
}

#[test]
fn a_key_use_is_handed_out_until_it_is_confirmed_and_the_key_stays_the_same() {
    let call = Call::new(&submitted());
    let (_, first) = call.seal().unwrap();
    let (_, again) = call.seal().unwrap();
    assert_eq!(first.len(), 2, "one row for each subject role");
    assert_eq!(first, again, "a refused append changes nothing");
    call.vault.confirm(&first);
    let (made, none) = call.seal().unwrap();
    assert!(none.is_empty());
    assert_eq!(made.groups[1].kek_id, Some(first[0].kek_id));
    let kek = call.vault.kek(first[0].kek_id).unwrap().unwrap();
    assert_eq!(kek.use_mac(&first[0].subject, STREAM), first[0].mac);
}

#[test]
fn without_vault_groups_are_locked_and_without_key_or_row_they_are_missing() {
    let call = Call::new(&submitted());
    let mut stored = call.stored();
    let locked = open_verified(&stored, None).unwrap();
    assert_eq!((locked.locked, locked.missing), (vec![1, 2], vec![]));

    let erased = stored.groups[1].kek_id.unwrap();
    assert_eq!(call.vault.destroy(&[erased]), Ok(1));
    assert_eq!(call.vault.destroy(&[erased]), Ok(0));
    let opened = open_verified(&stored, Some(&call.vault)).unwrap();
    assert_eq!((opened.missing.clone(), opened.locked.clone()), (vec![1], vec![]));
    assert_eq!(opened.data["felder"], json!({"nachbar": ["Ida", "Jo"], "ort": "Hafenstraße", "zahl": 3}));
    assert!(opened.decode::<VorgangEvent>().is_ok(), "an erased application still folds");

    stored.groups.clear();
    let empty = open_verified(&stored, Some(&call.vault)).unwrap();
    assert_eq!(empty.missing, [0, 1, 2]);
    assert_eq!((empty.actor.as_str(), &empty.data["felder"]), ("", &json!({})));
    let fresh = call.vault.kek_for("antragsteller", STREAM).unwrap();
    assert!(fresh.kek.id != erased && fresh.use_row.is_some(), "a destroyed key is never taken up again");
}

#[test]
fn an_event_that_gives_no_fields_still_shows_an_empty_map() {
    let mut event = submitted();
    event["data"]["felder"] = json!({});
    let call = Call::new(&event);
    assert_eq!(open(&call.stored(), Some(&call.vault)).unwrap().data["felder"], json!({}));
}

#[test]
fn what_the_registry_does_not_know_is_refused_before_anything_is_written() {
    let with = |path: &str, value: Value| {
        let mut event = submitted();
        *event["data"].as_object_mut().unwrap().entry(path).or_insert(Value::Null) = value;
        Call::new(&event).seal().map(|_| ())
    };
    let pointer = |p: &str| Err(SealError::Pointer { wire: "antrag.submitted.v1".into(), pointer: p.into() });
    assert_eq!(with("unbekannt", json!(1)), pointer("/unbekannt"));
    assert_eq!(with("felder", json!({"fremd": 1})), pointer("/felder/fremd"));
    assert!(matches!(with("felder", json!([])), Err(SealError::Shape { .. })));
    assert!(matches!(with("einheit", json!("a\u{308}")), Err(SealError::Value { .. })), "text outside NFC");
    assert!(matches!(with("version", json!(1.5)), Err(SealError::Value { .. })));

    let mut call = Call::new(&json!({"type": "antrag.unbekannt.v1", "data": {}}));
    assert!(matches!(call.seal(), Err(SealError::Unregistered(_))));
    call.wire = "vorgang.resumed.v1".into();
    assert!(call.seal().is_ok());
    call.reserved.insert("/_name".into(), json!("x"));
    assert_eq!(call.seal().unwrap_err(), SealError::Reserved("/_name".into()));
    call.reserved.clear();
    assert_eq!(call.seal().unwrap_err(), SealError::Reserved("/_akteur".into()));
}

#[test]
fn a_reason_is_sealed_and_only_the_first_event_carries_the_heads_tag() {
    let mut call = Call::new(&json!({"type": "vorgang.resumed.v1", "data": {}}));
    call.seq = 4;
    call.reserved.insert("/_grund".into(), json!("Einsicht auf Antrag"));
    let stored = call.stored();
    let opened = open_verified(&stored, Some(&call.vault)).unwrap();
    assert_eq!(opened.reserved.keys().collect::<Vec<_>>(), ["/_akteur", "/_grund"]);
    assert_eq!(open(&stored, None).unwrap().reserved.keys().collect::<Vec<_>>(), ["/_akteur"]);
}

/// The same group sealed again with one of its values taken out or changed.
fn forged(call: &Call, stored: &Stored, change: impl Fn(&mut Map<String, Value>)) -> Stored {
    let header = Header::parse(&stored.header).unwrap();
    let place = Place { log: &header.log, stream: STREAM, seq: stored.seq };
    let kek = call.vault.kek(stored.groups[1].kek_id.unwrap()).unwrap().unwrap();
    let group = open_group(&stored.groups[1], &place, Some(&kek)).unwrap();
    let mut map: Map<String, Value> = serde_json::from_slice(&group.plaintext()[32..]).unwrap();
    change(&mut map);
    let mut plain = group.plaintext()[..32].to_vec();
    plain.extend(crate::ledger::json::to_jcs(&Value::Object(map)).unwrap());
    let mut out = stored.clone();
    out.groups[1] = seal_group(crate::ledger::group::Alg::AesGcmSiv, &kek, &place, 1, &[1; 24], &plain).unwrap();
    out
}

#[test]
fn a_trimmed_changed_or_enlarged_group_is_seen_even_by_whoever_holds_the_keys() {
    let call = Call::new(&submitted());
    let stored = call.stored();
    let check = |s: &Stored| open_verified(s, Some(&call.vault));
    assert!(check(&forged(&call, &stored, |_| ())).is_ok(), "sealing again under the same secret changes nothing");
    for forged in [
        forged(&call, &stored, |map| drop(map.remove("/felder/geburt"))),
        forged(&call, &stored, |map| drop(map.insert("/felder/name".into(), json!("Müller")))),
        forged(&call, &stored, |map| drop(map.insert("/felder/zusatz".into(), json!(1)))),
        forged(&call, &stored, |map| (0..3).for_each(|i| drop(map.insert(format!("/x{i}"), json!(1))))),
    ] {
        assert!(matches!(check(&forged), Err(OpenError::Rule { .. })));
        assert!(open(&forged, Some(&call.vault)).is_ok(), "plain reading trusts storage");
    }
}

#[test]
fn groups_cannot_change_places_nor_pass_as_open() {
    let call = Call::new(&submitted());
    let stored = call.stored();
    let broken = |change: &dyn Fn(&mut Stored), want: GroupError| {
        let mut copy = stored.clone();
        change(&mut copy);
        match open(&copy, Some(&call.vault)) {
            Err(OpenError::Group { error, .. }) => assert_eq!(error, want),
            other => panic!("{other:?}"),
        }
    };
    broken(&|s| s.groups[1].bytes[20] ^= 1, GroupError::Sealed);
    broken(&|s| s.groups[1].bytes.truncate(20), GroupError::Malformed);
    broken(&|s| s.groups[1].bytes[0] = 0, GroupError::Clear);
    broken(&|s| s.groups[1].bytes[0] = 9, GroupError::Malformed);
    broken(&|s| s.groups[0].bytes[0] = 1, GroupError::Clear);
    broken(
        &|s| {
            let (a, b) = (s.groups[1].bytes.clone(), s.groups[2].bytes.clone());
            (s.groups[1].bytes, s.groups[2].bytes) = (b, a);
        },
        GroupError::Sealed,
    );
    let mut elsewhere = stored.clone();
    elsewhere.seq = 1;
    assert!(matches!(open(&elsewhere, Some(&call.vault)), Err(OpenError::Rule { .. })));
    let mut rehashed = stored.clone();
    rehashed.event_hash[0] ^= 1;
    assert!(matches!(open_verified(&rehashed, Some(&call.vault)), Err(OpenError::Rule { .. })));
    let mut extra = stored.clone();
    extra.groups.push(stored.groups[2].clone());
    assert!(matches!(open(&extra, Some(&call.vault)), Err(OpenError::Rule { .. })));
}

proptest! {
    #[test]
    fn any_fields_come_back_and_prove_themselves(
        name in "[ -~äöüß€]{0,40}", zahl in -1_000_000i64..1_000_000, list in prop::collection::vec("[a-z\"\\\\]{0,9}", 0..6),
    ) {
        let mut event = submitted();
        event["data"]["felder"] = json!({"name": name, "nachbar": list, "zahl": zahl});
        let call = Call::new(&event);
        let opened = open_verified(&call.stored(), Some(&call.vault)).unwrap();
        prop_assert_eq!(&opened.data["felder"], &event["data"]["felder"]);
    }

    #[test]
    fn no_stored_bytes_make_opening_panic(bytes in prop::collection::vec(any::<u8>(), 0..120), g in 0usize..3) {
        let call = Call::new(&submitted());
        let mut stored = call.stored();
        stored.groups[g].bytes = bytes.clone();
        prop_assert!(open(&stored, Some(&call.vault)).is_err());
        prop_assert!(Group::read(1, bytes.clone()).is_err() || bytes.len() > 32);
        stored.header = bytes;
        prop_assert!(open(&stored, Some(&call.vault)).is_err());
    }
}
