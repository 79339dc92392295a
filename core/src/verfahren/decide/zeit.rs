//! Dates of a case: every one is asked of the law tables, with its Rechenweg, and recorded.
//!
//! No arithmetic on dates happens here.

use super::{Events, Fall, R};
use crate::recht::{Bekanntgabe, BekanntgabeArt, Frist, LawError, Params};
use crate::verfahren::definition::{Aufbewahrung, FristDef, Schrittart};
use crate::verfahren::event::VorgangEvent as E;
use jiff::civil::Date;

impl From<LawError> for R {
    fn from(e: LawError) -> Self {
        match e {
            LawError::NichtVorgesehen { .. } => R::Frist(e.to_string()),
            _ => R::Recht(e.to_string()),
        }
    }
}

impl Fall<'_> {
    /// Local day of the legal receipt.
    pub(super) fn eingang(&self) -> Date {
        self.v.eingang_am.map_or(self.ctx.today, |t| t.to_zoned(self.ctx.zone.clone()).date())
    }

    /// A period the authority sets, counted from today.
    pub(super) fn frist_tage(&self, tage: u16) -> Result<Frist, R> {
        let params = Params { anzahl: Some(u32::from(tage)), ..Params::default() };
        Ok(self.ctx.law.compute("behoerdenfrist", self.ctx.today, params)?)
    }

    /// The definition's Fristen that count from `ab` and are not computed yet.
    pub(super) fn compute_fristen(&self, ab: &str, von: Date) -> Events {
        let def = self.def()?;
        let mut events = Vec::new();
        for f in def.fristen.iter().filter(|f| f.ab == ab || (f.ab.is_empty() && ab == "eingang")) {
            if self.v.fristen.iter().any(|x| x.frist == f.id) {
                continue;
            }
            let params = Params { warn_tage: f.warn_tage, ..Params::default() };
            events.push(computed(&f.id, self.ctx.law.compute(&f.regel, von, params)?));
            if self.frist_schon_erledigt(f)? {
                events.push(E::FristDone { frist: f.id.clone() });
            }
        }
        Ok(events)
    }

    /// A step may have been done before its Frist was computed.
    fn frist_schon_erledigt(&self, f: &FristDef) -> Result<bool, R> {
        let def = self.def()?;
        let Some(schritt) = def.schritte.iter().find(|s| s.id == f.erledigt_durch) else {
            return Ok(!self.v.stufe().laeuft());
        };
        Ok(match schritt.art {
            Schrittart::Bescheinigen => self.v.bescheinigt,
            Schrittart::Pruefen => self.v.fehlend.as_ref().is_some_and(Vec::is_empty),
            Schrittart::Gebuehr => !self.v.gebuehren.is_empty(),
            Schrittart::Uebermitteln => self.uebermittelt(),
            Schrittart::Entscheiden => self.v.bescheid.as_ref().is_some_and(|b| b.schlussgezeichnet_von.is_some()),
            Schrittart::Zustellen => self.v.bekanntgabe.is_some(),
            _ => self.v.schritte_erledigt.contains(&schritt.id),
        })
    }

    /// All planned transmissions have left the house or were waived.
    pub(super) fn uebermittelt(&self) -> bool {
        let u = &self.v.uebermittlungen;
        !u.is_empty() && u.iter().all(|u| u.stand != "geplant" && u.stand != "fehlgeschlagen")
    }

    /// Bekanntgabe by the reading that favours the citizen, and the period of the remedy from it.
    pub(super) fn bekannt(&self, art: &str, bekannt: &Bekanntgabe) -> Events {
        let tag = &bekannt.spaeteste;
        let mut events = vec![E::BekanntgabeEffected {
            art: art.to_owned(),
            am: tag.end,
            regime: tag.regime.clone(),
            verified: tag.verified,
            rechenweg: tag.rechenweg.clone(),
        }];
        events.extend(self.rechtsbehelf_nach(bekannt)?);
        Ok(events)
    }

    /// The regime of Bekanntgabe the definition names.
    pub(super) fn regime(&self) -> Result<&str, R> {
        Ok(&self.def()?.bescheid.as_ref().ok_or(R::KeinBescheid)?.regime)
    }

    pub(super) fn bekanntgabe(&self, art: BekanntgabeArt, am: Date) -> Result<Bekanntgabe, R> {
        Ok(self.ctx.law.bekanntgabe(self.regime()?, art, am)?)
    }

    /// End of retention: so many years after the end of the calendar year of zdA or Bestandskraft.
    pub(super) fn aufbewahrung(&self, a: &Aufbewahrung, bestandskraft: Option<Date>) -> Result<Frist, R> {
        let von = match a.beginn.ends_with("bestandskraft") {
            true => bestandskraft.unwrap_or(self.ctx.today),
            false => self.ctx.today,
        };
        let params = Params { anzahl: Some(u32::from(a.jahre)), ..Params::default() };
        Ok(self.ctx.law.compute("aufbewahrung", von, params)?)
    }
}

/// A computed Frist as it is recorded.
pub(super) fn computed(id: &str, f: Frist) -> E {
    E::FristComputed {
        frist: id.to_owned(),
        regime: f.regime,
        rule_version: f.rule_version,
        begin: f.begin,
        end: f.end,
        warnung: f.warnung,
        verified: f.verified,
        rechenweg: f.rechenweg,
    }
}
