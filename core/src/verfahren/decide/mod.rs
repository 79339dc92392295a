//! The decisions of a Vorgang: state, command and context in; events or a refusal out.
//!
//! Names no service: which steps exist, and what they need, stands in the pinned definition.
//! Who may command is not asked here (`zugriff::permit` comes before), four eyes excepted:
//! that rule needs the state.

mod abgabe;
mod abschluss;
mod akt;
mod antrag;
mod auskunft;
mod bescheid;
mod frist;
mod hinweis;
mod neben;
mod pruefung;
mod tatsache;
mod unterschrift;
pub mod versand;
mod widerspruch;
mod zeichnung;
mod zeit;

use super::command::VorgangCommand;
use super::definition::{Definition, Schrittart};
use super::event::VorgangEvent as E;
use super::refusal::Refusal as R;
use super::state::{Status, Vorgang};
use crate::kernel::text::filled;
use crate::kernel::{Context, Decider};
use uuid::Uuid;

pub(super) type Events = Result<Vec<E>, R>;
/// `None` = this chapter does not know the command.
type Answer = Option<Events>;

impl Decider for Vorgang {
    const KIND: &'static str = "vorgang";
    type State = Vorgang;
    type Command = VorgangCommand;
    type Event = E;
    type Refusal = R;

    fn decide(state: &Vorgang, command: VorgangCommand, ctx: &Context) -> Events {
        let fall = Fall { v: state, ctx };
        let opening = matches!(command, VorgangCommand::Submit { .. });
        if state.status == Status::Leer && !opening {
            return Err(R::NichtMoeglich(Status::Leer));
        }
        fall.antrag(&command)
            .or_else(|| fall.pruefung(&command))
            .or_else(|| fall.bescheid(&command))
            .or_else(|| fall.zeichnung(&command))
            .or_else(|| fall.neben(&command))
            .or_else(|| fall.abschluss(&command))
            .or_else(|| fall.tatsachen(&command))
            .or_else(|| fall.abgabe(&command))
            .or_else(|| fall.auskunft(&command))
            .or_else(|| fall.frist(&command))
            .or_else(|| fall.versand(&command))
            .or_else(|| fall.hinweis(&command))
            .or_else(|| fall.akt(&command))
            .or_else(|| fall.widerspruch(&command))
            .or_else(|| fall.unterschrift(&command))
            .unwrap_or(Err(R::NichtMoeglich(state.status)))
            .and_then(|events| fall.with_hemmung(events))
    }

    fn evolve(state: Vorgang, event: &E) -> Vorgang {
        super::evolve::evolve(state, event)
    }
}

/// One case under decision.
struct Fall<'a> {
    v: &'a Vorgang,
    ctx: &'a Context,
}

impl Fall<'_> {
    /// The pinned definition; a case whose definition cannot be read decides nothing.
    fn def(&self) -> Result<&Definition, R> {
        self.ctx.definition.as_deref().ok_or(R::LeistungUnbekannt)
    }

    /// The acting account: citizens, process and system are none.
    fn konto(&self) -> Result<Uuid, R> {
        self.ctx.konto().map(|(id, _)| id).ok_or(R::NurKonto)
    }

    /// Not filed away and not left by a side exit.
    fn offen(&self) -> Result<(), R> {
        match self.v.status {
            Status::ZdA => Err(R::Geschlossen),
            s if s.nebenausgang() => Err(R::NichtMoeglich(s)),
            _ => Ok(()),
        }
    }

    /// Before the decision: the stages in which a clerk works on the application.
    fn in_arbeit(&self) -> Result<(), R> {
        self.offen()?;
        if self.v.stufe().laeuft() { Ok(()) } else { Err(R::NichtMoeglich(self.v.status)) }
    }

    /// One of these states exactly, no suspension over it.
    fn nur(&self, erlaubt: &[Status]) -> Result<(), R> {
        self.offen()?;
        if erlaubt.contains(&self.v.status) { Ok(()) } else { Err(R::NichtMoeglich(self.v.status)) }
    }

    /// `frist.done` for every open Frist that this kind of step ends.
    fn fristen_erledigt_durch(&self, art: Schrittart) -> Result<Vec<E>, R> {
        let def = self.def()?;
        let schritte: Vec<&str> = def.schritte.iter().filter(|s| s.art == art).map(|s| s.id.as_str()).collect();
        Ok(self
            .fristen_done(|id| def.fristen.iter().any(|f| f.id == id && schritte.contains(&f.erledigt_durch.as_str()))))
    }

    /// `frist.done` for every open Frist chosen by `which`.
    fn fristen_done(&self, which: impl Fn(&str) -> bool) -> Vec<E> {
        let open = self.v.fristen.iter().filter(|f| !f.erledigt && which(&f.frist));
        open.map(|f| E::FristDone { frist: f.frist.clone() }).collect()
    }
}

/// A free text that must not be empty; trimmed.
fn text(wert: &str, feld: &'static str) -> Result<String, R> {
    filled(wert).ok_or(R::AngabeFehlt(feld))
}

fn one(event: E) -> Events {
    Ok(vec![event])
}
