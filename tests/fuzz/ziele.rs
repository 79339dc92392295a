//! What is fuzzed: one function per parser of the ledger. Each must answer, never panic, and keep its promise.
//!
//! Included by the fuzzer (`tests/fuzz`, libFuzzer) and by an ordinary test that runs seeds and chance through it.

use akte_core::ledger::disclosure;
use akte_core::ledger::group::Group;
use akte_core::ledger::hash::event_hash;
use akte_core::ledger::header::Header;
use akte_core::ledger::json::{parse_strict, to_jcs};
use akte_core::ledger::merkle::{verify_consistency, verify_inclusion};
use akte_core::ledger::note::{Checkpoint, Note, NoteSigner, Vkey};
use akte_core::ledger::tlog::policy::Policy;
use akte_core::ledger::tlog::proof::TlogProof;
use akte_core::ledger::tlog::tile::TilePath;
use akte_core::ledger::verify::log_dir::{Entries, read_bundle};
use akte_core::ledger::verify::receipt;
use std::sync::LazyLock;

/// Name and function; the name is the folder of its seeds.
pub type Ziel = (&'static str, fn(&[u8]));

pub const ZIELE: &[Ziel] = &[
    ("note", note),
    ("checkpoint", checkpoint),
    ("vkey", vkey),
    ("policy", policy),
    ("tlog-proof", tlog_proof),
    ("tile-path", tile_path),
    ("json", json),
    ("header", header),
    ("disclosure", disclosure),
    ("group", group),
    ("receipt", receipt),
    ("bundle", bundle),
    ("tree-proof", tree_proof),
];

/// The key the seeds are signed with.
static KEY: LazyLock<NoteSigner> =
    LazyLock::new(|| NoteSigner::new("musterstadt.example/akte/2026", &[7; 32]).expect("a plain name"));

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn note(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let Ok(note) = Note::parse(text) else { return };
    assert!(text.starts_with(&note.text) && note.text.ends_with('\n'));
    assert!((1..=64).contains(&note.signatures.len()));
    // A verified note was signed with exactly this text.
    if note.verify(&[KEY.vkey()]).is_ok() {
        assert_eq!(
            KEY.sign(&note.text).ok().and_then(|own| Note::parse(&own).ok()).map(|own| own.text),
            Some(note.text)
        );
    }
}

fn checkpoint(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.text(), text, "one text per checkpoint");
    }
}

fn vkey(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Ok(key) = Vkey::parse(text) {
        assert_eq!(key.to_string(), text, "one text per key");
    }
}

fn policy(bytes: &[u8]) {
    let Ok(policy) = Policy::parse(bytes) else { return };
    let again = Policy::parse(Policy::text_for(policy.logs(), None).as_bytes()).expect("what is written is read");
    assert_eq!(again.logs(), policy.logs());
    let text = Checkpoint { origin: "musterstadt.example/akte/2026".into(), size: 1, root: [1; 32] }.text();
    let note = KEY.sign(&text).expect("a plain text");
    if policy.accept(&note, "musterstadt.example/akte/2026").is_ok() {
        assert!(policy.logs().contains(&KEY.vkey()), "accepted without its key");
    }
}

fn tlog_proof(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Ok(proof) = TlogProof::parse(text) {
        assert_eq!(proof.to_text(), text, "one text per proof");
    }
}

fn tile_path(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Ok(path) = text.parse::<TilePath>() {
        assert_eq!(path.to_string(), text, "one name per tile");
        assert!((1..=256).contains(&path.width));
    }
}

fn json(bytes: &[u8]) {
    let Ok(value) = parse_strict(bytes) else { return };
    // The writer alone enforces NFC; what it writes reads back as the same value.
    if let Ok(canonical) = to_jcs(&value) {
        assert_eq!(parse_strict(&canonical).as_ref(), Ok(&value));
        assert_eq!(to_jcs(&value), Ok(canonical));
    }
}

fn header(bytes: &[u8]) {
    let Ok(header) = Header::parse(bytes) else { return };
    if let Ok(canonical) = header.to_bytes() {
        assert_eq!(Header::parse(&canonical).as_ref(), Ok(&header));
        // Two canonical texts of one header would be two hashes of one event.
        assert_eq!(event_hash(&canonical) == event_hash(bytes), canonical == bytes);
    }
}

fn disclosure(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Ok(disclosed) = disclosure::read(text) {
        assert!(disclosure::check_pointer(&disclosed.pointer).is_ok());
    }
}

fn group(bytes: &[u8]) {
    let (g, plain) = bytes.split_first().map_or((0, bytes), |(g, rest)| (*g, rest));
    let Ok(group) = Group::read(g, plain.to_vec()) else { return };
    assert_eq!(group.plaintext(), plain);
    let Ok(digests) = group.digests() else { return };
    let values = group.values().count();
    assert_eq!(digests.len(), if g == 0 { values } else { values.next_multiple_of(4) });
    for ((_, text), digest) in group.disclosures().expect("digests could be made").iter().zip(&digests) {
        assert_eq!(disclosure::digest(text), *digest);
    }
}

fn receipt(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Ok(proven) = receipt::check(text, &Policy::of_log_keys(&[KEY.vkey()])) {
        assert!(proven.index < proven.checkpoint.checkpoint.size);
        assert_eq!(proven.header.log, proven.checkpoint.checkpoint.origin);
    }
}

fn bundle(bytes: &[u8]) {
    let (width, bytes) = bytes.split_first().map_or((1, bytes), |(w, rest)| (usize::from(*w) + 1, rest));
    for entries in [Entries::Ours, Entries::Any] {
        if let Ok((hashes, _)) = read_bundle(bytes, width, false, entries) {
            assert_eq!(hashes.len(), width);
            assert!(entries == Entries::Any || bytes.len() == width * 35);
        }
    }
}

/// Index or sizes, then hashes: whatever is claimed, an answer.
fn tree_proof(bytes: &[u8]) {
    let Some((numbers, hashes)) = bytes.split_first_chunk::<16>() else { return };
    let (a, b) = numbers.split_at(8);
    let number = |bytes: &[u8]| bytes.iter().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
    let (hashes, _) = hashes.as_chunks::<32>();
    let [first, second, proof @ ..] = hashes else { return };
    let included = verify_inclusion(first, number(a), number(b), proof, second);
    assert!(included.is_err() || number(a) < number(b));
    let consistent = verify_consistency(number(a), number(b), first, second, proof);
    assert!(consistent.is_err() || number(a) <= number(b));
}
