//! What a signer refuses, and that its memory outlives it.

use super::*;
use crate::ledger::conformance::sample::Probe;
use crate::ledger::engine::MemoryLedger;

const ORIGIN: &str = "example.org/akte/2026";

fn key(seed: u8) -> NoteSigner {
    NoteSigner::new(ORIGIN, &[seed; 32]).unwrap()
}

async fn ledger(events: usize, tag: u64) -> MemoryLedger {
    let ledger = MemoryLedger::default();
    let mut probe = Probe::new(1);
    for _ in 0..events {
        let batch = probe.batch(1, tag);
        ledger.append(batch.clone()).await.unwrap();
        probe.advance(&batch);
    }
    ledger
}

#[tokio::test]
async fn only_growing_consistent_sizes_are_signed_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (short, long, other) = (ledger(5, 1).await, ledger(300, 1).await, ledger(300, 2).await);
    let signer = LogSigner::open(dir.path(), ORIGIN, vec![key(1)]).unwrap();
    let first = signer.sign(&short).await.unwrap();
    assert_eq!(signer.sign(&short).await.unwrap(), first, "the same size gives the same note");
    let signed = signer.sign(&long).await.unwrap();
    assert_eq!(signed.size, 300);
    assert_eq!(long.get_checkpoint(u64::MAX).await.unwrap(), Some((300, signed.note.clone())));
    let again = LogSigner::open(dir.path(), ORIGIN, vec![key(1)]).unwrap();
    assert_eq!(again.last().await, Some(signed));
    assert!(matches!(again.sign(&short).await, Err(SignerError::Behind { signed: 300, found: 5 })));
    assert!(matches!(again.sign(&other).await, Err(SignerError::Forked { signed: 300 })));
    assert!(matches!(again.sign(&ledger(301, 2).await).await, Err(SignerError::Forked { signed: 300 })));
    assert_eq!(again.sign(&ledger(301, 1).await).await.unwrap().size, 301);
}

#[tokio::test]
async fn during_a_rotation_both_keys_sign_and_the_same_size_is_signed_again() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = ledger(3, 1).await;
    let old = LogSigner::open(dir.path(), ORIGIN, vec![key(1)]).unwrap().sign(&ledger).await.unwrap();
    let both = LogSigner::open(dir.path(), ORIGIN, vec![key(2), key(1)]).unwrap().sign(&ledger).await.unwrap();
    assert_eq!((both.size, both.root), (old.size, old.root));
    let note = crate::ledger::note::Note::parse(&both.note).unwrap();
    assert_eq!(note.verify(&[key(1).vkey(), key(2).vkey()]).unwrap().len(), 2);
}

#[tokio::test]
async fn a_memory_that_is_damaged_or_of_another_log_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = ledger(3, 1).await;
    LogSigner::open(dir.path(), ORIGIN, vec![key(1)]).unwrap().sign(&ledger).await.unwrap();
    let foreign = NoteSigner::new("anders.de/akte", &[1; 32]).unwrap();
    assert!(matches!(LogSigner::open(dir.path(), "anders.de/akte", vec![foreign]), Err(SignerError::Origin { .. })));
    std::fs::write(dir.path().join(STATE_FILE), "{\"origin\":").unwrap();
    assert!(matches!(LogSigner::open(dir.path(), ORIGIN, vec![key(1)]), Err(SignerError::State { .. })));
}
