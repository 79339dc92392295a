//! Fees: paid or waived. Amounts come from the assessed row, never from here.

use super::{Aktion, Kapitel, feld};
use crate::clerk::fall::Fall;
use akte_core::recht::cent_zu_text;
use akte_core::verfahren::VorgangCommand as C;

/// Ways of payment.
const WEGE: [(&str, &str); 4] =
    [("bar", "Bar an der Kasse"), ("karte", "Karte"), ("ueberweisung", "Überweisung"), ("lastschrift", "Lastschrift")];

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "gebuehr_bezahlt",
        kapitel: Kapitel::Geld,
        titel: "Zahlung eintragen",
        knopf: "Zahlung eintragen",
        erledigt: "Die Zahlung ist eingetragen.",
        felder: |f| {
            let betrag =
                offen(f).next().map_or_else(String::new, |g| cent_zu_text(g.1).trim_end_matches(" €").to_owned());
            vec![
                feld::liste(f, "gebuehr_bezahlt-zeile", "Welche Gebühr?", wahl(f)).fertig(),
                feld::zeile(f, "gebuehr_bezahlt-betrag", "Betrag in Euro").kurz().vorschlag(&betrag).fertig(),
                feld::liste(f, "gebuehr_bezahlt-weg", "Zahlungsweg", WEGE).fertig(),
            ]
        },
        probe: |f| {
            let (zeile, betrag_cent) = offen(f).next()?;
            Some(C::PayGebuehr { zeile: zeile.to_owned(), betrag_cent, weg: "bar".into() })
        },
        lesen: |e, _| C::PayGebuehr {
            zeile: e.text("zeile", "Welche Gebühr?"),
            betrag_cent: e.betrag("betrag", "Betrag in Euro"),
            weg: e.wahl("weg", "Zahlungsweg", &WEGE.map(|(w, _)| w)),
        },
    },
    Aktion {
        name: "gebuehr_erlassen",
        kapitel: Kapitel::Geld,
        titel: "Gebühr erlassen",
        knopf: "Erlassen",
        erledigt: "Die Gebühr ist erlassen.",
        felder: |f| {
            vec![
                feld::liste(f, "gebuehr_erlassen-zeile", "Welche Gebühr?", wahl(f)).fertig(),
                feld::zeile(f, "gebuehr_erlassen-grund", "Grund").fertig(),
            ]
        },
        probe: |f| {
            let zeile = offen(f).next()?.0.to_owned();
            Some(C::WaiveGebuehr { zeile, grund: "Probe".into() })
        },
        lesen: |e, _| C::WaiveGebuehr { zeile: e.text("zeile", "Welche Gebühr?"), grund: e.text("grund", "Grund") },
    },
];

fn offen(f: &Fall) -> impl Iterator<Item = (&str, i64)> {
    f.v.gebuehren.iter().filter(|g| g.stand == "offen").map(|g| (g.zeile.as_str(), g.betrag_cent))
}

fn wahl(f: &Fall) -> Vec<(String, String)> {
    offen(f).map(|(z, c)| (z.to_owned(), format!("{}, {}", f.gebuehr_name(z), cent_zu_text(c)))).collect()
}
