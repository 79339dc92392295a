//! Periods in hours: they count through, weekends, holidays and changes of the clock included (§ 31 (6) VwVfG).
//!
//! Knows the zone only through the instant it is given; there is no shift to a working day.

use super::frist::schritt;
use super::regel::{Berechnung, kopf};
use super::worte::zeit_deutsch;
use super::{Law, LawError, Rechenschritt};
use jiff::{Span, Timestamp, ToSpan, Zoned};

/// A computed period in hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stundenfrist {
    pub regime: String,
    pub rule_version: String,
    /// The first counted hour begins here.
    pub beginn: Timestamp,
    pub ende: Timestamp,
    pub verified: bool,
    pub rechenweg: Vec<Rechenschritt>,
}

impl Law {
    /// Computes a period in hours by rule id; `stunden` where the rule leaves the number open. Hours are elapsed
    /// time: in the night the clocks go forward the end is an hour later on the clock, in the other an hour earlier.
    pub fn stunden(&self, regel: &str, ereignis: &Zoned, stunden: Option<u32>) -> Result<Stundenfrist, LawError> {
        let rule = self.tafeln.regel(regel)?;
        let f = rule.at(ereignis.date())?;
        let fault = |grund: &str| LawError::Angabe { regel: rule.id.clone(), grund: grund.into() };
        if f.berechnung != Berechnung::Stunden {
            return Err(fault("sie zählt nicht nach Stunden"));
        }
        let n = match (f.anzahl, stunden) {
            (Some(_), Some(_)) => return Err(fault("die Dauer steht im Gesetz und kann nicht vorgegeben werden")),
            (fixed, given) => fixed.or(given).ok_or_else(|| fault("die Dauer fehlt (Anzahl der Stunden)"))?,
        };
        if n == 0 {
            return Err(fault("die Dauer muss mindestens 1 Stunde sein"));
        }
        let kalender = &self.tafeln.kalender;
        kalender.in_range(ereignis.date())?;
        let too_long = |_| fault("die Dauer ist zu lang");
        let kopf = kopf(rule, f);
        let word = if n == 1 { "Stunde" } else { "Stunden" };
        let mut rechenweg =
            vec![schritt(kopf.paragraph, format!("{}: {n} {word} ab {}.", kopf.ereignis, zeit_deutsch(ereignis)))];
        let beginn = if f.volle_stunde { next_hour(ereignis).map_err(too_long)? } else { ereignis.clone() };
        if beginn != *ereignis {
            let text = format!("Die angebrochene Stunde zählt nicht mit. Beginn ist {}.", zeit_deutsch(&beginn));
            rechenweg.push(schritt("§ 187 Abs. 1 BGB (entsprechend)", text));
        }
        let ende = beginn.checked_add(Span::new().try_hours(n).map_err(too_long)?).map_err(too_long)?;
        kalender.in_range(ende.date())?;
        rechenweg.extend(clock_change(kopf.paragraph, &beginn, &ende));
        let text = format!("Samstage, Sonntage und Feiertage zählen mit. Ende ist {}.", zeit_deutsch(&ende));
        rechenweg.push(schritt(kopf.paragraph, text));
        Ok(Stundenfrist {
            regime: f.regime.clone(),
            rule_version: kopf.rule_version(kalender),
            beginn: beginn.timestamp(),
            ende: ende.timestamp(),
            verified: f.verified,
            rechenweg,
        })
    }
}

/// The instant itself if a full hour begins with it, else the next full hour on the clock.
fn next_hour(at: &Zoned) -> Result<Zoned, jiff::Error> {
    let begun = at.time().since(jiff::civil::time(at.hour(), 0, 0, 0))?;
    if begun.is_zero() { Ok(at.clone()) } else { at.checked_sub(begun)?.checked_add(1.hour()) }
}

/// A word where the clocks are changed in between.
fn clock_change(norm: &str, from: &Zoned, to: &Zoned) -> Option<Rechenschritt> {
    let word = match to.offset().cmp(&from.offset()) {
        std::cmp::Ordering::Greater => "vorgestellt",
        std::cmp::Ordering::Less => "zurückgestellt",
        std::cmp::Ordering::Equal => return None,
    };
    let text = format!("Dazwischen wird die Uhr {word}. Gezählt werden die wirklich vergangenen Stunden.");
    Some(schritt(norm, text))
}
