//! Definitions at the machine itself: a new one made, checked, proposed, adopted by another; replay stays the same.

use crate::akte::{on, run};
use crate::ordner::{gegruendet, valid};
use crate::stadt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn konto(folder: &Path, login: &str, rolle: &str) {
    let rest = ["--name", "Frau Probe", "--einheit", "ordnung", "--rolle", rolle];
    on(folder, &[&["konto", "add", login], &rest[..]].concat()).ok();
}

/// A founded town with an administrator and a head of office, and a new service beside it.
fn bereit() -> (TempDir, TempDir, PathBuf) {
    let (folder, beiseite) = (gegruendet(), tempfile::tempdir().expect("dir"));
    konto(folder.path(), "admin", "admin");
    konto(folder.path(), "chefin", "leitung");
    let neu = beiseite.path().join("zelt-im-park");
    run(&["leistung", "new", "zelt-im-park", "--nach", neu.to_str().expect("UTF-8")]).ok();
    (folder, beiseite, neu)
}

fn ersetzen(ordner: &Path, alt: &str, neu: &str) {
    let file = ordner.join("leistung.toml");
    let text = std::fs::read_to_string(&file).expect("read");
    assert!(text.contains(alt), "{alt}");
    std::fs::write(file, text.replacen(alt, neu, 1)).expect("written");
}

#[test]
fn a_new_service_is_valid_at_once_and_nothing_is_overwritten() {
    let beiseite = tempfile::tempdir().expect("dir");
    let neu = beiseite.path().join("zelt-im-park");
    let wo = neu.to_str().expect("UTF-8");
    run(&["leistung", "new", "zelt-im-park", "--nach", wo]).ok();
    assert!(run(&["leistung", "check", wo]).ok().out.contains("in Ordnung (zelt-im-park, Fassung 1"));
    run(&["leistung", "new", "zelt-im-park", "--nach", wo]).refused("gibt es schon");
    run(&["leistung", "new", "Zelt im Park", "--nach", &format!("{wo}-2")]).refused("leistung.toml:");
    assert!(!beiseite.path().join("zelt-im-park-2").exists());
    let datei = neu.join("leistung.toml");
    for (alt, neu_text, worte, stelle) in [
        ("regel = \"vwgo75\"", "regel = \"erfunden\"", "Eine Regel „erfunden“ gibt es nicht", "regel = \"erfunden\""),
        ("aktenplan = \"32.1\"", "aktenplan = \"99.9\"", "Eine Position im Aktenplan „99.9“", "aktenplan ="),
        (
            "zeigen_wenn = \"art = einmalig\"",
            "zeigen_wenn = \"art = dauerhaft\"",
            "nur dann Pflicht",
            "pflicht_wenn = \"art = einmalig\"",
        ),
    ] {
        let vorher = std::fs::read_to_string(&datei).expect("read");
        ersetzen(&neu, alt, neu_text);
        let text = std::fs::read_to_string(&datei).expect("read");
        let zeile = text.lines().position(|l| l.contains(stelle)).expect("there") + 1;
        let said = run(&["leistung", "check", wo]).refused(worte).out;
        assert!(said.contains(&format!("leistung.toml:{zeile}: ")), "{said}");
        std::fs::write(&datei, vorher).expect("back");
    }
    ersetzen(&neu, "einheit = \"ordnung\"", "einheit = \"erfunden\"");
    let stadt = crate::akte::neustadt();
    run(&["leistung", "check", wo, "--stadt", stadt.to_str().expect("UTF-8")]).refused("Eine Einheit „erfunden“");
}

#[test]
fn a_proposal_takes_effect_after_another_person_and_survives_a_restart_without_its_folder() {
    let (folder, beiseite, neu) = bereit();
    let (folder, wo) = (folder.path(), neu.to_str().expect("UTF-8"));
    let said = on(folder, &["leistung", "propose", wo, "--konto", "admin"]).ok().out;
    assert!(said.contains("+ version = 1") && said.contains("In Kraft setzen muss eine andere Person"), "{said}");
    let liste = on(folder, &["leistung", "list"]).ok().out;
    assert!(liste.contains("zelt-im-park: noch nie in Kraft, Fassung 1 vorgeschlagen"), "{liste}");
    on(folder, &["leistung", "approve", "zelt-im-park", "--konto", "admin"]).refused("setzt sie nicht in Kraft");
    on(folder, &["leistung", "approve", "zelt-im-park", "--konto", "chefin"]).ok();
    on(folder, &["leistung", "approve", "zelt-im-park", "--konto", "chefin"]).refused("Es wartet kein Vorschlag");
    drop(beiseite);
    let liste = on(folder, &["leistung", "list"]).ok().out;
    assert!(liste.contains("zelt-im-park: Fassung 1 in Kraft"), "{liste}");
    let server = crate::akte::Server::start(folder);
    let seite = crate::besuch::Besucher::default().get(&server.address, "/leistungen/zelt-im-park");
    assert!(seite.status == 200 && seite.text.contains("Neue Leistung"), "{}", seite.text);
    drop(server);
    valid(folder);
}

#[test]
fn a_folder_alone_puts_nothing_into_force_and_a_rejection_is_recorded() {
    let (folder, _beiseite, neu) = bereit();
    let folder = folder.path();
    crate::akte::copy(&neu, &folder.join("leistungen/zelt-im-park"));
    assert!(!on(folder, &["leistung", "list"]).ok().out.contains("zelt-im-park"));
    let wo = folder.join("leistungen/zelt-im-park");
    on(folder, &["leistung", "propose", wo.to_str().expect("UTF-8"), "--konto", "admin"]).ok();
    let nein = ["leistung", "reject", "zelt-im-park", "--konto", "chefin", "--grund", "Noch nicht"];
    on(folder, &nein).ok();
    assert!(on(folder, &["leistung", "list"]).ok().out.contains("zelt-im-park: noch nie in Kraft\n"));
    valid(folder);
}

#[test]
fn a_case_replays_to_the_same_state_hash_after_a_newer_version_was_adopted() {
    let folder = stadt::copied();
    let folder = folder.path();
    konto(folder, "admin-neu", "admin");
    konto(folder, "chefin-neu", "leitung");
    let (leistung, vorgang) = ein_vorgang(folder);
    let vorher = replay(folder, &vorgang);
    let builtin = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/leistungen").join(&leistung);
    let beiseite = tempfile::tempdir().expect("dir");
    let own = beiseite.path().join(&leistung);
    crate::akte::copy(&builtin, &own);
    let text = std::fs::read_to_string(own.join("leistung.toml")).expect("read");
    let version = text.lines().find(|l| l.starts_with("version = ")).expect("version").to_owned();
    ersetzen(&own, &version, "version = 77");
    on(folder, &["leistung", "propose", own.to_str().expect("UTF-8"), "--konto", "admin-neu"]).ok();
    on(folder, &["leistung", "approve", &leistung, "--konto", "chefin-neu"]).ok();
    assert!(on(folder, &["leistung", "list"]).ok().out.contains(&format!("{leistung}: Fassung 77 in Kraft")));
    let nachher = replay(folder, &vorgang);
    assert_eq!(vorher["zustandshash"].as_str().map(str::len), Some(64));
    assert_eq!(vorher["zustandshash"], nachher["zustandshash"]);
    assert_eq!(vorher["definition"], nachher["definition"]);
}

fn replay(folder: &Path, vorgang: &str) -> serde_json::Value {
    serde_json::from_str(&on(folder, &["replay", vorgang, "--json"]).ok().out).expect("JSON")
}

/// Some case of the demo: its service and its id.
fn ein_vorgang(folder: &Path) -> (String, String) {
    on(folder, &["rebuild"]).ok();
    let db = rusqlite::Connection::open(folder.join("internal.db")).expect("open");
    let sql = "SELECT leistung, lower(hex(vorgang)) FROM vorgang ORDER BY vorgang LIMIT 1";
    db.query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?))).expect("a case")
}
