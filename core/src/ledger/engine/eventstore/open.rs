//! Opening: address and files checked, the lease taken, the server reached, asked for our last events, caught up with.
//!
//! Deliberately refuses to begin rather than to serve a log that the server no longer has.

use super::link::Link;
use super::wire::{self, Trouble};
use super::{Core, EventStoreLedger, Pulse, address, append, frozen, sequencer, store::Store};
use crate::ledger::engine::file::FileError;
use crate::ledger::hash::event_hash;
use crate::ledger::merkle::FrontierError;
use crate::ledger::port::{Head, LedgerError};
use rusqlite::ErrorCode;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{Instant, timeout};

/// Events at the end of the log that the server is asked for.
const TAIL: u64 = 32;

/// How the engine is set up.
#[derive(Clone)]
pub struct Settings {
    /// `esdb://…` or `esdb+discover://…`, several nodes separated by commas; passed on as it is.
    pub address: String,
    /// What the names of our streams begin with.
    pub prefix: String,
    /// How long an append may take at the server, and again until it has its place.
    pub wait: Duration,
    /// How long after that an attempt counts as on its way.
    pub grace: Duration,
    /// How long the server may be silent at the start.
    pub start: Duration,
}

impl Settings {
    /// The usual values; streams are named `akte-<uuid>`.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            prefix: "akte-".into(),
            wait: Duration::from_secs(5),
            grace: Duration::from_secs(60),
            start: Duration::from_secs(30),
        }
    }

    /// From the moment groups are durable to the moment their header can no longer reach the server.
    pub(super) fn life(&self) -> Duration {
        self.wait * 4 + self.grace
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address may hold a password.
        f.debug_struct("Settings").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// Why the ledger cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "{0} wird von einem anderen Programm benutzt. Beenden Sie zuerst den anderen Server; nichts wurde geändert."
    )]
    InUse(String),
    #[error(
        "{path} hat Format {found}, dieses Programm kennt Formate bis {known}. \
         Installieren Sie die neuere Fassung; nichts wurde geändert."
    )]
    Newer { path: String, found: i64, known: i64 },
    #[error("{0} gehört nicht zu diesem Ereignisspeicher. Prüfen Sie den Datenordner; nichts wurde geändert.")]
    Foreign(String),
    #[error("{path} gehört zu Strömen, deren Name mit „{stored}“ beginnt. Stellen Sie diesen Anfang wieder ein.")]
    Prefix { path: String, stored: String },
    #[error(
        "Der Ereignisspeicher ist beschädigt, zuerst bei Ereignis {index}: {reason}. Spielen Sie eine Sicherung ein."
    )]
    Corrupt { index: u64, reason: String },
    #[error("Der Ereignisspeicher lässt sich nicht öffnen: {0}")]
    Storage(String),
    #[error(
        "Die Adresse des Ereignisservers ist nicht lesbar. Erwartet wird esdb://name:2113 oder esdb+discover://name."
    )]
    Address,
    #[error("{file} ist für TLS nicht zu gebrauchen: {why}. Berichtigen Sie die Angabe in der Adresse.")]
    TlsFile { file: String, why: String },
    #[error("Der Ereignisserver ist nicht zu erreichen: {0}")]
    Unreachable(String),
    #[error(
        "Der Ereignisserver hat Ereignis {index} nicht mehr ({reason}). Er ist älter als das Verzeichnis hier oder ein \
         anderer. Stellen Sie seinen Stand wieder her; nichts wurde geändert."
    )]
    Older { index: u64, reason: String },
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse("eventstore.db".into()),
            None | Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { index: 0, reason: error.to_string() }
            }
            Some(_) => Self::Storage(error.to_string()),
        }
    }
}

impl From<FileError> for OpenError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::InUse(path) => Self::InUse(path),
            FileError::Foreign(path) => Self::Foreign(path),
            FileError::Newer { path, found, known } => Self::Newer { path, found, known },
            FileError::Storage(why) => Self::Storage(why),
            FileError::Sqlite(error) => error.into(),
        }
    }
}

impl From<FrontierError> for OpenError {
    fn from(error: FrontierError) -> Self {
        Self::Corrupt { index: 0, reason: error.to_string() }
    }
}

impl From<LedgerError> for OpenError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Storage(why) => Self::Storage(why),
            LedgerError::Corrupt { index, reason } => Self::Corrupt { index, reason },
        }
    }
}

pub(super) async fn open(path: &Path, settings: Settings) -> Result<EventStoreLedger, OpenError> {
    let client = address::check(&settings.address)?;
    let (store, frontier) = Store::open(path, &settings.prefix)?;
    let head = Head { size: frontier.size(), root: frontier.root() };
    let core = Arc::new(Core {
        settings,
        store,
        link: Link::new(client.clone()),
        head: watch::Sender::new(head),
        turns: watch::Sender::new(0),
        passed: watch::Sender::default(),
        asks: Default::default(),
        asked: Notify::new(),
        stop: Notify::new(),
        pulse: Pulse::default(),
        permits: Semaphore::new(append::AT_WORK),
        deadlines: Default::default(),
        started: Instant::now(),
        importing: Default::default(),
        runs: Default::default(),
        equal: Default::default(),
    });
    let reached = timeout(core.settings.start, reach(&core)).await;
    let end = match reached {
        Ok(Ok(end)) => end,
        Ok(Err(trouble)) => return Err(OpenError::Unreachable(address::explain(&client, &trouble))),
        Err(_) => return Err(OpenError::Unreachable("keine Antwort".into())),
    };
    check_tail(&core).await?;
    let running =
        sequencer::start(&core, Link::new(client), frontier).map_err(|e| OpenError::Storage(e.to_string()))?;
    let ledger = EventStoreLedger { core, sequencer: Some(running) };
    catch_up(&ledger.core, end).await?;
    Ok(ledger)
}

/// The end of `$all`, over a few tries.
async fn reach(core: &Core) -> Result<wire::Position, Trouble> {
    let mut last = Trouble::NotSent("keine Antwort".into());
    for _ in 0..3 {
        let end = match core.link.client().await {
            Err(trouble) => Err(trouble),
            Ok(held) => core.link.note(&held, wire::end(&held.client).await),
        };
        match end {
            Err(trouble @ Trouble::Refused(_)) => return Err(trouble),
            // "Closed" only repeats that an earlier attempt failed; that one said why.
            Err(trouble) if trouble.to_string().contains("closed") => {}
            Err(trouble) => last = trouble,
            Ok(end) => return Ok(end),
        }
    }
    Err(last)
}

/// The server must still hold the last events that were placed.
async fn check_tail(core: &Arc<Core>) -> Result<(), OpenError> {
    let size = core.head.borrow().size;
    let places = core.store.places_from(size.saturating_sub(TAIL), TAIL as usize)?;
    let last: HashMap<_, _> = places.iter().map(|place| (place.stream, place)).collect();
    for (stream, place) in last {
        let name = core.name(stream);
        if let Some(reason) = core.store.frozen(&name)? {
            tracing::error!(reason = %frozen(&name, &reason), "ledger: frozen stream");
            continue;
        }
        let index = place.index;
        match super::read::fetch(core, &name, place.revision, 1).await {
            Ok(found) if found.first().is_some_and(|e| event_hash(&e.data) == place.event_hash) => {}
            Ok(_) => return Err(OpenError::Older { index, reason: "dort steht ein anderes".into() }),
            Err((_, super::read::Flaw::Gone(reason))) => return Err(OpenError::Older { index, reason }),
            Err((_, super::read::Flaw::Away(why))) => return Err(OpenError::Unreachable(why)),
        }
    }
    Ok(())
}

/// Waits until everything that was there has its place; as long as something moves, it may take its time.
async fn catch_up(core: &Core, end: wire::Position) -> Result<(), OpenError> {
    let (mut passed, mut turns) = (core.passed.subscribe(), core.turns.subscribe());
    loop {
        if *passed.borrow_and_update() >= end {
            return Ok(());
        }
        if let Some(why) = core.store.failure() {
            return Err(OpenError::Storage(why));
        }
        let moved = async {
            tokio::select! {
                _ = passed.changed() => {}
                _ = turns.changed() => {}
            }
        };
        if timeout(core.settings.start, moved).await.is_err() {
            return Err(OpenError::Unreachable("seine Ereignisse kommen nicht".into()));
        }
    }
}
