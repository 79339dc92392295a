//! Given a book, when somebody wants something, then events or a reason.

use super::*;
use crate::kernel::{Actor, Context, Decider, Facts, Ids};
use crate::recht::Law;
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use uuid::Uuid;

const JETZT: &str = "2026-11-23T09:00:00Z";

fn ctx() -> Context {
    Context {
        now: JETZT.parse().expect("time"),
        today: date(2026, 11, 23),
        zone: TimeZone::UTC,
        actor: Actor::Konto(id(20)),
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

fn um(t: &str) -> Timestamp {
    t.parse().expect("time")
}

fn aufnahme(kanal: Kanal) -> Aufnahme {
    Aufnahme {
        kanal,
        einheit: "ordnung".into(),
        original_hash: Some("ab".repeat(32)),
        received_at: um("2026-11-20T07:15:00Z"),
        pruefung: Pruefung::Ohne,
        absender: Some("  Erika Probe ".into()),
        betreff: Some("Nachfrage".into()),
        dateiname: None,
        dokument: None,
    }
}

fn record(a: Aufnahme, herkunft: Herkunft) -> EingangCommand {
    EingangCommand::Record { aufnahme: Box::new(a), herkunft }
}

fn scan() -> Herkunft {
    Herkunft::Scan { scanner: "Gerät 1".into(), operator: "P. Probe".into(), at: um("2026-11-20T07:00:00Z") }
}

/// What comes of these commands, one after the other.
fn nach(commands: Vec<EingangCommand>) -> Eingang {
    commands.into_iter().fold(Eingang::default(), |s, c| {
        let events = Eingang::decide(&s, c, &ctx()).expect("allowed");
        events.iter().fold(s, Eingang::evolve)
    })
}

fn sagt_nein(s: &Eingang, c: EingangCommand, grund: &EingangRefusal) {
    assert_eq!(&Eingang::decide(s, c, &ctx()).expect_err("refused"), grund);
}

#[test]
fn a_letter_keeps_its_legal_receipt_beside_the_time_of_recording() {
    let s = nach(vec![record(aufnahme(Kanal::Brief), Herkunft::Hand)]);
    assert_eq!((s.received_at, s.captured_at), (Some(um("2026-11-20T07:15:00Z")), Some(um(JETZT))));
    assert_eq!((s.absender.as_deref(), s.stand), (Some("Erika Probe"), Stand::Erfasst));
}

#[test]
fn a_letter_without_subject_or_from_tomorrow_is_asked_about_and_a_mail_without_subject_is_taken() {
    let leer = Eingang::default();
    let ohne = |k| Aufnahme { betreff: Some(" ".into()), ..aufnahme(k) };
    sagt_nein(&leer, record(ohne(Kanal::Brief), Herkunft::Hand), &EingangRefusal::AngabeFehlt("Betreff"));
    let morgen = Aufnahme { received_at: um("2026-11-23T09:00:01Z"), ..aufnahme(Kanal::Brief) };
    sagt_nein(&leer, record(morgen, Herkunft::Hand), &EingangRefusal::Zukunft);
    let mail = Herkunft::Email { hinweise: vec![Hinweis::OhneBetreff], daten: vec![], teile: vec![] };
    let s = nach(vec![record(ohne(Kanal::Email), mail)]);
    assert_eq!((s.betreff, s.hinweise), (None, vec![Hinweis::OhneBetreff]));
}

#[test]
fn the_same_thing_again_changes_nothing() {
    let s = nach(vec![record(aufnahme(Kanal::Brief), Herkunft::Hand)]);
    let noch_einmal = record(aufnahme(Kanal::Brief), Herkunft::Hand);
    assert_eq!(Eingang::decide(&s, noch_einmal, &ctx()).expect("so already"), vec![]);
    let zu = EingangCommand::Assign { akte: id(1), vorgang: None };
    let s = nach(vec![record(aufnahme(Kanal::Brief), Herkunft::Hand), zu.clone()]);
    assert_eq!(Eingang::decide(&s, zu, &ctx()).expect("so already"), vec![]);
    sagt_nein(&s, EingangCommand::Assign { akte: id(2), vorgang: None }, &EingangRefusal::SchonZugeordnet);
    let weg = EingangCommand::Misdirect { grund: "irrig".into() };
    sagt_nein(&s, weg, &EingangRefusal::SchonZugeordnet);
}

#[test]
fn a_scan_is_assigned_only_after_a_second_look_accepted_it() {
    let zu = || EingangCommand::Assign { akte: id(1), vorgang: None };
    let sehen = |qc, grund: &str| EingangCommand::CheckScan { qc, grund: grund.into() };
    let s = nach(vec![record(aufnahme(Kanal::Scan), scan())]);
    sagt_nein(&s, zu(), &EingangRefusal::SichtungFehlt);
    sagt_nein(&s, sehen(Sichtung::Abgelehnt, " "), &EingangRefusal::AngabeFehlt("Grund"));
    let gut = nach(vec![record(aufnahme(Kanal::Scan), scan()), sehen(Sichtung::Angenommen, ""), zu()]);
    assert_eq!(gut.stand, Stand::Zugeordnet);
    let schlecht = nach(vec![record(aufnahme(Kanal::Scan), scan()), sehen(Sichtung::Abgelehnt, "Seite 2 fehlt")]);
    sagt_nein(&schlecht, zu(), &EingangRefusal::SichtungAbgelehnt);
    sagt_nein(&schlecht, sehen(Sichtung::Angenommen, ""), &EingangRefusal::KeineSichtung);
    let brief = nach(vec![record(aufnahme(Kanal::Brief), Herkunft::Hand)]);
    sagt_nein(&brief, sehen(Sichtung::Angenommen, ""), &EingangRefusal::KeineSichtung);
}

#[test]
fn what_waits_for_the_virus_scanner_is_neither_shown_nor_assigned_and_what_it_finds_stays_in_quarantine() {
    let wartend = || record(Aufnahme { pruefung: Pruefung::Ausstehend, ..aufnahme(Kanal::Brief) }, Herkunft::Hand);
    let zu = || EingangCommand::Assign { akte: id(1), vorgang: None };
    let befund = |ergebnis| EingangCommand::Inspect { ergebnis, fund: None };
    let s = nach(vec![wartend()]);
    assert!(!s.zeigbar());
    sagt_nein(&s, zu(), &EingangRefusal::Ungeprueft);
    let sauber = nach(vec![wartend(), befund(Ergebnis::Sauber), zu()]);
    assert!(sauber.zeigbar());
    let zu_gross = nach(vec![wartend(), befund(Ergebnis::NichtPruefbar)]);
    assert!(!zu_gross.zeigbar() && zu_gross.quarantaene == Some(Quarantaenegrund::NichtPruefbar));
    sagt_nein(&zu_gross, zu(), &EingangRefusal::Quarantaene);
    let befallen = nach(vec![wartend(), befund(Ergebnis::Befallen)]);
    assert!(!befallen.zeigbar());
    sagt_nein(&befallen, zu(), &EingangRefusal::Quarantaene);
    let weiter = EingangCommand::Forward { einheit: "soziales".into(), grund: "dort".into() };
    sagt_nein(&befallen, weiter, &EingangRefusal::Quarantaene);
    let vermerkt =
        nach(vec![wartend(), befund(Ergebnis::Befallen), EingangCommand::Misdirect { grund: "Spam".into() }]);
    assert_eq!(vermerkt.stand, Stand::Quarantaene, "a note on it releases nothing");
}

#[test]
fn what_is_misdirected_stays_in_the_book_and_can_still_be_assigned() {
    let weg = EingangCommand::Misdirect { grund: "für die Nachbarstadt".into() };
    let s = nach(vec![record(aufnahme(Kanal::Brief), Herkunft::Hand), weg]);
    assert_eq!((s.stand, s.betreff.as_deref()), (Stand::Fehlgeleitet, Some("Nachfrage")));
    let zu = EingangCommand::Assign { akte: id(1), vorgang: None };
    let events = Eingang::decide(&s, zu, &ctx()).expect("after all");
    assert_eq!(events.iter().fold(s, Eingang::evolve).stand, Stand::Zugeordnet);
}

#[test]
fn a_forwarded_letter_lies_with_the_other_unit() {
    let weiter = |e: &str| EingangCommand::Forward { einheit: e.into(), grund: "dort zuständig".into() };
    let s = nach(vec![record(aufnahme(Kanal::Brief), Herkunft::Hand), weiter("soziales")]);
    assert_eq!((s.einheit.as_str(), s.stand), ("soziales", Stand::Erfasst));
    sagt_nein(&s, weiter("soziales"), &EingangRefusal::SchonDort);
    sagt_nein(&s, weiter(""), &EingangRefusal::AngabeFehlt("Einheit"));
}
