//! Leader-style group commit: a lone caller commits by itself at once, several share one flush.
//!
//! Deliberately without a commit thread: handing a lone commit to another thread costs more than
//! the flush on a small busy machine. The leader commits one group and hands leadership to the
//! first waiter; it never awaits, so a dropped request strands nobody.

use super::Core;
use super::commit::Answer;
use crate::ledger::engine::check;
use crate::ledger::port::{Append, AppendError};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;

/// Appends that may wait; more are pushed back.
pub(super) const MAX_WAITING: usize = 4096;
/// Bytes that may wait.
const MAX_WAITING_BYTES: usize = 256 * 1024 * 1024;
/// Events of one group: bounds the time a writer waits for strangers.
const MAX_GROUP_EVENTS: usize = 4096;
/// Bytes of one group.
const MAX_GROUP_BYTES: usize = 16 * 1024 * 1024;
/// How long the leader gathers when several wrote recently.
const GATHER: Duration = Duration::from_micros(150);

/// An append in the queue.
struct Waiting {
    batch: Append,
    bytes: usize,
    turn: oneshot::Sender<Lead>,
    done: oneshot::Sender<Answer>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// Somebody leads, or holds the right to.
    led: bool,
    /// Writers seen around the last group: 1 = a lone one.
    recent: usize,
    /// While the leader gathers: it wakes when so many wait.
    wanted: Option<usize>,
}

/// The queue before the writer.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    gathered: Condvar,
}

/// The right and duty to commit the next group. Dropped unused (request gone, runtime shutting
/// down), it is exercised on a thread of its own.
pub(super) struct Lead(Option<Arc<Core>>);

impl Lead {
    fn run(mut self) {
        if let Some(core) = self.0.take() {
            lead(&core);
        }
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let Some(core) = self.0.take() else { return };
        let stand_in = Arc::clone(&core);
        let spawned = std::thread::Builder::new().name("ledger-lead".into()).spawn(move || lead(&stand_in));
        if let Err(error) = spawned {
            core.fail(format!("no thread to commit on: {error}"));
            core.queue.answer_all_unknown("no thread to commit on");
        }
    }
}

/// Appends through the queue; returns after the flush.
pub(super) async fn append(core: &Arc<Core>, batch: Append) -> Answer {
    let bytes = check::well_formed(&batch)?;
    if let Some(why) = core.failure() {
        return Err(AppendError::OutcomeUnknown(why));
    }
    let (turn, mut my_turn) = oneshot::channel();
    let (done, mut answer) = oneshot::channel();
    let mut mine = core.queue.enqueue(core, Waiting { batch, bytes, turn, done })?;
    if mine.is_none() {
        tokio::select! {
            biased;
            answer = &mut answer => return answer.unwrap_or_else(|_| interrupted()),
            Ok(lead) = &mut my_turn => mine = Some(lead),
        }
    }
    if let Some(lead) = mine {
        in_blocking(move || lead.run()).await;
    }
    answer.await.unwrap_or_else(|_| interrupted())
}

fn interrupted() -> Answer {
    Err(AppendError::OutcomeUnknown("the commit was interrupted".into()))
}

/// Runs blocking work from async code: in place where the runtime allows it (a hop to another
/// thread costs more than a short query), else on a blocking thread. `None`: runtime shutting down.
pub(super) async fn in_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    match Handle::try_current().map(|h| h.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => Some(tokio::task::block_in_place(work)),
        Ok(_) => tokio::task::spawn_blocking(work).await.ok(),
        Err(_) => Some(work()),
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is consistent between statements, and a panicking leader has failed the engine.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the append in the queue; the caller leads if nobody else does.
    fn enqueue(&self, core: &Arc<Core>, waiting: Waiting) -> Result<Option<Lead>, AppendError> {
        let mut state = self.lock();
        if state.waiting.len() >= MAX_WAITING || state.bytes.saturating_add(waiting.bytes) > MAX_WAITING_BYTES {
            return Err(AppendError::Pushback);
        }
        state.bytes += waiting.bytes;
        state.waiting.push_back(waiting);
        if state.wanted.is_some_and(|wanted| state.waiting.len() >= wanted) {
            self.gathered.notify_one();
        }
        let leads = !std::mem::replace(&mut state.led, true);
        Ok(leads.then(|| Lead(Some(Arc::clone(core)))))
    }

    /// Takes the next group; waits up to [`GATHER`] for as many as wrote recently.
    fn take_group(&self) -> Vec<Waiting> {
        let mut state = self.lock();
        if state.recent > 1 && state.waiting.len() < state.recent {
            state.wanted = Some(state.recent);
            let few = |state: &mut State| state.waiting.len() < state.recent;
            state = self.gathered.wait_timeout_while(state, GATHER, few).unwrap_or_else(PoisonError::into_inner).0;
            state.wanted = None;
        }
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

    /// After a group of `size`: leadership goes to the first waiter who is still there.
    /// True: none of them is, the present leader goes on.
    fn hand_over(&self, core: &Arc<Core>, size: usize) -> bool {
        let mut state = self.lock();
        state.recent = size + state.waiting.len();
        if state.waiting.is_empty() {
            state.led = false;
            return false;
        }
        let mut lead = Lead(Some(Arc::clone(core)));
        for waiting in &mut state.waiting {
            let (spent, _) = oneshot::channel();
            match std::mem::replace(&mut waiting.turn, spent).send(lead) {
                Ok(()) => return false,
                Err(back) => lead = back,
            }
        }
        lead.0 = None;
        true
    }

    fn answer_all_unknown(&self, why: &str) {
        let mut state = self.lock();
        state.led = false;
        state.bytes = 0;
        let waiting: Vec<_> = state.waiting.drain(..).collect();
        drop(state);
        for waiting in waiting {
            // The caller may be gone.
            let _ = waiting.done.send(Err(AppendError::OutcomeUnknown(why.to_owned())));
        }
    }
}

/// Commits one group, answers it, hands leadership on.
fn lead(core: &Arc<Core>) {
    loop {
        let group = core.queue.take_group();
        let size = group.len();
        let answers = commit(core, &group);
        for (waiting, answer) in group.into_iter().zip(answers) {
            // The caller may be gone; the append happened all the same.
            let _ = waiting.done.send(answer);
        }
        core.sweep.restart_if_due(core);
        if !core.queue.hand_over(core, size) {
            return;
        }
    }
}

fn commit(core: &Arc<Core>, group: &[Waiting]) -> Vec<Answer> {
    let all = |error: AppendError| group.iter().map(|_| Err(error.clone())).collect();
    if group.is_empty() {
        return Vec::new();
    }
    if let Some(why) = core.failure() {
        return all(AppendError::OutcomeUnknown(why));
    }
    let batches: Vec<_> = group.iter().map(|w| &w.batch).collect();
    let bytes: usize = group.iter().map(|w| w.bytes).sum();
    let result = catch_unwind(AssertUnwindSafe(|| {
        core.with_writer(|writer| {
            let committed = writer.commit(&batches)?;
            core.flushed(&committed, bytes);
            Ok(committed)
        })
    }));
    match result {
        Ok(Ok(committed)) => committed.answers,
        Ok(Err(broken)) => all(broken.into()),
        Err(_) => {
            let why = "the commit panicked".to_owned();
            core.fail(why.clone());
            all(AppendError::OutcomeUnknown(why))
        }
    }
}

#[cfg(test)]
impl Queue {
    /// How many wait behind a leader; `None` while nobody leads.
    pub(super) fn waiting(&self) -> Option<usize> {
        let state = self.lock();
        state.led.then(|| state.waiting.len())
    }
}

/// Queues an append without awaiting it; the caller holds the lead if it fell to it.
#[cfg(test)]
pub(super) fn enqueue_for_test(core: &Arc<Core>, batch: Append) -> (oneshot::Receiver<Answer>, Option<Lead>) {
    let (turn, _) = oneshot::channel();
    let (done, answer) = oneshot::channel();
    let lead = core.queue.enqueue(core, Waiting { batch, bytes: 1, turn, done });
    (answer, lead.expect("the queue has room"))
}
