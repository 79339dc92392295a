//! What the command path must know of a room besides its decider.
//!
//! Rooms do not know this trait: it is filled in for them in `rooms`, where they meet.

use crate::geschaeftsgang::Objekt;
use crate::kernel::Decider;
use crate::zugriff::{Action, Resource};
use uuid::Uuid;

/// Which definition a command is decided under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// The stream belongs to no Leistung.
    None,
    /// The newest version in force: a new case.
    InForce(String),
    /// The one the case has pinned, by hex SHA-256.
    Hash(String),
}

/// A decider on the command path.
pub trait Room: Decider {
    /// What `permit` is asked.
    fn action(command: &Self::Command) -> Action;
    /// What it is about, as far as stream and command tell.
    fn resource(state: &Self::State, command: &Self::Command) -> Resource;
    /// The same for a read, where there is no command.
    fn resource_of(state: &Self::State) -> Resource;
    /// The definition to decide under.
    fn pin(_: &Self::State, _: Option<&Self::Command>) -> Pin {
        Pin::None
    }
    /// The Akte whose unit keeps this, where the stream does not say.
    fn akte(_: &Self::State, _: &Self::Command) -> Option<Uuid> {
        None
    }
    /// The document whose version, digest and authors the decision asks for.
    fn dokument(_: &Self::State, _: &Self::Command) -> Option<Uuid> {
        None
    }
    /// The thing this command closes: what is open on it is a fact of the decision.
    fn schliesst(_stream: Uuid, _: &Self::State, _: &Self::Command) -> Option<Objekt> {
        None
    }
    /// The Akte that must not have ended for this command: destroyed, or handed to the archive.
    fn lebt(_: &Self::State, _: &Self::Command) -> Option<Uuid> {
        None
    }
    /// Akte that must still take a new version of this document.
    fn fassung_in(_: &Self::State, _: &Self::Command) -> Option<Uuid> {
        None
    }
    /// Documents this command files: whether each was made for this Akte is a fact of the decision.
    fn abzulegen(_: &Self::Command) -> Vec<Uuid> {
        Vec::new()
    }
    /// Stable code of a refusal.
    fn code(refusal: &Self::Refusal) -> &'static str;
}
