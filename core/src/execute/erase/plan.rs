//! Which payload groups and documents an erasure takes.
//!
//! Decides by header and key only; the values of a group are looked at for the documents it cites.

use super::postbuch::Reichweite;
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

/// Longest list of one request, as bytes of JSON: with salt and name it must fit into one disclosure of 1 MiB
/// (`LEDGER.md`, canonical form). Some 8,000 documents, or 11,000 parts without one.
const MAX_LISTE: usize = 1_000_000;

impl House {
    /// Keys a scope destroys. For single events: those that seal them.
    pub(super) async fn keks_of(&self, r: &Reichweite, umfang: &Umfang) -> Result<Vec<u64>, ExecuteError> {
        let procedure = r.procedure;
        let mut uses = Vec::new();
        for p in &r.alle {
            uses.extend(self.ledger.kek_uses_of(*p).await.map_err(fault)?);
        }
        Ok(match umfang {
            Umfang::Vorgang | Umfang::Akte => uses.iter().map(|u| u.kek_id).collect(),
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
        r: &Reichweite,
        umfang: &Umfang,
        keks: &[u64],
        until: u64,
    ) -> Result<Vec<Target>, ExecuteError> {
        let mut cited: BTreeMap<(u64, u8), BTreeSet<Uuid>> = BTreeMap::new();
        let (mut targets, mut kept) = (Vec::new(), BTreeSet::new());
        for (stored, header) in self.events_of(&r.alle).await? {
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
        for target in &mut targets {
            for reference in cited.remove(&(target.idx, target.g)).unwrap_or_default() {
                // What another part still cites stays, unless the key it is stored under ends.
                // Where all keys of a procedure end, what is stored under another one's is that one's: the upload of
                // another Vorgang, an Eingang that stays.
                let ganz = matches!(umfang, Umfang::Vorgang | Umfang::Akte);
                let bleibt = ganz || kept.contains(&reference);
                if !bleibt || self.ends(umfang, keks, reference).await? {
                    target.refs.push(reference);
                }
            }
        }
        passt(&targets)?;
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

/// Refuses what one request cannot name.
fn passt(targets: &[Target]) -> Result<(), ExecuteError> {
    if serde_json::to_vec(targets).map_err(fault)?.len() <= MAX_LISTE {
        return Ok(());
    }
    let n = targets.len();
    let text = format!(
        "Die Löschung umfasst {n} Teile, mehr, als eine Anordnung nennen kann. Schlagen Sie kleinere Teile vor, bei einem Vorgang zum Beispiel nach Personen."
    );
    Err(ExecuteError::Refused { code: "zu_viele_teile".into(), text })
}

fn taken(umfang: &Umfang, keks: &[u64], stored: &Stored, header: &Header, row: &StoredGroup) -> bool {
    match (umfang, row.kek_id) {
        (Umfang::Ereignisse { gruppen }, _) => gruppen.contains(&(stored.index, row.g)),
        (_, Some(id)) => keks.contains(&id),
        (Umfang::Vorgang | Umfang::Akte, None) => OFFENER_FREITEXT.contains(&header.wire.as_str()),
        (Umfang::Subjekt { .. }, None) => false,
    }
}

fn no_part(idx: u64) -> ExecuteError {
    let text = format!("Ereignis {idx} hat in diesem Vorgang keinen solchen Teil, der gelöscht werden kann.");
    ExecuteError::Refused { code: "kein_teil".into(), text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::tests::house;
    use serde_json::json;

    fn liste(n: usize) -> Vec<Target> {
        let target = |idx: u64| Target {
            log: "musterstadt.example/akte/2026".into(),
            idx,
            g: 1,
            kek_id: Some(idx),
            refs: vec![Uuid::from_u128(u128::from(idx))],
        };
        (1_000_000..).take(n).map(target).collect()
    }

    #[tokio::test]
    async fn the_longest_list_let_through_fits_into_one_event_and_a_longer_one_is_refused_before() {
        let (house, _dir, _uhr) = house().await;
        let each = serde_json::to_vec(&liste(1)).expect("json").len() - 1;
        let n = (MAX_LISTE - 1) / each;
        assert!(n > 7_000 && passt(&liste(n)).is_ok(), "{n}");
        let no = passt(&liste(n + 1));
        assert!(matches!(&no, Err(ExecuteError::Refused { code, .. }) if code == "zu_viele_teile"), "{no:?}");
        let data = json!({ "targets": liste(n), "reason": "art17-1d", "archive": "abgelehnt" });
        house.append_system("erasure.requested.v1", &data, "lang", None).await.expect("fits");
        assert_eq!(house.erasures().await.expect("read")[0].targets, liste(n));
    }
}
