//! A form as it was typed: pairs in order, brought to NFC once, here.
//!
//! Judges nothing but what no field may hold; what a field may hold is `verfahren::pruefung`.

use crate::error::Fehler;
use axum::extract::FromRequestParts;
use axum::http::{StatusCode, request::Parts};
use unicode_normalization::UnicodeNormalization;

/// The accepted body of a POST; put into the request by `csrf::pruefen`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Formular(pub Vec<(String, String)>);

impl Formular {
    /// Parses `application/x-www-form-urlencoded`; `None` if there are too many fields.
    pub fn parse(body: &[u8], max_felder: usize) -> Option<Self> {
        let mut paare = Vec::new();
        for teil in body.split(|b| *b == b'&').filter(|t| !t.is_empty()) {
            if paare.len() == max_felder {
                return None;
            }
            let (k, v) = match teil.iter().position(|b| *b == b'=') {
                Some(i) => (&teil[..i], &teil[i + 1..]),
                None => (teil, &teil[..0]),
            };
            paare.push((entschluesseln(k), normal(&entschluesseln(v))));
        }
        Some(Self(paare))
    }
    /// First value of a field; empty if it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(k, _)| k == name).map_or("", |(_, v)| v.as_str())
    }
    /// All values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.0.iter().filter(move |(k, _)| k == name).map(|(_, v)| v.as_str())
    }
    /// Whether this is the form of that act, on a page with several (`aktion`).
    pub fn war(&self, aktion: &str) -> bool {
        self.get("aktion") == aktion
    }
    /// What was typed in the form of that act; empty for every other form of the page.
    pub fn von(&self, aktion: &str, feld: &str) -> &str {
        if self.war(aktion) { self.get(feld) } else { "" }
    }
    /// The idempotency key of the form (`_schluessel`).
    pub fn schluessel(&self) -> &str {
        self.get("_schluessel")
    }
}

/// NFC, line ends as LF.
pub fn normal(s: &str) -> String {
    s.replace("\r\n", "\n").nfc().collect()
}

/// A character no field may hold: controls except line feed and tab, and marks that only turn
/// the direction of writing (they make a text read differently from what it is).
pub fn verbotenes_zeichen(s: &str) -> bool {
    s.chars().any(|c| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FFFD}' | '\u{FEFF}')
    })
}

fn entschluesseln(s: &[u8]) -> String {
    let hex = |b: u8| (b as char).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let mut aus = Vec::with_capacity(s.len());
    let mut i = 0;
    while i < s.len() {
        match s[i] {
            b'+' => aus.push(b' '),
            b'%' if i + 2 < s.len() => match (hex(s[i + 1]), hex(s[i + 2])) {
                (Some(a), Some(b)) => {
                    aus.push(a * 16 + b);
                    i += 2;
                }
                _ => aus.push(b'%'),
            },
            b => aus.push(b),
        }
        i += 1;
    }
    String::from_utf8_lossy(&aus).into_owned()
}

impl<S: Send + Sync> FromRequestParts<S> for Formular {
    type Rejection = Fehler;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fehler> {
        parts.extensions.get::<Formular>().cloned().ok_or_else(|| {
            Fehler::refusal(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "form",
                "Bitte senden Sie das Formular von unserer Seite aus ab.",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_combining_umlaut_and_an_emoji_arrive_as_one_writes_them() {
        let f = Formular::parse("name=Mu%CC%88ller&x=%F0%9F%8C%BB&y=a%0D%0Ab".as_bytes(), 9).unwrap();
        assert_eq!(f.get("name"), "Müller");
        assert_eq!(f.get("x"), "🌻");
        assert_eq!(f.get("y"), "a\nb");
    }

    #[test]
    fn a_nul_and_broken_utf8_are_noticed() {
        let f = Formular::parse(b"a=x%00y&b=%FF&c=gut&d=100%", 9).unwrap();
        assert!(verbotenes_zeichen(f.get("a")));
        assert!(verbotenes_zeichen(f.get("b")));
        assert!(!verbotenes_zeichen(f.get("c")));
        assert_eq!(f.get("d"), "100%");
    }

    #[test]
    fn a_form_with_too_many_fields_is_not_read() {
        assert!(Formular::parse(b"a=1&b=2&c=3", 2).is_none());
    }
}
