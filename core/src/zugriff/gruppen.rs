//! Groups of actions the policies speak of: which actions belong to one duty.
//!
//! Grants nothing: who may do what is the table in `permit`.

use super::action::Action::{self, *};

/// What a clerk does with a case of the own unit.
pub(super) fn bearbeitet(a: Action) -> bool {
    let n = a.name();
    let by_rule = matches!(a, Register | ComputeFristen | IssueReceipt | NoteHinweis | AssessGebuehr);
    let by_rule = by_rule || matches!(a, PlanUebermittlungen | MarkSent | RenderBescheid | Ausfertigen | MissFristen);
    let by_rule = by_rule || versendet(a);
    let higher = matches!(a, ReopenVorgang | WaiveGebuehr);
    let vorgang = n.starts_with("vorgang.") && !by_rule && !higher;
    let akte = matches!(a, FileDokument | FileLate | KeepPapier | AddDokument | AddVersion) || ordnet(a);
    let umher = ["geschaeftsgang.", "wiedervorlage.", "aufgabe.", "beobachtung."];
    let umher = umher.iter().any(|room| n.starts_with(room)) && !matches!(a, VoidZeichnung | NoteWiedervorlage);
    vorgang || akte || umher || matches!(a, ReadEingang | ReadVorgang | ReadDokument | ReadAkte | Search)
}

/// What process does, and nothing else.
pub(super) fn folgt(a: Action) -> bool {
    let vorgang = matches!(a, Register | ComputeFristen | IssueReceipt | NoteHinweis | AssessGebuehr);
    let vorgang = vorgang || matches!(a, PlanUebermittlungen | MarkSent | RenderBescheid | Ausfertigen);
    let vorgang = vorgang || matches!(a, ReachBestandskraft | MissAbgabe | MissFristen | RequestUnterschrift);
    let vorgang = vorgang || versendet(a);
    let vorgang = vorgang || matches!(a, VoidZeichnung | SetWiedervorlage | NoteWiedervorlage);
    let akte = matches!(a, OpenAkte | AssignAktenzeichen | FileDokument | FileLate | CloseAkte | ReopenAkte);
    let akte = akte || matches!(a, LinkAkte | RecordMove);
    vorgang || akte || matches!(a, EffectBekanntgabe | AddDokument | AddVersion | AssignNummer | ReleaseRow | WriteLog)
}

/// What lies where in a file, and how it is called.
pub(super) fn ordnet(a: Action) -> bool {
    let beschreibt = matches!(a, DescribeAkte | DescribeDokument);
    beschreibt || matches!(a, OpenTeilakte | PlaceDokument | CorrectAkte | MoveDokument | LinkAkte | LinkDokument)
}

/// Legal hold.
pub(super) fn sperrt(a: Action) -> bool {
    matches!(a, SetSperre | LiftSperre)
}

/// How long a file of the own unit is kept, and what keeps it longer.
pub(super) fn bewahrt(a: Action) -> bool {
    sperrt(a) || matches!(a, ProposeAufbewahrung | DecideAufbewahrung)
}

/// Keeping the post book, short of filing anything.
pub(super) fn fuehrt_postbuch(a: Action) -> bool {
    matches!(a, RecordEingang | ForwardEingang | MisdirectEingang | CheckScan)
}

/// What happens to a dispatch by the clock and by the mail server's answer.
pub(super) fn versendet(a: Action) -> bool {
    matches!(a, ReleaseVersand | QueueHinweis | ReportHinweis)
}

pub(super) fn prueft(a: Action) -> bool {
    a.is_read() && !matches!(a, ReadStatus | ReadUnterschrift | ReadBetroffene)
}

/// What a link to sign is good for.
pub(super) fn unterschreibt(a: Action) -> bool {
    matches!(a, GiveUnterschrift | DeclineUnterschrift | ReadUnterschrift)
}

/// Proposing an erasure and deciding on one.
pub(super) fn loescht(a: Action) -> bool {
    matches!(a, ProposeErasure | ApproveErasure | RejectErasure | RefuseErasure)
}

pub(super) fn fuehrt_konten(a: Action) -> bool {
    matches!(a, CreateKonto | ChangeRollen | SetPassword | DisableKonto | EnableKonto | ChangeVertretung)
}

/// Proposing a definition and deciding on one; taking it into force without a proposal is the build's alone.
pub(super) fn fuehrt_leistungen(a: Action) -> bool {
    matches!(a, ProposeLeistung | ApproveLeistung | RejectLeistung | ReadLeistungen)
}
