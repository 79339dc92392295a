//! Which Vorgang a case code opens: hashes of the codes in force, never a code.
//!
//! Internal only: the public status view holds no stream, so a leak there leads nowhere.

use crate::datei::View;
use crate::ereignis::{Recorded, decode};
use crate::error::Result;
use crate::public::status::CodeSha256;
use akte_core::verfahren::VorgangEvent;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// Feeds `fallcode`.
pub struct Codes(CodeSha256);

impl Codes {
    pub fn new(code: CodeSha256) -> Self {
        Self(code)
    }
}

impl View for Codes {
    fn name(&self) -> &'static str {
        "codes"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE fallcode(vorgang BLOB PRIMARY KEY, code BLOB NOT NULL UNIQUE, generation INTEGER NOT NULL) WITHOUT ROWID;"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        let generation = match r.wire.as_str() {
            "antrag.submitted.v1" => 0,
            "code.revoked.v1" => match decode::<VorgangEvent>(r)? {
                // Counted where the number was erased: a revoked code never opens a case again.
                Some(VorgangEvent::CodeRevoked { generation, .. }) => generation.max(known(db, r.stream)? + 1),
                _ => return Ok(()),
            },
            _ => return Ok(()),
        };
        let code = (self.0)(r.stream, generation);
        db.prepare_cached("INSERT OR REPLACE INTO fallcode VALUES(?1,?2,?3)")?.execute(params![
            r.stream.into_bytes(),
            code,
            generation
        ])?;
        Ok(())
    }
}

/// Generation of the code in force so far.
fn known(db: &Connection, vorgang: Uuid) -> Result<u32> {
    let mut stmt = db.prepare_cached("SELECT generation FROM fallcode WHERE vorgang=?1")?;
    Ok(stmt.query_row([vorgang.into_bytes()], |r| r.get(0)).optional()?.unwrap_or_default())
}

/// The case of a code in force.
pub fn vorgang(db: &Connection, code: [u8; 32]) -> Result<Option<Uuid>> {
    let mut stmt = db.prepare_cached("SELECT vorgang FROM fallcode WHERE code=?1")?;
    Ok(stmt.query_row([code], |r| r.get::<_, [u8; 16]>(0)).optional()?.map(Uuid::from_bytes))
}
