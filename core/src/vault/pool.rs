//! Keys in memory: which key belongs to which subject, which were used lately, which are ready to be given out.
//!
//! Durability is the store's; a key is given out only after the store holds it.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::{AHEAD, store::Store};
use super::{VaultError, random};
use crate::ledger::group::Kek;
use crate::ledger::port::KekUse;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use uuid::Uuid;

/// Keys kept unwrapped: two halves of at most this many.
const CACHED: usize = 50_000;
/// Bits of the counter inside a key id.
pub(super) const COUNTER_BITS: u32 = 40;

#[derive(Debug)]
enum Backing {
    Memory {
        next: u64,
        keks: HashMap<u64, Arc<Kek>>,
    },
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    Stored(Store),
}

/// The vault's working state.
#[derive(Debug)]
pub(super) struct Pool {
    backing: Backing,
    /// subject -> (key id, its row is known to be durable).
    assigned: HashMap<Uuid, (u64, bool)>,
    ready: VecDeque<u64>,
    /// Keys about to be destroyed: they open, but never seal again.
    retired: HashSet<u64>,
    young: HashMap<u64, Arc<Kek>>,
    old: HashMap<u64, Arc<Kek>>,
    warm: bool,
}

impl Pool {
    fn new(backing: Backing, warm: bool) -> Self {
        let (assigned, ready, retired) = (HashMap::new(), VecDeque::new(), HashSet::new());
        Self { backing, assigned, ready, retired, young: HashMap::new(), old: HashMap::new(), warm }
    }

    pub(super) fn memory() -> Self {
        Self::new(Backing::Memory { next: 1, keks: HashMap::new() }, true)
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn stored(store: Store) -> Self {
        Self::new(Backing::Stored(store), false)
    }

    pub(super) fn warm(&mut self, uses: &[KekUse]) {
        self.confirm(uses);
        self.warm = true;
    }

    pub(super) fn confirm(&mut self, uses: &[KekUse]) {
        for row in uses {
            // A subject text that is no UUID belongs to no subject this vault derives.
            let Ok(subject) = Uuid::try_parse(&row.subject) else { continue };
            // A late report of an older key must not push out the one that took its place.
            let newer = self.assigned.get(&subject).is_some_and(|(id, _)| *id > row.kek_id);
            if !newer && !self.retired.contains(&row.kek_id) {
                self.assigned.insert(subject, (row.kek_id, true));
            }
        }
    }

    /// The key of a subject, and whether its row is durable.
    pub(super) fn assign(&mut self, subject: Uuid) -> Result<(Arc<Kek>, bool), VaultError> {
        if !self.warm {
            return Err(VaultError::Cold);
        }
        if let Some((id, confirmed)) = self.assigned.get(&subject).copied()
            && let Some(kek) = self.kek(id)?
        {
            return Ok((kek, confirmed));
        }
        let kek = self.fresh()?;
        self.assigned.insert(subject, (kek.id, false));
        Ok((kek, false))
    }

    /// The next key never given out before. Keys an earlier run left over are not taken up again: one of
    /// them may have sealed an append whose outcome nobody learned.
    fn fresh(&mut self) -> Result<Arc<Kek>, VaultError> {
        match &mut self.backing {
            Backing::Memory { next, keks } => {
                let id = (1 << COUNTER_BITS) + *next;
                *next += 1;
                let mut key = [0; 32];
                random::fill(&mut key)?;
                let kek = Arc::new(Kek::new(id, key));
                keks.insert(id, Arc::clone(&kek));
                Ok(kek)
            }
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            Backing::Stored(_) => self.next_ready(),
        }
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    fn next_ready(&mut self) -> Result<Arc<Kek>, VaultError> {
        self.refresh()?;
        // One more than is made at once: were all of these gone again, something is wrong with the store.
        for _ in 0..=AHEAD {
            let Backing::Stored(store) = &mut self.backing else { break };
            if self.ready.is_empty() {
                self.ready.extend(store.reserve(AHEAD)?);
            }
            let Some(id) = self.ready.front().copied() else { break };
            if !self.young.contains_key(&id) {
                let next = store.first_of(&self.ready)?;
                next.into_iter().for_each(|kek| self.remember(&Arc::new(kek)));
            }
            self.ready.pop_front();
            if let Some(kek) = self.young.get(&id).or_else(|| self.old.get(&id)) {
                return Ok(Arc::clone(kek));
            }
        }
        Err(VaultError::Wrapped)
    }

    /// Before keys from memory are used: none of them may outlive its row for long.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    fn refresh(&mut self) -> Result<(), VaultError> {
        if let Backing::Stored(store) = &mut self.backing
            && store.changed()?
        {
            self.young.clear();
            self.old.clear();
        }
        Ok(())
    }

    pub(super) fn kek(&mut self, id: u64) -> Result<Option<Arc<Kek>>, VaultError> {
        #[cfg(any(feature = "sqlite", feature = "postgres"))]
        self.refresh()?;
        if let Some(kek) = self.young.get(&id) {
            return Ok(Some(Arc::clone(kek)));
        }
        if let Some(kek) = self.old.remove(&id) {
            self.remember(&kek);
            return Ok(Some(kek));
        }
        match &mut self.backing {
            Backing::Memory { keks, .. } => Ok(keks.get(&id).cloned()),
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            Backing::Stored(store) => {
                let found = store.kek(id)?.map(Arc::new);
                if let Some(kek) = &found {
                    self.remember(kek);
                }
                Ok(found)
            }
        }
    }

    /// From now on these keys seal nothing; their subjects get a new one at the next need.
    pub(super) fn retire(&mut self, ids: &[u64]) {
        self.assigned.retain(|_, (id, _)| !ids.contains(id));
        self.retired.extend(ids);
    }

    /// Whether the key is there and is not about to end.
    pub(super) fn lasts(&mut self, id: u64) -> Result<bool, VaultError> {
        Ok(!self.retired.contains(&id) && self.kek(id)?.is_some())
    }

    fn remember(&mut self, kek: &Arc<Kek>) {
        if self.young.len() >= CACHED {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(kek.id, Arc::clone(kek));
    }

    /// Takes in a given key: the worked example.
    #[cfg(test)]
    pub(super) fn hold(&mut self, kek: Kek) {
        self.young.insert(kek.id, Arc::new(kek));
    }

    /// Drops these keys from memory; the store is not asked.
    pub(super) fn forget(&mut self, ids: &[u64]) {
        for id in ids {
            self.young.remove(id);
            self.old.remove(id);
            self.ready.retain(|ready| ready != id);
        }
        self.assigned.retain(|_, (id, _)| !ids.contains(id));
    }

    pub(super) fn destroy(&mut self, ids: &[u64]) -> Result<u64, VaultError> {
        self.forget(ids);
        match &mut self.backing {
            Backing::Memory { keks, .. } => Ok(ids.iter().filter(|id| keks.remove(id).is_some()).count() as u64),
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            Backing::Stored(store) => store.destroy(ids),
        }
    }
}
