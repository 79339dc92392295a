//! Folds what happened to dispatches, consent and hints; each event finds the dispatch it speaks of.
//!
//! Total like the rest: where the dispatch is not known, a new one stands for it.

use crate::verfahren::event::{VorgangEvent as E, Weg};
use crate::verfahren::state::{EinwilligungState, HinweisState, Sendung, Vorgang};
use crate::verfahren::zustellung::{Mailstand, Zustand, darf};
use jiff::civil::Date;
use uuid::Uuid;

pub(super) fn versand(v: &mut Vorgang, event: &E) {
    match event {
        E::VersandRequested { sendung, fassung, weg, am, not_before } => v.sendungen.push(Sendung {
            not_before: Some(*not_before),
            verlauf: vec![(Zustand::Created, *am)],
            ..neu(*sendung, *fassung, *weg)
        }),
        E::VersandCancelled { sendung, am } => {
            let gewollt = |s: &&mut Sendung| s.id == *sendung && s.zustand == Zustand::Created;
            if let Some(s) = v.sendungen.iter_mut().rev().find(gewollt) {
                s.kommt_in(Zustand::Cancelled, *am);
            }
        }
        E::DruckTaken { sendung, stapel, .. } => {
            v.sendungen.iter_mut().filter(|s| s.id == *sendung).for_each(|s| s.stapel = Some(*stapel));
        }
        E::BescheidDispatched { fassung, weg, am } => dispatched(v, *fassung, *weg, *am),
        E::ZustellungReported { weg, status, am, sendung } => {
            let gemeint = v.sendungen.iter().position(|s| Some(s.id) == *sendung);
            let s = match gemeint {
                Some(i) => v.sendungen.get_mut(i),
                None => laufend(v, *weg),
            };
            if let (Some(s), Some(z)) = (s, Zustand::lesen(status)) {
                s.kommt_in(z, *am);
            }
        }
        E::BekanntgabeEffected { art, am, .. } if art == "abruf" || art == "aushaendigung" => {
            let angekommen = v.versandt.and_then(|(weg, _)| laufend(v, weg));
            if let Some(s) = angekommen.filter(|s| darf(s.zustand, Zustand::Delivered)) {
                s.kommt_in(Zustand::Delivered, *am);
            }
        }
        E::EinwilligungGiven { am, email, .. } => {
            v.einwilligung = Some(EinwilligungState { am: *am, email: email.clone() });
        }
        E::EinwilligungWithdrawn { .. } => v.einwilligung = None,
        E::HinweisQueued { hinweis, sendung, .. } => {
            if let Some(s) = v.sendungen.iter_mut().rev().find(|s| s.id == *sendung) {
                let stand = Mailstand::Queued;
                s.hinweis = Some(HinweisState { id: *hinweis, stand, versuche: 0, unklar: false, gesendet_am: None });
            }
        }
        E::HinweisReported { hinweis, status, versuch, am } => {
            let mut alle = v.sendungen.iter_mut().filter_map(|s| s.hinweis.as_mut());
            if let (Some(h), Some(stand)) = (alle.find(|h| h.id == *hinweis), Mailstand::lesen(status)) {
                h.unklar |= h.stand == Mailstand::Sending && stand == Mailstand::Sending;
                (h.stand, h.versuche) = (stand, *versuch);
                h.gesendet_am = (stand == Mailstand::Sent).then_some(*am);
            }
        }
        _ => {}
    }
}

/// What was asked for has left the house; or it left at once, as at the counter.
fn dispatched(v: &mut Vorgang, fassung: u32, weg: Weg, am: Date) {
    let gewollt = |s: &&mut Sendung| s.zustand == Zustand::Created && s.weg == weg && s.fassung == fassung;
    let s = match v.sendungen.iter_mut().rev().find(gewollt) {
        Some(s) => s,
        None => {
            v.sendungen.push(neu(Uuid::nil(), fassung, weg));
            let Some(s) = v.sendungen.last_mut() else { return };
            s
        }
    };
    s.versandt_am = Some(am);
    s.kommt_in(Zustand::Sent, am);
}

/// The newest dispatch this way that was not taken back.
fn laufend(v: &mut Vorgang, weg: Weg) -> Option<&mut Sendung> {
    v.sendungen.iter_mut().rev().find(|s| s.weg == weg && s.zustand != Zustand::Cancelled)
}

fn neu(id: Uuid, fassung: u32, weg: Weg) -> Sendung {
    Sendung {
        id,
        fassung,
        weg,
        not_before: None,
        zustand: Zustand::Created,
        versandt_am: None,
        verlauf: Vec::new(),
        stapel: None,
        hinweis: None,
    }
}

impl Sendung {
    fn kommt_in(&mut self, zustand: Zustand, am: Date) {
        self.zustand = zustand;
        self.verlauf.push((zustand, am));
    }
}
