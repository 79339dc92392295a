//! `akte probe-schreiber`: submits applications concurrently and says when each is durable.
//!
//! For the kill test: real commands on a real folder with `process` at work, no pages. Hidden from
//! the help, because a town has no use for it.

use crate::demo;
use crate::wire::{self, SystemClock};
use crate::{DataArg, serve};
use akte_api::local::Local;
use akte_core::execute::{Call, House, Principal, Target};
use akte_core::process::Process;
use akte_core::verfahren::Vorgang;
use anyhow::Context;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

/// Commands executed at the same time.
const SCHREIBER: usize = 8;

#[derive(clap::Args)]
pub struct ProbeArgs {
    #[command(flatten)]
    data: DataArg,
    /// Am Ende warten, bis nichts mehr folgt
    #[arg(long)]
    zu_ende: bool,
}

/// Reads keys from stdin, one per line; prints `req KEY` before and `ack KEY STREAM INDEX` after each.
pub async fn probe(args: ProbeArgs) -> anyhow::Result<ExitCode> {
    let wired = wire::open(args.data.folder()?, Arc::new(SystemClock)).await?;
    let position = || anyhow::Ok(Box::new(serve::Position(Local::open(&wired.folder.local_db())?)));
    let (stop, stopped) = watch::channel(false);
    let process = tokio::spawn(Process::new(wired.house.clone(), position()?).run(stopped));
    say("bereit")?;
    let places = Arc::new(Semaphore::new(SCHREIBER));
    let (mut keys, mut tasks) = (keys(), JoinSet::new());
    while let Some(key) = keys.recv().await {
        let (house, place) = (wired.house.clone(), places.clone().acquire_owned().await?);
        tasks.spawn(async move {
            let done = submit(&house, &key).await.with_context(|| key);
            drop(place);
            done
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    // Receivers are gone only where `process` has ended already.
    let _ = stop.send(true);
    process.await?;
    if args.zu_ende {
        Process::new(wired.house.clone(), position()?).settle().await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The lines of stdin, as they come.
fn keys() -> mpsc::UnboundedReceiver<String> {
    let (send, keys) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    keys
}

async fn submit(house: &House, key: &str) -> anyhow::Result<()> {
    say(&format!("req {key}"))?;
    let principal = Principal::buerger(Uuid::nil(), Vec::new());
    let vorgang = house.stream_for_new::<Vorgang>(&principal, key)?;
    let command = demo::probe_antrag(house, vorgang).await?;
    let request = Some(serde_json::json!({ "probe": key }));
    let call = Call { principal, key: key.to_owned(), target: Target::New, expected: None, request, corr: None };
    let done = house.execute::<Vorgang>(call, command).await?;
    let receipt = done.receipt.context("ein Antrag hat immer einen Beleg")?;
    say(&format!("ack {key} {} {}", done.stream, receipt.index))
}

/// One line in one write, so that a kill never leaves half a promise.
fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes())?;
    Ok(out.flush()?)
}
