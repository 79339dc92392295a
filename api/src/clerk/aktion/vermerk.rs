//! Notes beside the procedure. A wrong one is cancelled with a reason and stays readable.

use super::{Aktion, Kapitel, feld};
use akte_core::verfahren::VorgangCommand as C;
use akte_core::verfahren::definition::Schrittart;

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "vermerk",
        kapitel: Kapitel::Vermerke,
        titel: "Vermerk schreiben",
        knopf: "Vermerk speichern",
        erledigt: "Der Vermerk steht in der Akte.",
        felder: |f| vec![feld::mehrzeilig(f, "vermerk-text", "Vermerk").fertig()],
        probe: |_| Some(C::WriteVermerk { text: "Probe".into() }),
        lesen: |e, _| C::WriteVermerk { text: e.text("text", "Vermerk") },
    },
    Aktion {
        name: "vermerk_stornieren",
        kapitel: Kapitel::Vermerke,
        titel: "Vermerk stornieren",
        knopf: "Stornieren",
        erledigt: "Der Vermerk ist storniert. Er bleibt durchgestrichen lesbar.",
        felder: |f| {
            let offen = f.v.vermerke.iter().filter(|v| !v.storniert);
            let wahl = offen.map(|v| (v.id.to_string(), anfang(v.text.as_deref().unwrap_or("(gelöscht)"))));
            vec![
                feld::liste(f, "vermerk_stornieren-id", "Welcher Vermerk?", wahl).fertig(),
                feld::zeile(f, "vermerk_stornieren-grund", "Grund").fertig(),
            ]
        },
        probe: |f| {
            let vermerk = f.v.vermerke.iter().find(|v| !v.storniert)?.id;
            Some(C::CancelVermerk { vermerk, grund: "Probe".into() })
        },
        lesen: |e, _| C::CancelVermerk {
            vermerk: e.kennung("id", "Welcher Vermerk?"),
            grund: e.text("grund", "Grund"),
        },
    },
    Aktion {
        name: "hinweis_erledigt",
        kapitel: Kapitel::Vermerke,
        titel: "Hinweis erledigen",
        knopf: "Erledigt",
        erledigt: "Der Hinweis ist erledigt.",
        felder: |f| {
            vec![
                feld::liste(f, "hinweis_erledigt-schritt", "Welcher Hinweis?", hinweise(f)).fertig(),
                feld::zeile(f, "hinweis_erledigt-vermerk", "Vermerk dazu").fertig(),
            ]
        },
        probe: |f| {
            let schritt = hinweise(f).into_iter().next()?.0;
            Some(C::DoneHinweis { schritt, vermerk: "Probe".into() })
        },
        lesen: |e, _| C::DoneHinweis {
            schritt: e.text("schritt", "Welcher Hinweis?"),
            vermerk: e.text("vermerk", "Vermerk dazu"),
        },
    },
];

/// First line of a note, short enough for a list.
fn anfang(text: &str) -> String {
    let zeile = text.lines().next().unwrap_or_default();
    let kurz: String = zeile.chars().take(60).collect();
    if kurz.len() < text.len() { format!("{kurz} …") } else { kurz }
}

/// Hints of the definition that were noted in this case.
fn hinweise(f: &crate::clerk::fall::Fall) -> Vec<(String, String)> {
    let Some(def) = &f.def else { return Vec::new() };
    let art = def.schritte.iter().filter(|s| s.art == Schrittart::Hinweis && f.v.schritte_erledigt.contains(&s.id));
    art.map(|s| (s.id.clone(), if s.text.de.is_empty() { s.id.clone() } else { anfang(&s.text.de) })).collect()
}
