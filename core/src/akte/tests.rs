//! The records room: given these events, when that is wanted, then this follows.

mod aufbewahrung;
mod aussonderung;
mod eigenschaften;
mod metadaten;
mod struktur;

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

fn schliessen(jahre: u16) -> AkteCommand {
    let beginn = Beginn { ereignis: "zda".into(), am: Some(date(2026, 11, 23)) };
    AkteCommand::Close { dauer: Dauer::Jahre { jahre }, beginn }
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
        .when_async(AkteCommand::FileLate { dokument: id(2), grund: " ".into() })
        .await
        .then_expect_error(AkteRefusal::AngabeFehlt("Grund"));
    // A file closed before retention was an event of its own has no duration to count with: two persons must set it.
    let state = [opened(), closed()].iter().fold(Akte::default(), Akte::evolve);
    let late = AkteCommand::FileLate { dokument: id(2), grund: "Rückläufer".into() };
    let events = Akte::decide(&state, late, &ctx()).expect("filed late");
    assert_eq!(events[0], AkteEvent::FiledLate { dokument: id(2), grund: Some("Rückläufer".into()) });
    assert!(matches!(events[1], AkteEvent::AufbewahrungComputed { end: None, dauer: Dauer::Unbekannt, .. }));
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
    let events = Akte::decide(&state, schliessen(5), &ctx()).expect("closed");
    let [AkteEvent::Closed { aufbewahrung_bis, rechenweg }, AkteEvent::AufbewahrungComputed { end, start, .. }] =
        &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(*aufbewahrung_bis, Some(date(2031, 12, 31)));
    assert_eq!((*start, end), (Some(date(2026, 12, 31)), aufbewahrung_bis));
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
        aus: None,
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

#[tokio::test]
async fn a_document_gets_no_version_its_file_does_not_take() {
    let wert = crate::documents::DokumentWert {
        alg: "sha-512".into(),
        digest: "d".into(),
        dsalt: "s".into(),
        len: 1,
        media: "text/plain".into(),
        reference: id(4),
    };
    let added = DokumentEvent::Added {
        akte: id(1),
        vorgang: None,
        aus: None,
        richtung: "intern".into(),
        titel: None,
        dateiname: None,
        dokument: None,
    };
    let warum = KeineFassung::Angeboten.satz();
    let facts = Facts { keine_fassung: Some(warum), ..Facts::default() };
    TestFramework::<Es<Dokument>>::with(Context { facts, ..ctx() })
        .given(vec![added])
        .when_async(DokumentCommand::AddVersion { dokument: wert, grund: "Schreibfehler".into() })
        .await
        .then_expect_error(DokumentRefusal::KeineFassung(warum));
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

fn position(kennung: &str, titel: &str) -> Position {
    Position {
        kennung: kennung.into(),
        titel: titel.into(),
        aufbewahrung_jahre: Some(10),
        bewertung: Bewertung::B,
        valid_from: date(2026, 1, 1),
    }
}

fn plan() -> AktenplanEvent {
    let positionen = vec![position("3", "Ordnung"), position("31", "Wahlen"), position("32", "Gewerbe")];
    AktenplanEvent::Imported { format: "t".into(), positionen }
}

#[tokio::test]
async fn a_new_plan_becomes_its_difference_and_the_old_day_still_tells_the_old_plan() {
    let neu = vec![
        position("3", "Ordnung und Sicherheit"),
        Position { aufbewahrung_jahre: Some(5), ..position("32", "Gewerbe") },
        position("33", "Meldewesen"),
    ];
    let ab = date(2027, 1, 1);
    let erwartet = vec![
        AktenplanEvent::EinheitRenamed { kennung: "3".into(), titel: "Ordnung und Sicherheit".into(), valid_from: ab },
        AktenplanEvent::EinheitClosed { kennung: "31".into(), valid_until: date(2026, 12, 31) },
        AktenplanEvent::EinheitRevised {
            kennung: "32".into(),
            aufbewahrung_jahre: Some(5),
            bewertung: Bewertung::B,
            valid_from: ab,
        },
        AktenplanEvent::EinheitAdded { position: Position { valid_from: ab, ..position("33", "Meldewesen") } },
    ];
    let revise = || AktenplanCommand::Revise { positionen: neu.clone(), valid_from: ab };
    let alle: Vec<_> = std::iter::once(plan()).chain(erwartet.clone()).collect();
    TestFramework::<Es<Aktenplan>>::with(ctx())
        .given(vec![plan()])
        .when_async(revise())
        .await
        .then_expect_events(erwartet);
    TestFramework::<Es<Aktenplan>>::with(ctx())
        .given(alle.clone())
        .when_async(revise())
        .await
        .then_expect_events(vec![]);
    let s = alle.iter().fold(Aktenplan::default(), Aktenplan::evolve);
    let titel = |tag| s.am(tag).into_values().map(|p| p.titel).collect::<Vec<_>>();
    assert_eq!(titel(date(2026, 12, 31)), ["Ordnung", "Wahlen", "Gewerbe"]);
    assert_eq!(titel(ab), ["Ordnung und Sicherheit", "Gewerbe", "Meldewesen"]);
    assert_eq!(s.am(date(2026, 6, 1))["32"].aufbewahrung_jahre, Some(10));
    assert!(titel(date(2025, 12, 31)).is_empty());
}

#[tokio::test]
async fn a_plan_that_reaches_back_revives_a_kennung_or_hangs_in_the_air_is_refused() {
    let ab = date(2027, 1, 1);
    let zu = AktenplanEvent::EinheitClosed { kennung: "31".into(), valid_until: date(2026, 12, 31) };
    let nein = async |kennungen: &[&str], ab, refusal| {
        let positionen = kennungen.iter().map(|k| position(k, "Neu")).collect();
        TestFramework::<Es<Aktenplan>>::with(ctx())
            .given(vec![plan(), zu.clone()])
            .when_async(AktenplanCommand::Revise { positionen, valid_from: ab })
            .await
            .then_expect_error(refusal);
    };
    nein(&["3", "31"], ab, AktenplanRefusal::Geschlossen("31".into())).await;
    nein(&["3", "44"], ab, AktenplanRefusal::OhneEltern("44".into())).await;
    nein(&["3", "3"], ab, AktenplanRefusal::GibtEs("3".into())).await;
    let frueh = date(2026, 1, 1);
    nein(&["3"], frueh, AktenplanRefusal::Rueckwirkend { kennung: "3".into(), ab: frueh }).await;
}

#[tokio::test]
async fn a_paper_volume_has_one_place_or_one_borrower() {
    let band = Ids([0; 32]).nth(0);
    let ort = |o: &str| Some(o.to_owned());
    let titel = Some("Band 1, 1998 bis 2004".to_owned());
    let da = || AkteEvent::PapierbandRegistered { band, nummer: 1, titel: titel.clone(), ort: ort("Raum 012") };
    let weg = || AkteEvent::PapierbandLent { band, am: date(2026, 11, 23), bis: None, an: Some("Bauamt".into()) };
    let papier = AkteCommand::Papier;
    // Also in a closed file: the paper is there already.
    TestFramework::<Es<Akte>>::with(ctx())
        .given(vec![opened(), closed()])
        .when_async(papier(PapierCommand::Register { titel: " Band 1, 1998 bis 2004".into(), ort: "Raum 012 ".into() }))
        .await
        .then_expect_events(vec![da()]);
    TestFramework::<Es<Akte>>::with(ctx())
        .given(vec![opened(), da()])
        .when_async(papier(PapierCommand::Lend { band, an: "Bauamt".into(), bis: None }))
        .await
        .then_expect_events(vec![weg()]);
    for (command, refusal) in [
        (PapierCommand::Lend { band, an: "Kita".into(), bis: None }, AkteRefusal::BandAusgeliehen),
        (PapierCommand::Move { band, ort: "Raum 013".into() }, AkteRefusal::BandAusgeliehen),
        (PapierCommand::Return { band: id(9), ort: "Raum 013".into() }, AkteRefusal::BandUnbekannt),
        (PapierCommand::Return { band, ort: " ".into() }, AkteRefusal::AngabeFehlt("Standort")),
    ] {
        TestFramework::<Es<Akte>>::with(ctx())
            .given(vec![opened(), da(), weg()])
            .when_async(papier(command))
            .await
            .then_expect_error(refusal);
    }
    TestFramework::<Es<Akte>>::with(ctx())
        .given(vec![opened(), da(), weg()])
        .when_async(papier(PapierCommand::Return { band, ort: "Raum 013".into() }))
        .await
        .then_expect_events(vec![AkteEvent::PapierbandReturned { band, am: date(2026, 11, 23), ort: ort("Raum 013") }]);
    TestFramework::<Es<Akte>>::with(ctx())
        .given(vec![opened(), da()])
        .when_async(papier(PapierCommand::Return { band, ort: "Raum 013".into() }))
        .await
        .then_expect_error(AkteRefusal::BandNichtAusgeliehen);
    let gestern = Some(date(2026, 11, 22));
    TestFramework::<Es<Akte>>::with(ctx())
        .given(vec![opened(), da()])
        .when_async(papier(PapierCommand::Lend { band, an: "Bauamt".into(), bis: gestern }))
        .await
        .then_expect_error(AkteRefusal::RueckgabeVorbei);
}
