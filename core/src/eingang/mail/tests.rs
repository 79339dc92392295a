//! Mails as they come: in old character sets, broken, without what a mail should have, and made to do harm.

use super::*;
use crate::eingang::grenzen::{TEILE, TIEFE};

fn gelesen(eml: &str) -> Mail {
    lesen(eml.replace('\n', "\r\n").as_bytes()).unwrap_or_else(|a| panic!("{a:?}"))
}

fn grund(eml: &[u8]) -> Q {
    lesen(eml).expect_err("to quarantine").grund
}

fn teil(mail: &Mail, art: Teilart) -> Vec<(&str, String)> {
    let gesucht = mail.teile.iter().filter(|t| t.art == art);
    gesucht.map(|t| (t.dateiname.as_str(), String::from_utf8_lossy(&t.inhalt).into_owned())).collect()
}

const KOPF: &str = "From: Erika Probe <erika@beispiel.example>\nTo: rathaus@stadt.example\nSubject: Frage\nDate: Fri, 20 Nov 2026 08:15:00 +0100\n";

#[test]
fn a_mail_comes_apart_into_headers_bodies_and_attachments() {
    let mail = gelesen(&format!(
        "{KOPF}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"a\"\n\nVorspann\n--a\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe\n--b\nContent-Type: text/html; charset=utf-8\n\n<p>Grüße</p>\n--b--\n--a\nContent-Type: application/pdf; name=\"Vollmacht.pdf\"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"Vollmacht.pdf\"\n\nJVBERi0xLjcK\n--a--\nNachspann\n"
    ));
    assert_eq!(mail.absender.as_deref(), Some("Erika Probe <erika@beispiel.example>"));
    assert_eq!(mail.betreff.as_deref(), Some("Frage"));
    assert_eq!(mail.datum.map(|d| d.to_string()).as_deref(), Some("2026-11-20T07:15:00Z"));
    assert_eq!(mail.hinweise, vec![]);
    assert_eq!(teil(&mail, Teilart::Text), vec![("Nachricht.txt", "Grüße".to_owned())]);
    assert_eq!(teil(&mail, Teilart::Html), vec![("Nachricht.html", "<p>Grüße</p>".to_owned())]);
    assert_eq!(teil(&mail, Teilart::Anhang), vec![("Vollmacht.pdf", "%PDF-1.7\n".to_owned())]);
    assert!(teil(&mail, Teilart::Kopf)[0].1.contains("Subject: Frage"));
    assert_eq!(mail.teile.len(), 4);
}

#[test]
fn encoded_words_of_any_set_are_read_and_broken_ones_take_nothing_away() {
    let mail = gelesen(
        "From: =?iso-8859-1?Q?J=FCrgen?= <j@b.example>\nSubject: =?utf-8?B?w5xicnVuZw==?= =?x-erfunden?Q?abc\nContent-Type: text/plain; charset=x-erfunden\nContent-Transfer-Encoding: base64\n\n!!!kein base64!!!\n",
    );
    assert_eq!(mail.absender.as_deref(), Some("Jürgen <j@b.example>"));
    assert!(mail.betreff.as_deref().is_some_and(|b| b.starts_with("Übrung")), "{:?}", mail.betreff);
    assert!(mail.hinweise.contains(&Hinweis::Kodierung));
    assert!(teil(&mail, Teilart::Text)[0].1.contains("kein base64"), "what lies there is kept");
}

#[test]
fn a_mail_without_date_with_three_without_sender_or_without_anything_is_taken_and_it_is_said() {
    for (kopf, hinweise, daten) in [
        ("From: a@b.example\nSubject: x\n", vec![Hinweis::OhneDatum], 0),
        ("From: a@b.example\nSubject: x\nDate: gestern\n", vec![Hinweis::OhneDatum], 1),
        (
            "From: a@b.example\nSubject: x\nDate: Fri, 20 Nov 2026 08:15:00 +0100\nDate: Sat, 21 Nov 2026 08:15:00 +0100\nDate: morgen\n",
            vec![Hinweis::MehrereDaten],
            3,
        ),
        ("Subject: x\nDate: Fri, 20 Nov 2026 08:15:00 +0100\n", vec![Hinweis::OhneAbsender], 1),
        (
            "Date: Fri, 20 Nov 2026 08:15:00 +0100\nFrom: a@b.example, c@d.example\n",
            vec![Hinweis::MehrereAbsender, Hinweis::OhneBetreff],
            1,
        ),
    ] {
        let mail = gelesen(&format!("{kopf}\nText\n"));
        assert_eq!((mail.hinweise.clone(), mail.daten.len()), (hinweise, daten), "{kopf}");
        assert_eq!(mail.datum.is_some(), daten == 1 && !mail.hinweise.contains(&Hinweis::OhneDatum), "{kopf}");
    }
    assert_eq!(gelesen("Subject: x\n").hinweise, vec![Hinweis::OhneDatum, Hinweis::OhneAbsender, Hinweis::OhneInhalt]);
}

#[test]
fn an_attachment_with_a_path_is_a_name_and_nothing_else() {
    let mail = gelesen(&format!(
        "{KOPF}Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Disposition: attachment; filename=\"../../etc/passwd\"\n\nx\n--a\nContent-Disposition: attachment; filename=\"C:\\\\Windows\\\\a.txt\"\n\ny\n--a\nContent-Disposition: attachment\nContent-Type: application/octet-stream\n\nz\n--a--\n"
    ));
    let namen: Vec<&str> = teil(&mail, Teilart::Anhang).iter().map(|(n, _)| *n).collect();
    assert_eq!(namen, vec!["passwd", "a.txt", "Anlage-3.bin"]);
}

#[test]
fn ten_thousand_attachments_go_to_quarantine_and_are_not_taken_apart() {
    let mail = |n: usize| {
        let mut eml = format!("{KOPF}Content-Type: multipart/mixed; boundary=a\n\n").into_bytes();
        (0..n).for_each(|_| eml.extend(b"--a\nContent-Disposition: attachment; filename=a.txt\n\nx\n"));
        eml.extend(b"--a--\n");
        eml
    };
    assert_eq!(grund(&mail(10_000)), Q::ZuVieleTeile);
    assert_eq!(grund(&mail(TEILE + 1)), Q::ZuVieleTeile);
    assert_eq!(lesen(&mail(TEILE)).expect("taken").teile.len(), TEILE + 1);
}

#[test]
fn messages_in_messages_are_looked_through_to_a_depth_and_a_bomb_of_them_is_refused() {
    let geschachtelt = |n: usize| {
        let mut eml = KOPF.as_bytes().to_vec();
        (0..n).for_each(|_| eml.extend(b"Content-Type: message/rfc822\n\n"));
        eml.extend(b"Subject: innen\n\nText\n");
        eml
    };
    assert_eq!(grund(&geschachtelt(200_000)), Q::ZuTief);
    let mail = lesen(&geschachtelt(TIEFE - 1)).expect("taken");
    assert_eq!(teil(&mail, Teilart::Nachricht).len(), 1, "one attachment, whatever is in it");
    let mut vielfach = KOPF.as_bytes().to_vec();
    (0..50_000)
        .for_each(|i| vielfach.extend(format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n").bytes()));
    assert_eq!(grund(&vielfach), Q::ZuTief);
    // In base64, which no message may be, yet some are.
    use base64::Engine;
    let innen = base64::engine::general_purpose::STANDARD.encode(geschachtelt(100_000));
    let aussen = format!("{KOPF}Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{innen}\n");
    assert_eq!(grund(aussen.as_bytes()), Q::ZuTief);
}

#[test]
fn endless_headers_a_text_file_and_a_program_in_any_depth_go_to_quarantine() {
    let lang = [b"Subject: ".as_slice(), &vec![b'a'; KOPF_BYTES], b"\n\nText"].concat();
    assert_eq!(grund(&lang), Q::KopfZuGross);
    let viele = [b"X: y\n".repeat(KOPF_FELDER + 1), b"\nText".to_vec()].concat();
    assert_eq!(grund(&viele), Q::KopfZuGross);
    for kein in [b"".as_slice(), b"Guten Tag", b"\n\n", b"\x00\xff\xfe", b"%PDF-1.7\nabc"] {
        assert_eq!(grund(kein), Q::KeineNachricht, "{kein:?}");
    }
    let programm = format!(
        "{KOPF}Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Disposition: attachment; filename=rechnung.pdf.exe\n\nMZ\n--a--\n"
    );
    assert_eq!(grund(programm.as_bytes()), Q::Programm);
    let innen = format!("Subject: weitergeleitet\nContent-Type: message/rfc822\n\n{programm}");
    assert_eq!(grund(innen.as_bytes()), Q::Programm);
    let zu_gross = vec![b'a'; ORIGINAL_BYTES + 1];
    assert_eq!(grund(&zu_gross), Q::ZuGross);
}

#[test]
fn a_mail_cut_off_anywhere_is_read_or_refused_and_never_stops_the_program() {
    let eml = format!(
        "{KOPF}Content-Type: multipart/mixed; boundary=\"a\"\n\n--a\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe =\n--a\nContent-Type: message/rfc822\n\nSubject: innen\n\n--a\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"=?utf-8?B?w7w=?=.pdf\"\n\nJVBERi0x\n--a--\n"
    );
    for ende in 0..eml.len() {
        let _ = lesen(&eml.as_bytes()[..ende]);
        let _ = lesen(&eml.as_bytes()[ende..]);
    }
}
