//! Consent to retrieval in the portal, and the mail that tells of it.
//!
//! Sends nothing: whoever does reports each step, before and after. A mail that cannot be delivered ends the provision.

use super::{Answer, Events, Fall, R, one};
use crate::verfahren::anschrift::ist_email;
use crate::verfahren::command::VorgangCommand as C;
use crate::verfahren::event::{Kanal, VorgangEvent as E, Weg};
use crate::verfahren::state::{EinwilligungState, HinweisState, Sendung, Status};
use crate::verfahren::zustellung::{Mailstand, Zustand, darf, mail_darf};
use jiff::civil::Date;
use uuid::Uuid;

impl Fall<'_> {
    pub(super) fn hinweis(&self, command: &C) -> Answer {
        Some(match command {
            C::GiveEinwilligung { kanal, email } => self.einwilligen(*kanal, email.as_deref()),
            C::WithdrawEinwilligung => self.widerrufen(),
            C::QueueHinweis => self.vormerken(),
            C::ReportHinweis { hinweis, status, versuch } => self.melden(*hinweis, *status, *versuch),
            _ => return None,
        })
    }

    /// Without an address there is no hint: the person looks by herself.
    fn einwilligen(&self, kanal: Kanal, email: Option<&str>) -> Events {
        self.offen()?;
        let email = email.map(str::trim).filter(|e| !e.is_empty()).map(str::to_owned);
        if email.as_deref().is_some_and(|e| !ist_email(e)) {
            return Err(R::AngabeUngueltig("E-Mail-Adresse"));
        }
        if self.v.einwilligung.as_ref().is_some_and(|e| e.email == email) {
            return Ok(vec![]);
        }
        one(E::EinwilligungGiven { am: self.ctx.today, kanal, email })
    }

    fn widerrufen(&self) -> Events {
        match self.v.einwilligung {
            Some(_) => one(E::EinwilligungWithdrawn { am: self.ctx.today }),
            None => Ok(vec![]),
        }
    }

    /// Follows the dispatch into the portal, once.
    fn vormerken(&self) -> Events {
        let bereit = |s: &&Sendung| s.weg == Weg::Portal && s.zustand == Zustand::Sent && s.hinweis.is_none();
        let (Some(s), Some(EinwilligungState { email: Some(_), .. })) =
            (self.v.sendungen.iter().rev().find(bereit), &self.v.einwilligung)
        else {
            return Ok(vec![]);
        };
        one(E::HinweisQueued { hinweis: self.ctx.ids.nth(0), sendung: s.id, am: self.ctx.today })
    }

    /// What is settled stays settled, so that a report that comes twice changes nothing.
    fn melden(&self, hinweis: Uuid, nach: Mailstand, versuch: u32) -> Events {
        let Some((s, h)) = self.v.sendungen.iter().find_map(|s| Some((s, hinweis_von(s, hinweis)?))) else {
            return Err(R::KeinVersand);
        };
        if h.stand.zu_ende() {
            return Ok(vec![]);
        }
        let nach = if self.unnoetig(s) && nach == Mailstand::Sending { Mailstand::Cancelled } else { nach };
        let gemeint = match nach {
            Mailstand::Sending => versuch == h.versuche + 1,
            _ => versuch == h.versuche,
        };
        if nach != Mailstand::Cancelled && (!gemeint || !mail_darf(h.stand, nach)) {
            return Err(R::HinweisUeberholt);
        }
        if nach == Mailstand::TemporaryFailure && h.stand == nach {
            return Ok(vec![]);
        }
        let am = self.ctx.today;
        let versuch = if nach == Mailstand::Sending { versuch } else { h.versuche };
        let mut events = vec![E::HinweisReported { hinweis, status: nach.wire().to_owned(), versuch, am }];
        if nach == Mailstand::PermanentFailure && self.gilt(s) {
            let status = Zustand::PermanentFailure.wire().to_owned();
            events.push(E::ZustellungReported { weg: Weg::Portal, status, am, sendung: s.benannt() });
        }
        if nach == Mailstand::Sent && self.gilt(s) {
            events.extend(self.bekannt_durch_hinweis(am)?);
        }
        Ok(events)
    }

    /// Where the hint itself announces (§ 122a (4) AO), nobody has to open the notice for the remedy to run.
    fn bekannt_durch_hinweis(&self, am: Date) -> Events {
        if self.v.status != Status::Versandt || self.v.bekanntgabe.is_some() {
            return Ok(vec![]);
        }
        match self.ctx.law.abruf(self.regime()?, am, None)?.bekanntgabe {
            Some(bekannt) => self.bekannt("fiktion", &bekannt),
            None => Ok(vec![]),
        }
    }

    /// The provision this hint belongs to is still the newest in the portal.
    fn gilt(&self, s: &Sendung) -> bool {
        let portal = |x: &&Sendung| x.weg == Weg::Portal && x.zustand != Zustand::Cancelled;
        let neueste = self.v.sendungen.iter().rev().find(portal);
        neueste.is_some_and(|x| x.id == s.id) && darf(s.zustand, Zustand::PermanentFailure)
    }

    /// Retrieved meanwhile, sent another way, or no longer agreed to.
    fn unnoetig(&self, s: &Sendung) -> bool {
        let ohne_adresse = self.v.einwilligung.as_ref().is_none_or(|e| e.email.is_none());
        s.zustand != Zustand::Sent || ohne_adresse || self.v.bekanntgabe.is_some()
    }

    /// The day the person was told: the provision counts from it (§ 41 (2a) VwVfG).
    pub(super) fn benachrichtigt(&self, versandt: Date) -> Date {
        self.hinweis_zu(versandt).and_then(|(_, h)| h.gesendet_am).unwrap_or(versandt)
    }

    /// The hint went out, and no failure of it is known.
    pub(super) fn wurde_benachrichtigt(&self, versandt: Date) -> bool {
        self.hinweis_zu(versandt).is_some_and(|(s, h)| h.gesendet_am.is_some() && !s.zustand.nimmt_zurueck())
    }

    fn hinweis_zu(&self, versandt: Date) -> Option<(&Sendung, &HinweisState)> {
        let portal = self.v.sendungen.iter().rev().find(|s| s.weg == Weg::Portal && s.versandt_am == Some(versandt))?;
        Some((portal, portal.hinweis.as_ref()?))
    }
}

fn hinweis_von(s: &Sendung, id: Uuid) -> Option<&HinweisState> {
    s.hinweis.as_ref().filter(|h| h.id == id)
}
