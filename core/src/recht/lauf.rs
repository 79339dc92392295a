//! What happens to a running period: it is extended, suspended, continued, or ends unused.
//!
//! Keeps no state: it counts from what was recorded and says how. Whether there is a reason to do so is for the
//! procedure to say, and a new version of a rule never rewrites what ran under an older one.

use super::frist::{Dauer, Kopf, Verschiebung, schritt, shift};
use super::regel::{Fassung, Hemmungsgrund, Regel, Verlaengerung, kopf};
use super::worte::{datum_deutsch, kurz};
use super::{Frist, Law, LawError, Params, Rechenschritt};
use jiff::{Span, ToSpan, civil::Date};

/// A period as it was recorded and now stands.
#[derive(Clone, Copy, Debug)]
pub struct Lauf<'a> {
    /// Rule it was computed by.
    pub regel: &'a str,
    /// First day counted.
    pub begin: Date,
    /// Last day.
    pub end: Date,
    /// Last day before any shift; `None` = it was not recorded and is computed anew.
    pub roh: Option<Date>,
    /// How often it was extended before.
    pub verlaengert: u32,
    /// First day that does not count, while it is suspended.
    pub gehemmt_ab: Option<Date>,
}

/// How far a period is extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Um {
    Dauer(Dauer),
    /// To this day.
    Bis(Date),
}

impl Law {
    /// Extends from the previous end (§ 190 BGB), as often and as late as the rule allows. `mitgeteilt`: day on which
    /// the extension is told.
    pub fn verlaengern(&self, lauf: Lauf<'_>, um: Um, mitgeteilt: Date) -> Result<Frist, LawError> {
        let (rule, f) = self.lauf(lauf)?;
        let v = self.extendable(rule, f, lauf, mitgeteilt)?;
        let kopf = Kopf {
            paragraph: &v.paragraph,
            ereignis: "Verlängerung vom bisherigen Ende an",
            verified: f.verified && v.verified,
            ..kopf(rule, f)
        };
        let mut neu = match um {
            Um::Dauer(dauer) => self.frist(kopf, lauf.end, dauer, f.verschiebung)?,
            Um::Bis(tag) => self.extend_to(kopf, lauf.end, tag, f.verschiebung)?,
        };
        neu.begin = lauf.begin;
        if mitgeteilt > lauf.end {
            let text = format!("Die Frist war am {} abgelaufen. Sie wird rückwirkend verlängert.", kurz(lauf.end));
            neu.rechenweg.insert(0, schritt(&v.paragraph, text));
        }
        if let Some(regel) = &v.laengstens {
            let limit = self.compute(regel, before(lauf.begin), Params::default())?;
            if neu.end > limit.end {
                return Err(LawError::NichtVorgesehen {
                    norm: v.paragraph.clone(),
                    grund: format!("„{}“ lässt sich höchstens bis zum {} verlängern", rule.titel, kurz(limit.end)),
                    abhilfe: "Nennen Sie einen Tag bis dahin.".into(),
                });
            }
            neu.rechenweg.push(schritt(&v.paragraph, format!("Die äußerste Grenze ist {}.", datum_deutsch(limit.end))));
        }
        Ok(neu)
    }

    /// From this day on the period does not run (§ 209 BGB). Says what remains.
    pub fn hemmen(&self, lauf: Lauf<'_>, ab: Date) -> Result<Vec<Rechenschritt>, LawError> {
        let (rule, f) = self.lauf(lauf)?;
        let no = |grund: String, abhilfe: &str| LawError::NichtVorgesehen {
            norm: if f.hemmbar { f.norm_hemmung.clone() } else { f.paragraph.clone() },
            grund,
            abhilfe: abhilfe.into(),
        };
        if !f.hemmbar {
            let grund = format!("„{}“ läuft weiter, auch wenn der Vorgang ruht oder etwas fehlt", rule.titel);
            return Err(no(grund, "Das Gesetz hemmt diese Frist nicht. Entscheiden Sie bis zu ihrem Ende."));
        }
        if let Some(seit) = lauf.gehemmt_ab {
            let grund = format!("„{}“ ist schon seit dem {} gehemmt", rule.titel, kurz(seit));
            return Err(no(grund, "Setzen Sie sie zuerst fort."));
        }
        let roh = self.unshifted(rule, lauf);
        if ab < lauf.begin || ab > roh {
            let grund = format!("„{}“ läuft vom {} bis zum {}", rule.titel, kurz(lauf.begin), kurz(roh));
            return Err(no(grund, "Nennen Sie als ersten Tag der Hemmung einen Tag in dieser Zeit."));
        }
        let rest = days(ab, roh) + 1;
        let rest = if rest == 1 { "bleibt noch 1 Tag".to_owned() } else { format!("bleiben noch {rest} Tage") };
        let text = format!("Gehemmt ab {}. Bis zum Ende am {} {rest}.", datum_deutsch(ab), kurz(roh));
        Ok(vec![schritt(&f.norm_hemmung, text)])
    }

    /// The days that remained count on after the last day of the suspension; what was suspended moves the end by as
    /// many days, before any shift.
    pub fn fortsetzen(&self, lauf: Lauf<'_>, letzter_tag: Date) -> Result<Frist, LawError> {
        let (rule, f) = self.lauf(lauf)?;
        let fault = |grund: String, abhilfe: &str| LawError::NichtVorgesehen {
            norm: f.norm_hemmung.clone(),
            grund,
            abhilfe: abhilfe.into(),
        };
        let Some(seit) = lauf.gehemmt_ab else {
            return Err(fault(format!("„{}“ ist nicht gehemmt", rule.titel), "Sie läuft schon."));
        };
        if letzter_tag < before(seit) {
            let grund = format!("Die Hemmung begann am {}", kurz(seit));
            return Err(fault(grund, "Nennen Sie als letzten Tag der Hemmung diesen oder einen späteren Tag."));
        }
        let kopf = kopf(rule, f);
        let kalender = &self.tafeln.kalender;
        let (alt, n) = (self.unshifted(rule, lauf), days(seit, letzter_tag) + 1);
        let roh = alt.checked_add(Span::new().days(n)).ok().filter(|d| kalender.in_range(*d).is_ok());
        let roh = roh.ok_or_else(|| fault("Die Hemmung dauerte zu lange".into(), "Prüfen Sie den letzten Tag."))?;
        let mut rechenweg = suspended_days(&f.norm_hemmung, (seit, letzter_tag), n, (alt, roh));
        let end = shift(kalender, roh, f.verschiebung, kopf.norm_verschiebung, &mut rechenweg);
        Ok(Frist {
            regime: f.regime.clone(),
            rule_version: kopf.rule_version(kalender),
            begin: lauf.begin,
            end: kalender.in_range(end)?,
            roh,
            warnung: None,
            verified: f.verified,
            rechenweg,
        })
    }

    /// Whether this occasion suspends the period without an order; a rule that says nothing runs on.
    pub fn hemmt(&self, lauf: Lauf<'_>, grund: Hemmungsgrund) -> bool {
        self.lauf(lauf).is_ok_and(|(_, f)| f.hemmbar && f.hemmung_bei.contains(&grund))
    }

    /// Whether a clerk may order a suspension at all.
    pub fn hemmbar(&self, lauf: Lauf<'_>) -> bool {
        self.lauf(lauf).is_ok_and(|(_, f)| f.hemmbar)
    }

    /// Whether the rule knows an extension at all.
    pub fn verlaengerbar(&self, lauf: Lauf<'_>) -> bool {
        self.lauf(lauf).is_ok_and(|(_, f)| f.verlaengerung.is_some())
    }

    /// The period ended and nothing came that ends it: what is so, and what follows.
    pub fn versaeumt(&self, lauf: Lauf<'_>, heute: Date) -> Result<Vec<Rechenschritt>, LawError> {
        let (rule, f) = self.lauf(lauf)?;
        let text = format!("„{}“ endete am {}. Festgestellt am {}.", rule.titel, datum_deutsch(lauf.end), kurz(heute));
        let mut steps = vec![schritt(&f.paragraph, text)];
        if !f.folge.is_empty() {
            steps.push(schritt(&f.paragraph, f.folge.clone()));
        }
        let late = f.verlaengerung.as_ref().filter(|v| v.rueckwirkend);
        steps.extend(late.map(|v| schritt(&v.paragraph, "Sie kann auch jetzt noch verlängert werden.")));
        Ok(steps)
    }

    /// The rule and the version the period began under.
    fn lauf(&self, lauf: Lauf<'_>) -> Result<(&Regel, &Fassung), LawError> {
        let rule = self.tafeln.regel(lauf.regel)?;
        Ok((rule, rule.at(before(lauf.begin))?))
    }

    fn extendable<'f>(
        &self,
        rule: &Regel,
        f: &'f Fassung,
        lauf: Lauf<'_>,
        mitgeteilt: Date,
    ) -> Result<&'f Verlaengerung, LawError> {
        let no = |norm: &str, grund: String, abhilfe: &str| LawError::NichtVorgesehen {
            norm: norm.to_owned(),
            grund,
            abhilfe: abhilfe.to_owned(),
        };
        let Some(v) = &f.verlaengerung else {
            let grund = format!("„{}“ steht im Gesetz und lässt sich nicht verlängern", rule.titel);
            let abhilfe = "Wer sie ohne Schuld versäumt, kann Wiedereinsetzung beantragen (§ 32 VwVfG, § 60 VwGO).";
            return Err(no(&f.paragraph, grund, abhilfe));
        };
        if lauf.gehemmt_ab.is_some() {
            let grund = format!("„{}“ ist gehemmt", rule.titel);
            return Err(no(&v.paragraph, grund, "Setzen Sie sie zuerst fort."));
        }
        if v.hoechstens.is_some_and(|n| lauf.verlaengert >= n) {
            let grund =
                format!("„{}“ ist schon {}-mal verlängert, mehr ist nicht erlaubt", rule.titel, lauf.verlaengert);
            return Err(no(&v.paragraph, grund, "Entscheiden Sie bis zum Ende der Frist."));
        }
        if !v.rueckwirkend && mitgeteilt > lauf.end {
            let grund = format!("„{}“ endete am {}", rule.titel, kurz(lauf.end));
            return Err(no(&v.paragraph, grund, "Eine Verlängerung muss vor diesem Tag mitgeteilt werden."));
        }
        Ok(v)
    }

    fn extend_to(&self, kopf: Kopf<'_>, ende: Date, tag: Date, v: Verschiebung) -> Result<Frist, LawError> {
        if tag <= ende {
            return Err(LawError::NichtVorgesehen {
                norm: kopf.paragraph.into(),
                grund: format!("Der {} liegt nicht nach dem bisherigen Ende am {}", kurz(tag), kurz(ende)),
                abhilfe: "Nennen Sie einen späteren Tag.".into(),
            });
        }
        let kalender = &self.tafeln.kalender;
        kalender.in_range(tag)?;
        let text = format!("Bisheriges Ende war der {}. Neues Ende ist {}.", kurz(ende), datum_deutsch(tag));
        let mut rechenweg = vec![schritt(kopf.paragraph, text)];
        let end = shift(kalender, tag, v, kopf.norm_verschiebung, &mut rechenweg);
        Ok(Frist {
            regime: kopf.regime.into(),
            rule_version: kopf.rule_version(kalender),
            begin: ende,
            end: kalender.in_range(end)?,
            roh: tag,
            warnung: None,
            verified: kopf.verified,
            rechenweg,
        })
    }

    /// The end before any shift. Where it was not recorded and today's data do not lead to the recorded end any
    /// more, the recorded end itself: it can only be the later day.
    fn unshifted(&self, rule: &Regel, lauf: Lauf<'_>) -> Date {
        let again = || self.compute(&rule.id, before(lauf.begin), Params::default()).ok();
        lauf.roh.or_else(|| again().filter(|f| f.end == lauf.end).map(|f| f.roh)).unwrap_or(lauf.end)
    }
}

/// What a suspension of `n` days did to the end.
fn suspended_days(norm: &str, (von, bis): (Date, Date), n: i32, (alt, roh): (Date, Date)) -> Vec<Rechenschritt> {
    let (tage, zaehlt) = match n {
        0 => {
            let text = format!("Die Hemmung ist aufgehoben, bevor ein Tag ausfiel. Das Ende bleibt {}.", kurz(roh));
            return vec![schritt(norm, text)];
        }
        1 => ("1 Tag".to_owned(), "zählt"),
        n => (format!("{n} Tage"), "zählen"),
    };
    let weiter = format!("Ohne Hemmung war das Ende der {}. {tage} weiter ist {}.", kurz(alt), datum_deutsch(roh));
    vec![
        schritt(norm, format!("Gehemmt vom {} bis zum {}: {tage} {zaehlt} nicht.", kurz(von), kurz(bis))),
        schritt("§ 209 BGB (entsprechend)", weiter),
    ]
}

/// The day of the event: the one before the first that counts (§ 187 (1) BGB).
fn before(begin: Date) -> Date {
    begin.saturating_sub(1.day())
}

/// Whole days from `a` to `b`.
fn days(a: Date, b: Date) -> i32 {
    (b - a).get_days()
}
