//! The status page at 500 requests a second over loopback, beside a bare axum handler with as many bytes.
//!
//! Open loop: a request's time counts from the moment it was due, so a stalled server hides nothing.

use super::Args;
use super::report::{Goal, Report, Row};
use crate::folder::Folder;
use crate::wire::{SystemClock, Wired};
use crate::{demo, serve, start};
use akte_api::local::Local;
use akte_core::execute::{Call, Principal, Target};
use akte_core::process::Process;
use akte_core::verfahren::Vorgang;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;

const JE_SEKUNDE: u32 = 500;
const VERBINDUNGEN: u32 = 8;

/// Founds a town with one case, serves it in a process of its own and asks for its status.
pub async fn measure(args: &Args, folder: &Path, report: &mut Report) -> Result<()> {
    let root = folder.join("stadt");
    let code = fall(&root).await?;
    let server = Server::start(&root)?;
    let host = &server.adresse;
    let anfrage: Arc<str> =
        format!("GET /status/vorgang HTTP/1.1\r\nHost: {host}\r\nCookie: akte-vorgang={code}\r\n\r\n").into();
    let bytes = erste(host, &anfrage).await?;
    let sekunden = (args.events / 200).clamp(1, 10);
    let seite = p99(host, &anfrage, sekunden).await?;
    let bare = bare(bytes).await?;
    let bare = p99(&bare, "GET / HTTP/1.1\r\nHost: bare\r\n\r\n", sekunden).await?;
    report.add(Row::new("Bloßer axum-Handler, 500 Anfragen/s, p99", bare, "ms"));
    report.add(Row::new("Statusseite, 500 Anfragen/s, p99", seite, "ms").goal(Goal::AtMost(5.0)));
    Ok(())
}

/// A founded town with one filed application; returns its case code.
async fn fall(root: &Path) -> Result<String> {
    let wired: Wired = start::found(Folder::create(root)?, demo::STADT, Arc::new(SystemClock)).await?;
    let (house, key) = (wired.house.clone(), "bench-antrag-0001".to_owned());
    let principal = Principal::buerger(Uuid::nil(), Vec::new());
    let vorgang = house.stream_for_new::<Vorgang>(&principal, &key)?;
    let command = demo::probe_antrag(&house, vorgang).await?;
    let call = Call { principal, key, target: Target::New, expected: None, request: None, corr: None };
    house.execute::<Vorgang>(call, command).await?;
    let local = Local::open(&wired.folder.local_db())?;
    Process::new(house.clone(), Box::new(serve::Position(local))).settle().await?;
    Ok(house.case_code(vorgang, 0))
}

/// This program serving a folder; ended when dropped.
pub(super) struct Server {
    child: Child,
    pub(super) adresse: String,
}

impl Server {
    pub(super) fn start(root: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(root).stdout(Stdio::piped());
        let mut server = Self { child: command.spawn()?, adresse: String::new() };
        let out = server.child.stdout.take().context("stdout")?;
        for line in std::io::BufRead::lines(std::io::BufReader::new(out)) {
            if let Some(adresse) = line?.strip_prefix("Bereit: http://") {
                server.adresse = adresse.to_owned();
                return Ok(server);
            }
        }
        anyhow::bail!("der Server ist nicht gestartet")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first answer, once the views have caught up with the ledger; length of its body.
async fn erste(host: &str, anfrage: &str) -> Result<usize> {
    let (mut pause, ende) =
        (tokio::time::interval(Duration::from_millis(100)), Instant::now() + Duration::from_secs(20));
    loop {
        pause.tick().await;
        match eine(&mut TcpStream::connect(host).await?, anfrage).await {
            Err(_) if Instant::now() < ende => {}
            antwort => return antwort,
        }
    }
}

/// A handler that does nothing but answer `bytes` bytes.
async fn bare(bytes: usize) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let adresse = listener.local_addr()?.to_string();
    let text = "x".repeat(bytes);
    let router = axum::Router::new().route("/", axum::routing::get(move || async move { text.clone() }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(adresse)
}

/// p99 in milliseconds over all requests of `sekunden` seconds.
async fn p99(adresse: &str, anfrage: &str, sekunden: u32) -> Result<f64> {
    let (takt, je) = (Duration::from_secs(1) * VERBINDUNGEN / JE_SEKUNDE, JE_SEKUNDE * sekunden / VERBINDUNGEN);
    let start = Instant::now() + Duration::from_millis(50);
    let mut tasks: JoinSet<Result<Vec<f64>>> = JoinSet::new();
    for n in 0..VERBINDUNGEN {
        let (adresse, anfrage) = (adresse.to_owned(), anfrage.to_owned());
        tasks.spawn(async move {
            let mut stream = TcpStream::connect(adresse).await?;
            stream.set_nodelay(true)?;
            let (first, mut times) = (start + takt * n / VERBINDUNGEN, Vec::new());
            for k in 0..je {
                let due = first + takt * k;
                tokio::time::sleep_until(due).await;
                eine(&mut stream, &anfrage).await?;
                times.push(due.elapsed().as_secs_f64() * 1000.0);
            }
            Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    times.sort_by(f64::total_cmp);
    times.get(times.len() * 99 / 100).copied().context("keine Anfrage")
}

/// One request and its whole answer; length of the body.
async fn eine(stream: &mut TcpStream, anfrage: &str) -> Result<usize> {
    stream.write_all(anfrage.as_bytes()).await?;
    let (mut antwort, mut puffer) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let n = stream.read(&mut puffer).await?;
        ensure!(n > 0, "der Server hat die Verbindung geschlossen");
        antwort.extend_from_slice(&puffer[..n]);
        let Some(ende) = antwort.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let kopf = std::str::from_utf8(&antwort[..ende])?.to_ascii_lowercase();
        ensure!(kopf.starts_with("http/1.1 200 "), "Antwort {}", kopf.lines().next().unwrap_or_default());
        let laenge = kopf.lines().find_map(|l| l.strip_prefix("content-length: ")).context("ohne Länge")?;
        let laenge: usize = laenge.trim().parse()?;
        if antwort.len() >= ende + 4 + laenge {
            return Ok(laenge);
        }
    }
}
