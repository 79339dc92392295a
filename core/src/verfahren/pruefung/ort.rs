//! A place in one line: an address, a description, or latitude and longitude as phones give them.
//!
//! Looks nothing up and draws no map: checked is that coordinates lie on earth and in Germany.

use super::{Mangel, mangel};

/// 100,000 parts of a degree: about one metre.
const GRAD: i64 = 100_000;
/// Germany with its territorial sea, generously: whoever reports from elsewhere has mixed something up.
const BREITE: std::ops::RangeInclusive<i64> = 47 * GRAD..=55 * GRAD + GRAD / 2;
const LAENGE: std::ops::RangeInclusive<i64> = 5 * GRAD..=15 * GRAD + GRAD / 2;

/// Reads a place; coordinates come out as `53.68730, 9.66420`.
pub(super) fn lies(s: &str) -> Result<String, Mangel> {
    let rest = s.strip_prefix("geo:").map_or(s, |r| r.split(';').next().unwrap_or_default());
    let zahlen = |c: char| c.is_ascii_digit() || c.is_whitespace() || ".,;+-−°NSEOW".contains(c);
    if !rest.chars().all(zahlen) {
        return beschreibung(s);
    }
    match koordinaten(rest)[..] {
        [Some(breite), Some(laenge)] => auf_der_erde(breite, laenge),
        _ => Err(keine_angabe()),
    }
}

fn keine_angabe() -> Mangel {
    mangel(
        "Das ist keine Ortsangabe. Geben Sie Straße und Hausnummer, eine Beschreibung oder zwei Koordinaten an: 53.6873, 9.6642.",
        "this is not a place. Enter street and number, a description or two coordinates: 53.6873, 9.6642.",
    )
}

fn beschreibung(s: &str) -> Result<String, Mangel> {
    if s.chars().filter(|c| c.is_alphabetic()).count() < 3 || s.chars().any(|c| "<>{}[]\\|@".contains(c)) {
        return Err(keine_angabe());
    }
    Ok(s.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn auf_der_erde(breite: i64, laenge: i64) -> Result<String, Mangel> {
    if breite.abs() > 90 * GRAD || laenge.abs() > 180 * GRAD {
        return Err(mangel(
            "Diese Koordinaten gibt es auf der Erde nicht. Die Breite liegt zwischen -90 und 90, die Länge zwischen -180 und 180.",
            "there are no such coordinates on earth. Latitude is between -90 and 90, longitude between -180 and 180.",
        ));
    }
    if BREITE.contains(&breite) && LAENGE.contains(&laenge) {
        return Ok(format!("{}, {}", text(breite), text(laenge)));
    }
    if BREITE.contains(&laenge) && LAENGE.contains(&breite) {
        return Err(mangel(
            "Breite und Länge sind vertauscht. Zuerst kommt die Breite, zum Beispiel 53.6873, dann die Länge, zum Beispiel 9.6642.",
            "latitude and longitude are swapped. Latitude comes first, for example 53.6873, then longitude, for example 9.6642.",
        ));
    }
    Err(mangel(
        "Diese Koordinaten liegen nicht in Deutschland. Prüfen Sie die Zahlen oder beschreiben Sie den Ort mit Worten.",
        "these coordinates are not in Germany. Check the figures or describe the place in words.",
    ))
}

fn text(grad: i64) -> String {
    let sign = if grad < 0 { "-" } else { "" };
    format!("{sign}{}.{:05}", grad.abs() / GRAD, grad.abs() % GRAD)
}

/// The numbers that stand there, in parts of a degree; `None` = a part that is no number.
fn koordinaten(s: &str) -> Vec<Option<i64>> {
    // A letter of the compass belongs to the number before it.
    let mut dicht = String::new();
    for c in s.chars().filter(|c| *c != '°') {
        if "NSEOW".contains(c) {
            dicht.truncate(dicht.trim_end().len());
            dicht.extend([c, ' ']);
        } else {
            dicht.push(c);
        }
    }
    let punkt = dicht.contains('.');
    let trenner = |c: char| c.is_whitespace() || c == ';' || (punkt && c == ',');
    let teile = dicht.split(trenner).map(|t| t.trim_matches(',')).filter(|t| !t.is_empty());
    teile.map(grad).collect()
}

/// `53.6873`, `53,6873`, `-9.5`, `9.6642E`: five digits after the point are kept, the rest is less than a metre.
fn grad(t: &str) -> Option<i64> {
    let (t, gegen) = match t.strip_suffix(['N', 'E', 'O']) {
        Some(rest) => (rest, 1),
        None => t.strip_suffix(['S', 'W']).map_or((t, 1), |rest| (rest, -1)),
    };
    let (t, minus) = match t.strip_prefix(['-', '−']) {
        Some(rest) => (rest, -1),
        None => (t.strip_prefix('+').unwrap_or(t), 1),
    };
    let (ganz, bruch) = t.split_once(['.', ',']).unwrap_or((t, ""));
    let ziffern = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if ganz.is_empty() || ganz.len() > 3 || !ziffern(ganz) || !ziffern(bruch) {
        return None;
    }
    let bruch: String = bruch.chars().chain("00000".chars()).take(5).collect();
    Some(minus * gegen * (ganz.parse::<i64>().ok()? * GRAD + bruch.parse::<i64>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::lies;

    #[test]
    fn a_place_is_words_or_coordinates_in_every_common_spelling() {
        for s in [
            "53.6873, 9.6642",
            "53,6873 9,6642",
            "53,6873; 9,6642",
            "53.6873°N, 9.6642°E",
            "53.6873 N 9.6642 O",
            "geo:53.6873,9.6642;u=15",
            "+53.687300001,9.6642",
        ] {
            assert_eq!(lies(s).expect(s), "53.68730, 9.66420", "{s}");
        }
        for s in ["Große Straße 7", "hinter dem  Rathaus", "B431, km 12"] {
            assert_eq!(lies(s).expect(s), s.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }

    #[test]
    fn what_is_no_place_is_said_with_the_remedy() {
        for (s, wort) in [
            ("153.6, 9.6", "auf der Erde"),
            ("53.6, 190", "auf der Erde"),
            ("9.6642, 53.6873", "vertauscht"),
            ("-33.86, 151.21", "nicht in Deutschland"),
            ("53.6873S, 9.6642E", "nicht in Deutschland"),
            ("12345", "keine Ortsangabe"),
            ("53.6", "keine Ortsangabe"),
            ("53.6, 9.6, 3.1", "keine Ortsangabe"),
            ("5x", "keine Ortsangabe"),
            ("<b>Markt</b>", "keine Ortsangabe"),
        ] {
            let m = lies(s).expect_err(s);
            assert!(m.de.contains(wort), "{s}: {}", m.de);
        }
    }
}
