//! What a person keeps for herself beside the record: notes, and how far she has looked.
//!
//! Lies in `local.db` alone, never in the ledger and in no export; only its owner's id ever asks for it.

use crate::local::{Local, LocalError};
use akte_core::geschaeftsgang::Objekt;
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

/// Most notes of one person on one thing.
pub const HOECHSTENS: usize = 100;

/// One note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notiz {
    pub id: i64,
    pub text: String,
    /// Unix seconds.
    pub am: i64,
}

impl Local {
    /// Keeps a note. `corr`: the procedure, so that erasing it reaches what was noted about it.
    pub async fn notiz_neu(&self, konto: Uuid, o: Objekt, corr: Uuid, text: String, am: i64) -> Result<(), LocalError> {
        self.run(move |c| {
            let sql = "INSERT INTO notiz (konto, art, objekt, corr, text, am) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let (k, id, corr) = (konto.as_bytes(), o.id.as_bytes(), corr.as_bytes());
            c.execute(sql, params![k, o.art.code(), id, corr, text, am]).map(|_| ())
        })
        .await
    }

    /// This person's notes on this thing, newest first.
    pub async fn notizen(&self, konto: Uuid, o: Objekt) -> Result<Vec<Notiz>, LocalError> {
        self.run(move |c| {
            let sql = "SELECT nr, text, am FROM notiz WHERE konto = ?1 AND art = ?2 AND objekt = ?3 ORDER BY nr DESC LIMIT ?4";
            let mut stmt = c.prepare(sql)?;
            let args = params![konto.as_bytes(), o.art.code(), o.id.as_bytes(), HOECHSTENS as i64];
            let rows = stmt.query_map(args, |r| Ok(Notiz { id: r.get(0)?, text: r.get(1)?, am: r.get(2)? }))?;
            rows.collect()
        })
        .await
    }

    /// Deletes a note of this person; another's stays.
    pub async fn notiz_loeschen(&self, konto: Uuid, id: i64) -> Result<(), LocalError> {
        self.run(move |c| {
            c.execute("DELETE FROM notiz WHERE nr = ?1 AND konto = ?2", params![id, konto.as_bytes()]).map(|_| ())
        })
        .await
    }

    /// Number of events this person had seen of this thing when last looking.
    pub async fn blick(&self, konto: Uuid, o: Objekt) -> Result<u64, LocalError> {
        let sql = "SELECT bis FROM blick WHERE konto = ?1 AND art = ?2 AND objekt = ?3";
        let bis: Option<i64> = self
            .run(move |c| {
                c.query_row(sql, params![konto.as_bytes(), o.art.code(), o.id.as_bytes()], |r| r.get(0)).optional()
            })
            .await?;
        Ok(bis.and_then(|b| u64::try_from(b).ok()).unwrap_or(0))
    }

    /// Everything below this log index was seen.
    pub async fn blick_merken(&self, konto: Uuid, o: Objekt, bis: u64) -> Result<(), LocalError> {
        let bis = i64::try_from(bis).map_err(|e| LocalError::Datei(e.to_string()))?;
        self.run(move |c| {
            let sql = "INSERT OR REPLACE INTO blick VALUES (?1, ?2, ?3, ?4)";
            c.execute(sql, params![konto.as_bytes(), o.art.code(), o.id.as_bytes(), bis]).map(|_| ())
        })
        .await
    }
}
