//! Our engines: every event is sealed inside the measured time, then appended with header, tree and key use.
//!
//! Deliberately without permission and decision, which the others do not have either.

use crate::entry::Entry;
use crate::workload::Store;
use akte_core::kernel::{Class, EventSpec, Registry};
use akte_core::ledger::merkle::Frontier;
use akte_core::ledger::{Append, Hash, KekUse, Ledger, Prepared, hash};
use akte_core::vault::{Cut, SealInput, Vault, seal};
use anyhow::{Result, ensure};
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

const LOG: &str = "bench.example/akte/2026";
const WIRE: &str = "bench.written.v1";
/// Events of one page of the whole log.
const PAGE: usize = 2000;
/// Two fields for everybody in the house, six sealed under the key of the person they concern.
const SPECS: &[EventSpec] = &[EventSpec {
    wire: WIRE,
    fields: &[
        ("anschrift", Class::Sealed("antragsteller")),
        ("eingang", Class::Open),
        ("einheit", Class::Open),
        ("geburtsdatum", Class::Sealed("antragsteller")),
        ("name", Class::Sealed("antragsteller")),
        ("taetigkeit", Class::Sealed("antragsteller")),
        ("text", Class::Sealed("antragsteller")),
        ("vornamen", Class::Sealed("antragsteller")),
    ],
    ret: "BENCH",
}];

/// An engine and the vault beside it.
pub struct Ours<L> {
    ledger: Arc<L>,
    vault: Arc<Vault>,
    registry: Registry,
    begin: Timestamp,
    flushes: fn(&L) -> u64,
}

/// The end of one stream, as `execute` knows it after loading.
pub struct Stream {
    id: Uuid,
    next: u64,
    prev: Hash,
}

impl<L: Ledger + 'static> Ours<L> {
    /// `flushes` reads the engine's counter.
    pub fn new(ledger: L, flushes: fn(&L) -> u64) -> Result<Arc<Self>> {
        Ok(Arc::new(Self {
            ledger: Arc::new(ledger),
            vault: Arc::new(Vault::in_memory()?),
            registry: Registry::new(&[SPECS]),
            begin: "2026-01-10T08:00:00Z".parse()?,
            flushes,
        }))
    }

    fn sealed(&self, stream: &Stream, entries: Vec<Entry>) -> Result<Append> {
        let mut batch =
            Append { stream: stream.id, expected: stream.next, prev: stream.prev, events: vec![], kek_uses: vec![] };
        let mut prev = stream.prev;
        let cause = Uuid::new_v4();
        let mut reserved = BTreeMap::from([
            ("/_akteur".to_owned(), json!(Uuid::nil())),
            ("/_req".to_owned(), json!(hash::b64u(&hash::sha256(&[cause.as_bytes()])))),
        ]);
        for (seq, entry) in (stream.next..).zip(entries) {
            let Value::Object(data) = serde_json::to_value(entry)? else { continue };
            let (event, uses) = self.seal(stream.id, (seq, prev), cause, &data, &reserved)?;
            reserved.remove("/_req");
            prev = event.event_hash;
            batch.events.push(event);
            batch.kek_uses.extend(uses.into_iter().filter(|u| !batch.kek_uses.contains(u)).collect::<Vec<_>>());
        }
        Ok(batch)
    }

    fn seal(
        &self,
        stream: Uuid,
        (seq, prev): (u64, Hash),
        cause: Uuid,
        data: &Map<String, Value>,
        reserved: &BTreeMap<String, Value>,
    ) -> Result<(Prepared, Vec<KekUse>)> {
        Ok(seal(&SealInput {
            registry: &self.registry,
            vault: &self.vault,
            log: LOG,
            stream,
            seq,
            prev,
            wire: WIRE,
            data,
            reserved,
            at: self.begin + i64::try_from(seq)?.seconds(),
            cause,
            corr: stream,
            cut: &|_| Some(Cut::Open),
        })?)
    }
}

fn id(stream: u64) -> Uuid {
    let bytes = hash::sha256(&[b"bench stream", &stream.to_be_bytes()]);
    uuid::Builder::from_custom_bytes(*bytes.first_chunk().unwrap_or(&[0; 16])).into_uuid()
}

impl<L: Ledger + 'static> Store for Ours<L> {
    type Writer = Stream;

    fn writer(&self, stream: u64) -> Stream {
        Stream { id: id(stream), next: 0, prev: hash::ZERO }
    }

    async fn write(&self, stream: &mut Stream, entries: Vec<Entry>) -> Result<()> {
        let batch = self.sealed(stream, entries)?;
        let uses = batch.kek_uses.clone();
        let receipt = self.ledger.append(batch).await?;
        self.vault.confirm(&uses);
        (stream.next, stream.prev) = (receipt.seq + 1, receipt.event_hash);
        Ok(())
    }

    async fn load(&self, stream: u64) -> Result<u64> {
        Ok(self.ledger.read_stream(id(stream), 0, 512).await?.len() as u64)
    }

    async fn replay(&self) -> Result<u64> {
        let mut at = 0;
        loop {
            let page = self.ledger.read_all(at, PAGE).await?;
            if page.is_empty() {
                return Ok(at);
            }
            at += page.len() as u64;
        }
    }

    /// What was measured is a ledger: the tree over all headers has the root of the head.
    async fn check(&self) -> Result<()> {
        let (mut at, mut peaks) = (0, Frontier::new());
        loop {
            let page = self.ledger.read_all(at, PAGE).await?;
            for event in &page {
                peaks.push(hash::leaf(&hash::event_hash(&event.header)));
            }
            at += page.len() as u64;
            if page.is_empty() {
                break;
            }
        }
        let head = self.ledger.head().await?;
        ensure!(head.size == at && head.root == peaks.root(), "the log read back has another root than its head");
        Ok(())
    }

    fn flushes(&self) -> Option<u64> {
        Some((self.flushes)(&self.ledger))
    }
}
