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
                satz: ereignis.map_or_else(|| e.satz.clone(), |x| benannt(&e.satz, kennungen(x, f))),
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
        ("process", _) => "automatisch".into(),
        ("system", _) => "System".into(),
        ("", _) => "nicht mehr lesbar".into(),
        (_, Some(name)) => name.to_owned(),
        (_, None) => "antragstellende Person".into(),
    }
}

/// The ids a sentence shows, and what the service calls them.
fn kennungen(e: &E, f: &Fall) -> Vec<(String, String)> {
    let unterlage = |id: &String| (id.clone(), f.unterlage(id));
    match e {
        E::FristComputed { frist, .. }
        | E::FristDone { frist }
        | E::FristExtended { frist, .. }
        | E::FristSuspended { frist, .. }
        | E::FristResumed { frist, .. }
        | E::FristMissed { frist, .. }
        | E::FristRecomputed { frist, .. } => vec![(frist.clone(), f.frist_name(frist))],
        E::GebuehrAssessed { zeile, .. } | E::GebuehrWaived { zeile, .. } => {
            vec![(zeile.clone(), f.gebuehr_name(zeile))]
        }
        E::UebermittlungPlanned { stelle, .. }
        | E::UebermittlungSent { stelle, .. }
        | E::UebermittlungAcknowledged { stelle, .. }
        | E::UebermittlungFailed { stelle, .. }
        | E::UebermittlungWaived { stelle, .. } => vec![(stelle.clone(), f.stelle(stelle))],
        E::NachforderungIssued { unterlagen, .. } => unterlagen.iter().map(unterlage).collect(),
        E::VollstaendigkeitChecked { fehlend } => fehlend.iter().map(unterlage).collect(),
        E::UnterlageSupplied { unterlage: id, .. } => vec![unterlage(id)],
        _ => Vec::new(),
    }
}

/// The sentence with each id, where it stands as a word of its own after the colon or bracket, by its name.
fn benannt(satz: &str, kennungen: Vec<(String, String)>) -> String {
    let beginn = satz.find([':', '(']).unwrap_or(0);
    let (kopf, rest) = satz.split_at(beginn);
    let frei = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '-');
    let mut rest = rest.to_owned();
    for (id, name) in kennungen {
        let stelle = rest
            .match_indices(&id)
            .map(|(i, _)| i)
            .find(|i| frei(rest[..*i].chars().next_back()) && frei(rest[i + id.len()..].chars().next()));
        if let Some(i) = stelle.filter(|_| !id.is_empty()) {
            rest.replace_range(i..i + id.len(), &name);
        }
    }
    format!("{kopf}{rest}")
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
        | E::FristResumed { grund: t, .. }
        | E::AktDiscarded { grund: t, .. }
        | E::Reopened { grund: t } => t.clone(),
        E::CorrectionNoted { reason, .. } => reason.clone(),
        E::FristExtended { grund, rechtsgrundlage, .. }
        | E::FristSuspended { grund, rechtsgrundlage, .. }
        | E::FristRecomputed { grund, rechtsgrundlage, .. } => {
            let grund = grund.clone()?;
            Some(rechtsgrundlage.as_ref().map_or_else(|| grund.clone(), |r| format!("{grund} ({r})")))
        }
        E::UebermittlungWaived { grund, .. } | E::CodeRevoked { grund, .. } => Some(grund.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::benannt;

    #[test]
    fn an_id_is_named_only_where_it_stands_as_a_word() {
        let eine = |satz: &str, id: &str, name: &str| benannt(satz, vec![(id.into(), name.into())]);
        assert_eq!(
            eine("Frist erledigt: statistik.", "statistik", "Statistik melden"),
            "Frist erledigt: Statistik melden."
        );
        assert_eq!(
            eine("Gebühr festgesetzt: 10,00 € (schein).", "schein", "Schein"),
            "Gebühr festgesetzt: 10,00 € (Schein)."
        );
        assert_eq!(eine("Frist berechnet: Frist bis 1.1.", "bis", "x"), "Frist berechnet: Frist x 1.1.");
        assert_eq!(eine("Nachgefordert: zb1_alt, zb1.", "zb1", "Schein"), "Nachgefordert: zb1_alt, Schein.");
        assert_eq!(eine("Ruht.", "", "x"), "Ruht.");
    }
}
