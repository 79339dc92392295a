//! The tables of a run: all rates side by side, and our goals as ratios of medians.
//!
//! Deliberately no ratio across runs.

use crate::report::{Goal, Report, Row};
use crate::run::{DISINTEGRATE, ES, POSTGRES, Results, SQLITE, STORES};
use crate::workload::{Measured, Workload};
use std::fmt::Write;

/// Every store's medians.
pub fn rates(results: &Results) -> String {
    let mut out = format!("{:16}", "Ereignisse/s");
    for workload in Workload::ALL {
        let _ = write!(out, "{:>18}", workload.name());
    }
    let _ = writeln!(out, "{:>10}{:>18}", "W2 p99 ms", "Bytes/Ereignis");
    for store in STORES.into_iter().filter(|store| results.bytes.contains_key(store)) {
        let _ = write!(out, "{store:16}");
        for workload in Workload::ALL {
            let _ = write!(out, "{:>18.0}", results.median(workload, store, |m| Some(m.rate)).unwrap_or_default());
        }
        let p99 = results.median(Workload::Many, store, |m| m.p99).unwrap_or_default();
        let _ = writeln!(out, "{p99:>10.1}{:>18.0}", results.bytes.get(store).copied().unwrap_or_default());
    }
    let _ = writeln!(
        out,
        "\nProzessorzeit je Ereignis in µs, Server und Aufrufer zusammen (hängt nicht daran, wer hier noch rechnet)"
    );
    for store in STORES.into_iter().filter(|store| results.bytes.contains_key(store)) {
        let _ = write!(out, "{store:16}");
        for workload in Workload::ALL {
            let _ = write!(out, "{:>18.1}", results.median(workload, store, |m| Some(m.cpu)).unwrap_or_default());
        }
        out.push('\n');
    }
    for store in [POSTGRES, SQLITE] {
        if let Some(group) = results.median(Workload::Many, store, |m| m.group) {
            let _ = writeln!(out, "{store}: W2 mit {group:.1} Ereignissen je Flush");
        }
    }
    out + &notes(results)
}

fn notes(results: &Results) -> String {
    let mut out =
        "\nakte-*: je Ereignis acht Felder versiegelt, Kopf, Kette, Merkle-Baum und Schlüsselnutzung eingerechnet; \
                   die anderen speichern dieselben Felder als JSON von 500 Bytes.\n"
            .to_owned();
    let repeated = results.median(Workload::Many, DISINTEGRATE, |m| Some(m.repeated as f64)).unwrap_or_default();
    if repeated > 0.0 {
        let _ = writeln!(out, "{DISINTEGRATE}: in W2 {repeated:.0} Wiederholungen nach Serialisierungskonflikten.");
    }
    if results.literal {
        let _ = writeln!(
            out,
            "{DISINTEGRATE}: Einrichtung mit seinen eigenen Anweisungen, darin 0xFFFFFFFF dezimal geschrieben; \
             sonst scheitert sie auf diesem PostgreSQL."
        );
    }
    out
}

/// What the engine for PostgreSQL should reach.
pub fn goals(results: &Results) -> Report {
    let mut report = Report::default();
    let mut compare = |workload: Workload, with: &'static str, least: Option<f64>| {
        let median = |store| results.median(workload, store, |m: &Measured| Some(m.rate));
        if let (Some(ours), Some(theirs)) = (median(POSTGRES), median(with)) {
            let row = Row::new(format!("{} gegen {with}", workload.name()), ours, "Ereignisse/s");
            report.add(row.ratio(ours / theirs, least.map(Goal::AtLeast)));
        }
    };
    compare(Workload::Lone, ES, Some(0.8));
    compare(Workload::Many, ES, Some(2.0));
    compare(Workload::Many, DISINTEGRATE, Some(3.0));
    compare(Workload::Batched, ES, None);
    compare(Workload::Load, ES, None);
    compare(Workload::Replay, ES, Some(1.0));
    compare(Workload::Lone, DISINTEGRATE, None);
    compare(Workload::Replay, DISINTEGRATE, None);
    report
}

impl Results {
    /// Median over the repetitions.
    fn median(&self, workload: Workload, store: &'static str, of: impl Fn(&Measured) -> Option<f64>) -> Option<f64> {
        let mut values: Vec<f64> = self.measured.get(&(workload, store))?.iter().filter_map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }
}
