//! The ends: withdrawn, settled, handed over, filed away (zdA), taken up again; new case code.

use super::{Aktion, Kapitel, feld, ohne};
use akte_core::verfahren::definition::Schrittart;
use akte_core::verfahren::{Status, VorgangCommand as C};

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "zda",
        kapitel: Kapitel::Abschluss,
        titel: "Zu den Akten",
        knopf: "Zu den Akten verfügen (zdA)",
        erledigt: "Der Vorgang ist zu den Akten verfügt.",
        felder: ohne,
        probe: |f| (f.v.status != Status::Leer).then_some(C::Close),
        lesen: |_, _| C::Close,
    },
    Aktion {
        name: "zurueckgenommen",
        kapitel: Kapitel::Abschluss,
        titel: "Rücknahme für die Person eintragen",
        knopf: "Rücknahme eintragen",
        erledigt: "Die Rücknahme ist eingetragen.",
        felder: |f| vec![feld::zeile(f, "zurueckgenommen-grund", "Wie wurde sie erklärt?").fertig()],
        probe: |_| Some(C::Withdraw { grund: None }),
        lesen: |e, _| C::Withdraw { grund: Some(e.text("grund", "Wie wurde sie erklärt?")) },
    },
    Aktion {
        name: "erledigen",
        kapitel: Kapitel::Abschluss,
        titel: "Anders erledigt",
        knopf: "Erledigen",
        erledigt: "Der Vorgang ist erledigt.",
        felder: |f| vec![feld::zeile(f, "erledigen-grund", "Grund").fertig()],
        probe: |_| Some(C::Erledigen { grund: "Probe".into() }),
        lesen: |e, _| C::Erledigen { grund: e.text("grund", "Grund") },
    },
    Aktion {
        name: "abgeben",
        kapitel: Kapitel::Abschluss,
        titel: "An die zuständige Stelle abgeben",
        knopf: "Abgeben",
        erledigt: "Der Vorgang ist abgegeben.",
        felder: |f| {
            let sonst = f.def.as_ref().map_or("", |d| d.zustaendig.sonst.as_str());
            vec![
                feld::zeile(f, "abgeben-stelle", "Stelle").vorschlag(sonst).fertig(),
                feld::zeile(f, "abgeben-rechtsgrundlage", "Rechtsgrundlage").fertig(),
            ]
        },
        // A service with a step of its own hands over with confirmation (`abgabe`).
        probe: |f| {
            let eigener = f.def.as_ref().is_some_and(|d| d.schritt(Schrittart::Abgeben).is_some());
            (!eigener).then(|| C::Abgeben { stelle: "Probe".into(), rechtsgrundlage: "Probe".into() })
        },
        lesen: |e, _| C::Abgeben {
            stelle: e.text("stelle", "Stelle"),
            rechtsgrundlage: e.text("rechtsgrundlage", "Rechtsgrundlage"),
        },
    },
    Aktion {
        name: "code_sperren",
        kapitel: Kapitel::Abschluss,
        titel: "Code der Person sperren",
        knopf: "Sperren und neuen Code ausgeben",
        erledigt: "Der alte Code gilt nicht mehr. Der neue steht oben auf der Seite.",
        felder: |f| vec![feld::zeile(f, "code_sperren-grund", "Grund").fertig()],
        probe: |_| Some(C::RevokeCode { grund: "Probe".into() }),
        lesen: |e, _| C::RevokeCode { grund: e.text("grund", "Grund") },
    },
    Aktion {
        name: "wiederaufnehmen",
        kapitel: Kapitel::Abschluss,
        titel: "Wieder aufnehmen",
        knopf: "Wieder aufnehmen",
        erledigt: "Der Vorgang ist wieder aufgenommen.",
        felder: |f| vec![feld::zeile(f, "wiederaufnehmen-grund", "Grund").fertig()],
        probe: |_| Some(C::Reopen { grund: "Probe".into() }),
        lesen: |e, _| C::Reopen { grund: e.text("grund", "Grund") },
    },
];
