//! One group of appends in one transaction.
//!
//! A node that was the last to write needs one round trip: it says what it believes, and the server writes if the head
//! is still the one it believes in. Otherwise the lock is taken first, the group decided on what is read under it, and
//! then written. Deliberately memory counts for nothing by itself: it is right if the head is, and is swapped only
//! after COMMIT.

use super::broken::{Broken, Stage, judge};
use super::lane::Lane;
use super::open::Link;
use super::plan::{Answer, Facts, Heads, Keys, Plan};
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
/// Streams and keys that are kept in memory, about.
const KNOWN: usize = 4096;

/// The writing connection and what this node knows about the log.
pub(super) struct Writer {
    lane: Lane,
    pub(super) frontier: Frontier,
    /// Number of the last change to what stands beside the log: payload and keys.
    change: u64,
    /// Where streams stand that this node wrote.
    heads: Heads,
    /// Keys that were not out of use at that number, at which this node wrote an event.
    usable: Keys,
    /// Another node wrote last time, or nobody knows: lock first.
    contended: bool,
}

/// A group that came to an end: one answer per append, in their order.
pub(super) struct Committed {
    pub(super) answers: Vec<Answer>,
    /// 0 if every append was refused.
    pub(super) events: u64,
}

impl Writer {
    pub(super) fn new(link: Link, conn: PgConnection, frontier: Frontier) -> Self {
        Self {
            lane: Lane::new(link, conn),
            frontier,
            change: 0,
            heads: Heads::new(),
            usable: Keys::new(),
            contended: false,
        }
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
        if !self.contended
            && let Some(committed) = self.at_once(group).await?
        {
            return Ok(committed);
        }
        let (streams, keks) = asked(group);
        let transaction = self.begin(streams, keks).await?;
        let plan = Plan::new(transaction.frontier.clone(), Heads::new()).decided(group, Some(&transaction.facts));
        transaction.write(plan).await
    }

    /// One round trip on what this node believes; `None`: it was wrong, and nothing was written.
    async fn at_once(&mut self, group: &[&Append]) -> Result<Option<Committed>, Broken> {
        // What is not given back is forgotten: then the server is asked again.
        let heads = std::mem::take(&mut self.heads);
        let plan = Plan::new(self.frontier.clone(), heads).decided(group, None);
        if plan.is_empty() {
            self.heads = plan.heads;
            return Ok(None);
        }
        let mut conn = self.lane.take().await?;
        let stored = in_time(Stage::Committing, plan.store(self.change, &self.usable, &mut conn)).await;
        // A statement that came to its end leaves a connection that can be used again.
        if !matches!(stored, Err(Broken::Unknown(_))) {
            self.lane.give_back(conn);
        }
        self.contended = !matches!(stored, Ok(true));
        if !stored? {
            return Ok(None);
        }
        let events = plan.events();
        Ok(Some(Committed { answers: self.knows(plan), events }))
    }

    /// The plan is stored: what it leads to is what there is.
    fn knows(&mut self, plan: Plan<'_>) -> Vec<Answer> {
        self.change = plan.change(self.change);
        self.usable.extend(plan.sealed());
        // Without an event nothing in the log shows whether that number is still the one this node saw.
        if plan.events() == 0 || self.usable.len() > KNOWN {
            self.usable.clear();
        }
        self.frontier = plan.frontier;
        if self.heads.is_empty() {
            // It was given those that were known.
            self.heads = plan.heads;
        } else {
            self.heads.extend(plan.heads);
        }
        if self.heads.len() > KNOWN {
            self.heads.clear();
        }
        plan.answers
    }

    /// Opens a transaction, locks the head, and takes in what other nodes wrote.
    pub(super) async fn begin(&mut self, streams: Vec<String>, keks: Vec<i64>) -> Result<Transaction<'_>, Broken> {
        let conn = self.lane.take().await?;
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
        if facts.change != writer.change {
            writer.usable.clear();
        }
        (writer.contended, writer.change) = (foreign, facts.change);
        if foreign {
            writer.heads.clear();
        }
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
        let storing = plan.store(self.facts.change, &self.writer.usable, &mut self.conn);
        let stored = match in_time(Stage::Open, storing).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Broken::Again("what was read under the lock did not hold".into())),
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
                writer.lane.give_back(conn);
                Ok(Committed { answers: writer.knows(plan), events })
            }
            Err(broken) => {
                writer.contended = true;
                Err(broken)
            }
        }
    }

    /// ROLLBACK; a connection that does not even answer that is given up, and the server rolls back by itself.
    pub(super) async fn abort(self) {
        let Self { writer, mut conn, .. } = self;
        if in_time(Stage::Open, conn.execute("ROLLBACK")).await.is_ok() {
            writer.lane.give_back(conn);
        }
    }
}

/// Bounds an exchange with the server and judges how it ended.
async fn in_time<T>(stage: Stage, work: impl Future<Output = sqlx::Result<T>>) -> Result<T, Broken> {
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
