//! The steps between request and confirmation, each harmless when repeated, and the replay after a restore.
//!
//! A key is destroyed only when what remains under it was sealed anew; nothing is destroyed that was not requested.

use super::freigabe::Freigabe;
use super::{Erasure, fault};
use crate::documents::DocError;
use crate::execute::call::ExecuteError;
use crate::execute::house::House;
use crate::ledger::group::{Place, open};
use crate::ledger::header::Header;
use crate::ledger::port::{Stored, StoredGroup};
use crate::loeschung::{Archiv, Grund};
use crate::vault::{Assigned, reseal};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A backup that still exists and may be restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aufbewahrt {
    /// Change number of the ledger when it was made.
    pub change: u64,
    pub lapses_at: Timestamp,
}

/// The steps in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Schritt {
    /// What remains under the keys is sealed anew, documents included.
    Umgesiegelt,
    Schluessel,
    Gruppen,
    Dokumente,
    /// Rows and words in the views.
    Sichten,
    Entwuerfe,
    /// The ledger file rewritten, where an open group was erased.
    Verdichtet,
    Bestaetigt,
}

impl Schritt {
    /// All steps, first one first.
    pub const ALLE: [Schritt; 8] = [
        Self::Umgesiegelt,
        Self::Schluessel,
        Self::Gruppen,
        Self::Dokumente,
        Self::Sichten,
        Self::Entwuerfe,
        Self::Verdichtet,
        Self::Bestaetigt,
    ];
}

/// How far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ausgang {
    /// Keys, groups and documents are gone.
    Vernichtet,
    /// Groups and documents are gone; the key waits until no backup needs it.
    Wartet { bis: Timestamp },
    /// Stopped after the step asked for (tests of resuming).
    Angehalten,
}

impl House {
    /// Destroys what the request names. `kept`: backups that may still be restored. `halt`: stop after this step.
    pub async fn erase_stored(
        &self,
        e: &Erasure,
        kept: &[Aufbewahrt],
        halt: Option<Schritt>,
    ) -> Result<Ausgang, ExecuteError> {
        let _turn = self.erasing.lock().await;
        // Whoever hands in a list of its own destroys nothing: what counts is what the log says was requested.
        let known = self.erasures().await?;
        if !known.iter().any(|k| k.idx == e.idx && k.targets == e.targets) {
            return Err(fault("Das ist so nicht angeordnet; es wird nichts vernichtet"));
        }
        let keks = e.keks();
        self.take_out_of_use(&keks).await?;
        let mut alive = Vec::new();
        for id in &keks {
            if self.vault.kek(*id)?.is_some() {
                alive.push(*id);
            }
        }
        let resealed = if alive.is_empty() { 0 } else { self.reseal_rest(e, &alive).await? };
        if halt == Some(Schritt::Umgesiegelt) {
            return Ok(Ausgang::Angehalten);
        }
        let now = self.clock.now();
        let needs = |b: &&Aufbewahrt| b.lapses_at > now && b.change < resealed;
        let until = kept.iter().filter(needs).map(|b| b.lapses_at).max();
        if until.is_none() {
            self.destroy(&keks).await?;
        }
        if halt == Some(Schritt::Schluessel) {
            return Ok(Ausgang::Angehalten);
        }
        self.ledger.erase_groups(&e.groups()).await.map_err(fault)?;
        if halt == Some(Schritt::Gruppen) {
            return Ok(Ausgang::Angehalten);
        }
        for reference in e.refs() {
            self.documents.delete(reference).await.map_err(fault)?;
        }
        if halt == Some(Schritt::Dokumente) {
            return Ok(Ausgang::Angehalten);
        }
        Ok(until.map_or(Ausgang::Vernichtet, |bis| Ausgang::Wartet { bis }))
    }

    async fn destroy(&self, keks: &[u64]) -> Result<(), ExecuteError> {
        if keks.is_empty() {
            return Ok(());
        }
        let (vault, keks) = (self.vault.clone(), keks.to_vec());
        let done = tokio::task::spawn_blocking(move || vault.destroy(&keks)).await;
        done.map_err(|_| fault("Abbruch beim Vernichten der Schlüssel"))?.map_err(fault).map(|_| ())
    }

    /// Seals everything anew that these keys hold and no request names. Returns the highest change number of
    /// what was ever sealed anew for these subjects, 0 if nothing was: a backup below it still needs the keys.
    async fn reseal_rest(&self, e: &Erasure, keks: &[u64]) -> Result<u64, ExecuteError> {
        let procedures = self.procedures_of(e).await?;
        let mut subject_of: BTreeMap<u64, Uuid> = BTreeMap::new();
        for p in &procedures {
            let uses = self.ledger.kek_uses_of(*p).await.map_err(fault)?;
            subject_of.extend(uses.iter().filter_map(|u| Some((u.kek_id, Uuid::try_parse(&u.subject).ok()?))));
        }
        let ending: BTreeSet<Uuid> = keks.iter().filter_map(|id| subject_of.get(id).copied()).collect();
        let mut named: BTreeSet<(u64, u8)> = e.groups().into_iter().collect();
        named.extend(self.erasures().await?.iter().flat_map(Erasure::groups));
        let gone = e.refs();
        let mut highest = 0;
        for (stored, header) in self.events_of(&procedures).await? {
            for row in stored.groups.iter().filter(|row| !named.contains(&(stored.index, row.g))) {
                let Some(id) = row.kek_id else { continue };
                self.move_documents(&header, row, keks, &gone, &subject_of).await?;
                let Some(subject) = subject_of.get(&id).filter(|s| ending.contains(s)) else { continue };
                highest = highest.max(row.change);
                if keks.contains(&id) {
                    let new = self.vault.kek_of(*subject, header.corr)?;
                    highest = highest.max(self.reseal_row(&stored, &header, row, &new).await?);
                }
            }
        }
        Ok(highest)
    }

    /// Documents that stay but lie under an ending key move to the new key of the same subject.
    async fn move_documents(
        &self,
        header: &Header,
        row: &StoredGroup,
        keks: &[u64],
        gone: &BTreeSet<Uuid>,
        subject_of: &BTreeMap<u64, Uuid>,
    ) -> Result<(), ExecuteError> {
        for wert in self.cited(header, row)?.iter().filter(|w| !gone.contains(&w.reference)) {
            let id = match self.documents.kek_id(wert.reference).await {
                Ok(id) => id,
                Err(DocError::NotFound(_)) => continue,
                Err(e) => return Err(fault(e)),
            };
            let (true, Some(subject)) = (keks.contains(&id), subject_of.get(&id)) else { continue };
            let Some(old) = self.vault.kek(id)? else { continue };
            let new = self.vault.kek_of(*subject, header.corr)?.kek;
            let (from, to) = ((id, old.key()), (new.id, new.key()));
            self.documents.reseal(wert, from, to).await.map_err(fault)?;
        }
        Ok(())
    }

    /// Returns the change number the row has now.
    async fn reseal_row(
        &self,
        stored: &Stored,
        header: &Header,
        row: &StoredGroup,
        new: &Assigned,
    ) -> Result<u64, ExecuteError> {
        let Some(old) = row.kek_id.map(|id| self.vault.kek(id)).transpose()?.flatten() else {
            return Ok(0);
        };
        let place = Place { log: &header.log, stream: header.stream, seq: header.seq };
        let group = open(row, &place, Some(&old)).map_err(fault)?;
        let anew = reseal(&group, &place, &new.kek).map_err(fault)?;
        self.ledger.reseal(stored.index, anew, new.use_row.clone()).await.map_err(fault)?;
        if let Some(used) = &new.use_row {
            self.vault.confirm(std::slice::from_ref(used));
        }
        let now = self.ledger.read_all(stored.index, 1).await.map_err(fault)?;
        let row = now.iter().flat_map(|e| &e.groups).find(|r| r.g == row.g);
        Ok(row.map_or(0, |r| r.change))
    }

    /// Whether anything of an erasure is still stored. Looks up its own keys, rows and files, nothing else.
    async fn leftover(&self, e: &Erasure) -> Result<bool, ExecuteError> {
        for id in e.keks() {
            if self.vault.kek(id)?.is_some() {
                return Ok(true);
            }
        }
        if !self.ledger.present(&e.groups()).await.map_err(fault)?.is_empty() {
            return Ok(true);
        }
        for reference in e.refs() {
            if self.documents.exists(reference).await.map_err(fault)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Erasures of this log that still have something to do: not confirmed, or brought back by a restore.
    pub async fn erasures_to_do(&self) -> Result<Vec<Erasure>, ExecuteError> {
        let mut out = Vec::new();
        for e in self.erasures().await? {
            if e.confirmed.is_none() || self.leftover(&e).await? {
                out.push(e);
            }
        }
        Ok(out)
    }

    /// Carries out again what a restored vault, ledger or folder brought back: every request of this log, and
    /// those `known` from a newer copy or mirror, which are requested anew here. To be called before serving;
    /// cheap where nothing is to do. Views, drafts and confirmations follow in the next pass. Returns what it did.
    pub async fn replay_erasures(&self, known: &[Erasure]) -> Result<Vec<Erasure>, ExecuteError> {
        let own = self.erasures().await?;
        let size = self.ledger.head().await.map_err(fault)?.size;
        for foreign in known.iter().filter(|k| !own.iter().any(|o| o.idx == k.idx && o.targets == k.targets)) {
            let mut targets = foreign.targets.clone();
            targets.retain(|t| t.log == self.log && t.idx < size);
            if !targets.is_empty() {
                let key = format!("nachgeholt-{}-{}", foreign.log, foreign.idx);
                let words = Grund::lesen(&foreign.reason).zip(Archiv::lesen(&foreign.archive));
                let words = words.ok_or_else(|| fault("Eine Löschung nennt keinen bekannten Grund"))?;
                self.write_request(targets, words, None, &key, &Freigabe::nachgeholt()).await?;
            }
        }
        let todo = self.erasures_to_do().await?;
        for e in &todo {
            // A confirmed one waited for its backups before. An open one may have to wait still: the list of
            // backups is known to the next pass, not here.
            let for_ever = [Aufbewahrt { change: 0, lapses_at: Timestamp::MAX }];
            let kept = if e.confirmed.is_some() { &[][..] } else { &for_ever };
            self.erase_stored(e, kept, None).await?;
        }
        Ok(todo)
    }
}
