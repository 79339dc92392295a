//! What a running server answers when its disk is full or fails, and that nothing is lost or done twice.
//!
//! The faults are real: a file system that has no page left, and a limit on the size of the server's files.

use crate::akte::Server;
use crate::besuch::{ABSENDEN, vor_dem_absenden};
use crate::ordner::{Klein, fill, gegruendet, valid};
use akte_core::ledger::Ledger;
use akte_core::ledger::engine::SqliteLedger;
use std::path::Path;

fn antraege(folder: &Path) -> usize {
    let ledger = SqliteLedger::open_readonly(folder.join("ledger.db")).expect("opens");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let all = runtime.block_on(ledger.read_all(0, usize::MAX)).expect("readable");
    all.iter().filter(|e| String::from_utf8_lossy(&e.header).contains("\"antrag.submitted.v1\"")).count()
}

#[test]
fn a_full_disk_is_told_and_the_same_form_works_once_there_is_room() {
    let Some(Klein { folder, filler, .. }) = &Klein::gegruendet() else { return };
    let server = Server::start(folder);
    let (mut b, token) = vor_dem_absenden(&server.address);
    // The first application after a start makes the vault take a store of new keys: it is full first.
    for spare in [0, 1, 8] {
        fill(filler, spare);
        let a = b.post(&server.address, ABSENDEN, &[("_csrf", &token)]);
        assert_eq!(a.status, 507, "{spare} pages: {}", a.text);
        for words in ["Der Datenträger ist voll", "Nichts ist verloren", "noch einmal ab"] {
            assert!(a.text.contains(words), "{words}: {}", a.text);
        }
        assert_eq!(antraege(folder), 0, "half written");
        std::fs::remove_file(filler).expect("freed");
    }
    let a = b.post(&server.address, ABSENDEN, &[("_csrf", &token)]);
    assert_eq!((a.status, a.ziel.as_str()), (303, "/antrag/hundesteuer-anmeldung/bestaetigung"), "{}", a.text);
    assert_eq!(antraege(folder), 1);
    drop(server);
    valid(folder);
}

/// The server's files can no longer grow: its answer, its end, and the repeated form after a restart.
fn fails(vault_first: bool) {
    let folder = gegruendet();
    let server = Server::start_limitable(folder.path());
    let (mut b, token) = vor_dem_absenden(&server.address);
    if !vault_first {
        // A draft's file takes a key, so the vault has keys at hand and the ledger is the first to write.
        b.hochladen(&server.address, 15, [b"%PDF-1.7\n%%EOF\n"]);
    }
    server.limit_files(0);
    let a = b.post(&server.address, ABSENDEN, &[("_csrf", &token)]);
    assert_eq!(a.status, 503, "{}", a.text);
    assert!(a.text.contains("Senden Sie dasselbe Formular noch einmal ab: Es wirkt nur einmal."), "{}", a.text);
    let (code, said) = server.ended();
    assert_eq!(code, Some(1), "a broken handle must not be used again: {said}");
    assert!(said.contains("Bitte neu starten"), "{said}");
    let server = Server::start(folder.path());
    let a = b.post(&server.address, ABSENDEN, &[("_csrf", &token)]);
    assert_eq!((a.status, a.ziel.as_str()), (303, "/antrag/hundesteuer-anmeldung/bestaetigung"), "{}", a.text);
    drop(server);
    assert_eq!(antraege(folder.path()), 1);
    valid(folder.path());
}

#[test]
fn a_failing_ledger_file_ends_the_server_and_the_same_form_takes_effect_once() {
    fails(false);
}

#[test]
fn a_failing_vault_file_ends_the_server_and_the_same_form_takes_effect_once() {
    fails(true);
}
