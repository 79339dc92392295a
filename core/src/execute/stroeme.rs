//! Which streams make up an Akte: itself, its Vorgaenge and Dokumente, the Eingaenge assigned to it, its Loeschungen,
//! and the Umlaeufe, Wiedervorlagen and tasks that hang on any of these.
//!
//! Told by what the events name, so that it holds without any view. Asks no permission.

use super::beleg::Ereignis;
use super::call::ExecuteError;
use super::house::House;
use crate::geschaeftsgang::{Aufgabe, Objekt, Objektart, Umlauf, Wiedervorlage};
use crate::vault::Recorded;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Events read at once.
const PAGE: usize = 1_000;
/// Values of an Akte's own events that name a stream of it.
const GLIEDER: [&str; 6] = ["vorgang", "dokument", "teilakte", "teilvorgang", "band", "loeschung"];

/// An Akte found in the ledger, with the streams whose own events say that they belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gefunden {
    pub akte: Uuid,
    pub weitere: Vec<Uuid>,
}

/// What kind of stream it is, by the room of its first event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gliedart {
    Akte,
    Vorgang,
    Dokument,
    Eingang,
    Loeschung,
    Umlauf,
    Wiedervorlage,
    Aufgabe,
    Anderes,
}

impl Gliedart {
    fn von(wire: &str) -> Self {
        match wire.split('.').next().unwrap_or_default() {
            "akte" => Self::Akte,
            "antrag" | "vorgang" => Self::Vorgang,
            "dokument" => Self::Dokument,
            "eingang" => Self::Eingang,
            "loeschung" => Self::Loeschung,
            "umlauf" => Self::Umlauf,
            "wiedervorlage" => Self::Wiedervorlage,
            "aufgabe" => Self::Aufgabe,
            _ => Self::Anderes,
        }
    }

    /// What Wiedervorlagen and tasks may hang on.
    fn objekt(self) -> Option<Objektart> {
        match self {
            Self::Akte => Some(Objektart::Akte),
            Self::Vorgang => Some(Objektart::Vorgang),
            Self::Dokument => Some(Objektart::Dokument),
            Self::Eingang => Some(Objektart::Eingang),
            _ => None,
        }
    }

    /// Found by what they hang on, and only so: in one order, whoever else names them.
    fn haengt(self) -> bool {
        matches!(self, Self::Umlauf | Self::Wiedervorlage | Self::Aufgabe)
    }
}

/// One stream of an Akte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glied {
    pub strom: Uuid,
    pub art: Gliedart,
    /// What it hangs on: the Vorgang of a document, the document of an Umlauf; `None`: directly in the Akte.
    pub an: Option<Uuid>,
}

impl Glied {
    /// The Vorgang this stream belongs to, by what it hangs on; `None`: to the Akte as a whole.
    pub fn vorgang(&self, alle: &[Glied]) -> Option<Uuid> {
        let mut hier = *self;
        // A document of a case, its Umlauf: never deeper than a few steps.
        for _ in 0..4 {
            if hier.art == Gliedart::Vorgang {
                return Some(hier.strom);
            }
            let an = hier.an?;
            let Some(dort) = alle.iter().find(|g| g.strom == an) else { return Some(an) };
            hier = *dort;
        }
        None
    }
}

/// What events say about where their streams belong.
#[derive(Default)]
struct Zugehoerig {
    /// (Akte, stream)
    akten: BTreeSet<(Uuid, Uuid)>,
    /// (Vorgang, Loeschung)
    loeschungen: BTreeSet<(Uuid, Uuid)>,
}

impl Zugehoerig {
    fn sehen(&mut self, r: &Recorded) {
        // The range of numbers names every Akte it numbered and belongs to none.
        if let Some(a) = id(&r.data, "akte").filter(|_| !r.wire.starts_with("nummer.")) {
            self.akten.insert((a, r.stream));
        }
        if let Some(v) = id(&r.data, "vorgang").filter(|_| r.wire.starts_with("loeschung.")) {
            self.loeschungen.insert((v, r.stream));
        }
    }

    /// `vorgaenge` are those the Akte names itself.
    fn von(&self, akte: Uuid, vorgaenge: &[Uuid]) -> Vec<Uuid> {
        let unter = |s: &BTreeSet<(Uuid, Uuid)>, x: Uuid| -> Vec<Uuid> {
            s.range((x, Uuid::nil())..=(x, Uuid::max())).map(|(_, strom)| *strom).collect()
        };
        let mut out = unter(&self.akten, akte);
        let alle: BTreeSet<Uuid> = out.iter().chain(vorgaenge).copied().collect();
        out.extend(alle.into_iter().flat_map(|v| unter(&self.loeschungen, v)));
        out
    }
}

impl House {
    /// The Akte with this Aktenzeichen (its own, or that of its Vorgang) or this id. Reads the whole ledger;
    /// `progress` hears events read.
    pub async fn akte_finden(
        &self,
        was: &str,
        progress: impl FnMut(u64) + Send,
    ) -> Result<Option<Gefunden>, ExecuteError> {
        let mut akte: Option<Uuid> = was.parse().ok();
        let suchen = |r: &Recorded| {
            if akte.is_none() && text(&r.data, "aktenzeichen") == Some(was) {
                akte = benannt(r);
            }
        };
        let gesehen = self.zugehoerig(suchen, progress).await?;
        let Some(akte) = akte else { return Ok(None) };
        let history = self.history(akte).await?;
        let weitere = gesehen.von(akte, &genannt(&history));
        Ok((!history.is_empty()).then_some(Gefunden { akte, weitere }))
    }

    /// The streams whose own events say that they belong to these Akten. Reads the whole ledger once.
    pub async fn weitere_der_akten(&self, akten: &BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, Vec<Uuid>>, ExecuteError> {
        let mut out = BTreeMap::new();
        if akten.is_empty() {
            return Ok(out);
        }
        let gesehen = self.zugehoerig(|_| (), |_| ()).await?;
        for akte in akten {
            out.insert(*akte, gesehen.von(*akte, &genannt(&self.history(*akte).await?)));
        }
        Ok(out)
    }

    async fn zugehoerig(
        &self,
        mut jedes: impl FnMut(&Recorded) + Send,
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<Zugehoerig, ExecuteError> {
        let (reader, mut next, mut out) = (self.reader(), 0, Zugehoerig::default());
        loop {
            let page = reader.read_all(next, PAGE).await?;
            let Some(last) = page.last() else { return Ok(out) };
            next = last.index + 1;
            progress(next);
            for r in &page {
                jedes(r);
                out.sehen(r);
            }
        }
    }

    /// The ids of [`House::glieder_der_akte`].
    pub async fn stroeme_der_akte(&self, akte: Uuid, weitere: &[Uuid]) -> Result<Vec<Uuid>, ExecuteError> {
        Ok(self.glieder_der_akte(akte, weitere).await?.into_iter().map(|g| g.strom).collect())
    }

    /// Everything that makes up an Akte: its own stream first, then what its events name, then `weitere` by age, then
    /// what hangs on these; each once, and only what there is. `weitere` comes from a view or from the ledger itself.
    pub async fn glieder_der_akte(&self, akte: Uuid, weitere: &[Uuid]) -> Result<Vec<Glied>, ExecuteError> {
        let mut namen = vec![akte];
        namen.extend(genannt(&self.history(akte).await?));
        let (mut kern, mut da) = (Vec::new(), BTreeSet::new());
        for strom in namen {
            if da.insert(strom)
                && let Some(e) = self.erstes(strom).await?
            {
                kern.push(self.glied(strom, &e).await?);
            }
        }
        let mut dazu = Vec::new();
        for strom in weitere {
            if da.insert(*strom)
                && let Some(e) = self.erstes(*strom).await?
            {
                dazu.push((e.index, self.glied(*strom, &e).await?));
            }
        }
        dazu.sort_by_key(|(index, _)| *index);
        kern.extend(dazu.into_iter().map(|(_, g)| g));
        kern.retain(|g| !g.art.haengt());
        let mut daran = Vec::new();
        for g in &kern {
            self.daran(*g, &mut daran).await?;
        }
        kern.extend(daran);
        Ok(kern)
    }

    /// What kind of stream this is; `None`: there is none.
    pub async fn gliedart(&self, strom: Uuid) -> Result<Option<Gliedart>, ExecuteError> {
        Ok(self.erstes(strom).await?.map(|e| Gliedart::von(&e.header.wire)))
    }

    /// One stream by itself, with what hangs on it.
    pub async fn glied_mit_anhang(&self, strom: Uuid, art: Gliedart) -> Result<Vec<Glied>, ExecuteError> {
        let mut out = vec![Glied { strom, art, an: None }];
        self.daran(out[0], &mut out).await?;
        Ok(out)
    }

    /// Umlaeufe, Wiedervorlagen and tasks on this stream.
    async fn daran(&self, g: Glied, out: &mut Vec<Glied>) -> Result<(), ExecuteError> {
        let Some(objekt) = g.art.objekt() else { return Ok(()) };
        let teile = Objekt::neu(objekt, g.strom).schluessel();
        let mut mehr = |art, ids: Vec<Uuid>| {
            out.extend(ids.into_iter().map(|strom| Glied { strom, art, an: Some(g.strom) }));
        };
        if g.art == Gliedart::Dokument {
            mehr(Gliedart::Umlauf, self.nummern::<Umlauf>(&[g.strom.to_string()]).await?);
        }
        mehr(Gliedart::Wiedervorlage, self.nummern::<Wiedervorlage>(&teile).await?);
        mehr(Gliedart::Aufgabe, self.nummern::<Aufgabe>(&teile).await?);
        Ok(())
    }

    async fn glied(&self, strom: Uuid, erstes: &Ereignis) -> Result<Glied, ExecuteError> {
        let art = Gliedart::von(&erstes.header.wire);
        let an = match art {
            Gliedart::Dokument | Gliedart::Loeschung => wert(erstes, "/vorgang"),
            Gliedart::Eingang => {
                let history = self.history(strom).await?;
                history.iter().rev().find(|r| r.wire == "eingang.assigned.v1").and_then(|r| id(&r.data, "vorgang"))
            }
            _ => None,
        };
        Ok(Glied { strom, art, an })
    }

    async fn erstes(&self, strom: Uuid) -> Result<Option<Ereignis>, ExecuteError> {
        match self.ereignis(strom, 0).await {
            Ok(e) => Ok(Some(e)),
            Err(ExecuteError::NotFound) => Ok(None),
            Err(e) => Err(e),
        }
    }
}

/// Streams an Akte's own events name, in their order.
fn genannt(history: &[Recorded]) -> Vec<Uuid> {
    history.iter().flat_map(|r| GLIEDER.iter().filter_map(|k| id(&r.data, k))).collect()
}

/// The Akte an event with an Aktenzeichen is about: its own stream, or the one it names.
fn benannt(r: &Recorded) -> Option<Uuid> {
    match r.wire.starts_with("akte.") {
        true => Some(r.stream),
        false => id(&r.data, "akte"),
    }
}

fn text<'a>(data: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    data.get(key).and_then(Value::as_str)
}

fn id(data: &Map<String, Value>, key: &str) -> Option<Uuid> {
    text(data, key).and_then(|t| t.parse().ok())
}

fn wert(e: &Ereignis, zeiger: &str) -> Option<Uuid> {
    e.werte().find(|(_, z, _)| *z == zeiger).and_then(|(_, _, w)| w.as_str()?.parse().ok())
}
