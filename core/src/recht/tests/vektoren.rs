//! The worked examples each rule carries, and those of the specification.

use crate::recht::*;
use jiff::civil::{Date, date};

#[test]
fn every_rule_reproduces_its_own_worked_examples() {
    let law = Law::builtin().unwrap();
    let mut count = 0;
    for regel in law.tafeln.regeln.values() {
        for f in &regel.fassung {
            for v in &f.vectors {
                let params = Params { anzahl: v.anzahl, bestimmter_tag: v.bestimmter_tag, warn_tage: None };
                let frist = law.compute(&regel.id, v.ereignis, params).unwrap();
                assert_eq!((frist.end, frist.warnung), (v.ende, v.warnung), "{} ab {}", regel.id, v.ereignis);
                count += 1;
            }
        }
    }
    assert!(count >= 45, "only {count} worked examples");
}

fn ends(b: &Bekanntgabe) -> (Date, Date) {
    (b.frueheste.end, b.spaeteste.end)
}

#[test]
fn a_letter_posted_thursday_is_announced_sunday_or_monday_depending_on_the_reading() {
    let law = Law::builtin().unwrap();
    let b = law.bekanntgabe("LVwG-SH", BekanntgabeArt::AufgabeZurPost, date(2026, 10, 29)).unwrap();
    assert_eq!(ends(&b), (date(2026, 11, 1), date(2026, 11, 2)));
    let old = law.bekanntgabe("LVwG-SH", BekanntgabeArt::AufgabeZurPost, date(2017, 10, 10)).unwrap();
    assert_eq!(ends(&old), (date(2017, 10, 13), date(2017, 10, 13)));
    let tax = law.bekanntgabe("AO", BekanntgabeArt::AufgabeZurPost, date(2026, 12, 23)).unwrap();
    assert_eq!(ends(&tax), (date(2026, 12, 28), date(2026, 12, 28)));
}
