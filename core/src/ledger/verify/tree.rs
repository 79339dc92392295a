//! The tree: root, tiles and checkpoints, recomputed from the headers (rules B2 and B7).

use super::report::{Findings, Newest};
use super::trust::{Keys, Outside, Trust, Worth, judge};
use crate::ledger::merkle::{Frontier, TileRow};
use crate::ledger::note::{Checkpoint, Note};
use crate::ledger::port::{Hash, Head, Ledger, LedgerError};

/// A root that somebody vouches for.
struct Expected {
    size: u64,
    root: Hash,
    /// `None`: stored in the ledger; else the place in [`Tree::outside`].
    source: Option<u32>,
    /// Whether the recomputed root is the same; `None` while the log is shorter.
    same: Option<bool>,
}

/// The log as recomputed so far.
pub(super) struct Tree<'a> {
    frontier: Frontier,
    /// Full since the last comparison.
    tiles: Vec<TileRow>,
    /// Ascending by size.
    expected: Vec<Expected>,
    next: usize,
    /// Largest size of a stored checkpoint when the run began.
    stored: Option<u64>,
    outside: &'a [Outside],
    /// A leaf is unknown: its rule was reported, root and tiles cannot be compared.
    broken: bool,
}

impl<'a> Tree<'a> {
    /// Reads the stored checkpoints and those from outside; of each only size and root are kept.
    pub(super) async fn new(ledger: &dyn Ledger, outside: &'a [Outside]) -> Result<Self, LedgerError> {
        let mut expected = Vec::new();
        for (source, one) in outside.iter().enumerate() {
            if let Some(Checkpoint { size, root, .. }) = read(&one.note) {
                expected.push(Expected { size, root, source: Some(source as u32), same: None });
            }
        }
        let (mut stored, mut largest) = (Stored { ledger, max: Some(u64::MAX) }, None);
        // What cannot be read is reported when the signatures are checked.
        while let Some((size, note)) = stored.next(&mut Findings::default()).await? {
            largest = largest.or(Some(size));
            if let Some(Checkpoint { root, .. }) = read(&note).filter(|c| c.size == size) {
                expected.push(Expected { size, root, source: None, same: None });
            }
        }
        expected.sort_by_key(|e| e.size);
        let (frontier, tiles) = (Frontier::default(), Vec::new());
        let mut tree = Self { frontier, tiles, expected, next: 0, stored: largest, outside, broken: false };
        tree.compare();
        Ok(tree)
    }

    pub(super) fn push(&mut self, leaf: Hash) {
        self.tiles.extend(self.frontier.push(leaf));
        self.compare();
    }

    fn compare(&mut self) {
        while let Some(expected) = self.expected.get_mut(self.next).filter(|e| e.size <= self.frontier.size()) {
            expected.same = Some(expected.root == self.frontier.root());
            self.next += 1;
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

    /// Compares the tiles that have become full since the last call.
    pub(super) async fn check_tiles(
        &mut self,
        ledger: &dyn Ledger,
        findings: &mut Findings,
    ) -> Result<(), LedgerError> {
        for tile in std::mem::take(&mut self.tiles) {
            if self.broken {
                continue;
            }
            let stored = findings.damage("B2", ledger.tile(tile.level, tile.n).await)?.flatten();
            if stored.as_deref() != Some(&tile.hashes[..]) {
                let first = tile.n << (8 * (u32::from(tile.level) + 1));
                findings.add("B2", Some(first), None, format!("Kachel {}/{} stimmt nicht", tile.level, tile.n));
            }
        }
        Ok(())
    }

    /// Compares with the stored head; without a readable one, which is a finding already, nothing can be.
    pub(super) fn check_head(&self, head: Option<Head>, findings: &mut Findings) {
        let Some(Head { size, root }) = head.filter(|_| !self.broken) else { return };
        // Where a place is already named, the root differs as a consequence.
        if (self.frontier.size() != size || self.frontier.root() != root) && findings.is_empty() {
            findings.add("B7", None, None, "Wurzel oder Größe des Protokolls stimmt nicht mit den Ereignissen überein");
        }
    }

    /// B7: every checkpoint, stored or from outside, is signed and is a beginning of this log.
    pub(super) async fn check_notes(
        &self,
        ledger: &dyn Ledger,
        (origin, trust, keys): (&str, Trust<'_>, &Keys),
        findings: &mut Findings,
    ) -> Result<(), LedgerError> {
        let forward = keys.forward(trust);
        let retired = keys.with_retired(&forward);
        for (place, one) in self.outside.iter().enumerate() {
            match judge(&one.note, origin, &forward, &retired) {
                // What somebody else keeps may be of another log or damaged: that says nothing of this one.
                Worth::Foreign(why) => findings.unclear(format!("{}: {why}", one.source)),
                worth => self.weigh(worth, (Some(place as u32), &one.source), findings),
            }
        }
        let (mut stored, mut first) = (Stored { ledger, max: self.stored }, true);
        while let Some((size, note)) = stored.next(findings).await? {
            let worth = judge(&note, origin, &forward, &retired);
            if let Worth::Foreign(why) = worth {
                let text = format!("Checkpoint {size}: andere Wurzel oder nicht lesbar ({why})");
                findings.add("B7", size.checked_sub(1), None, text);
                continue;
            }
            if let Worth::Good { checkpoint, .. } = &worth
                && checkpoint.size != size
            {
                findings.add(
                    "B7",
                    size.checked_sub(1),
                    None,
                    format!("Checkpoint {size} nennt die Größe {}", checkpoint.size),
                );
                continue;
            }
            if first && matches!(worth, Worth::Good { newest: false, .. }) {
                findings.unclear(format!("Checkpoint {size}: nur von einem abgelösten Schlüssel unterschrieben"));
            }
            first = false;
            self.weigh(worth, (None, &format!("Checkpoint {size}")), findings);
        }
        if first && matches!(trust, Trust::Pinned(_)) {
            findings.unclear("das Protokoll enthält keinen Checkpoint".into());
        }
        Ok(())
    }

    fn weigh(&self, worth: Worth, (source, name): (Option<u32>, &str), findings: &mut Findings) {
        let (checkpoint, cosigned, newest) = match worth {
            Worth::Good { checkpoint, cosigned, newest } => (checkpoint, cosigned, newest),
            Worth::Forged(key) => {
                return findings.add(
                    "B7",
                    None,
                    None,
                    format!("{name}: die Unterschrift des bekannten Schlüssels {key} ist falsch"),
                );
            }
            Worth::Unknown(why) | Worth::Foreign(why) => return findings.unclear(format!("{name}: {why}")),
        };
        let (size, now) = (checkpoint.size, self.frontier.size());
        let from = self.expected.partition_point(|e| e.size < size);
        let same = self.expected[from..].iter().take_while(|e| e.size == size).find(|e| e.source == source);
        match same.and_then(|e| e.same) {
            _ if self.broken => {}
            Some(true) if newest => findings.newest(Newest { size, cosigned }),
            Some(true) => {}
            Some(false) => {
                let text = format!(
                    "{name}: bei Größe {size} ist die unterschriebene Wurzel eine andere als die des Protokolls"
                );
                findings.add("B7", size.checked_sub(1), None, text);
            }
            None => {
                let text = format!("{name} liegt bei Größe {size} hinter dem Ende {now}: das Protokoll wurde gekürzt");
                findings.add("B7", None, None, text);
            }
        }
    }
}

fn read(note: &str) -> Option<Checkpoint> {
    Note::parse(note).and_then(|note| Checkpoint::parse(&note.text)).ok()
}

/// Stored checkpoints, newest first.
struct Stored<'a> {
    ledger: &'a dyn Ledger,
    max: Option<u64>,
}

impl Stored<'_> {
    async fn next(&mut self, findings: &mut Findings) -> Result<Option<(u64, String)>, LedgerError> {
        let Some(max) = self.max else { return Ok(None) };
        let found = findings.damage("B7", self.ledger.get_checkpoint(max).await)?.flatten();
        self.max = found.as_ref().and_then(|(size, _)| size.checked_sub(1));
        Ok(found)
    }
}
