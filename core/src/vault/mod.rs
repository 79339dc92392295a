//! The vault: keys, subjects, sealing. A store apart from the ledger; never in the same backup.
//!
//! It does not decide who may read, and it knows no event: [`seal`] and [`open`] only cut and join values.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod files;
mod open;
mod pool;
mod random;
mod reader;
mod seal;
#[cfg(feature = "postgres")]
mod server;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod store;
#[cfg(test)]
mod tests;

pub use crate::ledger::group::Kek;
pub use crate::ledger::ids::LedgerKeys;
pub use open::{DecodeError, OpenError, Recorded, open, open_verified};
pub use random::{Draw, Randomness, SystemRandom};
pub use reader::{ReadError, Reader};
pub use seal::{Cut, SealError, SealInput, reseal, seal, seal_with};
#[cfg(feature = "postgres")]
pub use store::TRUST;

use crate::blocking::in_place;
use crate::ledger::port::KekUse;
use pool::Pool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use tokio::sync::watch;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Keys made durable ahead of need, so that an append needs no flush of the vault.
pub const AHEAD: u64 = 1024;
/// How often a taken pool is looked at before the thread's other tasks are given away: mostly it is taken for the time
/// of a look into a map, and giving tasks away takes far longer.
const SPINS: u32 = 200;

/// Why the vault cannot serve.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    #[error("Tresordatei {0}: {1}")]
    Io(String, String),
    #[error("Tresor: {0}")]
    Storage(String),
    /// Nothing was written and no key given out.
    #[error("Tresor: der Datenträger ist voll")]
    Full,
    /// Another program holds the file; try again.
    #[error("Tresor: wird von einem anderen Programm benutzt")]
    Busy,
    /// The database server does not answer: no key was given out, none from memory may be used; try again.
    #[error("Tresor: {0}")]
    Away(String),
    /// The connection broke while keys were being destroyed or made; repeat it, that is harmless.
    #[error("Tresor: {0}; was davon schon geschehen ist, ist unbekannt. Wiederholen Sie es.")]
    Unknown(String),
    #[error("Andere Konten können die Schlüsseldatei {0} lesen. Führen Sie aus: chmod 600 {0}")]
    KeyFileOpen(String),
    #[error("Die Schlüsseldatei {0} enthält keinen Schlüssel. Spielen Sie sie aus Ihrer Sicherung ein.")]
    KeyFile(String),
    #[error("In {0} gibt es schon einen Tresor; er wird nie überschrieben.")]
    Exists(String),
    #[error("Die Datei {0} fehlt oder ist älter als der Tresor. Stellen Sie mit `akte restore` wieder her.")]
    Generation(String),
    #[error(
        "Der Tresor in der Datenbank ist älter als die Datei {0}. Erhöhen Sie nach einer Wiederherstellung die Generation."
    )]
    Behind(String),
    #[error("Ein Schlüssel lässt sich nicht öffnen: falsche vault.key oder beschädigter Tresor.")]
    Wrapped,
    #[error("the vault has not been told which keys the ledger uses yet (Vault::warm)")]
    Cold,
    #[error("no randomness from the operating system")]
    Random,
}

/// The key of a subject in a procedure, ready to seal with.
#[derive(Clone, Debug)]
pub struct Assigned {
    pub kek: Arc<Kek>,
    /// Subject id, lower-case UUID text.
    pub subject: String,
    /// Row to store with the append; `None` once a success was reported by [`Vault::confirm`].
    pub use_row: Option<KekUse>,
}

/// Keys of a town. Cheap to share behind an `Arc`; all methods may be called from any thread.
#[derive(Debug)]
pub struct Vault {
    keys: LedgerKeys,
    pool: Mutex<Pool>,
    failed: watch::Sender<Option<String>>,
}

impl Vault {
    fn new(keys: LedgerKeys, pool: Pool) -> Self {
        Self { keys, pool: Mutex::new(pool), failed: watch::Sender::new(None) }
    }

    /// Tells when the vault's file failed: after a failed flush nobody knows what is durable, so the
    /// server ends and a new one opens the file afresh. The first reason stays.
    pub fn failed_watch(&self) -> watch::Receiver<Option<String>> {
        self.failed.subscribe()
    }

    fn noted<T>(&self, result: Result<T, VaultError>) -> Result<T, VaultError> {
        if let Err(VaultError::Storage(why)) = &result {
            self.failed.send_if_modified(|failed| failed.is_none().then(|| *failed = Some(why.clone())).is_some());
        }
        result
    }

    /// A vault that forgets everything at the end: for tests and dry runs.
    pub fn in_memory() -> Result<Self, VaultError> {
        let mut keys = [[0; 32]; 4];
        for key in &mut keys {
            random::fill(key)?;
        }
        let [stream, cmd, heads, code] = keys;
        Ok(Self::in_memory_with(LedgerKeys::new(stream, cmd, heads, code)))
    }

    /// Like [`Vault::in_memory`] with given ledger keys: repeatable ids in tests.
    pub fn in_memory_with(keys: LedgerKeys) -> Self {
        Self::new(keys, Pool::memory())
    }

    /// Makes `vault.db`, `vault.key` (mode 0600) and `vault.generation` in `dir`; never overwrites.
    /// `vault.generation` stays outside all backups, like `signer.state`.
    #[cfg(feature = "sqlite")]
    pub fn create(dir: &std::path::Path) -> Result<Self, VaultError> {
        let (keys, store) = files::create(dir)?;
        let mut pool = Pool::stored(store::Store::Sqlite(store));
        pool.warm(&[]);
        Ok(Self::new(keys, pool))
    }

    /// Opens the vault of a data folder. Call [`Vault::warm`] before the first sealing.
    #[cfg(feature = "sqlite")]
    pub fn open(dir: &std::path::Path) -> Result<Self, VaultError> {
        let (keys, store) = files::open(dir)?;
        Ok(Self::new(keys, Pool::stored(store::Store::Sqlite(store))))
    }

    /// Raises the generation in `vault.generation`: required after any restore of vault or ledger, before
    /// serving, so that no key id is given out twice. Returns the new generation.
    #[cfg(feature = "sqlite")]
    pub fn raise_generation(dir: &std::path::Path) -> Result<u64, VaultError> {
        files::raise_generation(dir)
    }

    /// stream_key, cmd_key, heads_key, code_key behind their derivations.
    pub fn keys(&self) -> &LedgerKeys {
        &self.keys
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        for _ in 0..SPINS {
            // The pool changes only by single inserts, so a panic elsewhere leaves it whole.
            match self.pool.try_lock() {
                Ok(pool) => return pool,
                Err(TryLockError::Poisoned(e)) => return e.into_inner(),
                Err(TryLockError::WouldBlock) => std::hint::spin_loop(),
            }
        }
        // Who holds it may be waiting for a server: what needs no key goes on meanwhile.
        in_place(|| self.pool.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells an opened vault which keys the ledger holds (`Ledger::kek_uses`); later rows win.
    pub fn warm(&self, uses: &[KekUse]) {
        self.lock().warm(uses);
    }

    /// Reports that these rows are durable, so that later appends need not carry them.
    /// Optional: engines skip rows they hold.
    pub fn confirm(&self, uses: &[KekUse]) {
        self.lock().confirm(uses);
    }

    /// The key of a subject role in a procedure; a fresh one at first use or after erasure. A refused
    /// append needs no call: the assignment stays in memory and the next try takes the same key.
    pub fn kek_for(&self, role: &str, procedure: Uuid) -> Result<Assigned, VaultError> {
        self.kek_of(self.keys.subject(role, procedure), procedure)
    }

    /// The same for a subject known by its id.
    pub fn kek_of(&self, subject: Uuid, procedure: Uuid) -> Result<Assigned, VaultError> {
        let (kek, confirmed) = self.noted(self.lock().assign(subject))?;
        let subject = subject.to_string();
        let use_row = (!confirmed).then(|| kek.use_row(&subject, procedure));
        Ok(Assigned { kek, subject, use_row })
    }

    /// A key by its id; `None` if it was destroyed or never belonged here.
    pub fn kek(&self, kek_id: u64) -> Result<Option<Arc<Kek>>, VaultError> {
        self.noted(self.lock().kek(kek_id))
    }

    /// Key of a stored document under this KEK.
    pub fn doc_key(&self, kek_id: u64, reference: Uuid) -> Result<Option<Zeroizing<[u8; 32]>>, VaultError> {
        Ok(self.kek(kek_id)?.map(|kek| kek.doc_key(reference)))
    }

    /// Takes keys out of use before their erasure: they still open, but no new event is sealed under them.
    pub fn retire(&self, kek_ids: &[u64]) {
        self.lock().retire(kek_ids);
    }

    /// Whether what is sealed under this key may still be cited: it is there and was not taken out of use.
    pub fn lasts(&self, kek_id: u64) -> Result<bool, VaultError> {
        self.noted(self.lock().lasts(kek_id))
    }

    /// Drops keys from this node's memory because another node destroyed them; the store is not asked.
    pub fn forget(&self, kek_ids: &[u64]) {
        self.lock().forget(kek_ids);
    }

    /// Destroys keys for ever, on disk and in memory; returns how many existed. The ledger must hold the
    /// durable `erasure.requested` before: never destroy first and log second.
    pub fn destroy(&self, kek_ids: &[u64]) -> Result<u64, VaultError> {
        self.noted(self.lock().destroy(kek_ids))
    }
}

/// A vault lends its keys to the verifier; a store that cannot be read counts as not having the key.
impl crate::ledger::verify::KeySource for Vault {
    fn kek(&self, kek_id: u64) -> Option<Arc<Kek>> {
        Vault::kek(self, kek_id).ok().flatten()
    }

    fn heads_tag(&self, stream: Uuid) -> Option<crate::ledger::Hash> {
        Some(self.keys.heads_tag(stream))
    }
}
