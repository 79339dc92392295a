//! `akte auskunft`: what a person gets, and what they do not get.

use crate::akte::{Ran, on};
use crate::ordner::valid;
use crate::stadt::copied;
use rusqlite::Connection;
use serde_json::Value;
use std::path::Path;

/// From now on no row can be written into the read log.
pub const UNSCHREIBBAR: &str = "CREATE TRIGGER voll BEFORE INSERT ON zugriff BEGIN SELECT RAISE(ABORT, 'voll'); END";

/// A case whose applicant signs with another person or whose office wrote a note: its Aktenzeichen.
fn fall(folder: &Path) -> String {
    on(folder, &["rebuild"]).ok();
    let db = Connection::open(folder.join("internal.db")).expect("open");
    let sql = "SELECT v.aktenzeichen FROM vorgang v JOIN ereignis e ON e.corr = v.vorgang
               WHERE v.aktenzeichen IS NOT NULL AND e.wire = 'bescheid.drafted.v1' ORDER BY v.aktenzeichen LIMIT 1";
    db.query_row(sql, [], |r| r.get(0)).expect("a case with a decision")
}

fn auskunft(folder: &Path, az: &str, konto: &str, more: &[&str]) -> Ran {
    let base = [
        "auskunft",
        az,
        "--person",
        "Erika Muster",
        "--beantragt-am",
        "2026-01-02",
        "--identitaet",
        "ausweis",
        "--konto",
        konto,
    ];
    on(folder, &[&base[..], more].concat())
}

#[test]
fn a_person_gets_everything_about_them_and_nothing_about_others() {
    let folder = copied();
    let az = fall(folder.path());
    for (login, rolle) in [("dsb", "datenschutz"), ("pruefer", "revision")] {
        let rest = ["--name", "Frau Probe", "--einheit", "ordnung", "--rolle", rolle];
        on(folder.path(), &[&["konto", "add", login], &rest[..]].concat()).ok();
    }
    let ziel = folder.path().join("auskunft");
    let nach = ["--nach", ziel.to_str().expect("UTF-8")];
    auskunft(folder.path(), &az, "pruefer", &nach).refused("Rolle datenschutz");
    auskunft(folder.path(), "99.99/1-1999", "dsb", &nach).refused("Kein Vorgang");
    let niemand = "30303030-3030-8030-9030-303030303030";
    auskunft(folder.path(), niemand, "dsb", &nach).refused("kein Vorgang, keine Akte und kein Eingang");
    assert!(!ziel.exists());
    let probe = auskunft(folder.path(), &az, "dsb", &["--probe"]).ok().out;
    let frei = probe.lines().find(|l| l.contains("/begruendung") && l.contains("kann freigegeben")).expect("a text");
    let frei = frei.split_whitespace().next().expect("a place").to_owned();
    assert!(!ziel.exists(), "nothing is written by a trial");
    auskunft(folder.path(), &az, "dsb", &[&nach[..], &["--freigeben", "1:/fehlt=x"]].concat())
        .refused("nichts verdeckt");
    let grund = format!("{frei}=Betrifft nur die Person selbst");
    auskunft(folder.path(), &az, "dsb", &[&nach[..], &["--freigeben", &grund]].concat()).ok();
    let text = std::fs::read_to_string(ziel.join("auskunft.json")).expect("read");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    let v = &json["vorgaenge"][0];
    assert_eq!((&json["person"], &v["aktenzeichen"]), (&Value::from("Erika Muster"), &Value::from(az.as_str())));
    assert!(!v["rechtsgrundlage"].as_array().expect("list").is_empty() && v["aufbewahrung"]["regel"].is_string());
    let ereignisse = v["ereignisse"].as_array().expect("events");
    assert!(ereignisse.iter().any(|e| e["angaben"].as_object().is_some_and(|a| a.contains_key("/felder/name"))));
    let (index, zeiger) = frei.split_once(':').expect("a place");
    let index: u64 = index.parse().expect("a number");
    let gezeigt = ereignisse.iter().find(|e| e["nr"] == index).expect("the event");
    assert!(gezeigt["angaben"][zeiger].is_string(), "unmasked by hand: {gezeigt}");
    let reads = v["lesezugriffe"].as_array().expect("reads");
    assert!(reads.iter().any(|r| r["was"] == "betroffenenauskunft"), "this read, too: {reads:?}");
    // Neither ids of accounts nor salts of documents leave the house.
    let konten = Connection::open(folder.path().join("internal.db")).expect("open");
    let mut stmt = konten.prepare("SELECT lower(hex(konto)), name FROM konto").expect("table");
    let rows = stmt.query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, Option<String>>(1)?))).expect("rows");
    for (id, name) in rows.map(|r| r.expect("row")) {
        assert!(!text.replace('-', "").contains(&id), "an account's id");
        assert!(name.is_none_or(|n| !text.contains(&n)), "an account's name");
    }
    assert!(!text.contains("dsalt") && std::fs::read(ziel.join("auskunft.pdf")).expect("read").starts_with(b"%PDF-"));
    auskunft(folder.path(), &az, "dsb", &nach).refused("gibt es schon");
    let log = Connection::open(folder.path().join("zugriff.db")).expect("open");
    let sql = "SELECT count(*) FROM zugriff WHERE was='betroffenenauskunft' AND zweck LIKE 'Auskunft nach Art. 15%'";
    assert!(log.query_row(sql, [], |r| r.get::<_, i64>(0)).expect("rows") >= 2);
    let ledger = Connection::open(folder.path().join("ledger.db")).expect("open");
    let sql = "SELECT count(*) FROM event WHERE CAST(header AS TEXT) LIKE '%betroffenenauskunft.issued.v1%'";
    assert_eq!(ledger.query_row(sql, [], |r| r.get::<_, i64>(0)).expect("rows"), 1, "given once, recorded once");
    valid(folder.path());
}

#[test]
fn a_replay_that_cannot_be_logged_shows_nothing() {
    let folder = copied();
    let az = fall(folder.path());
    let said = on(folder.path(), &["replay", &az, "--zweck", "Stichprobe"]).ok().out;
    assert!(said.contains(&az));
    let log = Connection::open(folder.path().join("zugriff.db")).expect("open");
    let sql = "SELECT count(*) FROM zugriff WHERE was='replay' AND zweck='Stichprobe'";
    assert_eq!(log.query_row(sql, [], |r| r.get::<_, i64>(0)).expect("rows"), 1);
    log.execute_batch(UNSCHREIBBAR).expect("broken");
    let said = on(folder.path(), &["replay", &az]).refused("Leseprotokoll");
    assert!(said.out.is_empty(), "{}", said.out);
}
