//! DOCX and ODT: known entries of a ZIP container, unpacked into memory up to a limit.
//!
//! No entry is ever written anywhere, and none is chosen by a name the file gives: a name that leads out of a folder
//! leads nowhere.

use super::sammler::Sammler;
use super::xml::{self, Woerter};
use super::{Ausgang, art, schrift};
use std::io::{Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

type Archiv<'a> = ZipArchive<Cursor<&'a [u8]>>;

const DOCX: Woerter =
    Woerter { text: &["t"], absatz: &["p"], luecke: &["tab", "noBreakHyphen"], umbruch: &["br", "cr"] };
const ODT: Woerter = Woerter { text: &["body"], absatz: &["p", "h"], luecke: &["s", "tab"], umbruch: &["line-break"] };

/// Bytes that may always be unpacked, whatever the ratio.
const FREI: u64 = 1 << 20;

/// Main text, then notes, headers and footers, in the order of their names.
pub fn docx(bytes: &[u8], aus: &mut Sammler<'_>) -> Result<(), Ausgang> {
    let mut archiv = oeffnen(bytes, aus)?;
    let haupt = eintrag(&mut archiv, "word/document.xml", aus)?.ok_or(Ausgang::Unlesbar)?;
    xml::lesen(&schrift::lesen(&haupt), &DOCX, aus)?;
    let mut weitere: Vec<String> = archiv.file_names().filter_map(|n| Some(n.ok()?.into_owned())).collect();
    weitere.retain(|n| {
        let teil = n.strip_prefix("word/").and_then(|n| n.strip_suffix(".xml")).unwrap_or_default();
        ["footnotes", "endnotes", "header", "footer", "comments"].iter().any(|anfang| teil.starts_with(anfang))
    });
    weitere.sort();
    for name in weitere.iter().take(20) {
        if let Some(teil) = eintrag(&mut archiv, name, aus)? {
            xml::lesen(&schrift::lesen(&teil), &DOCX, aus)?;
        }
    }
    Ok(())
}

/// The body; an encrypted ODT says so in its manifest.
pub fn odt(bytes: &[u8], aus: &mut Sammler<'_>) -> Result<(), Ausgang> {
    let mut archiv = oeffnen(bytes, aus)?;
    let manifest = eintrag(&mut archiv, "META-INF/manifest.xml", aus)?;
    if manifest.is_some_and(|m| art::enthaelt(&m, b"encryption-data")) {
        return Err(Ausgang::Verschluesselt);
    }
    let inhalt = eintrag(&mut archiv, "content.xml", aus)?.ok_or(Ausgang::Unlesbar)?;
    xml::lesen(&schrift::lesen(&inhalt), &ODT, aus)
}

fn oeffnen<'a>(bytes: &'a [u8], aus: &Sammler<'_>) -> Result<Archiv<'a>, Ausgang> {
    let archiv = ZipArchive::new(Cursor::new(bytes)).map_err(ausgang)?;
    if archiv.len() > aus.grenzen().eintraege {
        return Err(Ausgang::ZuGross);
    }
    Ok(archiv)
}

/// One entry, unpacked; `None` if there is none of this name. What it claims to be long is not believed.
fn eintrag(archiv: &mut Archiv<'_>, name: &str, aus: &Sammler<'_>) -> Result<Option<Vec<u8>>, Ausgang> {
    let grenzen = aus.grenzen();
    let datei = match archiv.by_name(name) {
        Err(ZipError::FileNotFound) => return Ok(None),
        other => other.map_err(ausgang)?,
    };
    if datei.encrypted() {
        return Err(Ausgang::Verschluesselt);
    }
    let hoechstens = grenzen.entpackt.min(FREI.max(datei.compressed_size().saturating_mul(grenzen.verhaeltnis)));
    let mut out = Vec::new();
    datei.take(hoechstens + 1).read_to_end(&mut out).map_err(|_| Ausgang::Unlesbar)?;
    if out.len() as u64 > hoechstens { Err(Ausgang::ZuGross) } else { Ok(Some(out)) }
}

fn ausgang(e: ZipError) -> Ausgang {
    match e {
        ZipError::InvalidPassword => Ausgang::Verschluesselt,
        ZipError::UnsupportedArchive(why) if why == ZipError::PASSWORD_REQUIRED => Ausgang::Verschluesselt,
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => Ausgang::Unbekannt,
        _ => Ausgang::Unlesbar,
    }
}
