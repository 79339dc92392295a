//! What is done with a running Frist: extend, suspend, continue, compute anew.
//!
//! Offers only the Fristen whose rule knows the act; how far it goes, the law tables say.

use super::{Aktion, Kapitel, feld};
use crate::citizen::felder::FeldSicht;
use crate::clerk::eingabe::Eingabe;
use crate::clerk::fall::Fall;
use crate::layout::datum;
use akte_core::recht::{Dauer, Um};
use akte_core::verfahren::VorgangCommand as C;
use akte_core::verfahren::fristlauf;
use akte_core::verfahren::state::FristState;

const WIE: [(&str, &str); 4] =
    [("tage", "um Tage"), ("wochen", "um Wochen"), ("monate", "um Monate"), ("bis", "bis zu einem Tag")];
const WERT: &str = "Wie viele, oder bis wann?";
const GRUND: &str = "Grund";
const NORM: &str = "Rechtsgrundlage";
/// Longest extension at once, in units.
const MAX: u32 = 400;

pub const AKTIONEN: &[Aktion] = &[
    Aktion {
        name: "frist_verlaengern",
        kapitel: Kapitel::Fristen,
        titel: "Frist verlängern",
        knopf: "Verlängern",
        erledigt: "Die Frist ist verlängert. Der Rechenweg steht bei der Frist.",
        felder: verlaengern,
        probe: |f| {
            let frist = verlaengerbare(f).into_iter().next()?.frist;
            Some(C::ExtendFrist {
                frist,
                um: Um::Dauer(Dauer::Tage(1)),
                mitgeteilt_am: f.heute,
                grund: "Probe".into(),
                rechtsgrundlage: "Probe".into(),
            })
        },
        lesen: |e, _| C::ExtendFrist {
            frist: e.text("frist", "Frist"),
            um: um(e),
            mitgeteilt_am: e.datum("mitgeteilt", "Mitgeteilt am"),
            grund: e.text("grund", GRUND),
            rechtsgrundlage: e.text("norm", NORM),
        },
    },
    Aktion {
        name: "frist_hemmen",
        kapitel: Kapitel::Fristen,
        titel: "Frist hemmen",
        knopf: "Hemmen",
        erledigt: "Die Frist läuft nicht weiter.",
        felder: |f| {
            vec![
                feld::liste(f, "frist_hemmen-frist", "Frist", wahl(f, hemmbare(f))).fertig(),
                feld::datum(f, "frist_hemmen-ab", "Erster Tag, der nicht zählt").fertig(),
                feld::zeile(f, "frist_hemmen-grund", GRUND).fertig(),
                feld::zeile(f, "frist_hemmen-norm", NORM).hilfe("Zum Beispiel § 203 BGB").fertig(),
            ]
        },
        probe: |f| {
            let frist = hemmbare(f).into_iter().next()?.frist;
            let (grund, rechtsgrundlage) = ("Probe".into(), "Probe".into());
            Some(C::SuspendFrist { frist, ab: f.heute, grund, rechtsgrundlage })
        },
        lesen: |e, _| C::SuspendFrist {
            frist: e.text("frist", "Frist"),
            ab: e.datum("ab", "Erster Tag, der nicht zählt"),
            grund: e.text("grund", GRUND),
            rechtsgrundlage: e.text("norm", NORM),
        },
    },
    Aktion {
        name: "frist_fortsetzen",
        kapitel: Kapitel::Fristen,
        titel: "Gehemmte Frist fortsetzen",
        knopf: "Fortsetzen",
        erledigt: "Die Frist läuft weiter.",
        felder: |f| {
            vec![
                feld::liste(f, "frist_fortsetzen-frist", "Frist", wahl(f, gehemmte(f))).fertig(),
                feld::datum(f, "frist_fortsetzen-bis", "Letzter Tag, der nicht zählt").fertig(),
                feld::zeile(f, "frist_fortsetzen-grund", GRUND).fertig(),
            ]
        },
        probe: |f| {
            let frist = gehemmte(f).into_iter().next()?.frist;
            Some(C::ResumeFrist { frist, bis: f.heute, grund: "Probe".into() })
        },
        lesen: |e, _| C::ResumeFrist {
            frist: e.text("frist", "Frist"),
            bis: e.datum("bis", "Letzter Tag, der nicht zählt"),
            grund: e.text("grund", GRUND),
        },
    },
    Aktion {
        name: "frist_neu",
        kapitel: Kapitel::Fristen,
        titel: "Frist neu berechnen",
        knopf: "Neu berechnen",
        erledigt: "Die Frist ist neu berechnet. Die frühere Rechnung bleibt im Verlauf.",
        felder: |f| {
            vec![
                feld::liste(f, "frist_neu-frist", "Frist", wahl(f, eigene(f))).fertig(),
                feld::datum(f, "frist_neu-ereignis", "Tag, von dem an gerechnet wird")
                    .hilfe("Dieser Tag zählt nicht mit. Zum Beispiel der Tag, an dem der Antrag präzisiert wurde.")
                    .fertig(),
                feld::zeile(f, "frist_neu-grund", GRUND).fertig(),
                feld::zeile(f, "frist_neu-norm", NORM).fertig(),
            ]
        },
        probe: |f| {
            let frist = eigene(f).into_iter().next()?.frist;
            let (grund, rechtsgrundlage) = ("Probe".into(), "Probe".into());
            Some(C::RecomputeFrist { frist, ereignis: f.heute, grund, rechtsgrundlage })
        },
        lesen: |e, _| C::RecomputeFrist {
            frist: e.text("frist", "Frist"),
            ereignis: e.datum("ereignis", "Tag, von dem an gerechnet wird"),
            grund: e.text("grund", GRUND),
            rechtsgrundlage: e.text("norm", NORM),
        },
    },
];

fn verlaengern(f: &Fall) -> Vec<FeldSicht> {
    vec![
        feld::liste(f, "frist_verlaengern-frist", "Frist", wahl(f, verlaengerbare(f))).fertig(),
        feld::liste(f, "frist_verlaengern-wie", "Wie?", WIE).fertig(),
        feld::zeile(f, "frist_verlaengern-wert", WERT).hilfe("Eine Zahl, oder ein Tag wie 31.12.2026").kurz().fertig(),
        feld::datum(f, "frist_verlaengern-mitgeteilt", "Mitgeteilt am").fertig(),
        feld::zeile(f, "frist_verlaengern-grund", GRUND).fertig(),
        feld::zeile(f, "frist_verlaengern-norm", NORM).hilfe("Zum Beispiel § 31 Abs. 7 VwVfG").fertig(),
    ]
}

fn um(e: &mut Eingabe<'_>) -> Um {
    match e.wahl("wie", "Wie?", &WIE.map(|(w, _)| w)).as_str() {
        "bis" => Um::Bis(e.datum("wert", WERT)),
        "wochen" => Um::Dauer(Dauer::Wochen(e.zahl("wert", WERT, 1, MAX))),
        "monate" => Um::Dauer(Dauer::Monate(e.zahl("wert", WERT, 1, MAX))),
        _ => Um::Dauer(Dauer::Tage(e.zahl("wert", WERT, 1, MAX))),
    }
}

/// Open Fristen with the rule of each.
fn mit_regel(f: &Fall) -> Vec<(FristState, String)> {
    let Some(def) = &f.def else { return Vec::new() };
    let regel = |x: FristState| fristlauf::regel(def, &x.frist).map(str::to_owned).map(|r| (x, r));
    fristlauf::offene(&f.v).into_iter().filter_map(regel).collect()
}

fn verlaengerbare(f: &Fall) -> Vec<FristState> {
    let geht = |(x, r): &(FristState, String)| x.gehemmt.is_none() && f.law.verlaengerbar(x.lauf(r));
    mit_regel(f).into_iter().filter(geht).map(|(x, _)| x).collect()
}

fn hemmbare(f: &Fall) -> Vec<FristState> {
    let geht = |(x, r): &(FristState, String)| x.gehemmt.is_none() && f.law.hemmbar(x.lauf(r));
    mit_regel(f).into_iter().filter(geht).map(|(x, _)| x).collect()
}

fn gehemmte(f: &Fall) -> Vec<FristState> {
    fristlauf::offene(&f.v).into_iter().filter(|x| x.gehemmt.is_some()).collect()
}

/// Those the definition names.
fn eigene(f: &Fall) -> Vec<FristState> {
    let ids: Vec<&str> = f.def.iter().flat_map(|d| d.fristen.iter().map(|x| x.id.as_str())).collect();
    let geht = |x: &FristState| x.gehemmt.is_none() && ids.contains(&x.frist.as_str());
    fristlauf::offene(&f.v).into_iter().filter(geht).collect()
}

fn wahl(f: &Fall, fristen: Vec<FristState>) -> Vec<(String, String)> {
    let eine = |x: FristState| {
        let name = f.frist_name(&x.frist);
        (x.frist, format!("{name} bis {}", datum(&x.end)))
    };
    fristen.into_iter().map(eine).collect()
}
