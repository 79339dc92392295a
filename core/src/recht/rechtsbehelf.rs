//! Remedies: Widerspruch, Klage, Bestandskraft, Wiedereinsetzung.
//!
//! Does not judge a remedy's content or whether fault is excused; it computes days.

use super::worte::kurz;
use super::{Bekanntgabe, Frist, Law, LawError, Params};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// A remedy's period under every reading of the Bekanntgabe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rechtsbehelfsfrist {
    /// End by the strictest reading: what the town advises to keep.
    pub frueheste: Frist,
    /// End by the most favourable reading: timely until then, and only then Bestandskraft.
    pub spaeteste: Frist,
}

impl Rechtsbehelfsfrist {
    /// In doubt for the citizen: timely if timely under any reading.
    pub fn is_timely(&self, eingang: Date) -> bool {
        eingang <= self.spaeteste.end
    }

    /// First day of Bestandskraft: after the period has ended under all readings.
    pub fn bestandskraft_ab(&self) -> Date {
        self.spaeteste.end.saturating_add(1.day())
    }
}

/// The two limits of § 32 VwVfG.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wiedereinsetzung {
    /// Two weeks after the obstacle ended.
    pub antrag_bis: Frist,
    /// One year after the end of the missed period (force majeure aside).
    pub hoechstens_bis: Frist,
}

impl Wiedereinsetzung {
    /// Whether an application received on this day keeps both limits.
    pub fn is_timely(&self, eingang: Date) -> bool {
        eingang <= self.antrag_bis.end && eingang <= self.hoechstens_bis.end
    }
}

impl Law {
    /// One month after Bekanntgabe (§ 70 VwGO); one year if the instruction is missing or wrong (§ 58 (2) VwGO).
    pub fn widerspruchsfrist(
        &self,
        bekanntgabe: &Bekanntgabe,
        belehrung: bool,
    ) -> Result<Rechtsbehelfsfrist, LawError> {
        let regel = if belehrung { "vwgo70" } else { "vwgo58" };
        self.rechtsbehelf(regel, bekanntgabe)
    }

    /// The same from a known day of Bekanntgabe, for example the one an event recorded.
    pub fn widerspruchsfrist_ab(&self, bekannt_am: Date, belehrung: bool) -> Result<Frist, LawError> {
        self.compute(if belehrung { "vwgo70" } else { "vwgo58" }, bekannt_am, Params::default())
    }

    /// One month after service of the Widerspruchsbescheid (§ 74 VwGO); one year without instruction.
    pub fn klagefrist(&self, bekanntgabe: &Bekanntgabe, belehrung: bool) -> Result<Rechtsbehelfsfrist, LawError> {
        self.rechtsbehelf(if belehrung { "vwgo74" } else { "vwgo58" }, bekanntgabe)
    }

    /// Restitution in a procedure of the authority (§ 32 VwVfG): two weeks after the obstacle ended, at most one
    /// year after the missed end.
    pub fn wiedereinsetzung(&self, hindernis_bis: Date, versaeumt_am: Date) -> Result<Wiedereinsetzung, LawError> {
        self.wieder(["vwvfg32", "vwvfg32_jahr"], hindernis_bis, versaeumt_am)
    }

    /// Restitution into a missed Widerspruch or action (§§ 60, 70 (2) VwGO), with the same two limits.
    pub fn wiedereinsetzung_rechtsbehelf(
        &self,
        hindernis_bis: Date,
        versaeumt_am: Date,
    ) -> Result<Wiedereinsetzung, LawError> {
        self.wieder(["vwgo60", "vwgo60_jahr"], hindernis_bis, versaeumt_am)
    }

    fn wieder(&self, regeln: [&str; 2], hindernis_bis: Date, versaeumt_am: Date) -> Result<Wiedereinsetzung, LawError> {
        let [zwei_wochen, jahr] = regeln;
        if hindernis_bis < versaeumt_am {
            let grund =
                format!("das Hindernis endete am {}, vor dem Ende der Frist: nichts ist versäumt", kurz(hindernis_bis));
            return Err(LawError::Angabe { regel: zwei_wochen.into(), grund });
        }
        Ok(Wiedereinsetzung {
            antrag_bis: self.compute(zwei_wochen, hindernis_bis, Params::default())?,
            hoechstens_bis: self.compute(jahr, versaeumt_am, Params::default())?,
        })
    }

    fn rechtsbehelf(&self, regel: &str, bekanntgabe: &Bekanntgabe) -> Result<Rechtsbehelfsfrist, LawError> {
        Ok(Rechtsbehelfsfrist {
            frueheste: self.after(regel, &bekanntgabe.frueheste)?,
            spaeteste: self.after(regel, &bekanntgabe.spaeteste)?,
        })
    }

    /// Computes from the end of another period and tells the whole way.
    fn after(&self, regel: &str, before: &Frist) -> Result<Frist, LawError> {
        let mut frist = self.compute(regel, before.end, Params::default())?;
        let own = std::mem::take(&mut frist.rechenweg);
        frist.rechenweg = before.rechenweg.iter().cloned().chain(own).collect();
        frist.verified &= before.verified;
        Ok(frist)
    }
}
