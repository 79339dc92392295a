//! The town's filing plan as a stream: positions imported, added, renamed, revised, closed; none ever removed.
//!
//! Every version of a position stays with the day from which it holds, so that the plan of any day can be told.
//! Holds no file's content; where a plan comes from is `plan`.

use super::event::{AktenplanEvent as E, Position};
use super::plan::unterschied::{Abweichung, unterschied};
use crate::kernel::{Context, Decider};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The plan as its stream tells it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Aktenplan {
    /// The newest version of each position.
    pub positionen: BTreeMap<String, Position>,
    /// Last day on which a position takes new files.
    pub geschlossen: BTreeMap<String, Date>,
    /// Every version, as recorded.
    #[serde(default)]
    pub fassungen: BTreeMap<String, Vec<Position>>,
}

/// What can be wanted of the plan.
#[derive(Clone, Debug)]
pub enum AktenplanCommand {
    Import {
        format: String,
        positionen: Vec<Position>,
    },
    Add {
        position: Position,
    },
    Rename {
        kennung: String,
        titel: String,
        valid_from: Date,
    },
    Close {
        kennung: String,
        valid_until: Date,
    },
    /// From this day on the plan is the given one; what is missing in it closes the day before.
    Revise {
        positionen: Vec<Position>,
        valid_from: Date,
    },
}

/// Why the plan says no.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AktenplanRefusal {
    #[error("Die Position {0} gibt es schon.")]
    GibtEs(String),
    #[error("Die Position {0} gibt es nicht.")]
    GibtEsNicht(String),
    #[error("Die Kennung {0:?} ist ungültig: Ziffern, durch Punkte getrennt.")]
    Kennung(String),
    #[error("Der Plan hat schon Positionen. Fügen Sie einzelne hinzu, oder geben Sie an, ab wann der neue Plan gilt.")]
    SchonImportiert,
    #[error("Die Position {0} ist geschlossen. Eine Kennung wird nicht zweimal vergeben: Nehmen Sie eine neue.")]
    Geschlossen(String),
    #[error("Die Position {kennung} hat schon eine Fassung ab {ab}. Der neue Plan muss danach beginnen.")]
    Rueckwirkend { kennung: String, ab: Date },
    #[error("Die Position {0} steht im Plan ohne die Position darüber.")]
    OhneEltern(String),
}

impl AktenplanRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            AktenplanRefusal::GibtEs(_) => "gibt_es",
            AktenplanRefusal::GibtEsNicht(_) => "gibt_es_nicht",
            AktenplanRefusal::Kennung(_) => "kennung",
            AktenplanRefusal::SchonImportiert => "schon_importiert",
            AktenplanRefusal::Geschlossen(_) => "geschlossen",
            AktenplanRefusal::Rueckwirkend { .. } => "rueckwirkend",
            AktenplanRefusal::OhneEltern(_) => "ohne_eltern",
        }
    }
}

impl Decider for Aktenplan {
    const KIND: &'static str = "aktenplan";
    type State = Aktenplan;
    type Command = AktenplanCommand;
    type Event = E;
    type Refusal = AktenplanRefusal;

    fn decide(s: &Aktenplan, command: AktenplanCommand, _: &Context) -> Result<Vec<E>, AktenplanRefusal> {
        use AktenplanCommand as C;
        match command {
            C::Import { format, positionen } => import(s, format, positionen),
            C::Revise { positionen, valid_from } => revise(s, positionen, valid_from),
            C::Add { position } => {
                check(&position.kennung)?;
                match s.positionen.contains_key(&position.kennung) {
                    true => Err(AktenplanRefusal::GibtEs(position.kennung)),
                    false => Ok(vec![E::EinheitAdded { position }]),
                }
            }
            C::Rename { kennung, titel, valid_from } => {
                let old = s.known(&kennung)?;
                match old.titel == titel {
                    true => Ok(vec![]),
                    false => Ok(vec![E::EinheitRenamed { kennung, titel, valid_from }]),
                }
            }
            C::Close { kennung, valid_until } => {
                s.known(&kennung)?;
                match s.geschlossen.contains_key(&kennung) {
                    true => Ok(vec![]),
                    false => Ok(vec![E::EinheitClosed { kennung, valid_until }]),
                }
            }
        }
    }

    fn evolve(mut s: Aktenplan, event: &E) -> Aktenplan {
        match event {
            E::Imported { positionen, .. } => positionen.iter().for_each(|p| s.set(p.clone())),
            E::EinheitAdded { position } => s.set(position.clone()),
            E::EinheitRenamed { kennung, titel, valid_from } => {
                if let Some(p) = s.positionen.get(kennung) {
                    s.set(Position { titel: titel.clone(), valid_from: *valid_from, ..p.clone() });
                }
            }
            E::EinheitRevised { kennung, aufbewahrung_jahre, bewertung, valid_from } => {
                if let Some(p) = s.positionen.get(kennung) {
                    s.set(Position {
                        aufbewahrung_jahre: *aufbewahrung_jahre,
                        bewertung: *bewertung,
                        valid_from: *valid_from,
                        ..p.clone()
                    });
                }
            }
            E::EinheitClosed { kennung, valid_until } => {
                s.geschlossen.insert(kennung.clone(), *valid_until);
            }
        }
        s
    }
}

impl Aktenplan {
    /// The plan that holds on this day: per position the version that began last, without those closed before.
    pub fn am(&self, tag: Date) -> BTreeMap<String, Position> {
        let offen = |k: &String| self.geschlossen.get(k).is_none_or(|bis| tag <= *bis);
        let gilt =
            |alle: &Vec<Position>| alle.iter().filter(|p| p.valid_from <= tag).max_by_key(|p| p.valid_from).cloned();
        let zeilen = self.fassungen.iter().filter(|(k, _)| offen(k));
        zeilen.filter_map(|(k, alle)| Some((k.clone(), gilt(alle)?))).collect()
    }

    fn known(&self, kennung: &str) -> Result<&Position, AktenplanRefusal> {
        self.positionen.get(kennung).ok_or_else(|| AktenplanRefusal::GibtEsNicht(kennung.to_owned()))
    }

    fn set(&mut self, position: Position) {
        self.fassungen.entry(position.kennung.clone()).or_default().push(position.clone());
        self.positionen.insert(position.kennung.clone(), position);
    }
}

fn import(s: &Aktenplan, format: String, positionen: Vec<Position>) -> Result<Vec<E>, AktenplanRefusal> {
    let same =
        positionen.len() == s.positionen.len() && positionen.iter().all(|p| s.positionen.get(&p.kennung) == Some(p));
    if same {
        return Ok(vec![]);
    }
    if !s.positionen.is_empty() {
        return Err(AktenplanRefusal::SchonImportiert);
    }
    whole(&positionen)?;
    Ok(vec![E::Imported { format, positionen }])
}

/// Every kennung is well formed and stands once.
fn whole(positionen: &[Position]) -> Result<(), AktenplanRefusal> {
    let mut seen = BTreeSet::new();
    for p in positionen {
        check(&p.kennung)?;
        if !seen.insert(&p.kennung) {
            return Err(AktenplanRefusal::GibtEs(p.kennung.clone()));
        }
    }
    Ok(())
}

/// The difference to the plan of that day becomes events; nothing that holds already is written again.
fn revise(s: &Aktenplan, positionen: Vec<Position>, ab: Date) -> Result<Vec<E>, AktenplanRefusal> {
    whole(&positionen)?;
    let neu: BTreeMap<String, Position> =
        positionen.into_iter().map(|p| (p.kennung.clone(), Position { valid_from: ab, ..p })).collect();
    if let Some(p) = neu.keys().find(|k| super::plan::parent(k).is_some_and(|p| !neu.contains_key(p))) {
        return Err(AktenplanRefusal::OhneEltern(p.clone()));
    }
    // Closed is closed, also where the end is still to come.
    if let Some(k) = neu.keys().find(|k| s.geschlossen.contains_key(*k)) {
        return Err(AktenplanRefusal::Geschlossen(k.clone()));
    }
    let laufend = |k: &String| !s.geschlossen.contains_key(k);
    let alt: BTreeMap<_, _> =
        s.positionen.iter().filter(|(k, _)| laufend(k)).map(|(k, p)| (k.clone(), p.clone())).collect();
    unterschied(&alt, &neu).into_iter().map(|a| ereignis(&alt, a, ab)).collect()
}

fn ereignis(alt: &BTreeMap<String, Position>, a: Abweichung, ab: Date) -> Result<E, AktenplanRefusal> {
    if let Some(p) = alt.get(a.kennung()).filter(|p| p.valid_from >= ab) {
        return Err(AktenplanRefusal::Rueckwirkend { kennung: p.kennung.clone(), ab: p.valid_from });
    }
    Ok(match a {
        Abweichung::Neu(position) => E::EinheitAdded { position },
        Abweichung::Weg(p) => E::EinheitClosed { kennung: p.kennung, valid_until: ab.saturating_sub(1.day()) },
        Abweichung::Titel { kennung, neu, .. } => E::EinheitRenamed { kennung, titel: neu, valid_from: ab },
        Abweichung::Regel { kennung, neu: (aufbewahrung_jahre, bewertung), .. } => {
            E::EinheitRevised { kennung, aufbewahrung_jahre, bewertung, valid_from: ab }
        }
    })
}

fn check(kennung: &str) -> Result<(), AktenplanRefusal> {
    let part = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit());
    if kennung.split('.').all(part) { Ok(()) } else { Err(AktenplanRefusal::Kennung(kennung.to_owned())) }
}
