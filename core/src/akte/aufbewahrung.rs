//! Retention of one Akte: computed by rule, explained in words, changed only by two persons.
//!
//! An unknown date blocks no closing; it only keeps the file from being destroyed.

use super::event::{AkteEvent as E, Dauer};
use super::stammakte::{Akte, AkteRefusal as R, Events, acting, filled};
use crate::kernel::Context;
use crate::recht::{Params, datum_deutsch};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What retention counts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginn {
    /// `zda`, `bestandskraft`.
    pub ereignis: String,
    /// `None` = nobody knows the day.
    pub am: Option<Date>,
}

/// A computation as the page explains it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Berechnung {
    pub rule_version: String,
    pub paragraph: String,
    pub start_event: String,
    pub start: Option<Date>,
    pub end: Option<Date>,
    pub dauer: Dauer,
    pub anlass: String,
    pub rechenweg: Vec<String>,
}

/// Another end, wanted by one person or set by two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Festsetzung {
    pub vorschlag: Uuid,
    pub end: Date,
    /// The proposing person and, where there is one, the person represented.
    pub vorgeschlagen: Vec<Uuid>,
    pub genehmigt: Option<Uuid>,
    pub reason: Option<String>,
}

/// The retention of one Akte; empty while it is open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Aufbewahrung {
    pub berechnet: Option<Berechnung>,
    /// Waits for another person.
    pub vorschlag: Option<Festsetzung>,
    /// In force beside the computation.
    pub festgesetzt: Option<Festsetzung>,
}

impl Aufbewahrung {
    /// Last day in force; `None`: permanent, or not known.
    pub fn bis(&self) -> Option<Date> {
        let gesetzt = self.festgesetzt.as_ref().map(|f| f.end);
        gesetzt.or_else(|| self.berechnet.as_ref().and_then(|b| b.end))
    }

    /// Whether it is kept for ever, as far as nobody has set an end.
    pub fn dauernd(&self) -> bool {
        self.festgesetzt.is_none() && self.berechnet.as_ref().is_some_and(|b| b.dauer == Dauer::Dauernd)
    }
}

/// The event of one computation. Never fails: what the rule cannot compute is recorded as not known.
pub(super) fn berechnen(dauer: Dauer, beginn: &Beginn, anlass: &str, ctx: &Context) -> E {
    let (norm, mut weg) = ("Aktenplan: Aufbewahrung ab Jahresende", Vec::new());
    let jahresende = beginn.am.map(|am| am.last_of_year());
    let mut end = None;
    let mut rule_version = "aufbewahrung/1".to_owned();
    let mut paragraph = norm.to_owned();
    match (dauer, beginn.am) {
        (Dauer::Dauernd, _) => weg.push(format!("{norm}: dauernd aufzubewahren, es gibt kein Ende")),
        (Dauer::Unbekannt, _) => weg.push(format!(
            "{norm}: Der Aktenplan nennt keine Dauer. Bis sie festgesetzt ist, wird aufbewahrt und nichts vernichtet"
        )),
        (Dauer::Jahre { .. }, None) => weg.push(format!(
            "{norm}: Der Tag des Ereignisses ist nicht bekannt. Bis er festgesetzt ist, wird aufbewahrt und nichts vernichtet"
        )),
        (Dauer::Jahre { jahre }, Some(am)) => {
            weg.push(format!("{}: Ereignis {} am {}", norm, ereignis_wort(&beginn.ereignis), datum_deutsch(am)));
            let params = Params { anzahl: Some(u32::from(jahre)), ..Params::default() };
            match ctx.law.compute("aufbewahrung", am, params) {
                Ok(frist) => {
                    end = Some(frist.end);
                    rule_version = frist.rule_version;
                    paragraph = frist.rechenweg.first().map_or(paragraph, |r| r.norm.clone());
                    weg.extend(frist.rechenweg.iter().map(|r| format!("{}: {}", r.norm, r.text)));
                }
                Err(e) => weg.push(format!("{norm}: nicht berechenbar ({e}). Bis zur Festsetzung wird aufbewahrt")),
            }
        }
    }
    E::AufbewahrungComputed {
        rule_version,
        paragraph,
        start_event: beginn.ereignis.clone(),
        start: jahresende,
        end,
        dauer,
        anlass: anlass.to_owned(),
        rechenweg: weg,
    }
}

/// The event in words.
pub fn ereignis_wort(ereignis: &str) -> &str {
    match ereignis {
        "bestandskraft" => "Bestandskraft",
        "nachablage" => "nachträgliche Ablage",
        _ => "zdA-Verfügung",
    }
}

/// Closed: the event of closing carries the end too, so that an older reader finds it there.
pub(super) fn schliessen(dauer: Dauer, beginn: &Beginn, ctx: &Context) -> Vec<E> {
    let computed = berechnen(dauer, beginn, "schliessen", ctx);
    let E::AufbewahrungComputed { end, rechenweg, .. } = &computed else { return Vec::new() };
    vec![E::Closed { aufbewahrung_bis: *end, rechenweg: rechenweg.clone() }, computed]
}

/// Filed late: the last document counts, so retention begins anew with the end of this year.
pub(super) fn nach_ablage(s: &Akte, ctx: &Context) -> Option<E> {
    let dauer = s.aufbewahrung.berechnet.as_ref().map_or(Dauer::Unbekannt, |b| b.dauer);
    let beginn = Beginn { ereignis: "nachablage".into(), am: Some(ctx.today) };
    let computed = berechnen(dauer, &beginn, "nachablage", ctx);
    let E::AufbewahrungComputed { end, .. } = &computed else { return None };
    let bekannt = s.aufbewahrung.berechnet.as_ref().is_some_and(|b| b.end == *end);
    (!bekannt).then_some(computed)
}

/// Another position of the plan: the same beginning, its years. One person cannot shorten what is in force this way;
/// a shorter end is for two to set.
pub(super) fn nach_umlegung(s: &Akte, dauer: Dauer, ctx: &Context) -> Option<E> {
    let b = s.aufbewahrung.berechnet.as_ref()?;
    let beginn = Beginn { ereignis: b.start_event.clone(), am: b.start };
    let neu = berechnen(dauer, &beginn, "umklassifizierung", ctx);
    let E::AufbewahrungComputed { end, .. } = &neu else { return None };
    let kuerzer = end.is_some_and(|neu| s.aufbewahrung_bis.is_none_or(|alt| neu < alt));
    (!kuerzer).then_some(neu)
}

/// One person wants another end; it is in force when another has approved.
pub(super) fn vorschlagen(s: &Akte, end: Date, grund: String, ctx: &Context) -> Events {
    if !s.geschlossen {
        return Err(R::Offen);
    }
    if s.aufbewahrung.vorschlag.is_some() {
        return Err(R::VorschlagLiegtVor);
    }
    let (durch, fuer) = acting(ctx)?;
    let reason = Some(filled(&grund, "Grund")?);
    Ok(vec![E::OverrideProposed { vorschlag: ctx.ids.nth(0), end, durch, fuer, reason }])
}

/// The other person decides; `ja` is a wish of the form, not a state.
pub(super) fn entscheiden(s: &Akte, entscheidung: Entscheidung, ctx: &Context) -> Events {
    let v = s.aufbewahrung.vorschlag.as_ref().ok_or(R::KeinVorschlag)?;
    let (durch, fuer) = acting(ctx)?;
    match entscheidung {
        Entscheidung::Genehmigen => {
            if std::iter::once(durch).chain(fuer).any(|p| v.vorgeschlagen.contains(&p)) {
                return Err(R::VierAugen);
            }
            let vorgeschlagen = v.vorgeschlagen.first().copied().unwrap_or_default();
            let (vorschlag, end, reason) = (v.vorschlag, v.end, v.reason.clone());
            Ok(vec![E::Overridden { vorschlag, end, vorgeschlagen, durch, fuer, reason }])
        }
        Entscheidung::Ablehnen { grund } => {
            let reason = Some(filled(&grund, "Grund")?);
            Ok(vec![E::OverrideRejected { vorschlag: v.vorschlag, durch, fuer, reason }])
        }
    }
}

/// What the second person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entscheidung {
    Genehmigen,
    Ablehnen { grund: String },
}

impl Aufbewahrung {
    /// Folds what concerns retention; everything else leaves it as it is.
    pub(super) fn evolve(&mut self, event: &E) {
        match event {
            E::AufbewahrungComputed { rule_version, paragraph, start_event, start, end, dauer, anlass, rechenweg } => {
                // A later, longer computation beats what was set before; a shorter one does not.
                let laenger = self.festgesetzt.as_ref().is_some_and(|f| end.is_none_or(|e| e > f.end));
                if laenger {
                    self.festgesetzt = None;
                }
                self.berechnet = Some(Berechnung {
                    rule_version: rule_version.clone(),
                    paragraph: paragraph.clone(),
                    start_event: start_event.clone(),
                    start: *start,
                    end: *end,
                    dauer: *dauer,
                    anlass: anlass.clone(),
                    rechenweg: rechenweg.clone(),
                });
            }
            E::OverrideProposed { vorschlag, end, durch, fuer, reason } => {
                self.vorschlag = Some(Festsetzung {
                    vorschlag: *vorschlag,
                    end: *end,
                    vorgeschlagen: std::iter::once(*durch).chain(*fuer).collect(),
                    genehmigt: None,
                    reason: reason.clone(),
                });
            }
            E::Overridden { vorschlag, end, vorgeschlagen, durch, reason, .. } => {
                self.vorschlag = None;
                self.festgesetzt = Some(Festsetzung {
                    vorschlag: *vorschlag,
                    end: *end,
                    vorgeschlagen: vec![*vorgeschlagen],
                    genehmigt: Some(*durch),
                    reason: reason.clone(),
                });
            }
            E::OverrideRejected { .. } => self.vorschlag = None,
            // What two persons have set outlives a reopening by one.
            E::Reopened { .. } => *self = Self { festgesetzt: self.festgesetzt.take(), ..Self::default() },
            _ => {}
        }
    }
}
