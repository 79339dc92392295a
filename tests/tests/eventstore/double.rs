//! A double of the server: the real client talks to it over loopback, and it fails when told to.
//!
//! Proves our adapter, not the server. Runs on a runtime of its own, so that stopping it cuts every connection.

use crate::log::{Log, New};
use crate::service::Service;
use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// What happens to one append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendFault {
    /// An error; nothing was stored.
    Fail,
    /// An error; the events are stored.
    FailButStore,
    /// Stored when the gate opens; the answer comes then.
    Delay,
}

/// What happens to one read of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFault {
    /// After so many events an error.
    Break(usize),
    /// After so many events the end, as if there were no more.
    End(usize),
    /// After so many events silence, until the connection is cut.
    Silence(usize),
}

/// How a subscription delivers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    #[default]
    Plain,
    /// Every event twice.
    Twice,
    /// Neighbours swapped.
    Swapped,
    /// An error after every third event.
    Breaking,
    /// Nothing.
    Held,
}

/// What stays through a restart.
#[derive(Default)]
pub struct State {
    log: Mutex<Log>,
    /// Number of events, for whoever waits for more.
    pub grown: watch::Sender<u64>,
    pub delivery: watch::Sender<Delivery>,
    pub gate: watch::Sender<Open>,
    appends: Mutex<VecDeque<AppendFault>>,
    reads: Mutex<VecDeque<ReadFault>>,
    /// Reads of streams answered so far.
    pub answered: watch::Sender<u64>,
    /// Appends that arrived so far.
    pub arrived: watch::Sender<u64>,
}

/// Whether delayed appends may go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Open {
    #[default]
    No,
    Yes,
}

impl State {
    pub fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn tell(&self) {
        let count = self.log().events.len() as u64;
        self.grown.send_replace(count);
    }

    pub fn next_append(&self) -> Option<AppendFault> {
        self.appends.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    pub fn next_read(&self) -> Option<ReadFault> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// The running double.
pub struct Double {
    pub state: Arc<State>,
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Double {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut double = Self { state: Arc::default(), address, runtime: None };
        double.serve(listener);
        double
    }

    /// The connection string; the client's pause before its first attempt is made short.
    pub fn url(&self) -> String {
        format!("esdb://{}?tls=false&discoveryInterval=1&maxDiscoverAttempts=3", self.address)
    }

    /// Cuts every connection; nobody listens any more.
    pub fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // On a thread of its own: the caller may be on a runtime, where one must not wait for another.
            let ended = std::thread::spawn(|| runtime.shutdown_timeout(std::time::Duration::from_secs(10)));
            ended.join().expect("the double ends");
        }
    }

    /// Listens again, with everything that was stored.
    pub fn go_on(&mut self) {
        self.stop();
        // The port may be in the kernel's hands for a moment.
        let mut tries = 0;
        let listener = loop {
            match TcpListener::bind(self.address) {
                Ok(listener) => break listener,
                Err(error) => {
                    tries += 1;
                    assert!(tries < 1_000_000, "{}: {error}", self.address);
                    std::thread::yield_now();
                }
            }
        };
        self.serve(listener);
    }

    pub fn fail_append(&self, fault: AppendFault) {
        self.state.appends.lock().unwrap_or_else(PoisonError::into_inner).push_back(fault);
    }

    pub fn fail_read(&self, fault: ReadFault) {
        self.state.reads.lock().unwrap_or_else(PoisonError::into_inner).push_back(fault);
    }

    pub fn deliver(&self, delivery: Delivery) {
        self.state.delivery.send_replace(delivery);
    }

    /// Somebody else writes.
    pub fn write(&self, name: &str, kind: &str, data: &[u8]) {
        let id = uuid::Uuid::new_v4().to_string();
        self.state.log().push(name, New { id, kind: kind.into(), data: data.to_vec() });
        self.state.tell();
    }

    fn serve(&mut self, listener: TcpListener) {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        listener.set_nonblocking(true).expect("a socket");
        let service = Service::new(Arc::clone(&self.state));
        {
            let _inside = runtime.enter();
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
            runtime
                .spawn(tonic::transport::Server::builder().add_service(service.served()).serve_with_incoming(incoming));
        }
        self.runtime = Some(runtime);
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
