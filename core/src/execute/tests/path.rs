//! Keys, versions, permission, time.

use super::*;
use crate::ledger::fault::{Fault, Faulty};
use crate::verfahren::Status;

#[tokio::test]
async fn leaf_zero_is_the_opened_epoch_and_nothing_else() {
    let (house, _dir, _) = house().await;
    let first = house.reader().read_all(0, 1).await.expect("read");
    assert_eq!((first[0].wire.as_str(), first[0].seq, first[0].actor.as_str()), ("log.epoch_opened.v1", 0, "system"));
    assert!(!house.open_epoch(&["key".into()]).await.expect("again"), "a second start writes nothing");
}

#[tokio::test]
async fn the_same_key_has_one_effect_and_gives_the_first_receipt() {
    let (house, _dir, uhr) = house().await;
    let (call, command) = submit(&house, "k");
    let first = house.execute::<Vorgang>(call.clone(), command.clone()).await.expect("accepted");
    uhr.set("2026-10-29T08:00:00Z");
    let again = house.execute::<Vorgang>(call, command).await.expect("repeated");
    assert_eq!((again.receipt, again.stream, again.repeated), (first.receipt, first.stream, true));
    assert_eq!(house.history(first.stream).await.expect("read").len(), 1);
}

#[tokio::test]
async fn one_key_never_carries_two_requests() {
    let (house, _dir, _) = house().await;
    submitted(&house, "k").await;
    let (mut call, command) = submit(&house, "k");
    call.request = Some(serde_json::json!({ "anders": true }));
    assert_eq!(house.execute::<Vorgang>(call, command).await, Err(ExecuteError::KeyReused));
}

#[tokio::test]
async fn who_saw_an_older_version_is_told_the_newer_one() {
    let (house, _dir, _) = house().await;
    let v = submitted(&house, "k").await;
    let meyer = clerk(1, &[Role::Sachbearbeitung]);
    let mut take = call(meyer.clone(), "take", Target::Stream(v));
    take.expected = Some(1);
    house.execute::<Vorgang>(take, VorgangCommand::TakeOver).await.expect("taken");
    let mut stale = call(meyer, "note", Target::Stream(v));
    stale.expected = Some(1);
    let note = VorgangCommand::WriteVermerk { text: "x".into() };
    assert_eq!(house.execute::<Vorgang>(stale, note).await, Err(ExecuteError::Stale { expected: 1, actual: 2 }));
}

#[tokio::test]
async fn a_stranger_is_denied_before_anything_is_decided() {
    let (house, _dir, _) = house().await;
    let v = submitted(&house, "k").await;
    let stranger = Principal { einheit: Some("soziales".into()), ..clerk(2, &[Role::Sachbearbeitung]) };
    let note = VorgangCommand::WriteVermerk { text: "x".into() };
    let result = house.execute::<Vorgang>(call(stranger.clone(), "n", Target::Stream(v)), note).await;
    assert!(matches!(result, Err(ExecuteError::Denied(_))), "{result:?}");
    let read = house.may::<Vorgang>(&stranger, crate::zugriff::Action::ReadVorgang, v).await;
    assert!(matches!(read, Err(ExecuteError::Denied(_))));
    assert_eq!(house.history(v).await.expect("read").len(), 1);
}

#[tokio::test]
async fn the_applicant_acts_under_a_subject_id_and_comes_back_with_the_code() {
    let (house, _dir, _) = house().await;
    let v = submitted(&house, "k").await;
    let history = house.history(v).await.expect("read");
    assert_eq!(history[0].actor, house.antragsteller(v).to_string());
    let me = Principal::buerger(house.antragsteller(v), vec![v]);
    house
        .execute::<Vorgang>(call(me, "w", Target::Stream(v)), VorgangCommand::Withdraw { grund: None })
        .await
        .expect("ok");
    let loaded = house.load::<Vorgang>(v).await.expect("there");
    assert_eq!(loaded.state.status, Status::Zurueckgenommen);
    assert_eq!(house.case_code(v, 0).len(), 22);
    assert_ne!(house.case_code(v, 0), house.case_code(v, 1));
}

#[tokio::test]
async fn recorded_time_never_runs_backwards_in_a_stream() {
    let (house, _dir, uhr) = house().await;
    let v = submitted(&house, "k").await;
    uhr.set("2026-10-27T08:00:00Z");
    let meyer = clerk(1, &[Role::Sachbearbeitung]);
    house.execute::<Vorgang>(call(meyer, "t", Target::Stream(v)), VorgangCommand::TakeOver).await.expect("ok");
    let at: Vec<Timestamp> = house.history(v).await.expect("read").iter().map(|r| r.at).collect();
    assert!(at.windows(2).all(|w| w[0] < w[1]), "{at:?}");
}

#[tokio::test]
async fn the_state_can_be_shown_as_it_was() {
    let (house, _dir, uhr) = house().await;
    let v = submitted(&house, "k").await;
    uhr.set("2026-10-30T08:00:00Z");
    let meyer = clerk(1, &[Role::Sachbearbeitung]);
    house.execute::<Vorgang>(call(meyer, "t", Target::Stream(v)), VorgangCommand::TakeOver).await.expect("ok");
    let then = house.load_until::<Vorgang>(v, "2026-10-29T00:00:00Z".parse().expect("time")).await.expect("there");
    assert_eq!((then.state.status, then.version), (Status::Eingegangen, 1));
}

#[tokio::test]
async fn an_unknown_outcome_is_told_and_the_same_key_finds_out() {
    let uhr = Uhr::at("2026-10-28T08:00:00Z");
    let faulty = Arc::new(Faulty::new(Arc::new(MemoryLedger::new())));
    let (house, _dir) = house_on(faulty.clone(), uhr).await;
    faulty.inject(Fault::FailedButWasStored);
    let (c, command) = submit(&house, "k");
    assert_eq!(house.execute::<Vorgang>(c.clone(), command.clone()).await, Err(ExecuteError::OutcomeUnknown));
    let found = house.execute::<Vorgang>(c, command).await.expect("found");
    assert!(found.repeated);
}

#[tokio::test]
async fn a_key_that_is_no_key_is_refused() {
    let (house, _dir, _) = house().await;
    let (mut c, command) = submit(&house, "k");
    c.key = "kurz".into();
    assert_eq!(house.execute::<Vorgang>(c, command).await, Err(ExecuteError::BadKey));
}

#[tokio::test]
async fn signing_records_the_policies_that_allowed_it() {
    let (house, _dir, _) = house().await;
    let admin = Principal::system();
    let create = crate::zugriff::KontoCommand::Create {
        einheit: "ordnung".into(),
        rollen: vec![Role::Leitung],
        login: "meyer".into(),
        name: "Meyer".into(),
        email: String::new(),
    };
    let mut c = call(admin, "konto", Target::Natural(vec!["meyer".into()]));
    c.request = None;
    let done = house.execute::<crate::zugriff::Konto>(c, create).await.expect("created");
    let history = house.history(done.stream).await.expect("read");
    let policy = &history[0].reserved["/_policy"];
    assert_eq!(policy["policies"], serde_json::json!(["betrieb_am_rechner"]));
    assert_eq!(done.stream, house.konto("meyer").expect("id"));
}
