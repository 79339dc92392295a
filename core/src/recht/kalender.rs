//! Public holidays of the Land and the days that follow from them.
//!
//! Knows dates only: which period ends when is `frist`. 24.12. and 31.12. are working days.

use super::{Law, LawError, worte::toml_date};
use jiff::{ToSpan, civil::Date};
use serde::Deserialize;

/// One public holiday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feiertag {
    pub datum: Date,
    pub name: String,
    pub norm: String,
    /// `false`: the rule or its first year is not confirmed.
    pub verified: bool,
}

/// The holiday table of one Land as data.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kalender {
    pub land: String,
    /// Goes into every `rule_version`.
    pub version: String,
    pub source: String,
    /// First and last year for which the table is complete.
    pub von: i16,
    pub bis: i16,
    /// Whether a Saturday is an Arbeitstag; none by default.
    pub samstag_arbeitstag: bool,
    pub feiertag: Vec<FeiertagRegel>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeiertagRegel {
    pub name: String,
    pub norm: String,
    /// `MM-DD`; exactly one of `fest` and `ostern` is given.
    #[serde(default)]
    pub fest: Option<String>,
    /// Days after Easter Sunday.
    #[serde(default)]
    pub ostern: Option<i16>,
    /// First and last date on which the rule applies.
    #[serde(deserialize_with = "toml_date")]
    pub valid_from: Date,
    #[serde(default, deserialize_with = "super::worte::toml_date_opt")]
    pub valid_until: Option<Date>,
    pub verified: bool,
}

impl FeiertagRegel {
    fn day_in(&self, year: i16) -> Result<Option<Date>, String> {
        let date = match (&self.fest, self.ostern) {
            (Some(fest), None) => {
                let (month, day) = fest.split_once('-').ok_or(format!("{}: fest = MM-DD erwartet", self.name))?;
                let month: i8 = month.parse().map_err(|_| format!("{}: Monat", self.name))?;
                let day: i8 = day.parse().map_err(|_| format!("{}: Tag", self.name))?;
                Date::new(year, month, day).map_err(|e| e.to_string())?
            }
            (None, Some(days)) => ostersonntag(year)
                .and_then(|d| d.checked_add(days.days()).ok())
                .ok_or(format!("{}: Ostern {year}", self.name))?,
            _ => return Err(format!("{}: genau eines von fest und ostern angeben", self.name)),
        };
        let valid = date >= self.valid_from && self.valid_until.is_none_or(|until| date <= until);
        Ok(valid.then_some(date))
    }
}

impl Kalender {
    pub fn check(&self) -> Result<(), String> {
        if self.von > self.bis || self.bis > 9000 || self.version.is_empty() || self.source.is_empty() {
            return Err("von, bis, version und source prüfen".into());
        }
        for rule in &self.feiertag {
            rule.day_in(self.bis)?;
        }
        Ok(())
    }

    pub fn feiertage(&self, year: i16) -> Vec<Feiertag> {
        let mut days: Vec<Feiertag> = self
            .feiertag
            .iter()
            .filter_map(|rule| {
                let datum = rule.day_in(year).ok().flatten()?;
                Some(Feiertag { datum, name: rule.name.clone(), norm: rule.norm.clone(), verified: rule.verified })
            })
            .collect();
        days.sort_by_key(|f| f.datum);
        days
    }

    pub fn feiertag(&self, date: Date) -> Option<&str> {
        let rule = self.feiertag.iter().find(|rule| rule.day_in(date.year()) == Ok(Some(date)))?;
        Some(&rule.name)
    }

    pub fn ist_werktag(&self, date: Date) -> bool {
        date.weekday().to_monday_one_offset() < 6 && self.feiertag(date).is_none()
    }

    pub fn ist_arbeitstag(&self, date: Date) -> bool {
        let last = if self.samstag_arbeitstag { 6 } else { 5 };
        date.weekday().to_monday_one_offset() <= last && self.feiertag(date).is_none()
    }

    /// The date itself or the first later one that satisfies `test`; no run of free days is longer
    /// than a fortnight, so the search is bounded.
    pub fn first_from(&self, date: Date, test: impl Fn(Date) -> bool) -> Date {
        (0..15).map(|n| date.saturating_add(n.days())).find(|d| test(*d)).unwrap_or(date)
    }

    pub fn in_range(&self, date: Date) -> Result<Date, LawError> {
        if (self.von..=self.bis).contains(&date.year()) {
            return Ok(date);
        }
        Err(LawError::AusserhalbKalender { am: date, von: self.von, bis: self.bis })
    }
}

impl Law {
    /// Land whose holidays apply, for example `SH`.
    pub fn land(&self) -> &str {
        &self.tafeln.kalender.land
    }

    /// All public holidays of this year, in order of date.
    pub fn feiertage(&self, year: i16) -> Vec<Feiertag> {
        self.tafeln.kalender.feiertage(year)
    }

    /// Name of the public holiday on this day.
    pub fn feiertag(&self, date: Date) -> Option<&str> {
        self.tafeln.kalender.feiertag(date)
    }

    /// Neither Saturday nor Sunday nor public holiday: a day on which a period may end
    /// (§ 193 BGB, § 31 (3) VwVfG).
    pub fn ist_werktag(&self, date: Date) -> bool {
        self.tafeln.kalender.ist_werktag(date)
    }

    /// Monday to Friday without public holidays; Saturday only where the table says so.
    pub fn ist_arbeitstag(&self, date: Date) -> bool {
        self.tafeln.kalender.ist_arbeitstag(date)
    }

    /// The day itself if a period may end on it, otherwise the next such day.
    pub fn naechster_werktag(&self, date: Date) -> Date {
        self.tafeln.kalender.first_from(date, |d| self.ist_werktag(d))
    }

    /// Easter Sunday of this year (Gregorian computus), for tests and calendars.
    pub fn ostersonntag(year: i16) -> Option<Date> {
        ostersonntag(year)
    }
}

/// Anonymous Gregorian computus (Meeus/Jones/Butcher).
fn ostersonntag(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    Date::new(year, i8::try_from(n / 31).ok()?, i8::try_from(n % 31 + 1).ok()?).ok()
}
