//! Hand-over to another body: sent, confirmed, sent again. The body is the town's configuration.

use super::{Aktion, Kapitel, feld};
use akte_core::verfahren::VorgangCommand as C;

/// Ways of a hand-over, in words.
const WEGE: [(&str, &str); 5] = [
    ("email", "E-Mail"),
    ("post", "Post"),
    ("telefon", "Telefon"),
    ("link", "Verweis auf den Online-Dienst"),
    ("fit_connect", "FIT-Connect"),
];

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "abgabe",
        kapitel: Kapitel::Abschluss,
        titel: "Abgeben und auf Bestätigung warten",
        knopf: "Abgeben",
        erledigt: "Der Vorgang ist abgegeben. Bleibt die Bestätigung aus, liegt er als Wiedervorlage im Eingang.",
        felder: |f| {
            let grund = f.def.as_ref().map(|d| d.rechtsgrundlage.join(", ")).unwrap_or_default();
            vec![
                feld::zeile(f, "abgabe-stelle", "Stelle").vorschlag(&f.stelle).fertig(),
                feld::zeile(f, "abgabe-rechtsgrundlage", "Rechtsgrundlage").vorschlag(&grund).fertig(),
                feld::liste(f, "abgabe-weg", "Auf welchem Weg?", WEGE).fertig(),
            ]
        },
        probe: |_| {
            let p = || String::from("Probe");
            Some(C::SendAbgabe { stelle: p(), rechtsgrundlage: p(), weg: "email".into() })
        },
        lesen: |e, _| C::SendAbgabe {
            stelle: e.text("stelle", "Stelle"),
            rechtsgrundlage: e.text("rechtsgrundlage", "Rechtsgrundlage"),
            weg: e.text("weg", "Auf welchem Weg?"),
        },
    },
    Aktion {
        name: "abgabe_bestaetigt",
        kapitel: Kapitel::Abschluss,
        titel: "Bestätigung der Stelle eintragen",
        knopf: "Bestätigung eintragen",
        erledigt: "Die Abgabe ist bestätigt.",
        felder: |f| {
            let feld = feld::zeile(f, "abgabe_bestaetigt-zeichen", "Aktenzeichen der Stelle");
            vec![feld.freiwillig().fertig()]
        },
        probe: |_| Some(C::ConfirmAbgabe { zeichen: String::new() }),
        lesen: |e, _| C::ConfirmAbgabe { zeichen: e.optional("zeichen", "Aktenzeichen der Stelle") },
    },
];
