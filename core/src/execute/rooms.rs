//! The rooms on the command path: command -> action, state -> resource.
//!
//! One arm per command, so that a new command cannot be forgotten.

use super::room::{Pin, Room};
use crate::akte::{
    Akte, AkteCommand, AkteRefusal, Aktenplan, AktenplanCommand, AktenplanRefusal, Dokument, DokumentCommand,
    DokumentRefusal, NummernCommand, NummernRefusal, Nummernkreis,
};
use crate::loeschung::{Loeschung, LoeschungCommand, LoeschungRefusal, Stand};
use crate::verfahren::{
    Datensatz, DatensatzCommand, DatensatzRefusal, Leistung, LeistungCommand, LeistungRefusal, Refusal, Status,
    Vorgang, VorgangCommand as C,
};
use crate::zugriff::{
    Action as A, Einheit, EinheitCommand, EinheitRefusal, Konto, KontoCommand, KontoRefusal, Resource,
};
use uuid::Uuid;

impl Room for Vorgang {
    fn action(command: &C) -> A {
        vorgang_action(command)
    }

    fn resource(v: &Vorgang, _: &C) -> Resource {
        Self::resource_of(v)
    }

    fn resource_of(v: &Vorgang) -> Resource {
        let b = v.bescheid.as_ref();
        Resource {
            stream: None,
            einheit: (!v.einheit.is_empty()).then(|| v.einheit.clone()),
            zugewiesen_an: v.zugewiesen_an,
            beteiligte: b.map(|b| b.mitzeichner.clone()).unwrap_or_default(),
            verfasser: b.map(|b| std::iter::once(b.verfasser).chain(b.verfasser_fuer).collect()).unwrap_or_default(),
            neu: v.status == Status::Leer,
        }
    }

    fn pin(v: &Vorgang, command: Option<&C>) -> Pin {
        match command {
            Some(C::Submit { leistung, .. }) if v.status == Status::Leer => Pin::InForce(leistung.clone()),
            _ if v.status == Status::Leer => Pin::None,
            _ => Pin::Hash(v.definition.clone()),
        }
    }

    fn code(refusal: &Refusal) -> &'static str {
        refusal.code()
    }
}

/// Most actions are called like their command.
macro_rules! gleichnamig {
    ($command:expr; $($name:ident)*; $($rest:tt)*) => {
        match $command {
            $(C::$name { .. } => A::$name,)*
            $($rest)*
        }
    };
}

fn vorgang_action(command: &C) -> A {
    gleichnamig! {
        command;
            Submit SupplyUnterlage Withdraw Register ComputeFristen IssueReceipt NoteHinweis AssessGebuehr
            PlanUebermittlungen MarkSent RenderBescheid Ausfertigen EffectBekanntgabe ReachBestandskraft Assign
            UndoAssign TakeOver StartPruefung CheckVollstaendigkeit Nachfordern CloseNachforderung Consult
            ReceiveStellungnahme StartAnhoerung HoldAnhoerung WaiveAnhoerung Pause Resume WriteVermerk
            CancelVermerk DoneHinweis Acknowledge WaiveUebermittlung PayGebuehr WaiveGebuehr
            DeclareEntscheidungsreif StartGeschaeftsgang CoSign RefuseSign FinalSign Dispatch ReportZustellung
            ReceiveWiderspruch DecideWiderspruch Abgeben Erledigen RevokeCode NoteTatsache SendAbgabe ConfirmAbgabe
            MissAbgabe IssueAuskunft ExtendFrist SuspendFrist ResumeFrist RecomputeFrist MissFristen CancelVersand
            ReleaseVersand TakeDruck MarkPosted RecordUrkunde HandOver GiveEinwilligung WithdrawEinwilligung
            QueueHinweis ReportHinweis RequestUnterschrift GiveUnterschrift DeclineUnterschrift;
        // Who may draft a decision may begin and give up a further one.
        C::DraftBescheid { .. } | C::OpenAkt { .. } | C::DiscardAkt { .. } => A::DraftBescheid,
        C::Close => A::CloseVorgang,
        C::Reopen { .. } => A::ReopenVorgang,
    }
}

impl Room for Akte {
    fn action(command: &AkteCommand) -> A {
        match command {
            AkteCommand::Open { .. } => A::OpenAkte,
            AkteCommand::AssignAktenzeichen { .. } => A::AssignAktenzeichen,
            AkteCommand::Reclassify { .. } => A::ReclassifyAkte,
            AkteCommand::FileDokument { .. } => A::FileDokument,
            AkteCommand::FileLate { .. } => A::FileLate,
            AkteCommand::Close { .. } => A::CloseAkte,
            AkteCommand::Reopen { .. } => A::ReopenAkte,
        }
    }

    fn resource(a: &Akte, command: &AkteCommand) -> Resource {
        match command {
            AkteCommand::Open { einheit, .. } if a.einheit.is_empty() => unit(einheit, true),
            _ => Self::resource_of(a),
        }
    }

    fn resource_of(a: &Akte) -> Resource {
        unit(&a.einheit, a.aktenplan.is_empty())
    }

    fn code(refusal: &AkteRefusal) -> &'static str {
        refusal.code()
    }
}

impl Room for Dokument {
    fn action(command: &DokumentCommand) -> A {
        match command {
            DokumentCommand::Add { .. } => A::AddDokument,
            DokumentCommand::AddVersion { .. } => A::AddVersion,
        }
    }

    fn resource(d: &Dokument, _: &DokumentCommand) -> Resource {
        Self::resource_of(d)
    }

    fn resource_of(d: &Dokument) -> Resource {
        Resource { neu: d.version == 0, ..Resource::default() }
    }

    fn akte(d: &Dokument, command: &DokumentCommand) -> Option<Uuid> {
        match command {
            DokumentCommand::Add { akte, .. } => Some(*akte),
            DokumentCommand::AddVersion { .. } => d.akte,
        }
    }

    fn code(refusal: &DokumentRefusal) -> &'static str {
        refusal.code()
    }
}

impl Room for Nummernkreis {
    fn action(_: &NummernCommand) -> A {
        A::AssignNummer
    }

    fn resource(n: &Nummernkreis, _: &NummernCommand) -> Resource {
        Self::resource_of(n)
    }

    fn resource_of(_: &Nummernkreis) -> Resource {
        Resource::default()
    }

    fn code(refusal: &NummernRefusal) -> &'static str {
        refusal.code()
    }
}

impl Room for Aktenplan {
    fn action(_: &AktenplanCommand) -> A {
        A::ChangeAktenplan
    }

    fn resource(p: &Aktenplan, _: &AktenplanCommand) -> Resource {
        Self::resource_of(p)
    }

    fn resource_of(_: &Aktenplan) -> Resource {
        Resource::default()
    }

    fn code(refusal: &AktenplanRefusal) -> &'static str {
        refusal.code()
    }
}

impl Room for Leistung {
    fn action(command: &LeistungCommand) -> A {
        match command {
            LeistungCommand::Adopt { .. } | LeistungCommand::List { .. } => A::AdoptLeistung,
            LeistungCommand::Close { .. } => A::CloseLeistung,
            LeistungCommand::Propose { .. } => A::ProposeLeistung,
            LeistungCommand::Approve { .. } => A::ApproveLeistung,
            LeistungCommand::Reject { .. } => A::RejectLeistung,
        }
    }

    fn resource(l: &Leistung, _: &LeistungCommand) -> Resource {
        Self::resource_of(l)
    }

    fn resource_of(l: &Leistung) -> Resource {
        Resource { verfasser: l.vorschlag.as_ref().map(|v| v.von.clone()).unwrap_or_default(), ..Resource::default() }
    }

    fn code(refusal: &LeistungRefusal) -> &'static str {
        refusal.code()
    }
}

impl Room for Datensatz {
    fn action(command: &DatensatzCommand) -> A {
        match command {
            DatensatzCommand::ReleaseRow { .. } => A::ReleaseRow,
            DatensatzCommand::Withdraw { .. } => A::WithdrawRow,
        }
    }

    fn resource(d: &Datensatz, _: &DatensatzCommand) -> Resource {
        Self::resource_of(d)
    }

    fn resource_of(_: &Datensatz) -> Resource {
        Resource::default()
    }

    fn code(refusal: &DatensatzRefusal) -> &'static str {
        refusal.code()
    }
}

impl Room for Loeschung {
    fn action(command: &LoeschungCommand) -> A {
        match command {
            LoeschungCommand::Propose { .. } => A::ProposeErasure,
            LoeschungCommand::Approve => A::ApproveErasure,
            LoeschungCommand::Reject { .. } => A::RejectErasure,
            LoeschungCommand::Execute { .. } => A::ExecuteErasure,
        }
    }

    fn resource(l: &Loeschung, command: &LoeschungCommand) -> Resource {
        match command {
            LoeschungCommand::Propose { einheit, .. } if l.stand == Stand::Leer => unit(einheit, true),
            _ => Self::resource_of(l),
        }
    }

    fn resource_of(l: &Loeschung) -> Resource {
        Resource { verfasser: l.vorgeschlagen.clone(), ..unit(&l.einheit, l.stand == Stand::Leer) }
    }

    fn code(refusal: &LoeschungRefusal) -> &'static str {
        refusal.code()
    }
}

impl Room for Konto {
    fn action(command: &KontoCommand) -> A {
        match command {
            KontoCommand::Create { .. } => A::CreateKonto,
            KontoCommand::ChangeRollen { .. } => A::ChangeRollen,
            KontoCommand::SetPassword { .. } => A::SetPassword,
            KontoCommand::Disable { .. } => A::DisableKonto,
            KontoCommand::Enable { .. } => A::EnableKonto,
            KontoCommand::ActivateVertretung { .. } | KontoCommand::EndVertretung { .. } => A::ChangeVertretung,
        }
    }

    fn resource(k: &Konto, _: &KontoCommand) -> Resource {
        Self::resource_of(k)
    }

    fn resource_of(k: &Konto) -> Resource {
        unit(&k.einheit, !k.angelegt)
    }

    fn code(refusal: &KontoRefusal) -> &'static str {
        refusal.code()
    }
}

impl Room for Einheit {
    fn action(_: &EinheitCommand) -> A {
        A::ChangeEinheit
    }

    fn resource(e: &Einheit, _: &EinheitCommand) -> Resource {
        Self::resource_of(e)
    }

    fn resource_of(e: &Einheit) -> Resource {
        unit(&e.id, e.id.is_empty())
    }

    fn code(refusal: &EinheitRefusal) -> &'static str {
        refusal.code()
    }
}

fn unit(einheit: &str, neu: bool) -> Resource {
    Resource { einheit: (!einheit.is_empty()).then(|| einheit.to_owned()), neu, ..Resource::default() }
}
