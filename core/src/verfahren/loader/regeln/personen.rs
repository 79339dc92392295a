//! Rules for representatives and further persons: each has fields and a subject of its own.

use super::formular::condition;
use super::{Pruefer, is_id};
use crate::verfahren::definition::Schutz;
use crate::verfahren::unterschrift::VERTRETER;
use std::collections::BTreeSet;

/// Subjects with a meaning of their own.
const VERGEBEN: [&str; 4] = ["antragsteller", VERTRETER, "verfahren", "mitunterzeichner"];

pub(super) fn check(p: &mut Pruefer) {
    vertretung(p);
    let d = p.def;
    let mut da = BTreeSet::new();
    for m in &d.mitantrag {
        let mut melde = |stelle: &str, text: String| {
            p.at_entry("mitantrag", &m.rolle, stelle, format!("Person „{}“: {text}", m.rolle))
        };
        if !is_id(&m.rolle) || VERGEBEN.contains(&m.rolle.as_str()) {
            melde(
                "rolle",
                format!("rolle: Erlaubt sind a-z, 0-9 und Unterstrich, und keines von {}.", VERGEBEN.join(", ")),
            );
        }
        if !da.insert(&m.rolle) {
            melde("rolle", "Diese rolle gibt es zweimal.".into());
        }
        if m.label.de.trim().is_empty() {
            melde("label", "Die deutsche Bezeichnung (label.de) fehlt.".into());
        }
        if !d.felder.iter().any(|f| f.subjekt == m.rolle) {
            melde("rolle", "Kein Feld nennt sie als subjekt: Wer sie ist, wird nirgends gefragt.".into());
        }
        condition(p, "mitantrag", &m.rolle, "wenn", &m.wenn, false);
    }
}

fn vertretung(p: &mut Pruefer) {
    let d = p.def;
    let felder = || d.felder.iter().filter(|f| f.subjekt == VERTRETER);
    let Some(v) = &d.vertretung else {
        for f in felder() {
            let text = format!("Feld „{}“: subjekt „{VERTRETER}“ braucht einen Abschnitt [vertretung].", f.id);
            p.at_entry("felder", &f.id, "subjekt", text);
        }
        return;
    };
    if v.wenn.trim().is_empty() {
        p.at_key("vertretung", "vertretung: wenn fehlt: Woran zeigt sich, dass jemand für eine andere Person handelt?");
    }
    p.condition_at_key("vertretung", &v.wenn);
    if felder().next().is_none() {
        p.at_key("vertretung", format!("vertretung: Kein Feld hat das subjekt „{VERTRETER}“."));
    }
    for f in felder().filter(|f| !matches!(f.schutz, Schutz::Personenbezogen | Schutz::Besonders)) {
        let text = format!("Feld „{}“: Angaben über die vertretende Person sind personenbezogen.", f.id);
        p.at_entry("felder", &f.id, "schutz", text);
    }
    if !v.nachweis.is_empty() && !d.unterlagen.iter().any(|u| u.id == v.nachweis) {
        p.at_key("vertretung", format!("vertretung: Eine Unterlage „{}“ gibt es nicht.", v.nachweis));
    }
}
