//! One task: for a person or a unit, handed on, done with its result.
//!
//! Starts no procedure and signs nothing.

use super::VERGEBEN;
use super::event::AufgabeEvent as E;
use super::objekt::Objekt;
use crate::kernel::{Context, Decider, text};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// State of one task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Aufgabe {
    pub objekt: Option<Objekt>,
    pub einheit: String,
    pub konto: Option<Uuid>,
    pub faellig: Option<Date>,
    pub titel: Option<String>,
    pub durch: Option<Uuid>,
    pub erledigt: bool,
}

/// What can be wanted of a task.
#[derive(Clone, Debug)]
pub enum AufgabeCommand {
    /// `aus`: unit that keeps the thing it is about, or the creator's own; `einheit`: the one that does it.
    Create {
        objekt: Option<Objekt>,
        aus: String,
        einheit: String,
        konto: Option<Uuid>,
        faellig: Option<Date>,
        titel: String,
    },
    Forward {
        einheit: String,
        konto: Option<Uuid>,
        grund: String,
    },
    Done {
        ergebnis: String,
    },
}

/// Why a task says no.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AufgabeRefusal {
    #[error("Diese Nummer ist schon vergeben.")]
    Vergeben,
    #[error("Diese Aufgabe gibt es nicht.")]
    GibtEsNicht,
    #[error("Diese Aufgabe ist schon erledigt.")]
    Erledigt,
    #[error("Nur ein angemeldetes Konto kann das tun.")]
    NurKonto,
    #[error("Der Tag liegt in der Vergangenheit. Nennen Sie einen späteren, oder lassen Sie das Feld leer.")]
    Vergangen,
    #[error("Bitte füllen Sie „{0}“ aus.")]
    AngabeFehlt(&'static str),
}

impl AufgabeRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            AufgabeRefusal::Vergeben => VERGEBEN,
            AufgabeRefusal::GibtEsNicht => "gibt_es_nicht",
            AufgabeRefusal::Erledigt => "erledigt",
            AufgabeRefusal::NurKonto => "nur_konto",
            AufgabeRefusal::Vergangen => "vergangen",
            AufgabeRefusal::AngabeFehlt(_) => "angabe_fehlt",
        }
    }
}

type R = AufgabeRefusal;

impl Decider for Aufgabe {
    const KIND: &'static str = "aufgabe";
    type State = Aufgabe;
    type Command = AufgabeCommand;
    type Event = E;
    type Refusal = R;

    fn decide(s: &Aufgabe, command: AufgabeCommand, ctx: &Context) -> Result<Vec<E>, R> {
        use AufgabeCommand as C;
        let (durch, fuer) = ctx.konto().ok_or(R::NurKonto)?;
        match (s.durch.is_some(), command) {
            (false, C::Create { objekt, einheit, konto, faellig, titel, .. }) => {
                let titel = Some(filled(&titel, "Was ist zu tun?")?);
                if faellig.is_some_and(|d| d < ctx.today) {
                    return Err(R::Vergangen);
                }
                Ok(vec![E::Created { objekt, einheit, konto, faellig, durch, fuer, titel }])
            }
            (true, C::Create { .. }) => Err(R::Vergeben),
            (false, _) => Err(R::GibtEsNicht),
            (true, _) if s.erledigt => Err(R::Erledigt),
            (true, C::Forward { einheit, konto, .. }) if s.einheit == einheit && s.konto == konto => Ok(vec![]),
            (true, C::Forward { einheit, konto, grund }) => {
                Ok(vec![E::Forwarded { einheit, konto, durch, fuer, grund: Some(filled(&grund, "Grund")?) }])
            }
            (true, C::Done { ergebnis }) => {
                Ok(vec![E::Done { durch, fuer, ergebnis: Some(filled(&ergebnis, "Ergebnis")?) }])
            }
        }
    }

    fn evolve(mut s: Aufgabe, event: &E) -> Aufgabe {
        match event {
            E::Created { objekt, einheit, konto, faellig, durch, titel, .. } => {
                s.objekt = *objekt;
                s.einheit.clone_from(einheit);
                s.konto = *konto;
                s.faellig = *faellig;
                s.durch = Some(*durch);
                s.titel.clone_from(titel);
            }
            E::Forwarded { einheit, konto, .. } => {
                s.einheit.clone_from(einheit);
                s.konto = *konto;
            }
            E::Done { .. } => s.erledigt = true,
        }
        s
    }
}

fn filled(wert: &str, feld: &'static str) -> Result<String, R> {
    text::filled(wert).ok_or(R::AngabeFehlt(feld))
}
