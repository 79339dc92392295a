//! Which cases the demo town has: every service in every state it can reach, the rest as a town has them.

use super::schritte::{Plan, weg};
use akte_core::verfahren::definition::Definition;
use akte_core::verfahren::event::Kanal;
use akte_core::verfahren::{Status, loader};
use jiff::{Timestamp, ToSpan};
use std::sync::Arc;

/// Months the demo looks back.
pub const MONATE: i64 = 36;

/// One planned case.
#[derive(Clone, Debug)]
pub struct Fall {
    pub n: usize,
    pub leistung: Arc<Definition>,
    pub ziel: Status,
    pub beginn: Timestamp,
    pub kanal: Kanal,
    pub plan: Plan,
}

/// `anzahl` cases that end before `jetzt`, oldest first. Open states begin late, closed ones early.
pub fn faelle(leistungen: &[Arc<Definition>], anzahl: usize, jetzt: Timestamp) -> Vec<Fall> {
    let mut paare: Vec<(Arc<Definition>, Status)> = Vec::new();
    for def in leistungen {
        paare.extend(ziele(def).into_iter().map(|s| (Arc::clone(def), s)));
    }
    let mut n = 0;
    while paare.len() < anzahl {
        let def = &leistungen[n % leistungen.len()];
        let ziel = if n % 11 == 5 { Status::Zurueckgenommen } else { Status::ZdA };
        paare.push((Arc::clone(def), ziel));
        n += 1;
    }
    let mut faelle: Vec<Fall> =
        paare.into_iter().enumerate().map(|(n, (def, ziel))| fall(n, def, ziel, jetzt)).collect();
    faelle.sort_by_key(|f| (f.beginn, f.n));
    faelle
}

/// One case more, of this unit: filed away long ago, and destroyed at the end of the demo. Published rows outlive their
/// case, so it is one of a service that publishes none, where there is one.
pub fn zu_vernichten(leistungen: &[Arc<Definition>], einheit: &str, n: usize, jetzt: Timestamp) -> Option<Fall> {
    let moeglich = leistungen.iter().filter(|d| d.einheit == einheit && ziele(d).contains(&Status::ZdA));
    let leistung = moeglich.min_by_key(|d| (d.datensatz.is_some(), d.id.clone()))?;
    let vor = jetzt.saturating_sub((24 * 60).hours()).unwrap_or(jetzt);
    Some(fall(n, Arc::clone(leistung), Status::ZdA, vor))
}

/// Current states a case of this service can rest in. `Eingegangen` passes at once: the file is
/// opened by rule, without anybody waiting.
pub fn ziele(def: &Definition) -> Vec<Status> {
    let rest = |s: &Status| !matches!(s, Status::Leer | Status::Eingegangen);
    loader::zustaende(def).into_iter().filter(rest).collect()
}

fn fall(n: usize, leistung: Arc<Definition>, ziel: Status, jetzt: Timestamp) -> Fall {
    let plan = weg(&leistung, ziel, n);
    let dauer: i64 = plan.iter().map(|(_, stunden)| stunden).sum::<i64>() + 24;
    let fenster = (MONATE * 30 * 24 - dauer).max(1);
    // Open cases lie in the last weeks, a few of them late; closed ones anywhere.
    let offen = !matches!(ziel, Status::ZdA | Status::Zurueckgenommen | Status::Erledigt | Status::Abgegeben);
    let zurueck = if offen { (n as i64 * 37) % (24 * 45) } else { (n as i64 * 7919) % fenster };
    let beginn = jetzt.saturating_sub((dauer + zurueck).hours()).unwrap_or(jetzt);
    let wege = &leistung.kanaele;
    let kanal = wege[(n / 2) % wege.len()];
    Fall { n, leistung, ziel, beginn, kanal, plan }
}
