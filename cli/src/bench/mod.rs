//! `akte bench`: how fast this machine stores and reads events, each figure beside its limit from the same run.
//!
//! Deliberately quotes ratios and counts flushes: absolute times say more about the disk than about us.

mod akte;
mod bare;
mod buch;
mod engine;
mod import;
mod lesen;
mod report;
mod seite;
mod suche;

pub use report::Report;

use crate::{DataArg, folder::Folder, start, wire::SystemClock};
use std::process::ExitCode;
use std::sync::Arc;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What `akte bench` takes.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Folder on the disk to be measured; a subfolder is made there and removed afterwards.
    #[arg(long, default_value = ".")]
    pub folder: PathBuf,
    /// Repetitions; the figures are medians.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub repetitions: u32,
    /// Events one writer stores per repetition.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub events: u32,
    /// Also a search over so many documents, built for it; takes minutes.
    #[arg(long, default_value_t = 0, value_name = "DOKUMENTE")]
    pub suche: u32,
    /// Only the import and, with --suche, the search.
    #[arg(long)]
    pub nur_dokumente: bool,
}

/// Measures, prints the table and returns it.
pub async fn run(args: Args) -> anyhow::Result<Report> {
    let scratch = Scratch::new(&args.folder)?;
    let mut report = Report::default();
    if !args.nur_dokumente {
        engine::measure(&args, scratch.path(), &mut report).await?;
        lesen::measure(&args, scratch.path(), &mut report).await?;
        seite::measure(&args, scratch.path(), &mut report).await?;
    }
    import::measure(&args, scratch.path(), &mut report).await?;
    akte::measure(&args, scratch.path(), &mut report).await?;
    suche::measure(&args, scratch.path(), &mut report).await?;
    println!("{report}");
    let missed = report.missed();
    if !missed.is_empty() {
        println!("Ziel verfehlt: {}", missed.join("; "));
    }
    Ok(report)
}

/// `akte probe-buch`: a founded town with many events, for measuring backup, restore and verification.
#[derive(clap::Args)]
pub struct BuchArgs {
    #[command(flatten)]
    data: DataArg,
    /// stadt.toml der Stadt
    #[arg(long, value_name = "DATEI")]
    stadt: PathBuf,
    #[arg(long, default_value_t = 1_000_000)]
    ereignisse: u64,
}

/// Founds the town and writes its book, past the command path.
pub async fn probe_buch(args: BuchArgs) -> anyhow::Result<ExitCode> {
    let toml = std::fs::read_to_string(&args.stadt)?;
    let wired = start::found(Folder::create(&args.data.data)?, &toml, Arc::new(SystemClock)).await?;
    let house = &wired.house;
    let mut buch = buch::Buch::auf(house.ledger.clone(), house.vault.clone(), &house.log)?;
    buch.faelle(args.ereignisse).await?;
    println!("{} Ereignisse", house.ledger.head().await?.size);
    Ok(ExitCode::SUCCESS)
}

/// The folder of one run, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(below: &Path) -> anyhow::Result<Self> {
        let path = below.join(format!("akte-bench-{}", std::process::id()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing depends on it; a leftover folder carries its name.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn seconds(start: Instant) -> f64 {
    start.elapsed().max(Duration::from_nanos(1)).as_secs_f64()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
