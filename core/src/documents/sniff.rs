//! What a file is by its content: an allow-list of formats, and the content must fit the name.
//!
//! Does not parse documents and trusts no declared media type. Text and containers are watched to their end.

use super::name;

/// Bytes from the start of a file that [`sniff`] wants (all, if the file is shorter).
pub const HEAD: usize = 16_384;

/// Formats a citizen may hand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    Pdf,
    Png,
    Jpeg,
    Tiff,
    Text,
    Docx,
    Odt,
}

impl Media {
    /// For the file dialog and the hint beside it.
    pub const ACCEPT: &'static str = ".pdf,.png,.jpg,.jpeg,.tif,.tiff,.txt,.docx,.odt";

    /// Media type as stored and served (always as a download).
    pub fn mime(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Tiff => "image/tiff",
            Self::Text => "text/plain",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Odt => "application/vnd.oasis.opendocument.text",
        }
    }

    /// Endings that may name this format; the first is added to a name that has none.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg", "jpe"],
            Self::Tiff => &["tif", "tiff"],
            Self::Text => &["txt", "text"],
            Self::Docx => &["docx"],
            Self::Odt => &["odt"],
        }
    }
}

/// Why a file is not taken. Names the file and the remedy: for its sender, never for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SniffError {
    #[error("Die Datei „{file}“ ist leer. Bitte prüfen Sie die Datei und laden Sie sie noch einmal hoch.")]
    Empty { file: String },
    #[error(
        "Die Datei „{file}“ ist ihrem Inhalt nach keine {ending}-Datei, sondern {found}. Bitte laden Sie die richtige Datei hoch oder speichern Sie sie als PDF."
    )]
    Mismatch { file: String, ending: String, found: &'static str },
    #[error(
        "Die Datei „{file}“ ({found}) können wir nicht annehmen. Erlaubt sind PDF, PNG, JPEG, TIFF, Text (UTF-8), DOCX und ODT. Bitte speichern Sie die Datei als PDF."
    )]
    NotAllowed { file: String, found: &'static str },
    #[error("Die Datei „{file}“ enthält Makros oder Programme. Bitte speichern Sie sie als PDF.")]
    Active { file: String },
    #[error(
        "Die Textdatei „{file}“ ist nicht in UTF-8 gespeichert oder enthält Steuerzeichen. Bitte speichern Sie sie als UTF-8 oder PDF."
    )]
    NotText { file: String },
    #[error(
        "Die Datei „{file}“ ist kein vollständiges Textdokument. Bitte öffnen Sie sie, speichern Sie sie als PDF und laden Sie das PDF hoch."
    )]
    Broken { file: String },
}

/// Judge a file by its first [`HEAD`] bytes and its name.
pub fn sniff(head: &[u8], raw_name: &str) -> Result<Media, SniffError> {
    let file = name::clean(raw_name);
    if head.is_empty() {
        return Err(SniffError::Empty { file });
    }
    let ending = name::ending(&file);
    let media = match identify(head, &ending) {
        Ok(media) => media,
        Err("Text") => return Err(SniffError::NotText { file }),
        Err(found) => return Err(SniffError::NotAllowed { file, found }),
    };
    if ending.is_empty() || media.endings().contains(&ending.as_str()) {
        return Ok(media);
    }
    let found = media.endings()[0];
    Err(SniffError::Mismatch { file, ending: ending.to_uppercase(), found })
}

/// The clean name, with the right ending added if it has none.
pub fn stored_name(raw_name: &str, media: Media) -> String {
    let file = name::clean(raw_name);
    if name::ending(&file).is_empty() { name::clean(&format!("{file}.{}", media.endings()[0])) } else { file }
}

fn identify(head: &[u8], ending: &str) -> Result<Media, &'static str> {
    const MAGIC: [(&[u8], Result<Media, &str>); 22] = [
        (b"%PDF-", Ok(Media::Pdf)),
        (b"\x89PNG\r\n\x1a\n", Ok(Media::Png)),
        (b"\xff\xd8\xff", Ok(Media::Jpeg)),
        (b"II*\0", Ok(Media::Tiff)),
        (b"MM\0*", Ok(Media::Tiff)),
        (b"MZ", Err("ein Programm")),
        (b"\x7fELF", Err("ein Programm")),
        (b"\xca\xfe\xba\xbe", Err("ein Programm")),
        (b"\xcf\xfa\xed\xfe", Err("ein Programm")),
        (b"\xce\xfa\xed\xfe", Err("ein Programm")),
        (b"\0asm", Err("ein Programm")),
        (b"#!", Err("ein Programm")),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Err("ein altes Office-Format")),
        (b"{\\rtf", Err("ein RTF-Dokument")),
        (b"GIF8", Err("ein GIF-Bild")),
        (b"RIFF", Err("ein Bild- oder Tonformat")),
        (b"Rar!", Err("ein Archiv")),
        (b"7z\xbc\xaf", Err("ein Archiv")),
        (b"\x1f\x8b", Err("ein Archiv")),
        (b"BM", Err("ein BMP-Bild")),
        (b"%!PS", Err("ein PostScript-Programm")),
        (b"PK\x05\x06", Err("ein leeres Archiv")),
    ];
    if head.starts_with(b"PK\x03\x04") {
        return container(head, ending);
    }
    match MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        // Two letters may begin a text, so binary formats known by two letters must not be one.
        Some((magic, Err(_))) if matches!(*magic, b"MZ" | b"BM") && is_text(head) => text(head),
        Some((_, verdict)) => *verdict,
        None if head.get(4..8) == Some(b"ftyp") => Err("ein Bild- oder Videoformat des Telefons"),
        None => text(head),
    }
}

/// A zip file is taken only as an ODT (its first entry says so) or as a DOCX (checked to its end by [`Watch`]).
fn container(head: &[u8], ending: &str) -> Result<Media, &'static str> {
    let odt = b"mimetypeapplication/vnd.oasis.opendocument.text";
    if head.get(30..30 + odt.len()) == Some(odt.as_slice()) && head.get(30 + odt.len()) != Some(&b'-') {
        return Ok(Media::Odt);
    }
    let docx = find(head, b"word/") || ending == "docx";
    if docx && (find(head, b"[Content_Types].xml") || find(head, b"_rels/") || find(head, b"docProps/")) {
        return Ok(Media::Docx);
    }
    Err("ein Archiv")
}

fn text(head: &[u8]) -> Result<Media, &'static str> {
    if !is_text(head) {
        return Err(if head.contains(&0) { "unbekanntes Format" } else { "Text" });
    }
    let start = head[..head.len().min(1_024)].to_ascii_lowercase();
    let markup: [&[u8]; 7] = [b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<iframe", b"<?php"];
    if find(&start, b"<svg") {
        return Err("eine SVG-Grafik");
    }
    if markup.iter().any(|m| find(&start, m)) {
        return Err("eine Internetseite");
    }
    let blank = |b: &u8| b.is_ascii_whitespace() || [0xef, 0xbb, 0xbf].contains(b);
    if start.iter().skip_while(|b| blank(b)).take(5).eq(b"<?xml") {
        return Err("eine XML-Datei");
    }
    Ok(Media::Text)
}

fn is_text(head: &[u8]) -> bool {
    let mut watch = Utf8::default();
    watch.feed(head)
}

fn find(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|w| w == needle)
}

/// Watches a whole file as it passes by: text stays text, a container holds what it must and no macro.
pub struct Watch {
    media: Media,
    file: String,
    utf8: Utf8,
    tail: Vec<u8>,
    has_body: bool,
}

impl Watch {
    /// For a file that [`sniff`] took.
    pub fn new(media: Media, raw_name: &str) -> Self {
        Self { media, file: name::clean(raw_name), utf8: Utf8::default(), tail: Vec::new(), has_body: false }
    }

    /// The next bytes, in order, the head included.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), SniffError> {
        match self.media {
            Media::Text if !self.utf8.feed(bytes) => Err(SniffError::NotText { file: self.file.clone() }),
            Media::Docx | Media::Odt => self.container(bytes),
            _ => Ok(()),
        }
    }

    /// At the end of the file.
    pub fn finish(self) -> Result<(), SniffError> {
        match self.media {
            Media::Text if !self.utf8.is_complete() => Err(SniffError::NotText { file: self.file }),
            Media::Docx | Media::Odt if !self.has_body => Err(SniffError::Broken { file: self.file }),
            _ => Ok(()),
        }
    }

    /// Entry names stand uncompressed in a zip file, so they can be seen without unpacking anything.
    fn container(&mut self, bytes: &[u8]) -> Result<(), SniffError> {
        const LONGEST: usize = 24;
        self.tail.extend_from_slice(bytes);
        let (body, macros): (&[u8], [&[u8]; 2]) = match self.media {
            Media::Docx => (b"word/document.xml", [b"vbaProject", b"activeX/"]),
            _ => (b"content.xml", [b"Basic/script-lc.xml", b"Scripts/"]),
        };
        if macros.iter().any(|m| find(&self.tail, m)) {
            return Err(SniffError::Active { file: self.file.clone() });
        }
        self.has_body = self.has_body || find(&self.tail, body);
        let keep = self.tail.len().saturating_sub(LONGEST);
        self.tail.drain(..keep);
        Ok(())
    }
}

/// UTF-8 without control characters, checked over any cut of the bytes.
#[derive(Default)]
struct Utf8 {
    carry: Vec<u8>,
}

impl Utf8 {
    fn feed(&mut self, bytes: &[u8]) -> bool {
        let plain = |b: &u8| *b >= 0x20 && *b != 0x7f || matches!(*b, b'\t' | b'\n' | b'\r' | 0x0c);
        if !bytes.iter().all(plain) {
            return false;
        }
        self.carry.extend_from_slice(bytes);
        let valid = match std::str::from_utf8(&self.carry) {
            Ok(_) => self.carry.len(),
            Err(e) if e.error_len().is_none() => e.valid_up_to(),
            Err(_) => return false,
        };
        self.carry.drain(..valid);
        true
    }

    fn is_complete(&self) -> bool {
        self.carry.is_empty()
    }
}

#[cfg(test)]
mod tests;
