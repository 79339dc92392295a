//! The way of a notice to the person: wanted, held back, printed, posted, served, returned.
//!
//! Prints, sends and waits for nothing; each of these is told here when it has happened. Dates of the Bekanntgabe count
//! from the day the notice really left, never from the wish.

use super::{Answer, Events, Fall, R, one};
use crate::recht::BekanntgabeArt;
use crate::verfahren::anschrift;
use crate::verfahren::command::VorgangCommand as C;
use crate::verfahren::event::{VorgangEvent as E, Weg};
use crate::verfahren::state::{Sendung, Status};
use crate::verfahren::zustellung::{Zustand, darf};
use jiff::{SignedDuration, civil::Date};
use uuid::Uuid;

/// How long a dispatch can be taken back.
const HALT: SignedDuration = SignedDuration::from_secs(60);

/// How a certificate says it was served (§§ 177-181 ZPO).
pub const URKUNDE: [(&str, &str); 5] = [
    ("uebergabe", "persönlich übergeben (§ 177 ZPO)"),
    ("ersatz", "einer anderen Person übergeben (§ 178 ZPO)"),
    ("verweigert", "Annahme verweigert, zurückgelassen (§ 179 ZPO)"),
    ("einlegen", "in den Briefkasten eingelegt (§ 180 ZPO)"),
    ("niederlegung", "niedergelegt (§ 181 ZPO)"),
];

impl Fall<'_> {
    pub(super) fn versand(&self, command: &C) -> Answer {
        Some(match command {
            C::Dispatch { weg: Weg::Schalter } => self.aushaendigen(""),
            C::Dispatch { weg } => self.versand_wollen(*weg),
            C::CancelVersand => self.versand_zuruecknehmen(),
            C::ReleaseVersand { sendung } => self.versand_freigeben(*sendung),
            C::TakeDruck { sendung, stapel } => self.zum_druck(*sendung, *stapel),
            C::MarkPosted { sendung, am } => self.aufgegeben(*sendung, *am),
            C::RecordUrkunde { art, am } => self.urkunde(art, *am),
            C::HandOver { von } => self.aushaendigen(von.trim()),
            C::ReportZustellung { sendung, status, am } => self.report_zustellung(*sendung, status, *am),
            _ => return None,
        })
    }

    /// Signed and made out, or sent before in vain; nothing is under way.
    fn versandbereit(&self) -> Result<u32, R> {
        let again = self.v.status == Status::Versandt && self.v.bekanntgabe.is_none();
        if !again {
            self.nur(&[Status::Gezeichnet])?;
        }
        self.kein_versand()?;
        let b = self.v.bescheid.as_ref().ok_or(R::KeinBescheid)?;
        if b.ausgefertigt { Ok(b.fassung) } else { Err(R::NichtAusgefertigt) }
    }

    /// Nothing that was asked for is still in the house.
    pub(super) fn kein_versand(&self) -> Result<(), R> {
        match self.v.sendungen.iter().any(|s| s.zustand == Zustand::Created) {
            true => Err(R::VersandLaeuft),
            false => Ok(()),
        }
    }

    fn versand_wollen(&self, weg: Weg) -> Events {
        let fassung = self.versandbereit()?;
        match weg {
            Weg::Portal if self.v.einwilligung.is_none() => return Err(R::EinwilligungFehlt),
            Weg::Post | Weg::Pzu if !anschrift::vollstaendig(self.def()?, &self.v.felder) => {
                return Err(R::AnschriftFehlt);
            }
            _ => {}
        }
        let (sendung, am, not_before) = (self.ctx.ids.nth(0), self.ctx.today, self.ctx.now + HALT);
        one(E::VersandRequested { sendung, fassung, weg, am, not_before })
    }

    /// From hand to hand: no hold, the person has it.
    fn aushaendigen(&self, von: &str) -> Events {
        let (fassung, am) = (self.versandbereit()?, self.ctx.today);
        let von = (!von.is_empty()).then(|| von.to_owned());
        let mut events = self.abgang(fassung, Weg::Schalter, am)?;
        events.push(E::EmpfangAcknowledged { fassung, am, von });
        Ok(events)
    }

    fn versand_zuruecknehmen(&self) -> Events {
        self.offen()?;
        let s = self.v.sendungen.iter().find(|s| s.zustand == Zustand::Created).ok_or(R::KeinVersand)?;
        if !self.gehalten(s) {
            return Err(R::HaltVorbei);
        }
        one(E::VersandCancelled { sendung: s.id, am: self.ctx.today })
    }

    fn gehalten(&self, s: &Sendung) -> bool {
        s.not_before.is_some_and(|t| self.ctx.now < t)
    }

    /// Repeated, or after it was taken back: nothing. A letter waits for its printing.
    fn versand_freigeben(&self, sendung: Uuid) -> Events {
        let Some(s) = self.wartend(sendung).filter(|s| s.weg == Weg::Portal) else { return Ok(vec![]) };
        if self.gehalten(s) {
            return Err(R::HaltLaeuft);
        }
        self.offen()?;
        self.noch_gewollt(s)?;
        self.abgang(s.fassung, Weg::Portal, self.ctx.today)
    }

    /// Of the act in work, and nothing has announced it or objected to it since it was asked for.
    fn noch_gewollt(&self, s: &Sendung) -> Result<(), R> {
        let dieser = self.v.bescheid.as_ref().is_some_and(|b| b.fassung == s.fassung);
        let wartet =
            self.v.status == Status::Gezeichnet || (self.v.status == Status::Versandt && self.v.bekanntgabe.is_none());
        if dieser && wartet { Ok(()) } else { Err(R::NichtMoeglich(self.v.status)) }
    }

    fn wartend(&self, sendung: Uuid) -> Option<&Sendung> {
        self.v.sendungen.iter().find(|s| s.id == sendung && s.zustand == Zustand::Created)
    }

    /// A letter that waits to be printed and posted, its hold over.
    fn brief(&self, sendung: Uuid) -> Result<&Sendung, R> {
        self.offen()?;
        let brief = self.wartend(sendung).filter(|s| matches!(s.weg, Weg::Post | Weg::Pzu)).ok_or(R::KeinVersand)?;
        self.noch_gewollt(brief)?;
        if self.gehalten(brief) { Err(R::HaltLaeuft) } else { Ok(brief) }
    }

    fn zum_druck(&self, sendung: Uuid, stapel: Uuid) -> Events {
        self.brief(sendung)?;
        one(E::DruckTaken { sendung, stapel, am: self.ctx.today })
    }

    fn aufgegeben(&self, sendung: Uuid, am: Date) -> Events {
        let s = self.brief(sendung)?;
        if s.stapel.is_none() {
            return Err(R::NichtGedruckt);
        }
        let frei = s.not_before.map_or(am, |t| t.to_zoned(self.ctx.zone.clone()).date());
        if am < frei || am > self.ctx.today {
            return Err(R::AngabeUngueltig("Tag der Aufgabe zur Post"));
        }
        self.abgang(s.fassung, s.weg, am)
    }

    /// Served on the day the certificate names (§ 41 (5) VwVfG with §§ 3, 8 VwZG): known that day.
    fn urkunde(&self, art: &str, am: Date) -> Events {
        self.nur(&[Status::Versandt])?;
        let s = self.letzte().filter(|s| s.weg == Weg::Pzu).ok_or(R::KeinVersand)?;
        if !darf(s.zustand, Zustand::Delivered) {
            return Err(R::ZustandUnmoeglich(s.zustand, Zustand::Delivered));
        }
        if !URKUNDE.iter().any(|(a, _)| *a == art) {
            return Err(R::AngabeUngueltig("Art der Zustellung"));
        }
        self.tag_nach(s, am)?;
        let status = Zustand::Delivered.wire().to_owned();
        let mut events = vec![
            E::ZustellungsurkundeRecorded { sendung: s.id, art: art.to_owned(), am },
            E::ZustellungReported { weg: Weg::Pzu, status, am, sendung: s.benannt() },
        ];
        events.extend(self.bekannt("zustellung", &self.bekanntgabe(BekanntgabeArt::Aushaendigung, am)?)?);
        Ok(events)
    }

    /// The newest dispatch that was not taken back.
    fn letzte(&self) -> Option<&Sendung> {
        self.v.sendungen.iter().rev().find(|s| s.zustand != Zustand::Cancelled)
    }

    fn tag_nach(&self, s: &Sendung, am: Date) -> Result<(), R> {
        match s.versandt_am.is_some_and(|v| am < v) || am > self.ctx.today {
            true => Err(R::AngabeUngueltig("Tag")),
            false => Ok(()),
        }
    }

    /// What comes back takes the Bekanntgabe and everything that rested on it back. A Widerspruch stays: whoever
    /// objects knows the notice (§ 8 VwZG).
    fn report_zustellung(&self, sendung: Option<Uuid>, status: &str, am: Date) -> Events {
        use Status::*;
        self.offen()?;
        let s = match sendung {
            Some(id) => self.v.sendungen.iter().find(|s| s.id == id && s.zustand != Zustand::Cancelled),
            None => self.letzte(),
        };
        let s = s.ok_or(R::KeinVersand)?;
        if s.versandt_am.is_some() {
            self.nur(&[Versandt, Bekanntgegeben, Bestandskraeftig, Widerspruch])?;
        }
        let nach = Zustand::lesen(status).filter(|z| !matches!(z, Zustand::Created | Zustand::Cancelled));
        let nach = nach.ok_or(R::AngabeUngueltig("Zustellstatus"))?;
        // What left is dispatched, what a certificate says is recorded as one.
        let auf_anderem_weg = s.zustand == Zustand::Created && nach == Zustand::Sent;
        let auf_anderem_weg = auf_anderem_weg || (s.weg == Weg::Pzu && nach == Zustand::Delivered);
        if auf_anderem_weg || !darf(s.zustand, nach) {
            return Err(R::ZustandUnmoeglich(s.zustand, nach));
        }
        self.tag_nach(s, am)?;
        let status = nach.wire().to_owned();
        let mut events = vec![E::ZustellungReported { weg: s.weg, status, am, sendung: s.benannt() }];
        // A correction that comes back takes nothing from the notice it corrected, an earlier try nothing from a later.
        let dieser = self.v.bescheid.as_ref().is_some_and(|b| b.fassung == s.fassung);
        let mut gegangen = self.v.sendungen.iter().rev().filter(|x| x.versandt_am.is_some() && x.fassung == s.fassung);
        if nach.nimmt_zurueck() && dieser && gegangen.next().is_some_and(|x| std::ptr::eq(x, s)) {
            events.extend(self.zuruecknehmen(nach));
        }
        Ok(events)
    }

    /// Bestandskraft first, then what it rested on.
    fn zuruecknehmen(&self, warum: Zustand) -> Vec<E> {
        let grund = || warum.wire().to_owned();
        let mut events = Vec::new();
        if self.v.status == Status::Widerspruch {
            return events;
        }
        if self.v.bestandskraft_am.is_some() {
            events.push(E::BestandskraftRevoked { grund: grund() });
        }
        if self.v.bekanntgabe.is_some() {
            events.push(E::BekanntgabeRevoked { grund: grund() });
        }
        events
    }
}
