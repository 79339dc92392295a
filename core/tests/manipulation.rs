//! Every byte of a small ledger is altered in turn; the verifier must fail and name the place.
//!
//! Values without meaning for the record are listed in `MEANINGLESS`, each with its reason.

#![expect(clippy::unwrap_used, reason = "a test may stop where its own set-up fails")]
#![cfg(feature = "sqlite")]

mod kleines_protokoll;
mod waechter;

use akte_core::ledger::engine::SqliteLedger;
use akte_core::ledger::verify::{Given, Report, verify};
use akte_core::vault::Vault;
use kleines_protokoll::{LOG, small_ledger};
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};
use waechter::drop_guards;

/// Columns that prove nothing and may change without a word.
const MEANINGLESS: &[(&str, &str, &str)] = &[
    ("payload", "change", "hint for replicas and incremental backups; a wrong number costs a copy, never content"),
    ("ledger_head", "change", "source of the same hint"),
    ("ledger_head", "one", "constant key of the single row, held by a CHECK"),
];

/// Tables of the event store and their key for addressing a row.
const TABLES: &[(&str, &[&str])] = &[
    ("stream", &["sno", "uuid"]),
    ("event", &["idx", "sno", "seq", "header", "hash"]),
    ("payload", &["id", "kek_id", "bytes"]),
    ("kek_use", &["kek_id", "subject", "procedure", "mac"]),
    ("tile", &["level", "n", "hashes"]),
    ("ledger_head", &["size", "frontier"]),
];

/// One alteration: where, and which log index the verdict must name (`None`: the head or a table).
struct Stelle {
    table: &'static str,
    column: &'static str,
    rowid: i64,
    expected: Option<u64>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_altered_byte_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let (path, vault) = small_ledger(folder.path(), 200).await;
    assert_eq!(run(&path, &vault).await.unwrap().verdict.to_string(), "valid");
    every_column_is_covered(&path);
    let stellen = stellen(&Connection::open(&path).unwrap());
    let (a, b): (Vec<_>, Vec<_>) = stellen.into_iter().enumerate().partition(|(i, _)| i % 2 == 0);
    let second = folder.path().join("second.db");
    std::fs::copy(&path, &second).unwrap();
    let other = vault.clone();
    let task = tokio::spawn(async move { flip_all(&second, &other, b.into_iter().map(|(_, s)| s).collect()).await });
    let mut flips = flip_all(&path, &vault, a.into_iter().map(|(_, s)| s).collect()).await;
    flips += task.await.unwrap();
    println!("altered bytes: {flips}");
    assert!(flips > 100_000 / step(), "only {flips} bytes were altered");
}

/// A full tile exists from 256 events on; its bytes are altered in a ledger of their own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn altered_tiles_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let (path, vault) = small_ledger(folder.path(), 300).await;
    let conn = Connection::open(&path).unwrap();
    let mut tiles: Vec<Stelle> = stellen(&conn).into_iter().filter(|s| s.table == "tile").collect();
    tiles.iter_mut().for_each(|s| s.expected = Some(0));
    assert!(!tiles.is_empty());
    assert!(flip_all(&path, &vault, tiles).await >= 8192 / step());
}

/// The head repeats itself: size, size inside the frontier, peaks. Each byte of it counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_byte_of_the_head_counts() {
    let folder = tempfile::tempdir().unwrap();
    let (path, vault) = small_ledger(folder.path(), 60).await;
    let head = stellen(&Connection::open(&path).unwrap()).into_iter().filter(|s| s.table == "ledger_head").collect();
    // 8 bytes of size, 8 bytes of size and 4 peaks in the frontier.
    assert!(flip_all(&path, &vault, head).await >= (8 + 8 + 4 * 32) / step());
}

/// The list of columns above is the schema's own, less the meaningless and the still empty tables.
fn every_column_is_covered(path: &Path) {
    let conn = Connection::open(path).unwrap();
    let mut select = conn
        .prepare("SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'")
        .unwrap();
    let columns = select.query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?))).unwrap();
    for (table, column) in columns.map(Result::unwrap) {
        let flipped = TABLES.iter().any(|(t, cs)| *t == table && cs.contains(&column.as_str()));
        let listed = MEANINGLESS.iter().any(|(t, c, _)| *t == table && *c == column);
        let rows: i64 = conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0)).unwrap();
        assert!(flipped || listed || rows == 0, "{table}.{column} is neither altered nor justified");
    }
}

fn stellen(conn: &Connection) -> Vec<Stelle> {
    let mut out = Vec::new();
    for (table, columns) in TABLES {
        let mut select = conn.prepare(&format!("SELECT rowid FROM {table} ORDER BY rowid")).unwrap();
        let rows: Vec<i64> = select.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
        for rowid in rows {
            let expected = place(conn, table, rowid);
            for column in *columns {
                out.push(Stelle { table, column, rowid, expected });
            }
        }
    }
    out
}

/// The log index an alteration of this row must be reported at.
fn place(conn: &Connection, table: &str, rowid: i64) -> Option<u64> {
    let first = |sql: &str| conn.query_row(sql, [rowid], |r| r.get::<_, i64>(0)).unwrap() as u64;
    match table {
        "event" => Some(rowid as u64),
        "payload" => Some(rowid as u64 >> 8),
        "stream" => Some(first("SELECT min(idx) FROM event WHERE sno = ?1")),
        "kek_use" => Some(first("SELECT min(id >> 8) FROM payload WHERE kek_id = ?1")),
        _ => None,
    }
}

async fn flip_all(path: &Path, vault: &std::sync::Arc<Vault>, stellen: Vec<Stelle>) -> usize {
    let conn = Connection::open(path).unwrap();
    drop_guards(&conn);
    // Opened once: what is measured is the verifier, not opening a file 200,000 times.
    let ledger = SqliteLedger::open_readonly(path).unwrap();
    let (mut flips, mut seen, step) = (0, 0, step());
    for stelle in &stellen {
        let read = format!("SELECT {} FROM {} WHERE rowid = ?1", stelle.column, stelle.table);
        let original: Value = conn.query_row(&read, [stelle.rowid], |r| r.get(0)).unwrap();
        for altered in alterations(&original) {
            seen += 1;
            if seen % step != 0 {
                continue;
            }
            let write = format!("UPDATE {} SET {} = ?2 WHERE rowid = ?1", stelle.table, stelle.column);
            if conn.execute(&write, params![stelle.rowid, altered]).is_err() {
                continue; // a constraint of the table itself refuses this value
            }
            check(&ledger, vault, stelle, &altered).await;
            restore(&conn, stelle, &altered, &original);
            flips += 1;
        }
    }
    assert_eq!(run(path, vault).await.unwrap().verdict.to_string(), "valid", "every byte was put back");
    flips
}

/// Every byte by default; `AKTE_JEDES_BYTE=97` takes every 97th for a quick look.
fn step() -> usize {
    std::env::var("AKTE_JEDES_BYTE").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// What stands behind a byte: each byte of a blob or text with its lowest bit turned; each byte of
/// an integer likewise; NULL becomes 1.
fn alterations(original: &Value) -> Vec<Value> {
    match original {
        Value::Blob(bytes) => (0..bytes.len()).map(|i| Value::Blob(turned(bytes, i))).collect(),
        Value::Text(text) => {
            let texts = (0..text.len()).filter_map(|i| String::from_utf8(turned(text.as_bytes(), i)).ok());
            texts.map(Value::Text).collect()
        }
        Value::Integer(n) => (0..8).map(|byte| Value::Integer(n ^ (1 << (8 * byte)))).collect(),
        Value::Null => vec![Value::Integer(1)],
        Value::Real(_) => unreachable!("no column holds a float"),
    }
}

fn turned(bytes: &[u8], i: usize) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out[i] ^= 1;
    out
}

/// An altered key moves the row: it is found again under its new number.
fn restore(conn: &Connection, stelle: &Stelle, altered: &Value, original: &Value) {
    let moved = matches!(
        (stelle.table, stelle.column),
        ("stream", "sno") | ("event", "idx") | ("payload", "id") | ("kek_use", "kek_id")
    );
    let at = match altered {
        Value::Integer(n) if moved => *n,
        _ => stelle.rowid,
    };
    let write = format!("UPDATE {} SET {} = ?2 WHERE rowid = ?1", stelle.table, stelle.column);
    assert_eq!(conn.execute(&write, params![at, original]).unwrap(), 1);
}

/// Where the group stands that an altered key moved; its old place must be named beside it.
fn moved_to(stelle: &Stelle, altered: &Value) -> Option<u64> {
    match altered {
        Value::Integer(n) if (stelle.table, stelle.column) == ("payload", "id") => Some(*n as u64 >> 8),
        _ => None,
    }
}

async fn check(ledger: &SqliteLedger, vault: &Vault, stelle: &Stelle, altered: &Value) {
    let Stelle { table, column, rowid, expected } = stelle;
    match verified(ledger, vault).await {
        Err(error) => assert!(expected.is_none(), "{table}.{column} row {rowid}: no place named: {error}"),
        Ok(report) => {
            assert_eq!(report.verdict.exit_code(), 1, "{table}.{column} row {rowid}: {:?}", report.verdict);
            let named = report.violations[0].index;
            let moved = named == moved_to(stelle, altered) && report.violations.iter().any(|v| v.index == *expected);
            assert!(
                expected.is_none() || named == *expected || moved,
                "{table}.{column} row {rowid}: named {named:?} instead of {expected:?}: {:?}",
                report.violations
            );
        }
    }
}

async fn run(path: &Path, vault: &Vault) -> Result<Report, String> {
    verified(&SqliteLedger::open_readonly(path).map_err(|e| e.to_string())?, vault).await
}

async fn verified(ledger: &SqliteLedger, vault: &Vault) -> Result<Report, String> {
    let given = Given { keys: Some(vault), ..Given::only(LOG) };
    verify(ledger, given).await.map_err(|e| e.to_string())
}

async fn tampered(sql: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let (path, vault): (PathBuf, _) = small_ledger(folder.path(), 60).await;
    let conn = Connection::open(&path).unwrap();
    drop_guards(&conn);
    conn.execute_batch(sql).unwrap();
    run(&path, &vault).await.unwrap()
}

#[tokio::test]
async fn a_removed_payload_group_breaks_rule_b6() {
    let report = tampered("DELETE FROM payload WHERE id = 20 * 256 + 1").await;
    let first = &report.violations[0];
    assert_eq!((report.verdict.exit_code(), first.rule, first.index), (1, "B6", Some(20)));
}

#[tokio::test]
async fn an_inserted_row_is_found() {
    let copy = "INSERT INTO event SELECT 60, sno, seq + 1000, header, hash FROM event WHERE idx = 30";
    let report = tampered(copy).await;
    assert_eq!(report.verdict.exit_code(), 1);
    let behind = "INSERT INTO event SELECT 60, sno, seq + 1000, header, hash FROM event WHERE idx = 30; UPDATE ledger_head SET size = 61";
    let report = tampered(behind).await;
    assert_eq!(
        (report.verdict.exit_code(), report.violations[0].rule, report.violations[0].index),
        (1, "B2", Some(60))
    );
}

#[tokio::test]
async fn two_swapped_rows_are_found() {
    let swap = "UPDATE event SET idx = -1 WHERE idx = 30; UPDATE event SET idx = 30 WHERE idx = 31; UPDATE event SET idx = 31 WHERE idx = -1;";
    let report = tampered(swap).await;
    assert_eq!(report.verdict.exit_code(), 1);
    assert_eq!(report.violations[0].index, Some(30));
}

#[tokio::test]
async fn a_truncated_tail_is_found_against_the_head() {
    let report = tampered("DELETE FROM payload WHERE id >= 55 * 256; DELETE FROM event WHERE idx >= 55").await;
    assert_eq!((report.verdict.exit_code(), report.violations[0].index), (1, Some(55)));
}

#[tokio::test]
async fn without_the_vault_sealed_groups_are_locked_not_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = small_ledger(folder.path(), 60).await;
    let ledger = SqliteLedger::open_readonly(&path).unwrap();
    let given = Given::only(LOG);
    let report = verify(&ledger, given).await.unwrap();
    assert_eq!(report.verdict.to_string(), "valid-redacted");
    assert!(report.counts.locked > 0);
}

#[tokio::test]
async fn a_group_trimmed_by_one_entry_breaks_rule_b5() {
    let folder = tempfile::tempdir().unwrap();
    let (path, vault) = small_ledger(folder.path(), 60).await;
    kleines_protokoll::trim_group(&path, 20).await;
    let report = run(&path, &vault).await.unwrap();
    let first = &report.violations[0];
    assert_eq!((report.verdict.exit_code(), first.rule, first.index), (1, "B5", Some(20)));
}

#[tokio::test]
async fn an_unknown_suite_in_one_header_does_not_hide_that_the_tree_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let (path, vault) = small_ledger(folder.path(), 60).await;
    let conn = Connection::open(&path).unwrap();
    drop_guards(&conn);
    let header: Vec<u8> = conn.query_row("SELECT header FROM event WHERE idx = 59", [], |r| r.get(0)).unwrap();
    let header = String::from_utf8(header).unwrap().replace("\"suite\":1", "\"suite\":2");
    let hash = akte_core::ledger::hash::event_hash(header.as_bytes());
    conn.execute("UPDATE event SET header = ?1, hash = ?2 WHERE idx = 59", rusqlite::params![header.as_bytes(), hash])
        .unwrap();
    drop(conn);
    let report = run(&path, &vault).await.unwrap();
    assert_eq!(report.violations.iter().map(|v| v.rule).collect::<Vec<_>>(), ["B7"], "{:?}", report.verdict);
}
