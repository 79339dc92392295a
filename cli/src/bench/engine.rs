//! W1 to W5 on the SQLite engine: lone writer, sixteen writers, batches, loading, full replay.
//!
//! Deliberately without the command path: sealing and deciding are measured by themselves.

use super::report::{Goal, Report, Row};
use super::{Args, bare, median, seconds};
use akte_core::ledger::conformance::sample::{Probe, open};
use akte_core::ledger::engine::SqliteLedger;
use akte_core::ledger::{Append, Ledger, hash};
use anyhow::Result;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const WRITERS: u64 = 16;
/// Events of one stream before a writer begins the next: a longish Vorgang.
const STREAM: u64 = 50;
/// Bytes of the open group.
const PAYLOAD: usize = 500;
const PAGE: usize = 1000;

/// The figures of one repetition.
#[derive(Default)]
struct Figures {
    bare: Vec<f64>,
    lone: Vec<f64>,
    lone_flushes: Vec<f64>,
    many: Vec<f64>,
    many_group: Vec<f64>,
    many_p99: Vec<f64>,
    batched: Vec<f64>,
    loaded: Vec<f64>,
    replayed: Vec<f64>,
    hashed: Vec<f64>,
    bytes: Vec<f64>,
}

/// Measures everything `args.repetitions` times, interleaved, and adds medians.
pub async fn measure(args: &Args, folder: &Path, report: &mut Report) -> Result<()> {
    let mut all = Figures::default();
    for n in 0..args.repetitions {
        all.bare.push(bare::single_inserts(&folder.join(format!("bare-{n}.db")), args.events)?);
        let path = folder.join(format!("ledger-{n}.db"));
        let ledger = Arc::new(SqliteLedger::open(&path)?);
        lone(&ledger, args.events, &mut all).await?;
        many(&ledger, u64::from(args.events), &mut all).await?;
        batched(&ledger, u64::from(args.events), &mut all).await?;
        load(&*ledger, &mut all).await?;
        replay(&*ledger, &mut all).await?;
        let size = ledger.head().await?.size;
        drop(ledger);
        all.bytes.push(std::fs::metadata(&path)?.len() as f64 / size as f64);
    }
    rows(all, report);
    Ok(())
}

fn rows(mut all: Figures, report: &mut Report) {
    let (bare, lone, many) = (median(&mut all.bare), median(&mut all.lone), median(&mut all.many));
    // Ratios within each repetition would be noisier than the ratio of medians over interleaved runs.
    report.add(Row::new("Grenze: bloßes SQLite, ein Schreiber", bare, "Ereignisse/s"));
    report.add(
        Row::new("W1 ein Schreiber (Anteil an der Grenze)", lone, "Ereignisse/s")
            .ratio(lone / bare, Some(Goal::AtLeast(0.7))),
    );
    report.add(Row::new("W1 Flushes je Ereignis", median(&mut all.lone_flushes), "").goal(Goal::AtMost(1.0)));
    report.add(
        Row::new("W2 16 Schreiber (Vielfaches von W1)", many, "Ereignisse/s")
            .ratio(many / lone, Some(Goal::AtLeast(3.0))),
    );
    report.add(Row::new("W2 Ereignisse je Flush", median(&mut all.many_group), "").goal(Goal::AtLeast(10.0)));
    report.add(Row::new("W2 p99", median(&mut all.many_p99), "ms"));
    let batched = median(&mut all.batched);
    report.add(
        Row::new("W3 ein Schreiber, je 10 (Vielfaches von W1)", batched, "Ereignisse/s").ratio(batched / lone, None),
    );
    report.add(Row::new("W4 Ströme von 50 Ereignissen laden", median(&mut all.loaded), "Ereignisse/s"));
    report.add(Row::new("W5 ganzes Log lesen", median(&mut all.replayed), "Ereignisse/s"));
    report.add(Row::new("W5 mit Baum und Wurzel", median(&mut all.hashed), "Ereignisse/s"));
    report.add(Row::new("Datei", median(&mut all.bytes), "Bytes/Ereignis"));
}

/// Hands out batches: fifty events per stream, then the next stream.
struct Writer {
    probe: Probe,
    number: u64,
}

impl Writer {
    fn new(number: u64) -> Self {
        let number = number << 32;
        Self { probe: Probe::new(number), number }
    }
    fn batch(&mut self, events: usize) -> Append {
        if self.probe.next + events as u64 > STREAM {
            self.number += 1;
            self.probe = Probe::new(self.number);
        }
        let batch = self.probe.batch_of(events, 1, &|_| vec![open(vec![0; PAYLOAD])]);
        self.probe.advance(&batch);
        batch
    }
}

async fn lone(ledger: &SqliteLedger, events: u32, all: &mut Figures) -> Result<()> {
    let mut writer = Writer::new(1);
    let before = ledger.counters();
    let start = Instant::now();
    for _ in 0..events {
        ledger.append(writer.batch(1)).await?;
    }
    all.lone.push(f64::from(events) / seconds(start));
    all.lone_flushes.push((ledger.counters().commits - before.commits) as f64 / f64::from(events));
    Ok(())
}

async fn many(ledger: &Arc<SqliteLedger>, events: u64, all: &mut Figures) -> Result<()> {
    let before = ledger.counters();
    let start = Instant::now();
    let mut writers: JoinSet<Result<Vec<Duration>>> = JoinSet::new();
    for number in 0..WRITERS {
        let ledger = Arc::clone(ledger);
        writers.spawn(async move {
            let mut writer = Writer::new(100 + number);
            let mut times = Vec::with_capacity(events as usize);
            for _ in 0..events {
                let batch = writer.batch(1);
                let start = Instant::now();
                ledger.append(batch).await?;
                times.push(start.elapsed());
            }
            Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = writers.join_next().await {
        times.extend(done??);
    }
    let after = ledger.counters();
    all.many.push((after.events - before.events) as f64 / seconds(start));
    all.many_group.push((after.events - before.events) as f64 / (after.commits - before.commits) as f64);
    times.sort_unstable();
    let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    all.many_p99.push(p99.as_secs_f64() * 1000.0);
    Ok(())
}

async fn batched(ledger: &SqliteLedger, events: u64, all: &mut Figures) -> Result<()> {
    let mut writer = Writer::new(2);
    let start = Instant::now();
    for _ in 0..events {
        ledger.append(writer.batch(10)).await?;
    }
    all.batched.push((events * 10) as f64 / seconds(start));
    Ok(())
}

async fn load(ledger: &dyn Ledger, all: &mut Figures) -> Result<()> {
    let (mut loaded, start) = (0, Instant::now());
    for number in 0..200 {
        let stream = Probe::new((2 << 32) + number).stream;
        loaded += ledger.read_stream(stream, 0, STREAM as usize).await?.len();
    }
    all.loaded.push(loaded as f64 / seconds(start));
    Ok(())
}

async fn replay(ledger: &dyn Ledger, all: &mut Figures) -> Result<()> {
    let (mut at, start) = (0, Instant::now());
    loop {
        let page = ledger.read_all(at, PAGE).await?;
        at += page.len() as u64;
        if page.is_empty() {
            break;
        }
    }
    all.replayed.push(at as f64 / seconds(start));
    let (mut at, mut peaks, start) = (0, akte_core::ledger::merkle::Frontier::new(), Instant::now());
    loop {
        let page = ledger.read_all(at, PAGE).await?;
        at += page.len() as u64;
        if page.is_empty() {
            break;
        }
        for event in &page {
            peaks.push(hash::leaf(&hash::event_hash(&event.header)));
        }
    }
    anyhow::ensure!(peaks.root() == ledger.head().await?.root, "the replayed log has another root");
    all.hashed.push(at as f64 / seconds(start));
    Ok(())
}
