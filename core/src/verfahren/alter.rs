//! An age as data: "from 24", "under 24", on the day of application, by the field that holds the day of birth.
//!
//! Conditions know no arithmetic; the age itself is computed by `recht` (§ 187 Abs. 2 Satz 2 BGB).

use super::bedingung::Werte;
use crate::recht::Law;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Bounds of an age in full years.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alter {
    /// Field with the day of birth.
    pub feld: String,
    /// From this age on; the birthday itself counts.
    #[serde(default)]
    pub ab: Option<u16>,
    /// Younger than this.
    #[serde(default)]
    pub unter: Option<u16>,
}

impl Alter {
    /// Whether the person is of this age on this day. Without a day of birth nobody is.
    pub fn gilt(&self, felder: &Werte, am: Date) -> bool {
        let geburt = felder.get(&self.feld).and_then(|v| v.as_str()).and_then(|s| s.parse::<Date>().ok());
        let jahre = geburt.and_then(|g| Law::lebensalter(g, am).ok()).map(|(jahre, _)| jahre);
        jahre.is_some_and(|j| self.ab.is_none_or(|ab| j >= ab) && self.unter.is_none_or(|unter| j < unter))
    }
}

/// Whether an optional age holds; none always does.
pub fn gilt(alter: Option<&Alter>, felder: &Werte, am: Date) -> bool {
    alter.is_none_or(|a| a.gilt(felder, am))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_birthday_itself_counts_and_a_missing_or_future_one_never_does() {
        let (ab, unter) = (
            Alter { feld: "g".into(), ab: Some(24), unter: None },
            Alter { feld: "g".into(), ab: None, unter: Some(24) },
        );
        for (geburt, am, erwachsen) in [
            ("2002-11-24", "2026-11-24", true),
            ("2002-11-25", "2026-11-24", false),
            ("2004-02-29", "2028-02-28", false),
            ("2004-02-29", "2028-02-29", true),
        ] {
            let felder = Werte::from([("g".into(), json!(geburt))]);
            let am = am.parse().expect("a date");
            assert_eq!((ab.gilt(&felder, am), unter.gilt(&felder, am)), (erwachsen, !erwachsen), "{geburt} {am}");
        }
        for felder in [Werte::new(), Werte::from([("g".into(), json!("2030-01-01"))])] {
            let am = "2026-11-24".parse().expect("a date");
            assert!(!ab.gilt(&felder, am) && !unter.gilt(&felder, am) && gilt(None, &felder, am));
        }
    }
}
