//! Compares our engines with postgres-es and disintegrate-postgres: one run, one cluster, ratios.
//!
//! Deliberately judges ratios only, and ends well when a goal is missed: absolute times say more about the machine.

#[expect(dead_code, reason = "shared with the tests, which use all of it")]
#[path = "../../src/cluster.rs"]
mod cluster;
#[path = "../../src/ordner.rs"]
mod ordner;
mod entry;
#[cfg(feature = "sichten")]
mod fresh;
mod machine;
mod ours;
mod peer_disintegrate;
mod peer_es;
#[expect(dead_code, reason = "shared with `akte bench`, which uses all of it")]
#[path = "../../../cli/src/bench/report.rs"]
mod report;
mod run;
mod table;
mod workload;

use anyhow::{Context, Result, bail};
use cluster::Cluster;
use run::Plan;

fn main() -> Result<()> {
    let plan = plan(std::env::args().skip(1))?;
    let cluster = Cluster::start().context("PostgreSQL ist nicht installiert: apt-get install postgresql")?;
    machine::in_service(&cluster);
    machine::describe(&cluster)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let results = run::all(&plan, &cluster).await?;
        println!("{}", table::rates(&results));
        let report = table::goals(&results);
        println!("{report}");
        #[cfg(feature = "sichten")]
        if plan.only.is_empty() {
            println!("{}", fresh::measure(&plan, &cluster).await?);
        }
        let missed = report.missed();
        if !missed.is_empty() {
            println!("Ziel verfehlt: {}", missed.join("; "));
        }
        Ok(())
    })
}

/// `[Wiederholungen] [Ereignisse je Schreiber] [only=Speicher,…]`
fn plan(args: impl Iterator<Item = String>) -> Result<Plan> {
    let mut plan = Plan { repetitions: 5, events: 500, only: Vec::new() };
    let mut numbers = 0;
    for arg in args {
        if let Some(only) = arg.strip_prefix("only=") {
            plan.only = only.split(',').map(str::to_owned).collect();
            if let Some(unknown) = plan.only.iter().find(|name| !run::STORES.contains(&name.as_str())) {
                bail!("{unknown} ist kein Speicher; es gibt {}", run::STORES.join(", "));
            }
            continue;
        }
        let number: u64 = arg.parse().with_context(|| format!("{arg}: erwartet wird eine Zahl oder only=…"))?;
        numbers += 1;
        match numbers {
            1 if (1..=100).contains(&number) => plan.repetitions = number,
            // W4 loads whole streams of fifty.
            2 if (50..=1_000_000).contains(&number) && number.is_multiple_of(50) => plan.events = number,
            _ => bail!("{arg}: erwartet werden 1 bis 100 Wiederholungen und ein Vielfaches von 50 Ereignissen"),
        }
    }
    Ok(plan)
}
