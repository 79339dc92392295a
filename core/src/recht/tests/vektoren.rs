//! The worked examples of the specification, one test per line of its table.

use super::law;
use crate::recht::*;
use jiff::civil::{Date, date};

fn ends(b: &Bekanntgabe) -> (Date, Date) {
    (b.frueheste.end, b.spaeteste.end)
}

fn posted(regime: &str, am: Date) -> (Date, Date) {
    ends(&law().bekanntgabe(regime, BekanntgabeArt::AufgabeZurPost, am).unwrap())
}

#[test]
fn a_letter_of_2017_is_announced_on_the_third_day() {
    assert_eq!(posted("LVwG-SH", date(2017, 10, 10)), (date(2017, 10, 13), date(2017, 10, 13)));
}

#[test]
fn a_letter_posted_on_a_thursday_is_announced_on_sunday_or_monday_depending_on_the_reading() {
    let three = |v| law().frist_tage(date(2026, 10, 29), 3, v).unwrap().end;
    assert_eq!(three(Verschiebung::Keine), date(2026, 11, 1));
    assert_eq!(three(Verschiebung::NaechsterWerktag), date(2026, 11, 2));
    assert_eq!(posted("LVwG-SH", date(2026, 10, 29)), (date(2026, 11, 1), date(2026, 11, 2)));
}

#[test]
fn a_tax_notice_posted_before_christmas_is_announced_on_the_monday_after() {
    assert_eq!(posted("AO", date(2026, 12, 23)), (date(2026, 12, 28), date(2026, 12, 28)));
}

#[test]
fn one_month_from_the_last_of_january_is_clipped_and_shifted() {
    let end = |y| law().widerspruchsfrist_ab(date(y, 1, 31), true).unwrap().end;
    assert_eq!((end(2026), end(2027), end(2028)), (date(2026, 3, 2), date(2027, 3, 1), date(2028, 2, 29)));
}

#[test]
fn christmas_eve_is_a_working_day_and_christmas_is_not() {
    let end = |d| law().widerspruchsfrist_ab(date(2026, 11, d), true).unwrap().end;
    assert_eq!((end(24), end(25)), (date(2026, 12, 24), date(2026, 12, 28)));
    assert!(law().ist_werktag(date(2026, 12, 24)) && law().ist_werktag(date(2026, 12, 31)));
}

#[test]
fn a_period_ending_on_good_friday_ends_on_tuesday_after_easter() {
    assert_eq!(law().widerspruchsfrist_ab(date(2027, 2, 26), true).unwrap().end, date(2027, 3, 30));
}

#[test]
fn without_instruction_the_year_from_the_leap_day_ends_on_the_28th() {
    assert_eq!(law().widerspruchsfrist_ab(date(2028, 2, 29), false).unwrap().end, date(2029, 2, 28));
}

#[test]
fn a_notice_is_effective_the_day_after_retrieval_and_never_without() {
    let law = law();
    let told = date(2026, 3, 2);
    let retrieved = law.abruf("LVwG-SH", told, Some(date(2026, 3, 5))).unwrap();
    assert_eq!(ends(&retrieved.bekanntgabe.unwrap()), (date(2026, 3, 6), date(2026, 3, 6)));
    let never = law.abruf("LVwG-SH", told, None).unwrap();
    assert_eq!((never.bereit_bis.map(|f| f.end), never.bekanntgabe), (Some(date(2026, 3, 12)), None));
    let late = law.abruf("LVwG-SH", told, Some(date(2026, 3, 13)));
    assert!(late.unwrap_err().to_string().contains("erneut bereitstellen"));
}

#[test]
fn a_fictitious_permit_comes_three_months_after_the_complete_documents() {
    assert_eq!(law().genehmigungsfiktion(date(2026, 7, 15)).unwrap().end, date(2026, 10, 15));
}

#[test]
fn a_trade_notice_is_receipted_within_three_days_or_on_the_next_working_day() {
    let frist = law().empfangsbescheinigung(date(2026, 10, 28)).unwrap();
    assert_eq!(frist.end, date(2026, 11, 2));
    let way: Vec<_> = frist.rechenweg.iter().map(|s| s.norm.as_str()).collect();
    assert_eq!(way, ["§ 15 Abs. 1 GewO", "§ 187 Abs. 1 BGB", "§ 188 Abs. 1 BGB", "§ 31 Abs. 3 VwVfG"]);
    let shift = "Samstag, 31.10.2026 (Reformationstag) ist kein Werktag. Nächster Werktag ist Montag, 02.11.2026.";
    assert_eq!(frist.rechenweg[3].text, shift);
    assert_eq!(frist.rule_version, "gewo15/1+sh/1");
}

#[test]
fn the_statistical_office_is_told_on_the_first_working_day_of_the_next_month() {
    let end = |am| law().gewerbestatistik(am).unwrap().end;
    assert_eq!(end(date(2026, 10, 29)), date(2026, 11, 2));
    for day in 1..=31 {
        assert_eq!(end(date(2026, 12, day)), date(2027, 1, 4));
    }
}

#[test]
fn restitution_is_asked_for_within_two_weeks_and_a_year() {
    let w = law().wiedereinsetzung(date(2026, 10, 17), date(2026, 9, 1)).unwrap();
    assert_eq!((w.antrag_bis.end, w.hoechstens_bis.end), (date(2026, 11, 2), date(2027, 9, 1)));
    assert!(w.is_timely(date(2026, 11, 2)) && !w.is_timely(date(2026, 11, 3)));
    let too_late = law().wiedereinsetzung(date(2027, 8, 30), date(2026, 9, 1)).unwrap();
    assert!(too_late.is_timely(date(2027, 9, 1)) && !too_late.is_timely(date(2027, 9, 2)));
    assert!(law().wiedereinsetzung(date(2026, 8, 1), date(2026, 9, 1)).is_err());
}

#[test]
fn inaction_is_warned_of_on_day_60_and_may_be_sued_after_three_months_without_shift() {
    let frist = law().untaetigkeit(date(2026, 11, 30)).unwrap();
    assert_eq!((frist.warnung, frist.end), (Some(date(2027, 1, 29)), date(2027, 2, 28)));
}
