//! Leader-style group commit: whoever finds nobody leading starts a task that commits group after group. While one is
//! on its way, another task may lead the next one behind it.
//!
//! Deliberately a task and not the caller: a request may be dropped at any await, a task is not, so nobody is
//! stranded. It commits at once what waits; only with several recent writers it yields to them first.

use super::Core;
use super::broken::Broken;
use super::commit::Committed;
use super::pace::Pace;
use super::plan::Answer;
use crate::ledger::engine::check;
use crate::ledger::port::{Append, AppendError};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Appends that may wait; more are pushed back.
const MAX_WAITING: usize = 4096;
/// Bytes that may wait.
const MAX_WAITING_BYTES: usize = 256 * 1024 * 1024;
/// Events of one group: bounds the time a writer waits for strangers.
const MAX_GROUP_EVENTS: usize = 4096;
/// Bytes of one group.
const MAX_GROUP_BYTES: usize = 16 * 1024 * 1024;
/// Groups on their way at once: one is flushed, one is prepared.
const LANES: usize = 2;
/// How long the leader yields when several wrote recently.
const GATHER: Duration = Duration::from_micros(150);

/// An append in the queue.
struct Waiting {
    batch: Append,
    bytes: usize,
    done: oneshot::Sender<Answer>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// A task leads: it gathers the next group, or has one that nobody may follow.
    led: bool,
    /// Groups on their way, and their appends.
    groups: usize,
    aloft: usize,
    pace: Pace,
}

impl State {
    /// Whether the next group should be gathered and nobody does yet: then the caller has to see that somebody does.
    fn appoint(&mut self) -> bool {
        let room = self.groups == 0 || self.groups < LANES && self.pace.may_follow(self.waiting.len());
        let due = !self.led && room && !self.waiting.is_empty();
        self.led |= due;
        due
    }
}

/// The queue before the writer.
#[derive(Default)]
pub(super) struct Queue(Mutex<State>);

/// What a task owes the queue. Dropped with its runtime before it has done it, it leaves nobody waiting.
struct Duty {
    core: Arc<Core>,
    leads: bool,
    /// Appends it has on their way.
    aloft: usize,
}

impl Duty {
    /// Whoever was appointed begins. A runtime that ends drops the task, and the duty with it.
    fn begin(core: &Arc<Core>) {
        tokio::spawn(lead(Self { core: Arc::clone(core), leads: true, aloft: 0 }));
    }

    /// Its group is sent: somebody else may lead the next one.
    fn hand_over(&mut self) {
        self.leads = false;
        let appointed = {
            let mut state = self.core.queue.lock();
            state.led = false;
            state.appoint()
        };
        if appointed {
            Self::begin(&self.core);
        }
    }

    /// Its group has come to an end: whether there is more for it to lead.
    fn goes_on(&mut self) -> bool {
        let mut state = self.core.queue.lock();
        state.groups -= 1;
        state.aloft -= std::mem::take(&mut self.aloft);
        state.led &= !self.leads;
        self.leads = state.appoint();
        self.leads
    }
}

impl Drop for Duty {
    fn drop(&mut self) {
        let mut state = self.core.queue.lock();
        if self.aloft > 0 {
            state.groups -= 1;
            state.aloft -= self.aloft;
        }
        state.led &= !self.leads;
        if !state.led && state.groups == 0 && !state.waiting.is_empty() {
            // Nobody is left to lead. Their callers are told that nobody knows: the senders go.
            state.bytes = 0;
            state.waiting.clear();
        }
    }
}

/// Appends through the queue; returns after the flush.
pub(super) async fn append(core: &Arc<Core>, batch: Append) -> Answer {
    let bytes = check::well_formed(&batch)?;
    if core.writer.is_none() {
        return Err(AppendError::Malformed("opened for reading only".into()));
    }
    if let Some(why) = core.failure() {
        return Err(AppendError::OutcomeUnknown(why));
    }
    let (done, answer) = oneshot::channel();
    if core.queue.enqueue(Waiting { batch, bytes, done })? {
        Duty::begin(core);
    }
    answer.await.unwrap_or_else(|_| Err(AppendError::OutcomeUnknown("the commit was interrupted".into())))
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is consistent between statements.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the append in the queue; true: nobody leads, the caller appoints a leader.
    fn enqueue(&self, waiting: Waiting) -> Result<bool, AppendError> {
        let mut state = self.lock();
        if state.waiting.len() >= MAX_WAITING || state.bytes.saturating_add(waiting.bytes) > MAX_WAITING_BYTES {
            return Err(AppendError::Pushback);
        }
        state.bytes += waiting.bytes;
        state.waiting.push_back(waiting);
        Ok(state.appoint())
    }

    /// Whether it pays to let those who wrote recently come up first.
    fn few(&self) -> bool {
        let state = self.lock();
        state.waiting.len() < state.pace.share()
    }

    fn take_group(&self) -> Vec<Waiting> {
        let mut state = self.lock();
        let seen = state.waiting.len() + state.aloft;
        state.pace.seen(seen);
        let most = state.pace.share();
        let (mut group, mut events, mut bytes) = (Vec::new(), 0, 0);
        while group.len() < most
            && let Some(next) = state.waiting.pop_front()
        {
            let full = events + next.batch.events.len() > MAX_GROUP_EVENTS || bytes + next.bytes > MAX_GROUP_BYTES;
            if full && !group.is_empty() {
                state.waiting.push_front(next);
                break;
            }
            events += next.batch.events.len();
            bytes += next.bytes;
            group.push(next);
        }
        state.bytes -= bytes;
        let behind = state.groups > 0;
        state.pace.took_off(behind);
        state.groups += 1;
        state.aloft += group.len();
        group
    }
}

/// Commits group after group until nobody waits or somebody else leads.
async fn lead(mut duty: Duty) {
    loop {
        let since = Instant::now();
        while duty.core.queue.few() && since.elapsed() < GATHER {
            tokio::task::yield_now().await;
        }
        let group = duty.core.queue.take_group();
        duty.aloft = group.len();
        let answers = commit(&mut duty, &group).await;
        for (waiting, answer) in group.into_iter().zip(answers) {
            // The caller may be gone; the append happened all the same.
            let _ = waiting.done.send(answer);
        }
        if !duty.goes_on() {
            return;
        }
    }
}

async fn commit(duty: &mut Duty, group: &[Waiting]) -> Vec<Answer> {
    let core = Arc::clone(&duty.core);
    let batches: Vec<_> = group.iter().map(|w| &w.batch).collect();
    let committed = match fly(duty, &core, &batches).await {
        Ok(None) => alone(&core, &batches).await,
        Ok(Some(committed)) => Ok(committed),
        Err(broken) => Err(broken),
    };
    match committed {
        Ok(committed) => committed.answers,
        Err(broken) => {
            if let Broken::Contradiction(why) = &broken {
                core.fail(why.clone());
            }
            let error = AppendError::from(broken);
            group.iter().map(|_| Err(error.clone())).collect()
        }
    }
}

/// In one round trip; others may follow. `None`: it has to be decided under the lock, nothing is stored.
async fn fly(duty: &mut Duty, core: &Core, group: &[&Append]) -> Result<Option<Committed>, Broken> {
    let _air = core.air.read().await;
    let Some(flight) = core.writer().await?.take_off(group).await? else { return Ok(None) };
    duty.hand_over();
    let landing = flight.land().await;
    if let Some(timed) = landing.timed {
        core.queue.lock().pace.took(group.len(), timed);
    }
    let (landed, size) = core.landed(landing).await?;
    Ok(landed.inspect(|committed| core.published(size, committed)))
}

/// With the lock first, and nothing else of this node on its way.
async fn alone(core: &Core, group: &[&Append]) -> Result<Committed, Broken> {
    let mut writer = core.alone().await?;
    let lost = std::mem::take(&mut writer.lost);
    let committed = writer.commit(group).await;
    if writer.contended && !lost && !writer.lost {
        core.queue.lock().pace.rival();
    }
    let committed = committed?;
    core.published(writer.frontier.size(), &committed);
    Ok(committed)
}
