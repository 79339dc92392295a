//! Conditions: what holds, and where a faulty one is faulty. No definitions are loaded here.

use super::*;
use serde_json::json;

fn werte() -> Werte {
    let v = json!({
        "art": "neugruendung", "register": true, "gewerbe": false, "zahl": 3,
        "betriebsart": ["handel", "handwerk"], "leer": "", "text": "zwei Wörter"
    });
    v.as_object().expect("object").clone().into_iter().collect()
}

#[test]
fn conditions_hold_exactly_when_the_words_say_so() {
    for (text, expect) in [
        ("", true),
        ("wahr", true),
        ("falsch", false),
        ("art = neugruendung", true),
        ("art != neugruendung", false),
        ("art in (uebernahme, neugruendung)", true),
        ("art in (uebernahme)", false),
        ("register = ja", true),
        ("register = wahr", true),
        ("gewerbe = nein", true),
        ("gewerbe = ja", false),
        ("zahl = 3", true),
        ("betriebsart = handwerk", true),
        ("betriebsart = industrie", false),
        ("text = 'zwei Wörter'", true),
        ("gesetzt(art)", true),
        ("gesetzt(leer)", false),
        ("gesetzt(fehlt)", false),
        ("fehlt = ja", false),
        ("fehlt != ja", true),
        ("nicht nicht register = ja", true),
        ("nicht (register = ja und gewerbe = ja)", true),
        // `und` binds tighter than `oder`, `nicht` tightest
        ("wahr oder falsch und falsch", true),
        ("(wahr oder falsch) und falsch", false),
        ("nicht falsch und wahr", true),
        ("belastend", false),
    ] {
        assert_eq!(Bedingung::parse(text).map(|b| b.holds(&werte(), false)), Ok(expect), "{text}");
    }
    assert!(holds("belastend und wahr", &werte(), true));
}

#[test]
fn an_error_names_the_character_where_it_is() {
    for (text, pos) in [
        ("art =", 6),
        ("art = a b", 9),
        ("art", 4),
        ("(art = a", 9),
        ("art = 'a", 7),
        ("art + 1 = 2", 5),
        ("art > 3", 5),
        ("und art = a", 1),
        ("gesetzt art", 9),
        ("gesetzt(und)", 9),
        ("art in (a, )", 12),
        ("art = und", 7),
        ("ärt = a", 1),
    ] {
        let f = Bedingung::parse(text).expect_err(text);
        assert_eq!(f.pos, pos, "{text}: {f}");
    }
}

#[test]
fn a_condition_nested_without_end_is_refused_rather_than_overflowing() {
    let deep = format!("{}wahr{}", "(".repeat(900), ")".repeat(900));
    assert!(Bedingung::parse(&deep).expect_err("too deep").text.contains("verschachtelt"));
    assert!(Bedingung::parse(&"wahr und ".repeat(1_000)).expect_err("too long").text.contains("länger"));
}

#[test]
fn side_by_side_parentheses_do_not_count_as_depth() {
    let wide = vec!["(wahr)"; 100].join(" und ");
    assert_eq!(Bedingung::parse(&wide).map(|b| b.holds(&werte(), false)), Ok(true));
}

#[test]
fn constants_are_seen_through() {
    for (text, expect) in [
        ("wahr", Some(true)),
        ("art = a und falsch", Some(false)),
        ("art = a oder wahr", Some(true)),
        ("nicht falsch", Some(true)),
        ("art = a", None),
        ("art = a und wahr", None),
    ] {
        assert_eq!(Bedingung::parse(text).expect(text).constant(), expect, "{text}");
    }
}

#[test]
fn a_condition_names_the_fields_it_asks_for() {
    let b = Bedingung::parse("a = 1 oder nicht (gesetzt(b) und c in (x, y)) und belastend").expect("parses");
    assert_eq!(b.fields().into_iter().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(b.asks_belastend());
    assert_eq!(b.comparisons().len(), 2);
}

proptest::proptest! {
    /// Whatever stands in a definition: no panic, and an error lies inside the text or at its end.
    #[test]
    fn no_text_whatever_breaks_the_parser(text in "\\PC{0,40}|(und |oder |nicht |in |[a-c]|[ =!(),']){0,20}|[a-c()=! ,']{0,30}") {
        if let Err(e) = Bedingung::parse(&text) {
            proptest::prop_assert!(e.pos >= 1 && e.pos <= text.chars().count() + 1);
        }
    }
}
