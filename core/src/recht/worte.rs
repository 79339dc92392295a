//! Dates in German words and dates in TOML.
//!
//! No computing: only how a date is written and read.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Deserializer, de::Error};

/// `Sonntag, 01.11.2026`.
pub fn datum_deutsch(date: Date) -> String {
    format!("{}, {}", wochentag(date), kurz(date))
}

/// A day as people write it: `31.12.2026`, `1.2.2026` or `2026-12-31`.
pub fn datum_lesen(text: &str) -> Option<Date> {
    if let Ok(d) = text.parse::<Date>() {
        return Some(d);
    }
    let mut teile = text.split('.').map(str::trim);
    let (t, m, j) = (teile.next()?, teile.next()?, teile.next()?);
    if teile.next().is_some() || j.len() != 4 {
        return None;
    }
    Date::new(j.parse().ok()?, m.parse().ok()?, t.parse().ok()?).ok()
}

/// `01.11.2026`.
pub(super) fn kurz(date: Date) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}

/// `Sonntag, 29.03.2026, 14:00 Uhr`.
pub(super) fn zeit_deutsch(at: &jiff::Zoned) -> String {
    format!("{}, {:02}:{:02} Uhr", datum_deutsch(at.date()), at.hour(), at.minute())
}

pub(super) fn wochentag(date: Date) -> &'static str {
    match date.weekday() {
        Weekday::Monday => "Montag",
        Weekday::Tuesday => "Dienstag",
        Weekday::Wednesday => "Mittwoch",
        Weekday::Thursday => "Donnerstag",
        Weekday::Friday => "Freitag",
        Weekday::Saturday => "Samstag",
        Weekday::Sunday => "Sonntag",
    }
}

/// A TOML local date (`2026-01-01`, unquoted) as a civil date.
pub(crate) fn toml_date<'de, D: Deserializer<'de>>(d: D) -> Result<Date, D::Error> {
    convert(toml::value::Datetime::deserialize(d)?).map_err(D::Error::custom)
}

/// The same, absent allowed (with `#[serde(default)]`).
pub(super) fn toml_date_opt<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Date>, D::Error> {
    toml_date(d).map(Some)
}

/// A TOML date and time with its offset as an instant.
pub(super) fn toml_instant<'de, D: Deserializer<'de>>(d: D) -> Result<jiff::Timestamp, D::Error> {
    toml::value::Datetime::deserialize(d)?.to_string().parse().map_err(D::Error::custom)
}

fn convert(value: toml::value::Datetime) -> Result<Date, String> {
    let (Some(date), None, None) = (value.date, value.time, value.offset) else {
        return Err(format!("{value} ist kein reines Datum"));
    };
    let year = i16::try_from(date.year).map_err(|e| e.to_string())?;
    let month = i8::try_from(date.month).map_err(|e| e.to_string())?;
    let day = i8::try_from(date.day).map_err(|e| e.to_string())?;
    Date::new(year, month, day).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::datum_lesen;

    #[test]
    fn a_day_that_does_not_exist_or_leaves_its_century_open_is_no_day() {
        for falsch in ["31.02.2026", "2026-02-31", "1.2.26", "1.2", "1.2.2026.3", "morgen", ""] {
            assert!(datum_lesen(falsch).is_none(), "{falsch}");
        }
        for gut in ["1.2.2026", "01.02.2026", "1. 2. 2026", "2026-02-01"] {
            assert_eq!(datum_lesen(gut).expect(gut).to_string(), "2026-02-01", "{gut}");
        }
    }
}
