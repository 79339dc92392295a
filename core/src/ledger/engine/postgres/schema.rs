//! The schema `ledger`: steps that lead to it, functions inside the server, and what the server's role may do.
//!
//! Deliberately no migration crate: steps are numbered, run under one advisory lock, and never changed.

use super::open::{Link, OpenError};
use sqlx::{Connection, Executor, PgConnection, Row};

/// Step n leads from version n to n + 1. An older program refuses a newer schema.
const STEPS: &[&str] = &[
    include_str!("sql/tables.sql"),
    include_str!("sql/turns.sql"),
    include_str!("sql/groups.sql"),
    include_str!("sql/retired.sql"),
];
const FUNCTIONS: &str = include_str!("sql/functions.sql");
/// Any number that nothing else in the database uses: `AktK`.
const LOCK: i64 = 0x416b_744b;

const FIRST: &str = "
CREATE SCHEMA IF NOT EXISTS ledger;
CREATE TABLE IF NOT EXISTS ledger.meta (one smallint PRIMARY KEY CHECK (one = 1), version int NOT NULL, origin text);
INSERT INTO ledger.meta VALUES (1, 0, NULL) ON CONFLICT DO NOTHING;
";

/// Everything the server's role may do, table by table; nothing may be changed in what is chained.
pub(super) const RIGHTS: &[(&str, &str)] = &[
    ("meta", "SELECT, UPDATE"),
    ("events", "SELECT, INSERT"),
    ("tile", "SELECT, INSERT"),
    ("kek_use", "SELECT, INSERT"),
    ("kek_retired", "SELECT, INSERT"),
    ("payload", "SELECT, INSERT, UPDATE, DELETE"),
    ("ledger_head", "SELECT, UPDATE"),
    ("checkpoint", "SELECT, INSERT, UPDATE"),
    ("lease", "SELECT, INSERT, UPDATE, DELETE"),
    ("stream_load", "SELECT"),
];

/// Version this program knows.
pub(super) fn known() -> i32 {
    i32::try_from(STEPS.len()).unwrap_or(i32::MAX)
}

/// Creates the schema or brings it to this program's version, and gives `server_role` what it needs and no more.
/// For the role that owns the schema. Harmless when repeated, also by several at once.
pub async fn set_up(owner_url: &str, server_role: Option<&str>) -> Result<(), OpenError> {
    let mut conn = Link::of(owner_url)?.connect().await?;
    super::open::check_server(&mut conn).await?;
    migrate(&mut conn).await?;
    if let Some(role) = server_role {
        grant(&mut conn, role).await?;
    }
    // An error here changes nothing: what was set up is committed.
    let _ = conn.close().await;
    Ok(())
}

/// The version of the schema in this database; `None` if there is none.
pub(super) async fn version(conn: &mut PgConnection) -> Result<Option<i32>, OpenError> {
    let there: bool = sqlx::query_scalar("SELECT to_regclass('ledger.meta') IS NOT NULL").fetch_one(&mut *conn).await?;
    if !there {
        return Ok(None);
    }
    Ok(sqlx::query_scalar("SELECT version FROM ledger.meta").fetch_optional(&mut *conn).await?)
}

/// Runs the steps that are missing, in one transaction.
pub(super) async fn migrate(conn: &mut PgConnection) -> Result<(), OpenError> {
    let mut tx = conn.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *tx).await?;
    tx.execute("SET LOCAL client_min_messages = warning").await?;
    tx.execute(FIRST).await?;
    let found: i32 = tx.fetch_one("SELECT version FROM ledger.meta").await?.try_get(0)?;
    if found > known() {
        return Err(OpenError::Newer { found, known: known() });
    }
    for step in &STEPS[usize::try_from(found).unwrap_or(0)..] {
        tx.execute(*step).await?;
    }
    tx.execute(FUNCTIONS).await?;
    if found < known() {
        sqlx::query("UPDATE ledger.meta SET version = $1").bind(known()).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Takes everything from the role and gives what [`RIGHTS`] says.
async fn grant(conn: &mut PgConnection, role: &str) -> Result<(), OpenError> {
    let mut tx = conn.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *tx).await?;
    // The server quotes the name; statements like these take no parameters.
    let role: String = sqlx::query_scalar("SELECT quote_ident($1)").bind(role).fetch_one(&mut *tx).await?;
    let mut statements = format!(
        "REVOKE ALL ON SCHEMA ledger FROM {role}; REVOKE ALL ON ALL TABLES IN SCHEMA ledger FROM {role};
         GRANT USAGE ON SCHEMA ledger TO {role}; GRANT EXECUTE ON FUNCTION ledger.rewrite_payload() TO {role};"
    );
    for (table, rights) in RIGHTS {
        statements.push_str(&format!("GRANT {rights} ON ledger.{table} TO {role};"));
    }
    tx.execute(statements.as_str()).await?;
    tx.commit().await?;
    Ok(())
}
