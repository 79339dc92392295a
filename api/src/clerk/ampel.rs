//! The traffic light of a deadline as text and shape: colour never stands alone.

use akte_projections::rows::Ampel;
use jiff::civil::Date;

/// What the template draws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licht {
    /// Class of the badge.
    pub art: &'static str,
    /// Shape, hidden from readers of the text.
    pub form: &'static str,
    pub text: &'static str,
}

/// The light of a list row.
pub fn licht(a: Ampel) -> Option<Licht> {
    let (art, form, text) = match a {
        Ampel::Gruen => ("gruen", "●", "im Plan"),
        Ampel::Gelb => ("gelb", "▲", "bald fällig"),
        Ampel::Rot => ("rot", "◆", "dringend"),
        Ampel::Schwarz => ("schwarz", "■", "überschritten"),
        Ampel::Grau => ("grau", "◌", "wartet auf Bürger"),
        Ampel::Keine => return None,
    };
    Some(Licht { art, form, text })
}

/// The light of one deadline by the days left.
pub fn von_tagen(ende: Date, heute: Date, wartet: bool) -> Ampel {
    if wartet {
        return Ampel::Grau;
    }
    match heute.until(ende).map_or(0, |s| s.get_days()) {
        ..0 => Ampel::Schwarz,
        0..=3 => Ampel::Rot,
        4..=14 => Ampel::Gelb,
        _ => Ampel::Gruen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn every_light_has_a_word_and_a_shape_of_its_own() {
        let alle = [Ampel::Gruen, Ampel::Gelb, Ampel::Rot, Ampel::Schwarz, Ampel::Grau].map(|a| licht(a).unwrap());
        for (i, a) in alle.iter().enumerate() {
            assert!(alle[i + 1..].iter().all(|b| a.form != b.form && a.text != b.text));
        }
        assert!(licht(Ampel::Keine).is_none());
    }

    #[test]
    fn the_light_turns_at_fourteen_and_three_days() {
        let heute = date(2026, 11, 22);
        let bei = |tage| von_tagen(heute.saturating_add(jiff::Span::new().days(tage)), heute, false);
        assert_eq!(
            [15, 14, 4, 3, 0, -1].map(bei),
            [Ampel::Gruen, Ampel::Gelb, Ampel::Gelb, Ampel::Rot, Ampel::Rot, Ampel::Schwarz]
        );
    }
}
