//! What everybody stores: one entry of eight fields, 500 bytes as JSON.
//!
//! Deliberately the same values for every store; what a store makes of them is its own affair.

use serde::{Deserialize, Serialize};

/// Bytes of an entry as JSON.
pub const BYTES: usize = 500;

/// Eight fields, as a longish form has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub anschrift: String,
    pub eingang: String,
    pub einheit: String,
    pub geburtsdatum: String,
    pub name: String,
    pub taetigkeit: String,
    pub text: String,
    pub vornamen: String,
}

impl Entry {
    /// The entry number `n` of a stream; its text fills it up to [`BYTES`].
    pub fn new(stream: u64, n: u64) -> Self {
        let mut entry = Self {
            anschrift: format!("Mühlenstraße {n}, 25436 Uetersen"),
            eingang: "2026-01-10T08:00:00.000000Z".to_owned(),
            einheit: "ordnung".to_owned(),
            geburtsdatum: "1971-04-23".to_owned(),
            name: "Größmann-Petersen".to_owned(),
            taetigkeit: "Handel mit Fahrrädern und Zubehör, Reparaturen aller Art".to_owned(),
            text: format!("Vorgang {stream:x}: "),
            vornamen: "Käthe Amalie".to_owned(),
        };
        let fixed = FRAME + entry.fields().iter().map(|field| field.len()).sum::<usize>();
        let text = "Rückruf, die Vollmacht wird nachgereicht. ".bytes().filter(u8::is_ascii).map(char::from).cycle();
        entry.text.extend(text.take(BYTES.saturating_sub(fixed)));
        entry
    }

    fn fields(&self) -> [&str; 8] {
        [
            &self.anschrift,
            &self.eingang,
            &self.einheit,
            &self.geburtsdatum,
            &self.name,
            &self.taetigkeit,
            &self.text,
            &self.vornamen,
        ]
    }
}

/// Names, quotes, colons and commas around the values.
const FRAME: usize =
    r#"{"anschrift":"","eingang":"","einheit":"","geburtsdatum":"","name":"","taetigkeit":"","text":"","vornamen":""}"#
        .len();
