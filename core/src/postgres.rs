//! A connection to PostgreSQL for code that blocks: one thread owns it, connects anew and answers.
//!
//! Knows no table and repeats nothing: only whoever asks knows whether asking twice is harmless. The ledger's
//! engine has connections of its own.

use crate::blocking::in_place;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// After a vain try nobody waits for the next one so soon: everybody is refused at once.
const PAUSE: Duration = Duration::from_millis(500);
/// A connection that was idle for longer is asked whether it is still there.
const IDLE: Duration = Duration::from_secs(1);
/// How long an ordinary request may take.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How long the owner's work may take: making tables, rewriting one.
pub const OWNER_PATIENCE: Duration = Duration::from_secs(600);

/// What a request does with the connection.
pub type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, sqlx::Error>> + Send + 'c>>;

type Job = Box<dyn for<'c> FnOnce(&'c mut Server) -> Pin<Box<dyn Future<Output = ()> + 'c>> + Send>;

/// Why the server did not do what it was asked. Never names a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No connection: nothing was sent.
    #[error("der Datenbankserver ist nicht erreichbar ({0})")]
    Away(String),
    /// What was asked may be durable or not.
    #[error("die Verbindung zum Datenbankserver ist abgerissen ({0})")]
    Lost(String),
    /// Nothing was written; try again.
    #[error("der Datenbankserver ist gerade überlastet ({0})")]
    Busy(String),
    /// Nothing was written.
    #[error("der Datenträger des Datenbankservers ist voll")]
    Full,
    /// Nothing was written, and trying again will not help: rights or tables are not what they should be.
    #[error("der Datenbankserver lehnt ab ({0})")]
    Refused(String),
}

impl Fault {
    fn of(e: &sqlx::Error) -> Self {
        let sqlx::Error::Database(db) = e else {
            return match e {
                sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => Self::Lost(e.to_string()),
                // A row that is not there or not of the promised form.
                other => Self::Refused(other.to_string()),
            };
        };
        let code = db.code().unwrap_or_default();
        let text = format!("{code} {}", db.message());
        match code.as_ref() {
            "53100" => Self::Full,
            // Time or lock ran out, chosen as the victim of a deadlock, no memory, a standby that only reads.
            "57014" | "55P03" | "40P01" | "40001" | "53200" | "25006" => Self::Busy(text),
            // The server ends, or ended an idle transaction.
            "25P03" => Self::Lost(text),
            c if c.starts_with("57P") || c.starts_with("08") => Self::Lost(text),
            _ => Self::Refused(text),
        }
    }

    /// SQLSTATE 23505: it is there already.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Refused(text) if text.starts_with("23505"))
    }
}

/// The way to a server; connects at the first request. Dropped, its thread ends.
#[derive(Debug)]
pub struct Link {
    jobs: mpsc::Sender<Job>,
}

impl Link {
    /// Starts the thread. `name` is shown by the server (`application_name`); `patience` bounds every request.
    pub fn open(name: &str, url: &str, patience: Duration) -> Result<Self, Fault> {
        let options = url.parse::<PgConnectOptions>().map_err(|_| Fault::Refused("keine gültige Adresse".into()))?;
        // Less than our own patience, so that the server has given up when we have. A node that fell silent
        // must not keep a lock from the others.
        let server = (patience.as_millis() * 8 / 10).to_string();
        let settings = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];
        let options = options
            .application_name(name)
            .options(settings.map(|setting| (setting, server.as_str())))
            .disable_statement_logging();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| Fault::Away(e.to_string()))?;
        let (jobs, queue) = mpsc::channel::<Job>();
        let work = move || {
            let mut server = Server { options, patience, conn: None, used: now(), vain: None };
            for job in queue {
                // The connection may be in the middle of anything.
                if catch_unwind(AssertUnwindSafe(|| runtime.block_on(job(&mut server)))).is_err() {
                    server.conn = None;
                }
            }
            if let Some(conn) = server.conn {
                // A goodbye; a server that does not hear it finds out by itself.
                let _ = runtime.block_on(async { timeout(IDLE, conn.close()).await });
            }
        };
        std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(|e| Fault::Away(e.to_string()))?;
        Ok(Self { jobs })
    }

    /// Asks the server and waits for the answer. After an error the connection is not used again.
    pub fn ask<T, F>(&self, work: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> Work<'c, T> + Send + 'static,
    {
        let ended = || Fault::Lost("unterbrochen".into());
        let (answer, answered) = mpsc::sync_channel(1);
        let job: Job = Box::new(move |server| {
            Box::pin(async move {
                // Whoever asked waits until we answer.
                let _ = answer.send(server.work(work).await);
            })
        });
        self.jobs.send(job).map_err(|_| ended())?;
        in_place(|| answered.recv()).unwrap_or_else(|_| Err(ended()))
    }
}

struct Server {
    options: PgConnectOptions,
    patience: Duration,
    conn: Option<PgConnection>,
    /// When the connection last answered.
    used: Instant,
    /// When no connection could be had, and why.
    vain: Option<(Instant, Fault)>,
}

impl Server {
    async fn work<T, F>(&mut self, work: F) -> Result<T, Fault>
    where
        F: for<'c> FnOnce(&'c mut PgConnection) -> Work<'c, T>,
    {
        // Taken out, so that it is gone unless it answered well.
        let mut conn = self.connection().await?;
        let done = timeout(self.patience, work(&mut conn)).await;
        let value = done.map_err(|_| Fault::Lost("keine Antwort".into()))?.map_err(|e| Fault::of(&e))?;
        (self.conn, self.used) = (Some(conn), now());
        Ok(value)
    }

    async fn connection(&mut self) -> Result<PgConnection, Fault> {
        if let Some(mut conn) = self.conn.take() {
            let fresh = self.used.elapsed() < IDLE;
            if fresh || timeout(CONNECT, conn.ping()).await.is_ok_and(|r| r.is_ok()) {
                return Ok(conn);
            }
        }
        if let Some((_, fault)) = self.vain.as_ref().filter(|(at, _)| at.elapsed() < PAUSE) {
            return Err(fault.clone());
        }
        let made = match timeout(CONNECT, connect(&self.options)).await {
            Ok(made) => made.map_err(|e| Fault::Away(reason(&e))),
            Err(_) => Err(Fault::Away("keine Antwort".into())),
        };
        self.vain = made.as_ref().err().map(|fault| (now(), fault.clone()));
        made
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let mut conn = options.connect().await?;
    // Durable means flushed, whatever role or database are set to; a stricter setting stays.
    let sql = "SELECT set_config('synchronous_commit', 'on', false)
               WHERE current_setting('synchronous_commit') IN ('off', 'local')";
    sqlx::query(sql).execute(&mut conn).await?;
    Ok(conn)
}

fn reason(e: &sqlx::Error) -> String {
    match e {
        sqlx::Error::Database(db) => format!("{} {}", db.code().unwrap_or_default(), db.message()),
        other => other.to_string(),
    }
}

/// An identifier for a statement that takes no parameters.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[expect(clippy::disallowed_methods, reason = "how long a connection was idle; decides nothing the ledger holds")]
fn now() -> Instant {
    Instant::now()
}
