//! The suite every engine passes, on the double or on a real server.

use crate::double::Double;
use akte_core::ledger::engine::EventStoreLedger;
use akte_core::ledger::engine::eventstore::Settings;
use akte_core::ledger::{Ledger, conformance};
use std::cell::RefCell;
use std::sync::Arc;
use tempfile::{TempDir, tempdir};

/// A real server, if one is named.
fn real() -> Option<String> {
    let url = std::env::var("AKTE_EVENTSTORE_URL").ok();
    match &url {
        Some(_) => eprintln!("runs against the server of AKTE_EVENTSTORE_URL"),
        None => eprintln!("runs against the double; AKTE_EVENTSTORE_URL names a real server"),
    }
    url
}

/// Fresh ledgers, each with a store and a double of its own, or a prefix of its own at the real server.
#[derive(Default)]
struct Places(RefCell<Vec<(TempDir, Option<Double>)>>);

impl Places {
    fn settings(&self, folder: TempDir) -> Settings {
        let prefix = format!("probe-{}-", uuid::Uuid::new_v4().simple());
        let (url, double) = match std::env::var("AKTE_EVENTSTORE_URL") {
            Ok(url) => (url, None),
            Err(_) => {
                let double = Double::start();
                (double.url(), Some(double))
            }
        };
        self.0.borrow_mut().push((folder, double));
        Settings { prefix, ..Settings::new(url) }
    }

    async fn fresh(&self) -> Arc<dyn Ledger> {
        let folder = tempdir().expect("a folder");
        let path = folder.path().join("eventstore.db");
        let settings = self.settings(folder);
        Arc::new(EventStoreLedger::open(path, settings).await.expect("opens"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_eventstore_engine_conforms() {
    real();
    let places = Places::default();
    conformance::run_all(async || places.fresh().await).await.expect("conforms");
}

#[tokio::test]
async fn the_eventstore_engine_conforms_under_faults_on_a_single_thread() {
    real();
    let places = Places::default();
    conformance::run_under_faults(async || places.fresh().await).await.expect("conforms");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_eventstore_engine_keeps_what_it_acknowledged() {
    real();
    let places = Places::default();
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("eventstore.db");
    let settings = places.settings(folder);
    let open = async || {
        let ledger = EventStoreLedger::open(&path, settings.clone()).await;
        Arc::new(ledger.expect("opens")) as Arc<dyn Ledger>
    };
    conformance::run_reopened(open).await.expect("conforms");
}
