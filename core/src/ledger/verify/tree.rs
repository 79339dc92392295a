//! The tree: root, tiles and checkpoints, recomputed from the headers (rules B2 and B7).

use super::report::Findings;
use crate::ledger::merkle::{Frontier, TileRow};
use crate::ledger::note::{Checkpoint, Note};
use crate::ledger::port::{Hash, Head, Ledger, LedgerError};
use std::collections::BTreeMap;

/// The log as recomputed so far.
#[derive(Default)]
pub(super) struct Tree {
    frontier: Frontier,
    tiles: Vec<TileRow>,
    /// Stored checkpoints by size, each with its root, `None` where the note cannot be read.
    checkpoints: BTreeMap<u64, Option<Hash>>,
    /// Sizes at which the recomputed root differs from a checkpoint's.
    differing: Vec<u64>,
    /// A leaf is unknown: its rule was reported, root and tiles cannot be compared.
    broken: bool,
}

impl Tree {
    /// Reads the stored checkpoints, newest first.
    pub(super) async fn new(ledger: &dyn Ledger) -> Result<Self, LedgerError> {
        let mut tree = Self::default();
        let mut max = u64::MAX;
        while let Some((size, note)) = ledger.get_checkpoint(max).await? {
            let read = Note::parse(&note).ok().and_then(|note| Checkpoint::parse(&note.text).ok());
            tree.checkpoints.insert(size, read.filter(|c| c.size == size).map(|c| c.root));
            let Some(before) = size.checked_sub(1) else { break };
            max = before;
        }
        Ok(tree)
    }

    pub(super) fn push(&mut self, leaf: Hash) {
        self.tiles.extend(self.frontier.push(leaf));
        let size = self.frontier.size();
        if let Some(root) = self.checkpoints.get(&size)
            && *root != Some(self.frontier.root())
        {
            self.differing.push(size);
        }
    }

    /// A leaf is unknown: its rule was reported, root and tiles cannot be compared.
    pub(super) fn broken(&mut self) {
        self.broken = true;
    }

    /// Root over the events read so far.
    pub(super) fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Compares with what is stored; without a readable head, which is a finding already, nothing can be.
    pub(super) async fn check(
        &self,
        ledger: &dyn Ledger,
        head: Option<Head>,
        findings: &mut Findings,
    ) -> Result<(), LedgerError> {
        let Some(Head { size, root }) = head.filter(|_| !self.broken) else { return Ok(()) };
        for tile in &self.tiles {
            let stored = findings.damage("B2", ledger.tile(tile.level, tile.n).await)?.flatten();
            if stored.as_deref() != Some(&tile.hashes[..]) {
                let first = tile.n << (8 * (u32::from(tile.level) + 1));
                findings.add("B2", Some(first), None, format!("Kachel {}/{} stimmt nicht", tile.level, tile.n));
            }
        }
        // Where a place is already named, the root differs as a consequence.
        if (self.frontier.size() != size || self.frontier.root() != root) && findings.is_empty() {
            findings.add("B7", None, None, "Wurzel oder Größe des Protokolls stimmt nicht mit den Ereignissen überein");
        }
        for at in &self.differing {
            findings.add("B7", at.checked_sub(1), None, format!("Checkpoint {at}: andere Wurzel oder nicht lesbar"));
        }
        if let Some((at, _)) = self.checkpoints.last_key_value()
            && *at > size
        {
            findings.add(
                "B7",
                None,
                None,
                format!("Checkpoint {at} liegt hinter dem Ende {size}: das Protokoll wurde gekürzt"),
            );
        }
        Ok(())
    }
}
