//! Acts, their way to the person and remedies together: nothing leaves that was given up, no objection is lost.

use super::akt::{bekannt, bis_ausgefertigt, bis_bekannt};
use super::versand::aufgegeben;
use super::*;
use crate::verfahren::Status;
use crate::verfahren::event::{AktArt, Tenor, Weg};

fn widerspruch(f: &mut Fall) {
    f.ok(MEYER, C::ReceiveWiderspruch { am: f.today, text: "Nein.".into() });
}

fn erledigt(f: &mut Fall) {
    f.ok(
        MEYER,
        C::DecideWiderspruch { ergebnis: "zurueckgenommen".into(), begruendung: "Schreiben liegt vor.".into() },
    );
}

#[test]
fn an_act_on_its_way_out_is_not_given_up_and_no_other_is_begun() {
    let mut f = bekannt();
    f.today = date(2026, 12, 1);
    f.ok(MEYER, C::OpenAkt { art: AktArt::Berichtigung, bezug: 1 });
    bis_ausgefertigt(&mut f, Tenor::Bewilligt, "Statt „2025“ muss es „2026“ heißen.");
    f.ok(MEYER, C::Dispatch { weg: Weg::Post });
    assert_eq!(f.refused(MEYER, C::DiscardAkt { grund: "Doch nicht.".into() }), Refusal::VersandLaeuft);
    f.ok(MEYER, C::CancelVersand);
    f.ok(MEYER, C::DiscardAkt { grund: "Doch nicht.".into() });
    assert_eq!(f.state.status, Status::Bekanntgegeben);
}

#[test]
fn a_letter_that_waits_is_not_posted_over_a_widerspruch() {
    let mut f = Fall::zugewiesen(erlaubnis());
    super::bescheid::bis_gezeichnet(&mut f);
    aufgegeben(&mut f, Weg::Post);
    f.ok(MEYER, C::ReportZustellung { sendung: None, status: "returned_letter".into(), am: f.today });
    f.ok(MEYER, C::Dispatch { weg: Weg::Post });
    let sendung = f.state.sendungen.last().expect("wanted").id;
    f.sekunden += 60;
    f.ok(MEYER, C::TakeDruck { sendung, stapel: id(71) });
    widerspruch(&mut f);
    let posted = C::MarkPosted { sendung, am: f.today };
    assert_eq!(f.refused(MEYER, posted), Refusal::NichtMoeglich(Status::Widerspruch));
    assert_eq!(f.state.status, Status::Widerspruch, "the objection stands");
}

#[test]
fn a_settled_widerspruch_leaves_the_decision_where_it_stood() {
    let mut f = Fall::zugewiesen(erlaubnis());
    super::bescheid::bis_gezeichnet(&mut f);
    aufgegeben(&mut f, Weg::Pzu);
    widerspruch(&mut f);
    erledigt(&mut f);
    assert_eq!((f.state.status, f.state.bekanntgabe), (Status::Versandt, None), "the certificate is still out");
    f.ok(MEYER, C::RecordUrkunde { art: "einlegen".into(), am: f.today });
    assert_eq!(f.state.status, Status::Bekanntgegeben);
    let mut f = bekannt();
    f.today = date(2026, 12, 25);
    f.ok(Actor::Process, C::ReachBestandskraft);
    widerspruch(&mut f);
    erledigt(&mut f);
    assert_eq!(f.state.status, Status::Bestandskraeftig, "too late and withdrawn: final as before");
}

#[test]
fn over_a_widerspruch_against_an_earlier_act_a_notice_can_still_decide() {
    let mut f = bekannt();
    f.today = date(2026, 12, 1);
    f.ok(MEYER, C::OpenAkt { art: AktArt::Berichtigung, bezug: 1 });
    widerspruch(&mut f);
    bis_bekannt(&mut f, Tenor::Bewilligt, "Statt „2025“ muss es „2026“ heißen.");
    assert_eq!(f.state.status, Status::Widerspruch, "the correction joined, the objection stands");
    f.ok(MEYER, C::OpenAkt { art: AktArt::Widerspruchsbescheid, bezug: 1 });
}

#[test]
fn an_abhilfe_that_came_back_and_went_out_again_becomes_final() {
    let mut f = bekannt();
    f.today = date(2026, 12, 1);
    widerspruch(&mut f);
    f.ok(MEYER, C::OpenAkt { art: AktArt::Abhilfe, bezug: 1 });
    bis_ausgefertigt(&mut f, Tenor::Bewilligt, "Der Ausweis wird erteilt.");
    aufgegeben(&mut f, Weg::Post);
    f.ok(MEYER, C::ReportZustellung { sendung: None, status: "returned_letter".into(), am: f.today });
    f.ok(MEYER, C::Dispatch { weg: Weg::Schalter });
    f.today = date(2027, 3, 1);
    f.ok(Actor::Process, C::ReachBestandskraft);
    assert_eq!(f.state.status, Status::Bestandskraeftig);
}
