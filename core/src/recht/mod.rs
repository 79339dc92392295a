//! Law as versioned data, and the pure functions that compute with it.
//!
//! Knows no room, no clock and no disk. What the town's legal office has not confirmed carries
//! `verified = false`, and every page that shows a computed date says so.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One step of a computation in words, with its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rechenschritt {
    /// For example `§ 31 Abs. 3 VwVfG`.
    pub norm: String,
    /// For example `Ende am Sonntag, 01.11.2026: nächster Werktag Montag, 02.11.2026`.
    pub text: String,
}

/// A computed deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frist {
    pub regime: String,
    pub rule_version: String,
    pub begin: Date,
    pub end: Date,
    pub verified: bool,
    pub rechenweg: Vec<Rechenschritt>,
}

/// All law tables of this build, parsed once.
#[derive(Clone, Debug, Default)]
pub struct Law {}
