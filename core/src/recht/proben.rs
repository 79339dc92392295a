//! Worked examples of the law data, recomputed whenever the tables are read.
//!
//! A rule or regime that misses one of its own examples must not be used; the whole set is refused.

use super::worte::{kurz, toml_date, toml_date_opt, toml_instant};
use super::{BekanntgabeArt, Law, LawError, Params};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// One example of a rule that counts days or more.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vector {
    #[serde(deserialize_with = "toml_date")]
    pub ereignis: Date,
    #[serde(default)]
    pub anzahl: Option<u32>,
    #[serde(default)]
    pub bestimmter_tag: bool,
    #[serde(deserialize_with = "toml_date")]
    pub ende: Date,
    #[serde(default, deserialize_with = "toml_date_opt")]
    pub warnung: Option<Date>,
}

/// One example of a rule that counts hours, both instants with their offset.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StundenVector {
    #[serde(deserialize_with = "toml_instant")]
    pub ereignis: Timestamp,
    #[serde(default)]
    pub anzahl: Option<u32>,
    #[serde(deserialize_with = "toml_instant")]
    pub ende: Timestamp,
}

/// One example of a regime: posted on this day, announced on these.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegimeVector {
    #[serde(deserialize_with = "toml_date")]
    pub am: Date,
    #[serde(deserialize_with = "toml_date")]
    pub frueheste: Date,
    #[serde(deserialize_with = "toml_date")]
    pub spaeteste: Date,
}

/// One example of a provision for retrieval.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AbrufVector {
    #[serde(deserialize_with = "toml_date")]
    pub benachrichtigt: Date,
    #[serde(default, deserialize_with = "toml_date_opt")]
    pub abgerufen: Option<Date>,
    #[serde(default, deserialize_with = "toml_date_opt")]
    pub bereit_bis: Option<Date>,
    /// Day of Bekanntgabe by the most favourable reading; absent = none.
    #[serde(default, deserialize_with = "toml_date_opt")]
    pub bekannt: Option<Date>,
}

impl Law {
    /// Recomputes every worked example of every table.
    pub(super) fn prove(&self) -> Result<(), LawError> {
        for regel in self.tafeln.regeln.values() {
            for f in &regel.fassung {
                f.vectors.iter().try_for_each(|v| self.prove_rule(&regel.id, &f.version, &f.regime, v))?;
                f.stunden_vectors.iter().try_for_each(|v| self.prove_hours(&regel.id, &f.version, v))?;
            }
        }
        for regime in self.tafeln.regime.values() {
            for f in &regime.fassung {
                f.vectors.iter().try_for_each(|v| self.prove_regime(&regime.id, &f.version, v))?;
                f.abruf.vectors.iter().try_for_each(|v| self.prove_retrieval(&regime.id, &f.version, v))?;
            }
        }
        Ok(())
    }

    fn prove_rule(&self, id: &str, version: &str, regime: &str, v: &Vector) -> Result<(), LawError> {
        let params = Params { anzahl: v.anzahl, bestimmter_tag: v.bestimmter_tag, warn_tage: None };
        let frist = self.compute(id, v.ereignis, params)?;
        if (frist.regime.as_str(), frist.end, frist.warnung) == (regime, v.ende, v.warnung) {
            return Ok(());
        }
        Err(missed(version, kurz(v.ereignis), kurz(v.ende), kurz(frist.end)))
    }

    fn prove_hours(&self, id: &str, version: &str, v: &StundenVector) -> Result<(), LawError> {
        let frist = self.stunden(id, &v.ereignis.to_zoned(TimeZone::UTC), v.anzahl)?;
        if frist.ende == v.ende {
            return Ok(());
        }
        Err(missed(version, v.ereignis.to_string(), v.ende.to_string(), frist.ende.to_string()))
    }

    fn prove_regime(&self, id: &str, version: &str, v: &RegimeVector) -> Result<(), LawError> {
        let b = self.bekanntgabe(id, BekanntgabeArt::AufgabeZurPost, v.am)?;
        if (b.frueheste.end, b.spaeteste.end) == (v.frueheste, v.spaeteste) {
            return Ok(());
        }
        let both = |a: Date, b: Date| format!("{} und {}", kurz(a), kurz(b));
        Err(missed(version, kurz(v.am), both(v.frueheste, v.spaeteste), both(b.frueheste.end, b.spaeteste.end)))
    }

    fn prove_retrieval(&self, id: &str, version: &str, v: &AbrufVector) -> Result<(), LawError> {
        let a = self.abruf(id, v.benachrichtigt, v.abgerufen)?;
        let (bis, bekannt) = (a.bereit_bis.map(|f| f.end), a.bekanntgabe.map(|b| b.spaeteste.end));
        if (bis, bekannt) == (v.bereit_bis, v.bekannt) {
            return Ok(());
        }
        let words = |bis: Option<Date>, bekannt: Option<Date>| {
            let day = |d: Option<Date>| d.map_or("nie".to_owned(), kurz);
            format!("bereit bis {}, bekannt {}", day(bis), day(bekannt))
        };
        Err(missed(version, kurz(v.benachrichtigt), words(v.bereit_bis, v.bekannt), words(bis, bekannt)))
    }
}

fn missed(version: &str, ab: String, expected: String, computed: String) -> LawError {
    let grund = format!("Beispiel ab {ab}: erwartet {expected}, berechnet {computed}");
    LawError::Angabe { regel: version.to_owned(), grund }
}
