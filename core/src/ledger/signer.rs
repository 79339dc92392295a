//! The log's signer: signs a size only if it is durable, not smaller than the last one, and consistent with it.
//!
//! Its memory is `signer.state`, a file of its own outside every backup: whoever restores an older ledger
//! beside it is found out (`LEDGER.md`, keys and start-up). Knows no web and no schedule.

use super::nodes::{Nodes, NodesError};
use super::note::{Checkpoint, Note, NoteError, NoteSigner, Vkey};
use super::port::{Hash, Ledger, LedgerError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use tokio::sync::Mutex;

/// File of the signer's memory in the data folder.
pub const STATE_FILE: &str = "signer.state";

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    #[error("{path}: {why}")]
    State { path: String, why: String },
    /// The ledger is shorter than what was signed before.
    #[error("das Protokoll hat {found} Ereignisse, unterschrieben waren schon {signed}")]
    Behind { signed: u64, found: u64 },
    /// The ledger is not a continuation of what was signed before.
    #[error("das Protokoll weicht von dem ab, was bei Größe {signed} unterschrieben wurde")]
    Forked { signed: u64 },
    #[error("die Unterschrift gehört zu {found}, nicht zu {origin}")]
    Origin { origin: String, found: String },
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Nodes(#[from] NodesError),
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// What was signed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
    /// The signed note, as published.
    pub note: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OnDisk {
    origin: String,
    size: u64,
    root: String,
    note: String,
}

/// Reads the signer's memory of a data folder; `None` where nothing was ever signed.
pub fn read_state(dir: &Path) -> Result<Option<Signed>, SignerError> {
    let path = dir.join(STATE_FILE);
    let fault = |why: String| SignerError::State { path: path.display().to_string(), why };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault(error.to_string())),
    };
    let state: OnDisk = serde_json::from_str(&text).map_err(|e| fault(e.to_string()))?;
    let root = STANDARD.decode(&state.root).ok().and_then(|r| r.try_into().ok());
    let root = root.ok_or_else(|| fault("root is not 32 bytes in base64".into()))?;
    Ok(Some(Signed { origin: state.origin, size: state.size, root, note: state.note }))
}

/// Replaces the memory: new file, flush, rename, flush of the folder.
fn write_state(dir: &Path, signed: &Signed) -> Result<(), SignerError> {
    let path = dir.join(STATE_FILE);
    let write = || -> std::io::Result<()> {
        let fresh = dir.join("signer.state.new");
        let root = STANDARD.encode(signed.root);
        let state = OnDisk { origin: signed.origin.clone(), size: signed.size, root, note: signed.note.clone() };
        let mut file = private(&fresh)?;
        file.write_all(&serde_json::to_vec(&state)?)?;
        file.sync_all()?;
        std::fs::rename(&fresh, &path)?;
        File::open(dir)?.sync_all()
    };
    write().map_err(|e| SignerError::State { path: path.display().to_string(), why: e.to_string() })
}

fn private(path: &Path) -> std::io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Signs the checkpoints of one log.
#[derive(Debug)]
pub struct LogSigner {
    origin: String,
    /// The newest key first; during a rotation the older one signs as well.
    keys: Vec<NoteSigner>,
    dir: PathBuf,
    last: Mutex<Option<Signed>>,
}

impl LogSigner {
    /// Takes the keys (at least one, all named like the origin) and the folder of `signer.state`.
    pub fn open(dir: &Path, origin: &str, keys: Vec<NoteSigner>) -> Result<Self, SignerError> {
        let last = read_state(dir)?;
        if let Some(last) = last.as_ref().filter(|last| last.origin != origin) {
            return Err(SignerError::Origin { origin: origin.to_owned(), found: last.origin.clone() });
        }
        if keys.is_empty() {
            return Err(NoteError::Unknown.into());
        }
        Ok(Self { origin: origin.to_owned(), keys, dir: dir.to_owned(), last: Mutex::new(last) })
    }

    /// Public halves of the keys in use.
    pub fn vkeys(&self) -> Vec<Vkey> {
        self.keys.iter().map(NoteSigner::vkey).collect()
    }

    /// What was signed last.
    pub async fn last(&self) -> Option<Signed> {
        self.last.lock().await.clone()
    }

    /// Signs the ledger's present size, stores the note with it and returns it. The same size again gives the
    /// same note. The memory is durable before anybody sees the signature.
    pub async fn sign(&self, ledger: &dyn Ledger) -> Result<Signed, SignerError> {
        let mut last = self.last.lock().await;
        let mut head = ledger.head().await?;
        let stored = self.stored(ledger).await?;
        if let Some(stored) = stored.as_ref().filter(|s| s.size > head.size) {
            // Another node signed after the head was read.
            head = ledger.head().await?;
            if head.size < stored.size {
                return Err(SignerError::Behind { signed: stored.size, found: head.size });
            }
        }
        for known in last.iter().chain(&stored) {
            if head.size < known.size {
                return Err(SignerError::Behind { signed: known.size, found: head.size });
            }
            let mut nodes = Nodes::new(ledger, head.size);
            if !nodes.continues((known.size, known.root), (head.size, head.root)).await? {
                return Err(SignerError::Forked { signed: known.size });
            }
        }
        if let Some(last) = last.as_ref().filter(|l| l.size == head.size && self.signed_by_all(&l.note)) {
            // A crash between memory and table leaves the table behind.
            if ledger.get_checkpoint(last.size).await?.is_none_or(|(size, _)| size != last.size) {
                ledger.put_checkpoint(last.size, &last.note).await?;
            }
            return Ok(last.clone());
        }
        let text = Checkpoint { origin: self.origin.clone(), size: head.size, root: head.root }.text();
        let mut keys = self.keys.iter();
        let mut note = match keys.next() {
            Some(key) => key.sign(&text)?,
            None => return Err(NoteError::Unknown.into()),
        };
        keys.for_each(|key| note += &key.signature_line(&text));
        let signed = Signed { origin: self.origin.clone(), size: head.size, root: head.root, note };
        write_state(&self.dir, &signed)?;
        *last = Some(signed.clone());
        ledger.put_checkpoint(signed.size, &signed.note).await?;
        Ok(signed)
    }

    /// The newest checkpoint stored with the ledger, where one of the keys in use signed it: on a ledger that
    /// several nodes share it may be another's.
    async fn stored(&self, ledger: &dyn Ledger) -> Result<Option<Signed>, SignerError> {
        let Some((_, note)) = ledger.get_checkpoint(u64::MAX).await? else { return Ok(None) };
        let Ok(parsed) = Note::parse(&note) else { return Ok(None) };
        if parsed.verify(&self.vkeys()).map_or(true, |by| by.is_empty()) {
            return Ok(None);
        }
        let Checkpoint { origin, size, root } = Checkpoint::parse(&parsed.text)?;
        Ok((origin == self.origin).then_some(Signed { origin, size, root, note }))
    }

    /// Whether the note carries all keys in use: after a rotation the same size is signed again.
    fn signed_by_all(&self, note: &str) -> bool {
        let keys = self.vkeys();
        Note::parse(note).and_then(|n| n.verify(&keys)).is_ok_and(|signed| signed.len() == keys.len())
    }
}

#[cfg(test)]
mod tests;
