//! Conditions that can never come true, or always are: decided by trying every case that matters.
//!
//! A condition only compares, so a field has finitely many cases: empty, each value somebody compares it with, and
//! any other. What a page does not show is empty. Beyond a bound nothing is tried and nothing is claimed.

use super::Pruefer;
use crate::verfahren::bedingung::{Bedingung, Werte, is_set};
use crate::verfahren::definition::{Definition, Feld, Feldtyp};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Most combinations tried for one question.
const MAX_FAELLE: usize = 50_000;
/// Compared values of a choice of several whose combinations are tried.
const MAX_MEHRFACH: usize = 5;
/// Stands for every value nobody compares with.
const ANDERER: &str = "\u{1}";

pub(super) fn check(p: &mut Pruefer) {
    let d = p.def;
    for g in &d.gruppen {
        constant(p, "gruppen", &g.id, "wenn", &g.wenn);
    }
    for f in &d.felder {
        constant(p, "felder", &f.id, "zeigen_wenn", &f.zeigen_wenn);
        constant(p, "felder", &f.id, "pflicht_wenn", &f.pflicht_wenn);
    }
    for u in &d.unterlagen {
        constant(p, "unterlagen", &u.id, "pflicht_wenn", &u.pflicht_wenn);
    }
    for s in &d.schritte {
        constant(p, "schritte", &s.id, "wenn", &s.wenn);
        for wenn in s.empfaenger_wenn.values() {
            constant(p, "schritte", &s.id, "empfaenger_wenn", wenn);
        }
    }
    for g in &d.gebuehren {
        constant(p, "gebuehren", &g.tatbestand, "wenn", &g.wenn);
    }
    for m in &d.mitantrag {
        constant(p, "mitantrag", &m.rolle, "wenn", &m.wenn);
    }
    for f in &d.felder {
        shown(p, f);
    }
}

/// `wahr` and `falsch` may be written; what comes to the same by accident is a mistake.
fn constant(p: &mut Pruefer, abschnitt: &str, id: &str, key: &str, text: &str) {
    let Ok(b) = Bedingung::parse(text) else { return };
    if matches!(b, Bedingung::Wahr | Bedingung::Falsch) {
        return;
    }
    let Some(faelle) = Faelle::new(p.def, &[&b]) else { return };
    let (mut true_once, mut false_once) = (false, false);
    faelle.each(&mut |werte, belastend| {
        match b.holds(werte, belastend) {
            true => true_once = true,
            false => false_once = true,
        }
        true_once && false_once
    });
    let why = match (true_once, false_once) {
        (false, _) => {
            "tritt nie ein: Sie widerspricht sich selbst oder den Bedingungen der Felder, nach denen sie fragt. Ändern Sie sie, oder schreiben Sie „falsch“."
        }
        (true, false) => "gilt immer. Ändern Sie sie, oder schreiben Sie „wahr“.",
        (true, true) => return,
    };
    p.at_entry(abschnitt, id, key, format!("„{id}“, {key}: Die Bedingung „{text}“ {why}"));
}

/// A field must be shown in some case, and be required only where it can be.
fn shown(p: &mut Pruefer, f: &Feld) {
    let d = p.def;
    let (Some(sichtbar), Ok(pflicht)) = (sichtbar(d, f), Bedingung::parse(&f.pflicht_wenn)) else { return };
    let Some(faelle) = Faelle::new(d, &[&sichtbar]) else { return };
    if !faelle.any(&sichtbar) {
        let text =
            format!("Feld „{}“ wird nie gezeigt: zeigen_wenn und die Bedingung der Seite schließen sich aus.", f.id);
        return p.at_entry("felder", &f.id, "zeigen_wenn", text);
    }
    let beides = Bedingung::Und(vec![sichtbar, pflicht.clone()]);
    let Some(faelle) = Faelle::new(d, &[&beides]) else { return };
    if pflicht.constant() != Some(false) && !faelle.any(&beides) {
        let text = format!(
            "Feld „{}“ ist nur dann Pflicht, wenn es nicht gezeigt wird: pflicht_wenn und zeigen_wenn schließen sich aus.",
            f.id
        );
        p.at_entry("felder", &f.id, "pflicht_wenn", text);
    }
}

/// When a field is on the page: its own condition and that of its page.
fn sichtbar(d: &Definition, f: &Feld) -> Option<Bedingung> {
    let seite = d.gruppen.iter().find(|g| g.id == f.gruppe)?;
    let teile = [Bedingung::parse(&seite.wenn).ok()?, Bedingung::parse(&f.zeigen_wenn).ok()?];
    Some(Bedingung::Und(teile.into()))
}

/// All cases of the fields some conditions ask for, and of those these depend on.
struct Faelle {
    felder: Vec<(String, Vec<Option<Value>>)>,
    /// Field -> when it is shown; where it is not, it is empty.
    sichtbar: BTreeMap<String, Bedingung>,
    belastend: bool,
}

impl Faelle {
    /// `None`: too many to try.
    fn new(d: &Definition, fragen: &[&Bedingung]) -> Option<Self> {
        let mut gefragt: BTreeSet<String> = fragen.iter().flat_map(|b| b.fields()).map(str::to_owned).collect();
        let mut sichtbar_wenn = BTreeMap::new();
        // A field that is asked for brings the fields its own showing depends on.
        while let Some(id) = gefragt.iter().find(|id| !sichtbar_wenn.contains_key(*id)).cloned() {
            let b = sichtbar(d, d.feld(&id)?)?;
            gefragt.extend(b.fields().into_iter().map(str::to_owned));
            sichtbar_wenn.insert(id, b);
        }
        let alle = || fragen.iter().copied().chain(sichtbar_wenn.values());
        let mut felder = Vec::new();
        let mut anzahl = 2usize;
        for id in gefragt {
            let verglichen: BTreeSet<String> = alle()
                .flat_map(|b| b.comparisons())
                .filter(|(f, _)| *f == id)
                .flat_map(|(_, w)| w.iter().cloned())
                .collect();
            let werte = cases(d.feld(&id)?, &verglichen)?;
            anzahl = anzahl.checked_mul(werte.len()).filter(|n| *n <= MAX_FAELLE)?;
            felder.push((id, werte));
        }
        let belastend = fragen.iter().any(|b| b.asks_belastend());
        Some(Faelle { felder, sichtbar: sichtbar_wenn, belastend })
    }

    fn any(&self, b: &Bedingung) -> bool {
        let mut found = false;
        self.each(&mut |werte, belastend| {
            found |= b.holds(werte, belastend);
            found
        });
        found
    }

    /// Calls `f` for each case that can occur until it says that it has seen enough.
    fn each(&self, f: &mut dyn FnMut(&Werte, bool) -> bool) {
        let mut stelle = vec![0usize; self.felder.len()];
        loop {
            let werte: Werte = self
                .felder
                .iter()
                .zip(&stelle)
                .filter_map(|((id, werte), i)| Some((id.clone(), werte[*i].clone()?)))
                .collect();
            let moeglich =
                |(id, b): (&String, &Bedingung)| !werte.get(id).is_some_and(is_set) || b.holds(&werte, false);
            if self.sichtbar.iter().all(moeglich) && (f(&werte, false) || (self.belastend && f(&werte, true))) {
                return;
            }
            // Counts on, the first field fastest.
            let Some(n) = (0..stelle.len()).find(|n| stelle[*n] + 1 < self.felder[*n].1.len()) else { return };
            stelle[n] += 1;
            stelle[..n].fill(0);
        }
    }
}

/// Empty, and every value that a condition can tell apart; `None` = too many combinations.
fn cases(f: &Feld, verglichen: &BTreeSet<String>) -> Option<Vec<Option<Value>>> {
    let one = |w: &String| Some(json!(w));
    let optionen = || f.optionen.iter().map(|o| &o.wert);
    Some(match f.typ {
        Feldtyp::JaNein => vec![None, Some(json!(true)), Some(json!(false))],
        Feldtyp::Auswahl => std::iter::once(None).chain(optionen().map(one)).collect(),
        Feldtyp::Mehrfachauswahl => {
            let gefragt: Vec<&String> = optionen().filter(|w| verglichen.contains(*w)).collect();
            let rest = optionen().any(|w| !verglichen.contains(w));
            if gefragt.len() > MAX_MEHRFACH {
                return None;
            }
            let menge =
                |bits: usize| gefragt.iter().enumerate().filter(move |(i, _)| (bits >> i) & 1 == 1).map(|(_, w)| *w);
            let mut alle: Vec<Option<Value>> = vec![None];
            alle.extend((1..1usize << gefragt.len()).map(|bits| Some(json!(menge(bits).collect::<Vec<_>>()))));
            alle.extend(rest.then(|| Some(json!([ANDERER]))));
            alle
        }
        _ => std::iter::once(None).chain(verglichen.iter().map(one)).chain([Some(json!(ANDERER))]).collect(),
    })
}
