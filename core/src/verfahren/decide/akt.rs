//! Acts after the first decision: begun, given up, and what runs from their Bekanntgabe.
//!
//! Drafting, signing and dispatch are those of every decision.

use super::zeit::computed;
use super::{Answer, Events, Fall, R, one, text};
use crate::recht::Bekanntgabe;
use crate::verfahren::akt;
use crate::verfahren::belehrung::{self, Rechtsbehelf};
use crate::verfahren::bescheidpruefung::{self, Anspruch, BELEHRUNG};
use crate::verfahren::command::{VorgangCommand as C, Zusatz};
use crate::verfahren::event::{AktArt, Tenor, VorgangEvent as E};
use crate::verfahren::state::Status;
use crate::verfahren::texte::{TextRef, Wofuer, sha256_hex};
use crate::verfahren::{KLAGE, WIDERSPRUCH};

impl Fall<'_> {
    pub(super) fn akt(&self, command: &C) -> Answer {
        Some(match command {
            C::OpenAkt { art, bezug } => self.open_akt(*art, *bezug),
            C::DiscardAkt { grund } => self.discard_akt(grund),
            _ => return None,
        })
    }

    /// About an act that is announced; over a Widerspruch only while one is open.
    fn open_akt(&self, art: AktArt, bezug: u32) -> Events {
        self.nur(&[Status::Bekanntgegeben, Status::Widerspruch, Status::Bestandskraeftig])?;
        self.kein_versand()?;
        self.konto()?;
        let regel = akt::regel(art).ok_or(R::AngabeUngueltig("Art des Bescheids"))?;
        let frueher = self.v.weitere_akte.iter().any(|a| a.stufe == Status::Widerspruch);
        if regel.wider && self.v.status != Status::Widerspruch && !frueher {
            return Err(R::KeinWiderspruch);
        }
        if !self.v.versandte_akte().any(|(nr, ..)| nr == bezug) {
            return Err(R::AngabeUngueltig("Bescheid, um den es geht"));
        }
        one(E::AktOpened { akt: self.v.letzter_akt() + 1, art, bezug })
    }

    /// Until it is dispatched; afterwards only another act helps.
    fn discard_akt(&self, grund: &str) -> Events {
        self.offen()?;
        self.kein_versand()?;
        self.konto()?;
        let akt = self.v.akt.as_ref().filter(|_| self.v.versandt.is_none()).ok_or(R::NichtMoeglich(self.v.status))?;
        one(E::AktDiscarded { akt: akt.nr, grund: Some(text(grund, "Grund")?) })
    }

    /// What a draft lacks at once; the rest is for the check before signing.
    pub(super) fn entwurf_vollstaendig(&self, tenor: Tenor, begruendung: &str, zusatz: &Zusatz) -> Result<(), R> {
        let anspruch = Anspruch::of(self.v, self.def()?);
        if !anspruch.kennt(tenor) {
            return Err(R::AngabeUngueltig("Entscheidung"));
        }
        if tenor != Tenor::Bewilligt && anspruch.anhoerung() && !self.v.anhoerung_erledigt {
            return Err(R::AnhoerungFehlt);
        }
        if anspruch.begruendung(tenor) {
            if begruendung.is_empty() {
                return Err(R::BegruendungFehlt);
            }
            if anspruch.ermessen() && zusatz.ermessen.trim().is_empty() {
                return Err(R::ErmessenFehlt);
            }
        }
        if anspruch.spruch() && zusatz.spruch.trim().is_empty() {
            return Err(R::AngabeFehlt("Wortlaut der Entscheidung"));
        }
        if zusatz.texte.iter().any(|t| !t.stimmt()) {
            return Err(R::AngabeUngueltig("Textbausteine"));
        }
        Ok(())
    }

    /// The blocks used and the instruction in force today, each with its wording.
    pub(super) fn verwendete_texte(&self, tenor: Tenor, zusatz: &Zusatz) -> Result<Option<Vec<TextRef>>, R> {
        let mut texte = zusatz.texte.clone();
        let id = Anspruch::of(self.v, self.def()?).belehrung(tenor);
        texte.extend(belehrung::in_kraft(id, self.ctx.today).map(|b| TextRef {
            id: b.id.clone(),
            version: b.version,
            herkunft: BELEHRUNG.into(),
            quelle: b.source.clone(),
            sha256: sha256_hex(b.text.trim()),
            text: b.text.trim().to_owned(),
            wofuer: Wofuer::Begruendung,
        }));
        Ok((!texte.is_empty()).then_some(texte))
    }

    /// A notice with a fault is not signed (§§ 37, 39 VwVfG).
    pub(super) fn maengelfrei(&self) -> Result<(), R> {
        match bescheidpruefung::pruefe(self.v, self.def()?, self.ctx.today, None) {
            liste if liste.is_empty() => Ok(()),
            liste => Err(R::BescheidMangel(liste)),
        }
    }

    /// The period of the remedy the notice names, and what its Bekanntgabe does to the act it is about.
    pub(super) fn rechtsbehelf_nach(&self, bekannt: &Bekanntgabe) -> Events {
        let (law, tenor) = (&self.ctx.law, self.v.bescheid.as_ref().map_or(Tenor::Abgelehnt, |b| b.tenor));
        let id = Anspruch::of(self.v, self.def()?).belehrung(tenor);
        let rechtsbehelf =
            belehrung::in_kraft(id, self.ctx.today).map_or(Rechtsbehelf::Widerspruch, |b| b.rechtsbehelf);
        let mut events = Vec::new();
        match rechtsbehelf {
            Rechtsbehelf::Widerspruch => {
                events.push(computed(WIDERSPRUCH, law.widerspruchsfrist(bekannt, !id.is_empty())?.spaeteste));
            }
            // § 74 VwGO: one month for the action after the Widerspruchsbescheid was served.
            Rechtsbehelf::Klage => {
                events.extend(self.fristen_done(|f| f == WIDERSPRUCH));
                events.push(computed(KLAGE, law.klagefrist(bekannt, true)?.spaeteste));
            }
            Rechtsbehelf::Keiner => {}
        }
        let Some(akt) = &self.v.akt else { return Ok(events) };
        if akt::regel(akt.art).is_some_and(|r| r.wider) {
            if rechtsbehelf == Rechtsbehelf::Keiner {
                events.extend(self.fristen_done(|f| f == WIDERSPRUCH));
            }
            let ergebnis = match tenor {
                Tenor::Bewilligt => "abgeholfen",
                Tenor::TeilweiseBewilligt => "teilweise_abgeholfen",
                Tenor::Abgelehnt => "zurueckgewiesen",
            };
            events.push(E::WiderspruchDecided { ergebnis: ergebnis.into(), begruendung: None });
        } else if rechtsbehelf == Rechtsbehelf::Keiner {
            events.push(E::AktJoined { akt: akt.nr, bezug: akt.bezug });
        }
        Ok(events)
    }
}
