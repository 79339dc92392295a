//! Erasures: given these events, when that is wanted, then this follows.

use super::{
    Aktenlage, Archiv, Ausnahme, Grund, Loeschung, LoeschungCommand as C, LoeschungEvent as E, LoeschungRefusal as R,
    Umfang,
};
use crate::kernel::{Actor, Context, Es, Facts, Ids};
use crate::recht::Law;
use cqrs_es::test::TestFramework;
use jiff::civil::{Date, date};
use uuid::Uuid;

fn id(n: u8) -> Uuid {
    Uuid::from_bytes([n; 16])
}

fn ctx(konto: u8, fuer: Option<u8>) -> Context {
    Context {
        now: "2026-11-23T09:00:00Z".parse().expect("time"),
        today: date(2026, 11, 23),
        zone: jiff::tz::TimeZone::UTC,
        actor: Actor::Konto(id(konto)),
        on_behalf_of: fuer.map(id),
        ids: Ids([0; 32]),
        law: Law::builtin().expect("law"),
        definition: None,
        facts: Facts::default(),
    }
}

fn propose(grund: Grund, archiv: Option<Archiv>, bis: Option<Date>) -> C {
    let (umfang, begruendung) = (Umfang::Vorgang, "Antrag der Person".into());
    C::Propose { vorgang: id(9), einheit: "ordnung".into(), umfang, grund, archiv, begruendung, aufbewahrung_bis: bis }
}

fn proposed() -> E {
    E::Proposed {
        vorgang: id(9),
        einheit: "ordnung".into(),
        umfang: Umfang::Vorgang,
        grund: Grund::Art17d,
        archiv: Archiv::NichtAnbietungspflichtig,
        durch: id(1),
        fuer: Some(id(2)),
        begruendung: Some("Antrag der Person".into()),
    }
}

async fn refused(given: Vec<E>, ctx: Context, command: C, why: R) {
    TestFramework::<Es<Loeschung>>::with(ctx).given(given).when_async(command).await.then_expect_error(why);
}

#[tokio::test]
async fn a_proposal_is_recorded_with_its_scope_reason_and_person() {
    TestFramework::<Es<Loeschung>>::with(ctx(1, Some(2)))
        .given_no_previous_events()
        .when_async(propose(Grund::Art17d, Some(Archiv::NichtAnbietungspflichtig), None))
        .await
        .then_expect_events(vec![proposed()]);
}

#[tokio::test]
async fn nothing_is_proposed_before_the_archive_has_answered() {
    for grund in Grund::ALLE {
        refused(vec![], ctx(1, None), propose(grund.0, None, Some(date(2020, 1, 1))), R::ArchivFehlt).await;
    }
}

#[tokio::test]
async fn the_answer_of_the_archive_fits_the_reason() {
    let gone = Some(date(2026, 11, 22));
    let misfit = |g: Grund| R::ArchivPasstNicht(g.wort());
    let frist = Grund::Frist;
    refused(vec![], ctx(1, None), propose(frist, Some(Archiv::Uebernommen), gone), misfit(frist)).await;
    for answer in [Archiv::Abgelehnt, Archiv::NichtAnbietungspflichtig] {
        let archiv = Grund::Archiv;
        refused(vec![], ctx(1, None), propose(archiv, Some(answer), gone), misfit(archiv)).await;
        let allowed = TestFramework::<Es<Loeschung>>::with(ctx(1, None))
            .given_no_previous_events()
            .when_async(propose(frist, Some(answer), gone))
            .await
            .inspect_result();
        assert_eq!(allowed.expect("allowed").len(), 1);
    }
}

#[tokio::test]
async fn retention_must_be_over_where_it_is_the_reason() {
    for bis in [None, Some(date(2026, 11, 23)), Some(date(2031, 12, 31))] {
        refused(vec![], ctx(1, None), propose(Grund::Frist, Some(Archiv::Abgelehnt), bis), R::FristLaeuft).await;
        refused(vec![], ctx(1, None), propose(Grund::Archiv, Some(Archiv::Uebernommen), bis), R::FristLaeuft).await;
    }
}

#[tokio::test]
async fn only_another_person_decides_and_only_once() {
    // 1 proposed in the place of 2.
    for (konto, fuer) in [(1, None), (2, None), (3, Some(1)), (3, Some(2)), (1, Some(3))] {
        refused(vec![proposed()], ctx(konto, fuer), C::Approve, R::VierAugen).await;
        let reject = C::Reject { begruendung: "Nein".into() };
        refused(vec![proposed()], ctx(konto, fuer), reject, R::VierAugen).await;
    }
    let approved = E::Approved { durch: id(3), fuer: None };
    TestFramework::<Es<Loeschung>>::with(ctx(3, None))
        .given(vec![proposed()])
        .when_async(C::Approve)
        .await
        .then_expect_events(vec![approved.clone()]);
    refused(vec![proposed(), approved], ctx(4, None), C::Approve, R::Entschieden).await;
    let machine = Context { actor: Actor::System, ..ctx(3, None) };
    refused(vec![proposed()], machine, C::Approve, R::NurKonten).await;
}

#[tokio::test]
async fn only_what_was_approved_is_carried_out() {
    let done = C::Execute { anordnung: 7, vollzug: 8 };
    let machine = || Context { actor: Actor::System, ..ctx(3, None) };
    let rejected = E::Rejected { durch: id(3), fuer: None, begruendung: None };
    refused(vec![proposed()], machine(), done.clone(), R::NichtGenehmigt).await;
    refused(vec![proposed(), rejected], machine(), done.clone(), R::NichtGenehmigt).await;
    refused(vec![], machine(), done.clone(), R::GibtEsNicht).await;
    let approved = E::Approved { durch: id(3), fuer: None };
    TestFramework::<Es<Loeschung>>::with(machine())
        .given(vec![proposed(), approved])
        .when_async(done)
        .await
        .then_expect_events(vec![E::Executed { anordnung: 7, vollzug: 8 }]);
}

#[tokio::test]
async fn parts_are_named_once_and_a_reasoning_is_always_given() {
    let with = |umfang, begruendung: &str| {
        let C::Propose { vorgang, einheit, grund, archiv, aufbewahrung_bis, .. } =
            propose(Grund::Gericht, Some(Archiv::Abgelehnt), None)
        else {
            panic!()
        };
        let begruendung = begruendung.into();
        C::Propose { vorgang, einheit, umfang, grund, archiv, begruendung, aufbewahrung_bis }
    };
    for gruppen in [vec![], vec![(5, 1), (5, 1)], (0..201).map(|n| (n, 1)).collect()] {
        refused(vec![], ctx(1, None), with(Umfang::Ereignisse { gruppen }, "Urteil"), R::Gruppen).await;
    }
    refused(vec![], ctx(1, None), with(Umfang::Vorgang, "  "), R::AngabeFehlt("Begründung")).await;
    refused(vec![], ctx(1, None), with(Umfang::Akte, "Urteil"), R::AngabeFehlt("Umfang")).await;
}

#[tokio::test]
async fn a_file_is_proposed_only_closed_and_when_no_case_of_it_stays() {
    let with = |grund, lage| C::ProposeAkte {
        akte: id(9),
        einheit: "ordnung".into(),
        grund,
        archiv: Some(Archiv::Abgelehnt),
        begruendung: "Die Frist ist um".into(),
        lage,
    };
    let reif = Aktenlage { geschlossen: true, bleibende_vorgaenge: 0, aufbewahrung_bis: Some(date(2026, 1, 1)) };
    TestFramework::<Es<Loeschung>>::with(ctx(1, None))
        .given_no_previous_events()
        .when_async(with(Grund::Frist, reif))
        .await
        .then_expect_events(vec![E::AkteProposed {
            akte: id(9),
            einheit: "ordnung".into(),
            grund: Grund::Frist,
            archiv: Archiv::Abgelehnt,
            durch: id(1),
            fuer: None,
            begruendung: Some("Die Frist ist um".into()),
        }]);
    let faelle = [
        (Grund::Gericht, Aktenlage { geschlossen: false, ..reif }, R::AkteOffen),
        (Grund::Gericht, Aktenlage { bleibende_vorgaenge: 2, ..reif }, R::VorgaengeBleiben(2)),
        (Grund::Frist, Aktenlage { aufbewahrung_bis: None, ..reif }, R::FristLaeuft),
        (Grund::Frist, Aktenlage { aufbewahrung_bis: Some(date(2099, 1, 1)), ..reif }, R::FristLaeuft),
    ];
    for (grund, lage, why) in faelle {
        refused(vec![], ctx(1, None), with(grund, lage), why).await;
    }
}

#[tokio::test]
async fn an_erasure_that_is_asked_for_is_refused_with_its_exception_and_stays_refused() {
    let refuse = |ausnahme, begruendung: &str| C::Refuse {
        vorgang: id(9),
        einheit: "ordnung".into(),
        ausnahme,
        begruendung: begruendung.into(),
    };
    let written = E::Refused {
        vorgang: id(9),
        einheit: "ordnung".into(),
        ausnahme: Ausnahme::RechtlichePflicht,
        durch: id(1),
        fuer: None,
        begruendung: Some("Die Akte ist noch aufzubewahren.".into()),
    };
    let command = refuse(Some(Ausnahme::RechtlichePflicht), "Die Akte ist noch aufzubewahren.");
    TestFramework::<Es<Loeschung>>::with(ctx(1, None))
        .given_no_previous_events()
        .when_async(command.clone())
        .await
        .then_expect_events(vec![written.clone()]);
    refused(vec![], ctx(1, None), refuse(None, "Weil."), R::AusnahmeFehlt).await;
    let kurz = refuse(Some(Ausnahme::Gesundheit), " ");
    refused(vec![], ctx(1, None), kurz, R::AngabeFehlt("Begründung")).await;
    refused(vec![written.clone()], ctx(3, None), command, R::GibtEs).await;
    refused(vec![written], ctx(3, None), C::Approve, R::Entschieden).await;
}
