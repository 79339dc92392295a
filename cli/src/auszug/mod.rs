//! `akte auszug`: the process that reads foreign files, with little memory, little time and no way out.
//!
//! Takes framed files on stdin and answers on stdout; opens nothing. It may be killed at any moment, and so may
//! whoever reads with it: it ends with its stdin.

mod rahmen;
mod werkstatt;

pub use werkstatt::{Werkstatt, ZEIT};

use akte_core::auszug::{Grenzen, auszug};
use anyhow::Context;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Bytes of address space: the largest file, what it unpacks to, and the program itself.
#[cfg(unix)]
const SPEICHER: u64 = 1 << 30;
/// Seconds of processor time; a worker reads a limited number of files and is then replaced.
#[cfg(unix)]
const RECHENZEIT: u64 = 120;
/// Stack of the thread that reads: deep files end there and not in the heap.
const STAPEL: usize = 32 << 20;

#[derive(clap::Args)]
pub struct AuszugArgs {
    /// Zeigt, was in diesen Dateien gelesen wird, statt Anfragen zu bedienen
    #[arg(long, value_name = "DATEI", num_args = 1..)]
    datei: Vec<PathBuf>,
    /// Sekunden je Datei
    #[arg(long, default_value_t = werkstatt::ZEIT.as_secs())]
    zeit: u64,
}

impl AuszugArgs {
    /// Whether this process is to be the worker itself.
    pub fn bedient(&self) -> bool {
        self.datei.is_empty()
    }
}

/// The worker: limits first, then file after file until stdin ends.
pub fn bedienen() -> ExitCode {
    // A panic's words may quote the file.
    std::panic::set_hook(Box::new(|_| {}));
    if let Err(error) = beschraenken() {
        eprintln!("akte auszug: {error}");
        return ExitCode::FAILURE;
    }
    let leser = std::thread::Builder::new().stack_size(STAPEL).spawn(|| schleife(std::io::stdin(), std::io::stdout()));
    match leser.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn schleife(mut ein: impl Read, mut aus: impl Write) -> std::io::Result<()> {
    #[cfg(unix)]
    verschliessen()?;
    let grenzen = Grenzen::default();
    while let Some(bytes) = rahmen::lesen(&mut ein, grenzen.bytes)? {
        let gelesen = auszug(&bytes, &grenzen);
        rahmen::schreiben(&mut aus, &serde_json::to_vec(&gelesen)?)?;
    }
    Ok(())
}

/// What the process may still use; it cannot raise it again. Root may start processes all the same: the kernel asks
/// no limit of it.
#[cfg(unix)]
fn beschraenken() -> std::io::Result<()> {
    use rlimit::Resource;
    let feste = [(Resource::AS, SPEICHER), (Resource::CPU, RECHENZEIT), (Resource::CORE, 0), (Resource::FSIZE, 0)];
    feste.iter().try_for_each(|(was, wert)| was.set(*wert, *wert))?;
    Ok(())
}

/// Other systems know no such limits; the time is kept by the parent.
#[cfg(not(unix))]
fn beschraenken() -> std::io::Result<()> {
    Ok(())
}

/// After its one thread was started: no file is opened and no process made any more.
#[cfg(unix)]
fn verschliessen() -> std::io::Result<()> {
    use rlimit::Resource;
    [Resource::NOFILE, Resource::NPROC].iter().try_for_each(|was| was.set(0, 0))
}

/// `akte auszug --datei`: what the reader finds, for whoever wonders why a document is not found.
pub async fn zeigen(args: AuszugArgs) -> anyhow::Result<ExitCode> {
    let werkstatt = Werkstatt::neu(Duration::from_secs(args.zeit))?;
    for datei in &args.datei {
        let bytes = std::fs::read(datei).with_context(|| datei.display().to_string())?;
        let gelesen = werkstatt.lesen(bytes.into()).await?;
        println!("{}: {}, {} Zeichen", datei.display(), gelesen.ausgang.name(), gelesen.text.chars().count());
        for zeile in gelesen.text.lines().take(20) {
            println!("  {zeile}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
