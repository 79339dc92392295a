//! The reader: what it finds, and that nothing foreign brings it down.

use super::proben::{self, container, datei, docx, odt, pdf, strom};
use super::{Art, Ausgang, Auszug, Grenzen, auszug};

fn lies(bytes: &[u8]) -> Auszug {
    auszug(bytes, &Grenzen::default())
}

/// Kind, outcome, and each of these words in the text.
fn gelesen(bytes: &[u8], art: Art, worte: &[&str]) {
    let a = lies(bytes);
    assert_eq!((a.art, a.ausgang), (art, Ausgang::Gelesen), "{:?}", a.text);
    for wort in worte {
        assert!(a.text.contains(wort), "{wort:?} is not in {:?}", a.text);
    }
}

fn ausgang(bytes: &[u8]) -> Ausgang {
    lies(bytes).ausgang
}

#[test]
fn each_format_gives_its_words_with_umlauts_and_its_kind_by_content() {
    gelesen(&pdf(&["Grundstück an der Mühle", "zweite Seite"]), Art::Pdf, &["Grundstück an der Mühle", "zweite Seite"]);
    gelesen(&docx("Straßenfest & Umzug\nzweiter Absatz"), Art::Docx, &["Straßenfest & Umzug\nzweiter Absatz"]);
    gelesen(&odt("Vermerk über Öfen"), Art::Odt, &["Vermerk über Öfen"]);
    let a = lies(&odt("Vermerk"));
    assert!(!a.text.contains("Stil"), "styles are no text: {:?}", a.text);
    gelesen("Grüße aus dem Rathaus\n".as_bytes(), Art::Text, &["Grüße"]);
    gelesen(b"<html><body><p>Hallo &uuml;ber</p></body></html>", Art::Html, &["Hallo über"]);
}

#[test]
fn a_text_in_any_encoding_of_an_old_share_keeps_its_umlauts() {
    gelesen(b"M\xfcller \x84zitiert\x93 5 \x80", Art::Text, &["Müller „zitiert“ 5 €"]);
    gelesen("\u{feff}Möller".as_bytes(), Art::Text, &["Möller"]);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain("Jürgens".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    gelesen(&utf16, Art::Text, &["Jürgens"]);
    // Broken in one place: the rest is still right.
    gelesen(b"Stra\xc3\x9fe, K\xc3\xbcste, Br\xc3 cke", Art::Text, &["Straße", "Küste"]);
}

#[test]
fn a_mail_gives_subject_people_bodies_and_what_is_attached() {
    let anhang = base64(&docx("Lageplan Flurstück"));
    let mail = format!(
        "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nTo: rathaus@example.org\r\nSubject: Anfrage Baumf=?utf-8?q?=C3=A4llung?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=g\r\n\r\n--g\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n--g\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=x.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n{anhang}\r\n--g--\r\n"
    );
    gelesen(mail.as_bytes(), Art::Mail, &["Jürgen", "j@example.org", "Grüße", "Lageplan Flurstück"]);
    // Without a date, without a body: still a mail.
    gelesen(b"From: a@example.org\r\nSubject: Kurz\r\n\r\n", Art::Mail, &["Kurz"]);
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn a_mail_with_ten_thousand_attachments_or_endless_nesting_is_too_large() {
    let teil = "--g\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nx\r\n";
    let kopf = "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=g\r\n\r\n";
    assert_eq!(ausgang(format!("{kopf}{}--g--\r\n", teil.repeat(10_000)).as_bytes()), Ausgang::ZuGross);
    let mut innen = "From: a@example.org\r\nSubject: innen\r\n\r\nText\r\n".to_owned();
    for _ in 0..8 {
        innen = format!(
            "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n{innen}"
        );
    }
    let a = lies(innen.as_bytes());
    assert!(matches!(a.ausgang, Ausgang::ZuGross | Ausgang::Gelesen), "{a:?}");
}

#[test]
fn a_bomb_is_too_large_and_a_name_that_leads_out_of_the_folder_leads_nowhere() {
    let nullen = vec![b' '; 60 << 20];
    assert_eq!(ausgang(&container(&[("word/document.xml", &nullen)])), Ausgang::ZuGross);
    let viele: Vec<(String, &[u8])> = (0..2_000).map(|n| (format!("word/{n}.xml"), &b"<x/>"[..])).collect();
    let viele: Vec<(&str, &[u8])> = viele.iter().map(|(n, b)| (n.as_str(), *b)).collect();
    let mut alle = vec![("word/document.xml", &b"<x/>"[..])];
    alle.extend(viele);
    assert_eq!(ausgang(&container(&alle)), Ausgang::ZuGross);
    let inhalt = b"<w:document><w:body><w:p><w:t>gut</w:t></w:p></w:body></w:document>";
    let slip = container(&[("../../../tmp/akte-slip.xml", b"boese"), ("word/document.xml", inhalt)]);
    gelesen(&slip, Art::Docx, &["gut"]);
    assert!(!std::path::Path::new("/tmp/akte-slip.xml").exists());
}

#[test]
fn xml_that_wants_to_grow_or_to_go_deep_does_neither() {
    let lachen =
        "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><document><p><t>&b;&b; Ende</t></p></document>";
    let a = lies(&container(&[("word/document.xml", lachen.as_bytes())]));
    assert_eq!((a.ausgang, a.text.as_str()), (Ausgang::Gelesen, "Ende"));
    let tief = "<p>".repeat(10_000);
    assert_eq!(ausgang(&container(&[("word/document.xml", tief.as_bytes())])), Ausgang::ZuGross);
    assert_eq!(ausgang(&container(&[("word/document.xml", b"<document><p><t>abgebrochen")])), Ausgang::Unlesbar);
}

#[test]
fn what_is_encrypted_says_so() {
    let manifest: (&str, &[u8]) = ("META-INF/manifest.xml", b"<m><manifest:encryption-data/></m>");
    let mime: (&str, &[u8]) = ("mimetype", b"application/vnd.oasis.opendocument.text");
    assert_eq!(ausgang(&container(&[mime, manifest, ("content.xml", b"\x01\x02")])), Ausgang::Verschluesselt);
    let mut alt = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    alt.resize(2_000, 0);
    assert_eq!(ausgang(&alt), Ausgang::Unbekannt);
    alt.extend("EncryptedPackage".bytes().flat_map(|b| [b, 0]));
    assert_eq!(ausgang(&alt), Ausgang::Verschluesselt);
    let o = "28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a";
    let trailer = format!("/Encrypt 4 0 R /ID [<{o}> <{o}>] ");
    let schloss = format!("<< /Filter /Standard /V 2 /R 3 /Length 128 /P -1 /O <{o}> /U <{o}> >>");
    let teile = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>".to_vec(),
        schloss.into_bytes(),
    ];
    assert_eq!(ausgang(&datei(&teile, &trailer)), Ausgang::Verschluesselt);
}

#[test]
fn what_is_cut_off_anywhere_gets_an_answer() {
    for ganz in [pdf(&["Seite eins", "Seite zwei"]), docx("Absatz"), odt("Absatz")] {
        for n in 0..40 {
            let stueck = &ganz[..ganz.len() * n / 40];
            let a = lies(stueck);
            assert!(!matches!(a.ausgang, Ausgang::Zeit | Ausgang::Abgebrochen));
        }
        assert!(matches!(ausgang(&ganz[..ganz.len() / 2]), Ausgang::Unlesbar | Ausgang::KeinText));
    }
}

#[test]
fn a_pdf_at_which_the_library_panics_is_unreadable_and_its_other_pages_are_read() {
    // A page without a MediaBox.
    let teile = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [4 0 R 5 0 R] /Count 2 >>".to_vec(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /Resources << /Font << /F1 3 0 R >> >> /MediaBox [0 0 595 842] /Contents 6 0 R >>"
            .to_vec(),
        b"<< /Type /Page /Parent 2 0 R /Contents 6 0 R >>".to_vec(),
        strom("", b"BT /F1 11 Tf 60 700 Td (lesbar) Tj ET"),
    ];
    let a = lies(&datei(&teile, ""));
    assert_eq!((a.ausgang, a.text.as_str()), (Ausgang::Unlesbar, "lesbar"));
}

#[test]
fn text_ends_at_its_limit_and_pages_at_theirs() {
    let knapp = Grenzen { text: 20, seiten: 2, ..Grenzen::default() };
    let a = auszug("Wörter ".repeat(100).as_bytes(), &knapp);
    assert_eq!(a.ausgang, Ausgang::Gekuerzt);
    assert!(a.text.len() <= 20 && a.text.starts_with("Wörter Wörter"), "{:?}", a.text);
    let seiten = Grenzen { seiten: 2, ..Grenzen::default() };
    let a = auszug(&pdf(&["eins", "zwei", "drei"]), &seiten);
    assert_eq!(a.ausgang, Ausgang::ZuGross);
    assert!(a.text.contains("zwei") && !a.text.contains("drei"));
    let klein = Grenzen { bytes: 3, ..Grenzen::default() };
    assert_eq!(auszug(b"lang", &klein).ausgang, Ausgang::ZuGross);
}

#[test]
fn pictures_programs_and_noise_hold_no_text() {
    assert_eq!(ausgang(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Ausgang::KeinText);
    assert_eq!(ausgang(&[&b"\x7fELF\x02\x01\x01\0"[..], &[0; 100]].concat()), Ausgang::KeinText);
    assert_eq!(ausgang(b""), Ausgang::KeinText);
    assert_eq!(ausgang(&[0, 1, 2, 3, 200, 0, 9]), Ausgang::Unbekannt);
    assert_eq!(ausgang(&container(&[("bilder/a.txt", b"x")])), Ausgang::KeinText);
    assert_eq!(lies(&proben::docx("x")).art.media(b""), Art::Docx.media(b""));
}
