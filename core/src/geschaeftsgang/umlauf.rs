//! One run of one document: its Laufweg, what was done on it, which signatures count.
//!
//! Holds no text of the document: version, position and digest say which one was seen.

mod decide;
mod refusal;

use super::event::{UmlaufEvent as E, Verfuegungsart};
use super::laufweg::{Schritt, Schrittart};
use crate::kernel::{Context, Decider};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use refusal::UmlaufRefusal;

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    Leer,
    Laeuft,
    /// Somebody refused: the drafter has it.
    Zurueckgegeben,
    Abgeschlossen,
    Abgebrochen,
}

impl Stand {
    /// For people.
    pub fn wort(self) -> &'static str {
        match self {
            Stand::Leer => "nicht begonnen",
            Stand::Laeuft => "läuft",
            Stand::Zurueckgegeben => "zurückgegeben",
            Stand::Abgeschlossen => "abgeschlossen",
            Stand::Abgebrochen => "abgebrochen",
        }
    }

    /// Somebody has to do something.
    pub fn offen(self) -> bool {
        matches!(self, Stand::Laeuft | Stand::Zurueckgegeben)
    }
}

/// What one party of one step did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erledigt {
    pub schritt: u32,
    pub stelle: Uuid,
    pub durch: Uuid,
    pub fuer: Option<Uuid>,
    /// The version that was signed; `None` where nothing was.
    pub version: Option<u32>,
    pub position: Option<u64>,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verfuegung {
    pub id: Uuid,
    pub art: Verfuegungsart,
    pub adressat: Option<Uuid>,
    pub termin: Option<Date>,
}

/// State of one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Umlauf {
    pub akte: Option<Uuid>,
    pub dokument: Option<Uuid>,
    pub einheit: String,
    pub version: u32,
    pub position: u64,
    pub digest: Option<String>,
    pub durch: Option<Uuid>,
    pub verfasser: Vec<Uuid>,
    pub laufweg: Vec<Schritt>,
    pub erledigt: Vec<Erledigt>,
    /// Signatures a later version lifted.
    pub aufgehoben: Vec<Erledigt>,
    pub verfuegungen: Vec<Verfuegung>,
    pub zurueckgegeben: bool,
    pub abgebrochen: bool,
}

/// What can be wanted of a run.
#[derive(Clone, Debug)]
pub enum UmlaufCommand {
    Start {
        akte: Uuid,
        dokument: Uuid,
        einheit: String,
        version: u32,
        digest: String,
        laufweg: Vec<Schritt>,
    },
    /// Taken note of (z. K.), or done (z. w. V.).
    Done {
        vermerk: String,
    },
    /// Co-signs or signs finally, as the step at hand asks.
    Sign {
        version: u32,
        digest: String,
        vermerk: String,
    },
    Refuse {
        version: u32,
        grund: String,
    },
    /// Everything from the step at hand on.
    ChangeLaufweg {
        rest: Vec<Schritt>,
        grund: String,
    },
    Verfuegen {
        art: Verfuegungsart,
        adressat: Option<Uuid>,
        termin: Option<super::Wann>,
        text: String,
    },
    VoidByChange {
        version: u32,
        position: u64,
        digest: Option<String>,
        verfasser: Vec<Uuid>,
    },
    Cancel {
        grund: String,
    },
}

impl Decider for Umlauf {
    const KIND: &'static str = "umlauf";
    type State = Umlauf;
    type Command = UmlaufCommand;
    type Event = E;
    type Refusal = UmlaufRefusal;

    fn decide(state: &Umlauf, command: UmlaufCommand, ctx: &Context) -> Result<Vec<E>, UmlaufRefusal> {
        decide::decide(state, command, ctx)
    }

    fn evolve(state: Umlauf, event: &E) -> Umlauf {
        evolve(state, event)
    }
}

impl Umlauf {
    pub fn stand(&self) -> Stand {
        match self.dokument {
            None => Stand::Leer,
            Some(_) if self.abgebrochen => Stand::Abgebrochen,
            Some(_) if self.zurueckgegeben => Stand::Zurueckgegeben,
            Some(_) if self.am_zug().is_none() => Stand::Abgeschlossen,
            Some(_) => Stand::Laeuft,
        }
    }

    /// Index of the first step in which somebody has not acted.
    pub fn am_zug(&self) -> Option<usize> {
        self.laufweg.iter().enumerate().position(|(i, s)| s.an.iter().any(|k| !self.hat(i, *k)))
    }

    /// Who is asked now, and for what; nobody while it is with the drafter.
    pub fn gefragt(&self) -> Option<(Schrittart, Vec<Uuid>)> {
        if self.stand() != Stand::Laeuft {
            return None;
        }
        let i = self.am_zug()?;
        let s = &self.laufweg[i];
        Some((s.art, s.an.iter().copied().filter(|k| !self.hat(i, *k)).collect()))
    }

    /// What this party did in this step; only a signature does a step that is signed.
    pub fn getan(&self, schritt: usize, stelle: Uuid) -> Option<&Erledigt> {
        let zeichnet = self.laufweg.get(schritt).is_some_and(|s| s.art.zeichnet());
        let gilt = |e: &&Erledigt| e.schritt as usize == schritt && e.stelle == stelle;
        self.erledigt.iter().filter(gilt).find(|e| !zeichnet || e.version.is_some())
    }

    fn hat(&self, schritt: usize, stelle: Uuid) -> bool {
        self.getan(schritt, stelle).is_some()
    }

    /// Everybody on the route.
    pub fn beteiligte(&self) -> Vec<Uuid> {
        let mut alle: Vec<Uuid> = self.laufweg.iter().flat_map(|s| s.an.iter().copied()).collect();
        alle.sort();
        alle.dedup();
        alle
    }

    /// The final signature that counts.
    pub fn schlusszeichnung(&self) -> Option<&Erledigt> {
        let i = self.laufweg.iter().position(|s| s.art == Schrittart::Schlusszeichnung)?;
        self.laufweg[i].an.iter().find_map(|k| self.getan(i, *k))
    }
}

fn evolve(mut s: Umlauf, event: &E) -> Umlauf {
    let mut tat = |schritt: u32, stelle: Uuid, durch: Uuid, fuer: Option<Uuid>, gesehen: Option<(u32, u64)>| {
        let (version, position) = gesehen.unzip();
        s.erledigt.push(Erledigt { schritt, stelle, durch, fuer, version, position });
    };
    match event {
        E::Started { akte, dokument, einheit, version, position, digest, laufweg, durch, verfasser, .. } => {
            s.akte = Some(*akte);
            s.dokument = Some(*dokument);
            s.einheit.clone_from(einheit);
            (s.version, s.position) = (*version, *position);
            s.digest.clone_from(digest);
            s.laufweg.clone_from(laufweg);
            s.durch = Some(*durch);
            s.verfasser.clone_from(verfasser);
        }
        E::StepDone { schritt, stelle, durch, fuer, .. } => tat(*schritt, *stelle, *durch, *fuer, None),
        E::MitzeichnungGiven { schritt, stelle, durch, fuer, version, position, .. }
        | E::SchlusszeichnungGiven { schritt, stelle, durch, fuer, version, position, .. } => {
            tat(*schritt, *stelle, *durch, *fuer, Some((*version, *position)));
        }
        E::MitzeichnungRefused { .. } => s.zurueckgegeben = true,
        E::LaufwegChanged { laufweg, .. } => {
            s.laufweg.clone_from(laufweg);
            s.zurueckgegeben = false;
        }
        E::VerfuegungIssued { verfuegung, art, adressat, termin, .. } => {
            s.verfuegungen.push(Verfuegung { id: *verfuegung, art: *art, adressat: *adressat, termin: *termin });
        }
        E::ZeichnungVoided { version, position, digest, verfasser, .. } => {
            let (weg, bleibt) = std::mem::take(&mut s.erledigt).into_iter().partition(|e| e.version.is_some());
            s.erledigt = bleibt;
            s.aufgehoben.extend::<Vec<Erledigt>>(weg);
            (s.version, s.position) = (*version, *position);
            s.digest.clone_from(digest);
            for k in verfasser {
                if !s.verfasser.contains(k) {
                    s.verfasser.push(*k);
                }
            }
            s.zurueckgegeben = false;
        }
        E::Cancelled { .. } => s.abgebrochen = true,
    }
    s
}
