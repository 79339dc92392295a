//! Who else stands in an application: a representative, further persons, and what these sign.
//!
//! Decides nothing. What is signed is told by one digest over the answers and the documents, so that a page, a
//! signature and an auditor mean the same thing.

use super::bedingung;
use super::definition::{Definition, Mitantrag};
use super::event::VorgangEvent as E;
use super::state::{UnterschriftState, Vorgang};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Subject role of somebody who acts for the applicant.
pub const VERTRETER: &str = "vertreter";

/// Whether the application is made by a representative.
pub fn vertreten(def: &Definition, felder: &BTreeMap<String, Value>) -> bool {
    def.vertretung.as_ref().is_some_and(|v| bedingung::holds(&v.wenn, felder, false))
}

/// The persons whose signature this application needs.
pub fn verlangt<'a>(
    def: &'a Definition,
    felder: &'a BTreeMap<String, Value>,
) -> impl Iterator<Item = &'a Mitantrag> + 'a {
    def.mitantrag.iter().filter(move |m| m.unterschrift && bedingung::holds(&m.wenn, felder, false))
}

/// How many documents lie with the application: a further one makes another application of it.
pub fn unterlagen(v: &Vorgang) -> u32 {
    u32::try_from(v.unterlagen.len()).unwrap_or(u32::MAX)
}

/// Hex SHA-256 over service, pinned definition, answers in order of their ids, and documents in order of arrival.
pub fn digest(v: &Vorgang) -> String {
    let mut h = Sha256::new();
    let mut line = |text: &str| {
        h.update((text.len() as u64).to_be_bytes());
        h.update(text);
    };
    line("aktenkette/unterschrift/v1");
    line(&v.leistung);
    line(&v.definition);
    for (id, wert) in &v.felder {
        line(id);
        line(&canonical(wert));
    }
    for id in &v.unterlagen {
        line(id);
    }
    for d in &v.dokumente {
        line(&d.dokument.digest);
    }
    h.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// Members in order of their names, whatever the map keeps.
fn canonical(wert: &Value) -> String {
    match wert {
        Value::Object(m) => {
            let sorted: BTreeMap<&String, String> = m.iter().map(|(k, v)| (k, canonical(v))).collect();
            format!("{sorted:?}")
        }
        Value::Array(a) => format!("{:?}", a.iter().map(canonical).collect::<Vec<_>>()),
        other => other.to_string(),
    }
}

/// Folds the events of signatures.
pub(super) fn evolve(v: &mut Vorgang, event: &E) -> bool {
    match event {
        E::UnterschriftRequested { rolle, generation, unterlagen, .. } => {
            v.unterschriften.retain(|u| u.rolle != *rolle);
            v.unterschriften.push(UnterschriftState {
                rolle: rolle.clone(),
                generation: *generation,
                stand: "offen".into(),
                unterlagen: *unterlagen,
            });
        }
        E::UnterschriftGiven { rolle, unterlagen, .. } => {
            for u in v.unterschriften.iter_mut().filter(|u| u.rolle == *rolle) {
                (u.stand, u.unterlagen) = ("gegeben".into(), *unterlagen);
            }
        }
        E::UnterschriftDeclined { rolle, .. } => {
            v.unterschriften.iter_mut().filter(|u| u.rolle == *rolle).for_each(|u| u.stand = "abgelehnt".into());
        }
        _ => return false,
    }
    true
}
