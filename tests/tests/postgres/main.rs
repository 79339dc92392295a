//! The PostgreSQL engine on real servers: admitted by the suite, several nodes, faults, rights, certificates.

mod conformance;
mod town;
