//! postgres-es on its documented table: `persist` writes, `get_events` loads, `stream_all_events` replays.
//!
//! Deliberately nothing of our own around it: no hash, no sealing, empty metadata.

use crate::entry::Entry;
use crate::workload::Store;
use anyhow::Result;
use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{PersistedEventRepository, SerializedEvent};
use cqrs_es::{Aggregate, DomainEvent};
use postgres_es::PostgresEventRepository;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{Executor, PgPool};
use std::convert::Infallible;
use std::sync::Arc;

/// As in the crate's `db/init.sql`.
const TABLE: &str = "CREATE TABLE events (
    aggregate_type text NOT NULL,
    aggregate_id text NOT NULL,
    sequence bigint CHECK (sequence >= 0) NOT NULL,
    event_type text NOT NULL,
    event_version text NOT NULL,
    payload json NOT NULL,
    metadata json NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence))";

#[derive(Default, Serialize, Deserialize)]
struct Vorgang;

impl DomainEvent for Entry {
    fn event_type(&self) -> String {
        "EntryWritten".into()
    }
    fn event_version(&self) -> String {
        "1.0".into()
    }
}

impl Aggregate for Vorgang {
    const TYPE: &'static str = "vorgang";
    type Command = Infallible;
    type Event = Entry;
    type Error = Infallible;
    type Services = ();

    async fn handle(&mut self, command: Infallible, (): &(), _: &EventSink<Self>) -> Result<(), Infallible> {
        match command {}
    }
    fn apply(&mut self, _: Entry) {}
}

/// The repository over a database of its own.
pub struct PostgresEs(PostgresEventRepository);

pub struct Stream {
    id: String,
    /// Number of the last event; theirs begin with 1.
    last: usize,
}

impl PostgresEs {
    /// Makes the table.
    pub async fn open(pool: PgPool) -> Result<Arc<Self>> {
        pool.execute(TABLE).await?;
        Ok(Arc::new(Self(PostgresEventRepository::new(pool))))
    }
}

impl Store for PostgresEs {
    type Writer = Stream;

    fn writer(&self, stream: u64) -> Stream {
        Stream { id: name(stream), last: 0 }
    }

    async fn write(&self, stream: &mut Stream, entries: Vec<Entry>) -> Result<()> {
        let mut events = Vec::with_capacity(entries.len());
        for (entry, sequence) in entries.iter().zip(stream.last + 1..) {
            events.push(SerializedEvent::new(
                stream.id.clone(),
                sequence,
                Vorgang::TYPE.to_owned(),
                entry.event_type(),
                entry.event_version(),
                serde_json::to_value(entry)?,
                json!({}),
            ));
        }
        self.0.persist::<Vorgang>(&events, None).await?;
        stream.last += entries.len();
        Ok(())
    }

    async fn load(&self, stream: u64) -> Result<u64> {
        Ok(self.0.get_events::<Vorgang>(&name(stream)).await?.len() as u64)
    }

    async fn replay(&self) -> Result<u64> {
        let mut stream = self.0.stream_all_events::<Vorgang>().await?;
        let mut read = 0;
        while let Some(event) = stream.next::<Vorgang>(&[]).await {
            event?;
            read += 1;
        }
        Ok(read)
    }
}

fn name(stream: u64) -> String {
    format!("00000000-0000-8000-8000-{stream:016x}")
}
