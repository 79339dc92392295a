//! An Akte without a Vorgang, or of which none stays, goes through the same gate as a Vorgang.

use super::erase::{Fall, fall};
use super::*;
use crate::akte::event::{Anbietungsanlass, Bewertung};
use crate::akte::{Akte, AkteCommand, AkteEvent, Beginn, Dauer, Sperrzweck, Teil};
use crate::loeschung::{Archiv, Grund, Loeschung, LoeschungCommand, Umfang};
use crate::process::{Ablage, zuordnen};

fn leitung() -> Principal {
    clerk(1, &[Role::Leitung])
}

impl Fall {
    async fn an(&self, akte: Uuid, key: &str, command: AkteCommand) -> Result<Done, ExecuteError> {
        self.house.execute::<Akte>(call(leitung(), key, Target::Stream(akte)), command).await
    }

    /// Closed by the Registratur.
    async fn zu(&self, akte: Uuid, key: &str) {
        let beginn = Beginn { ereignis: "zda".into(), am: Some(self.house.heute()) };
        let command = AkteCommand::Close { dauer: Dauer::Jahre { jahre: 5 }, beginn };
        let c = call(clerk(5, &[Role::Registratur]), key, Target::Stream(akte));
        self.house.execute::<Akte>(c, command).await.expect("zda");
    }

    async fn ganze_akte(&self, key: &str, akte: Uuid, grund: Grund) -> Result<Uuid, ExecuteError> {
        let archiv = Some(if grund == Grund::Frist { Archiv::Abgelehnt } else { Archiv::NichtAnbietungspflichtig });
        let v = AktenVorschlag { akte, grund, archiv, begruendung: "Probe".into() };
        Ok(self.house.propose_akte_erasure(leitung(), format!("{key:-<20}"), v).await?.stream)
    }

    async fn ja(&self, key: &str, loeschung: Uuid) {
        let c = call(clerk(2, &[Role::Datenschutz]), &format!("ja-{key}"), Target::Stream(loeschung));
        self.house.execute::<Loeschung>(c, LoeschungCommand::Approve).await.expect("approved");
    }

    async fn vollzogen(&self, loeschung: Uuid) -> Erasure {
        let e = self.house.request_erasure(loeschung).await.expect("released");
        assert_eq!(self.house.erase_stored(&e, &[], None).await.expect("erased"), Ausgang::Vernichtet);
        let vollzug = self.house.confirm_erasure(&e).await.expect("confirmed");
        self.house.erasure_executed(loeschung, &e, vollzug).await.expect("noted");
        e
    }

    async fn stand(&self, akte: Uuid) -> Akte {
        self.house.load::<Akte>(akte).await.expect("file").state
    }
}

fn code(r: Result<Uuid, ExecuteError>) -> String {
    match r {
        Err(ExecuteError::Refused { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

/// The file an entry of the post book was opened as, closed.
async fn aus_dem_postbuch(f: &mut Fall) -> (Uuid, Uuid, Uuid) {
    let muster = f.akte_ohne_vorgang("muster").await;
    let (eingang, scan) = f.brief("brief", muster).await;
    f.zu(muster, "zda-akte").await;
    (muster, eingang, scan)
}

#[tokio::test]
async fn a_file_without_a_case_goes_with_its_documents_and_its_letters_and_keeps_the_record() {
    let mut f = fall().await;
    let (akte, eingang, scan) = aus_dem_postbuch(&mut f).await;
    let andere = f.akte_ohne_vorgang("andere").await;
    let (fremd, bleibt) = f.brief("fremd", andere).await;
    let dokument = f.stand(akte).await.dokumente[0];
    let l = f.ganze_akte("l", akte, Grund::Art17d).await.expect("proposed");
    assert!(f.house.request_erasure(l).await.is_err(), "nobody has approved");
    f.ja("l", l).await;
    let e = f.vollzogen(l).await;
    for stream in [akte, eingang, dokument] {
        assert!(!f.lesbar(stream).await, "{stream}");
    }
    assert!(!f.da(scan).await);
    assert!(f.lesbar(fremd).await && f.da(bleibt).await && f.readable().await.contains("Kanarienvogel"));
    assert!(f.verify().await.violations.is_empty());
    let a = f.stand(akte).await;
    assert_eq!((a.titel.as_deref(), a.aktenzeichen.as_deref(), a.nummeriert), (None, None, true));
    let freigabe = a.aussonderung.freigabe(l).expect("on record");
    assert_eq!((freigabe.vorgang, freigabe.umfang.as_str(), freigabe.beleg.is_some()), (None, "akte", true));
    let history = f.house.history(akte).await.expect("history");
    let at = |w: &str| history.iter().find(|r| r.wire == w).map(|r| r.index).expect("written");
    assert!(at("aussonderung.akte_released.v1") < e.idx && e.idx < at("aussonderung.destroyed.v1"));
    let wieder = f.an(akte, "wieder", AkteCommand::Reopen { grund: "Klage".into() }).await;
    assert!(matches!(&wieder, Err(ExecuteError::Refused { code, .. }) if code == "vernichtet"), "{wieder:?}");
}

#[tokio::test]
async fn a_file_that_is_open_or_whose_cases_stay_is_not_proposed() {
    let mut f = fall().await;
    let offen = f.akte_ohne_vorgang("offen").await;
    assert_eq!(code(f.ganze_akte("offen", offen, Grund::Art17d).await), "akte_offen");
    f.zda().await;
    let mit_fall = f.seine_akte().await;
    assert_eq!(code(f.ganze_akte("fall", mit_fall, Grund::Art17d).await), "vorgaenge_bleiben");
    let (akte, ..) = aus_dem_postbuch(&mut f).await;
    assert_eq!(code(f.ganze_akte("frist", akte, Grund::Frist).await), "frist_laeuft");
    let l = f.ganze_akte("allein", akte, Grund::Art17d).await.expect("proposed");
    let own = call(clerk(1, &[Role::Datenschutz]), "selbst", Target::Stream(l));
    let no = f.house.execute::<Loeschung>(own, LoeschungCommand::Approve).await;
    assert!(matches!(no, Err(ExecuteError::Refused { code, .. }) if code == "vier_augen"));
    assert!(f.lesbar(akte).await && f.house.erasures().await.expect("erasures").is_empty());
}

#[tokio::test]
async fn a_hold_on_the_file_on_a_part_or_on_a_document_stops_it_when_it_is_carried_out() {
    for teil in 0..3 {
        let mut f = fall().await;
        let akte = f.akte_ohne_vorgang("muster").await;
        let (eingang, scan) = f.brief("brief", akte).await;
        f.an(akte, "teilakte", AkteCommand::OpenTeilakte { titel: "Band 1".into() }).await.expect("opened");
        f.zu(akte, "zda-akte").await;
        let a = f.stand(akte).await;
        let scope = [Teil::Akte, Teil::Teilakte(a.teilakten[0].teilakte), Teil::Dokument(a.dokumente[0])][teil];
        let l = f.ganze_akte("l", akte, Grund::Art17d).await.expect("proposed");
        f.ja("l", l).await;
        let sperre = AkteCommand::SetSperre { scope, zweck: Sperrzweck::Ermittlung, grund: "Klage".into() };
        f.an(akte, "sperre", sperre).await.expect("held");
        let no = f.house.request_erasure(l).await;
        let Err(ExecuteError::Refused { code, text }) = no else { panic!("{scope:?}") };
        assert!(code == "nicht_freigegeben" && text.contains("Sperre"), "{scope:?} {text}");
        assert!(f.lesbar(eingang).await && f.lesbar(akte).await && f.da(scan).await);
        assert!(f.house.erasures().await.expect("erasures").is_empty());
    }
}

#[tokio::test]
async fn from_the_release_on_a_hold_anywhere_in_the_file_learns_that_it_is_too_late() {
    let mut f = fall().await;
    let (akte, ..) = aus_dem_postbuch(&mut f).await;
    let dokument = f.stand(akte).await.dokumente[0];
    let l = f.ganze_akte("l", akte, Grund::Art17d).await.expect("proposed");
    f.ja("l", l).await;
    f.house.request_erasure(l).await.expect("released");
    let scope = Teil::Dokument(dokument);
    let sperre = AkteCommand::SetSperre { scope, zweck: Sperrzweck::Ermittlung, grund: "Klage".into() };
    let no = f.an(akte, "zu-spaet", sperre).await;
    assert!(matches!(&no, Err(ExecuteError::Refused { code, .. }) if code == "schon_freigegeben"), "{no:?}");
}

#[tokio::test]
async fn by_the_end_of_retention_it_wants_what_a_case_wants_and_a_reopened_file_is_not_destroyed() {
    let mut f = fall().await;
    let (akte, eingang, _) = aus_dem_postbuch(&mut f).await;
    let bis = f.stand(akte).await.aufbewahrung_bis.expect("computed");
    f.uhr.set(&format!("{}-01-04T09:00:00Z", bis.year() + 1));
    let l = f.ganze_akte("l", akte, Grund::Frist).await.expect("proposed");
    f.ja("l", l).await;
    let satz = |r: Result<Erasure, ExecuteError>| match r {
        Err(ExecuteError::Refused { text, .. }) => text,
        other => panic!("{other:?}"),
    };
    assert!(satz(f.house.request_erasure(l).await).contains("noch nicht angeboten"));
    let reg = |key: &str| call(clerk(5, &[Role::Registratur]), key, Target::Stream(akte));
    let offer = AkteCommand::Offer { anlass: Anbietungsanlass::Frist, vermerk: String::new() };
    f.house.execute::<Akte>(reg("anbieten"), offer).await.expect("offered");
    assert!(satz(f.house.request_erasure(l).await).contains("noch nicht bewertet"));
    f.an(akte, "wieder", AkteCommand::Reopen { grund: "Klage".into() }).await.expect("reopened");
    assert!(satz(f.house.request_erasure(l).await).contains("nicht geschlossen"));
    assert!(f.lesbar(eingang).await);
    f.zu(akte, "zda-zwei").await;
    let later = f.stand(akte).await.aufbewahrung_bis.expect("computed anew");
    f.uhr.set(&format!("{}-01-04T09:00:00Z", later.year() + 1));
    let offer = AkteCommand::Offer { anlass: Anbietungsanlass::Frist, vermerk: String::new() };
    f.house.execute::<Akte>(reg("noch-einmal"), offer).await.expect("offered");
    let v = AkteCommand::Appraise { bewertung: Bewertung::V, vermerk: String::new() };
    f.house.execute::<Akte>(reg("bewerten"), v).await.expect("appraised");
    f.vollzogen(l).await;
    assert!(!f.lesbar(eingang).await && !f.lesbar(akte).await);
}

#[tokio::test]
async fn what_came_to_the_file_of_a_destroyed_case_goes_with_the_file() {
    let mut f = fall().await;
    f.zda().await;
    let akte = f.seine_akte().await;
    let l = f.approved("fall", Umfang::Vorgang).await;
    let (eingang, scan) = f.brief("spaet", akte).await;
    f.vollzogen(l).await;
    assert!(f.lesbar(eingang).await && f.da(scan).await, "it came after the approval");
    let a = f.stand(akte).await;
    assert!(a.bleibende_vorgaenge().is_empty() && a.geschlossen);
    let l = f.ganze_akte("akte", akte, Grund::Art17d).await.expect("proposed");
    f.ja("akte", l).await;
    f.vollzogen(l).await;
    assert!(!f.lesbar(eingang).await && !f.da(scan).await && !f.lesbar(akte).await);
    assert!(f.verify().await.violations.is_empty());
}

#[tokio::test]
async fn an_entry_that_opened_its_file_goes_with_it_although_it_is_older() {
    let mut f = fall().await;
    let c = || call(clerk(9, &[Role::Leitung]), "neue-akte", Target::New);
    let (eingang, scan) = f.erfasst("aelter").await;
    f.aktenplan().await;
    let neu = Ablage::Neu { aktenplan: "32.21".into(), titel: "Anfragen Kanarienvogel".into() };
    zuordnen(&f.house, Call { target: Target::Stream(eingang), ..c() }, neu).await.expect("assigned");
    f.settle().await;
    f.settle().await;
    let akte = f.house.load::<crate::eingang::Eingang>(eingang).await.expect("there").state.akte.expect("assigned");
    f.zu(akte, "zda-akte").await;
    let l = f.ganze_akte("l", akte, Grund::Art17d).await.expect("proposed");
    f.ja("l", l).await;
    f.vollzogen(l).await;
    assert!(!f.lesbar(eingang).await && !f.da(scan).await && !f.lesbar(akte).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_races_the_release_of_a_file_wins_or_learns_it_never_both() {
    for round in 0..12 {
        let mut f = fall().await;
        let (akte, ..) = aus_dem_postbuch(&mut f).await;
        let dokument = f.stand(akte).await.dokumente[0];
        let l = f.ganze_akte("l", akte, Grund::Art17d).await.expect("proposed");
        f.ja("l", l).await;
        let (a, b) = (f.house.clone(), f.house.clone());
        let hold = tokio::spawn(async move {
            if round % 3 == 0 {
                tokio::task::yield_now().await;
            }
            let scope = Teil::Dokument(dokument);
            let command = AkteCommand::SetSperre { scope, zweck: Sperrzweck::Ermittlung, grund: "x".into() };
            b.execute::<Akte>(call(leitung(), "sperre", Target::Stream(akte)), command).await
        });
        let erase = tokio::spawn(async move { a.request_erasure(l).await });
        let (hold, erase) = (hold.await.expect("task"), erase.await.expect("task"));
        assert!(hold.is_ok() != erase.is_ok(), "round {round}: {hold:?} {erase:?}");
        let mut gesperrt = false;
        for r in f.house.history(akte).await.expect("history") {
            match r.decode::<AkteEvent>() {
                Ok(AkteEvent::SperreSet { .. }) => gesperrt = true,
                Ok(AkteEvent::AkteReleased { .. }) => assert!(!gesperrt, "round {round}"),
                _ => {}
            }
        }
    }
}
