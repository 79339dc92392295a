//! The second signature: bound to what was seen, refused when that is old, needed before anything is granted.

use super::*;
use crate::verfahren::definition::{Mitantrag, Text};
use crate::verfahren::event::{AntragDokument, Tenor};
use crate::verfahren::unterschrift::{digest, unterlagen};

const ZWEITE: Actor = Actor::Buerger(Uuid::from_bytes([70; 16]));
const ROLLE: &str = "ehepartner";

fn fall() -> Fall {
    let label = Text { de: "Ehepartner".into(), ..Text::default() };
    let person = Mitantrag { rolle: ROLLE.into(), label, wenn: String::new(), unterschrift: true };
    let mut f = Fall::zugewiesen(Definition { mitantrag: vec![person], ..erlaubnis() });
    let events = f.ok(Actor::Process, request());
    assert!(matches!(&events[..], [E::UnterschriftRequested { generation: 0, unterlagen: 0, .. }]), "{events:?}");
    f
}

fn request() -> C {
    C::RequestUnterschrift { rolle: ROLLE.into() }
}

/// As somebody signs who sees the application as it is now.
fn give(f: &Fall, generation: Option<u32>) -> C {
    C::GiveUnterschrift {
        rolle: ROLLE.into(),
        generation,
        unterlagen: unterlagen(&f.state),
        digest: digest(&f.state),
        name: "Erika Muster".into(),
    }
}

fn grant() -> C {
    C::DraftBescheid {
        tenor: Tenor::Bewilligt,
        begruendung: "Gründe".into(),
        nebenbestimmungen: String::new(),
        zusatz: ermessen(),
    }
}

#[test]
fn nothing_is_granted_before_the_second_person_has_signed() {
    let mut f = fall();
    assert_eq!(f.refused(MEYER, grant()), Refusal::UnterschriftFehlt(vec!["Ehepartner".into()]));
    let refused = f.refused(MEYER, C::Close);
    assert!(refused.to_string().contains("Unterschrift: Ehepartner"), "{refused}");
    let events = f.ok(ZWEITE, give(&f, Some(0)));
    assert!(
        matches!(&events[..], [E::UnterschriftGiven { weg, digest: Some(d), .. }] if weg == "link" && *d == digest(&f.state))
    );
    assert_eq!(f.refused(ZWEITE, give(&f, Some(0))), Refusal::UnterschriftNichtOffen, "once");
    f.ok(MEYER, grant());
}

#[test]
fn an_application_that_was_supplemented_meanwhile_is_not_signed_as_it_was() {
    let mut f = fall();
    let gesehen = give(&f, Some(0));
    let dokument = AntragDokument { unterlage: "plan".into(), dateiname: "plan.pdf".into(), dokument: wert(3) };
    f.ok(BUERGER, C::SupplyUnterlage { kanal: Kanal::Online, dokument });
    assert_eq!(f.refused(ZWEITE, gesehen), Refusal::UnterschriftVeraltet);
    f.ok(ZWEITE, give(&f, Some(0)));
}

#[test]
fn a_withdrawn_application_is_not_signed_any_more() {
    let mut f = fall();
    let gesehen = give(&f, Some(0));
    f.ok(BUERGER, C::Withdraw { grund: None });
    assert_eq!(f.refused(ZWEITE, gesehen).code(), "nicht_moeglich");
}

#[test]
fn a_new_link_makes_the_old_one_worthless_and_the_rule_asks_only_once() {
    let mut f = fall();
    assert!(f.ok(Actor::Process, request()).is_empty(), "repeated after a crash");
    f.ok(BUERGER, request());
    assert_eq!(f.refused(ZWEITE, give(&f, Some(0))), Refusal::UnterschriftLinkErsetzt);
    f.ok(ZWEITE, give(&f, Some(1)));
    assert_eq!(f.refused(BUERGER, request()), Refusal::UnterschriftNichtOffen, "what was signed is not asked again");
}

#[test]
fn a_clerk_enters_a_signature_at_the_counter_and_a_refusal_still_can_be_decided() {
    let mut f = fall();
    let decline = C::DeclineUnterschrift { rolle: ROLLE.into(), generation: None, grund: "nein".into() };
    assert!(matches!(&f.ok(MEYER, decline)[..], [E::UnterschriftDeclined { weg, .. }] if weg == "vor_ort"));
    assert_eq!(f.refused(MEYER, grant()).code(), "unterschrift_fehlt", "declined is not given");
    f.ok(MEYER, request());
    f.ok(MEYER, give(&f, None));
    assert_eq!(f.state.unterschriften[0].stand, "gegeben");
    assert_eq!(f.refused(MEYER, C::RequestUnterschrift { rolle: "fremd".into() }), Refusal::UnterschriftNichtOffen);
}
