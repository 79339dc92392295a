//! A department brings its old files: from a share or by a list, interrupted, repeated, with everything that is wrong
//! in such folders.

use crate::abbruch::Chance;
use crate::akte::{self, Ran, on};
use crate::loeschung::open;
use crate::ordner::{gegruendet, valid};
use akte_core::auszug::proben;
use akte_core::execute::House;
use akte_core::vault::Recorded;
use akte_projections::InternalViews;
use akte_projections::rows::AktenFilter;
use akte_projections::volltext::{Datei, Sperre};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;

/// A town with a registry, an empty share and a place for reports.
struct Fall {
    stadt: TempDir,
    ablage: TempDir,
}

impl Fall {
    fn neu() -> Self {
        let stadt = gegruendet();
        for (login, rolle) in [("reg", "registratur"), ("sach", "sachbearbeitung")] {
            let rest = ["--name", "Frau Probe", "--einheit", "ordnung", "--rolle", rolle];
            on(stadt.path(), &[&["konto", "add", login], &rest[..]].concat()).ok();
        }
        Self { stadt, ablage: tempfile::tempdir().expect("dir") }
    }

    fn share(&self) -> PathBuf {
        self.ablage.path().join("Ablage Ordnung")
    }

    fn legen(&self, pfad: &str, bytes: impl AsRef<[u8]>) {
        let ganz = self.share().join(pfad);
        std::fs::create_dir_all(ganz.parent().expect("parent")).expect("made");
        std::fs::write(ganz, bytes).expect("written");
    }

    fn bericht(&self) -> PathBuf {
        self.ablage.path().join("bericht.csv")
    }

    fn import(&self, was: &[&str]) -> Ran {
        let bericht = self.bericht();
        on(self.stadt.path(), &[&["import"], was, &["--bericht", bericht.to_str().expect("UTF-8")]].concat())
    }

    /// Into a new Akte.
    fn ordner(&self, mehr: &[&str]) -> Ran {
        let share = self.share();
        let fest = ["ordner", share.to_str().expect("UTF-8"), "--konto", "reg", "--aktenplan", "32.1"];
        self.import(&[&fest[..], mehr].concat())
    }

    /// path -> (result, reason)
    fn zeilen(&self) -> BTreeMap<String, (String, String)> {
        let text = std::fs::read_to_string(self.bericht()).expect("report");
        let mut leser =
            csv::ReaderBuilder::new().delimiter(b';').from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let saetze = leser.records().map(|r| r.expect("line"));
        saetze.map(|r| (format!("{} {}", &r[0], &r[1]), (r[3].to_owned(), r[4].to_owned()))).collect()
    }

    /// Result and reason of the one line that ends like this.
    fn zeile(&self, ende: &str) -> (String, String) {
        let alle = self.zeilen();
        let treffer: Vec<_> = alle.iter().filter(|(pfad, _)| pfad.ends_with(ende)).collect();
        assert_eq!(treffer.len(), 1, "{ende} in {alle:?}");
        treffer[0].1.clone()
    }

    fn abgelehnt(&self, ende: &str, grund: &str) {
        let (ergebnis, why) = self.zeile(ende);
        assert_eq!(ergebnis, "abgelehnt", "{ende}");
        assert!(why.contains(grund), "{ende}: {why}");
    }

    fn views(&self) -> InternalViews {
        InternalViews::open(&self.stadt.path().join("internal.db")).expect("views")
    }

    /// Found documents by file name.
    fn suche(&self, wort: &str) -> Vec<String> {
        let treffer = self.views().suche_dokumente(wort, None, 100).expect("asked");
        treffer.into_iter().filter_map(|t| t.dateiname).collect()
    }

    fn ausgaenge(&self) -> BTreeMap<String, u64> {
        let sperre = Sperre::warten(self.stadt.path()).expect("lock");
        let datei = Datei::oeffnen(self.stadt.path(), &sperre).expect("file");
        datei.ausgaenge().expect("asked").into_iter().collect()
    }
}

fn code(ran: &Ran, code: i32) {
    assert_eq!(ran.code, Some(code), "{}{}", ran.out, ran.err);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
}

async fn ereignisse(house: &House, wire: &str) -> Vec<Recorded> {
    let alle = house.reader().read_all(0, 1_000_000).await.expect("readable");
    alle.into_iter().filter(|r| r.wire == wire).collect()
}

/// Every path once, every document filed once.
async fn jedes_einmal(folder: &Path, anzahl: usize) {
    let house = open(folder).await;
    let neu = ereignisse(&house, "dokument.imported.v1").await;
    let pfade: BTreeSet<String> = neu.iter().map(|r| r.data["pfad"].as_str().expect("path").to_owned()).collect();
    assert_eq!((neu.len(), pfade.len()), (anzahl, anzahl), "each file once");
    let abgelegt = ereignisse(&house, "akte.dokument_filed.v1").await;
    let ids: BTreeSet<String> = abgelegt.iter().map(|r| r.data["dokument"].as_str().expect("id").to_owned()).collect();
    assert_eq!((abgelegt.len(), ids.len()), (anzahl, anzahl), "each filed once");
    assert!(neu.iter().all(|r| ids.contains(&r.stream.to_string())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_is_taken_over_with_dates_hashes_and_text_and_every_bad_file_is_named() {
    let f = Fall::neu();
    f.legen("Bau/Lageplan.pdf", proben::pdf(&["Lageplan Fischtreppe", "Seite zwei"]));
    f.legen("Bau/Brief.docx", proben::docx("Sehr geehrte Frau Müller, der Zwetschgenbaum"));
    f.legen("Notiz.txt", b"R\xfcckruf wegen Schn\xe4ppchen");
    f.legen("im-kreis.pdf", proben::pdf_im_kreis());
    let tag = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_556_880_000);
    let datei = std::fs::File::options().write(true).open(f.share().join("Bau/Lageplan.pdf")).expect("open");
    datei.set_modified(tag).expect("dated");
    f.legen("leer.txt", "");
    f.legen("Thumbs.db", "x");
    f.legen("steuer\u{7}zeichen.txt", "x");
    f.legen("programm.exe", [&b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff"[..], &[0; 200]].concat());
    std::fs::write(f.ablage.path().join("geheim.txt"), "x").expect("written");
    std::os::unix::fs::symlink("../geheim.txt", f.share().join("hinaus.txt")).expect("link");
    std::os::unix::fs::symlink(".", f.share().join("kreis")).expect("link");
    let unlesbar = std::ffi::OsStr::from_bytes(b"stra\xdfe.txt");
    std::fs::write(f.share().join(unlesbar), "x").expect("written");
    let said = f.ordner(&["--titel", "Übernommene Ablage"]);
    code(&said, 2);
    assert!(said.out.contains("4 übernommen, 0 schon vorhanden, 7 abgelehnt"), "{}", said.out);
    for (ende, grund) in [
        ("leer.txt", "leer"),
        ("Thumbs.db", "abgelegt"),
        ("zeichen.txt", "Steuerzeichen"),
        ("programm.exe", "Programm"),
        ("hinaus.txt", "hinaus"),
        ("kreis", "Verknüpfung"),
        ("e.txt", "UTF-8"),
    ] {
        f.abgelehnt(ende, grund);
    }
    let house = open(f.stadt.path()).await;
    let neu = ereignisse(&house, "dokument.imported.v1").await;
    let plan = neu.iter().find(|r| r.data["pfad"] == "Bau/Lageplan.pdf").expect("taken");
    assert_eq!(plan.data["original_am"], "2019-05-03T10:40:00Z");
    assert_eq!((&plan.data["original_aus"], &plan.data["dateiname"]), (&"datei".into(), &"Lageplan.pdf".into()));
    let sha = sha2::Sha256::default();
    let sha = <sha2::Sha256 as sha2::Digest>::chain_update(sha, proben::pdf(&["Lageplan Fischtreppe", "Seite zwei"]));
    let sha: String = sha2::Digest::finalize(sha).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(plan.data["sha256"], sha.as_str());
    drop(house);
    for (wort, name) in [("Fischtreppe", "Lageplan.pdf"), ("zwetschgen", "Brief.docx"), ("Schnäppchen", "Notiz.txt")] {
        assert_eq!(f.suche(wort), [name], "{wort}");
    }
    // What brought its reader down is remembered, and the others were read all the same.
    assert_eq!(f.ausgaenge(), BTreeMap::from([("abgebrochen".into(), 1), ("gelesen".into(), 3)]));
    let filter = AktenFilter { limit: 10, ..AktenFilter::default() };
    let akten = f.views().akten(&filter).expect("asked");
    assert_eq!(akten.len(), 1);
    assert_eq!(akten[0].titel.as_deref(), Some("Übernommene Ablage"));
    let text = std::fs::read_to_string(f.bericht()).expect("report");
    assert!(text.contains(akten[0].aktenzeichen.as_deref().expect("a number")), "the report names the new Akte");
    // Again: nothing twice.
    let said = f.ordner(&[]);
    assert!(said.out.contains("0 übernommen, 4 schon vorhanden, 7 abgelehnt"), "{}", said.out);
    jedes_einmal(f.stadt.path(), 4).await;
    valid(f.stadt.path());
}

#[test]
fn a_dry_run_says_what_would_happen_and_changes_nothing() {
    let f = Fall::neu();
    f.legen("a.txt", "eins");
    f.legen("b.txt", "");
    let vorher = events(f.stadt.path());
    let said = f.ordner(&["--probe"]);
    code(&said, 2);
    assert!(said.out.contains("1 würden übernommen, 0 schon vorhanden, 1 abgelehnt"), "{}", said.out);
    assert_eq!(f.zeile("a.txt").0, "würde übernommen");
    assert_eq!(events(f.stadt.path()), vorher);
    code(&f.ordner(&[]), 2);
    let said = f.ordner(&["--probe"]);
    assert!(said.out.contains("1 schon vorhanden"), "{}", said.out);
}

fn events(folder: &Path) -> i64 {
    let db = rusqlite::Connection::open(folder.join("ledger.db")).expect("open");
    db.query_row("SELECT count(*) FROM event", [], |r| r.get(0)).expect("counted")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_killed_anywhere_and_run_again_takes_everything_over_once() {
    const DATEIEN: usize = 300;
    let f = Fall::neu();
    for n in 0..DATEIEN {
        f.legen(&format!("{}/Vermerk {n}.txt", n % 7), format!("Vermerk Nummer {n}"));
    }
    let (share, bericht, mut chance) = (f.share(), f.bericht(), Chance::new());
    let data = f.stadt.path().to_str().expect("UTF-8");
    let args = ["import", "ordner", share.to_str().expect("UTF-8"), "--konto", "reg", "--aktenplan", "32.1"];
    let args = [&args[..], &["--bericht", bericht.to_str().expect("UTF-8"), "--data", data]].concat();
    let blobs = f.stadt.path().join("blobs");
    let mut getroffen = 0;
    for _ in 0..6 {
        let ziel = gespeichert(&blobs) + 5 + chance.below(60) as usize;
        let mut kind = akte::command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        // What it has stored tells how far it is; no clock is asked.
        while gespeichert(&blobs) < ziel && kind.try_wait().expect("asked").is_none() {
            std::thread::yield_now();
        }
        getroffen += usize::from(kind.try_wait().expect("asked").is_none());
        kind.kill().expect("SIGKILL");
        kind.wait().expect("ended");
        valid(f.stadt.path());
    }
    assert!(getroffen >= 3, "only {getroffen} kills hit a running import");
    code(&f.ordner(&[]), 0);
    assert_eq!(f.zeilen().len(), DATEIEN);
    jedes_einmal(f.stadt.path(), DATEIEN).await;
    assert_eq!(f.suche("Nummer").len(), 100, "the text of all is found, as many as are shown");
    assert_eq!(f.ausgaenge(), BTreeMap::from([("gelesen".into(), DATEIEN as u64)]));
    valid(f.stadt.path());
}

fn gespeichert(blobs: &Path) -> usize {
    let faecher = std::fs::read_dir(blobs).into_iter().flatten().flatten();
    faecher.map(|f| std::fs::read_dir(f.path()).into_iter().flatten().count()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_taken_over_line_by_line_and_what_is_wrong_in_it_is_named() {
    let f = Fall::neu();
    f.legen("grund.txt", "Grundstock");
    code(&f.ordner(&["--name", "vorher"]), 0);
    let filter = AktenFilter { limit: 10, ..AktenFilter::default() };
    let az = f.views().akten(&filter).expect("asked")[0].aktenzeichen.clone().expect("a number");
    let gut = proben::docx("Bebauungsplan Nummer sieben");
    f.legen("Pläne/B-Plan.docx", &gut);
    f.legen("zwei.txt", "zwei");
    f.legen("drei.txt", "drei");
    let liste = [
        "datei;aktenzeichen;titel;datum;sha256".to_owned(),
        format!("Pläne\\B-Plan.docx;{az};Bebauungsplan 7;3.5.2019;"),
        format!("zwei.txt;{az};;gestern;"),
        format!("../geheim.txt;{az};;;"),
        format!("fehlt.txt;{az};;;"),
        "zwei.txt;99.99-0001/1999;;;".to_owned(),
        format!("Pläne/B-Plan.docx;{az};noch einmal;;"),
        format!("grund.txt;{az};;;{}", "0".repeat(64)),
        "grund.txt;zu;wenig".to_owned(),
        "drei.txt;99.99-0001/1999;;;".to_owned(),
    ];
    // As spreadsheets write it: Windows-1252.
    let bytes: Vec<u8> = liste.join("\r\n").chars().map(|c| u8::try_from(u32::from(c)).expect("Latin")).collect();
    let datei = f.share().join("liste.csv");
    std::fs::write(&datei, bytes).expect("written");
    let said = f.import(&["csv", datei.to_str().expect("UTF-8"), "--konto", "reg"]);
    code(&said, 2);
    assert!(said.out.contains("1 übernommen, 0 schon vorhanden, 8 abgelehnt"), "{}", said.out);
    for (ende, grund) in [
        ("3 zwei.txt", "gestern"),
        ("4 ../geheim.txt", "hinaus"),
        ("5 fehlt.txt", "gibt es nicht"),
        ("6 zwei.txt", "Zeile 3"),
        ("7 Pläne/B-Plan.docx", "Zeile 2"),
        ("8 grund.txt", "anderen Inhalt"),
        ("9 grund.txt", "Spalten"),
        ("10 drei.txt", "Es gibt keine Akte mit dem Aktenzeichen 99.99-0001/1999"),
    ] {
        f.abgelehnt(ende, grund);
    }
    let house = open(f.stadt.path()).await;
    let neu = ereignisse(&house, "dokument.imported.v1").await;
    let plan = neu.iter().find(|r| r.data["titel"] == "Bebauungsplan 7").expect("taken");
    assert_eq!(plan.data["original_am"], "2019-05-02T22:00:00Z", "the day begins in the town's zone");
    assert_eq!(plan.data["original_aus"], "liste");
    drop(house);
    assert_eq!(f.suche("Bebauungsplan"), ["B-Plan.docx"]);
    std::fs::write(&datei, "name;akte\n").expect("written");
    f.import(&["csv", datei.to_str().expect("UTF-8"), "--konto", "reg"]).refused("Die Spalte „datei“ fehlt");
}

#[test]
fn nobody_imports_where_the_account_has_no_right_and_unknown_places_are_named() {
    let f = Fall::neu();
    f.legen("a.txt", "eins");
    let share = f.share();
    let share = share.to_str().expect("UTF-8");
    f.import(&["ordner", share, "--konto", "niemand"]).refused("--konto niemand");
    f.import(&["ordner", share, "--konto", "reg", "--akte", "1-1/1"]).refused("Es gibt keine Akte");
    f.import(&["ordner", share, "--konto", "reg", "--aktenplan", "99.99"]).refused("Diese Stelle gibt es nicht");
    f.import(&["ordner", share, "--konto", "sach", "--aktenplan", "32.1"]).refused("nicht erlaubt");
    f.import(&["ordner", "/gibt/es/nicht", "--konto", "reg", "--aktenplan", "32.1"]).refused("/gibt/es/nicht");
    code(&f.import(&["ordner", share, "--konto", "reg"]), 2);
    f.abgelehnt("a.txt", "keine Akte genannt");
}

#[test]
fn a_reader_that_dies_or_is_silent_is_replaced_and_the_next_file_is_read() {
    let dir = tempfile::tempdir().expect("dir");
    let legen = |name: &str, bytes: Vec<u8>| {
        let pfad = dir.path().join(name);
        std::fs::write(&pfad, bytes).expect("written");
        pfad.to_str().expect("UTF-8").to_owned()
    };
    let kreis = legen("kreis.pdf", proben::pdf_im_kreis());
    let gut = legen("gut.docx", proben::docx("Fischtreppe"));
    let bombe = legen("bombe.docx", proben::container(&[("word/document.xml", &vec![b' '; 60 << 20])]));
    let said = akte::run(&["auszug", "--datei", &kreis, &gut, &bombe, &kreis, &gut]).ok();
    let zeilen: Vec<&str> = said.out.lines().filter(|l| l.starts_with(dir.path().to_str().expect("UTF-8"))).collect();
    let ausgaenge: Vec<&str> = zeilen.iter().filter_map(|z| z.split(": ").nth(1)?.split(',').next()).collect();
    assert_eq!(ausgaenge, ["abgebrochen", "gelesen", "zu_gross", "abgebrochen", "gelesen"], "{}", said.out);
    // No time at all: each reader is ended, none is waited for, and the program ends well.
    let said = akte::run(&["auszug", "--zeit", "0", "--datei", &gut, &gut]).ok();
    assert_eq!(said.out.matches(": zeit,").count(), 2, "{}", said.out);
}

#[test]
fn a_deleted_full_text_comes_back_with_a_rebuild() {
    let f = Fall::neu();
    f.legen("a.docx", proben::docx("Zwetschgenbaum"));
    code(&f.ordner(&[]), 0);
    assert_eq!(f.suche("Zwetschgenbaum"), ["a.docx"]);
    for ende in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(f.stadt.path().join(format!("volltext.db{ende}")));
    }
    assert!(f.suche("Zwetschgenbaum").is_empty());
    on(f.stadt.path(), &["rebuild"]).ok();
    assert_eq!(f.suche("Zwetschgenbaum"), ["a.docx"]);
    assert_eq!(f.suche("Zwetschenbaum"), ["a.docx"], "typing errors, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_for_another_akte_is_refused_and_lies_in_one_only() {
    let f = Fall::neu();
    f.legen("a.txt", "eins");
    code(&f.ordner(&["--name", "erster"]), 0);
    code(&f.ordner(&["--name", "zweiter"]), 0);
    let filter = AktenFilter { limit: 10, ..AktenFilter::default() };
    let akten = f.views().akten(&filter).expect("asked");
    let mut zeichen: Vec<String> = akten.into_iter().filter_map(|a| a.aktenzeichen).collect();
    zeichen.sort();
    let [erste, zweite] = &zeichen[..] else { panic!("{zeichen:?}") };
    let (erste, zweite) = (erste.as_str(), zweite.as_str());
    let share = f.share();
    let wieder = ["ordner", share.to_str().expect("UTF-8"), "--konto", "reg", "--name", "erster", "--akte"];
    code(&f.import(&[&wieder[..], &[zweite]].concat()), 2);
    f.abgelehnt("a.txt", &format!("liegt schon in der Akte {erste}"));
    code(&f.import(&[&wieder[..], &[zweite, "--probe"]].concat()), 2);
    f.abgelehnt("a.txt", "Legen Sie sie dort um");
    code(&f.import(&[&wieder[..], &[erste]].concat()), 0);
    jedes_einmal_je_akte(f.stadt.path()).await;
    valid(f.stadt.path());
}

/// Every document is filed in the Akte its own stream names, and nowhere else.
async fn jedes_einmal_je_akte(folder: &Path) {
    let house = open(folder).await;
    let abgelegt = ereignisse(&house, "akte.dokument_filed.v1").await;
    assert_eq!(abgelegt.len(), 2);
    for r in abgelegt {
        let dokument = r.data["dokument"].as_str().expect("id").parse().expect("UUID");
        let akte = house.load::<akte_core::akte::Dokument>(dokument).await.expect("there").state.akte;
        assert_eq!(akte, Some(r.stream));
    }
}

#[test]
fn no_import_passes_the_virus_scanner_by() {
    let Some(wache) = akte_tests::virenwache::Virenwache::start() else { return };
    let f = Fall::neu();
    f.legen("gut.txt", "eins");
    f.legen("boese.txt", akte_tests::virenwache::EICAR_DATEI);
    let scanner = |ort: &Path| {
        crate::wahl::einstellen(f.stadt.path(), &format!("virenscanner = \"unix:{}\"\n", ort.display()));
    };
    scanner(&f.ablage.path().join("niemand.ctl"));
    code(&f.ordner(&[]), 2);
    f.abgelehnt("gut.txt", "Wiederholen Sie den Import später");
    scanner(&wache.ort());
    code(&f.ordner(&["--probe"]), 2);
    assert_eq!(f.zeile("gut.txt").0, "würde übernommen");
    code(&f.ordner(&[]), 2);
    assert_eq!(f.zeile("gut.txt").0, "übernommen");
    f.abgelehnt("boese.txt", "Schadsoftware");
}
