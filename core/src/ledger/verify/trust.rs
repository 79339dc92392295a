//! Whom to believe: pinned keys, keys of leaf 0, rotations; and what a signed checkpoint then is worth (rule B7).
//!
//! An unknown key is never a sign of tampering; a known key's wrong signature always is.

use crate::ledger::note::{Checkpoint, Note, NoteError, Vkey};
use crate::ledger::tlog::policy::{Policy, Refused};

/// Whose signatures count.
#[derive(Clone, Copy, Debug, Default)]
pub enum Trust<'a> {
    /// Nobody gave a key: those that leaf 0 names and their successors.
    #[default]
    Log,
    /// The house's own keys. A ledger that was never signed is accepted.
    House(&'a Policy),
    /// Given from outside by whoever verifies: the newest checkpoint must satisfy it.
    Pinned(&'a Policy),
}

/// A checkpoint from outside the ledger: signer's memory, mirror, receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// File or place, for the report.
    pub source: String,
    /// The signed note.
    pub note: String,
}

/// What a note is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// Signed by a trusted key. `newest`: by one that may vouch for the newest size too, not only by a retired one.
    Good { checkpoint: Checkpoint, cosigned: Option<u64>, newest: bool },
    /// Not signed by anybody trusted, or not by enough.
    Unknown(String),
    /// A trusted key's signature does not verify.
    Forged(String),
    /// No note, no checkpoint, or one of another log.
    Foreign(String),
}

/// Keys as the log itself names them.
#[derive(Default)]
pub(super) struct Keys {
    first: Vec<Vkey>,
    /// (old, new), each signed by the old one.
    rotations: Vec<(Vkey, Vkey)>,
}

impl Keys {
    /// Keys named by leaf 0.
    pub(super) fn opened(&mut self, keys: Vec<Vkey>) {
        self.first = keys;
    }

    /// Whether the log named this key before.
    pub(super) fn named(&self, key: &Vkey) -> bool {
        self.first.contains(key) || self.rotations.iter().any(|(_, new)| new == key)
    }

    /// A rotation whose signature was checked.
    pub(super) fn rotated(&mut self, old: Vkey, new: Vkey) {
        self.rotations.push((old, new));
    }

    /// What may vouch for the newest size: the given keys and what they handed over to.
    pub(super) fn forward(&self, trust: Trust<'_>) -> Policy {
        let given = match trust {
            Trust::Log => Policy::of_log_keys(&self.first),
            Trust::House(policy) | Trust::Pinned(policy) => policy.clone(),
        };
        let mut keys = given.logs().to_vec();
        // In the order of the log, so that one pass follows every chain of rotations.
        for (old, new) in &self.rotations {
            if keys.contains(old) && !keys.contains(new) {
                keys.push(new.clone());
            }
        }
        given.with_log_keys(&keys)
    }

    /// These and the keys they took over from: a retired key still vouches for older sizes, which a newer
    /// checkpoint covers. A key that only leaf 0 names stays unknown.
    pub(super) fn with_retired(&self, forward: &Policy) -> Policy {
        let mut keys = forward.logs().to_vec();
        for (old, new) in self.rotations.iter().rev() {
            if keys.contains(new) && !keys.contains(old) {
                keys.push(old.clone());
            }
        }
        Policy::of_log_keys(&keys)
    }
}

/// Judges a note of this log.
pub(super) fn judge(note: &str, origin: &str, forward: &Policy, with_retired: &Policy) -> Worth {
    let read = Note::parse(note).and_then(|note| Checkpoint::parse(&note.text));
    match &read {
        Err(error) => return Worth::Foreign(error.to_string()),
        Ok(checkpoint) if checkpoint.origin != origin => {
            return Worth::Foreign(format!("Checkpoint des Protokolls {}", checkpoint.origin));
        }
        Ok(_) => {}
    }
    let retired = with_retired.accept(note, origin);
    if let Err(Refused::Broken(NoteError::Signature { name })) = &retired {
        return Worth::Forged(name.clone());
    }
    match forward.accept(note, origin) {
        Ok(accepted) => Worth::Good { checkpoint: accepted.checkpoint, cosigned: accepted.cosigned, newest: true },
        Err(Refused::Broken(NoteError::Signature { name })) => Worth::Forged(name),
        Err(refused) => match retired {
            Ok(accepted) => Worth::Good { checkpoint: accepted.checkpoint, cosigned: None, newest: false },
            Err(_) => Worth::Unknown(german(&refused)),
        },
    }
}

/// The reason for people.
pub(super) fn german(refused: &Refused) -> String {
    match refused {
        Refused::UnknownKey => "Schlüssel unbekannt".into(),
        Refused::UnknownType => "ein verlangter Schlüssel ist von einer Art, die dieses Programm nicht prüft".into(),
        Refused::Quorum => "zu wenige Zeugen".into(),
        Refused::Origin => "anderes Protokoll".into(),
        Refused::Broken(error) => format!("nicht lesbar: {error}"),
    }
}
