//! The outgoing post of the real program to a real mail server: held, sent once, put off, refused, killed in between,
//! down for days, taken over by another node.

use crate::akte::{Ran, Server, command, copy, neustadt, on};
use crate::besuch::Besucher;
use crate::knoten::bis;
use crate::ordner::valid;
use crate::sicherung::text;
use crate::stadt::copied;
use crate::wahl::einstellen;
use akte_projections::InternalViews;
use akte_projections::rows::VorgangFilter;
use akte_tests::briefkasten::{Briefkasten, ZUGANG};
use akte_tests::cluster::Cluster;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const ADRESSE: &str = "runa.ziegenbein@beispiel.example";
const KENNWORT: &str = "demo-aktenkette";
const ZWEI_MINUTEN: &str = "+2m";

/// A program that believes it is later by so much; monotonic time stays true. `None` where the library is not there;
/// with `AKTE_SMTP=1` that is an error.
fn spaeter(mut command: Command, um: &str) -> Option<Command> {
    let orte = std::fs::read_dir("/usr/lib").expect("read").filter_map(Result::ok);
    let lib = orte.map(|o| o.path().join("faketime/libfaketimeMT.so.1")).find(|o| o.exists());
    let Some(lib) = lib else {
        assert!(std::env::var_os("AKTE_SMTP").is_none(), "libfaketime is required here (apt-get install libfaketime)");
        eprintln!("left out: no libfaketime");
        return None;
    };
    let stetig = [("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("DONT_FAKE_MONOTONIC", "1")];
    command.env("LD_PRELOAD", lib).env("FAKETIME", um).envs(stetig);
    Some(command)
}

/// A demo town with a signed notice, its mail server, and where the notice is.
struct Stadt {
    dir: TempDir,
    vorgang: String,
    kasten: Briefkasten,
}

fn stadt(tls: bool) -> Option<Stadt> {
    let kasten = Briefkasten::start(tls)?;
    spaeter(Command::new("true"), ZWEI_MINUTEN)?;
    let dir = copied();
    let vorgang = gezeichnet(dir.path());
    Some(Stadt { dir, vorgang, kasten })
}

/// A case of the demo whose notice is signed and has not left.
fn gezeichnet(folder: &Path) -> String {
    on(folder, &["rebuild"]).ok();
    let views = InternalViews::open(&folder.join("internal.db")).expect("views");
    let filter = VorgangFilter {
        status: vec!["gezeichnet".into()],
        leistung: Some("bewohnerparken".into()),
        limit: 1,
        ..VorgangFilter::default()
    };
    views.vorgaenge(&filter).expect("rows")[0].vorgang.to_string()
}

impl Stadt {
    fn ordner(&self) -> &Path {
        self.dir.path()
    }

    /// Which server takes the mail, in the clear on this machine; tried again after a second.
    fn mail(&self) {
        let port = self.kasten.port;
        einstellen(self.ordner(), &format!("{KLAR}port = {port}\n"));
    }

    /// A server that believes it is two minutes later.
    fn server(&self) -> Server {
        Server::laut(spaeter(serve(self.ordner()), ZWEI_MINUTEN).expect("libfaketime"))
    }

    /// `akte post senden`, as if it were later.
    fn senden(&self, um: &str) -> String {
        let c = command(&["post", "senden", "--data", text(self.ordner())]);
        let ran: Ran = spaeter(c, um).expect("libfaketime").output().expect("akte starts").into();
        ran.ok().out
    }
}

const KLAR: &str =
    "[mail]\nhost = \"127.0.0.1\"\ntls = \"keine\"\nerste_pause_sekunden = 1\nlaengste_pause_sekunden = 1\n";

fn serve(folder: &Path) -> Command {
    command(&["serve", "--listen", "127.0.0.1:0", "--data", text(folder)])
}

/// A clerk of the demo, logged in.
fn meyer(server: &Server) -> Besucher {
    let mut b = Besucher::default();
    let seite = b.get(&server.address, "/anmelden");
    let felder = [("_csrf", seite.verborgen("_csrf")), ("login", "meyer"), ("passwort", KENNWORT)];
    assert_eq!(b.post(&server.address, "/anmelden", &felder).status, 303);
    b
}

fn handeln(b: &mut Besucher, server: &Server, vorgang: &str, aktion: &str, felder: &[(&str, &str)]) {
    let seite = b.get(&server.address, &format!("/amt/vorgang/{vorgang}"));
    let mut alle: Vec<(&str, &str)> =
        ["_csrf", "_schluessel", "version"].iter().map(|f| (*f, seite.verborgen(f))).collect();
    alle.extend_from_slice(felder);
    let a = b.post(&server.address, &format!("/amt/vorgang/{vorgang}/{aktion}"), &alle);
    assert_eq!(a.status, 303, "{aktion}: {}", a.text);
}

/// Agreed to and wanted in the portal, at this moment.
fn veranlassen(folder: &Path, vorgang: &str) {
    let server = Server::start(folder);
    let mut b = meyer(&server);
    let einwilligung = [("einwilligung-kanal", "vor_ort"), ("einwilligung-email", ADRESSE)];
    handeln(&mut b, &server, vorgang, "einwilligung", &einwilligung);
    handeln(&mut b, &server, vorgang, "versenden", &[("versenden-weg", "portal")]);
    let seite = b.get(&server.address, &format!("/amt/vorgang/{vorgang}")).text;
    assert!(seite.contains("Wird angehalten bis"), "{seite}");
    server.terminate();
}

/// Waits until the case page says these words.
fn bis_die_seite_sagt(server: &Server, vorgang: &str, worte: &str) {
    let mut b = meyer(server);
    bis(worte, || b.get(&server.address, &format!("/amt/vorgang/{vorgang}")).text.contains(worte));
}

#[test]
fn a_dispatch_is_held_over_a_restart_and_its_hint_goes_out_once_over_a_secured_line_and_tells_nothing() {
    let Some(s) = stadt(true) else { return };
    let kennwort = s.ordner().join("mail.kennwort");
    std::fs::write(&kennwort, format!("{}\n", ZUGANG.1)).expect("written");
    std::fs::set_permissions(&kennwort, std::fs::Permissions::from_mode(0o600)).expect("closed");
    let betrieb = format!(
        "[mail]\nhost = \"localhost\"\nport = {}\ntls = \"starttls\"\nbenutzer = \"{}\"\nkennwort_datei = \"mail.kennwort\"\n",
        s.kasten.port, ZUGANG.0
    );
    einstellen(s.ordner(), &betrieb);
    veranlassen(s.ordner(), &s.vorgang);
    assert!(s.kasten.zustellungen().is_empty(), "held, also when the server ended");
    let mut c = spaeter(serve(s.ordner()), ZWEI_MINUTEN).expect("libfaketime");
    c.env("SSL_CERT_FILE", s.kasten.ca()).env("AKTE_LOG", "warn,akte=info");
    let server = Server::laut(c);
    bis("the hint arrives", || s.kasten.postfach().len() == 1);
    bis_die_seite_sagt(&server, &s.vorgang, "an den Mailserver übergeben, ein Versuch");
    let said = server.terminated();
    assert!(!said.contains(ADRESSE) && !said.contains(ZUGANG.1), "{said}");
    let zustellungen = s.kasten.zustellungen();
    let [zustellung] = &zustellungen[..] else { panic!("once: {zustellungen:?}") };
    assert!(zustellung.contains(ADRESSE) && zustellung.ends_with(" tls"), "{zustellung}");
    let mail = &s.kasten.postfach()[0];
    assert!(mail.contains("Auto-Submitted: auto-generated") && mail.contains(&format!("To: {ADRESSE}")), "{mail}");
    for verschwiegen in ["Parkausweis", "parken", "Bescheid", &s.vorgang, "PI-", "Ziegenbein,"] {
        assert!(!mail.contains(verschwiegen), "{verschwiegen}: {mail}");
    }
    let ledger = std::fs::read(s.ordner().join("ledger.db")).expect("read");
    assert!(!ledger.windows(ADRESSE.len()).any(|w| w == ADRESSE.as_bytes()), "the address lies sealed");
    valid(s.ordner());
}

#[test]
fn killed_between_the_servers_yes_and_the_mark_it_is_sent_again_and_the_person_finds_one_mail() {
    let Some(mut s) = stadt(false) else { return };
    s.mail();
    s.kasten.schliessen();
    veranlassen(s.ordner(), &s.vorgang);
    let server = s.server();
    bis_die_seite_sagt(&server, &s.vorgang, "noch nicht gesendet, wir versuchen es weiter");
    s.kasten.verhalten(&[&format!("toeten {}", server.pid())]);
    assert!(s.kasten.oeffnen());
    let (code, _) = server.ended();
    assert_eq!(code, None, "killed");
    assert_eq!(s.kasten.zustellungen().len(), 1, "the server had taken it");
    let server = s.server();
    bis("it is sent again", || s.kasten.zustellungen().len() == 2);
    bis_die_seite_sagt(&server, &s.vorgang, "kann doppelt angekommen sein");
    server.terminated();
    assert!(s.kasten.zustellungen()[1].ends_with("doppelt"), "under the same Message-ID");
    assert_eq!(s.kasten.postfach().len(), 1, "the person finds one mail");
    assert!(s.senden(ZWEI_MINUTEN).contains("0 Hinweise gesendet, 0 endgültig gescheitert, 0 noch offen"));
    assert_eq!(s.kasten.zustellungen().len(), 2, "what is marked is not sent a third time");
    valid(s.ordner());
}

#[test]
fn a_server_that_puts_off_cuts_the_line_or_swallows_its_answer_gets_it_again_until_it_is_sure() {
    let Some(s) = stadt(false) else { return };
    s.mail();
    s.kasten.verhalten(&["451", "abbruch", "verschluckt"]);
    veranlassen(s.ordner(), &s.vorgang);
    let server = s.server();
    bis_die_seite_sagt(&server, &s.vorgang, "an den Mailserver übergeben, 4 Versuche");
    server.terminated();
    assert_eq!((s.kasten.postfach().len(), s.kasten.zustellungen().len()), (1, 2));
}

#[test]
fn an_address_the_server_does_not_know_fails_at_once_and_the_clerk_chooses_another_way() {
    let Some(s) = stadt(false) else { return };
    s.mail();
    s.kasten.verhalten(&["550"]);
    veranlassen(s.ordner(), &s.vorgang);
    let server = s.server();
    let mut b = meyer(&server);
    bis("it is on the worklist", || {
        let seite = b.get(&server.address, "/amt/post").text;
        seite.contains("Nicht zugestellt") && seite.contains(&s.vorgang)
    });
    handeln(&mut b, &server, &s.vorgang, "versenden", &[("versenden-weg", "schalter")]);
    let said = server.terminated();
    assert!(!said.contains(ADRESSE), "{said}");
    assert!(s.kasten.zustellungen().is_empty());
    valid(s.ordner());
}

#[test]
fn a_mail_server_that_is_down_for_days_loses_nothing_and_gives_up_in_time() {
    let Some(mut s) = stadt(false) else { return };
    s.mail();
    s.kasten.schliessen();
    veranlassen(s.ordner(), &s.vorgang);
    let offen = |said: &str, worte: &str| assert!(said.contains(worte), "{worte}: {said}");
    offen(&s.senden(ZWEI_MINUTEN), "1 freigegeben, 0 Hinweise gesendet, 0 endgültig gescheitert, 1 noch offen");
    offen(&s.senden("+1d"), "0 freigegeben, 0 Hinweise gesendet, 0 endgültig gescheitert, 1 noch offen");
    offen(&on(s.ordner(), &["post", "liste"]).ok().out, "Hinweis per E-Mail offen");
    let anderer = tempfile::tempdir().expect("dir");
    copy(s.ordner(), anderer.path());
    // There the server comes back on the fourth day, here never.
    let ran = command(&["post", "senden", "--data", text(anderer.path())]);
    assert!(s.kasten.oeffnen());
    let ran: Ran = spaeter(ran, "+4d").expect("libfaketime").output().expect("akte starts").into();
    offen(&ran.ok().out, "1 Hinweise gesendet, 0 endgültig gescheitert, 0 noch offen");
    assert_eq!(s.kasten.postfach().len(), 1);
    s.kasten.schliessen();
    offen(&s.senden("+6d"), "0 Hinweise gesendet, 1 endgültig gescheitert, 0 noch offen");
    offen(&s.senden("+7d"), "0 Hinweise gesendet, 0 endgültig gescheitert, 0 noch offen");
    let liste = on(s.ordner(), &["post", "liste"]).ok().out;
    offen(&liste, "Nicht zugestellt");
    offen(&liste, &s.vorgang);
    assert!(!liste.contains(ADRESSE), "{liste}");
    valid(s.ordner());
}

#[test]
fn letters_are_printed_at_the_machine_by_an_account_with_its_rights() {
    if spaeter(Command::new("true"), ZWEI_MINUTEN).is_none() {
        return;
    }
    let dir = copied();
    let vorgang = gezeichnet(dir.path());
    let server = Server::start(dir.path());
    handeln(&mut meyer(&server), &server, &vorgang, "versenden", &[("versenden-weg", "pzu")]);
    server.terminate();
    let ziel = dir.path().join("stapel");
    let drucken = |konto: &str| -> Ran {
        let args = ["post", "druck", "--konto", konto, text(&ziel), "--data", text(dir.path())];
        spaeter(command(&args), ZWEI_MINUTEN).expect("libfaketime").output().expect("akte starts").into()
    };
    drucken("niemand").refused("--konto niemand: gibt es nicht");
    assert!(drucken("hansen").ok().out.contains("Es liegt kein Brief bereit"), "another unit's clerk");
    assert!(drucken("meyer").ok().out.contains("Gedruckt ist noch nicht versandt"));
    let mut namen: Vec<PathBuf> = std::fs::read_dir(&ziel).expect("made").map(|e| e.expect("entry").path()).collect();
    namen.sort();
    let [brief, liste] = &namen[..] else { panic!("one letter and its list: {namen:?}") };
    assert!(std::fs::read(brief).expect("read").starts_with(b"%PDF-"));
    assert!(std::fs::read_to_string(liste).expect("read").contains("Postzustellungsurkunde"));
    for datei in &namen {
        assert_eq!(std::fs::metadata(datei).expect("there").permissions().mode() & 0o777, 0o600);
    }
    let said = on(dir.path(), &["post", "liste"]).ok().out;
    assert!(said.contains("Postzustellungsurkunde  noch nicht versandt"), "printed is not sent: {said}");
    drucken("meyer").refused("stapel");
}

/// A demo town on a server, and a second folder that joins it.
pub fn zwei_knoten(betrieb: &dyn Fn(&str, &Path) -> String) -> Option<(Cluster, TempDir, PathBuf, PathBuf)> {
    let cluster = Cluster::start()?;
    let url = cluster.database("stadt");
    let dir = tempfile::tempdir().expect("dir");
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    let vorlage = dir.path().join("betrieb.toml");
    std::fs::write(&vorlage, betrieb(&url, dir.path())).expect("written");
    let stadt = neustadt();
    let args = [
        "demo",
        "--antraege",
        "1",
        "--nur-antraege",
        "--nur-anlegen",
        "--stadt",
        text(&stadt),
        "--betrieb",
        text(&vorlage),
    ];
    on(&a, &args).ok();
    std::fs::create_dir(&b).expect("made");
    for name in ["stadt.toml", "vault.key", "vault.generation", "log.key"] {
        std::fs::copy(a.join(name), b.join(name)).expect("copied");
    }
    einstellen(&b, &betrieb(&url, dir.path()));
    Some((cluster, dir, a, b))
}

#[test]
fn a_node_that_dies_between_sending_and_mark_is_followed_by_the_other_and_the_person_finds_one_mail() {
    let Some(mut kasten) = Briefkasten::start(false) else { return };
    if spaeter(Command::new("true"), ZWEI_MINUTEN).is_none() {
        return;
    }
    let port = kasten.port;
    let betrieb = move |url: &str, dir: &Path| {
        let orte = format!("ledger = \"{url}\"\ntresor = \"{url}\"\nzugriff = \"{url}\"\n");
        format!("{orte}dokumente = \"folder:{}\"\n{KLAR}port = {port}\n", dir.join("blobs").display())
    };
    let Some((_cluster, _dir, a, b)) = zwei_knoten(&betrieb) else { return };
    let vorgang = gezeichnet(&a);
    kasten.schliessen();
    veranlassen(&a, &vorgang);
    let start = |folder: &Path| Server::laut(spaeter(serve(folder), ZWEI_MINUTEN).expect("libfaketime"));
    let erster = start(&a);
    bis_die_seite_sagt(&erster, &vorgang, "noch nicht gesendet");
    let zweiter = start(&b);
    kasten.verhalten(&[&format!("toeten {}", erster.pid())]);
    assert!(kasten.oeffnen());
    assert_eq!(erster.ended().0, None, "killed");
    bis("the other node sends it again", || kasten.zustellungen().len() == 2);
    bis("and says so", || akte_views(&b, &vorgang));
    zweiter.terminated();
    assert_eq!(kasten.postfach().len(), 1, "one Message-ID at both nodes: {:?}", kasten.zustellungen());
    valid(&b);
}

/// The node's own view has no open hint of this case any more.
fn akte_views(folder: &Path, vorgang: &str) -> bool {
    use akte_projections::internal::sendungen::Frage;
    let views = InternalViews::open(&folder.join("internal.db")).expect("views");
    let offen = views.sendungen(Frage::Hinweise, None).expect("rows");
    !offen.iter().any(|r| r.vorgang.to_string() == vorgang)
}
