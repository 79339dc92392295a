//! What citizens do: find a service, apply, look at their own case. One use case is one file.

pub mod start;
