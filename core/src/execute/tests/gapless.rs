//! Many at once.

use super::*;
use crate::akte::{NummernCommand, Nummernkreis};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_files_opened_at_once_get_numbers_without_gap() {
    let (house, _dir, _) = house().await;
    let mut tasks = Vec::new();
    for n in 0..32u8 {
        let house = house.clone();
        tasks.push(tokio::spawn(async move {
            let call = Call {
                principal: Principal::process(),
                key: format!("hash{n}\nnummer\nakte"),
                target: Target::Natural(vec!["32.21".into(), "2026".into()]),
                expected: None,
                request: None,
                corr: None,
            };
            let akte = Uuid::from_bytes([n; 16]);
            let command = NummernCommand::Assign { akte, kennung: "32.21".into(), jahr: 2026 };
            // Twice is once: the second finds the number given.
            house.execute::<Nummernkreis>(call.clone(), command.clone()).await.expect("assigned");
            house.execute::<Nummernkreis>(call, command).await.expect("repeated")
        }));
    }
    for task in tasks {
        assert!(task.await.expect("no panic").repeated);
    }
    let stream = house.natural_stream("nummernkreis", &["32.21", "2026"]).expect("stream");
    let state = house.load::<Nummernkreis>(stream).await.expect("there").state;
    let numbers: BTreeSet<u32> = state.vergeben.values().copied().collect();
    assert_eq!(numbers, (1..=32).collect::<BTreeSet<u32>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_take_overs_at_once_exactly_one_wins() {
    let (house, _dir, _) = house().await;
    let v = submitted(&house, "k").await;
    let mut tasks = Vec::new();
    for n in 1..=16u8 {
        let house = house.clone();
        tasks.push(tokio::spawn(async move {
            let call = call(clerk(n, &[Role::Sachbearbeitung]), &format!("take{n}"), Target::Stream(v));
            house.execute::<Vorgang>(call, VorgangCommand::TakeOver).await
        }));
    }
    let mut won = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(done) => won += u32::from(done.receipt.is_some()),
            Err(ExecuteError::Refused { code, .. }) => assert_eq!(code, "schon_uebernommen"),
            Err(e) => panic!("{e:?}"),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_sent_thirty_two_times_at_once_writes_once() {
    let (house, _dir, _) = house().await;
    let (c, command) = submit(&house, "same");
    let mut tasks = Vec::new();
    for _ in 0..32 {
        let (house, c, command) = (house.clone(), c.clone(), command.clone());
        tasks.push(tokio::spawn(async move { house.execute::<Vorgang>(c, command).await }));
    }
    let mut receipts = BTreeSet::new();
    for task in tasks {
        let done = task.await.expect("no panic").expect("accepted");
        receipts.insert(done.receipt.map(|r| r.index));
    }
    assert_eq!(receipts.len(), 1);
}
