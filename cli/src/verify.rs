//! `akte verify`: re-hashes every value, chain and tree; exit code 0, 1 or 2 as `docs/LEDGER.md` says.
//!
//! A live folder or a copy, a bare log directory, or single receipts; decides nothing itself.

mod beleg;
mod pins;
mod verzeichnis;

use crate::motor::{self, Ablage, Zugang};
use crate::{folder::Folder, progress};
use akte_core::documents::pruefung::Dokumentpruefung;
use akte_core::ledger::Ledger;
use akte_core::ledger::tlog::policy::Policy;
use akte_core::ledger::verify::{self as pruefung, Given, KeySource, Outside, Report, Trust};
use anyhow::ensure;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(clap::Args)]
pub struct VerifyArgs {
    /// Datenordner (sonst AKTE_DATA oder daten)
    #[arg(long, value_name = "ORDNER")]
    data: Option<PathBuf>,
    /// Protokoll, wenn nicht in betrieb.toml: sqlite:DATEI, postgres://… oder esdb://…
    #[arg(long, env = "AKTE_LEDGER", hide_env_values = true, value_name = "ADRESSE")]
    ledger: Option<String>,
    /// Nur dieses Protokollverzeichnis prüfen (Kacheln als Dateien); braucht --policy oder --vkey
    #[arg(long, value_name = "ORDNER", conflicts_with_all = ["data", "beleg", "spiegel"])]
    log: Option<PathBuf>,
    /// Im Protokollverzeichnis beliebige Einträge zulassen (Protokolle anderer)
    #[arg(long, requires = "log")]
    fremde_eintraege: bool,
    /// Belege oder Checkpoints; ohne --data werden sie für sich geprüft und brauchen --policy oder --vkey
    #[arg(long, value_name = "DATEI", num_args = 1..)]
    beleg: Vec<PathBuf>,
    /// Dokument, das der Beleg nennen muss
    #[arg(long, value_name = "DATEI", requires = "beleg")]
    dokument: Option<PathBuf>,
    /// Spiegel mit checkpoint und checkpoint.<Größe>, mit denen das Protokoll übereinstimmen muss
    #[arg(long, value_name = "ORDNER")]
    spiegel: Vec<PathBuf>,
    /// Vertrauensdatei (c2sp.org/tlog-policy)
    #[arg(long, value_name = "DATEI", conflicts_with = "vkey")]
    policy: Option<PathBuf>,
    /// Öffentlicher Schlüssel des Protokolls (Name+Kennung+Base64)
    #[arg(long, value_name = "SCHLÜSSEL")]
    vkey: Vec<String>,
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
    let policy = pins::policy(args.policy.as_deref(), &args.vkey)?;
    if let Some(dir) = &args.log {
        return verzeichnis::verify(dir, &pins::needed(policy)?, args.fremde_eintraege, args.json);
    }
    if !args.beleg.is_empty() && args.data.is_none() {
        ensure!(args.spiegel.is_empty(), "--spiegel vergleicht mit einem Datenordner: Nennen Sie --data.");
        return beleg::verify(&args.beleg, args.dokument.as_deref(), &pins::needed(policy)?, args.json);
    }
    let data = args.data.clone().or_else(|| std::env::var_os("AKTE_DATA").map(PathBuf::from));
    let folder = Folder::open_any(&data.unwrap_or_else(|| PathBuf::from("daten")))?;
    let folder = folder.mit_ledger(args.ledger.as_deref())?;
    let elsewhere = Elsewhere { pinned: policy, outside: pins::outside(&args.spiegel, &args.beleg)? };
    let report = check(&folder, !args.ohne_tresor, !args.ohne_dokumente, elsewhere).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report, folder.root());
    }
    Ok(ExitCode::from(report.verdict.exit_code()))
}

/// What whoever verifies brings along.
#[derive(Default)]
struct Elsewhere {
    pinned: Option<Policy>,
    outside: Vec<Outside>,
}

/// Verifies a restored folder by itself, documents included. What the signer remembers beyond its end is not damage
/// of the data but a loss, and said by whoever restores.
pub async fn alone(folder: &Folder) -> anyhow::Result<Report> {
    checked(folder, &*geoeffnet(folder).await?, true, true, &Elsewhere::default()).await
}

/// Verifies a copy of the folder's ledger: values too where the vault is at hand, documents not.
pub async fn ledger(folder: &Folder, ledger: &dyn Ledger) -> anyhow::Result<Report> {
    let elsewhere = Elsewhere { pinned: None, outside: pins::signer(folder)?.into_iter().collect() };
    let vault = folder.betrieb().tresor != Ablage::Folder || folder.root().join("vault.db").exists();
    checked(folder, ledger, vault, false, &elsewhere).await
}

/// Verifies a folder, also beside a running server, with keys and checkpoints from elsewhere.
async fn check(
    folder: &Folder,
    with_vault: bool,
    with_documents: bool,
    mut elsewhere: Elsewhere,
) -> anyhow::Result<Report> {
    // Read before the ledger: beside a running server the memory must not be the newer one.
    elsewhere.outside.extend(pins::signer(folder)?);
    checked(folder, &*geoeffnet(folder).await?, with_vault, with_documents, &elsewhere).await
}

async fn geoeffnet(folder: &Folder) -> anyhow::Result<Arc<dyn Ledger>> {
    folder.betrieb().ledger.open(&folder.stadt()?.log_origin, Zugang::Lesen).await
}

async fn checked(
    folder: &Folder,
    ledger: &dyn Ledger,
    with_vault: bool,
    with_documents: bool,
    elsewhere: &Elsewhere,
) -> anyhow::Result<Report> {
    let stadt = folder.stadt()?;
    let house = pins::house(folder, &stadt.log_origin)?;
    let trust = match (&elsewhere.pinned, &house) {
        (Some(pinned), _) => Trust::Pinned(pinned),
        (None, Some(house)) => Trust::House(house),
        (None, None) => Trust::Log,
    };
    let vault = if with_vault { Some(motor::open_vault(folder).await?) } else { None };
    let store = if with_documents { Some(folder.betrieb().dokumente.open(stadt.grenzen.upload_bytes)?) } else { None };
    let documents = vault.as_ref().zip(store.as_ref()).map(|(vault, store)| Dokumentpruefung { store, vault });
    let bar = progress::bar(0, "Prüfe Ereignisse");
    let given = Given {
        keys: vault.as_ref().map(|v| v as &dyn KeySource),
        documents: documents.as_ref().map(|d| d as _),
        trust,
        outside: &elsewhere.outside,
        progress: &|done, all| {
            bar.set_length(all);
            bar.set_position(done);
        },
        ..Given::only(&stadt.log_origin)
    };
    let report = pruefung::verify(ledger, given).await?;
    bar.finish_and_clear();
    Ok(report)
}

/// The report as text.
pub fn print(report: &Report, root: &Path) {
    let c = &report.counts;
    println!("{} — {}", report.verdict, root.display());
    println!("Ereignisse {}, Ströme {}, Werte {}, Gruppen {}", c.events, c.streams, c.values, c.groups);
    println!("verschlossen {}, gelöscht {}, Dokumente {}", c.locked, c.erased, c.documents);
    println!("Größe {}, Wurzel {}", report.size, hex(&report.root));
    match report.checkpoint {
        Some(newest) => {
            let witnesses = newest.cosigned.map_or_else(String::new, |t| format!(", zuletzt bezeugt {}", moment(t)));
            println!("unterschrieben bis {} Ereignisse{witnesses}", newest.size);
        }
        None => println!("kein Checkpoint eines bekannten Schlüssels"),
    }
    for v in &report.violations {
        let index = v.index.map_or_else(|| "-".to_owned(), |i| i.to_string());
        let stream = v.stream.map_or_else(|| "-".to_owned(), |s| s.to_string());
        println!("{} an Position {index}, Strom {stream}: {}", v.rule, v.text);
    }
    if report.violation_count > report.violations.len() as u64 {
        println!("… insgesamt {} Verstöße", report.violation_count);
    }
    report.unclear.iter().for_each(|why| println!("nicht prüfbar: {why}"));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn moment(seconds: u64) -> String {
    let at = i64::try_from(seconds).ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
    at.map_or_else(|| format!("{seconds} s"), |at| at.to_string())
}
