//! Facts of the procedure, one after the other: what happened is noted, what it was about is not.

use super::{Aktion, Kapitel, feld};
use crate::clerk::fall::Fall;
use akte_core::verfahren::VorgangCommand as C;
use akte_core::verfahren::definition::Schrittart;

pub const AKTIONEN: &[Aktion] = &[Aktion {
    name: "tatsache",
    kapitel: Kapitel::Ablauf,
    titel: "Schritt eintragen",
    knopf: "Als erledigt eintragen",
    erledigt: "Der Schritt ist eingetragen.",
    felder: |f| {
        vec![
            feld::liste(f, "tatsache-schritt", "Was ist geschehen?", offene(f))
                .hilfe("In der Reihenfolge des Ablaufs. Ist es noch nicht so weit, sagt die Seite, was davor fehlt.")
                .fertig(),
            feld::zeile(f, "tatsache-vermerk", "Vermerk dazu").freiwillig().fertig(),
        ]
    },
    probe: |f| Some(C::NoteTatsache { schritt: naechste(f)?, vermerk: String::new() }),
    lesen: |e, _| C::NoteTatsache {
        schritt: e.text("schritt", "Was ist geschehen?"),
        vermerk: e.optional("vermerk", "Vermerk dazu"),
    },
}];

/// Facts that are not noted yet, in the order of the definition.
fn offene(f: &Fall) -> Vec<(String, String)> {
    let Some(def) = &f.def else { return Vec::new() };
    let alle = def.schritte.iter().filter(|s| s.art == Schrittart::Tatsache);
    let offen = alle.filter(|s| !f.v.schritte_erledigt.contains(&s.id));
    offen.map(|s| (s.id.clone(), s.text.de.clone())).collect()
}

/// The first fact that could be noted now: whether there is any decides whether the form is shown.
fn naechste(f: &Fall) -> Option<String> {
    let p = f.principale.first()?;
    let geht = |schritt: &String| {
        let probe = C::NoteTatsache { schritt: schritt.clone(), vermerk: String::new() };
        <akte_core::verfahren::Vorgang as akte_core::kernel::Decider>::decide(&f.v, probe, &f.context(p)).is_ok()
    };
    offene(f).into_iter().map(|(id, _)| id).find(geht)
}
