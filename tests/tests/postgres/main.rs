//! The PostgreSQL engine on real servers: admitted by the suite, several nodes, faults, rights, certificates.

mod codes;
mod conformance;
mod cut;
mod erase;
mod kill;
mod lease;
mod memory;
mod nodes;
mod opening;
mod page;
mod proxy;
mod reading;
mod real;
mod rights;
mod tls;
mod town;
