//! Headers and chains: rules B0, B1, B2, B3 and B8. Keeps some 100 bytes a stream and 24 a command.

use super::lookup::Lookup;
use super::report::Findings;
use crate::ledger::hash::{SUITE, event_hash, leaf};
use crate::ledger::header::{Header, HeaderError};
use crate::ledger::ids::heads_leaf;
use crate::ledger::json::parse_strict;
use crate::ledger::merkle::{Peaks, leaf_hash};
use crate::ledger::port::{Hash, Stored};
use std::collections::HashMap;
use uuid::Uuid;

/// A header that could be read, and its leaf in the tree.
pub(super) struct Checked {
    pub(super) header: Header,
    pub(super) leaf: Hash,
}

/// Where a stream stands.
struct Tip {
    stream: Uuid,
    next_seq: u64,
    /// Hash recomputed from the header.
    hash: Hash,
    /// Microseconds since 1970.
    at: i64,
    /// Row of the last event's command in `runs`.
    run: usize,
}

/// Cause, and the index its run begins at (big-endian), in the order of the log.
type Run = [u8; 24];

/// Where every stream and every command stands.
pub(super) struct Streams {
    /// Expected `log` of every header.
    system: Uuid,
    tips: Vec<Tip>,
    lookup: Lookup,
    runs: Vec<Run>,
    /// What the table holds beside the tip's header, where it differs: after damage, which was then reported.
    stored: HashMap<Uuid, Hash>,
    /// Tags of the streams, in the order of `tips`; empty where no event needs them.
    tags: Vec<Option<Hash>>,
    /// Rows of `tips` in the order of their tags, as of the last call of [`Streams::heads`].
    by_tag: Vec<u32>,
}

/// The stream heads before an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heads {
    pub(super) count: u64,
    /// A stream without a known tag: the root cannot be recomputed.
    pub(super) root: Result<Hash, Uuid>,
}

impl Streams {
    pub(super) fn new(system: Uuid) -> Self {
        let (tips, runs, tags, by_tag) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { system, tips, lookup: Lookup::default(), runs, stored: HashMap::new(), tags, by_tag }
    }

    pub(super) fn len(&self) -> usize {
        self.tips.len()
    }

    /// Checks one event. `Err` where the header cannot be read: with its leaf if only format or suite are unknown,
    /// so that the tree is compared all the same.
    pub(super) fn check(
        &mut self,
        stored: &Stored,
        log: &str,
        findings: &mut Findings,
    ) -> Result<Checked, Option<Hash>> {
        let mut add = |rule, text: String| findings.add(rule, Some(stored.index), Some(stored.stream), text);
        let hash = event_hash(&stored.header);
        if hash != stored.event_hash {
            add("B2", "Kopf und gespeicherter Ereignis-Hash passen nicht zusammen".into());
        }
        let header = match Header::parse(&stored.header) {
            Ok(header) => header,
            Err(error) => {
                let leaf = match error {
                    // An unknown suite is never a sign of tampering.
                    HeaderError::Suite => {
                        findings.unclear(format!("Position {}: Format oder Suite unbekannt", stored.index));
                        Some(foreign_leaf(stored))
                    }
                    error => {
                        findings.add("B0", Some(stored.index), Some(stored.stream), error.to_string());
                        None
                    }
                };
                let before = self.row(stored.stream).map(|row| &self.tips[row]);
                let (at, run) = before.map_or((i64::MIN, usize::MAX), |tip| (tip.at, tip.run));
                let next_seq = stored.seq.saturating_add(1);
                self.remember(Tip { stream: stored.stream, next_seq, hash, at, run }, stored.event_hash);
                return Err(leaf);
            }
        };
        if header.stream != stored.stream {
            add("B2", format!("steht unter einem anderen Strom als im Kopf ({})", header.stream));
        }
        if header.seq != stored.seq {
            add("B2", format!("steht unter Nummer {}, im Kopf {}", stored.seq, header.seq));
        }
        if header.log != log {
            add("B8", format!("gehört zum Protokoll {}, nicht zu {log}", header.log));
        }
        let before = self.row(header.stream).map(|row| &self.tips[row]);
        self.chain(&header, before, &mut add);
        if stored.index == 0 && !(header.wire == "log.epoch_opened.v1" && stored.stream == self.system) {
            add("B9", "Blatt 0 ist nicht log.epoch_opened.v1 im Systemstrom".into());
        }
        let goes_on =
            before.filter(|tip| self.runs.get(tip.run).is_some_and(|run| run[..16] == *header.cause.as_bytes()));
        let run = goes_on.map_or(self.runs.len(), |tip| tip.run);
        if run == self.runs.len() {
            let mut begins = [0; 24];
            begins[..16].copy_from_slice(header.cause.as_bytes());
            begins[16..].copy_from_slice(&stored.index.to_be_bytes());
            self.runs.push(begins);
        }
        let (next_seq, at) = (header.seq.saturating_add(1), header.at.as_microsecond());
        self.remember(Tip { stream: header.stream, next_seq, hash, at, run }, stored.event_hash);
        Ok(Checked { leaf: leaf(&hash), header })
    }

    /// B1, B3.
    fn chain(&self, header: &Header, tip: Option<&Tip>, add: &mut impl FnMut(&'static str, String)) {
        let Some(tip) = tip else {
            if header.seq != 0 {
                add("B1", format!("Strom beginnt mit Nummer {} statt 0", header.seq));
            } else if header.prev != [0; 32] {
                add("B1", "erstes Ereignis verweist auf einen Vorgänger".into());
            }
            return;
        };
        if header.seq < tip.next_seq {
            add("B3", format!("Nummer {} gibt es zweimal", header.seq));
        } else if header.seq > tip.next_seq {
            add("B1", format!("Lücke im Strom: Nummer {} statt {}", header.seq, tip.next_seq));
        } else if header.prev != tip.hash && self.stored.get(&header.stream) != Some(&header.prev) {
            add("B1", "prev ist nicht der Hash des Vorgängers".into());
        }
        if header.at.as_microsecond() <= tip.at {
            add("B1", "Zeitpunkt liegt nicht nach dem Vorgänger".into());
        }
    }

    /// B8, once the whole log was read: a command's events stand in one run of one stream.
    pub(super) fn check_causes(&mut self, findings: &mut Findings) {
        self.runs.sort_unstable();
        for pair in self.runs.windows(2).filter(|pair| pair[0][..16] == pair[1][..16]) {
            let index = pair[1].last_chunk::<8>().map(|index| u64::from_be_bytes(*index));
            findings.add("B8", index, None, "derselbe Befehl steht an zwei Stellen");
        }
        self.runs = Vec::new();
    }

    /// Remembers the tag of a stream for [`Streams::heads`].
    pub(super) fn set_tag(&mut self, stream: Uuid, tag: Option<Hash>) {
        if let Some(row) = self.row(stream) {
            self.tags.resize(self.tips.len().max(row + 1), None);
            self.tags[row] = tag;
        }
    }

    /// Count and root over the heads of all streams read so far, sorted by tag.
    pub(super) fn heads(&mut self) -> Heads {
        let count = self.tips.len() as u64;
        self.tags.resize(self.tips.len(), None);
        if let Some(row) = self.tags.iter().position(Option::is_none) {
            return Heads { count, root: Err(self.tips[row].stream) };
        }
        // Streams only come in: what was sorted stays sorted, and the sort knows sorted runs.
        self.by_tag.extend(self.by_tag.len() as u32..self.tips.len() as u32);
        self.by_tag.sort_by(|a, b| self.tags[*a as usize].cmp(&self.tags[*b as usize]));
        let mut peaks = Peaks::default();
        for row in &self.by_tag {
            let (tip, tag) = (&self.tips[*row as usize], self.tags[*row as usize].unwrap_or_default());
            peaks.push(heads_leaf(&tag, tip.next_seq.saturating_sub(1), &tip.hash), |_, _| ());
        }
        Heads { count, root: Ok(peaks.root()) }
    }

    fn row(&self, stream: Uuid) -> Option<usize> {
        self.lookup.find(stream.as_bytes(), |row| *self.tips[row].stream.as_bytes())
    }

    fn remember(&mut self, tip: Tip, stored: Hash) {
        if stored == tip.hash {
            self.stored.remove(&tip.stream);
        } else {
            self.stored.insert(tip.stream, stored);
        }
        match self.row(tip.stream) {
            Some(row) => self.tips[row] = tip,
            None => {
                let tips = &self.tips;
                self.lookup.push(tip.stream.as_bytes(), |row| *tips[row].stream.as_bytes());
                self.tips.push(tip);
            }
        }
    }
}

/// Leaf of an event whose suite this program does not know: its entry is the suite byte and the stored hash.
fn foreign_leaf(stored: &Stored) -> Hash {
    let header = parse_strict(&stored.header).ok();
    let suite = header.and_then(|h| h.get("suite")?.as_u64()).and_then(|s| u8::try_from(s).ok()).unwrap_or(SUITE);
    leaf_hash(&[&[suite], stored.event_hash.as_slice()].concat())
}
