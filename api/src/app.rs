//! What a handler may reach.
//!
//! Two states on purpose: [`AppState`] for the office and for citizens' own cases, and
//! [`OffenState`] for public pages, which holds no house, no internal view and no session, so
//! that a leak there does not compile.

use crate::annahme::clamd::Clamd;
use crate::clerk::suche::Suchen;
use crate::error::Fehler;
use crate::layout::NurLesen;
use crate::limits::Grenzwerte;
use crate::local::{Local, LocalError};
use akte_core::execute::{Clock, House};
use akte_core::ledger::Receipt;
use akte_core::ledger::log_reader::LogReader;
use akte_core::ledger::note::Vkey;
use akte_core::ledger::receipt::Redacted;
use akte_core::stadt::Stadt;
use akte_core::verfahren::katalog::Leistungen;
use akte_projections::rows::KontoRow;
use akte_projections::{InternalViews, PublicViews, Stand, ViewError, ZugriffLog};
use axum::extract::FromRef;
use axum::http::StatusCode;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;

/// Settings of one running instance that are not the town's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Konfig {
    /// Cookies with `__Host-` and `Secure`; off only for plain HTTP on loopback.
    pub sichere_cookies: bool,
    /// The last entry of `X-Forwarded-For` is the client (behind the town's own proxy).
    pub vertraut_proxy: bool,
    /// Other nodes serve the same ledger: a browser may come from one of them.
    pub mehrere_knoten: bool,
    /// Origin under which the town is reached, `https://…`; `None` = whatever `Host` says.
    pub basis_url: Option<String>,
    /// Folder with the town's own definitions, one folder each; `None` = there is none here.
    pub leistungsordner: Option<PathBuf>,
    /// Virus scanner that is asked about what comes in; `None` = judged by the kind of file alone.
    pub virenscanner: Option<Clamd>,
}

impl Konfig {
    /// The cookie's name, with the `__Host-` prefix where the connection allows it.
    pub fn cookie(&self, name: &str) -> String {
        if self.sichere_cookies { format!("__Host-akte-{name}") } else { format!("akte-{name}") }
    }
}

/// What a running town is made of, wired once in `cli` or in a test.
pub struct Teile {
    pub konfig: Konfig,
    pub house: Arc<House>,
    pub internal: InternalViews,
    pub public: PublicViews,
    /// How far the views are.
    pub stand: Stand,
    pub zugriff: ZugriffLog,
    pub local: Local,
    /// Public keys of the log, shown where everybody can check its proofs.
    pub vkeys: Vec<Vkey>,
}

/// Everything of one running town.
pub struct App {
    pub konfig: Konfig,
    pub stadt: Arc<Stadt>,
    pub clock: Arc<dyn Clock>,
    pub house: Arc<House>,
    pub internal: InternalViews,
    pub public: PublicViews,
    pub stand: Stand,
    pub zugriff: ZugriffLog,
    pub local: Local,
    pub vkeys: Vec<Vkey>,
    pub grenzwerte: Grenzwerte,
    /// Second half of every draft's key; the first is the person's code.
    pub entwurf_key: [u8; 32],
    /// Key of the form tokens, kept in `local.db` so that open forms survive a restart.
    pub csrf_key: [u8; 32],
    /// Searches of the office, so that no name stands in an address.
    pub suchen: Suchen,
}

/// Shared handle on [`App`].
#[derive(Clone)]
pub struct AppState(Arc<App>);

impl AppState {
    /// Wires one town for the router. Fails if `local.db` cannot be used.
    pub fn new(t: Teile) -> Result<Self, LocalError> {
        let csrf_key = t.local.geheimnis("csrf")?;
        let entwurf_key = t.local.geheimnis("entwurf")?;
        Ok(Self(Arc::new(App {
            konfig: t.konfig,
            stadt: t.house.stadt.clone(),
            clock: t.house.clock.clone(),
            grenzwerte: Grenzwerte::neu(&t.house.stadt.grenzen),
            house: t.house,
            internal: t.internal,
            public: t.public,
            stand: t.stand,
            zugriff: t.zugriff,
            local: t.local,
            vkeys: t.vkeys,
            entwurf_key,
            csrf_key,
            suchen: Suchen::default(),
        })))
    }
    /// The part public handlers get.
    pub fn offen(&self) -> OffenState {
        OffenState {
            stadt: self.stadt.clone(),
            public: self.public.clone(),
            leistungen: LeistungsTitel(self.house.clone()),
            log: LogReader::new(self.house.ledger.clone(), &self.house.log, self.vkeys.clone()),
            beweise: Beweise(self.house.clone()),
            uhr: Uhr(self.house.clone()),
        }
    }
}

impl Deref for AppState {
    type Target = App;
    fn deref(&self) -> &App {
        &self.0
    }
}

/// What a public handler may reach: the town's name, `public.db`, the hashes of the signed log and the way to them, nothing else.
#[derive(Clone)]
pub struct OffenState {
    pub stadt: Arc<Stadt>,
    pub public: PublicViews,
    pub leistungen: LeistungsTitel,
    /// Checkpoint and tiles; it has no way to an event's content.
    pub log: LogReader,
    pub beweise: Beweise,
    pub uhr: Uhr,
}

/// The moment and the town's day, and nothing else of the house.
#[derive(Clone)]
pub struct Uhr(Arc<House>);

impl Uhr {
    pub fn jetzt(&self) -> jiff::Timestamp {
        self.0.clock.now()
    }
    pub fn heute(&self) -> jiff::civil::Date {
        self.jetzt().to_zoned(self.0.zone.clone()).date()
    }
}

/// The way from public rows to a signed checkpoint, and nothing else of the house: hashes and a note.
#[derive(Clone)]
pub struct Beweise(Arc<House>);

impl Beweise {
    /// The records as one file of public records; `None` while no checkpoint covers them all.
    pub async fn datei(&self, records: &[Redacted]) -> Result<Option<String>, Fehler> {
        Ok(self.0.belege(records).await?)
    }
}

/// Titles of the services, and nothing else of the house.
#[derive(Clone)]
pub struct LeistungsTitel(Arc<House>);

impl LeistungsTitel {
    /// German title of a service; its id where it is not in the catalogue any more.
    pub fn titel(&self, id: &str) -> String {
        self.0.leistungen().get(id).map_or_else(|| id.to_owned(), |d| d.titel.de.clone())
    }
}

impl FromRef<AppState> for Arc<Stadt> {
    fn from_ref(app: &AppState) -> Self {
        app.stadt.clone()
    }
}

impl FromRef<OffenState> for Arc<Stadt> {
    fn from_ref(offen: &OffenState) -> Self {
        offen.stadt.clone()
    }
}

impl App {
    /// All services in force.
    pub fn leistungen(&self) -> Arc<Leistungen> {
        self.house.leistungen()
    }
    /// Why nothing may be written, if so.
    pub fn nur_lesen(&self) -> Option<NurLesen> {
        self.house.quarantine().cloned().map(NurLesen)
    }
    /// Today's date in the town.
    pub fn heute(&self) -> jiff::civil::Date {
        self.clock.now().to_zoned(self.house.zone.clone()).date()
    }
    /// Asks the internal views off the async threads.
    pub async fn intern<T: Send + 'static>(
        &self,
        frage: impl FnOnce(&InternalViews) -> Result<T, ViewError> + Send + 'static,
    ) -> Result<T, Fehler> {
        let views = self.internal.clone();
        abseits(move || frage(&views)).await
    }
    /// Asks the public views off the async threads.
    pub async fn oeffentlich<T: Send + 'static>(
        &self,
        frage: impl FnOnce(&PublicViews) -> Result<T, ViewError> + Send + 'static,
    ) -> Result<T, Fehler> {
        let views = self.public.clone();
        abseits(move || frage(&views)).await
    }
    /// Writes the row of the read log; only after this may the page be sent.
    pub async fn gelesen(
        &self,
        wer: String,
        was: &'static str,
        ziel: Option<Uuid>,
        zweck: String,
    ) -> Result<(), Fehler> {
        let (log, now) = (self.zugriff.clone(), self.clock.now());
        let geschrieben = tokio::task::spawn_blocking(move || log.record(&wer, was, ziel, &zweck, now)).await;
        geschrieben.map_err(Fehler::fault)?.map_err(|e| {
            tracing::error!("the read log cannot be written: {e}");
            Fehler::Spaeter {
                status: StatusCode::SERVICE_UNAVAILABLE,
                code: "access-log",
                text: "Der Zugriff kann gerade nicht protokolliert werden. Deshalb zeigen wir die Seite nicht. Bitte versuchen Sie es in einigen Minuten noch einmal.".into(),
                sekunden: 60,
            }
        })
    }
    /// Waits a bounded time until the views show the event of this receipt.
    pub async fn sichtbar(&self, receipt: Option<&Receipt>) {
        if let Some(r) = receipt {
            crate::position::merken(r.index);
            self.stand.wait_for(r.index, crate::limits::ZEIT_SICHT).await;
        }
    }
    /// The account with this id.
    pub async fn konto(&self, konto: Uuid) -> Result<Option<KontoRow>, Fehler> {
        self.intern(move |v| v.konto(konto)).await
    }
    /// The account with this login (lower case).
    pub async fn konto_nach_login(&self, login: &str) -> Result<Option<KontoRow>, Fehler> {
        let login = login.to_owned();
        self.intern(move |v| v.konto_by_login(&login)).await
    }
}

/// Runs a blocking question beside the async threads.
pub async fn abseits<T: Send + 'static>(
    f: impl FnOnce() -> Result<T, ViewError> + Send + 'static,
) -> Result<T, Fehler> {
    let antwort = tokio::task::spawn_blocking(f).await.map_err(Fehler::fault)?;
    antwort.map_err(Fehler::from)
}
