//! The authority's own periods, by name: thin calls of the rules with their usual parameters.
//!
//! Knows no procedure; a definition names the rule id instead (`Law::compute`).

use super::frist::schritt;
use super::worte::kurz;
use super::{Frist, Law, LawError, Params};
use jiff::civil::Date;

impl Law {
    /// A fictitious permit: three months after the complete documents (§ 42a VwVfG).
    pub fn genehmigungsfiktion(&self, vollstaendig: Date) -> Result<Frist, LawError> {
        self.compute("vwvfg42a", vollstaendig, Params::default())
    }

    /// Three months after application or Widerspruch the action is admissible; warning from day 60 (§ 75 VwGO).
    pub fn untaetigkeit(&self, eingang: Date) -> Result<Frist, LawError> {
        self.compute("vwgo75", eingang, Params::default())
    }

    /// Last day for the receipt of a trade notice (§ 15 (1) GewO).
    pub fn empfangsbescheinigung(&self, eingang: Date) -> Result<Frist, LawError> {
        self.compute("gewo15", eingang, Params::default())
    }

    /// Last day for the statistical office: first Arbeitstag of the month after the receipt (§ 3 (5) GewAnzV).
    pub fn gewerbestatistik(&self, bescheinigt: Date) -> Result<Frist, LawError> {
        self.compute("gewanzv_statistik", bescheinigt, Params::default())
    }

    /// A period the authority sets; it runs from the day after announcement (§ 31 (2) VwVfG).
    pub fn behoerdenfrist(&self, bekannt_am: Date, tage: u32) -> Result<Frist, LawError> {
        self.compute("behoerdenfrist", bekannt_am, Params { anzahl: Some(tage), ..Params::default() })
    }

    /// End of retention: end of the calendar year of `start` (zdA or Bestandskraft), plus years.
    pub fn aufbewahrung(&self, start: Date, jahre: u16) -> Result<Frist, LawError> {
        self.compute("aufbewahrung", start, Params { anzahl: Some(jahre.into()), ..Params::default() })
    }

    /// A day to look at something again: `tage` from today, moved to the next working day.
    pub fn wiedervorlage(&self, heute: Date, tage: u32) -> Result<Frist, LawError> {
        self.compute("wiedervorlage", heute, Params { anzahl: Some(tage), ..Params::default() })
    }

    /// Age in full years on this day; the day of birth counts (§ 187 (2) S. 2, § 188 (2) BGB).
    pub fn lebensalter(geburt: Date, am: Date) -> Result<(u16, super::Rechenschritt), LawError> {
        let before_birthday = (am.month(), am.day()) < (geburt.month(), geburt.day());
        let years = am.year() - geburt.year() - i16::from(before_birthday);
        let grund =
            || LawError::Angabe { regel: "lebensalter".into(), grund: "das Geburtsdatum liegt in der Zukunft".into() };
        let years = u16::try_from(years).map_err(|_| grund())?;
        let text = format!("Vollendetes Lebensjahr am {}: {years}. Der Tag der Geburt zählt mit.", kurz(am));
        Ok((years, schritt("§ 187 Abs. 2 Satz 2 BGB", text)))
    }
}
