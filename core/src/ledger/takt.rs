//! When the log is signed: at a fixed cadence, and on demand for receipts, never faster than once a second.
//!
//! Decides only when; what may be signed is the signer's business (`LEDGER.md`, keys and rotation).

use super::lease::{Alone, Leases};
use super::note::Vkey;
use super::port::{Ledger, LedgerError};
use super::signer::{LogSigner, Signed};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

/// Shortest time between two signatures: whoever asks meanwhile gets the next one, all the same.
const SHORTEST: Duration = Duration::from_secs(1);
/// Longest wait for a signature on demand.
const LONGEST: Duration = Duration::from_secs(10);
/// The right to sign, taken for one signature at a time; the engine refuses the checkpoint of whoever lost it.
pub const RIGHT: &str = "unterschrift";
/// How long the right is held at most: a node that freezes while it signs holds up the others no longer.
const HELD: Duration = Duration::from_secs(5);
/// How often a node asks again while another one signs.
const AGAIN: Duration = Duration::from_millis(50);

/// Why there is no checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaktError {
    /// Nobody signs in this house.
    #[error("hier wird das Protokoll nicht unterschrieben")]
    Unsigned,
    /// The signer refuses: the ledger contradicts what was signed before, or its memory cannot be written.
    #[error("das Protokoll wird nicht unterschrieben: {0}")]
    Refused(Arc<str>),
    #[error("Ereignis {0} steht noch nicht im Protokoll")]
    Unwritten(u64),
    /// Try again later.
    #[error("der Checkpoint lässt zu lange auf sich warten")]
    Late,
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The signer at work on its ledger.
pub struct Takt {
    signer: LogSigner,
    ledger: Arc<dyn Ledger>,
    leases: Arc<dyn Leases>,
    /// Every key that ever signed this log, the newest first.
    vkeys: Vec<Vkey>,
    /// Signed by this process; what an earlier one signed is looked at again first.
    newest: watch::Sender<Option<Signed>>,
    fault: watch::Sender<Option<Arc<str>>>,
    /// When the last signature was made. Held while the next one is.
    turn: Mutex<Option<Instant>>,
}

impl Takt {
    /// Joins the two. `vkeys`: all keys of this log, the newest first.
    pub fn new(signer: LogSigner, ledger: Arc<dyn Ledger>, vkeys: Vec<Vkey>) -> Self {
        let (newest, fault) = (watch::Sender::new(None), watch::Sender::new(None));
        let leases = Arc::new(Alone::default());
        Self { signer, ledger, leases, vkeys, newest, fault, turn: Mutex::default() }
    }

    /// On a ledger that several nodes sign.
    pub fn shared(self, leases: Arc<dyn Leases>) -> Self {
        Self { leases, ..self }
    }

    /// All keys that ever signed this log, the newest first.
    pub fn vkeys(&self) -> &[Vkey] {
        &self.vkeys
    }

    /// Tells of every new checkpoint.
    pub fn watch(&self) -> watch::Receiver<Option<Signed>> {
        self.newest.subscribe()
    }

    /// Why the log is not signed at present; `None` if it is.
    pub fn fault(&self) -> Option<Arc<str>> {
        self.fault.borrow().clone()
    }

    /// A signed checkpoint whose tree holds the event at this index; waits a bounded time where it must be
    /// signed first. Requests of the same second share one signature.
    pub async fn checkpoint_covering(self: &Arc<Self>, index: u64) -> Result<Signed, TaktError> {
        if let Some(signed) = self.covering(index) {
            return Ok(signed);
        }
        if self.ledger.head().await?.size <= index {
            return Err(TaktError::Unwritten(index));
        }
        self.turn(Some(index)).await
    }

    /// Signs the present size now; the same size again gives the same note.
    pub async fn sign(self: &Arc<Self>) -> Result<Signed, TaktError> {
        self.turn(None).await
    }

    /// Signs at once and then every `every` until told to stop.
    pub async fn run(self: Arc<Self>, every: Duration, mut stop: watch::Receiver<bool>) {
        loop {
            // A refusal was logged; it is asked again, for the ledger may come back.
            let _ = self.sign().await;
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    fn covering(&self, index: u64) -> Option<Signed> {
        self.newest.borrow().as_ref().filter(|signed| signed.size > index).cloned()
    }

    /// Runs on by itself: a request that was dropped must not leave a signature that nobody stored.
    async fn turn(self: &Arc<Self>, index: Option<u64>) -> Result<Signed, TaktError> {
        let takt = Arc::clone(self);
        let work = tokio::spawn(async move { takt.locked(index).await });
        match tokio::time::timeout(LONGEST, work).await {
            Err(_) => Err(TaktError::Late),
            Ok(Err(ended)) => Err(TaktError::Refused(ended.to_string().into())),
            Ok(Ok(signed)) => signed,
        }
    }

    async fn locked(&self, index: Option<u64>) -> Result<Signed, TaktError> {
        let mut last = self.turn.lock().await;
        if let Some(signed) = index.and_then(|index| self.covering(index)) {
            return Ok(signed);
        }
        if let Some(last) = *last {
            tokio::time::sleep_until(last + SHORTEST).await;
        }
        while self.leases.take(RIGHT, HELD).await?.is_none() {
            tokio::time::sleep(AGAIN).await;
        }
        let signed = self.signer.sign(&*self.ledger).await;
        if let Err(error) = self.leases.release(RIGHT).await {
            tracing::warn!(%error, "log: the right to sign ends by itself");
        }
        *last = Some(Instant::now());
        match signed {
            Ok(signed) => {
                self.fault.send_if_modified(|fault| fault.take().is_some());
                let fresh = signed.clone();
                self.newest.send_if_modified(|newest| {
                    let new = newest.as_ref() != Some(&fresh);
                    *newest = Some(fresh);
                    new
                });
                Ok(signed)
            }
            Err(error) => {
                let why: Arc<str> = error.to_string().into();
                self.fault.send_if_modified(|fault| {
                    let new = fault.as_ref() != Some(&why);
                    if new {
                        tracing::error!(reason = %why, "log: nothing is signed");
                        *fault = Some(Arc::clone(&why));
                    }
                    new
                });
                Err(TaktError::Refused(why))
            }
        }
    }
}

#[cfg(test)]
mod tests;
