//! Paper volumes of a hybrid file: where each stands, who has it, and since when.
//!
//! Says nothing about what is in them. A volume may be entered into a closed file, too: the paper is there already.

use super::event::AkteEvent as E;
use super::stammakte::{Akte, AkteRefusal, filled};
use crate::kernel::Context;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One volume.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Papierband {
    /// Counted in the file, never given twice.
    pub nummer: u32,
    pub titel: Option<String>,
    pub ort: Option<String>,
    /// To whom it was lent; the inner value is gone where it was erased.
    pub ausgeliehen: Option<Option<String>>,
}

/// What can be wanted of a volume.
#[derive(Clone, Debug, PartialEq)]
pub enum PapierCommand {
    Register {
        titel: String,
        ort: String,
    },
    Move {
        band: Uuid,
        ort: String,
    },
    Lend {
        band: Uuid,
        an: String,
        bis: Option<Date>,
    },
    /// It may come back to another place than it went from.
    Return {
        band: Uuid,
        ort: String,
    },
}

/// Decides on one volume.
pub fn decide(s: &Akte, command: PapierCommand, ctx: &Context) -> Result<Vec<E>, AkteRefusal> {
    use PapierCommand as C;
    match command {
        C::Register { titel, ort } => {
            let nummer = s.papier.values().map(|b| b.nummer).max().unwrap_or(0) + 1;
            let (titel, ort) = (Some(filled(&titel, "Bezeichnung")?), Some(filled(&ort, "Standort")?));
            Ok(vec![E::PapierbandRegistered { band: ctx.ids.nth(0), nummer, titel, ort }])
        }
        C::Move { band, ort } => {
            let b = da(s, band)?;
            let ort = filled(&ort, "Standort")?;
            match (&b.ausgeliehen, b.ort.as_ref() == Some(&ort)) {
                (Some(_), _) => Err(AkteRefusal::BandAusgeliehen),
                (None, true) => Ok(vec![]),
                (None, false) => Ok(vec![E::PapierbandMoved { band, ort: Some(ort) }]),
            }
        }
        C::Lend { band, an, bis } => {
            let an = filled(&an, "Ausgeliehen an")?;
            match (&da(s, band)?.ausgeliehen, bis.is_some_and(|bis| bis < ctx.today)) {
                (Some(_), _) => Err(AkteRefusal::BandAusgeliehen),
                (None, true) => Err(AkteRefusal::RueckgabeVorbei),
                (None, false) => Ok(vec![E::PapierbandLent { band, an: Some(an), am: ctx.today, bis }]),
            }
        }
        C::Return { band, ort } => match da(s, band)?.ausgeliehen {
            None => Err(AkteRefusal::BandNichtAusgeliehen),
            Some(_) => {
                let ort = Some(filled(&ort, "Standort")?);
                Ok(vec![E::PapierbandReturned { band, ort, am: ctx.today }])
            }
        },
    }
}

/// Folds what concerns a volume; anything else changes nothing here.
pub fn evolve(s: &mut Akte, event: &E) {
    match event {
        E::PapierbandRegistered { band, nummer, titel, ort } => {
            let neu = Papierband { nummer: *nummer, titel: titel.clone(), ort: ort.clone(), ausgeliehen: None };
            s.papier.insert(*band, neu);
        }
        E::PapierbandMoved { band, ort } => aendern(s, *band, |b| b.ort.clone_from(ort)),
        E::PapierbandLent { band, an, .. } => aendern(s, *band, |b| b.ausgeliehen = Some(an.clone())),
        E::PapierbandReturned { band, ort, .. } => aendern(s, *band, |b| {
            b.ort.clone_from(ort);
            b.ausgeliehen = None;
        }),
        _ => {}
    }
}

fn aendern(s: &mut Akte, band: Uuid, wie: impl FnOnce(&mut Papierband)) {
    s.papier.entry(band).and_modify(wie);
}

fn da(s: &Akte, band: Uuid) -> Result<&Papierband, AkteRefusal> {
    s.papier.get(&band).ok_or(AkteRefusal::BandUnbekannt)
}
