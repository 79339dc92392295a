//! The text of a PDF, page by page.
//!
//! The library stops a program for files it does not expect; what stops with a panic is caught here, what takes the
//! process with it is the parent's.

use super::Ausgang;
use super::sammler::Sammler;
use pdf_extract::{Document, OutputDev, OutputError, PlainTextOutput, output_doc_page};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Every page up to the limits. What was read before a broken page stays.
pub fn lesen(bytes: &[u8], aus: &mut Sammler<'_>) -> Result<(), Ausgang> {
    let geladen = ruhig(|| Document::load_mem(bytes).ok()).flatten();
    let mut doc =
        geladen.ok_or_else(|| if verschluesselt(bytes) { Ausgang::Verschluesselt } else { Ausgang::Unlesbar })?;
    // Many scanners "protect" with an empty password.
    if doc.is_encrypted() && !ruhig(|| doc.decrypt("").is_ok()).unwrap_or(false) {
        return Err(Ausgang::Verschluesselt);
    }
    let seiten: Vec<u32> = ruhig(|| doc.get_pages().into_keys().collect()).unwrap_or_default();
    if seiten.is_empty() {
        return Err(Ausgang::Unlesbar);
    }
    let zu_viele = seiten.len() > aus.grenzen().seiten;
    let mut kaputt = false;
    for seite in seiten.into_iter().take(aus.grenzen().seiten) {
        if aus.voll() {
            return Ok(());
        }
        let mut text = String::new();
        let gelesen = ruhig(|| {
            let mut ausgabe = PlainTextOutput::new(&mut text);
            output_doc_page(&doc, &mut ausgabe as &mut dyn OutputDev, seite).map_err(|_: OutputError| ()).is_ok()
        });
        kaputt |= gelesen != Some(true);
        aus.text(&text);
        aus.zeile();
    }
    match (zu_viele, kaputt) {
        (true, _) => Err(Ausgang::ZuGross),
        (_, true) => Err(Ausgang::Unlesbar),
        _ => Ok(()),
    }
}

/// A trailer that names an encryption this library cannot load.
fn verschluesselt(bytes: &[u8]) -> bool {
    super::art::enthaelt(bytes, b"/Encrypt")
}

/// `None` if the library panicked. Nothing is used afterwards that it may have left half changed but plain text.
fn ruhig<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
