//! The signed log of a running town: served, mirrored, its keys changed, completeness proven.
//!
//! What clients see is read by programs we did not write (crates tlog_tiles, signed_note).

use crate::akte::{Server, on};
use crate::buch::now;
use crate::ordner::{gegruendet, konto, valid};
use akte_core::ledger::Ledger;
use akte_core::ledger::engine::SqliteLedger;
use serde_json::Value;
use signed_note::{StandardVerifier, VerifierList};
use std::io::{Read, Write};
use std::path::Path;
use tlog_tiles::{Tile, TileHashReader, TileReader, check_record, prove_record, record_hash, tree_hash};

/// Status, head and body of an answer.
fn get(address: &str, path: &str) -> (u16, String, Vec<u8>) {
    let mut stream = std::net::TcpStream::connect(address).expect("connected");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("sent");
    let mut all = Vec::new();
    stream.read_to_end(&mut all).expect("answer");
    let end = all.windows(4).position(|w| w == b"\r\n\r\n").expect("head");
    let head = String::from_utf8(all[..end].to_vec()).expect("text").to_lowercase();
    (head[9..12].parse().expect("status"), head, all[end + 4..].to_vec())
}

/// Waits until the server has signed a state that is not `old`.
pub fn signed_after(address: &str, old: Option<&[u8]>) -> Vec<u8> {
    for _ in 0..20_000 {
        let (status, _, body) = get(address, "/log/checkpoint");
        if status == 200 && old != Some(&body) {
            return body;
        }
    }
    panic!("nothing was signed");
}

/// The newest note that lies beside the ledger.
fn stored_note(folder: &Path) -> Vec<u8> {
    let ledger = SqliteLedger::open_readonly(folder.join("ledger.db")).expect("opens");
    now(ledger.get_checkpoint(u64::MAX)).expect("readable").expect("signed before").1.into_bytes()
}

struct Http(String);

impl TileReader for Http {
    fn height(&self) -> u8 {
        8
    }
    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &Tile| {
            let path = tile.path().replacen("tile/8/", "/log/tile/", 1);
            let (status, _, body) = get(&self.0, &path);
            assert_eq!((status, body.len()), (200, tile.width() as usize * 32), "{path}");
            body
        };
        Ok(tiles.iter().map(read).collect())
    }
    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

fn opened(note: &[u8], vkey: &str) -> Option<tlog_tiles::Checkpoint> {
    let note = signed_note::Note::from_bytes(note).expect("note");
    let key = StandardVerifier::new(vkey).expect("key");
    note.verify(&VerifierList::new(vec![Box::new(key)])).ok()?;
    Some(tlog_tiles::Checkpoint::from_bytes(note.text()).expect("checkpoint"))
}

/// The keys `akte keys show` names, the newest first.
pub fn vkeys(folder: &Path) -> Vec<String> {
    let said = on(folder, &["keys", "show"]).ok().out;
    said.lines().filter_map(|l| Some(l.split_once("  (")?.0.to_owned())).collect()
}

pub fn setting(folder: &Path, line: &str) {
    let path = folder.join("stadt.toml");
    let text = std::fs::read_to_string(&path).expect("read");
    std::fs::write(&path, format!("{text}\n[protokoll]\n{line}\n")).expect("written");
}

#[test]
fn a_running_server_is_verified_by_a_foreign_client_and_mirrored() {
    let folder = gegruendet();
    let mirror = folder.path().join("spiegel");
    setting(folder.path(), &format!("takt_sekunden = 1\nspiegel = {:?}", mirror.to_str().expect("UTF-8")));
    let vkey = vkeys(folder.path()).remove(0);
    let server = Server::start(folder.path());
    // The day pass ends with the list of all streams; then the log rests.
    let db = rusqlite::Connection::open(folder.path().join("ledger.db")).expect("open");
    let count = |what: &str| -> u64 {
        let sql = "SELECT count(*) FROM event WHERE CAST(header AS TEXT) LIKE ?1";
        db.query_row(sql, [format!("%{what}%")], |r| r.get(0)).expect("count")
    };
    let mut note = signed_after(&server.address, None);
    while count("log.stream_heads.v1") == 0 || opened(&note, &vkey).expect("signed").size() < count("") {
        note = signed_after(&server.address, None);
    }
    let checkpoint = opened(&note, &vkey).expect("signed");
    let tiles = Http(server.address.clone());
    let hashes = TileHashReader::new(checkpoint.size(), *checkpoint.hash(), &tiles);
    assert_eq!(tree_hash(checkpoint.size(), &hashes).expect("tree"), *checkpoint.hash());
    let (status, _, bundle) = get(&server.address, &format!("/log/tile/entries/000.p/{}", checkpoint.size()));
    assert_eq!((status, bundle.len() as u64), (200, checkpoint.size() * 35));
    for (index, entry) in bundle.chunks(35).enumerate() {
        let proof = prove_record(checkpoint.size(), index as u64, &hashes).expect("proof");
        let leaf = record_hash(&entry[2..]);
        check_record(&proof, checkpoint.size(), *checkpoint.hash(), index as u64, leaf).expect("in the tree");
    }
    let (status, _, _) = get(&server.address, &format!("/log/tile/0/000.p/{}", checkpoint.size() + 1));
    assert_eq!(status, 404, "nothing beyond the checkpoint");
    // A command beside the running server writes the same files as its mirror.
    let export = folder.path().join("export");
    let said = on(folder.path(), &["export", "log", export.to_str().expect("UTF-8")]).ok().out;
    assert!(said.contains("Größe"), "{said}");
    assert_eq!(std::fs::read(export.join("checkpoint")).expect("exported"), note);
    let mirrored = || std::fs::read(mirror.join("checkpoint")).is_ok_and(|found| found == note);
    assert!((0..20_000).any(|_| mirrored() || get(&server.address, "/healthz").0 != 200), "the mirror stayed behind");
    for file in ["tile/0/000.p", "tile/entries/000.p"] {
        let name = format!("{file}/{}", checkpoint.size());
        assert_eq!(
            std::fs::read(mirror.join(&name)).expect("mirror"),
            std::fs::read(export.join(&name)).expect("export")
        );
    }
    drop(server);
    valid(folder.path());
}

#[test]
fn a_change_of_key_is_finished_from_wherever_it_was_cut_off() {
    let folder = gegruendet();
    let old = vkeys(folder.path()).remove(0);
    let whole = tempfile::tempdir().expect("dir");
    crate::akte::copy(folder.path(), whole.path());
    on(whole.path(), &["keys", "rotate"]).ok();
    let new = vkeys(whole.path()).remove(0);
    assert_ne!(new, old);
    let name = |n: &str| whole.path().join(n);
    let (alt, key) = (std::fs::read(name("log.key.alt")).expect("old"), std::fs::read(name("log.key")).expect("new"));
    // Cut off after the new key was made: no event yet.
    let made = tempfile::tempdir().expect("dir");
    crate::akte::copy(folder.path(), made.path());
    private(&made.path().join("log.key.neu"), &key);
    // After the event; and between the two steps of the exchange.
    let written = tempfile::tempdir().expect("dir");
    crate::akte::copy(whole.path(), written.path());
    private(&written.path().join("log.key.neu"), &key);
    private(&written.path().join("log.key"), &alt);
    let linked = tempfile::tempdir().expect("dir");
    crate::akte::copy(written.path(), linked.path());
    std::fs::remove_file(written.path().join("log.key.alt")).expect("not yet there");
    for (cut, keys) in [(&made, 1), (&written, 2), (&linked, 2)] {
        assert_eq!(vkeys(cut.path()).len(), keys);
        on(cut.path(), &["keys", "retire"]).refused("ist unterbrochen");
        let server = Server::start(cut.path());
        let note = signed_after(&server.address, None);
        assert!(opened(&note, &old).is_some(), "the old key signs on");
        drop(server);
        on(cut.path(), &["keys", "rotate"]).ok();
        assert_eq!(vkeys(cut.path()), [new.clone(), old.clone()], "written once");
        valid(cut.path());
    }
    on(whole.path(), &["keys", "rotate"]).refused("Beenden Sie ihn zuerst");
    let server = Server::start(whole.path());
    on(whole.path(), &["keys", "retire"]).refused("Halten Sie den Server an");
    let both = signed_after(&server.address, None);
    drop(server);
    assert!(opened(&both, &old).is_some() && opened(&both, &new).is_some(), "both sign while overlapping");
    on(whole.path(), &["keys", "retire"]).ok();
    assert!(!name("log.key.alt").exists());
    konto(whole.path(), "danach").ok();
    let before = stored_note(whole.path());
    let server = Server::start(whole.path());
    let alone = signed_after(&server.address, Some(&before));
    assert!(opened(&alone, &new).is_some() && opened(&alone, &old).is_none(), "only the new one signs");
    let (_, _, policy) = get(&server.address, "/log/policy");
    let policy = String::from_utf8(policy).expect("text");
    assert!(policy.find(&new) < policy.find(&old) && policy.contains(&old), "{policy}");
    on(whole.path(), &["export", "log", whole.path().join("aus").to_str().expect("UTF-8")]).ok();
}

fn private(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, bytes).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("mode");
}

#[test]
fn a_missing_open_broken_or_foreign_log_key_is_refused_with_its_remedy() {
    use std::os::unix::fs::PermissionsExt;
    let folder = gegruendet();
    let key = folder.path().join("log.key");
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).expect("opened");
    on(folder.path(), &serve).refused("chmod 600");
    for wrong in ["", "kein Schlüssel", &"g".repeat(64), &"0".repeat(63), &"0".repeat(1000)] {
        private(&key, wrong.as_bytes());
        on(folder.path(), &serve).refused("enthält keinen Schlüssel");
    }
    private(&key, "7".repeat(64).as_bytes());
    on(folder.path(), &serve).refused("gehört nicht zu diesem Protokoll");
    on(folder.path(), &["keys", "rotate"]).refused("gehört nicht zu diesem Protokoll");
    std::fs::remove_file(&key).expect("gone");
    on(folder.path(), &serve).refused("Spielen Sie den Schlüssel des Protokolls aus Ihrer Sicherung ein");
    assert!(!folder.path().join("log.key.alt").exists(), "nothing was exchanged");
}

#[test]
fn completeness_and_absence_are_exported_for_files_and_streams() {
    let folder = gegruendet();
    let stadt = crate::akte::neustadt();
    let demo = folder.path().join("demo");
    let args = ["demo", "--antraege", "1", "--nur-anlegen", "--stadt", stadt.to_str().expect("UTF-8")];
    on(&demo, &args).ok();
    let system = {
        let db = rusqlite::Connection::open(demo.join("ledger.db")).expect("open");
        let header: Vec<u8> = db.query_row("SELECT header FROM event WHERE idx = 0", [], |r| r.get(0)).expect("leaf 0");
        serde_json::from_slice::<Value>(&header).expect("header")["stream"].as_str().expect("stream").to_owned()
    };
    let file = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let prove = |what: &str, name: &str| on(&demo, &["export", "vollstaendigkeit", what, "-o", &file(name)]);
    let read =
        |name: &str| -> Value { serde_json::from_slice(&std::fs::read(file(name)).expect("proof")).expect("JSON") };
    let said = prove(&system, "alle.json").ok().out;
    assert!(said.contains("mehr gab es zu diesem Stand nicht"), "{said}");
    let all = read("alle.json");
    assert_eq!(all["form"], "aktenkette-vollstaendigkeit/v1");
    assert!(all["headers"].as_array().expect("headers").len() > 1);
    prove("01890000-0000-8000-8000-000000000000", "keiner.json").ok();
    assert_eq!(read("keiner.json")["form"], "aktenkette-nichtexistenz/v1");
    prove("99.99/1-1999", "nichts.json").refused("Kein Vorgang mit dem Aktenzeichen");
    prove(&system, "alle.json").refused("Nennen Sie eine neue Datei");
    let early = ["export", "vollstaendigkeit", &system, "--stand", "1", "-o", &file("frueh.json")];
    on(&demo, &early).refused("noch keine unterschriebene Liste");
}
