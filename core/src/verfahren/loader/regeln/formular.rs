//! Rules for pages, fields, conditions and documents. Knows nothing of steps.

use super::{Pruefer, is_id};
use crate::verfahren::bedingung::{Bedingung, is_reserved};
use crate::verfahren::definition::{Definition, Feld, Feldtyp, Schutz};
use crate::verfahren::pruefung::{PRUEFUNGEN, reihenfolge};
use std::collections::BTreeSet;

pub(super) fn check(p: &mut Pruefer) {
    let d = p.def;
    unique(p, "gruppen", d.gruppen.iter().map(|g| g.id.as_str()));
    unique(p, "felder", d.felder.iter().map(|f| f.id.as_str()));
    unique(p, "unterlagen", d.unterlagen.iter().map(|u| u.id.as_str()));
    for g in &d.gruppen {
        if g.titel.de.trim().is_empty() {
            p.at_entry("gruppen", &g.id, "titel", format!("Seite „{}“: Der deutsche Titel fehlt.", g.id));
        }
        if !d.felder.iter().any(|f| f.gruppe == g.id) {
            p.at_entry("gruppen", &g.id, "", format!("Seite „{}“ ist leer: kein Feld nennt sie als gruppe.", g.id));
        }
        condition(p, "gruppen", &g.id, "wenn", &g.wenn, false);
        pages_before(p, "gruppen", &g.id, &g.wenn, page(d, &g.id), false);
    }
    for f in &d.felder {
        field(p, f);
    }
    for u in &d.unterlagen {
        if u.label.de.trim().is_empty() {
            p.at_entry("unterlagen", &u.id, "label", format!("Unterlage „{}“: Die deutsche Bezeichnung fehlt.", u.id));
        }
        if u.pflicht_wenn.trim().is_empty() {
            p.at_entry(
                "unterlagen",
                &u.id,
                "",
                format!("Unterlage „{}“: pflicht_wenn fehlt („wahr“, „falsch“ oder Bedingung).", u.id),
            );
        }
        condition(p, "unterlagen", &u.id, "pflicht_wenn", &u.pflicht_wenn, false);
    }
    if let Err(kreis) = reihenfolge(d) {
        let text = format!("Die Bedingungen dieser Felder warten im Kreis aufeinander: {}.", kreis.join(", "));
        p.at_entry("felder", &kreis[0], "zeigen_wenn", text);
    }
}

/// Ids of one kind: well formed and used once.
pub(super) fn unique<'a>(p: &mut Pruefer, abschnitt: &str, ids: impl Iterator<Item = &'a str>) {
    let mut da = BTreeSet::new();
    for id in ids {
        if !is_id(id) || is_reserved(id) {
            p.at_entry(
                abschnitt,
                id,
                "",
                format!("„{id}“: Erlaubt sind a-z, 0-9 und Unterstrich, und kein Wort der Bedingungssprache."),
            );
        }
        if !da.insert(id.to_owned()) {
            p.at_entry(abschnitt, id, "", format!("„{id}“ gibt es in [[{abschnitt}]] zweimal."));
        }
    }
}

fn field(p: &mut Pruefer, f: &Feld) {
    let d = p.def;
    let mut melde =
        |stelle: &str, text: String| p.at_entry("felder", &f.id, stelle, format!("Feld „{}“: {text}", f.id));
    if !d.gruppen.iter().any(|g| g.id == f.gruppe) {
        melde("gruppe", format!("Eine Seite (gruppe) „{}“ gibt es nicht.", f.gruppe));
    }
    if f.label.de.trim().is_empty() {
        melde("label", "Die deutsche Bezeichnung (label.de) fehlt.".into());
    }
    if f.pflicht_wenn.trim().is_empty() {
        melde("pflicht_wenn", "pflicht_wenn fehlt: „wahr“, „falsch“ oder eine Bedingung.".into());
    }
    if !f.pruefung.is_empty() && !PRUEFUNGEN.contains(&f.pruefung.as_str()) {
        melde("pruefung", format!("Eine Prüfung „{}“ gibt es nicht. Es gibt: {}.", f.pruefung, PRUEFUNGEN.join(", ")));
    }
    if !fits(&f.pruefung, f.typ) {
        melde("pruefung", format!("Die Prüfung „{}“ passt nicht zum Typ des Feldes.", f.pruefung));
    }
    if !is_id(&f.subjekt) {
        melde("subjekt", "subjekt: Erlaubt sind a-z, 0-9 und Unterstrich.".into());
    }
    if f.max_laenge.is_some_and(|m| m == 0 || m > 10_000) {
        melde("max_laenge", "max_laenge muss zwischen 1 und 10000 liegen.".into());
    }
    if f.mehrfach && f.typ != Feldtyp::Text {
        melde(
            "mehrfach",
            "mehrfach gibt es nur beim Typ „text“. Für eine Auswahl nehmen Sie „mehrfachauswahl“.".into(),
        );
    }
    if !f.veroeffentlichung.is_empty() && f.schutz == Schutz::Besonders {
        melde("schutz", "Besonders geschützte Angaben werden nie veröffentlicht.".into());
    }
    if f.veroeffentlichung.is_empty() && f.schutz == Schutz::Oeffentlich {
        melde("schutz", "„oeffentlich“ braucht eine Rechtsgrundlage in veroeffentlichung.".into());
    }
    if !f.nicht_vor.is_empty() {
        let anfang = d.feld(&f.nicht_vor).is_some_and(|a| a.typ == Feldtyp::Datum && a.id != f.id);
        if !anfang || f.typ != Feldtyp::Datum {
            melde("nicht_vor", "nicht_vor nennt ein anderes Datum dieses Formulars und gehört zu einem Datum.".into());
        }
    }
    options(p, f);
    let seite = page(d, &f.gruppe);
    for (key, text) in [("zeigen_wenn", &f.zeigen_wenn), ("pflicht_wenn", &f.pflicht_wenn)] {
        condition(p, "felder", &f.id, key, text, false);
        pages_before(p, "felder", &f.id, text, seite, true);
    }
}

fn options(p: &mut Pruefer, f: &Feld) {
    let waehlt = matches!(f.typ, Feldtyp::Auswahl | Feldtyp::Mehrfachauswahl);
    if waehlt == f.optionen.is_empty() {
        let text = format!("Feld „{}“: optionen gehören genau zu „auswahl“ und „mehrfachauswahl“.", f.id);
        p.at_entry("felder", &f.id, "typ", text);
    }
    let mut da = BTreeSet::new();
    for o in &f.optionen {
        if !da.insert(&o.wert) || o.wert.is_empty() || o.label.de.trim().is_empty() {
            let text = format!("Feld „{}“: Jede Option braucht einen eigenen wert und ein deutsches label.", f.id);
            p.at_entry("felder", &f.id, "optionen", text);
        }
    }
}

fn fits(pruefung: &str, typ: Feldtyp) -> bool {
    match pruefung {
        "" => true,
        p if p.starts_with("datum") || p == "geburtsdatum" => typ == Feldtyp::Datum,
        "muss_ja" => typ == Feldtyp::JaNein,
        "email" => matches!(typ, Feldtyp::Text | Feldtyp::Email),
        "telefon" => matches!(typ, Feldtyp::Text | Feldtyp::Telefon),
        _ => typ == Feldtyp::Text,
    }
}

/// Number of a page, counted from 0.
fn page(d: &Definition, gruppe: &str) -> usize {
    d.gruppen.iter().position(|g| g.id == gruppe).unwrap_or(usize::MAX)
}

/// A condition must parse, ask for fields that exist and compare with values they can have.
pub(super) fn condition(p: &mut Pruefer, abschnitt: &str, id: &str, key: &str, text: &str, darf_belastend: bool) {
    let d = p.def;
    let b = match Bedingung::parse(text) {
        Ok(b) => b,
        Err(e) => return p.at_entry(abschnitt, id, key, format!("„{id}“, {key}: {e}")),
    };
    if b.asks_belastend() && !darf_belastend {
        p.at_entry(abschnitt, id, key, format!("„{id}“, {key}: „belastend“ gibt es nur in Schritten."));
    }
    for feld in b.fields() {
        if d.feld(feld).is_none() {
            p.at_entry(abschnitt, id, key, format!("„{id}“, {key}: Ein Feld „{feld}“ gibt es nicht."));
        }
    }
    for (feld, werte) in b.comparisons() {
        let Some(f) = d.feld(feld) else { continue };
        for w in werte.iter().filter(|w| !possible(f, w)) {
            p.at_entry(abschnitt, id, key, format!("„{id}“, {key}: „{feld}“ kann nie „{w}“ sein."));
        }
    }
}

fn possible(f: &Feld, wert: &str) -> bool {
    match f.typ {
        Feldtyp::JaNein => matches!(wert, "ja" | "nein" | "wahr" | "falsch"),
        Feldtyp::Auswahl | Feldtyp::Mehrfachauswahl => f.optionen.iter().any(|o| o.wert == wert),
        Feldtyp::Zahl | Feldtyp::Betrag => wert.bytes().all(|b| b.is_ascii_digit()),
        _ => true,
    }
}

/// What a page shows can only depend on earlier pages, a field also on its own page: without
/// script a page is made before its answers are known.
fn pages_before(p: &mut Pruefer, abschnitt: &str, id: &str, text: &str, seite: usize, selbe: bool) {
    let d = p.def;
    let Ok(b) = Bedingung::parse(text) else { return };
    for feld in b.fields() {
        let Some(f) = d.feld(feld) else { continue };
        let wo = page(d, &f.gruppe);
        if wo > seite || (wo == seite && !selbe) {
            p.at_entry(abschnitt, id, feld, format!("„{id}“ hängt von „{feld}“ ab, das erst später gefragt wird."));
        }
    }
}
