//! Kinds of acts that follow a decision already announced: correction, Rücknahme, Widerruf, Abhilfe,
//! Widerspruchsbescheid, as dated law.
//!
//! Decides nothing; `decide` asks here what an act needs.

use super::event::{AktArt, Tenor};
use serde::Deserialize;
use std::sync::OnceLock;

/// Whether an act is made with discretion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ermessen {
    Ja,
    Nein,
    /// As the service's own decision.
    WieLeistung,
}

/// Ids of the instructions on remedies.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BelehrungWahl {
    pub belastend: String,
    pub sonst: String,
}

/// One kind of act.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aktregel {
    pub id: AktArt,
    pub titel: String,
    pub paragraph: String,
    pub source: String,
    /// First day of this row.
    #[serde(rename = "valid_from")]
    _valid_from: toml::value::Datetime,
    pub verified: bool,
    /// A burdening act needs a hearing first (§ 28 VwVfG).
    pub anhoerung: bool,
    /// Reasons are required whatever the result (§ 39 VwVfG, § 73 (3) VwGO).
    pub begruendung: bool,
    /// The clerk writes the operative part.
    pub spruch: bool,
    pub ermessen: Ermessen,
    /// Only against a decision under Widerspruch.
    pub wider: bool,
    pub belehrung: BelehrungWahl,
    /// Operative sentence: granted, granted in part, refused; empty = this result does not exist.
    pub tenor: [String; 3],
}

/// The kind's row; `None` only if the data file were broken, which its test rules out.
pub fn regel(art: AktArt) -> Option<&'static Aktregel> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Tafel {
        akt: Vec<Aktregel>,
    }
    static TAFEL: OnceLock<Option<Tafel>> = OnceLock::new();
    let tafel = TAFEL.get_or_init(|| toml::from_str(include_str!("../../vorlagen/akte.toml")).ok());
    tafel.as_ref()?.akt.iter().find(|a| a.id == art)
}

impl Aktregel {
    /// The operative sentence; empty where the act knows no such result.
    pub fn satz(&self, tenor: Tenor) -> &str {
        match tenor {
            Tenor::Bewilligt => &self.tenor[0],
            Tenor::TeilweiseBewilligt => &self.tenor[1],
            Tenor::Abgelehnt => &self.tenor[2],
        }
    }

    /// Id of the instruction that goes with this result.
    pub fn belehrung(&self, tenor: Tenor) -> &str {
        if tenor == Tenor::Bewilligt { &self.belehrung.sonst } else { &self.belehrung.belastend }
    }
}

impl AktArt {
    pub const ALLE: [AktArt; 5] =
        [AktArt::Berichtigung, AktArt::Ruecknahme, AktArt::Widerruf, AktArt::Abhilfe, AktArt::Widerspruchsbescheid];

    /// Name on the wire.
    pub fn wort(self) -> &'static str {
        match self {
            AktArt::Berichtigung => "berichtigung",
            AktArt::Ruecknahme => "ruecknahme",
            AktArt::Widerruf => "widerruf",
            AktArt::Abhilfe => "abhilfe",
            AktArt::Widerspruchsbescheid => "widerspruchsbescheid",
        }
    }

    /// Heading of its notice.
    pub fn titel(self) -> &'static str {
        regel(self).map_or("Bescheid", |r| r.titel.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verfahren::belehrung;
    use jiff::civil::date;

    #[test]
    fn every_kind_of_act_has_its_row_its_source_and_an_instruction_that_exists() {
        for art in AktArt::ALLE {
            let r = regel(art).expect("a row");
            assert!(!r.paragraph.is_empty() && !r.source.is_empty() && r.tenor.iter().any(|t| !t.is_empty()));
            for id in [&r.belehrung.belastend, &r.belehrung.sonst] {
                assert!(belehrung::in_kraft(id, date(2026, 1, 1)).is_some(), "{id}");
            }
            assert_eq!(serde_json::to_value(art).expect("json"), art.wort());
        }
    }
}
