//! `akte serve`: views, process and pages on one data folder, until a signal or a storage failure ends it.

use crate::dienste::{self, Umgebung};
use crate::loeschlauf::{self, Sichtenpflege, Umfeld};
use crate::volltext::Volltext;
use crate::wire::{self, SystemClock, Wired};
use crate::{DataArg, folder::Folder, keys, motor};
use akte_api::local::Local;
use akte_api::{AppState, Konfig, Teile, router};
use akte_core::process::PositionStore;
use akte_projections::runner::{Bereinigung, INTERNAL, PUBLIC};
use akte_projections::{InternalViews, PublicViews, Runner, runner};
use anyhow::{Context, bail};
use async_trait::async_trait;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Longest wait for open erasures before the pages are served.
const LOESCHEN: Duration = Duration::from_secs(600);

#[derive(clap::Args)]
pub struct ServeArgs {
    #[command(flatten)]
    data: DataArg,
    #[arg(long, default_value = "127.0.0.1:8080", env = "AKTE_LISTEN")]
    listen: SocketAddr,
    /// Hinter TLS: Cookies mit __Host- und Secure
    #[arg(long)]
    sichere_cookies: bool,
    /// Dem letzten Eintrag von X-Forwarded-For vertrauen (eigener Proxy davor)
    #[arg(long)]
    vertraut_proxy: bool,
}

/// How to serve.
pub struct ServeOptions {
    pub listen: SocketAddr,
    pub sichere_cookies: bool,
    pub vertraut_proxy: bool,
}

pub async fn serve(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let folder = args.data.folder()?;
    let ServeArgs { listen, sichere_cookies, vertraut_proxy, .. } = args;
    run(folder, ServeOptions { listen, sichere_cookies, vertraut_proxy }).await
}

/// Serves until a signal (exit 0) or a storage failure (exit 1: a supervisor starts it again).
pub async fn run(folder: Folder, options: ServeOptions) -> anyhow::Result<ExitCode> {
    folder.warn_about_modes();
    let wired = wire::open(folder, Arc::new(SystemClock)).await?;
    let vkeys = wired.house.log_vkeys().await?;
    let (stop, stopped) = watch::channel(false);
    let mut works = JoinSet::new();
    let local = Local::open(&wired.folder.local_db())?;
    let views = runner::Konfig::new(&wired.house.stadt, &wired.reader())?;
    let views = Runner::start(wired.folder.root(), wired.reader(), views).await.context("Sichten")?;
    let (stand, bereinigung) = (views.stand(), views.bereinigung());
    works.spawn(views.run(stopped.clone()));
    let teile = Teile {
        konfig: Konfig {
            sichere_cookies: options.sichere_cookies,
            vertraut_proxy: options.vertraut_proxy,
            mehrere_knoten: wired.mehrere,
            basis_url: None,
            leistungsordner: Some(wired.folder.leistungen()),
            virenscanner: wired.folder.betrieb().abholung.virenscanner.clone(),
        },
        house: wired.house.clone(),
        internal: InternalViews::open(&wired.folder.root().join(INTERNAL))?,
        public: PublicViews::open(&wired.folder.root().join(PUBLIC))?,
        stand,
        zugriff: motor::open_zugriff(&wired.folder).await?,
        local,
        vkeys,
    };
    // In quarantine nothing is signed and nothing follows: what is wrong must not get a signature.
    if wired.house.quarantine().is_none() {
        arbeiten(&wired, &teile, bereinigung, stopped.clone(), &mut works).await?;
    }
    let app = AppState::new(teile)?;
    let listener = TcpListener::bind(options.listen).await.with_context(|| format!("--listen {}", options.listen))?;
    if let Some(why) = wired.house.quarantine() {
        eprintln!("NUR LESEN: {why}");
    }
    // Whoever reads that it is ready may ask it to end at once.
    let signal = Signal::listen();
    println!("Bereit: http://{}", listener.local_addr()?);
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(ended(stopped));
    let server = tokio::spawn(async move { server.await });
    let failed = until_signal_or_failure(&wired, signal).await;
    // Receivers are gone only where everything has ended already.
    let _ = stop.send(true);
    let rest = async {
        let _ = server.await;
        while works.join_next().await.is_some() {}
    };
    // Open connections get a moment; a durable ledger needs none.
    let _ = tokio::time::timeout(Duration::from_secs(5), rest).await;
    match failed {
        Some(why) => bail!("Speicherfehler, Ausgang offener Vorgänge unbekannt: {why}. Bitte neu starten."),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// The work in the background; open erasures are finished before anybody is served.
async fn arbeiten(
    wired: &Wired,
    teile: &Teile,
    bereinigung: Bereinigung,
    stopped: watch::Receiver<bool>,
    works: &mut JoinSet<()>,
) -> anyhow::Result<()> {
    let umgebung = Umgebung {
        house: wired.house.clone(),
        local: teile.local.clone(),
        internal: teile.internal.clone(),
        zugriff: teile.zugriff.clone(),
        stand: teile.stand.clone(),
        bereinigung: bereinigung.clone(),
        vkeys: teile.vkeys.clone(),
        takt: keys::take_up(wired).await?,
        mail: wired.folder.betrieb().mail.clone(),
        abholung: wired.folder.betrieb().abholung.clone(),
        stopped,
    };
    let knoten = dienste::anmelden(wired, &umgebung, works).await?;
    let mut umfeld = Umfeld {
        house: wired.house.clone(),
        folder: wired.folder.clone(),
        local: teile.local.clone(),
        internal: teile.internal.clone(),
        sichten: Sichtenpflege::Laufend(bereinigung),
        knoten,
    };
    finish_erasures(&mut umfeld).await;
    let volltext = Volltext::neu(wired.house.clone(), wired.folder.root())?;
    works.spawn(volltext.folgen(umgebung.stopped.clone()));
    dienste::beginnen(wired.mehrere, &umgebung, umfeld, works);
    Ok(())
}

/// Before anybody is served: what was ordered is finished, what a restore brought back is erased again. A damaged
/// row must not keep the town from working; the next pass tries again and says so.
async fn finish_erasures(umfeld: &mut Umfeld) {
    let lauf = loeschlauf::lauf(umfeld, None, &|line| println!("{line}"));
    match tokio::time::timeout(LOESCHEN, lauf).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => eprintln!("Eine Löschung ist noch offen: {error:#}"),
        Err(_) => {
            eprintln!("Eine Löschung ist noch offen: sie dauert länger als zehn Minuten und geht nachher weiter.")
        }
    }
    // An approval the views did not know yet when this began is found at once.
    umfeld.house.erasure_due.notify_one();
}

async fn ended(mut stopped: watch::Receiver<bool>) {
    // An error means the sender is gone: the process is ending as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// `Some(reason)` if the engine or the vault gave up.
async fn until_signal_or_failure(wired: &Wired, signal: Signal) -> Option<String> {
    let (mut engine, mut vault) = (wired.house.ledger.failed_watch(), wired.house.vault.failed_watch());
    tokio::select! {
        reason = engine.wait_for(Option::is_some) => reason.ok().and_then(|r| r.clone()),
        reason = vault.wait_for(Option::is_some) => reason.ok().and_then(|r| r.clone()),
        () = signal.came() => None,
    }
}

/// Ctrl-C or SIGTERM. Where no handler can be had, the signal's default action ends the process, which
/// is as good.
struct Signal {
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
}

impl Signal {
    fn listen() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Self { terminate: signal(SignalKind::terminate()).ok() }
        }
        #[cfg(not(unix))]
        Self {}
    }

    async fn came(self) {
        #[cfg(unix)]
        if let Some(mut terminate) = self.terminate {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Position of `process` in `local.db`.
pub struct Position(pub Local);

#[async_trait]
impl PositionStore for Position {
    async fn load(&self) -> std::io::Result<Option<u64>> {
        self.0.position("process").map_err(std::io::Error::other)
    }
    async fn store(&self, next: u64) -> std::io::Result<()> {
        self.0.position_setzen("process", next).map_err(std::io::Error::other)
    }
}
