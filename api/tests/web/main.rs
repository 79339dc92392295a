//! The web edge through its real router.

mod besucher;
mod formular;
mod kopfzeilen;
mod sitzung;
mod vorgang;
