//! Waiting for the next event: notifications of other nodes as a wake-up, and polling where none comes.
//!
//! Deliberately a hint only: a notification lost with a connection delays a reader by one poll and no more.

use super::commit::jittered;
use super::open::Link;
use super::{Core, read};
use sqlx::postgres::{PgListener, PgPoolOptions};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// How often a reader looks by itself.
const POLL: Duration = Duration::from_secs(1);
/// Pause before the listener connects anew.
const PAUSE: Duration = Duration::from_secs(1);

/// Starts the one listener of an engine; it ends with the handle.
pub(super) fn start(core: &Arc<Core>, link: Link) -> AbortHandle {
    let (core, size) = (Arc::downgrade(core), core.size.clone());
    tokio::spawn(async move {
        while core.strong_count() > 0 {
            if let Err(error) = listen(&link, &core, &size).await {
                tracing::debug!(%error, "ledger: listening ended, polling until it works again");
            }
            tokio::time::sleep(jittered(PAUSE)).await;
        }
    })
    .abort_handle()
}

async fn listen(link: &Link, core: &Weak<Core>, size: &watch::Sender<u64>) -> sqlx::Result<()> {
    let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
    let mut listener = PgListener::connect_with(&pool.connect_with(link.options()).await?).await?;
    listener.listen("aktenkette").await?;
    while core.strong_count() > 0 {
        let told = listener.recv().await?;
        if let Ok(now) = told.payload().parse() {
            rise(size, now);
        }
    }
    Ok(())
}

/// The size never falls: notifications and own commits may cross.
pub(super) fn rise(size: &watch::Sender<u64>, now: u64) {
    size.send_if_modified(|known| {
        let more = now > *known;
        *known = now.max(*known);
        more
    });
}

/// Returns when the log is larger than `size` or the time is over.
pub(super) async fn wait(core: &Core, size: u64, timeout: Duration) {
    let since = Instant::now();
    let mut now = core.size.subscribe();
    loop {
        let left = timeout.saturating_sub(since.elapsed());
        // The engine outlives its waiters: the sender is never gone.
        if tokio::time::timeout(left.min(POLL), now.wait_for(|now| *now > size)).await.is_ok() || left <= POLL {
            return;
        }
        if let Ok(found) = read::size(&core.pool).await {
            rise(&core.size, found);
        }
    }
}
