//! The incoming post of the real program from a real mailbox, a real folder and a real virus scanner: fetched once, also when
//! the line breaks or the program is killed between book and mark.

use crate::akte::{Ran, Server, command, on};
use crate::knoten::bis;
use crate::ordner::valid;
use crate::post::zwei_knoten;
use crate::sicherung::text;
use crate::stadt::copied;
use crate::wahl::einstellen;
use akte_projections::InternalViews;
use akte_projections::rows::{PostbuchFilter, PostbuchRow};
use akte_tests::postamt::{Postamt, ZUGANG};
use akte_tests::schnitt::{Bruch, Schnitt};
use akte_tests::virenwache::{EICAR_DATEI, Virenwache};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

fn mail(betreff: &str) -> String {
    format!(
        "From: Erika Probe <erika@beispiel.example>\nTo: post@neustadt-am-test.example\nSubject: {betreff}\n\
         Date: Fri, 20 Nov 2026 08:15:00 +0100\n\nGuten Tag.\n{}\n",
        "Viel Text. ".repeat(2_000)
    )
}

/// Sets the mailbox up, in the clear on this machine.
fn postfach(folder: &Path, port: u16, mehr: &str) {
    kennwort(folder, ZUGANG.1);
    let fach = format!(
        "host = \"127.0.0.1\"\nport = {port}\ntls = \"keine\"\nbenutzer = \"{}\"\nkennwort_datei = \"postfach.kennwort\"\neinheit = \"ordnung\"\ntakt_sekunden = 1\n",
        ZUGANG.0
    );
    einstellen(folder, &format!("[postfach]\n{fach}{mehr}"));
}

fn kennwort(folder: &Path, wort: &str) {
    let datei = folder.join("postfach.kennwort");
    std::fs::write(&datei, format!("{wort}\n")).expect("written");
    std::fs::set_permissions(&datei, std::fs::Permissions::from_mode(0o600)).expect("closed");
}

fn holen(folder: &Path) -> Ran {
    on(folder, &["eingang", "holen"])
}

/// The whole post book, as a new build of the views shows it.
fn postbuch(folder: &Path) -> Vec<PostbuchRow> {
    on(folder, &["rebuild"]).ok();
    let views = InternalViews::open(&folder.join("internal.db")).expect("views");
    views.postbuch(&PostbuchFilter { limit: 1_000, ..PostbuchFilter::default() }).expect("rows")
}

fn betreffe(folder: &Path) -> Vec<String> {
    let mut b: Vec<String> = postbuch(folder).into_iter().filter_map(|r| r.betreff).collect();
    b.sort();
    b
}

#[test]
fn mails_are_fetched_once_marked_and_left_in_the_mailbox_and_a_mail_that_comes_twice_is_one_entry() {
    let Some(mut amt) = Postamt::start(false) else { return };
    let dir = copied();
    postfach(dir.path(), amt.port, "");
    for betreff in ["eins", "zwei", "eins"] {
        amt.einwerfen(mail(betreff).as_bytes());
    }
    amt.einwerfen(b"Subject: Rechnung\nContent-Disposition: attachment; filename=rechnung.exe\n\nMZ\n");
    let said = holen(dir.path()).ok();
    assert!(said.out.contains("Postfach: 2 neu, 1 schon im Postbuch, 1 in Quarantäne"), "{}", said.out);
    assert!(!said.err.contains("beispiel.example") && !said.err.contains(ZUGANG.1), "{}", said.err);
    assert!(holen(dir.path()).ok().out.contains("Postfach: 0 neu, 0 schon im Postbuch, 0 in Quarantäne"));
    assert_eq!(amt.zahl(""), 4, "nothing is taken away");
    let rows = postbuch(dir.path());
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|r| r.kanal == "email" && r.einheit == "ordnung"));
    let ledger = std::fs::read(dir.path().join("ledger.db")).expect("read");
    assert!(!ledger.windows(22).any(|w| w == b"erika@beispiel.example"), "the sender lies sealed");
    valid(dir.path());
}

#[test]
fn mails_that_are_in_the_book_are_moved_where_the_town_says() {
    let Some(mut amt) = Postamt::start(false) else { return };
    let dir = copied();
    postfach(dir.path(), amt.port, "erledigt = \"Erfasst\"\n");
    amt.einwerfen(mail("eins").as_bytes());
    assert!(holen(dir.path()).ok().out.contains("1 neu"));
    assert_eq!((amt.zahl(""), amt.zahl("Erfasst")), (0, 1));
    assert_eq!(betreffe(dir.path()), ["eins"]);
}

#[test]
fn over_a_secured_line_only_to_the_server_its_certificate_names() {
    let Some(mut amt) = Postamt::start(true) else { return };
    let dir = copied();
    amt.einwerfen(mail("gesichert").as_bytes());
    kennwort(dir.path(), ZUGANG.1);
    let stellen = |host: &str| {
        let fach = format!(
            "[postfach]\nhost = \"{host}\"\nport = {}\ntls = \"starttls\"\nbenutzer = \"{}\"\nkennwort_datei = \"postfach.kennwort\"\neinheit = \"ordnung\"\n",
            amt.port, ZUGANG.0
        );
        einstellen(dir.path(), &fach);
    };
    let holen = |ca: bool| -> Ran {
        let mut c = command(&["eingang", "holen", "--data", text(dir.path())]);
        if ca {
            c.env("SSL_CERT_FILE", amt.ca());
        }
        c.output().expect("akte starts").into()
    };
    stellen("localhost");
    holen(false).refused("lässt sich nicht sichern");
    stellen("127.0.0.1");
    holen(true).refused("lässt sich nicht sichern");
    stellen("localhost");
    assert!(holen(true).ok().out.contains("1 neu"));
    assert_eq!(betreffe(dir.path()), ["gesichert"]);
}

#[test]
fn a_server_that_is_down_a_wrong_password_and_a_missing_folder_are_said_and_lose_nothing() {
    let Some(mut amt) = Postamt::start(false) else { return };
    let dir = copied();
    postfach(dir.path(), amt.port, "ordner = \"Fehlt\"\n");
    amt.einwerfen(mail("eins").as_bytes());
    holen(dir.path()).refused("Den Ordner des Postfachs gibt es nicht");
    postfach(dir.path(), amt.port, "");
    kennwort(dir.path(), "falsch");
    let said = holen(dir.path()).refused("nimmt die Anmeldung nicht an");
    assert!(!said.err.contains("falsch"), "{}", said.err);
    kennwort(dir.path(), ZUGANG.1);
    amt.schliessen();
    holen(dir.path()).refused("Der Server ist nicht erreichbar");
    amt.oeffnen();
    assert!(holen(dir.path()).ok().out.contains("1 neu"));
    assert_eq!(betreffe(dir.path()), ["eins"]);
}

#[test]
fn a_line_that_breaks_in_the_middle_of_a_mail_leaves_no_half_entry_and_the_mail_is_fetched_later() {
    let Some(mut amt) = Postamt::start(false) else { return };
    let dir = copied();
    let schnitt = Schnitt::zu(amt.port);
    postfach(dir.path(), schnitt.port, "");
    amt.einwerfen(mail("eins").as_bytes());
    schnitt.bricht(Bruch::Nach(9_000));
    holen(dir.path()).refused("brach ab");
    assert_eq!(postbuch(dir.path()).len(), 0);
    schnitt.bricht(Bruch::Nie);
    assert!(holen(dir.path()).ok().out.contains("1 neu, 0 schon"));
    assert_eq!(betreffe(dir.path()), ["eins"]);
}

#[test]
fn killed_between_book_and_mark_the_mail_is_fetched_again_and_is_still_one_entry() {
    let Some(mut amt) = Postamt::start(false) else { return };
    let dir = copied();
    let schnitt = Schnitt::zu(amt.port);
    postfach(dir.path(), schnitt.port, "");
    amt.einwerfen(mail("eins").as_bytes());
    // The program waits for a line while its id is told to the place where it will break.
    let dir_text = text(dir.path()).to_owned();
    let mut c = Command::new("sh");
    let akte = command(&[]);
    c.args(["-c", "read los; exec \"$0\" \"$@\""])
        .arg(akte.get_program())
        .args(["eingang", "holen", "--data", &dir_text]);
    let mut child = c.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    schnitt.bricht(Bruch::Vor("UID STORE".into(), Some(child.id())));
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), b"los\n").expect("told");
    assert_eq!(child.wait().expect("ended").code(), None, "killed");
    schnitt.bricht(Bruch::Nie);
    assert_eq!(betreffe(dir.path()), ["eins"], "it was in the book before its mark");
    assert!(holen(dir.path()).ok().out.contains("0 neu, 1 schon im Postbuch"));
    assert!(holen(dir.path()).ok().out.contains("0 neu, 0 schon im Postbuch"), "now it is marked");
    assert_eq!(betreffe(dir.path()), ["eins"]);
    valid(dir.path());
}

#[test]
fn a_running_server_fetches_by_itself_and_goes_on_when_the_mailbox_is_back() {
    let Some(mut amt) = Postamt::start(false) else { return };
    let dir = copied();
    postfach(dir.path(), amt.port, "");
    amt.einwerfen(mail("eins").as_bytes());
    let server = Server::laut(command(&["serve", "--listen", "127.0.0.1:0", "--data", text(dir.path())]));
    let views = InternalViews::open(&dir.path().join("internal.db")).expect("views");
    let zahl = || views.postbuch(&PostbuchFilter { limit: 9, ..PostbuchFilter::default() }).expect("rows").len();
    bis("the first mail is in the book", || zahl() == 1);
    amt.schliessen();
    amt.einwerfen(mail("zwei").as_bytes());
    bis("a look finds nobody", || std::net::TcpStream::connect(("127.0.0.1", amt.port)).is_err());
    amt.oeffnen();
    bis("the second mail is in the book", || zahl() == 2);
    let said = server.terminated();
    assert!(!said.contains("beispiel.example") && !said.contains(ZUGANG.1), "{said}");
}

#[test]
fn of_two_nodes_one_fetches_the_mailbox() {
    let Some(mut amt) = Postamt::start(false) else { return };
    let port = amt.port;
    let betrieb = move |url: &str, dir: &Path| {
        kennwort(dir, ZUGANG.1);
        let (wer, d) = (ZUGANG.0, dir.display());
        format!(
            "ledger = \"{url}\"\ntresor = \"{url}\"\nzugriff = \"{url}\"\ndokumente = \"folder:{d}/blobs\"\n\
             [postfach]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"keine\"\nbenutzer = \"{wer}\"\n\
             kennwort_datei = \"{d}/postfach.kennwort\"\neinheit = \"ordnung\"\ntakt_sekunden = 1\n"
        )
    };
    let Some((_cluster, _dir, a, b)) = zwei_knoten(&betrieb) else { return };
    amt.einwerfen(mail("eins").as_bytes());
    let server = Server::start(&a);
    // Opened anew each time: the first start of a node builds its views and puts them in place.
    let zahl = || {
        let views = InternalViews::open(&a.join("internal.db")).expect("views");
        views.postbuch(&PostbuchFilter { limit: 9, ..PostbuchFilter::default() }).expect("rows").len()
    };
    bis("the node with the right has fetched it", || zahl() == 1);
    holen(&b).refused("Ein laufender Server holt das Postfach schon ab");
    server.terminate();
    assert!(holen(&b).ok().out.contains("Postfach: 0 neu, 0 schon im Postbuch"));
}

fn scan(folder: &Path, name: &str, inhalt: &[u8]) {
    std::fs::create_dir_all(folder.join("scans")).expect("made");
    std::fs::write(folder.join("scans").join(name), inhalt).expect("written");
}

const SCAN: &str = "[scan]\nordner = \"scans\"\neinheit = \"ordnung\"\ntakt_sekunden = 1\n";

#[test]
fn scans_are_taken_with_their_note_moved_away_and_never_twice() {
    let dir = copied();
    einstellen(dir.path(), SCAN);
    scan(dir.path(), "Kyocera__P. Probe__1.pdf", b"%PDF-1.7\n1");
    scan(dir.path(), "2.pdf", b"%PDF-1.7\n2");
    scan(dir.path(), "2.pdf.toml", "scanner = \"Gerät 2\"\nbedienung = \"M. Muster\"".as_bytes());
    scan(dir.path(), "3.pdf", b"%PDF-1.7\n3");
    scan(dir.path(), "Kyocera__P. Probe__4.pdf", b"MZ\x90\0");
    scan(dir.path(), "mail.eml", mail("aus dem Ordner").as_bytes());
    let said = holen(dir.path()).ok().out;
    assert!(said.contains("Scanordner: 3 neu, 0 schon im Postbuch, 1 in Quarantäne, 1 abgelehnt"), "{said}");
    let liegt = |wo: &str| dir.path().join("scans").join(wo).exists();
    for wo in ["erledigt/Kyocera__P. Probe__1.pdf", "erledigt/2.pdf", "erledigt/2.pdf.toml", "erledigt/mail.eml"] {
        assert!(liegt(wo), "{wo}");
    }
    let grund = std::fs::read_to_string(dir.path().join("scans/abgelehnt/3.pdf.grund.txt")).expect("reason");
    assert!(grund.contains("Kein Transfervermerk"), "{grund}");
    assert!(liegt("abgelehnt/Kyocera__P. Probe__4.pdf.grund.txt"));
    // As if it had been interrupted between book and move: the file lies there again.
    scan(dir.path(), "Kyocera__P. Probe__1.pdf", b"%PDF-1.7\n1");
    assert!(holen(dir.path()).ok().out.contains("Scanordner: 0 neu, 1 schon im Postbuch"));
    assert!(liegt("erledigt/1-Kyocera__P. Probe__1.pdf"));
    let rows = postbuch(dir.path());
    assert_eq!(rows.iter().filter(|r| r.sichtung.as_deref() == Some("ausstehend")).count(), 2);
    assert_eq!(rows.len(), 4);
    valid(dir.path());
}

#[test]
fn a_file_that_cannot_be_moved_away_keeps_no_other_out_and_its_name_is_not_logged() {
    let dir = copied();
    einstellen(dir.path(), SCAN);
    scan(dir.path(), "Anna__Geheim__1.exe", b"MZ\x90\0");
    scan(dir.path(), "Kyocera__P. Probe__2.pdf", b"%PDF-1.7\n2");
    // A file where the folder of the refused should be: nothing can be moved there.
    scan(dir.path(), "abgelehnt", b"");
    let said = holen(dir.path()).ok();
    assert!(said.out.contains("1 neu, 0 schon im Postbuch, 1 in Quarantäne"), "{}", said.out);
    assert!(!said.err.contains("Geheim") && !said.out.contains("Geheim"), "{}", said.err);
    let liegt = |wo: &str| dir.path().join("scans").join(wo).exists();
    assert!(liegt("erledigt/Kyocera__P. Probe__2.pdf") && liegt("Anna__Geheim__1.exe"));
    // Found in quarantine again, not in the book.
    assert!(holen(dir.path()).ok().out.contains("0 neu, 0 schon im Postbuch, 1 in Quarantäne"));
}

#[test]
fn a_unit_that_is_none_and_an_empty_setting_are_said() {
    let dir = copied();
    einstellen(dir.path(), "");
    holen(dir.path()).refused("nichts zum Abholen eingerichtet");
    einstellen(dir.path(), &SCAN.replace("ordnung", "ordnng"));
    holen(dir.path()).refused("[scan] einheit");
    einstellen(dir.path(), SCAN);
    holen(dir.path()).refused("Scanordner");
}

#[test]
fn a_real_virus_scanner_finds_the_test_virus_in_an_attachment_and_while_it_is_away_nothing_is_shown() {
    let Some(wache) = Virenwache::start() else { return };
    let dir = copied();
    let mit = |ort: &Path| einstellen(dir.path(), &format!("virenscanner = \"unix:{}\"\n{SCAN}", ort.display()));
    mit(&wache.ort());
    scan(dir.path(), "gut.eml", mail("harmlos").as_bytes());
    let boese = format!(
        "From: x@beispiel.example\nSubject: boese\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"e.bin\"\nContent-Transfer-Encoding: 7bit\n\n{EICAR_DATEI}\n--a--\n"
    );
    scan(dir.path(), "boese.eml", boese.as_bytes());
    let said = holen(dir.path()).ok().out;
    assert!(said.contains("1 neu, 0 schon im Postbuch, 1 in Quarantäne"), "{said}");
    mit(&dir.path().join("niemand.ctl"));
    scan(dir.path(), "wartet.eml", mail("wartet").as_bytes());
    holen(dir.path()).ok();
    let wartet = |rows: &[PostbuchRow]| {
        rows.iter().filter(|r| r.ungeprueft).filter_map(|r| r.betreff.clone()).collect::<Vec<_>>()
    };
    assert_eq!(wartet(&postbuch(dir.path())), ["wartet"]);
    mit(&wache.ort());
    let server = Server::start(dir.path());
    let views = InternalViews::open(&dir.path().join("internal.db")).expect("views");
    bis("the scanner was asked again", || views.postbuch_ungeprueft(None, 9).expect("rows").is_empty());
    server.terminate();
    let rows = postbuch(dir.path());
    assert_eq!(rows.iter().filter(|r| r.stand == "quarantaene").count(), 1);
    assert!(wartet(&rows).is_empty());
}
