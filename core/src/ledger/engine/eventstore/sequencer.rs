//! The one sequencer: follows `$all` behind the last settled position and hands batches to the store.
//!
//! Runs on a thread and runtime of its own, because a subscription can spin inside the client and would take
//! everybody else's thread with it. Deliberately decides nothing itself: the store does, in its transaction.

use super::link::Link;
use super::store::{Broken, Delivered, Stop};
use super::wire::{self, Position, Recorded, Signal, Trouble};
use super::{Ask, Core, pulse, sweep};
use crate::ledger::merkle::Frontier;
use crate::ledger::port::Head;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc;

/// Events of one transaction.
const BATCH: usize = 2048;
/// How often orphans are looked for.
const SWEEP: Duration = Duration::from_secs(60);
/// Pause after a full disk.
const DISK_PAUSE: Duration = Duration::from_secs(1);
/// Time the thread gets to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// The running thread.
pub(super) struct Running {
    thread: JoinHandle<()>,
    /// In a lock only because a receiver may not be shared.
    ended: Mutex<std::sync::mpsc::Receiver<()>>,
}

impl Running {
    /// Waits for the end; a thread that spins is left behind.
    pub(super) fn join(self) {
        let ended = self.ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        let late = ended.recv_timeout(FAREWELL) == Err(std::sync::mpsc::RecvTimeoutError::Timeout);
        if !late {
            // One that panicked has nothing left to do.
            let _ = self.thread.join();
        }
    }
}

/// Why a subscription ended.
enum Ended {
    /// Asked for: begin anew at once.
    Anew,
    Trouble(Trouble),
    Disk,
    /// The store has failed.
    Dead,
}

impl From<Trouble> for Ended {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<Broken> for Ended {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::DiskFull => Self::Disk,
            Broken::Failed(_) => Self::Dead,
        }
    }
}

/// Starts the thread.
pub(super) fn start(core: &Arc<Core>, link: Link, frontier: Frontier) -> std::io::Result<Running> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (core, (done, ended)) = (Arc::clone(core), std::sync::mpsc::channel());
    let work = move || {
        // Sent by the drop at the latest, after the core was let go.
        let _done: std::sync::mpsc::Sender<()> = done;
        let mut sequencer = Sequencer { core, link: Arc::new(link), frontier };
        runtime.block_on(sequencer.run());
        drop(sequencer);
        runtime.shutdown_background();
    };
    let thread = std::thread::Builder::new().name("ledger-sequencer".into()).spawn(work)?;
    Ok(Running { thread, ended: Mutex::new(ended) })
}

struct Sequencer {
    core: Arc<Core>,
    link: Arc<Link>,
    frontier: Frontier,
}

/// Ends a task with its owner.
struct Task(tokio::task::JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Sequencer {
    async fn run(&mut self) {
        let core = Arc::clone(&self.core);
        let _beating = Task(tokio::spawn(beat(Arc::clone(&core))));
        let _sweeping = Task(tokio::spawn(sweeping(Arc::clone(&core), Arc::clone(&self.link))));
        tokio::select! {
            () = core.stop.notified() => {}
            () = self.follow_for_ever() => {}
        }
    }

    async fn follow_for_ever(&mut self) {
        loop {
            match self.follow().await {
                Ended::Anew => {}
                Ended::Trouble(trouble) => {
                    tracing::warn!(reason = %trouble, "ledger: subscription ended, beginning anew");
                }
                Ended::Disk => tokio::time::sleep(DISK_PAUSE).await,
                Ended::Dead => return,
            }
        }
    }

    async fn follow(&mut self) -> Ended {
        match self.follow_once().await {
            Ok(()) => Ended::Anew,
            Err(ended) => ended,
        }
    }

    /// One subscription, from the last settled position to its end.
    async fn follow_once(&mut self) -> Result<(), Ended> {
        let held = self.link.client().await?;
        // What was there before the subscription began is settled when it says so.
        let end = self.link.note(&held, wire::end(&held.client).await)?;
        let after = self.core.store.seen().map_err(|_| Ended::Dead)?;
        let mut subscription = wire::subscribe(&held.client, &self.core.settings.prefix, after).await;
        let (say, mut said) = mpsc::channel(BATCH);
        let _feeding = Task(tokio::spawn(async move {
            loop {
                let signal = wire::next(&mut subscription).await;
                let over = signal.is_err();
                if say.send(signal).await.is_err() || over {
                    return;
                }
            }
        }));
        let (mut signals, mut held_back) = (Vec::new(), Vec::new());
        loop {
            tokio::select! {
                biased;
                () = self.core.asked.notified() => {
                    if self.answer_asks().await? {
                        return Ok(());
                    }
                }
                n = said.recv_many(&mut signals, BATCH) => {
                    if n == 0 {
                        return Err(Trouble::Unknown("the subscription ended".into()).into());
                    }
                    if let Some(trouble) = self.take(&mut signals, &mut held_back, end).await? {
                        self.link.note(&held, Err::<(), _>(trouble))?;
                    }
                }
            }
        }
    }

    /// Settles what was said; gives back how the subscription ended, if it did.
    /// `held_back`: the beginning of an append whose end comes next.
    async fn take(
        &mut self,
        signals: &mut Vec<Signaled>,
        held_back: &mut Vec<Recorded>,
        end: Position,
    ) -> Result<Option<Trouble>, Ended> {
        let (mut events, mut passed, mut ended) = (std::mem::take(held_back), Position::default(), None);
        for signal in signals.drain(..) {
            match signal {
                Ok(Signal::Event(event)) => events.push(event),
                Ok(Signal::Checkpoint(position)) => passed = passed.max(position),
                Ok(Signal::CaughtUp) => passed = passed.max(end),
                Ok(Signal::Other) => {}
                Err(trouble) => ended = Some(trouble),
            }
        }
        events.sort_by_key(|event| event.position);
        *held_back = self.core.runs.unfinished(&mut events);
        let last = events.last().map(|event| event.position);
        self.settle(events.into_iter().map(Delivered::Event).collect()).await?;
        self.core.store.pass(passed)?;
        let passed = passed.max(last.unwrap_or_default());
        self.core.passed.send_if_modified(|now| {
            passed > *now && {
                *now = passed;
                true
            }
        });
        Ok(ended)
    }

    /// Settles a batch; what is missing in between is read from its stream.
    async fn settle(&mut self, mut rest: Vec<Delivered>) -> Result<(), Ended> {
        while !rest.is_empty() {
            let count = self.core.runs.batch(&rest, BATCH);
            let out = self.core.store.sequence(&self.core.settings.prefix, &rest[..count], &mut self.frontier)?;
            for alarm in &out.alarms {
                tracing::error!(event = %alarm, "ledger: not ours, the stream is frozen");
            }
            self.core.head.send_replace(Head { size: self.frontier.size(), root: self.frontier.root() });
            self.core.turns.send_modify(|turns| *turns += 1);
            rest.drain(..out.done);
            if let Some(stop) = out.stop {
                let mut missing = self.missing(&stop).await?;
                missing.append(&mut rest);
                rest = missing;
            }
        }
        Ok(())
    }

    /// What the server has of a stream behind its end here.
    async fn missing(&self, stop: &Stop) -> Result<Vec<Delivered>, Ended> {
        let Stop { name, from, to } = stop;
        let count = usize::try_from(to - from).unwrap_or(usize::MAX).min(BATCH);
        let lost = |reason: String| Ok(vec![Delivered::Lost { name: name.clone(), reason }]);
        let held = self.link.client().await?;
        let mut events = Vec::new();
        let done = self.link.note(&held, wire::read(&held.client, name, *from, count, &mut events).await);
        match (events.first(), done) {
            (Some(first), _) if first.revision > *from => lost(beheaded(*from, first.revision)),
            (Some(_), _) => Ok(events.into_iter().map(Delivered::Event).collect()),
            (None, Ok(()) | Err(Trouble::Missing(_))) => lost(format!("das Ereignis {from} fehlt am Server")),
            (None, Err(trouble)) => Err(trouble.into()),
        }
    }

    /// True: subscribe anew.
    async fn answer_asks(&mut self) -> Result<bool, Ended> {
        let asks = std::mem::take(&mut *self.core.asks.lock().unwrap_or_else(PoisonError::into_inner));
        let mut anew = false;
        for ask in asks {
            match ask {
                Ask::Subscribe => anew = true,
                Ask::Lost { name, reason } => self.settle(vec![Delivered::Lost { name, reason }]).await?,
                Ask::Fill(stream) => {
                    let from = self.core.store.end(stream).map_err(|_| Ended::Dead)?.count;
                    let found = self.behind(&self.core.name(stream), from).await?;
                    self.settle(found).await?;
                }
            }
        }
        Ok(anew)
    }

    async fn behind(&self, name: &str, from: u64) -> Result<Vec<Delivered>, Ended> {
        let held = self.link.client().await?;
        let mut events = Vec::new();
        let done = self.link.note(&held, wire::read(&held.client, name, from, BATCH, &mut events).await);
        match (events.first(), done) {
            (Some(first), _) if first.revision > from => {
                let reason = beheaded(from, first.revision);
                Ok(vec![Delivered::Lost { name: name.to_owned(), reason }])
            }
            (None, Err(Trouble::NotSent(why) | Trouble::Unknown(why))) => Err(Trouble::Unknown(why).into()),
            _ => {
                // The end of it comes with the subscription.
                drop(self.core.runs.unfinished(&mut events));
                Ok(events.into_iter().map(Delivered::Event).collect())
            }
        }
    }
}

type Signaled = Result<Signal, Trouble>;

pub(super) fn beheaded(due: u64, first: u64) -> String {
    format!("am Server folgt statt Ereignis {due} erst {first}: der Strom wurde gekürzt")
}

async fn beat(core: Arc<Core>) {
    loop {
        core.pulse.beat();
        tokio::time::sleep(pulse::BEAT).await;
    }
}

async fn sweeping(core: Arc<Core>, link: Arc<Link>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        if let Err(error) = sweep::orphans(&core, &link).await {
            tracing::warn!(reason = %error, "ledger: orphans could not be swept");
        }
    }
}
