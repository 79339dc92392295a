//! A town's ledger for the bench: cases as they run, every value sealed as in service, written in bulk.
//!
//! Deliberately past the command path: deciding is not what is measured with it.

use akte_core::akte::AkteEvent;
use akte_core::kernel::{Registry, WireEvent};
use akte_core::ledger::engine::SqliteLedger;
use akte_core::ledger::{Append, Hash, Ledger, ids};
use akte_core::vault::{Cut, Reader, SealInput, Vault, seal};
use akte_core::verfahren::definition::{Definition, Schutz};
use akte_core::verfahren::event::{Kanal, VorgangEvent as V};
use akte_core::verfahren::loader;
use anyhow::{Context, Result};
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use tokio::task::JoinSet;
use uuid::Uuid;

/// Origin of the bench's log.
pub const LOG: &str = "bench.example/akte/2026";
/// Cases written side by side, so that they share flushes.
const NEBENEINANDER: u64 = 64;
/// Events of one case.
pub const JE_FALL: u64 = 10;

const NAMEN: [&str; 8] = ["Petersen", "Hansen", "Jürgens", "Schröder", "Möller", "Thießen", "Claußen", "Lorenzen"];

/// The ledger being written.
pub struct Buch {
    ledger: Arc<dyn Ledger>,
    pub vault: Arc<Vault>,
    log: String,
    registry: Registry,
    definition: Definition,
    heads: HashMap<Uuid, (u64, Hash)>,
    at: Timestamp,
    n: u128,
}

fn id(n: u128) -> Uuid {
    uuid::Builder::from_custom_bytes(n.to_be_bytes()).into_uuid()
}

/// What goes to one stream at once.
type Strom = (Uuid, Uuid, Vec<(&'static str, Value)>);

fn wire<E: WireEvent>(event: &E) -> Result<(&'static str, Value)> {
    Ok((event.wire(), serde_json::to_value(event)?["data"].take()))
}

impl Buch {
    /// Writes leaf 0 and about `events` events of cases into `path`.
    pub async fn schreiben(path: &Path, events: u64) -> Result<Self> {
        let mut buch = Self::auf(Arc::new(SqliteLedger::open(path)?), Arc::new(Vault::in_memory()?), LOG)?;
        let leaf = json!({ "format": 1, "origin": LOG, "vkeys": [] });
        let system = ids::system_stream(LOG);
        buch.append(vec![(system, system, vec![("log.epoch_opened.v1", leaf)])]).await?;
        buch.faelle(events).await?;
        Ok(buch)
    }

    /// Goes on in a ledger that has its leaf 0.
    pub fn auf(ledger: Arc<dyn Ledger>, vault: Arc<Vault>, log: &str) -> Result<Self> {
        let mut alle = loader::builtin_files().into_iter().filter_map(|(_, f)| loader::load_files(f).ok());
        Ok(Self {
            ledger,
            vault,
            log: log.to_owned(),
            registry: akte_core::registry(),
            definition: alle.find(|d| d.datensatz.is_some()).context("keine Leistung mit Datensatz")?,
            heads: HashMap::new(),
            at: "2026-01-10T08:00:00Z".parse()?,
            n: 0,
        })
    }

    /// Writes about so many events of cases.
    pub async fn faelle(&mut self, events: u64) -> Result<()> {
        let faelle = events.div_ceil(JE_FALL);
        for first in (0..faelle).step_by(NEBENEINANDER as usize) {
            let gruppe = first..(first + NEBENEINANDER).min(faelle);
            let eingang: Vec<Strom> = gruppe.clone().map(|n| self.eingang(n)).collect::<Result<_>>()?;
            self.append(eingang).await?;
            self.append(gruppe.clone().map(akte).collect::<Result<_>>()?).await?;
            self.append(gruppe.map(verlauf).collect::<Result<_>>()?).await?;
        }
        Ok(())
    }

    pub fn reader(&self) -> Reader {
        Reader::new(self.ledger.clone(), self.vault.clone())
    }

    fn eingang(&self, n: u64) -> Result<Strom> {
        let (d, vorgang) = (&self.definition, fall(n));
        let felder = [
            ("name", NAMEN[n as usize % 8]),
            ("vornamen", NAMEN[n as usize / 8 % 8]),
            ("taetigkeit", "Handel mit Fahrrädern und Zubehör, Reparaturen aller Art"),
        ];
        let event = V::Submitted {
            leistung: d.id.clone(),
            version: d.version,
            definition: d.sha256.clone(),
            kanal: Kanal::Online,
            vertrauen: "ohne".into(),
            eingang_am: self.at,
            einheit: d.einheit.clone(),
            antragsteller: self.vault.keys().subject("antragsteller", vorgang),
            felder: felder.into_iter().map(|(k, v)| (k.to_owned(), json!(v))).collect(),
            unterlagen: vec![],
            dokumente: None,
        };
        Ok((vorgang, vorgang, vec![wire(&event)?]))
    }

    async fn append(&mut self, stroeme: Vec<Strom>) -> Result<()> {
        let mut tasks = JoinSet::new();
        for strom in stroeme {
            let (batch, ledger) = (self.versiegelt(strom)?, Arc::clone(&self.ledger));
            tasks.spawn(async move { ledger.append(batch).await });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        Ok(())
    }

    fn versiegelt(&mut self, (stream, corr, events): Strom) -> Result<Append> {
        let (first, before) = self.heads.get(&stream).copied().unwrap_or_default();
        let mut batch = Append { stream, expected: first, prev: before, events: vec![], kek_uses: vec![] };
        let (mut seq, mut prev) = (first, before);
        for (wire, data) in events {
            self.at += 1.second();
            self.n += 1;
            let Value::Object(mut data) = data else { continue };
            data.retain(|_, v| !v.is_null());
            let (event, uses) = self.siegeln(stream, corr, (seq, prev), wire, &data)?;
            (seq, prev) = (seq + 1, event.event_hash);
            batch.events.push(event);
            batch.kek_uses.extend(uses.into_iter().filter(|u| !batch.kek_uses.contains(u)).collect::<Vec<_>>());
        }
        self.heads.insert(stream, (seq, prev));
        Ok(batch)
    }

    fn siegeln(
        &self,
        stream: Uuid,
        corr: Uuid,
        (seq, prev): (u64, Hash),
        wire: &str,
        data: &Map<String, Value>,
    ) -> Result<(akte_core::ledger::Prepared, Vec<akte_core::ledger::KekUse>)> {
        let reserved = BTreeMap::from([("/_akteur".to_owned(), json!(id(1)))]);
        let cut = |feld: &str| {
            let f = self.definition.feld(feld)?;
            Some(match f.schutz {
                Schutz::Oeffentlich | Schutz::Intern => Cut::Open,
                _ => Cut::Sealed(f.subjekt.clone()),
            })
        };
        Ok(seal(&SealInput {
            registry: &self.registry,
            vault: &self.vault,
            log: &self.log,
            stream,
            seq,
            prev,
            wire,
            data,
            reserved: &reserved,
            at: self.at,
            cause: id(self.n | 1 << 100),
            corr,
            cut: &cut,
        })?)
    }
}

fn fall(n: u64) -> Uuid {
    id(1 << 64 | u128::from(n))
}

fn akte(n: u64) -> Result<Strom> {
    let (stream, vorgang) = (id(2 << 64 | u128::from(n)), fall(n));
    let titel = Some(format!("Fahrradhandel {n}"));
    let (aktenplan, einheit) = ("32.21".to_owned(), "ordnung".to_owned());
    let opened = AkteEvent::Opened { aktenplan, einheit, vorgang: Some(vorgang), titel };
    let nummer = AkteEvent::AktenzeichenAssigned { aktenzeichen: Some(format!("32.21-2026/{n:05}")) };
    Ok((stream, vorgang, vec![wire(&opened)?, wire(&nummer)?]))
}

fn verlauf(n: u64) -> Result<Strom> {
    let (akte, aktenzeichen) = (id(2 << 64 | u128::from(n)), Some(format!("32.21-2026/{n:05}")));
    let vermerk = |k: u128| V::VermerkWritten {
        vermerk: id(k << 80 | u128::from(n)),
        text: Some("Rückruf bei Frau Größmann, sie reicht die Vollmacht nach.".into()),
    };
    let events = [
        V::Registered { akte, aktenzeichen },
        V::TakenOver { von: None, an: id(2), einheit: "ordnung".into() },
        V::PruefungStarted {},
        V::FristComputed {
            frist: "untaetigkeit".into(),
            regime: "vwgo75".into(),
            rule_version: "1".into(),
            begin: "2026-01-10".parse()?,
            end: "2026-04-10".parse()?,
            warnung: None,
            verified: true,
            rechenweg: vec![],
        },
        vermerk(1),
        vermerk(2),
        V::Closed { verfuegung: "zdA".into(), aufbewahrung_bis: None, rechenweg: vec![] },
    ];
    Ok((fall(n), fall(n), events.iter().map(wire).collect::<Result<_>>()?))
}
