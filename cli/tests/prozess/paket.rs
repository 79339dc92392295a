//! `akte export evidence`: a package of the real program, checked by the module that lies in it and nothing else.
//!
//! Every way to cheat with a package is tried by `paket.mjs` beside this file and by `tests/pruefer/paket.test.mjs`.

use crate::akte::{Ran, Server, on};
use crate::auskunft::UNSCHREIBBAR;
use crate::beleg::sign;
use crate::protokoll::{setting, signed_after, vkeys};
use crate::stadt::copied;
use rusqlite::Connection;
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A demo town whose streams are all on a signed daily list.
pub fn mit_tagesabschluss() -> TempDir {
    let folder = copied();
    setting(folder.path(), "takt_sekunden = 1");
    let server = Server::start(folder.path());
    let db = Connection::open(folder.path().join("ledger.db")).expect("open");
    let liste = || -> Option<i64> {
        let sql = "SELECT max(idx) FROM event WHERE CAST(header AS TEXT) LIKE '%log.stream_heads.v1%'";
        db.query_row(sql, [], |r| r.get(0)).expect("event")
    };
    let stand = || -> i64 { db.query_row("SELECT max(size) FROM checkpoint", [], |r| r.get(0)).unwrap_or_default() };
    let mut note = signed_after(&server.address, None);
    while liste().is_none_or(|idx| stand() <= idx) {
        note = signed_after(&server.address, Some(&note));
    }
    server.terminate();
    folder
}

/// An Akte with documents: its Aktenzeichen, its stream, its Vorgang.
fn akte(folder: &Path) -> (String, String, String) {
    on(folder, &["rebuild"]).ok();
    let db = Connection::open(folder.join("internal.db")).expect("open");
    let sql = "SELECT v.aktenzeichen, lower(hex(v.akte)), lower(hex(v.vorgang)) FROM vorgang v
               WHERE v.aktenzeichen IS NOT NULL AND (SELECT count(*) FROM dokument d WHERE d.akte = v.akte) >= 2
               ORDER BY v.aktenzeichen LIMIT 1";
    let row = db.query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).expect("an Akte with documents");
    let uuid = |hex: String| format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    let (az, akte, vorgang): (String, String, String) = row;
    (az, uuid(akte), uuid(vorgang))
}

fn export(folder: &Path, was: &str, ziel: &Path) -> Ran {
    on(folder, &["export", "evidence", was, "--nach", ziel.to_str().expect("UTF-8"), "--zweck", "Verwaltungsgericht"])
}

/// Entries of the archive; it compresses nothing.
pub fn entpackt(zip: &Path) -> BTreeMap<String, Vec<u8>> {
    let b = std::fs::read(zip).expect("read");
    let u16_at = |at: usize| usize::from(u16::from_le_bytes([b[at], b[at + 1]]));
    let u32_at = |at: usize| u32::from_le_bytes([b[at], b[at + 1], b[at + 2], b[at + 3]]) as usize;
    let (mut at, mut out) = (0, BTreeMap::new());
    while b[at..].starts_with(b"PK\x03\x04") {
        let (name, len, extra) = (u16_at(at + 26), u32_at(at + 22), u16_at(at + 28));
        let from = at + 30 + name + extra;
        let named = String::from_utf8(b[at + 30..at + 30 + name].to_vec()).expect("ASCII");
        out.insert(named, b[from..from + len].to_vec());
        at = from + len;
    }
    out
}

fn node() -> bool {
    let there = Command::new("node").arg("--version").output().is_ok_and(|o| o.status.success());
    if !there {
        eprintln!("skipped: node not found, the package was not checked");
    }
    there
}

/// What somebody finds who tries to cheat, by this verifier.
fn versuche(verifier: &Path, zip: &Path, vkey: &str) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/prozess/paket.mjs");
    let out = Command::new("node").arg(script).arg(verifier).arg(zip).arg(vkey).output().expect("node");
    serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr)))
}

#[test]
fn a_court_checks_the_package_with_the_module_in_it_and_finds_whatever_was_changed_or_left_out() {
    if !node() {
        return;
    }
    let folder = mit_tagesabschluss();
    let (az, ..) = akte(folder.path());
    let zip = folder.path().join("paket.zip");
    let said = export(folder.path(), &az, &zip).ok().out;
    assert!(said.contains("Ereignisse") && said.contains("Dokumente"), "{said}");
    assert_eq!(std::fs::metadata(&zip).expect("file").permissions().mode() & 0o777, 0o600);
    let ordner = folder.path().join("gericht");
    for (name, bytes) in entpackt(&zip) {
        let path = ordner.join(&name);
        std::fs::create_dir_all(path.parent().expect("folder")).expect("made");
        std::fs::write(path, bytes).expect("written");
    }
    let vkey = vkeys(folder.path()).remove(0);
    // The whole folder, by nothing but what lies in it.
    let module = ordner.join("paket.mjs");
    let out = Command::new("node").arg(&module).arg(&ordner).args(["--vkey", &vkey]).output().expect("node");
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success() && said.contains(": valid"), "{said}{}", String::from_utf8_lossy(&out.stderr));
    let ohne = Command::new("node").arg(&module).arg(&zip).output().expect("node");
    assert_eq!(ohne.status.code(), Some(2), "a package cannot vouch for itself");
    let found = versuche(&module, &zip, &vkey);
    assert_eq!(found["good"]["urteil"], "valid", "{found}");
    for cheat in ["missed", "unnamed", "omitted"] {
        assert_eq!(found[cheat], serde_json::json!([]), "{cheat}");
    }
    let names: Vec<&str> = found["names"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
    for part in ["LIESMICH.txt", "zusammenfassung.pdf", "pruefen.html", "checkpoint", "dokumente/0001.pdf"] {
        assert!(names.contains(&part), "{part} is not in {names:?}");
    }
    let text = std::fs::read_to_string(ordner.join("LIESMICH.txt")).expect("read");
    for words in [az.as_str(), &vkey, "WAS NICHT BEWIESEN IST", "node paket.mjs . --vkey"] {
        assert!(text.contains(words), "{words}");
    }
    let pdf = std::fs::read(ordner.join("zusammenfassung.pdf")).expect("read");
    let holds = |part: &str| pdf.windows(part.len()).any(|w| w == part.as_bytes());
    assert!(pdf.starts_with(b"%PDF-1.7") && holds("/StructTreeRoot") && holds("pdfuaid:part>1<"));
    assert!(holds("/Lang(de-DE)"));
    // The page for a browser holds the same program, and may reach nothing.
    let page = std::fs::read_to_string(ordner.join("pruefen.html")).expect("read");
    assert!(page.contains("default-src 'none'"));
    let (_, script) = page.split_once("<script type=\"module\">").expect("a script");
    let joined = ordner.join("seite.mjs");
    std::fs::write(&joined, script.split("</script>").next().expect("an end")).expect("written");
    assert_eq!(versuche(&joined, &zip, &vkey)["good"]["urteil"], "valid");
}

#[test]
fn a_package_that_cannot_be_logged_or_written_is_not_made() {
    let folder = copied();
    let (az, id, vorgang) = akte(folder.path());
    let zip = folder.path().join("paket.zip");
    let db = Connection::open(folder.path().join("ledger.db")).expect("open");
    db.execute("DELETE FROM checkpoint", []).expect("removed");
    drop(db);
    std::fs::remove_file(folder.path().join("signer.state")).expect("removed");
    export(folder.path(), &az, &zip).refused("Noch kein Checkpoint");
    tokio::runtime::Runtime::new().expect("runtime").block_on(sign(folder.path()));
    export(folder.path(), "99.99/1-1999", &zip).refused("Keine Akte mit dem Aktenzeichen");
    export(folder.path(), &vorgang, &zip).refused("ist keine Akte");
    let log = Connection::open(folder.path().join("zugriff.db")).expect("open");
    log.execute_batch(UNSCHREIBBAR).expect("broken");
    export(folder.path(), &az, &zip).refused("Leseprotokoll");
    assert!(!zip.exists(), "what is not logged is not handed out");
    log.execute_batch("DROP TRIGGER voll").expect("mended");
    export(folder.path(), &id, &zip).ok();
    let before = std::fs::read(&zip).expect("read");
    export(folder.path(), &az, &zip).refused("gibt es schon");
    assert!(std::fs::read(&zip).expect("read") == before, "an existing file is left alone");
    let sql = "SELECT count(*) FROM zugriff WHERE was='beweispaket' AND zweck='Verwaltungsgericht'";
    assert!(log.query_row(sql, [], |r| r.get::<_, i64>(0)).expect("rows") >= 1, "who hands out is logged");
}

#[test]
fn what_was_erased_is_missing_from_the_package_with_its_erasure_and_the_rest_verifies() {
    if !node() {
        return;
    }
    let folder = mit_tagesabschluss();
    let (_, id, vorgang) = akte(folder.path());
    for (login, rolle) in [("erste", "datenschutz"), ("andere", "datenschutz")] {
        let rest = ["--name", "Frau Probe", "--einheit", "ordnung", "--rolle", rolle];
        on(folder.path(), &[&["konto", "add", login], &rest[..]].concat()).ok();
    }
    let grund = ["--grund", "art17-1d", "--archiv", "nicht_anbietungspflichtig", "--begruendung", "unrechtmäßig"];
    let said = on(folder.path(), &[&["erase", "propose", &vorgang, "--konto", "erste"], &grund[..]].concat()).ok().out;
    let loeschung = said.split_whitespace().nth(1).expect("an id").to_owned();
    on(folder.path(), &["erase", "approve", &loeschung, "--konto", "andere"]).ok();
    tokio::runtime::Runtime::new().expect("runtime").block_on(sign(folder.path()));
    let zip: PathBuf = folder.path().join("paket.zip");
    export(folder.path(), &id, &zip).ok();
    let files = entpackt(&zip);
    assert!(files.contains_key("ereignisse/loeschungen.json"), "{:?}", files.keys());
    assert!(!files.keys().any(|n| n.starts_with("dokumente/")), "no document is left");
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/assets/paket.mjs");
    let found = versuche(&module, &zip, &vkeys(folder.path()).remove(0));
    assert_eq!(found["good"]["urteil"], "valid", "{}", found["good"]);
    assert_eq!(found["missed"], serde_json::json!([]));
}
