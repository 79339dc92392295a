//! What the log says of itself, recomputed from the log: stream heads, manifests, epoch, rotations (rule B9).
//!
//! Erasure events and what they allow are judged by `erasure`.

use super::event::{Heads, Streams};
use super::report::Findings;
use super::trust::Keys;
use crate::ledger::group::Group;
use crate::ledger::hash::{from_b64u, sha256};
use crate::ledger::header::Header;
use crate::ledger::ids::manifest_leaf;
use crate::ledger::merkle::Peaks;
use crate::ledger::note::Vkey;
use crate::ledger::port::{Hash, Ledger, LedgerError, Stored};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

const HEADS: &str = "log.stream_heads.v1";
const PAGE: usize = 1_000;

/// A broken rule in one sentence.
type Wrong = String;

/// What is remembered of system events.
pub(super) struct System {
    log: String,
    /// The log's system stream.
    pub(super) stream: Uuid,
    /// Heads before each index that some event speaks of; filled as the log streams by.
    heads: BTreeMap<u64, Option<Heads>>,
    pub(super) keys: Keys,
    /// SHA-256 of dataset and release -> rows so far.
    releases: HashMap<Hash, (u64, Peaks)>,
    /// The log continues an older one, which was not given.
    continues: bool,
}

impl System {
    /// Reads the system stream ahead, to know at which sizes the heads of all streams are needed.
    pub(super) async fn new(ledger: &dyn Ledger, log: &str, stream: Uuid) -> Result<Self, LedgerError> {
        let (mut heads, mut from) = (BTreeMap::new(), 0);
        loop {
            let page = match ledger.read_stream(stream, from, PAGE).await {
                Ok(page) => page,
                // Named when the log itself is read; heads beyond it cannot be recomputed.
                Err(LedgerError::Corrupt { .. }) => break,
                Err(error) => return Err(error),
            };
            let Some(last) = page.last() else { break };
            from = last.seq.saturating_add(1);
            for stored in &page {
                if Header::parse(&stored.header).is_ok_and(|h| h.wire == HEADS)
                    && let Some(open) = open_group(stored)
                    && let Some(up_to) = number(&open, "/up_to")
                    && up_to <= stored.index
                {
                    heads.insert(up_to, None);
                }
            }
        }
        Ok(Self { log: log.into(), stream, heads, keys: Keys::default(), releases: HashMap::new(), continues: false })
    }

    /// Whether tags are needed at all.
    pub(super) fn wants_heads(&self) -> bool {
        !self.heads.is_empty()
    }

    /// Before the event of this index: keeps the heads of all streams if some event speaks of them.
    pub(super) fn before(&mut self, index: u64, streams: &mut Streams) {
        if let Some(kept) = self.heads.get_mut(&index) {
            *kept = Some(streams.heads());
        }
    }

    /// One event with its open group.
    pub(super) fn check(&mut self, stored: &Stored, header: &Header, open: &Group, findings: &mut Findings) {
        if stored.stream != self.stream {
            self.row(stored.index, open);
            return;
        }
        let checked = match header.wire.as_str() {
            "log.epoch_opened.v1" => self.epoch(stored.index, open, findings),
            "log.key_rotated.v1" => self.rotation(open),
            HEADS => self.stream_heads(stored.index, open, findings),
            "dataset.published.v1" => self.manifest(open),
            "process.position.v1" | "projection.digest.v1" => up_to(stored.index, open).map(|_| ()),
            _ => Ok(()),
        };
        if let Err(wrong) = checked {
            findings.add("B9", Some(stored.index), Some(stored.stream), format!("{}: {wrong}", header.wire));
        }
    }

    /// A row of a dataset counts for the manifest of its release.
    fn row(&mut self, index: u64, open: &Group) {
        if let (Some(dataset), Some(release)) = (text(open, "/dataset"), text(open, "/release")) {
            let (count, rows) = self.releases.entry(release_key(dataset, release)).or_default();
            *count += 1;
            rows.push(manifest_leaf(index), |_, _| ());
        }
    }

    fn epoch(&mut self, index: u64, open: &Group, findings: &mut Findings) -> Result<(), Wrong> {
        if index != 0 {
            return Err("steht nicht an Blatt 0".into());
        }
        if number(open, "/format") != Some(1) {
            return Err("/format ist nicht 1".into());
        }
        if text(open, "/origin") != Some(&self.log) {
            return Err(format!("/origin ist nicht {}", self.log));
        }
        let texts = find(open, "/vkeys").and_then(Value::as_array).ok_or("/vkeys ist keine Liste")?;
        let keys = texts.iter().map(|v| v.as_str().and_then(|text| Vkey::parse(text).ok()));
        let keys: Vec<Vkey> = keys.collect::<Option<_>>().ok_or("/vkeys enthält einen unlesbaren Schlüssel")?;
        if keys.iter().any(|key| key.name != self.log) {
            return Err("/vkeys nennt einen Schlüssel eines anderen Protokolls".into());
        }
        self.keys.opened(keys);
        if find(open, "/old_origin").is_some() {
            self.continues = true;
            findings.unclear("das Protokoll setzt ein älteres fort, das nicht vorliegt".into());
        }
        Ok(())
    }

    fn rotation(&mut self, open: &Group) -> Result<(), Wrong> {
        let key = |pointer| -> Result<Vkey, Wrong> {
            let key = text(open, pointer).and_then(|t| Vkey::parse(t).ok()).filter(|key| key.name == self.log);
            key.ok_or_else(|| format!("{pointer} ist kein Schlüssel dieses Protokolls"))
        };
        let (old, new) = (key("/old_vkey")?, key("/new_vkey")?);
        if !self.keys.named(&old) {
            return Err("der alte Schlüssel war nie einer dieses Protokolls".into());
        }
        let signature = text(open, "/signature").and_then(from_b64u::<64>).ok_or("/signature ist nicht lesbar")?;
        if !old.verify_raw(format!("aktenkette/rotate/v1\n{new}").as_bytes(), &signature) {
            return Err("der alte Schlüssel hat den neuen nicht unterschrieben".into());
        }
        self.keys.rotated(old, new);
        Ok(())
    }

    fn stream_heads(&mut self, index: u64, open: &Group, findings: &mut Findings) -> Result<(), Wrong> {
        let up_to = up_to(index, open)?;
        let (count, root) = count_and_root(open)?;
        let heads = match self.heads.get(&up_to).copied().flatten() {
            Some(heads) if !self.continues => heads,
            _ => {
                findings.unclear(format!("Stromköpfe an Position {index} lassen sich nicht nachrechnen"));
                return Ok(());
            }
        };
        match heads.root {
            _ if heads.count != count => {
                Err(format!("/count ist {count}, das Protokoll hat bis dort {} Ströme", heads.count))
            }
            Ok(recomputed) if recomputed != root => Err("/root ist nicht die Wurzel der Stromköpfe".into()),
            Ok(_) => Ok(()),
            Err(stream) => {
                findings.unclear(format!("Stromköpfe an Position {index}: Kennzeichen des Stroms {stream} unbekannt"));
                Ok(())
            }
        }
    }

    fn manifest(&self, open: &Group) -> Result<(), Wrong> {
        let dataset = text(open, "/dataset").ok_or("/dataset fehlt")?;
        let release = text(open, "/release").ok_or("/release fehlt")?;
        let given = count_and_root(open)?;
        let rows = self.releases.get(&release_key(dataset, release));
        let found = rows.map_or((0, Peaks::default().root()), |(count, rows)| (*count, rows.root()));
        match found == given {
            true => Ok(()),
            false if found.0 != given.0 => Err(format!("/count ist {}, das Protokoll hat {} Zeilen", given.0, found.0)),
            false => Err("/root ist nicht die Wurzel der Zeilen".into()),
        }
    }
}

/// Group 0 of a stored event, where it is there and whole.
pub(super) fn open_group(stored: &Stored) -> Option<Group> {
    let row = stored.groups.iter().find(|g| g.g == 0 && g.bytes.first() == Some(&0))?;
    Group::read(0, row.bytes[1..].to_vec()).ok()
}

fn find<'a>(open: &'a Group, pointer: &str) -> Option<&'a Value> {
    open.values().find(|(p, _, _)| *p == pointer).map(|(_, value, _)| value)
}

fn text<'a>(open: &'a Group, pointer: &str) -> Option<&'a str> {
    find(open, pointer)?.as_str()
}

fn number(open: &Group, pointer: &str) -> Option<u64> {
    find(open, pointer)?.as_u64()
}

/// Tag under which the stream-heads leaf lists a stream, as its first event shows it.
pub(super) fn heads_tag(open: &Group) -> Option<Hash> {
    text(open, "/_heads_tag").and_then(from_b64u)
}

fn up_to(index: u64, open: &Group) -> Result<u64, Wrong> {
    match number(open, "/up_to") {
        Some(up_to) if up_to <= index => Ok(up_to),
        Some(up_to) => Err(format!("/up_to {up_to} liegt hinter der eigenen Position")),
        None => Err("/up_to ist keine Zahl".into()),
    }
}

fn count_and_root(open: &Group) -> Result<(u64, Hash), Wrong> {
    let count = number(open, "/count").ok_or("/count ist keine Zahl")?;
    let root = text(open, "/root").and_then(from_b64u).ok_or("/root ist kein Hash")?;
    Ok((count, root))
}

fn release_key(dataset: &str, release: &str) -> Hash {
    sha256(&[&(dataset.len() as u64).to_be_bytes(), dataset.as_bytes(), release.as_bytes()])
}
