//! What lies with whom: runs of documents, Wiedervorlagen, tasks, watching.
//!
//! Grants nothing: whoever opens a row is asked for the right again.

pub mod aufgabe;
pub mod beobachtung;
pub mod umlauf;
pub mod wiedervorlage;

use crate::error::{Result, ViewError};
use akte_core::geschaeftsgang::{Objekt, Objektart};
use rusqlite::types::Value;
use uuid::Uuid;

/// `(?,?,…)` for these ids, which are put after the arguments so far.
fn ids(konten: &[Uuid], args: &mut Vec<Value>) -> String {
    args.extend(konten.iter().map(|k| Value::Blob(k.as_bytes().to_vec())));
    format!("({})", vec!["?"; konten.len()].join(","))
}

/// A thing as two columns hold it.
fn objekt(art: &str, id: [u8; 16]) -> Result<Objekt> {
    let art = Objektart::lesen(art).ok_or_else(|| ViewError::Corrupt("Objekt".into()))?;
    Ok(Objekt::neu(art, Uuid::from_bytes(id)))
}
