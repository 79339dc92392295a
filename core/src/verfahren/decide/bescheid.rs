//! The decision: draft, document, Bekanntgabe, Bestandskraft.
//!
//! Signing is `zeichnung`, the way to the person `versand`, remedies `widerspruch` and `akt`; the days come from `zeit`.

use super::{Answer, Events, Fall, R, one};
use crate::recht::{Bekanntgabe, BekanntgabeArt};
use crate::verfahren::command::{Gerendert, VorgangCommand as C, Zusatz};
use crate::verfahren::definition::Schrittart;
use crate::verfahren::event::{Tenor, VorgangEvent as E, Weg};
use crate::verfahren::state::Status;
use crate::verfahren::{KLAGE, WIDERSPRUCH};
use jiff::{ToSpan, civil::Date};

impl Fall<'_> {
    pub(super) fn bescheid(&self, command: &C) -> Answer {
        Some(match command {
            C::DraftBescheid { tenor, begruendung, nebenbestimmungen, zusatz } => {
                self.draft(*tenor, begruendung.trim(), nebenbestimmungen.trim(), zusatz)
            }
            C::RenderBescheid { fassung, gerendert } => self.render(*fassung, gerendert),
            C::Ausfertigen { fassung, gerendert } => self.ausfertigen(*fassung, gerendert),
            C::EffectBekanntgabe { art, am } => self.effect_bekanntgabe(art, *am),
            C::ReachBestandskraft => self.reach_bestandskraft(),
            _ => return None,
        })
    }

    /// Each draft is a new Fassung; signatures under an earlier one are voided visibly.
    fn draft(&self, tenor: Tenor, begruendung: &str, nebenbestimmungen: &str, zusatz: &Zusatz) -> Events {
        let def = self.def()?;
        if !def.entscheidet() {
            return Err(R::KeinBescheid);
        }
        use Status::*;
        self.nur(&[Zugewiesen, InPruefung, Entscheidungsreif, ImGeschaeftsgang, Gezeichnet])?;
        self.kein_versand()?;
        self.entwurf_vollstaendig(tenor, begruendung, zusatz)?;
        // Refusing for want of a signature must stay possible.
        let fehlt = self.unterschriften_fehlen();
        if tenor != Tenor::Abgelehnt && !fehlt.is_empty() {
            return Err(R::UnterschriftFehlt(fehlt));
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
            fassung: self.v.letzte_fassung() + 1,
            tenor,
            verfasser: self.konto()?,
            fuer: self.ctx.on_behalf_of,
            begruendung: optional(begruendung),
            nebenbestimmungen: optional(nebenbestimmungen),
            ermessen: optional(zusatz.ermessen.trim()),
            spruch: optional(zusatz.spruch.trim()),
            texte: self.verwendete_texte(tenor, zusatz)?,
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

    /// It leaves the house on this day. Handed over: known the same day. Posted: known by the fiction of its regime.
    /// Portal: known when retrieved. Certificate: known when it says so.
    pub(super) fn abgang(&self, fassung: u32, weg: Weg, am: Date) -> Events {
        let mut events = vec![E::BescheidDispatched { fassung, weg, am }];
        events.extend(self.decision_fristen()?);
        match weg {
            Weg::Schalter => {
                events.extend(self.bekannt("aushaendigung", &self.bekanntgabe(BekanntgabeArt::Aushaendigung, am)?)?);
            }
            Weg::Post => {
                events.extend(self.bekannt("fiktion", &self.bekanntgabe(BekanntgabeArt::AufgabeZurPost, am)?)?);
            }
            Weg::Portal | Weg::Pzu => {}
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
        let (weg, versandt) = self.v.versandt.ok_or(R::NichtMoeglich(self.v.status))?;
        if am < versandt || am > self.ctx.today {
            return Err(R::AngabeUngueltig("Tag"));
        }
        let bekannt = match art {
            // Whoever only reads along announces nothing to herself.
            "abruf" if weg == Weg::Portal => self.abgerufen(versandt, am)?,
            "aushaendigung" => self.bekanntgabe(BekanntgabeArt::Aushaendigung, am)?,
            "fiktion" if weg == Weg::Post => self.bekanntgabe(BekanntgabeArt::AufgabeZurPost, versandt)?,
            _ => return Err(R::AngabeUngueltig("Art der Bekanntgabe")),
        };
        self.bekannt(art, &bekannt)
    }

    fn abgerufen(&self, versandt: Date, am: Date) -> Result<Bekanntgabe, R> {
        let (law, regime) = (&self.ctx.law, self.regime()?);
        if !self.wurde_benachrichtigt(versandt)
            && let Some(bekannt) = law.abruf_ohne_benachrichtigung(regime, am)?
        {
            return Ok(bekannt);
        }
        let benachrichtigt = self.benachrichtigt(versandt).min(am);
        let bereit = law.abruf(regime, benachrichtigt, None)?;
        if bereit.bereit_bis.as_ref().is_some_and(|f| am > f.end) {
            return Err(R::BereitstellungBeendet);
        }
        law.abruf(regime, benachrichtigt, Some(am))?.bekanntgabe.ok_or(R::BereitstellungBeendet)
    }

    /// Only after both readings of the period have ended.
    pub(super) fn reach_bestandskraft(&self) -> Events {
        if self.v.bestandskraft_am.is_some() {
            return Ok(vec![]);
        }
        self.nur(&[Status::Bekanntgegeben])?;
        let rechtsbehelf = self.v.fristen.iter().filter(|f| f.frist == WIDERSPRUCH || f.frist == KLAGE);
        // An act without a remedy of its own (Abhilfe) is final once it is announced.
        let ohne = self.v.bekanntgabe.filter(|_| self.v.akt.is_some());
        let ende = rechtsbehelf.map(|f| f.end).max().or(ohne).ok_or(R::NichtMoeglich(self.v.status))?;
        if self.ctx.today <= ende {
            return Err(R::FristLaeuft(ende));
        }
        let mut events = self.fristen_done(|id| id == WIDERSPRUCH || id == KLAGE);
        events.push(E::BestandskraftReached { am: ende.saturating_add(1.day()) });
        Ok(events)
    }
}
