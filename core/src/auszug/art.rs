//! What a file is by its content. The name is not asked: file shares are full of wrong endings.
//!
//! Narrower than `documents::sniff`, which decides what the public may hand in: here everything gets an answer.

use super::Ausgang;
use serde::{Deserialize, Serialize};

/// Kinds of files the reader tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Art {
    Pdf,
    Docx,
    Odt,
    Mail,
    Html,
    Text,
    /// Word, Excel or Outlook before 2007, and what is encrypted in their container.
    Office,
    Bild,
    Archiv,
    Programm,
    Leer,
    Unbekannt,
}

impl Art {
    /// Media type as stored with the document.
    pub fn media(self, bytes: &[u8]) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Mail => "message/rfc822",
            // Never served as a page.
            Self::Html | Self::Text => "text/plain",
            Self::Bild | Self::Archiv | Self::Office => {
                infer::get(bytes).map_or("application/octet-stream", |t| t.mime_type())
            }
            Self::Programm | Self::Leer | Self::Unbekannt => "application/octet-stream",
        }
    }
}

/// Bytes from the start that are looked at.
const KOPF: usize = 16_384;
const CFB: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// By magic numbers, then by what text looks like.
pub fn erkennen(bytes: &[u8]) -> Art {
    let kopf = &bytes[..bytes.len().min(KOPF)];
    if kopf.is_empty() {
        return Art::Leer;
    }
    // Writers put a few bytes before the mark; readers look for it in the first KiB.
    if enthaelt(&kopf[..kopf.len().min(1024)], b"%PDF-") {
        return Art::Pdf;
    }
    if kopf.starts_with(b"PK") {
        return container(bytes);
    }
    if kopf.starts_with(CFB) {
        return Art::Office;
    }
    if let Some(typ) = infer::get(kopf) {
        match typ.matcher_type() {
            infer::MatcherType::Image => return Art::Bild,
            infer::MatcherType::Archive => return Art::Archiv,
            infer::MatcherType::App => return Art::Programm,
            infer::MatcherType::Audio | infer::MatcherType::Video | infer::MatcherType::Font => return Art::Bild,
            _ => {}
        }
    }
    schriftlich(kopf)
}

fn schriftlich(kopf: &[u8]) -> Art {
    let utf16 = kopf.starts_with(b"\xff\xfe") || kopf.starts_with(b"\xfe\xff");
    if !utf16 && steuerzeichen(kopf) {
        return Art::Unbekannt;
    }
    if ist_mail(kopf) {
        return Art::Mail;
    }
    let anfang = kopf[..kopf.len().min(1024)].to_ascii_lowercase();
    if [&b"<!doctype html"[..], b"<html", b"<body"].iter().any(|m| enthaelt(&anfang, m)) {
        Art::Html
    } else {
        Art::Text
    }
}

/// More than a stray control character: no text.
fn steuerzeichen(kopf: &[u8]) -> bool {
    let fremd = kopf.iter().filter(|b| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)).count();
    kopf.contains(&0) || fremd * 100 > kopf.len()
}

/// Begins with header lines, one of which only mails have.
fn ist_mail(kopf: &[u8]) -> bool {
    const SICHER: [&str; 6] = ["received", "return-path", "message-id", "mime-version", "delivered-to", "from"];
    let text = String::from_utf8_lossy(kopf);
    let (mut kopfzeilen, mut sicher) = (0, 0);
    for zeile in text.lines().take(80) {
        if zeile.is_empty() {
            break;
        }
        if zeile.starts_with([' ', '\t']) && kopfzeilen > 0 {
            continue;
        }
        let Some((name, _)) = zeile.split_once(':') else { return false };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            // `From ` begins a line of mailbox files.
            if kopfzeilen == 0 && zeile.starts_with("From ") {
                continue;
            }
            return false;
        }
        kopfzeilen += 1;
        sicher += usize::from(SICHER.contains(&name.to_ascii_lowercase().as_str()));
    }
    kopfzeilen >= 2 && sicher >= 1
}

/// The names of entries stand in the clear, first in the local headers, at the end in the directory.
fn container(bytes: &[u8]) -> Art {
    let kopf = &bytes[..bytes.len().min(KOPF)];
    let ende = &bytes[bytes.len().saturating_sub(4 * KOPF)..];
    if enthaelt(kopf, b"mimetypeapplication/vnd.oasis.opendocument.text") {
        return Art::Odt;
    }
    if enthaelt(ende, b"word/document.xml") || enthaelt(kopf, b"word/document.xml") {
        return Art::Docx;
    }
    if kopf.starts_with(b"PK\x03\x04") || kopf.starts_with(b"PK\x05\x06") { Art::Archiv } else { schriftlich(kopf) }
}

/// Encrypted new documents lie in the container of the old ones, under a name in UTF-16.
pub fn altes_office(bytes: &[u8]) -> Ausgang {
    let name: Vec<u8> = "EncryptedPackage".bytes().flat_map(|b| [b, 0]).collect();
    let suchen = &bytes[..bytes.len().min(4 << 20)];
    if enthaelt(suchen, &name) { Ausgang::Verschluesselt } else { Ausgang::Unbekannt }
}

pub fn enthaelt(heu: &[u8], nadel: &[u8]) -> bool {
    heu.windows(nadel.len()).any(|w| w == nadel)
}
