//! Four eyes: start the Geschäftsgang, co-sign, refuse, sign finally.
//!
//! The form carries Fassung and digest of the document the page showed: a signature never binds to
//! a text nobody saw.

use super::{Aktion, Kapitel, feld};
use crate::citizen::felder::FeldSicht;
use crate::clerk::eingabe::Eingabe;
use crate::clerk::fall::Fall;
use akte_core::verfahren::VorgangCommand as C;

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "geschaeftsgang",
        kapitel: Kapitel::Bescheid,
        titel: "In den Geschäftsgang geben",
        knopf: "Zur Zeichnung geben",
        erledigt: "Der Entwurf ist im Geschäftsgang.",
        felder: |f| {
            let andere = f.kandidaten().filter(|k| !f.hat_entworfen(k.konto));
            let wahl = andere.map(|k| (k.konto.to_string(), f.konto_mit_einheit(k)));
            vec![
                feld::kasten(f, "geschaeftsgang-an", "Wer zeichnet mit?", wahl)
                    .hilfe("Wer entworfen hat, zeichnet nicht. Die Schlusszeichnung gibt eine zweite Person.")
                    .fertig(),
            ]
        },
        probe: |_| Some(C::StartGeschaeftsgang { an: vec![] }),
        lesen: |e, _| C::StartGeschaeftsgang { an: e.kennungen("an", "Wer zeichnet mit?", 1) },
    },
    Aktion {
        name: "mitzeichnen",
        kapitel: Kapitel::Bescheid,
        titel: "Mitzeichnen",
        knopf: "Diese Fassung mitzeichnen",
        erledigt: "Sie haben mitgezeichnet.",
        felder: |f| gesehen(f, "mitzeichnen"),
        probe: |f| aktuell(f).map(|(fassung, digest)| C::CoSign { fassung, digest }),
        lesen: |e, _| {
            let (fassung, digest) = fassung(e);
            C::CoSign { fassung, digest }
        },
    },
    Aktion {
        name: "zeichnung_ablehnen",
        kapitel: Kapitel::Bescheid,
        titel: "Zeichnung ablehnen",
        knopf: "Mit Grund zurückgeben",
        erledigt: "Der Entwurf ist zurückgegeben.",
        felder: |f| {
            let mut felder = gesehen(f, "zeichnung_ablehnen");
            felder.push(feld::mehrzeilig(f, "zeichnung_ablehnen-grund", "Grund").fertig());
            felder
        },
        probe: |f| aktuell(f).map(|(fassung, _)| C::RefuseSign { fassung, grund: "Probe".into() }),
        lesen: |e, _| {
            let (fassung, _) = fassung(e);
            C::RefuseSign { fassung, grund: e.text("grund", "Grund") }
        },
    },
    Aktion {
        name: "schlusszeichnen",
        kapitel: Kapitel::Bescheid,
        titel: "Schlusszeichnen",
        knopf: "Diese Fassung schlusszeichnen",
        erledigt: "Der Bescheid ist gezeichnet.",
        felder: |f| gesehen(f, "schlusszeichnen"),
        probe: |f| aktuell(f).map(|(fassung, digest)| C::FinalSign { fassung, digest }),
        lesen: |e, _| {
            let (fassung, digest) = fassung(e);
            C::FinalSign { fassung, digest }
        },
    },
];

/// Fassung and digest in circulation.
fn aktuell(f: &Fall) -> Option<(u32, String)> {
    let b = f.v.bescheid.as_ref()?;
    Some((b.fassung, b.dokument.as_ref()?.digest.clone()))
}

fn gesehen(f: &Fall, aktion: &str) -> Vec<FeldSicht> {
    let Some((fassung, digest)) = aktuell(f) else { return Vec::new() };
    vec![
        feld::versteckt(f, &format!("{aktion}-fassung"), fassung.to_string()),
        feld::versteckt(f, &format!("{aktion}-digest"), digest),
    ]
}

fn fassung(e: &mut Eingabe<'_>) -> (u32, String) {
    (e.zahl("fassung", "Fassung", 1, u32::MAX), e.text("digest", "Prüfsumme der gesehenen Fassung"))
}
