//! Backup and restore through the real program: again and again, beside writers, killed, damaged, full.

use crate::abbruch::{Chance, Writer};
use crate::akte::{Ran, command, copy, on, run};
use crate::buch::{canary, erase, events, haus, head, kek_of, konten};
use crate::ordner::{Small, fill, gegruendet, konto, valid};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

pub fn restore(backup: &Path, vault: &Path, keys: &Path, to: &Path) -> Ran {
    run(&["restore", text(backup), "--tresor", text(vault), "--schluessel", text(keys), "--data", text(to)])
}

/// Where a town's backups go.
pub struct Orte {
    pub dir: TempDir,
    pub backup: PathBuf,
    pub vault: PathBuf,
}

impl Orte {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("dir");
        let (backup, vault) = (dir.path().join("sicherung"), dir.path().join("tresor"));
        Self { dir, backup, vault }
    }
    pub fn sichern(&self, folder: &Path) -> Ran {
        on(folder, &["backup", text(&self.backup), "--tresor", text(&self.vault)])
    }
    fn again(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    /// Restores the backup and says what became of it.
    fn restored(&self, folder: &Path, name: &str) -> (PathBuf, String) {
        let to = self.again(name);
        let said = restore(&self.backup, &self.vault, folder, &to).ok().out;
        (to, said)
    }
}

fn manifest(backup: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(backup.join("sicherung.json")).expect("list")).expect("JSON")
}

/// The backup is the ledger as it was at the size its list names.
fn is_the_ledger_at_its_size(backup: &Path, folder: &Path) -> u64 {
    let (there, here) = (events(backup), events(folder));
    let size = manifest(backup)["size"].as_u64().expect("size");
    assert_eq!(there.len() as u64, size);
    assert!(here[..there.len()] == there, "the backup differs from the ledger");
    size
}

#[test]
fn folders_named_from_where_one_stands_are_as_good_as_whole_paths() {
    let (folder, orte) = (gegruendet(), Orte::new());
    let here =
        |args: &[&str]| -> Ran { command(args).current_dir(orte.dir.path()).output().expect("akte starts").into() };
    let from = text(folder.path());
    here(&["backup", "sicherung", "--tresor", "tresor", "--data", from]).ok();
    here(&["restore", "sicherung", "--tresor", "tresor", "--schluessel", from, "--data", "neu"]).ok();
    valid(&orte.again("neu"));
}

#[test]
fn what_was_backed_up_is_restored_valid_and_goes_on() {
    let (folder, orte) = (gegruendet(), Orte::new());
    konto(folder.path(), "vorher").ok();
    orte.sichern(folder.path()).ok();
    for name in ["vault.key", "vault.generation", "log.key", "vault.db"] {
        assert!(!orte.backup.join(name).exists(), "{name} is kept apart");
    }
    let (again, said) = orte.restored(folder.path(), "wieder");
    assert!(said.starts_with("valid: "), "{said}");
    assert!(!again.join("wiederherstellung.json").exists());
    on(&again, &["konto", "reset", "vorher"]).ok();
    konto(&again, "nachher").ok();
    valid(&again);
}

#[test]
fn each_run_adds_what_is_new_and_the_vault_keeps_thirty_days() {
    let (folder, orte) = (gegruendet(), Orte::new());
    orte.sichern(folder.path()).ok();
    let first = head(folder.path()).size;
    let id = manifest(&orte.backup)["id"].clone();
    konto(folder.path(), "neu").ok();
    let added = head(folder.path()).size - first;
    let said = orte.sichern(folder.path()).ok().out;
    assert!(said.contains(&format!("{} Ereignisse, davon {added} neu", first + added)), "{said}");
    assert!(orte.sichern(folder.path()).ok().out.contains("davon 0 neu"));
    assert_eq!(manifest(&orte.backup)["id"], id, "one folder, one backup");
    assert_eq!(is_the_ledger_at_its_size(&orte.backup, folder.path()), first + added);
    let liste: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("sicherungen.json")).expect("kept")).expect("JSON");
    assert_eq!(liste.as_array().map(Vec::len), Some(3), "each vault copy counts until it lapses: {liste}");

    // A copy of the vault from last month.
    let copies = || std::fs::read_dir(&orte.vault).expect("read").map(|e| e.expect("entry").path()).collect::<Vec<_>>();
    assert_eq!(copies().len(), 3);
    let oldest = copies().into_iter().min().expect("one");
    let mut list = manifest(&oldest);
    list["made_at"] = "2026-01-01T00:00:00Z".into();
    std::fs::write(oldest.join("sicherung.json"), list.to_string()).expect("aged");
    let said = orte.sichern(folder.path()).ok().out;
    assert!(said.contains("Gelöscht: 1 Kopien, älter als 30 Tage"), "{said}");
    assert!(!oldest.exists() && copies().len() == 3);
    orte.restored(folder.path(), "wieder");
}

#[test]
fn beside_a_writer_every_backup_is_one_moment_of_the_ledger() {
    let (folder, orte) = (gegruendet(), Orte::new());
    let mut writer = Writer::start(folder.path(), &[]);
    let keys: Vec<String> = (0..60).map(|n| format!("sicherung-{n:012}")).collect();
    let mut sizes = Vec::new();
    for part in keys.chunks(15) {
        writer.send(part);
        writer.acknowledged();
        let before = head(folder.path()).size;
        orte.sichern(folder.path()).ok();
        let size = is_the_ledger_at_its_size(&orte.backup, folder.path());
        assert!(size >= before);
        sizes.push(size);
    }
    let (_, said) = orte.restored(folder.path(), "mitten");
    assert!(said.starts_with("valid: "), "{said}");
    writer.finished();
    assert!(sizes.windows(2).all(|w| w[0] < w[1]), "each followed something new: {sizes:?}");
    orte.sichern(folder.path()).ok();
    assert_eq!(is_the_ledger_at_its_size(&orte.backup, folder.path()), head(folder.path()).size);
}

/// A town with some hundred events and documents.
fn volle_stadt() -> TempDir {
    let folder = gegruendet();
    let mut writer = Writer::start(folder.path(), &["--zu-ende"]);
    writer.send(&(0..40).map(|n| format!("stadt-{n:016}")).collect::<Vec<_>>());
    writer.finished();
    for n in 0..30u8 {
        blob(folder.path(), n, &[n; 40_000]);
    }
    folder
}

/// A stored document, as far as a backup looks at it.
fn blob(folder: &Path, n: u8, bytes: &[u8]) -> PathBuf {
    let dir = folder.join("blobs").join(format!("{n:02x}"));
    std::fs::create_dir_all(&dir).expect("made");
    let path = dir.join(format!("{n:02x}000000-0000-4000-8000-000000000000"));
    std::fs::write(&path, bytes).expect("written");
    path
}

/// Runs the command again and again, killed at a random moment of its usual time, until it comes to its end.
fn killed_until_done(args: &[&str], usual: Duration, kills: usize, mut between: impl FnMut(usize)) -> usize {
    let (mut chance, mut hit) = (Chance::new(), 0);
    for n in 0..kills {
        let mut child = command(args).stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("starts");
        let end = Instant::now() + Duration::from_micros(chance.below(usual.as_micros() as u64));
        while Instant::now() < end && child.try_wait().expect("asked").is_none() {
            std::thread::yield_now();
        }
        if child.try_wait().expect("asked").is_none() {
            child.kill().expect("SIGKILL");
            hit += 1;
        }
        child.wait().expect("ended");
        between(n);
    }
    run(args).ok();
    hit
}

#[test]
fn a_backup_killed_at_any_moment_goes_on_and_ends_right() {
    let (folder, orte) = (volle_stadt(), Orte::new());
    let data = text(folder.path()).to_owned();
    let trial = orte.again("probe");
    let begun = Instant::now();
    run(&["backup", text(&trial), "--data", &data, "--schritt", "7"]).ok();
    let usual = begun.elapsed();
    let args = ["backup", text(&orte.backup), "--tresor", text(&orte.vault), "--data", &data, "--schritt", "7"];
    let mut n = 0;
    let hit = killed_until_done(&args, usual, 25, |kill| {
        n += 1;
        // What is there is never torn; and the town goes on meanwhile.
        let there = orte.backup.join("ledger.db");
        if kill % 5 == 4 && there.exists() {
            let copy = orte.again(&format!("angekommen-{kill}"));
            crate::akte::copy(&orte.backup, &copy);
            let size = akte_core::ledger::engine::SqliteLedger::open(copy.join("ledger.db"));
            assert!(size.is_ok(), "after kill {kill}: {:?}", size.err());
            konto(folder.path(), &format!("zwischen{kill}")).ok();
        }
        if orte.backup.join("sicherung.json").exists() && !orte.backup.join("sicherung.laeuft").exists() {
            // It came to its end before the kill: begin anew.
            std::fs::remove_dir_all(&orte.backup).expect("removed");
        }
    });
    println!("kills that hit: {hit} of {n}");
    assert!(hit > 5, "only {hit} kills hit a running backup");
    assert_eq!(is_the_ledger_at_its_size(&orte.backup, folder.path()), head(folder.path()).size);
    assert!(!orte.backup.join("sicherung.laeuft").exists());
    let (again, said) = orte.restored(folder.path(), "wieder");
    assert!(said.starts_with("valid: "), "{said}");
    assert_eq!(std::fs::read_dir(again.join("blobs")).expect("read").count(), 30);
}

#[test]
fn an_interrupted_backup_is_refused_and_restored_when_nothing_else_is_left() {
    let (folder, orte) = (volle_stadt(), Orte::new());
    orte.sichern(folder.path()).ok();
    let before = head(folder.path()).size;
    konto(folder.path(), "spaeter").ok();
    // As after a power cut in the second run: events have come, the list has not.
    let old = std::fs::read(orte.backup.join("sicherung.json")).expect("read");
    orte.sichern(folder.path()).ok();
    std::fs::write(orte.backup.join("sicherung.json"), old).expect("the older list");
    std::fs::write(orte.backup.join("sicherung.laeuft"), "").expect("marked");
    let to = orte.again("wieder");
    restore(&orte.backup, &orte.vault, folder.path(), &to).refused("der letzte Lauf wurde unterbrochen");
    assert!(!to.exists());
    let (b, v, k, t) = (text(&orte.backup), text(&orte.vault), text(folder.path()), text(&to));
    let args = ["restore", b, "--tresor", v, "--schluessel", k, "--data", t, "--unterbrochen"];
    let said = run(&args).ok().out;
    assert!(said.starts_with("valid: "), "{said}");
    assert!(head(&to).size > before);
}

#[test]
fn what_was_erased_disappears_from_the_backup_too() {
    let (folder, orte) = (gegruendet(), Orte::new());
    konto(folder.path(), "bleibt").ok();
    konto(folder.path(), "geht").ok();
    let document = blob(folder.path(), 7, &canary());
    let kek = kek_of(folder.path(), konten(folder.path())[1]);
    let sealed: Vec<Vec<u8>> = events(folder.path())
        .iter()
        .flat_map(|e| e.groups.clone())
        .filter(|g| g.kek_id == Some(kek))
        .map(|g| g.bytes)
        .collect();
    assert!(!sealed.is_empty());
    orte.sichern(folder.path()).ok();
    let holds = |bytes: &[u8]| crate::buch::found(&orte.backup, bytes);
    assert!(sealed.iter().all(|s| holds(s)) && holds(&canary()), "or the search proves nothing");
    erase(folder.path(), kek, true);
    std::fs::remove_file(document).expect("erased");
    let said = orte.sichern(folder.path()).ok().out;
    assert!(said.contains("1 Dokumente gelöscht"), "{said}");
    assert!(sealed.iter().all(|s| !holds(s)), "a sealed value stayed");
    assert!(!holds(&canary()), "the document stayed");
    let (_, said) = orte.restored(folder.path(), "wieder");
    assert!(said.starts_with("valid-erased("), "{said}");
}

#[test]
fn an_erasure_beside_a_backup_is_in_it_whole_or_not_at_all() {
    let (folder, orte) = (gegruendet(), Orte::new());
    for n in 0..5 {
        konto(folder.path(), &format!("konto{n}")).ok();
    }
    let keks: Vec<u64> = konten(folder.path()).into_iter().map(|k| kek_of(folder.path(), k)).collect();
    let data = folder.path().to_owned();
    let erasing = std::thread::spawn(move || keks.iter().for_each(|kek| erase(&data, *kek, true)));
    let mut runs = 0;
    while !erasing.is_finished() || runs < 2 {
        // A new place each time and step by step, so that erasures fall into the run.
        let (there, to) = (orte.again(&format!("lauf{runs}")), orte.again(&format!("wieder{runs}")));
        let args = ["backup", text(&there), "--tresor", text(&orte.vault), "--schritt", "1"];
        on(folder.path(), &args).ok();
        let said = restore(&there, &orte.vault, folder.path(), &to);
        // Asked for and not yet confirmed is no violation; a gap without its request would be.
        assert!(matches!(said.code, Some(0 | 2)) && !said.out.contains("VIOLATION"), "{}{}", said.out, said.err);
        runs += 1;
    }
    erasing.join().expect("erased");
    orte.sichern(folder.path()).ok();
    let (_, said) = orte.restored(folder.path(), "zuletzt");
    assert!(said.starts_with("valid-erased("), "{said}");
}

#[test]
fn restoring_an_older_backup_erases_again_before_anything_is_verified() {
    let (folder, orte) = (gegruendet(), Orte::new());
    konto(folder.path(), "geht").ok();
    let kek = kek_of(folder.path(), konten(folder.path())[0]);
    // The request is durable and in the backup, key and values still are there: the restore finishes it.
    erase(folder.path(), kek, false);
    orte.sichern(folder.path()).ok();
    let to = orte.again("wieder");
    let said = restore(&orte.backup, &orte.vault, folder.path(), &to);
    assert_eq!(said.code, Some(2), "pending until it is confirmed: {}{}", said.out, said.err);
    assert!(said.out.contains("Löschungen nachgeholt: "), "{}", said.out);
    assert!(events(&to).iter().flat_map(|e| &e.groups).all(|g| g.kek_id != Some(kek)));
    let (_, house) = haus(&to);
    assert!(house.vault.kek(kek).expect("read").is_none(), "the key is gone");
}

#[test]
fn a_damaged_or_incomplete_backup_is_refused() {
    let (folder, orte) = (gegruendet(), Orte::new());
    konto(folder.path(), "probe").ok();
    blob(folder.path(), 9, &[9; 5000]);
    orte.sichern(folder.path()).ok();
    let name = "blobs/09/09000000-0000-4000-8000-000000000000";
    for file in ["ledger.db", "stadt.toml", name] {
        let damaged = orte.again("beschaedigt");
        let _ = std::fs::remove_dir_all(&damaged);
        copy(&orte.backup, &damaged);
        let mut bytes = std::fs::read(damaged.join(file)).expect("read");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(damaged.join(file), bytes).expect("written");
        restore(&damaged, &orte.vault, folder.path(), &orte.again("a")).refused(file);
        std::fs::remove_file(damaged.join(file)).expect("removed");
        restore(&damaged, &orte.vault, folder.path(), &orte.again("a")).refused(file);
        assert!(!orte.again("a").exists(), "nothing is restored by halves");
    }
    let list = manifest(&orte.backup);
    for (field, value) in [("pfad", "../stadt.toml"), ("pfad", "/etc/passwd"), ("pfad", "")] {
        let mut list = list.clone();
        list["dateien"][0][field] = value.into();
        std::fs::write(orte.backup.join("sicherung.json"), list.to_string()).expect("written");
        restore(&orte.backup, &orte.vault, folder.path(), &orte.again("b")).refused("führt aus der Sicherung hinaus");
    }
    std::fs::write(orte.backup.join("sicherung.json"), "{").expect("written");
    restore(&orte.backup, &orte.vault, folder.path(), &orte.again("b")).refused("sicherung.json");
    std::fs::remove_file(orte.backup.join("sicherung.json")).expect("removed");
    restore(&orte.backup, &orte.vault, folder.path(), &orte.again("b")).refused("keine vollständige Sicherung");
    std::fs::write(orte.backup.join("sicherung.json"), list.to_string()).expect("back");
    let stranger = gegruendet();
    std::fs::write(stranger.path().join("vault.key"), "A".repeat(43)).expect("written");
    restore(&orte.backup, &orte.vault, stranger.path(), &orte.again("c")).refused("falsche vault.key");
}

#[test]
fn a_restore_killed_at_any_moment_goes_on_and_is_served_only_when_done() {
    let (folder, orte) = (volle_stadt(), Orte::new());
    orte.sichern(folder.path()).ok();
    let begun = Instant::now();
    orte.restored(folder.path(), "probe");
    let usual = begun.elapsed();
    let to = orte.again("wieder");
    let (b, v, k, t) = (text(&orte.backup), text(&orte.vault), text(folder.path()), text(&to));
    let args = ["restore", b, "--tresor", v, "--schluessel", k, "--data", t];
    let mut begun = 0;
    killed_until_done(&args, usual, 30, |_| {
        if to.join("wiederherstellung.json").exists() {
            begun += 1;
        } else if to.exists() && std::fs::read_dir(&to).expect("read").next().is_some() {
            // It came to its end before the kill: begin anew.
            std::fs::remove_dir_all(&to).expect("removed");
        }
    });
    println!("kills that hit a restore that had begun: {begun}");
    assert!(begun > 1, "only {begun} kills hit a restore that had begun");
    valid(&to);
    assert!(events(&to) == events(folder.path()));
    // Another backup does not go on in a folder that was begun with this one.
    std::fs::write(
        to.join("wiederherstellung.json"),
        serde_json::json!({
            "quelle": "/anderswo", "tresor": "/anderswo", "schluessel": "/anderswo", "kopiert": false
        })
        .to_string(),
    )
    .expect("written");
    run(&args).refused("wurde die Wiederherstellung aus /anderswo begonnen");
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["rebuild"], &["konto", "reset", "x"]] {
        on(&to, command).refused("noch nicht ganz wiederhergestellt");
    }
}

#[test]
fn a_backup_goes_only_where_it_belongs() {
    let (folder, orte) = (gegruendet(), Orte::new());
    let inside = folder.path().join("sicherung");
    on(folder.path(), &["backup", text(&inside)]).refused("liegt im Datenordner");
    assert!(!inside.exists());
    let nested = orte.backup.join("tresor");
    on(folder.path(), &["backup", text(&orte.backup), "--tresor", text(&nested)]).refused("an einen anderen Ort");
    let full = orte.again("voll");
    std::fs::create_dir(&full).expect("made");
    std::fs::write(full.join("brief.txt"), "x").expect("written");
    on(folder.path(), &["backup", text(&full)]).refused("ist nicht leer");
    let file = full.join("brief.txt").join("unter");
    on(folder.path(), &["backup", text(&file)]).refused("anlegen");
    // The backup of another town, and of a folder that fell back.
    let stand = orte.again("stand");
    copy(folder.path(), &stand);
    konto(folder.path(), "weiter").ok();
    orte.sichern(folder.path()).ok();
    let before = std::fs::read(orte.backup.join("ledger.db")).expect("read");
    orte.sichern(&stand).refused("zurückgefallen");
    for n in 0..4 {
        konto(&stand, &format!("anders{n}")).ok();
    }
    orte.sichern(&stand).refused("ein anderer Verlauf");
    assert!(std::fs::read(orte.backup.join("ledger.db")).expect("read") == before, "the backup was changed");
    orte.restored(folder.path(), "wieder");
}

#[test]
fn a_full_disk_is_named_and_the_backup_goes_on_when_there_is_room() {
    let dir = tempfile::tempdir().expect("dir");
    let Some(small) = Small::mount(&dir.path().join("klein")) else {
        println!("skipped: needs root");
        return;
    };
    let (folder, orte) = (volle_stadt(), Orte::new());
    let backup = small.0.join("sicherung");
    let filler = small.0.join("fuell");
    let mut refusals = 0;
    // Less and less is taken by others: the run ends in the ledger, then in the documents. How much is free is
    // measured by filling up: a file's length says nothing about its blocks.
    for spare in [0, 8, 16, 50, 100, 225, 375] {
        let _ = std::fs::remove_file(&filler);
        fill(&filler, spare);
        let said = on(folder.path(), &["backup", text(&backup), "--schritt", "20"]);
        if said.code != Some(0) {
            assert_eq!(said.code, Some(1), "{}", said.err);
            assert!(said.err.contains("Ist der Datenträger voll"), "{spare} pages: {}", said.err);
            refusals += 1;
        }
    }
    std::fs::remove_file(&filler).expect("freed");
    assert!(refusals > 1, "the disk was never full");
    on(folder.path(), &["backup", text(&backup), "--tresor", text(&orte.vault)]).ok();
    is_the_ledger_at_its_size(&backup, folder.path());
    let said = restore(&backup, &orte.vault, folder.path(), &orte.again("wieder")).ok().out;
    assert!(said.starts_with("valid: "), "{said}");
}
