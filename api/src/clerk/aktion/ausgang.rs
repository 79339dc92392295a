//! The decision leaves the house and comes back: dispatch, delivery, Widerspruch, Bestandskraft.

use super::{Aktion, Kapitel, feld, ohne};
use crate::citizen::felder::FeldSicht;
use crate::clerk::fall::Fall;
use crate::layout::datum;
use akte_core::verfahren::event::Weg;
use akte_core::verfahren::state::Sendung;
use akte_core::verfahren::zustellung::{Zustand, darf};
use akte_core::verfahren::{URKUNDE, VorgangCommand as C};

const WEGE: [(&str, &str); 4] = [
    ("schalter", "Am Schalter aushändigen"),
    ("portal", "Unter dem Code der Person zum Abruf bereitstellen (nur mit Einwilligung)"),
    ("post", "Mit der Post"),
    ("pzu", "Mit Postzustellungsurkunde"),
];

const ZUSTELLUNG: [(&str, &str); 4] = [
    ("delivered", "zugestellt"),
    ("temporary_failure", "vorübergehend gescheitert"),
    ("permanent_failure", "endgültig gescheitert"),
    ("returned_letter", "Brief kam zurück"),
];

/// The newest dispatch that was not taken back.
fn letzte(f: &Fall) -> Option<&Sendung> {
    f.v.sendungen.iter().rev().find(|s| s.zustand != Zustand::Cancelled)
}

/// What may be reported of a dispatch; a certificate has a form of its own, and what was handed over does not return.
fn moeglich(s: &Sendung) -> Vec<(&'static str, &'static str)> {
    if s.weg == Weg::Schalter {
        return Vec::new();
    }
    let darf = |wort: &str| Zustand::lesen(wort).is_some_and(|z| darf(s.zustand, z));
    let urkunde = |wort: &str| s.weg == Weg::Pzu && wort == "delivered";
    ZUSTELLUNG.into_iter().filter(|(wort, _)| darf(wort) && !urkunde(wort)).collect()
}

/// Dispatches something may still be reported of, newest first.
fn unterwegs(f: &Fall) -> Vec<&Sendung> {
    f.v.sendungen.iter().rev().filter(|s| !moeglich(s).is_empty()).collect()
}

/// Which one is meant: asked where there are several, and what the page saw where there is one.
fn welche(f: &Fall) -> FeldSicht {
    let (id, alle) = ("zustellung_melden-sendung", unterwegs(f));
    let kennung = |s: &Sendung| s.benannt().map(|id| id.to_string()).unwrap_or_default();
    if let [] | [_] = alle[..] {
        return feld::versteckt(f, id, alle.first().map(|s| kennung(s)).unwrap_or_default());
    }
    let wort = |s: &Sendung| {
        let am = s.versandt_am.as_ref().map_or("noch nicht versandt".into(), |d| format!("versandt am {}", datum(d)));
        format!("Fassung {}, {}, {am}", s.fassung, s.weg.wort())
    };
    feld::liste(f, id, "Welche Sendung?", alle.iter().map(|s| (kennung(s), wort(s)))).fertig()
}

/// What the dispatches may still come to.
fn meldungen(f: &Fall) -> Vec<(&'static str, &'static str)> {
    let alle: Vec<_> = unterwegs(f).into_iter().flat_map(moeglich).collect();
    ZUSTELLUNG.into_iter().filter(|m| alle.contains(m)).collect()
}

const BEKANNT: [(&str, &str); 2] = [("aushaendigung", "Ausgehändigt"), ("fiktion", "Drei-/Viertagesfiktion der Post")];

/// Without a notice of its own; granting and rejecting is a further act (§§ 72, 73 VwGO).
const ERGEBNIS: [(&str, &str); 2] = [
    ("zurueckgenommen", "Der Widerspruch wurde zurückgenommen"),
    ("erledigt", "Der Widerspruch hat sich anders erledigt"),
];

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "versenden",
        kapitel: Kapitel::Ausgang,
        titel: "Bescheid bekannt geben",
        knopf: "Bekannt geben",
        erledigt: "Der Bescheid ist ausgehändigt, oder sein Versand ist veranlasst. Eine Minute lang können Sie den Versand zurücknehmen.",
        felder: |f| {
            let hilfe = "Nur am Schalter. Leer heißt: die antragstellende Person selbst.";
            vec![
                feld::radio(f, "versenden-weg", "Auf welchem Weg?", WEGE).fertig(),
                feld::zeile(f, "versenden-von", "Wer hat den Empfang bestätigt?").hilfe(hilfe).freiwillig().fertig(),
            ]
        },
        probe: |_| Some(C::Dispatch { weg: Weg::Schalter }),
        lesen: |e, _| {
            let von = e.optional("von", "Wer hat den Empfang bestätigt?");
            let weg = match e.wahl("weg", "Weg", &WEGE.map(|(w, _)| w)).as_str() {
                "portal" => Weg::Portal,
                "post" => Weg::Post,
                "pzu" => Weg::Pzu,
                _ => return C::HandOver { von },
            };
            C::Dispatch { weg }
        },
    },
    Aktion {
        name: "versand_zuruecknehmen",
        kapitel: Kapitel::Ausgang,
        titel: "Versand zurücknehmen",
        knopf: "Versand zurücknehmen",
        erledigt: "Der Versand ist zurückgenommen. Nichts hat das Haus verlassen.",
        felder: ohne,
        probe: |_| Some(C::CancelVersand),
        lesen: |_, _| C::CancelVersand,
    },
    Aktion {
        name: "aufgegeben",
        kapitel: Kapitel::Ausgang,
        titel: "Brief zur Post gegeben",
        knopf: "Festhalten",
        erledigt: "Die Aufgabe zur Post ist festgehalten. Von diesem Tag an wird gerechnet.",
        felder: |f| vec![feld::datum(f, "aufgegeben-am", "Wann?").fertig()],
        probe: |f| letzte(f).map(|s| C::MarkPosted { sendung: s.id, am: f.heute }),
        lesen: |e, f| C::MarkPosted {
            sendung: letzte(f).map(|s| s.id).unwrap_or_default(),
            am: e.datum("am", "Wann?"),
        },
    },
    Aktion {
        name: "urkunde",
        kapitel: Kapitel::Ausgang,
        titel: "Zustellungsurkunde eintragen",
        knopf: "Eintragen",
        erledigt: "Die Zustellung ist festgehalten. Die Widerspruchsfrist läuft.",
        felder: |f| {
            vec![
                feld::liste(f, "urkunde-art", "Wie wurde zugestellt?", URKUNDE).fertig(),
                feld::datum(f, "urkunde-am", "Tag der Zustellung laut Urkunde").fertig(),
            ]
        },
        probe: |f| Some(C::RecordUrkunde { art: "uebergabe".into(), am: f.heute }),
        lesen: |e, _| C::RecordUrkunde {
            art: e.wahl("art", "Wie wurde zugestellt?", &URKUNDE.map(|(w, _)| w)),
            am: e.datum("am", "Tag der Zustellung laut Urkunde"),
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
                welche(f),
                feld::liste(f, "zustellung_melden-status", "Was ist geschehen?", meldungen(f)).fertig(),
                feld::datum(f, "zustellung_melden-am", "Wann?").fertig(),
            ]
        },
        probe: |f| {
            let s = unterwegs(f).into_iter().next()?;
            let status = moeglich(s).last()?.0.to_owned();
            Some(C::ReportZustellung { sendung: s.benannt(), status, am: f.heute })
        },
        lesen: |e, f| C::ReportZustellung {
            sendung: match unterwegs(f).len() {
                0 | 1 => e.kennung_wenn("sendung", "Welche Sendung?"),
                _ => Some(e.kennung("sendung", "Welche Sendung?")),
            },
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
        titel: "Widerspruch ohne Bescheid beenden",
        knopf: "Beenden",
        erledigt: "Der Widerspruch ist beendet.",
        felder: |f| {
            vec![
                feld::liste(f, "widerspruch_entscheiden-ergebnis", "Ergebnis", ERGEBNIS).fertig(),
                feld::mehrzeilig(f, "widerspruch_entscheiden-begruendung", "Begründung").fertig(),
            ]
        },
        probe: |_| Some(C::DecideWiderspruch { ergebnis: "zurueckgenommen".into(), begruendung: "Probe".into() }),
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
