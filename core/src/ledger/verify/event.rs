//! Headers and chains: rules B0, B1, B2, B3 and B8.

use super::is_system;
use super::report::Findings;
use crate::ledger::hash::{event_hash, leaf};
use crate::ledger::header::Header;
use crate::ledger::port::{Hash, Stored};
use jiff::Timestamp;
use std::collections::HashMap;
use uuid::Uuid;

/// A header that could be read, and its leaf in the tree.
pub(super) struct Checked {
    pub(super) header: Header,
    pub(super) leaf: Hash,
}

struct Tip {
    next_seq: u64,
    /// Hash recomputed from the header.
    hash: Hash,
    /// Hash the table holds beside it; differs only after damage, which was then reported.
    stored: Hash,
    at: Timestamp,
}

/// Where every stream and every command stands.
#[derive(Default)]
pub(super) struct Streams {
    tips: HashMap<Uuid, Tip>,
    /// cause -> (stream, seq of its last event).
    causes: HashMap<Uuid, (Uuid, u64)>,
}

impl Streams {
    pub(super) fn len(&self) -> usize {
        self.tips.len()
    }

    /// Checks one event; `None` where the header cannot be read at all.
    pub(super) fn check(&mut self, stored: &Stored, log: &str, findings: &mut Findings) -> Option<Checked> {
        let mut add = |rule, text: String| findings.add(rule, Some(stored.index), Some(stored.stream), text);
        let hash = event_hash(&stored.header);
        if hash != stored.event_hash {
            add("B2", "Kopf und gespeicherter Ereignis-Hash passen nicht zusammen".into());
        }
        let header = match Header::parse(&stored.header) {
            Ok(header) => header,
            Err(error) => {
                add("B0", error.to_string());
                self.remember(stored.stream, stored.seq, hash, stored.event_hash, None);
                return None;
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
        self.chain(&header, &mut add);
        self.cause(&header, &mut add);
        if stored.index == 0 && !(header.wire == "log.epoch_opened.v1" && is_system(stored, log)) {
            add("B9", "Blatt 0 ist nicht log.epoch_opened.v1 im Systemstrom".into());
        }
        self.remember(header.stream, header.seq, hash, stored.event_hash, Some(header.at));
        Some(Checked { leaf: leaf(&hash), header })
    }

    /// B1, B3.
    fn chain(&self, header: &Header, add: &mut impl FnMut(&'static str, String)) {
        let Some(tip) = self.tips.get(&header.stream) else {
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
        } else if header.prev != tip.hash && header.prev != tip.stored {
            add("B1", "prev ist nicht der Hash des Vorgängers".into());
        }
        if header.at <= tip.at {
            add("B1", "Zeitpunkt liegt nicht nach dem Vorgänger".into());
        }
    }

    /// B8: a command's events stand in one run of one stream.
    fn cause(&mut self, header: &Header, add: &mut impl FnMut(&'static str, String)) {
        let place = (header.stream, header.seq);
        if let Some((stream, last)) = self.causes.insert(header.cause, place)
            && (stream != header.stream || last.checked_add(1) != Some(header.seq))
        {
            add("B8", "derselbe Befehl steht an zwei Stellen".into());
        }
    }

    fn remember(&mut self, stream: Uuid, seq: u64, hash: Hash, stored: Hash, at: Option<Timestamp>) {
        let before = self.tips.get(&stream).map_or(Timestamp::MIN, |tip| tip.at);
        let tip = Tip { next_seq: seq.saturating_add(1), hash, stored, at: at.unwrap_or(before) };
        self.tips.insert(stream, tip);
    }
}
