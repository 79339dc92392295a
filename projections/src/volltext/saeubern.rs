//! After an erasure: the file anew from the rows whose documents can still be opened, so that no page of it keeps a
//! word of the others.
//!
//! Words are shared by many documents, and an index keeps deleted ones for a while; a new file holds neither.
//! No document is read again for it.

use super::{Datei, Sperre, VOLLTEXT, Zeile};
use crate::error::{Result, ViewError};
use crate::rebuild;
use crate::runner::blocking;
use akte_core::ledger::header::Header;
use akte_core::vault::{Reader, open};
use std::collections::HashSet;
use std::path::Path;
use uuid::Uuid;

/// Events looked through at once.
const PAGE: usize = 2_000;
/// Rows per transaction.
const ROWS: usize = 500;

/// Returns when the file holds no word of what the requests up to `request` erased. Repeating it costs nothing.
pub async fn saeubern(dir: &Path, reader: &Reader, request: u64) -> Result<()> {
    if !dir.join(VOLLTEXT).exists() {
        return Ok(());
    }
    let own = dir.to_path_buf();
    let sperre = blocking(move || Sperre::warten(&own)).await??;
    let datei = Datei::oeffnen(dir, &sperre)?;
    if datei.cleaned_until()? > request {
        return Ok(());
    }
    let next = datei.next()?;
    drop(datei);
    let lebend = lebend(reader, next).await?;
    let dir = dir.to_path_buf();
    blocking(move || neu(&dir, &sperre, &lebend, request)).await?
}

/// Log index and stream of every event that names a document which can still be opened.
async fn lebend(reader: &Reader, until: u64) -> Result<HashSet<(u64, Uuid)>> {
    let fault = |e: &dyn std::fmt::Display| ViewError::Ledger(e.to_string());
    let (mut out, mut next) = (HashSet::new(), 0);
    while next < until {
        let page = reader.ledger.read_all(next, PAGE).await.map_err(|e| fault(&e))?;
        let Some(last) = page.last() else { break };
        next = last.index + 1;
        for stored in &page {
            let header = Header::parse(&stored.header).map_err(|e| fault(&e))?;
            if !nennt_dokument(&header.wire) {
                continue;
            }
            let r = open(stored, Some(&reader.vault)).map_err(|e| fault(&e))?;
            if r.data.get("dokument").is_some_and(|d| !d.is_null()) {
                out.insert((r.index, r.stream));
            }
        }
    }
    Ok(out)
}

/// Whether an event of this name may bring a version of a document.
pub fn nennt_dokument(wire: &str) -> bool {
    matches!(wire, "dokument.added.v1" | "dokument.version_added.v1" | "dokument.imported.v1")
}

fn neu(dir: &Path, sperre: &Sperre, lebend: &HashSet<(u64, Uuid)>, request: u64) -> Result<()> {
    let live = dir.join(VOLLTEXT);
    let beside = dir.join(format!("{VOLLTEXT}.neu"));
    let old = Datei::oeffnen(dir, sperre)?;
    let mut new = Datei::daneben(&beside)?;
    let (next, mut nach) = (old.next()?, -1);
    loop {
        let (zeilen, letzte) = seite(&old, nach)?;
        let Some(letzte) = letzte else { break };
        nach = letzte;
        let bleibt: Vec<Zeile> = zeilen.into_iter().filter(|z| lebend.contains(&(z.nr, z.dokument))).collect();
        new.nehmen(&bleibt, next)?;
    }
    new.merken("naechstes", next)?;
    new.merken("bereinigt_bis", request + 1)?;
    drop(old);
    if rebuild::copy_into(&new.db, &live).is_err() {
        // Whoever still reads the old file keeps an unnamed one; it ends with them.
        rebuild::remove(&live)?;
        drop(new);
        std::fs::File::open(&beside)?.sync_all()?;
        std::fs::rename(&beside, &live)?;
        return Ok(std::fs::File::open(dir)?.sync_all()?);
    }
    drop(new);
    rebuild::remove(&beside)
}

/// The next rows of the old file and the number of the last one.
fn seite(old: &Datei, nach: i64) -> Result<(Vec<Zeile>, Option<i64>)> {
    let mut stmt =
        old.db.prepare_cached("SELECT nr, dokument, ausgang, text FROM inhalt WHERE nr>?1 ORDER BY nr LIMIT ?2")?;
    let mut rows = stmt.query(rusqlite::params![nach, ROWS as i64])?;
    let (mut out, mut last) = (Vec::new(), None);
    while let Some(r) = rows.next()? {
        let nr: i64 = r.get(0)?;
        last = Some(nr);
        let dokument = Uuid::from_bytes(r.get(1)?);
        out.push(Zeile { nr: nr.unsigned_abs(), dokument, ausgang: r.get(2)?, text: r.get(3)? });
    }
    Ok((out, last))
}
