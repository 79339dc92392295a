//! Properties that hold on every day and for every length.

use super::law;
use crate::recht::*;
use jiff::{ToSpan, civil::Date, civil::date};
use proptest::prelude::*;

fn any_day() -> impl Strategy<Value = Date> {
    (0..30_000_i32).prop_map(|n| date(2018, 1, 1).checked_add(n.days()).unwrap())
}

/// A computed period as it runs.
fn lauf<'a>(regel: &'a str, f: &Frist, verlaengert: u32) -> Lauf<'a> {
    Lauf { regel, begin: f.begin, end: f.end, roh: Some(f.roh), verlaengert, gehemmt_ab: None }
}

/// Rules that need no length, with whether their end is moved to a working day.
const REGELN: &[(&str, bool)] = &[
    ("vwgo70", true),
    ("vwgo58", true),
    ("vwgo74", true),
    ("vwvfg32", true),
    ("vwvfg42a", true),
    ("gewo15", true),
    ("gewanzv_statistik", true),
    ("vwgo75", false),
    ("izg5", false),
    ("gewo14_protokoll", false),
    ("vwgo60", true),
    ("vwgo60_jahr", true),
    ("vwvfg32_jahr", true),
    ("bearbeitungsziel", true),
    ("lvwg83a", true),
    ("bgb195", true),
    ("izg5_verlaengert", false),
];

proptest! {
    #[test]
    fn no_period_ends_before_it_begins_and_a_shifted_one_ends_on_a_working_day(am in any_day()) {
        for (regel, shifts) in REGELN {
            let frist = law().compute(regel, am, Params::default()).unwrap();
            prop_assert!(frist.begin > am && frist.end >= frist.begin, "{}", regel);
            prop_assert!(!shifts || law().ist_werktag(frist.end), "{}", regel);
            prop_assert!(frist.warnung.is_none_or(|w| w >= frist.begin && w <= frist.end));
        }
    }

    #[test]
    fn a_later_event_never_ends_earlier(am in any_day(), step in 1..40_i32) {
        let later = am.checked_add(step.days()).unwrap();
        for (regel, _) in REGELN {
            let end = |d| law().compute(regel, d, Params::default()).unwrap().end;
            prop_assert!(end(am) <= end(later), "{} {} {}", regel, am, later);
        }
        for regime in ["LVwG-SH", "VwVfG-Bund", "AO", "SGB-X"] {
            let at = |d| law().bekanntgabe(regime, BekanntgabeArt::AufgabeZurPost, d).unwrap();
            prop_assert!(at(am).frueheste.end <= at(later).frueheste.end);
            prop_assert!(at(am).spaeteste.end <= at(later).spaeteste.end);
        }
    }

    #[test]
    fn a_longer_period_never_ends_earlier_and_a_shift_is_at_most_five_days(am in any_day(), n in 1..400_u32) {
        let law = law();
        let shifted = law.behoerdenfrist(am, n).unwrap().end;
        let raw = law.frist_tage(am, n, Verschiebung::Keine).unwrap().end;
        prop_assert!(shifted <= law.behoerdenfrist(am, n + 1).unwrap().end);
        prop_assert!(raw <= shifted && shifted <= raw.checked_add(5.days()).unwrap());
        prop_assert_eq!(raw, am.checked_add(i64::from(n).days()).unwrap());
    }

    #[test]
    fn the_citizen_never_loses_by_a_contested_reading(am in any_day()) {
        let law = law();
        for regime in law.regimes() {
            let b = law.bekanntgabe(regime, BekanntgabeArt::AufgabeZurPost, am).unwrap();
            prop_assert!(am < b.frueheste.end && b.frueheste.end <= b.spaeteste.end);
            let with = law.widerspruchsfrist(&b, true).unwrap();
            for lesart in law.lesarten(regime, am).unwrap() {
                let day = law.frist_tage(am, lesart.tage, lesart.verschiebung).unwrap().end;
                let end = law.widerspruchsfrist_ab(day, true).unwrap().end;
                prop_assert!(with.is_timely(end) && end < with.bestandskraft_ab());
            }
            prop_assert!(with.spaeteste.end < law.widerspruchsfrist(&b, false).unwrap().spaeteste.end);
        }
    }

    #[test]
    fn an_extension_always_gains_time(am in any_day(), n in 1..60_u32, more in 1..60_u32) {
        let frist = law().behoerdenfrist(am, n).unwrap();
        let um = |n| Um::Dauer(Dauer::Tage(n));
        let longer = law().verlaengern(lauf("behoerdenfrist", &frist, 0), um(more), frist.end).unwrap();
        prop_assert!(longer.end > frist.end && law().ist_werktag(longer.end));
        // From the previous end: as if the period had been set anew on that day (§ 190 BGB).
        prop_assert_eq!(longer.end, law().behoerdenfrist(frist.end, more).unwrap().end);
        let late = law().verlaengern(lauf("behoerdenfrist", &frist, 7), um(more), longer.end.saturating_add(90.days()));
        prop_assert_eq!(late.unwrap().end, longer.end);
        let further = law().verlaengern(lauf("behoerdenfrist", &longer, 1), um(more), longer.end).unwrap();
        prop_assert!(further.end > longer.end && further.begin == frist.begin);
    }

    #[test]
    fn a_suspension_of_n_days_moves_the_end_by_n_days_before_any_shift(
        am in any_day(), from in 0..40_i32, n in 1..400_i32, more in 1..30_i32,
    ) {
        let law = law();
        let frist = law.compute("bearbeitungsziel", am, Params::default()).unwrap();
        let ab = frist.begin.saturating_add(from.days());
        let mut gehemmt = lauf("bearbeitungsziel", &frist, 0);
        gehemmt.gehemmt_ab = Some(ab);
        prop_assert!(law.hemmen(lauf("bearbeitungsziel", &frist, 0), ab).is_ok());
        let weiter = law.fortsetzen(gehemmt, ab.saturating_add((n - 1).days())).unwrap();
        prop_assert_eq!(weiter.roh, frist.roh.saturating_add(n.days()));
        prop_assert!(law.ist_werktag(weiter.end) && weiter.end >= weiter.roh);
        // What was not recorded is found again.
        gehemmt.roh = None;
        prop_assert_eq!(&law.fortsetzen(gehemmt, ab.saturating_add((n - 1).days())).unwrap(), &weiter);
        // Twice is the sum.
        let mut again = lauf("bearbeitungsziel", &weiter, 0);
        again.gehemmt_ab = Some(weiter.roh);
        let zweimal = law.fortsetzen(again, weiter.roh.saturating_add((more - 1).days())).unwrap();
        prop_assert_eq!(zweimal.roh, frist.roh.saturating_add((n + more).days()));
    }

    #[test]
    fn an_extension_never_passes_the_limit_of_its_rule(am in any_day(), n in 1..120_u32) {
        let law = law();
        for (regel, laengstens) in [("izg5", "izg5_verlaengert"), ("dsgvo12", "dsgvo12_verlaengert")] {
            let am = am.max(date(2018, 5, 25));
            let frist = law.compute(regel, am, Params::default()).unwrap();
            let limit = law.compute(laengstens, am, Params::default()).unwrap().end;
            match law.verlaengern(lauf(regel, &frist, 0), Um::Dauer(Dauer::Tage(n)), frist.end) {
                Ok(longer) => prop_assert!(longer.end > frist.end && longer.end <= limit),
                Err(e) => prop_assert!(e.to_string().contains("höchstens bis zum"), "{}", e),
            }
            prop_assert!(law.verlaengern(lauf(regel, &frist, 1), Um::Bis(limit), frist.end).is_err(), "once");
            let late = frist.end.saturating_add(1.day());
            prop_assert!(law.verlaengern(lauf(regel, &frist, 0), Um::Bis(limit), late).is_err(), "told too late");
        }
    }

    #[test]
    fn hours_are_elapsed_time_whatever_the_clock_shows(am in any_day(), minute in 0..1_440_i32, n in 1..200_u32) {
        let zone = super::berlin();
        let at = am.at(0, 0, 0, 0).to_zoned(zone).unwrap().saturating_add(minute.minutes());
        let f = law().stunden("stundenfrist", &at, Some(n)).unwrap();
        prop_assert_eq!(f.ende.duration_since(f.beginn).as_secs(), i64::from(n) * 3_600);
        let wait = f.beginn.duration_since(at.timestamp()).as_secs();
        prop_assert!((0..3_600).contains(&wait), "{}", wait);
        prop_assert_eq!(f.ende.as_second() % 3_600, 0);
    }

    #[test]
    fn retention_ends_with_a_year_and_is_never_shortened(am in any_day(), jahre in 0..60_u16) {
        let frist = law().aufbewahrung(am, jahre).unwrap();
        prop_assert_eq!(frist.end, date(am.year() + i16::try_from(jahre).unwrap(), 12, 31));
        prop_assert!(frist.begin <= frist.end);
    }

    #[test]
    fn a_computed_period_survives_being_written_down(am in any_day()) {
        let frist = law().untaetigkeit(am).unwrap();
        let json = serde_json::to_string(&frist).unwrap();
        prop_assert_eq!(serde_json::from_str::<Frist>(&json).unwrap(), frist);
    }

    #[test]
    fn money_survives_text_and_text_is_never_guessed(cent in 0..100_000_000_000_i64, junk in "[0-9., +-]{0,9}") {
        prop_assert_eq!(parse_cent(&cent_zu_wert(cent)), Ok(cent));
        if let Ok(parsed) = parse_cent(&junk) {
            prop_assert_eq!(cent_zu_wert(parsed), junk);
        }
    }
}
