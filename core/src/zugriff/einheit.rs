//! One unit of the town: created, changed, closed.
//!
//! Which accounts belong to it stands in their own streams.

use super::event::EinheitEvent as E;
use crate::kernel::{Context, Decider};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// State of one unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Einheit {
    pub id: String,
    pub name: String,
    /// Aktenplan positions (prefixes) this unit keeps.
    pub aktenplan: Vec<String>,
    pub geschlossen: Option<Date>,
}

/// What can be wanted of a unit.
#[derive(Clone, Debug)]
pub enum EinheitCommand {
    Create { id: String, name: String, aktenplan: Vec<String> },
    Change { name: String, aktenplan: Vec<String> },
    Close { valid_until: Date },
}

/// Why the unit says no.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EinheitRefusal {
    #[error("Diese Einheit gibt es nicht.")]
    GibtEsNicht,
    #[error("Bitte füllen Sie „{0}“ aus.")]
    AngabeFehlt(&'static str),
}

impl EinheitRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            EinheitRefusal::GibtEsNicht => "gibt_es_nicht",
            EinheitRefusal::AngabeFehlt(_) => "angabe_fehlt",
        }
    }
}

impl Decider for Einheit {
    const KIND: &'static str = "einheit";
    type State = Einheit;
    type Command = EinheitCommand;
    type Event = E;
    type Refusal = EinheitRefusal;

    /// Creating what exists changes it where it differs: the units of `stadt.toml` are laid down at every start.
    fn decide(s: &Einheit, command: EinheitCommand, _: &Context) -> Result<Vec<E>, EinheitRefusal> {
        match command {
            EinheitCommand::Create { id, name, .. } if id.trim().is_empty() || name.trim().is_empty() => {
                Err(EinheitRefusal::AngabeFehlt("Name"))
            }
            EinheitCommand::Create { id, name, aktenplan } if s.id.is_empty() => {
                Ok(vec![E::Created { id, name, aktenplan }])
            }
            _ if s.id.is_empty() => Err(EinheitRefusal::GibtEsNicht),
            EinheitCommand::Create { name, aktenplan, .. } | EinheitCommand::Change { name, aktenplan } => {
                let same = s.name == name && s.aktenplan == aktenplan;
                Ok(if same { vec![] } else { vec![E::Changed { name, aktenplan }] })
            }
            EinheitCommand::Close { .. } if s.geschlossen.is_some() => Ok(vec![]),
            EinheitCommand::Close { valid_until } => Ok(vec![E::Closed { valid_until }]),
        }
    }

    fn evolve(mut s: Einheit, event: &E) -> Einheit {
        match event {
            E::Created { id, name, aktenplan } => {
                s.id.clone_from(id);
                s.name.clone_from(name);
                s.aktenplan.clone_from(aktenplan);
            }
            E::Changed { name, aktenplan } => {
                s.name.clone_from(name);
                s.aktenplan.clone_from(aktenplan);
            }
            E::Closed { valid_until } => s.geschlossen = Some(*valid_until),
        }
        s
    }
}
