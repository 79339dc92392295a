//! The decision leaves the house and comes back: dispatch, delivery, Widerspruch, Bestandskraft.

use super::{Aktion, Kapitel, feld, ohne};
use akte_core::verfahren::VorgangCommand as C;
use akte_core::verfahren::event::Weg;

const WEGE: [(&str, &str); 3] = [
    ("schalter", "Am Schalter aushändigen"),
    ("portal", "Unter dem Code der Person zum Abruf bereitstellen"),
    ("post", "Mit der Post"),
];

const ZUSTELLUNG: [(&str, &str); 4] = [
    ("delivered", "zugestellt"),
    ("temporary_failure", "vorübergehend gescheitert"),
    ("permanent_failure", "endgültig gescheitert"),
    ("returned_letter", "Brief kam zurück"),
];

const BEKANNT: [(&str, &str); 2] = [("aushaendigung", "Ausgehändigt"), ("fiktion", "Drei-/Viertagesfiktion der Post")];

const ERGEBNIS: [(&str, &str); 4] = [
    ("abgeholfen", "Dem Widerspruch wird abgeholfen"),
    ("teilweise_abgeholfen", "Dem Widerspruch wird teilweise abgeholfen"),
    ("zurueckgewiesen", "Der Widerspruch wird zurückgewiesen"),
    ("zurueckgenommen", "Der Widerspruch wurde zurückgenommen"),
];

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "versenden",
        kapitel: Kapitel::Ausgang,
        titel: "Bescheid bekannt geben",
        knopf: "Bekannt geben",
        erledigt: "Der Bescheid ist auf dem Weg.",
        felder: |f| vec![feld::radio(f, "versenden-weg", "Auf welchem Weg?", WEGE).fertig()],
        probe: |_| Some(C::Dispatch { weg: Weg::Schalter }),
        lesen: |e, _| {
            let weg = match e.wahl("weg", "Weg", &WEGE.map(|(w, _)| w)).as_str() {
                "portal" => Weg::Portal,
                "post" => Weg::Post,
                _ => Weg::Schalter,
            };
            C::Dispatch { weg }
        },
    },
    Aktion {
        name: "zustellung_melden",
        kapitel: Kapitel::Ausgang,
        titel: "Zustellung melden",
        knopf: "Melden",
        erledigt: "Die Meldung ist eingetragen.",
        felder: |f| {
            vec![
                feld::liste(f, "zustellung_melden-status", "Was ist geschehen?", ZUSTELLUNG).fertig(),
                feld::datum(f, "zustellung_melden-am", "Wann?").fertig(),
            ]
        },
        probe: |f| Some(C::ReportZustellung { status: "delivered".into(), am: f.heute }),
        lesen: |e, _| C::ReportZustellung {
            status: e.wahl("status", "Was ist geschehen?", &ZUSTELLUNG.map(|(w, _)| w)),
            am: e.datum("am", "Wann?"),
        },
    },
    Aktion {
        name: "bekanntgabe",
        kapitel: Kapitel::Ausgang,
        titel: "Bekanntgabe festhalten",
        knopf: "Festhalten",
        erledigt: "Die Bekanntgabe ist festgehalten. Die Widerspruchsfrist läuft.",
        felder: |f| {
            vec![
                feld::liste(f, "bekanntgabe-art", "Wie?", BEKANNT).fertig(),
                feld::datum(f, "bekanntgabe-am", "Wann?").fertig(),
            ]
        },
        probe: |f| Some(C::EffectBekanntgabe { art: "aushaendigung".into(), am: f.heute }),
        lesen: |e, _| C::EffectBekanntgabe {
            art: e.wahl("art", "Wie?", &BEKANNT.map(|(w, _)| w)),
            am: e.datum("am", "Wann?"),
        },
    },
    Aktion {
        name: "widerspruch",
        kapitel: Kapitel::Ausgang,
        titel: "Widerspruch eintragen",
        knopf: "Eintragen",
        erledigt: "Der Widerspruch ist eingetragen.",
        felder: |f| {
            vec![
                feld::datum(f, "widerspruch-am", "Eingegangen am").fertig(),
                feld::mehrzeilig(f, "widerspruch-text", "Inhalt").fertig(),
            ]
        },
        probe: |f| Some(C::ReceiveWiderspruch { am: f.heute, text: "Probe".into() }),
        lesen: |e, _| C::ReceiveWiderspruch { am: e.datum("am", "Eingegangen am"), text: e.text("text", "Inhalt") },
    },
    Aktion {
        name: "widerspruch_entscheiden",
        kapitel: Kapitel::Ausgang,
        titel: "Über den Widerspruch entscheiden",
        knopf: "Entscheiden",
        erledigt: "Über den Widerspruch ist entschieden.",
        felder: |f| {
            vec![
                feld::liste(f, "widerspruch_entscheiden-ergebnis", "Ergebnis", ERGEBNIS).fertig(),
                feld::mehrzeilig(f, "widerspruch_entscheiden-begruendung", "Begründung").fertig(),
            ]
        },
        probe: |_| Some(C::DecideWiderspruch { ergebnis: "abgeholfen".into(), begruendung: "Probe".into() }),
        lesen: |e, _| C::DecideWiderspruch {
            ergebnis: e.wahl("ergebnis", "Ergebnis", &ERGEBNIS.map(|(w, _)| w)),
            begruendung: e.text("begruendung", "Begründung"),
        },
    },
    Aktion {
        name: "bestandskraft",
        kapitel: Kapitel::Ausgang,
        titel: "Bestandskraft feststellen",
        knopf: "Bestandskraft feststellen",
        erledigt: "Der Bescheid ist bestandskräftig.",
        felder: ohne,
        probe: |_| Some(C::ReachBestandskraft),
        lesen: |_, _| C::ReachBestandskraft,
    },
];
