//! The connection of this node that writes: kept alive, and opened anew where it broke.
//!
//! Deliberately taken out while it is used, so that what was dropped in the middle of an exchange is never used again.

use super::broken::Broken;
use super::commit::jittered;
use super::open::{self, Link, OpenError};
use sqlx::{Connection, PgConnection};
use std::time::Duration;
use tokio::time::Instant;

/// A connection that was idle for longer is asked whether it lives before anything is entrusted to it.
const FRESH: Duration = Duration::from_secs(1);
/// Between two attempts to reach a server that does not answer: doubled from the first to the last, and jittered.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// The connection, while nobody is using it.
pub(super) struct Lane {
    link: Link,
    /// And since when.
    idle: Option<(PgConnection, Instant)>,
    failures: u32,
    not_before: Option<Instant>,
}

impl Lane {
    pub(super) fn new(link: Link, first: PgConnection) -> Self {
        Self { link, idle: Some((first, Instant::now())), failures: 0, not_before: None }
    }

    /// A living one.
    pub(super) async fn take(&mut self) -> Result<PgConnection, Broken> {
        if let Some((mut conn, used)) = self.idle.take() {
            let lives = used.elapsed() < FRESH
                || tokio::time::timeout(open::CONNECT_PATIENCE, conn.ping()).await.is_ok_and(|pong| pong.is_ok());
            if lives {
                return Ok(conn);
            }
        }
        if self.not_before.is_some_and(|at| Instant::now() < at) {
            return Err(Broken::Busy("the server is not reachable".into()));
        }
        match self.connect().await {
            Ok(conn) => {
                (self.failures, self.not_before) = (0, None);
                Ok(conn)
            }
            Err(error) => {
                tracing::warn!(%error, "ledger: no connection to the database server");
                let pause = BACK_OFF.1.min(BACK_OFF.0 * 2u32.saturating_pow(self.failures));
                self.failures = self.failures.saturating_add(1).min(16);
                self.not_before = Some(Instant::now() + jittered(pause));
                Err(Broken::Busy(error.to_string()))
            }
        }
    }

    /// A server that came back may be another, or be set otherwise: nothing is written where COMMIT promises nothing.
    async fn connect(&self) -> Result<PgConnection, OpenError> {
        let mut conn = self.link.connect_to_write().await?;
        open::check_promises(&mut conn).await?;
        Ok(conn)
    }

    /// Its last exchange came to an end.
    pub(super) fn give_back(&mut self, conn: PgConnection) {
        self.idle = Some((conn, Instant::now()));
    }
}
