//! The readers of the house: a few processes kept alive, each replaced when it is silent, dead or used up.
//!
//! Ends only what it started. A file that brings its reader down gets an outcome, never an error of the house.

use super::rahmen;
use akte_core::auszug::{Art, Ausgang, Auszug, Grenzen};
use anyhow::Context;
use axum::body::Bytes;
use std::io::Result;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Longest silence over one file.
pub const ZEIT: Duration = Duration::from_secs(30);
/// Readers at work at once.
const LESER: usize = 2;
/// Files one reader reads before it is replaced, well within its processor time.
const JE_LESER: u32 = 200;
/// Bytes of an answer: the text, escaped.
const ANTWORT: usize = 8 << 20;

/// A child that may be ended from elsewhere while somebody waits for its answer.
type Kind = Arc<Mutex<Child>>;

/// One running reader and the thread that speaks with it.
struct Leser {
    kind: Kind,
    an: Sender<Bytes>,
    von: Receiver<Result<Option<Vec<u8>>>>,
    gelesen: u32,
}

/// How a request ended without an answer.
enum Stumm {
    Zeit,
    Tot,
}

/// All readers of one program.
pub struct Werkstatt {
    programm: PathBuf,
    zeit: Duration,
    plaetze: Semaphore,
    ruhend: Mutex<Vec<Leser>>,
    kinder: Mutex<Vec<Kind>>,
    beendet: AtomicBool,
}

impl Werkstatt {
    /// Readers are started when there is something to read.
    pub fn neu(zeit: Duration) -> anyhow::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            programm: std::env::current_exe().context("eigenes Programm")?,
            zeit,
            plaetze: Semaphore::new(LESER),
            ruhend: Mutex::default(),
            kinder: Mutex::default(),
            beendet: AtomicBool::new(false),
        }))
    }

    /// What stands in a file. An error means that no reader can be started, not that the file is bad.
    pub async fn lesen(self: &Arc<Self>, bytes: Bytes) -> anyhow::Result<Auszug> {
        if bytes.len() > Grenzen::default().bytes {
            return Ok(Auszug::ohne(Art::Unbekannt, Ausgang::ZuGross));
        }
        let _platz = self.plaetze.acquire().await?;
        let own = self.clone();
        Ok(tokio::task::spawn_blocking(move || own.bearbeiten(&bytes)).await??)
    }

    /// Ends all readers at once; what is being read gets no answer.
    pub fn beenden(&self) {
        self.beendet.store(true, Ordering::SeqCst);
        for kind in sperren(&self.kinder).drain(..) {
            // Ended already is as good.
            let _ = sperren(&kind).kill();
        }
    }

    /// A file may have met a reader that was worn out by others, so a dead one is tried once more with a new one.
    fn bearbeiten(&self, bytes: &Bytes) -> Result<Auszug> {
        let mut letzter = Ausgang::Abgebrochen;
        for versuch in 0..2 {
            let ruhend = if versuch == 0 { sperren(&self.ruhend).pop() } else { None };
            let mut leser = match ruhend {
                Some(leser) => leser,
                None => self.starten()?,
            };
            match leser.fragen(bytes, self.zeit) {
                Ok(gelesen) => {
                    self.zurueck(leser);
                    return Ok(gelesen);
                }
                Err(stumm) => {
                    self.vergessen(leser);
                    if self.beendet.load(Ordering::SeqCst) {
                        return Err(std::io::Error::other("the readers were ended"));
                    }
                    if let Stumm::Zeit = stumm {
                        letzter = Ausgang::Zeit;
                        break;
                    }
                }
            }
        }
        Ok(Auszug::ohne(Art::Unbekannt, letzter))
    }

    fn zurueck(&self, leser: Leser) {
        if leser.gelesen < JE_LESER { sperren(&self.ruhend).push(leser) } else { self.vergessen(leser) }
    }

    fn vergessen(&self, leser: Leser) {
        sperren(&self.kinder).retain(|k| !Arc::ptr_eq(k, &leser.kind));
        leser.beenden();
    }

    /// Nothing of this process's surroundings goes along: no variable, no open file, no word of a panic.
    fn starten(&self) -> Result<Leser> {
        let mut befehl = Command::new(&self.programm);
        befehl.arg("auszug").env_clear().current_dir("/");
        let mut kind = befehl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let rohre = kind.stdin.take().zip(kind.stdout.take());
        let (mut ein, mut aus) = rohre.ok_or_else(|| std::io::Error::other("no pipes"))?;
        let (an, auftraege) = channel::<Bytes>();
        let (antworten, von) = channel();
        std::thread::spawn(move || {
            for bytes in auftraege {
                let antwort = rahmen::schreiben(&mut ein, &bytes).and_then(|()| rahmen::lesen(&mut aus, ANTWORT));
                if antworten.send(antwort).is_err() {
                    return;
                }
            }
        });
        let kind = Arc::new(Mutex::new(kind));
        sperren(&self.kinder).push(kind.clone());
        Ok(Leser { kind, an, von, gelesen: 0 })
    }
}

impl Drop for Werkstatt {
    fn drop(&mut self) {
        for leser in sperren(&self.ruhend).drain(..) {
            leser.beenden();
        }
    }
}

impl Leser {
    fn fragen(&mut self, bytes: &Bytes, zeit: Duration) -> std::result::Result<Auszug, Stumm> {
        self.gelesen += 1;
        self.an.send(bytes.clone()).map_err(|_| Stumm::Tot)?;
        match self.von.recv_timeout(zeit) {
            Ok(Ok(Some(antwort))) => serde_json::from_slice(&antwort).map_err(|_| Stumm::Tot),
            Ok(_) | Err(RecvTimeoutError::Disconnected) => Err(Stumm::Tot),
            Err(RecvTimeoutError::Timeout) => Err(Stumm::Zeit),
        }
    }

    /// By the process id it was started with; waited for, so that nothing is left of it.
    fn beenden(self) {
        let mut kind = sperren(&self.kind);
        // Ended already is as good.
        let _ = kind.kill();
        let _ = kind.wait();
    }
}

fn sperren<T>(m: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}
