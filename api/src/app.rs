//! What a handler may reach.
//!
//! Two states on purpose: [`AppState`] for the office and for citizens' own cases, and
//! [`OffenState`] for public pages, which holds no house, no internal view and no session, so
//! that a leak there does not compile.

use crate::limits::Grenzwerte;
use crate::local::Local;
use akte_core::execute::{Clock, House};
use akte_core::stadt::Stadt;
use akte_core::verfahren::katalog::Leistungen;
use akte_projections::rows::KontoRow;
use akte_projections::{InternalViews, PublicViews, Stand, ZugriffLog};
use axum::extract::FromRef;
use std::ops::Deref;
use std::sync::Arc;
use uuid::Uuid;

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

/// What one running town is wired from, by `cli` or by a test.
pub struct Teile {
    /// The command path; also brings town, clock, services and documents.
    pub house: Arc<House>,
    pub local: Local,
    pub intern: InternalViews,
    pub oeffentlich: PublicViews,
    pub zugriff: ZugriffLog,
    /// How far the views have come.
    pub stand: Stand,
}

/// Everything of one running town.
pub struct App {
    pub konfig: Konfig,
    pub stadt: Arc<Stadt>,
    pub clock: Arc<dyn Clock>,
    pub house: Arc<House>,
    pub local: Local,
    pub intern: InternalViews,
    pub oeffentlich: PublicViews,
    pub zugriff: ZugriffLog,
    pub stand: Stand,
    pub grenzwerte: Grenzwerte,
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
    pub fn new(konfig: Konfig, teile: Teile) -> Result<Self, crate::local::LocalError> {
        let Teile { house, local, intern, oeffentlich, zugriff, stand } = teile;
        Ok(Self(Arc::new(App {
            konfig,
            stadt: house.stadt.clone(),
            clock: house.clock.clone(),
            grenzwerte: Grenzwerte::neu(&house.stadt.grenzen),
            entwurf_key: local.geheimnis("entwurf")?,
            csrf_key: local.geheimnis("csrf")?,
            house,
            local,
            intern,
            oeffentlich,
            zugriff,
            stand,
        })))
    }
    /// The part public handlers get.
    pub fn offen(&self) -> OffenState {
        OffenState { stadt: self.stadt.clone(), sichten: self.oeffentlich.clone() }
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
    pub sichten: PublicViews,
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
    /// Today's date in the town.
    pub fn heute(&self) -> jiff::civil::Date {
        self.clock.now().to_zoned(self.house.zone.clone()).date()
    }
    /// The account with this id.
    pub async fn konto(&self, konto: Uuid) -> Result<Option<KontoRow>, crate::error::Fehler> {
        crate::clerk::zugang::sicht(self, move |v| v.konto(konto)).await
    }
    /// The account with this login (lower case).
    pub async fn konto_nach_login(&self, login: &str) -> Result<Option<KontoRow>, crate::error::Fehler> {
        let login = login.to_owned();
        crate::clerk::zugang::sicht(self, move |v| v.konto_by_login(&login)).await
    }
}
