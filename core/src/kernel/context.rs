//! Everything a decision may know besides its own stream: time, actor, ids, law, definition, facts.

use crate::recht::Law;
use crate::verfahren::definition::Definition;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// What an account may be (`reliability.md` §7.2). `Admin` holds no content rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Sachbearbeitung,
    Leitung,
    Poststelle,
    Registratur,
    Archiv,
    Revision,
    Datenschutz,
    Admin,
}

/// Who acts. The id is a random subject id, never a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Actor {
    /// A clerk's account (subject id).
    Konto(Uuid),
    /// A citizen, known by a subject id made for this one procedure.
    Buerger(Uuid),
    /// `process`: what follows from what.
    Process,
    /// The system itself (log, retention jobs).
    System,
}

impl Actor {
    /// Value of the reserved pointer `/_akteur`.
    pub fn wire(&self) -> String {
        match self {
            Actor::Konto(id) | Actor::Buerger(id) => id.to_string(),
            Actor::Process => "process".into(),
            Actor::System => "system".into(),
        }
    }
}

/// Ids handed in so that a decision stays pure: derived from (principal, key), so a retry
/// decides the same ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids(pub [u8; 32]);

impl Ids {
    /// The n-th id of this command: uuid8 of SHA-256(seed || n), stable over retries.
    pub fn nth(&self, n: u32) -> Uuid {
        use sha2::Digest;
        let mut h = sha2::Sha256::new();
        h.update(self.0);
        h.update(n.to_be_bytes());
        let d = h.finalize();
        let mut b = [0u8; 16];
        b.copy_from_slice(&d[..16]);
        uuid::Builder::from_custom_bytes(b).into_uuid()
    }
}

/// What `execute` read from other streams or views for this decision; each value is recorded
/// in the event that relies on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Aktenzeichen of the Akte the Vorgang lies in, once known.
    pub aktenzeichen: Option<String>,
    /// Unit (Einheit) id of the acting account.
    pub einheit: Option<String>,
    /// Roles of the acting account.
    pub rollen: Vec<Role>,
    /// The actor is the substitute of these accounts at this moment.
    pub vertritt: Vec<Uuid>,
    /// The document a decision is about, as its own stream tells it.
    pub dokument: Option<DokumentStand>,
    /// What is still open on the thing that is to be closed, in words.
    pub offen: Vec<String>,
    /// How the Akte has ended that the decision needs alive.
    pub akte_ende: Option<&'static str>,
    /// Why the Akte takes no new version of the document the decision is about.
    pub keine_fassung: Option<&'static str>,
    /// Of the documents that are to be filed here: those whose own stream does not name this Akte.
    pub fremd: Vec<Uuid>,
}

/// A document at the moment something about it is decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DokumentStand {
    pub version: u32,
    /// Sequence of the event that made this version.
    pub position: u64,
    /// `None` if it was erased.
    pub digest: Option<String>,
    /// Accounts that wrote any of its versions, with those they stood in for.
    pub verfasser: Vec<Uuid>,
    /// Why this version was made.
    pub grund: Option<String>,
    /// A Geschaeftsgang of this document is not over.
    pub umlauf_offen: bool,
}

/// The world of one decision.
#[derive(Clone, Debug)]
pub struct Context {
    /// Recording time, UTC.
    pub now: Timestamp,
    /// The same moment as a local date of the town.
    pub today: Date,
    /// The town's time zone: Fristen are local dates, never instants.
    pub zone: jiff::tz::TimeZone,
    pub actor: Actor,
    /// Substitution: in whose place the actor acts (i. V.).
    pub on_behalf_of: Option<Uuid>,
    pub ids: Ids,
    pub law: Arc<Law>,
    /// The pinned definition of the Leistung, where the stream belongs to one.
    pub definition: Option<Arc<Definition>>,
    pub facts: Facts,
}

impl Context {
    /// The acting account and the one it stands in for; a citizen, `process` and the system are none.
    pub fn konto(&self) -> Option<(Uuid, Option<Uuid>)> {
        match self.actor {
            Actor::Konto(id) => Some((id, self.on_behalf_of)),
            _ => None,
        }
    }
}
