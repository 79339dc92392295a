//! Waiting from async code: in place where the runtime has further threads, else on the caller's own.
//!
//! Decides nothing about what is waited for; whoever waits long belongs on `spawn_blocking` all the same.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Does `work`, which may wait. A runtime with several threads goes on with its other tasks meanwhile.
pub(crate) fn in_place<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|h| h.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
