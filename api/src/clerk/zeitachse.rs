//! The one timeline of a case: sentence, who, when, in whose place, and what was written.
//!
//! A cancelled note stays, struck through, with the reason; nothing is left out.

use crate::clerk::fall::{Eintrag, Fall};
use crate::layout::zeitpunkt;
use akte_core::verfahren::event::VorgangEvent as E;
use akte_projections::rows::EreignisRow;
use std::collections::HashMap;
use uuid::Uuid;

/// One line.
pub struct Zeile {
    pub wann: String,
    pub wer: String,
    pub fuer: Option<String>,
    pub satz: String,
    /// What was written with it.
    pub text: Option<String>,
    pub gestrichen: bool,
    pub wire: String,
    pub index: u64,
    pub hash: String,
}

/// Oldest first, all streams of the procedure.
pub fn zeilen(f: &Fall) -> Vec<Zeile> {
    let eigene: HashMap<u64, &Eintrag> = f.eintraege.iter().map(|e| (e.roh.index, e)).collect();
    let storniert = |id: &Uuid| f.v.vermerke.iter().any(|v| v.id == *id && v.storniert);
    f.verlauf
        .iter()
        .map(|e| {
            let ereignis = eigene.get(&e.index).and_then(|x| x.ereignis.as_ref());
            Zeile {
                gestrichen: matches!(ereignis, Some(E::VermerkWritten { vermerk, .. }) if storniert(vermerk)),
                text: match eigene.get(&e.index) {
                    Some(x) if !x.roh.missing.is_empty() => Some("gelöscht".into()),
                    _ => ereignis.and_then(inhalt),
                },
                ..zeile(e, &f.zone_name(), |id| f.name(id))
            }
        })
        .collect()
}

/// A row of the view as a line.
pub fn zeile(e: &EreignisRow, zone: &str, name: impl Fn(Uuid) -> String) -> Zeile {
    Zeile {
        wann: zeitpunkt(&e.at, zone),
        wer: wer(&e.akteur, e.akteur_name.as_deref()),
        fuer: e.fuer.as_deref().and_then(|f| f.parse().ok()).map(name),
        satz: e.satz.clone(),
        text: None,
        gestrichen: false,
        wire: e.wire.clone(),
        index: e.index,
        hash: e.hash.clone(),
    }
}

/// The actor in words: an account by its name, the applicant, the rules, the system.
pub fn wer(akteur: &str, name: Option<&str>) -> String {
    match (akteur, name) {
        ("process", _) => "Folgeregel".into(),
        ("system", _) => "System".into(),
        ("", _) => "nicht mehr lesbar".into(),
        (_, Some(name)) => name.to_owned(),
        (_, None) => "antragstellende Person".into(),
    }
}

/// The sealed text of an event, as far as it is still there.
fn inhalt(e: &E) -> Option<String> {
    match e {
        E::StepDone { vermerk: t, .. }
        | E::NachforderungIssued { text: t, .. }
        | E::StelleConsulted { frage: t, .. }
        | E::StellungnahmeReceived { text: t, .. }
        | E::AnhoerungStarted { text: t, .. }
        | E::AnhoerungHeld { antwort: t }
        | E::AnhoerungWaived { grund: t, .. }
        | E::Paused { grund: t }
        | E::Withdrawn { grund: t }
        | E::Erledigt { grund: t }
        | E::VermerkWritten { text: t, .. }
        | E::VermerkCancelled { grund: t, .. }
        | E::GebuehrWaived { grund: t, .. }
        | E::MitzeichnungRefused { grund: t, .. }
        | E::WiderspruchReceived { text: t, .. }
        | E::WiderspruchDecided { begruendung: t, .. }
        | E::Reopened { grund: t } => t.clone(),
        E::UebermittlungWaived { grund, .. } | E::CodeRevoked { grund, .. } => Some(grund.clone()),
        _ => None,
    }
}
