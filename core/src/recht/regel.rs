//! Deadline rules as data, looked up by id and by the day of the event.
//!
//! Does not know which procedure uses which rule.

use super::frist::{self, Dauer, Kopf, Verschiebung, schritt};
use super::proben::{StundenVector, Vector};
use super::worte::{datum_deutsch, kurz, toml_date, toml_date_opt};
use super::{Frist, Law, LawError};
use jiff::{Span, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// What the caller may add to a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params {
    /// Length, for rules that leave it open (`behoerdenfrist`, `aufbewahrung`, `wiedervorlage`).
    pub anzahl: Option<u32>,
    /// Days after the event on which a warning is due; overrides the rule's own.
    pub warn_tage: Option<u16>,
    /// The person was told one certain day with reference to § 31 (3) VwVfG: no shift.
    pub bestimmter_tag: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Berechnung {
    Tage,
    Wochen,
    Monate,
    Jahre,
    /// First Arbeitstag of the month after the event.
    ErsterArbeitstagFolgemonat,
    /// End of the calendar year of the event, plus years.
    Jahresende,
    /// Hours that count through, nights, weekends and changes of the clock included (§ 31 (6) VwVfG).
    Stunden,
}

/// A file of rules.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Regeldatei {
    pub regel: Vec<Regel>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Regel {
    pub id: String,
    pub titel: String,
    /// In words, for the Rechenweg: what starts the period.
    pub ereignis: String,
    pub fassung: Vec<Fassung>,
}

/// One version of a rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fassung {
    pub version: String,
    pub regime: String,
    pub paragraph: String,
    #[serde(deserialize_with = "toml_date")]
    pub valid_from: Date,
    #[serde(default, deserialize_with = "toml_date_opt")]
    pub valid_until: Option<Date>,
    pub source: String,
    pub verified: bool,
    pub berechnung: Berechnung,
    #[serde(default)]
    pub anzahl: Option<u32>,
    pub verschiebung: Verschiebung,
    #[serde(default)]
    pub norm_verschiebung: String,
    #[serde(default)]
    pub warn_tage: Option<u16>,
    /// Whether it can be suspended at all, by which norm, and what suspends it without an order.
    #[serde(default)]
    pub hemmbar: bool,
    #[serde(default)]
    pub norm_hemmung: String,
    #[serde(default)]
    pub hemmung_bei: Vec<Hemmungsgrund>,
    #[serde(default)]
    pub verlaengerung: Option<Verlaengerung>,
    /// What follows if it ends unused, in one sentence.
    #[serde(default)]
    pub folge: String,
    /// Hours only: the hour of the event does not count (§ 187 (1) BGB by analogy).
    #[serde(default)]
    pub volle_stunde: bool,
    #[serde(default)]
    pub vectors: Vec<Vector>,
    #[serde(default)]
    pub stunden_vectors: Vec<StundenVector>,
}

/// What may suspend a period. By order of a clerk every suspendable one is; the rest the rule lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hemmungsgrund {
    /// The Vorgang rests.
    Ruhen,
    /// The applicant was asked for documents and has not brought them.
    Nachforderung,
    /// A clerk orders it and names the legal basis.
    Verfuegung,
}

/// Whether and how far a period may be extended; a rule without it is statutory and fixed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verlaengerung {
    pub paragraph: String,
    pub source: String,
    pub verified: bool,
    /// How often; absent = any number of times.
    #[serde(default)]
    pub hoechstens: Option<u32>,
    /// Also when the period has ended (§ 31 (7) S. 2 VwVfG); otherwise it is told before its end.
    #[serde(default)]
    pub rueckwirkend: bool,
    /// Rule that computes the utmost end from the same event; absent = no limit.
    #[serde(default)]
    pub laengstens: Option<String>,
}

impl Regel {
    pub fn check(&self) -> Result<(), String> {
        if self.fassung.is_empty() || self.ereignis.is_empty() || self.titel.is_empty() {
            return Err(format!("Regel {}: titel, ereignis und fassung angeben", self.id));
        }
        for f in &self.fassung {
            f.check().map_err(|e| format!("Regel {}: {e}", self.id))?;
        }
        let spans: Vec<_> = self.fassung.iter().map(|f| (f.valid_from, f.valid_until)).collect();
        check_spans(&spans).map_err(|e| format!("Regel {}: {e}", self.id))
    }

    pub fn at(&self, date: Date) -> Result<&Fassung, LawError> {
        self.fassung
            .iter()
            .find(|f| in_span(date, f.valid_from, f.valid_until))
            .ok_or_else(|| LawError::KeineFassung { was: format!("Die Regel {}", self.id), am: date })
    }
}

impl Fassung {
    fn check(&self) -> Result<(), String> {
        let stunden = self.berechnung == Berechnung::Stunden;
        let proben = if stunden { self.stunden_vectors.is_empty() } else { self.vectors.is_empty() };
        if proben || self.source.is_empty() || self.paragraph.is_empty() || self.version.is_empty() {
            return Err("vectors, source, paragraph und version angeben".into());
        }
        if (self.hemmbar && self.norm_hemmung.is_empty()) || (!self.hemmbar && !self.hemmung_bei.is_empty()) {
            return Err("hemmbar braucht norm_hemmung, und hemmung_bei braucht hemmbar".into());
        }
        if self.verlaengerung.as_ref().is_some_and(|v| v.paragraph.is_empty() || v.source.is_empty()) {
            return Err("verlaengerung: paragraph und source angeben".into());
        }
        Ok(())
    }
}

/// Whether a version is in force on this day; both ends inclusive.
pub(super) fn in_span(date: Date, from: Date, until: Option<Date>) -> bool {
    date >= from && until.is_none_or(|u| date <= u)
}

/// Two versions of one thing must never be in force on the same day.
pub(super) fn check_spans(spans: &[(Date, Option<Date>)]) -> Result<(), String> {
    let mut sorted = spans.to_vec();
    sorted.sort();
    if let Some((from, _)) = sorted.iter().find(|(from, until)| until.is_some_and(|u| u < *from)) {
        return Err(format!("die Fassung ab {} endet vor ihrem Beginn", kurz(*from)));
    }
    for pair in sorted.windows(2) {
        if pair[0].1.is_none_or(|until| until >= pair[1].0) {
            return Err(format!("zwei Fassungen gelten am {}", kurz(pair[1].0)));
        }
    }
    Ok(())
}

impl Law {
    /// Computes a period by rule id, for example `vwgo75`, `gewo15`, `gewanzv_statistik`,
    /// `vwvfg42a`, `vwgo70`, `behoerdenfrist` (needs `anzahl`). `ereignis` is the day of the event.
    pub fn compute(&self, regel: &str, ereignis: Date, params: Params) -> Result<Frist, LawError> {
        let rule = self.tafeln.regel(regel)?;
        let version = rule.at(ereignis)?;
        let mut frist = self.compute_version(rule, version, ereignis, params)?;
        if let Some(days) = params.warn_tage.or(version.warn_tage) {
            let day = ereignis.saturating_add(i64::from(days).days()).min(frist.end);
            frist.warnung = Some(day);
            frist.rechenweg.push(schritt(
                &version.paragraph,
                format!("Warnung {days} Tage nach dem {}: {}.", kurz(ereignis), datum_deutsch(day)),
            ));
        }
        Ok(frist)
    }

    /// Whether the version of the rule in force on this day is confirmed; an unknown rule is not.
    pub fn bestaetigt(&self, regel: &str, am: Date) -> bool {
        self.tafeln.regel(regel).and_then(|r| r.at(am)).is_ok_and(|f| f.verified)
    }

    /// Whether a definition can name this rule: its length stands in the law and it counts days or more.
    pub fn regel_fest(&self, regel: &str) -> bool {
        let fest = |f: &Fassung| match f.berechnung {
            Berechnung::Stunden => false,
            Berechnung::ErsterArbeitstagFolgemonat => true,
            _ => f.anzahl.is_some(),
        };
        self.tafeln.regel(regel).is_ok_and(|r| r.fassung.iter().all(fest))
    }

    /// Ids of all rules, in order; the definition loader checks against them.
    pub fn regeln(&self) -> impl Iterator<Item = &str> {
        self.tafeln.regeln.keys().map(String::as_str)
    }

    fn compute_version(&self, rule: &Regel, f: &Fassung, am: Date, params: Params) -> Result<Frist, LawError> {
        let missing = || LawError::Angabe { regel: rule.id.clone(), grund: "die Dauer fehlt (anzahl)".into() };
        let anzahl = match (f.anzahl, params.anzahl) {
            (Some(_), Some(_)) => {
                let grund = "die Dauer steht im Gesetz und kann nicht vorgegeben werden".into();
                return Err(LawError::Angabe { regel: rule.id.clone(), grund });
            }
            (fixed, given) => fixed.or(given),
        };
        let dauer = match f.berechnung {
            Berechnung::Tage => Dauer::Tage(anzahl.ok_or_else(missing)?),
            Berechnung::Wochen => Dauer::Wochen(anzahl.ok_or_else(missing)?),
            Berechnung::Monate => Dauer::Monate(anzahl.ok_or_else(missing)?),
            Berechnung::Jahre => Dauer::Jahre(anzahl.ok_or_else(missing)?),
            Berechnung::ErsterArbeitstagFolgemonat => return self.first_arbeitstag(kopf(rule, f), am),
            Berechnung::Jahresende => {
                return self.jahresende(kopf(rule, f), am, anzahl.ok_or_else(missing)?, f.verschiebung);
            }
            Berechnung::Stunden => {
                let grund = "sie zählt nach Stunden und braucht einen Zeitpunkt, keinen Tag".into();
                return Err(LawError::Angabe { regel: rule.id.clone(), grund });
            }
        };
        let verschiebung = if params.bestimmter_tag { Verschiebung::Keine } else { f.verschiebung };
        self.frist(kopf(rule, f), am, dauer, verschiebung)
    }

    fn first_arbeitstag(&self, kopf: Kopf<'_>, am: Date) -> Result<Frist, LawError> {
        let kalender = &self.tafeln.kalender;
        kalender.in_range(am)?;
        let first = am.first_of_month().saturating_add(1.month());
        let end = kalender.in_range(kalender.first_from(first, |d| kalender.ist_arbeitstag(d)))?;
        let text =
            format!("{}: {}. Erster Arbeitstag des Folgemonats ist {}.", kopf.ereignis, kurz(am), datum_deutsch(end));
        Ok(Frist {
            regime: kopf.regime.into(),
            rule_version: kopf.rule_version(kalender),
            begin: am.saturating_add(1.day()),
            end,
            roh: end,
            warnung: None,
            verified: kopf.verified,
            rechenweg: vec![schritt(kopf.paragraph, text)],
        })
    }

    fn jahresende(&self, kopf: Kopf<'_>, am: Date, jahre: u32, v: Verschiebung) -> Result<Frist, LawError> {
        let kalender = &self.tafeln.kalender;
        let start = kalender.in_range(am)?.last_of_year();
        let too_long =
            |_| LawError::Angabe { regel: kopf.version.into(), grund: format!("{jahre} Jahre sind zu lang") };
        let span = Span::new().try_years(jahre).map_err(too_long)?;
        let roh = start.checked_add(span).map_err(too_long)?;
        let mut rechenweg = vec![
            schritt(
                kopf.paragraph,
                format!("{}: {}. Das Kalenderjahr endet am {}.", kopf.ereignis, kurz(am), kurz(start)),
            ),
            schritt(kopf.paragraph, format!("{} danach: {}.", Dauer::Jahre(jahre).worte(), kurz(roh))),
        ];
        let end = match v {
            Verschiebung::Keine => roh,
            v => frist::shift(kalender, kalender.in_range(roh)?, v, kopf.norm_verschiebung, &mut rechenweg),
        };
        Ok(Frist {
            regime: kopf.regime.into(),
            rule_version: kopf.rule_version(kalender),
            begin: start.saturating_add(1.day()).min(end),
            end,
            roh,
            warnung: None,
            verified: kopf.verified,
            rechenweg,
        })
    }
}

pub(super) fn kopf<'a>(rule: &'a Regel, f: &'a Fassung) -> frist::Kopf<'a> {
    Kopf {
        regime: &f.regime,
        version: &f.version,
        paragraph: &f.paragraph,
        ereignis: &rule.ereignis,
        norm_verschiebung: if f.norm_verschiebung.is_empty() { "§ 193 BGB" } else { &f.norm_verschiebung },
        verified: f.verified,
    }
}
