//! Routes that can be gone and routes that cannot.

use super::*;
use crate::geschaeftsgang::laufweg::{HOECHSTENS, LaufwegFehler as F, Schritt, Schrittart, pruefe};

fn weg(schritte: &[(Schrittart, &[u8])]) -> Vec<Schritt> {
    schritte.iter().map(|(art, an)| Schritt { art: *art, an: an.iter().map(|n| id(*n)).collect() }).collect()
}

#[test]
fn a_route_with_parallel_co_signatures_and_one_final_signature_can_be_gone() {
    use Schrittart::*;
    let laufweg = weg(&[(Zk, &[5]), (Mz, &[MEYER, KRAUSE]), (Schlusszeichnung, &[LEITUNG]), (Zwv, &[MEYER])]);
    assert_eq!(pruefe(&laufweg, &[id(ENTWURF)]), Ok(()));
}

#[test]
fn a_wrong_route_is_refused_with_the_step_it_is_wrong_in() {
    use Schrittart::*;
    let cases: Vec<(Vec<Schritt>, F)> = vec![
        (vec![], F::Leer),
        (weg(&[(Mz, &[])]), F::Niemand(1)),
        (weg(&[(Mz, &[MEYER, MEYER])]), F::Doppelt(1)),
        (weg(&[(Mz, &[MEYER]), (Zk, &[MEYER])]), F::Nacheinander(1, 2)),
        (weg(&[(Mz, &[MEYER]), (Mz, &[KRAUSE]), (Mz, &[MEYER])]), F::Kreis(1, 3)),
        (weg(&[(Zk, &[MEYER]), (Mz, &[KRAUSE]), (Zk, &[5, MEYER])]), F::Kreis(1, 3)),
        (weg(&[(Schlusszeichnung, &[MEYER, KRAUSE])]), F::EineSchlusszeichnung(1)),
        (weg(&[(Schlusszeichnung, &[MEYER]), (Schlusszeichnung, &[KRAUSE])]), F::EineSchlusszeichnung(2)),
        (weg(&[(Schlusszeichnung, &[MEYER]), (Mz, &[KRAUSE])]), F::NachDemSchluss(2)),
        (weg(&[(Mz, &[MEYER]), (Schlusszeichnung, &[ENTWURF])]), F::VierAugen(2)),
        (weg(&[(Mz, &[ENTWURF])]), F::VierAugen(1)),
        (vec![Schritt { art: Zk, an: vec![id(9)] }; HOECHSTENS + 1], F::ZuLang),
    ];
    for (laufweg, fehler) in cases {
        assert_eq!(pruefe(&laufweg, &[id(ENTWURF)]), Err(fehler), "{laufweg:?}");
    }
    assert!(F::Kreis(1, 3).to_string().contains("geht im Kreis: Schritt 3"));
}
