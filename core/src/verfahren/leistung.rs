//! One service definition in force: adopted by event, so that it stays readable for ever.
//!
//! Reads no folder: the files come with the command, and are parsed again here before they are believed.

use super::definition::Definition;
use super::event::{DefinitionDatei, LeistungEvent as E};
use super::loader;
use crate::kernel::{Context, Decider};
use serde::{Deserialize, Serialize};

/// The stream of one service: natural key `leistung`, id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Leistung {
    pub id: String,
    pub version: u32,
    pub sha256: String,
    pub geschlossen: bool,
}

/// What can be wanted of a service definition.
#[derive(Clone, Debug)]
pub enum LeistungCommand {
    /// Takes this folder into force; cases pin its hash.
    Adopt { dateien: Vec<DefinitionDatei> },
    /// No new applications; running cases go on under their pinned definition.
    Close { grund: String },
}

/// Why a definition is not adopted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LeistungRefusal {
    #[error("Die Definition hat Fehler: {0}")]
    Fehlerhaft(String),
    #[error("Die Definition gehört zu einer anderen Leistung: {0}.")]
    AndereLeistung(String),
    #[error("Fassung {neu} folgt nicht auf Fassung {alt}. Erhöhen Sie „version“.")]
    FassungNichtNeu { alt: u32, neu: u32 },
    #[error("Diese Leistung ist nicht in Kraft.")]
    NichtInKraft,
}

impl LeistungRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            LeistungRefusal::Fehlerhaft(_) => "definition_fehlerhaft",
            LeistungRefusal::AndereLeistung(_) => "andere_leistung",
            LeistungRefusal::FassungNichtNeu { .. } => "fassung_nicht_neu",
            LeistungRefusal::NichtInKraft => "nicht_in_kraft",
        }
    }
}

impl Decider for Leistung {
    const KIND: &'static str = "leistung";
    type State = Leistung;
    type Command = LeistungCommand;
    type Event = E;
    type Refusal = LeistungRefusal;

    fn decide(state: &Leistung, command: LeistungCommand, _: &Context) -> Result<Vec<E>, LeistungRefusal> {
        match command {
            LeistungCommand::Adopt { dateien } => adopt(state, dateien),
            LeistungCommand::Close { .. } if state.id.is_empty() => Err(LeistungRefusal::NichtInKraft),
            LeistungCommand::Close { .. } if state.geschlossen => Ok(vec![]),
            LeistungCommand::Close { grund } => Ok(vec![E::Closed { id: state.id.clone(), grund }]),
        }
    }

    fn evolve(mut s: Leistung, event: &E) -> Leistung {
        match event {
            E::Adopted { id, version, sha256, .. } => {
                (s.id, s.version, s.sha256) = (id.clone(), *version, sha256.clone());
                s.geschlossen = false;
            }
            E::Closed { .. } => s.geschlossen = true,
        }
        s
    }
}

fn adopt(state: &Leistung, dateien: Vec<DefinitionDatei>) -> Result<Vec<E>, LeistungRefusal> {
    let def: Definition = loader::from_adopted(&dateien).map_err(|fehler| {
        let alle: Vec<String> = fehler.iter().map(ToString::to_string).collect();
        LeistungRefusal::Fehlerhaft(alle.join("; "))
    })?;
    if !state.id.is_empty() && state.id != def.id {
        return Err(LeistungRefusal::AndereLeistung(def.id));
    }
    if state.sha256 == def.sha256 && !state.geschlossen {
        return Ok(vec![]);
    }
    if def.version < state.version || (def.version == state.version && state.sha256 != def.sha256) {
        return Err(LeistungRefusal::FassungNichtNeu { alt: state.version, neu: def.version });
    }
    let Definition { id, version, gueltig_ab, sha256, .. } = def;
    Ok(vec![E::Adopted { id, version, sha256, gueltig_ab, dateien }])
}
