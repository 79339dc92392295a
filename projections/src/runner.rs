//! Catching up: from the ledger's next event to rows and position, batch by batch, for ever.
//!
//! Writes no event and has no outside effect. A storage error stops the batch, not the ledger: the
//! same batch is tried again, and nothing of it was kept.

use crate::datei::{Art, ViewFile};
use crate::ereignis::Gelesen;
use crate::error::{Result, ViewError};
use crate::public::datensatz;
use crate::public::status::CodeSha256;
use crate::public::zahlen::Austausch;
use crate::rebuild;
use crate::sperre::Sperre;
use crate::wait::Stand;
use crate::{internal, public, volltext};
use akte_core::stadt::Stadt;
use akte_core::vault::{Reader, open};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// File of the internal views in the data folder.
pub const INTERNAL: &str = "internal.db";
/// File of the public views in the data folder.
pub const PUBLIC: &str = "public.db";
/// Events per transaction.
const BATCH: usize = 1000;
/// Longest sleep without a look at the ledger.
const POLL: Duration = Duration::from_millis(500);

/// What the views need to know of the town; everything else comes from events.
#[derive(Clone)]
pub struct Konfig {
    /// Zone of local dates.
    pub zone: TimeZone,
    /// Smallest count that may be published.
    pub k: u32,
    pub code_sha256: CodeSha256,
}

impl Konfig {
    /// From `stadt.toml` and the vault that derives the case codes.
    pub fn new(stadt: &Stadt, reader: &Reader) -> Result<Self> {
        let zone = TimeZone::get(&stadt.zeitzone)
            .map_err(|_| ViewError::Corrupt("zeitzone in stadt.toml unbekannt".into()))?;
        let vault = reader.vault.clone();
        let code = move |stream, generation| Sha256::digest(vault.keys().case_code(stream, generation)).into();
        Ok(Self { zone, k: stadt.k, code_sha256: Arc::new(code) })
    }
}

/// Both view files, written together: internal first, then public.
pub struct Sichten {
    pub internal: ViewFile,
    pub public: ViewFile,
}

impl Sichten {
    /// Opens or creates both files; `None` if either was written by other code.
    pub fn open(internal: &Path, public: &Path, art: Art, konfig: &Konfig) -> Result<Option<Self>> {
        let austausch = Austausch::default();
        let views = internal::views(&konfig.zone, konfig.k, &konfig.code_sha256, &austausch);
        let Some(internal) = ViewFile::open(internal, art, views)? else { return Ok(None) };
        let views = public::views(&konfig.zone, &konfig.code_sha256, &austausch);
        let Some(public) = ViewFile::open(public, art, views)? else { return Ok(None) };
        austausch.offer(internal::zahlen::published(internal.connection())?);
        austausch.1.offer(internal::umstieg::published(internal.connection())?);
        Ok(Some(Self { internal, public }))
    }

    /// Takes in a batch of consecutive events.
    pub fn take(&mut self, batch: &[Gelesen]) -> Result<()> {
        self.internal.take(batch)?;
        self.public.take(batch)
    }

    /// Index of the next event one of the running views needs.
    pub fn next(&self) -> u64 {
        self.internal.next().min(self.public.next())
    }

    /// Lets parked views try again.
    pub fn resume(&mut self) {
        self.internal.resume();
        self.public.resume();
    }
}

/// The one writer of the view files.
pub struct Runner {
    _sperre: Sperre,
    dir: PathBuf,
    reader: Reader,
    konfig: Konfig,
    sichten: Option<Sichten>,
    moved: watch::Sender<u64>,
    stand: Stand,
    asked: (mpsc::Sender<Auftrag>, mpsc::Receiver<Auftrag>),
}

/// Clean the views of everything requested up to this log index, and say how it ended.
type Auftrag = (u64, oneshot::Sender<Result<()>>);

/// Handle by which an erasure has the views cleaned while the runner runs; cheap to clone.
#[derive(Clone)]
pub struct Bereinigung(mpsc::Sender<Auftrag>);

impl Bereinigung {
    /// Returns when no row, word or write-ahead log holds what the requests up to `request` erased.
    pub async fn bereinigen(&self, request: u64) -> Result<()> {
        let (answer, done) = oneshot::channel();
        let ended = || ViewError::Corrupt("die Sichten werden gerade beendet".into());
        self.0.send((request, answer)).await.map_err(|_| ended())?;
        done.await.map_err(|_| ended())?
    }
}

impl Runner {
    /// Opens the views of a data folder, or builds them if they are missing or made by other code.
    pub async fn start(dir: &Path, reader: Reader, konfig: Konfig) -> Result<Self> {
        let sperre = Sperre::nehmen(dir)?;
        let (internal, public) = (dir.join(INTERNAL), dir.join(PUBLIC));
        let there = internal.exists() && public.exists();
        let opened = match there {
            true => Sichten::open(&internal, &public, Art::Live, &konfig).unwrap_or(None),
            false => None,
        };
        let sichten = match opened {
            Some(s) => s,
            None => {
                rebuild::anew(dir, &reader, &konfig, |_| {}).await?;
                open_live(dir, &konfig)?
            }
        };
        let (moved, stand) = Stand::new(sichten.next());
        let asked = mpsc::channel(4);
        Ok(Self {
            _sperre: sperre,
            dir: dir.to_path_buf(),
            reader,
            konfig,
            sichten: Some(sichten),
            moved,
            stand,
            asked,
        })
    }

    /// Handle for pages that wait for their own write.
    pub fn stand(&self) -> Stand {
        self.stand.clone()
    }

    /// Handle for erasures.
    pub fn bereinigung(&self) -> Bereinigung {
        Bereinigung(self.asked.0.clone())
    }

    /// Builds the views anew after keys were destroyed, so that nothing of what they opened is left in the files.
    /// Words of the search are shared by many cases: only a new build knows which of them are still said.
    /// Repeating it costs nothing: the files remember up to which request they are clean.
    pub async fn bereinigen(&mut self, request: u64) -> Result<()> {
        let clean = |s: &Sichten| -> Result<bool> {
            Ok(s.internal.cleaned_until()? > request && s.public.cleaned_until()? > request)
        };
        if !clean(self.sichten()?)? {
            self.rebuild().await?;
        }
        let sichten = self.sichten()?;
        for file in [&sichten.internal, &sichten.public] {
            // Cut first: what is noted as clean must be clean.
            file.cut_wal()?;
            file.set_cleaned_until(file.cleaned_until()?.max(request + 1))?;
        }
        volltext::saeubern::saeubern(&self.dir, &self.reader, request).await?;
        self.moved.send_replace(self.sichten()?.next());
        Ok(())
    }

    /// Takes in everything the ledger has now; returns the number of events taken in.
    pub async fn catch_up(&mut self) -> Result<u64> {
        loop {
            let from = self.sichten()?.next();
            let batch = read(&self.reader, from, BATCH).await?;
            if batch.is_empty() {
                self.moved.send_replace(from);
                return Ok(from);
            }
            if self.erases(&batch)? {
                self.rebuild().await?;
                continue;
            }
            let mut sichten = self.sichten.take().ok_or_else(gone)?;
            let (back, done) = blocking(move || {
                let done = sichten.take(&batch);
                (sichten, done)
            })
            .await?;
            let next = back.next();
            self.sichten = Some(back);
            done?;
            if next <= from {
                return Err(ViewError::Corrupt("keine Sicht kommt voran".into()));
            }
            self.moved.send_replace(next);
        }
    }

    /// An erasure was confirmed after these rows were built: they may hold what is gone now.
    fn erases(&self, batch: &[Gelesen]) -> Result<bool> {
        let internal = &self.sichten()?.internal;
        let (built, cleaned) = (internal.erased_until()?, internal.cleaned_until()?);
        let request = |r: &Gelesen| r.data.get("request").and_then(|v| v.get("idx")?.as_u64()).unwrap_or(u64::MAX);
        let confirmed = batch.iter().filter(|r| r.wire == "erasure.confirmed.v1");
        Ok(confirmed.into_iter().any(|r| r.index >= built && request(r) >= cleaned))
    }

    async fn rebuild(&mut self) -> Result<()> {
        self.sichten = None;
        let done = rebuild::anew(&self.dir, &self.reader, &self.konfig, |_| {}).await;
        self.sichten = Some(open_live(&self.dir, &self.konfig)?);
        done.map(|_| ())
    }

    /// Lets parked views try again, for example after a key came back.
    pub async fn resume(&mut self) -> Result<u64> {
        self.sichten.as_mut().ok_or_else(gone)?.resume();
        self.catch_up().await
    }

    /// Follows the ledger until `stop` is set or dropped. Errors are logged and tried again.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let size = match self.catch_up().await {
                Ok(size) => size,
                Err(error) => {
                    tracing::error!(%error, "Sichten kommen nicht voran");
                    // Wait a moment even if the ledger moves: the fault is here.
                    let _ = tokio::time::timeout(POLL, stop.changed()).await;
                    continue;
                }
            };
            tokio::select! {
                () = self.reader.ledger.wait(size, POLL) => {}
                Some((request, answer)) = self.asked.1.recv() => {
                    // Whoever asked may have given up meanwhile; the views are clean all the same.
                    let _ = answer.send(self.bereinigen(request).await);
                }
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    fn sichten(&self) -> Result<&Sichten> {
        self.sichten.as_ref().ok_or_else(gone)
    }
}

fn gone() -> ViewError {
    ViewError::Corrupt("Sichten sind nicht geöffnet".into())
}

fn open_live(dir: &Path, konfig: &Konfig) -> Result<Sichten> {
    let opened = Sichten::open(&dir.join(INTERNAL), &dir.join(PUBLIC), Art::Live, konfig)?;
    opened.ok_or_else(|| ViewError::Corrupt("Sichten haben nach dem Aufbau eine fremde Form".into()))
}

/// Opens a page of the ledger off the async threads: unsealing is work.
pub async fn read(reader: &Reader, from: u64, limit: usize) -> Result<Vec<Gelesen>> {
    let page = reader.ledger.read_all(from, limit).await.map_err(|e| ViewError::Ledger(e.to_string()))?;
    let opened = page.iter().map(|stored| {
        let r = open(stored, Some(&reader.vault)).map_err(|e| ViewError::Ledger(e.to_string()))?;
        let beleg = datensatz::beleg(stored, &r);
        Ok(Gelesen { r, beleg })
    });
    opened.collect()
}

/// Runs blocking work beside the async threads.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| ViewError::Corrupt("Abbruch in einer Sicht".into()))
}
