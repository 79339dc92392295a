//! The vault on disk: keys survive, files are guarded, destroyed keys leave no trace.

use crate::ledger::port::KekUse;
use crate::vault::{Vault, VaultError};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use uuid::Uuid;

fn temp() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn vorgang(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn first_use(vault: &Vault, n: u128) -> (KekUse, [u8; 32]) {
    let assigned = vault.kek_for("antragsteller", vorgang(n)).unwrap();
    (assigned.use_row.unwrap(), *assigned.kek.key())
}

#[test]
fn keys_and_ids_are_the_same_after_opening_again() {
    let dir = temp();
    let (row, key, case) = {
        let vault = Vault::create(dir.path()).unwrap();
        let (row, key) = first_use(&vault, 1);
        (row, key, vault.keys().case_code(vorgang(1), 0))
    };
    let vault = Vault::open(dir.path()).unwrap();
    assert_eq!(vault.keys().case_code(vorgang(1), 0), case);
    assert_eq!(vault.kek_for("antragsteller", vorgang(1)).unwrap_err(), VaultError::Cold);
    vault.warm(std::slice::from_ref(&row));
    let again = vault.kek_for("antragsteller", vorgang(1)).unwrap();
    assert_eq!((again.kek.id, *again.kek.key(), again.use_row), (row.kek_id, key, None));
    assert_eq!(again.subject, row.subject);
    assert_eq!(vault.kek_for("verfahren", vorgang(1)).unwrap().use_row.map(|r| r.kek_id != row.kek_id), Some(true));
}

#[test]
fn key_ids_start_with_the_generation_and_are_never_given_out_twice() {
    let dir = temp();
    let mut seen = std::collections::BTreeSet::new();
    let vault = Vault::create(dir.path()).unwrap();
    for n in 0..1100 {
        assert!(seen.insert(first_use(&vault, n).0.kek_id), "also beyond the keys made ahead");
    }
    assert_eq!(seen.first(), Some(&((1 << 40) + 1)));
    drop(vault);
    // None of these uses reached the ledger: their keys are burnt all the same.
    let vault = Vault::open(dir.path()).unwrap();
    vault.warm(&[]);
    assert!(seen.insert(first_use(&vault, 5000).0.kek_id));
    drop(vault);
    assert_eq!(Vault::raise_generation(dir.path()), Ok(2));
    let vault = Vault::open(dir.path()).unwrap();
    vault.warm(&[]);
    assert_eq!(first_use(&vault, 5001).0.kek_id, (2 << 40) + 1);
}

#[test]
fn a_key_file_that_others_may_read_is_refused_with_the_remedy() {
    let dir = temp();
    drop(Vault::create(dir.path()).unwrap());
    let key = dir.path().join("vault.key");
    for path in [&key, &dir.path().join("vault.db")] {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    for mode in [0o640, 0o604] {
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
        let error = Vault::open(dir.path()).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o400)).unwrap();
    assert!(Vault::open(dir.path()).is_ok());
}

#[test]
fn a_vault_is_never_overwritten_and_never_opened_with_another_key() {
    let (one, two) = (temp(), temp());
    drop(Vault::create(one.path()).unwrap());
    drop(Vault::create(two.path()).unwrap());
    assert!(matches!(Vault::create(one.path()), Err(VaultError::Exists(_))));
    std::fs::copy(two.path().join("vault.key"), one.path().join("vault.key")).unwrap();
    assert_eq!(Vault::open(one.path()).unwrap_err(), VaultError::Wrapped);
    std::fs::write(two.path().join("vault.key"), "short").unwrap();
    assert!(matches!(Vault::open(two.path()), Err(VaultError::KeyFile(_))));
}

#[test]
fn a_lost_or_older_generation_stops_the_vault_until_it_is_raised() {
    let dir = temp();
    let vault = Vault::create(dir.path()).unwrap();
    first_use(&vault, 1);
    drop(vault);
    assert_eq!(Vault::raise_generation(dir.path()), Ok(2));
    let vault = Vault::open(dir.path()).unwrap();
    vault.warm(&[]);
    first_use(&vault, 2);
    drop(vault);
    for bad in [Some("1\n"), Some("x"), Some("0"), None] {
        let path = dir.path().join("vault.generation");
        match bad {
            Some(text) => std::fs::write(&path, text).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
        assert!(matches!(Vault::open(dir.path()), Err(VaultError::Generation(_))), "{bad:?}");
    }
    assert_eq!(Vault::raise_generation(dir.path()), Ok(3));
    assert!(Vault::open(dir.path()).is_ok());
}

fn holds(dir: &Path, needle: &[u8]) -> bool {
    std::fs::read_dir(dir).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(needle.len()).any(|w| w == needle)
    })
}

#[test]
fn a_destroyed_key_leaves_no_bytes_in_any_file_and_no_raw_key_ever_stands_there() {
    let dir = temp();
    let vault = Vault::create(dir.path()).unwrap();
    let (row, key) = first_use(&vault, 1);
    let (other, _) = first_use(&vault, 2);
    let wrapped: Vec<u8> = {
        let db = rusqlite::Connection::open(dir.path().join("vault.db")).unwrap();
        db.query_row("SELECT wrapped FROM kek WHERE kek_id = ?1", [row.kek_id as i64], |r| r.get(0)).unwrap()
    };
    assert!(holds(dir.path(), &wrapped) && !holds(dir.path(), &key));
    assert_eq!(vault.destroy(&[row.kek_id]), Ok(1));
    assert!(!holds(dir.path(), &wrapped));
    assert!(vault.kek(row.kek_id).unwrap().is_none());
    assert!(vault.doc_key(row.kek_id, vorgang(3)).unwrap().is_none());
    assert!(vault.kek(other.kek_id).unwrap().is_some());
    drop(vault);
    let vault = Vault::open(dir.path()).unwrap();
    vault.warm(&[row.clone(), other]);
    assert!(vault.kek(row.kek_id).unwrap().is_none());
    assert_ne!(vault.kek_for("antragsteller", vorgang(1)).unwrap().kek.id, row.kek_id);
}
