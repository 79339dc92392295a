//! What can be asked: read models built from the ledger, and nothing else.
//!
//! Does not know HTTP, commands, or which engine runs. Both view files may be deleted at any
//! time; `rebuild` makes them again, byte for byte. No view has an outside effect: mail and
//! letters hang on the ledger by event hash, so that a rebuild can never send one twice.

pub mod error;
pub mod internal;
pub mod public;
pub mod rows;
pub mod wait;
pub mod zugriff;

pub use error::ViewError;
pub use internal::InternalViews;
pub use internal::fristen::ampel;
pub use public::PublicViews;
pub use wait::Stand;
pub use zugriff::ZugriffLog;
