//! Hand-made cases (`faelle.toml`): year ends, leap days, every holiday, both readings.

use super::law;
use crate::recht::worte::{toml_date, toml_date_opt};
use crate::recht::*;
use jiff::{ToSpan, civil::Date, civil::date};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Faelle {
    fall: Vec<Fall>,
    bekanntgabe: Vec<BekanntgabeFall>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fall {
    was: String,
    regel: String,
    #[serde(deserialize_with = "toml_date")]
    ereignis: Date,
    anzahl: Option<u32>,
    #[serde(deserialize_with = "toml_date")]
    ende: Date,
    #[serde(default, deserialize_with = "toml_date_opt")]
    warnung: Option<Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BekanntgabeFall {
    was: String,
    regime: String,
    art: BekanntgabeArt,
    #[serde(deserialize_with = "toml_date")]
    am: Date,
    #[serde(deserialize_with = "toml_date")]
    frueheste: Date,
    #[serde(deserialize_with = "toml_date")]
    spaeteste: Date,
    #[serde(deserialize_with = "toml_date")]
    widerspruch_frueheste: Date,
    #[serde(deserialize_with = "toml_date")]
    widerspruch_spaeteste: Date,
    #[serde(deserialize_with = "toml_date")]
    ohne_belehrung: Date,
}

fn faelle() -> Faelle {
    toml::from_str(include_str!("faelle.toml")).unwrap()
}

#[test]
fn two_hundred_hand_made_periods_end_on_their_day() {
    let faelle = faelle();
    assert!(faelle.fall.len() + faelle.bekanntgabe.len() >= 200, "only {} cases", faelle.fall.len());
    for f in &faelle.fall {
        let params = Params { anzahl: f.anzahl, ..Params::default() };
        let frist = law().compute(&f.regel, f.ereignis, params).unwrap();
        assert_eq!((frist.end, frist.warnung), (f.ende, f.warnung), "{} ab {}: {}", f.regel, f.ereignis, f.was);
        assert!(frist.rechenweg.iter().all(|s| !s.norm.is_empty() && !s.text.is_empty()), "{}", f.was);
    }
}

#[test]
fn hand_made_notices_are_announced_and_appealed_in_time_under_both_readings() {
    for f in &faelle().bekanntgabe {
        let b = law().bekanntgabe(&f.regime, f.art, f.am).unwrap();
        assert_eq!(
            (b.frueheste.end, b.spaeteste.end),
            (f.frueheste, f.spaeteste),
            "{} am {}: {}",
            f.regime,
            f.am,
            f.was
        );
        let w = law().widerspruchsfrist(&b, true).unwrap();
        let expected = (f.widerspruch_frueheste, f.widerspruch_spaeteste);
        assert_eq!((w.frueheste.end, w.spaeteste.end), expected, "{} am {}: {}", f.regime, f.am, f.was);
        assert!(w.is_timely(f.widerspruch_spaeteste) && !w.is_timely(w.bestandskraft_ab()));
        assert_eq!(w.bestandskraft_ab(), f.widerspruch_spaeteste.checked_add(1.day()).unwrap());
        assert_eq!(law().widerspruchsfrist(&b, false).unwrap().spaeteste.end, f.ohne_belehrung, "{}", f.was);
    }
}

#[test]
fn a_later_proven_receipt_counts_and_an_earlier_one_does_not() {
    let b = law().bekanntgabe("LVwG-SH", BekanntgabeArt::AufgabeZurPost, date(2026, 11, 20)).unwrap();
    assert_eq!((b.frueheste.end, b.spaeteste.end), (date(2026, 11, 23), date(2026, 11, 24)));
    assert_eq!(b.clone().received(date(2026, 11, 21)), b);
    let late = b.received(date(2026, 11, 30));
    assert!(late.is_certain());
    assert_eq!(late.spaeteste.end, date(2026, 11, 30));
    assert_eq!(law().widerspruchsfrist(&late, true).unwrap().spaeteste.end, date(2026, 12, 30));
}

#[test]
fn a_contested_reading_or_an_unconfirmed_law_is_never_called_verified() {
    let law = law();
    let sh = law.bekanntgabe("LVwG-SH", BekanntgabeArt::AufgabeZurPost, date(2026, 11, 20)).unwrap();
    assert!(!sh.spaeteste.verified && !law.widerspruchsfrist(&sh, true).unwrap().spaeteste.verified);
    let by_hand = law.bekanntgabe("LVwG-SH", BekanntgabeArt::Aushaendigung, date(2026, 11, 20)).unwrap();
    assert!(law.widerspruchsfrist(&by_hand, true).unwrap().spaeteste.verified);
}

#[test]
fn an_extension_counts_from_the_shifted_previous_end_also_afterwards() {
    let law = law();
    let first = law.behoerdenfrist(date(2026, 10, 17), 14).unwrap();
    let lauf = Lauf {
        regel: "behoerdenfrist",
        begin: first.begin,
        end: first.end,
        roh: Some(first.roh),
        verlaengert: 0,
        gehemmt_ab: None,
    };
    let second = law.verlaengern(lauf, Um::Dauer(Dauer::Tage(14)), date(2026, 12, 1)).unwrap();
    assert_eq!((first.end, second.end, second.begin), (date(2026, 11, 2), date(2026, 11, 16), first.begin));
}

#[test]
fn a_taxpayer_told_of_a_provision_is_bound_retrieved_or_not() {
    let told = law().abruf("AO", date(2026, 12, 23), None).unwrap();
    assert_eq!(told.bereit_bis, None);
    assert_eq!(told.bekanntgabe.unwrap().spaeteste.end, date(2026, 12, 28));
}

#[test]
fn a_person_born_on_this_day_24_years_ago_pays_the_adult_fee() {
    let age = |geburt, am| Law::lebensalter(geburt, am).unwrap().0;
    assert_eq!(age(date(2002, 2, 7), date(2026, 2, 7)), 24);
    assert_eq!(age(date(2002, 2, 8), date(2026, 2, 7)), 23);
    assert_eq!(age(date(2008, 2, 29), date(2026, 2, 28)), 17);
    assert!(Law::lebensalter(date(2027, 1, 1), date(2026, 12, 31)).is_err());
}

#[test]
fn an_unknown_rule_a_missing_length_or_a_day_outside_the_calendar_is_refused_by_name() {
    let law = law();
    let text = |r: Result<Frist, LawError>| r.unwrap_err().to_string();
    assert!(text(law.compute("gibtesnicht", date(2026, 1, 1), Params::default())).contains("gibtesnicht"));
    assert!(text(law.compute("behoerdenfrist", date(2026, 1, 1), Params::default())).contains("anzahl"));
    assert!(text(law.behoerdenfrist(date(2026, 1, 1), 0)).contains("mindestens 1"));
    let fixed = Params { anzahl: Some(2), ..Params::default() };
    assert!(text(law.compute("vwgo70", date(2026, 1, 1), fixed)).contains("steht im Gesetz"));
    assert!(text(law.compute("vwgo70", date(1990, 1, 1), Params::default())).contains("1990"));
    assert!(text(law.compute("vwgo70", date(2200, 12, 31), Params::default())).contains("2200"));
    assert!(text(law.aufbewahrung(date(2026, 1, 1), u16::MAX)).contains("zu lang"));
    assert!(law.bekanntgabe("BGB", BekanntgabeArt::AufgabeZurPost, date(2026, 1, 1)).is_err());
}
