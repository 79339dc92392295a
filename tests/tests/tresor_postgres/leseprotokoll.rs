//! The read log that nodes share: the same rows and digests as in a file, and never a read without its row.

use crate::{Held, SERVER, until, vorgang};
use akte_core::postgres::Fault;
use akte_projections::zugriff::{ZugriffFilter, ZugriffRow};
use akte_projections::{ViewError, ZugriffLog};
use akte_tests::cluster::Cluster;
use jiff::{Timestamp, ToSpan};
use sha2::{Digest, Sha256};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn cluster() -> Option<(Cluster, String)> {
    let cluster = Cluster::start()?;
    cluster.sql("postgres", &format!("CREATE ROLE {SERVER} LOGIN"));
    ZugriffLog::set_up_postgres(&cluster.database("stadt"), SERVER).unwrap();
    let url = cluster.url_as(SERVER, "stadt");
    Some((cluster, url))
}

fn all() -> ZugriffFilter {
    ZugriffFilter { limit: 100_000, ..ZugriffFilter::default() }
}

/// What the ledger's format says, computed from the rows an auditor sees.
fn digest_of(rows: &[ZugriffRow]) -> (u64, [u8; 32]) {
    let mut hash = Sha256::new();
    for r in rows.iter().rev() {
        let line = (r.nr, &r.wer, &r.was, r.ziel, &r.zweck, r.at.as_microsecond());
        hash.update(serde_json::to_string(&line).unwrap() + "\n");
    }
    (rows.len() as u64, hash.finalize().into())
}

#[test]
fn the_log_in_the_database_answers_like_the_one_in_a_file() {
    let Some((_cluster, url)) = cluster() else { return };
    let dir = tempfile::tempdir().unwrap();
    let logs = [ZugriffLog::open(&dir.path().join("zugriff.db")).unwrap(), ZugriffLog::open_postgres(&url).unwrap()];
    let (von, bis) = (at("2026-08-10T00:00:00Z"), at("2026-08-11T00:00:00Z"));
    let answers = logs.map(|log| {
        let ask = |filter: &ZugriffFilter| log.rows(filter).unwrap();
        assert_eq!(log.digest(von, bis).unwrap(), (0, Sha256::digest(b"").into()));
        log.record("anna", "vorgang", Some(vorgang(7)), "Auskunft \"Ä\"", von).unwrap();
        log.record("bert", "suche", None, "Suche", bis.checked_sub(1.microsecond()).unwrap()).unwrap();
        log.record("anna", "suche", None, "Suche", bis).unwrap();
        log.record("carl", "akte", Some(vorgang(8)), "Bearbeitung", at("2026-01-01T00:00:00Z")).unwrap();
        let filters = [
            all(),
            ZugriffFilter { wer: Some("anna".into()), ..all() },
            ZugriffFilter { ziel: Some(vorgang(7)), ..all() },
            ZugriffFilter { von: Some(von), bis: Some(bis), ..all() },
            ZugriffFilter { vor_nr: Some(3), ..all() },
            ZugriffFilter { limit: 2, ..all() },
            ZugriffFilter { wer: Some("anna".into()), bis: Some(bis), vor_nr: Some(9), ..all() },
        ];
        let found: Vec<_> = filters.iter().map(ask).collect();
        let digest = log.digest(von, bis).unwrap();
        let line = "[1,\"anna\",\"vorgang\",\"00000000-0000-0000-0000-000000000007\",\"Auskunft \\\"Ä\\\"\",1786320000000000]\n\
                    [2,\"bert\",\"suche\",null,\"Suche\",1786406399999999]\n";
        assert_eq!(digest, (2, Sha256::digest(line.as_bytes()).into()));
        let purged = log.purge(at("2026-08-12T00:00:00Z")).unwrap();
        (found, digest, purged, ask(&all()))
    });
    assert_eq!(answers[0], answers[1]);
    assert_eq!((answers[0].2, answers[0].3.len()), (1, 3));
}

#[test]
fn nodes_that_write_at_once_lose_no_row_and_agree_on_the_digest() {
    let Some((_cluster, url)) = cluster() else { return };
    let nodes = [ZugriffLog::open_postgres(&url).unwrap(), ZugriffLog::open_postgres(&url).unwrap()];
    let (von, bis) = (at("2026-08-10T00:00:00Z"), at("2026-08-11T00:00:00Z"));
    std::thread::scope(|scope| {
        for t in 0..8i64 {
            let log = nodes[t as usize % 2].clone();
            scope.spawn(move || {
                for n in 0..100i64 {
                    let when = von.checked_add((t * 1000 + n).milliseconds()).unwrap();
                    log.record(&format!("wer-{t}"), "vorgang", Some(vorgang(n as u128)), "Auskunft", when).unwrap();
                }
            });
        }
    });
    let rows = nodes[0].rows(&all()).unwrap();
    assert_eq!(rows.len(), 800);
    assert!(rows.windows(2).all(|w| w[0].nr > w[1].nr));
    let digest = digest_of(&rows);
    assert_eq!(nodes.map(|n| n.digest(von, bis).unwrap()), [digest, digest]);
}

#[test]
fn a_digest_over_more_rows_than_are_fetched_at_once_misses_none() {
    let Some((cluster, url)) = cluster() else { return };
    let insert = "INSERT INTO zugriff.zugriff (wer, was, zweck, at)
                  SELECT 'w' || n, 'suche', 'Suche', n FROM generate_series(1, 20000) n";
    cluster.sql("stadt", insert);
    let log = ZugriffLog::open_postgres(&url).unwrap();
    let (von, bis) = (Timestamp::UNIX_EPOCH, at("2026-08-11T00:00:00Z"));
    assert_eq!(log.digest(von, bis).unwrap(), digest_of(&log.rows(&all()).unwrap()));
    assert_eq!(log.digest(von, bis).unwrap().0, 20_000);
}

#[test]
fn a_read_that_cannot_be_recorded_is_an_error_whatever_the_reason() {
    let Some((mut cluster, url)) = cluster() else { return };
    let log = ZugriffLog::open_postgres(&url).unwrap();
    let record = |log: &ZugriffLog| log.record("anna", "vorgang", None, "Auskunft", Timestamp::UNIX_EPOCH);
    let rows = |cluster: &Cluster| cluster.sql("stadt", "SELECT count(*) FROM zugriff.zugriff");
    let refused = |done| matches!(done, Err(ViewError::Server(Fault::Refused(_))));
    let owner = |sql: &str| cluster.sql("stadt", sql);
    owner(&format!("REVOKE INSERT ON zugriff.zugriff FROM {SERVER}"));
    assert!(refused(record(&log)));
    owner(&format!("GRANT INSERT ON zugriff.zugriff TO {SERVER}"));
    owner(
        "CREATE FUNCTION weg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER weg BEFORE INSERT ON zugriff.zugriff FOR EACH ROW EXECUTE FUNCTION weg()",
    );
    assert!(refused(record(&log)), "swallowed without an error");
    owner("DROP TRIGGER weg ON zugriff.zugriff; ALTER TABLE zugriff.zugriff RENAME TO fort");
    assert!(refused(record(&log)));
    assert!(ZugriffLog::open_postgres(&url).is_err(), "no log, no server");
    owner("ALTER TABLE zugriff.fort RENAME TO zugriff");
    assert_eq!(rows(&cluster), "0");
    record(&log).unwrap();
    // Killed while the row waits to be written.
    let held = Held::new(&cluster.url("stadt"), "LOCK TABLE zugriff.zugriff");
    let met = std::thread::scope(|scope| {
        let recording = scope.spawn(|| record(&log));
        until("the wait", || (Held::waiting(&cluster) > 0).then_some(()));
        cluster.kill();
        recording.join().unwrap().unwrap_err()
    });
    assert!(matches!(met, ViewError::Server(Fault::Lost(_))) && met.passes(), "{met}");
    assert!(matches!(record(&log), Err(ViewError::Server(Fault::Away(_)))));
    cluster.launch();
    drop(held);
    until("the way back", || record(&log).ok());
    assert_eq!(rows(&cluster), "2", "one before the crash, one after it");
}
