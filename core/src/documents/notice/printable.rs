//! Text as it can be printed for an archive: no control or direction characters, no glyph that no font has.
//!
//! Only what is printed is changed; the hashed input and attached data keep every character.

use super::world::has_glyph;
use crate::documents::name::is_invisible;
use serde_json::Value;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// How careful to be: PDF/A forbids glyphs that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// Any built-in font may show a character.
    AnyFont,
    /// Only the letter's own font, without combining marks.
    LetterFont,
}

/// Most combining marks on one letter; more would paint over the lines above.
const MARKS_MAX: usize = 3;

/// All strings of a value, keys excepted.
pub(super) fn value(v: &Value, care: Care) -> Value {
    match v {
        Value::String(s) => Value::String(text(s, care)),
        Value::Array(items) => Value::Array(items.iter().map(|v| value(v, care)).collect()),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), value(v, care))).collect()),
        plain => plain.clone(),
    }
}

/// One string; what cannot be printed appears as `[U+1F600]`, so that nothing vanishes unseen.
pub(super) fn text(s: &str, care: Care) -> String {
    let mut out = String::with_capacity(s.len());
    let mut marks = 0;
    for c in s.replace("\r\n", "\n").nfc() {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        match c {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\t' => out.push(' '),
            c if c.is_control() || is_invisible(c) => {}
            c if c.is_whitespace() => out.push(if c == '\u{a0}' { c } else { ' ' }),
            c if marks <= MARKS_MAX && is_printable(c, care) => out.push(c),
            c => out.push_str(&format!("[U+{:04X}]", u32::from(c))),
        }
    }
    out
}

fn is_printable(c: char, care: Care) -> bool {
    let private = matches!(u32::from(c), 0xE000..=0xF8FF | 0xF_0000..);
    let letter_only = care == Care::LetterFont;
    !(private || letter_only && is_combining_mark(c)) && has_glyph(c, letter_only)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_printed_is_named_and_nothing_dangerous_stays() {
        for (raw, want) in [
            ("Grüße, Čapek & Ŵ\u{a0}§ 5", "Grüße, Čapek & Ŵ\u{a0}§ 5"),
            ("u\u{308}ber", "über"),
            ("a\r\nb\rc\u{2028}d\te\0\u{7}", "a\nb\nc\nd e"),
            ("links\u{202E}rechts\u{200B}\u{FEFF}", "linksrechts"),
            ("🏳", "[U+1F3F3]"),
            ("\u{E000}漢", "[U+E000][U+6F22]"),
            ("q\u{301}\u{301}\u{301}\u{301}", "q\u{301}\u{301}\u{301}[U+0301]"),
            ("#panic(\"x\") *fett* $x$ \\ _a_ @b <c>", "#panic(\"x\") *fett* $x$ \\ _a_ @b <c>"),
        ] {
            assert_eq!(text(raw, Care::AnyFont), want, "{raw:?}");
        }
        assert_eq!(text("q\u{301}", Care::LetterFont), "q[U+0301]");
    }
}
