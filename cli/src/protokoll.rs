//! The published log as plain static files (c2sp.org/tlog-tiles), for HTTP servers, rsync and USB sticks.
//!
//! Goes on from what a folder holds: full tiles are never written again, `checkpoint` comes last by a
//! rename. So a run that was cut off leaves an older state and is simply repeated.

use akte_core::ledger::log_reader::LogReader;
use akte_core::ledger::note::{Checkpoint, Note};
use akte_core::ledger::signer::Signed;
use akte_core::ledger::tlog::policy::{Policy, Refused};
use akte_core::ledger::tlog::tile::{Kind, TilePath};
use anyhow::{Context, anyhow, bail, ensure};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use tokio::sync::watch;

const CHECKPOINT: &str = "checkpoint";
/// Longest checkpoint that is looked at.
const MAX_NOTE: u64 = 1 << 20;
/// Ending of a file that is being written.
const TEIL: &str = "teil";

/// One folder with a published log.
pub struct Ordner {
    path: PathBuf,
    /// Events whose full tiles this process has seen there.
    seen: u64,
}

/// What an update did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub size: u64,
    pub files: u64,
}

/// Keeps a mirror current after every checkpoint; a fault is told and tried again with the next.
pub async fn mirror(
    path: PathBuf,
    reader: LogReader,
    mut newest: watch::Receiver<Option<Signed>>,
    mut stop: watch::Receiver<bool>,
) {
    let mut ordner = Ordner::new(path);
    loop {
        tokio::select! {
            new = newest.changed() => if new.is_err() { return },
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let reader = reader.clone();
        // A mirror on a slow or dead disk must not hold a thread that answers pages.
        let update = move || {
            let done = tokio::runtime::Handle::current().block_on(ordner.update(&reader, |_, _| ()));
            if let Err(error) = done {
                tracing::error!(error = format!("{error:#}"), "Spiegel des Protokolls");
            }
            ordner
        };
        match tokio::task::spawn_blocking(update).await {
            Ok(back) => ordner = back,
            // Only at the end of the program.
            Err(_) => return,
        }
    }
}

impl Ordner {
    pub fn new(path: PathBuf) -> Self {
        Self { path, seen: 0 }
    }

    /// Brings the folder to the newest signed checkpoint. Refuses a folder that is not an older state of this log.
    pub async fn update(&mut self, reader: &LogReader, mut progress: impl FnMut(u64, u64)) -> anyhow::Result<Written> {
        let newest = reader.checkpoint().await?;
        let (size, note) =
            newest.context("Das Protokoll ist noch nicht unterschrieben. Starten Sie einmal `akte serve`.")?;
        let old = self.older_state(reader, size, &note).await?;
        std::fs::create_dir_all(&self.path).with_context(|| format!("{} anlegen", self.path.display()))?;
        let sizes = checkpoints_since(reader, old, size).await?;
        let (mut files, mut done) = (0, 0);
        for tile in TilePath::all(size).filter(TilePath::is_full) {
            if end(&tile) > self.seen {
                files += self.tile(reader, &tile, size).await?;
                remove_partials(&self.path.join(tile.to_string()))?;
            }
            done = if tile.kind == Kind::Entries { end(&tile) } else { done };
            progress(done, size);
        }
        for at in &sizes {
            for tile in partial_tiles(*at) {
                // Where the full tile is there it serves for every older checkpoint.
                if TilePath::at(tile.kind, tile.n, size).is_some_and(|now| !now.is_full()) {
                    files += self.tile(reader, &tile, size).await?;
                }
            }
            // The newest one is archived after it was published: until then the folder is the older state.
            let archived = if *at < size { reader.checkpoint_up_to(*at).await? } else { None };
            if let Some((found, archived)) = archived.filter(|(found, _)| found == at) {
                files += self.text(&format!("{CHECKPOINT}.{found}"), &archived)?;
            }
        }
        files += self.text("policy", &reader.policy().unwrap_or_default())?;
        files += self.text("LIESMICH.txt", &liesmich(reader.origin()))?;
        // What is published must be the tree that was signed.
        let signed = Checkpoint::parse(&Note::parse(&note)?.text)?;
        ensure!(
            reader.root(size).await? == signed.root,
            "Das Protokoll stimmt nicht mit seinem Checkpoint überein: akte verify"
        );
        files += self.text(CHECKPOINT, &note)?;
        files += self.text(&format!("{CHECKPOINT}.{size}"), &note)?;
        File::open(&self.path)?.sync_all()?;
        self.seen = size;
        progress(size, size);
        Ok(Written { size, files })
    }

    /// Size of the state in the folder, 0 where there is none yet.
    async fn older_state(&self, reader: &LogReader, size: u64, note: &str) -> anyhow::Result<u64> {
        let name = self.path.display();
        let Some(found) = read_note(&self.path.join(CHECKPOINT))? else {
            let foreign = std::fs::read_dir(&self.path)
                .into_iter()
                .flatten()
                .flatten()
                .find(|e| !ours(&e.file_name().to_string_lossy()));
            return match foreign {
                Some(e) => bail!(
                    "{name} ist kein Ordner eines Protokolls ({} liegt darin). Nennen Sie einen anderen.",
                    e.file_name().display()
                ),
                None => Ok(0),
            };
        };
        let other = "Nennen Sie einen anderen Ordner, und heben Sie diesen auf: Er ist ein Beweis.";
        let old = match Policy::of_log_keys(reader.vkeys()).accept(&found, reader.origin()) {
            Ok(accepted) => accepted.checkpoint,
            Err(Refused::Origin) => bail!("{name} gehört zu einem anderen Protokoll. {other}"),
            Err(error) => bail!(
                "{name}: Der Checkpoint darin trägt keine gültige Unterschrift dieses Protokolls ({error}). {other}"
            ),
        };
        ensure!(old.size <= size, "{name} ist neuer ({} Einträge) als dieses Protokoll ({size}). {other}", old.size);
        let root = Checkpoint::parse(&Note::parse(note)?.text)?.root;
        let continues = reader.continues((old.size, old.root), (size, root)).await?;
        ensure!(continues, "{name} weicht von diesem Protokoll ab: Eines von beiden wurde verändert. {other}");
        Ok(old.size)
    }

    /// Writes a tile unless it is there in full length; a full one is never written again.
    async fn tile(&self, reader: &LogReader, tile: &TilePath, size: u64) -> anyhow::Result<u64> {
        let path = self.path.join(tile.to_string());
        let length = u64::from(tile.width) * if tile.kind == Kind::Entries { 35 } else { 32 };
        if std::fs::metadata(&path).is_ok_and(|m| m.is_file() && m.len() == length) {
            return Ok(0);
        }
        let bytes = reader.file(tile, size).await?.ok_or_else(|| anyhow!("{tile} fehlt"))?;
        // No flush of its own: a file that a power cut left short is seen by its length and written again.
        replace(&path, &bytes)?;
        Ok(1)
    }

    /// Writes a text unless it says the same already; durable on return.
    fn text(&self, name: &str, text: &str) -> anyhow::Result<u64> {
        let path = self.path.join(name);
        if std::fs::read(&path).is_ok_and(|found| found == text.as_bytes()) {
            return Ok(0);
        }
        replace(&path, text.as_bytes())?.sync_all()?;
        Ok(1)
    }
}

/// Sizes of the stored checkpoints from `old` on, and the newest; ascending.
async fn checkpoints_since(reader: &LogReader, old: u64, newest: u64) -> anyhow::Result<Vec<u64>> {
    let (mut sizes, mut max) = (vec![newest], newest);
    while let Some(below) = max.checked_sub(1) {
        match reader.checkpoint_up_to(below).await? {
            Some((size, _)) if size >= old => sizes.push(size),
            _ => break,
        }
        max = *sizes.last().unwrap_or(&0);
    }
    sizes.reverse();
    Ok(sizes)
}

/// The tiles and the bundle at the right edge of a tree of this size that are not full.
fn partial_tiles(size: u64) -> impl Iterator<Item = TilePath> {
    let kinds = std::iter::once((Kind::Entries, 0)).chain((0..8).map(|level| (Kind::Level(level), level)));
    kinds.filter_map(move |(kind, level)| {
        let n = size.checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0);
        TilePath::at(kind, n, size).filter(|tile| !tile.is_full())
    })
}

/// Number of events a full tile and all before it cover.
fn end(tile: &TilePath) -> u64 {
    let level = if let Kind::Level(level) = tile.kind { level } else { 0 };
    (tile.n + 1).checked_shl(8 * (u32::from(level) + 1)).unwrap_or(u64::MAX)
}

fn ours(name: &str) -> bool {
    ["tile", "policy", "LIESMICH.txt"].contains(&name) || name.starts_with(CHECKPOINT) || name.ends_with(TEIL)
}

fn read_note(path: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e).with_context(|| path.display().to_string()),
        Ok(m) => ensure!(m.is_file() && m.len() <= MAX_NOTE, "{} ist kein Checkpoint", path.display()),
    }
    Ok(Some(std::fs::read_to_string(path).with_context(|| path.display().to_string())?))
}

/// New file beside it, then a rename: whole under its name or not there.
fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<File> {
    let write = || -> std::io::Result<File> {
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        let fresh = path.with_added_extension(TEIL);
        let mut file = File::create(&fresh)?;
        file.write_all(bytes)?;
        std::fs::rename(&fresh, path)?;
        Ok(file)
    };
    write().with_context(|| format!("{} schreiben", path.display()))
}

/// Partial tiles of a place that has its full tile now.
fn remove_partials(full: &Path) -> anyhow::Result<()> {
    let partials = full.with_added_extension("p");
    if partials.is_dir() {
        std::fs::remove_dir_all(&partials).with_context(|| format!("{} entfernen", partials.display()))?;
    }
    Ok(())
}

fn liesmich(origin: &str) -> String {
    format!(
        "Protokoll {origin}\n\n\
         Dieser Ordner enthält ein öffentliches Protokoll nach c2sp.org/tlog-tiles:\n\
         checkpoint            der neueste unterschriebene Stand\n\
         checkpoint.<Größe>    alle früheren Stände\n\
         tile/                 Prüfsummen (Baum nach RFC 6962) und Einträge; ein Eintrag verrät nichts über seinen Inhalt\n\
         policy                die Schlüssel des Protokolls (c2sp.org/tlog-policy)\n\n\
         Vergleichen Sie die Schlüssel in policy auf einem zweiten Weg, bevor Sie ihnen vertrauen.\n\
         Prüfen: akte verify, oder jedes Programm, das tlog-tiles liest.\n\
         Spiegeln: kopieren Sie tile/ zuerst und checkpoint zuletzt. Heben Sie alte Stände auf: Sie decken Änderungen auf.\n"
    )
}

#[cfg(test)]
mod tests;
