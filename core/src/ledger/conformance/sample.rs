//! Well-formed batches to probe an engine with: valid headers, chained, told apart by a tag.
//!
//! Deliberately without chance and without secrets: the same tag gives the same bytes.

use crate::ledger::hash::{ZERO, b64u, event_hash, sha256};
use crate::ledger::port::{Append, Hash, KekUse, Prepared, StoredGroup};
use uuid::Uuid;

/// The end of one stream, as its only writer knows it.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    pub stream: Uuid,
    /// Number of events so far.
    pub next: u64,
    /// Hash of the last one.
    pub prev: Hash,
}

impl Probe {
    /// A stream nobody wrote yet; different numbers are different streams.
    pub fn new(number: u64) -> Self {
        let hash = sha256(&[b"probe stream", &number.to_be_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        Self { stream: uuid::Builder::from_custom_bytes(id).into_uuid(), next: 0, prev: ZERO }
    }

    /// `count` events that follow, each with an open group; `tag` tells rival batches apart.
    pub fn batch(&self, count: usize, tag: u64) -> Append {
        self.batch_of(count, tag, &|seq| vec![open(format!("\0tag {tag} seq {seq}").into_bytes())])
    }

    /// The same with given groups per event.
    pub fn batch_of(&self, count: usize, tag: u64, groups: &dyn Fn(u64) -> Vec<StoredGroup>) -> Append {
        let mut prev = self.prev;
        let events = (self.next..self.next + count as u64)
            .map(|seq| {
                let groups = groups(seq);
                let header = header(self.stream, seq, &prev, tag, &groups);
                prev = event_hash(&header);
                Prepared { seq, header, event_hash: prev, groups }
            })
            .collect();
        Append { stream: self.stream, expected: self.next, prev: self.prev, events, kek_uses: Vec::new() }
    }

    /// Takes note of a batch that was stored.
    pub fn advance(&mut self, batch: &Append) {
        if let Some(last) = batch.events.last() {
            (self.next, self.prev) = (last.seq + 1, last.event_hash);
        }
    }
}

/// Group 0.
pub fn open(bytes: Vec<u8>) -> StoredGroup {
    StoredGroup { g: 0, kek_id: None, change: 0, bytes }
}

/// A sealed group.
pub fn sealed(g: u8, kek_id: u64, bytes: Vec<u8>) -> StoredGroup {
    StoredGroup { g, kek_id: Some(kek_id), change: 0, bytes }
}

/// The first use of a key for a subject.
pub fn kek_use(kek_id: u64, subject: &str) -> KekUse {
    KekUse { kek_id, subject: subject.into(), procedure: Uuid::nil(), mac: sha256(&[subject.as_bytes()]) }
}

/// A header as `LEDGER.md` has it: keys in JCS order, one entry of `_sd` per open group, four per sealed one.
fn header(stream: Uuid, seq: u64, prev: &Hash, tag: u64, groups: &[StoredGroup]) -> Vec<u8> {
    let mark = |what: &str, n: u64| {
        let place = [stream.as_bytes().as_slice(), &seq.to_be_bytes(), &tag.to_be_bytes(), &n.to_be_bytes()].concat();
        sha256(&[what.as_bytes(), &place])
    };
    let entries = |g: &StoredGroup| if g.g == 0 { 1 } else { 4 };
    let count: u64 = groups.iter().map(entries).sum();
    let mut digests: Vec<_> = (0..count).map(|n| format!("\"{}\"", b64u(&mark("digest", n)))).collect();
    digests.sort();
    let grp: Vec<_> = groups.iter().map(|g| format!("[{},{}]", g.g, entries(g))).collect();
    let mut cause = [0; 16];
    cause.copy_from_slice(&mark("cause", 0)[..16]);
    let cause = uuid::Builder::from_custom_bytes(cause).into_uuid();
    let (minute, micros) = (seq / 60_000_000 % 60, seq % 60_000_000);
    let (digests, grp, nonce, prev) = (digests.join(","), grp.join(","), b64u(&mark("nonce", 0)[..16]), b64u(prev));
    format!(
        "{{\"_sd\":[{digests}],\"at\":\"2026-11-22T10:{minute:02}:{:02}.{:06}Z\",\"cause\":\"{cause}\",\"corr\":\"{stream}\",\
         \"grp\":[{grp}],\"log\":\"example.org/akte/2026\",\"nonce\":\"{nonce}\",\"prev\":\"{prev}\",\"ret\":\"PROBE\",\
         \"seq\":{seq},\"stream\":\"{stream}\",\"suite\":1,\"type\":\"probe.written.v1\",\"v\":1}}",
        micros / 1_000_000,
        micros % 1_000_000,
    )
    .into_bytes()
}
