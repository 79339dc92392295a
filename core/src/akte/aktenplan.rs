//! The town's filing plan as a stream: positions imported, added, renamed, closed; none ever removed.
//!
//! Holds no file's content; where the plan comes from is `plan`.

use super::event::{AktenplanEvent as E, Position};
use crate::kernel::{Context, Decider};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The plan as its stream tells it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Aktenplan {
    pub positionen: BTreeMap<String, Position>,
    /// Positions that take no new file from this day on.
    pub geschlossen: BTreeMap<String, Date>,
}

/// What can be wanted of the plan.
#[derive(Clone, Debug)]
pub enum AktenplanCommand {
    Import { format: String, positionen: Vec<Position> },
    Add { position: Position },
    Rename { kennung: String, titel: String, valid_from: Date },
    Close { kennung: String, valid_until: Date },
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
    #[error("Der Plan hat schon Positionen. Fügen Sie einzelne hinzu.")]
    SchonImportiert,
}

impl AktenplanRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            AktenplanRefusal::GibtEs(_) => "gibt_es",
            AktenplanRefusal::GibtEsNicht(_) => "gibt_es_nicht",
            AktenplanRefusal::Kennung(_) => "kennung",
            AktenplanRefusal::SchonImportiert => "schon_importiert",
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
            E::Imported { positionen, .. } => {
                s.positionen.extend(positionen.iter().map(|p| (p.kennung.clone(), p.clone())));
            }
            E::EinheitAdded { position } => {
                s.positionen.insert(position.kennung.clone(), position.clone());
            }
            E::EinheitRenamed { kennung, titel, .. } => {
                if let Some(p) = s.positionen.get_mut(kennung) {
                    p.titel.clone_from(titel);
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
    fn known(&self, kennung: &str) -> Result<&Position, AktenplanRefusal> {
        self.positionen.get(kennung).ok_or_else(|| AktenplanRefusal::GibtEsNicht(kennung.to_owned()))
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
    let mut seen = std::collections::BTreeSet::new();
    for p in &positionen {
        check(&p.kennung)?;
        if !seen.insert(&p.kennung) {
            return Err(AktenplanRefusal::GibtEs(p.kennung.clone()));
        }
    }
    Ok(vec![E::Imported { format, positionen }])
}

fn check(kennung: &str) -> Result<(), AktenplanRefusal> {
    let part = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit());
    if kennung.split('.').all(part) { Ok(()) } else { Err(AktenplanRefusal::Kennung(kennung.to_owned())) }
}
