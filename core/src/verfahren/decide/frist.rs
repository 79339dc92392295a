//! What is done with a running Frist: extended, suspended, continued, computed anew, noted as missed.
//!
//! Whether and how far is asked of the rule's data; here only the reason, the day and the state are judged. A Vorgang
//! that rests or waits suspends what the rule lets it suspend, and nothing else.

use super::{Answer, Events, Fall, R, one, text};
use crate::recht::{Frist, Hemmungsgrund, Lauf, Params, Rechenschritt, Um, datum_deutsch};
use crate::verfahren::command::VorgangCommand as C;
use crate::verfahren::event::VorgangEvent as E;
use crate::verfahren::fristlauf;
use crate::verfahren::state::{FristState, Vorgang};
use crate::verfahren::{KLAGE, WIDERSPRUCH};
use jiff::{ToSpan, civil::Date};

/// What suspends without an order, strongest first.
const VON_SELBST: [Hemmungsgrund; 2] = [Hemmungsgrund::Ruhen, Hemmungsgrund::Nachforderung];

impl Fall<'_> {
    pub(super) fn frist(&self, command: &C) -> Answer {
        Some(match command {
            C::ExtendFrist { frist, um, mitgeteilt_am, grund, rechtsgrundlage } => {
                self.extend(frist, *um, *mitgeteilt_am, (grund, rechtsgrundlage))
            }
            C::SuspendFrist { frist, ab, grund, rechtsgrundlage } => self.suspend(frist, *ab, (grund, rechtsgrundlage)),
            C::ResumeFrist { frist, bis, grund } => self.resume_frist(frist, *bis, grund),
            C::RecomputeFrist { frist, ereignis, grund, rechtsgrundlage } => {
                self.recompute(frist, *ereignis, (grund, rechtsgrundlage))
            }
            C::MissFristen => self.miss(),
            _ => return None,
        })
    }

    fn extend(&self, frist: &str, um: Um, mitgeteilt_am: Date, why: (&str, &str)) -> Events {
        self.offen()?;
        let (grund, rechtsgrundlage) = reason(why)?;
        let alt = self.running(frist)?;
        self.not_later(mitgeteilt_am, "Mitgeteilt am")?;
        let neu = self.ctx.law.verlaengern(alt.lauf(self.regel(frist)?), um, mitgeteilt_am)?;
        one(E::FristExtended {
            frist: frist.to_owned(),
            warnung: moved(&alt, &neu),
            rule_version: neu.rule_version,
            end: neu.end,
            roh: neu.roh,
            verified: neu.verified,
            mitgeteilt_am,
            rechenweg: neu.rechenweg,
            grund,
            rechtsgrundlage,
        })
    }

    fn suspend(&self, frist: &str, ab: Date, why: (&str, &str)) -> Events {
        self.offen()?;
        let (grund, rechtsgrundlage) = reason(why)?;
        let alt = self.running(frist)?;
        self.not_later(ab, "Erster Tag der Hemmung")?;
        if alt.zuletzt_gehemmt.is_some_and(|b| ab <= b) {
            let text = "Dieser Tag war schon gehemmt (§ 209 BGB). Nennen Sie einen späteren Tag.";
            return Err(R::Frist(text.into()));
        }
        let rechenweg = self.ctx.law.hemmen(alt.lauf(self.regel(frist)?), ab)?;
        let anlass = Hemmungsgrund::Verfuegung;
        one(E::FristSuspended { frist: frist.to_owned(), ab, anlass, rechenweg, grund, rechtsgrundlage })
    }

    fn resume_frist(&self, frist: &str, bis: Date, grund: &str) -> Events {
        self.offen()?;
        let grund = Some(text(grund, "Grund")?);
        let alt = self.running(frist)?;
        self.not_later(bis, "Letzter Tag der Hemmung")?;
        let neu = self.ctx.law.fortsetzen(alt.lauf(self.regel(frist)?), bis)?;
        one(resumed(&alt, bis, neu, grund))
    }

    /// From another event or under another version of the rule; the reason says which.
    fn recompute(&self, frist: &str, ereignis: Date, why: (&str, &str)) -> Events {
        self.offen()?;
        let (grund, rechtsgrundlage) = reason(why)?;
        let alt = self.running(frist)?;
        self.not_later(ereignis, "Tag des Ereignisses")?;
        if alt.gehemmt.is_some() {
            return Err(R::Frist("Die Frist ist gehemmt (§ 209 BGB). Setzen Sie sie zuerst fort.".into()));
        }
        let def = self.def()?.fristen.iter().find(|f| f.id == frist);
        let Some(def) = def else {
            let text = "Diese Frist folgt aus der Bekanntgabe oder aus Ihrem Schreiben (§ 31 Abs. 2, § 41 VwVfG). \
                        Verlängern Sie sie, oder geben Sie erneut bekannt.";
            return Err(R::Frist(text.into()));
        };
        let params = Params { warn_tage: def.warn_tage, ..Params::default() };
        let neu = self.ctx.law.compute(&def.regel, ereignis, params)?;
        one(E::FristRecomputed {
            frist: frist.to_owned(),
            regime: neu.regime,
            rule_version: neu.rule_version,
            begin: neu.begin,
            end: neu.end,
            roh: neu.roh,
            warnung: neu.warnung,
            verified: neu.verified,
            rechenweg: neu.rechenweg,
            grund,
            rechtsgrundlage,
        })
    }

    /// Remedies do not count: what follows from their end is Bestandskraft.
    fn miss(&self) -> Events {
        if self.offen().is_err() {
            return Ok(vec![]);
        }
        let heute = self.ctx.today;
        let mut ended = fristlauf::offene(self.v);
        ended.retain(|f| {
            let remedy = f.frist == WIDERSPRUCH || f.frist == KLAGE;
            !remedy && !f.versaeumt && f.gehemmt.is_none() && f.end < heute
        });
        ended
            .into_iter()
            .map(|f| {
                let told = self.regel(&f.frist).map(|r| self.ctx.law.versaeumt(f.lauf(r), heute));
                // A rule that is gone does not make a missed end unseen.
                let rechenweg = told.ok().and_then(Result::ok).unwrap_or_else(|| ended_on(f.end));
                Ok(E::FristMissed { frist: f.frist, end: f.end, am: heute, rechenweg })
            })
            .collect()
    }

    /// What these events begin or end suspends and continues the Fristen whose rule says so.
    pub(super) fn with_hemmung(&self, mut events: Vec<E>) -> Events {
        let touches = |e: &E| {
            matches!(
                e,
                E::Paused { .. } | E::Resumed {} | E::NachforderungIssued { .. } | E::NachforderungClosed { .. }
            )
        };
        if !events.iter().any(touches) || self.v.fristen.is_empty() || self.def().is_err() {
            return Ok(events);
        }
        let after = events.iter().fold(self.v.clone(), super::super::evolve::evolve);
        for f in after.fristen.iter().filter(|f| !f.erledigt) {
            let Ok(regel) = self.regel(&f.frist) else { continue };
            let lauf = f.lauf(regel);
            let anlass = VON_SELBST.into_iter().find(|g| holds(&after, *g) && self.ctx.law.hemmt(lauf, *g));
            events.extend(self.hemmung(f, lauf, anlass)?);
        }
        Ok(events)
    }

    /// `anlass`: what suspends this Frist now, if anything.
    fn hemmung(&self, f: &FristState, lauf: Lauf<'_>, anlass: Option<Hemmungsgrund>) -> Result<Option<E>, R> {
        let heute = self.ctx.today;
        let ab = heute.max(lauf.begin);
        let ab = f.zuletzt_gehemmt.map_or(ab, |b| ab.max(b.saturating_add(1.day())));
        let bestellt = |h: &crate::verfahren::state::Hemmung| h.anlass == Hemmungsgrund::Verfuegung;
        Ok(match (f.gehemmt.as_ref(), anlass) {
            // One that has ended already cannot be suspended any more.
            (None, Some(anlass)) if heute <= f.end => self.ctx.law.hemmen(lauf, ab).ok().map(|rechenweg| {
                E::FristSuspended { frist: f.frist.clone(), ab, anlass, rechenweg, grund: None, rechtsgrundlage: None }
            }),
            (Some(h), None) if !bestellt(h) => {
                let bis = heute.max(h.ab.saturating_sub(1.day()));
                Some(resumed(f, bis, self.ctx.law.fortsetzen(lauf, bis)?, None))
            }
            _ => None,
        })
    }

    /// A Frist of this case that has not ended by what ends it.
    fn running(&self, frist: &str) -> Result<FristState, R> {
        let mut all = self.v.fristen.iter().cloned().chain(fristlauf::offene(self.v));
        let f = all.find(|f| f.frist == frist).ok_or_else(|| R::FristUnbekannt(frist.to_owned()))?;
        if f.erledigt {
            let text =
                format!("Die Frist bis {} ist erledigt. An ihr ist nichts mehr zu ändern.", datum_deutsch(f.end));
            return Err(R::Frist(text));
        }
        Ok(f)
    }

    /// The rule of a Frist.
    fn regel(&self, frist: &str) -> Result<&str, R> {
        fristlauf::regel(self.def()?, frist).ok_or_else(|| R::FristUnbekannt(frist.to_owned()))
    }

    fn not_later(&self, tag: Date, feld: &str) -> Result<(), R> {
        if tag <= self.ctx.today {
            return Ok(());
        }
        let text = format!(
            "„{feld}“: Der {} liegt in der Zukunft. Nennen Sie heute oder einen früheren Tag (§ 31 VwVfG).",
            datum_deutsch(tag)
        );
        Err(R::Frist(text))
    }
}

/// Reason and legal basis, both needed.
fn reason((grund, rechtsgrundlage): (&str, &str)) -> Result<(Option<String>, Option<String>), R> {
    Ok((Some(text(grund, "Grund")?), Some(text(rechtsgrundlage, "Rechtsgrundlage")?)))
}

fn ended_on(end: Date) -> Vec<Rechenschritt> {
    let text = format!("Die Frist endete am {}.", datum_deutsch(end));
    vec![Rechenschritt { norm: "§ 188 BGB".into(), text }]
}

fn holds(v: &Vorgang, grund: Hemmungsgrund) -> bool {
    match grund {
        Hemmungsgrund::Ruhen => v.pausiert,
        Hemmungsgrund::Nachforderung => v.offene_nachforderungen().next().is_some(),
        Hemmungsgrund::Verfuegung => false,
    }
}

/// The warning moves with the end.
fn moved(alt: &FristState, neu: &Frist) -> Option<Date> {
    alt.warnung.and_then(|w| w.checked_add(neu.end - alt.end).ok())
}

fn resumed(alt: &FristState, bis: Date, neu: Frist, grund: Option<String>) -> E {
    E::FristResumed {
        frist: alt.frist.clone(),
        bis,
        warnung: moved(alt, &neu),
        rule_version: neu.rule_version,
        end: neu.end,
        roh: neu.roh,
        verified: neu.verified,
        rechenweg: neu.rechenweg,
        grund,
    }
}
