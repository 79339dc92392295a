//! Who works on the case: take over, assign.

use super::{Aktion, Kapitel, feld, ohne};
use crate::citizen::felder::FeldSicht;
use crate::clerk::eingabe::Eingabe;
use crate::clerk::fall::Fall;
use akte_core::verfahren::VorgangCommand as C;

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "uebernehmen",
        kapitel: Kapitel::Bearbeitung,
        titel: "Vorgang übernehmen",
        knopf: "Übernehmen",
        erledigt: "Sie haben den Vorgang übernommen.",
        felder: ohne,
        probe: |_| Some(C::TakeOver),
        lesen: |_, _| C::TakeOver,
    },
    Aktion {
        name: "zuweisen",
        kapitel: Kapitel::Bearbeitung,
        titel: "Zuweisen",
        knopf: "Zuweisen",
        erledigt: "Der Vorgang ist zugewiesen.",
        felder: zuweisen,
        probe: |f| {
            let k = f.kandidaten().find(|k| Some(k.konto) != f.v.zugewiesen_an)?;
            Some(C::Assign { an: k.konto, einheit: k.einheit.clone() })
        },
        lesen: zuweisen_lesen,
    },
];

fn zuweisen(f: &Fall) -> Vec<FeldSicht> {
    let wahl = f.kandidaten().map(|k| (k.konto.to_string(), f.konto_mit_einheit(k)));
    vec![feld::liste(f, "zuweisen-an", "An wen?", wahl).fertig()]
}

fn zuweisen_lesen(e: &mut Eingabe<'_>, f: &Fall) -> C {
    let an = e.kennung("an", "An wen?");
    let einheit = f.kandidaten().find(|k| k.konto == an).map_or_else(|| f.v.einheit.clone(), |k| k.einheit.clone());
    C::Assign { an, einheit }
}
