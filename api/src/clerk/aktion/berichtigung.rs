//! Putting right what was recorded wrongly (Art. 16 DSGVO, § 42 VwVfG): the wrong value stays beside the right one.

use super::{Aktion, Kapitel, feld};
use crate::clerk::eingabe::Eingabe;
use crate::clerk::fall::Fall;
use akte_core::verfahren::VorgangCommand as C;
use akte_core::verfahren::definition::Feld;
use akte_core::verfahren::pruefung::{Sprache, einzeln, is_shown, lesbar};
use serde_json::Value;

pub const AKTIONEN: &[Aktion] = &[Aktion {
    name: "berichtigen",
    kapitel: Kapitel::Unterlagen,
    titel: "Angabe berichtigen",
    knopf: "Berichtigen",
    erledigt: "Die Angabe ist berichtigt. Der frühere Wert bleibt durchgestrichen lesbar.",
    felder: |f| {
        vec![
            feld::liste(f, "berichtigen-feld", "Welche Angabe ist falsch?", angaben(f)).fertig(),
            feld::zeile(f, "berichtigen-wert", "Richtig ist")
                .hilfe("So, wie es auf dem Antrag stünde. Einen Tag schreiben Sie als 31.12.2026, eine Auswahl mit ihrem Wortlaut.")
                .fertig(),
            feld::mehrzeilig(f, "berichtigen-grund", "Grund").hilfe("Woher wissen Sie, wie es richtig lautet?").fertig(),
        ]
    },
    probe: |f| {
        let id = angaben(f).into_iter().next()?.0;
        Some(C::NoteCorrection { feld: id, wert: Some(Value::from("\u{1}Probe")), grund: "Probe".into() })
    },
    lesen: |e, f| {
        let id = e.text("feld", "Welche Angabe ist falsch?");
        let getippt = e.text("wert", "Richtig ist");
        let grund = e.text("grund", "Grund");
        let wert = wert(e, f, &id, &getippt);
        C::NoteCorrection { feld: id, wert, grund }
    },
}];

/// Fields of the form that are shown for this case, with what they say now.
fn angaben(f: &Fall) -> Vec<(String, String)> {
    let Some(def) = &f.def else { return Vec::new() };
    let gezeigt = def.felder.iter().filter(|x| is_shown(def, x, &f.v.felder));
    let satz = |x: &Feld| match lesbar(x, f.v.felder.get(&x.id), Sprache::De) {
        Some(wert) => format!("{}: {}", x.label.de, wert.chars().take(60).collect::<String>()),
        None => format!("{}: keine Angabe", x.label.de),
    };
    gezeigt.map(|x| (x.id.clone(), satz(x))).collect()
}

/// The value as the form's own check reads it; what is wrong stands at the field.
fn wert(e: &mut Eingabe<'_>, f: &Fall, id: &str, getippt: &str) -> Option<Value> {
    let feld = f.def.as_ref()?.feld(id)?;
    let klein = getippt.to_lowercase();
    let option = feld.optionen.iter().find(|o| o.label.de.to_lowercase() == klein || o.wert == getippt);
    let roh = option.map_or_else(|| getippt.to_owned(), |o| o.wert.clone());
    match einzeln(feld, &[roh], f.heute, Sprache::De) {
        Ok(wert) => wert,
        Err(befund) => {
            e.falsch("wert", "Richtig ist", &befund.text);
            None
        }
    }
}
