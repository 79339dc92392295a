//! Acts after the first decision, and what a notice must have before it is signed.

use super::bescheid::bis_gezeichnet;
use super::*;
use crate::verfahren::event::{AktArt, Tenor, Weg};
use crate::verfahren::state::AktEnde;
use crate::verfahren::texte::{TextRef, Wofuer, sha256_hex};
use crate::verfahren::zustellung::Zustand;
use crate::verfahren::{KLAGE, Status, WIDERSPRUCH};
use jiff::ToSpan;

/// Announced at the counter on 24.11.2026: the month runs until 24.12.2026.
pub fn bekannt() -> Fall {
    let mut f = Fall::zugewiesen(erlaubnis());
    bis_gezeichnet(&mut f);
    f.today = date(2026, 11, 24);
    f.ok(MEYER, C::Dispatch { weg: Weg::Schalter });
    f
}

fn entwurf(tenor: Tenor, spruch: &str) -> C {
    let zusatz = Zusatz { spruch: spruch.into(), ..ermessen() };
    C::DraftBescheid { tenor, begruendung: "Weil.".into(), nebenbestimmungen: String::new(), zusatz }
}

/// Drafts, signs and hands over whatever act is in work.
pub fn bis_bekannt(f: &mut Fall, tenor: Tenor, spruch: &str) -> Vec<E> {
    bis_ausgefertigt(f, tenor, spruch);
    f.ok(MEYER, C::Dispatch { weg: Weg::Schalter })
}

pub fn bis_ausgefertigt(f: &mut Fall, tenor: Tenor, spruch: &str) {
    f.ok(MEYER, entwurf(tenor, spruch));
    let fassung = f.state.letzte_fassung();
    f.ok(Actor::Process, C::RenderBescheid { fassung, gerendert: gerendert(8) });
    f.ok(MEYER, C::StartGeschaeftsgang { an: vec![] });
    let sign = C::FinalSign { fassung, digest: "digest-8".into() };
    assert_eq!(f.refused(MEYER, sign.clone()), Refusal::VierAugen, "four eyes for every act");
    f.ok(PETERSEN, sign);
    f.ok(Actor::Process, C::Ausfertigen { fassung, gerendert: gerendert(9) });
}

#[test]
fn a_correction_that_comes_back_takes_nothing_from_the_notice_it_corrected() {
    let mut f = bekannt();
    f.today = date(2026, 12, 1);
    f.ok(MEYER, C::OpenAkt { art: AktArt::Berichtigung, bezug: 1 });
    bis_ausgefertigt(&mut f, Tenor::Bewilligt, "Statt „2025“ muss es „2026“ heißen.");
    super::versand::aufgegeben(&mut f, Weg::Post);
    assert_eq!((f.state.status, f.state.akt_nr()), (Status::Bekanntgegeben, 1));
    let vorher = (f.state.bekanntgabe, frist(&f, WIDERSPRUCH));
    f.today = date(2026, 12, 3);
    let events = f.ok(MEYER, C::ReportZustellung { sendung: None, status: "returned_letter".into(), am: f.today });
    assert!(matches!(&events[..], [E::ZustellungReported { .. }]), "{events:?}");
    assert_eq!((f.state.bekanntgabe, frist(&f, WIDERSPRUCH)), vorher);
}

#[test]
fn the_notice_that_comes_back_after_its_correction_went_out_is_taken_back_alone() {
    let mut f = Fall::zugewiesen(erlaubnis());
    bis_gezeichnet(&mut f);
    super::versand::aufgegeben(&mut f, Weg::Post);
    let bescheid = f.state.sendungen[0].id;
    f.today = f.today.saturating_add(10.days());
    f.ok(MEYER, C::OpenAkt { art: AktArt::Berichtigung, bezug: 1 });
    bis_ausgefertigt(&mut f, Tenor::Bewilligt, "Statt „2025“ muss es „2026“ heißen.");
    super::versand::aufgegeben(&mut f, Weg::Post);
    let zurueck = Zustand::ReturnedLetter;
    f.ok(MEYER, C::ReportZustellung { sendung: Some(bescheid), status: zurueck.wire().into(), am: f.today });
    let zustaende: Vec<_> = f.state.sendungen.iter().map(|s| s.zustand).collect();
    assert_eq!(zustaende, [Zustand::ReturnedLetter, Zustand::Sent], "the correction is still on its way");
    assert_eq!(f.state.bekanntgabe, None, "nobody knows the notice");
}

fn frist(f: &Fall, id: &str) -> Option<(Date, bool)> {
    f.state.fristen.iter().find(|x| x.frist == id).map(|x| (x.end, x.erledigt))
}

#[test]
fn a_correction_leaves_the_decision_and_its_period_as_they_were() {
    let mut f = bekannt();
    let erster = f.state.bescheid.clone();
    f.today = date(2026, 12, 1);
    f.ok(MEYER, C::OpenAkt { art: AktArt::Berichtigung, bezug: 1 });
    assert_eq!((f.state.status, f.state.akt_nr()), (Status::Entscheidungsreif, 2));
    assert_eq!(f.refused(MEYER, entwurf(Tenor::Bewilligt, " ")).code(), "angabe_fehlt");
    let events = bis_bekannt(&mut f, Tenor::Bewilligt, "Statt „2025“ muss es „2026“ heißen.");
    assert!(!events.iter().any(|e| matches!(e, E::FristComputed { .. })), "no new period: {events:?}");
    assert!(events.contains(&E::AktJoined { akt: 2, bezug: 1 }), "{events:?}");
    assert_eq!((f.state.status, f.state.akt_nr()), (Status::Bekanntgegeben, 1));
    assert_eq!((f.state.bescheid.clone(), frist(&f, WIDERSPRUCH)), (erster, Some((date(2026, 12, 24), false))));
    assert_eq!(f.state.weitere_akte[0].ende, AktEnde::Beigetreten);
    f.today = date(2026, 12, 25);
    f.ok(Actor::Process, C::ReachBestandskraft);
    assert_eq!(f.state.bestandskraft_am, Some(date(2026, 12, 25)));
}

#[test]
fn a_correction_that_burdens_needs_a_hearing_and_has_a_period_of_its_own() {
    let mut f = bekannt();
    f.today = date(2026, 12, 1);
    f.ok(MEYER, C::OpenAkt { art: AktArt::Berichtigung, bezug: 1 });
    assert_eq!(f.refused(MEYER, entwurf(Tenor::Abgelehnt, "Neu.")), Refusal::AnhoerungFehlt);
    f.ok(MEYER, C::WaiveAnhoerung { nr: "2".into(), grund: "Antrag.".into() });
    bis_bekannt(&mut f, Tenor::Abgelehnt, "Neu.");
    assert_eq!((f.state.akt_nr(), frist(&f, WIDERSPRUCH)), (2, Some((date(2027, 1, 4), false))));
}

#[test]
fn a_final_decision_is_withdrawn_by_a_new_act_with_hearing_discretion_four_eyes_and_its_own_period() {
    let mut f = bekannt();
    f.today = date(2026, 12, 25);
    f.ok(Actor::Process, C::ReachBestandskraft);
    f.today = date(2027, 3, 1);
    f.ok(MEYER, C::OpenAkt { art: AktArt::Ruecknahme, bezug: 1 });
    assert_eq!(f.state.weitere_akte[0].bestandskraft_am, Some(date(2026, 12, 25)), "what was stays visible");
    assert_eq!(f.refused(MEYER, entwurf(Tenor::Abgelehnt, "")), Refusal::AnhoerungFehlt);
    f.ok(MEYER, C::StartAnhoerung { text: "Wir wollen zurücknehmen.".into(), tage: 14 });
    f.ok(MEYER, C::HoldAnhoerung { antwort: "Nein.".into() });
    let ohne = C::DraftBescheid {
        tenor: Tenor::Abgelehnt,
        begruendung: "Weil.".into(),
        nebenbestimmungen: String::new(),
        zusatz: Zusatz::default(),
    };
    assert_eq!(f.refused(MEYER, ohne), Refusal::ErmessenFehlt);
    bis_bekannt(&mut f, Tenor::Abgelehnt, "");
    assert_eq!(f.state.bescheid.as_ref().map(|b| b.fassung), Some(2), "Fassungen are counted through all acts");
    assert_eq!((f.state.bestandskraft_am, frist(&f, WIDERSPRUCH)), (None, Some((date(2027, 4, 1), false))));
    f.today = date(2027, 4, 2);
    f.ok(Actor::Process, C::ReachBestandskraft);
    assert_eq!(f.state.status, Status::Bestandskraeftig);
    let akte: Vec<_> = f.state.versandte_akte().map(|(nr, art, _)| (nr, art)).collect();
    assert_eq!(akte, [(1, None), (2, Some(AktArt::Ruecknahme))]);
}

#[test]
fn an_act_given_up_leaves_the_case_where_it_stood_and_after_dispatch_none_is_given_up() {
    let mut f = bekannt();
    let vorher = (f.state.status, f.state.bescheid.clone(), f.state.bekanntgabe, f.state.fristen.clone());
    f.ok(MEYER, C::OpenAkt { art: AktArt::Widerruf, bezug: 1 });
    assert_eq!(f.refused(BUERGER, C::Withdraw { grund: None }).code(), "nicht_moeglich", "decided is decided");
    assert_eq!(f.refused(MEYER, C::Erledigen { grund: "x".into() }).code(), "nicht_moeglich");
    assert_eq!(f.refused(MEYER, C::DiscardAkt { grund: " ".into() }).code(), "angabe_fehlt");
    f.ok(MEYER, C::DiscardAkt { grund: "Doch nicht.".into() });
    let nachher = (f.state.status, f.state.bescheid.clone(), f.state.bekanntgabe, f.state.fristen.clone());
    assert_eq!(vorher, nachher);
    assert_eq!(f.refused(MEYER, C::DiscardAkt { grund: "x".into() }).code(), "nicht_moeglich");
    f.ok(MEYER, C::OpenAkt { art: AktArt::Ruecknahme, bezug: 1 });
    assert_eq!(f.state.akt_nr(), 3, "a number is not used twice");
    f.ok(MEYER, C::WaiveAnhoerung { nr: "1".into(), grund: "Eile.".into() });
    bis_bekannt(&mut f, Tenor::Abgelehnt, "");
    assert_eq!(f.refused(MEYER, C::DiscardAkt { grund: "x".into() }).code(), "nicht_moeglich");
}

#[test]
fn a_widerspruch_is_rejected_by_a_notice_of_its_own_from_which_the_month_for_the_action_runs() {
    let mut f = bekannt();
    let wider = |art| C::OpenAkt { art, bezug: 1 };
    assert_eq!(f.refused(MEYER, wider(AktArt::Widerspruchsbescheid)), Refusal::KeinWiderspruch);
    f.today = date(2026, 12, 10);
    f.ok(MEYER, C::ReceiveWiderspruch { am: f.today, text: "Nein.".into() });
    assert_eq!(f.refused(Actor::Process, C::ReachBestandskraft).code(), "nicht_moeglich");
    f.ok(MEYER, wider(AktArt::Widerspruchsbescheid));
    assert_eq!(f.refused(MEYER, entwurf(Tenor::Bewilligt, "")).code(), "angabe_ungueltig", "granted is an Abhilfe");
    f.today = date(2027, 1, 11);
    let events = bis_bekannt(&mut f, Tenor::Abgelehnt, "");
    let decided = E::WiderspruchDecided { ergebnis: "zurueckgewiesen".into(), begruendung: None };
    assert!(events.contains(&decided), "{events:?}");
    assert_eq!(frist(&f, WIDERSPRUCH), Some((date(2026, 12, 24), true)));
    assert_eq!(frist(&f, KLAGE), Some((date(2027, 2, 11), false)));
    assert_eq!(f.state.weitere_akte[0].stufe, Status::Bekanntgegeben);
    f.today = date(2027, 2, 11);
    assert_eq!(f.refused(Actor::Process, C::ReachBestandskraft), Refusal::FristLaeuft(f.today));
    f.today = date(2027, 2, 12);
    f.ok(Actor::Process, C::ReachBestandskraft);
}

#[test]
fn a_widerspruch_is_granted_by_an_abhilfe_and_nothing_more_can_be_objected() {
    let mut f = bekannt();
    f.today = date(2026, 12, 10);
    f.ok(MEYER, C::ReceiveWiderspruch { am: f.today, text: "Nein.".into() });
    f.ok(MEYER, C::OpenAkt { art: AktArt::Abhilfe, bezug: 1 });
    let events = bis_bekannt(&mut f, Tenor::Bewilligt, "Der Ausweis gilt zwei Jahre.");
    assert!(events.iter().any(|e| matches!(e, E::WiderspruchDecided { ergebnis, .. } if ergebnis == "abgeholfen")));
    assert_eq!(frist(&f, KLAGE), None);
    assert_eq!(frist(&f, WIDERSPRUCH), Some((date(2026, 12, 24), true)));
}

#[test]
fn a_returned_widerspruchsbescheid_takes_the_month_for_the_action_back() {
    let mut f = bekannt();
    f.today = date(2026, 12, 10);
    f.ok(MEYER, C::ReceiveWiderspruch { am: f.today, text: "Nein.".into() });
    f.ok(MEYER, C::OpenAkt { art: AktArt::Widerspruchsbescheid, bezug: 1 });
    bis_bekannt(&mut f, Tenor::Abgelehnt, "");
    f.ok(MEYER, C::ReportZustellung { sendung: None, status: "returned_letter".into(), am: f.today });
    assert_eq!((f.state.status, frist(&f, KLAGE)), (Status::Versandt, None));
}

#[test]
fn a_widerspruch_comes_in_while_another_act_is_drafted_and_keeps_the_file_open() {
    let mut f = bekannt();
    f.ok(MEYER, C::OpenAkt { art: AktArt::Ruecknahme, bezug: 1 });
    f.today = date(2026, 12, 24);
    let am = C::ReceiveWiderspruch { am: f.today, text: "Nein.".into() };
    let events = f.ok(MEYER, am.clone());
    assert!(matches!(events[0], E::WiderspruchReceived { fristgerecht: true, .. }), "timely against the first act");
    assert_eq!(f.refused(MEYER, am), Refusal::NichtMoeglich(Status::Widerspruch));
    assert_eq!(f.state.status, Status::Entscheidungsreif, "the draft goes on");
    let Refusal::OffenePunkte(offen) = f.refused(MEYER, C::Close) else { panic!("open") };
    assert!(offen.iter().any(|o| o.contains("früheren Bescheid")), "{offen:?}");
    f.ok(MEYER, C::DiscardAkt { grund: "Erst der Widerspruch.".into() });
    assert_eq!(f.state.status, Status::Widerspruch);
}

#[test]
fn after_zda_an_act_or_a_widerspruch_wants_the_case_taken_up_again_first() {
    let mut f = bekannt();
    f.today = date(2026, 12, 25);
    f.ok(MEYER, C::Close);
    let wants = [
        C::OpenAkt { art: AktArt::Ruecknahme, bezug: 1 },
        C::ReceiveWiderspruch { am: f.today, text: "Nein.".into() },
        C::FinalSign { fassung: 1, digest: "digest-8".into() },
    ];
    for c in wants.clone() {
        let said = f.refused(MEYER, c);
        assert!(said == Refusal::Geschlossen && said.to_string().contains("wieder auf"), "{said}");
    }
    f.ok(MEYER, C::Reopen { grund: "Neue Tatsachen.".into() });
    assert_eq!(f.state.status, Status::Bestandskraeftig);
    f.ok(MEYER, wants[0].clone());
    assert_eq!(f.state.status, Status::Entscheidungsreif);
}

#[test]
fn an_outdated_version_of_a_further_act_is_not_signed() {
    let mut f = bekannt();
    f.ok(MEYER, C::OpenAkt { art: AktArt::Berichtigung, bezug: 1 });
    f.ok(MEYER, entwurf(Tenor::Bewilligt, "Eins."));
    f.ok(Actor::Process, C::RenderBescheid { fassung: 2, gerendert: gerendert(8) });
    f.ok(MEYER, C::StartGeschaeftsgang { an: vec![] });
    f.ok(MEYER, entwurf(Tenor::Bewilligt, "Zwei."));
    for fassung in [1, 2] {
        let old = C::FinalSign { fassung, digest: "digest-8".into() };
        assert_eq!(f.refused(PETERSEN, old), Refusal::VeralteteFassung);
    }
}

#[test]
fn with_discretion_the_reasons_say_what_was_weighed() {
    let mut f = Fall::zugewiesen(erlaubnis());
    f.ok(MEYER, C::StartPruefung);
    let ohne = C::DraftBescheid {
        tenor: Tenor::Bewilligt,
        begruendung: "Weil.".into(),
        nebenbestimmungen: String::new(),
        zusatz: Zusatz::default(),
    };
    let said = f.refused(MEYER, ohne.clone());
    assert!(said == Refusal::ErmessenFehlt && said.to_string().contains("§ 39 Abs. 1 Satz 3 VwVfG"), "{said}");
    f.def.schritte.iter_mut().for_each(|s| s.ermessen = false);
    assert!(f.decide(MEYER, ohne).is_ok());
}

#[test]
fn a_draft_names_its_text_blocks_and_the_instruction_with_version_and_hash() {
    let mut f = Fall::zugewiesen(erlaubnis());
    f.ok(MEYER, C::StartPruefung);
    let block = |sha256: String| TextRef {
        id: "wohnung".into(),
        version: 2,
        herkunft: "stadt".into(),
        quelle: "Satzung".into(),
        text: "Sie wohnen dort.".into(),
        sha256,
        wofuer: Wofuer::Begruendung,
    };
    let draft = |b: TextRef| C::DraftBescheid {
        tenor: Tenor::Bewilligt,
        begruendung: "Sie wohnen dort.".into(),
        nebenbestimmungen: String::new(),
        zusatz: Zusatz { texte: vec![b], ..ermessen() },
    };
    assert_eq!(f.refused(MEYER, draft(block("00".into()))).code(), "angabe_ungueltig", "a hash of another text");
    f.ok(MEYER, draft(block(sha256_hex("Sie wohnen dort."))));
    let texte = &f.state.bescheid.as_ref().expect("draft").texte;
    let namen: Vec<_> = texte.iter().map(TextRef::schluessel).collect();
    assert_eq!(namen, ["stadt:wohnung:2", "belehrung:widerspruch_1_monat:2"]);
    assert!(texte.iter().all(TextRef::stimmt));
}

#[test]
fn a_notice_with_a_fault_is_not_given_to_sign_and_each_fault_names_field_paragraph_and_remedy() {
    let mut f = Fall::zugewiesen(erlaubnis());
    f.ok(MEYER, C::StartPruefung);
    f.ok(MEYER, entwurf(Tenor::Bewilligt, ""));
    f.ok(Actor::Process, C::RenderBescheid { fassung: 1, gerendert: gerendert(8) });
    let sent = |f: &Fall| f.decide(MEYER, C::StartGeschaeftsgang { an: vec![] });
    assert!(sent(&f).is_ok());
    let gut = (f.state.clone(), f.def.clone());
    type Schaden = fn(&mut Fall);
    let faelle: [(Schaden, &str, &str); 7] = [
        (|f| f.state.einheit.clear(), "Behörde", "§ 37 Abs. 3 VwVfG"),
        (|f| f.state.bescheid.as_mut().expect("draft").begruendung = None, "Begründung", "§ 39 Abs. 1 Satz 2 VwVfG"),
        (|f| f.state.bescheid.as_mut().expect("draft").ermessen = None, "Ermessen", "§ 39 Abs. 1 Satz 3 VwVfG"),
        (|f| f.state.bescheid.as_mut().expect("draft").tenor = Tenor::Abgelehnt, "Anhörung", "§ 28 VwVfG"),
        (
            |f| {
                let b = f.state.bescheid.as_mut().expect("draft");
                (b.tenor, b.nebenbestimmungen) = (Tenor::Abgelehnt, Some("Nur nachts.".into()));
            },
            "Nebenbestimmungen",
            "§ 36 VwVfG",
        ),
        (
            |f| f.def.bescheid.as_mut().expect("notice").belehrung = "gibt_es_nicht".into(),
            "Rechtsbehelfsbelehrung",
            "§ 37 Abs. 6 VwVfG",
        ),
        (
            |f| f.def.bescheid.as_mut().expect("notice").regime = "SGB-IX".into(),
            "Rechtsbehelfsbelehrung",
            "§ 37 Abs. 6 VwVfG",
        ),
    ];
    for (schaden, feld, norm) in faelle {
        (f.state, f.def) = gut.clone();
        schaden(&mut f);
        let Err(Refusal::BescheidMangel(liste)) = sent(&f) else { panic!("{feld}: given to sign") };
        let m = liste.iter().find(|m| m.feld == feld && m.norm == norm).unwrap_or_else(|| panic!("{feld}: {liste:?}"));
        assert!(m.text.ends_with('.') && m.text.len() > 20, "a remedy: {}", m.text);
        f.state.status = Status::ImGeschaeftsgang;
        let sign = C::FinalSign { fassung: 1, digest: "digest-8".into() };
        assert_eq!(f.refused(PETERSEN, sign).code(), "bescheid_mangel", "nor signed");
    }
}
