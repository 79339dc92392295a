//! What is missing, and whether the log allows it: rule B6, and B9 for the erasure events themselves.
//!
//! Judged once the whole log was read: a request stands after what it erases.

use super::payload::Cited;
use super::report::{Counts, Findings};
use super::{DocumentFault, Given};
use crate::ledger::group::Group;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// Codes a request may carry; extended only by a format version.
const REASONS: [&str; 7] = ["frist", "archiv", "art17-1a", "art17-1b", "art17-1d", "art17-1e", "gericht"];
const ARCHIVE: [&str; 3] = ["abgelehnt", "uebernommen", "nicht_anbietungspflichtig"];

/// One request as recorded.
struct Request {
    targets: u64,
    refs: BTreeSet<Uuid>,
    keks: BTreeSet<u64>,
    confirmed: bool,
}

/// A cited document that is not there.
struct Lost {
    index: u64,
    stream: Uuid,
    pointer: String,
    reference: Option<Uuid>,
    reason: String,
}

/// Requests, confirmations, and everything found missing.
#[derive(Default)]
pub(super) struct Erasures {
    requests: BTreeMap<u64, Request>,
    /// (index, g) -> request that names it; the confirmed one where there are several.
    named: HashMap<(u64, u8), Vec<u64>>,
    /// Indices of the system stream.
    system: HashSet<u64>,
    missing: Vec<(u64, u8, Uuid)>,
    lost: Vec<Lost>,
}

impl Erasures {
    pub(super) fn system(&mut self, index: u64) {
        self.system.insert(index);
    }

    pub(super) fn missing(&mut self, index: u64, g: u8, stream: Uuid) {
        self.missing.push((index, g, stream));
    }

    /// A cited document could not be read.
    pub(super) fn document(&mut self, cited: &Cited, fault: DocumentFault, findings: &mut Findings) {
        let reference = cited.value.get("ref").and_then(Value::as_str).and_then(|s| Uuid::try_parse(s).ok());
        match fault {
            DocumentFault::Altered(reason) => {
                findings.add("B5", Some(cited.index), Some(cited.stream), format!("{}: {reason}", cited.pointer));
            }
            DocumentFault::Missing(reason) => self.lost.push(Lost {
                index: cited.index,
                stream: cited.stream,
                pointer: cited.pointer.clone(),
                reference,
                reason,
            }),
        }
    }

    /// One event of the system stream, opened.
    pub(super) fn event(&mut self, index: u64, wire: &str, group: &Group, given: &Given<'_>, findings: &mut Findings) {
        let values: HashMap<&str, &Value> = group.values().map(|(p, v, _)| (p, v)).collect();
        let broken = match wire {
            "erasure.requested.v1" => self.requested(index, &values, given.log),
            "erasure.confirmed.v1" => self.confirmed(index, &values, given),
            _ => Ok(()),
        };
        if let Err((rule, text)) = broken {
            findings.add(rule, Some(index), None, text);
        }
    }

    fn requested(&mut self, index: u64, values: &HashMap<&str, &Value>, log: &str) -> Checked {
        let code = |pointer: &str, list: &[&str]| {
            values.get(pointer).and_then(|v| v.as_str()).is_some_and(|code| list.contains(&code))
        };
        let targets = values.get("/targets").and_then(|v| v.as_array());
        let request = Request {
            targets: targets.map_or(0, |t| t.len() as u64),
            refs: BTreeSet::new(),
            keks: BTreeSet::new(),
            confirmed: false,
        };
        self.requests.insert(index, request);
        let mut seen = HashSet::new();
        for target in targets.into_iter().flatten() {
            let Some(t) = Named::read(target) else {
                return Err(("B9", "ein Ziel der Löschung ist unlesbar".into()));
            };
            if t.log != log {
                // Of an older epoch: its own log is judged with it.
                continue;
            }
            if t.idx >= index || !seen.insert((t.idx, t.g)) {
                return Err(("B9", format!("Ziel {} der Löschung steht nicht vor ihr oder zweimal darin", t.idx)));
            }
            self.named.entry((t.idx, t.g)).or_default().push(index);
            if let Some(request) = self.requests.get_mut(&index) {
                request.refs.extend(t.refs);
                request.keks.extend(t.kek_id);
            }
        }
        if targets.is_none_or(Vec::is_empty) || !code("/reason", &REASONS) || !code("/archive", &ARCHIVE) {
            return Err(("B9", "Löschung ohne Ziele, Grund oder Antwort des Archivs aus der Liste".into()));
        }
        Ok(())
    }

    fn confirmed(&mut self, index: u64, values: &HashMap<&str, &Value>, given: &Given<'_>) -> Checked {
        let number = |pointer: &str| values.get(pointer).and_then(|v| v.as_u64());
        let place = values.get("/request");
        let log = place.and_then(|v| v.get("log")?.as_str());
        if log.is_some_and(|log| log != given.log) {
            return Ok(());
        }
        let of = place.and_then(|v| v.get("idx")?.as_u64()).filter(|idx| *idx < index);
        let Some(request) = of.and_then(|idx| self.requests.get_mut(&idx)) else {
            return Err(("B9", "bestätigt eine Löschung, die nicht angeordnet ist".into()));
        };
        if std::mem::replace(&mut request.confirmed, true) {
            return Err(("B9", "bestätigt eine Löschung zum zweiten Mal".into()));
        }
        let (groups, documents) = (request.targets, request.refs.len() as u64);
        if (number("/groups"), number("/documents")) != (Some(groups), Some(documents)) {
            return Err(("B9", format!("bestätigt nicht {groups} Teile und {documents} Dokumente, wie angeordnet")));
        }
        let alive = given.keys.and_then(|keys| request.keks.iter().find(|id| keys.kek(**id).is_some()));
        match alive {
            Some(id) => Err(("B6", format!("Löschung bestätigt, aber Schlüssel {id} ist noch im Tresor"))),
            None => Ok(()),
        }
    }

    /// Documents that confirmed erasures took; none of them may be stored any more.
    pub(super) fn gone(&self) -> Vec<(u64, Uuid)> {
        let confirmed = self.requests.iter().filter(|(_, r)| r.confirmed);
        confirmed.flat_map(|(idx, r)| r.refs.iter().map(|reference| (*idx, *reference))).collect()
    }

    /// B6, once the whole log was read.
    pub(super) fn check(&self, counts: &mut Counts, findings: &mut Findings) {
        for (index, g) in self.named.keys().filter(|(index, _)| self.system.contains(index)) {
            findings.add("B6", Some(*index), None, format!("Gruppe {g} des Systemstroms ist Ziel einer Löschung"));
        }
        let mut gone = HashSet::new();
        for (index, g, stream) in &self.missing {
            gone.insert((*index, *g));
            match self.named.get(&(*index, *g)) {
                Some(requests) => self.allow(requests, counts),
                None => {
                    let text = format!("Gruppe {g} fehlt ohne protokollierte Löschung");
                    findings.add("B6", Some(*index), Some(*stream), text);
                }
            }
        }
        for (target, requests) in &self.named {
            if requests.iter().any(|r| self.is_confirmed(*r)) && !gone.contains(target) {
                let text = format!("Gruppe {} ist als gelöscht bestätigt, aber vorhanden", target.1);
                findings.add("B6", Some(target.0), None, text);
            }
        }
        for lost in &self.lost {
            let of = |r: &&Request| lost.reference.is_some_and(|reference| r.refs.contains(&reference));
            let text = format!("{}: {}", lost.pointer, lost.reason);
            match self.requests.values().filter(of).map(|r| r.confirmed).max() {
                Some(true) => {}
                Some(false) => counts.pending += 1,
                None => findings.add("B5", Some(lost.index), Some(lost.stream), text),
            }
        }
    }

    fn allow(&self, requests: &[u64], counts: &mut Counts) {
        if requests.iter().any(|r| self.is_confirmed(*r)) {
            counts.erased += 1;
        } else {
            counts.pending += 1;
        }
    }

    fn is_confirmed(&self, request: u64) -> bool {
        self.requests.get(&request).is_some_and(|r| r.confirmed)
    }
}

/// Rule and text of what is broken.
type Checked = Result<(), (&'static str, String)>;

/// A target as it stands in a request.
struct Named {
    log: String,
    idx: u64,
    g: u8,
    kek_id: Option<u64>,
    refs: Vec<Uuid>,
}

impl Named {
    fn read(value: &Value) -> Option<Self> {
        // These five, no others; open groups have no key, sealed ones always; references ascend.
        let value = value.as_object().filter(|map| map.len() == 5)?;
        let kek_id = value.get("kek_id")?;
        let refs: Vec<&str> = value.get("refs")?.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
        let g = u8::try_from(value.get("g")?.as_u64()?).ok()?;
        let right = if g == 0 { kek_id.is_null() } else { kek_id.is_u64() };
        if !right || !refs.is_sorted_by(|a, b| a < b) {
            return None;
        }
        Some(Self {
            g,
            log: value.get("log")?.as_str()?.to_owned(),
            idx: value.get("idx")?.as_u64()?,
            kek_id: if kek_id.is_null() { None } else { Some(kek_id.as_u64()?) },
            refs: refs.into_iter().map(|r| Uuid::try_parse(r).ok()).collect::<Option<_>>()?,
        })
    }
}
