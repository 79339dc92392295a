//! Choosing the ledger: option before environment before `betrieb.toml` before the data folder; refusals and secrets.

use crate::akte::{Ran, Server, command, neustadt, on};
use crate::buch::head;
use crate::ordner::{gegruendet, konto, valid};
use crate::sicherung::text;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Writes the folder's settings as they should be.
pub fn einstellen(folder: &Path, toml: &str) {
    let path = folder.join("betrieb.toml");
    std::fs::write(&path, toml).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("closed");
}

fn mit_umgebung(folder: &Path, args: &[&str], name: &str, wert: &str) -> Ran {
    let mut command = command(&[args, &["--data", text(folder)]].concat());
    command.env(name, wert).output().expect("akte starts").into()
}

#[test]
fn the_option_comes_before_the_environment_the_environment_before_the_file() {
    let folder = gegruendet();
    let at = |name: &str| format!("sqlite:{}", text(&folder.path().join(name)));
    for name in ["a.db", "b.db"] {
        on(folder.path(), &["migrate", "--from", "sqlite:", "--to", &at(name)]).ok();
    }
    std::fs::remove_file(folder.path().join("ledger.db")).expect("gone");
    einstellen(folder.path(), "ledger = \"sqlite:fehlt.db\"\n");
    on(folder.path(), &["verify"]).refused("fehlt.db fehlt: Hier ist kein Protokoll");
    mit_umgebung(folder.path(), &["verify"], "AKTE_LEDGER", &at("a.db")).ok();
    mit_umgebung(folder.path(), &["verify", "--ledger", &at("c.db")], "AKTE_LEDGER", &at("a.db")).refused("c.db fehlt");
    // A relative path in the file counts from the folder.
    einstellen(folder.path(), "ledger = \"sqlite:b.db\"\n");
    konto(folder.path(), "probe").ok();
    valid(folder.path());
    assert!(!folder.path().join("ledger.db").exists());
    on(folder.path(), &["keys", "show"]).ok();
    drop(Server::start(folder.path()));
}

#[test]
fn a_town_founded_elsewhere_is_found_again() {
    let dir = tempfile::tempdir().expect("dir");
    let (folder, there) = (dir.path().join("stadt"), dir.path().join("anderswo"));
    std::fs::create_dir(&there).expect("made");
    let db = there.join("ledger.db");
    let stadt = neustadt();
    let init = ["init", "--stadt", text(&stadt), "--ledger", &format!("sqlite:{}", text(&db))];
    on(&folder, &init).ok();
    assert!(db.exists() && !folder.join("ledger.db").exists());
    konto(&folder, "probe").ok();
    valid(&folder);
    on(&dir.path().join("zweite"), &init).refused("enthält schon ein Protokoll");
    let mode = std::fs::metadata(folder.join("betrieb.toml")).expect("written").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // A backup is of the ledger in use, not of a file that is not there.
    on(&folder, &["backup", text(&dir.path().join("sicherung"))]).ok();
    assert_eq!(head(&dir.path().join("sicherung")), head(&there));
}

#[test]
fn another_towns_ledger_is_refused_at_start() {
    let (folder, dir) = (gegruendet(), tempfile::tempdir().expect("dir"));
    let toml = std::fs::read_to_string(folder.path().join("stadt.toml")).expect("read");
    let line = toml.lines().find(|l| l.starts_with("log_origin")).expect("named");
    let town = dir.path().join("stadt.toml");
    std::fs::write(&town, toml.replace(line, "log_origin = \"anderswo.example/akte/2026\"")).expect("written");
    let fremd = dir.path().join("fremd");
    on(&fremd, &["init", "--stadt", text(&town)]).ok();
    let ledger = format!("sqlite:{}", text(&fremd.join("ledger.db")));
    let before = head(&fremd);
    for args in [&["serve", "--listen", "127.0.0.1:0"][..], &["rebuild"], &["replay", "1/26"], &["keys", "show"]] {
        let said = on(folder.path(), &[args, &["--ledger", &ledger]].concat());
        said.refused("ist das Protokoll anderswo.example/akte/2026; zu diesem Datenordner gehört");
    }
    assert_eq!(head(&fremd), before);
}

#[test]
fn a_wrong_address_or_setting_is_refused_with_its_remedy_and_no_password_is_shown() {
    let folder = gegruendet();
    let wrong = [
        ("mysql://akte:streng-geheim@db/akte", "Möglich sind sqlite:DATEI, postgres://"),
        ("postgres://akte:streng-geheim@[db/akte", "Möglich sind sqlite:DATEI"),
        ("streng-geheim", "Das ist keine Adresse"),
        ("postgres://akte@db/akte?kennwort_aus=AKTE_GIBT_ES_NICHT", "AKTE_GIBT_ES_NICHT ist leer oder fehlt"),
        ("postgres://akte:streng-geheim@127.0.0.1:1/akte?password=streng-geheim", "postgres://akte@127.0.0.1:1/akte"),
        ("esdb://akte:streng-geheim@127.0.0.1:1?tls=false", "esdb://akte@127.0.0.1:1"),
    ];
    let secret = |said: &Ran| format!("{}{}", said.out, said.err).contains("streng-geheim");
    for (address, words) in wrong {
        for args in [&["serve", "--listen", "127.0.0.1:0"][..], &["verify"], &["rebuild"]] {
            let option = on(folder.path(), &[args, &["--ledger", address]].concat());
            let env = mit_umgebung(folder.path(), args, "AKTE_LEDGER", address);
            for said in [option, env] {
                assert!(!secret(&said), "{address}: {}{}", said.out, said.err);
                said.refused(words);
            }
        }
        let migrated = on(folder.path(), &["migrate", "--from", "sqlite:", "--to", address]);
        assert!(!secret(&migrated), "{}", migrated.err);
        migrated.refused(words);
        einstellen(folder.path(), &format!("ledger = \"{address}\"\n"));
        let said = on(folder.path(), &["verify"]);
        assert!(!secret(&said), "{}", said.err);
        said.refused(words);
        std::fs::remove_file(folder.path().join("betrieb.toml")).expect("removed");
    }
    let help = mit_umgebung(folder.path(), &["serve", "--help"], "AKTE_LEDGER", wrong[0].0);
    assert!(!secret(&help), "{}", help.out);
    for (toml, words) in [
        ("ledgr = \"streng-geheim\"\n", "betrieb.toml: ledgr: Dieses Feld gibt es nicht"),
        ("ledger = \"postgres://a:streng-geheim@db\n", "betrieb.toml: Zeile 1: kein gültiges TOML"),
    ] {
        einstellen(folder.path(), toml);
        let said = on(folder.path(), &["verify"]);
        assert!(!secret(&said), "{}", said.err);
        said.refused(words);
    }
    einstellen(folder.path(), "");
    let path = folder.path().join("betrieb.toml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("opened");
    on(folder.path(), &["verify"]).refused("chmod 600");
}

#[test]
fn what_a_server_keeps_is_not_backed_up_by_us_and_it_is_said_how_else() {
    let folder = gegruendet();
    let ziel = folder.path().join("../sicherung-die-es-nicht-gibt");
    let postgres = ["backup", text(&ziel), "--ledger", "postgres://akte@127.0.0.1:1/akte"];
    on(folder.path(), &postgres).refused("pg_basebackup");
    assert!(!ziel.exists());
}

#[test]
fn a_fresh_folder_warns_of_nothing_and_an_open_file_is_warned_about() {
    let dir = tempfile::tempdir().expect("dir");
    let (stadt, folder) = (neustadt(), dir.path().join("stadt"));
    let args = ["demo", "--antraege", "1", "--nur-anlegen", "--stadt", text(&stadt)];
    on(&folder, &args).ok();
    let said = |folder: &Path| {
        let args = ["serve", "--listen", "127.0.0.1:0", "--data", text(folder)];
        Server::laut(command(&args)).terminated()
    };
    // The second start finds what the first one made.
    for _ in 0..2 {
        let said = said(&folder);
        assert!(!said.contains("chmod 600"), "{said}");
    }
    for entry in std::fs::read_dir(&folder).expect("read").map(|e| e.expect("entry")) {
        let mode = entry.metadata().expect("known").permissions().mode();
        let private = mode & 0o077 == 0 || entry.path().is_dir() || entry.file_name() == "stadt.toml";
        assert!(private, "{} has mode {mode:o}", entry.path().display());
    }
    std::fs::set_permissions(folder.join("local.db"), std::fs::Permissions::from_mode(0o644)).expect("opened");
    assert!(said(&folder).contains("local.db"));
}
