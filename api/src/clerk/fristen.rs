//! The deadlines of a case with the whole way they were computed, extended and suspended.
//!
//! Computes nothing: every sentence was recorded with its event.

use crate::clerk::ampel::{Licht, licht, von_tagen};
use crate::clerk::fall::Fall;
use crate::layout::datum;
use akte_core::recht::Rechenschritt;
use akte_core::verfahren::Status;
use akte_core::verfahren::event::VorgangEvent as E;
use akte_core::verfahren::fristlauf;
use akte_core::verfahren::state::FristState;

/// One deadline with its computation.
pub struct FristTeil {
    pub name: String,
    pub ende: String,
    pub licht: Option<Licht>,
    /// `erledigt`, `gehemmt seit …`, `versäumt`, how often extended.
    pub stand: Option<String>,
    pub verified: bool,
    pub regel: String,
    pub rechenweg: Vec<Rechenschritt>,
}

/// All deadlines, done ones included; of those the office has set the open ones.
pub fn alle(f: &Fall) -> Vec<FristTeil> {
    let eigene = f.v.fristen.iter().map(|x| teil(f, x, x.verified));
    let gesetzte = fristlauf::offene(&f.v).into_iter().filter(|x| !f.v.fristen.iter().any(|y| y.frist == x.frist));
    eigene.chain(gesetzte.map(|x| teil(f, &x, f.law.bestaetigt(fristlauf::BEHOERDE, x.end)))).collect()
}

fn teil(f: &Fall, x: &FristState, verified: bool) -> FristTeil {
    let gesetzt = !f.v.fristen.iter().any(|y| y.frist == x.frist);
    let wartet = gesetzt || f.v.status == Status::Nachforderung;
    let (regel, rechenweg) = weg(f, &x.frist);
    let ruht = x.erledigt || x.gehemmt.is_some();
    FristTeil {
        name: f.frist_name(&x.frist),
        ende: datum(&x.end),
        licht: if ruht { None } else { licht(von_tagen(x.end, f.heute, wartet)) },
        stand: stand(x),
        verified,
        regel: if regel.is_empty() { fristlauf::BEHOERDE.into() } else { regel },
        rechenweg,
    }
}

fn stand(x: &FristState) -> Option<String> {
    let mut worte = Vec::new();
    match x.verlaengert {
        0 => {}
        1 => worte.push("verlängert".to_owned()),
        n => worte.push(format!("{n}-mal verlängert")),
    }
    if x.erledigt {
        worte.push("erledigt".into());
    } else if let Some(h) = x.gehemmt {
        worte.push(format!("gehemmt seit {}", datum(&h.ab)));
    } else if x.versaeumt {
        worte.push("versäumt".into());
    }
    (!worte.is_empty()).then(|| worte.join(", "))
}

/// The newest computation of this deadline and everything that was done with it since, with the version of its rule.
fn weg(f: &Fall, id: &str) -> (String, Vec<Rechenschritt>) {
    let (mut regel, mut schritte) = (String::new(), Vec::new());
    for e in f.eintraege.iter().filter_map(|e| e.ereignis.as_ref()) {
        match e {
            E::FristComputed { frist, rule_version, rechenweg, .. }
            | E::FristRecomputed { frist, rule_version, rechenweg, .. }
                if frist == id =>
            {
                (regel, schritte) = (rule_version.clone(), rechenweg.clone());
            }
            E::NachforderungIssued { nachforderung, rechenweg, .. }
                if fristlauf::nachforderung_of(id) == Some(*nachforderung) =>
            {
                schritte.clone_from(rechenweg);
            }
            E::AnhoerungStarted { rechenweg, .. } if id == fristlauf::ANHOERUNG => schritte.clone_from(rechenweg),
            E::FristExtended { frist, rechenweg, .. }
            | E::FristSuspended { frist, rechenweg, .. }
            | E::FristResumed { frist, rechenweg, .. }
            | E::FristMissed { frist, rechenweg, .. }
                if frist == id =>
            {
                schritte.extend(rechenweg.iter().cloned());
            }
            _ => {}
        }
    }
    (regel, schritte)
}
