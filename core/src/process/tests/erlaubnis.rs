//! A decision: draft, four eyes, dispatch, fee, Bestandskraft, zdA.

use super::*;
use crate::verfahren::event::{Tenor, Weg};

#[tokio::test]
async fn a_permit_goes_from_application_to_closed_file() {
    let mut s = Stadt::neu().await;
    let v = s.submit(Definition::entscheidet).await;
    assert!(s.state(v).await.gebuehren.is_empty(), "the fee comes with the decision");
    let (meyer, petersen) = (clerk(1, &[Role::Sachbearbeitung]), clerk(2, &[Role::Sachbearbeitung]));
    s.ok(&meyer, v, C::TakeOver).await;
    s.ok(&meyer, v, C::StartPruefung).await;
    s.ok(&meyer, v, C::CheckVollstaendigkeit { fehlend: vec![] }).await;
    let draft = C::DraftBescheid {
        tenor: Tenor::Bewilligt,
        begruendung: "Sie wohnen dort.".into(),
        nebenbestimmungen: String::new(),
    };
    s.ok(&meyer, v, draft).await;
    let b = s.state(v).await.bescheid.expect("draft");
    let seen = b.dokument.expect("rendered by process");
    assert!(s.bytes(&seen).await.starts_with(b"%PDF-"));
    let an = vec![Uuid::from_bytes([2; 16])];
    s.ok(&meyer, v, C::StartGeschaeftsgang { an }).await;
    let sign = C::FinalSign { fassung: 1, digest: seen.digest.clone() };
    let own = s.try_do(&meyer, v, sign.clone()).await;
    assert!(matches!(own, Err(ExecuteError::Refused { ref code, .. }) if code == "vier_augen"), "{own:?}");
    s.ok(&petersen, v, sign).await;
    s.ok(&meyer, v, C::Dispatch { weg: Weg::Portal }).await;
    let state = s.state(v).await;
    assert_eq!((state.status, state.gebuehren.len()), (Status::Versandt, 1));
    let me = Principal::buerger(s.house.antragsteller(v), vec![v]);
    s.uhr.set("2026-11-24T09:00:00Z");
    s.ok(&me, v, C::EffectBekanntgabe { art: "abruf".into(), am: "2026-11-24".parse().expect("date") }).await;
    assert_eq!(s.state(v).await.bekanntgabe, Some("2026-11-25".parse().expect("date")));
    let g = s.state(v).await.gebuehren[0].clone();
    s.ok(&meyer, v, C::PayGebuehr { zeile: g.zeile, betrag_cent: g.betrag_cent, weg: "Karte".into() }).await;
    assert_eq!(reach_bestandskraft(&s.house, &[v]).await.expect("asked"), 0, "the month still runs");
    s.uhr.set("2027-01-05T09:00:00Z");
    assert_eq!(reach_bestandskraft(&s.house, &[v]).await.expect("asked"), 1);
    s.ok(&meyer, v, C::Close).await;
    assert_eq!(s.state(v).await.status, Status::ZdA);
    let akte = s.akte(v).await;
    assert!(akte.geschlossen);
    // One came in; decision and fee notice went out.
    assert_eq!(akte.dokumente.len(), 3);
}

#[tokio::test]
async fn a_refusal_owes_no_fee() {
    let mut s = Stadt::neu().await;
    let v = s.submit(Definition::entscheidet).await;
    let (meyer, petersen) = (clerk(1, &[Role::Sachbearbeitung]), clerk(2, &[Role::Leitung]));
    s.ok(&meyer, v, C::TakeOver).await;
    s.ok(&meyer, v, C::StartPruefung).await;
    s.ok(&meyer, v, C::HoldAnhoerung { antwort: "keine".into() }).await;
    let draft = C::DraftBescheid {
        tenor: Tenor::Abgelehnt,
        begruendung: "Kein Platz.".into(),
        nebenbestimmungen: String::new(),
    };
    s.ok(&meyer, v, draft).await;
    s.ok(&meyer, v, C::StartGeschaeftsgang { an: vec![] }).await;
    let digest = s.state(v).await.bescheid.and_then(|b| b.dokument).expect("rendered").digest;
    s.ok(&petersen, v, C::FinalSign { fassung: 1, digest }).await;
    s.ok(&meyer, v, C::Dispatch { weg: Weg::Schalter }).await;
    assert!(s.state(v).await.gebuehren.is_empty());
}

#[tokio::test]
async fn the_same_case_gives_the_same_notice() {
    let mut one = Stadt::neu().await;
    let v = one.submit(|d| d.datensatz.is_some()).await;
    let first = one.state(v).await.bescheinigung.expect("receipt");
    let mut again = Process::in_memory(one.house.clone());
    again.settle().await.expect("settled");
    assert_eq!(one.state(v).await.bescheinigung.expect("receipt"), first);
}
