//! Which payload groups and documents an erasure takes.
//!
//! Decides by header and key only; the values of a group are looked at for the documents it cites.

use super::{Target, fault};
use crate::documents::{DocError, DokumentWert};
use crate::execute::call::ExecuteError;
use crate::execute::house::House;
use crate::ledger::group::{Place, open};
use crate::ledger::header::Header;
use crate::ledger::port::{Stored, StoredGroup};
use crate::loeschung::Umfang;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Events of a Vorgang whose open group holds a sentence a clerk typed. Every other open value is a code, a
/// number, a date or an id and stays, so that the case can still be folded and its chain of actors read.
pub const OFFENER_FREITEXT: &[&str] = &["uebermittlung.failed.v1", "uebermittlung.waived.v1", "code.revoked.v1"];

/// Most payload groups of one request: its list must fit into one disclosure.
const MAX_TARGETS: usize = 4_000;

impl House {
    /// Keys a scope destroys. For single events: those that seal them.
    pub(super) async fn keks_of(&self, procedure: Uuid, umfang: &Umfang) -> Result<Vec<u64>, ExecuteError> {
        let uses = self.ledger.kek_uses_of(procedure).await.map_err(fault)?;
        Ok(match umfang {
            Umfang::Vorgang => uses.iter().map(|u| u.kek_id).collect(),
            Umfang::Subjekt { rolle } => {
                let subject = self.vault.keys().subject(rolle, procedure).to_string();
                uses.iter().filter(|u| u.subject == subject).map(|u| u.kek_id).collect()
            }
            Umfang::Ereignisse { gruppen } => {
                let mut ids = BTreeSet::new();
                for (idx, g) in gruppen {
                    let (stored, _) = self.event_at(*idx, procedure).await?;
                    ids.extend(stored.groups.iter().find(|row| row.g == *g).and_then(|row| row.kek_id));
                }
                ids.into_iter().collect()
            }
        })
    }

    /// Refuses parts that are not there, not of this procedure, or open without free text.
    pub(super) async fn check_parts(&self, procedure: Uuid, gruppen: &[(u64, u8)]) -> Result<(), ExecuteError> {
        for (idx, g) in gruppen {
            let (stored, header) = self.event_at(*idx, procedure).await?;
            let there = stored.groups.iter().any(|row| row.g == *g);
            let erasable = *g > 0 || OFFENER_FREITEXT.contains(&header.wire.as_str());
            if !there || !erasable {
                return Err(no_part(*idx));
            }
        }
        Ok(())
    }

    async fn event_at(&self, idx: u64, procedure: Uuid) -> Result<(Stored, Header), ExecuteError> {
        let page = self.ledger.read_all(idx, 1).await.map_err(fault)?;
        let stored = page.into_iter().next().filter(|e| e.index == idx).ok_or_else(|| no_part(idx))?;
        let header = Header::parse(&stored.header).map_err(fault)?;
        if header.corr == procedure { Ok((stored, header)) } else { Err(no_part(idx)) }
    }

    /// The targets of a scope among the events before index `until`. `keks`: the keys that end.
    pub(super) async fn targets(
        &self,
        procedure: Uuid,
        umfang: &Umfang,
        keks: &[u64],
        until: u64,
    ) -> Result<Vec<Target>, ExecuteError> {
        let mut cited: BTreeMap<(u64, u8), BTreeSet<Uuid>> = BTreeMap::new();
        let (mut targets, mut kept) = (Vec::new(), BTreeSet::new());
        for (stored, header) in self.events_of(procedure).await? {
            for row in &stored.groups {
                let refs = self.cited(&header, row)?.into_iter().map(|w| w.reference);
                if stored.index > until || !taken(umfang, keks, &stored, &header, row) {
                    kept.extend(refs);
                    continue;
                }
                cited.insert((stored.index, row.g), refs.collect());
                let (log, idx, g) = (header.log.clone(), stored.index, row.g);
                targets.push(Target { log, idx, g, kek_id: row.kek_id, refs: Vec::new() });
            }
        }
        if targets.is_empty() {
            let text = "Dazu ist nichts mehr da, was gelöscht werden könnte.".into();
            return Err(ExecuteError::Refused { code: "nichts_zu_loeschen".into(), text });
        }
        if targets.len() > MAX_TARGETS {
            let text = format!("Mehr als {MAX_TARGETS} Teile in einem Schritt: Schlagen Sie kleinere Teile vor.");
            return Err(ExecuteError::Refused { code: "zu_viele_teile".into(), text });
        }
        for target in &mut targets {
            for reference in cited.remove(&(target.idx, target.g)).unwrap_or_default() {
                // What another part still cites stays, unless the key it is stored under ends.
                if !kept.contains(&reference) || self.ends(umfang, keks, reference).await? {
                    target.refs.push(reference);
                }
            }
        }
        Ok(targets)
    }

    /// Whether a stored document can no longer be opened after this; single events move theirs to another key.
    async fn ends(&self, umfang: &Umfang, keks: &[u64], reference: Uuid) -> Result<bool, ExecuteError> {
        if matches!(umfang, Umfang::Ereignisse { .. }) {
            return Ok(false);
        }
        match self.documents.kek_id(reference).await {
            Ok(id) => Ok(keks.contains(&id)),
            Err(DocError::NotFound(_)) => Ok(true),
            Err(e) => Err(fault(e)),
        }
    }

    /// Documents a group cites; none where its key is gone already.
    pub(super) fn cited(&self, header: &Header, row: &StoredGroup) -> Result<Vec<DokumentWert>, ExecuteError> {
        let Some(id) = row.kek_id else { return Ok(Vec::new()) };
        let Some(kek) = self.vault.kek(id)? else { return Ok(Vec::new()) };
        let place = Place { log: &header.log, stream: header.stream, seq: header.seq };
        let group = open(row, &place, Some(&kek)).map_err(fault)?;
        Ok(group.values().flat_map(|(_, value, _)| DokumentWert::alle_in(value)).collect())
    }
}

fn taken(umfang: &Umfang, keks: &[u64], stored: &Stored, header: &Header, row: &StoredGroup) -> bool {
    match (umfang, row.kek_id) {
        (Umfang::Ereignisse { gruppen }, _) => gruppen.contains(&(stored.index, row.g)),
        (_, Some(id)) => keks.contains(&id),
        (Umfang::Vorgang, None) => OFFENER_FREITEXT.contains(&header.wire.as_str()),
        (Umfang::Subjekt { .. }, None) => false,
    }
}

fn no_part(idx: u64) -> ExecuteError {
    let text = format!("Ereignis {idx} hat in diesem Vorgang keinen solchen Teil, der gelöscht werden kann.");
    ExecuteError::Refused { code: "kein_teil".into(), text }
}
