//! A right of this node among several: taken, kept up in the background, given back at the end.
//!
//! Work under a right is told to end when the right is lost, and begins anew when it comes back. What a frozen
//! node still tries when it wakes is refused by the storage (`ledger::lease`), not here.

use akte_core::ledger::lease::{Fence, Leases};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long a right is held without being renewed, and how often it is renewed or asked for.
#[derive(Clone, Copy, Debug)]
pub struct Dauer {
    pub gilt: Duration,
    pub erneuern: Duration,
}

/// A node that fails is followed by another within this time.
pub const UEBLICH: Dauer = Dauer { gilt: Duration::from_secs(15), erneuern: Duration::from_secs(4) };

/// Runs `work` whenever this node holds the right, until `stopped`. `work` gets the fence and a signal to end.
pub async fn unter<F>(
    leases: Arc<dyn Leases>,
    name: &str,
    dauer: Dauer,
    mut stopped: watch::Receiver<bool>,
    work: impl Fn(Fence, watch::Receiver<bool>) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        match leases.take(name, dauer.gilt).await {
            Ok(Some(fence)) => {
                let (end, told) = watch::channel(false);
                let running = tokio::spawn(work(fence, told));
                halten(&*leases, name, fence, dauer, running, end, &mut stopped).await;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(recht = name, %error, "cannot ask for the right"),
        }
        tokio::select! {
            () = tokio::time::sleep(dauer.erneuern) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}

/// Keeps the right until the work ends, the right is lost, or everything is stopped.
async fn halten(
    leases: &dyn Leases,
    name: &str,
    fence: Fence,
    dauer: Dauer,
    mut running: JoinHandle<()>,
    end: watch::Sender<bool>,
    stopped: &mut watch::Receiver<bool>,
) {
    let mut sure = Instant::now();
    loop {
        tokio::select! {
            _ = &mut running => break,
            _ = stopped.wait_for(|stop| *stop) => break,
            () = tokio::time::sleep(dauer.erneuern) => {}
        }
        let asked = Instant::now();
        match leases.take(name, dauer.gilt).await {
            Ok(Some(now)) if now == fence => sure = asked,
            // Nobody answered: it is ours until it would have ended.
            Err(_) if sure.elapsed() + dauer.erneuern < dauer.gilt => {}
            lost => {
                tracing::warn!(recht = name, ?lost, "the right has gone to another node");
                break;
            }
        }
    }
    // Receivers are gone where the work has ended.
    let _ = end.send(true);
    if !running.is_finished() && tokio::time::timeout(dauer.gilt, &mut running).await.is_err() {
        running.abort();
    }
    if let Err(error) = leases.release(name).await {
        tracing::warn!(recht = name, %error, "the right ends by itself");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use akte_core::ledger::LedgerError;
    use async_trait::async_trait;
    use std::sync::Mutex;
    use tokio::sync::mpsc;

    const KURZ: Dauer = Dauer { gilt: Duration::from_millis(60), erneuern: Duration::from_millis(5) };

    /// Gives the answers of a list, then the last one for ever.
    struct Amt {
        answers: Mutex<Vec<Option<Fence>>>,
        released: Mutex<u32>,
    }

    #[async_trait]
    impl Leases for Amt {
        async fn take(&self, _: &str, _: Duration) -> Result<Option<Fence>, LedgerError> {
            let mut answers = self.answers.lock().expect("lock");
            Ok(if answers.len() > 1 { answers.remove(0) } else { answers[0] })
        }
        async fn release(&self, _: &str) -> Result<(), LedgerError> {
            *self.released.lock().expect("lock") += 1;
            Ok(())
        }
        async fn held(&self, _: &str) -> Result<Vec<(String, Option<u64>)>, LedgerError> {
            Ok(Vec::new())
        }
        async fn position(&self, _: &str) -> Result<Option<u64>, LedgerError> {
            Ok(None)
        }
        async fn advance(&self, _: &str, _: Fence, _: u64) -> Result<bool, LedgerError> {
            Ok(true)
        }
    }

    #[tokio::test]
    async fn work_begins_with_the_right_ends_when_it_is_lost_and_begins_anew_under_the_next() {
        let answers = vec![None, Some(3), Some(3), Some(3), None, None, Some(5)];
        let amt = Arc::new(Amt { answers: Mutex::new(answers), released: Mutex::new(0) });
        let (said, mut heard) = mpsc::unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        let leases: Arc<dyn Leases> = amt.clone();
        let all = tokio::spawn(async move {
            unter(leases, "probe", KURZ, stopped, |fence, mut told| {
                let said = said.clone();
                async move {
                    said.send(("begin", fence)).expect("heard");
                    told.wait_for(|end| *end).await.expect("told");
                    said.send(("end", fence)).expect("heard");
                }
            })
            .await;
        });
        assert_eq!(heard.recv().await, Some(("begin", 3)));
        assert_eq!(heard.recv().await, Some(("end", 3)));
        assert_eq!(heard.recv().await, Some(("begin", 5)));
        stop.send(true).expect("stopped");
        assert_eq!(heard.recv().await, Some(("end", 5)));
        all.await.expect("ends");
        assert_eq!(*amt.released.lock().expect("lock"), 2, "each right is given back");
    }
}
