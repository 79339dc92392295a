//! Documents of a running server: a very large one costs no memory, and what no case needs is removed in time.
//!
//! Content and refusals of uploads are tested where they are decided.

use crate::akte::Server;
use crate::besuch::{ABSENDEN, Besucher, vor_dem_absenden};
use crate::ordner::{gegruendet, valid};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The product's own largest upload; an unoptimised build seals so slowly that it tries a part of it.
const GROSS: usize = if cfg!(debug_assertions) { 128 << 20 } else { 1 << 30 };
/// Most memory of the server, whatever the size of the document.
const SPEICHER_KIB: u64 = 256 << 10;
const STUECK: usize = 1 << 20;

/// The n-th piece of a file nobody can compress.
fn stueck(n: usize) -> Vec<u8> {
    let mut x = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(n as u64 + 1);
    let mut out = Vec::with_capacity(STUECK);
    while out.len() < STUECK {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        out.extend_from_slice(&x.to_le_bytes());
    }
    if n == 0 {
        out[..9].copy_from_slice(b"%PDF-1.7\n");
    }
    out
}

/// A clerk of the Steueramt, logged in.
fn amt(server: &str, kennwort: &str) -> Besucher {
    let mut b = Besucher::default();
    let token = b.get(server, "/anmelden").verborgen("_csrf").to_owned();
    let a = b.post(server, "/anmelden", &[("_csrf", &token), ("login", "probe"), ("passwort", kennwort)]);
    assert_eq!((a.status, a.ziel.as_str()), (303, "/amt"), "{}", a.text);
    b
}

/// The first address in a page that begins so.
fn adresse(text: &str, anfang: &str) -> String {
    let at = text.find(&format!("\"{anfang}")).unwrap_or_else(|| panic!("no {anfang} in {text}"));
    text[at + 1..].split(['"', '#', '?']).next().expect("address").to_owned()
}

#[test]
fn a_gibibyte_goes_in_and_out_again_without_the_memory_growing() {
    let folder = gegruendet();
    let toml = folder.path().join("stadt.toml");
    let text = std::fs::read_to_string(&toml).expect("read");
    std::fs::write(&toml, text.replace("upload_bytes = 10485760", "upload_bytes = 1073741824")).expect("written");
    let rest = ["--name", "Frau Probe", "--einheit", "steuern", "--rolle", "sachbearbeitung"];
    let said = crate::akte::on(folder.path(), &[&["konto", "add", "probe"], &rest[..]].concat()).ok().out;
    let kennwort = said.trim().rsplit(' ').next().expect("password").to_owned();
    let server = Server::start(folder.path());
    let (mut b, token) = vor_dem_absenden(&server.address);
    let mut hin = Sha256::new();
    b.hochladen(
        &server.address,
        GROSS,
        (0..GROSS / STUECK).map(|n| {
            let s = stueck(n);
            hin.update(&s);
            s
        }),
    );
    assert_eq!(b.post(&server.address, ABSENDEN, &[("_csrf", &token)]).status, 303);
    let mut clerk = amt(&server.address, &kennwort);
    let fall = adresse(&clerk.get(&server.address, "/amt").text, "/amt/vorgang/");
    let dokument = adresse(&clerk.get(&server.address, &fall).text, &format!("{fall}/dokument/"));
    let (status, mut body) = clerk.holen(&server.address, &dokument);
    assert_eq!(status, 200);
    let (mut her, mut len, mut buffer) = (Sha256::new(), 0, vec![0; STUECK]);
    loop {
        match body.read(&mut buffer).expect("body") {
            0 => break,
            n => {
                her.update(&buffer[..n]);
                len += n;
            }
        }
    }
    assert_eq!((len, her.finalize()), (GROSS, hin.finalize()));
    let peak = server.peak_kib();
    println!("{} MiB in and out, most memory of the server: {} MiB", GROSS >> 20, peak >> 10);
    assert!(peak < SPEICHER_KIB, "{peak} KiB");
}

/// All stored documents.
fn blobs(folder: &Path) -> Vec<PathBuf> {
    let entries = |dir: &Path| std::fs::read_dir(dir).expect("read").map(|e| e.expect("entry").path());
    entries(&folder.join("blobs")).filter(|p| p.is_dir()).flat_map(|p| entries(&p).collect::<Vec<_>>()).collect()
}

fn aeltern(file: &Path, days: u64) {
    let then = SystemTime::now() - Duration::from_secs(days * 86_400);
    std::fs::File::options().append(true).open(file).and_then(|f| f.set_modified(then)).expect("aged");
}

#[test]
fn the_daily_pass_removes_uploads_of_drafts_that_ran_out_and_nothing_a_case_or_draft_needs() {
    let folder = gegruendet();
    let server = Server::start(folder.path());
    // Two drafts that were left lying, then one application; each with a file of its own.
    let (mut stored, mut files) = (Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..3 {
        let (mut b, token) = vor_dem_absenden(&server.address);
        b.hochladen(&server.address, 15, [b"%PDF-1.7\n%%EOF\n"]);
        let now = blobs(folder.path());
        files.extend(now.iter().find(|p| !stored.contains(*p)).cloned());
        (stored, last) = (now, Some((b, token)));
    }
    let [old, young, cited] = &files[..] else { panic!("{files:?}") };
    let (mut b, token) = last.expect("three");
    assert_eq!(b.post(&server.address, ABSENDEN, &[("_csrf", &token)]).status, 303);
    server.terminate();
    // The town keeps drafts for seven days.
    for (file, days) in [(cited, 400), (old, 9), (young, 7)] {
        aeltern(file, days);
    }
    Server::start(folder.path()).terminate();
    let left = blobs(folder.path());
    assert!(!left.contains(old), "an upload nobody can need any more stays");
    assert!(left.contains(young), "a draft's upload was taken away");
    assert!(left.contains(cited), "a case's document was taken away");
    valid(folder.path());
}
