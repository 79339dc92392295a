//! Answers under Art. 15 DSGVO: given these events, when that is wanted, then this follows.

use super::{
    BetroffenenCommand as C, BetroffenenEvent as E, BetroffenenRefusal as R, Betroffenenauskunft, Freigabe, Identitaet,
};
use crate::kernel::{Actor, Context, Es, Facts, Ids};
use crate::recht::Law;
use cqrs_es::test::TestFramework;
use jiff::civil::date;
use uuid::Uuid;

fn id(n: u8) -> Uuid {
    Uuid::from_bytes([n; 16])
}

fn ctx() -> Context {
    Context {
        now: "2026-11-23T09:00:00Z".parse().expect("time"),
        today: date(2026, 11, 23),
        zone: jiff::tz::TimeZone::UTC,
        actor: Actor::Konto(id(1)),
        on_behalf_of: None,
        ids: Ids([0; 32]),
        law: Law::builtin().expect("law"),
        definition: None,
        facts: Facts::default(),
    }
}

fn freigabe(grund: &str) -> Freigabe {
    Freigabe { index: 17, zeiger: "/text".into(), grund: grund.into() }
}

fn issue() -> C {
    C::Issue {
        person: " Erika Kowalski ".into(),
        beantragt_am: date(2026, 11, 2),
        identitaet: Some(Identitaet::Ausweis),
        vorgaenge: vec![id(8), id(9)],
        ereignisse: 31,
        dokumente: 4,
        maskiert: 7,
        freigaben: vec![freigabe("Betrifft nur sie.")],
        bericht_sha256: "b".repeat(64),
    }
}

fn issued() -> E {
    E::AuskunftIssued {
        beantragt_am: date(2026, 11, 2),
        am: date(2026, 11, 23),
        identitaet: Identitaet::Ausweis,
        durch: id(1),
        fuer: None,
        ereignisse: 31,
        dokumente: 4,
        maskiert: 7,
        person: Some("Erika Kowalski".into()),
        vorgaenge: Some(vec![id(8), id(9)]),
        freigaben: Some(vec![freigabe("Betrifft nur sie.")]),
        bericht_sha256: Some("b".repeat(64)),
    }
}

async fn refused(given: Vec<E>, command: C, why: R) {
    TestFramework::<Es<Betroffenenauskunft>>::with(ctx()).given(given).when_async(command).await.then_expect_error(why);
}

#[tokio::test]
async fn an_answer_is_recorded_once_with_what_it_rested_on() {
    TestFramework::<Es<Betroffenenauskunft>>::with(ctx())
        .given_no_previous_events()
        .when_async(issue())
        .await
        .then_expect_events(vec![issued()]);
    refused(vec![issued()], issue(), R::SchonErteilt).await;
}

#[tokio::test]
async fn nobody_is_answered_whose_identity_was_not_checked() {
    let C::Issue { person, beantragt_am, vorgaenge, bericht_sha256, .. } = issue();
    let command = C::Issue {
        person,
        beantragt_am,
        identitaet: None,
        vorgaenge,
        ereignisse: 1,
        dokumente: 0,
        maskiert: 0,
        freigaben: vec![],
        bericht_sha256,
    };
    refused(vec![], command, R::IdentitaetFehlt).await;
}

#[tokio::test]
async fn a_value_is_unmasked_only_with_a_reason_and_a_case_is_named_once() {
    let with = |change: fn(&mut C)| {
        let mut c = issue();
        change(&mut c);
        c
    };
    let ohne_grund = with(|C::Issue { freigaben, .. }| *freigaben = vec![freigabe("  ")]);
    refused(vec![], ohne_grund, R::GrundFehlt).await;
    let doppelt = with(|C::Issue { vorgaenge, .. }| *vorgaenge = vec![id(8), id(8)]);
    refused(vec![], doppelt, R::Vorgaenge).await;
    let keiner = with(|C::Issue { vorgaenge, .. }| vorgaenge.clear());
    refused(vec![], keiner, R::Vorgaenge).await;
    let morgen = with(|C::Issue { beantragt_am, .. }| *beantragt_am = date(2026, 11, 24));
    refused(vec![], morgen, R::InZukunft).await;
    let niemand = with(|C::Issue { person, .. }| *person = " ".into());
    refused(vec![], niemand, R::AngabeFehlt("Person")).await;
}
