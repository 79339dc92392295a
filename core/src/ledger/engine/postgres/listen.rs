//! Waiting for the next event: notifications of other nodes as a wake-up, and polling where none comes.
//!
//! Deliberately a hint only: a notification lost with a connection or a process delays a reader by one poll and no
//! more. So none of them is part of an append, whose callers would wait for it.

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
/// Pause between two notifications: under load one tells of many appends.
const BREATH: Duration = Duration::from_millis(20);

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
        let news = told.payload().parse().is_ok_and(|told: u64| told > *size.borrow());
        let Some(core) = core.upgrade().filter(|_| news) else { continue };
        // Anybody may notify, and readers rely on the size: the head row says it.
        if let Ok(found) = read::size(&core.pool).await {
            rise(size, found);
        }
    }
    Ok(())
}

/// Starts the one who tells other nodes of what this one has committed; it ends with the handle.
pub(super) fn tell(core: &Arc<Core>) -> AbortHandle {
    let (core, mut own) = (Arc::downgrade(core), core.own.subscribe());
    tokio::spawn(async move {
        while own.changed().await.is_ok() {
            let size = own.borrow_and_update().to_string();
            let Some(core) = core.upgrade() else { return };
            let notify = sqlx::query("SELECT pg_notify('aktenkette', $1)").bind(size).execute(&core.pool).await;
            if let Err(error) = notify {
                tracing::debug!(%error, "ledger: other nodes were not told, they look by themselves");
            }
            drop(core);
            tokio::time::sleep(BREATH).await;
        }
    })
    .abort_handle()
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
