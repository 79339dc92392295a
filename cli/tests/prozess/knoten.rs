//! Two servers on one PostgreSQL ledger: one town, whichever node somebody meets, and whichever falls silent.

use crate::akte::{Server, command, neustadt, on};
use crate::besuch::{ABSENDEN, Besucher, vor_dem_absenden};
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

fn bis(was: &str, mut da: impl FnMut() -> bool) {
    for _ in 0..BLICKE {
        if da() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{was}: did not happen");
}

fn signal(server: &Server, name: &str) {
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
