//! The rooms on the command path: command -> action, state -> resource.
//!
//! One arm per command, so that a new command cannot be forgotten.

use super::room::{Pin, Room};
use crate::akte::{
    Akte, AkteCommand, AkteRefusal, Aktenplan, AktenplanCommand, AktenplanRefusal, Dokument, DokumentCommand,
    DokumentRefusal, NummernCommand, NummernRefusal, Nummernkreis,
};
use crate::betroffene::{BetroffenenCommand, BetroffenenRefusal, Betroffenenauskunft};
use crate::eingang::{Eingang, EingangCommand, EingangRefusal, Stand as Eingangsstand};
use crate::geschaeftsgang::{Objekt, Objektart};
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

    fn schliesst(stream: Uuid, _: &Vorgang, command: &C) -> Option<Objekt> {
        matches!(command, C::Close).then(|| Objekt::neu(Objektart::Vorgang, stream))
    }

    fn lebt(v: &Vorgang, command: &C) -> Option<Uuid> {
        v.akte.filter(|_| matches!(command, C::Reopen { .. }))
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
            MissAbgabe IssueAuskunft NoteCorrection ExtendFrist SuspendFrist ResumeFrist RecomputeFrist MissFristen CancelVersand
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
            AkteCommand::FileDokument { .. } | AkteCommand::FileDokumente { .. } => A::FileDokument,
            AkteCommand::Papier(_) => A::KeepPapier,
            AkteCommand::FileLate { .. } => A::FileLate,
            AkteCommand::Close { .. } => A::CloseAkte,
            AkteCommand::Reopen { .. } => A::ReopenAkte,
            AkteCommand::ProposeAufbewahrung { .. } => A::ProposeAufbewahrung,
            AkteCommand::DecideAufbewahrung(_) => A::DecideAufbewahrung,
            AkteCommand::SetSperre { .. } => A::SetSperre,
            AkteCommand::LiftSperre { .. } => A::LiftSperre,
            AkteCommand::Offer { .. } => A::OfferAkte,
            AkteCommand::Appraise { .. } => A::AppraiseAkte,
            AkteCommand::ConfirmImport { .. } => A::ConfirmImport,
            AkteCommand::Release(_) | AkteCommand::RevokeRelease { .. } => A::ReleaseDisposal,
            AkteCommand::RecordDestroyed { .. } => A::RecordDisposal,
            AkteCommand::OpenTeilakte { .. } => A::OpenTeilakte,
            AkteCommand::PlaceDokument { .. } => A::PlaceDokument,
            AkteCommand::Correct { .. } => A::CorrectAkte,
            AkteCommand::Describe { .. } => A::DescribeAkte,
            AkteCommand::MoveDokument { .. } => A::MoveDokument,
            AkteCommand::AddVerweis { .. } | AkteCommand::RemoveVerweis { .. } => A::LinkAkte,
            AkteCommand::GrantEinsicht { .. } => A::GrantEinsicht,
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

    fn dokument(_: &Akte, command: &AkteCommand) -> Option<Uuid> {
        match command {
            AkteCommand::MoveDokument { dokument, .. } => Some(*dokument),
            _ => None,
        }
    }

    fn schliesst(stream: Uuid, _: &Akte, command: &AkteCommand) -> Option<Objekt> {
        matches!(command, AkteCommand::Close { .. }).then(|| Objekt::neu(Objektart::Akte, stream))
    }

    fn abzulegen(command: &AkteCommand) -> Vec<Uuid> {
        match command {
            AkteCommand::FileDokument { dokument, .. } | AkteCommand::FileLate { dokument, .. } => vec![*dokument],
            AkteCommand::FileDokumente { dokumente } => dokumente.clone(),
            _ => Vec::new(),
        }
    }

    fn code(refusal: &AkteRefusal) -> &'static str {
        refusal.code()
    }
}

impl Room for Dokument {
    fn action(command: &DokumentCommand) -> A {
        match command {
            DokumentCommand::Add { .. } | DokumentCommand::AddCopy { .. } | DokumentCommand::Import(_) => {
                A::AddDokument
            }
            DokumentCommand::AddVersion { .. } => A::AddVersion,
            DokumentCommand::Describe(_) => A::DescribeDokument,
            DokumentCommand::Move { .. } => A::RecordMove,
            DokumentCommand::LinkDuplicate { .. } | DokumentCommand::Unlink { .. } => A::LinkDokument,
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
            DokumentCommand::Add { akte, .. } | DokumentCommand::AddCopy { akte, .. } => Some(*akte),
            DokumentCommand::Import(u) => Some(u.akte),
            _ => d.akte,
        }
    }

    fn fassung_in(d: &Dokument, command: &DokumentCommand) -> Option<Uuid> {
        d.akte.filter(|_| matches!(command, DokumentCommand::AddVersion { .. } | DokumentCommand::Describe(_)))
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

impl Room for Eingang {
    fn action(command: &EingangCommand) -> A {
        match command {
            EingangCommand::Record { .. } | EingangCommand::Quarantine { .. } => A::RecordEingang,
            EingangCommand::Inspect { .. } => A::InspectEingang,
            EingangCommand::CheckScan { .. } => A::CheckScan,
            EingangCommand::Assign { .. } => A::AssignEingang,
            EingangCommand::AssignNew { .. } => A::AssignEingangNew,
            EingangCommand::Forward { .. } => A::ForwardEingang,
            EingangCommand::Misdirect { .. } => A::MisdirectEingang,
        }
    }

    fn resource(e: &Eingang, command: &EingangCommand) -> Resource {
        match command {
            EingangCommand::Record { aufnahme, .. } | EingangCommand::Quarantine { aufnahme, .. }
                if e.stand == Eingangsstand::Leer =>
            {
                unit(&aufnahme.einheit, true)
            }
            _ => Self::resource_of(e),
        }
    }

    fn resource_of(e: &Eingang) -> Resource {
        unit(&e.einheit, e.stand == Eingangsstand::Leer)
    }

    fn code(refusal: &EingangRefusal) -> &'static str {
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
            LoeschungCommand::Propose { .. } | LoeschungCommand::ProposeAkte { .. } => A::ProposeErasure,
            LoeschungCommand::Approve => A::ApproveErasure,
            LoeschungCommand::Reject { .. } => A::RejectErasure,
            LoeschungCommand::Refuse { .. } => A::RefuseErasure,
            LoeschungCommand::Execute { .. } => A::ExecuteErasure,
        }
    }

    fn resource(l: &Loeschung, command: &LoeschungCommand) -> Resource {
        match command {
            LoeschungCommand::Propose { einheit, .. }
            | LoeschungCommand::ProposeAkte { einheit, .. }
            | LoeschungCommand::Refuse { einheit, .. }
                if l.stand == Stand::Leer =>
            {
                unit(einheit, true)
            }
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

impl Room for Betroffenenauskunft {
    fn action(_: &BetroffenenCommand) -> A {
        A::IssueBetroffenenauskunft
    }

    fn resource(b: &Betroffenenauskunft, _: &BetroffenenCommand) -> Resource {
        Self::resource_of(b)
    }

    fn resource_of(b: &Betroffenenauskunft) -> Resource {
        Resource { neu: !b.erteilt, ..Resource::default() }
    }

    fn code(refusal: &BetroffenenRefusal) -> &'static str {
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
