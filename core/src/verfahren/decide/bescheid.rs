//! The decision: draft, document, dispatch, Bekanntgabe, remedy, Bestandskraft.
//!
//! Signing is `zeichnung`; the days come from `zeit`.

use super::zeit::computed;
use super::{Answer, Events, Fall, R, one, text};
use crate::recht::{BekanntgabeArt, Params};
use crate::verfahren::command::{Gerendert, VorgangCommand as C};
use crate::verfahren::definition::Schrittart;
use crate::verfahren::event::{Tenor, VorgangEvent as E, Weg};
use crate::verfahren::state::Status;
use crate::verfahren::{KLAGE, WIDERSPRUCH};
use jiff::{ToSpan, civil::Date};

impl Fall<'_> {
    pub(super) fn bescheid(&self, command: &C) -> Answer {
        Some(match command {
            C::DraftBescheid { tenor, begruendung, nebenbestimmungen } => {
                self.draft(*tenor, begruendung.trim(), nebenbestimmungen.trim())
            }
            C::RenderBescheid { fassung, gerendert } => self.render(*fassung, gerendert),
            C::Ausfertigen { fassung, gerendert } => self.ausfertigen(*fassung, gerendert),
            C::Dispatch { weg } => self.dispatch(*weg),
            C::EffectBekanntgabe { art, am } => self.effect_bekanntgabe(art, *am),
            C::ReportZustellung { status, am } => self.report_zustellung(status, *am),
            C::ReceiveWiderspruch { am, text } => self.receive_widerspruch(*am, text),
            C::DecideWiderspruch { ergebnis, begruendung } => self.decide_widerspruch(ergebnis, begruendung),
            C::ReachBestandskraft => self.reach_bestandskraft(),
            _ => return None,
        })
    }

    /// Each draft is a new Fassung; signatures under an earlier one are voided visibly.
    fn draft(&self, tenor: Tenor, begruendung: &str, nebenbestimmungen: &str) -> Events {
        let def = self.def()?;
        if !def.entscheidet() {
            return Err(R::KeinBescheid);
        }
        use Status::*;
        self.nur(&[Zugewiesen, InPruefung, Entscheidungsreif, ImGeschaeftsgang, Gezeichnet])?;
        let belastend = tenor != Tenor::Bewilligt;
        if belastend && !self.v.anhoerung_erledigt {
            return Err(R::AnhoerungFehlt);
        }
        let needs_reason = def.bescheid.as_ref().is_none_or(|b| b.begruendung);
        if begruendung.is_empty() && (belastend || needs_reason) {
            return Err(R::BegruendungFehlt);
        }
        let mut events = Vec::new();
        if matches!(self.v.status, Zugewiesen | InPruefung) {
            events.push(E::Entscheidungsreif {});
        }
        let vorige = self.v.bescheid.as_ref();
        if let Some(b) = vorige.filter(|b| !b.mitgezeichnet.is_empty() || b.schlussgezeichnet_von.is_some()) {
            events.push(E::ZeichnungVoided { fassung: b.fassung });
        }
        let optional = |t: &str| (!t.is_empty()).then(|| t.to_owned());
        events.push(E::BescheidDrafted {
            fassung: vorige.map_or(1, |b| b.fassung + 1),
            tenor,
            verfasser: self.konto()?,
            fuer: self.ctx.on_behalf_of,
            begruendung: optional(begruendung),
            nebenbestimmungen: optional(nebenbestimmungen),
        });
        Ok(events)
    }

    /// The document a signature binds to; one per Fassung.
    fn render(&self, fassung: u32, g: &Gerendert) -> Events {
        self.offen()?;
        let b = self.v.bescheid.as_ref().ok_or(R::KeinBescheid)?;
        if b.fassung != fassung {
            return Err(R::VeralteteFassung);
        }
        if b.position.is_some() {
            return Ok(vec![]);
        }
        one(E::BescheidRendered {
            fassung,
            vorlage_sha256: g.vorlage_sha256.clone(),
            eingabe_sha256: g.eingabe_sha256.clone(),
            dokument: Some(g.dokument.clone()),
        })
    }

    /// The signed text with the signer's name: one per Fassung, and only this goes out.
    fn ausfertigen(&self, fassung: u32, g: &Gerendert) -> Events {
        self.offen()?;
        let b = self.v.bescheid.as_ref().ok_or(R::KeinBescheid)?;
        if b.fassung != fassung {
            return Err(R::VeralteteFassung);
        }
        if b.ausgefertigt {
            return Ok(vec![]);
        }
        one(E::BescheidAusgefertigt {
            fassung,
            durch: b.schlussgezeichnet_von.ok_or(R::NichtMoeglich(self.v.status))?,
            vorlage_sha256: g.vorlage_sha256.clone(),
            eingabe_sha256: g.eingabe_sha256.clone(),
            dokument: Some(g.dokument.clone()),
        })
    }

    /// Handed over: known the same day. Posted: known by the fiction of its regime. Portal: known when retrieved.
    fn dispatch(&self, weg: Weg) -> Events {
        let again = self.v.status == Status::Versandt && self.v.bekanntgabe.is_none();
        if !again {
            self.nur(&[Status::Gezeichnet])?;
        }
        let b = self.v.bescheid.as_ref().ok_or(R::KeinBescheid)?;
        if !b.ausgefertigt {
            return Err(R::NichtAusgefertigt);
        }
        let am = self.ctx.today;
        let mut events = vec![E::BescheidDispatched { fassung: b.fassung, weg, am }];
        events.extend(self.decision_fristen()?);
        match weg {
            Weg::Schalter => {
                events.extend(self.bekannt("aushaendigung", &self.bekanntgabe(BekanntgabeArt::Aushaendigung, am)?)?);
            }
            Weg::Post => {
                events.extend(self.bekannt("fiktion", &self.bekanntgabe(BekanntgabeArt::AufgabeZurPost, am)?)?);
            }
            Weg::Portal => {}
        }
        Ok(events)
    }

    /// Fristen that run until the decision: those no step ends, and those the deciding steps end.
    fn decision_fristen(&self) -> Events {
        let def = self.def()?;
        let ends = |id: &str| {
            let schritt = def.schritte.iter().find(|s| s.id == id);
            schritt.is_none_or(|s| matches!(s.art, Schrittart::Entscheiden | Schrittart::Zustellen))
        };
        Ok(self.fristen_done(|id| def.fristen.iter().any(|f| f.id == id && ends(&f.erledigt_durch))))
    }

    fn effect_bekanntgabe(&self, art: &str, am: Date) -> Events {
        if self.v.bekanntgabe.is_some() {
            return Ok(vec![]);
        }
        self.nur(&[Status::Versandt])?;
        let (_, versandt) = self.v.versandt.ok_or(R::NichtMoeglich(self.v.status))?;
        if am < versandt || am > self.ctx.today {
            return Err(R::AngabeUngueltig("Tag"));
        }
        let bekannt = match art {
            "abruf" => {
                let bereit = self.ctx.law.abruf(self.regime()?, versandt, None)?;
                if bereit.bereit_bis.as_ref().is_some_and(|f| am > f.end) {
                    return Err(R::BereitstellungBeendet);
                }
                let abruf = self.ctx.law.abruf(self.regime()?, versandt, Some(am))?;
                abruf.bekanntgabe.ok_or(R::BereitstellungBeendet)?
            }
            "aushaendigung" => self.bekanntgabe(BekanntgabeArt::Aushaendigung, am)?,
            "fiktion" => self.bekanntgabe(BekanntgabeArt::AufgabeZurPost, versandt)?,
            _ => return Err(R::AngabeUngueltig("Art der Bekanntgabe")),
        };
        self.bekannt(art, &bekannt)
    }

    /// A returned letter takes the Bekanntgabe and its dates back.
    fn report_zustellung(&self, status: &str, am: Date) -> Events {
        let (weg, versandt) = self.v.versandt.ok_or(R::NichtMoeglich(self.v.status))?;
        self.nur(&[Status::Versandt, Status::Bekanntgegeben])?;
        let known = ["sent", "delivered", "temporary_failure", "permanent_failure", "returned_letter"];
        if !known.contains(&status) {
            return Err(R::AngabeUngueltig("Zustellstatus"));
        }
        if am < versandt || am > self.ctx.today {
            return Err(R::AngabeUngueltig("Tag"));
        }
        let mut events = vec![E::ZustellungReported { weg, status: status.to_owned(), am }];
        if matches!(status, "permanent_failure" | "returned_letter") && self.v.bekanntgabe.is_some() {
            events.push(E::BekanntgabeRevoked { grund: status.to_owned() });
        }
        Ok(events)
    }

    /// Timely if timely under the most favourable reading; a late one is received all the same.
    fn receive_widerspruch(&self, am: Date, inhalt: &str) -> Events {
        self.nur(&[Status::Versandt, Status::Bekanntgegeben, Status::Bestandskraeftig])?;
        if am > self.ctx.today {
            return Err(R::EingangInZukunft);
        }
        let fristgerecht = self.v.widerspruchsfrist_ende.is_none_or(|ende| am <= ende);
        one(E::WiderspruchReceived { am, fristgerecht, text: Some(text(inhalt, "Widerspruch")?) })
    }

    fn decide_widerspruch(&self, ergebnis: &str, begruendung: &str) -> Events {
        self.nur(&[Status::Widerspruch])?;
        if !["abgeholfen", "teilweise_abgeholfen", "zurueckgewiesen", "zurueckgenommen"].contains(&ergebnis) {
            return Err(R::AngabeUngueltig("Ergebnis"));
        }
        let begruendung = text(begruendung, "Begründung")?;
        let mut events = vec![E::WiderspruchDecided { ergebnis: ergebnis.to_owned(), begruendung: Some(begruendung) }];
        events.extend(self.fristen_done(|id| id == WIDERSPRUCH));
        if matches!(ergebnis, "zurueckgewiesen" | "teilweise_abgeholfen") {
            // § 74 VwGO: one month for the action after the Widerspruchsbescheid.
            let klage = self.ctx.law.compute("vwgo74", self.ctx.today, Params::default())?;
            events.push(computed(KLAGE, klage));
        }
        Ok(events)
    }

    /// Only after both readings of the period have ended.
    pub(super) fn reach_bestandskraft(&self) -> Events {
        if self.v.bestandskraft_am.is_some() {
            return Ok(vec![]);
        }
        self.nur(&[Status::Bekanntgegeben])?;
        let rechtsbehelf = self.v.fristen.iter().filter(|f| f.frist == WIDERSPRUCH || f.frist == KLAGE);
        let ende = rechtsbehelf.map(|f| f.end).max().ok_or(R::NichtMoeglich(self.v.status))?;
        if self.ctx.today <= ende {
            return Err(R::FristLaeuft(ende));
        }
        let mut events = self.fristen_done(|id| id == WIDERSPRUCH || id == KLAGE);
        events.push(E::BestandskraftReached { am: ende.saturating_add(1.day()) });
        Ok(events)
    }
}
