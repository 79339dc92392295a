//! A folder that fell back, or took another course than what was signed or published, is only read.

use crate::akte::{command, copy, on};
use crate::buch::head;
use crate::ordner::{gegruendet, konto};
use crate::sicherung::{Orte, restore};
use akte_core::ledger::Head;
use akte_core::ledger::note::{Checkpoint, NoteSigner};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use tempfile::TempDir;

fn origin(folder: &Path) -> String {
    let text = std::fs::read_to_string(folder.join("stadt.toml")).expect("town");
    let stadt: toml::Table = toml::from_str(&text).expect("toml");
    stadt["log_origin"].as_str().expect("origin").to_owned()
}

/// The signer remembers this head.
fn signed(folder: &Path, head: Head) {
    let origin = origin(folder);
    let note = note(folder, &origin, head);
    let root = STANDARD.encode(head.root);
    let state = serde_json::json!({ "origin": origin, "size": head.size, "root": root, "note": note });
    std::fs::write(folder.join("signer.state"), state.to_string()).expect("written");
}

/// A checkpoint of this head, signed by the key in `of`.
fn note(of: &Path, origin: &str, head: Head) -> String {
    let hex = std::fs::read_to_string(of.join("log.key")).expect("key");
    let mut seed = [0; 32];
    for (byte, two) in seed.iter_mut().zip(hex.trim().as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(two).expect("hex"), 16).expect("hex");
    }
    let text = Checkpoint { origin: origin.to_owned(), size: head.size, root: head.root }.text();
    NoteSigner::new(origin, &seed).expect("signer").sign(&text).expect("note")
}

/// A mirror that was published up to this head.
fn mirrored(mirror: &Path, of: &Path, origin: &str, head: Head) {
    std::fs::create_dir_all(mirror).expect("made");
    std::fs::write(mirror.join("checkpoint"), note(of, origin, head)).expect("written");
}

fn with_mirror(folder: &Path, mirror: &Path) {
    let toml = folder.join("stadt.toml");
    let text = std::fs::read_to_string(&toml).expect("town");
    std::fs::write(toml, format!("{text}\n[protokoll]\nspiegel = {mirror:?}\n")).expect("written");
}

/// A server whose stderr is kept.
struct Serving {
    child: Child,
    address: String,
    err: PathBuf,
    _dir: TempDir,
}

impl Serving {
    fn start(folder: &Path) -> Self {
        let dir = tempfile::tempdir().expect("dir");
        let err = dir.path().join("stderr");
        let args = ["serve", "--listen", "127.0.0.1:0", "--data", folder.to_str().expect("UTF-8")];
        let file = std::fs::File::create(&err).expect("made");
        let mut child = command(&args).stdout(Stdio::piped()).stderr(file).spawn().expect("akte starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let ready = lines.find_map(|l| l.expect("line").strip_prefix("Bereit: http://").map(str::to_owned));
        let said = std::fs::read_to_string(&err).expect("read");
        let address = ready.unwrap_or_else(|| panic!("it did not start: {said}"));
        Self { child, address, err, _dir: dir }
    }
    fn said(&self) -> String {
        std::fs::read_to_string(&self.err).expect("read")
    }
    /// Status and page.
    fn ask(&self, method: &str, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("connected");
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        write!(stream, "{head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n")
            .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("status");
        (status, answer)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server reads and writes.
fn serves(folder: &Path) {
    let server = Serving::start(folder);
    assert!(!server.said().contains("NUR LESEN"), "{}", server.said());
    assert!(!server.ask("GET", "/readyz").1.contains("quarantine"));
    assert!(!server.ask("GET", "/").1.contains("Zurzeit können Sie hier nur lesen"));
    drop(server);
    let before = head(folder).size;
    konto(folder, "neu").ok();
    assert!(head(folder).size > before);
}

/// The server only reads, says why, and not one event is written.
fn only_reads(folder: &Path, why: &str) {
    let before = head(folder);
    let server = Serving::start(folder);
    let said = server.said();
    assert!(said.contains("NUR LESEN") && said.contains(why) && said.contains("akte verify"), "{said}");
    let (status, ready) = server.ask("GET", "/readyz");
    assert!(status == 200 && ready.contains("quarantine: read-only"), "{ready}");
    for page in ["/", "/leistungen", "/daten", "/impressum", "/anmelden", "/gibt-es-nicht"] {
        let (status, html) = server.ask("GET", page);
        assert_eq!(status, if page == "/gibt-es-nicht" { 404 } else { 200 }, "{page}");
        assert!(html.contains("Zurzeit können Sie hier nur lesen"), "{page} has no banner");
        assert!(page.starts_with("/a") || !html.contains("signer.state"), "{page} tells strangers about the machine");
    }
    for page in
        ["/antrag/gewerbeanmeldung", "/antrag/gewerbeanmeldung/absenden", "/amt/verteilen", "/verwaltung/konten"]
    {
        let (status, html) = server.ask("POST", page);
        assert_eq!(status, 503, "{page}");
        assert!(
            html.contains(why) && html.contains("akte restore") && html.to_lowercase().contains("retry-after"),
            "{html}"
        );
    }
    // To log in is to read: it fails for want of a form token, not for the quarantine.
    assert_ne!(server.ask("POST", "/anmelden").0, 503);
    drop(server);
    konto(folder, "neu").refused(why);
    assert_eq!(head(folder), before, "something was written");
}

/// A town with one account, and a later state of the same folder.
fn earlier_and_later() -> (TempDir, TempDir) {
    let early = gegruendet();
    konto(early.path(), "erste").ok();
    let late = tempfile::tempdir().expect("dir");
    copy(early.path(), late.path());
    konto(late.path(), "zweite").ok();
    (early, late)
}

#[test]
fn a_folder_that_goes_on_from_what_was_signed_serves() {
    let (early, late) = earlier_and_later();
    signed(late.path(), head(early.path()));
    serves(late.path());
    signed(early.path(), head(early.path()));
    serves(early.path());
}

#[test]
fn a_folder_behind_the_signer_only_reads() {
    let (early, late) = earlier_and_later();
    signed(early.path(), head(late.path()));
    only_reads(early.path(), "signer.state kennt aber schon");
}

#[test]
fn a_folder_with_another_past_than_the_signed_one_only_reads() {
    let (early, late) = earlier_and_later();
    konto(early.path(), "andere").ok();
    assert_eq!(head(early.path()).size, head(late.path()).size);
    signed(early.path(), head(late.path()));
    only_reads(early.path(), "zwei verschiedene Verläufe");
}

#[test]
fn a_signer_memory_that_cannot_be_read_or_is_foreign_only_reads() {
    let (early, _) = earlier_and_later();
    std::fs::write(early.path().join("signer.state"), "{\"size\":").expect("written");
    only_reads(early.path(), "Das Gedächtnis der Unterschrift ist nicht lesbar");
    let foreign =
        serde_json::json!({ "origin": "anders.example", "size": 1, "root": STANDARD.encode([0; 32]), "note": "" });
    std::fs::write(early.path().join("signer.state"), foreign.to_string()).expect("written");
    konto(early.path(), "neu").refused("gehört zu einem anderen Protokoll");
}

#[test]
fn a_mirror_that_is_ahead_or_differs_only_reads_and_one_that_is_gone_warns() {
    let (early, late) = earlier_and_later();
    let mirror = tempfile::tempdir().expect("dir");
    let mirror = mirror.path().join("spiegel");
    with_mirror(early.path(), &mirror);
    let server = Serving::start(early.path());
    assert!(server.said().contains("ist nicht lesbar und wird nicht verglichen"), "{}", server.said());
    assert!(!server.said().contains("NUR LESEN"));
    drop(server);
    // Signed by somebody else: no mirror of this log, so it proves nothing.
    let stranger = tempfile::tempdir().expect("dir");
    std::fs::write(stranger.path().join("log.key"), "07".repeat(32)).expect("written");
    mirrored(&mirror, stranger.path(), &origin(early.path()), head(late.path()));
    serves(early.path());
    let log = origin(early.path());
    let ahead = Head { size: head(early.path()).size + 1, root: [7; 32] };
    mirrored(&mirror, early.path(), &log, ahead);
    only_reads(early.path(), "der Spiegel kennt aber schon");
    mirrored(&mirror, early.path(), &log, head(late.path()));
    only_reads(early.path(), "zwei verschiedene Verläufe");
    mirrored(&mirror, early.path(), &log, head(early.path()));
    serves(early.path());
}

#[test]
fn an_older_backup_restored_beside_the_newer_signer_only_reads_and_says_what_is_lost() {
    let (folder, orte) = (gegruendet(), Orte::new());
    konto(folder.path(), "erste").ok();
    orte.sichern(folder.path()).ok();
    let then = head(folder.path()).size;
    konto(folder.path(), "zweite").ok();
    let now = head(folder.path());
    signed(folder.path(), now);
    let mirror = orte.dir.path().join("spiegel");
    mirrored(&mirror, folder.path(), &origin(folder.path()), now);
    let to = orte.dir.path().join("alt");
    let said = restore(&orte.backup, &orte.vault, folder.path(), &to).ok().out;
    assert!(said.contains("startet auf diesem Ordner nur zum Lesen"), "{said}");
    only_reads(&to, &format!("endet bei {then} Ereignissen, signer.state kennt aber schon {}", now.size));
    // The newer backup is the way out.
    orte.sichern(folder.path()).ok();
    let to = orte.dir.path().join("neu");
    let text = |p: &Path| p.to_str().expect("UTF-8").to_owned();
    let args = [
        "restore",
        &text(&orte.backup),
        "--tresor",
        &text(&orte.vault),
        "--schluessel",
        &text(folder.path()),
        "--data",
        &text(&to),
        "--spiegel",
        &text(&mirror),
    ];
    let said = crate::akte::run(&args).ok().out;
    assert!(said.contains("Der Spiegel kennt nichts, was hier fehlt."), "{said}");
    serves(&to);
    // And what an older one lacks is told by the mirror, too.
    mirrored(&mirror, folder.path(), &origin(folder.path()), Head { size: now.size + 3, root: [1; 32] });
    let newer = orte.dir.path().join("neuer");
    let (data, spiegel) = (text(&newer), text(&mirror));
    let args = [&args[..7], &[data.as_str(), "--spiegel", spiegel.as_str()]].concat();
    assert!(crate::akte::run(&args).ok().out.contains("Die letzten 3 Ereignisse fehlen hier"));
    on(&newer, &["verify"]).ok();
}
