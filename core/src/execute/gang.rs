//! Geschaeftsgang, Wiedervorlage, tasks and watching on the command path: command -> action, state -> resource.
//!
//! One arm per command, so that a new command cannot be forgotten.

use super::room::Room;
use crate::geschaeftsgang::{
    Aufgabe, AufgabeCommand, AufgabeRefusal, Beobachtung, BeobachtungCommand, BeobachtungRefusal, Objekt, Objektart,
    Umlauf, UmlaufCommand, UmlaufRefusal, Verfuegungsart, Wiedervorlage, WiedervorlageCommand, WiedervorlageRefusal,
};
use crate::zugriff::{Action as A, Resource};
use uuid::Uuid;

impl Room for Umlauf {
    fn action(command: &UmlaufCommand) -> A {
        match command {
            UmlaufCommand::Start { .. } => A::StartUmlauf,
            UmlaufCommand::Done { .. } => A::StepUmlauf,
            UmlaufCommand::Sign { .. } => A::SignUmlauf,
            UmlaufCommand::Refuse { .. } => A::RefuseUmlauf,
            UmlaufCommand::ChangeLaufweg { .. } => A::ChangeLaufweg,
            UmlaufCommand::Verfuegen { .. } => A::Verfuegen,
            UmlaufCommand::VoidByChange { .. } => A::VoidZeichnung,
            UmlaufCommand::Cancel { .. } => A::CancelUmlauf,
        }
    }

    fn resource(u: &Umlauf, command: &UmlaufCommand) -> Resource {
        match command {
            UmlaufCommand::Start { einheit, .. } if u.dokument.is_none() => kept_by(einheit, true),
            _ => Self::resource_of(u),
        }
    }

    /// Who is on the route sees it while it is gone; afterwards only where it is kept.
    fn resource_of(u: &Umlauf) -> Resource {
        Resource {
            beteiligte: if u.stand().offen() { u.beteiligte() } else { Vec::new() },
            verfasser: u.verfasser.clone(),
            ..kept_by(&u.einheit, u.dokument.is_none())
        }
    }

    fn dokument(u: &Umlauf, command: &UmlaufCommand) -> Option<Uuid> {
        match command {
            UmlaufCommand::Start { dokument, .. } => Some(*dokument),
            UmlaufCommand::Sign { .. } | UmlaufCommand::Refuse { .. } => u.dokument,
            _ => None,
        }
    }

    fn schliesst(_: Uuid, u: &Umlauf, command: &UmlaufCommand) -> Option<Objekt> {
        let zda = matches!(command, UmlaufCommand::Verfuegen { art: Verfuegungsart::Zda, .. });
        u.akte.filter(|_| zda).map(|akte| Objekt::neu(Objektart::Akte, akte))
    }

    fn code(refusal: &UmlaufRefusal) -> &'static str {
        refusal.code()
    }
}

impl Room for Wiedervorlage {
    fn action(command: &WiedervorlageCommand) -> A {
        match command {
            WiedervorlageCommand::Set { .. } => A::SetWiedervorlage,
            WiedervorlageCommand::Move { .. } => A::MoveWiedervorlage,
            WiedervorlageCommand::Done { .. } => A::DoneWiedervorlage,
            WiedervorlageCommand::NoteDue | WiedervorlageCommand::Escalate { .. } => A::NoteWiedervorlage,
        }
    }

    fn resource(w: &Wiedervorlage, command: &WiedervorlageCommand) -> Resource {
        match command {
            WiedervorlageCommand::Set { einheit, .. } if w.objekt.is_none() => kept_by(einheit, true),
            _ => Self::resource_of(w),
        }
    }

    fn resource_of(w: &Wiedervorlage) -> Resource {
        Resource { zugewiesen_an: w.konto, ..kept_by(&w.einheit, w.objekt.is_none()) }
    }

    fn code(refusal: &WiedervorlageRefusal) -> &'static str {
        refusal.code()
    }
}

impl Room for Aufgabe {
    fn action(command: &AufgabeCommand) -> A {
        match command {
            AufgabeCommand::Create { .. } => A::CreateAufgabe,
            AufgabeCommand::Forward { .. } => A::ForwardAufgabe,
            AufgabeCommand::Done { .. } => A::DoneAufgabe,
        }
    }

    /// A task may go to another unit; who creates it does so where the thing is kept.
    fn resource(a: &Aufgabe, command: &AufgabeCommand) -> Resource {
        match command {
            AufgabeCommand::Create { aus, .. } => kept_by(aus, a.durch.is_none()),
            _ => Self::resource_of(a),
        }
    }

    /// Who gave it out may read what came of it.
    fn resource_of(a: &Aufgabe) -> Resource {
        let beteiligte = a.durch.into_iter().collect();
        Resource { zugewiesen_an: a.konto, beteiligte, ..kept_by(&a.einheit, a.durch.is_none()) }
    }

    fn code(refusal: &AufgabeRefusal) -> &'static str {
        refusal.code()
    }
}

impl Room for Beobachtung {
    fn action(_: &BeobachtungCommand) -> A {
        A::Beobachten
    }

    fn resource(b: &Beobachtung, command: &BeobachtungCommand) -> Resource {
        match command {
            BeobachtungCommand::Start { einheit, .. } if b.objekt.is_none() => kept_by(einheit, true),
            _ => Self::resource_of(b),
        }
    }

    fn resource_of(b: &Beobachtung) -> Resource {
        Resource { zugewiesen_an: b.konto, ..kept_by(&b.einheit, b.objekt.is_none()) }
    }

    fn code(refusal: &BeobachtungRefusal) -> &'static str {
        refusal.code()
    }
}

fn kept_by(einheit: &str, neu: bool) -> Resource {
    Resource { einheit: (!einheit.is_empty()).then(|| einheit.to_owned()), neu, ..Resource::default() }
}
