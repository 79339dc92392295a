//! The engines behind the port; natively written, no shared SQL layer.
//!
//! Deliberately share nothing but [`check`], the rules a batch obeys whatever stores it, how a file
//! is opened (`file`), and what is told of themselves (`counters`, `failure`).

pub(crate) mod check;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod counters;
#[cfg(any(feature = "eventstore", feature = "kurrentdb"))]
pub mod eventstore;
mod failure;
#[cfg(any(feature = "sqlite", feature = "eventstore", feature = "kurrentdb"))]
mod file;
pub mod memory;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;

#[cfg(any(feature = "eventstore", feature = "kurrentdb"))]
pub use eventstore::EventStoreLedger;
pub use memory::MemoryLedger;
#[cfg(feature = "postgres")]
pub use postgres::PostgresLedger;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteLedger;
