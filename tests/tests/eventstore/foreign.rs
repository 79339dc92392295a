//! What others do at the server: events that are not ours, limits, deletions, another server altogether.

use crate::town::{Town, append, until};
use akte_core::ledger::conformance::sample::Probe;
use akte_core::ledger::engine::EventStoreLedger;
use akte_core::ledger::engine::MemoryLedger;
use akte_core::ledger::engine::eventstore::OpenError;
use akte_core::ledger::{AppendError, Ledger, LedgerError, Stored};
use std::io::{Read, Write};

async fn refuses(ledger: &EventStoreLedger, probe: &Probe, why: &str) {
    let read = ledger.read_stream(probe.stream, 0, 9).await;
    assert!(matches!(&read, Err(LedgerError::Storage(w)) if w.contains("gesperrt") && w.contains(why)), "{read:?}");
    let head = ledger.stream_head(probe.stream).await;
    assert!(matches!(&head, Err(LedgerError::Storage(w)) if w.contains("gesperrt")), "{head:?}");
    let appended = ledger.append(probe.batch(1, 9)).await;
    assert!(matches!(&appended, Err(AppendError::Malformed(w)) if w.contains("gesperrt")), "{appended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_event_freezes_its_stream_and_no_other() {
    let town = Town::new();
    let ledger = town.open().await;
    let mut streams = [Probe::new(1), Probe::new(2), Probe::new(3), Probe::new(4)];
    for probe in &mut streams {
        append(&ledger, probe, 2, 1).await;
    }
    let [scrawl, forged, forked, sound] = &mut streams;
    town.double.write(&town.name(scrawl.stream), "probe.written.v1", b"{}");
    // A whole header that follows, but its payload was never here.
    let next = forged.batch(1, 7);
    town.double.write(&town.name(forged.stream), "probe.written.v1", &next.events[0].header);
    let fork = Probe { prev: [7; 32], ..*forked }.batch(1, 7);
    town.double.write(&town.name(forked.stream), "probe.written.v1", &fork.events[0].header);
    until(&ledger, async || ledger.foreign().unwrap().len() == 3).await;
    refuses(&ledger, scrawl, "nicht lesbar").await;
    refuses(&ledger, forged, "sein Inhalt fehlt").await;
    refuses(&ledger, forked, "folgt nicht").await;
    append(&ledger, sound, 1, 2).await;
    // The log goes on, and what has its place stays readable.
    assert_eq!(ledger.read_all(0, 99).await.unwrap().len(), 9);
    let alarm = ledger.foreign().unwrap()[0].clone();
    assert_eq!((alarm.stream, alarm.revision), (town.name(scrawl.stream), 2));
    // Alarms outlive the process.
    drop(ledger);
    let ledger = town.open().await;
    refuses(&ledger, scrawl, "nicht lesbar").await;
    assert_eq!(ledger.foreign().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_close_a_stream_until_they_are_taken_back() {
    for limit in [r#"{"$maxAge":60}"#, r#"{"$maxCount":5}"#, r#"{"$tb":2}"#] {
        let town = Town::new();
        let ledger = town.open().await;
        let mut probe = Probe::new(1);
        append(&ledger, &mut probe, 2, 1).await;
        let metadata = format!("$${}", town.name(probe.stream));
        town.double.write(&metadata, "$metadata", limit.as_bytes());
        until(&ledger, async || ledger.foreign().unwrap().len() == 1).await;
        refuses(&ledger, &probe, "Nehmen Sie das am Server zurück").await;
        town.double.write(&metadata, "$metadata", br#"{"$acl":{}}"#);
        until(&ledger, async || ledger.stream_head(probe.stream).await.is_ok()).await;
        append(&ledger, &mut probe, 1, 2).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_set_while_nobody_watched_are_found_at_the_start() {
    let town = Town::new();
    let mut probe = Probe::new(1);
    append(&town.open().await, &mut probe, 2, 1).await;
    town.double.write(&format!("$${}", town.name(probe.stream)), "$metadata", br#"{"$maxCount":1}"#);
    let ledger = town.open().await;
    refuses(&ledger, &probe, "$maxCount").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_lost_its_beginning_is_refused() {
    let town = Town::new();
    let ledger = town.open().await;
    let mut probe = Probe::new(1);
    append(&ledger, &mut probe, 5, 1).await;
    town.double.state.log().truncate(&town.name(probe.stream), 3);
    let read = ledger.read_stream(probe.stream, 0, 9).await;
    assert!(matches!(&read, Err(LedgerError::Corrupt { index: 0, reason }) if reason.contains("gekürzt")), "{read:?}");
    until(&ledger, async || ledger.foreign().unwrap().len() == 1).await;
    refuses(&ledger, &probe, "gekürzt").await;
    let log = ledger.read_all(0, 9).await;
    assert!(matches!(&log, Err(LedgerError::Corrupt { index: 0, .. })), "{log:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_stream_is_refused() {
    let town = Town::new();
    let ledger = town.open().await;
    let mut probe = Probe::new(1);
    append(&ledger, &mut probe, 2, 1).await;
    town.double.state.log().delete(&town.name(probe.stream));
    town.double.state.tell();
    until(&ledger, async || ledger.foreign().unwrap().len() == 1).await;
    refuses(&ledger, &probe, "gelöscht").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_altered_event_is_named() {
    let town = Town::new();
    let ledger = town.open().await;
    let mut probe = Probe::new(1);
    append(&ledger, &mut probe, 3, 1).await;
    town.double.state.log().alter(&town.name(probe.stream), 1, b"{}".to_vec());
    let read = ledger.read_stream(probe.stream, 0, 9).await;
    assert!(matches!(&read, Err(LedgerError::Corrupt { index: 1, .. })), "{read:?}");
    assert_eq!(ledger.read_all(0, 9).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_or_an_older_server_is_refused_at_the_start() {
    let mut town = Town::new();
    append(&town.open().await, &mut Probe::new(1), 2, 1).await;
    town.double = crate::double::Double::start();
    town.settings.address = town.double.url();
    let refused = town.try_open().await.err().expect("refused");
    assert!(matches!(refused, OpenError::Older { .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_another_engine_keep_their_places() {
    let memory = MemoryLedger::new();
    let mut probes = [Probe::new(1), Probe::new(2)];
    for round in 0..3 {
        for probe in &mut probes {
            let batch = probe.batch(2, round);
            memory.append(batch.clone()).await.unwrap();
            probe.advance(&batch);
        }
    }
    memory.erase_groups(&[(3, 0)]).await.unwrap();
    let events = memory.read_all(0, 99).await.unwrap();
    let town = Town::new();
    let ledger = town.open().await;
    ledger.import(&events[..5], &[]).await.unwrap();
    let twice = ledger.import(&events[..5], &[]).await;
    assert_eq!(twice, Err(AppendError::Conflict { expected: 0, actual: 5 }));
    let mut wrong: Vec<Stored> = events[5..].to_vec();
    wrong[0].header[40] ^= 1;
    assert!(matches!(ledger.import(&wrong, &[]).await, Err(AppendError::Malformed(_))));
    assert_eq!(ledger.import(&events[5..], &[]).await.unwrap(), memory.head().await.unwrap());
    assert_eq!(ledger.read_all(0, 99).await.unwrap(), events);
    append(&ledger, &mut probes[0], 1, 9).await;
    town.double.write(&town.name(probes[0].stream), "probe.written.v1", b"{}");
    until(&ledger, async || ledger.foreign().unwrap().len() == 1).await;
    let alarmed = ledger.import(&events[..1], &[]).await;
    assert!(matches!(&alarmed, Err(AppendError::Malformed(w)) if w.contains("alarms")), "{alarmed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_address_is_told_in_german_with_the_remedy() {
    let mut town = Town::new();
    town.settings.start = std::time::Duration::from_secs(20);
    town.settings.address = "postgres://admin:geheim@localhost".into();
    let told = town.try_open().await.err().expect("refused").to_string();
    assert!(told.contains("esdb://") && !told.contains("geheim"), "{told}");
    town.settings.address = "esdb://localhost:2113?tls=true&tlsCaFile=/nirgends/ca.pem".into();
    let told = town.try_open().await.err().expect("refused").to_string();
    assert!(told.contains("/nirgends/ca.pem"), "{told}");
    town.settings.address = town.double.url().replace("tls=false", "tls=true");
    let told = town.try_open().await.err().expect("refused").to_string();
    assert!(told.contains("kein TLS") && told.contains("`tls=false`"), "{told}");
    town.settings.address = format!("esdb://{}?tls=false&discoveryInterval=1", speaks_tls());
    let told = town.try_open().await.err().expect("refused").to_string();
    assert!(told.contains("verlangt vermutlich TLS"), "{told}");
}

/// A server that answers everything with the TLS alert `unexpected_message`.
fn speaks_tls() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut first = [0; 16];
            let _ = stream.read(&mut first);
            let _ = stream.write_all(&[0x15, 3, 3, 0, 2, 2, 10]);
        }
    });
    address
}
