//! Leader-style group commit: whoever finds nobody leading starts a task that commits group after group.
//!
//! Deliberately a task and not the caller: a request may be dropped at any await, a task is not, so nobody is
//! stranded. It commits at once what waits; only with several recent writers it yields to them first.

use super::Core;
use super::broken::Broken;
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
    /// A task leads.
    led: bool,
    /// Writers seen around the last group: 1 = a lone one.
    recent: usize,
}

/// The queue before the writer.
#[derive(Default)]
pub(super) struct Queue(Mutex<State>);

/// The duty to lead. Dropped with its runtime before it was relieved, it leaves nobody waiting.
struct Lead(Option<Arc<Core>>);

impl Drop for Lead {
    fn drop(&mut self) {
        let Some(core) = &self.0 else { return };
        let mut state = core.queue.lock();
        (state.led, state.bytes) = (false, 0);
        // Their callers are told that nobody knows: the senders go.
        state.waiting.clear();
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
        tokio::spawn(lead(Lead(Some(Arc::clone(core)))));
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
        Ok(!std::mem::replace(&mut state.led, true))
    }

    /// Whether it pays to let those who wrote recently come up first.
    fn few(&self) -> bool {
        let state = self.lock();
        state.waiting.len() < state.recent
    }

    fn take_group(&self) -> Vec<Waiting> {
        let mut state = self.lock();
        let (mut group, mut events, mut bytes) = (Vec::new(), 0, 0);
        while let Some(next) = state.waiting.pop_front() {
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
        group
    }

    /// After a group: whether there is more to lead.
    fn goes_on(&self, size: usize) -> bool {
        let mut state = self.lock();
        state.recent = size + state.waiting.len();
        state.led = !state.waiting.is_empty();
        state.led
    }
}

/// Commits group after group until nobody waits.
async fn lead(mut duty: Lead) {
    let Some(core) = duty.0.clone() else { return };
    loop {
        let since = Instant::now();
        while core.queue.few() && since.elapsed() < GATHER {
            tokio::task::yield_now().await;
        }
        let group = core.queue.take_group();
        let size = group.len();
        let answers = commit(&core, &group).await;
        for (waiting, answer) in group.into_iter().zip(answers) {
            // The caller may be gone; the append happened all the same.
            let _ = waiting.done.send(answer);
        }
        if !core.queue.goes_on(size) {
            // Somebody else may lead already.
            duty.0 = None;
            return;
        }
    }
}

async fn commit(core: &Core, group: &[Waiting]) -> Vec<Answer> {
    let all = |error: AppendError| group.iter().map(|_| Err(error.clone())).collect();
    let batches: Vec<_> = group.iter().map(|w| &w.batch).collect();
    let committed = match core.writer().await {
        Ok(mut writer) => writer.commit(&batches).await.inspect(|done| core.published(writer.frontier.size(), done)),
        Err(broken) => Err(broken),
    };
    match committed {
        Ok(committed) => committed.answers,
        Err(broken) => {
            if let Broken::Contradiction(why) = &broken {
                core.fail(why.clone());
            }
            all(broken.into())
        }
    }
}
