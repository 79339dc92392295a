//! Opening: how the server is reached, what it must be and promise, and the check of the log's tail before serving.
//!
//! Deliberately repairs nothing and weakens nothing: what cannot be relied on is refused with its remedy.

use super::schema::{self, RIGHTS};
use super::{Core, PostgresLedger, tail};
use crate::ledger::merkle::FrontierError;
use crate::ledger::port::LedgerError;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, PgConnection, Row};
use std::str::FromStr;
use std::time::Duration;

/// Longest wait for a connection.
pub(super) const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// Oldest server whose functions are used here.
const OLDEST: i32 = 130_000;

/// Why a ledger cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "Die Adresse der Datenbank ist nicht lesbar: {0}. Erwartet wird `postgres://rolle@rechner:5432/datenbank`."
    )]
    Address(String),
    #[error(
        "Die Verbindung zu {0} wäre nicht verschlüsselt. Ergänzen Sie die Adresse um \
         `?sslmode=verify-full&sslrootcert=/pfad/zur/ca.pem`, oder nennen Sie einen anderen `sslmode` ausdrücklich."
    )]
    Unencrypted(String),
    #[error(
        "Der Datenbankserver {at} ist nicht zu erreichen: {reason}. Prüfen Sie Adresse, Netz, Zertifikat und Rolle."
    )]
    Unreachable { at: String, reason: String },
    #[error("PostgreSQL {0} ist zu alt. Nötig ist Fassung 13 oder neuer; aktualisieren Sie den Server.")]
    Version(i32),
    #[error(
        "`{setting}` steht auf `{found}`: bestätigte Ereignisse könnten verloren gehen. Setzen Sie es auf `on` \
         (postgresql.conf, ALTER DATABASE oder ALTER ROLE) und laden Sie die Einstellungen neu."
    )]
    Unsafe { setting: &'static str, found: String },
    #[error(
        "Dieser Server ist eine Kopie (Standby) und nimmt nichts an. Nennen Sie in der Adresse den führenden Server."
    )]
    Standby,
    #[error(
        "In dieser Datenbank ist noch kein Ereignisspeicher eingerichtet. Richten Sie ihn mit der Rolle ein, der die \
         Datenbank gehört; nichts wurde geändert."
    )]
    NotSetUp,
    #[error(
        "Der Ereignisspeicher hat Format {found}, dieses Programm kennt Formate bis {known}. \
         Installieren Sie die neuere Fassung; nichts wurde geändert."
    )]
    Newer { found: i32, known: i32 },
    #[error(
        "Der Ereignisspeicher hat das ältere Format {found}, nötig ist {known}. Diese Rolle darf ihn nicht umstellen: \
         richten Sie ihn mit der Eigentümerrolle neu ein, die Daten bleiben."
    )]
    Older { found: i32, known: i32 },
    #[error(
        "Der Rolle `{role}` fehlen Rechte: {missing}. Richten Sie den Speicher mit der Eigentümerrolle für sie ein."
    )]
    Rights { role: String, missing: String },
    #[error(
        "Dieser Ereignisspeicher gehört zu {found}, nicht zu {wanted}. Nennen Sie die Datenbank der eigenen Stadt."
    )]
    OtherTown { found: String, wanted: String },
    #[error(
        "Der Ereignisspeicher ist beschädigt, zuerst bei Ereignis {index}: {reason}. \
         `akte verify` nennt den Umfang; spielen Sie eine Sicherung ein."
    )]
    Corrupt { index: u64, reason: String },
    #[error("Der Ereignisspeicher lässt sich nicht öffnen: {0}")]
    Storage(String),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.to_string())
    }
}

impl From<FrontierError> for OpenError {
    fn from(error: FrontierError) -> Self {
        Self::Corrupt { index: 0, reason: error.to_string() }
    }
}

impl From<LedgerError> for OpenError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Storage(why) => Self::Storage(why),
            LedgerError::Corrupt { index, reason } => Self::Corrupt { index, reason },
        }
    }
}

/// How the server is reached.
#[derive(Clone)]
pub(super) struct Link(PgConnectOptions);

impl Link {
    /// Reads the address. Off the own machine, a connection in the clear must be wished for by name.
    pub(super) fn of(url: &str) -> Result<Self, OpenError> {
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(OpenError::Address("sie beginnt nicht mit `postgres://`".into()));
        }
        let options = PgConnectOptions::from_str(url).map_err(|e| OpenError::Address(e.to_string()))?;
        if matches!(options.get_ssl_mode(), PgSslMode::VerifyCa) {
            // sqlx 0.8 asks for a crypto provider of the whole process here, which this program has none of.
            return Err(OpenError::Address("`sslmode=verify-ca` gibt es hier nicht, nehmen Sie `verify-full`".into()));
        }
        let host = options.get_host().to_owned();
        let near = options.get_socket().is_some()
            || host.starts_with('/')
            || host == "localhost"
            || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        let named = url.split_once('?').is_some_and(|(_, query)| {
            query.split('&').any(|pair| pair.starts_with("sslmode=") || pair.starts_with("ssl-mode="))
        });
        if !near && !named {
            return Err(OpenError::Unencrypted(host));
        }
        let checked = matches!(options.get_ssl_mode(), PgSslMode::VerifyFull);
        if !near && !checked {
            tracing::warn!(%host, "ledger: nobody checks that this is the right database server; set sslmode=verify-full");
        }
        // A node that is frozen or gone must not hold the lock of all others. Compiling a statement to machine code
        // takes the server longer than running any of ours, and its estimates of arrays and of plans that avoid
        // sequential scans are high enough for it.
        let options = options.application_name("aktenkette").options([
            ("jit", "off"),
            ("idle_in_transaction_session_timeout", "10s"),
            ("lock_timeout", "10s"),
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
        ]);
        Ok(Self(options))
    }

    pub(super) fn readonly(self) -> Self {
        Self(self.0.options([("default_transaction_read_only", "on")]))
    }

    pub(super) fn options(&self) -> PgConnectOptions {
        self.0.clone()
    }

    /// One connection, in bounded time.
    pub(super) async fn connect(&self) -> Result<PgConnection, OpenError> {
        self.connected(&self.0).await
    }

    /// One that appends. Its few statements are planned once and always go by an index, whatever size the tables had
    /// then: planning anew for each group costs more than writing it.
    pub(super) async fn connect_to_write(&self) -> Result<PgConnection, OpenError> {
        let planned_once = [("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off")];
        self.connected(&self.0.clone().options(planned_once)).await
    }

    async fn connected(&self, options: &PgConnectOptions) -> Result<PgConnection, OpenError> {
        let at = || format!("{}:{}", self.0.get_host(), self.0.get_port());
        match tokio::time::timeout(CONNECT_PATIENCE, options.connect()).await {
            Ok(Ok(conn)) => Ok(conn),
            Ok(Err(error)) => Err(OpenError::Unreachable { at: at(), reason: error.to_string() }),
            Err(_) => Err(OpenError::Unreachable { at: at(), reason: "keine Antwort".into() }),
        }
    }
}

impl PostgresLedger {
    /// Opens the ledger for writing and checks its tail. `origin` = the town's log: kept at its first use, and
    /// another town's ledger is refused for ever after. Brings an older schema up to date if the role may.
    pub async fn open(url: &str, origin: Option<&str>) -> Result<Self, OpenError> {
        let link = Link::of(url)?;
        let mut conn = link.connect_to_write().await?;
        check_server(&mut conn).await?;
        if sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(&mut conn).await? {
            return Err(OpenError::Standby);
        }
        check_promises(&mut conn).await?;
        check_schema(&mut conn).await?;
        check_rights(&mut conn).await?;
        check_town(&mut conn, origin).await?;
        let frontier = tail::check(&mut conn).await?;
        Ok(Self::start(Core::new(link, Some((conn, frontier)))?))
    }

    /// Opens the ledger, or a standby's copy of it, for reading; every append is refused.
    pub async fn open_readonly(url: &str) -> Result<Self, OpenError> {
        let link = Link::of(url)?.readonly();
        let mut conn = link.connect().await?;
        check_server(&mut conn).await?;
        match schema::version(&mut conn).await? {
            None => Err(OpenError::NotSetUp),
            Some(found) if found > schema::known() => Err(OpenError::Newer { found, known: schema::known() }),
            Some(found) if found < schema::known() => Err(OpenError::Older { found, known: schema::known() }),
            Some(_) => Ok(Self::start(Core::new(link, None)?)),
        }
    }
}

/// The server's age.
pub(super) async fn check_server(conn: &mut PgConnection) -> Result<(), OpenError> {
    let version: String = sqlx::query_scalar("SHOW server_version_num").fetch_one(conn).await?;
    new_enough(version.parse().unwrap_or(0))
}

fn new_enough(version: i32) -> Result<(), OpenError> {
    if version < OLDEST { Err(OpenError::Version(version / 10_000)) } else { Ok(()) }
}

/// What the server promises about a COMMIT. Asked of every new writing connection: settings may change at a restart.
pub(super) async fn check_promises(conn: &mut PgConnection) -> Result<(), OpenError> {
    let row =
        sqlx::query("SELECT current_setting('fsync'), current_setting('synchronous_commit')").fetch_one(conn).await?;
    for (setting, found) in [("fsync", row.try_get::<String, _>(0)?), ("synchronous_commit", row.try_get(1)?)] {
        if found == "off" {
            return Err(OpenError::Unsafe { setting, found });
        }
    }
    Ok(())
}

async fn check_schema(conn: &mut PgConnection) -> Result<(), OpenError> {
    let known = schema::known();
    match schema::version(conn).await? {
        None => Err(OpenError::NotSetUp),
        Some(found) if found > known => Err(OpenError::Newer { found, known }),
        Some(found) if found < known => {
            let may: bool =
                sqlx::query_scalar("SELECT has_schema_privilege('ledger', 'CREATE')").fetch_one(&mut *conn).await?;
            if may { schema::migrate(conn).await } else { Err(OpenError::Older { found, known }) }
        }
        Some(_) => Ok(()),
    }
}

async fn check_rights(conn: &mut PgConnection) -> Result<(), OpenError> {
    let mut missing = Vec::new();
    for (table, rights) in RIGHTS {
        for right in rights.split(", ") {
            let name = format!("ledger.{table}");
            let has: bool = sqlx::query_scalar("SELECT has_table_privilege($1, $2)")
                .bind(&name)
                .bind(right)
                .fetch_one(&mut *conn)
                .await?;
            if !has {
                missing.push(format!("{right} auf {name}"));
            }
        }
    }
    let row = sqlx::query("SELECT current_user::text, has_table_privilege('ledger.events', 'UPDATE')")
        .fetch_one(&mut *conn)
        .await?;
    let role: String = row.try_get(0)?;
    if !missing.is_empty() {
        return Err(OpenError::Rights { role, missing: missing.join(", ") });
    }
    if row.try_get(1)? {
        tracing::warn!(%role, "ledger: this role owns the tables; give the server a role of its own");
    }
    Ok(())
}

async fn check_town(conn: &mut PgConnection, origin: Option<&str>) -> Result<(), OpenError> {
    let Some(wanted) = origin else { return Ok(()) };
    sqlx::query("UPDATE ledger.meta SET origin = $1 WHERE origin IS NULL").bind(wanted).execute(&mut *conn).await?;
    let found: String = sqlx::query_scalar("SELECT origin FROM ledger.meta").fetch_one(conn).await?;
    if found == wanted { Ok(()) } else { Err(OpenError::OtherTown { found, wanted: wanted.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_older_than_13_is_refused_with_its_remedy() {
        assert!(new_enough(130_000).is_ok());
        assert!(new_enough(150_014).is_ok());
        let refused = new_enough(120_022).expect_err("too old").to_string();
        assert!(refused.contains("PostgreSQL 12") && refused.contains("aktualisieren"), "{refused}");
    }

    #[test]
    fn only_the_own_machine_is_reached_in_the_clear() {
        for near in ["localhost", "127.0.0.1", "[::1]", "%2Frun%2Fpostgresql"] {
            assert!(Link::of(&format!("postgres://a@{near}/b")).is_ok(), "{near}");
        }
        for far in ["db.example.org", "10.0.0.7", "localhost.example.org"] {
            assert!(matches!(Link::of(&format!("postgres://a@{far}/b")), Err(OpenError::Unencrypted(_))), "{far}");
            assert!(Link::of(&format!("postgres://a@{far}/b?application_name=sslmode=x")).is_err(), "{far}");
            assert!(Link::of(&format!("postgres://a@{far}/b?sslmode=require")).is_ok(), "{far}");
        }
    }
}
