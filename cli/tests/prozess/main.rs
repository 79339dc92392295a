//! The real program as a process: killed, refused, backed up, rebuilt.
//!
//! Tries no page and no rule; those have tests of their own.

mod abbruch;
mod abholen;
mod akte;
mod aktenplan;
mod auskunft;
mod beleg;
mod besuch;
mod buch;
mod dokumente;
mod import;
mod knoten;
mod leistung;
mod loeschung;
mod ordner;
mod paket;
mod post;
mod protokoll;
mod pruefen;
mod quarantaene;
mod recht;
mod sicherung;
mod speicher;
mod stadt;
mod umzug;
mod wahl;
