//! Reading a sealed ledger: the verifier with every payload opened, and all views anew.
//!
//! One core for the verifier; a rebuild opens the next page while it writes the last.

use super::buch::{Buch, LOG};
use super::report::{Goal, Report, Row};
use super::{Args, median, seconds};
use akte_core::ledger::engine::SqliteLedger;
use akte_core::ledger::verify::{Given, verify};
use akte_projections::runner::Konfig;
use anyhow::{Result, ensure};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Sealed events per event of `--events`: 50,000 by default.
const FACH: u64 = 25;

/// Writes one sealed ledger and reads it `args.repetitions` times.
pub async fn measure(args: &Args, folder: &Path, report: &mut Report) -> Result<()> {
    let path = folder.join("versiegelt.db");
    let start = Instant::now();
    let buch = Buch::schreiben(&path, u64::from(args.events) * FACH).await?;
    let reader = buch.reader();
    let size = reader.ledger.head().await?.size;
    report.add(Row::new("Versiegeln und schreiben, 64 Fälle zugleich", size as f64 / seconds(start), "Ereignisse/s"));
    let (mut verified, mut rebuilt) = (Vec::new(), Vec::new());
    for n in 0..args.repetitions {
        let ledger = SqliteLedger::open_readonly(&path)?;
        let given = Given { keys: Some(&*buch.vault), ..Given::only(LOG) };
        let start = Instant::now();
        let found = verify(&ledger, given).await?;
        verified.push(size as f64 / seconds(start));
        ensure!(
            found.verdict.to_string() == "valid",
            "the bench's own ledger: {} {:?}",
            found.verdict,
            found.violations
        );
        let views = folder.join(format!("sichten-{n}"));
        std::fs::create_dir(&views)?;
        let start = Instant::now();
        let done = akte_projections::rebuild::rebuild(&views, &reader, &konfig(&buch)?, |_| {}).await?;
        rebuilt.push(size as f64 / seconds(start));
        ensure!(done == size, "views hold {done} of {size} events");
    }
    report.add(
        Row::new("Prüfen mit geöffneten Werten, ein Kern", median(&mut verified), "Ereignisse/s")
            .goal(Goal::AtLeast(80_000.0)),
    );
    report.add(Row::new("Alle Sichten neu bauen", median(&mut rebuilt), "Ereignisse/s").goal(Goal::AtLeast(17_000.0)));
    Ok(())
}

fn konfig(buch: &Buch) -> Result<Konfig> {
    let vault = buch.vault.clone();
    let code = move |stream, generation| Sha256::digest(vault.keys().case_code(stream, generation)).into();
    Ok(Konfig { zone: TimeZone::get("Europe/Berlin")?, k: 5, code_sha256: Arc::new(code) })
}
