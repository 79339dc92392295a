//! Checking the application: start, completeness, asking for documents, resting, ready to decide.

use super::{Aktion, Kapitel, feld, ohne};
use crate::citizen::felder::FeldSicht;
use crate::clerk::fall::Fall;
use akte_core::recht::datum_deutsch;
use akte_core::verfahren::VorgangCommand as C;

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "pruefung_beginnen",
        kapitel: Kapitel::Bearbeitung,
        titel: "Prüfung beginnen",
        knopf: "Prüfung beginnen",
        erledigt: "Die Prüfung hat begonnen.",
        felder: ohne,
        probe: |_| Some(C::StartPruefung),
        lesen: |_, _| C::StartPruefung,
    },
    Aktion {
        name: "vollstaendigkeit",
        kapitel: Kapitel::Unterlagen,
        titel: "Vollständigkeit festhalten",
        knopf: "Ergebnis festhalten",
        erledigt: "Das Ergebnis der Vollständigkeitsprüfung ist festgehalten.",
        felder: |f| {
            vec![
                feld::kasten(f, "vollstaendigkeit-fehlend", "Was fehlt?", f.unterlagen())
                    .hilfe("Kreuzen Sie nichts an, wenn der Antrag vollständig ist.")
                    .freiwillig()
                    .fertig(),
            ]
        },
        probe: |_| Some(C::CheckVollstaendigkeit { fehlend: vec![] }),
        lesen: |e, _| C::CheckVollstaendigkeit { fehlend: e.mehrere("fehlend", "Was fehlt?", 0) },
    },
    Aktion {
        name: "nachfordern",
        kapitel: Kapitel::Unterlagen,
        titel: "Unterlagen nachfordern",
        knopf: "Nachfordern",
        erledigt: "Die Nachforderung ist gestellt. Die Person sieht sie unter ihrem Code.",
        felder: nachfordern,
        probe: |f| {
            let erste = f.unterlagen().into_iter().next()?.0;
            Some(C::Nachfordern { unterlagen: vec![erste], text: "Probe".into(), tage: 14 })
        },
        lesen: |e, _| C::Nachfordern {
            unterlagen: e.mehrere("unterlagen", "Welche Unterlagen?", 1),
            text: e.text("text", "Text an die Person"),
            tage: u16::try_from(e.zahl("tage", "Frist in Tagen", 1, 365)).unwrap_or(365),
        },
    },
    Aktion {
        name: "nachforderung_schliessen",
        kapitel: Kapitel::Unterlagen,
        titel: "Nachforderung schließen",
        knopf: "Schließen",
        erledigt: "Die Nachforderung ist geschlossen.",
        felder: |f| {
            let offen = f.v.offene_nachforderungen();
            let wahl = offen.map(|n| (n.id.to_string(), format!("Nachforderung bis {}", datum_deutsch(n.frist))));
            vec![
                feld::liste(f, "nachforderung_schliessen-id", "Welche?", wahl).fertig(),
                feld::zeile(f, "nachforderung_schliessen-grund", "Grund").fertig(),
            ]
        },
        probe: |f| {
            let id = f.v.offene_nachforderungen().next()?.id;
            Some(C::CloseNachforderung { nachforderung: id, grund: "Probe".into() })
        },
        lesen: |e, _| C::CloseNachforderung {
            nachforderung: e.kennung("id", "Welche?"),
            grund: e.text("grund", "Grund"),
        },
    },
    Aktion {
        name: "entscheidungsreif",
        kapitel: Kapitel::Bearbeitung,
        titel: "Entscheidungsreif",
        knopf: "Für entscheidungsreif erklären",
        erledigt: "Der Vorgang ist entscheidungsreif.",
        felder: ohne,
        probe: |_| Some(C::DeclareEntscheidungsreif),
        lesen: |_, _| C::DeclareEntscheidungsreif,
    },
    Aktion {
        name: "ruhen",
        kapitel: Kapitel::Bearbeitung,
        titel: "Vorgang ruhen lassen",
        knopf: "Ruhen lassen",
        erledigt: "Der Vorgang ruht.",
        felder: |f| vec![feld::zeile(f, "ruhen-grund", "Grund").fertig()],
        probe: |_| Some(C::Pause { grund: "Probe".into() }),
        lesen: |e, _| C::Pause { grund: e.text("grund", "Grund") },
    },
    Aktion {
        name: "weiterfuehren",
        kapitel: Kapitel::Bearbeitung,
        titel: "Vorgang weiterführen",
        knopf: "Weiterführen",
        erledigt: "Der Vorgang läuft weiter.",
        felder: ohne,
        probe: |_| Some(C::Resume),
        lesen: |_, _| C::Resume,
    },
];

fn nachfordern(f: &Fall) -> Vec<FeldSicht> {
    let anrede = "Guten Tag,\n\nfür Ihren Antrag brauchen wir noch die angekreuzten Unterlagen. \
                  Sie können sie unter Ihrem Code hochladen, schicken oder vorbeibringen.";
    vec![
        feld::kasten(f, "nachfordern-unterlagen", "Welche Unterlagen?", f.unterlagen()).fertig(),
        feld::mehrzeilig(f, "nachfordern-text", "Text an die Person").vorschlag(anrede).fertig(),
        feld::tage(f, "nachfordern-tage", "Frist in Tagen", "14").fertig(),
    ]
}
