//! What lies where: Teilakten, corrections, moved documents, references.

use super::aufbewahrung::Fall;
use super::*;
use crate::akte::{Sperrzweck, Teil};

fn teilakte(titel: &str) -> AkteCommand {
    AkteCommand::OpenTeilakte { titel: titel.into() }
}

fn verschieben(dokument: Uuid) -> AkteCommand {
    AkteCommand::MoveDokument { dokument, nach: id(50), selbst: Some(id(49)), grund: "falsche Akte".into() }
}

#[test]
fn a_teilakte_has_its_own_place_and_documents_lie_in_it() {
    let mut f = Fall::neu();
    f.ok(1, teilakte("Widerspruch"));
    f.ok(1, teilakte("Klage"));
    let plaetze: Vec<_> = f.akte.teilakten.iter().map(|t| (t.position, t.titel.as_deref())).collect();
    assert_eq!(plaetze, [(1, Some("Widerspruch")), (2, Some("Klage"))]);
    assert_eq!(f.als(1, teilakte(" ")), Err(AkteRefusal::AngabeFehlt("Titel")));
    f.ok(1, AkteCommand::FileDokument { dokument: id(2), vorgang: None });
    let t = f.akte.teilakten[1].teilakte;
    let place = |d, t| AkteCommand::PlaceDokument { dokument: d, teilakte: t };
    f.ok(1, place(id(2), Some(t)));
    assert_eq!(f.akte.lage[&id(2)].teilakte, Some(t));
    assert_eq!(f.als(1, place(id(2), Some(t))), Ok(vec![]));
    assert_eq!(f.als(1, place(id(3), Some(t))), Err(AkteRefusal::TeilUnbekannt));
    assert_eq!(f.als(1, place(id(2), Some(id(77)))), Err(AkteRefusal::TeilUnbekannt));
    // What lies in it is under its hold.
    let sperre = AkteCommand::SetSperre { scope: Teil::Teilakte(t), zweck: Sperrzweck::Sonstiges, grund: "x".into() };
    f.ok(3, sperre);
    assert_eq!(f.als(1, verschieben(id(2))), Err(AkteRefusal::Gesperrt));
    assert_eq!(f.als(1, place(id(2), None)), Err(AkteRefusal::Gesperrt), "nor taken out first");
}

#[test]
fn a_moved_document_leaves_a_pointer_and_is_not_filed_back_by_a_repetition() {
    let mut f = Fall::neu();
    let ablegen = || AkteCommand::FileDokument { dokument: id(2), vorgang: Some(id(1)) };
    f.ok(1, ablegen());
    f.ok(1, verschieben(id(2)));
    assert!(f.akte.dokumente.is_empty());
    assert_eq!((f.akte.zeiger[0].dokument, f.akte.zeiger[0].nach), (id(2), id(50)));
    assert_eq!(f.als(1, ablegen()), Ok(vec![]));
    assert_eq!(f.als(1, verschieben(id(2))), Ok(vec![]));
    f.ok(1, AkteCommand::FileDokument { dokument: id(3), vorgang: None });
    let hier = AkteCommand::MoveDokument { dokument: id(3), nach: id(49), selbst: Some(id(49)), grund: "x".into() };
    assert_eq!(f.als(1, hier), Err(AkteRefusal::SelbeAkte));
}

#[test]
fn a_document_of_another_file_is_filed_here_in_no_way() {
    let mut f = Fall::neu();
    f.ok(1, AkteCommand::FileDokument { dokument: id(2), vorgang: None });
    f.fremd = vec![id(3)];
    let einzeln = AkteCommand::FileDokument { dokument: id(3), vorgang: None };
    assert_eq!(f.als(1, einzeln), Err(AkteRefusal::FremdesDokument));
    let viele = AkteCommand::FileDokumente { dokumente: vec![id(2), id(4), id(3)] };
    assert_eq!(f.als(1, viele), Err(AkteRefusal::FremdesDokument));
    assert_eq!(f.akte.dokumente, [id(2)], "none of them");
    f.ok(1, AkteCommand::FileDokumente { dokumente: vec![id(2), id(4)] });
    f.ok(1, schliessen(5));
    let spaet = AkteCommand::FileLate { dokument: id(3), grund: "Rückläufer".into() };
    assert_eq!(f.als(1, spaet), Err(AkteRefusal::FremdesDokument));
}

#[test]
fn no_document_is_moved_out_of_a_hold() {
    for scope in [Teil::Akte, Teil::Vorgang(id(1)), Teil::Dokument(id(2))] {
        let mut f = Fall::neu();
        f.ok(1, AkteCommand::FileDokument { dokument: id(2), vorgang: Some(id(1)) });
        f.ok(3, AkteCommand::SetSperre { scope, zweck: Sperrzweck::Rechtsstreit, grund: "Klage".into() });
        assert_eq!(f.als(1, verschieben(id(2))), Err(AkteRefusal::Gesperrt), "{scope:?}");
    }
}

#[test]
fn a_corrected_title_names_who_and_why_and_the_old_one_stays_in_its_event() {
    let mut f = Fall::neu();
    let correct =
        |wert: &str, grund: &str| AkteCommand::Correct { feld: "titel".into(), wert: wert.into(), grund: grund.into() };
    assert_eq!(f.als(1, correct("Linde", "")), Err(AkteRefusal::AngabeFehlt("Grund")));
    assert_eq!(f.als(1, correct(&"x".repeat(501), "g")), Err(AkteRefusal::ZuLang("Titel")));
    f.ok(1, correct("Gaststätte Zur Linde", "Schreibfehler"));
    assert_eq!(f.akte.titel.as_deref(), Some("Gaststätte Zur Linde"));
    assert_eq!(f.als(1, correct("Gaststätte Zur Linde", "noch einmal")), Ok(vec![]));
    let anders = AkteCommand::Correct { feld: "aktenzeichen".into(), wert: "1".into(), grund: "g".into() };
    assert_eq!(f.als(1, anders), Err(AkteRefusal::FeldUnbekannt));
}

#[test]
fn a_reference_is_there_once_and_can_be_taken_back() {
    let mut f = Fall::neu();
    let add = || AkteCommand::AddVerweis { ziel: id(50), grund: Some("derselbe Betrieb".into()), gegenseite: false };
    f.ok(1, add());
    assert_eq!(f.als(1, add()), Ok(vec![]));
    f.ok(1, AkteCommand::RemoveVerweis { ziel: id(50), gegenseite: false });
    assert!(f.akte.verweise.is_empty());
}

#[tokio::test]
async fn two_originals_of_one_letter_are_joined_and_parted_and_both_stay() {
    let wert = crate::documents::DokumentWert {
        alg: "sha-512".into(),
        digest: "d".into(),
        dsalt: "s".into(),
        len: 1,
        media: "text/plain".into(),
        reference: id(3),
    };
    let added = DokumentEvent::Added {
        akte: id(1),
        vorgang: None,
        aus: None,
        richtung: "eingang".into(),
        titel: None,
        dateiname: None,
        dokument: Some(wert.clone()),
    };
    let ctx = Context { actor: Actor::Konto(id(1)), ..ctx() };
    let mut s = Dokument::evolve(Dokument::default(), &added);
    let link = |o: u8| DokumentCommand::LinkDuplicate { original: id(o), selbst: id(9), grund: "Fax und Brief".into() };
    assert_eq!(Dokument::decide(&s, link(9), &ctx), Err(DokumentRefusal::EigenesDoppel));
    let take = |s: Dokument, c| Dokument::decide(&s, c, &ctx).expect("done").iter().fold(s, Dokument::evolve);
    s = take(s, link(8));
    assert_eq!((s.doppelt_zu, s.dokument.as_ref()), (Some(id(8)), Some(&wert)));
    assert_eq!(Dokument::decide(&s, link(7), &ctx), Err(DokumentRefusal::SchonVerbunden));
    s = take(s, DokumentCommand::Unlink { grund: "zwei Schreiben".into() });
    assert_eq!((s.doppelt_zu, s.dokument), (None, Some(wert)));
}
