//! What can be asked: read models built from the ledger, and nothing else.
//!
//! Does not know HTTP, commands, or which engine runs. Both view files may be deleted at any
//! time; `rebuild` makes them again, byte for byte. No view has an outside effect: mail and
//! letters hang on the ledger by event hash, so that a rebuild can never send one twice.

pub mod datei;
pub mod dump;
pub mod ereignis;
pub mod error;
pub mod internal;
pub mod pool;
pub mod public;
pub mod rebuild;
pub mod rows;
pub mod runner;
pub mod satz;
mod sperre;
pub mod volltext;
pub mod wait;
pub mod zugriff;

pub use datei::private_file;
pub use dump::dump;
pub use error::ViewError;
pub use internal::InternalViews;
pub use internal::fristen::ampel;
pub use public::PublicViews;
pub use rebuild::rebuild;
pub use runner::{Konfig, Runner};
pub use wait::Stand;
pub use zugriff::ZugriffLog;
