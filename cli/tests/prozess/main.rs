//! The real program as a process: killed, refused, backed up, rebuilt.
//!
//! Tries no page and no rule; those have tests of their own.

mod abbruch;
mod akte;
mod besuch;
mod dokumente;
mod ordner;
mod sicherung;
mod speicher;
mod stadt;
