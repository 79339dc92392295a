//! Hand-over to the competent body: sent, confirmed, or looked at again when no confirmation comes.
//!
//! Which body that is comes with the command, from the configuration of the town. Nothing is taken back:
//! a hand-over nobody confirmed is sent once more as a new event.

use super::zeit::computed;
use super::{Answer, Events, Fall, R, one, text};
use crate::kernel::text::filled;
use crate::recht::Params;
use crate::verfahren::bedingung;
use crate::verfahren::command::VorgangCommand as C;
use crate::verfahren::definition::{Definition, FristDef, Schrittart};
use crate::verfahren::event::VorgangEvent as E;
use crate::verfahren::state::{AbgabeState, Status};

/// Ways of a hand-over.
const WEGE: [&str; 5] = ["post", "email", "telefon", "link", "fit_connect"];

/// What starts the period of the confirmation.
const AB: &str = "abgabe";

impl Fall<'_> {
    pub(super) fn abgabe(&self, command: &C) -> Answer {
        Some(match command {
            C::SendAbgabe { stelle, rechtsgrundlage, weg } => self.send_abgabe(stelle, rechtsgrundlage, weg),
            C::ConfirmAbgabe { zeichen } => self.confirm_abgabe(zeichen),
            C::MissAbgabe => self.miss_abgabe(),
            _ => return None,
        })
    }

    /// The first time like any side exit; again only while nobody has confirmed.
    fn send_abgabe(&self, stelle: &str, rechtsgrundlage: &str, weg: &str) -> Events {
        let def = self.def()?;
        let schritt = def.schritt(Schrittart::Abgeben).ok_or(R::KeineAbgabe)?;
        match &self.v.abgabe {
            Some(_) => drop(self.offene_abgabe()?),
            // Decided already: a further act in work can be given up, the case not.
            None if self.v.akt.is_some() => return Err(R::NichtMoeglich(self.v.status)),
            None => self.in_arbeit()?,
        }
        if !bedingung::holds(&schritt.wenn, &self.v.felder, false) {
            return Err(R::TatsacheNichtVorgesehen(schritt.text.de.trim_end_matches('.').to_owned()));
        }
        let weg = weg.trim();
        if !WEGE.contains(&weg) {
            return Err(R::AngabeUngueltig("Weg"));
        }
        let (stelle, rechtsgrundlage) = (text(stelle, "Stelle")?, text(rechtsgrundlage, "Rechtsgrundlage")?);
        let mut events = vec![E::AbgabeSent { stelle, rechtsgrundlage, weg: weg.to_owned() }];
        events.extend(self.fristen_done(|_| true));
        events.extend(self.frist_der_bestaetigung(def)?);
        Ok(events)
    }

    /// Each sending starts the period anew.
    fn frist_der_bestaetigung(&self, def: &Definition) -> Events {
        let fristen = def.fristen.iter().filter(|f| f.ab == AB);
        let eine = |f: &FristDef| {
            let params = Params { warn_tage: f.warn_tage, ..Params::default() };
            Ok(computed(&f.id, self.ctx.law.compute(&f.regel, self.ctx.today, params)?))
        };
        fristen.map(eine).collect()
    }

    fn confirm_abgabe(&self, zeichen: &str) -> Events {
        let a = self.offene_abgabe()?;
        let zeichen = filled(zeichen);
        let mut events = vec![E::AbgabeConfirmed { stelle: a.stelle.clone(), zeichen }];
        events.extend(self.fristen_done(|_| true));
        Ok(events)
    }

    /// Once per sending: the open period stays as Wiedervorlage until somebody confirms or it is sent again.
    fn miss_abgabe(&self) -> Events {
        let a = self.offene_abgabe()?;
        if a.stand == "unbestaetigt" {
            return Ok(vec![]);
        }
        let def = self.def()?;
        let ids: Vec<&str> = def.fristen.iter().filter(|f| f.ab == AB).map(|f| f.id.as_str()).collect();
        let offen = self.v.fristen.iter().filter(|f| !f.erledigt && ids.contains(&f.frist.as_str()));
        let ende = offen.map(|f| f.end).max().ok_or(R::AbgabeNichtOffen)?;
        if self.ctx.today <= ende {
            return Err(R::FristLaeuft(ende));
        }
        one(E::AbgabeUnconfirmed { stelle: a.stelle.clone(), frist: ende })
    }

    fn offene_abgabe(&self) -> Result<&AbgabeState, R> {
        let offen = self.v.status == Status::Abgegeben && !self.v.rolle_geschlossen;
        self.v.abgabe.as_ref().filter(|a| offen && a.stand != "bestaetigt").ok_or(R::AbgabeNichtOffen)
    }
}
