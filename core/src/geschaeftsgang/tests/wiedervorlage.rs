//! One Wiedervorlage: its day by the calendar of the Land, moved, due, told to the head of the unit, done.

use super::*;
use crate::geschaeftsgang::event::WiedervorlageEvent as E;
use crate::geschaeftsgang::objekt::{Objekt, Objektart};
use crate::geschaeftsgang::wiedervorlage::{HOECHSTENS, nach_arbeitstagen};
use crate::geschaeftsgang::{Wann, Wiedervorlage, WiedervorlageCommand as C, WiedervorlageRefusal as R};
use crate::kernel::Decider;

fn setzen(wann: Wann) -> C {
    C::Set {
        objekt: Objekt::neu(Objektart::Akte, id(20)),
        einheit: "ordnung".into(),
        konto: id(MEYER),
        wann,
        grund: "Rückruf".into(),
        verfuegung: None,
    }
}

fn an(today: Date) -> Context {
    Context { actor: Actor::Konto(id(MEYER)), ..am(today) }
}

fn gesetzt(wann: Wann, heute: Date) -> Wiedervorlage {
    let events = Wiedervorlage::decide(&Wiedervorlage::default(), setzen(wann), &an(heute)).expect("set");
    events.iter().fold(Wiedervorlage::default(), Wiedervorlage::evolve)
}

#[test]
fn fourteen_days_that_end_on_reformation_day_end_on_the_next_working_day_and_the_way_says_why() {
    // 17.10.2026 + 14 = Saturday, 31.10.2026, a public holiday in this Land; Sunday follows.
    let events = Wiedervorlage::decide(&Wiedervorlage::default(), setzen(Wann::Tage(14)), &an(date(2026, 10, 17)));
    let events = events.expect("set");
    let [E::Set { faellig, eingabe, rechenweg, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((*faellig, eingabe.as_str()), (date(2026, 11, 2), "+14T"));
    assert!(rechenweg.iter().any(|s| s.text.contains("Reformationstag")), "{rechenweg:?}");
    // 2028: a Tuesday.
    assert_eq!(gesetzt(Wann::Tage(14), date(2028, 10, 17)).faellig, Some(date(2028, 11, 1)));
}

#[test]
fn a_day_is_read_as_people_write_it_and_must_lie_ahead() {
    for (text, wann) in [
        ("+14T", Some(Wann::Tage(14))),
        (" +7 ", Some(Wann::Tage(7))),
        ("31.12.2026", Some(Wann::Am(date(2026, 12, 31)))),
        ("2026-12-31", Some(Wann::Am(date(2026, 12, 31)))),
        ("31.02.2026", None),
        ("14", None),
        ("+viele", None),
        ("31.12.26", None),
    ] {
        assert_eq!(Wann::lesen(text), wann, "{text}");
    }
    let heute = date(2026, 11, 23);
    for falsch in [Wann::Tage(0), Wann::Tage(HOECHSTENS + 1), Wann::Am(heute), Wann::Am(date(2020, 1, 1))] {
        let refused = Wiedervorlage::decide(&Wiedervorlage::default(), setzen(falsch), &an(heute));
        assert_eq!(refused, Err(R::Zeitraum), "{falsch:?}");
    }
}

#[test]
fn it_is_due_once_on_its_day_and_a_moved_one_is_due_again() {
    let w = gesetzt(Wann::Tage(14), date(2026, 11, 23));
    assert_eq!(w.faellig, Some(date(2026, 12, 7)));
    let due = |w: &Wiedervorlage, am_tag| Wiedervorlage::decide(w, C::NoteDue, &am(am_tag)).expect("asked");
    assert!(due(&w, date(2026, 12, 6)).is_empty());
    let events = due(&w, date(2026, 12, 7));
    let w = events.iter().fold(w, Wiedervorlage::evolve);
    assert!(events.len() == 1 && due(&w, date(2026, 12, 8)).is_empty());
    let ohne = Wiedervorlage::decide(&w, C::Move { wann: Wann::Tage(7), grund: String::new() }, &an(date(2026, 12, 7)));
    assert_eq!(ohne, Err(R::AngabeFehlt("Grund")));
    let verschoben = C::Move { wann: Wann::Tage(7), grund: "Unterlage fehlt".into() };
    let events = Wiedervorlage::decide(&w, verschoben, &an(date(2026, 12, 7))).expect("moved");
    let w = events.iter().fold(w, Wiedervorlage::evolve);
    assert_eq!(w.faellig, Some(date(2026, 12, 14)));
    assert_eq!(due(&w, date(2026, 12, 14)).len(), 1);
}

#[test]
fn not_done_in_three_working_days_goes_to_the_head_of_the_unit_once() {
    let w = gesetzt(Wann::Am(date(2026, 12, 23)), date(2026, 11, 23));
    let law = crate::recht::Law::builtin().expect("law");
    // 24.12. counts, 25. and 26.12. are holidays, 27.12. a Sunday: 24., 28., 29.
    assert_eq!(nach_arbeitstagen(&law, date(2026, 12, 23), 3), date(2026, 12, 29));
    let tell =
        |w: &Wiedervorlage, tag| Wiedervorlage::decide(w, C::Escalate { arbeitstage: 3 }, &am(tag)).expect("asked");
    assert!(tell(&w, date(2026, 12, 28)).is_empty());
    let events = tell(&w, date(2026, 12, 29));
    assert!(matches!(&events[..], [E::Escalated { arbeitstage: 3, .. }]), "{events:?}");
    let w = events.iter().fold(w, Wiedervorlage::evolve);
    assert!(tell(&w, date(2027, 1, 4)).is_empty());
    let done =
        Wiedervorlage::decide(&w, C::Done { ergebnis: "angerufen".into() }, &an(date(2027, 1, 4))).expect("done");
    let w = done.iter().fold(w, Wiedervorlage::evolve);
    assert_eq!(Wiedervorlage::decide(&w, C::NoteDue, &am(date(2027, 1, 5))), Ok(vec![]));
    let nochmal = Wiedervorlage::decide(&w, C::Done { ergebnis: String::new() }, &an(date(2027, 1, 5)));
    assert_eq!(nochmal, Err(R::Erledigt));
}
