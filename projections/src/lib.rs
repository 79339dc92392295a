//! What can be asked: read models built from the ledger, and nothing else.
//!
//! Does not know HTTP, commands, or which engine runs. Both view files may be deleted at any
//! time; `rebuild` makes them again, byte for byte.

pub mod rows;
