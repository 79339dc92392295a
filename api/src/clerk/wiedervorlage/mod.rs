//! Wiedervorlagen of any thing: set, moved, done; the list of what is due.
//!
//! Counts no days: the Rechenweg comes from the event.

pub mod eine;
pub mod liste;
pub mod neu;
