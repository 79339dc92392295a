//! Consent to retrieval in the portal, given at the counter, by letter or by telephone.

use super::{Aktion, Kapitel, feld, ohne};
use akte_core::verfahren::VorgangCommand as C;
use akte_core::verfahren::anschrift;
use akte_core::verfahren::event::Kanal;

const KANAELE: [(&str, &str); 3] = [("vor_ort", "Vor Ort"), ("post", "Mit der Post"), ("telefon", "Am Telefon")];

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "einwilligung",
        kapitel: Kapitel::Ausgang,
        titel: "Einwilligung in den Abruf im Portal festhalten",
        knopf: "Festhalten",
        erledigt: "Die Einwilligung ist festgehalten.",
        felder: |f| {
            let vorschlag = f.def.as_deref().and_then(|d| anschrift::email(d, &f.v.felder)).unwrap_or_default();
            let hilfe = "Dorthin geht nur der Hinweis, dass etwas im Portal liegt, nie der Inhalt.";
            vec![
                feld::liste(f, "einwilligung-kanal", "Wie wurde sie erklärt?", KANAELE).fertig(),
                feld::zeile(f, "einwilligung-email", "E-Mail-Adresse")
                    .hilfe(hilfe)
                    .freiwillig()
                    .vorschlag(vorschlag)
                    .fertig(),
            ]
        },
        probe: |f| match f.v.einwilligung {
            None => Some(C::GiveEinwilligung { kanal: Kanal::VorOrt, email: None }),
            Some(_) => None,
        },
        lesen: |e, _| {
            let email = e.optional("email", "E-Mail-Adresse");
            if !email.is_empty() && !anschrift::ist_email(&email) {
                e.falsch(
                    "email",
                    "E-Mail-Adresse",
                    "ist so nicht möglich. Schreiben Sie zum Beispiel name@beispiel.de.",
                );
            }
            let kanal = match e.wahl("kanal", "Wie wurde sie erklärt?", &KANAELE.map(|(w, _)| w)).as_str() {
                "post" => Kanal::Post,
                "telefon" => Kanal::Telefon,
                _ => Kanal::VorOrt,
            };
            C::GiveEinwilligung { kanal, email: Some(email) }
        },
    },
    Aktion {
        name: "einwilligung_widerrufen",
        kapitel: Kapitel::Ausgang,
        titel: "Widerruf der Einwilligung festhalten",
        knopf: "Einwilligung in den Abruf widerrufen",
        erledigt: "Der Widerruf ist festgehalten. Wählen Sie für den Bescheid einen anderen Weg.",
        felder: ohne,
        probe: |_| Some(C::WithdrawEinwilligung),
        lesen: |_, _| C::WithdrawEinwilligung,
    },
];
