//! Text files in the encodings a town's file share holds: UTF-8, UTF-16 with its mark, else Windows-1252.
//!
//! Guesses no language and refuses nothing: a wrong letter costs a word, a refusal the document.

use std::borrow::Cow;

/// Windows-1252 from 0x80 to 0x9F; what it does not define stays a replacement character.
const CP1252: [char; 32] = [
    '€', '\u{FFFD}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{FFFD}', 'Ž', '\u{FFFD}', '\u{FFFD}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{FFFD}', 'ž', 'Ÿ',
];

/// The text of these bytes.
pub fn lesen(bytes: &[u8]) -> Cow<'_, str> {
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return lesen(rest);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf16(rest, u16::from_le_bytes).into();
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16(rest, u16::from_be_bytes).into();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) if ueberwiegend_utf8(bytes) => String::from_utf8_lossy(bytes),
        Err(_) => bytes.iter().map(|b| einzeln(*b)).collect::<String>().into(),
    }
}

fn einzeln(b: u8) -> char {
    match b {
        0x80..=0x9f => CP1252[usize::from(b - 0x80)],
        b => char::from(b),
    }
}

fn utf16(bytes: &[u8], wort: fn([u8; 2]) -> u16) -> String {
    let worte = bytes.chunks_exact(2).map(|p| wort([p[0], p[1]]));
    char::decode_utf16(worte).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Broken UTF-8 has more letters that are right than bytes that are wrong; Windows-1252 has hardly one.
fn ueberwiegend_utf8(bytes: &[u8]) -> bool {
    let (mut richtig, mut falsch) = (0usize, 0usize);
    for stueck in bytes.utf8_chunks() {
        richtig += stueck.valid().chars().filter(|c| !c.is_ascii()).count();
        falsch += usize::from(!stueck.invalid().is_empty());
    }
    richtig > falsch
}
