//! The number range of one (Aktenplan position, year): gapless, each Akte once.
//!
//! The stream itself decides uniqueness (natural key `kennung`, year); two at once meet the expected version.

use super::event::NummernEvent as E;
use crate::kernel::{Context, Decider};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// State of one number range.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Nummernkreis {
    pub letzte: u32,
    /// Akte -> its number.
    pub vergeben: BTreeMap<Uuid, u32>,
}

/// What can be wanted of a number range.
#[derive(Clone, Debug)]
pub enum NummernCommand {
    /// The next number for this Akte; the same Akte asking again changes nothing.
    Assign { akte: Uuid, kennung: String, jahr: i16 },
}

/// A number range refuses nothing but disorder.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NummernRefusal {
    #[error("Der Nummernkreis ist erschöpft.")]
    Erschoepft,
}

impl NummernRefusal {
    pub fn code(&self) -> &'static str {
        "nummernkreis_erschoepft"
    }
}

impl Decider for Nummernkreis {
    const KIND: &'static str = "nummernkreis";
    type State = Nummernkreis;
    type Command = NummernCommand;
    type Event = E;
    type Refusal = NummernRefusal;

    fn decide(s: &Nummernkreis, command: NummernCommand, _: &Context) -> Result<Vec<E>, NummernRefusal> {
        let NummernCommand::Assign { akte, kennung, jahr } = command;
        if s.vergeben.contains_key(&akte) {
            return Ok(vec![]);
        }
        let nummer = s.letzte.checked_add(1).ok_or(NummernRefusal::Erschoepft)?;
        Ok(vec![E::Assigned { akte, kennung, jahr, nummer }])
    }

    fn evolve(mut s: Nummernkreis, event: &E) -> Nummernkreis {
        let E::Assigned { akte, nummer, .. } = event;
        s.letzte = s.letzte.max(*nummer);
        s.vergeben.insert(*akte, *nummer);
        s
    }
}
