//! Instructions on remedies as data: wording by id, version and regime, and which period runs with it.
//!
//! Puts no dates: the period itself is computed by the legal-time engine.

use jiff::civil::Date;
use serde::Deserialize;
use std::sync::OnceLock;

/// Which remedy an instruction names, and so which period runs from Bekanntgabe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rechtsbehelf {
    Widerspruch,
    /// Action in court after a Widerspruchsbescheid (§ 74 VwGO).
    Klage,
    /// No period of its own.
    Keiner,
}

/// One wording.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Belehrung {
    pub id: String,
    pub version: u32,
    pub rechtsbehelf: Rechtsbehelf,
    /// Regimes of Bekanntgabe it fits.
    pub regime: Vec<String>,
    /// Norm that asks for it.
    pub source: String,
    /// First day on which this wording may be used.
    pub valid_from: Date,
    /// Read by a lawyer; if not, the notice says so.
    pub verified: bool,
    /// With placeholders.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hinweis {
    regime: String,
    rechtsbehelf: Rechtsbehelf,
    source: String,
    verified: bool,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gericht {
    land: String,
    name: String,
    verified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tafel {
    belehrung: Vec<Belehrung>,
    hinweis: Vec<Hinweis>,
    gericht: Vec<Gericht>,
}

fn tafel() -> Option<&'static Tafel> {
    static TAFEL: OnceLock<Option<Tafel>> = OnceLock::new();
    TAFEL.get_or_init(|| toml::from_str(include_str!("../../vorlagen/belehrungen.toml")).ok()).as_ref()
}

/// Whether any version of this id exists.
pub fn bekannt(id: &str) -> bool {
    tafel().is_some_and(|t| t.belehrung.iter().any(|b| b.id == id))
}

/// The wording of this id in force on that day.
pub fn in_kraft(id: &str, am: Date) -> Option<&'static Belehrung> {
    let rows = tafel()?.belehrung.iter().filter(|b| b.id == id && b.valid_from <= am);
    rows.max_by_key(|b| (b.valid_from, b.version))
}

/// What is contested or unconfirmed about this remedy under this regime, with its norm.
pub fn hinweis(regime: &str, rechtsbehelf: Rechtsbehelf) -> Option<String> {
    let mut rows = tafel()?.hinweis.iter().filter(|h| !h.verified);
    let row = rows.find(|h| h.regime == regime && h.rechtsbehelf == rechtsbehelf)?;
    Some(format!("{} ({})", row.text, row.source))
}

/// The administrative court of a Land as data knows it, and whether that is confirmed.
pub fn gericht(land: &str) -> Option<(&'static str, bool)> {
    tafel()?.gericht.iter().find(|g| g.land == land).map(|g| (g.name.as_str(), g.verified))
}

/// Who and where: what the placeholders stand for.
#[derive(Clone, Copy, Debug)]
pub struct Ort<'a> {
    pub stadt: &'a str,
    pub anschrift: &'a str,
    pub gericht: &'a str,
}

impl Belehrung {
    /// Fits a notice under this regime.
    pub fn passt(&self, regime: &str) -> bool {
        self.regime.iter().any(|r| r == regime)
    }

    /// The wording with its placeholders filled in; empty if one has nothing to stand for, so that a notice
    /// without a complete instruction is seen before it is signed (§ 58 (2) VwGO: a year instead of a month).
    pub fn wortlaut(&self, ort: Ort<'_>) -> String {
        let mut text = self.text.trim().to_owned();
        for (name, wert) in [("{anschrift}", ort.anschrift), ("{stadt}", ort.stadt), ("{gericht}", ort.gericht)] {
            if text.contains(name) && wert.trim().is_empty() {
                return String::new();
            }
            text = text.replace(name, wert);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const ORT: Ort<'_> =
        Ort { stadt: "Stadt Musterstadt", anschrift: "Markt 1, 25000 Musterstadt", gericht: "Gericht, Straße 1" };

    #[test]
    fn an_instruction_names_authority_seat_and_term() {
        let b = in_kraft("widerspruch_1_monat", date(2026, 1, 1)).expect("known");
        let text = b.wortlaut(ORT);
        for part in ["eines Monats", "Widerspruch", "Stadt Musterstadt, Markt 1, 25000 Musterstadt"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains('{'));
        assert!(in_kraft("gibt_es_nicht", date(2026, 1, 1)).is_none());
        assert!(in_kraft("widerspruch_1_monat", date(1990, 1, 1)).is_none(), "no wording was in force then");
    }

    #[test]
    fn an_instruction_that_names_no_court_is_none() {
        let b = in_kraft("klage_1_monat", date(2026, 1, 1)).expect("known");
        assert!(b.wortlaut(ORT).contains("bei dem Gericht, Straße 1 zu erheben"));
        assert_eq!(b.wortlaut(Ort { gericht: " ", ..ORT }), "");
    }

    #[test]
    fn what_is_unconfirmed_under_a_regime_is_said() {
        let said = hinweis("AO", Rechtsbehelf::Widerspruch).expect("contested");
        assert!(said.contains("Einspruch") && said.contains("§ 347 AO"), "{said}");
        assert_eq!(hinweis("LVwG-SH", Rechtsbehelf::Widerspruch), None);
    }
}
