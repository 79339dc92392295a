//! Tests of the vault: the worked example, sealing and opening, keys and files.

mod files;
mod golden;
mod round_trip;
