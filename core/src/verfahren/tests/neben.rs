//! Fees and transmissions.

use super::*;

#[test]
fn every_recipient_gets_its_fields_and_no_other() {
    let mut f = Fall::zugewiesen(anzeige());
    assert_eq!(f.refused(Actor::Process, C::PlanUebermittlungen), Refusal::NochNichtBescheinigt);
    f.ok(Actor::Process, C::IssueReceipt { gerendert: gerendert(4) });
    let events = f.ok(Actor::Process, C::PlanUebermittlungen);
    let of = |who: &str| {
        events.iter().find_map(|e| match e {
            E::UebermittlungPlanned { stelle, felder, .. } if stelle == who => Some(felder.clone()),
            _ => None,
        })
    };
    assert_eq!(of("IHK"), Some(vec!["familienname".into(), "staat".into()]), "A1 without 13");
    assert_eq!(of("Eichbehoerde"), Some(vec!["familienname".into()]), "only 1, 3-5, 11, …");
    assert_eq!(of("Statistikamt_Nord"), Some(vec!["familienname".into(), "staat".into()]));
    assert_eq!(of("Zoll_FKS"), None, "only on indications");
    assert_eq!(of("Finanzamt"), None, "off until configured");
}

#[test]
fn a_waiver_stops_a_transmission_and_what_was_sent_stays_sent() {
    let mut f = Fall::zugewiesen(anzeige());
    f.ok(Actor::Process, C::IssueReceipt { gerendert: gerendert(4) });
    f.ok(Actor::Process, C::PlanUebermittlungen);
    f.ok(MEYER, C::WaiveUebermittlung { stelle: "HWK".into(), grund: "kein Handwerk".into() });
    let sent = |s: &str| C::MarkSent { stelle: s.into(), dokument: Some(wert(6)) };
    assert_eq!(f.refused(Actor::Process, sent("HWK")), Refusal::UebermittlungNichtOffen);
    f.ok(Actor::Process, sent("IHK"));
    let waive = C::WaiveUebermittlung { stelle: "IHK".into(), grund: "zu spät".into() };
    assert_eq!(f.refused(MEYER, waive), Refusal::UebermittlungNichtOffen);
    f.ok(MEYER, C::Acknowledge { stelle: "IHK".into() });
}

#[test]
fn the_fee_comes_from_its_dated_row_in_whole_cents() {
    let mut f = Fall::zugewiesen(anzeige());
    let events = f.ok(Actor::Process, C::AssessGebuehr { tatbestand: "eigene".into(), gerendert: gerendert(5) });
    assert!(matches!(&events[0], E::GebuehrAssessed { betrag_cent: 1250, tabelle, .. } if tabelle == "leistung"));
    let table = C::AssessGebuehr { tatbestand: "gewerbe_anmeldung".into(), gerendert: gerendert(5) };
    let events = f.ok(Actor::Process, table);
    assert!(matches!(&events[0], E::GebuehrAssessed { tabelle, .. } if tabelle == "verwgebvo_sh"));
    let pay = |cent| C::PayGebuehr { zeile: "eigene".into(), betrag_cent: cent, weg: "bar".into() };
    assert_eq!(f.refused(MEYER, pay(1249)), Refusal::BetragFalsch);
    f.ok(MEYER, pay(1250));
    assert_eq!(f.refused(MEYER, pay(1250)), Refusal::GebuehrNichtOffen);
}

#[test]
fn a_hint_is_noted_once_and_settled_with_a_note() {
    let mut f = Fall::zugewiesen(anzeige());
    let note = || C::NoteHinweis { schritt: "erlaubnis".into() };
    assert_eq!(f.ok(Actor::Process, note()).len(), 1);
    assert!(f.ok(Actor::Process, note()).is_empty());
    assert_eq!(f.refused(Actor::Process, C::NoteHinweis { schritt: "empfang".into() }).code(), "schritt_unbekannt");
    f.ok(MEYER, C::DoneHinweis { schritt: "erlaubnis".into(), vermerk: "liegt vor".into() });
}
