//! What an erasure reaches besides the procedure it names: the entries of the post book that were filed in the same Akte.
//!
//! They go with what the Akte itself goes with: its founding Vorgang as a whole, or the Akte itself, and only where
//! no other Vorgang of it stays. An assignment names the Akte, so among several Vorgaenge nobody can say whose the
//! letter is. Destroys nothing: what goes is named in the same request, behind the same gate.

use super::{PAGE, fault};
use crate::akte::Akte;
use crate::execute::call::ExecuteError;
use crate::execute::house::House;
use crate::ledger::group::{Place, open};
use crate::ledger::header::Header;
use crate::ledger::port::Stored;
use crate::loeschung::{Loeschung, Umfang};
use crate::verfahren::Vorgang;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

const ZUGEORDNET: &str = "eingang.assigned.v1";

/// What a proposal is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sache {
    /// `None`: the Akte itself.
    pub vorgang: Option<Uuid>,
    /// Where it lies; `None` for a Vorgang that lies in no Akte yet.
    pub akte: Option<Uuid>,
    /// The procedure its keys belong to.
    pub procedure: Uuid,
}

/// The procedures an erasure reaches.
pub(super) struct Reichweite {
    pub procedure: Uuid,
    /// Its own, and those of the Eingaenge that go with it.
    pub alle: BTreeSet<Uuid>,
}

impl House {
    pub(super) async fn sache(&self, l: &Loeschung) -> Result<Sache, ExecuteError> {
        if let Some(akte) = l.akte {
            let procedure = self.load::<Akte>(akte).await?.corr;
            return Ok(Sache { vorgang: None, akte: Some(akte), procedure });
        }
        let vorgang = l.vorgang.ok_or(ExecuteError::NotFound)?;
        let case = self.load::<Vorgang>(vorgang).await?;
        Ok(Sache { vorgang: Some(vorgang), akte: case.state.akte, procedure: case.corr })
    }

    /// The Akte a proposal is about or whose Vorgang it is about; `None` where that lies in none.
    pub async fn akte_der_loeschung(&self, l: &Loeschung) -> Result<Option<Uuid>, ExecuteError> {
        Ok(self.sache(l).await?.akte)
    }

    /// Only what was assigned up to index `until` counts: what came later was approved by nobody. An Eingang is
    /// assigned once and for ever; a document that was moved on to another Akte has bytes of its own there.
    pub(super) async fn reichweite(
        &self,
        sache: &Sache,
        umfang: &Umfang,
        until: u64,
    ) -> Result<Reichweite, ExecuteError> {
        let procedure = sache.procedure;
        let mut r = Reichweite { procedure, alle: BTreeSet::from([procedure]) };
        let (Some(akte), Umfang::Vorgang | Umfang::Akte) = (sache.akte, umfang) else { return Ok(r) };
        let a = self.load::<Akte>(akte).await?.state;
        let andere = a.bleibende_vorgaenge().into_iter().any(|v| Some(v) != sache.vorgang);
        // The gate lets no hold pass that covers anything of this Akte only where the founding Vorgang goes.
        let gruendet = sache.vorgang.is_none() || sache.vorgang == a.vorgang;
        if gruendet && !andere {
            r.alle.extend(self.zugeordnete(akte, until).await?);
        }
        Ok(r)
    }

    /// Eingaenge assigned to this Akte. No header and no correlation leads from the Akte to them: each is a procedure
    /// of its own, a letter without a scan leaves nothing in the Akte, and where the Akte was opened for an Eingang
    /// the assignment came first. So the whole log is looked through once, by the bytes of the headers.
    async fn zugeordnete(&self, akte: Uuid, until: u64) -> Result<BTreeSet<Uuid>, ExecuteError> {
        let mark = format!("\"type\":\"{ZUGEORDNET}\"");
        let (mut out, mut next) = (BTreeSet::new(), 0);
        while next <= until {
            let page = self.ledger.read_all(next, PAGE).await.map_err(fault)?;
            let Some(last) = page.last() else { break };
            next = last.index + 1;
            for stored in page.iter().filter(|e| e.index <= until) {
                if !stored.header.windows(mark.len()).rev().any(|w| w == mark.as_bytes()) {
                    continue;
                }
                let header = Header::parse(&stored.header).map_err(fault)?;
                if header.wire == ZUGEORDNET && genannte_akte(stored, &header)? == Some(akte) {
                    out.insert(header.corr);
                }
            }
        }
        Ok(out)
    }
}

/// The Akte an assignment names, in its open group.
fn genannte_akte(stored: &Stored, header: &Header) -> Result<Option<Uuid>, ExecuteError> {
    let Some(row) = stored.groups.iter().find(|row| row.g == 0) else { return Ok(None) };
    let place = Place { log: &header.log, stream: header.stream, seq: header.seq };
    let group = open(row, &place, None).map_err(fault)?;
    Ok(group.values().find(|(p, _, _)| *p == "/akte").and_then(|(_, v, _)| Value::as_str(v)?.parse().ok()))
}
