//! What a handler may reach.
//!
//! Two states on purpose: [`AppState`] for the office and for citizens' own cases, and
//! [`OffenState`] for public pages, which holds no house, no internal view and no session, so
//! that a leak there does not compile.

use crate::limits::Grenzwerte;
use crate::local::Local;
use akte_core::execute::Clock;
use akte_core::stadt::Stadt;
use akte_core::verfahren::katalog::Leistungen;
use axum::extract::FromRef;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

/// Settings of one running instance that are not the town's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Konfig {
    /// Cookies with `__Host-` and `Secure`; off only for plain HTTP on loopback.
    pub sichere_cookies: bool,
    /// The last entry of `X-Forwarded-For` is the client (behind the town's own proxy).
    pub vertraut_proxy: bool,
    /// Origin under which the town is reached, `https://…`; `None` = whatever `Host` says.
    pub basis_url: Option<String>,
}

impl Konfig {
    /// The cookie's name, with the `__Host-` prefix where the connection allows it.
    pub fn cookie(&self, name: &str) -> String {
        if self.sichere_cookies { format!("__Host-akte-{name}") } else { format!("akte-{name}") }
    }
}

/// Everything of one running town.
pub struct App {
    pub konfig: Konfig,
    pub stadt: Arc<Stadt>,
    pub clock: Arc<dyn Clock>,
    pub local: Local,
    pub grenzwerte: Grenzwerte,
    leistungen: RwLock<Arc<Leistungen>>,
    /// Second half of every draft's key; the first is the person's code.
    pub entwurf_key: [u8; 32],
    /// Key of the form tokens, kept in `local.db` so that open forms survive a restart.
    pub csrf_key: [u8; 32],
}

/// Shared handle on [`App`].
#[derive(Clone)]
pub struct AppState(Arc<App>);

impl AppState {
    /// Wires one town for the router.
    pub fn new(
        konfig: Konfig,
        stadt: Stadt,
        clock: Arc<dyn Clock>,
        local: Local,
    ) -> Result<Self, crate::local::LocalError> {
        let csrf_key = local.geheimnis("csrf")?;
        let entwurf_key = local.geheimnis("entwurf")?;
        let leistungen = RwLock::default();
        let grenzwerte = Grenzwerte::neu(&stadt.grenzen);
        Ok(Self(Arc::new(App {
            konfig,
            stadt: Arc::new(stadt),
            clock,
            local,
            grenzwerte,
            leistungen,
            entwurf_key,
            csrf_key,
        })))
    }
    /// The part public handlers get.
    pub fn offen(&self) -> OffenState {
        OffenState { stadt: self.stadt.clone() }
    }
}

impl Deref for AppState {
    type Target = App;
    fn deref(&self) -> &App {
        &self.0
    }
}

/// What a public handler may reach: the town's name and `public.db`, nothing else.
#[derive(Clone)]
pub struct OffenState {
    pub stadt: Arc<Stadt>,
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
        self.leistungen.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// Replaces the services.
    pub fn leistungen_setzen(&self, neu: Leistungen) {
        *self.leistungen.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(neu);
    }
    /// Today's date in the town.
    pub fn heute(&self) -> jiff::civil::Date {
        let jetzt = self.clock.now();
        jetzt.in_tz(&self.stadt.zeitzone).map_or_else(|_| jetzt.to_zoned(jiff::tz::TimeZone::UTC).date(), |z| z.date())
    }
    /// The account with this id.
    pub async fn konto(
        &self,
        _konto: uuid::Uuid,
    ) -> Result<Option<akte_projections::rows::KontoRow>, crate::error::Fehler> {
        Ok(None)
    }
    /// The account with this login (lower case).
    pub async fn konto_nach_login(
        &self,
        _login: &str,
    ) -> Result<Option<akte_projections::rows::KontoRow>, crate::error::Fehler> {
        Ok(None)
    }
}
