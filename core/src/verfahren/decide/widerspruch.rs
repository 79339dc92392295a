//! Widerspruch: received at any time, settled without a notice only where the person takes it back or it has
//! become pointless.
//!
//! A decision over it is an act of its own (§§ 72, 73 VwGO): see `akt`.

use super::{Answer, Events, Fall, R, one, text};
use crate::verfahren::WIDERSPRUCH;
use crate::verfahren::command::VorgangCommand as C;
use crate::verfahren::event::VorgangEvent as E;
use crate::verfahren::state::{AktEnde, Status};
use jiff::civil::Date;

impl Fall<'_> {
    pub(super) fn widerspruch(&self, command: &C) -> Answer {
        Some(match command {
            C::ReceiveWiderspruch { am, text } => self.receive_widerspruch(*am, text),
            C::DecideWiderspruch { ergebnis, begruendung } => self.decide_widerspruch(ergebnis, begruendung),
            _ => return None,
        })
    }

    /// Timely if timely under the most favourable reading; a late one is received all the same. While a further
    /// act is being drafted it is about the one that act is about.
    fn receive_widerspruch(&self, am: Date, inhalt: &str) -> Events {
        self.offen()?;
        let frueher = self.v.weitere_akte.iter().rev().find(|a| a.ende == AktEnde::Abgeloest);
        let ende = match frueher.filter(|_| self.v.versandt.is_none()) {
            Some(a) if a.stufe != Status::Widerspruch => a.widerspruchsfrist_ende,
            Some(_) => return Err(R::NichtMoeglich(Status::Widerspruch)),
            None => {
                self.nur(&[Status::Versandt, Status::Bekanntgegeben, Status::Bestandskraeftig])?;
                self.v.widerspruchsfrist_ende
            }
        };
        if am > self.ctx.today {
            return Err(R::EingangInZukunft);
        }
        let fristgerecht = ende.is_none_or(|ende| am <= ende);
        one(E::WiderspruchReceived { am, fristgerecht, text: Some(text(inhalt, "Widerspruch")?) })
    }

    fn decide_widerspruch(&self, ergebnis: &str, begruendung: &str) -> Events {
        self.offen()?;
        let frueher = self.v.weitere_akte.iter().any(|a| a.stufe == Status::Widerspruch);
        if self.v.status != Status::Widerspruch && !frueher {
            return Err(R::NichtMoeglich(self.v.status));
        }
        match ergebnis {
            "zurueckgenommen" | "erledigt" => {}
            "abgeholfen" | "teilweise_abgeholfen" | "zurueckgewiesen" => return Err(R::WiderspruchBrauchtBescheid),
            _ => return Err(R::AngabeUngueltig("Ergebnis")),
        }
        let begruendung = text(begruendung, "Begründung")?;
        let mut events = vec![E::WiderspruchDecided { ergebnis: ergebnis.to_owned(), begruendung: Some(begruendung) }];
        if !frueher {
            events.extend(self.fristen_done(|id| id == WIDERSPRUCH));
        }
        Ok(events)
    }
}
