//! What was done as one thing counts as nothing else, whatever the route becomes.

use super::*;
use crate::geschaeftsgang::event::UmlaufEvent as E;
use crate::geschaeftsgang::laufweg::{Schritt, Schrittart};
use crate::geschaeftsgang::{Stand, Umlauf, UmlaufCommand as C, UmlaufRefusal as R, Verfuegungsart};
use crate::kernel::Decider;

fn schritt(art: Schrittart, an: u8) -> Schritt {
    Schritt { art, an: vec![id(an)] }
}

/// The route is gone to its end by whoever is asked; then a new version lifts what was signed.
fn nach_neuer_fassung(laufweg: Vec<Schritt>) -> Umlauf {
    let started = E::Started {
        akte: id(20),
        dokument: id(21),
        einheit: "ordnung".into(),
        version: 1,
        position: 0,
        digest: Some("d1".into()),
        laufweg: laufweg.clone(),
        durch: id(ENTWURF),
        fuer: None,
        verfasser: vec![id(ENTWURF)],
    };
    let mut u = Umlauf::evolve(Umlauf::default(), &started);
    for s in laufweg {
        let c = match s.art.zeichnet() {
            true => C::Sign { version: 1, digest: "d1".into(), vermerk: String::new() },
            false => C::Done { vermerk: String::new() },
        };
        u = tun(u, c, s.an[0].as_bytes()[0], 1).expect("asked");
    }
    let neu = C::VoidByChange { version: 2, position: 1, digest: Some("d2".into()), verfasser: vec![id(ENTWURF)] };
    let u = Umlauf::decide(&u, neu, &am(date(2026, 11, 24))).expect("lifted").iter().fold(u, Umlauf::evolve);
    assert_eq!((u.am_zug(), u.erledigt.len()), (Some(0), 1));
    u
}

fn tun(u: Umlauf, c: C, wer: u8, version: u32) -> Result<Umlauf, R> {
    Ok(Umlauf::decide(&u, c, &als(wer, version))?.iter().fold(u, Umlauf::evolve))
}

fn zweite() -> C {
    C::Sign { version: 2, digest: "d2".into(), vermerk: String::new() }
}

#[test]
fn taking_note_never_becomes_a_final_signature_by_a_changed_route() {
    let (mz, zk, ende) = (Schrittart::Mz, Schrittart::Zk, Schrittart::Schlusszeichnung);
    let u = nach_neuer_fassung(vec![schritt(mz, MEYER), schritt(zk, KRAUSE), schritt(ende, LEITUNG)]);
    let aendern = |rest| C::ChangeLaufweg { rest, grund: "kürzer".into() };
    let falsch = aendern(vec![schritt(mz, MEYER), schritt(ende, KRAUSE)]);
    assert_eq!(tun(u.clone(), falsch, ENTWURF, 2), Err(R::ErledigtesBleibt(2)));
    // Neither dropped nor given to somebody else.
    assert_eq!(tun(u.clone(), aendern(vec![schritt(mz, MEYER)]), ENTWURF, 2), Err(R::ErledigtesBleibt(2)));
    let anders = aendern(vec![schritt(mz, MEYER), schritt(zk, 9), schritt(ende, LEITUNG)]);
    assert_eq!(tun(u.clone(), anders, ENTWURF, 2), Err(R::ErledigtesBleibt(2)));
    let gut = aendern(vec![schritt(mz, 9), schritt(zk, KRAUSE), schritt(ende, LEITUNG)]);
    let u = tun(u, gut, ENTWURF, 2).expect("the rest is free");
    let u = tun(u, zweite(), 9, 2).expect("signed");
    assert_eq!((u.stand(), u.schlusszeichnung()), (Stand::Laeuft, None));
    assert_eq!(u.gefragt(), Some((ende, vec![id(LEITUNG)])));
}

#[test]
fn a_co_signature_ordered_later_shifts_no_step_that_is_done() {
    let (mz, zk, ende) = (Schrittart::Mz, Schrittart::Zk, Schrittart::Schlusszeichnung);
    let u = nach_neuer_fassung(vec![schritt(mz, MEYER), schritt(ende, LEITUNG), schritt(zk, KRAUSE)]);
    let auch = C::Verfuegen { art: Verfuegungsart::Mz, adressat: Some(id(9)), termin: None, text: String::new() };
    assert_eq!(tun(u, auch, ENTWURF, 2), Err(R::ErledigtesBleibt(3)));
}

#[test]
fn a_history_in_which_a_note_stands_where_a_signature_is_asked_is_not_signed() {
    let (mz, ende) = (Schrittart::Mz, Schrittart::Schlusszeichnung);
    let u = nach_neuer_fassung(vec![schritt(mz, MEYER), schritt(Schrittart::Zk, KRAUSE), schritt(ende, LEITUNG)]);
    let laufweg = vec![schritt(mz, MEYER), schritt(ende, KRAUSE)];
    let u = Umlauf::evolve(u, &E::LaufwegChanged { laufweg, durch: id(ENTWURF), fuer: None, grund: None });
    let u = tun(u, zweite(), MEYER, 2).expect("signed");
    assert_eq!((u.stand(), u.schlusszeichnung()), (Stand::Laeuft, None), "nobody gave it");
    let u = tun(u, zweite(), KRAUSE, 2).expect("signed");
    assert_eq!((u.stand(), u.schlusszeichnung().and_then(|e| e.version)), (Stand::Abgeschlossen, Some(2)));
}
