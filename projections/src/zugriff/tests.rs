//! The read log in its file; the same on PostgreSQL stands in `tests/tests/tresor_postgres`.

use super::{ZugriffFilter, ZugriffLog};
use jiff::Timestamp;
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use uuid::Uuid;

#[test]
fn a_read_is_on_record_and_forgotten_after_six_months() {
    let dir = tempfile::tempdir().expect("dir");
    let log = ZugriffLog::open(&dir.path().join("zugriff.db")).expect("open");
    let (alt, neu): (Timestamp, Timestamp) =
        ("2026-01-10T08:00:00Z".parse().expect("t"), "2026-08-10T08:00:00Z".parse().expect("t"));
    let ziel = Uuid::from_u128(7);
    log.record("anna", "vorgang", Some(ziel), "Bearbeitung", alt).expect("record");
    log.record("bert", "suche", None, "Auskunft", neu).expect("record");
    let all = ZugriffFilter { limit: 10, ..Default::default() };
    assert_eq!(log.rows(&all).expect("rows").iter().map(|r| r.wer.as_str()).collect::<Vec<_>>(), ["bert", "anna"]);
    let of_ziel = ZugriffFilter { ziel: Some(ziel), ..all.clone() };
    assert_eq!(log.rows(&of_ziel).expect("rows").len(), 1);
    assert_eq!(log.purge("2026-08-11T00:00:00Z".parse().expect("t")).expect("purge"), 1);
    assert_eq!(log.rows(&all).expect("rows").len(), 1);
}

#[test]
fn the_digest_of_a_day_tells_every_change_of_its_rows() {
    let dir = tempfile::tempdir().expect("dir");
    let path = dir.path().join("zugriff.db");
    let log = ZugriffLog::open(&path).expect("open");
    let at = |text: &str| text.parse::<Timestamp>().expect("time");
    let (von, bis) = (at("2026-08-10T00:00:00Z"), at("2026-08-11T00:00:00Z"));
    let leer = log.digest(von, bis).expect("digest");
    assert_eq!((leer.0, leer.1), (0, Sha256::digest(b"").into()));
    log.record("anna", "vorgang", Some(Uuid::from_u128(7)), "Auskunft \"A\"", von).expect("record");
    log.record("bert", "suche", None, "Suche", bis).expect("next day");
    let tag = log.digest(von, bis).expect("digest");
    let line =
        "[1,\"anna\",\"vorgang\",\"00000000-0000-0000-0000-000000000007\",\"Auskunft \\\"A\\\"\",1786320000000000]\n";
    assert_eq!(tag, (1, Sha256::digest(line.as_bytes()).into()));
    let other = Connection::open(&path).expect("other");
    other.execute("UPDATE zugriff SET wer='carl' WHERE nr=1", []).expect("forged");
    assert_ne!(log.digest(von, bis).expect("digest").1, tag.1);
}

#[test]
fn a_read_that_cannot_be_recorded_is_an_error() {
    let dir = tempfile::tempdir().expect("dir");
    let path = dir.path().join("zugriff.db");
    let log = ZugriffLog::open(&path).expect("open");
    let other = Connection::open(&path).expect("other");
    other.execute_batch("DROP TABLE zugriff").expect("drop");
    assert!(log.record("anna", "vorgang", None, "x", Timestamp::UNIX_EPOCH).is_err());
}
