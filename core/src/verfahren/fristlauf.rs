//! How a Frist stands after what happened to it: extended, suspended, continued, missed, computed anew.
//!
//! Computes no date: each event says its own. Periods the office set (Anhoerung, Nachforderung) have names here, so
//! that one word addresses every period of a case.

use super::definition::Definition;
use super::event::VorgangEvent as E;
use super::state::{FristState, Hemmung, Vorgang};
use crate::recht::Lauf;
use jiff::civil::Date;
use uuid::Uuid;

/// Rule of every period the office itself sets.
pub const BEHOERDE: &str = "behoerdenfrist";
/// Id of the period of the Anhoerung.
pub const ANHOERUNG: &str = "anhoerung";
const NACHFORDERUNG: &str = "nachforderung/";

/// Id of the period of one Nachforderung.
pub fn nachforderung(id: Uuid) -> String {
    format!("{NACHFORDERUNG}{id}")
}

/// The Nachforderung whose period this is.
pub fn nachforderung_of(frist: &str) -> Option<Uuid> {
    frist.strip_prefix(NACHFORDERUNG)?.parse().ok()
}

impl FristState {
    /// As the law tables take it; `regel` is what the definition names.
    pub fn lauf<'a>(&self, regel: &'a str) -> Lauf<'a> {
        Lauf {
            regel,
            begin: self.begin.unwrap_or(self.end),
            end: self.end,
            roh: self.roh,
            verlaengert: self.verlaengert,
            gehemmt_ab: self.gehemmt.map(|h| h.ab),
        }
    }
}

/// Every Frist of the case that has not ended by what ends it, those the office itself has set included.
pub fn offene(v: &Vorgang) -> Vec<FristState> {
    v.fristen.iter().filter(|f| !f.erledigt).cloned().chain(office(v)).collect()
}

/// The open periods the office itself has set, as Fristen; their first day was not kept.
fn office(v: &Vorgang) -> impl Iterator<Item = FristState> {
    let row =
        |frist: String, end, versaeumt| FristState { frist, end, begin: Some(end), versaeumt, ..FristState::default() };
    let asked = v.offene_nachforderungen().map(move |n| row(nachforderung(n.id), n.frist, n.versaeumt));
    let heard = v.anhoerung_frist.filter(|_| v.anhoerung_offen);
    asked.chain(heard.map(move |end| row(ANHOERUNG.into(), end, v.anhoerung_versaeumt)))
}

/// Id of the rule of a Frist: the definition's, or the one the law gives to a period of the procedure itself.
pub fn regel<'d>(def: &'d Definition, frist: &str) -> Option<&'d str> {
    if let Some(f) = def.fristen.iter().find(|f| f.id == frist) {
        return Some(&f.regel);
    }
    let belehrt = def.bescheid.as_ref().is_some_and(|b| !b.belehrung.is_empty());
    match frist {
        super::WIDERSPRUCH if belehrt => Some("vwgo70"),
        super::WIDERSPRUCH => Some("vwgo58"),
        super::KLAGE => Some("vwgo74"),
        ANHOERUNG => Some(BEHOERDE),
        other => nachforderung_of(other).map(|_| BEHOERDE),
    }
}

/// `false`: not one of these events.
pub(super) fn fold(v: &mut Vorgang, event: &E) -> bool {
    match event {
        E::FristExtended { frist, end, roh, warnung, verified, .. } => {
            set_office(v, frist, *end);
            change(v, frist, |f| {
                (f.end, f.roh, f.warnung) = (*end, Some(*roh), *warnung);
                (f.verified, f.versaeumt) = (f.verified && *verified, false);
                f.verlaengert += 1;
            });
        }
        E::FristSuspended { frist, ab, anlass, .. } => {
            change(v, frist, |f| f.gehemmt = Some(Hemmung { ab: *ab, anlass: *anlass }));
        }
        E::FristResumed { frist, bis, end, roh, warnung, .. } => change(v, frist, |f| {
            f.zuletzt_gehemmt = f.zuletzt_gehemmt.max(Some(*bis));
            (f.end, f.roh, f.warnung) = (*end, Some(*roh), *warnung);
            (f.gehemmt, f.versaeumt) = (None, false);
        }),
        E::FristMissed { frist, .. } => missed(v, frist),
        E::FristRecomputed { frist, begin, end, roh, warnung, verified, .. } => change(v, frist, |f| {
            (f.begin, f.end, f.roh, f.warnung) = (Some(*begin), *end, Some(*roh), *warnung);
            (f.verified, f.versaeumt, f.verlaengert, f.gehemmt) = (*verified, false, 0, None);
            f.zuletzt_gehemmt = None;
        }),
        _ => return false,
    }
    true
}

fn change(v: &mut Vorgang, frist: &str, what: impl Fn(&mut FristState)) {
    v.fristen.iter_mut().filter(|f| f.frist == frist).for_each(what);
}

/// The new end of a period the office itself has set.
fn set_office(v: &mut Vorgang, frist: &str, end: Date) {
    if frist == ANHOERUNG {
        (v.anhoerung_frist, v.anhoerung_versaeumt) = (Some(end), false);
    }
    let which = nachforderung_of(frist);
    for n in v.nachforderungen.iter_mut().filter(|n| Some(n.id) == which) {
        (n.frist, n.versaeumt) = (end, false);
    }
}

fn missed(v: &mut Vorgang, frist: &str) {
    change(v, frist, |f| f.versaeumt = true);
    v.anhoerung_versaeumt |= frist == ANHOERUNG;
    let which = nachforderung_of(frist);
    v.nachforderungen.iter_mut().filter(|n| Some(n.id) == which).for_each(|n| n.versaeumt = true);
}
