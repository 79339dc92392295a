//! One group of appends in one transaction, alone: the lock is taken first, the group decided on what is read under
//! it, and then written. So it goes where another node wrote, or where a group in flight did not come home.
//!
//! Deliberately nothing is decided on memory alone, and memory is swapped only after COMMIT.

use super::broken::{Broken, Stage, judge};
use super::flight::Sky;
use super::lanes::Lanes;
use super::open::Link;
use super::plan::{Answer, Facts, Plan};
use super::{tail, text};
use crate::ledger::merkle::Frontier;
use crate::ledger::port::Append;
use sqlx::{Executor, PgConnection};
use std::collections::BTreeSet;
use std::time::Duration;

/// Longest a group may take; then its connection is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a group is decided anew when somebody was quicker.
const TRIES: u32 = 6;

/// The writing connections and what this node knows about the end of the log.
pub(super) struct Writer {
    pub(super) lanes: Lanes,
    pub(super) frontier: Frontier,
    /// Another node wrote last time, or nobody knows: lock first.
    pub(super) contended: bool,
    /// A group of this node ended without an answer: what is found in the log may be its own.
    pub(super) lost: bool,
    pub(super) sky: Sky,
}

/// A group that came to an end: one answer per append, in their order.
pub(super) struct Committed {
    pub(super) answers: Vec<Answer>,
    /// 0 if every append was refused.
    pub(super) events: u64,
}

impl Writer {
    pub(super) fn new(link: Link, conn: PgConnection, frontier: Frontier) -> Self {
        let sky = Sky::new(frontier.clone());
        Self { lanes: Lanes::new(link, conn), frontier, contended: false, lost: false, sky }
    }

    /// Commits the group with one flush, or with none if all its members are refused.
    pub(super) async fn commit(&mut self, group: &[&Append]) -> Result<Committed, Broken> {
        let mut last = Broken::Busy("nothing was tried".into());
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(jittered(Duration::from_millis(5))).await;
            }
            last = match self.attempt(group).await {
                Err(Broken::Again(why)) => Broken::Again(why),
                other => return other,
            };
        }
        Err(last)
    }

    async fn attempt(&mut self, group: &[&Append]) -> Result<Committed, Broken> {
        let (streams, keks) = asked(group);
        let transaction = self.begin(streams, keks).await?;
        let plan = Plan::decide(Plan::new(transaction.frontier.clone()), group, Some(&transaction.facts));
        transaction.write(plan).await
    }

    /// Opens a transaction, locks the head, and takes in what other nodes wrote.
    pub(super) async fn begin(&mut self, streams: Vec<String>, keks: Vec<i64>) -> Result<Transaction<'_>, Broken> {
        let conn = self.lanes.take().await?;
        let (facts, frontier) = (Facts::default(), self.frontier.clone());
        let mut transaction = Transaction { writer: self, conn, facts, frontier };
        match transaction.lock(streams, keks).await {
            Ok(()) => Ok(transaction),
            Err(broken) => {
                transaction.abort().await;
                Err(broken)
            }
        }
    }
}

/// A transaction that holds the head's lock.
pub(super) struct Transaction<'w> {
    writer: &'w mut Writer,
    conn: PgConnection,
    pub(super) facts: Facts,
    /// The log's right edge as it is now.
    pub(super) frontier: Frontier,
}

impl Transaction<'_> {
    async fn lock(&mut self, streams: Vec<String>, keks: Vec<i64>) -> Result<(), Broken> {
        let Self { writer, conn, facts, frontier } = self;
        let open = |error: sqlx::Error| judge(&error, Stage::Open);
        in_time(Stage::Open, async {
            if writer.contended {
                tail::catch_up(conn, frontier).await?;
            }
            conn.execute("BEGIN").await?;
            *facts = Facts::under_lock(conn, streams, keks, frontier.size()).await?;
            Ok(())
        })
        .await?;
        let foreign = !facts.unseen.is_empty() || frontier.size() > writer.frontier.size();
        for (index, hash) in &facts.unseen {
            tail::push(frontier, *index, hash).map_err(open)?;
        }
        writer.contended = foreign;
        if frontier.size() < facts.size && facts.unseen.len() as i64 == tail::PAGE {
            // More was written meanwhile than one look brings; it is caught up with before the next one.
            writer.contended = true;
            return Err(Broken::Again("other nodes wrote a great deal".into()));
        }
        if frontier.to_bytes() != facts.frontier {
            let (known, stored) = (frontier.size(), facts.size);
            let why = format!("{known} events are known here, the head row says {stored} or another root over them");
            return Err(Broken::Contradiction(why));
        }
        Ok(())
    }

    /// Writes what was decided under the lock, and commits; with nothing to write, gives the lock back.
    pub(super) async fn write(mut self, plan: Plan<'_>) -> Result<Committed, Broken> {
        let events = plan.events();
        if plan.is_empty() {
            self.writer.frontier = self.frontier.clone();
            self.abort().await;
            return Ok(Committed { answers: plan.answers, events });
        }
        let turn = self.writer.sky.turn(self.frontier.size());
        let stored = match in_time(Stage::Open, async { plan.statement(&turn)?.run(&mut self.conn).await }).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(Broken::Again("what was read under the lock did not hold".into())),
            Err(broken) => Err(broken),
        };
        if let Err(broken) = stored {
            self.abort().await;
            return Err(broken);
        }
        let Self { writer, mut conn, .. } = self;
        let committed = in_time(Stage::Committing, conn.execute("COMMIT")).await;
        match committed {
            Ok(_) => {
                writer.frontier = plan.frontier;
                writer.lanes.give_back(conn);
                Ok(Committed { answers: plan.answers, events })
            }
            Err(broken) => {
                (writer.contended, writer.lost) = (true, true);
                Err(broken)
            }
        }
    }

    /// ROLLBACK; a connection that does not even answer that is given up, and the server rolls back by itself.
    pub(super) async fn abort(self) {
        let Self { writer, mut conn, .. } = self;
        if in_time(Stage::Open, conn.execute("ROLLBACK")).await.is_ok() {
            writer.lanes.give_back(conn);
        }
    }
}

/// Bounds an exchange with the server and judges how it ended.
pub(super) async fn in_time<T>(stage: Stage, work: impl Future<Output = sqlx::Result<T>>) -> Result<T, Broken> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(|error| judge(&error, stage)),
        Err(_) if stage == Stage::Open => Err(Broken::Busy("the server does not answer".into())),
        Err(_) => Err(Broken::Unknown("the server does not answer".into())),
    }
}

/// Streams and keys a group is decided by.
fn asked(group: &[&Append]) -> (Vec<String>, Vec<i64>) {
    let streams: BTreeSet<_> = group.iter().map(|batch| batch.stream).collect();
    let sealed = group.iter().flat_map(|b| &b.events).flat_map(|e| &e.groups).filter_map(|g| g.kek_id);
    let used = group.iter().flat_map(|b| &b.kek_uses).map(|k| k.kek_id);
    let keks: BTreeSet<_> = sealed.chain(used).map(u64::cast_signed).collect();
    (streams.into_iter().map(text::id).collect(), keks.into_iter().collect())
}

/// Between half and the whole of it: nodes that were thrown out together do not come back together.
pub(super) fn jittered(pause: Duration) -> Duration {
    // Without chance it is only a longer pause.
    let chance = getrandom::u32().unwrap_or(u32::MAX);
    pause / 2 + pause.mul_f64(f64::from(chance) / f64::from(u32::MAX) / 2.0)
}
