//! Who asks for a checkpoint gets one that covers his event, and nobody is signed for twice.

use super::*;
use crate::ledger::conformance::sample::Probe;
use crate::ledger::engine::MemoryLedger;
use crate::ledger::note::NoteSigner;

const ORIGIN: &str = "example.org/akte/2026";

struct Made {
    takt: Arc<Takt>,
    ledger: Arc<MemoryLedger>,
    probe: Probe,
    dir: tempfile::TempDir,
}

fn made() -> Made {
    let dir = tempfile::tempdir().unwrap();
    let key = NoteSigner::new(ORIGIN, &[1; 32]).unwrap();
    let vkeys = vec![key.vkey()];
    let ledger = Arc::new(MemoryLedger::new());
    let signer = LogSigner::open(dir.path(), ORIGIN, vec![key]).unwrap();
    let takt = Arc::new(Takt::new(signer, ledger.clone(), vkeys));
    Made { takt, ledger, probe: Probe::new(1), dir }
}

impl Made {
    async fn append(&mut self, count: usize) {
        let batch = self.probe.batch(count, 1);
        self.ledger.append(batch.clone()).await.unwrap();
        self.probe.advance(&batch);
    }
}

#[tokio::test]
async fn receipts_of_one_second_share_one_signature() {
    let mut m = made();
    m.append(1).await;
    let begin = Instant::now();
    assert_eq!(m.takt.checkpoint_covering(0).await.unwrap().size, 1);
    let mut newest = m.takt.watch();
    newest.mark_unchanged();
    m.append(9).await;
    let asked: Vec<_> = (1..10)
        .map(|index| {
            let takt = m.takt.clone();
            tokio::spawn(async move { takt.checkpoint_covering(index).await.unwrap() })
        })
        .collect();
    newest.changed().await.unwrap();
    for signed in asked {
        assert_eq!(signed.await.unwrap().size, 10);
    }
    assert!(begin.elapsed() >= SHORTEST, "not faster than once a second");
    assert!(!newest.has_changed().unwrap(), "nine receipts, one signature");
    assert_eq!(m.takt.checkpoint_covering(10).await, Err(TaktError::Unwritten(10)));
}

#[tokio::test]
async fn a_dropped_request_still_gets_its_signature_stored() {
    let mut m = made();
    m.append(1).await;
    m.takt.sign().await.unwrap();
    m.append(1).await;
    let asked = m.takt.checkpoint_covering(1);
    assert!(tokio::time::timeout(Duration::ZERO, asked).await.is_err(), "gave up before the second was over");
    let mut newest = m.takt.watch();
    newest.wait_for(|signed| signed.as_ref().is_some_and(|s| s.size == 2)).await.unwrap();
    assert_eq!(m.ledger.get_checkpoint(u64::MAX).await.unwrap().map(|(size, _)| size), Some(2));
}

#[tokio::test]
async fn the_cadence_signs_what_came_and_stays_silent_where_nothing_did() {
    let mut m = made();
    m.append(3).await;
    let (stop, stopped) = watch::channel(false);
    let mut newest = m.takt.watch();
    let run = tokio::spawn(m.takt.clone().run(Duration::from_millis(1), stopped));
    newest.wait_for(|s| s.as_ref().is_some_and(|s| s.size == 3)).await.unwrap();
    newest.mark_unchanged();
    m.takt.sign().await.unwrap();
    assert!(!newest.has_changed().unwrap(), "same size: no new checkpoint");
    m.append(2).await;
    newest.wait_for(|s| s.as_ref().is_some_and(|s| s.size == 5)).await.unwrap();
    stop.send(true).unwrap();
    run.await.unwrap();
}

#[tokio::test]
async fn a_ledger_that_fell_back_is_not_signed_and_the_reason_is_kept() {
    let mut m = made();
    m.append(5).await;
    m.takt.sign().await.unwrap();
    let key = NoteSigner::new(ORIGIN, &[1; 32]).unwrap();
    let signer = LogSigner::open(m.dir.path(), ORIGIN, vec![key]).unwrap();
    let shorter = Arc::new(MemoryLedger::new());
    let takt = Arc::new(Takt::new(signer, shorter.clone(), Vec::new()));
    assert!(matches!(takt.sign().await, Err(TaktError::Refused(_))));
    assert!(takt.fault().unwrap().contains("unterschrieben waren schon 5"), "{:?}", takt.fault());
    let again = Probe::new(1).batch(5, 1);
    shorter.append(again).await.unwrap();
    assert_eq!(takt.sign().await.unwrap().size, 5);
    assert_eq!(takt.fault(), None, "the ledger came back");
}
