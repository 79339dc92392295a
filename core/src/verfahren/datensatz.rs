//! One public row: a stream of its own, so that nothing of the case leaves the house.
//!
//! Which columns exist, and their legal basis, stands in the definition; `release` builds a row from it.

use super::auswertung;
use super::definition::{DatensatzDef, Definition};
use super::event::DatensatzEvent as E;
use super::state::Vorgang;
use crate::kernel::{Context, Decider};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// State of one row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Datensatz {
    pub dataset: String,
    pub release: String,
    pub zurueckgezogen: bool,
}

/// What can be wanted of a row.
#[derive(Clone, Debug)]
pub enum DatensatzCommand {
    /// `release`: the period, `2026-10`.
    ReleaseRow {
        dataset: String,
        release: String,
        zeile: BTreeMap<String, String>,
    },
    Withdraw {
        grund: String,
    },
}

/// Why a row is not released.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DatensatzRefusal {
    #[error("Eine Zeile braucht mindestens einen Wert.")]
    Leer,
    #[error("Diese Zeile ist schon veröffentlicht.")]
    SchonVeroeffentlicht,
    #[error("Diese Zeile gibt es nicht.")]
    GibtEsNicht,
}

impl DatensatzRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            DatensatzRefusal::Leer => "zeile_leer",
            DatensatzRefusal::SchonVeroeffentlicht => "schon_veroeffentlicht",
            DatensatzRefusal::GibtEsNicht => "gibt_es_nicht",
        }
    }
}

impl Decider for Datensatz {
    const KIND: &'static str = "datensatz";
    type State = Datensatz;
    type Command = DatensatzCommand;
    type Event = E;
    type Refusal = DatensatzRefusal;

    fn decide(s: &Datensatz, command: DatensatzCommand, _: &Context) -> Result<Vec<E>, DatensatzRefusal> {
        match command {
            DatensatzCommand::ReleaseRow { .. } if !s.dataset.is_empty() => Err(DatensatzRefusal::SchonVeroeffentlicht),
            DatensatzCommand::ReleaseRow { zeile, .. } if zeile.is_empty() => Err(DatensatzRefusal::Leer),
            DatensatzCommand::ReleaseRow { dataset, release, zeile } => {
                Ok(vec![E::RowReleased { dataset, release, zeile }])
            }
            DatensatzCommand::Withdraw { .. } if s.dataset.is_empty() => Err(DatensatzRefusal::GibtEsNicht),
            DatensatzCommand::Withdraw { .. } if s.zurueckgezogen => Ok(vec![]),
            DatensatzCommand::Withdraw { grund } => Ok(vec![E::RowWithdrawn { grund }]),
        }
    }

    fn evolve(mut s: Datensatz, event: &E) -> Datensatz {
        match event {
            E::RowReleased { dataset, release, .. } => {
                (s.dataset, s.release) = (dataset.clone(), release.clone());
            }
            E::RowWithdrawn { .. } => s.zurueckgezogen = true,
        }
        s
    }
}

/// The public row of a case: exactly the columns of the definition. `None` if the case becomes
/// no row: nobody released it where the definition wants that. A rule that names a field without legal basis, or one that is not listed under
/// `oeffentlichkeit.felder`, publishes nothing at all.
pub fn row(def: &Definition, v: &Vorgang) -> Option<BTreeMap<String, String>> {
    let DatensatzDef { spalten, nach_schritt, .. } = def.datensatz.as_ref()?;
    if !nach_schritt.is_empty() && !v.schritte_erledigt.contains(nach_schritt) {
        return None;
    }
    let public = |id: &str| {
        let basis = def.feld(id).is_some_and(|f| !f.veroeffentlichung.is_empty());
        basis && def.oeffentlichkeit.felder.iter().any(|f| f == id)
    };
    let mut ids = spalten.iter().flat_map(|s| &s.aus).flatten().flat_map(|teil| teil.split_whitespace());
    ids.all(public).then(|| auswertung::datensatz_zeile(def, &v.felder)).flatten()
}
