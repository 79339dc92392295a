//! The town as its people see it: house rules here in `tests/`, journeys in `browser/`.
//!
//! Holds no product code, only what tests of several packages stand on.

pub mod briefkasten;
pub mod cluster;
pub mod eimer;
mod ordner;
pub mod postamt;
pub mod schnitt;
pub mod virenwache;
