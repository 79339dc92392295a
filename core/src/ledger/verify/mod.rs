//! The verifier: re-hashes every value, chain and tree, and names the first broken rule with its place.
//!
//! Reads through the port only, repairs nothing, and never re-serialises what it verifies
//! (`LEDGER.md`, rules B0-B9 and verdicts).

mod erasure;
mod event;
pub mod log_dir;
mod lookup;
mod payload;
pub mod receipt;
mod report;
mod system;
mod tree;
mod trust;
mod uses;

pub use report::{Counts, Newest, Report, Verdict, Violation};
pub use trust::{Outside, Trust};

use super::group::{Group, Kek};
use super::header::Header;
use super::port::{Hash, Head, Ledger, LedgerError};
use super::{ids, port::Stored};
use async_trait::async_trait;
use event::Streams;
use payload::Payloads;
use report::Findings;
use serde_json::Value;
use std::sync::Arc;
use system::System;
use tree::Tree;
use uses::Uses;
use uuid::Uuid;

/// Events read at once: bounds memory, not correctness.
const PAGE: usize = 2_000;

/// Where keys come from; no source at all means sealed groups count as locked.
pub trait KeySource: Send + Sync {
    /// The key, or `None` if this vault does not have it (never had it, or it was destroyed).
    fn kek(&self, kek_id: u64) -> Option<Arc<Kek>>;
    /// Tag of the stream in the stream-heads leaf, where the vault holds heads_key.
    fn heads_tag(&self, _stream: Uuid) -> Option<Hash> {
        None
    }
}

/// Checks that a document a payload value points to is there and matches its commitment.
#[async_trait]
pub trait DocumentSource: Send + Sync {
    async fn check(&self, value: &Value) -> Result<(), DocumentFault>;
    /// Whether anything is stored under this reference.
    async fn exists(&self, reference: Uuid) -> bool;
}

/// Why a cited document cannot be read; the reason in plain German.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentFault {
    /// Absent, or its key is: allowed only by an erasure.
    Missing(String),
    /// There, but not what the event commits to.
    Altered(String),
}

/// What the verifier is given besides the ledger.
pub struct Given<'a> {
    /// Pinned origin of the log.
    pub log: &'a str,
    pub keys: Option<&'a dyn KeySource>,
    pub documents: Option<&'a dyn DocumentSource>,
    /// Whose signatures under checkpoints count.
    pub trust: Trust<'a>,
    /// Checkpoints from elsewhere, each of which must be a beginning of this log.
    pub outside: &'a [Outside],
    /// Called with (events done, events in all).
    pub progress: &'a (dyn Fn(u64, u64) + Send + Sync),
}

impl<'a> Given<'a> {
    /// Only the ledger and its origin: no keys, no documents, nothing from elsewhere.
    pub fn only(log: &'a str) -> Self {
        Self { log, keys: None, documents: None, trust: Trust::Log, outside: &[], progress: &|_, _| {} }
    }
}

/// Everything the rules remember while the log streams by.
struct Run<'a> {
    given: &'a Given<'a>,
    findings: Findings,
    streams: Streams,
    payloads: Payloads,
    system: System,
    tree: Tree<'a>,
    counts: Counts,
}

/// Verifies the whole ledger; storage errors that are not damage of the data come back as errors.
pub async fn verify(ledger: &dyn Ledger, given: Given<'_>) -> Result<Report, LedgerError> {
    let mut findings = Findings::default();
    // Beside a running server the ledger grows: checkpoints are read before the head, so that none lies behind
    // it, and first uses of keys after it, so that none is missing.
    let tree = Tree::new(ledger, given.outside).await?;
    // Without a readable head the log is read as far as it goes.
    let head = findings.damage("B7", ledger.head().await)?;
    let size = head.map_or(u64::MAX, |head| head.size);
    let uses = findings.damage("B5", ledger.kek_uses().await)?.unwrap_or_default();
    let system = System::new(ledger, given.log, ids::system_stream(given.log)).await?;
    let mut run = Run {
        given: &given,
        findings,
        streams: Streams::new(system.stream),
        payloads: Payloads::new(Uses::new(uses)),
        system,
        tree,
        counts: Counts::default(),
    };
    let mut next = 0;
    while next < size {
        match ledger.read_all(next, PAGE).await {
            Ok(page) if page.is_empty() => break,
            Ok(page) => {
                for stored in &page {
                    if stored.index != next {
                        run.gap(next, stored.index);
                    }
                    run.event(stored);
                    next = stored.index.saturating_add(1);
                }
                run.documents().await;
                run.tree.check_tiles(ledger, &mut run.findings).await?;
            }
            Err(LedgerError::Corrupt { index, reason }) => {
                run.findings.add("B2", Some(index), None, format!("nicht lesbar: {reason}"));
                next = index.max(next).saturating_add(1);
            }
            Err(error) => return Err(error),
        }
        (given.progress)(next.min(size), head.map_or(next, |head| head.size));
    }
    if let Some(head) = head.filter(|head| next < head.size) {
        run.gap(next, head.size);
    }
    if let Some(head) = head {
        run.later_requests(ledger, head.size).await?;
    }
    run.finish(ledger, head, next).await
}

impl Run<'_> {
    /// B2, B4: indices are dense.
    fn gap(&mut self, from: u64, to: u64) {
        self.findings.add("B2", Some(from), None, format!("Ereignis fehlt (Lücke bis {to})"));
        self.tree.broken();
    }

    fn event(&mut self, stored: &Stored) {
        self.counts.events += 1;
        self.system.before(stored.index, &mut self.streams);
        let checked = match self.streams.check(stored, self.given.log, &mut self.findings) {
            Ok(checked) => checked,
            Err(Some(leaf)) => return self.tree.push(leaf),
            Err(None) => return self.tree.broken(),
        };
        self.tree.push(checked.leaf);
        let (header, given) = (&checked.header, self.given);
        let open = self.payloads.check(stored, header, given, &mut self.counts, &mut self.findings);
        if header.seq == 0 && self.system.wants_heads() {
            self.tag(stored, open.as_ref());
        }
        if let Some(open) = open {
            self.system.check(stored, header, &open, &mut self.findings);
        }
    }

    /// Beside a running server: what was asked to be erased since the head was read explains what is gone by now.
    async fn later_requests(&mut self, ledger: &dyn Ledger, size: u64) -> Result<(), LedgerError> {
        let mut from = 0;
        loop {
            let page = match ledger.read_stream(self.system.stream, from, PAGE).await {
                Ok(page) => page,
                // Named where the log itself was read.
                Err(LedgerError::Corrupt { .. }) => return Ok(()),
                Err(error) => return Err(error),
            };
            let Some(last) = page.last() else { return Ok(()) };
            from = last.seq.saturating_add(1);
            for stored in page.iter().filter(|stored| stored.index >= size) {
                let asked = Header::parse(&stored.header).is_ok_and(|h| h.wire == "erasure.requested.v1");
                if let (true, Some(open)) = (asked, system::open_group(stored)) {
                    let (wire, findings) = ("erasure.requested.v1", &mut self.findings);
                    self.payloads.erasures.event(stored.index, wire, &open, self.given, findings);
                }
            }
        }
    }

    /// B9: the tag a stream shows is the one heads_key gives; without the key it is taken as shown.
    fn tag(&mut self, stored: &Stored, open: Option<&Group>) {
        let shown = open.and_then(system::heads_tag);
        let derived = self.given.keys.and_then(|keys| keys.heads_tag(stored.stream));
        if open.is_some() && derived.is_some() && shown != derived {
            let (index, stream) = (Some(stored.index), Some(stored.stream));
            self.findings.add("B9", index, stream, "/_heads_tag ist nicht das Kennzeichen des Stroms");
        }
        self.streams.set_tag(stored.stream, derived.or(shown));
    }

    /// Documents cited by the page just read.
    async fn documents(&mut self) {
        for cited in self.payloads.take_documents() {
            let Some(documents) = self.given.documents else { continue };
            self.counts.documents += 1;
            if let Err(fault) = documents.check(&cited.value).await {
                self.payloads.erasures.document(&cited, fault, &mut self.findings);
            }
        }
    }

    /// B6: what a confirmed erasure took is not stored.
    async fn erased_documents(&mut self) {
        let Some(documents) = self.given.documents else { return };
        for (request, reference) in self.payloads.erasures.gone() {
            if documents.exists(reference).await {
                let text = format!("Dokument {reference} ist als gelöscht bestätigt, aber vorhanden");
                self.findings.add("B6", Some(request), None, text);
            }
        }
    }

    async fn finish(mut self, ledger: &dyn Ledger, head: Option<Head>, read: u64) -> Result<Report, LedgerError> {
        self.tree.check_head(head, &mut self.findings);
        let signed = (self.given.log, self.given.trust, &self.system.keys);
        self.tree.check_notes(ledger, signed, &mut self.findings).await?;
        self.streams.check_causes(&mut self.findings);
        self.payloads.erasures.check(&mut self.counts, &mut self.findings);
        self.erased_documents().await;
        if let Some(keys) = self.given.keys {
            self.payloads.check_uses(keys, &mut self.findings);
        }
        let strays = ledger.strays().await;
        for stray in self.findings.damage("B4", strays)?.unwrap_or_default() {
            self.findings.add("B4", stray.index, stray.stream, stray.what);
        }
        self.counts.streams = self.streams.len() as u64;
        let Head { size, root } = head.unwrap_or(Head { size: read, root: self.tree.root() });
        Ok(self.findings.report(self.counts, size, root))
    }
}

/// System events count only in the log's own system stream.
pub(super) fn is_system(stored: &Stored, log: &str) -> bool {
    stored.stream == ids::system_stream(log)
}
