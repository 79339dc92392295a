//! `akte verify --log`: a bare log directory, for example a mirror of `/log/`, against pinned keys.

use super::{hex, moment};
use crate::progress;
use akte_core::ledger::tlog::policy::Policy;
use akte_core::ledger::verify::log_dir::{DirReport, Entries, verify_dir};
use anyhow::Context;
use std::path::Path;
use std::process::ExitCode;

pub fn verify(dir: &Path, policy: &Policy, foreign: bool, as_json: bool) -> anyhow::Result<ExitCode> {
    let bar = progress::bar(0, "Prüfe Einträge");
    let entries = if foreign { Entries::Any } else { Entries::Ours };
    let report = verify_dir(dir, policy, entries, &|done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    let report = report.with_context(|| dir.display().to_string())?;
    bar.finish_and_clear();
    if as_json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report, dir);
    }
    Ok(ExitCode::from(report.verdict.exit_code()))
}

fn print(report: &DirReport, dir: &Path) {
    println!("{} — {}", report.verdict, dir.display());
    if !report.origin.is_empty() {
        println!("Protokoll {}, Größe {}, Wurzel {}", report.origin, report.size, hex(&report.root));
        let witnesses = report.cosigned.map_or_else(String::new, |t| format!(", zuletzt bezeugt {}", moment(t)));
        println!("frühere Checkpoints {}{witnesses}", report.checkpoints);
    }
    report.faults.iter().for_each(|f| println!("B7 {}: {}", f.file, f.text));
    if report.fault_count > report.faults.len() as u64 {
        println!("… insgesamt {} Verstöße", report.fault_count);
    }
    report.unclear.iter().for_each(|f| println!("nicht prüfbar: {}: {}", f.file, f.text));
    report.extra.iter().for_each(|file| println!("gehört nicht zum Protokoll: {file}"));
    if report.extra_count > report.extra.len() as u64 {
        println!("… insgesamt {} fremde Dateien", report.extra_count);
    }
}
