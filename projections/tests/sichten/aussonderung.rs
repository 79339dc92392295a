//! Which files the list of disposal holds.

use crate::buch::{Buch, id};
use akte_core::akte::{AkteEvent, Beleg};
use akte_core::eingang::EingangEvent;
use akte_projections::InternalViews;
use uuid::Uuid;

/// After everything these tests file.
const SPAET: u64 = 100_000;

fn opened(vorgang: Option<Uuid>) -> AkteEvent {
    AkteEvent::Opened { aktenplan: "32.21".into(), einheit: "ordnung".into(), vorgang, titel: Some("Akte".into()) }
}

fn closed() -> AkteEvent {
    AkteEvent::Closed { aufbewahrung_bis: Some("2026-01-01".parse().expect("date")), rechenweg: vec![] }
}

fn released(loeschung: Uuid, vorgang: Uuid, umfang: &str, bis: u64) -> AkteEvent {
    AkteEvent::Released {
        loeschung,
        vorgang,
        umfang: umfang.into(),
        grund: "frist".into(),
        bis,
        am: "2026-01-12".parse().expect("date"),
        vorgeschlagen: id(1),
        genehmigt: id(2),
    }
}

fn akte_released(loeschung: Uuid, bis: u64) -> AkteEvent {
    let am = "2026-01-12".parse().expect("date");
    AkteEvent::AkteReleased { loeschung, grund: "frist".into(), bis, am, vorgeschlagen: id(1), genehmigt: id(2) }
}

fn destroyed(loeschung: Uuid) -> AkteEvent {
    let beleg = Beleg { anordnung: 1, bestaetigung: Some(2), teile: 3, dokumente: 0 };
    AkteEvent::Destroyed { loeschung, am: "2026-01-13".parse().expect("date"), beleg }
}

/// The files of the list, in its order, with the day of their last destruction.
async fn liste(buch: &Buch) -> Vec<(Uuid, bool)> {
    let dir = tempfile::tempdir().expect("dir");
    buch.open(dir.path()).take(&buch.alles().await).expect("taken");
    let views = InternalViews::open(&dir.path().join("internal.db")).expect("open");
    let rows = views.akten_faellig(None, "2026-02-01".parse().expect("date"), 10).expect("rows");
    rows.into_iter().map(|r| (r.akte, r.vernichtet.is_some())).collect()
}

#[tokio::test]
async fn a_file_leaves_the_list_when_nothing_of_it_is_left_and_not_before() {
    let mut buch = Buch::new().await;
    let (zwei, ohne, offen) = (id(300), id(301), id(302));
    let (eins, anderer) = (id(400), id(401));
    for e in [opened(Some(eins)), AkteEvent::DokumentFiled { dokument: id(500), vorgang: Some(anderer) }, closed()] {
        buch.write(zwei, zwei, &e).await;
    }
    for e in [opened(None), AkteEvent::DokumentFiled { dokument: id(501), vorgang: None }, closed()] {
        buch.write(ohne, ohne, &e).await;
    }
    buch.write(offen, offen, &opened(None)).await;
    assert_eq!(liste(&buch).await, [(zwei, false), (ohne, false)]);
    // A part of a Vorgang, then one Vorgang of two: something is left.
    for (n, vorgang, umfang) in [(1, eins, "subjekt"), (2, eins, "vorgang")] {
        buch.write(zwei, zwei, &released(id(600 + n), vorgang, umfang, SPAET)).await;
        buch.write(zwei, zwei, &destroyed(id(600 + n))).await;
        assert_eq!(liste(&buch).await, [(zwei, true), (ohne, false)], "{umfang}");
    }
    // Released is not gone.
    buch.write(zwei, zwei, &released(id(603), anderer, "vorgang", SPAET)).await;
    buch.write(ohne, ohne, &akte_released(id(604), SPAET)).await;
    assert_eq!(liste(&buch).await, [(zwei, true), (ohne, false)]);
    buch.write(zwei, zwei, &destroyed(id(603))).await;
    assert_eq!(liste(&buch).await, [(ohne, false)]);
    // The same destruction, told again with its confirmation.
    buch.write(ohne, ohne, &destroyed(id(604))).await;
    buch.write(ohne, ohne, &destroyed(id(604))).await;
    assert_eq!(liste(&buch).await, []);
}

#[tokio::test]
async fn what_came_after_the_approval_keeps_the_file_on_the_list_and_what_comes_later_brings_it_back() {
    let mut buch = Buch::new().await;
    let (akte, vorgang) = (id(310), id(410));
    for e in [opened(Some(vorgang)), closed(), released(id(610), vorgang, "vorgang", 0), destroyed(id(610))] {
        buch.write(akte, akte, &e).await;
    }
    assert_eq!(liste(&buch).await, [], "nothing was filed by hand, nothing is left");
    let spaet = AkteEvent::FiledLate { dokument: id(510), grund: Some("lag noch im Fach".into()) };
    buch.write(akte, akte, &spaet).await;
    assert_eq!(liste(&buch).await, [(akte, true)], "filed late");
    for e in [akte_released(id(611), SPAET), destroyed(id(611))] {
        buch.write(akte, akte, &e).await;
    }
    assert_eq!(liste(&buch).await, []);
    let eingang =
        EingangEvent::Assigned { akte, vorgang: None, aktenplan: None, einheit: "ordnung".into(), titel: None };
    buch.write(id(710), id(710), &eingang).await;
    assert_eq!(liste(&buch).await, [(akte, true)], "a letter came");
    for e in [akte_released(id(612), 1), destroyed(id(612))] {
        buch.write(akte, akte, &e).await;
    }
    assert_eq!(liste(&buch).await, [(akte, true)], "the approval was before the letter");
}
