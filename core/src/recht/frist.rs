//! The arithmetic of periods: §§ 187-193 BGB with its Rechenweg.
//!
//! Knows no statute's length of a period (`regel`) and no Bekanntgabe (`bekanntgabe`).

use super::kalender::Kalender;
use super::worte::{datum_deutsch, kurz};
use super::{Frist, Law, LawError, Rechenschritt};
use jiff::{Span, ToSpan, civil::Date};
use serde::Deserialize;

/// Length of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dauer {
    Tage(u32),
    Wochen(u32),
    Monate(u32),
    Jahre(u32),
}

impl Dauer {
    fn span(self) -> Result<Span, jiff::Error> {
        match self {
            Dauer::Tage(n) => Span::new().try_days(n),
            Dauer::Wochen(n) => Span::new().try_weeks(n),
            Dauer::Monate(n) => Span::new().try_months(n),
            Dauer::Jahre(n) => Span::new().try_years(n),
        }
    }

    pub(super) fn anzahl(self) -> u32 {
        match self {
            Dauer::Tage(n) | Dauer::Wochen(n) | Dauer::Monate(n) | Dauer::Jahre(n) => n,
        }
    }

    /// `3 Monate`, `1 Jahr`.
    pub(super) fn worte(self) -> String {
        let (n, einzahl, mehrzahl) = match self {
            Dauer::Tage(n) => (n, "Tag", "Tage"),
            Dauer::Wochen(n) => (n, "Woche", "Wochen"),
            Dauer::Monate(n) => (n, "Monat", "Monate"),
            Dauer::Jahre(n) => (n, "Jahr", "Jahre"),
        };
        format!("{n} {}", if n == 1 { einzahl } else { mehrzahl })
    }
}

/// What happens if a period would end on a Saturday, Sunday or public holiday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verschiebung {
    /// Nothing: a Termin, a period of the authority, or no declaration is due (§ 31 (3) S. 2, (4), (5) VwVfG).
    Keine,
    /// It ends with the next working day (§ 193 BGB, § 31 (3) VwVfG).
    NaechsterWerktag,
}

/// What a computation says about its rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kopf<'a> {
    pub regime: &'a str,
    pub version: &'a str,
    pub paragraph: &'a str,
    /// The event that starts the period, for the Rechenweg.
    pub ereignis: &'a str,
    /// Norm of the shift, for example `§ 31 Abs. 3 VwVfG`.
    pub norm_verschiebung: &'a str,
    pub verified: bool,
}

/// Head of the bare computations without a statute.
const BGB: Kopf<'static> = Kopf {
    regime: "BGB",
    version: "bgb187/1",
    paragraph: "§§ 187 bis 193 BGB",
    ereignis: "Ereignis",
    norm_verschiebung: "§ 193 BGB",
    verified: true,
};

pub(super) fn schritt(norm: impl Into<String>, text: impl Into<String>) -> Rechenschritt {
    Rechenschritt { norm: norm.into(), text: text.into() }
}

impl Kopf<'_> {
    pub fn rule_version(&self, kalender: &Kalender) -> String {
        format!("{}+{}", self.version, kalender.version)
    }

    fn fault(&self, grund: impl Into<String>) -> LawError {
        LawError::Angabe { regel: self.version.into(), grund: grund.into() }
    }
}

/// `ausloeser` is the day of the event, which is not counted (§ 187 (1) BGB).
pub(super) fn compute(
    kalender: &Kalender,
    kopf: Kopf<'_>,
    ausloeser: Date,
    dauer: Dauer,
    verschiebung: Verschiebung,
) -> Result<Frist, LawError> {
    kalender.in_range(ausloeser)?;
    if dauer.anzahl() == 0 {
        return Err(kopf.fault("die Dauer muss mindestens 1 sein"));
    }
    let too_long = |_| kopf.fault(format!("{} ab {} ist zu lang", dauer.worte(), kurz(ausloeser)));
    let begin = ausloeser.checked_add(1.day()).map_err(too_long)?;
    let raw = dauer.span().and_then(|span| ausloeser.checked_add(span)).map_err(too_long)?;
    kalender.in_range(raw)?;
    let mut rechenweg = vec![
        schritt(kopf.paragraph, format!("{}: {} ab {}", kopf.ereignis, dauer.worte(), datum_deutsch(ausloeser))),
        schritt(
            "§ 187 Abs. 1 BGB",
            format!("Der {} zählt nicht mit. Erster Tag ist {}.", kurz(ausloeser), datum_deutsch(begin)),
        ),
        end_step(ausloeser, raw, dauer),
    ];
    let end = shift(kalender, raw, verschiebung, kopf.norm_verschiebung, &mut rechenweg);
    kalender.in_range(end)?;
    Ok(Frist {
        regime: kopf.regime.into(),
        rule_version: kopf.rule_version(kalender),
        begin,
        end,
        roh: raw,
        warnung: None,
        verified: kopf.verified,
        rechenweg,
    })
}

fn end_step(ausloeser: Date, raw: Date, dauer: Dauer) -> Rechenschritt {
    match dauer {
        Dauer::Tage(_) => schritt("§ 188 Abs. 1 BGB", format!("Letzter Tag ist {}.", datum_deutsch(raw))),
        Dauer::Monate(_) | Dauer::Jahre(_) if raw.day() != ausloeser.day() => schritt(
            "§ 188 Abs. 3 BGB",
            format!("Einen {}. gibt es im Zielmonat nicht. Letzter Tag ist {}.", ausloeser.day(), datum_deutsch(raw)),
        ),
        _ => schritt("§ 188 Abs. 2 BGB", format!("Letzter Tag ist {}.", datum_deutsch(raw))),
    }
}

/// Moves `raw` where the rule says so and writes down why.
pub(super) fn shift(
    kalender: &Kalender,
    raw: Date,
    verschiebung: Verschiebung,
    norm: &str,
    rechenweg: &mut Vec<Rechenschritt>,
) -> Date {
    let Some(reason) = free_day(kalender, raw) else {
        return raw;
    };
    match verschiebung {
        Verschiebung::Keine => {
            rechenweg.push(schritt(norm, format!("{reason}. Hier wird nicht verschoben: Ende am {}.", kurz(raw))));
            raw
        }
        Verschiebung::NaechsterWerktag => {
            let end = kalender.first_from(raw, |d| kalender.ist_werktag(d));
            rechenweg.push(schritt(norm, format!("{reason}. Nächster Werktag ist {}.", datum_deutsch(end))));
            end
        }
    }
}

/// Why no period may end on this day; `None` on a working day.
fn free_day(kalender: &Kalender, date: Date) -> Option<String> {
    if kalender.ist_werktag(date) {
        return None;
    }
    let holiday = kalender.feiertag(date).map(|name| format!(" ({name})")).unwrap_or_default();
    Some(format!("{}{holiday} ist kein Werktag", datum_deutsch(date)))
}

impl Law {
    pub(super) fn frist(&self, kopf: Kopf<'_>, am: Date, dauer: Dauer, v: Verschiebung) -> Result<Frist, LawError> {
        compute(&self.tafeln.kalender, kopf, am, dauer, v)
    }

    /// A bare period of days after the event; `n` >= 1.
    pub fn frist_tage(&self, ereignis: Date, n: u32, v: Verschiebung) -> Result<Frist, LawError> {
        self.frist(BGB, ereignis, Dauer::Tage(n), v)
    }

    /// A bare period of weeks after the event; `n` >= 1.
    pub fn frist_wochen(&self, ereignis: Date, n: u32, v: Verschiebung) -> Result<Frist, LawError> {
        self.frist(BGB, ereignis, Dauer::Wochen(n), v)
    }

    /// A bare period of months after the event, clipped at the month's end (§ 188 (3) BGB); `n` >= 1.
    pub fn frist_monate(&self, ereignis: Date, n: u32, v: Verschiebung) -> Result<Frist, LawError> {
        self.frist(BGB, ereignis, Dauer::Monate(n), v)
    }

    /// A bare period of years after the event; `n` >= 1.
    pub fn frist_jahre(&self, ereignis: Date, n: u32, v: Verschiebung) -> Result<Frist, LawError> {
        self.frist(BGB, ereignis, Dauer::Jahre(n), v)
    }
}
