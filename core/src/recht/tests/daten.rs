//! The tables themselves: holidays, fees, recipients, overlays.

use super::{law, shared};
use crate::recht::*;
use jiff::civil::date;
use std::collections::BTreeSet;

#[test]
fn easter_falls_on_its_known_days() {
    let known = [
        date(2000, 4, 23),
        date(2008, 3, 23),
        date(2018, 4, 1),
        date(2019, 4, 21),
        date(2020, 4, 12),
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
        date(2027, 3, 28),
        date(2038, 4, 25),
        date(2049, 4, 18),
        date(2100, 3, 28),
    ];
    for easter in known {
        assert_eq!(Law::ostersonntag(easter.year()), Some(easter));
    }
}

#[test]
fn every_year_until_2100_has_its_ten_holidays() {
    for year in 2018..=2100 {
        let days = law().feiertage(year);
        let line: Vec<_> = days.iter().map(|f| format!("{:02}.{:02}.", f.datum.day(), f.datum.month())).collect();
        println!("{year} {}", line.join(" "));
        assert_eq!(days.iter().map(|f| f.datum).collect::<BTreeSet<_>>().len(), 10, "{year}");
        assert!(days.iter().all(|f| !law().ist_werktag(f.datum) && !law().ist_arbeitstag(f.datum)));
    }
    assert_eq!(law().feiertag(date(2018, 10, 31)), Some("Reformationstag"));
    assert_eq!(law().feiertag(date(2016, 10, 31)), None);
    assert_eq!(law().feiertage(2016).len(), 9);
    assert_eq!(law().land(), "SH");
}

#[test]
fn a_saturday_is_a_working_day_only_where_the_town_says_so() {
    let table = include_str!("../../../recht/feiertage_sh.toml");
    let own = table.replace("samstag_arbeitstag = false", "samstag_arbeitstag = true");
    let town = Law::with_overlay(&[("feiertage_stadt.toml", &own)]);
    // The statistics rule's worked examples assume a free Saturday: an overlay that breaks them is refused.
    assert!(matches!(town, Err(LawError::Angabe { regel, .. }) if regel == "gewanzv_statistik/1"));
    assert!(!law().ist_arbeitstag(date(2026, 11, 21)) && law().ist_arbeitstag(date(2026, 11, 23)));
}

#[test]
fn a_fee_is_that_of_the_day_of_application() {
    let fee = |zeile, am| law().gebuehr("pauswgebv", zeile, am).map(|z| z.betrag_cent);
    assert_eq!(fee("ausweis_ab_24", date(2026, 2, 6)), Ok(3700));
    assert_eq!(fee("ausweis_ab_24", date(2026, 2, 7)), Ok(4600));
    assert_eq!(fee("ausweis_unter_24", date(2026, 2, 6)), Ok(2280));
    assert_eq!(fee("ausweis_unter_24", date(2026, 2, 7)), Ok(2760));
    assert!(matches!(fee("ausweis_ab_24", date(2019, 1, 1)), Err(LawError::KeineFassung { .. })));
    assert!(matches!(fee("gibtesnicht", date(2026, 2, 7)), Err(LawError::UnbekannteZeile { .. })));
}

#[test]
fn town_fees_are_present_and_wait_for_confirmation() {
    let rows = [
        ("verwgebvo_sh", "gewerbe_anmeldung"),
        ("verwgebvo_sh", "gewerbe_ummeldung"),
        ("verwgebvo_sh", "gewerbe_abmeldung"),
        ("gebost", "bewohnerparken_jahr"),
        ("hundesteuer", "erster_hund"),
    ];
    for (tabelle, zeile) in rows {
        let row = law().gebuehr(tabelle, zeile, date(2026, 11, 23)).unwrap();
        assert!(!row.verified && !row.quelle.is_empty() && row.betrag_cent > 0, "{tabelle}/{zeile}");
    }
    assert_eq!(law().gebuehr("gebost", "bewohnerparken_jahr", date(2026, 11, 23)).unwrap().betrag_cent, 3070);
}

#[test]
fn a_town_replaces_a_fee_and_nothing_else() {
    let own = "tabelle = \"hundesteuer\"\ntitel = \"Satzung\"\n[[zeile]]\ntatbestand = \"erster_hund\"\n\
               label = \"Erster Hund\"\nbetrag = \"110.00\"\nvalid_from = 2020-01-01\nsource = \"Satzung\"\nverified = true\n";
    let town = Law::with_overlay(&[("gebuehren/stadt.toml", own)]).unwrap();
    let row = town.gebuehr("hundesteuer", "erster_hund", date(2026, 1, 1)).unwrap();
    assert_eq!((row.betrag_cent, row.verified), (11_000, true));
    assert_eq!(town.gebuehren().count(), law().gebuehren().count());
    for broken in ["110", "110,00", "110.0", "0110.00", "-1.00", " 1.00", "1e2", ".50", "1.000.00"] {
        let text = own.replace("110.00", broken);
        let error = Law::with_overlay(&[("gebuehren/stadt.toml", &text)]).unwrap_err().to_string();
        assert!(error.contains("gebuehren/stadt.toml") && error.contains("30.70"), "{broken}: {error}");
    }
    assert!(Law::with_overlay(&[("sonstwas.toml", own)]).is_err());
}

#[test]
fn a_rule_that_misses_its_worked_example_is_refused() {
    let rules = include_str!("../../../recht/regeln/rechtsbehelf.toml");
    let wrong = rules.replace("ende = 2026-03-02", "ende = 2026-03-01");
    assert_ne!(wrong, rules);
    let error = Law::with_overlay(&[("regeln/stadt.toml", &wrong)]).unwrap_err();
    assert!(error.to_string().contains("erwartet 01.03.2026, berechnet 02.03.2026"), "{error}");
    let overlap = rules.replace("valid_from = 1995-01-01", "valid_from = 1995-01-01\nvalid_until = 1990-01-01");
    assert!(Law::with_overlay(&[("regeln/stadt.toml", &overlap)]).is_err());
}

#[test]
fn the_default_law_is_the_built_in_one_and_cheap_to_clone() {
    let (a, b) = (Law::default(), Law::default());
    assert!(std::sync::Arc::ptr_eq(&a.tafeln, &b.tafeln));
    assert_eq!(a.untaetigkeit(date(2026, 1, 15)), law().untaetigkeit(date(2026, 1, 15)));
    assert!(a.regeln().any(|id| id == "vwgo75"));
}

#[test]
fn the_recipient_matrix_is_the_one_of_the_ordinance() {
    let Some(text) = shared("gewerbe/gewanzv_uebermittlung.json") else { return };
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let recipients = json["recipients"].as_object().unwrap();
    for formular in ["A1", "A2", "A3"] {
        let top = u16::try_from(json["universe"][formular].as_u64().unwrap()).unwrap();
        let ours = law().empfaenger("gewanzv", formular, date(2026, 11, 23)).unwrap();
        let active: BTreeSet<_> = ours.iter().filter(|e| e.aktiv).map(|e| e.stelle.clone()).collect();
        let theirs: BTreeSet<_> =
            recipients.iter().filter(|(_, r)| !r[formular].is_null()).map(|(k, _)| k.clone()).collect();
        assert_eq!(active, theirs, "{formular}");
        for e in ours.iter().filter(|e| e.aktiv) {
            let r = &recipients[&e.stelle];
            let listed: BTreeSet<u16> =
                r[formular].as_array().unwrap().iter().map(|n| u16::try_from(n.as_u64().unwrap()).unwrap()).collect();
            let expected: BTreeSet<u16> = match r["mode"].as_str().unwrap() {
                "only" => listed,
                _ => (1..=top).filter(|n| !listed.contains(n)).collect(),
            };
            assert_eq!(e.felder, expected, "{} {formular}", e.stelle);
            assert_eq!(e.bedingt.is_some(), ["Registergericht", "Zoll_FKS"].contains(&e.stelle.as_str()));
        }
        assert_eq!(ours.len() - active.len(), json["not_in_gewanzv_matrix"].as_array().unwrap().len());
    }
}

#[test]
fn no_recipient_sees_a_field_outside_its_set_and_an_inactive_one_sees_none() {
    for formular in ["A1", "A2", "A3"] {
        for e in law().empfaenger("gewanzv", formular, date(2026, 11, 23)).unwrap() {
            assert!(!e.rechtsgrundlage.is_empty() && (e.aktiv || e.felder.is_empty()));
            for n in 0..=99_u16 {
                assert_eq!(e.darf(&n.to_string()), e.felder.contains(&n));
                assert_eq!(e.darf(&format!("{n}.telefon")), e.felder.contains(&n));
            }
            for odd in ["", ".", "15a", "015", "+15", " 15", "name", "1٥", "65551"] {
                assert!(!e.darf(odd), "{} {odd:?}", e.stelle);
            }
        }
    }
    let eich = law().empfaenger("gewanzv", "A1", date(2026, 11, 23)).unwrap();
    let eich = eich.iter().find(|e| e.stelle == "Eichbehoerde").unwrap();
    assert!(eich.darf("15.telefon") && !eich.darf("8") && !eich.darf("33"));
    assert!(law().empfaenger("gewanzv", "A4", date(2026, 11, 23)).is_err());
    assert!(law().empfaenger("gewanzv", "A1", date(2010, 1, 1)).is_err());
}

#[test]
fn money_is_written_as_germans_write_it() {
    assert_eq!(cent_zu_text(123_456_789), "1.234.567,89 €");
    assert_eq!(cent_zu_text(3070), "30,70 €");
    assert_eq!(cent_zu_text(-5), "-0,05 €");
    assert_eq!(cent_zu_wert(-3070), "-30.70");
    assert_eq!(parse_cent("0.00"), Ok(0));
}
