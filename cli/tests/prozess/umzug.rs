//! `akte migrate` through the real program: the same log at the end, whatever comes in between.

use crate::abbruch::Writer;
use crate::akte::{Ran, command, copy, on};
use crate::buch::{erase, events, head, kek_of, konten, now};
use crate::ordner::{gegruendet, konto, valid};
use crate::sicherung::text;
use akte_core::documents::DocumentStore;
use akte_core::ledger::engine::SqliteLedger;
use akte_core::ledger::{KekUse, Ledger};
use akte_tests::cluster::Cluster;
use akte_tests::eimer::{Eimer, ZUGANG};
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

/// A town with cases, documents and checkpoints.
fn stadt() -> TempDir {
    let folder = gegruendet();
    let mut writer = Writer::start(folder.path(), &["--zu-ende"]);
    writer.send(&(0..12).map(|n| format!("umzug-{n:016}")).collect::<Vec<_>>());
    writer.finished();
    konto(folder.path(), "probe").ok();
    // A second checkpoint over all of it.
    on(folder.path(), &["keys", "rotate"]).ok();
    folder
}

fn sqlite(path: &Path) -> String {
    format!("sqlite:{}", text(path))
}

fn ziehen(folder: &Path, to: &Path, rest: &[&str]) -> Ran {
    on(folder, &[&["migrate", "--from", "sqlite:", "--to", &sqlite(to)], rest].concat())
}

/// Checkpoints, newest first, and first uses of keys.
fn beiwerk(dir: &Path) -> (Vec<(u64, String)>, Vec<KekUse>) {
    let ledger = SqliteLedger::open_readonly(dir.join("ledger.db")).expect("opens");
    let (mut notes, mut max) = (Vec::new(), Some(u64::MAX));
    while let Some((size, note)) = max.and_then(|max| now(ledger.get_checkpoint(max)).expect("read")) {
        max = size.checked_sub(1);
        notes.push((size, note));
    }
    (notes, now(ledger.kek_uses()).expect("read"))
}

/// The copy in `dir` is the folder's log in every part, change numbers included.
fn is_the_same(dir: &Path, folder: &Path) {
    assert!(events(dir) == events(folder), "events or groups differ");
    assert!(beiwerk(dir) == beiwerk(folder), "checkpoints or key uses differ");
    assert_eq!(head(dir), head(folder));
    assert!(beiwerk(dir).0.len() >= 2);
}

#[test]
fn the_demo_town_is_the_same_log_on_a_server_and_back_in_a_file() {
    let Some(cluster) = Cluster::start() else { return };
    let (folder, there) = (crate::stadt::copied(), tempfile::tempdir().expect("dir"));
    on(folder.path(), &["keys", "rotate"]).ok();
    let (url, back) = (cluster.database("stadt"), there.path().join("ledger.db"));
    assert!(on(folder.path(), &["migrate", "--from", "sqlite:", "--to", &url]).ok().out.contains("Geprüft: valid"));
    on(folder.path(), &["verify", "--ledger", &url]).ok();
    on(folder.path(), &["migrate", "--from", &url, "--to", &sqlite(&back)]).ok();
    is_the_same(there.path(), folder.path());
    // What was altered on the server in between comes through no copy.
    let tamper = "SET session_replication_role = replica; UPDATE ledger.payload SET groups = set_byte(groups, 30, 255) WHERE idx = 3";
    cluster.sql("stadt", tamper);
    let again = there.path().join("zweite.db");
    let said = on(folder.path(), &["migrate", "--from", &url, "--to", &sqlite(&again)]);
    assert_ne!(said.code, Some(0), "{}", said.out);
}

#[test]
fn a_town_moves_and_is_the_same_log_and_goes_on() {
    let (folder, there) = (stadt(), tempfile::tempdir().expect("dir"));
    let db = there.path().join("ledger.db");
    let size = head(folder.path()).size;
    let said = ziehen(folder.path(), &db, &["--probe"]).ok().out;
    assert!(said.contains("ist leer") && said.contains(&format!("Zu kopieren: {size} Ereignisse")), "{said}");
    assert_eq!(std::fs::read_dir(there.path()).expect("read").count(), 0, "a dry run makes nothing");
    let said = ziehen(folder.path(), &db, &[]).ok().out;
    assert!(
        said.contains(&format!("{size} Ereignisse, davon {size} neu")) && said.contains("Geprüft: valid"),
        "{said}"
    );
    is_the_same(there.path(), folder.path());
    assert!(ziehen(folder.path(), &db, &[]).ok().out.contains("davon 0 neu"));
    // From now on the town writes there, by its own file of settings.
    std::fs::remove_file(folder.path().join("ledger.db")).expect("gone");
    on(folder.path(), &["verify"]).refused("fehlt: Hier ist kein Protokoll");
    on(folder.path(), &["verify", "--ledger", &sqlite(&db)]).ok();
    crate::wahl::einstellen(folder.path(), &format!("ledger = \"{}\"\n", sqlite(&db)));
    valid(folder.path());
    konto(folder.path(), "danach").ok();
    on(folder.path(), &["rebuild"]).ok();
    valid(folder.path());
    assert!(head(there.path()).size > size && !folder.path().join("ledger.db").exists());
}

#[test]
fn beside_a_writer_it_follows_and_what_was_erased_is_not_brought_back() {
    let (folder, there) = (gegruendet(), tempfile::tempdir().expect("dir"));
    let db = there.path().join("ledger.db");
    konto(folder.path(), "kurz").ok();
    let mut writer = Writer::start(folder.path(), &["--zu-ende"]);
    writer.send(&(0..30).map(|n| format!("neben-{n:016}")).collect::<Vec<_>>());
    let said = ziehen(folder.path(), &db, &["--schritt", "3"]);
    assert!(matches!(said.code, Some(0 | 2)), "{}{}", said.out, said.err);
    assert!(head(there.path()).size > 0);
    writer.finished();
    let kek = kek_of(folder.path(), konten(folder.path())[0]);
    erase(folder.path(), kek, true);
    let said = ziehen(folder.path(), &db, &[]).code;
    assert!(matches!(said, Some(0)), "{said:?}");
    assert!(events(there.path()) == events(folder.path()));
    let left = events(there.path()).iter().flat_map(|e| &e.groups).filter(|g| g.kek_id == Some(kek)).count();
    assert_eq!(left, 0);
}

#[test]
fn killed_anywhere_the_same_command_goes_on_to_the_same_end() {
    let (folder, there) = (stadt(), tempfile::tempdir().expect("dir"));
    let (db, size) = (there.path().join("ledger.db"), head(folder.path()).size);
    let from_to = ["migrate", "--from", "sqlite:", "--to", &sqlite(&db), "--data", text(folder.path())];
    let args = [&from_to[..], &["--schritt", "1"]].concat();
    let copied = || SqliteLedger::open_readonly(&db).ok().map_or(0, |l| now(l.head()).map_or(0, |head| head.size));
    for until in [1, size / 3, size / 2] {
        let mut child = command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        while copied() < until && child.try_wait().expect("asked").is_none() {
            std::thread::yield_now();
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        assert!((until..size).contains(&copied()), "not in the middle: {} of {size}", copied());
    }
    let said = ziehen(folder.path(), &db, &["--probe"]).ok().out;
    assert!(said.contains("wird fortgesetzt"), "{said}");
    let said = ziehen(folder.path(), &db, &[]).ok().out;
    assert!(!said.contains(&format!("davon {size} neu")), "it began anew: {said}");
    is_the_same(there.path(), folder.path());
}

#[test]
fn a_target_of_another_past_or_town_is_refused_and_stays_as_it_was() {
    let (folder, there) = (stadt(), tempfile::tempdir().expect("dir"));
    // Begun alike, gone on differently; then one event more than the source.
    let other = tempfile::tempdir().expect("dir");
    copy(gegruendet().path(), other.path());
    konto(other.path(), "fremd").ok();
    let db = other.path().join("ledger.db");
    let before = events(other.path());
    for probe in [&[][..], &["--probe"]] {
        ziehen(folder.path(), &db, probe).refused("ein anderer Verlauf");
        assert!(events(other.path()) == before);
    }
    let here = folder.path().join("ledger.db");
    on(other.path(), &["migrate", "--from", "sqlite:", "--to", &sqlite(&here)]).refused("die Quelle nur");
    ziehen(folder.path(), &here, &[]).refused("dasselbe Protokoll");
    // Another town's ledger, as source and as target.
    let toml = std::fs::read_to_string(folder.path().join("stadt.toml")).expect("read");
    let line = toml.lines().find(|l| l.starts_with("log_origin")).expect("named");
    let town = there.path().join("stadt.toml");
    std::fs::write(&town, toml.replace(line, "log_origin = \"anderswo.example/akte/2026\"")).expect("written");
    let fremd = there.path().join("fremd");
    on(&fremd, &["init", "--stadt", text(&town)]).ok();
    ziehen(folder.path(), &fremd.join("ledger.db"), &[]).refused("ist das Protokoll anderswo.example/akte/2026");
    let from = sqlite(&fremd.join("ledger.db"));
    let to = sqlite(&there.path().join("neu.db"));
    on(folder.path(), &["migrate", "--from", &from, "--to", &to]).refused("ist das Protokoll anderswo.example");
    assert!(!there.path().join("neu.db").exists());
}

#[test]
fn documents_move_to_a_bucket_and_the_town_serves_from_there_and_back() {
    let Some(server) = Eimer::start() else { return };
    let folder = crate::stadt::copied();
    let blobs = folder.path().join("blobs");
    let akte = |args: &[&str]| -> Ran {
        let mut command = command(&[args, &["--data", text(folder.path())]].concat());
        command.env("AWS_ACCESS_KEY_ID", ZUGANG).env("AWS_SECRET_ACCESS_KEY", ZUGANG);
        command.output().expect("akte starts").into()
    };
    let there = server.adresse("stadt");
    let move_there = ["migrate", "--dokumente-von", "folder:", "--dokumente-nach", &there];
    on(folder.path(), &move_there).refused("AWS_ACCESS_KEY_ID");
    let would = akte(&[&move_there[..], &["--probe"]].concat()).ok().out;
    let did = akte(&move_there).ok().out;
    let n: u64 = did.split(' ').nth(1).and_then(|n| n.parse().ok()).expect("a number");
    assert!(n > 0 && would.contains(&format!("Zu kopieren: {n} von {n} Dokumenten")), "{would}{did}");
    assert!(akte(&move_there).ok().out.contains("davon 0 neu"));
    std::fs::rename(&blobs, folder.path().join("weg")).expect("moved away");
    crate::wahl::einstellen(folder.path(), &format!("dokumente = \"{there}\"\n"));
    let said = akte(&["verify"]).ok().out;
    assert!(said.starts_with("valid ") && !said.contains("Dokumente 0"), "{said}");
    akte(&["backup", text(&folder.path().join("../nie"))]).refused("--dokumente-nach folder:ORDNER");
    let back = ["migrate", "--dokumente-von", &there, "--dokumente-nach", "folder:"];
    akte(&back).ok();
    let (here, away) = (DocumentStore::folder(&blobs, 1), DocumentStore::folder(folder.path().join("weg"), 1));
    let same = now(here.expect("store").would_copy_to(&away.expect("store"))).expect("compared");
    assert_eq!((same.documents, same.copied, same.extra), (n, 0, 0));
}
