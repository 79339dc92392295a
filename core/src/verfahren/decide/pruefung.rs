//! What a clerk does before the decision: check, ask for documents, consult, hear, pause, note.

use super::antrag::knows_unterlage;
use super::{Answer, Events, Fall, R, one, text};
use crate::verfahren::command::VorgangCommand as C;
use crate::verfahren::definition::Schrittart;
use crate::verfahren::event::VorgangEvent as E;
use crate::verfahren::state::Status;
use uuid::Uuid;

/// Longest period a clerk may set, in days.
const MAX_TAGE: u16 = 365;

impl Fall<'_> {
    pub(super) fn pruefung(&self, command: &C) -> Answer {
        Some(match command {
            C::StartPruefung => self.start_pruefung(),
            C::CheckVollstaendigkeit { fehlend } => self.check_vollstaendigkeit(fehlend),
            C::Nachfordern { unterlagen, text, tage } => self.nachfordern(unterlagen, text, *tage),
            C::CloseNachforderung { nachforderung, grund } => self.close_nachforderung(*nachforderung, grund),
            C::Consult { stelle, frage } => self.consult(stelle, frage),
            C::ReceiveStellungnahme { stelle, text } => self.receive_stellungnahme(stelle, text),
            C::StartAnhoerung { text, tage } => self.start_anhoerung(text, *tage),
            C::HoldAnhoerung { antwort } => self.hold_anhoerung(antwort),
            C::WaiveAnhoerung { nr, grund } => self.waive_anhoerung(nr, grund),
            C::Pause { grund } => self.pause(grund),
            C::Resume => self.resume(),
            C::WriteVermerk { text } => self.write_vermerk(text),
            C::CancelVermerk { vermerk, grund } => self.cancel_vermerk(*vermerk, grund),
            C::DeclareEntscheidungsreif => self.declare_entscheidungsreif(),
            _ => return None,
        })
    }

    fn start_pruefung(&self) -> Events {
        self.in_arbeit()?;
        match self.v.stufe() {
            Status::InPruefung => Ok(vec![]),
            Status::Entscheidungsreif => Err(R::NichtMoeglich(self.v.status)),
            _ => one(E::PruefungStarted {}),
        }
    }

    /// Complete for the first time starts the Fristen that count from complete documents (§ 42a VwVfG).
    fn check_vollstaendigkeit(&self, fehlend: &[String]) -> Events {
        self.in_arbeit()?;
        let def = self.def()?;
        if let Some(id) = fehlend.iter().find(|id| !knows_unterlage(def, id) && def.feld(id).is_none()) {
            return Err(R::UnterlageUnbekannt(id.clone()));
        }
        let mut events = Vec::new();
        if !matches!(self.v.stufe(), Status::InPruefung | Status::Entscheidungsreif) {
            events.push(E::PruefungStarted {});
        }
        events.push(E::VollstaendigkeitChecked { fehlend: fehlend.to_vec() });
        if fehlend.is_empty() {
            events.extend(self.compute_fristen("vollstaendig", self.ctx.today)?);
            events.extend(self.fristen_erledigt_durch(Schrittart::Pruefen)?);
        }
        Ok(events)
    }

    fn nachfordern(&self, unterlagen: &[String], inhalt: &str, tage: u16) -> Events {
        self.in_arbeit()?;
        let def = self.def()?;
        if unterlagen.is_empty() {
            return Err(R::AngabeFehlt("Unterlagen"));
        }
        if let Some(id) = unterlagen.iter().find(|id| !knows_unterlage(def, id)) {
            return Err(R::UnterlageUnbekannt(id.clone()));
        }
        let mut unterlagen = unterlagen.to_vec();
        unterlagen.sort();
        unterlagen.dedup();
        let (frist, rechenweg) = self.behoerdenfrist(tage)?;
        one(E::NachforderungIssued {
            nachforderung: self.ctx.ids.nth(0),
            unterlagen,
            frist,
            rechenweg,
            text: Some(text(inhalt, "Text")?),
        })
    }

    fn close_nachforderung(&self, id: Uuid, grund: &str) -> Events {
        self.offen()?;
        if !self.v.offene_nachforderungen().any(|n| n.id == id) {
            return Err(R::NachforderungNichtOffen);
        }
        one(E::NachforderungClosed { nachforderung: id, grund: text(grund, "Grund")? })
    }

    fn consult(&self, stelle: &str, frage: &str) -> Events {
        self.in_arbeit()?;
        let stelle = text(stelle, "Stelle")?;
        if self.v.stellen_offen.contains(&stelle) {
            return Ok(vec![]);
        }
        one(E::StelleConsulted { stelle, frage: Some(text(frage, "Frage")?) })
    }

    fn receive_stellungnahme(&self, stelle: &str, inhalt: &str) -> Events {
        self.offen()?;
        if !self.v.stellen_offen.iter().any(|s| s == stelle.trim()) {
            return Err(R::StelleNichtOffen);
        }
        one(E::StellungnahmeReceived { stelle: stelle.trim().to_owned(), text: Some(text(inhalt, "Stellungnahme")?) })
    }

    fn start_anhoerung(&self, inhalt: &str, tage: u16) -> Events {
        self.in_arbeit()?;
        let (frist, rechenweg) = self.behoerdenfrist(tage)?;
        one(E::AnhoerungStarted { frist, rechenweg, text: Some(text(inhalt, "Text")?) })
    }

    fn hold_anhoerung(&self, antwort: &str) -> Events {
        self.in_arbeit()?;
        one(E::AnhoerungHeld { antwort: Some(text(antwort, "Antwort")?) })
    }

    /// § 28 (2) Nr. 1-5 or (3) VwVfG, with the reason.
    fn waive_anhoerung(&self, nr: &str, grund: &str) -> Events {
        self.in_arbeit()?;
        if !matches!(nr, "1" | "2" | "3" | "4" | "5" | "abs3") {
            return Err(R::AngabeUngueltig("Nummer"));
        }
        one(E::AnhoerungWaived { nr: nr.to_owned(), grund: Some(text(grund, "Grund")?) })
    }

    fn pause(&self, grund: &str) -> Events {
        self.in_arbeit()?;
        if self.v.pausiert {
            return Ok(vec![]);
        }
        one(E::Paused { grund: Some(text(grund, "Grund")?) })
    }

    fn resume(&self) -> Events {
        self.offen()?;
        if self.v.pausiert { one(E::Resumed {}) } else { Ok(vec![]) }
    }

    /// A note stands beside the procedure and is possible until it is filed away.
    fn write_vermerk(&self, inhalt: &str) -> Events {
        if self.v.status == Status::ZdA {
            return Err(R::Geschlossen);
        }
        one(E::VermerkWritten { vermerk: self.ctx.ids.nth(0), text: Some(text(inhalt, "Vermerk")?) })
    }

    /// The origin stays, struck through; nothing is deleted.
    fn cancel_vermerk(&self, id: Uuid, grund: &str) -> Events {
        if self.v.status == Status::ZdA {
            return Err(R::Geschlossen);
        }
        if !self.v.vermerke.iter().any(|x| x.id == id && !x.storniert) {
            return Err(R::VermerkNichtOffen);
        }
        one(E::VermerkCancelled { vermerk: id, grund: Some(text(grund, "Grund")?) })
    }

    fn declare_entscheidungsreif(&self) -> Events {
        if !self.def()?.entscheidet() {
            return Err(R::KeinBescheid);
        }
        if self.v.status == Status::Entscheidungsreif {
            return Ok(vec![]);
        }
        self.nur(&[Status::Zugewiesen, Status::InPruefung])?;
        one(E::Entscheidungsreif {})
    }

    fn behoerdenfrist(&self, tage: u16) -> Result<(jiff::civil::Date, Vec<crate::recht::Rechenschritt>), R> {
        if tage == 0 || tage > MAX_TAGE {
            return Err(R::AngabeUngueltig("Frist"));
        }
        let frist = self.frist_tage(tage)?;
        Ok((frist.end, frist.rechenweg))
    }
}
