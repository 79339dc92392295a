//! One run: who is asked, what a signature binds to, what lifts it.

use super::*;
use crate::geschaeftsgang::event::UmlaufEvent as E;
use crate::geschaeftsgang::laufweg::{Schritt, Schrittart};
use crate::geschaeftsgang::{
    LaufwegFehler, Stand, Umlauf, UmlaufCommand as C, UmlaufRefusal as R, Verfuegungsart, Wann,
};
use crate::kernel::{Decider, Es};
use cqrs_es::test::TestFramework;

fn schritt(art: Schrittart, an: &[u8]) -> Schritt {
    Schritt { art, an: an.iter().map(|n| id(*n)).collect() }
}

fn laufweg() -> Vec<Schritt> {
    vec![schritt(Schrittart::Mz, &[MEYER, KRAUSE]), schritt(Schrittart::Schlusszeichnung, &[LEITUNG])]
}

fn started() -> E {
    E::Started {
        akte: id(20),
        dokument: id(21),
        einheit: "ordnung".into(),
        version: 1,
        position: 0,
        digest: Some("d1".into()),
        laufweg: laufweg(),
        durch: id(ENTWURF),
        fuer: None,
        verfasser: vec![id(ENTWURF)],
    }
}

fn signed(n: u8) -> E {
    E::MitzeichnungGiven {
        schritt: 0,
        stelle: id(n),
        durch: id(n),
        fuer: None,
        version: 1,
        position: 0,
        digest: Some("d1".into()),
        vermerk: None,
    }
}

fn sign(version: u32) -> C {
    C::Sign { version, digest: format!("d{version}"), vermerk: String::new() }
}

fn after(events: &[E]) -> Umlauf {
    events.iter().fold(Umlauf::default(), Umlauf::evolve)
}

#[tokio::test]
async fn a_signature_carries_version_position_and_digest_of_what_was_seen() {
    TestFramework::<Es<Umlauf>>::with(als(MEYER, 1))
        .given(vec![started()])
        .when_async(sign(1))
        .await
        .then_expect_events(vec![signed(MEYER)]);
}

#[tokio::test]
async fn another_version_than_the_one_seen_is_refused_and_says_what_changed() {
    let grund = Some("Tippfehler".to_owned());
    TestFramework::<Es<Umlauf>>::with(als(MEYER, 2))
        .given(vec![started()])
        .when_async(sign(1))
        .await
        .then_expect_error(R::AndereFassung { gesehen: 1, jetzt: 2, grund: grund.clone() });
    // Seen, but the signatures on the version before are not lifted yet.
    TestFramework::<Es<Umlauf>>::with(als(MEYER, 2))
        .given(vec![started()])
        .when_async(sign(2))
        .await
        .then_expect_error(R::AndereFassung { gesehen: 1, jetzt: 2, grund });
    // The number alone is not enough: the bytes are what was read.
    let falsch = C::Sign { version: 1, digest: "d9".into(), vermerk: String::new() };
    let refused = Umlauf::decide(&after(&[started()]), falsch, &als(MEYER, 1));
    assert!(matches!(refused, Err(R::AndereFassung { .. })), "{refused:?}");
}

#[test]
fn parallel_parties_sign_in_any_order_and_the_final_signature_waits_for_all() {
    let early = Umlauf::decide(&after(&[started(), signed(MEYER)]), sign(1), &als(LEITUNG, 1));
    assert_eq!(early, Err(R::NichtAmZug));
    let u = after(&[started(), signed(KRAUSE), signed(MEYER)]);
    let events = Umlauf::decide(&u, sign(1), &als(LEITUNG, 1)).expect("signed");
    assert!(matches!(&events[..], [E::SchlusszeichnungGiven { schritt: 1, version: 1, .. }]), "{events:?}");
    let fertig = events.iter().fold(u, Umlauf::evolve);
    assert_eq!((fertig.stand(), fertig.gefragt()), (Stand::Abgeschlossen, None));
    assert_eq!(
        Umlauf::decide(&after(&[started(), signed(MEYER)]), sign(1), &als(MEYER, 1)),
        Ok(vec![]),
        "twice is once"
    );
}

#[test]
fn nobody_signs_the_own_draft_not_for_somebody_and_not_through_somebody() {
    let u = after(&[started()]);
    let vertretung = |durch: u8, fuer: u8| Context { on_behalf_of: Some(id(fuer)), ..als(durch, 1) };
    assert_eq!(Umlauf::decide(&u, sign(1), &vertretung(ENTWURF, MEYER)), Err(R::VierAugen));
    // Krause wrote a version for the one who is asked: neither of both signs it.
    let mut ctx = vertretung(5, MEYER);
    if let Some(d) = ctx.facts.dokument.as_mut() {
        d.verfasser.push(id(MEYER));
    }
    assert_eq!(Umlauf::decide(&u, sign(1), &ctx), Err(R::VierAugen));
    let gut = Umlauf::decide(&u, sign(1), &vertretung(5, MEYER)).expect("signed");
    let [E::MitzeichnungGiven { stelle, durch, fuer, .. }] = &gut[..] else { panic!("{gut:?}") };
    assert_eq!((*stelle, *durch, *fuer), (id(MEYER), id(5), Some(id(MEYER))));
    let start = |an: u8| C::Start {
        akte: id(20),
        dokument: id(21),
        einheit: "ordnung".into(),
        version: 1,
        digest: "d1".into(),
        laufweg: vec![schritt(Schrittart::Mz, &[an])],
    };
    let leer = Umlauf::default();
    let selbst = Umlauf::decide(&leer, start(MEYER), &als(MEYER, 1));
    assert_eq!(selbst, Err(R::Laufweg(LaufwegFehler::VierAugen(1))), "who puts it forward signs not");
    assert!(Umlauf::decide(&leer, start(MEYER), &als(KRAUSE, 1)).is_ok());
    let verfasst = Umlauf::decide(&leer, start(ENTWURF), &als(KRAUSE, 1));
    assert_eq!(verfasst, Err(R::Laufweg(LaufwegFehler::VierAugen(1))));
}

#[test]
fn a_later_version_lifts_every_signature_once_and_begins_where_signing_begins() {
    let schluss = E::SchlusszeichnungGiven {
        schritt: 1,
        stelle: id(LEITUNG),
        durch: id(LEITUNG),
        fuer: None,
        version: 1,
        position: 0,
        digest: Some("d1".into()),
        vermerk: None,
    };
    let u = after(&[started(), signed(MEYER), signed(KRAUSE), schluss]);
    assert_eq!(u.stand(), Stand::Abgeschlossen);
    let neu = C::VoidByChange { version: 2, position: 1, digest: Some("d2".into()), verfasser: vec![id(MEYER)] };
    let events = Umlauf::decide(&u, neu.clone(), &am(date(2026, 11, 24))).expect("lifted");
    assert!(matches!(&events[..], [E::ZeichnungVoided { aufgehoben: 3, version: 2, .. }]), "{events:?}");
    let u = events.iter().fold(u, Umlauf::evolve);
    assert_eq!((u.erledigt.len(), u.aufgehoben.len(), u.stand()), (0, 3, Stand::Laeuft));
    assert_eq!(Umlauf::decide(&u, neu, &am(date(2026, 11, 25))), Ok(vec![]), "the same change told twice");
    // Meyer wrote the new version and is a drafter now; Krause signs it.
    assert_eq!(Umlauf::decide(&u, sign(2), &als(MEYER, 2)), Err(R::VierAugen));
    assert!(Umlauf::decide(&u, sign(2), &als(KRAUSE, 2)).is_ok());
}

#[test]
fn a_refusal_goes_back_to_the_drafter_with_its_reason_and_nobody_signs_meanwhile() {
    let u = after(&[started()]);
    let ohne = Umlauf::decide(&u, C::Refuse { version: 1, grund: " ".into() }, &als(MEYER, 1));
    assert_eq!(ohne, Err(R::AngabeFehlt("Grund")));
    let events = Umlauf::decide(&u, C::Refuse { version: 1, grund: "Betrag falsch".into() }, &als(MEYER, 1));
    let u = events.expect("refused").iter().fold(u, Umlauf::evolve);
    assert_eq!((u.stand(), u.gefragt()), (Stand::Zurueckgegeben, None));
    assert_eq!(Umlauf::decide(&u, sign(1), &als(KRAUSE, 1)), Err(R::LaeuftNicht));
    let wieder = C::ChangeLaufweg { rest: laufweg(), grund: "Mit Frau Meyer besprochen".into() };
    let events = Umlauf::decide(&u, wieder, &als(ENTWURF, 1)).expect("again");
    assert_eq!(events.iter().fold(u, Umlauf::evolve).stand(), Stand::Laeuft);
}

#[test]
fn a_route_changes_under_way_and_what_is_done_stays() {
    let u = after(&[started(), signed(MEYER)]);
    let change = |rest: Vec<Schritt>| C::ChangeLaufweg { rest, grund: "Vertretung".into() };
    let weg = change(vec![schritt(Schrittart::Mz, &[5]), schritt(Schrittart::Schlusszeichnung, &[LEITUNG])]);
    assert_eq!(Umlauf::decide(&u, weg, &als(ENTWURF, 1)), Err(R::ErledigtesBleibt(1)));
    let kreis = change(vec![
        schritt(Schrittart::Mz, &[MEYER, 5]),
        schritt(Schrittart::Zk, &[6]),
        schritt(Schrittart::Mz, &[5]),
    ]);
    assert_eq!(Umlauf::decide(&u, kreis, &als(ENTWURF, 1)), Err(R::Laufweg(LaufwegFehler::Kreis(1, 3))));
    let gut = change(vec![schritt(Schrittart::Mz, &[MEYER, 5]), schritt(Schrittart::Schlusszeichnung, &[LEITUNG])]);
    let events = Umlauf::decide(&u, gut, &als(ENTWURF, 1)).expect("changed");
    let u = events.iter().fold(u, Umlauf::evolve);
    assert_eq!(u.gefragt(), Some((Schrittart::Mz, vec![id(5)])), "Meyer's signature counts on");
}

#[test]
fn a_verfuegung_puts_its_step_where_it_belongs_and_zda_lists_what_is_open() {
    let u = after(&[started()]);
    let verfuegen = |art, adressat: Option<u8>| C::Verfuegen {
        art,
        adressat: adressat.map(id),
        termin: Some(Wann::Tage(14)),
        text: String::new(),
    };
    let events = Umlauf::decide(&u, verfuegen(Verfuegungsart::Mz, Some(5)), &als(ENTWURF, 1)).expect("ordered");
    let mit = events.iter().fold(u.clone(), Umlauf::evolve);
    let arten: Vec<Schrittart> = mit.laufweg.iter().map(|s| s.art).collect();
    assert_eq!(arten, [Schrittart::Mz, Schrittart::Mz, Schrittart::Schlusszeichnung]);
    let niemand = Umlauf::decide(&u, verfuegen(Verfuegungsart::Zk, None), &als(ENTWURF, 1));
    assert_eq!(niemand, Err(R::AngabeFehlt("An wen?")));
    let wv = Umlauf::decide(&u, verfuegen(Verfuegungsart::Wv, None), &als(ENTWURF, 1)).expect("ordered");
    let [E::VerfuegungIssued { termin, adressat, rechenweg, .. }] = &wv[..] else { panic!("{wv:?}") };
    assert_eq!((*termin, *adressat, rechenweg.is_empty()), (Some(date(2026, 12, 7)), Some(id(ENTWURF)), false));
    let mut ctx = als(ENTWURF, 1);
    ctx.facts.offen = vec!["Zahlung jahr".into()];
    let zda = Umlauf::decide(&u, verfuegen(Verfuegungsart::Zda, None), &ctx);
    assert_eq!(zda, Err(R::OffenePunkte(vec!["Zahlung jahr".into()])));
}

#[test]
fn an_order_of_history_with_erased_texts_still_folds() {
    let u = after(&[started(), signed(MEYER), E::Cancelled { durch: id(ENTWURF), fuer: None, grund: None }]);
    assert_eq!(u.stand(), Stand::Abgebrochen);
    assert_eq!(Umlauf::decide(&u, sign(1), &als(KRAUSE, 1)), Err(R::LaeuftNicht));
}
