//! The second signature at the counter: given or declined before a clerk, or the link replaced.

use super::{Aktion, Kapitel, feld};
use crate::clerk::fall::Fall;
use akte_core::verfahren::VorgangCommand as C;
use akte_core::verfahren::unterschrift::{digest, unterlagen};

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "unterschrift",
        kapitel: Kapitel::Unterlagen,
        titel: "Unterschrift am Schalter",
        knopf: "Unterschrift eintragen",
        erledigt: "Die Unterschrift ist eingetragen.",
        felder: |f| {
            vec![
                feld::liste(f, "unterschrift-rolle", "Wer unterschreibt?", personen(f)).fertig(),
                feld::zeile(f, "unterschrift-name", "Name laut Ausweis").fertig(),
            ]
        },
        probe: |f| Some(geben(f, personen(f).into_iter().next()?.0, "Probe".into())),
        lesen: |e, f| {
            let rolle = e.text("rolle", "Wer unterschreibt?");
            geben(f, rolle, e.text("name", "Name laut Ausweis"))
        },
    },
    Aktion {
        name: "unterschrift_ablehnen",
        kapitel: Kapitel::Unterlagen,
        titel: "Unterschrift wird abgelehnt",
        knopf: "Ablehnung eintragen",
        erledigt: "Die Ablehnung ist eingetragen.",
        felder: |f| {
            vec![
                feld::liste(f, "unterschrift_ablehnen-rolle", "Wer lehnt ab?", personen(f)).fertig(),
                feld::zeile(f, "unterschrift_ablehnen-grund", "Grund").freiwillig().fertig(),
            ]
        },
        probe: |f| {
            let rolle = personen(f).into_iter().next()?.0;
            Some(C::DeclineUnterschrift { rolle, generation: None, grund: String::new() })
        },
        lesen: |e, _| C::DeclineUnterschrift {
            rolle: e.text("rolle", "Wer lehnt ab?"),
            generation: None,
            grund: e.optional("grund", "Grund"),
        },
    },
    Aktion {
        name: "unterschrift_neu",
        kapitel: Kapitel::Unterlagen,
        titel: "Neuen Link zur Unterschrift",
        knopf: "Link ersetzen",
        erledigt: "Der alte Link gilt nicht mehr. Der neue steht oben auf der Seite.",
        felder: |f| vec![feld::liste(f, "unterschrift_neu-rolle", "Für wen?", ausstehend(f)).fertig()],
        probe: |f| Some(C::RequestUnterschrift { rolle: ausstehend(f).into_iter().next()?.0 }),
        lesen: |e, _| C::RequestUnterschrift { rolle: e.text("rolle", "Für wen?") },
    },
];

/// What lies before the signer is the case as this page shows it; If-Match holds that it is still so.
fn geben(f: &Fall, rolle: String, name: String) -> C {
    C::GiveUnterschrift { rolle, generation: None, unterlagen: unterlagen(&f.v), digest: digest(&f.v), name }
}

fn personen(f: &Fall) -> Vec<(String, String)> {
    f.unterschriften(|stand| stand == "offen")
}

fn ausstehend(f: &Fall) -> Vec<(String, String)> {
    f.unterschriften(|stand| stand != "gegeben")
}
