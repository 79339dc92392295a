//! One timeline per procedure, read from `ereignis`; names of accounts are put in when it is read.
//!
//! Writes nothing: a name that is erased tomorrow is gone from yesterday's line too.

use super::konten;
use crate::error::Result;
use crate::pool;
use crate::rows::EreignisRow;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, Params};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Every event of one procedure, oldest first.
pub fn of(db: &Connection, corr: Uuid) -> Result<Vec<EreignisRow>> {
    select(db, "corr=?1 ORDER BY idx", [corr.as_bytes()])
}

/// Rows of `ereignis` under a condition, with the names the accounts have now.
pub fn select(db: &Connection, cond: &str, args: impl Params) -> Result<Vec<EreignisRow>> {
    let sql = format!("SELECT idx,stream,seq,wire,at,akteur,fuer,satz,hash,corr FROM ereignis WHERE {cond}");
    let mut stmt = db.prepare_cached(&sql)?;
    let mut rows = stmt.query(args)?;
    let mut namen = Namen { db, known: BTreeMap::new() };
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        let akteur: String = r.get(5)?;
        let satz: String = r.get(7)?;
        out.push(EreignisRow {
            index: r.get(0)?,
            stream: Uuid::from_bytes(r.get(1)?),
            seq: r.get(2)?,
            wire: r.get(3)?,
            at: pool::time(r.get(4)?)?,
            akteur_name: namen.of(&akteur)?,
            akteur,
            fuer: r.get(6)?,
            satz: namen.fill(&satz)?,
            hash: URL_SAFE_NO_PAD.encode(r.get::<_, [u8; 32]>(8)?),
            corr: Uuid::from_bytes(r.get(9)?),
        });
    }
    Ok(out)
}

/// Names of accounts, each looked up once per answer.
struct Namen<'a> {
    db: &'a Connection,
    known: BTreeMap<String, Option<String>>,
}

impl Namen<'_> {
    fn of(&mut self, id: &str) -> Result<Option<String>> {
        if let Some(name) = self.known.get(id) {
            return Ok(name.clone());
        }
        let name = match id.parse::<Uuid>() {
            Ok(konto) => konten::name(self.db, konto)?,
            Err(_) => None,
        };
        self.known.insert(id.to_owned(), name.clone());
        Ok(name)
    }

    /// Replaces `{uuid}` by the account's name, or by words where it has none.
    fn fill(&mut self, satz: &str) -> Result<String> {
        let mut out = String::with_capacity(satz.len());
        let mut rest = satz;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((id, tail)) = after.split_once('}') else {
                out.push('{');
                rest = after;
                continue;
            };
            out.push_str(&self.of(id)?.unwrap_or_else(|| "ein Konto ohne Namen".into()));
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
    }
}
