//! The one place text is gathered in, so that the limit on it holds wherever it comes from.
//!
//! Normalises nothing but blanks: what a word is, is decided by the index.

use super::Grenzen;

/// Text up to a limit.
pub struct Sammler<'a> {
    grenzen: &'a Grenzen,
    text: String,
    voll: bool,
}

impl<'a> Sammler<'a> {
    pub fn new(grenzen: &'a Grenzen) -> Self {
        Self { grenzen, text: String::new(), voll: false }
    }

    pub fn grenzen(&self) -> &'a Grenzen {
        self.grenzen
    }

    /// Nothing more is taken: who reads on works for nobody.
    pub fn voll(&self) -> bool {
        self.voll
    }

    /// Takes text; runs of blanks become one, control characters a blank.
    pub fn text(&mut self, text: &str) {
        for c in text.chars() {
            let c = match c {
                '\n' => '\n',
                c if c.is_whitespace() || c.is_control() => ' ',
                c => c,
            };
            let last = self.text.chars().next_back();
            let blank = |c: char| c == ' ' || c == '\n';
            if c == ' ' && last.is_none_or(blank) || c == '\n' && last.is_none_or(|l| l == '\n') {
                continue;
            }
            if self.text.len() + c.len_utf8() > self.grenzen.text {
                self.voll = true;
                return;
            }
            self.text.push(c);
        }
    }

    /// Ends a line.
    pub fn zeile(&mut self) {
        self.text("\n");
    }

    /// The text, and whether some was left out.
    pub fn fertig(mut self) -> (String, bool) {
        let ende = self.text.trim_end().len();
        self.text.truncate(ende);
        (self.text, self.voll)
    }
}
