//! What the program says and does with folders that are taken, newer, locked, full or damaged.
//!
//! Every refusal is clear and leaves the folder as it was.

use crate::akte::{self, Server, copy, on, run};
use rusqlite::Connection;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// A freshly founded town, made once; each test works on its own copy.
pub fn gegruendet() -> TempDir {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let made = FOLDER.get_or_init(|| {
        let dir = tempfile::tempdir().expect("dir");
        on(dir.path(), &["init", "--stadt", akte::neustadt().to_str().expect("UTF-8")]).ok();
        dir
    });
    let own = tempfile::tempdir().expect("dir");
    copy(made.path(), own.path());
    own
}

pub fn konto(folder: &Path, login: &str) -> akte::Ran {
    let rest = ["--name", "Frau Probe", "--einheit", "ordnung", "--rolle", "sachbearbeitung"];
    on(folder, &[&["konto", "add", login], &rest[..]].concat())
}

pub fn valid(folder: &Path) {
    let said = on(folder, &["verify"]).ok().out;
    assert!(said.starts_with("valid "), "{said}");
}

/// Name and content of every file in the folder itself.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = std::fs::read_dir(folder).expect("read").map(|e| e.expect("entry").path()).filter(|p| p.is_file());
    let mut out: Vec<_> = files.map(|p| (p.clone(), std::fs::read(&p).expect("read"))).collect();
    out.sort();
    out
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let folder = gegruendet();
    let server = Server::start(folder.path());
    on(folder.path(), &["serve", "--listen", "127.0.0.1:0"]).refused("wird von einem anderen Programm benutzt");
    konto(folder.path(), "probe").refused("wird von einem anderen Programm benutzt");
    std::net::TcpStream::connect(&server.address).expect("the first server goes on");
    valid(folder.path());
}

#[test]
fn a_folder_of_a_newer_version_is_refused_and_stays_as_it_was() {
    let folder = gegruendet();
    let db = Connection::open(folder.path().join("ledger.db")).expect("open");
    db.execute_batch("PRAGMA user_version=99; PRAGMA wal_checkpoint(TRUNCATE);").expect("raised");
    drop(db);
    let before = std::fs::read(folder.path().join("ledger.db")).expect("read");
    for args in [&["serve", "--listen", "127.0.0.1:0"][..], &["verify"], &["rebuild"]] {
        on(folder.path(), args).refused("hat Format 99");
    }
    assert_eq!(std::fs::read(folder.path().join("ledger.db")).expect("read"), before);
}

#[test]
fn a_foreign_file_is_no_ledger() {
    let folder = gegruendet();
    for file in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(file));
    }
    let db = Connection::open(folder.path().join("ledger.db")).expect("open");
    db.execute_batch("CREATE TABLE einkauf (was TEXT)").expect("made");
    drop(db);
    on(folder.path(), &["serve", "--listen", "127.0.0.1:0"]).refused("ist kein Ereignisspeicher");
}

#[test]
fn a_locked_database_is_named_and_nothing_is_written() {
    let folder = gegruendet();
    let db = Connection::open(folder.path().join("ledger.db")).expect("open");
    db.execute_batch("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;").expect("locked");
    let said = konto(folder.path(), "probe");
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    let clear = ["wird von einem anderen Programm benutzt", "überlastet"];
    assert!(clear.iter().any(|words| said.err.contains(words)), "{}", said.err);
    db.execute_batch("ROLLBACK").expect("released");
    drop(db);
    konto(folder.path(), "probe").ok();
    valid(folder.path());
}

/// A small file system of its own; `None` without the right to mount.
pub struct Small(pub PathBuf);

impl Small {
    pub fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).expect("made");
        let mount =
            std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"]).arg(at).output();
        mount.is_ok_and(|o| o.status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // A mount that stays is seen by whoever removes the folder.
        let _ = std::process::Command::new("umount").arg(&self.0).status();
    }
}

/// A founded town on a file system of 24 MiB, and where a file may fill it.
pub struct Klein {
    pub folder: PathBuf,
    pub filler: PathBuf,
    _small: Small,
    _dir: TempDir,
}

impl Klein {
    /// `None`, said aloud, without the right to mount.
    pub fn gegruendet() -> Option<Self> {
        let dir = tempfile::tempdir().expect("dir");
        let Some(small) = Small::mount(&dir.path().join("klein")) else {
            println!("skipped: needs root");
            return None;
        };
        let (folder, filler) = (small.0.join("stadt"), small.0.join("fuell"));
        copy(gegruendet().path(), &folder);
        Some(Self { folder, filler, _small: small, _dir: dir })
    }
}

/// Fills the disk with one file, but for so many pages.
pub fn fill(filler: &Path, spare: u64) {
    let (mut file, page) = (std::fs::File::create(filler).expect("filler"), [7; 4096]);
    while std::io::Write::write_all(&mut file, &page).is_ok() {}
    let len = file.metadata().expect("len").len() / 4096 * 4096;
    file.set_len(len.saturating_sub(spare * 4096)).expect("shortened");
}

#[test]
fn a_full_disk_is_named_and_nothing_is_half_written() {
    let Some(Klein { folder, filler, .. }) = &Klein::gegruendet() else { return };
    let mut refusals = 0;
    for spare in [0, 2, 4, 8, 16, 24, 32, 64] {
        fill(filler, spare);
        let said = konto(folder, &format!("probe{spare}"));
        if said.code != Some(0) {
            assert_eq!(said.code, Some(1), "{}", said.err);
            assert!(said.err.contains("Ist der Datenträger voll"), "{spare} pages: {}", said.err);
            refusals += 1;
        }
        std::fs::remove_file(filler).expect("freed");
        valid(folder);
    }
    assert!(refusals > 0, "the disk was never full");
    konto(folder, "danach").ok();
    valid(folder);
}

#[test]
fn a_missing_open_or_broken_key_is_refused_with_its_remedy() {
    let folder = gegruendet();
    konto(folder.path(), "probe").ok();
    let key = folder.path().join("vault.key");
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("opened");
    on(folder.path(), &serve).refused("chmod 600");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("closed");
    let right = std::fs::read(&key).expect("read");
    std::fs::write(&key, "kein Schlüssel\n").expect("broken");
    on(folder.path(), &serve).refused("enthält keinen Schlüssel");
    std::fs::remove_file(&key).expect("gone");
    on(folder.path(), &serve).refused("vault.key");
    let said = on(folder.path(), &["verify", "--ohne-tresor"]).ok().out;
    assert!(said.starts_with("valid-redacted "), "headers and tree need no key: {said}");
    std::fs::write(&key, right).expect("back");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("closed");
    valid(folder.path());
}

#[test]
fn a_folder_that_is_none_is_named_and_not_made() {
    let dir = tempfile::tempdir().expect("dir");
    let missing = dir.path().join("nichts");
    for args in [&["serve"][..], &["verify"], &["rebuild"], &["replay", "1/26"]] {
        on(&missing, args).refused("ist kein Datenordner");
    }
    assert!(!missing.exists());
    let stadt = akte::neustadt();
    let folder = gegruendet();
    let before = contents(folder.path());
    on(folder.path(), &["init", "--stadt", stadt.to_str().expect("UTF-8")]).refused("ist nicht leer");
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn a_broken_definition_is_named_with_file_and_line() {
    let dir = tempfile::tempdir().expect("dir");
    let builtin = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/leistungen/hundesteuer-anmeldung");
    let own = dir.path().join("hundesteuer-anmeldung");
    copy(&builtin, &own);
    let path = own.to_str().expect("UTF-8");
    let said = run(&["leistung", "check", path]).ok().out;
    assert!(said.contains("in Ordnung"), "{said}");
    let file = own.join("leistung.toml");
    let text = std::fs::read_to_string(&file).expect("read");
    std::fs::write(&file, format!("{text}\nunbekannt = \n")).expect("broken");
    let line = text.lines().count() + 2;
    run(&["leistung", "check", path]).refused(&format!("leistung.toml:{line}"));
}

#[test]
fn a_broken_template_is_named_with_file_and_line() {
    let dir = tempfile::tempdir().expect("dir");
    let builtin = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/leistungen/hundesteuer-anmeldung");
    let own = dir.path().join("hundesteuer-anmeldung");
    copy(&builtin, &own);
    let path = own.to_str().expect("UTF-8");
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/vorlagen/bescheid.typ");
    let ours = std::fs::read_to_string(ours).expect("read");
    std::fs::write(own.join("bescheid.typ"), &ours).expect("own");
    assert!(run(&["leistung", "check", path]).ok().out.contains("in Ordnung"));
    std::fs::write(own.join("bescheid.typ"), format!("{ours}#d.erfunden\n")).expect("broken");
    run(&["leistung", "check", path]).refused(&format!("bescheid.typ:{}", ours.lines().count() + 1));
    let toml = own.join("leistung.toml");
    let text = std::fs::read_to_string(&toml).expect("read");
    std::fs::write(&toml, text.replace("vorlage = \"bescheid\"", "vorlage = \"fehlt\"")).expect("changed");
    run(&["leistung", "check", path]).refused("Legen Sie fehlt.typ in den Ordner");
}

#[test]
fn a_pattern_of_file_numbers_that_is_not_unique_is_refused_at_start_with_what_is_allowed() {
    let folder = gegruendet();
    let path = folder.path().join("stadt.toml");
    let text = std::fs::read_to_string(&path).expect("read");
    let with = |muster: &str| {
        let (kopf, rest) = text.split_once("\n[").expect("a table");
        std::fs::write(&path, format!("{kopf}\naktenzeichen = {muster:?}\n\n[{rest}")).expect("written");
        on(folder.path(), &["serve", "--listen", "127.0.0.1:0"])
    };
    with("{plan}-{jahr}").refused("{nummer} muss genau einmal vorkommen");
    with("{plan}-{nr}/{jahr}").refused("Erlaubt sind {plan}");
    std::fs::write(&path, text.clone()).expect("written");
    valid(folder.path());
}
