//! Backup and restore through the real program.

use crate::akte::{copy, on, run};
use crate::ordner::{gegruendet, konto, valid};
use std::path::Path;

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn restore(backup: &Path, vault: &Path, keys: &Path, to: &Path) -> crate::akte::Ran {
    run(&["restore", text(backup), "--tresor", text(vault), "--schluessel", text(keys), "--data", text(to)])
}

#[test]
fn what_was_backed_up_is_restored_valid_and_goes_on() {
    let folder = gegruendet();
    let dir = tempfile::tempdir().expect("dir");
    let (backup, vault) = (dir.path().join("sicherung"), dir.path().join("tresor"));
    konto(folder.path(), "vorher").ok();
    run(&["backup", text(&backup), "--tresor", text(&vault), "--data", text(folder.path())]).ok();
    assert!(!backup.join("vault.key").exists() && !vault.join("vault.key").exists(), "keys are kept apart");
    let again = dir.path().join("wieder");
    let said = restore(&backup, &vault, folder.path(), &again).ok().out;
    assert!(said.starts_with("valid: "), "{said}");
    on(&again, &["konto", "reset", "vorher"]).ok();
    konto(&again, "nachher").ok();
    valid(&again);
}

#[test]
fn a_damaged_or_incomplete_backup_is_refused() {
    let folder = gegruendet();
    let dir = tempfile::tempdir().expect("dir");
    let (backup, vault) = (dir.path().join("sicherung"), dir.path().join("tresor"));
    run(&["backup", text(&backup), "--tresor", text(&vault), "--data", text(folder.path())]).ok();
    let damaged = dir.path().join("beschaedigt");
    copy(&backup, &damaged);
    let mut bytes = std::fs::read(damaged.join("ledger.db")).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(damaged.join("ledger.db"), bytes).expect("written");
    restore(&damaged, &vault, folder.path(), &dir.path().join("a")).refused("ledger.db");
    assert!(!dir.path().join("a").exists(), "nothing is restored by halves");
    std::fs::remove_file(damaged.join("sicherung.json")).expect("removed");
    restore(&damaged, &vault, folder.path(), &dir.path().join("b")).refused("keine vollständige Sicherung");
    let stranger = gegruendet();
    std::fs::write(stranger.path().join("vault.key"), "A".repeat(43)).expect("written");
    restore(&backup, &vault, stranger.path(), &dir.path().join("c")).refused("falsche vault.key");
}
