//! Every engine is admitted by the same suite; what it stores in is a few lines here.

#![expect(clippy::unwrap_used, reason = "a test may stop where its own set-up fails")]

use akte_core::ledger::engine::MemoryLedger;
use akte_core::ledger::{Ledger, conformance};
use std::sync::Arc;

async fn memory() -> Arc<dyn Ledger> {
    Arc::new(MemoryLedger::new())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_memory_engine_conforms() {
    println!("memory: {} checks", conformance::admit(memory).await.unwrap());
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;
    use akte_core::ledger::engine::SqliteLedger;
    use std::cell::RefCell;
    use tempfile::{TempDir, tempdir};

    /// Fresh ledgers, each in a folder of its own that lives as long as the test.
    struct Folders(RefCell<Vec<TempDir>>);

    impl Folders {
        async fn fresh(&self) -> Arc<dyn Ledger> {
            let folder = tempdir().unwrap();
            let ledger = SqliteLedger::open(folder.path().join("ledger.db")).unwrap();
            self.0.borrow_mut().push(folder);
            Arc::new(ledger)
        }
    }

    async fn admit() {
        let folders = Folders(RefCell::default());
        println!("sqlite: {} checks", conformance::admit(async || folders.fresh().await).await.unwrap());
        let folder = tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let open = async || Arc::new(SqliteLedger::open(&path).unwrap()) as Arc<dyn Ledger>;
        conformance::run_reopened(open).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_sqlite_engine_conforms() {
        admit().await;
    }

    #[tokio::test]
    async fn the_sqlite_engine_conforms_on_a_single_thread() {
        admit().await;
    }
}
