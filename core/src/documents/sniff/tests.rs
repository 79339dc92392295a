//! What is taken and what is refused, and that the refusal tells the sender what to do.

use super::*;

fn zip_entry(name: &str, content: &str) -> Vec<u8> {
    let mut e = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    for n in [content.len(), content.len()] {
        e.extend_from_slice(&(n as u32).to_le_bytes());
    }
    e.extend_from_slice(&(name.len() as u16).to_le_bytes());
    e.extend_from_slice(&0u16.to_le_bytes());
    e.extend_from_slice(name.as_bytes());
    e.extend_from_slice(content.as_bytes());
    e
}

fn zip(entries: &[&str]) -> Vec<u8> {
    entries.iter().flat_map(|e| zip_entry(e, "x")).collect()
}

fn odt() -> Vec<u8> {
    let mut z = zip_entry("mimetype", "application/vnd.oasis.opendocument.text");
    z.extend(zip(&["content.xml"]));
    z
}

fn whole(bytes: &[u8], name: &str) -> Result<Media, SniffError> {
    let media = sniff(&bytes[..bytes.len().min(HEAD)], name)?;
    let mut watch = Watch::new(media, name);
    for part in bytes.chunks(7) {
        watch.feed(part)?;
    }
    watch.finish().map(|()| media)
}

#[test]
fn allowed_formats_are_known_by_their_content() {
    let docx = zip(&["[Content_Types].xml", "_rels/.rels", "word/document.xml"]);
    for (bytes, name, want) in [
        (&b"%PDF-1.7\n"[..], "a.pdf", Media::Pdf),
        (b"%PDF-1.7\n", "a.PDF", Media::Pdf),
        (b"%PDF-1.7\n", "ohne Endung", Media::Pdf),
        (b"\x89PNG\r\n\x1a\n....", "a.png", Media::Png),
        (b"\xff\xd8\xff\xe0", "a.jpg", Media::Jpeg),
        (b"\xff\xd8\xff\xe0", "a.jpeg", Media::Jpeg),
        (b"II*\0abcd", "scan.tif", Media::Tiff),
        ("\u{feff}Grüße 😀\r\n".as_bytes(), "a.txt", Media::Text),
        (b"MZ is how this text begins", "a.txt", Media::Text),
        (b"a < b", "a.txt", Media::Text),
        (&docx, "a.docx", Media::Docx),
        (&odt(), "a.odt", Media::Odt),
    ] {
        assert_eq!(whole(bytes, name), Ok(want), "{name}");
    }
}

#[test]
fn programs_pages_and_archives_are_refused() {
    for (bytes, name) in [
        (&b"MZ\x90\0\x03"[..], "a.pdf"),
        (b"\x7fELF\x02", "a.txt"),
        (b"#!/bin/sh\n", "a.txt"),
        (b"  <!DOCTYPE html><p>", "a.txt"),
        (b"\xef\xbb\xbf<html>", "a.txt"),
        (b"text <script>alert(1)</script>", "a.txt"),
        (b"<svg xmlns=''>", "a.png"),
        (b"<?xml version='1.0'?><svg/>", "a.txt"),
        (b"<?xml version='1.0'?><a/>", "a.txt"),
        (b"GIF89a", "a.gif"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.doc"),
        (b"{\\rtf1", "a.rtf"),
        (b"\0\0\0\x18ftypheic", "IMG_1.heic"),
        (&zip(&["a.txt"]), "a.zip"),
        (&zip(&["a.exe"]), "a.pdf"),
    ] {
        assert!(matches!(whole(bytes, name), Err(SniffError::NotAllowed { .. })), "{name}: {:?}", whole(bytes, name));
    }
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_named_with_the_remedy() {
    let e = whole(b"\x89PNG\r\n\x1a\n", "C:\\x\\Ausweis.pdf").expect_err("png named pdf");
    let text = e.to_string();
    assert!(matches!(e, SniffError::Mismatch { .. }));
    for part in ["„Ausweis.pdf“", "PDF-Datei", "png", "Bitte"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(matches!(whole(b"%PDF-1.4", "a.exe"), Err(SniffError::Mismatch { .. })));
    assert!(matches!(whole(b"just text", "a.html"), Err(SniffError::Mismatch { .. })));
    assert!(matches!(whole(&odt(), "a.docx"), Err(SniffError::Mismatch { .. })));
    assert!(matches!(whole(b"", "a.pdf"), Err(SniffError::Empty { .. })));
}

#[test]
fn text_must_be_utf8_without_control_characters_to_its_last_byte() {
    for bytes in [&b"Gr\xfc\xdfe"[..], b"a\x1b[31m", b"abc\xc3"] {
        assert!(matches!(whole(bytes, "a.txt"), Err(SniffError::NotText { .. })));
    }
    let mut late = vec![b'a'; HEAD + 100];
    late.push(0xff);
    assert!(matches!(whole(&late, "a.txt"), Err(SniffError::NotText { .. })));
    // A character cut by the end of the head is no fault.
    let cut = format!("{}ü ende", "a".repeat(HEAD - 1));
    assert_eq!(whole(cut.as_bytes(), "a.txt"), Ok(Media::Text));
}

#[test]
fn containers_with_macros_or_without_a_body_are_refused() {
    let far = ["[Content_Types].xml", &"x".repeat(HEAD), "word/document.xml", "word/vbaProject.bin"];
    assert!(matches!(whole(&zip(&far), "a.docx"), Err(SniffError::Active { .. })));
    assert!(matches!(whole(&zip(&far[..3]), "a.docx"), Ok(Media::Docx)));
    assert!(matches!(whole(&zip(&far[..1]), "a.docx"), Err(SniffError::Broken { .. })));
    let mut z = odt();
    z.extend(zip(&["Basic/script-lc.xml"]));
    assert!(matches!(whole(&z, "a.odt"), Err(SniffError::Active { .. })));
    assert_eq!(stored_name("Antrag", Media::Odt), "Antrag.odt");
}
