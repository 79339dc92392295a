//! Addresses of engines, and ledgers that are not the town's.

use super::*;
use akte_core::ledger::conformance::sample::Probe;
use akte_core::ledger::engine::MemoryLedger;

fn motor(text: &str) -> anyhow::Result<Motor> {
    text.parse()
}

#[test]
fn every_engine_has_its_form_and_its_path_counts_from_where_it_stands() {
    let folder = Path::new("/stadt");
    let at = |text: &str| motor(text).and_then(|m| m.ab(Path::new("/hier"), folder)).expect("an address");
    assert_eq!(at("sqlite:"), Motor::Sqlite("/stadt/ledger.db".into()));
    assert_eq!(at("sqlite:x.db"), Motor::Sqlite("/hier/x.db".into()));
    assert_eq!(at("sqlite:/weg/x.db"), Motor::Sqlite("/weg/x.db".into()));
    assert!(matches!(at("postgres://akte@db/akte"), Motor::Postgres(_)));
    assert!(matches!(at("postgresql:///akte?host=/run/postgresql"), Motor::Postgres(_)));
    let Motor::EventStore { adresse, beiwerk } = at("esdb://es:2113?tls=false&beiwerk=b.db") else { panic!("esdb") };
    assert_eq!((adresse.url().as_str(), beiwerk.as_path()), ("esdb://es:2113?tls=false", Path::new("/hier/b.db")));
}

#[test]
fn what_is_no_address_is_refused_with_the_forms_and_without_being_repeated() {
    for text in ["", "ledger.db", "mysql://u:geheim@h/d", "sqlite:///x", "postgres://", "postgres://u:geheim@[h/d"] {
        let said = format!("{:#}", motor(text).expect_err(text));
        assert!(said.contains("sqlite:DATEI, postgres://") && said.contains("esdb://"), "{text}: {said}");
        assert!(!said.contains("geheim"), "{said}");
    }
    assert!(
        Ablage::lesen("mysql://u:geheim@h/d").expect_err("refused").to_string().starts_with("Möglich sind sqlite:")
    );
}

#[tokio::test]
async fn a_ledger_that_is_empty_or_another_towns_is_refused_with_its_remedy() {
    let (ledger, here) = (MemoryLedger::new(), Motor::Sqlite("/hier.db".into()));
    let said = gehoert(&ledger, &here, "a.de/akte/1").await.expect_err("empty").to_string();
    assert!(said.contains("/hier.db ist leer") && said.contains("akte init"), "{said}");
    ledger.append(Probe::new(1).batch(2, 1)).await.expect("stored");
    let Herkunft::Von(log) = herkunft(&ledger).await.expect("read") else { panic!("no header") };
    gehoert(&ledger, &here, &log).await.expect("its own");
    let said = gehoert(&ledger, &here, "a.de/akte/1").await.expect_err("another").to_string();
    assert!(said.contains(&log) && said.contains("a.de/akte/1") && said.contains("--ledger"), "{said}");
}

#[tokio::test]
async fn a_file_that_is_missing_is_only_made_where_a_town_is_founded() {
    let dir = tempfile::tempdir().expect("dir");
    let path = dir.path().join("ledger.db");
    let motor = Motor::Sqlite(path.clone());
    for zugang in [Zugang::Schreiben, Zugang::Lesen] {
        let said = motor.open("a.de/akte/1", zugang).await.err().expect("refused").to_string();
        assert!(said.contains("fehlt: Hier ist kein Protokoll") && !path.exists(), "{said}");
    }
    drop(motor.open("a.de/akte/1", Zugang::Neu).await.expect("made"));
    assert!(path.exists());
}
