//! A bare log directory: what a mirror holds verifies, and every damaged file is named.

#![expect(clippy::unwrap_used, reason = "a test may stop where its own set-up fails")]

use akte_core::ledger::hash::{entries_bundle, leaf, sha256};
use akte_core::ledger::merkle::Frontier;
use akte_core::ledger::note::{Checkpoint, NoteSigner, Vkey};
use akte_core::ledger::tlog::policy::Policy;
use akte_core::ledger::tlog::tile::{Kind, TilePath};
use akte_core::ledger::verify::log_dir::{DirReport, Entries, verify_dir};
use std::path::{Path, PathBuf};

const LOG: &str = "beispiel.de/akte/2026";

fn key(seed: u8) -> NoteSigner {
    NoteSigner::new(LOG, &[seed; 32]).unwrap()
}

fn put(dir: &Path, path: impl ToString, bytes: impl AsRef<[u8]>) {
    let path = dir.join(path.to_string());
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Writes a log of `size` events as static files, with a checkpoint archived at each of `archived`.
fn log(dir: &Path, size: u64, archived: &[u64]) {
    let hashes: Vec<[u8; 32]> = (0..size).map(|n| sha256(&[&n.to_be_bytes()])).collect();
    let mut frontier = Frontier::new();
    let note =
        |f: &Frontier| key(1).sign(&Checkpoint { origin: LOG.into(), size: f.size(), root: f.root() }.text()).unwrap();
    for (n, hash) in hashes.iter().enumerate() {
        for tile in frontier.push(leaf(hash)) {
            put(dir, TilePath { kind: Kind::Level(tile.level), n: tile.n, width: 256 }, tile.hashes);
        }
        if archived.contains(&(n as u64 + 1)) {
            put(dir, format!("checkpoint.{}", n + 1), note(&frontier));
        }
    }
    for level in 0..8 {
        let open = frontier.partial_tile(level);
        if !open.is_empty() {
            let n = size >> (8 * (u32::from(level) + 1));
            put(dir, TilePath { kind: Kind::Level(level), n, width: (open.len() / 32) as u16 }, open);
        }
    }
    for (n, part) in hashes.chunks(256).enumerate() {
        put(dir, TilePath { kind: Kind::Entries, n: n as u64, width: part.len() as u16 }, entries_bundle(part));
    }
    put(dir, "checkpoint", note(&frontier));
}

fn check(dir: &Path) -> DirReport {
    verify_dir(dir, &Policy::of_log_keys(&[key(1).vkey()]), Entries::Ours, &|_, _| {}).unwrap()
}

#[test]
fn logs_of_every_shape_verify() {
    // 66,000: three levels of tiles; 0 and 256: nothing partial.
    for size in [0, 1, 255, 256, 257, 600, 66_000] {
        let dir = tempfile::tempdir().unwrap();
        log(dir.path(), size, &[1, 256, 300]);
        let report = check(dir.path());
        assert_eq!(report.verdict.to_string(), "valid-redacted", "{size}: {:?}", report.faults);
        assert_eq!((report.size, report.extra_count, report.origin.as_str()), (size, 0, LOG));
        assert_eq!(report.checkpoints, [1, 256, 300].iter().filter(|s| **s <= size).count() as u64);
    }
}

#[test]
fn older_partial_tiles_and_full_ones_in_their_place_are_read() {
    let dir = tempfile::tempdir().unwrap();
    log(dir.path(), 300, &[]);
    let full = std::fs::read(dir.path().join("tile/0/000")).unwrap();
    put(dir.path(), "tile/0/000.p/17", &full[..17 * 32]);
    assert_eq!(check(dir.path()).verdict.exit_code(), 0);
    put(dir.path(), "tile/0/000.p/17", [7; 17 * 32]);
    named(&check(dir.path()), "tile/0/000.p/17");
    put(dir.path(), "tile/0/000.p/17", &full[..17 * 32]);
    let bundle = std::fs::read(dir.path().join("tile/entries/000")).unwrap();
    put(dir.path(), "tile/entries/000.p/17", &bundle[..17 * 35]);
    assert_eq!(check(dir.path()).verdict.exit_code(), 0);
    put(dir.path(), "tile/entries/000.p/17", &bundle[35..18 * 35]);
    named(&check(dir.path()), "tile/entries/000.p/17");
    // A mirror that has already fetched more than its checkpoint covers.
    let (small, large) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    log(small.path(), 200, &[]);
    log(large.path(), 256, &[]);
    for tile in ["tile/0/000", "tile/entries/000"] {
        std::fs::remove_dir_all(small.path().join(format!("{tile}.p"))).unwrap();
        std::fs::copy(large.path().join(tile), small.path().join(tile)).unwrap();
    }
    assert_eq!(check(small.path()).verdict.exit_code(), 0, "{:?}", check(small.path()));
}

fn named(report: &DirReport, file: &str) {
    assert_eq!(report.verdict.exit_code(), 1, "{file}: {report:?}");
    assert!(report.faults.iter().any(|f| f.file == file), "{file}: {:?}", report.faults);
}

#[test]
fn truncated_oversized_missing_and_forged_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    log(dir.path(), 600, &[256]);
    let tiles: Vec<String> = TilePath::all(600).map(|t| t.to_string()).collect();
    assert!(tiles.len() == 7, "{tiles:?}");
    for tile in tiles {
        let path = dir.path().join(&tile);
        let bytes = std::fs::read(&path).unwrap();
        let mut forged = bytes.clone();
        forged[bytes.len() / 2] ^= 1;
        let doubled = [&bytes[..], &bytes[..]].concat();
        for wrong in [&bytes[..bytes.len() - 1], &bytes[..32], &[], &doubled, &[&bytes[..], &[0]].concat(), &forged] {
            std::fs::write(&path, wrong).unwrap();
            named(&check(dir.path()), &tile);
        }
        std::fs::remove_file(&path).unwrap();
        named(&check(dir.path()), &tile);
        std::fs::write(&path, bytes).unwrap();
    }
    assert_eq!(check(dir.path()).verdict.exit_code(), 0);
}

#[test]
fn a_file_too_large_for_memory_is_named_and_not_read() {
    let dir = tempfile::tempdir().unwrap();
    log(dir.path(), 300, &[]);
    let path = dir.path().join("tile/entries/000");
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(1 << 40).unwrap(); // a terabyte with holes
    named(&check(dir.path()), "tile/entries/000");
}

#[test]
fn checkpoints_contradict_a_shorter_or_another_log() {
    let dir = tempfile::tempdir().unwrap();
    log(dir.path(), 600, &[256, 600]);
    let newest = std::fs::read(dir.path().join("checkpoint.600")).unwrap();
    let (short, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    log(short.path(), 300, &[256]);
    put(short.path(), "checkpoint.600", &newest);
    named(&check(short.path()), "checkpoint.600");
    log(other.path(), 600, &[]);
    put(other.path(), "checkpoint.256", {
        key(1).sign(&Checkpoint { origin: LOG.into(), size: 256, root: [3; 32] }.text()).unwrap()
    });
    named(&check(other.path()), "checkpoint.256");
    put(other.path(), "checkpoint.256", &newest);
    named(&check(other.path()), "checkpoint.256");
}

#[test]
fn an_unknown_key_or_an_unreadable_checkpoint_is_unverifiable() {
    let dir = tempfile::tempdir().unwrap();
    log(dir.path(), 300, &[256]);
    let policy = Policy::of_log_keys(&[key(2).vkey()]);
    let report = verify_dir(dir.path(), &policy, Entries::Ours, &|_, _| {}).unwrap();
    assert_eq!(report.verdict.to_string(), "unverifiable (checkpoint: Schlüssel unbekannt)");
    for note in ["", "Unsinn", "beispiel.de/akte/2026\n0300\nAAAA\n\n"] {
        put(dir.path(), "checkpoint", note);
        assert_eq!(check(dir.path()).verdict.exit_code(), 2);
    }
    std::fs::remove_file(dir.path().join("checkpoint")).unwrap();
    assert_eq!(check(dir.path()).verdict.to_string(), "unverifiable (checkpoint: fehlt)");
}

#[test]
fn files_that_belong_to_no_log_of_this_size_are_named() {
    let dir = tempfile::tempdir().unwrap();
    log(dir.path(), 300, &[]);
    for file in ["tile/0/005", "tile/0/x000/001", "tile/entries/001.p/45", "notizen.txt", "tile/9/000"] {
        put(dir.path(), file, "x");
    }
    let report = check(dir.path());
    assert_eq!((report.verdict.exit_code(), report.extra_count), (0, 5), "{report:?}");
    assert!(report.extra.contains(&"notizen.txt".to_owned()));
}

/// A log nobody here wrote: 15 entries of any bytes, 16 signed checkpoints.
#[test]
fn the_log_of_tessera_verifies_with_its_key() {
    let Ok(shared) = std::env::var("AKTE_SHARED") else {
        println!("skipped: AKTE_SHARED is not set");
        return;
    };
    let dir: PathBuf = Path::new(&shared).join("data/integrity/tlog-tiles-tessera/testdata/log");
    let key = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
    let policy = Policy::of_log_keys(&[Vkey::parse(key).unwrap()]);
    let report = verify_dir(&dir, &policy, Entries::Any, &|_, _| {}).unwrap();
    assert_eq!(report.verdict.to_string(), "valid-redacted", "{report:?}");
    assert_eq!((report.size, report.checkpoints, report.extra_count), (15, 16, 0), "{:?}", report.extra);
    // Its entries are not ours.
    let ours = verify_dir(&dir, &policy, Entries::Ours, &|_, _| {}).unwrap();
    named(&ours, "tile/entries/000.p/15");
}
