//! The daily list of all streams, and what is proven with it: all events of a stream, or that there is none.
//!
//! Discloses headers and tags, never payload. The forms are those of `LEDGER.md`, proof products.

use super::call::ExecuteError;
use super::house::House;
use crate::ledger::hash::b64u;
use crate::ledger::heads::{Entry, Found, Heads, HeadsTree};
use crate::ledger::ids::system_stream;
use crate::ledger::nodes::Nodes;
use crate::ledger::port::Hash;
use crate::vault::Recorded;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use serde_json::{Value, json};
use uuid::Uuid;

const WIRE: &str = "log.stream_heads.v1";
/// Headers of one stream read at once.
const PAGE: usize = 512;

impl House {
    /// Writes the list of all streams of this day, unless it is written already. `heads` goes on from the
    /// day before; a new one reads the whole ledger. Returns whether it was written now.
    pub async fn write_stream_heads(&self, day: Date, heads: &mut Heads) -> Result<bool, ExecuteError> {
        let key = format!("stream-heads {day}");
        if self.system_event("system", &key).await?.is_some() {
            return Ok(false);
        }
        let up_to = self.ledger.head().await.map_err(fault)?.size;
        if heads.up_to() > up_to {
            *heads = Heads::default();
        }
        heads.advance(&*self.ledger, up_to, |_| ()).await.map_err(fault)?;
        let tree = heads.tree(|stream| self.vault.keys().heads_tag(stream));
        let data = json!({ "up_to": up_to, "count": tree.count(), "root": b64u(&tree.root()) });
        self.write_system(WIRE, &data, &key).await?;
        Ok(true)
    }

    /// Proof that the events it holds are all of this stream, or that the stream does not exist, by the newest
    /// list of streams not beyond `max` events that a signed checkpoint covers. `progress` hears events read.
    pub async fn completeness(
        &self,
        stream: Uuid,
        max: u64,
        progress: impl FnMut(u64) + Send,
    ) -> Result<Value, ExecuteError> {
        let mut all = self.completeness_of(&[stream], max, progress).await?;
        all.pop().ok_or_else(|| fault("ein Strom ohne Beweis"))
    }

    /// The same for several streams, in their order: the ledger is read once.
    pub async fn completeness_of(
        &self,
        streams: &[Uuid],
        max: u64,
        progress: impl FnMut(u64) + Send,
    ) -> Result<Vec<Value>, ExecuteError> {
        let checkpoint = self.ledger.get_checkpoint(u64::MAX).await.map_err(fault)?;
        let (size, note) = checkpoint.ok_or_else(|| refused("Das Protokoll ist noch nicht unterschrieben."))?;
        let list = self.newest_list(size, max).await?;
        let number = |name: &str| list.data.get(name).and_then(Value::as_u64);
        let up_to = number("up_to").filter(|n| *n <= list.index).ok_or_else(|| fault("Liste der Ströme unlesbar"))?;
        let mut heads = Heads::default();
        heads.advance(&*self.ledger, up_to, progress).await.map_err(fault)?;
        let tree = heads.tree(|stream| self.vault.keys().heads_tag(stream));
        if list.data.get("root").and_then(Value::as_str) != Some(&b64u(&tree.root())) {
            return Err(fault(format!("die Liste der Ströme in Ereignis {} stimmt nicht", list.index)));
        }
        let shown = self.ereignis_an(list.index).await?.auszug(|p| matches!(p, "/up_to" | "/count" | "/root"))?;
        let path = Nodes::new(&*self.ledger, size).inclusion(list.index, size).await.map_err(fault)?;
        let proof = shown.proof(path, &note).map_err(fault)?;
        let mut out = Vec::with_capacity(streams.len());
        for stream in streams {
            let tag = self.vault.keys().heads_tag(*stream);
            out.push(match tree.find(&tag) {
                Found::At(place) => self.all_of(*stream, up_to, &tree, place, proof.clone()).await?,
                Found::Before(place) => none_of(&tag, &tree, place, proof.clone()),
            });
        }
        Ok(out)
    }

    /// The newest list that the checkpoint covers and that does not reach beyond `max`.
    async fn newest_list(&self, size: u64, max: u64) -> Result<Recorded, ExecuteError> {
        let history = self.history(system_stream(&self.log)).await?;
        let within = |r: &&Recorded| {
            r.wire == WIRE && r.index < size && r.data.get("up_to").and_then(Value::as_u64).is_some_and(|n| n <= max)
        };
        let found = history.iter().rev().find(within).cloned();
        found.ok_or_else(|| {
            refused(
                "Für diesen Stand gibt es noch keine unterschriebene Liste der Ströme. Sie entsteht einmal am Tag, \
                 während `akte serve` läuft; nennen Sie sonst einen späteren --stand.",
            )
        })
    }

    async fn all_of(
        &self,
        stream: Uuid,
        up_to: u64,
        tree: &HeadsTree,
        place: usize,
        heads: String,
    ) -> Result<Value, ExecuteError> {
        let disclosures = self.ereignis(stream, 0).await?.auszug(|p| p == "/_heads_tag")?.disclosures;
        let (mut headers, mut next) = (Vec::new(), 0);
        loop {
            let page = self.ledger.read_stream(stream, next, PAGE).await.map_err(fault)?;
            headers.extend(page.iter().take_while(|event| event.index < up_to).map(|event| b64u(&event.header)));
            match page.last() {
                Some(last) if last.index < up_to && page.len() == PAGE => next = last.seq + 1,
                _ => break,
            }
        }
        let (entry, path) = tree.proof(place).ok_or_else(|| fault("Stelle außerhalb der Liste"))?;
        if headers.len() as u64 != entry.last_seq + 1 {
            return Err(fault(format!("Strom {stream} hat Lücken")));
        }
        Ok(json!({
            "form": "aktenkette-vollstaendigkeit/v1", "heads": heads, "heads_tag": b64u(&entry.tag),
            "leaf_index": place, "count": tree.count(), "proof": path_text(&path),
            "headers": headers, "disclosures": disclosures,
        }))
    }
}

fn none_of(tag: &Hash, tree: &HeadsTree, place: usize, heads: String) -> Value {
    let neighbour = |place: Option<usize>| {
        let place = place?;
        let (Entry { tag, last_seq, head }, path) = tree.proof(place)?;
        Some(json!({
            "leaf_index": place, "heads_tag": b64u(&tag), "last_seq": last_seq, "head": b64u(&head),
            "proof": path_text(&path),
        }))
    };
    json!({
        "form": "aktenkette-nichtexistenz/v1", "heads": heads, "heads_tag": b64u(tag), "count": tree.count(),
        "left": neighbour(place.checked_sub(1)), "right": neighbour(Some(place)),
    })
}

fn path_text(path: &[Hash]) -> Vec<String> {
    path.iter().map(|hash| STANDARD.encode(hash)).collect()
}

fn refused(text: &str) -> ExecuteError {
    ExecuteError::Refused { code: "keine_liste".into(), text: text.to_owned() }
}

fn fault(e: impl std::fmt::Display) -> ExecuteError {
    ExecuteError::Fault(e.to_string())
}
