//! All views anew: built beside the live files, then put in their place in one step.
//!
//! Triggers no effect of any kind: mail and letters hang on the ledger, not on views.

use crate::datei::{Art, ViewFile};
use crate::error::{Result, ViewError};
use crate::runner::{INTERNAL, Konfig, PUBLIC, Sichten, blocking, read};
use crate::sperre::Sperre;
use akte_core::vault::Reader;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::path::{Path, PathBuf};

/// Events per transaction.
const BATCH: usize = 4000;

/// Rebuilds both view files of a data folder up to the ledger's present size; returns that number of
/// events. `progress` gets the number done after every batch. Readers go on seeing the old rows until
/// the end. Refused while a runner of the same folder is running.
pub async fn rebuild(dir: &Path, reader: &Reader, konfig: &Konfig, progress: impl FnMut(u64)) -> Result<u64> {
    let _sperre = Sperre::nehmen(dir)?;
    anew(dir, reader, konfig, progress).await
}

/// The same for whoever holds the lock.
pub(crate) async fn anew(dir: &Path, reader: &Reader, konfig: &Konfig, mut progress: impl FnMut(u64)) -> Result<u64> {
    let size = reader.ledger.head().await.map_err(|e| ViewError::Ledger(e.to_string()))?.size;
    let (internal, public) = (beside(dir, INTERNAL), beside(dir, PUBLIC));
    for path in [&internal, &public] {
        remove(path)?;
    }
    let mut sichten = Sichten::open(&internal, &public, Art::Daneben, konfig)?
        .ok_or_else(|| ViewError::Corrupt("neue Sichtdatei".into()))?;
    for file in [&sichten.internal, &sichten.public] {
        file.set_erased_until(size)?;
    }
    let mut next = 0;
    let mut batch = read(reader, next, BATCH).await?;
    while !batch.is_empty() {
        batch.retain(|r| r.index < size);
        next += batch.len() as u64;
        // The next page is opened while this one is written.
        let reader = reader.clone();
        let ahead = tokio::spawn(async move { read(&reader, next, BATCH).await });
        let (back, done) = blocking(move || {
            let done = sichten.take(&batch);
            (sichten, done)
        })
        .await?;
        done?;
        sichten = back;
        progress(next);
        batch = ahead.await.map_err(|_| ViewError::Ledger("Lesen abgebrochen".into()))??;
        if next >= size {
            break;
        }
    }
    // Figures of a ledger without events, too.
    sichten.take(&[])?;
    let dir = dir.to_path_buf();
    blocking(move || put_in_place(&dir, sichten)).await??;
    Ok(next)
}

fn beside(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.neu"))
}

fn put_in_place(dir: &Path, sichten: Sichten) -> Result<()> {
    let Sichten { internal, public } = sichten;
    switch(internal, &dir.join(INTERNAL))?;
    switch(public, &dir.join(PUBLIC))
}

/// Replaces the content of the live file in one SQLite transaction, so that a reader sees the old rows
/// or the new ones; where there is no usable live file, the new one is moved there.
fn switch(new: ViewFile, live: &Path) -> Result<()> {
    let path = new.path().to_path_buf();
    if live.exists() && copy_into(new.connection(), live).is_ok() {
        drop(new);
        return remove(&path);
    }
    drop(new);
    remove(live)?;
    std::fs::File::open(&path)?.sync_all()?;
    std::fs::rename(&path, live)?;
    let dir = live.parent().unwrap_or(Path::new("."));
    Ok(std::fs::File::open(dir)?.sync_all()?)
}

pub(crate) fn copy_into(new: &Connection, live: &Path) -> Result<()> {
    let mut target = Connection::open(live)?;
    target.busy_timeout(std::time::Duration::from_secs(5))?;
    target.execute_batch("PRAGMA secure_delete=ON;")?;
    let backup = Backup::new(new, &mut target)?;
    if backup.step(-1)? != StepResult::Done {
        return Err(ViewError::Corrupt("Sichtdatei ist belegt".into()));
    }
    drop(backup);
    // What the old rows held must not live on in the log of the file.
    target.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

/// Removes a database with everything SQLite keeps beside it.
pub(crate) fn remove(path: &Path) -> Result<()> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        match std::fs::remove_file(PathBuf::from(name)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
    }
    Ok(())
}
