//! The hand on the switch: `akte` wires engine, vault, views and web once, and runs one command.
//!
//! Holds no rules: what is allowed and what follows from what is decided in `akte-core`.

mod abholen;
mod adresse;
mod aktenplan;
mod anlauf;
mod auskunft;
mod auszug;
mod backup;
mod bench;
mod betrieb;
mod datenbank;
mod demo;
mod dienste;
mod dokumentort;
mod erase;
mod export;
mod folder;
mod import;
mod keys;
mod knoten;
mod konto;
mod leistung;
mod loeschlauf;
mod migrate;
mod motor;
mod post;
mod probe;
mod probe_beweise;
mod progress;
mod protokoll;
mod rebuild;
mod recht;
mod rechtstafel;
mod replay;
mod restore;
mod serve;
mod sicherung;
mod sicherungsliste;
mod start;
mod tagwerk;
mod verify;
mod volltext;
mod wire;

use clap::{Parser, Subcommand};
use folder::Folder;
use std::path::PathBuf;
use std::process::ExitCode;

/// E-Akte und Verwaltungsverfahren als hash-verkettete Ereignisse.
#[derive(Parser)]
#[command(name = "akte", version, about, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Legt einen Datenordner an: Schlüssel, Protokoll, Aktenplan, Einheiten, Leistungen.
    Init(start::InitArgs),
    /// Startet die Seiten auf einem Datenordner.
    Serve(serve::ServeArgs),
    /// Legt eine Demo-Stadt mit Anträgen aus drei Jahren an und startet sie.
    Demo(demo::DemoArgs),
    /// Prüft Ketten, Baum und Werte; Ergebnis und Exit-Code wie in docs/LEDGER.md.
    Verify(verify::VerifyArgs),
    /// Zeigt eine Akte, wie sie zu einem Zeitpunkt war, mit jedem Schritt.
    Replay(replay::ReplayArgs),
    /// Feiertage und Fristen dieses Programms zum Nachrechnen ausgeben.
    Recht(rechtstafel::RechtArgs),
    /// Schreibt das veröffentlichte Protokoll oder einen Beweis der Vollständigkeit.
    Export(export::ExportArgs),
    /// Übernimmt Dateien aus einem Ordner oder nach einer Liste; unterbrochen macht derselbe Befehl weiter.
    Import(import::ImportArgs),
    /// Schlüssel des Protokolls zeigen, wechseln, beenden.
    Keys(keys::KeysArgs),
    /// Baut alle Sichten neu auf.
    Rebuild(rebuild::RebuildArgs),
    /// Richtet die Schemata einer PostgreSQL-Datenbank ein und gibt der Rolle des Servers ihre Rechte.
    Datenbank(datenbank::Args),
    /// Konten anlegen, Passwort zurücksetzen, sperren.
    Konto(konto::KontoArgs),
    /// Löschungen vorschlagen, genehmigen, vollziehen; vier Augen auch am Rechner selbst.
    Erase(erase::EraseArgs),
    /// Aktenplan zeigen, vergleichen, ausgeben und durch einen neuen ersetzen (CSV, xdomea 0301).
    Aktenplan(aktenplan::AktenplanArgs),
    /// Auskunft an eine Person über ihre Daten (Art. 15 DSGVO): Dateien für sie, ein Ereignis für die Stadt.
    Auskunft(auskunft::AuskunftArgs),
    /// Leistungsdefinitionen prüfen.
    Leistung(leistung::LeistungArgs),
    /// Zeigt, was hinausgehen soll; sendet einmal, was fällig ist; holt den Druckstapel.
    Post(post::befehl::PostArgs),
    /// Holt Posteingang ab: E-Mails aus dem Postfach, Scans aus dem Ordner.
    Eingang(abholen::befehl::EingangArgs),
    /// Sichert einen Datenordner, auch neben einem laufenden Server; jeder Lauf schreibt die Sicherung fort.
    Backup(backup::BackupArgs),
    /// Zieht das Protokoll in einen anderen Speicher um, auch neben einem laufenden Server; ebenso die Dokumente.
    Migrate(migrate::MigrateArgs),
    /// Misst diese Maschine; Verhältnisse aus einem Lauf.
    Bench(bench::Args),
    /// Stellt eine Sicherung in einen leeren Ordner wieder her und prüft sie ganz.
    Restore(restore::RestoreArgs),
    /// Liest Text aus fremden Dateien; der Server startet es selbst, mit wenig Speicher und wenig Zeit.
    #[command(hide = true)]
    Auszug(auszug::AuszugArgs),
    /// Reicht Anträge nebenläufig ein und meldet jeden, sobald er sicher gespeichert ist.
    #[command(hide = true)]
    ProbeSchreiber(probe::ProbeArgs),
    /// Legt eine Stadt mit vielen Ereignissen an, um Sicherung und Prüfung zu messen.
    #[command(hide = true)]
    ProbeBuch(bench::BuchArgs),
    /// Gibt zufällige Beweise mit dem Urteil dieses Prüfers aus, einen je Zeile.
    #[command(hide = true)]
    ProbeBeweise(probe_beweise::ProbeArgs),
}

/// The data folder, the same option for every command.
#[derive(clap::Args, Clone)]
struct DataArg {
    /// Datenordner
    #[arg(long, env = "AKTE_DATA", default_value = "daten", value_name = "ORDNER")]
    data: PathBuf,
    /// Protokoll, wenn nicht in betrieb.toml: sqlite:DATEI, postgres://… oder esdb://…
    #[arg(long, env = "AKTE_LEDGER", hide_env_values = true, value_name = "ADRESSE")]
    ledger: Option<String>,
}

impl DataArg {
    /// The folder that is meant, with its ledger.
    fn folder(&self) -> anyhow::Result<Folder> {
        Folder::open(&self.data)?.mit_ledger(self.ledger.as_deref())
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Command::Auszug(args) = &cli.command
        && args.bedient()
    {
        // Before there are threads: its limits count them.
        return auszug::bedienen();
    }
    init_tracing();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("akte: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli.command)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("akte: {error:#}");
            // At the machine itself the cause may be told; it never holds personal data.
            let cause = match error.downcast_ref::<akte_core::execute::ExecuteError>() {
                Some(akte_core::execute::ExecuteError::Fault(why)) => why.clone(),
                _ => String::new(),
            };
            if !cause.is_empty() {
                eprintln!("Ursache: {cause}");
            }
            if let Some(hint) = hint(&format!("{error:#} {cause}")) {
                eprintln!("{hint}");
            }
            ExitCode::FAILURE
        }
    }
}

/// What to do where the storage itself speaks, in its own English.
fn hint(error: &str) -> Option<&'static str> {
    let storage = ["disk I/O error", "disk is full", "No space left", "Datenträger ist voll"];
    storage.iter().any(|words| error.contains(words)).then_some(
        "Ist der Datenträger voll oder schadhaft? Schaffen Sie Platz, und wiederholen Sie den Befehl: Er wirkt nur einmal.",
    )
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Init(args) => start::init(args).await,
        Command::Serve(args) => serve::serve(args).await,
        Command::Demo(args) => demo::demo(args).await,
        Command::Verify(args) => verify::verify(args).await,
        Command::Replay(args) => replay::replay(args).await,
        Command::Recht(args) => rechtstafel::recht(args),
        Command::Export(args) => export::export(args).await,
        Command::Import(args) => import::import(args).await,
        Command::Keys(args) => keys::keys(args).await,
        Command::Rebuild(args) => rebuild::rebuild(args).await,
        Command::Datenbank(args) => datenbank::einrichten(args).await,
        Command::Konto(args) => konto::konto(args).await,
        Command::Erase(args) => erase::erase(args).await,
        Command::Auskunft(args) => auskunft::auskunft(args).await,
        Command::Post(args) => post::befehl::post(args).await,
        Command::Aktenplan(args) => aktenplan::aktenplan(args).await.map(|()| ExitCode::SUCCESS),
        Command::Eingang(args) => abholen::befehl::eingang(args).await,
        Command::Leistung(args) => leistung::leistung(args).await,
        Command::Backup(args) => backup::backup(args).await,
        Command::Migrate(args) => migrate::migrate(args).await,
        Command::Bench(args) => bench::run(args).await.map(|_| ExitCode::SUCCESS),
        Command::Restore(args) => restore::restore(args).await,
        Command::Auszug(args) => auszug::zeigen(args).await,
        Command::ProbeSchreiber(args) => probe::probe(args).await,
        Command::ProbeBuch(args) => bench::probe_buch(args).await,
        Command::ProbeBeweise(args) => probe_beweise::probe(args),
    }
}

/// Log lines go to stderr; `AKTE_LOG` sets the level. They never hold personal data.
fn init_tracing() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("AKTE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
