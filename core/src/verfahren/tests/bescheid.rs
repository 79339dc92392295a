//! Decision, four eyes, Bekanntgabe, remedy.

use super::versand::{aufgegeben, bereitgestellt};
use super::*;
use crate::verfahren::Status;
use crate::verfahren::event::{Tenor, Weg};

fn draft(tenor: Tenor) -> C {
    C::DraftBescheid { tenor, begruendung: "Weil.".into(), nebenbestimmungen: String::new(), zusatz: ermessen() }
}

fn final_sign() -> C {
    C::FinalSign { fassung: 1, digest: "digest-8".into() }
}

fn bis_umlauf(f: &mut Fall) {
    f.ok(MEYER, C::StartPruefung);
    f.ok(MEYER, draft(Tenor::Bewilligt));
    f.ok(Actor::Process, C::RenderBescheid { fassung: 1, gerendert: gerendert(8) });
    f.ok(MEYER, C::StartGeschaeftsgang { an: vec![id(2), id(3)] });
}

pub fn bis_gezeichnet(f: &mut Fall) {
    bis_umlauf(f);
    f.ok(Actor::Konto(id(3)), C::CoSign { fassung: 1, digest: "digest-8".into() });
    f.ok(PETERSEN, final_sign());
    assert_eq!(f.refused(MEYER, C::Dispatch { weg: Weg::Post }), Refusal::NichtAusgefertigt);
    let events = f.ok(Actor::Process, C::Ausfertigen { fassung: 1, gerendert: gerendert(9) });
    assert!(matches!(&events[..], [E::BescheidAusgefertigt { durch, .. }] if *durch == id(2)), "{events:?}");
}

#[test]
fn who_drafted_never_signs_neither_in_person_nor_as_substitute_nor_through_one() {
    let mut f = Fall::zugewiesen(erlaubnis());
    bis_umlauf(&mut f);
    assert_eq!(f.refused(MEYER, final_sign()), Refusal::VierAugen);
    assert_eq!(f.decide_for(MEYER, Some(id(2)), final_sign()), Err(Refusal::VierAugen));
    assert_eq!(f.decide_for(PETERSEN, Some(id(1)), final_sign()), Err(Refusal::VierAugen));
    f.ok(Actor::Konto(id(3)), C::CoSign { fassung: 1, digest: "digest-8".into() });
    assert!(f.decide(PETERSEN, final_sign()).is_ok());
}

#[test]
fn a_signature_binds_to_the_version_seen() {
    let mut f = Fall::zugewiesen(erlaubnis());
    bis_umlauf(&mut f);
    let wrong = C::CoSign { fassung: 1, digest: "digest-7".into() };
    assert_eq!(f.refused(PETERSEN, wrong), Refusal::VeralteteFassung);
    f.ok(PETERSEN, C::CoSign { fassung: 1, digest: "digest-8".into() });
    let events = f.ok(MEYER, draft(Tenor::Bewilligt));
    assert_eq!(events[0], E::ZeichnungVoided { fassung: 1 });
    assert!(matches!(events[1], E::BescheidDrafted { fassung: 2, .. }));
    let old = C::CoSign { fassung: 1, digest: "digest-8".into() };
    assert_eq!(f.refused(PETERSEN, old), Refusal::VeralteteFassung);
}

#[test]
fn all_asked_sign_before_the_final_signature_and_the_signers_own_counts() {
    let mut f = Fall::zugewiesen(erlaubnis());
    bis_umlauf(&mut f);
    assert_eq!(f.refused(PETERSEN, final_sign()), Refusal::MitzeichnungOffen);
    assert_eq!(
        f.refused(Actor::Konto(id(7)), C::CoSign { fassung: 1, digest: "digest-8".into() }),
        Refusal::NichtBeteiligt
    );
    f.ok(Actor::Konto(id(3)), C::CoSign { fassung: 1, digest: "digest-8".into() });
    let events = f.ok(PETERSEN, final_sign());
    let position = f.state.bescheid.as_ref().and_then(|b| b.position).expect("rendered");
    assert!(matches!(&events[0], E::SchlusszeichnungGiven { position: p, .. } if *p == position));
    assert_eq!(f.state.status, Status::Gezeichnet);
}

#[test]
fn a_burdening_decision_needs_hearing_or_a_reasoned_waiver() {
    let mut f = Fall::zugewiesen(erlaubnis());
    f.ok(MEYER, C::StartPruefung);
    assert_eq!(f.refused(MEYER, draft(Tenor::Abgelehnt)), Refusal::AnhoerungFehlt);
    assert_eq!(f.refused(MEYER, C::WaiveAnhoerung { nr: "6".into(), grund: "x".into() }).code(), "angabe_ungueltig");
    f.ok(MEYER, C::StartAnhoerung { text: "Wir wollen ablehnen.".into(), tage: 14 });
    assert_eq!(f.state.status, Status::Anhoerung);
    f.ok(MEYER, C::HoldAnhoerung { antwort: "Bitte nicht.".into() });
    assert!(f.decide(MEYER, draft(Tenor::Abgelehnt)).is_ok());
}

#[test]
fn a_notice_knows_no_decision() {
    let f = Fall::zugewiesen(anzeige());
    assert_eq!(f.refused(MEYER, draft(Tenor::Bewilligt)), Refusal::KeinBescheid);
}

#[test]
fn handed_over_at_the_counter_it_is_known_the_same_day_and_the_month_runs() {
    let mut f = Fall::zugewiesen(erlaubnis());
    bis_gezeichnet(&mut f);
    f.today = date(2026, 11, 24);
    f.ok(MEYER, C::Dispatch { weg: Weg::Schalter });
    assert_eq!(f.state.bekanntgabe, Some(date(2026, 11, 24)));
    assert_eq!(f.state.widerspruchsfrist_ende, Some(date(2026, 12, 24)));
    assert!(f.state.fristen.iter().any(|x| x.frist == "untaetigkeit" && x.erledigt));
    f.today = date(2026, 12, 24);
    assert_eq!(f.refused(MEYER, C::ReachBestandskraft), Refusal::FristLaeuft(date(2026, 12, 24)));
    f.today = date(2026, 12, 25);
    f.ok(Actor::Process, C::ReachBestandskraft);
    assert_eq!(f.state.status, Status::Bestandskraeftig);
    assert_eq!(f.state.bestandskraft_am, Some(date(2026, 12, 25)));
}

#[test]
fn by_portal_it_is_known_only_when_it_is_retrieved_in_time() {
    let mut f = Fall::zugewiesen(erlaubnis());
    bis_gezeichnet(&mut f);
    f.today = date(2026, 3, 2);
    bereitgestellt(&mut f);
    assert_eq!((f.state.status, f.state.bekanntgabe), (Status::Versandt, None));
    f.today = date(2026, 3, 5);
    let events = f.ok(BUERGER, C::EffectBekanntgabe { art: "abruf".into(), am: date(2026, 3, 5) });
    assert_eq!(f.state.bekanntgabe, Some(date(2026, 3, 6)), "{events:?}");
    assert!(f.ok(BUERGER, C::EffectBekanntgabe { art: "abruf".into(), am: date(2026, 3, 5) }).is_empty());
}

#[test]
fn a_retrieval_after_ten_days_announces_nothing() {
    let mut f = Fall::zugewiesen(erlaubnis());
    bis_gezeichnet(&mut f);
    f.today = date(2026, 3, 2);
    bereitgestellt(&mut f);
    f.today = date(2026, 3, 20);
    let late = C::EffectBekanntgabe { art: "abruf".into(), am: date(2026, 3, 20) };
    assert_eq!(f.refused(BUERGER, late), Refusal::BereitstellungBeendet);
    assert!(f.decide(MEYER, C::Dispatch { weg: Weg::Post }).is_ok(), "another way is open");
}

#[test]
fn a_returned_letter_takes_the_bekanntgabe_back() {
    let mut f = Fall::zugewiesen(erlaubnis());
    bis_gezeichnet(&mut f);
    f.today = date(2026, 10, 29);
    aufgegeben(&mut f, Weg::Post);
    assert_eq!(f.state.bekanntgabe, Some(date(2026, 11, 2)), "the later of both readings");
    f.today = date(2026, 11, 10);
    f.ok(MEYER, C::ReportZustellung { sendung: None, status: "returned_letter".into(), am: date(2026, 11, 9) });
    assert_eq!((f.state.status, f.state.bekanntgabe, f.state.widerspruchsfrist_ende), (Status::Versandt, None, None));
}

#[test]
fn a_widerspruch_is_timely_to_the_last_day_and_late_ones_are_received_too() {
    let mut f = Fall::zugewiesen(erlaubnis());
    bis_gezeichnet(&mut f);
    f.today = date(2026, 11, 24);
    f.ok(MEYER, C::Dispatch { weg: Weg::Schalter });
    f.today = date(2027, 1, 10);
    let am = |d| C::ReceiveWiderspruch { am: d, text: "Nein.".into() };
    let timely = |e: &[E]| matches!(&e[0], E::WiderspruchReceived { fristgerecht: true, .. });
    assert!(timely(&f.decide(MEYER, am(date(2026, 12, 24))).expect("received")));
    assert!(!timely(&f.decide(MEYER, am(date(2026, 12, 25))).expect("received")));
    f.ok(MEYER, am(date(2026, 12, 24)));
    assert_eq!(f.state.status, Status::Widerspruch);
    let decide = |e: &str| C::DecideWiderspruch { ergebnis: e.into(), begruendung: "Weil.".into() };
    assert_eq!(f.refused(PETERSEN, decide("zurueckgewiesen")), Refusal::WiderspruchBrauchtBescheid);
    f.ok(PETERSEN, decide("zurueckgenommen"));
    assert_eq!(f.state.status, Status::Bekanntgegeben);
}
