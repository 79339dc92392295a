//! The engines behind the port; natively written, no shared SQL layer.
//!
//! Deliberately share nothing but [`check`], the rules a batch obeys whatever stores it.

pub(crate) mod check;
pub mod memory;
#[cfg(feature = "sqlite")]
pub mod sqlite;

pub use memory::MemoryLedger;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteLedger;
