//! The disposal gate: what it wants by ground, and that a hold beats it.

use super::aufbewahrung::Fall;
use super::*;
use crate::akte::event::Anbietungsanlass;
use crate::akte::{Ansinnen, Beleg, Sperrzweck, Teil};
use jiff::civil::Date;

pub const LOESCHUNG: u8 = 90;

pub fn release(grund: &str) -> AkteCommand {
    AkteCommand::Release(Ansinnen {
        loeschung: id(LOESCHUNG),
        vorgang: Some(id(1)),
        umfang: "vorgang".into(),
        grund: grund.into(),
        bis: 17,
        vorgeschlagen: vec![id(11)],
        genehmigt: vec![id(12)],
        offene_vorgaenge: 0,
        offene_umlegungen: 0,
    })
}

fn sperre(scope: Teil) -> AkteCommand {
    AkteCommand::SetSperre { scope, zweck: Sperrzweck::Rechtsstreit, grund: "Klage".into() }
}

fn offer(anlass: Anbietungsanlass) -> AkteCommand {
    AkteCommand::Offer { anlass, vermerk: String::new() }
}

fn appraise(bewertung: Bewertung) -> AkteCommand {
    AkteCommand::Appraise { bewertung, vermerk: String::new() }
}

/// Closed, retention over, offered, appraised V: nothing stands against it.
pub fn reif() -> Fall {
    let mut f = Fall::neu();
    f.ok(1, schliessen(5));
    f.today = date(2032, 1, 5);
    f.ok(2, offer(Anbietungsanlass::Frist));
    f.ok(2, appraise(Bewertung::V));
    f
}

/// Codes the gate recorded as its refusal; empty if it released.
fn versagt(f: &mut Fall, command: AkteCommand) -> Vec<String> {
    let events = f.als(9, command).expect("decided");
    match &events[..] {
        [AkteEvent::Released { .. } | AkteEvent::AkteReleased { .. }] => vec![],
        [AkteEvent::Refused { hindernisse, .. }] => hindernisse.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_closed_over_offered_and_appraised_is_released_with_both_names() {
    let mut f = reif();
    assert_eq!(versagt(&mut f, release("frist")), Vec::<String>::new());
    let r = f.akte.aussonderung.freigabe(id(LOESCHUNG)).expect("released");
    assert_eq!((r.vorgeschlagen, r.genehmigt, r.bis), (id(11), id(12), 17));
    assert_eq!(f.als(9, release("frist")), Ok(vec![]), "twice is once");
}

#[test]
fn what_is_closed_offered_or_released_takes_no_new_version_and_says_why() {
    let dok = id(7);
    let mut offen = Fall::neu();
    offen.ok(1, AkteCommand::FileDokument { dokument: dok, vorgang: None });
    assert_eq!(offen.akte.nimmt_fassung(dok), Ok(()));
    assert_eq!(offen.akte.nimmt_fassung(id(8)), Err(KeineFassung::NichtHier));
    let mut f = offen;
    f.ok(1, schliessen(5));
    assert_eq!(f.akte.nimmt_fassung(dok), Err(KeineFassung::Geschlossen));
    f.today = date(2032, 1, 5);
    f.ok(2, offer(Anbietungsanlass::Frist));
    assert_eq!(f.akte.nimmt_fassung(dok), Err(KeineFassung::Angeboten));
    f.ok(2, appraise(Bewertung::V));
    assert_eq!(versagt(&mut f, release("frist")), Vec::<String>::new());
    assert_eq!(f.akte.nimmt_fassung(dok), Err(KeineFassung::Freigegeben));
}

#[test]
fn each_thing_that_is_missing_is_named_alone() {
    type Lage = fn() -> Fall;
    let cases: [(&str, Lage); 8] = [
        ("nicht_geschlossen", Fall::neu),
        ("aufbewahrung_laeuft", || {
            let mut f = reif();
            f.today = date(2031, 12, 31);
            f
        }),
        ("nicht_angeboten", || {
            let mut f = Fall::neu();
            f.ok(1, schliessen(5));
            f.today = date(2032, 1, 5);
            f
        }),
        ("nicht_bewertet", || {
            let mut f = Fall::neu();
            f.ok(1, schliessen(5));
            f.today = date(2032, 1, 5);
            f.ok(2, offer(Anbietungsanlass::Frist));
            f
        }),
        ("nicht_bewertet", || {
            let mut f = reif();
            f.ok(2, appraise(Bewertung::B));
            f
        }),
        ("nicht_uebernommen", || {
            let mut f = reif();
            f.ok(2, appraise(Bewertung::A));
            f
        }),
        ("gesperrt:rechtsstreit", || {
            let mut f = reif();
            f.ok(3, sperre(Teil::Akte));
            f
        }),
        ("aufbewahrung_unbekannt", || {
            let mut f = Fall::neu();
            let beginn = Beginn { ereignis: "zda".into(), am: None };
            f.ok(1, AkteCommand::Close { dauer: Dauer::Jahre { jahre: 5 }, beginn });
            f.today = date(2099, 1, 5);
            f
        }),
    ];
    for (code, f) in cases {
        let found = versagt(&mut f(), release("frist"));
        assert!(found.contains(&code.to_owned()), "{code}: {found:?}");
        let alone = !matches!(code, "nicht_geschlossen" | "aufbewahrung_unbekannt");
        assert!(!alone || found.len() == 1, "{code}: {found:?}");
    }
    let mut f = reif();
    let AkteCommand::Release(a) = release("frist") else { panic!() };
    let one = Ansinnen { genehmigt: vec![id(14), id(11)], ..a.clone() };
    assert_eq!(versagt(&mut f, AkteCommand::Release(one)), ["vier_augen"]);
    let open = Ansinnen { offene_vorgaenge: 2, ..a.clone() };
    assert_eq!(versagt(&mut reif(), AkteCommand::Release(open)), ["offener_vorgang"]);
    let moving = Ansinnen { offene_umlegungen: 1, ..a };
    assert_eq!(versagt(&mut reif(), AkteCommand::Release(moving)), ["umlegung_laeuft"]);
}

#[test]
fn a_files_archive_copy_must_have_arrived_before_the_original_goes() {
    assert_eq!(versagt(&mut reif(), release("archiv")), ["nicht_uebernommen"], "V is no copy in the archive");
    let mut f = reif();
    f.ok(2, appraise(Bewertung::A));
    f.ok(2, AkteCommand::ConfirmImport { archivkennung: "Abt. 4 Nr. 12".into() });
    assert!(versagt(&mut f, release("archiv")).is_empty());
}

#[test]
fn a_hold_on_anything_above_or_below_keeps_the_whole_and_lifting_one_leaves_the_other() {
    for scope in [Teil::Akte, Teil::Vorgang(id(1)), Teil::Dokument(id(2))] {
        let mut f = Fall::neu();
        f.ok(1, AkteCommand::FileDokument { dokument: id(2), vorgang: Some(id(1)) });
        f.ok(1, schliessen(5));
        f.today = date(2032, 1, 5);
        f.ok(2, offer(Anbietungsanlass::Frist));
        f.ok(2, appraise(Bewertung::V));
        f.ok(3, sperre(scope));
        f.ok(4, sperre(Teil::Akte));
        let eine = f.akte.sperren[0].sperre;
        let lift = |sperre| AkteCommand::LiftSperre { sperre, grund: "erledigt".into() };
        assert_eq!(
            f.als(3, AkteCommand::LiftSperre { sperre: eine, grund: String::new() }),
            Err(AkteRefusal::AngabeFehlt("Grund"))
        );
        f.ok(3, lift(eine));
        assert_eq!(f.als(3, lift(eine)), Err(AkteRefusal::KeineSperre));
        assert_eq!(versagt(&mut f, release("frist")), ["gesperrt:rechtsstreit"], "{scope:?}");
        let andere = f.akte.sperren[0].sperre;
        f.ok(4, lift(andere));
        // An approval does not outlive a hold, however late it is lifted.
        assert_eq!(versagt(&mut f, release("frist")), ["genehmigung_verfallen"], "{scope:?}");
        assert_eq!(f.als(9, release("frist")), Ok(vec![]), "and stays so");
        let AkteCommand::Release(a) = release("frist") else { panic!() };
        let neu = AkteCommand::Release(Ansinnen { loeschung: id(91), ..a });
        assert!(versagt(&mut f, neu).is_empty(), "{scope:?}: two persons have said it anew");
    }
    assert_eq!(Fall::neu().als(3, sperre(Teil::Dokument(id(99)))), Err(AkteRefusal::TeilUnbekannt));
}

#[test]
fn a_hold_beats_every_ground_of_the_list_and_the_refusal_names_the_paragraph_of_art_17() {
    for (_, code, _) in crate::loeschung::Grund::ALLE {
        let mut f = reif();
        f.ok(3, sperre(Teil::Vorgang(id(1))));
        assert!(versagt(&mut f, release(code)).contains(&"gesperrt:rechtsstreit".to_owned()), "{code}");
        let v = &f.akte.aussonderung.versagt[&id(LOESCHUNG)];
        let abs3 = v.art17_abs3.contains(&"Art. 17 Abs. 3 Buchst. e DSGVO".to_owned());
        assert_eq!(abs3, code.starts_with("art17"), "{code}");
        assert_eq!(f.als(9, release(code)), Ok(vec![]), "the same refusal is written once");
    }
}

#[test]
fn unlawful_data_goes_from_an_open_file_but_what_the_law_keeps_and_what_must_be_offered_stays() {
    assert!(versagt(&mut Fall::neu(), release("art17-1d")).is_empty());
    assert!(versagt(&mut Fall::neu(), release("gericht")).is_empty());
    assert_eq!(versagt(&mut Fall::neu(), release("art17-1b")), ["nicht_angeboten"]);
    let mut f = Fall::neu();
    f.ok(1, schliessen(5));
    assert_eq!(versagt(&mut f, release("art17-1a")), ["aufbewahrung_laeuft", "nicht_angeboten"]);
    let abs3 = &f.akte.aussonderung.versagt[&id(LOESCHUNG)].art17_abs3;
    assert_eq!(abs3, &["Art. 17 Abs. 3 Buchst. b DSGVO", "Art. 17 Abs. 3 Buchst. d DSGVO"]);
    let mut f = Fall::neu();
    f.ok(2, offer(Anbietungsanlass::Loeschung));
    f.ok(2, appraise(Bewertung::V));
    assert!(versagt(&mut f, release("art17-1b")).is_empty());
    let unbekannt = Fall::neu().als(9, release("weil-ich-will"));
    assert!(matches!(unbekannt, Err(AkteRefusal::Recht(_))), "{unbekannt:?}");
}

#[test]
fn after_the_release_a_hold_is_refused_with_the_names_until_the_destruction_is_noted() {
    let mut f = reif();
    assert!(versagt(&mut f, release("frist")).is_empty());
    let no = f.als(3, sperre(Teil::Akte)).expect_err("too late");
    assert_eq!(no, AkteRefusal::SchonFreigegeben { vorgeschlagen: id(11), genehmigt: id(12) });
    assert!(no.to_string().contains(&format!("{{{}}}", id(11))) && no.to_string().contains("genehmigt von"), "{no}");
    assert_eq!(f.als(3, AkteCommand::Reopen { grund: "Klage".into() }), Err(AkteRefusal::Vernichtet));
    let beleg = |bestaetigung| Beleg { anordnung: 18, bestaetigung, teile: 3, dokumente: 1 };
    let done = |b| AkteCommand::RecordDestroyed { loeschung: id(LOESCHUNG), beleg: beleg(b) };
    f.ok(9, done(None));
    f.ok(9, done(Some(30)));
    assert_eq!(f.als(9, done(None)), Ok(vec![]), "a repetition takes nothing back");
    let (_, b) = f.akte.aussonderung.freigabe(id(LOESCHUNG)).and_then(|f| f.beleg).expect("a record");
    assert_eq!(b.bestaetigung, Some(30));
    f.ok(3, sperre(Teil::Akte));
    let mut nie = reif();
    assert_eq!(nie.als(9, done(None)), Err(AkteRefusal::NichtFreigegeben));
}

#[test]
fn what_changes_the_file_takes_back_what_the_archive_said() {
    let changes: [fn(&mut Fall); 2] = [
        |f| f.ok(1, AkteCommand::FileLate { dokument: id(7), grund: "Rückläufer".into() }),
        |f| f.ok(1, AkteCommand::Reopen { grund: "Klage".into() }),
    ];
    for change in changes {
        let mut f = reif();
        change(&mut f);
        assert_eq!((f.akte.aussonderung.angeboten, f.akte.aussonderung.bewertung), (None, None));
        assert!(versagt(&mut f, release("frist")).contains(&"nicht_angeboten".to_owned()));
    }
    let mut offen = Fall::neu();
    offen.ok(2, offer(Anbietungsanlass::Loeschung));
    offen.ok(2, appraise(Bewertung::V));
    offen.ok(1, AkteCommand::FileDokument { dokument: id(7), vorgang: Some(id(1)) });
    assert_eq!(offen.akte.aussonderung.bewertung, None, "the archive has not seen it");
    let mut f = reif();
    f.ok(2, appraise(Bewertung::A));
    f.ok(2, AkteCommand::ConfirmImport { archivkennung: "Abt. 4 Nr. 12".into() });
    f.ok(1, AkteCommand::FileLate { dokument: id(7), grund: "Rückläufer".into() });
    assert_eq!(f.akte.aussonderung.uebernommen, None, "the archive has everything but this");
}

#[test]
fn a_file_is_offered_only_when_its_time_has_come_and_never_under_a_hold() {
    let mut f = Fall::neu();
    assert_eq!(f.als(2, offer(Anbietungsanlass::Frist)), Err(AkteRefusal::Offen));
    f.ok(1, schliessen(5));
    assert_eq!(f.als(2, offer(Anbietungsanlass::Frist)), Err(AkteRefusal::FristLaeuft));
    assert_eq!(f.als(2, appraise(Bewertung::V)), Err(AkteRefusal::NichtAngeboten));
    f.today = last(&f);
    assert_eq!(f.als(2, offer(Anbietungsanlass::Frist)), Err(AkteRefusal::FristLaeuft));
    f.today = date(2032, 1, 1);
    f.ok(3, sperre(Teil::Akte));
    assert_eq!(f.als(2, offer(Anbietungsanlass::Frist)), Err(AkteRefusal::Gesperrt));
}

fn last(f: &Fall) -> Date {
    f.akte.aufbewahrung_bis.expect("an end")
}

/// The Akte itself, by another proposal than that of its Vorgang.
fn ganze_akte(grund: &str) -> AkteCommand {
    let AkteCommand::Release(a) = release(grund) else { panic!() };
    AkteCommand::Release(Ansinnen { loeschung: id(LOESCHUNG + 1), vorgang: None, umfang: "akte".into(), ..a })
}

fn vernichtet(loeschung: u8) -> AkteCommand {
    let beleg = Beleg { anordnung: 1, bestaetigung: Some(2), teile: 1, dokumente: 0 };
    AkteCommand::RecordDestroyed { loeschung: id(loeschung), beleg }
}

#[test]
fn a_file_goes_as_a_whole_only_when_every_case_of_it_is_destroyed() {
    assert_eq!(versagt(&mut reif(), ganze_akte("frist")), ["vorgaenge_bleiben"]);
    let mut f = reif();
    assert_eq!(versagt(&mut f, release("frist")), Vec::<String>::new());
    assert_eq!(versagt(&mut f, ganze_akte("frist")), ["vorgaenge_bleiben"], "released is not destroyed");
    f.ok(9, vernichtet(LOESCHUNG));
    assert_eq!(versagt(&mut f, ganze_akte("frist")), Vec::<String>::new());
    f.ok(9, vernichtet(LOESCHUNG + 1));
    assert_eq!(f.akte.ende(), Some("vernichtet oder zur Vernichtung freigegeben"));
}

#[test]
fn an_open_file_never_goes_as_a_whole_whatever_the_ground() {
    let mut f = Fall::neu();
    assert_eq!(versagt(&mut f, release("gericht")), Vec::<String>::new());
    f.ok(9, vernichtet(LOESCHUNG));
    assert_eq!(versagt(&mut f, ganze_akte("gericht")), ["nicht_geschlossen"]);
    f.ok(1, schliessen(5));
    assert_eq!(versagt(&mut f, ganze_akte("gericht")), Vec::<String>::new());
    assert_eq!(f.als(1, AkteCommand::Reopen { grund: "Klage".into() }), Err(AkteRefusal::Vernichtet));
}

#[test]
fn a_hold_on_anything_in_it_stands_against_the_file_as_a_whole() {
    let mut f = reif();
    f.ok(9, release("frist"));
    f.ok(9, vernichtet(LOESCHUNG));
    f.ok(3, sperre(Teil::Vorgang(id(1))));
    assert_eq!(versagt(&mut f, ganze_akte("frist")), ["gesperrt:rechtsstreit"]);
}
