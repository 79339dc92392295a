//! `akte verify`: re-hashes every value, chain and tree; exit code 0, 1 or 2 as `docs/LEDGER.md` says.

use crate::{DataArg, folder::Folder, progress};
use akte_core::documents::DocumentStore;
use akte_core::documents::pruefung::Dokumentpruefung;
use akte_core::ledger::engine::SqliteLedger;
use akte_core::ledger::verify::{self as pruefung, Given, KeySource, Report};
use akte_core::vault::Vault;
use std::path::Path;
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    data: DataArg,
    /// Ohne Tresor prüfen: versiegelte Werte zählen als verschlossen
    #[arg(long)]
    ohne_tresor: bool,
    /// Dokumente nicht lesen
    #[arg(long)]
    ohne_dokumente: bool,
    /// Bericht als JSON
    #[arg(long)]
    json: bool,
}

pub async fn verify(args: VerifyArgs) -> anyhow::Result<ExitCode> {
    let folder = Folder::open_any(&args.data.data)?;
    let report = check(&folder, !args.ohne_tresor, !args.ohne_dokumente).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report, folder.root());
    }
    Ok(ExitCode::from(report.verdict.exit_code()))
}

/// Verifies a folder, also beside a running server.
pub async fn check(folder: &Folder, with_vault: bool, with_documents: bool) -> anyhow::Result<Report> {
    let stadt = folder.stadt()?;
    let ledger = SqliteLedger::open_readonly(folder.ledger_db())?;
    let vault = if with_vault { Some(Vault::open(folder.root())?) } else { None };
    let store = DocumentStore::folder(folder.blobs(), stadt.grenzen.upload_bytes)?;
    let documents = vault.as_ref().filter(|_| with_documents).map(|vault| Dokumentpruefung { store: &store, vault });
    let bar = progress::bar(0, "Prüfe Ereignisse");
    let given = Given {
        log: &stadt.log_origin,
        keys: vault.as_ref().map(|v| v as &dyn KeySource),
        documents: documents.as_ref().map(|d| d as _),
        progress: &|done, all| {
            bar.set_length(all);
            bar.set_position(done);
        },
    };
    let report = pruefung::verify(&ledger, given).await?;
    bar.finish_and_clear();
    Ok(report)
}

/// The report as text.
pub fn print(report: &Report, root: &Path) {
    let c = &report.counts;
    println!("{} — {}", report.verdict, root.display());
    println!("Ereignisse {}, Ströme {}, Werte {}, Gruppen {}", c.events, c.streams, c.values, c.groups);
    println!("verschlossen {}, gelöscht {}, Dokumente {}", c.locked, c.erased, c.documents);
    let root: String = report.root.iter().map(|b| format!("{b:02x}")).collect();
    println!("Größe {}, Wurzel {root}", report.size);
    for v in &report.violations {
        let index = v.index.map_or_else(|| "-".to_owned(), |i| i.to_string());
        let stream = v.stream.map_or_else(|| "-".to_owned(), |s| s.to_string());
        println!("{} an Position {index}, Strom {stream}: {}", v.rule, v.text);
    }
    if report.violation_count > report.violations.len() as u64 {
        println!("… insgesamt {} Verstöße", report.violation_count);
    }
}
