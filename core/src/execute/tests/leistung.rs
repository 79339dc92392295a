//! A town's own definition: proposed by one person, in force after another approved it, and not before.

use super::*;
use crate::verfahren::loader::{self, Datei, geruest};
use crate::verfahren::{Leistung, LeistungCommand};
use crate::zugriff::{Konto, KontoCommand};

const ID: &str = "zelt-im-park";

/// The scaffold as this version of the service.
fn ordner(version: u32) -> Vec<Datei> {
    let mut files = geruest(ID, "ordnung");
    let text = String::from_utf8(files[0].1.clone()).expect("text");
    files[0].1 = text.replacen("version = 1", &format!("version = {version}"), 1).into_bytes();
    files
}

fn entscheidung(p: &Principal, key: &str) -> Call {
    call(p.clone(), key, Target::Natural(vec![ID.into()]))
}

async fn vorgeschlagen(house: &House, p: &Principal, version: u32) -> String {
    let key = format!("vorschlag-{version}-------------");
    house.propose_leistung(p.clone(), key, &ordner(version)).await.expect("proposed");
    loader::pinned_hash(&ordner(version))
}

fn approve(sha256: &str) -> LeistungCommand {
    LeistungCommand::Approve { sha256: sha256.into() }
}

async fn wires(house: &House) -> Vec<String> {
    let stream = house.natural_stream("leistung", &[ID]).expect("stream");
    house.history(stream).await.expect("read").iter().map(|r| r.wire.clone()).collect()
}

#[tokio::test]
async fn a_definition_is_in_force_after_a_second_person_and_without_a_restart() {
    let (house, _dir, _) = house().await;
    let (admin, chefin) = (clerk(1, &[Role::Admin]), clerk(2, &[Role::Leitung]));
    let sha256 = vorgeschlagen(&house, &admin, 1).await;
    assert!(house.leistungen().get(ID).is_none(), "a proposal is not in force");
    let selbst = house.decide_leistung(entscheidung(&admin, "selbst"), approve(&sha256)).await;
    assert!(matches!(&selbst, Err(ExecuteError::Refused { code, .. }) if code == "vier_augen"), "{selbst:?}");
    let falsch = house.decide_leistung(entscheidung(&chefin, "falsch"), approve("00")).await;
    assert!(matches!(&falsch, Err(ExecuteError::Refused { code, .. }) if code == "anderer_vorschlag"), "{falsch:?}");
    let fremd = clerk(3, &[Role::Sachbearbeitung]);
    let fremd = house.decide_leistung(entscheidung(&fremd, "fremd"), approve(&sha256)).await;
    assert!(matches!(fremd, Err(ExecuteError::Denied(_))), "{fremd:?}");
    house.decide_leistung(entscheidung(&chefin, "ja"), approve(&sha256)).await.expect("approved");
    assert_eq!(house.leistungen().get(ID).expect("in force").sha256, sha256);
    assert_eq!(wires(&house).await, ["leistung.proposed.v1", "leistung.approved.v1", "leistung.adopted.v1"]);
}

#[tokio::test]
async fn the_proposer_does_not_approve_as_a_substitute_nor_through_one() {
    let (house, _dir, _) = house().await;
    let create = |login: &str| KontoCommand::Create {
        einheit: "ordnung".into(),
        rollen: vec![Role::Leitung],
        login: login.into(),
        name: login.into(),
        email: String::new(),
    };
    let mut ids = Vec::new();
    for login in ["anna", "bert"] {
        let call = call(Principal::system(), login, Target::Natural(vec![login.into()]));
        ids.push(house.execute::<Konto>(call, create(login)).await.expect("account").stream);
    }
    let konto = |n: usize| Principal::konto(ids[n], vec![Role::Leitung], "ordnung");
    for (wer, durch) in [(0, 1), (1, 0)] {
        let tage = ("2026-10-01".parse().expect("day"), "2026-12-31".parse().expect("day"));
        let command = KontoCommand::ActivateVertretung { durch: ids[durch], von: tage.0, bis: tage.1 };
        let key = format!("vertretung-{wer}");
        house.execute::<Konto>(call(konto(wer), &key, Target::Stream(ids[wer])), command).await.expect("mandate");
    }
    let sha256 = vorgeschlagen(&house, &konto(0), 1).await;
    for (p, key) in [
        (Principal { on_behalf_of: Some(ids[1]), ..konto(0) }, "in-vertretung"),
        (Principal { on_behalf_of: Some(ids[0]), ..konto(1) }, "durch-vertretung"),
    ] {
        let r = house.decide_leistung(entscheidung(&p, key), approve(&sha256)).await;
        assert!(matches!(&r, Err(ExecuteError::Refused { code, .. }) if code == "vier_augen"), "{key}: {r:?}");
    }
    assert!(house.leistungen().get(ID).is_none());
}

#[tokio::test]
async fn two_approvals_at_once_take_effect_once() {
    let (house, _dir, _) = house().await;
    let sha256 = vorgeschlagen(&house, &clerk(1, &[Role::Admin]), 1).await;
    let (a, b) = (clerk(2, &[Role::Leitung]), clerk(3, &[Role::Admin]));
    let (first, second) = tokio::join!(
        house.decide_leistung(entscheidung(&a, "a"), approve(&sha256)),
        house.decide_leistung(entscheidung(&b, "b"), approve(&sha256)),
    );
    let refused = |r: &Result<Done, ExecuteError>| matches!(r, Err(ExecuteError::Refused { code, .. }) if code == "kein_vorschlag");
    assert!(first.is_ok() != second.is_ok() && (refused(&first) || refused(&second)), "{first:?} {second:?}");
    assert_eq!(wires(&house).await.iter().filter(|w| *w == "leistung.adopted.v1").count(), 1);
}

#[tokio::test]
async fn a_rejected_proposal_keeps_its_reason_and_makes_room_for_the_next() {
    let (house, _dir, _) = house().await;
    let (admin, chefin) = (clerk(1, &[Role::Admin]), clerk(2, &[Role::Leitung]));
    let sha256 = vorgeschlagen(&house, &admin, 1).await;
    let zweiter = house.propose_leistung(chefin.clone(), "vorschlag-zwei-zwei".into(), &ordner(2)).await;
    assert!(matches!(&zweiter, Err(ExecuteError::Refused { code, .. }) if code == "vorschlag_offen"), "{zweiter:?}");
    let ohne = LeistungCommand::Reject { sha256: sha256.clone(), grund: " ".into() };
    let r = house.decide_leistung(entscheidung(&chefin, "ohne"), ohne).await;
    assert!(matches!(&r, Err(ExecuteError::Refused { code, .. }) if code == "grund_fehlt"), "{r:?}");
    let nein = LeistungCommand::Reject { sha256: sha256.clone(), grund: "Die Gebühr fehlt.".into() };
    house.decide_leistung(entscheidung(&chefin, "nein"), nein).await.expect("rejected");
    let stream = house.natural_stream("leistung", &[ID]).expect("stream");
    let state = house.load::<Leistung>(stream).await.expect("read").state;
    assert_eq!(state.abgelehnt.expect("kept").grund.as_deref(), Some("Die Gebühr fehlt."));
    assert!(state.vorschlag.is_none() && house.leistungen().get(ID).is_none());
    vorgeschlagen(&house, &chefin, 2).await;
}

#[tokio::test]
async fn a_running_case_keeps_its_version_and_a_new_one_pins_the_one_in_force() {
    let (house, _dir, _) = house().await;
    let (admin, chefin) = (clerk(1, &[Role::Admin]), clerk(2, &[Role::Leitung]));
    let mut faelle = Vec::new();
    for version in [1, 2] {
        let sha256 = vorgeschlagen(&house, &admin, version).await;
        let key = format!("ja-{version}");
        house.decide_leistung(entscheidung(&chefin, &key), approve(&sha256)).await.expect("approved");
        let (mut call, mut command) = submit(&house, &format!("antrag-{version}"));
        call.request = None;
        if let VorgangCommand::Submit { leistung, .. } = &mut command {
            *leistung = ID.into();
        }
        faelle.push((house.execute::<Vorgang>(call, command).await.expect("accepted").stream, sha256));
    }
    for (vorgang, sha256) in &faelle {
        let state = house.load::<Vorgang>(*vorgang).await.expect("read").state;
        assert_eq!(state.definition, *sha256);
        let def = house.adopted_definition(ID, sha256).await.expect("read").expect("adopted");
        assert_eq!(state_hash(&state, &def).expect("hash").len(), 64);
    }
    let meyer = clerk(4, &[Role::Sachbearbeitung]);
    let take = call(meyer, "take", Target::Stream(faelle[0].0));
    house.execute::<Vorgang>(take, VorgangCommand::TakeOver).await.expect("goes on under its own version");
    let alt = house.propose_leistung(admin, "noch-einmal-eins-----".into(), &ordner(1)).await;
    assert!(matches!(&alt, Err(ExecuteError::Refused { code, .. }) if code == "fassung_nicht_neu"), "{alt:?}");
}

#[tokio::test]
async fn another_node_finds_what_was_adopted_by_following_the_ledger() {
    let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::new());
    let uhr = Uhr::at("2026-10-28T08:00:00.5Z");
    let (house, dir) = house_on(ledger.clone(), uhr.clone()).await;
    let sha256 = vorgeschlagen(&house, &clerk(1, &[Role::Admin]), 1).await;
    house.decide_leistung(entscheidung(&clerk(2, &[Role::Leitung]), "ja"), approve(&sha256)).await.expect("approved");
    let parts = HouseParts {
        stadt: house.stadt.clone(),
        ledger,
        vault: house.vault.clone(),
        documents: Arc::new(DocumentStore::folder(dir.path(), 1 << 20).expect("store")),
        law: house.law.clone(),
        leistungen: Leistungen::default(),
        clock: uhr,
    };
    let other = House::new(parts).expect("house");
    other.refresh_own(&[]).await.expect("read back");
    assert_eq!(other.leistungen().get(ID).expect("in force").sha256, sha256);
}

#[tokio::test]
async fn a_folder_with_faults_is_not_even_proposed() {
    let (house, _dir, _) = house().await;
    let mut files = ordner(1);
    let text = String::from_utf8(files[0].1.clone()).expect("text");
    files[0].1 = text.replace("einheit = \"ordnung\"", "einheit = \"erfunden\"").into_bytes();
    let zeile = text.lines().position(|l| l.starts_with("einheit")).expect("there") + 1;
    let r = house.propose_leistung(clerk(1, &[Role::Admin]), "mit-fehlern-mit-fehlern".into(), &files).await;
    let Err(ExecuteError::Refused { code, text }) = r else { panic!("{r:?}") };
    assert_eq!(code, "definition_fehlerhaft");
    assert!(text.starts_with(&format!("leistung.toml:{zeile}: einheit:")), "{text}");
    assert!(wires(&house).await.is_empty());
}
