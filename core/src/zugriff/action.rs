//! Everything that can be asked of `permit`: one action per command and per kind of read.
//!
//! Decides nothing; the names are what auditors read in policies and in the matrix.

/// Declares the actions once: enum, list of all, stable names.
macro_rules! actions {
    ($($name:ident = $wire:literal),* $(,)?) => {
        /// One thing somebody may want to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($name),* }
        impl Action {
            /// All actions, in the order of the matrix.
            pub const ALL: &'static [Action] = &[$(Action::$name),*];
            /// Stable name, for example `vorgang.submit`.
            pub fn name(self) -> &'static str {
                match self { $(Action::$name => $wire),* }
            }
        }
    };
}

actions! {
    Submit = "vorgang.submit",
    SupplyUnterlage = "vorgang.supply_unterlage",
    Withdraw = "vorgang.withdraw",
    Register = "vorgang.register",
    ComputeFristen = "vorgang.compute_fristen",
    IssueReceipt = "vorgang.issue_receipt",
    NoteHinweis = "vorgang.note_hinweis",
    AssessGebuehr = "vorgang.assess_gebuehr",
    PlanUebermittlungen = "vorgang.plan_uebermittlungen",
    MarkSent = "vorgang.mark_sent",
    RenderBescheid = "vorgang.render_bescheid",
    Ausfertigen = "vorgang.ausfertigen",
    EffectBekanntgabe = "vorgang.effect_bekanntgabe",
    ReachBestandskraft = "vorgang.reach_bestandskraft",
    Assign = "vorgang.assign",
    UndoAssign = "vorgang.undo_assign",
    TakeOver = "vorgang.take_over",
    StartPruefung = "vorgang.start_pruefung",
    CheckVollstaendigkeit = "vorgang.check_vollstaendigkeit",
    Nachfordern = "vorgang.nachfordern",
    CloseNachforderung = "vorgang.close_nachforderung",
    Consult = "vorgang.consult",
    ReceiveStellungnahme = "vorgang.receive_stellungnahme",
    StartAnhoerung = "vorgang.start_anhoerung",
    HoldAnhoerung = "vorgang.hold_anhoerung",
    WaiveAnhoerung = "vorgang.waive_anhoerung",
    Pause = "vorgang.pause",
    Resume = "vorgang.resume",
    WriteVermerk = "vorgang.write_vermerk",
    CancelVermerk = "vorgang.cancel_vermerk",
    DoneHinweis = "vorgang.done_hinweis",
    Acknowledge = "vorgang.acknowledge",
    WaiveUebermittlung = "vorgang.waive_uebermittlung",
    PayGebuehr = "vorgang.pay_gebuehr",
    WaiveGebuehr = "vorgang.waive_gebuehr",
    DeclareEntscheidungsreif = "vorgang.declare_entscheidungsreif",
    DraftBescheid = "vorgang.draft_bescheid",
    StartGeschaeftsgang = "vorgang.start_geschaeftsgang",
    CoSign = "vorgang.co_sign",
    RefuseSign = "vorgang.refuse_sign",
    FinalSign = "vorgang.final_sign",
    Dispatch = "vorgang.dispatch",
    ReportZustellung = "vorgang.report_zustellung",
    ReceiveWiderspruch = "vorgang.receive_widerspruch",
    DecideWiderspruch = "vorgang.decide_widerspruch",
    Abgeben = "vorgang.abgeben",
    Erledigen = "vorgang.erledigen",
    RevokeCode = "vorgang.revoke_code",
    CloseVorgang = "vorgang.close",
    ReopenVorgang = "vorgang.reopen",
    NoteTatsache = "vorgang.note_tatsache",
    SendAbgabe = "vorgang.send_abgabe",
    ConfirmAbgabe = "vorgang.confirm_abgabe",
    MissAbgabe = "vorgang.miss_abgabe",
    IssueAuskunft = "vorgang.issue_auskunft",
    NoteCorrection = "vorgang.note_correction",
    ExtendFrist = "vorgang.extend_frist",
    SuspendFrist = "vorgang.suspend_frist",
    ResumeFrist = "vorgang.resume_frist",
    RecomputeFrist = "vorgang.recompute_frist",
    MissFristen = "vorgang.miss_fristen",
    RequestUnterschrift = "vorgang.request_unterschrift",
    GiveUnterschrift = "vorgang.give_unterschrift",
    DeclineUnterschrift = "vorgang.decline_unterschrift",
    OpenAkte = "akte.open",
    AssignAktenzeichen = "akte.assign_aktenzeichen",
    ReclassifyAkte = "akte.reclassify",
    FileDokument = "akte.file_dokument",
    FileLate = "akte.file_late",
    KeepPapier = "akte.keep_papier",
    CloseAkte = "akte.close",
    ReopenAkte = "akte.reopen",
    ProposeAufbewahrung = "akte.propose_aufbewahrung",
    DecideAufbewahrung = "akte.decide_aufbewahrung",
    SetSperre = "akte.set_sperre",
    LiftSperre = "akte.lift_sperre",
    OfferAkte = "akte.offer",
    AppraiseAkte = "akte.appraise",
    ConfirmImport = "akte.confirm_import",
    ReleaseDisposal = "akte.release_disposal",
    RecordDisposal = "akte.record_disposal",
    OpenTeilakte = "akte.open_teilakte",
    PlaceDokument = "akte.place_dokument",
    CorrectAkte = "akte.correct",
    DescribeAkte = "akte.describe",
    MoveDokument = "akte.move_dokument",
    LinkAkte = "akte.link",
    GrantEinsicht = "akte.grant_einsicht",
    AddDokument = "dokument.add",
    AddVersion = "dokument.add_version",
    RecordMove = "dokument.record_move",
    LinkDokument = "dokument.link",
    DescribeDokument = "dokument.describe",
    StartUmlauf = "geschaeftsgang.start",
    StepUmlauf = "geschaeftsgang.step",
    SignUmlauf = "geschaeftsgang.sign",
    RefuseUmlauf = "geschaeftsgang.refuse",
    ChangeLaufweg = "geschaeftsgang.change_laufweg",
    Verfuegen = "geschaeftsgang.verfuegen",
    CancelUmlauf = "geschaeftsgang.cancel",
    VoidZeichnung = "geschaeftsgang.void",
    SetWiedervorlage = "wiedervorlage.set",
    MoveWiedervorlage = "wiedervorlage.move",
    DoneWiedervorlage = "wiedervorlage.done",
    NoteWiedervorlage = "wiedervorlage.note",
    CreateAufgabe = "aufgabe.create",
    ForwardAufgabe = "aufgabe.forward",
    DoneAufgabe = "aufgabe.done",
    Beobachten = "beobachtung.change",
    AssignNummer = "nummer.assign",
    ChangeAktenplan = "aktenplan.change",
    // Posteingang
    RecordEingang = "eingang.record",
    AssignEingang = "eingang.assign",
    AssignEingangNew = "eingang.assign_new",
    ForwardEingang = "eingang.forward",
    MisdirectEingang = "eingang.misdirect",
    CheckScan = "eingang.check_scan",
    InspectEingang = "eingang.inspect",
    ReadPostbuch = "read.postbuch",
    AdoptLeistung = "leistung.adopt",
    CloseLeistung = "leistung.close",
    ProposeLeistung = "leistung.propose",
    ApproveLeistung = "leistung.approve",
    RejectLeistung = "leistung.reject",
    ReleaseRow = "datensatz.release_row",
    WithdrawRow = "datensatz.withdraw_row",
    CreateKonto = "konto.create",
    ChangeRollen = "konto.change_rollen",
    SetPassword = "konto.set_password",
    DisableKonto = "konto.disable",
    EnableKonto = "konto.enable",
    ChangeVertretung = "konto.change_vertretung",
    ChangeEinheit = "einheit.change",
    ProposeErasure = "loeschung.propose",
    ApproveErasure = "loeschung.approve",
    RejectErasure = "loeschung.reject",
    ExecuteErasure = "loeschung.execute",
    RefuseErasure = "loeschung.refuse",
    IssueBetroffenenauskunft = "betroffene.issue_auskunft",
    WriteLog = "log.write",
    ReadStatus = "read.status",
    ReadBescheid = "read.bescheid",
    ReadUnterschrift = "read.unterschrift",
    ReadEingang = "read.eingang",
    ReadVorgang = "read.vorgang",
    ReadDokument = "read.dokument",
    ReadAkte = "read.akte",
    Search = "read.search",
    ReadAudit = "read.audit",
    ReadKonten = "read.konten",
    ReadErasures = "read.loeschungen",
    ReadPaket = "read.paket",
    ReadBetroffene = "read.betroffene",
    ReadLeistungen = "read.leistungen",
    Verify = "read.verify",
    // Versand und Zustellung
    CancelVersand = "vorgang.cancel_versand",
    ReleaseVersand = "vorgang.release_versand",
    TakeDruck = "vorgang.take_druck",
    MarkPosted = "vorgang.mark_posted",
    RecordUrkunde = "vorgang.record_urkunde",
    HandOver = "vorgang.hand_over",
    GiveEinwilligung = "vorgang.give_einwilligung",
    WithdrawEinwilligung = "vorgang.withdraw_einwilligung",
    QueueHinweis = "vorgang.queue_hinweis",
    ReportHinweis = "vorgang.report_hinweis",
}

impl Action {
    /// Changes nothing.
    pub fn is_read(self) -> bool {
        self.name().starts_with("read.")
    }

    /// Shows or touches what a file holds about persons.
    pub fn is_content(self) -> bool {
        let n = self.name();
        let read = matches!(
            self,
            Action::ReadStatus
                | Action::ReadBescheid
                | Action::ReadUnterschrift
                | Action::ReadEingang
                | Action::ReadPostbuch
                | Action::ReadVorgang
                | Action::ReadDokument
                | Action::ReadAkte
                | Action::Search
                | Action::ReadErasures
                | Action::ReadPaket
                | Action::ReadBetroffene
        );
        let rooms = ["vorgang.", "akte.", "dokument.", "eingang.", "loeschung.", "betroffene."];
        let rooms = rooms.into_iter().chain(["geschaeftsgang.", "wiedervorlage.", "aufgabe.", "beobachtung."]);
        read || rooms.into_iter().any(|room| n.starts_with(room))
    }

    /// The deciding policies are recorded with the event (`/_policy`): signing, erasing, holds, role grants,
    /// what becomes law of the house.
    pub fn is_sensitive(self) -> bool {
        use Action::*;
        let konto = matches!(self, CreateKonto | ChangeRollen | EnableKonto | ChangeVertretung);
        let konto = konto || matches!(self, ProposeLeistung | ApproveLeistung | RejectLeistung | SignUmlauf);
        let sperre = matches!(self, SetSperre | LiftSperre | DecideAufbewahrung | ReleaseDisposal);
        let person = matches!(self, RefuseErasure | IssueBetroffenenauskunft | GrantEinsicht);
        let loeschung = matches!(self, ProposeErasure | ApproveErasure | RejectErasure);
        konto || sperre || person || loeschung || matches!(self, CoSign | FinalSign | WithdrawRow)
    }
}
