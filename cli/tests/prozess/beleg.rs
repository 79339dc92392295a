//! `akte export beleg`: a chosen part of an event as a file, and refusals that name what is wrong.

use crate::akte::{Ran, on};
use crate::stadt::copied;
use akte_core::ledger::engine::SqliteLedger;
use akte_core::ledger::note::NoteSigner;
use akte_core::ledger::signer::LogSigner;
use akte_core::ledger::tlog::policy::Policy;
use akte_core::ledger::verify::receipt;
use rusqlite::Connection;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The log's key of a folder.
pub fn key(folder: &Path) -> NoteSigner {
    let text = std::fs::read_to_string(folder.join("stadt.toml")).expect("read");
    let stadt: toml::Table = toml::from_str(&text).expect("toml");
    let hex = std::fs::read_to_string(folder.join("log.key")).expect("key");
    let seed: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex")).collect();
    let origin = stadt["log_origin"].as_str().expect("origin");
    NoteSigner::new(origin, &seed.try_into().expect("32 bytes")).expect("key")
}

pub async fn sign(folder: &Path) {
    let ledger = SqliteLedger::open(folder.join("ledger.db")).expect("ledger");
    let key = key(folder);
    let origin = key.vkey().name;
    LogSigner::open(folder, &origin, vec![key]).expect("signer").sign(&ledger).await.expect("signed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_part_of_an_event_goes_into_a_file_that_proves_itself() {
    let folder = copied();
    let folder = folder.path();
    on(folder, &["rebuild"]).ok();
    let db = Connection::open(folder.join("internal.db")).expect("open");
    let sql = "SELECT aktenzeichen FROM vorgang WHERE aktenzeichen IS NOT NULL LIMIT 1";
    let az: String = db.query_row(sql, [], |r| r.get(0)).expect("a case");
    let ziel = folder.join("beleg.tlog-proof");
    let export = |felder: &str, more: &[&str]| -> Ran {
        let ziel = ziel.to_str().expect("UTF-8");
        on(folder, &[&["export", "beleg", &az, "--ereignis", "0", "--felder", felder, "-o", ziel], more].concat())
    };
    // As before the first signature.
    let ledger = Connection::open(folder.join("ledger.db")).expect("open");
    ledger.execute("DELETE FROM checkpoint", []).expect("removed");
    drop(ledger);
    std::fs::remove_file(folder.join("signer.state")).expect("removed");
    export("/leistung", &[]).refused("Noch kein Checkpoint");
    assert!(!ziel.exists(), "nothing is written by halves");
    export("/leistung", &["--zusage"]).ok();
    std::fs::remove_file(&ziel).expect("removed");
    sign(folder).await;
    export("/leistung,/felder/gibtesnicht", &[]).refused("gibt es nicht: /felder/gibtesnicht. Vorhanden sind: ");
    export("/leistung,/eingang_am", &["--zweck", "Verfahren vor Gericht"]).ok();
    assert_eq!(std::fs::metadata(&ziel).expect("file").permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&ziel).expect("read");
    let policy = format!("log {}\nquorum none\n", key(folder).vkey());
    let proven = receipt::check(&text, &Policy::parse(policy.as_bytes()).expect("policy")).expect("proven");
    let shown: Vec<&str> = proven.values.iter().map(|v| v.pointer.as_str()).collect();
    assert_eq!((proven.header.seq, shown), (0, vec!["/eingang_am", "/leistung"]));
    export("/leistung", &[]).refused("beleg.tlog-proof anlegen");
    assert_eq!(std::fs::read_to_string(&ziel).expect("read"), text, "an existing file is left alone");
    let log = Connection::open(folder.join("zugriff.db")).expect("open");
    let sql = "SELECT count(*) FROM zugriff WHERE was='beleg' AND zweck='Verfahren vor Gericht'";
    assert_eq!(log.query_row(sql, [], |r| r.get::<_, i64>(0)).expect("rows"), 1, "who hands out is logged");
    let ziel = folder.join("x").to_str().expect("UTF-8").to_owned();
    on(folder, &["export", "beleg", "99.99/1-1999", "--ereignis", "0", "-o", &ziel]).refused("Kein Vorgang");
    on(folder, &["export", "beleg", &az, "--ereignis", "999", "-o", &ziel]).refused("kein Ereignis 999");
}
