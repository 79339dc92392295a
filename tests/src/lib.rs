//! The town as its people see it: house rules here in `tests/`, journeys in `browser/`.
//!
//! Holds no product code; the package has dev-dependencies only.
