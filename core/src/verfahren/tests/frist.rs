//! A running Frist: extended, suspended, continued, computed anew, missed.

use super::*;
use crate::kernel::WireEvent;
use crate::recht::{Dauer, Hemmungsgrund, Um};
use crate::verfahren::event::Weg;
use crate::verfahren::fristlauf::{ANHOERUNG, nachforderung, offene, regel};
use crate::verfahren::state::FristState;

/// A decision whose own target rests with the case, beside the statutory one.
pub fn mit_ziel() -> Fall {
    let mut def = erlaubnis();
    def.fristen.push(crate::verfahren::definition::FristDef {
        id: "ziel".into(),
        label: crate::verfahren::definition::Text { de: "Ziel".into(), ..Default::default() },
        regel: "bearbeitungsziel".into(),
        ab: String::new(),
        warn_tage: None,
        erledigt_durch: String::new(),
    });
    Fall::zugewiesen(def)
}

fn frist<'a>(f: &'a Fall, id: &str) -> &'a FristState {
    f.state.fristen.iter().find(|x| x.frist == id).expect("computed")
}

fn tage(n: u32) -> Um {
    Um::Dauer(Dauer::Tage(n))
}

fn extend(frist: &str, um: Um, mitgeteilt_am: Date) -> C {
    let (grund, rechtsgrundlage) = ("Auf Wunsch".into(), "§ 31 Abs. 7 VwVfG".into());
    C::ExtendFrist { frist: frist.into(), um, mitgeteilt_am, grund, rechtsgrundlage }
}

fn suspend(frist: &str, ab: Date) -> C {
    C::SuspendFrist { frist: frist.into(), ab, grund: "Verhandlung".into(), rechtsgrundlage: "§ 203 BGB".into() }
}

fn resume(frist: &str, bis: Date) -> C {
    C::ResumeFrist { frist: frist.into(), bis, grund: "gescheitert".into() }
}

fn wires(events: &[E]) -> Vec<&'static str> {
    events.iter().map(WireEvent::wire).collect()
}

#[test]
fn what_the_office_has_asked_for_is_extended_any_number_of_times_also_afterwards() {
    let mut f = Fall::zugewiesen(anzeige());
    f.ok(MEYER, C::Nachfordern { unterlagen: vec!["ausweis".into()], text: "Bitte".into(), tage: 14 });
    let n = f.state.nachforderungen[0].id;
    assert_eq!(f.state.nachforderungen[0].frist, date(2026, 11, 11));
    let events = f.ok(MEYER, extend(&nachforderung(n), tage(14), f.today));
    let [E::FristExtended { end, rechenweg, grund, mitgeteilt_am, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((*end, *mitgeteilt_am, grund.as_deref()), (date(2026, 11, 25), f.today, Some("Auf Wunsch")));
    assert!(rechenweg[0].norm.contains("§ 31 Abs. 7 VwVfG"), "{rechenweg:?}");
    f.today = date(2026, 12, 1);
    f.ok(MEYER, extend(&nachforderung(n), Um::Bis(date(2026, 12, 24)), f.today));
    assert_eq!(f.state.nachforderungen[0].frist, date(2026, 12, 24), "it had ended before");
    f.ok(MEYER, C::StartAnhoerung { text: "Bitte".into(), tage: 14 });
    f.ok(MEYER, extend(ANHOERUNG, Um::Dauer(Dauer::Wochen(1)), f.today));
    assert_eq!(f.state.anhoerung_frist, Some(date(2026, 12, 22)));
}

#[test]
fn a_statutory_period_is_neither_extended_nor_suspended_and_the_refusal_names_norm_and_remedy() {
    let mut f = Fall::zugewiesen(erlaubnis());
    let no = f.refused(MEYER, extend("untaetigkeit", tage(14), f.today));
    assert_eq!(no.code(), "frist");
    assert!(no.to_string().contains("§ 75 Satz 2 VwGO") && no.to_string().contains("Wiedereinsetzung"), "{no}");
    let no = f.refused(MEYER, suspend("untaetigkeit", f.today)).to_string();
    assert!(no.contains("läuft weiter, auch wenn der Vorgang ruht"), "{no}");
    super::bescheid::bis_gezeichnet(&mut f);
    f.ok(MEYER, C::Dispatch { weg: Weg::Schalter });
    assert!(f.refused(MEYER, extend(crate::verfahren::WIDERSPRUCH, tage(1), f.today)).to_string().contains("§ 70"));
}

#[test]
fn a_case_that_rests_or_waits_moves_no_statutory_period() {
    let mut f = Fall::zugewiesen(erlaubnis());
    let vorher = frist(&f, "untaetigkeit").clone();
    let ruht = f.ok(MEYER, C::Pause { grund: "Baustelle".into() });
    assert_eq!(wires(&ruht), ["vorgang.paused.v1"]);
    f.ok(MEYER, C::Nachfordern { unterlagen: vec!["ausweis".into()], text: "Bitte".into(), tage: 14 });
    f.today = date(2027, 1, 20);
    f.ok(MEYER, C::Resume);
    assert_eq!(*frist(&f, "untaetigkeit"), vorher);
}

#[test]
fn a_period_whose_rule_says_so_rests_with_the_case_and_the_days_that_remained_count_on() {
    let mut f = mit_ziel();
    let vorher = frist(&f, "ziel").clone();
    assert_eq!((vorher.end, vorher.warnung), (date(2026, 12, 9), Some(date(2026, 11, 25))));
    f.today = date(2026, 11, 2);
    let ruht = f.ok(MEYER, C::Pause { grund: "Baustelle".into() });
    assert_eq!(wires(&ruht), ["vorgang.paused.v1", "frist.suspended.v1"]);
    let E::FristSuspended { frist: id, anlass, rechenweg, .. } = &ruht[1] else { panic!("{ruht:?}") };
    assert_eq!((id.as_str(), *anlass), ("ziel", Hemmungsgrund::Ruhen));
    assert!(rechenweg[0].text.contains("bleiben noch 38 Tage"), "{rechenweg:?}");
    // Asked for documents meanwhile: it rests on until both are over.
    f.today = date(2026, 11, 5);
    let frage = C::Nachfordern { unterlagen: vec!["ausweis".into()], text: "Bitte".into(), tage: 14 };
    assert_eq!(wires(&f.ok(MEYER, frage)), ["nachforderung.issued.v1"]);
    f.today = date(2026, 11, 8);
    assert_eq!(wires(&f.ok(MEYER, C::Resume)), ["vorgang.resumed.v1"]);
    f.today = date(2026, 11, 11);
    let dokument = crate::verfahren::event::AntragDokument {
        unterlage: "ausweis".into(),
        dateiname: "a.pdf".into(),
        dokument: wert(3),
    };
    let kam = f.ok(BUERGER, C::SupplyUnterlage { kanal: Kanal::Online, dokument });
    assert_eq!(wires(&kam).last(), Some(&"frist.resumed.v1"), "{kam:?}");
    let nachher = frist(&f, "ziel");
    assert_eq!((nachher.end, nachher.warnung), (date(2026, 12, 21), Some(date(2026, 12, 7))));
    assert_eq!((nachher.roh, nachher.gehemmt), (Some(date(2026, 12, 19)), None), "ten days: a Saturday");
    assert_eq!(frist(&f, "untaetigkeit").end, date(2027, 1, 28), "the other one ran on");
}

#[test]
fn a_clerk_suspends_and_continues_with_reason_and_norm_and_a_resting_case_does_not_end_it() {
    let mut f = mit_ziel();
    f.today = date(2026, 11, 10);
    let ohne = C::SuspendFrist { frist: "ziel".into(), ab: f.today, grund: "x".into(), rechtsgrundlage: " ".into() };
    assert_eq!(f.refused(MEYER, ohne), Refusal::AngabeFehlt("Rechtsgrundlage"));
    let morgen = f.refused(MEYER, suspend("ziel", date(2026, 11, 11))).to_string();
    assert!(morgen.contains("„Erster Tag der Hemmung“") && morgen.contains("liegt in der Zukunft"), "{morgen}");
    f.ok(MEYER, suspend("ziel", date(2026, 11, 9)));
    assert!(f.refused(MEYER, suspend("ziel", f.today)).to_string().contains("schon seit dem 09.11.2026"));
    f.ok(MEYER, C::Pause { grund: "Baustelle".into() });
    assert_eq!(wires(&f.ok(MEYER, C::Resume)), ["vorgang.resumed.v1"], "what was ordered ends by order");
    f.today = date(2026, 11, 12);
    let weiter = f.ok(MEYER, resume("ziel", date(2026, 11, 11)));
    let [E::FristResumed { end, roh, bis, .. }] = &weiter[..] else { panic!("{weiter:?}") };
    assert_eq!((*bis, *roh, *end), (date(2026, 11, 11), date(2026, 12, 12), date(2026, 12, 14)));
    assert!(f.refused(MEYER, resume("ziel", f.today)).to_string().contains("ist nicht gehemmt"));
    // Again, counted from the end before the shift.
    f.ok(MEYER, suspend("ziel", date(2026, 11, 12)));
    f.ok(MEYER, resume("ziel", date(2026, 11, 12)));
    assert_eq!(frist(&f, "ziel").roh, Some(date(2026, 12, 13)));
}

#[test]
fn a_period_computed_anew_keeps_what_was_computed_before_in_the_ledger() {
    let mut f = Fall::zugewiesen(erlaubnis());
    let neu = |ereignis| C::RecomputeFrist {
        frist: "untaetigkeit".into(),
        ereignis,
        grund: "Eingang war später".into(),
        rechtsgrundlage: "§ 75 VwGO".into(),
    };
    f.today = date(2026, 12, 1);
    let events = f.ok(MEYER, neu(date(2026, 11, 30)));
    let [E::FristRecomputed { begin, end, warnung, rechenweg, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((*begin, *end, *warnung), (date(2026, 12, 1), date(2027, 2, 28), Some(date(2027, 1, 29))));
    assert!(rechenweg.len() >= 3 && frist(&f, "untaetigkeit").end == date(2027, 2, 28));
    assert!(f.refused(MEYER, neu(date(2026, 12, 2))).to_string().contains("liegt in der Zukunft"));
    f.ok(MEYER, C::StartAnhoerung { text: "Bitte".into(), tage: 14 });
    let gesetzt = C::RecomputeFrist {
        frist: ANHOERUNG.into(),
        ereignis: f.today,
        grund: "x".into(),
        rechtsgrundlage: "y".into(),
    };
    assert!(f.refused(MEYER, gesetzt).to_string().contains("Verlängern Sie sie"));
}

#[test]
fn a_missed_end_is_noted_once_and_again_only_for_a_new_end() {
    let mut f = Fall::zugewiesen(erlaubnis());
    f.ok(MEYER, C::Nachfordern { unterlagen: vec!["ausweis".into()], text: "Bitte".into(), tage: 14 });
    f.ok(MEYER, C::StartAnhoerung { text: "Bitte".into(), tage: 14 });
    let n = nachforderung(f.state.nachforderungen[0].id);
    f.today = date(2026, 11, 11);
    assert_eq!(f.ok(Actor::Process, C::MissFristen), [], "the last day is not over");
    f.today = date(2026, 11, 12);
    let events = f.ok(Actor::Process, C::MissFristen);
    let ids: Vec<_> = events
        .iter()
        .map(|e| match e {
            E::FristMissed { frist, end, am, rechenweg } => {
                assert_eq!((*end, *am), (date(2026, 11, 11), date(2026, 11, 12)));
                assert!(rechenweg.last().is_some_and(|s| s.text.contains("noch verlängert")), "{rechenweg:?}");
                frist.clone()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, [n.clone(), ANHOERUNG.to_owned()]);
    assert_eq!(f.ok(Actor::Process, C::MissFristen), [], "twice is once");
    f.ok(MEYER, extend(&n, tage(14), f.today));
    assert_eq!(f.ok(Actor::Process, C::MissFristen), [], "it runs again");
    f.today = date(2026, 11, 26);
    assert_eq!(wires(&f.ok(Actor::Process, C::MissFristen)), ["frist.missed.v1"]);
}

#[test]
fn neither_a_suspended_nor_a_done_period_is_missed_and_a_remedy_becomes_final_instead() {
    let mut f = mit_ziel();
    f.ok(MEYER, C::Pause { grund: "Baustelle".into() });
    f.today = date(2026, 12, 20);
    assert_eq!(f.ok(Actor::Process, C::MissFristen), []);
    f.ok(MEYER, C::Resume);
    assert_eq!(frist(&f, "ziel").end, date(2027, 2, 1), "53 days from the first that counts, a Sunday");
    super::bescheid::bis_gezeichnet(&mut f);
    f.ok(MEYER, C::Dispatch { weg: Weg::Schalter });
    let fertig = f.refused(MEYER, extend("ziel", tage(1), f.today)).to_string();
    assert!(fertig.contains("ist erledigt"), "{fertig}");
    f.today = date(2027, 6, 1);
    assert_eq!(f.ok(Actor::Process, C::MissFristen), []);
    f.ok(MEYER, C::Close);
    assert_eq!(f.ok(Actor::Process, C::MissFristen), [], "a closed case misses nothing");
    assert_eq!(f.refused(MEYER, extend("ziel", tage(1), f.today)), Refusal::Geschlossen);
}

#[test]
fn a_period_this_case_does_not_have_is_named_in_the_refusal() {
    let f = Fall::zugewiesen(erlaubnis());
    for id in ["gibtesnicht", ANHOERUNG, &nachforderung(id(9)), "nachforderung/kaputt"] {
        assert_eq!(f.refused(MEYER, extend(id, tage(1), f.today)), Refusal::FristUnbekannt(id.into()));
    }
    assert_eq!(regel(&f.def, "untaetigkeit"), Some("vwgo75"));
    assert_eq!(offene(&f.state).len(), 1);
}

#[test]
fn a_period_that_ended_before_is_not_suspended_by_a_rest_that_comes_later() {
    let mut f = mit_ziel();
    f.today = date(2026, 12, 10);
    assert_eq!(wires(&f.ok(MEYER, C::Pause { grund: "Baustelle".into() })), ["vorgang.paused.v1"]);
}
