//! The demo town: every state of every service, views as by rebuild, and no trace of another town.

use crate::akte::{self, Server, copy, on};
use crate::buch;
use akte_core::ledger::header::Header;
use akte_core::verfahren::{Status, loader};
use akte_projections::{InternalViews, dump};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// A demo of the second town with all its states, and what the program said.
fn found(more: &[&str]) -> (TempDir, String) {
    let dir = tempfile::tempdir().expect("dir");
    let stadt = akte::neustadt();
    let args = ["demo", "--antraege", "1", "--nur-anlegen", "--stadt", stadt.to_str().expect("UTF-8")];
    let said = on(&dir.path().join("stadt"), &[&args[..], more].concat()).ok().out;
    (dir, said)
}

fn copy_of(demo: &TempDir) -> TempDir {
    let own = tempfile::tempdir().expect("dir");
    copy(&demo.path().join("stadt"), own.path());
    own
}

/// Made once, with files, post and work.
fn demo() -> &'static (TempDir, String) {
    static DEMO: OnceLock<(TempDir, String)> = OnceLock::new();
    DEMO.get_or_init(|| found(&[]))
}

/// Applications only, made once: an empty post book and nothing destroyed, for stories of their own.
pub fn copied() -> TempDir {
    static DEMO: OnceLock<(TempDir, String)> = OnceLock::new();
    copy_of(&DEMO.get_or_init(|| found(&["--nur-antraege"])).0)
}

fn dumps(folder: &Path) -> [String; 2] {
    ["internal.db", "public.db"].map(|file| dump(&Connection::open(folder.join(file)).expect("open")).expect("dump"))
}

fn remove_views(folder: &Path) {
    for file in ["internal.db", "public.db"] {
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.join(format!("{file}{ending}")));
        }
        assert!(!folder.join(file).exists());
    }
}

#[test]
fn deleted_views_are_rebuilt_byte_for_byte() {
    let folder = copy_of(&demo().0);
    // Built by the server that follows the ledger, then anew by the command.
    drop(Server::start(folder.path()));
    let live = dumps(folder.path());
    assert!(live[0].len() > 10_000);
    let ledger = std::fs::read(folder.path().join("ledger.db")).expect("read");
    remove_views(folder.path());
    on(folder.path(), &["rebuild"]).ok();
    assert!(dumps(folder.path()) == live, "rebuilt views differ");
    assert!(std::fs::read(folder.path().join("ledger.db")).expect("read") == ledger, "a rebuild wrote into the ledger");
}

#[test]
fn the_demo_has_every_state_of_every_service() {
    let folder = copy_of(&demo().0);
    on(folder.path(), &["rebuild"]).ok();
    let views = InternalViews::open(&folder.path().join("internal.db")).expect("open");
    let counts = views.zaehlung().expect("counts");
    let mut empty = Vec::new();
    for (id, files) in loader::builtin_files() {
        let def = loader::load_files(files).expect("definition");
        // An application is registered by rule at once: nothing rests in `Eingegangen`.
        for status in loader::zustaende(&def).into_iter().filter(|s| *s != Status::Eingegangen) {
            let name = serde_json::to_value(status).expect("name").as_str().expect("text").to_owned();
            if counts.get(&(id.to_owned(), name.clone())).copied().unwrap_or_default() == 0 {
                empty.push(format!("{id}: {name}"));
            }
        }
    }
    assert!(empty.is_empty(), "no case in {empty:?}; there are {counts:?}");
    sound(folder.path());
}

#[test]
fn nothing_of_a_second_town_names_the_first() {
    let folder = copy_of(&demo().0);
    let said = &demo().1;
    assert!(said.contains("Neustadt am Test"), "{said}");
    on(folder.path(), &["rebuild"]).ok();
    let [internal, public] = dumps(folder.path());
    let first = first_town();
    let traces: Vec<&str> = [("output", said), ("internal.db", &internal), ("public.db", &public)]
        .into_iter()
        .filter(|(_, text)| text.to_lowercase().contains(&first))
        .map(|(name, _)| name)
        .collect();
    assert!(traces.is_empty(), "{first} occurs in {traces:?}");
    let ledger = std::fs::read(folder.path().join("ledger.db")).expect("read");
    let inside = ledger.windows(first.len()).any(|w| w.eq_ignore_ascii_case(first.as_bytes()));
    assert!(!inside, "{first} occurs in ledger.db");
}

/// Name of the town the demo is founded for by default, in lower case.
fn first_town() -> String {
    let demos = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo");
    let found: Vec<PathBuf> = std::fs::read_dir(demos).expect("read").map(|e| e.expect("entry").path()).collect();
    let text = std::fs::read_to_string(found[0].join("stadt.toml")).expect("read");
    let stadt: toml::Table = toml::from_str(&text).expect("toml");
    stadt["kurzname"].as_str().expect("name").to_lowercase()
}

/// A demo may be founded at any time: on a Sunday in a fraction of a microsecond, which no record keeps; when the clocks
/// change; on a leap day before the office opens.
#[test]
fn the_demo_can_be_founded_on_any_day() {
    let days = ["2026-11-29T14:10:52.818185163Z", "2026-10-25T00:30:00.5Z", "2028-02-29T05:15:00Z"];
    std::thread::scope(|s| {
        let runs = days.map(|day| (day, s.spawn(move || found(&["--jetzt", day]))));
        for (day, run) in runs {
            drop(run.join().expect(day));
        }
    });
}

#[test]
fn an_unknown_aktenzeichen_and_a_wrong_time_are_named() {
    let folder = copy_of(&demo().0);
    on(folder.path(), &["replay", "99.99/1-1999"]).refused("Kein Vorgang mit dem Aktenzeichen 99.99/1-1999");
    on(folder.path(), &["replay", "1", "--until", "gestern"]).refused("kein Zeitpunkt");
}

/// Everything is there and proven, but for the one case the demo destroyed through the gate.
fn sound(folder: &Path) {
    let said = on(folder, &["verify"]).ok().out;
    assert!(said.starts_with("valid-erased("), "{said}");
}

/// Rooms of the record whose events a town that works with files shows.
const RAEUME: [&str; 16] = [
    "akte",
    "aufbewahrung",
    "sperre",
    "aussonderung",
    "teilakte",
    "dokument",
    "papierband",
    "umlauf",
    "laufweg",
    "verfuegung",
    "wiedervorlage",
    "aufgabe",
    "beobachtung",
    "eingang",
    "email",
    "scan",
];
/// What no person of the demo can cause.
const OHNE: [&str; 2] = [
    // Only where something changes between release and destruction: the demo destroys at once.
    "aussonderung.release_revoked.v1",
    // The answer of a virus scanner that was not there before; the demo has none.
    "eingang.inspected.v1",
];

#[test]
fn the_demo_has_files_and_work_in_every_state() {
    let folder = copy_of(&demo().0);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/golden");
    let names = std::fs::read_dir(golden).expect("read").map(|e| e.expect("entry").file_name());
    let wires: Vec<String> = names
        .filter_map(|n| n.to_str().and_then(|n| n.strip_suffix(".json")).map(str::to_owned))
        .filter(|wire| !wire.contains('+') && wire.split_once('.').is_some_and(|(raum, _)| RAEUME.contains(&raum)))
        .collect();
    assert!(wires.len() > 50, "{wires:?}");
    let events = buch::events(folder.path());
    let there: BTreeSet<String> = events.iter().map(|e| Header::parse(&e.header).expect("header").wire).collect();
    let absent = wires.iter().filter(|w| !there.contains(*w)).map(String::as_str);
    let (left_out, missing): (Vec<&str>, Vec<&str>) = absent.partition(|w| OHNE.contains(w));
    assert!(missing.is_empty(), "the demo never has {missing:?}");
    assert_eq!(left_out.len(), OHNE.len(), "the demo has one of {OHNE:?} after all");
    sound(folder.path());
}
