//! What stands in a foreign file: bytes in, media type by content and plain text out, with a limit on everything.
//!
//! Opens no file, writes none and follows no name inside an archive. It may still be brought down by a file made for
//! that: the house runs it in a process of its own (`cli`), which may die.

mod art;
mod container;
mod mail;
mod pdf;
pub mod proben;
mod sammler;
mod schrift;
mod xml;

#[cfg(test)]
mod tests;

pub use art::{Art, erkennen};
pub use schrift::lesen as schrift;

use sammler::Sammler;
use serde::{Deserialize, Serialize};

/// Most of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grenzen {
    /// Bytes of a file that is looked into at all.
    pub bytes: usize,
    /// Bytes of text taken out of one file; what comes after is left out.
    pub text: usize,
    /// Bytes one entry of a container may unpack to.
    pub entpackt: u64,
    /// Unpacked bytes per packed byte, beyond the first MiB.
    pub verhaeltnis: u64,
    /// Entries of a container, parts of a mail.
    pub eintraege: usize,
    /// Mails and containers inside one another; elements of XML inside one another.
    pub tiefe: usize,
    pub seiten: usize,
}

impl Default for Grenzen {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            text: 256 << 10,
            entpackt: 48 << 20,
            verhaeltnis: 200,
            eintraege: 1_000,
            tiefe: 4,
            seiten: 1_000,
        }
    }
}

/// How it went. Each is an answer; none is an error of the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ausgang {
    /// All text was taken.
    Gelesen,
    /// The text is longer than the limit; its beginning was taken.
    Gekuerzt,
    /// A picture, a table of numbers, a program: nothing to read in it.
    KeinText,
    /// A format this reader does not know.
    Unbekannt,
    /// Too large, too many entries, too deep, or packed too tightly.
    ZuGross,
    Verschluesselt,
    /// Broken off or damaged.
    Unlesbar,
    /// The reader did not answer in time (told by its parent).
    Zeit,
    /// The reader ended while reading it (told by its parent).
    Abgebrochen,
}

impl Ausgang {
    /// Stable name, as views store it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gelesen => "gelesen",
            Self::Gekuerzt => "gekuerzt",
            Self::KeinText => "kein_text",
            Self::Unbekannt => "unbekannt",
            Self::ZuGross => "zu_gross",
            Self::Verschluesselt => "verschluesselt",
            Self::Unlesbar => "unlesbar",
            Self::Zeit => "zeit",
            Self::Abgebrochen => "abgebrochen",
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Auszug {
    pub art: Art,
    pub ausgang: Ausgang,
    /// Plain text; also what was read before a limit or a fault ended it.
    pub text: String,
}

impl Auszug {
    /// Nothing but an outcome.
    pub fn ohne(art: Art, ausgang: Ausgang) -> Self {
        Self { art, ausgang, text: String::new() }
    }
}

/// Reads a file by its content; names and declared types are not asked.
pub fn auszug(bytes: &[u8], grenzen: &Grenzen) -> Auszug {
    let art = art::erkennen(bytes);
    if bytes.len() > grenzen.bytes {
        return Auszug::ohne(art, Ausgang::ZuGross);
    }
    let mut sammler = Sammler::new(grenzen);
    let ende = lesen(art, bytes, &mut sammler, 0);
    let (text, voll) = sammler.fertig();
    let ausgang = match ende {
        Ok(()) if voll => Ausgang::Gekuerzt,
        Ok(()) => Ausgang::Gelesen,
        // What ended because enough was taken is no fault of the file.
        Err(_) if voll => Ausgang::Gekuerzt,
        Err(ausgang) => ausgang,
    };
    Auszug { art, ausgang, text }
}

/// One file, or one inside another.
fn lesen(art: Art, bytes: &[u8], aus: &mut Sammler<'_>, tiefe: usize) -> Result<(), Ausgang> {
    if tiefe > aus.grenzen().tiefe {
        return Err(Ausgang::ZuGross);
    }
    match art {
        Art::Pdf => pdf::lesen(bytes, aus),
        Art::Docx => container::docx(bytes, aus),
        Art::Odt => container::odt(bytes, aus),
        Art::Mail => mail::lesen(bytes, aus, tiefe),
        Art::Html => {
            aus.text(&mail_parser::decoders::html::html_to_text(&schrift::lesen(bytes)));
            Ok(())
        }
        Art::Text => {
            aus.text(&schrift::lesen(bytes));
            Ok(())
        }
        Art::Office => Err(art::altes_office(bytes)),
        Art::Archiv | Art::Bild | Art::Programm => Err(Ausgang::KeinText),
        Art::Leer => Err(Ausgang::KeinText),
        Art::Unbekannt => Err(Ausgang::Unbekannt),
    }
}
