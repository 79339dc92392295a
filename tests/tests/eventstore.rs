//! The EventStoreDB engine: admitted by the conformance suite, and tried against a server that fails.
//!
//! Runs against a double over loopback; with `AKTE_EVENTSTORE_URL` the suite runs against a real server as well.

#[path = "eventstore/appending.rs"]
mod appending;
#[path = "eventstore/conformance.rs"]
mod conformance;
#[path = "eventstore/double.rs"]
mod double;
#[path = "eventstore/foreign.rs"]
mod foreign;
#[path = "eventstore/log.rs"]
mod log;
#[path = "eventstore/reading.rs"]
mod reading;
#[path = "eventstore/service.rs"]
mod service;
#[path = "eventstore/town.rs"]
mod town;

/// Generated from the client crate's own files.
#[expect(clippy::all, clippy::allow_attributes, reason = "nobody writes this code")]
mod protocol {
    include!(concat!(env!("OUT_DIR"), "/protocol.rs"));
}
