//! Properties that hold on every day and for every length.

use super::law;
use crate::recht::*;
use jiff::{ToSpan, civil::Date, civil::date};
use proptest::prelude::*;

fn any_day() -> impl Strategy<Value = Date> {
    (0..30_000_i32).prop_map(|n| date(2018, 1, 1).checked_add(n.days()).unwrap())
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
        let longer = law().verlaengern(&frist, more).unwrap();
        prop_assert!(longer.end > frist.end && law().ist_werktag(longer.end));
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
