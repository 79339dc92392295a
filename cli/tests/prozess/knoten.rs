//! Two servers on one PostgreSQL ledger: one town, whichever node somebody meets, and whichever falls silent.

use crate::akte::{Server, command, neustadt, on};
use crate::besuch::{ABSENDEN, Besucher, vor_dem_absenden};
use crate::loeschung::holding;
use crate::sicherung::text;
use crate::wahl::einstellen;
use akte_projections::InternalViews;
use akte_projections::rows::VorgangFilter;
use akte_tests::cluster::Cluster;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Longest wait for something that happens in the background, in looks of 50 ms.
const BLICKE: u32 = 1_200;

struct Zwei {
    dir: TempDir,
    a: PathBuf,
    b: PathBuf,
    cluster: Cluster,
}

/// A town founded on a server, and a second folder that joins it with the town's keys.
fn zwei() -> Option<Zwei> {
    let cluster = Cluster::start()?;
    let url = cluster.database("stadt");
    let dir = tempfile::tempdir().expect("dir");
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    let blobs = dir.path().join("blobs");
    let betrieb = format!(
        "ledger = \"{url}\"\ntresor = \"{url}\"\nzugriff = \"{url}\"\ndokumente = \"folder:{}\"\n",
        blobs.display()
    );
    let vorlage = dir.path().join("betrieb.toml");
    std::fs::write(&vorlage, &betrieb).expect("written");
    on(&a, &["init", "--stadt", text(&neustadt()), "--betrieb", text(&vorlage)]).ok();
    std::fs::create_dir(&b).expect("made");
    for name in ["stadt.toml", "vault.key", "vault.generation", "log.key"] {
        std::fs::copy(a.join(name), b.join(name)).expect("copied");
    }
    einstellen(&b, &betrieb);
    Some(Zwei { dir, a, b, cluster })
}

/// Sends an application; returns the code of its case.
fn antrag(server: &Server) -> String {
    let (mut browser, token) = vor_dem_absenden(&server.address);
    let gesendet = browser.post(&server.address, ABSENDEN, &[("_csrf", &token)]);
    assert_eq!(gesendet.status, 303, "{}", gesendet.text);
    let seite = browser.get(&server.address, &gesendet.ziel);
    let (_, rest) = seite.text.split_once("code__wert\">").expect("the page shows the code");
    rest.split('<').next().expect("code").trim().to_owned()
}

/// What the status page of a case says at this server.
fn status(server: &Server, code: &str) -> String {
    let mut browser = Besucher::default();
    let seite = browser.get(&server.address, "/status");
    let token = seite.verborgen("_csrf").to_owned();
    let offen = browser.post(&server.address, "/status", &[("_csrf", &token), ("code", code)]);
    match offen.status {
        303 => browser.get(&server.address, &offen.ziel).text,
        _ => offen.text,
    }
}

/// Cases the views of a node show.
fn faelle(folder: &Path) -> usize {
    let views = InternalViews::open(&folder.join("internal.db")).expect("views");
    views.vorgaenge(&VorgangFilter { limit: 100, ..VorgangFilter::default() }).expect("rows").len()
}

pub fn bis(was: &str, mut da: impl FnMut() -> bool) {
    for _ in 0..BLICKE {
        if da() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{was}: did not happen");
}

pub fn signal(server: &Server, name: &str) {
    let pid = server.pid().to_string();
    assert!(Command::new("kill").args([name, &pid]).status().expect("kill").success());
}

/// Events of this type in the ledger, as the database has them.
fn zahl(z: &Zwei, wire: &str) -> u64 {
    let sql = format!("SELECT count(*) FROM ledger.events WHERE position('\"type\":\"{wire}\"'::bytea in header) > 0");
    z.cluster.sql("stadt", &sql).parse().expect("a number")
}

fn valid(folder: &Path) {
    let said = on(folder, &["verify"]).ok();
    assert!(said.out.contains("valid"), "{}", said.out);
}

#[test]
fn what_is_applied_for_at_one_node_is_followed_up_once_and_seen_at_both() {
    let Some(z) = zwei() else { return };
    let (a, b) = (Server::start(&z.a), Server::start(&z.b));
    let codes = [antrag(&a), antrag(&b), antrag(&a)];
    for (server, folder) in [(&a, &z.a), (&b, &z.b)] {
        bis("all cases are in the views", || faelle(folder) == 3);
        for code in &codes {
            assert!(status(server, code).contains("Hundesteuer"));
        }
    }
    bis("everything is registered", || zahl(&z, "vorgang.registered.v1") == 3);
    a.terminate();
    b.terminate();
    assert_eq!(zahl(&z, "antrag.submitted.v1"), 3);
    assert_eq!(zahl(&z, "vorgang.registered.v1"), 3, "each application is registered once");
    valid(&z.a);
    valid(&z.b);
}

#[test]
fn a_frozen_node_is_followed_by_the_other_and_changes_nothing_when_it_wakes() {
    let Some(z) = zwei() else { return };
    let a = Server::start(&z.a);
    let code = antrag(&a);
    bis("the first case is registered", || zahl(&z, "vorgang.registered.v1") == 1);
    let b = Server::start(&z.b);
    signal(&a, "-STOP");
    // Nobody but the frozen node has the right to follow up: the other one must take over.
    let zweiter = antrag(&b);
    bis("the other node registers the case", || zahl(&z, "vorgang.registered.v1") == 2);
    assert!(status(&b, &zweiter).contains("Hundesteuer") && status(&b, &code).contains("Hundesteuer"));
    signal(&a, "-CONT");
    bis("the woken node shows it too", || faelle(&z.a) == 2);
    let dritter = antrag(&a);
    bis("the third case is registered", || zahl(&z, "vorgang.registered.v1") == 3);
    bis("both show it", || faelle(&z.a) == 3 && faelle(&z.b) == 3);
    assert!([&a, &b].iter().all(|server| status(server, &dritter).contains("Hundesteuer")));
    a.terminate();
    b.terminate();
    assert_eq!(zahl(&z, "vorgang.registered.v1"), 3);
    valid(&z.b);
}

#[test]
fn a_server_with_the_rights_of_a_server_serves_and_the_role_cannot_change_the_chain() {
    let Some(z) = zwei() else { return };
    z.cluster.sql("stadt", "CREATE ROLE bedienung LOGIN");
    let eigner = z.cluster.url("stadt");
    let args = ["datenbank", "--eigentuemer", &eigner, "--rolle", "bedienung"];
    let said: crate::akte::Ran = command(&args).output().expect("akte starts").into();
    assert!(said.ok().out.contains("bedienung"));
    let url = z.cluster.url_as("bedienung", "stadt");
    let blobs = z.dir.path().join("blobs");
    let betrieb = format!(
        "ledger = \"{url}\"\ntresor = \"{url}\"\nzugriff = \"{url}\"\ndokumente = \"folder:{}\"\n",
        blobs.display()
    );
    einstellen(&z.b, &betrieb);
    let b = Server::start(&z.b);
    let code = antrag(&b);
    bis("registered", || zahl(&z, "vorgang.registered.v1") == 1);
    bis("shown", || faelle(&z.b) == 1);
    assert!(status(&b, &code).contains("Hundesteuer"));
    b.terminate();
    valid(&z.b);
}

/// First names of the person who applies: nobody else's in the town.
const PERSON: &[u8] = b"Jens Peter";

fn proposed(z: &Zwei) -> String {
    for (login, rolle) in [("leitung", "leitung"), ("dsb", "datenschutz")] {
        let rest = ["--name", "Frau Probe", "--einheit", "steuern", "--rolle", rolle];
        on(&z.a, &[&["konto", "add", login], &rest[..]].concat()).ok();
    }
    let sql = "SELECT aggregate_id FROM ledger.events WHERE position('antrag.submitted.v1'::bytea in header) > 0";
    let vorgang = z.cluster.sql("stadt", sql);
    let base = ["erase", "propose", &vorgang, "--konto", "leitung", "--grund", "art17-1d"];
    let rest = ["--begruendung", "Antrag der Person", "--archiv", "nicht_anbietungspflichtig"];
    let said = on(&z.a, &[&base[..], &rest[..]].concat()).ok().out;
    said.split_whitespace().nth(1).expect("the id is said").to_owned()
}

#[test]
fn what_is_erased_is_gone_at_every_node_before_it_is_confirmed() {
    let Some(z) = zwei() else { return };
    let (a, b) = (Server::start(&z.a), Server::start(&z.b));
    antrag(&a);
    for folder in [&z.a, &z.b] {
        bis("the person is in the views", || !holding(folder, PERSON).is_empty());
    }
    let id = proposed(&z);
    // A frozen node is still registered: nothing is confirmed without it.
    signal(&b, "-STOP");
    let said = on(&z.a, &["erase", "approve", &id, "--konto", "dsb"]).ok().out;
    assert!(said.contains("Der laufende Server vollzieht"), "{said}");
    on(&z.a, &["rebuild"]).refused("Halten Sie den Server an");
    let keys = "SELECT count(*) FROM tresor.kek WHERE kek_id IN (SELECT kek_id FROM ledger.kek_retired)";
    bis("the keys are destroyed", || zahl(&z, "erasure.requested.v1") == 1 && z.cluster.sql("stadt", keys) == "0");
    assert!(!holding(&z.b, PERSON).is_empty(), "the frozen node cannot have cleaned up");
    // As long as the frozen node counts as alive; a node that is gone cleans up at its start.
    let early =
        "SELECT (SELECT count(*) FROM ledger.lease WHERE name LIKE 'knoten:%' AND until > clock_timestamp()) = 2
                 AND EXISTS (SELECT FROM ledger.events WHERE position('erasure.confirmed.v1'::bytea in header) > 0)";
    assert_eq!(z.cluster.sql("stadt", early), "f", "confirmed before every living node had cleaned up");
    signal(&b, "-CONT");
    bis("it is confirmed", || zahl(&z, "erasure.confirmed.v1") == 1);
    for folder in [&z.a, &z.b] {
        bis("nothing of it is left at the node", || holding(folder, PERSON).is_empty());
    }
    let said = on(&z.a, &["erase", "list"]).ok().out;
    assert!(said.contains(&id), "{said}");
    a.terminate();
    b.terminate();
    let said = on(&z.b, &["verify"]).ok().out;
    assert!(said.starts_with("valid-erased("), "{said}");
}
