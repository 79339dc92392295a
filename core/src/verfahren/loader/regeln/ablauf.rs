//! Rules for steps, deadlines, fees, notices and datasets. Knows nothing of single fields.

use super::Pruefer;
use super::formular::{condition, unique};
use crate::recht::parse_cent;
use crate::verfahren::alter::Alter;
use crate::verfahren::bedingung::Bedingung;
use crate::verfahren::definition::{Feldtyp, Schritt, Schrittart, Spalte};

pub(super) fn check(p: &mut Pruefer) {
    let d = p.def;
    unique(p, "schritte", d.schritte.iter().map(|s| s.id.as_str()));
    unique(p, "fristen", d.fristen.iter().map(|f| f.id.as_str()));
    let entscheidung = d.schritte.iter().position(|s| s.art == Schrittart::Entscheiden);
    for (i, s) in d.schritte.iter().enumerate() {
        let nach = entscheidung.is_some_and(|e| i > e) || s.art == Schrittart::Anhoeren;
        condition(p, "schritte", &s.id, "wenn", &s.wenn, nach);
        for wenn in s.empfaenger_wenn.values() {
            condition(p, "schritte", &s.id, "empfaenger_wenn", wenn, false);
        }
        step(p, s);
        age(p, "schritte", &s.id, s.alter.as_ref());
    }
    reachable_end(p);
    hearing(p, entscheidung);
    notice(p);
    deadlines(p);
    fees(p);
    dataset(p);
}

fn step(p: &mut Pruefer, s: &Schritt) {
    let mut melde =
        |stelle: &str, text: &str| p.at_entry("schritte", &s.id, stelle, format!("Schritt „{}“: {text}", s.id));
    if s.art != Schrittart::Entscheiden && (s.ermessen || s.vier_augen_ab.is_some() || !s.ohne_anhoerung.is_empty()) {
        melde("art", "ermessen, vier_augen_ab und ohne_anhoerung gehören zum Schritt „entscheiden“.");
    }
    if s.art == Schrittart::Uebermitteln && (s.tabelle.is_empty() || s.formular.is_empty()) {
        melde("art", "„uebermitteln“ braucht tabelle und formular.");
    }
    if matches!(s.art, Schrittart::Hinweis | Schrittart::Tatsache) && s.text.de.trim().is_empty() {
        melde("art", "Ein Hinweis und eine Tatsache brauchen einen deutschen Text.");
    }
    if s.art != Schrittart::Tatsache && (s.freiwillig || s.alter.is_some()) {
        melde("art", "freiwillig und alter gehören zum Schritt „tatsache“.");
    }
    if s.art != Schrittart::Uebermitteln && !s.empfaenger_wenn.is_empty() {
        melde("empfaenger_wenn", "empfaenger_wenn gehört zum Schritt „uebermitteln“.");
    }
    let selbst = [Schrittart::Pruefen, Schrittart::Beteiligen, Schrittart::Anhoeren, Schrittart::Tatsache];
    if s.automatisch && selbst.contains(&s.art) {
        melde("automatisch", "Das tut ein Mensch; automatisch geht es nicht.");
    }
    let a = &p.def.automatisierung;
    let voll = s.automatisch && s.art == Schrittart::Entscheiden;
    if voll && (!a.voll || a.rechtsgrundlage.is_empty() || s.ermessen) {
        let text =
            "Automatisch entscheiden darf nur, was eine Rechtsvorschrift zulässt und kein Ermessen hat (§ 35a VwVfG).";
        p.at_entry("schritte", &s.id, "automatisch", format!("Schritt „{}“: {text}", s.id));
    }
    if a.voll && a.rechtsgrundlage.is_empty() {
        p.at_key("automatisierung", "automatisierung: voll = true braucht eine rechtsgrundlage (§ 35a VwVfG).");
    }
}

/// A case must be able to end: decided and announced, certified, or handed over.
fn reachable_end(p: &mut Pruefer) {
    let d = p.def;
    let geht = |s: &&Schritt| Bedingung::parse(&s.wenn).is_ok_and(|b| b.constant() != Some(false));
    let hat = |art| d.schritte.iter().filter(geht).any(|s| s.art == art);
    let fremd = d.zustaendig.stelle != "stadt";
    let ende = (hat(Schrittart::Entscheiden) && hat(Schrittart::Zustellen))
        || (!d.entscheidet() && hat(Schrittart::Bescheinigen))
        || hat(Schrittart::Abgeben);
    if !ende {
        p.at_key(
            "schritte",
            "schritte: Kein Ende ist erreichbar. Nötig sind „entscheiden“ und „zustellen“, „bescheinigen“ oder „abgeben“.",
        );
    }
    if fremd && !hat(Schrittart::Abgeben) {
        p.at_key("zustaendig", "zustaendig: Ist eine andere Stelle zuständig, braucht es einen Schritt „abgeben“.");
    }
    let folge = |art| d.schritte.iter().position(|s| s.art == art);
    if let (Some(e), Some(z)) = (folge(Schrittart::Entscheiden), folge(Schrittart::Zustellen))
        && z < e
    {
        p.at_entry("schritte", &d.schritte[z].id, "", "„zustellen“ kommt nach „entscheiden“.");
    }
}

/// § 28 VwVfG: before a burdening decision there is a hearing, or a reason why not.
fn hearing(p: &mut Pruefer, entscheidung: Option<usize>) {
    let d = p.def;
    let Some(e) = entscheidung else { return };
    let hoert = |s: &Schritt| {
        s.art == Schrittart::Anhoeren
            && Bedingung::parse(&s.wenn).is_ok_and(|b| b == Bedingung::Belastend || b.constant() == Some(true))
    };
    if !d.schritte[..e].iter().any(hoert) && d.schritte[e].ohne_anhoerung.trim().is_empty() {
        let text = "Vor einer belastenden Entscheidung steht ein Schritt „anhoeren“ (wenn = \"belastend\") oder ohne_anhoerung nennt den Grund (§ 28 VwVfG).";
        p.at_entry("schritte", &d.schritte[e].id, "", text);
    }
}

fn notice(p: &mut Pruefer) {
    let d = p.def;
    match (&d.bescheid, d.entscheidet()) {
        (None, true) => p.at_key("bescheid", "bescheid: Wer entscheidet, braucht einen Abschnitt [bescheid]."),
        (Some(_), false) => p.at_key("bescheid", "bescheid: Ohne Schritt „entscheiden“ gibt es keinen Bescheid."),
        (Some(b), true) => {
            if b.vorlage.is_empty() || b.regime.is_empty() || b.belehrung.is_empty() {
                p.at_key("bescheid", "bescheid: vorlage, belehrung (§ 37 Abs. 6 VwVfG) und regime sind nötig.");
            }
            let namen: Vec<_> =
                b.bausteine.iter().filter(|x| !x.id.is_empty()).map(|x| (x.id.as_str(), x.version)).collect();
            if let Some((_, (id, v))) = namen.iter().enumerate().find(|(i, n)| namen[..*i].contains(n)) {
                let text =
                    format!("bescheid: Den Baustein „{id}“ in Fassung {v} gibt es zweimal. Zählen Sie version hoch.");
                p.at_key("bescheid", text);
            }
            let ermessen = d.schritte.iter().any(|s| s.ermessen);
            if ermessen && !b.begruendung {
                p.at_key("bescheid", "bescheid: Eine Ermessensentscheidung ist zu begründen (§ 39 Abs. 1 VwVfG).");
            }
        }
        (None, false) => {}
    }
}

fn deadlines(p: &mut Pruefer) {
    let d = p.def;
    for f in &d.fristen {
        let mut melde =
            |stelle: &str, text: String| p.at_entry("fristen", &f.id, stelle, format!("Frist „{}“: {text}", f.id));
        if ["anhoerung", "klage", "widerspruch"].contains(&f.id.as_str()) || f.id.contains('/') {
            melde("id", "Dieser Name gehört einer Frist des Verfahrens selbst. Nehmen Sie einen anderen.".into());
        }
        if f.regel.is_empty() {
            melde("regel", "Sie nennt keine Regel.".into());
        }
        if !["", "eingang", "vollstaendig", "abgabe"].contains(&f.ab.as_str()) {
            melde("ab", "ab ist „eingang“, „vollstaendig“ oder „abgabe“.".into());
        }
        if f.ab == "abgabe" && d.schritt(Schrittart::Abgeben).is_none() {
            melde("ab", "„abgabe“ braucht einen Schritt „abgeben“.".into());
        }
        if !f.erledigt_durch.is_empty() && !d.schritte.iter().any(|s| s.id == f.erledigt_durch) {
            melde("erledigt_durch", format!("Einen Schritt „{}“ gibt es nicht.", f.erledigt_durch));
        }
        if f.label.de.trim().is_empty() {
            melde("label", "Die deutsche Bezeichnung fehlt.".into());
        }
    }
}

fn fees(p: &mut Pruefer) {
    let d = p.def;
    let schritt = d.schritt(Schrittart::Gebuehr);
    if let Some(s) = schritt
        && d.gebuehren.is_empty()
    {
        p.at_entry("schritte", &s.id, "", "Der Schritt „gebuehr“ braucht mindestens eine Zeile [[gebuehren]].");
    }
    for g in &d.gebuehren {
        let mut melde = |stelle: &str, text: &str| {
            p.at_entry("gebuehren", &g.tatbestand, stelle, format!("Gebühr „{}“: {text}", g.tatbestand))
        };
        if !g.betrag.is_empty() && parse_cent(&g.betrag).is_err() {
            melde("betrag", "Der Betrag ist eine Dezimalzahl in Anführungszeichen, zum Beispiel \"30.70\".");
        }
        if g.betrag.is_empty() && schritt.is_none_or(|s| s.tabelle.is_empty()) {
            melde("", "Ohne betrag muss der Schritt „gebuehr“ eine tabelle nennen.");
        }
        if schritt.is_none() {
            melde("", "Es fehlt ein Schritt „gebuehr“.");
        }
        if g.quelle.trim().is_empty() {
            melde("quelle", "Die Quelle des Betrags fehlt.");
        }
        if g.gueltig_bis.is_some_and(|b| b < g.gueltig_ab) {
            melde("gueltig_bis", "gueltig_bis liegt vor gueltig_ab.");
        }
        condition(p, "gebuehren", &g.tatbestand, "wenn", &g.wenn, false);
        age(p, "gebuehren", &g.tatbestand, g.alter.as_ref());
    }
}

/// An age names a date of the form and has at least one bound that somebody can reach.
fn age(p: &mut Pruefer, abschnitt: &str, id: &str, alter: Option<&Alter>) {
    let Some(a) = alter else { return };
    let datum = p.def.feld(&a.feld).is_some_and(|f| f.typ == Feldtyp::Datum);
    let grenzen = match (a.ab, a.unter) {
        (None, None) => false,
        (Some(ab), Some(unter)) => ab < unter,
        _ => true,
    };
    if !datum || !grenzen {
        let text =
            format!("„{id}“: alter nennt ein Datum des Formulars (feld) und ab oder unter, ab kleiner als unter.");
        p.at_entry(abschnitt, id, "alter", text);
    }
}

fn dataset(p: &mut Pruefer) {
    let d = p.def;
    let schritt = d.schritt(Schrittart::Veroeffentlichen);
    let Some(ds) = &d.datensatz else {
        if let Some(s) = schritt {
            p.at_entry("schritte", &s.id, "", "Der Schritt „veroeffentlichen“ braucht einen Abschnitt [datensatz].");
        }
        return;
    };
    let freigabe = |s: &Schritt| s.id == ds.nach_schritt && s.art == Schrittart::Tatsache;
    if !ds.nach_schritt.is_empty() && !d.schritte.iter().any(freigabe) {
        p.at_key("nach_schritt", "datensatz: nach_schritt nennt einen Schritt „tatsache“.");
    }
    if schritt.is_none() {
        p.at_key("datensatz", "datensatz: Es fehlt ein Schritt „veroeffentlichen“.");
    }
    if ds.rechtsgrundlage.trim().is_empty() || ds.spalten.is_empty() {
        p.at_key("datensatz", "datensatz: rechtsgrundlage und mindestens eine Spalte sind nötig.");
    }
    for (i, Spalte { id: spalte, titel, aus: regeln }) in ds.spalten.iter().enumerate() {
        if spalte.is_empty() || titel.de.trim().is_empty() || ds.spalten[..i].iter().any(|s| s.id == *spalte) {
            p.at_key("datensatz", format!("datensatz: Die Spalte „{spalte}“ braucht eine eigene id und einen Titel."));
        }
        if regeln.is_empty() || regeln.iter().any(Vec::is_empty) {
            p.at_key("datensatz", format!("datensatz: Die Spalte „{spalte}“ sagt nicht, woraus sie entsteht."));
        }
        for id in regeln.iter().flatten().flat_map(|t| t.split_whitespace()) {
            if !d.feld(id).is_some_and(|f| !f.veroeffentlichung.is_empty() && d.oeffentlichkeit.felder.contains(&f.id))
            {
                let text = format!(
                    "datensatz: „{id}“ in der Spalte „{spalte}“ ist kein Feld mit einer Rechtsgrundlage zur Veröffentlichung."
                );
                p.at_key("datensatz", text);
            }
        }
    }
}
