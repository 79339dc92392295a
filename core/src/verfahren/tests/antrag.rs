//! Receipt, documents, take-over.

use super::*;
use crate::kernel::Es;
use crate::verfahren::Status;
use crate::verfahren::event::AntragDokument;
use cqrs_es::test::TestFramework;

fn unterlage(name: &str) -> AntragDokument {
    AntragDokument { unterlage: name.into(), dateiname: "a.pdf".into(), dokument: wert(3) }
}

#[tokio::test]
async fn a_second_submission_to_the_same_case_is_refused() {
    let def = anzeige();
    let given = Vorgang::decide(&Vorgang::default(), submit("anzeige"), &ctx(&def, BUERGER, date(2026, 10, 28)));
    TestFramework::<Es<Vorgang>>::with(ctx(&def, BUERGER, date(2026, 10, 28)))
        .given(given.expect("accepted"))
        .when_async(submit("anzeige"))
        .await
        .then_expect_error(Refusal::SchonEingegangen);
}

#[test]
fn an_application_without_any_document_is_accepted_all_the_same() {
    let mut f = Fall::neu(anzeige());
    f.ok(BUERGER, submit("anzeige"));
    assert_eq!(f.state.status, Status::Eingegangen);
    assert!(f.state.unterlagen.is_empty());
}

#[test]
fn only_an_unknown_service_channel_or_field_is_turned_away() {
    let f = Fall::neu(anzeige());
    assert_eq!(f.refused(BUERGER, submit("anderes")), Refusal::LeistungUnbekannt);
    let mut post = submit("anzeige");
    if let C::Submit { kanal, .. } = &mut post {
        *kanal = Kanal::Post;
    }
    assert_eq!(f.refused(BUERGER, post), Refusal::KanalNichtVorgesehen);
    let mut fremd = submit("anzeige");
    if let C::Submit { felder, .. } = &mut fremd {
        felder.insert("fremd".into(), "x".into());
    }
    assert_eq!(f.refused(BUERGER, fremd), Refusal::FeldUnbekannt("fremd".into()));
}

#[test]
fn the_receipt_is_issued_while_documents_are_missing_and_a_nachforderung_runs() {
    let mut f = Fall::zugewiesen(anzeige());
    f.ok(MEYER, C::CheckVollstaendigkeit { fehlend: vec!["ausweis".into()] });
    f.ok(MEYER, C::Nachfordern { unterlagen: vec!["ausweis".into()], text: "Bitte".into(), tage: 14 });
    assert_eq!(f.state.status, Status::Nachforderung);
    let events = f.ok(Actor::Process, C::IssueReceipt { gerendert: gerendert(4) });
    assert!(matches!(&events[0], E::ReceiptIssued { faellig: Some(d), .. } if *d == date(2026, 11, 2)), "{events:?}");
    assert_eq!(events[1], E::FristDone { frist: "schein".into() });
    assert!(f.ok(Actor::Process, C::IssueReceipt { gerendert: gerendert(5) }).is_empty(), "twice is once");
}

#[test]
fn what_is_supplied_wakes_the_case_and_closes_the_nachforderung_with_its_last_document() {
    let mut f = Fall::zugewiesen(anzeige());
    f.ok(MEYER, C::StartPruefung);
    let beide = vec!["plan".to_owned(), "ausweis".to_owned()];
    f.ok(MEYER, C::Nachfordern { unterlagen: beide, text: "Bitte".into(), tage: 14 });
    f.ok(BUERGER, C::SupplyUnterlage { kanal: Kanal::Online, dokument: unterlage("ausweis") });
    assert_eq!(f.state.status, Status::Nachforderung);
    f.ok(BUERGER, C::SupplyUnterlage { kanal: Kanal::Online, dokument: unterlage("plan") });
    assert_eq!(f.state.status, Status::InPruefung);
    assert!(f.state.offene_nachforderungen().next().is_none());
}

#[test]
fn of_two_take_overs_one_wins_and_the_other_learns_by_whom() {
    let f = Fall::zugewiesen(anzeige());
    assert_eq!(f.refused(PETERSEN, C::TakeOver), Refusal::SchonUebernommen(id(1)));
    assert_eq!(f.decide(MEYER, C::TakeOver), Ok(vec![]), "who has it keeps it");
}

#[test]
fn the_applicant_withdraws_until_the_decision_is_signed() {
    let mut f = Fall::zugewiesen(erlaubnis());
    assert!(f.decide(BUERGER, C::Withdraw { grund: None }).is_ok());
    super::bescheid::bis_gezeichnet(&mut f);
    assert_eq!(f.refused(BUERGER, C::Withdraw { grund: None }), Refusal::NichtMoeglich(Status::Gezeichnet));
}

#[test]
fn pauses_lie_over_the_stage_and_give_it_back() {
    let mut f = Fall::zugewiesen(erlaubnis());
    f.ok(MEYER, C::StartPruefung);
    f.ok(MEYER, C::Consult { stelle: "Kreis".into(), frage: "?".into() });
    f.ok(MEYER, C::Pause { grund: "Baustelle".into() });
    assert_eq!(f.state.status, Status::Ruht);
    f.ok(MEYER, C::Resume);
    assert_eq!(f.state.status, Status::Beteiligung);
    f.ok(MEYER, C::ReceiveStellungnahme { stelle: "Kreis".into(), text: "ja".into() });
    assert_eq!(f.state.status, Status::InPruefung);
}

#[test]
fn an_assignment_is_taken_back_to_who_had_it_and_only_while_nothing_else_happened() {
    let mut f = Fall::zugewiesen(anzeige());
    let vorher = f.state.clone();
    let assign = C::Assign { an: id(2), einheit: "steuern".into() };
    assert_eq!(f.refused(MEYER, C::UndoAssign), Refusal::ZuteilungUeberholt, "a take-over is no assignment");
    f.ok(MEYER, assign.clone());
    f.ok(MEYER, C::UndoAssign);
    let ist = &f.state;
    assert_eq!((ist.zugewiesen_an, &ist.einheit), (vorher.zugewiesen_an, &vorher.einheit));
    assert_eq!(f.refused(MEYER, C::UndoAssign), Refusal::ZuteilungUeberholt, "once");
    f.ok(MEYER, assign);
    f.ok(MEYER, C::WriteVermerk { text: "dazwischen".into() });
    assert_eq!(f.refused(MEYER, C::UndoAssign), Refusal::ZuteilungUeberholt);

    let mut neu = Fall::neu(anzeige());
    neu.ok(BUERGER, submit("anzeige"));
    neu.ok(Actor::Process, C::Register { akte: id(50), aktenzeichen: "1".into() });
    neu.ok(MEYER, C::Assign { an: id(2), einheit: "ordnung".into() });
    neu.ok(MEYER, C::UndoAssign);
    assert_eq!((neu.state.zugewiesen_an, neu.state.status), (None, Status::Registriert));
}
