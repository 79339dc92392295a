//! The worked example of the format, reproduced byte for byte from its inputs.

use crate::ledger::group::{Alg, Group, Kek, Place, open as open_group};
use crate::ledger::hash::{b64u, entries_bundle, entry, event_hash, leaf};
use crate::ledger::header::Header;
use crate::ledger::ids::{LedgerKeys, heads_leaf, manifest_leaf, system_stream};
use crate::ledger::merkle::{
    Frontier, ProofError, consistency_proof, inclusion_proof, mth, node_from_tiles, verify_consistency,
    verify_inclusion,
};
use crate::ledger::note::{Checkpoint, Note, NoteSigner, Vkey};
use crate::ledger::port::{Hash, Prepared, Stored};
use crate::vault::seal::Frame;
use crate::vault::{Draw, Randomness, Vault, VaultError, open, open_verified};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;
use uuid::Uuid;

const GOLDEN: &str = include_str!("../../../golden/aktenkette-v1-golden.json");

fn golden() -> Value {
    serde_json::from_str(GOLDEN).unwrap()
}

fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn hash(value: &Value) -> Hash {
    unhex(value).try_into().unwrap()
}

fn keys(example: &Value) -> LedgerKeys {
    let key = |name: &str| hash(&example["keys"][name]);
    LedgerKeys::new(key("stream_key_hex"), key("cmd_key_hex"), key("heads_key_hex"), key("code_key_hex"))
}

fn kek(example: &Value) -> Kek {
    Kek::new(example["keys"]["kek_id"].as_u64().unwrap(), hash(&example["keys"]["kek_hex"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The nonces and secrets the example fixes.
struct Fixed<'a> {
    event: &'a Value,
    nonce: [u8; 16],
    seal: u8,
}

impl Randomness for Fixed<'_> {
    fn draw(&mut self, what: Draw, out: &mut [u8]) -> Result<(), VaultError> {
        match what {
            Draw::Header => out.copy_from_slice(&self.nonce),
            Draw::Secret(g) => out.copy_from_slice(&unhex(&self.event["groups"][usize::from(g)]["secret_hex"])),
            Draw::Seal(_) => out.fill(self.seal),
        }
        Ok(())
    }
}

/// Builds event `n` of the example from its inputs.
fn build(example: &Value, n: usize, alg: Alg) -> Prepared {
    let event = &example["events"][n];
    let header = Header::parse(text(&event["header"]).as_bytes()).unwrap();
    let keys = keys(example);
    let frame = Frame {
        log: &header.log,
        stream: header.stream,
        seq: header.seq,
        prev: header.prev,
        wire: &header.wire,
        at: header.at,
        cause: keys.cause(text(&event["principal"]), text(&event["key"]), header.stream),
        corr: header.corr,
        ret: &header.ret,
        alg,
    };
    let mut groups = event["groups"].as_array().unwrap().iter().map(|group| {
        let values = group["disclosures"].as_array().unwrap().iter();
        values.map(|d| (Cow::Borrowed(text(&d["pointer"])), &d["value"])).collect::<Vec<_>>()
    });
    let open = groups.next().unwrap();
    let kek = Arc::new(kek(example));
    let sealed = groups.map(|entries| (Arc::clone(&kek), entries)).collect();
    let seal = if alg == Alg::XChaCha { 3 } else { 2 };
    frame.build(open, sealed, &mut Fixed { event, nonce: header.nonce, seal }).unwrap()
}

fn check_group(group: &Group, want: &Value) {
    assert_eq!(group.plaintext(), unhex(&want["plaintext_hex"]));
    let mut digests = group.digests().unwrap().into_iter();
    let disclosures = group.disclosures().unwrap();
    assert_eq!(disclosures.len(), want["disclosures"].as_array().unwrap().len());
    for ((pointer, disclosure), want) in disclosures.iter().zip(want["disclosures"].as_array().unwrap()) {
        assert_eq!(pointer, text(&want["pointer"]));
        assert_eq!(disclosure, text(&want["disclosure"]));
        assert_eq!(digests.next().unwrap().as_str(), text(&want["digest"]));
        let read = crate::ledger::disclosure::read(disclosure).unwrap();
        assert_eq!(b64u(&read.salt), text(&want["salt"]));
        assert_eq!(&read.value, &want["value"]);
    }
    let decoys: Vec<String> = digests.map(|d| d.as_str().to_owned()).collect();
    assert_eq!(Value::from(decoys), want["decoys"]);
}

#[test]
fn headers_hashes_and_stored_groups_of_the_worked_example_come_out_byte_for_byte() {
    let example = golden();
    let kek = kek(&example);
    for (n, event) in example["events"].as_array().unwrap().iter().enumerate() {
        for alg in [Alg::AesGcmSiv, Alg::XChaCha] {
            let made = build(&example, n, alg);
            assert_eq!(String::from_utf8(made.header.clone()).unwrap(), text(&event["header"]));
            assert_eq!(made.event_hash, hash(&event["event_hash_hex"]));
            assert_eq!(event_hash(&made.header), made.event_hash);
            assert_eq!(entry(&made.event_hash).to_vec(), unhex(&event["entry_hex"]));
            assert_eq!(leaf(&made.event_hash), hash(&event["leaf_hex"]));
            let header = Header::parse(&made.header).unwrap();
            for (stored, want) in made.groups.iter().zip(event["groups"].as_array().unwrap()) {
                let name =
                    if stored.g == 0 { "stored_alg0_hex".into() } else { format!("stored_alg{}_hex", alg as u8) };
                assert_eq!(stored.bytes, unhex(&want[&name]), "event {n} group {}", stored.g);
                let place = Place { log: &header.log, stream: header.stream, seq: header.seq };
                if stored.g > 0 {
                    assert_eq!(*kek.dek(header.stream, header.seq, stored.g), hash(&want["dek_hex"]));
                    assert_eq!(place.aad(stored.g, kek.id, Alg::AesGcmSiv), text(&want["aad_alg1"]));
                }
                check_group(&open_group(stored, &place, Some(&kek)).unwrap(), want);
            }
        }
    }
}

#[test]
fn ids_marks_and_codes_of_the_worked_example_are_derived() {
    let example = golden();
    let keys = keys(&example);
    let akte: Uuid = text(&example["akte_stream"]).parse().unwrap();
    let parts: Vec<&str> = text(&example["akte_stream_input"]).split('\n').collect();
    assert_eq!(keys.created_stream(parts[0], parts[1], parts[2]).unwrap(), akte);
    let log = Header::parse(text(&example["events"][0]["header"]).as_bytes()).unwrap().log;
    assert_eq!(system_stream(&log).to_string(), text(&example["system_stream"]));
    for event in example["events"].as_array().unwrap() {
        let header = Header::parse(text(&event["header"]).as_bytes()).unwrap();
        assert_eq!(keys.cause(text(&event["principal"]), text(&event["key"]), header.stream), header.cause);
        let given = |pointer: &str| {
            let all = event["groups"][0]["disclosures"].as_array().unwrap().iter();
            all.clone().find(|d| d["pointer"] == pointer).map(|d| text(&d["value"]).to_owned())
        };
        let req = (!event["request"].is_null()).then(|| keys.req(header.stream, &event["request"]).unwrap());
        assert_eq!(req, given("/_req"));
        let tag = (header.seq == 0).then(|| b64u(&keys.heads_tag(header.stream)));
        assert_eq!(tag, given("/_heads_tag"));
    }
    let generation = example["case_code_generation"].as_u64().unwrap() as u32;
    assert_eq!(keys.case_code(akte, generation), text(&example["case_code_b64u"]));
    let manifest = mth(&[manifest_leaf(0), manifest_leaf(1)]);
    assert_eq!(manifest, hash(&example["manifest_root_hex_indices_0_1"]));
}

#[test]
fn document_key_and_key_use_of_the_worked_example_are_derived() {
    let example = golden();
    let kek = kek(&example);
    let reference = text(&example["document"]["value"]["ref"]).parse().unwrap();
    assert_eq!(*kek.doc_key(reference), hash(&example["document"]["doc_key_hex"]));
    let akte: Uuid = text(&example["akte_stream"]).parse().unwrap();
    let subject = text(&example["events"][1]["principal"]);
    assert_eq!(kek.use_mac(subject, akte), hash(&example["use_mac_hex"]));
}

#[test]
fn tree_tile_bundle_note_and_proofs_of_the_worked_example_come_out_byte_for_byte() {
    let example = golden();
    let events: Vec<Hash> = (0..3).map(|n| build(&example, n, Alg::AesGcmSiv).event_hash).collect();
    let mut frontier = Frontier::new();
    for (event, root) in events.iter().zip(example["roots_hex"].as_array().unwrap()) {
        assert!(frontier.push(leaf(event)).is_empty());
        assert_eq!(frontier.root(), hash(root));
    }
    assert_eq!(frontier.partial_tile(0), unhex(&example["tile_0_000_p_3_hex"]));
    assert_eq!(entries_bundle(&events), unhex(&example["entries_bundle_hex"]));

    let node = |h, n| node_from_tiles(h, n, |level, _| Ok::<_, ProofError>(frontier.partial_tile(level).to_vec()));
    let list = |name: &str| example[name].as_array().unwrap().iter().map(hash).collect::<Vec<_>>();
    let inclusion = inclusion_proof(1, 3, node).unwrap();
    assert_eq!(inclusion, list("inclusion_proof_index1_size3"));
    verify_inclusion(&leaf(&events[1]), 1, 3, &inclusion, &frontier.root()).unwrap();
    let consistency = consistency_proof(2, 3, node).unwrap();
    assert_eq!(consistency, list("consistency_proof_2_to_3"));
    let old = hash(&example["roots_hex"][1]);
    verify_consistency(2, 3, &old, &frontier.root(), &consistency).unwrap();

    let vkey = Vkey::parse(text(&example["keys"]["vkey"])).unwrap();
    let signer = NoteSigner::new(&vkey.name, &hash(&example["keys"]["log_private_seed_hex"])).unwrap();
    assert_eq!(signer.vkey().to_string(), text(&example["keys"]["vkey"]));
    let checkpoint = Checkpoint { origin: vkey.name.clone(), size: 3, root: frontier.root() };
    let note = signer.sign(&checkpoint.text()).unwrap();
    assert_eq!(note, text(&example["note_size3"]));
    let read = Note::parse(&note).unwrap();
    assert_eq!(read.verify(std::slice::from_ref(&vkey)), Ok(vec![0]));
    assert_eq!(Checkpoint::parse(&read.text), Ok(checkpoint));
}

#[test]
fn stream_heads_of_the_worked_example_come_out_byte_for_byte() {
    let example = golden();
    let keys = keys(&example);
    let heads = &example["heads_up_to_3"];
    let mut leaves: Vec<(Hash, Hash)> = Vec::new();
    for (stream, last) in [("system_stream", 0), ("akte_stream", 2)] {
        let tag = keys.heads_tag(text(&example[stream]).parse().unwrap());
        let made = build(&example, last, Alg::AesGcmSiv);
        leaves.push((tag, heads_leaf(&tag, made.seq, &made.event_hash)));
    }
    leaves.sort_unstable();
    let (tags, leaves): (Vec<Hash>, Vec<Hash>) = leaves.into_iter().unzip();
    assert_eq!(tags, heads["tags_hex"].as_array().unwrap().iter().map(hash).collect::<Vec<_>>());
    assert_eq!(leaves, heads["leaves_hex"].as_array().unwrap().iter().map(hash).collect::<Vec<_>>());
    assert_eq!(mth(&leaves), hash(&heads["root_hex"]));
}

#[test]
fn the_worked_example_opens_with_its_values_and_proves_its_digests() {
    let example = golden();
    let vault = Vault::in_memory_with(keys(&example));
    vault.lock().hold(kek(&example));
    for (n, event) in example["events"].as_array().unwrap().iter().enumerate() {
        let made = build(&example, n, Alg::AesGcmSiv);
        let header = Header::parse(&made.header).unwrap();
        let (stream, seq) = (header.stream, header.seq);
        let (index, event_hash) = (n as u64, made.event_hash);
        let stored = Stored { index, stream, seq, header: made.header, event_hash, groups: made.groups };
        let opened = open_verified(&stored, Some(&vault)).unwrap();
        assert_eq!(open(&stored, Some(&vault)).unwrap(), opened);
        assert_eq!(opened.actor, text(&event["principal"]));
        assert!(opened.missing.is_empty() && opened.locked.is_empty());
        for group in event["groups"].as_array().unwrap() {
            for d in group["disclosures"].as_array().unwrap() {
                let pointer = text(&d["pointer"]);
                let got = match pointer.starts_with("/_") {
                    true => &opened.reserved[pointer],
                    false => &opened.data[&pointer[1..]],
                };
                assert_eq!(got, &d["value"], "{pointer}");
            }
        }
        let locked = open(&stored, None).unwrap();
        assert_eq!(locked.locked.len(), stored.groups.len() - 1);
    }
}
