//! disintegrate-postgres: `append` with a query by stream as its optimistic check, `stream` for reading.
//!
//! Deliberately changes nothing of it but one literal where its set-up fails: `0xFFFFFFFF` is no number before
//! PostgreSQL 16. Its statements are then read from the crate's own folder, and none of them is kept here.

use crate::entry::Entry;
use crate::workload::Store;
use anyhow::{Context, Result, bail};
use disintegrate::serde::json::Json;
use disintegrate::{Event, EventStore, StreamItem, query};
use disintegrate_postgres::{Error, PgEventStore};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use sqlx::{Executor, PgPool};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// In the order of its own migrator.
const SET_UP: [&str; 5] = [
    "seq_event_event_id",
    "table_event",
    "idx_event_type",
    "fn_event_store_current_epoch",
    "fn_event_store_begin_epoch",
];
/// As its migrator adds a domain identifier.
const STREAM_COLUMN: &str = "ALTER TABLE event ADD COLUMN IF NOT EXISTS stream_id TEXT;
    CREATE INDEX IF NOT EXISTS idx_event_stream_id ON event (stream_id) WHERE stream_id IS NOT NULL";
/// Attempts at one append before the run is given up.
const TRIES: u32 = 1000;

#[derive(Clone, Debug, PartialEq, Eq, Event, Serialize, Deserialize)]
pub enum Written {
    EntryWritten {
        #[id]
        stream_id: String,
        entry: Entry,
    },
}

/// The event store over a database of its own.
pub struct Disintegrate {
    store: PgEventStore<Written, Json<Written>>,
    repeated: AtomicU64,
}

pub struct Stream {
    id: String,
    last: i64,
}

impl Disintegrate {
    /// Sets it up; whether a literal had to be changed for that.
    pub async fn open(pool: PgPool) -> Result<(Arc<Self>, bool)> {
        let (store, changed) = match PgEventStore::try_new(pool.clone(), Json::default()).await {
            Ok(store) => (store, false),
            Err(_) => {
                set_up(&pool).await?;
                (PgEventStore::new_uninitialized(pool, Json::default()), true)
            }
        };
        Ok((Arc::new(Self { store, repeated: AtomicU64::new(0) }), changed))
    }
}

async fn set_up(pool: &PgPool) -> Result<()> {
    let folder = crate_folder("disintegrate-postgres")?.join("src/event_store/sql");
    for name in SET_UP {
        let sql = std::fs::read_to_string(folder.join(name).with_extension("sql"))?;
        pool.execute(sql.replace("0xFFFFFFFF", "4294967295").as_str()).await.with_context(|| name.to_owned())?;
    }
    pool.execute(STREAM_COLUMN).await?;
    Ok(())
}

/// Where cargo keeps the source of a dependency.
fn crate_folder(name: &str) -> Result<PathBuf> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let done = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--offline", "--manifest-path", manifest])
        .output()?;
    anyhow::ensure!(done.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&done.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&done.stdout)?;
    let packages = metadata["packages"].as_array().context("packages")?;
    let package = packages.iter().find(|p| p["name"] == name).with_context(|| name.to_owned())?;
    let manifest = PathBuf::from(package["manifest_path"].as_str().context("manifest_path")?);
    Ok(manifest.parent().context("folder")?.to_owned())
}

impl Store for Disintegrate {
    type Writer = Stream;

    fn writer(&self, stream: u64) -> Stream {
        Stream { id: name(stream), last: 0 }
    }

    async fn write(&self, stream: &mut Stream, entries: Vec<Entry>) -> Result<()> {
        let events: Vec<_> =
            entries.into_iter().map(|entry| Written::EntryWritten { stream_id: stream.id.clone(), entry }).collect();
        for _ in 0..TRIES {
            let query = query!(Written; stream_id == stream.id);
            match self.store.append(events.clone(), query, stream.last).await {
                Ok(stored) => {
                    stream.last = stored.last().context("an event")?.id();
                    return Ok(());
                }
                Err(error) if again(&error) => _ = self.repeated.fetch_add(1, Relaxed),
                Err(error) => return Err(error.into()),
            }
        }
        bail!("{TRIES} attempts at one append")
    }

    async fn load(&self, stream: u64) -> Result<u64> {
        let query = query!(Written; stream_id == name(stream));
        self.count(&query).await
    }

    async fn replay(&self) -> Result<u64> {
        self.count(&query!(Written)).await
    }

    fn repeated(&self) -> u64 {
        self.repeated.load(Relaxed)
    }
}

impl Disintegrate {
    async fn count(&self, query: &disintegrate::StreamQuery<i64, Written>) -> Result<u64> {
        let mut stream = self.store.stream(query);
        let mut read = 0;
        while let Some(item) = stream.next().await {
            if let StreamItem::Event(_) = item? {
                read += 1;
            }
        }
        Ok(read)
    }
}

/// A serialization failure: its callers decide anew, here on the same stream end.
fn again(error: &Error) -> bool {
    match error {
        Error::Concurrency => true,
        Error::Database(sqlx::Error::Database(said)) => said.code().is_some_and(|code| code == "40001"),
        _ => false,
    }
}

fn name(stream: u64) -> String {
    format!("00000000-0000-8000-8000-{stream:016x}")
}
