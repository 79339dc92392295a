//! What a clerk can do with a case: one row per act, grouped by chapter.
//!
//! A row knows its form and turns it into a command. Whether the act is possible now is asked of
//! `permit` and of the decider itself with a sample command: no rule is written twice here.

mod abgabe;
mod abschluss;
mod ausgang;
mod berichtigung;
mod bescheid;
mod beteiligung;
pub use bescheid::tenor_satz;
mod einwilligung;
pub mod feld;
mod frist;
mod gebuehr;
mod pruefung;
mod tatsache;
mod uebermittlung;
mod unterschrift;
mod vermerk;
pub mod weiterer;
mod zeichnung;
mod zuteilung;

use crate::citizen::felder::FeldSicht;
use crate::clerk::eingabe::Eingabe;
use crate::clerk::fall::Fall;
use akte_core::execute::{Principal, Room};
use akte_core::kernel::Decider;
use akte_core::verfahren::{Refusal, Vorgang, VorgangCommand};
use akte_core::zugriff::{Resource, permit};

/// Heading under which an act stands on the case page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kapitel {
    Bearbeitung,
    Unterlagen,
    Ablauf,
    Beteiligung,
    Vermerke,
    Geld,
    Uebermittlung,
    Bescheid,
    Ausgang,
    Abschluss,
    Fristen,
}

impl Kapitel {
    /// In the order of the page.
    pub const ALLE: &'static [Kapitel] = &[
        Kapitel::Bearbeitung,
        Kapitel::Unterlagen,
        Kapitel::Ablauf,
        Kapitel::Fristen,
        Kapitel::Beteiligung,
        Kapitel::Bescheid,
        Kapitel::Ausgang,
        Kapitel::Geld,
        Kapitel::Uebermittlung,
        Kapitel::Vermerke,
        Kapitel::Abschluss,
    ];
    /// The heading.
    pub fn titel(self) -> &'static str {
        match self {
            Kapitel::Bearbeitung => "Bearbeitung",
            Kapitel::Unterlagen => "Unterlagen",
            Kapitel::Ablauf => "Schritte des Ablaufs",
            Kapitel::Beteiligung => "Beteiligung und Anhörung",
            Kapitel::Vermerke => "Vermerke und Hinweise",
            Kapitel::Geld => "Gebühren",
            Kapitel::Uebermittlung => "Übermittlungen",
            Kapitel::Bescheid => "Entscheidung",
            Kapitel::Ausgang => "Bekanntgabe und Widerspruch",
            Kapitel::Abschluss => "Abschluss",
            Kapitel::Fristen => "Fristen",
        }
    }
}

/// One act.
pub struct Aktion {
    /// Last part of the address, and prefix of the fields' names.
    pub name: &'static str,
    pub kapitel: Kapitel,
    pub titel: &'static str,
    pub knopf: &'static str,
    /// What the page says afterwards.
    pub erledigt: &'static str,
    pub felder: fn(&Fall) -> Vec<FeldSicht>,
    /// A command as the form would send it; `None` = there is nothing to do it with.
    pub probe: fn(&Fall) -> Option<VorgangCommand>,
    /// The form as a command; findings are left in the input.
    pub lesen: fn(&mut Eingabe<'_>, &Fall) -> VorgangCommand,
}

/// No field: the button says all.
pub fn ohne(_: &Fall) -> Vec<FeldSicht> {
    Vec::new()
}

/// Every act.
pub fn alle() -> impl Iterator<Item = &'static Aktion> {
    let kapitel: [&'static [Aktion]; 17] = [
        zuteilung::AKTIONEN,
        pruefung::AKTIONEN,
        beteiligung::AKTIONEN,
        berichtigung::AKTIONEN,
        vermerk::AKTIONEN,
        gebuehr::AKTIONEN,
        uebermittlung::AKTIONEN,
        bescheid::AKTIONEN,
        zeichnung::AKTIONEN,
        ausgang::AKTIONEN,
        tatsache::AKTIONEN,
        abgabe::AKTIONEN,
        abschluss::AKTIONEN,
        frist::AKTIONEN,
        einwilligung::AKTIONEN,
        weiterer::AKTIONEN,
        unterschrift::AKTIONEN,
    ];
    kapitel.into_iter().flatten()
}

/// The act with this name.
pub fn finden(name: &str) -> Option<&'static Aktion> {
    alle().find(|a| a.name == name)
}

/// As whom this reader could do it now: itself first, then in place of others; `None` = not at all.
pub fn moeglich<'a>(aktion: &Aktion, fall: &'a Fall) -> Option<&'a Principal> {
    let probe = (aktion.probe)(fall)?;
    fall.principale.iter().find(|p| darf(fall, p, &probe) && ginge(fall, p, &probe))
}

fn darf(fall: &Fall, principal: &Principal, command: &VorgangCommand) -> bool {
    let resource = Resource { stream: Some(fall.id), ..Vorgang::resource_of(&fall.v) };
    permit(principal, Vorgang::action(command), &resource, &fall.context(principal)).allow
}

/// The decider would do it, or would say what is still open.
fn ginge(fall: &Fall, principal: &Principal, command: &VorgangCommand) -> bool {
    match Vorgang::decide(&fall.v, command.clone(), &fall.context(principal)) {
        Ok(events) => !events.is_empty(),
        Err(
            Refusal::OffenePunkte(_)
            | Refusal::AnhoerungFehlt
            | Refusal::BegruendungFehlt
            | Refusal::ErmessenFehlt
            | Refusal::BescheidMangel(_)
            | Refusal::UnterschriftFehlt(_),
        ) => true,
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::alle;
    use std::collections::BTreeSet;

    #[test]
    fn every_act_has_a_name_of_its_own() {
        let namen: BTreeSet<_> = alle().map(|a| a.name).collect();
        assert_eq!(namen.len(), alle().count());
        assert!(namen.iter().all(|n| n.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')), "{namen:?}");
    }
}
