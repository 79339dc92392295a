//! `akte verify` as a process: signer's memory, mirrors, receipts, foreign logs, keys from elsewhere.

use crate::akte::{Ran, copy, on, run};
use crate::ordner::{gegruendet, konto};
use akte_core::ledger::engine::SqliteLedger;
use akte_core::ledger::note::NoteSigner;
use akte_core::ledger::signer::{LogSigner, STATE_FILE};
use std::path::{Path, PathBuf};

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// It ended with this code and said this.
fn says(ran: &Ran, code: i32, words: &str) {
    assert_eq!(ran.code, Some(code), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains(words), "does not say {words:?}: {}{}", ran.out, ran.err);
}

fn key(folder: &Path) -> NoteSigner {
    let hex = std::fs::read_to_string(folder.join("log.key")).expect("a key");
    let byte = |i: usize| u8::from_str_radix(&hex.trim()[2 * i..2 * i + 2], 16).expect("hex");
    let toml = std::fs::read_to_string(folder.join("stadt.toml")).expect("a town");
    let origin = toml.lines().find_map(|l| l.strip_prefix("log_origin = \"")).expect("an origin").trim_end_matches('"');
    NoteSigner::new(origin, &std::array::from_fn(byte)).expect("a key")
}

/// Signs the folder's present size; the note.
fn sign(folder: &Path) -> String {
    let key = key(folder);
    let origin = key.vkey().name;
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    runtime.block_on(async {
        let ledger = SqliteLedger::open(folder.join("ledger.db")).expect("a ledger");
        let signer = LogSigner::open(folder, &origin, vec![key]).expect("a signer");
        signer.sign(&ledger).await.expect("signed").note
    })
}

#[test]
fn a_ledger_put_back_is_found_by_the_signers_memory_and_by_a_mirror() {
    let folder = gegruendet();
    sign(folder.path());
    let says_size = on(folder.path(), &["verify"]).ok().out;
    assert!(says_size.contains("unterschrieben bis"), "{says_size}");
    let earlier = tempfile::tempdir().expect("dir");
    copy(folder.path(), earlier.path());
    konto(folder.path(), "nachher").ok();
    let note = sign(folder.path());
    let vkey = key(folder.path()).vkey().to_string();
    says(&on(folder.path(), &["verify", "--vkey", &vkey]), 0, "valid ");
    // The older folder for itself is sound; the signer's memory and a mirror know better.
    says(&on(earlier.path(), &["verify", "--vkey", &vkey]), 0, "valid ");
    let mirror = tempfile::tempdir().expect("dir");
    std::fs::write(mirror.path().join("checkpoint"), &note).expect("written");
    says(&on(earlier.path(), &["verify", "--spiegel", text(mirror.path())]), 1, "gekürzt");
    let single = mirror.path().join("einzeln");
    std::fs::write(&single, &note).expect("written");
    says(&on(earlier.path(), &["verify", "--beleg", text(&single)]), 1, "gekürzt");
    std::fs::copy(folder.path().join(STATE_FILE), earlier.path().join(STATE_FILE)).expect("copied");
    let found = on(earlier.path(), &["verify"]);
    says(&found, 1, "VIOLATION");
    says(&found, 1, STATE_FILE);
    // A key from elsewhere that has signed nothing here: unverifiable, never tampered.
    let stranger = NoteSigner::new(&key(folder.path()).vkey().name, &[9; 32]).expect("a key").vkey().to_string();
    says(&on(folder.path(), &["verify", "--vkey", &stranger]), 2, "Schlüssel unbekannt");
    let empty = tempfile::tempdir().expect("dir");
    on(folder.path(), &["verify", "--spiegel", text(empty.path())]).refused("ist kein Spiegel");
}

fn seed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/seeds/receipt").join(name)
}

#[test]
fn a_receipt_is_checked_alone_and_shows_its_values() {
    let vkey = NoteSigner::new("musterstadt.example/akte/2026", &[7; 32]).expect("a key").vkey().to_string();
    let receipt = seed("drei");
    let ran = run(&["verify", "--beleg", text(&receipt), "--vkey", &vkey]);
    says(&ran, 0, "valid-redacted");
    says(&ran, 0, "/titel = \"Hundesteuer\"");
    says(&run(&["verify", "--beleg", text(&receipt), "--vkey", &vkey, "--json"]), 0, "\"/betrag\": 4200");
    run(&["verify", "--beleg", text(&receipt)]).refused("--policy oder --vkey");
    let dir = tempfile::tempdir().expect("dir");
    let policy = dir.path().join("policy");
    std::fs::write(&policy, format!("log {vkey}\nquorum none\n")).expect("written");
    says(&run(&["verify", "--beleg", text(&receipt), "--policy", text(&policy)]), 0, "valid-redacted");
    let forged = dir.path().join("gefaelscht");
    let good = std::fs::read_to_string(&receipt).expect("a receipt");
    std::fs::write(&forged, good.replacen("index 3", "index 4", 1)).expect("written");
    // Of several the worst counts.
    says(&run(&["verify", "--beleg", text(&receipt), text(&forged), "--vkey", &vkey]), 1, "B2");
    std::fs::write(&forged, [0xff, 0xfe]).expect("written");
    says(&run(&["verify", "--beleg", text(&forged), "--vkey", &vkey]), 2, "nicht lesbar");
    let other = run(&["verify", "--beleg", text(&receipt), "--dokument", text(&policy), "--vkey", &vkey]);
    says(&other, 1, "keines, das dieser Beleg nennt");
}

#[test]
fn a_log_directory_is_checked_with_a_key_from_elsewhere() {
    let dir = tempfile::tempdir().expect("dir");
    run(&["verify", "--log", text(dir.path())]).refused("--policy oder --vkey");
    let vkey = NoteSigner::new("musterstadt.example/akte/2026", &[7; 32]).expect("a key").vkey().to_string();
    says(&run(&["verify", "--log", text(dir.path()), "--vkey", &vkey]), 2, "checkpoint: fehlt");
    let Ok(shared) = std::env::var("AKTE_SHARED") else {
        println!("skipped: AKTE_SHARED is not set");
        return;
    };
    let log = Path::new(&shared).join("data/integrity/tlog-tiles-tessera/testdata/log");
    let vkey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
    let ran = run(&["verify", "--log", text(&log), "--fremde-eintraege", "--vkey", vkey]);
    says(&ran, 0, "valid-redacted");
    says(&ran, 0, "Größe 15");
    says(&run(&["verify", "--log", text(&log), "--vkey", vkey]), 1, "tile/entries/000.p/15");
}

#[test]
fn probing_gives_good_and_broken_proofs_the_same_for_the_same_seed() {
    let run_with = |seed: &str| run(&["probe-beweise", "--anzahl", "400", "--saat", seed]).ok().out;
    let (one, again, other) = (run_with("1"), run_with("1"), run_with("2"));
    assert!(one == again && one != other);
    for kind in ["inclusion", "consistency", "note", "receipt"] {
        let lines: Vec<&str> = one.lines().filter(|l| l.contains(&format!("\"kind\":\"{kind}\""))).collect();
        let good = lines.iter().filter(|l| l.contains("\"ok\":true")).count();
        assert!(lines.len() == 100 && (20..80).contains(&good), "{kind}: {good} of {}", lines.len());
    }
}
