//! Transmissions to other bodies: received there, or not needed here.

use super::{Aktion, Kapitel, feld};
use crate::clerk::fall::Fall;
use akte_core::verfahren::VorgangCommand as C;

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "uebermittlung_bestaetigt",
        kapitel: Kapitel::Uebermittlung,
        titel: "Empfang bestätigen",
        knopf: "Bestätigen",
        erledigt: "Der Empfang ist bestätigt.",
        felder: |f| {
            vec![
                feld::liste(f, "uebermittlung_bestaetigt-stelle", "Welche Stelle?", stellen(f, &["gesendet"])).fertig(),
            ]
        },
        probe: |f| Some(C::Acknowledge { stelle: stellen(f, &["gesendet"]).into_iter().next()?.0 }),
        lesen: |e, _| C::Acknowledge { stelle: e.text("stelle", "Welche Stelle?") },
    },
    Aktion {
        name: "uebermittlung_verzicht",
        kapitel: Kapitel::Uebermittlung,
        titel: "Auf eine Übermittlung verzichten",
        knopf: "Verzichten",
        erledigt: "Die Übermittlung entfällt.",
        felder: |f| {
            vec![
                feld::liste(
                    f,
                    "uebermittlung_verzicht-stelle",
                    "Welche Stelle?",
                    stellen(f, &["geplant", "fehlgeschlagen"]),
                )
                .fertig(),
                feld::zeile(f, "uebermittlung_verzicht-grund", "Grund").fertig(),
            ]
        },
        probe: |f| {
            let stelle = stellen(f, &["geplant", "fehlgeschlagen"]).into_iter().next()?.0;
            Some(C::WaiveUebermittlung { stelle, grund: "Probe".into() })
        },
        lesen: |e, _| C::WaiveUebermittlung {
            stelle: e.text("stelle", "Welche Stelle?"),
            grund: e.text("grund", "Grund"),
        },
    },
];

fn stellen(f: &Fall, stand: &[&str]) -> Vec<(String, String)> {
    let u = f.v.uebermittlungen.iter().filter(|u| stand.contains(&u.stand.as_str()));
    u.map(|u| (u.stelle.clone(), f.stelle(&u.stelle))).collect()
}
