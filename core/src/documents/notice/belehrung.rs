//! Instructions on remedies as data by id, with source and validity.
//!
//! Does not choose one: the service's definition names it.

use super::Absender;
use serde::Deserialize;
use std::sync::OnceLock;

/// One instruction, placeholders filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belehrung {
    pub text: String,
    /// Norm that asks for it.
    pub source: String,
    /// Read by a lawyer; if not, the notice says so.
    pub verified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    source: String,
    /// First day on which this wording may be used.
    #[serde(rename = "valid_from")]
    _valid_from: String,
    verified: bool,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    belehrung: Vec<Row>,
}

/// The instruction of this id (for example `widerspruch_1_monat`) for this authority.
pub fn belehrung(id: &str, stadt: &Absender) -> Option<Belehrung> {
    static TABLE: OnceLock<Option<Table>> = OnceLock::new();
    let table = TABLE.get_or_init(|| toml::from_str(include_str!("../../../vorlagen/belehrungen.toml")).ok());
    let row = table.as_ref()?.belehrung.iter().find(|r| r.id == id)?;
    let anschrift = format!("{}, {} {}", stadt.strasse, stadt.plz, stadt.ort);
    let text = row.text.trim().replace("{anschrift}", &anschrift).replace("{stadt}", &stadt.name);
    Some(Belehrung { text, source: row.source.clone(), verified: row.verified })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_names_authority_seat_and_term() {
        let stadt = Absender {
            name: "Stadt Musterstadt".into(),
            strasse: "Markt 1".into(),
            plz: "25000".into(),
            ort: "Musterstadt".into(),
            ..Absender::default()
        };
        let b = belehrung("widerspruch_1_monat", &stadt).expect("known");
        for part in ["eines Monats", "Widerspruch", "Stadt Musterstadt, Markt 1, 25000 Musterstadt"] {
            assert!(b.text.contains(part), "{}", b.text);
        }
        assert!(!b.text.contains('{'));
        assert_eq!(belehrung("gibt_es_nicht", &stadt), None);
    }
}
