//! File names of uploads, made harmless: no path, no control or direction characters, at most 120 characters.
//!
//! A name is personal data and payload only; the content store never sees it.

use unicode_normalization::UnicodeNormalization;

/// Longest file name kept, in characters.
pub const MAX: usize = 120;

/// A name that is safe in a header, a list, and on any file system; never empty. The ending is kept.
pub fn clean(raw: &str) -> String {
    let base = raw.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = base
        .nfc()
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c })
        .collect();
    let joined = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let trimmed = joined.trim_matches(['.', ' ']);
    let (stem, ending) = split(trimmed);
    let mut stem = if stem.is_empty() { "Datei".to_owned() } else { stem.to_owned() };
    if is_reserved(&stem) {
        stem.insert(0, '_');
    }
    let tail = if ending.is_empty() { String::new() } else { format!(".{ending}") };
    let room = MAX - tail.chars().count();
    let kept: String = stem.chars().take(room).collect();
    format!("{}{tail}", kept.trim_end_matches(['.', ' ']))
}

/// The ending in lower case without its dot; empty if there is none (1 to 10 ASCII letters or digits).
pub fn ending(name: &str) -> String {
    split(name.trim_end_matches(['.', ' '])).1.to_ascii_lowercase()
}

fn split(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, e)) if (1..=10).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_alphanumeric()) => (stem, e),
        _ => (name, ""),
    }
}

/// Zero width, direction and other format characters that let a name look like another one.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFF}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Device names of Windows.
fn is_reserved(stem: &str) -> bool {
    let s = stem.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    matches!(s.as_str(), "con" | "prn" | "aux" | "nul")
        || (s.len() == 4 && (s.starts_with("com") || s.starts_with("lpt")) && s.ends_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_loses_its_path_and_keeps_its_ending() {
        for (raw, want) in [
            ("Ausweis.PDF", "Ausweis.PDF"),
            ("C:\\Users\\a\\scan 1.pdf", "scan 1.pdf"),
            ("../../etc/passwd", "passwd"),
            ("a\u{202E}fdp.exe", "afdp.exe"),
            ("  zwei \t Worte .txt", "zwei Worte.txt"),
            ("u\u{308}ber.txt", "über.txt"),
            ("a\0b\nc.png", "abc.png"),
            ("..", "Datei"),
            ("", "Datei"),
            (".pdf", "pdf"),
            ("nul.txt", "_nul.txt"),
            ("COM1", "_COM1"),
            ("a<b>:\"c|?*.pdf", "a_b___c___.pdf"),
        ] {
            assert_eq!(clean(raw), want, "{raw:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_to_120_characters_before_its_ending() {
        let long = clean(&format!("{}.jpeg", "ü".repeat(5_000)));
        assert_eq!(long.chars().count(), MAX);
        assert!(long.ends_with("ü.jpeg"));
    }

    #[test]
    fn an_ending_is_lower_case_and_short() {
        assert_eq!(ending("A.B.JpEg"), "jpeg");
        assert_eq!(ending("Bescheid vom 1. März"), "");
        assert_eq!(ending("ohne"), "");
        assert_eq!(ending("trick.exe. . "), "exe");
    }
}
