//! What the server's account may do, and what lies on the database server's disk.

use crate::{SERVER, Stadt, key_of};
use akte_core::ledger::hash::from_b64u;
use akte_core::vault::{Vault, VaultError};
use akte_projections::ZugriffLog;
use std::path::{Path, PathBuf};

/// Fails unless the statement is refused for want of a right.
fn refused(stadt: &Stadt, statement: &str) {
    let quoted = statement.replace('\'', "''");
    stadt.sql(&format!(
        "SET ROLE {SERVER}; DO $do$ BEGIN EXECUTE '{quoted}'; RAISE 'allowed: %', '{quoted}';
         EXCEPTION WHEN insufficient_privilege THEN NULL; END $do$"
    ));
}

#[test]
fn the_servers_account_can_change_no_key_no_row_and_no_table() {
    let Some(stadt) = Stadt::new() else { return };
    ZugriffLog::set_up_postgres(&stadt.owner(), SERVER).unwrap();
    let id = key_of(&stadt.open(&stadt.a), 1);
    for statement in [
        "UPDATE tresor.kek SET wrapped = ''",
        "TRUNCATE tresor.kek",
        "DROP TABLE tresor.kek",
        "ALTER TABLE tresor.kek ADD COLUMN n int",
        "CREATE TABLE tresor.fremd (n int)",
        "CREATE TRIGGER t BEFORE INSERT ON tresor.kek EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "INSERT INTO tresor.ledger_key VALUES ('x', '')",
        "UPDATE tresor.ledger_key SET wrapped = ''",
        "DELETE FROM tresor.ledger_key",
        "INSERT INTO tresor.counter VALUES (9, 1)",
        "UPDATE tresor.counter SET generation = 9",
        "DELETE FROM tresor.counter",
        "UPDATE tresor.state SET version = 9",
        "INSERT INTO tresor.state VALUES (true, 1, 0)",
        "DELETE FROM tresor.state",
        "UPDATE zugriff.zugriff SET wer = 'carl'",
        "TRUNCATE zugriff.zugriff",
        "DROP TABLE zugriff.zugriff",
        "CREATE TABLE zugriff.fremd (n int)",
        "SELECT setval('zugriff.zugriff_nr_seq', 1)",
    ] {
        refused(&stadt, statement);
    }
    // Somebody else's account sees nothing.
    stadt.sql("CREATE ROLE fremd LOGIN");
    let fremd = stadt.cluster.url_as("fremd", "stadt");
    assert!(matches!(Vault::open_postgres(stadt.a.path(), &fremd), Err(VaultError::Storage(_))));
    assert!(ZugriffLog::open_postgres(&fremd).is_err());
    // Nor can the server make a vault or raise its generation.
    let dir = tempfile::tempdir().unwrap();
    stadt.sql("DELETE FROM tresor.ledger_key; DELETE FROM tresor.counter");
    assert!(Vault::create_postgres(dir.path(), &stadt.url()).is_err());
    assert!(!dir.path().join("vault.key").exists());
    assert_eq!(stadt.sql(&format!("SELECT count(*) FROM tresor.kek WHERE kek_id = {id}")), "1");
}

#[test]
fn setting_up_may_be_repeated_and_done_by_many_at_once() {
    let Some(stadt) = Stadt::new() else { return };
    let id = key_of(&stadt.open(&stadt.a), 1);
    let neu = stadt.cluster.database("neu");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                Vault::set_up_postgres(&neu, SERVER).unwrap();
                ZugriffLog::set_up_postgres(&neu, SERVER).unwrap();
            });
        }
    });
    Vault::set_up_postgres(&stadt.owner(), SERVER).unwrap();
    assert!(stadt.open(&stadt.b).kek(id).unwrap().is_some());
    assert_eq!(stadt.cluster.sql("neu", "SELECT count(*) FROM tresor.state"), "1");
    // A role's name is never a statement.
    assert!(Vault::set_up_postgres(&neu, "x\"; DROP SCHEMA tresor CASCADE; --").is_err());
    assert_eq!(stadt.cluster.sql("neu", "SELECT count(*) FROM tresor.state"), "1");
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.path().is_dir() { out.extend(files(&entry.path())) } else { out.push(entry.path()) }
    }
    out
}

fn holds(dir: &Path, needle: &[u8]) -> bool {
    files(dir).iter().filter_map(|f| std::fs::read(f).ok()).any(|b| b.windows(needle.len()).any(|w| w == needle))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn neither_the_master_key_nor_any_raw_key_reaches_the_server_and_a_destroyed_one_leaves_its_files() {
    // Every statement with its parameters goes into the server's log, too.
    let Some(stadt) = Stadt::with(&["log_min_duration_statement=0", "autovacuum=off"]) else { return };
    let vault = stadt.open(&stadt.a);
    let used = vault.kek_for("antragsteller", crate::vorgang(1)).unwrap();
    let id = used.kek.id;
    let wrapped = stadt.sql(&format!("SELECT encode(wrapped, 'hex') FROM tresor.kek WHERE kek_id = {id}"));
    let wrapped: Vec<u8> =
        (0..wrapped.len() / 2).map(|i| u8::from_str_radix(&wrapped[2 * i..2 * i + 2], 16).unwrap()).collect();
    stadt.sql("CHECKPOINT");
    let (everything, data) = (stadt.cluster.folder().to_owned(), stadt.cluster.folder().join("data/base"));
    assert!(holds(&data, &wrapped), "the search finds what is there");
    assert!(
        holds(&everything.join("log"), b"") || holds(&everything, hex(&wrapped).as_bytes()),
        "parameters are logged"
    );
    let text = std::fs::read_to_string(stadt.a.path().join("vault.key")).unwrap();
    let master = from_b64u::<32>(text.trim_end()).unwrap();
    for key in [&master, used.kek.key()] {
        assert!(!holds(&everything, key));
        assert!(!holds(&everything, hex(key).as_bytes()));
        assert!(!holds(&everything, akte_core::ledger::hash::b64u(key).as_bytes()));
    }
    assert_eq!(vault.destroy(&[id]), Ok(1));
    stadt.sql("CHECKPOINT");
    assert!(holds(&data, &wrapped), "until it is rewritten, the table's file keeps the dead row");
    Vault::compact_postgres(&stadt.owner()).unwrap();
    stadt.sql("CHECKPOINT");
    assert!(!holds(&data, &wrapped));
}
