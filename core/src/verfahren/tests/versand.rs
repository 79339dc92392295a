//! The way of a notice: a minute to think again, and no date that counts before it left.

use super::bescheid::bis_gezeichnet;
use super::*;
use crate::verfahren::event::Weg;
use crate::verfahren::zustellung::{Mailstand, Zustand};
use crate::verfahren::{Status, WIDERSPRUCH};

fn wollen(f: &mut Fall, weg: Weg) -> Uuid {
    f.ok(MEYER, C::Dispatch { weg });
    f.state.sendungen.last().expect("wanted").id
}

/// Wanted, printed a minute later, and posted today.
pub fn aufgegeben(f: &mut Fall, weg: Weg) -> Uuid {
    let sendung = wollen(f, weg);
    f.sekunden += 60;
    f.ok(MEYER, C::TakeDruck { sendung, stapel: id(70) });
    f.ok(MEYER, C::MarkPosted { sendung, am: f.today });
    sendung
}

/// Agreed to, wanted, and a minute later in the portal.
pub fn bereitgestellt(f: &mut Fall) -> Uuid {
    f.ok(BUERGER, C::GiveEinwilligung { kanal: Kanal::Online, email: Some("erika@beispiel.example".into()) });
    let sendung = wollen(f, Weg::Portal);
    f.sekunden += 60;
    f.ok(Actor::Process, C::ReleaseVersand { sendung });
    sendung
}

fn gezeichnet() -> Fall {
    let mut f = Fall::zugewiesen(erlaubnis());
    bis_gezeichnet(&mut f);
    f
}

fn zustand(f: &Fall) -> Zustand {
    f.state.sendungen.last().expect("a dispatch").zustand
}

fn gemeldet(status: Zustand, am: Date) -> C {
    C::ReportZustellung { sendung: None, status: status.wire().into(), am }
}

#[test]
fn within_the_minute_a_dispatch_is_taken_back_and_after_it_no_more() {
    let mut f = gezeichnet();
    wollen(&mut f, Weg::Post);
    assert_eq!((f.state.status, zustand(&f)), (Status::Gezeichnet, Zustand::Created), "nothing has left");
    f.sekunden = 59;
    let events = f.decide(MEYER, C::CancelVersand).expect("still held");
    assert!(matches!(&events[..], [E::VersandCancelled { .. }]));
    f.sekunden = 60;
    assert_eq!(f.refused(MEYER, C::CancelVersand), Refusal::HaltVorbei);
    f.sekunden = 59;
    f.ok(MEYER, C::CancelVersand);
    assert_eq!(zustand(&f), Zustand::Cancelled);
    assert_eq!(f.refused(MEYER, C::CancelVersand), Refusal::KeinVersand);
    wollen(&mut f, Weg::Pzu);
    assert_eq!(f.state.sendungen.len(), 2, "another way is open");
}

#[test]
fn what_was_taken_back_never_leaves_and_what_is_held_does_not_leave_early() {
    let mut f = gezeichnet();
    f.ok(MEYER, C::GiveEinwilligung { kanal: Kanal::VorOrt, email: None });
    let sendung = wollen(&mut f, Weg::Portal);
    let release = || C::ReleaseVersand { sendung };
    assert_eq!(f.refused(Actor::Process, release()), Refusal::HaltLaeuft);
    let later = f.decide(Actor::Process, C::ReleaseVersand { sendung: id(66) });
    assert_eq!(later, Ok(vec![]), "nobody wanted that");
    f.ok(MEYER, C::CancelVersand);
    f.sekunden = 3_600;
    assert_eq!(f.ok(Actor::Process, release()), vec![]);
    assert_eq!((f.state.status, f.state.versandt), (Status::Gezeichnet, None));
}

#[test]
fn released_twice_it_leaves_once() {
    let mut f = gezeichnet();
    let sendung = bereitgestellt(&mut f);
    assert_eq!(f.ok(Actor::Process, C::ReleaseVersand { sendung }), vec![]);
    assert_eq!((f.state.status, zustand(&f)), (Status::Versandt, Zustand::Sent));
}

#[test]
fn nothing_is_changed_while_a_notice_is_on_its_way_out() {
    let mut f = gezeichnet();
    wollen(&mut f, Weg::Post);
    let entwurf = C::DraftBescheid {
        tenor: crate::verfahren::event::Tenor::Bewilligt,
        begruendung: "Doch anders.".into(),
        nebenbestimmungen: String::new(),
        zusatz: ermessen(),
    };
    assert_eq!(f.refused(MEYER, entwurf), Refusal::VersandLaeuft);
    assert_eq!(f.refused(MEYER, C::Dispatch { weg: Weg::Schalter }), Refusal::VersandLaeuft);
}

#[test]
fn the_portal_needs_consent_and_a_letter_an_address() {
    let mut f = gezeichnet();
    assert_eq!(f.refused(MEYER, C::Dispatch { weg: Weg::Portal }), Refusal::EinwilligungFehlt);
    for (kaputt, feld) in [("a@b\r\nBcc: x@y.de", "E-Mail-Adresse"), ("erika", "E-Mail-Adresse")] {
        let c = C::GiveEinwilligung { kanal: Kanal::Online, email: Some(kaputt.into()) };
        assert_eq!(f.refused(BUERGER, c), Refusal::AngabeUngueltig(feld));
    }
    f.ok(BUERGER, C::GiveEinwilligung { kanal: Kanal::Online, email: Some(" e@x.example ".into()) });
    assert!(f.decide(MEYER, C::Dispatch { weg: Weg::Portal }).is_ok());
    f.ok(BUERGER, C::WithdrawEinwilligung);
    assert_eq!(f.refused(MEYER, C::Dispatch { weg: Weg::Portal }), Refusal::EinwilligungFehlt);
    f.state.felder.remove("plz");
    for weg in [Weg::Post, Weg::Pzu] {
        assert_eq!(f.refused(MEYER, C::Dispatch { weg }), Refusal::AnschriftFehlt);
    }
}

#[test]
fn a_letter_counts_from_the_day_it_was_posted_not_from_the_wish() {
    let mut f = gezeichnet();
    f.today = date(2026, 10, 29);
    let sendung = wollen(&mut f, Weg::Post);
    let posted = |am| C::MarkPosted { sendung, am };
    assert_eq!(f.refused(MEYER, C::TakeDruck { sendung, stapel: id(70) }), Refusal::HaltLaeuft);
    f.today = date(2026, 11, 10);
    assert_eq!(f.refused(MEYER, posted(f.today)), Refusal::NichtGedruckt);
    f.ok(MEYER, C::TakeDruck { sendung, stapel: id(70) });
    assert_eq!(f.refused(MEYER, posted(date(2026, 10, 28))).code(), "angabe_ungueltig");
    assert_eq!(f.refused(MEYER, posted(date(2026, 11, 11))).code(), "angabe_ungueltig");
    assert_eq!(f.state.status, Status::Gezeichnet, "printed is not posted");
    f.ok(MEYER, posted(date(2026, 11, 9)));
    assert_eq!(f.state.versandt, Some((Weg::Post, date(2026, 11, 9))));
    // Three or four days after the posting is open: what counts against the person counts from the later.
    assert_eq!(f.state.bekanntgabe, Some(date(2026, 11, 13)));
    assert_eq!(zustand(&f), Zustand::Sent, "the fiction does not make it delivered");
    assert_eq!(f.refused(MEYER, posted(date(2026, 11, 9))), Refusal::KeinVersand);
}

#[test]
fn a_certificate_announces_on_the_day_it_names_and_nothing_else_does() {
    let mut f = gezeichnet();
    f.today = date(2026, 11, 9);
    aufgegeben(&mut f, Weg::Pzu);
    assert_eq!((f.state.status, f.state.bekanntgabe), (Status::Versandt, None));
    assert_eq!(f.refused(MEYER, gemeldet(Zustand::Delivered, f.today)).code(), "zustand_unmoeglich");
    let abruf = C::EffectBekanntgabe { art: "abruf".into(), am: f.today };
    assert_eq!(f.refused(BUERGER, abruf).code(), "angabe_ungueltig", "reading along in the portal is no service");
    f.today = date(2026, 11, 16);
    let urkunde = |art: &str, am| C::RecordUrkunde { art: art.into(), am };
    assert_eq!(f.refused(MEYER, urkunde("geworfen", date(2026, 11, 11))).code(), "angabe_ungueltig");
    assert_eq!(f.refused(MEYER, urkunde("einlegen", date(2026, 11, 8))).code(), "angabe_ungueltig");
    f.ok(MEYER, urkunde("einlegen", date(2026, 11, 11)));
    assert_eq!(f.state.bekanntgabe, Some(date(2026, 11, 11)));
    assert_eq!(f.state.widerspruchsfrist_ende, Some(date(2026, 12, 11)));
    assert_eq!(zustand(&f), Zustand::Delivered);
}

#[test]
fn a_letter_that_returns_after_bestandskraft_takes_it_back_visibly_and_another_way_is_open() {
    let mut f = gezeichnet();
    f.today = date(2026, 10, 29);
    aufgegeben(&mut f, Weg::Post);
    f.today = date(2026, 12, 30);
    f.ok(Actor::Process, C::ReachBestandskraft);
    let events = f.ok(MEYER, gemeldet(Zustand::ReturnedLetter, date(2026, 12, 29)));
    let grund = || "returned_letter".to_owned();
    assert_eq!(events[1..], [E::BestandskraftRevoked { grund: grund() }, E::BekanntgabeRevoked { grund: grund() }]);
    let v = &f.state;
    assert_eq!(
        (v.status, v.bestandskraft_am, v.bekanntgabe, v.widerspruchsfrist_ende),
        (Status::Versandt, None, None, None)
    );
    assert!(v.fristen.iter().all(|x| x.frist != crate::verfahren::WIDERSPRUCH));
    assert_eq!(f.refused(MEYER, gemeldet(Zustand::ReturnedLetter, f.today)).code(), "zustand_unmoeglich");
    f.ok(MEYER, C::Dispatch { weg: Weg::Schalter });
    assert_eq!((f.state.status, f.state.bekanntgabe), (Status::Bekanntgegeben, Some(date(2026, 12, 30))));
    f.today = date(2027, 2, 2);
    f.ok(Actor::Process, C::ReachBestandskraft);
    assert_eq!(f.state.status, Status::Bestandskraeftig);
}

#[test]
fn who_objects_knows_the_notice_and_a_return_takes_no_widerspruch_away() {
    let mut f = gezeichnet();
    f.today = date(2026, 10, 29);
    aufgegeben(&mut f, Weg::Post);
    f.today = date(2026, 11, 10);
    f.ok(MEYER, C::ReceiveWiderspruch { am: f.today, text: "Nein.".into() });
    f.ok(MEYER, gemeldet(Zustand::ReturnedLetter, f.today));
    assert_eq!((f.state.status, f.state.bekanntgabe.is_some()), (Status::Widerspruch, true));
}

#[test]
fn a_letter_that_cannot_be_posted_fails_before_it_left() {
    let mut f = gezeichnet();
    wollen(&mut f, Weg::Post);
    f.sekunden = 60;
    assert_eq!(f.refused(MEYER, gemeldet(Zustand::Sent, f.today)).code(), "zustand_unmoeglich");
    let events = f.ok(MEYER, gemeldet(Zustand::PermanentFailure, f.today));
    assert_eq!(events.len(), 1);
    assert_eq!((f.state.status, zustand(&f)), (Status::Gezeichnet, Zustand::PermanentFailure));
    f.ok(MEYER, C::Dispatch { weg: Weg::Schalter });
}

#[test]
fn at_the_counter_there_is_no_hold_and_who_took_it_stands_there() {
    let mut f = gezeichnet();
    let events = f.ok(MEYER, C::HandOver { von: "Max Kowalski, Vollmacht".into() });
    assert!(
        matches!(&events[..], [E::BescheidDispatched { weg: Weg::Schalter, .. }, .., E::EmpfangAcknowledged { von: Some(v), .. }] if v.starts_with("Max")),
        "{events:?}"
    );
    assert_eq!((f.state.status, zustand(&f)), (Status::Bekanntgegeben, Zustand::Delivered));
}

fn queued(f: &mut Fall) -> Uuid {
    bereitgestellt(f);
    f.ok(Actor::Process, C::QueueHinweis);
    f.state.sendungen[0].hinweis.as_ref().expect("queued").id
}

fn mail(hinweis: Uuid, status: Mailstand, versuch: u32) -> C {
    C::ReportHinweis { hinweis, status, versuch }
}

#[test]
fn a_hint_is_announced_before_it_is_sent_and_told_after() {
    let mut f = gezeichnet();
    let h = queued(&mut f);
    assert_eq!(f.ok(Actor::Process, C::QueueHinweis), vec![], "one hint per dispatch");
    assert_eq!(f.refused(Actor::Process, mail(h, Mailstand::Sent, 0)), Refusal::HinweisUeberholt);
    f.ok(Actor::Process, mail(h, Mailstand::TemporaryFailure, 0));
    assert_eq!(f.ok(Actor::Process, mail(h, Mailstand::TemporaryFailure, 0)), vec![], "told once");
    f.ok(Actor::Process, mail(h, Mailstand::Sending, 1));
    assert_eq!(f.refused(Actor::Process, mail(h, Mailstand::Sending, 1)), Refusal::HinweisUeberholt, "one node only");
    // Its outcome is never learnt: whoever takes over tries again.
    f.ok(Actor::Process, mail(h, Mailstand::Sending, 2));
    assert_eq!(f.refused(Actor::Process, mail(h, Mailstand::Sent, 1)), Refusal::HinweisUeberholt);
    f.ok(Actor::Process, mail(h, Mailstand::Sent, 2));
    for status in Mailstand::ALLE {
        assert_eq!(f.ok(Actor::Process, mail(h, status, 3)), vec![], "sent stays sent");
    }
}

#[test]
fn the_provision_counts_from_the_hint_not_from_the_day_it_was_put_there() {
    let mut f = gezeichnet();
    f.today = date(2026, 3, 2);
    let h = queued(&mut f);
    f.today = date(2026, 3, 5);
    f.ok(Actor::Process, mail(h, Mailstand::Sending, 1));
    f.ok(Actor::Process, mail(h, Mailstand::Sent, 1));
    f.today = date(2026, 3, 14);
    let events = f.decide(BUERGER, C::EffectBekanntgabe { art: "abruf".into(), am: f.today });
    assert!(events.is_ok(), "ten days after 05.03., not after 02.03.: {events:?}");
    f.today = date(2026, 3, 17);
    let late = C::EffectBekanntgabe { art: "abruf".into(), am: f.today };
    assert_eq!(f.refused(BUERGER, late), Refusal::BereitstellungBeendet);
}

#[test]
fn a_hint_that_cannot_be_delivered_ends_the_provision_and_another_way_is_open() {
    let mut f = gezeichnet();
    let h = queued(&mut f);
    f.ok(Actor::Process, mail(h, Mailstand::Sending, 1));
    let events = f.ok(Actor::Process, mail(h, Mailstand::PermanentFailure, 1));
    assert!(
        matches!(&events[1], E::ZustellungReported { weg: Weg::Portal, status, .. } if status == "permanent_failure")
    );
    assert_eq!((f.state.status, zustand(&f)), (Status::Versandt, Zustand::PermanentFailure));
    aufgegeben(&mut f, Weg::Post);
    assert_eq!(f.state.status, Status::Bekanntgegeben);
}

#[test]
fn a_hint_nobody_needs_any_more_is_not_sent() {
    let mut f = gezeichnet();
    let h = queued(&mut f);
    f.ok(BUERGER, C::EffectBekanntgabe { art: "abruf".into(), am: f.today });
    assert_eq!(zustand(&f), Zustand::Delivered);
    f.ok(Actor::Process, mail(h, Mailstand::Sending, 1));
    assert_eq!(f.state.sendungen[0].hinweis.as_ref().map(|h| h.stand), Some(Mailstand::Cancelled));
}

/// The same service under the Abgabenordnung.
fn abgabe() -> Fall {
    let mut def = erlaubnis();
    def.bescheid.as_mut().expect("it decides").regime = "AO".into();
    let mut f = Fall::zugewiesen(def);
    bis_gezeichnet(&mut f);
    f
}

#[test]
fn under_the_abgabenordnung_the_hint_announces_a_notice_nobody_opens() {
    let mut f = abgabe();
    f.today = date(2026, 12, 23);
    let h = queued(&mut f);
    f.ok(Actor::Process, mail(h, Mailstand::Sending, 1));
    let events = f.ok(Actor::Process, mail(h, Mailstand::Sent, 1));
    let art = events.iter().find_map(|e| match e {
        E::BekanntgabeEffected { art, am, .. } => Some((art.as_str(), *am)),
        _ => None,
    });
    assert_eq!(art, Some(("fiktion", date(2026, 12, 28))), "§ 122a (4) AO, moved off Sunday");
    assert_eq!(f.state.status, Status::Bekanntgegeben);
    assert!(f.state.fristen.iter().any(|x| x.frist == WIDERSPRUCH), "the month runs: {:?}", f.state.fristen);
    f.ok(MEYER, gemeldet(Zustand::PermanentFailure, f.today));
    assert_eq!((f.state.status, f.state.bekanntgabe), (Status::Versandt, None), "a mail that bounces takes it back");
}

#[test]
fn elsewhere_a_hint_alone_announces_nothing() {
    let mut f = gezeichnet();
    let h = queued(&mut f);
    f.ok(Actor::Process, mail(h, Mailstand::Sending, 1));
    f.ok(Actor::Process, mail(h, Mailstand::Sent, 1));
    assert_eq!((f.state.status, f.state.bekanntgabe), (Status::Versandt, None));
}

#[test]
fn a_letter_that_comes_back_is_told_apart_from_the_one_sent_after_it() {
    let mut f = gezeichnet();
    aufgegeben(&mut f, Weg::Post);
    f.ok(MEYER, gemeldet(Zustand::TemporaryFailure, f.today));
    let erster = f.state.sendungen[0].id;
    f.ok(MEYER, gemeldet(Zustand::ReturnedLetter, f.today));
    aufgegeben(&mut f, Weg::Post);
    let zweiter = f.state.sendungen[1].id;
    let an = |sendung, status: Zustand| C::ReportZustellung {
        sendung: Some(sendung),
        status: status.wire().into(),
        am: date(2026, 11, 20),
    };
    f.today = date(2026, 11, 20);
    let wieder = Refusal::ZustandUnmoeglich(Zustand::ReturnedLetter, Zustand::ReturnedLetter);
    assert_eq!(f.refused(MEYER, an(erster, Zustand::ReturnedLetter)), wieder, "the first is back already");
    f.ok(MEYER, an(zweiter, Zustand::Delivered));
    assert_eq!((f.state.sendungen[0].zustand, zustand(&f)), (Zustand::ReturnedLetter, Zustand::Delivered));
    assert_eq!(f.refused(MEYER, an(id(77), Zustand::Delivered)), Refusal::KeinVersand);
}

#[test]
fn under_the_abgabenordnung_who_was_not_told_knows_the_notice_from_the_day_of_retrieval() {
    let abrufen = |f: &mut Fall| {
        f.today = date(2026, 3, 20);
        let events = f.ok(BUERGER, C::EffectBekanntgabe { art: "abruf".into(), am: f.today });
        assert!(matches!(&events[0], E::BekanntgabeEffected { art, .. } if art == "abruf"), "{events:?}");
        f.state.bekanntgabe
    };
    let mut f = abgabe();
    f.today = date(2026, 3, 2);
    bereitgestellt(&mut f);
    assert_eq!(abrufen(&mut f), Some(date(2026, 3, 20)), "no hint was sent");
    let mut f = abgabe();
    f.today = date(2026, 3, 2);
    let h = queued(&mut f);
    f.ok(Actor::Process, mail(h, Mailstand::Sending, 1));
    f.ok(Actor::Process, mail(h, Mailstand::Sent, 1));
    f.ok(MEYER, gemeldet(Zustand::PermanentFailure, f.today));
    assert_eq!(abrufen(&mut f), Some(date(2026, 3, 20)), "the hint bounced");
}

#[test]
fn a_certificate_that_comes_back_takes_nothing_from_the_letter_sent_after_it() {
    let mut f = gezeichnet();
    aufgegeben(&mut f, Weg::Pzu);
    let pzu = f.state.sendungen[0].id;
    aufgegeben(&mut f, Weg::Post);
    let bekannt = f.state.bekanntgabe;
    assert!(bekannt.is_some(), "by the fiction of the letter");
    let zurueck =
        |id| C::ReportZustellung { sendung: Some(id), status: "returned_letter".into(), am: date(2026, 10, 30) };
    f.today = date(2026, 10, 30);
    f.ok(MEYER, zurueck(pzu));
    assert_eq!((f.state.status, f.state.bekanntgabe), (Status::Bekanntgegeben, bekannt));
    f.ok(MEYER, zurueck(f.state.sendungen[1].id));
    assert_eq!((f.state.status, f.state.bekanntgabe), (Status::Versandt, None));
}

#[test]
fn the_fiction_of_the_post_is_not_claimed_for_what_lies_in_the_portal() {
    let mut f = gezeichnet();
    bereitgestellt(&mut f);
    let fiktion = C::EffectBekanntgabe { art: "fiktion".into(), am: f.today };
    assert_eq!(f.refused(MEYER, fiktion), Refusal::AngabeUngueltig("Art der Bekanntgabe"));
}
