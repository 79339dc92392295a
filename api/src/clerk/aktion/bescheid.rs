//! The draft of a decision or a further act: tenor, reasons, discretion, side conditions, text blocks.
//!
//! Each draft is a new Fassung. What the kind of act needs is asked of `bescheidpruefung`.

use super::{Aktion, Kapitel, feld};
use crate::citizen::felder::FeldSicht;
use crate::clerk::eingabe::Eingabe;
use crate::clerk::fall::Fall;
use akte_core::verfahren::VorgangCommand as C;
use akte_core::verfahren::akt;
use akte_core::verfahren::bescheidpruefung::Anspruch;
use akte_core::verfahren::command::Zusatz;
use akte_core::verfahren::event::{AktArt, Tenor};
use akte_core::verfahren::texte::{TextRef, Wofuer};

/// What a first decision grants, in words.
pub const TENOR: [(&str, &str); 3] = [
    ("bewilligt", "Dem Antrag wird stattgegeben"),
    ("teilweise_bewilligt", "Dem Antrag wird teilweise stattgegeben"),
    ("abgelehnt", "Der Antrag wird abgelehnt"),
];

pub const AKTIONEN: &[Aktion] = &[Aktion {
    name: "entwerfen",
    kapitel: Kapitel::Bescheid,
    titel: "Bescheid entwerfen",
    knopf: "Entwurf speichern",
    erledigt: "Der Entwurf ist gespeichert. Das Dokument entsteht in wenigen Sekunden.",
    felder: entwerfen,
    probe: |f| {
        let text = || "Probe".to_owned();
        let zusatz = Zusatz { ermessen: text(), spruch: text(), texte: Vec::new() };
        let tenor = moegliche(f).first().copied().unwrap_or(Tenor::Bewilligt);
        Some(C::DraftBescheid { tenor, begruendung: text(), nebenbestimmungen: String::new(), zusatz })
    },
    lesen,
}];

/// Word on the wire of a tenor.
pub fn tenor_wort(t: Tenor) -> &'static str {
    match t {
        Tenor::Bewilligt => "bewilligt",
        Tenor::TeilweiseBewilligt => "teilweise_bewilligt",
        Tenor::Abgelehnt => "abgelehnt",
    }
}

/// Sentence of a tenor; a further act has its own.
pub fn tenor_satz(art: Option<AktArt>, t: Tenor) -> &'static str {
    if let Some(art) = art {
        return match (art, t) {
            (AktArt::Abhilfe | AktArt::Widerspruchsbescheid, Tenor::Bewilligt) => "Dem Widerspruch wird abgeholfen",
            (AktArt::Abhilfe | AktArt::Widerspruchsbescheid, Tenor::TeilweiseBewilligt) => {
                "Dem Widerspruch wird teilweise stattgegeben"
            }
            (AktArt::Abhilfe | AktArt::Widerspruchsbescheid, Tenor::Abgelehnt) => "Der Widerspruch wird zurückgewiesen",
            (_, Tenor::Bewilligt) => "Die Änderung belastet die Person nicht",
            (_, Tenor::TeilweiseBewilligt) => "Die Änderung gilt für einen Teil und belastet die Person insoweit",
            (_, Tenor::Abgelehnt) => "Die Änderung belastet die Person",
        };
    }
    TENOR.iter().find(|(w, _)| *w == tenor_wort(t)).map_or("", |(_, s)| s)
}

/// The results the act in work knows.
fn moegliche(f: &Fall) -> Vec<Tenor> {
    let alle = [Tenor::Bewilligt, Tenor::TeilweiseBewilligt, Tenor::Abgelehnt];
    let regel = f.v.akt_art().and_then(akt::regel);
    alle.into_iter().filter(|t| regel.is_none_or(|r| !r.satz(*t).is_empty())).collect()
}

fn entwerfen(f: &Fall) -> Vec<FeldSicht> {
    let alt = f.v.bescheid.as_ref();
    let war = |text: fn(&akte_core::verfahren::state::BescheidState) -> &Option<String>| {
        alt.and_then(|b| text(b).clone()).unwrap_or_default()
    };
    let wahl: Vec<_> = moegliche(f).into_iter().map(|t| (tenor_wort(t), tenor_satz(f.v.akt_art(), t))).collect();
    let tenor = alt.map_or_else(|| wahl.first().map_or("", |(w, _)| *w), |b| tenor_wort(b.tenor));
    let mut felder = vec![feld::radio(f, "entwerfen-tenor", "Entscheidung", wahl.clone()).vorschlag(tenor).fertig()];
    let anspruch = f.def.as_deref().map(|d| Anspruch::of(&f.v, d));
    if anspruch.is_some_and(|a| a.spruch()) {
        let hilfe = "Bei einer Berichtigung: „Auf Seite 1 muss es statt … richtig … heißen.“";
        felder.push(
            feld::mehrzeilig(f, "entwerfen-spruch", "Wortlaut der Entscheidung")
                .hilfe(hilfe)
                .vorschlag(&war(|b| &b.spruch))
                .fertig(),
        );
    }
    if !f.bausteine.is_empty() {
        let wahl = f.bausteine.iter().map(|b| (b.schluessel(), beschriftung(b)));
        felder.push(
            feld::kasten(f, "entwerfen-bausteine", "Textbausteine", wahl)
                .hilfe("Angekreuzte Bausteine werden dort angehängt, wofür sie gemacht sind.")
                .freiwillig()
                .fertig(),
        );
    }
    let mut text = |id: &str, label: &str, hilfe: &str, wert: String| {
        felder.push(feld::mehrzeilig(f, id, label).hilfe(hilfe).vorschlag(&wert).freiwillig().fertig());
    };
    text("entwerfen-begruendung", "Begründung (§ 39 VwVfG)", "", war(|b| &b.begruendung));
    if anspruch.is_some_and(|a| a.ermessen()) {
        let hilfe = "Welche Gesichtspunkte sprachen dafür, welche dagegen, und was gab den Ausschlag?";
        text("entwerfen-ermessen", "Ermessen (§ 39 Abs. 1 Satz 3 VwVfG)", hilfe, war(|b| &b.ermessen));
    }
    text("entwerfen-neben", "Nebenbestimmungen", "", war(|b| &b.nebenbestimmungen));
    felder
}

fn beschriftung(b: &TextRef) -> String {
    let woher = if b.herkunft == "stadt" { "Stadt" } else { "Leistung" };
    let quelle = if b.quelle.is_empty() { String::new() } else { format!(", {}", b.quelle) };
    format!("{} ({woher}, Fassung {}{quelle})", b.text, b.version)
}

fn lesen(e: &mut Eingabe<'_>, f: &Fall) -> C {
    let erlaubt: Vec<&str> = moegliche(f).into_iter().map(tenor_wort).collect();
    let tenor = match e.wahl("tenor", "Entscheidung", &erlaubt).as_str() {
        "teilweise_bewilligt" => Tenor::TeilweiseBewilligt,
        "abgelehnt" => Tenor::Abgelehnt,
        _ => Tenor::Bewilligt,
    };
    let mut begruendung = e.optional("begruendung", "Begründung");
    let mut ermessen = e.optional("ermessen", "Ermessen");
    let mut nebenbestimmungen = e.optional("neben", "Nebenbestimmungen");
    let spruch = e.optional("spruch", "Wortlaut der Entscheidung");
    let gewaehlt = e.mehrere("bausteine", "Textbausteine", 0);
    let mut texte = Vec::new();
    for b in &f.bausteine {
        let feld = match b.wofuer {
            Wofuer::Begruendung => &mut begruendung,
            Wofuer::Ermessen => &mut ermessen,
            Wofuer::Nebenbestimmung => &mut nebenbestimmungen,
        };
        if gewaehlt.contains(&b.schluessel()) && !feld.contains(&b.text) {
            if !feld.is_empty() {
                feld.push_str("\n\n");
            }
            feld.push_str(&b.text);
        }
        // Used is what stands there, also where it came with an earlier Fassung.
        if feld.contains(&b.text) {
            texte.push(b.clone());
        }
    }
    C::DraftBescheid { tenor, begruendung, nebenbestimmungen, zusatz: Zusatz { ermessen, spruch, texte } }
}
