//! Every section the engine cites exists in the law text, where the text is at hand.

use super::{law, shared};
use crate::recht::*;
use jiff::civil::date;
use std::collections::BTreeSet;

/// Abbreviation -> text in the shared data.
const TEXTE: &[(&str, &str)] =
    &[("VwVfG", "law/vwvfg.md"), ("VwGO", "law/vwgo.md"), ("GewO", "law/gewo.md"), ("GewAnzV", "law/gewanzv_2014.md")];

/// All norms that any computation, rule or recipient names.
fn norms() -> BTreeSet<String> {
    let law = law();
    let mut out = BTreeSet::new();
    for id in law.regeln().filter(|id| *id != "stundenfrist") {
        let open = ["behoerdenfrist", "wiedervorlage", "aufbewahrung"].contains(&id);
        for day in [date(2026, 1, 31), date(2026, 10, 17), date(2026, 10, 28), date(2028, 2, 29)] {
            let params = Params { anzahl: open.then_some(14), ..Params::default() };
            out.extend(law.compute(id, day, params).unwrap().rechenweg.into_iter().map(|s| s.norm));
        }
    }
    for regime in law.regimes() {
        for day in [date(2024, 6, 1), date(2026, 10, 29)] {
            let b = law.bekanntgabe(regime, BekanntgabeArt::AufgabeZurPost, day).unwrap();
            out.extend(b.spaeteste.rechenweg.into_iter().map(|s| s.norm));
        }
        let abruf = law.abruf(regime, date(2026, 10, 29), Some(date(2026, 10, 30))).unwrap();
        out.extend(abruf.bekanntgabe.unwrap().spaeteste.rechenweg.into_iter().map(|s| s.norm));
    }
    for formular in ["A1", "A3"] {
        out.extend(
            law.empfaenger("gewanzv", formular, date(2026, 11, 23)).unwrap().into_iter().map(|e| e.rechtsgrundlage),
        );
    }
    out
}

/// (section, paragraph) of `§ 14 Abs. 8 Satz 1 Nr. 3a GewO`; the paragraph may be missing.
fn section(norm: &str) -> Option<(String, Option<String>)> {
    let after = |mark: &str| {
        let rest = norm.split_once(mark)?.1;
        Some(rest.chars().take_while(|c| c.is_ascii_alphanumeric()).collect::<String>())
    };
    Some((after("§ ")?, after("Abs. ")))
}

/// The text of one section: from its heading to the next heading.
fn find_section<'a>(text: &'a str, number: &str) -> Option<&'a str> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset + line.len();
        let named = line.starts_with('#')
            && line.split("§ ").skip(1).any(|r| r.split(|c: char| !c.is_ascii_alphanumeric()).next() == Some(number));
        if named {
            return text[start..].split("\n#").next();
        }
        offset = start;
    }
    None
}

#[test]
fn every_cited_section_and_paragraph_stands_in_the_law() {
    let mut checked = 0;
    for (law, path) in TEXTE {
        let Some(text) = shared(path) else { return };
        for norm in norms() {
            for part in
                norm.split(", ").filter(|p| p.split([' ', ';']).any(|w| w == *law) && !p.contains("Fassung 2025"))
            {
                let Some((number, absatz)) = section(part) else { continue };
                let body = find_section(&text, &number).unwrap_or_else(|| panic!("{part}: § {number} {law} fehlt"));
                if let Some(absatz) = absatz {
                    assert!(body.contains(&format!("({absatz})")), "{part}: Absatz {absatz} fehlt");
                }
                checked += 1;
            }
        }
    }
    assert!(checked >= 30, "only {checked} citations checked");
}

#[test]
fn a_citation_of_a_section_that_does_not_exist_is_noticed() {
    let text = "#### § 14 Anzeige\n\n(1) Eins\n\n(8) Acht\n\n#### § 14a Mehr\n\n(2) Zwei\n";
    assert!(find_section(text, "14").unwrap().contains("(8)"));
    assert!(!find_section(text, "14").unwrap().contains("(2)"));
    assert!(find_section(text, "14a").unwrap().contains("(2)"));
    assert_eq!(find_section(text, "15"), None);
    assert_eq!(section("§ 14 Abs. 8 Satz 1 Nr. 3a GewO"), Some(("14".into(), Some("8".into()))));
}
