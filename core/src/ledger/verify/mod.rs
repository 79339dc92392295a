//! The verifier: re-hashes every value, chain and tree, and names the first broken rule with its place.
//!
//! Reads through the port only, repairs nothing, and never re-serialises what it verifies
//! (`LEDGER.md`, rules B0-B9 and verdicts).

mod erasure;
mod event;
mod payload;
mod report;
mod tree;

pub use report::{Counts, Report, Verdict, Violation};

use super::group::Kek;
use super::port::{Head, Ledger, LedgerError};
use super::{ids, port::Stored};
use async_trait::async_trait;
use event::Streams;
use payload::Payloads;
use report::Findings;
use serde_json::Value;
use std::sync::Arc;
use tree::Tree;
use uuid::Uuid;

/// Events read at once: bounds memory, not correctness.
const PAGE: usize = 2_000;

/// Where keys come from; no source at all means sealed groups count as locked.
pub trait KeySource: Send + Sync {
    /// The key, or `None` if this vault does not have it (never had it, or it was destroyed).
    fn kek(&self, kek_id: u64) -> Option<Arc<Kek>>;
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
    /// Called with (events done, events in all).
    pub progress: &'a (dyn Fn(u64, u64) + Send + Sync),
}

/// Everything the rules remember while the log streams by.
struct Run<'a> {
    given: &'a Given<'a>,
    findings: Findings,
    streams: Streams,
    payloads: Payloads,
    tree: Tree,
    counts: Counts,
}

/// Verifies the whole ledger; storage errors that are not damage of the data come back as errors.
pub async fn verify(ledger: &dyn Ledger, given: Given<'_>) -> Result<Report, LedgerError> {
    let mut findings = Findings::default();
    let uses = findings.damage("B5", ledger.kek_uses().await)?.unwrap_or_default();
    // Without a readable head the log is read as far as it goes.
    let head = findings.damage("B7", ledger.head().await)?;
    let size = head.map_or(u64::MAX, |head| head.size);
    let mut run = Run {
        given: &given,
        findings,
        streams: Streams::default(),
        payloads: Payloads::new(uses),
        tree: Tree::new(ledger).await?,
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
        let Some(checked) = self.streams.check(stored, self.given.log, &mut self.findings) else {
            self.tree.broken();
            return;
        };
        self.tree.push(checked.leaf);
        self.payloads.check(stored, &checked.header, self.given, &mut self.counts, &mut self.findings);
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
        self.tree.check(ledger, head, &mut self.findings).await?;
        self.payloads.erasures.check(&mut self.counts, &mut self.findings);
        self.erased_documents().await;
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
