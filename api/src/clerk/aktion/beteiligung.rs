//! Hearing others: other bodies (Stellungnahme) and the person concerned (§ 28 VwVfG).

use super::{Aktion, Kapitel, feld};
use akte_core::verfahren::VorgangCommand as C;

/// § 28 Abs. 2 Nr. 1-5 and Abs. 3 VwVfG.
const VERZICHT: [(&str, &str); 6] = [
    ("1", "Gefahr im Verzug oder öffentliches Interesse (Abs. 2 Nr. 1)"),
    ("2", "Frist würde in Frage gestellt (Abs. 2 Nr. 2)"),
    ("3", "Von den Angaben der Person wird nicht zu ihren Ungunsten abgewichen (Abs. 2 Nr. 3)"),
    ("4", "Allgemeinverfügung, gleichartige oder automatische Verwaltungsakte (Abs. 2 Nr. 4)"),
    ("5", "Maßnahme der Verwaltungsvollstreckung (Abs. 2 Nr. 5)"),
    ("abs3", "Zwingendes öffentliches Interesse steht entgegen (Abs. 3)"),
];

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "beteiligen",
        kapitel: Kapitel::Beteiligung,
        titel: "Andere Stelle beteiligen",
        knopf: "Beteiligen",
        erledigt: "Die Stelle ist beteiligt.",
        felder: |f| {
            vec![
                feld::zeile(f, "beteiligen-stelle", "Stelle").fertig(),
                feld::mehrzeilig(f, "beteiligen-frage", "Frage an die Stelle").fertig(),
            ]
        },
        probe: |_| Some(C::Consult { stelle: "\u{1}".into(), frage: "Probe".into() }),
        lesen: |e, _| C::Consult { stelle: e.text("stelle", "Stelle"), frage: e.text("frage", "Frage an die Stelle") },
    },
    Aktion {
        name: "stellungnahme",
        kapitel: Kapitel::Beteiligung,
        titel: "Stellungnahme eintragen",
        knopf: "Eintragen",
        erledigt: "Die Stellungnahme ist eingetragen.",
        felder: |f| {
            let offen = f.v.stellen_offen.iter().map(|s| (s.clone(), s.clone()));
            vec![
                feld::liste(f, "stellungnahme-stelle", "Stelle", offen).fertig(),
                feld::mehrzeilig(f, "stellungnahme-text", "Stellungnahme").fertig(),
            ]
        },
        probe: |f| {
            let stelle = f.v.stellen_offen.first()?.clone();
            Some(C::ReceiveStellungnahme { stelle, text: "Probe".into() })
        },
        lesen: |e, _| C::ReceiveStellungnahme {
            stelle: e.text("stelle", "Stelle"),
            text: e.text("text", "Stellungnahme"),
        },
    },
    Aktion {
        name: "anhoeren",
        kapitel: Kapitel::Beteiligung,
        titel: "Anhören (§ 28 VwVfG)",
        knopf: "Anhörung beginnen",
        erledigt: "Die Anhörung läuft.",
        felder: |f| {
            vec![
                feld::mehrzeilig(f, "anhoeren-text", "Text an die Person")
                    .hilfe("Nennen Sie die Tatsachen, auf die es ankommt, und was Sie entscheiden wollen.")
                    .fertig(),
                feld::tage(f, "anhoeren-tage", "Frist in Tagen", "14").fertig(),
            ]
        },
        probe: |f| (!f.v.anhoerung_offen).then(|| C::StartAnhoerung { text: "Probe".into(), tage: 14 }),
        lesen: |e, _| C::StartAnhoerung {
            text: e.text("text", "Text an die Person"),
            tage: u16::try_from(e.zahl("tage", "Frist in Tagen", 1, 365)).unwrap_or(365),
        },
    },
    Aktion {
        name: "angehoert",
        kapitel: Kapitel::Beteiligung,
        titel: "Antwort auf die Anhörung eintragen",
        knopf: "Eintragen",
        erledigt: "Die Anhörung ist abgeschlossen.",
        felder: |f| {
            vec![
                feld::mehrzeilig(f, "angehoert-antwort", "Antwort")
                    .hilfe("Oder: keine Antwort bis zum Fristende.")
                    .fertig(),
            ]
        },
        probe: |f| f.v.anhoerung_offen.then(|| C::HoldAnhoerung { antwort: "Probe".into() }),
        lesen: |e, _| C::HoldAnhoerung { antwort: e.text("antwort", "Antwort") },
    },
    Aktion {
        name: "anhoerung_verzicht",
        kapitel: Kapitel::Beteiligung,
        titel: "Von der Anhörung absehen",
        knopf: "Absehen",
        erledigt: "Der Verzicht auf die Anhörung ist begründet.",
        felder: |f| {
            vec![
                feld::liste(f, "anhoerung_verzicht-nr", "Nach welcher Vorschrift?", VERZICHT).fertig(),
                feld::mehrzeilig(f, "anhoerung_verzicht-grund", "Begründung").fertig(),
            ]
        },
        probe: |f| {
            (!f.v.anhoerung_erledigt && f.entscheidet())
                .then(|| C::WaiveAnhoerung { nr: "1".into(), grund: "Probe".into() })
        },
        lesen: |e, _| C::WaiveAnhoerung {
            nr: e.wahl("nr", "Vorschrift", &VERZICHT.map(|(nr, _)| nr)),
            grund: e.text("grund", "Begründung"),
        },
    },
];
