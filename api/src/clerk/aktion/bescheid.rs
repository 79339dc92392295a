//! The draft of the decision: tenor, reasons, side conditions. Each draft is a new Fassung.

use super::{Aktion, Kapitel, feld};
use crate::citizen::felder::FeldSicht;
use crate::clerk::eingabe::Eingabe;
use crate::clerk::fall::Fall;
use akte_core::verfahren::VorgangCommand as C;
use akte_core::verfahren::event::Tenor;

/// What a decision grants, in words.
pub const TENOR: [(&str, &str); 3] = [
    ("bewilligt", "Dem Antrag wird stattgegeben"),
    ("teilweise_bewilligt", "Dem Antrag wird teilweise stattgegeben"),
    ("abgelehnt", "Der Antrag wird abgelehnt"),
];

pub const AKTIONEN: &[Aktion] = &[Aktion {
    name: "entwerfen",
    kapitel: Kapitel::Bescheid,
    titel: "Bescheid entwerfen",
    knopf: "Entwurf speichern",
    erledigt: "Der Entwurf ist gespeichert. Das Dokument entsteht in wenigen Sekunden.",
    felder: entwerfen,
    probe: |_| {
        let (begruendung, nebenbestimmungen) = ("Probe".into(), String::new());
        Some(C::DraftBescheid { tenor: Tenor::Bewilligt, begruendung, nebenbestimmungen })
    },
    lesen,
}];

/// Word on the wire of a tenor.
pub fn tenor_wort(t: Tenor) -> &'static str {
    match t {
        Tenor::Bewilligt => "bewilligt",
        Tenor::TeilweiseBewilligt => "teilweise_bewilligt",
        Tenor::Abgelehnt => "abgelehnt",
    }
}

/// Sentence of a tenor.
pub fn tenor_satz(t: Tenor) -> &'static str {
    TENOR.iter().find(|(w, _)| *w == tenor_wort(t)).map_or("", |(_, s)| s)
}

fn entwerfen(f: &Fall) -> Vec<FeldSicht> {
    let alt = f.v.bescheid.as_ref();
    let begruendung = alt.and_then(|b| b.begruendung.clone()).unwrap_or_default();
    let neben = alt.and_then(|b| b.nebenbestimmungen.clone()).unwrap_or_default();
    let tenor = alt.map_or("bewilligt", |b| tenor_wort(b.tenor));
    let mut felder = vec![feld::radio(f, "entwerfen-tenor", "Entscheidung", TENOR).vorschlag(tenor).fertig()];
    let bausteine = bausteine(f);
    if !bausteine.is_empty() {
        let wahl = bausteine.iter().enumerate().map(|(i, b)| (i.to_string(), b.clone()));
        felder.push(
            feld::kasten(f, "entwerfen-bausteine", "Textbausteine", wahl)
                .hilfe("Angekreuzte Bausteine werden an die Begründung angehängt.")
                .freiwillig()
                .fertig(),
        );
    }
    felder.push(
        feld::mehrzeilig(f, "entwerfen-begruendung", "Begründung (§ 39 VwVfG)")
            .vorschlag(&begruendung)
            .freiwillig()
            .fertig(),
    );
    felder.push(feld::mehrzeilig(f, "entwerfen-neben", "Nebenbestimmungen").vorschlag(&neben).freiwillig().fertig());
    felder
}

fn bausteine(f: &Fall) -> Vec<String> {
    let b = f.def.as_ref().and_then(|d| d.bescheid.as_ref());
    b.map(|b| b.bausteine.iter().map(|t| t.de.clone()).collect()).unwrap_or_default()
}

fn lesen(e: &mut Eingabe<'_>, f: &Fall) -> C {
    let tenor = match e.wahl("tenor", "Entscheidung", &TENOR.map(|(w, _)| w)).as_str() {
        "teilweise_bewilligt" => Tenor::TeilweiseBewilligt,
        "abgelehnt" => Tenor::Abgelehnt,
        _ => Tenor::Bewilligt,
    };
    let mut begruendung = e.optional("begruendung", "Begründung");
    let alle = bausteine(f);
    for i in e.mehrere("bausteine", "Textbausteine", 0) {
        if let Some(text) = i.parse::<usize>().ok().and_then(|i| alle.get(i)).filter(|t| !begruendung.contains(*t)) {
            if !begruendung.is_empty() {
                begruendung.push_str("\n\n");
            }
            begruendung.push_str(text);
        }
    }
    C::DraftBescheid { tenor, begruendung, nebenbestimmungen: e.optional("neben", "Nebenbestimmungen") }
}
