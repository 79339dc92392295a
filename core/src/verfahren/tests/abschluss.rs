//! zdA, retention, reopening.

use super::*;
use crate::verfahren::Status;
use crate::verfahren::event::Weg;

fn notice_done() -> Fall {
    let mut f = Fall::zugewiesen(anzeige());
    f.ok(Actor::Process, C::IssueReceipt { gerendert: gerendert(4) });
    f.ok(Actor::Process, C::PlanUebermittlungen);
    for u in f.state.uebermittlungen.clone() {
        f.ok(Actor::Process, C::MarkSent { stelle: u.stelle, dokument: None });
    }
    f
}

#[test]
fn zda_is_refused_while_anything_is_open_and_lists_it() {
    let mut f = notice_done();
    f.ok(Actor::Process, C::AssessGebuehr { tatbestand: "eigene".into(), gerendert: gerendert(5) });
    f.ok(MEYER, C::Nachfordern { unterlagen: vec!["ausweis".into()], text: "Bitte".into(), tage: 14 });
    let Refusal::OffenePunkte(offen) = f.refused(MEYER, C::Close) else { panic!("listed") };
    assert_eq!(offen, vec!["Nachforderung bis Mittwoch, 11.11.2026".to_owned(), "Zahlung eigene".to_owned()]);
    f.ok(MEYER, C::PayGebuehr { zeile: "eigene".into(), betrag_cent: 1250, weg: "bar".into() });
    let n = f.state.nachforderungen[0].id;
    f.ok(MEYER, C::CloseNachforderung { nachforderung: n, grund: "liegt schon vor".into() });
    f.ok(MEYER, C::Close);
    assert_eq!(f.state.status, Status::ZdA);
}

#[test]
fn retention_runs_from_the_end_of_the_year_and_its_way_is_recorded() {
    let mut f = notice_done();
    let events = f.ok(MEYER, C::Close);
    let Some(E::Closed { aufbewahrung_bis, rechenweg, .. }) = events.last() else { panic!("closed") };
    assert_eq!(*aufbewahrung_bis, Some(date(2031, 12, 31)));
    assert!(!rechenweg.is_empty());
}

#[test]
fn an_unsent_transmission_keeps_the_file_open() {
    let mut f = Fall::zugewiesen(anzeige());
    f.ok(Actor::Process, C::IssueReceipt { gerendert: gerendert(4) });
    let Refusal::OffenePunkte(offen) = f.refused(MEYER, C::Close) else { panic!("listed") };
    assert_eq!(offen, vec!["Übermittlungen".to_owned()]);
    f.ok(Actor::Process, C::PlanUebermittlungen);
    let Refusal::OffenePunkte(offen) = f.refused(MEYER, C::Close) else { panic!("listed") };
    assert!(offen.contains(&"Übermittlung an IHK".to_owned()), "{offen:?}");
}

#[test]
fn a_decision_is_filed_away_only_when_it_can_no_longer_be_attacked() {
    let mut f = Fall::zugewiesen(erlaubnis());
    super::bescheid::bis_gezeichnet(&mut f);
    f.today = date(2026, 11, 24);
    f.ok(MEYER, C::Dispatch { weg: Weg::Schalter });
    let Refusal::OffenePunkte(offen) = f.refused(MEYER, C::Close) else { panic!("listed") };
    assert!(offen.contains(&"Frist widerspruch bis Donnerstag, 24.12.2026".to_owned()), "{offen:?}");
    f.today = date(2026, 12, 28);
    let events = f.ok(MEYER, C::Close);
    assert!(events.iter().any(|e| matches!(e, E::BestandskraftReached { am } if *am == date(2026, 12, 25))));
    assert_eq!(f.state.status, Status::ZdA);
}

#[test]
fn reopening_removes_nothing_and_needs_a_reason() {
    let mut f = notice_done();
    f.ok(MEYER, C::Close);
    let before = f.state.clone();
    assert_eq!(f.refused(MEYER, C::Reopen { grund: " ".into() }).code(), "angabe_fehlt");
    assert_eq!(f.refused(MEYER, C::WriteVermerk { text: "x".into() }), Refusal::Geschlossen);
    f.ok(MEYER, C::Reopen { grund: "Nachtrag".into() });
    assert_eq!(f.state.status, Status::InPruefung);
    assert_eq!((&f.state.felder, &f.state.uebermittlungen), (&before.felder, &before.uebermittlungen));
    f.ok(MEYER, C::WriteVermerk { text: "Nachtrag".into() });
    f.ok(MEYER, C::Close);
}

#[test]
fn a_withdrawn_case_is_filed_away_without_its_steps() {
    let mut f = Fall::zugewiesen(erlaubnis());
    f.ok(BUERGER, C::Withdraw { grund: None });
    assert_eq!(f.state.status, Status::Zurueckgenommen);
    assert_eq!(f.refused(MEYER, C::StartPruefung).code(), "nicht_moeglich");
    f.ok(MEYER, C::Close);
    assert_eq!(f.state.status, Status::ZdA);
}
