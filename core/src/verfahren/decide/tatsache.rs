//! Facts of a procedure, noted in the order of the definition: that it happened, never what it was about.
//!
//! A fingerprint that was taken is a fact here; the fingerprint is nowhere (§ 26 PAuswG).

use super::{Answer, Events, Fall, R};
use crate::kernel::text::filled;
use crate::verfahren::auswertung;
use crate::verfahren::command::VorgangCommand as C;
use crate::verfahren::definition::{Schritt, Schrittart};
use crate::verfahren::event::{Tenor, VorgangEvent as E};

impl Fall<'_> {
    pub(super) fn tatsachen(&self, command: &C) -> Answer {
        match command {
            C::NoteTatsache { schritt, vermerk } => Some(self.note_tatsache(schritt, vermerk)),
            _ => None,
        }
    }

    fn note_tatsache(&self, id: &str, vermerk: &str) -> Events {
        let schritt = self.schritt(id)?;
        if schritt.art != Schrittart::Tatsache {
            return Err(R::SchrittUnbekannt(id.to_owned()));
        }
        if self.v.schritte_erledigt.iter().any(|s| s == id) {
            return Ok(vec![]);
        }
        self.offen()?;
        if !self.trifft_zu(schritt) {
            return Err(R::TatsacheNichtVorgesehen(name(schritt)));
        }
        let davor = self.davor_offen(id)?;
        if !davor.is_empty() {
            return Err(R::TatsacheZuFrueh { schritt: name(schritt), davor });
        }
        let vermerk = filled(vermerk);
        let def = self.def()?;
        let mut events = vec![E::StepDone { schritt: id.to_owned(), vermerk }];
        events.extend(self.fristen_done(|f| def.fristen.iter().any(|d| d.id == f && d.erledigt_durch == id)));
        Ok(events)
    }

    /// What must have happened before this step: required facts, and the decision if it comes earlier.
    fn davor_offen(&self, id: &str) -> Result<Vec<String>, R> {
        let davor = self.def()?.schritte.iter().take_while(|s| s.id != id);
        Ok(davor.filter(|s| self.fehlt_noch(s)).map(name).collect())
    }

    fn fehlt_noch(&self, s: &Schritt) -> bool {
        match s.art {
            Schrittart::Tatsache => self.ist_offen(s),
            Schrittart::Entscheiden => self.v.versandte_akte().next().is_none(),
            _ => false,
        }
    }

    fn ist_offen(&self, s: &Schritt) -> bool {
        !s.freiwillig && !self.v.schritte_erledigt.contains(&s.id) && self.trifft_zu(s)
    }

    /// Required facts that have not been noted: they keep the file open.
    pub(super) fn offene_tatsachen(&self) -> Vec<String> {
        let Ok(def) = self.def() else { return Vec::new() };
        let offen = def.schritte.iter().filter(|s| s.art == Schrittart::Tatsache && self.ist_offen(s));
        offen.map(name).collect()
    }

    /// Condition and age on the day of application.
    fn trifft_zu(&self, s: &Schritt) -> bool {
        let belastend = self.v.bescheid.as_ref().is_some_and(|b| b.tenor != Tenor::Bewilligt);
        auswertung::trifft_zu(s, &self.v.felder, belastend, self.eingang())
    }
}

/// The step as people call it.
fn name(s: &Schritt) -> String {
    if s.text.de.is_empty() { s.id.clone() } else { s.text.de.trim_end_matches('.').to_owned() }
}
