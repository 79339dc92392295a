//! A group on its way in one round trip: sent on what this node believes, which the server checks under its lock.
//!
//! The next group may be sent before this one is known to be stored. It is planned on top of it, and the server lets
//! it commit only behind it: if the one before did not commit, or another node was quicker, it was never there.
//! Deliberately no answer leaves before its own group is flushed, and what is known here changes only then.

use super::broken::{Broken, Stage, judge};
use super::commit::{Committed, Writer, in_time};
use super::plan::{Before, Heads, Plan, Statement, Turn};
use crate::ledger::merkle::Frontier;
use crate::ledger::port::Append;
use sqlx::PgConnection;
use std::time::Duration;
use tokio::time::Instant;

/// The groups of this node that are on their way.
pub(super) struct Sky {
    /// Tells this node's turns from those of others; two nodes with one number only wait for each other.
    node: i32,
    turn: i32,
    flying: usize,
    last: Option<Before>,
    /// The log's right edge once all of them have landed.
    planned: Frontier,
    /// And where the streams they touch will stand then.
    heads: Heads,
}

impl Sky {
    pub(super) fn new(frontier: Frontier) -> Self {
        let node = getrandom::u32().unwrap_or_else(|_| std::process::id()).cast_signed();
        Self { node, turn: 0, flying: 0, last: None, planned: frontier, heads: Heads::new() }
    }

    /// Nothing is on its way, also where a runtime ended under a group that will never land.
    pub(super) fn clear(&mut self) {
        self.flying = 0;
    }

    /// The turn of a group whose log has `size` events before it.
    pub(super) fn turn(&mut self, size: u64) -> Turn {
        self.turn = self.turn.wrapping_add(1);
        let before = self.last.replace(Before { turn: self.turn, size });
        Turn { node: self.node, own: self.turn, before: before.filter(|_| self.flying > 0) }
    }
}

/// One group, sent or about to be.
pub(super) struct Flight {
    conn: PgConnection,
    statement: Statement,
    chained: bool,
    done: Committed,
    frontier: Frontier,
}

/// How long it took, where that says something about the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timed {
    pub(super) whole: Duration,
    /// All but the flush and the way there and back.
    pub(super) work: Duration,
}

/// A group that came back.
pub(super) struct Landing {
    conn: Option<PgConnection>,
    stored: Result<bool, Broken>,
    done: Committed,
    frontier: Frontier,
    /// `None` for one that waited for another.
    pub(super) timed: Option<Timed>,
}

impl Writer {
    /// Makes the group ready to be sent; `None`: it has to be decided under the lock, and nothing was sent.
    pub(super) async fn take_off(&mut self, group: &[&Append]) -> Result<Option<Flight>, Broken> {
        if self.contended {
            return Ok(None);
        }
        if self.sky.flying == 0 {
            self.sky.planned = self.frontier.clone();
            self.sky.heads.clear();
        }
        let plan = Plan::decide(Plan::behind(self.sky.planned.clone(), self.sky.heads.clone()), group, None);
        if plan.is_empty() {
            return Ok(None);
        }
        let conn = match self.lanes.take().await {
            // The one that there is will be free.
            Err(_) if self.sky.flying > 0 => return Ok(None),
            taken => taken?,
        };
        let turn = self.sky.turn(self.sky.planned.size());
        let statement = match plan.statement(&turn) {
            Ok(statement) => statement,
            Err(error) => {
                self.lanes.give_back(conn);
                return Err(judge(&error, Stage::Open));
            }
        };
        self.sky.flying += 1;
        let chained = turn.before.is_some();
        let events = plan.events();
        let Plan { answers, frontier, heads, .. } = plan;
        (self.sky.planned, self.sky.heads) = (frontier.clone(), heads);
        Ok(Some(Flight { conn, statement, chained, done: Committed { answers, events }, frontier }))
    }

    /// Takes note of how it ended. `None`: it has to be decided under the lock, and nothing of it is stored.
    pub(super) fn landed(&mut self, landing: Landing) -> Result<Option<Committed>, Broken> {
        let Landing { conn, stored, done, frontier, .. } = landing;
        self.sky.flying -= 1;
        if let Some(conn) = conn {
            self.lanes.give_back(conn);
        }
        match stored {
            Ok(true) => {
                // The one after it may have been heard of first.
                if frontier.size() > self.frontier.size() {
                    self.frontier = frontier;
                }
                Ok(Some(done))
            }
            // Whoever was sent after it fails as well; nobody else takes off before the end of the log is known again.
            Ok(false) | Err(Broken::Again(_)) => {
                self.contended = true;
                Ok(None)
            }
            Err(broken) => {
                (self.contended, self.lost) = (true, true);
                Err(broken)
            }
        }
    }
}

impl Flight {
    /// Sends it and waits until the server has flushed it or has said no.
    pub(super) async fn land(self) -> Landing {
        let Self { mut conn, statement, chained, done, frontier } = self;
        let since = Instant::now();
        let ended = in_time(Stage::Committing, statement.run(&mut conn)).await;
        let work = ended.as_ref().ok().copied().flatten();
        let timed = work.filter(|_| !chained).map(|work| Timed { whole: since.elapsed(), work });
        // A statement that came to its end leaves a connection that can be used again.
        let conn = (!matches!(ended, Err(Broken::Unknown(_)))).then_some(conn);
        let stored = match ended {
            // Written before the lock came, where another node wrote first: no contradiction yet.
            Err(Broken::Contradiction(why)) if chained => Err(Broken::Again(why)),
            ended => ended.map(|work| work.is_some()),
        };
        Landing { conn, stored, done, frontier, timed }
    }
}
