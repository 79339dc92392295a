//! What an error of the server or of the connection says about a transaction: certainly not written, or unknown.
//!
//! Deliberately errs to "unknown": certain is only what the server said itself before a COMMIT, or what was never asked.

use crate::ledger::port::{AppendError, LedgerError};
use sqlx::Error;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// How far a transaction was when it broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// COMMIT was not sent: without it the server rolls back.
    Open,
    /// COMMIT, or a statement that commits by itself, is on its way.
    Committing,
}

/// A group that did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// Deadlock, serialization failure, somebody was quicker: certainly not written, decide anew at once.
    Again(String),
    /// Certainly not written, later perhaps: no connection, no lock, a standby.
    Busy(String),
    /// Certainly not written for want of space.
    DiskFull,
    /// Certainly not written, and never will be.
    Refused(String),
    /// Nobody knows.
    Unknown(String),
    /// Head row and events contradict each other: going on would make it worse.
    Contradiction(String),
}

impl From<Broken> for AppendError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Again(_) | Broken::Busy(_) => Self::Pushback,
            Broken::DiskFull => Self::DiskFull,
            Broken::Refused(why) => Self::Malformed(why),
            Broken::Unknown(why) | Broken::Contradiction(why) => Self::OutcomeUnknown(why),
        }
    }
}

impl From<Broken> for LedgerError {
    fn from(broken: Broken) -> Self {
        Self::Storage(match broken {
            Broken::Again(why) | Broken::Busy(why) | Broken::Refused(why) => format!("{why}; nothing was changed"),
            Broken::DiskFull => "disk full; nothing was changed".into(),
            Broken::Unknown(why) => format!("outcome unknown: {why}"),
            Broken::Contradiction(why) => why,
        })
    }
}

/// Judges an error by its stage.
pub(super) fn judge(error: &Error, stage: Stage) -> Broken {
    let why = error.to_string();
    let database = match error {
        Error::Database(database) => database.try_downcast_ref::<PgDatabaseError>(),
        _ => None,
    };
    match (database, stage) {
        (Some(said), _) if said.severity() == PgSeverity::Error => by_code(said, why),
        // The client could not even make the message.
        (None, _) if matches!(error, Error::Encode(_) | Error::ColumnNotFound(_)) => Broken::Refused(why),
        (None, Stage::Open) if matches!(error, Error::Decode(_) | Error::ColumnDecode { .. } | Error::RowNotFound) => {
            Broken::Contradiction(why)
        }
        (_, Stage::Open) => Broken::Busy(why),
        (_, Stage::Committing) => Broken::Unknown(why),
    }
}

/// An error of severity ERROR rolls its transaction back, also while it commits.
fn by_code(said: &PgDatabaseError, why: String) -> Broken {
    match said.code() {
        "40001" | "40P01" => Broken::Again(why),
        // The stream got events past the lock; the heads are read again.
        "23505" if said.constraint() == Some("events_pkey") => Broken::Again(why),
        "23505" => Broken::Contradiction(format!("rows lie where the head says nothing is: {why}")),
        "53100" => Broken::DiskFull,
        "XX001" | "XX002" => Broken::Contradiction(why),
        code if code.starts_with("22") => Broken::Refused(why),
        _ => {
            tracing::error!(reason = %why, "ledger: the server refuses to store; nothing was written");
            Broken::Busy(why)
        }
    }
}

/// Whether asking again on another connection may help a read.
pub(super) fn connection_lost(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::WorkerCrashed => true,
        Error::Database(said) => said.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08")),
        _ => false,
    }
}
