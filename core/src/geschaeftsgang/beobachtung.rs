//! Who wants to see changes of a thing.
//!
//! Sends nothing and remembers no look: what was seen last is nobody's record.

use super::event::BeobachtungEvent as E;
use super::objekt::Objekt;
use crate::kernel::{Context, Decider};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// State of one person's watching of one thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Beobachtung {
    pub konto: Option<Uuid>,
    pub objekt: Option<Objekt>,
    pub einheit: String,
    pub aktiv: bool,
}

/// What can be wanted of it.
#[derive(Clone, Debug)]
pub enum BeobachtungCommand {
    Start { objekt: Objekt, einheit: String },
    End,
}

/// Why it says no.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BeobachtungRefusal {
    #[error("Nur die Person selbst beobachtet, und sie beendet es.")]
    NurSelbst,
}

impl BeobachtungRefusal {
    pub fn code(&self) -> &'static str {
        "nur_selbst"
    }
}

impl Decider for Beobachtung {
    const KIND: &'static str = "beobachtung";
    type State = Beobachtung;
    type Command = BeobachtungCommand;
    type Event = E;
    type Refusal = BeobachtungRefusal;

    fn decide(s: &Beobachtung, command: BeobachtungCommand, ctx: &Context) -> Result<Vec<E>, BeobachtungRefusal> {
        let (konto, _) = ctx.konto().ok_or(BeobachtungRefusal::NurSelbst)?;
        if s.konto.is_some_and(|k| k != konto) {
            return Err(BeobachtungRefusal::NurSelbst);
        }
        Ok(match (s.aktiv, command, s.objekt) {
            (false, BeobachtungCommand::Start { objekt, einheit }, _) => vec![E::Started { konto, objekt, einheit }],
            (true, BeobachtungCommand::End, Some(objekt)) => vec![E::Ended { konto, objekt }],
            _ => vec![],
        })
    }

    fn evolve(mut s: Beobachtung, event: &E) -> Beobachtung {
        match event {
            E::Started { konto, objekt, einheit } => {
                (s.konto, s.objekt, s.aktiv) = (Some(*konto), Some(*objekt), true);
                s.einheit.clone_from(einheit);
            }
            E::Ended { .. } => s.aktiv = false,
        }
        s
    }
}
