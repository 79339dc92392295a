//! `akte leistung check`: explains every fault of a definition with file and line.

use akte_core::execute::vorlage::check_vorlage;
use akte_core::recht::Law;
use akte_core::verfahren::Definition;
use akte_core::verfahren::loader::{self, Umfeld, check_umfeld};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub struct LeistungArgs {
    #[command(subcommand)]
    command: LeistungCommand,
}

#[derive(Subcommand)]
enum LeistungCommand {
    /// Prüft Ordner mit leistung.toml; ohne Angabe die mitgelieferten Leistungen.
    Check { ordner: Vec<PathBuf> },
}

/// What the loader cannot know alone: the law's tables and the template. Units and Aktenplan are a town's.
fn whole(law: &Law) -> impl Fn(Definition) -> Result<Definition, Vec<loader::Fehler>> {
    move |def| {
        let mut befunde = check_umfeld(&def, Umfeld { law, einheiten: &[], aktenplan: &[] });
        befunde.extend(check_vorlage(&def));
        if befunde.is_empty() { Ok(def) } else { Err(befunde) }
    }
}

/// Exit code 1 if any definition has a fault.
pub fn leistung(args: LeistungArgs) -> anyhow::Result<ExitCode> {
    let LeistungCommand::Check { ordner } = args.command;
    let mut faults = 0;
    let law = Law::builtin()?;
    let mut report = |name: &str, result: Result<Definition, Vec<loader::Fehler>>| match result.and_then(whole(&law)) {
        Ok(def) => println!("{name}: in Ordnung ({}, Fassung {}, {})", def.id, def.version, &def.sha256[..16]),
        Err(fehler) => {
            faults += fehler.len();
            for f in fehler {
                println!("{name}: {f}");
            }
        }
    };
    if ordner.is_empty() {
        for (name, dateien) in loader::builtin_files() {
            report(name, loader::load_files(dateien));
        }
    }
    for path in &ordner {
        report(&path.display().to_string(), loader::load_dir(path));
    }
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
