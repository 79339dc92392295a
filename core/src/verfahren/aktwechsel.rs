//! Folds the change between acts of one case: a further act begins, is given up, or joins the one it is about.
//!
//! Decides nothing. Whatever left the desk stays readable in `weitere_akte`.

use super::event::{AktArt, VorgangEvent as E};
use super::state::{AktEnde, AktKopf, AktState, BescheidState, Status, Vorgang};
use jiff::civil::Date;

/// `false` = not an event of this chapter.
pub(super) fn falten(v: &mut Vorgang, event: &E) -> bool {
    match event {
        E::AktOpened { akt, art, bezug } => {
            let alt = v.ablegen(AktEnde::Abgeloest);
            v.weitere_akte.push(alt);
            v.akt = Some(AktKopf { nr: *akt, art: *art, bezug: *bezug });
            (v.status, v.vorher) = (Status::Entscheidungsreif, None);
        }
        E::AktDiscarded { .. } => v.zurueck(AktEnde::Verworfen),
        E::AktJoined { .. } => v.zurueck(AktEnde::Beigetreten),
        E::WiderspruchReceived { .. } => match v.abgeloester().filter(|_| v.versandt.is_none()) {
            Some(i) => v.weitere_akte[i].stufe = Status::Widerspruch,
            None => v.status = Status::Widerspruch,
        },
        E::WiderspruchDecided { .. } => {
            let frueher = v.weitere_akte.iter().rposition(|a| a.stufe == Status::Widerspruch);
            match frueher.filter(|_| v.status != Status::Widerspruch) {
                Some(i) => {
                    let a = &mut v.weitere_akte[i];
                    a.stufe = ohne_widerspruch(a.bestandskraft_am, a.bekanntgabe);
                }
                None => v.status = ohne_widerspruch(v.bestandskraft_am, v.bekanntgabe),
            }
        }
        _ => return false,
    }
    true
}

/// Where an act stands once the Widerspruch against it is settled.
fn ohne_widerspruch(bestandskraft: Option<Date>, bekanntgabe: Option<Date>) -> Status {
    match (bestandskraft, bekanntgabe) {
        (Some(_), _) => Status::Bestandskraeftig,
        (None, Some(_)) => Status::Bekanntgegeben,
        (None, None) => Status::Versandt,
    }
}

impl Vorgang {
    /// Number of the act in work; the first decision is 1.
    pub fn akt_nr(&self) -> u32 {
        self.akt.as_ref().map_or(1, |a| a.nr)
    }

    /// Kind of the act in work; `None` = the first decision.
    pub fn akt_art(&self) -> Option<AktArt> {
        self.akt.as_ref().map(|a| a.art)
    }

    /// Highest number of an act so far.
    pub fn letzter_akt(&self) -> u32 {
        self.weitere_akte.iter().map(AktState::nr).fold(self.akt_nr(), u32::max)
    }

    /// Highest Fassung so far: they are counted through all acts.
    pub fn letzte_fassung(&self) -> u32 {
        let frueher = self.weitere_akte.iter().filter_map(|a| a.bescheid.as_ref());
        frueher.chain(&self.bescheid).map(|b| b.fassung).max().unwrap_or(0)
    }

    /// Every act that was dispatched, the one in work last: number, kind, decision.
    pub fn versandte_akte(&self) -> impl Iterator<Item = (u32, Option<AktArt>, &BescheidState)> {
        let frueher = self.weitere_akte.iter().filter(|a| a.versandt.is_some());
        let frueher = frueher.filter_map(|a| Some((a.nr(), a.kopf.as_ref().map(|k| k.art), a.bescheid.as_ref()?)));
        let jetzt = self.bescheid.as_ref().filter(|_| self.versandt.is_some());
        frueher.chain(jetzt.map(|b| (self.akt_nr(), self.akt_art(), b)))
    }

    /// Place of the act that the one in work has taken the desk from.
    fn abgeloester(&self) -> Option<usize> {
        self.weitere_akte.iter().rposition(|a| a.ende == AktEnde::Abgeloest)
    }

    fn ablegen(&mut self, ende: AktEnde) -> AktState {
        AktState {
            kopf: self.akt.take(),
            ende,
            stufe: self.stufe(),
            bescheid: self.bescheid.take(),
            versandt: self.versandt.take(),
            bekanntgabe: self.bekanntgabe.take(),
            widerspruchsfrist_ende: self.widerspruchsfrist_ende.take(),
            bestandskraft_am: self.bestandskraft_am.take(),
            anhoerung_erledigt: std::mem::take(&mut self.anhoerung_erledigt),
        }
    }

    /// The act in work leaves; the one it had displaced is in work again, at the stage it had.
    fn zurueck(&mut self, ende: AktEnde) {
        let Some(i) = self.abgeloester() else { return };
        let alt = self.weitere_akte.remove(i);
        let fertig = self.ablegen(ende);
        self.weitere_akte.push(fertig);
        (self.status, self.vorher, self.anhoerung_offen) = (alt.stufe, None, false);
        (self.akt, self.bescheid, self.versandt) = (alt.kopf, alt.bescheid, alt.versandt);
        (self.bekanntgabe, self.widerspruchsfrist_ende) = (alt.bekanntgabe, alt.widerspruchsfrist_ende);
        (self.bestandskraft_am, self.anhoerung_erledigt) = (alt.bestandskraft_am, alt.anhoerung_erledigt);
    }
}
