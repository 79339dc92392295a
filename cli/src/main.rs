//! `akte`: the hand on the switch.
//!
//! Deliberately without rules; it reads arguments and wires the parts.

mod bench;

use clap::Parser;

#[derive(Parser)]
#[command(name = "akte", version)]
enum Akte {
    /// Misst, wie schnell dieser Rechner speichert und liest.
    Bench(bench::Args),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Akte::parse() {
        Akte::Bench(args) => {
            let report = bench::run(args).await?;
            if report.missed().is_empty() {
                Ok(())
            } else {
                anyhow::bail!("Ziele verfehlt: {}", report.missed().join("; "))
            }
        }
    }
}
