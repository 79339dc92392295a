//! The records room: given these events, when that is wanted, then this follows.

use super::event::{AkteEvent, Bewertung, DokumentEvent, NummernEvent, Position};
use super::*;
use crate::kernel::{Actor, Context, Decider, Es, Facts, Ids};
use crate::recht::Law;
use cqrs_es::test::TestFramework;
use jiff::civil::date;
use uuid::Uuid;

fn ctx() -> Context {
    Context {
        now: "2026-11-23T09:00:00Z".parse().expect("time"),
        today: date(2026, 11, 23),
        zone: jiff::tz::TimeZone::UTC,
        actor: Actor::Process,
        on_behalf_of: None,
        ids: Ids([0; 32]),
        law: Law::builtin().expect("law"),
        definition: None,
        facts: Facts::default(),
    }
}

fn id(n: u8) -> Uuid {
    Uuid::from_bytes([n; 16])
}

fn opened() -> AkteEvent {
    AkteEvent::Opened { aktenplan: "32.21".into(), einheit: "ordnung".into(), vorgang: Some(id(1)), titel: None }
}

fn closed() -> AkteEvent {
    AkteEvent::Closed { aufbewahrung_bis: Some(date(2031, 12, 31)), rechenweg: vec![] }
}

#[tokio::test]
async fn a_closed_file_takes_documents_only_late_and_with_a_reason() {
    TestFramework::<Es<Akte>>::with(ctx())
        .given(vec![opened(), closed()])
        .when_async(AkteCommand::FileDokument { dokument: id(2), vorgang: None })
        .await
        .then_expect_error(AkteRefusal::Geschlossen);
    TestFramework::<Es<Akte>>::with(ctx())
        .given(vec![opened(), closed()])
        .when_async(AkteCommand::FileLate { dokument: id(2), grund: "Rückläufer".into() })
        .await
        .then_expect_events(vec![AkteEvent::FiledLate { dokument: id(2), grund: Some("Rückläufer".into()) }]);
}

#[tokio::test]
async fn a_file_has_one_aktenzeichen_and_keeps_it() {
    let given = || AkteEvent::AktenzeichenAssigned { aktenzeichen: Some("32.21-0001/2026".into()) };
    let assign = |a: &str| AkteCommand::AssignAktenzeichen { aktenzeichen: a.into() };
    TestFramework::<Es<Akte>>::with(ctx())
        .given(vec![opened(), given()])
        .when_async(assign("32.21-0001/2026"))
        .await
        .then_expect_events(vec![]);
    TestFramework::<Es<Akte>>::with(ctx())
        .given(vec![opened(), given()])
        .when_async(assign("32.21-0002/2026"))
        .await
        .then_expect_error(AkteRefusal::SchonNummeriert);
}

#[test]
fn closing_computes_the_retention_and_says_how() {
    let state = Akte::evolve(Akte::default(), &opened());
    let events = Akte::decide(&state, AkteCommand::Close { jahre: Some(5) }, &ctx()).expect("closed");
    let [AkteEvent::Closed { aufbewahrung_bis, rechenweg }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(*aufbewahrung_bis, Some(date(2031, 12, 31)));
    assert!(!rechenweg.is_empty());
}

#[test]
fn numbers_rise_by_one_and_no_file_gets_two() {
    let assign = |n| NummernCommand::Assign { akte: id(n), kennung: "32.21".into(), jahr: 2026 };
    let mut state = Nummernkreis::default();
    for n in 1..=3 {
        let events = Nummernkreis::decide(&state, assign(n), &ctx()).expect("assigned");
        assert!(matches!(&events[..], [NummernEvent::Assigned { nummer, .. }] if *nummer == u32::from(n)));
        state = events.iter().fold(state, Nummernkreis::evolve);
        assert!(Nummernkreis::decide(&state, assign(n), &ctx()).expect("already so").is_empty());
    }
    assert_eq!(aktenzeichen("32.21", 815, 2026), "32.21-0815/2026");
    assert_eq!(aktenzeichen("32.21", 12345, 2026), "32.21-12345/2026");
}

#[tokio::test]
async fn no_version_of_a_document_is_ever_replaced() {
    let wert = |n: u8| crate::documents::DokumentWert {
        alg: "sha-512".into(),
        digest: format!("d{n}"),
        dsalt: "s".into(),
        len: 1,
        media: "text/plain".into(),
        reference: id(n),
    };
    let added = DokumentEvent::Added {
        akte: id(1),
        vorgang: None,
        richtung: "intern".into(),
        titel: None,
        dateiname: None,
        dokument: Some(wert(3)),
    };
    TestFramework::<Es<Dokument>>::with(ctx())
        .given(vec![added])
        .when_async(DokumentCommand::AddVersion { dokument: wert(4), grund: "Schreibfehler".into() })
        .await
        .then_expect_events(vec![DokumentEvent::VersionAdded {
            version: 2,
            dokument: Some(wert(4)),
            grund: Some("Schreibfehler".into()),
        }]);
}

#[test]
fn the_filing_plan_is_imported_once_and_refuses_a_doubled_position() {
    let p = |k: &str| Position {
        kennung: k.into(),
        titel: "Gewerbe".into(),
        aufbewahrung_jahre: Some(10),
        bewertung: Bewertung::V,
        valid_from: date(2026, 1, 1),
    };
    let import =
        |ks: &[&str]| AktenplanCommand::Import { format: "toml".into(), positionen: ks.iter().map(|k| p(k)).collect() };
    let empty = Aktenplan::default();
    let twice = Aktenplan::decide(&empty, import(&["32", "32"]), &ctx());
    assert_eq!(twice, Err(AktenplanRefusal::GibtEs("32".into())));
    let odd = Aktenplan::decide(&empty, import(&["32.x"]), &ctx());
    assert_eq!(odd, Err(AktenplanRefusal::Kennung("32.x".into())));
    let events = Aktenplan::decide(&empty, import(&["32", "32.1"]), &ctx()).expect("imported");
    let state = events.iter().fold(empty, Aktenplan::evolve);
    assert_eq!(Aktenplan::decide(&state, import(&["32", "32.1"]), &ctx()), Ok(vec![]));
    assert_eq!(Aktenplan::decide(&state, import(&["33"]), &ctx()), Err(AktenplanRefusal::SchonImportiert));
}
