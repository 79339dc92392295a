//! The disposal gate on the command path: no destruction passes it by, and a hold wins every race.

use super::erase::{Fall, fall};
use super::*;
use crate::akte::event::{Anbietungsanlass, Bewertung};
use crate::akte::{Akte, AkteCommand, AkteEvent, Sperrzweck, Teil};
use crate::loeschung::{Archiv, Grund, Loeschung, LoeschungCommand, Umfang};

fn leitung() -> Principal {
    clerk(1, &[Role::Leitung])
}

impl Fall {
    async fn akte(&self) -> Uuid {
        self.house.load::<Vorgang>(self.vorgang).await.expect("case").state.akte.expect("filed")
    }

    async fn akte_state(&self) -> Akte {
        self.house.load::<Akte>(self.akte().await).await.expect("file").state
    }

    async fn on_akte(&self, who: Principal, key: &str, command: AkteCommand) -> Result<Done, ExecuteError> {
        let akte = self.akte().await;
        self.house.execute::<Akte>(call(who, key, Target::Stream(akte)), command).await
    }

    async fn sperren(&self, key: &str, scope: Teil) -> Result<Done, ExecuteError> {
        let command = AkteCommand::SetSperre { scope, zweck: Sperrzweck::Rechtsstreit, grund: "Klage".into() };
        self.on_akte(leitung(), key, command).await
    }

    async fn genehmigt(&self, key: &str, grund: Grund, archiv: Archiv) -> Uuid {
        let v = Vorschlag {
            vorgang: self.vorgang,
            umfang: Umfang::Vorgang,
            grund,
            archiv: Some(archiv),
            begruendung: "Probe".into(),
        };
        let l = self.house.propose_erasure(leitung(), format!("{key:-<20}"), v).await.expect("proposed").stream;
        let c = call(clerk(2, &[Role::Datenschutz]), &format!("ja-{key}"), Target::Stream(l));
        self.house.execute::<Loeschung>(c, LoeschungCommand::Approve).await.expect("approved");
        l
    }

    pub async fn zda(&mut self) {
        for (key, command) in
            [("erledigt", VorgangCommand::Erledigen { grund: "umgezogen".into() }), ("zda", VorgangCommand::Close)]
        {
            let c = call(leitung(), key, Target::Stream(self.vorgang));
            self.house.execute::<Vorgang>(c, command).await.expect(key);
            self.settle().await;
        }
    }
}

fn refused_as(r: Result<Erasure, ExecuteError>) -> String {
    match r {
        Err(ExecuteError::Refused { code, text }) => format!("{code}: {text}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_hold_ends_the_approval_and_only_a_new_one_after_it_destroys() {
    for teil in 0..3 {
        let f = fall().await;
        let scope = match teil {
            0 => Teil::Akte,
            1 => Teil::Vorgang(f.vorgang),
            _ => Teil::Dokument(f.akte_state().await.dokumente[0]),
        };
        let l = f.genehmigt("l", Grund::Art17d, Archiv::NichtAnbietungspflichtig).await;
        f.sperren("sperre", scope).await.expect("set after the approval");
        let size = f.house.ledger.head().await.expect("head").size;
        let no = refused_as(f.house.request_erasure(l).await);
        assert!(no.starts_with("nicht_freigegeben") && no.contains("Sperre (Rechtsstreit"), "{no}");
        assert!(f.house.erasures().await.expect("erasures").is_empty());
        assert!(f.readable().await.contains("Kanarienvogel"));
        let a = f.akte_state().await;
        assert_eq!(a.aussonderung.versagt[&l].art17_abs3, ["Art. 17 Abs. 3 Buchst. e DSGVO"]);
        refused_as(f.house.request_erasure(l).await);
        assert_eq!(f.house.ledger.head().await.expect("head").size, size + 1, "the refusal is written once");
        let lift = AkteCommand::LiftSperre { sperre: a.sperren[0].sperre, grund: "Klage zurückgenommen".into() };
        f.on_akte(leitung(), "aufheben", lift).await.expect("lifted");
        let no = refused_as(f.house.request_erasure(l).await);
        assert!(no.contains("schlagen Sie die Vernichtung neu vor"), "{no}");
        assert!(f.readable().await.contains("Kanarienvogel"), "nothing goes by itself when a hold ends");
        let l = f.genehmigt("neu", Grund::Art17d, Archiv::NichtAnbietungspflichtig).await;
        let e = f.house.request_erasure(l).await.expect("released");
        f.house.erase_stored(&e, &[], None).await.expect("erased");
        let vollzug = f.house.confirm_erasure(&e).await.expect("confirmed");
        f.house.erasure_executed(l, &e, vollzug).await.expect("noted");
        assert!(!f.readable().await.contains("Kanarienvogel"));
        let a = f.akte_state().await;
        let (_, beleg) = a.aussonderung.freigabe(l).and_then(|f| f.beleg).expect("recorded");
        assert_eq!((beleg.anordnung, beleg.bestaetigung), (e.idx, Some(vollzug)));
        assert!(f.verify().await.violations.is_empty());
    }
}

#[tokio::test]
async fn retention_archive_and_closing_are_checked_when_it_is_carried_out_not_when_it_was_proposed() {
    let mut f = fall().await;
    f.zda().await;
    let bis = f.akte_state().await.aufbewahrung_bis.expect("computed");
    let early = Vorschlag {
        vorgang: f.vorgang,
        umfang: Umfang::Vorgang,
        grund: Grund::Frist,
        archiv: Some(Archiv::Abgelehnt),
        begruendung: "Probe".into(),
    };
    let no = f.house.propose_erasure(leitung(), "zu-frueh-zu-frueh-zu".into(), early).await;
    assert!(matches!(&no, Err(ExecuteError::Refused { code, .. }) if code == "frist_laeuft"), "{no:?}");
    f.uhr.set(&format!("{}-01-04T09:00:00Z", bis.year() + 1));
    let l = f.genehmigt("l", Grund::Frist, Archiv::Abgelehnt).await;
    let no = refused_as(f.house.request_erasure(l).await);
    assert!(no.contains("noch nicht angeboten"), "what the proposer claims is not what counts: {no}");
    let reg = || clerk(5, &[Role::Registratur]);
    let offer = AkteCommand::Offer { anlass: Anbietungsanlass::Frist, vermerk: String::new() };
    f.on_akte(reg(), "anbieten", offer).await.expect("offered");
    assert!(refused_as(f.house.request_erasure(l).await).contains("noch nicht bewertet"));
    let v = AkteCommand::Appraise { bewertung: Bewertung::V, vermerk: String::new() };
    f.on_akte(reg(), "bewerten", v).await.expect("appraised");
    let c = call(leitung(), "wieder", Target::Stream(f.vorgang));
    f.house.execute::<Vorgang>(c, VorgangCommand::Reopen { grund: "Klage".into() }).await.expect("reopened");
    // `process` has not reopened the file yet: the case's own stream is asked, too.
    assert!(refused_as(f.house.request_erasure(l).await).contains("Vorgänge offen (1)"));
    f.settle().await;
    let a = f.akte_state().await;
    assert!(!a.geschlossen && a.aussonderung.angeboten.is_none() && a.aufbewahrung_bis.is_none());
    assert!(f.readable().await.contains("Kanarienvogel"));
    assert!(f.house.erasures().await.expect("erasures").is_empty());
}

#[tokio::test]
async fn what_is_over_offered_and_appraised_is_destroyed_and_the_file_keeps_the_record() {
    let mut f = fall().await;
    f.zda().await;
    let bis = f.akte_state().await.aufbewahrung_bis.expect("computed");
    f.uhr.set(&format!("{}-01-04T09:00:00Z", bis.year() + 1));
    let reg = || clerk(5, &[Role::Registratur]);
    let offer = AkteCommand::Offer { anlass: Anbietungsanlass::Frist, vermerk: "Sammelliste".into() };
    f.on_akte(reg(), "anbieten", offer).await.expect("offered");
    let v = AkteCommand::Appraise { bewertung: Bewertung::V, vermerk: String::new() };
    f.on_akte(reg(), "bewerten", v).await.expect("appraised");
    let l = f.genehmigt("l", Grund::Frist, Archiv::Abgelehnt).await;
    let e = f.house.request_erasure(l).await.expect("released");
    // From the release on it is too late, and the refusal says who released it.
    let Err(ExecuteError::Refused { code, text }) = f.sperren("zu-spaet", Teil::Akte).await else { panic!() };
    assert_eq!(code, "schon_freigegeben");
    assert!(
        text.contains(&Uuid::from_bytes([1; 16]).to_string()) && text.contains(&Uuid::from_bytes([2; 16]).to_string())
    );
    f.house.erase_stored(&e, &[], None).await.expect("erased");
    let vollzug = f.house.confirm_erasure(&e).await.expect("confirmed");
    f.house.erasure_executed(l, &e, vollzug).await.expect("noted");
    let history = f.house.history(f.akte().await).await.expect("history");
    let wires: Vec<&str> = history.iter().map(|r| r.wire.as_str()).collect();
    let at = |w: &str| wires.iter().position(|x| *x == w).unwrap_or_else(|| panic!("{w} in {wires:?}"));
    assert!(at("aussonderung.appraised.v1") < at("aussonderung.released.v1"));
    assert!(at("aussonderung.released.v1") < at("aussonderung.destroyed.v1"));
    let c = call(leitung(), "wieder-da", Target::Stream(f.vorgang));
    let wieder = f.house.execute::<Vorgang>(c, VorgangCommand::Reopen { grund: "Klage".into() }).await;
    assert!(matches!(&wieder, Err(ExecuteError::Refused { code, .. }) if code == "akte_zu_ende"), "{wieder:?}");
    let released = &history[at("aussonderung.released.v1")];
    assert!(released.index < e.idx, "the release stands in the log before the request");
}

#[tokio::test]
async fn a_list_somebody_made_up_destroys_nothing() {
    let f = fall().await;
    let l = f.genehmigt("l", Grund::Art17d, Archiv::NichtAnbietungspflichtig).await;
    let e = f.house.request_erasure(l).await.expect("requested");
    let mut wider = e.clone();
    wider.targets.extend(e.targets.first().cloned());
    let other = Erasure { idx: e.idx + 1, ..e.clone() };
    for made_up in [wider, other] {
        assert!(matches!(f.house.erase_stored(&made_up, &[], None).await, Err(ExecuteError::Fault(_))));
    }
    assert!(f.readable().await.contains("Kanarienvogel"));
}

/// A second node of the same town.
fn other_node(f: &Fall) -> Arc<House> {
    let parts = HouseParts {
        stadt: f.house.stadt.clone(),
        ledger: f.house.ledger.clone(),
        vault: f.house.vault.clone(),
        documents: f.house.documents.clone(),
        law: f.house.law.clone(),
        leistungen: (*f.house.leistungen()).clone(),
        clock: f.house.clock.clone(),
    };
    Arc::new(House::new(parts).expect("house"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_races_a_release_wins_or_learns_who_released_never_both() {
    let (mut held, mut released) = (0, 0);
    for round in 0..40 {
        let f = fall().await;
        let l = f.genehmigt("l", Grund::Art17d, Archiv::NichtAnbietungspflichtig).await;
        let akte = f.akte().await;
        let (a, b) = (f.house.clone(), other_node(&f));
        let hold = tokio::spawn(async move {
            if round % 4 == 0 {
                tokio::task::yield_now().await;
            }
            let command =
                AkteCommand::SetSperre { scope: Teil::Akte, zweck: Sperrzweck::Ermittlung, grund: "x".into() };
            b.execute::<Akte>(call(leitung(), "sperre", Target::Stream(akte)), command).await
        });
        let erase = tokio::spawn(async move { a.request_erasure(l).await });
        let (hold, erase) = (hold.await.expect("task"), erase.await.expect("task"));
        assert!(hold.is_ok() != erase.is_ok(), "round {round}: {hold:?} {erase:?}");
        // Told from the log alone: no release after a hold that was not lifted.
        let mut gesperrt = false;
        for r in f.house.history(akte).await.expect("history") {
            match r.decode::<AkteEvent>() {
                Ok(AkteEvent::SperreSet { .. }) => gesperrt = true,
                Ok(AkteEvent::Released { .. }) => assert!(!gesperrt, "round {round}"),
                _ => {}
            }
        }
        held += usize::from(hold.is_ok());
        released += usize::from(erase.is_ok());
    }
    assert_eq!(held + released, 40);
}

#[tokio::test]
async fn a_release_that_was_not_begun_when_the_case_came_back_is_taken_back() {
    let mut f = fall().await;
    f.zda().await;
    let bis = f.akte_state().await.aufbewahrung_bis.expect("computed");
    f.uhr.set(&format!("{}-01-04T09:00:00Z", bis.year() + 1));
    let reg = || clerk(5, &[Role::Registratur]);
    f.on_akte(reg(), "a", AkteCommand::Offer { anlass: Anbietungsanlass::Frist, vermerk: String::new() })
        .await
        .expect("a");
    let v = AkteCommand::Appraise { bewertung: Bewertung::V, vermerk: String::new() };
    f.on_akte(reg(), "b", v).await.expect("b");
    let l = f.genehmigt("l", Grund::Frist, Archiv::Abgelehnt).await;
    // What a crash between release and request leaves behind, the case reopened just before the release.
    let loeschung = f.house.load::<Loeschung>(l).await.expect("there").state;
    let a = f.house.ansinnen(l, &loeschung, &f.akte_state().await).await.expect("asked");
    let wieder = || VorgangCommand::Reopen { grund: "Klage".into() };
    f.house.execute::<Vorgang>(call(leitung(), "wieder", Target::Stream(f.vorgang)), wieder()).await.expect("reopened");
    f.on_akte(Principal::system(), "freigabe", AkteCommand::Release(a)).await.expect("released");
    assert!(f.akte_state().await.aussonderung.offene().next().is_some());
    assert!(refused_as(f.house.request_erasure(l).await).contains("Vorgänge offen"));
    assert!(f.akte_state().await.aussonderung.offene().next().is_none(), "taken back");
    f.sperren("sperre", Teil::Akte).await.expect("a hold is possible again");
    assert!(f.readable().await.contains("Kanarienvogel"));
}

#[tokio::test]
async fn an_upload_that_an_application_cites_is_neither_discarded_as_a_draft_nor_swept_away() {
    let f = fall().await;
    f.uhr.set("2046-01-04T09:00:00Z");
    assert_eq!(f.house.sweep_documents().await.expect("swept"), 0, "no sweep takes what an event cites");
    assert!(!f.house.discard_upload(f.vorgang, f.dokument.reference).await.expect("asked"));
    assert!(f.house.documents.exists(f.dokument.reference).await.expect("asked"));
}
