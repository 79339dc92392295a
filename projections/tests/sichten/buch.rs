//! A small town's ledger for the tests: real sealing, memory engine, a clock that is set by hand.

use akte_core::akte::{AkteEvent, DokumentEvent};
use akte_core::documents::DokumentWert;
use akte_core::kernel::{Registry, Role, WireEvent};
use akte_core::ledger::engine::MemoryLedger;
use akte_core::ledger::{Append, Ledger};
use akte_core::vault::{Cut, SealInput, seal};
use akte_core::vault::{Reader, Vault};
use akte_core::verfahren::definition::{Definition, Schutz};
use akte_core::verfahren::event::{DatensatzEvent, Kanal, LeistungEvent, VorgangEvent};
use akte_core::verfahren::loader;
use akte_core::zugriff::{EinheitEvent, KontoEvent};
use akte_projections::runner::{Konfig, Sichten};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

pub struct Buch {
    pub reader: Reader,
    pub uhr: Timestamp,
    pub definition: Definition,
    registry: Registry,
    heads: BTreeMap<Uuid, (u64, [u8; 32])>,
    size: u64,
}

pub fn id(n: u128) -> Uuid {
    uuid::Builder::from_custom_bytes(n.to_be_bytes()).into_uuid()
}

/// The services of this build with their files.
pub fn services() -> Vec<(Vec<loader::Datei>, Definition)> {
    let all = loader::builtin_files().into_iter().map(|(_, f)| f);
    all.map(|f| (f.clone(), loader::load_files(f).expect("builtin definitions are sound"))).collect()
}

fn files() -> (Vec<loader::Datei>, Definition) {
    services().into_iter().find(|(_, d)| d.datensatz.is_some()).expect("one service feeds a dataset")
}

impl Buch {
    /// A town with two units, two accounts and one adopted service.
    pub async fn new() -> Self {
        let (dateien, definition) = files();
        let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::new());
        let vault = Arc::new(Vault::in_memory().expect("random keys"));
        let mut buch = Self {
            reader: Reader::new(ledger, vault),
            uhr: "2026-01-10T08:00:00Z".parse().expect("time"),
            definition: definition.clone(),
            registry: akte_core::registry(),
            heads: BTreeMap::new(),
            size: 0,
        };
        let adopted = LeistungEvent::Adopted {
            id: definition.id.clone(),
            version: definition.version,
            sha256: definition.sha256.clone(),
            gueltig_ab: definition.gueltig_ab,
            dateien: loader::as_adopted(&dateien),
        };
        buch.write(id(900), id(900), &adopted).await;
        for (n, e) in [(910, "ordnung"), (911, "steuern")] {
            let unit = EinheitEvent::Created { id: e.into(), name: e.to_uppercase(), aktenplan: vec!["32".into()] };
            buch.write(id(n), id(n), &unit).await;
        }
        for (n, login) in [(1, "petersen"), (2, "meyer")] {
            let konto = KontoEvent::Created {
                einheit: "ordnung".into(),
                rollen: vec![Role::Sachbearbeitung],
                login: Some(login.into()),
                name: Some(format!("Frau {login}")),
                email: None,
            };
            buch.write(id(n), id(n), &konto).await;
        }
        buch
    }

    pub fn forward(&mut self, days: i64) {
        self.uhr += (days * 24).hours();
    }

    /// Seals and appends one event; returns its log index.
    pub async fn write<E: WireEvent>(&mut self, stream: Uuid, corr: Uuid, event: &E) -> u64 {
        let Value::Object(mut whole) = serde_json::to_value(event).expect("events serialise") else { panic!() };
        let Some(Value::Object(mut data)) = whole.remove("data") else { panic!("no data") };
        data.retain(|_, v| !v.is_null());
        self.write_raw(stream, corr, event.wire(), &data).await
    }

    pub async fn write_raw(&mut self, stream: Uuid, corr: Uuid, wire: &str, data: &Map<String, Value>) -> u64 {
        self.uhr += 1.second();
        let (seq, prev) = self.heads.get(&stream).copied().unwrap_or_default();
        let reserved = BTreeMap::from([("/_akteur".to_owned(), json!(id(1)))]);
        let definition = &self.definition;
        let cut = |field: &str| {
            let f = definition.feld(field)?;
            Some(match f.schutz {
                Schutz::Oeffentlich | Schutz::Intern => Cut::Open,
                _ => Cut::Sealed(f.subjekt.clone()),
            })
        };
        let input = SealInput {
            registry: &self.registry,
            vault: &self.reader.vault,
            log: "musterstadt.example/akte/2026",
            stream,
            seq,
            prev,
            wire,
            data,
            reserved: &reserved,
            at: self.uhr,
            cause: id(u128::from(self.size) + 1_000_000),
            corr,
            cut: &cut,
        };
        let (event, kek_uses) = seal(&input).expect("sealed");
        let hash = event.event_hash;
        let append = Append { stream, expected: seq, prev, events: vec![event], kek_uses };
        let receipt = self.reader.ledger.append(append).await.expect("appended");
        self.heads.insert(stream, (seq + 1, hash));
        self.size = receipt.index + 1;
        receipt.index
    }

    /// A new application with these names in this unit.
    pub async fn submit(&mut self, vorgang: Uuid, einheit: &str, name: &str, vornamen: &str) -> u64 {
        let felder = [("name", name), ("vornamen", vornamen), ("taetigkeit", "Handel mit Fahrrädern")];
        let event = VorgangEvent::Submitted {
            leistung: self.definition.id.clone(),
            version: self.definition.version,
            definition: self.definition.sha256.clone(),
            kanal: Kanal::Online,
            vertrauen: "ohne".into(),
            eingang_am: self.uhr,
            einheit: einheit.into(),
            antragsteller: id(vorgang.as_u128() ^ 0xA),
            felder: felder.into_iter().map(|(k, v)| (k.to_owned(), json!(v))).collect(),
            unterlagen: vec![],
            dokumente: None,
        };
        self.write(vorgang, vorgang, &event).await
    }

    /// Registered, taken, checked, noted: the middle of a case.
    pub async fn work(&mut self, vorgang: Uuid, nr: u32) {
        let akte = id(vorgang.as_u128() ^ 0xAA00_0000);
        let az = format!("32.21-2026/{nr:04}");
        let titel = Some(format!("Fahrradhandel {nr}"));
        let opened = AkteEvent::Opened {
            aktenplan: "32.21".into(),
            einheit: "ordnung".into(),
            vorgang: Some(vorgang),
            titel: titel.clone(),
        };
        self.write(akte, vorgang, &opened).await;
        self.write(akte, vorgang, &AkteEvent::AktenzeichenAssigned { aktenzeichen: Some(az.clone()) }).await;
        self.write(vorgang, vorgang, &VorgangEvent::Registered { akte, aktenzeichen: Some(az) }).await;
        let dokument = DokumentWert {
            alg: "sha-512".into(),
            digest: "x".into(),
            dsalt: "y".into(),
            len: 12,
            media: "application/pdf".into(),
            reference: id(7),
        };
        let added = DokumentEvent::Added {
            akte,
            vorgang: Some(vorgang),
            aus: None,
            richtung: "eingang".into(),
            titel,
            dateiname: Some("ausweis.pdf".into()),
            dokument: Some(dokument),
        };
        self.write(id(vorgang.as_u128() ^ 0xD0C0_0000), vorgang, &added).await;
        let events = [
            VorgangEvent::TakenOver { von: None, an: id(2), einheit: "ordnung".into() },
            VorgangEvent::PruefungStarted {},
            VorgangEvent::FristComputed {
                frist: "untaetigkeit".into(),
                regime: "vwgo75".into(),
                rule_version: "1".into(),
                begin: "2026-01-10".parse().expect("date"),
                end: "2026-04-10".parse().expect("date"),
                warnung: None,
                verified: true,
                rechenweg: vec![],
            },
            VorgangEvent::VermerkWritten { vermerk: id(5), text: Some("Rückruf bei Frau Größmann".into()) },
        ];
        for e in &events {
            self.write(vorgang, vorgang, e).await;
        }
    }

    pub async fn close(&mut self, vorgang: Uuid) -> u64 {
        let e = VorgangEvent::Closed { verfuegung: "zdA".into(), aufbewahrung_bis: None, rechenweg: vec![] };
        self.write(vorgang, vorgang, &e).await
    }

    pub async fn release(&mut self, stream: Uuid, zeile: &[(&str, &str)]) -> u64 {
        let dataset = self.definition.datensatz.as_ref().expect("dataset").id.clone();
        let zeile = zeile.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.write(stream, stream, &DatensatzEvent::RowReleased { dataset, release: "2026-Q1".into(), zeile }).await
    }

    pub fn konfig(&self) -> Konfig {
        use sha2::{Digest, Sha256};
        let vault = self.reader.vault.clone();
        let code = move |stream, generation| Sha256::digest(vault.keys().case_code(stream, generation)).into();
        let zone = TimeZone::get("Europe/Berlin").expect("zone");
        Konfig { zone, k: 3, code_sha256: Arc::new(code) }
    }

    pub async fn alles(&self) -> Vec<akte_projections::ereignis::Gelesen> {
        akte_projections::runner::read(&self.reader, 0, usize::MAX >> 1).await.expect("read")
    }

    /// Live views in this folder.
    pub fn open(&self, dir: &Path) -> Sichten {
        let art = akte_projections::datei::Art::Live;
        let opened = Sichten::open(&dir.join("internal.db"), &dir.join("public.db"), art, &self.konfig());
        opened.expect("open").expect("same code")
    }
}

/// A town with a bit of everything.
pub async fn belebt() -> Buch {
    let mut b = Buch::new().await;
    for n in 0..12u32 {
        let v = id(10_000 + u128::from(n));
        let unit = if n % 3 == 0 { "steuern" } else { "ordnung" };
        b.submit(v, unit, &format!("Müller{}", ["", "stein", "hoff"][n as usize % 3]), "Änne").await;
        b.forward(5);
        if n % 4 != 3 {
            b.work(v, n).await;
        }
        if n % 2 == 0 {
            b.forward(20);
            b.close(v).await;
        }
    }
    for n in 0..3 {
        b.release(id(20_000 + n), &[("name", "Rad & Tat"), ("anschrift", "Markt 1"), ("taetigkeit", "Handel")]).await;
    }
    b.write(id(20_001), id(20_001), &DatensatzEvent::RowWithdrawn { grund: "irrtum".into() }).await;
    b
}

pub fn dumps(s: &Sichten) -> (String, String) {
    let text = |f: &akte_projections::datei::ViewFile| akte_projections::dump(f.connection()).expect("dump");
    (text(&s.internal), text(&s.public))
}
