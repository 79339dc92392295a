//! The tables of schema `tresor` and who may do what with them.
//!
//! Run by the owner, never by the server: its own account cannot change a key, a table or a right.

use super::{failed, owner_link};
use crate::postgres::quoted;
use crate::vault::VaultError;
use sqlx::{Connection, Executor};

/// Of the tables; an older program refuses a newer one.
pub(super) const VERSION: i32 = 1;

/// One at a time, also from two machines ("tresor" in ASCII).
const ONE_AT_A_TIME: &str = "SELECT pg_advisory_xact_lock(128034711106418)";

/// `destroyed` rises with every destruction. Rows of `kek` are only inserted and deleted, so their space is free
/// for new keys as soon as autovacuum, which is set to come at the first dead row, has passed.
const TABLES: &str = "
CREATE SCHEMA IF NOT EXISTS tresor;
CREATE TABLE IF NOT EXISTS tresor.ledger_key (name text PRIMARY KEY, wrapped bytea NOT NULL);
CREATE TABLE IF NOT EXISTS tresor.kek (kek_id bigint PRIMARY KEY, wrapped bytea NOT NULL)
  WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);
CREATE TABLE IF NOT EXISTS tresor.counter (generation bigint PRIMARY KEY, next bigint NOT NULL);
CREATE TABLE IF NOT EXISTS tresor.state (
  one boolean PRIMARY KEY DEFAULT true CHECK (one), version integer NOT NULL, destroyed bigint NOT NULL);
";

/// Makes the tables and gives the server's role its rights and no others. Repeating changes nothing.
pub(in crate::vault) fn set_up(owner_url: &str, role: &str) -> Result<(), VaultError> {
    let role = quoted(role);
    let rights = format!(
        "REVOKE ALL ON SCHEMA tresor FROM PUBLIC;
         REVOKE ALL ON ALL TABLES IN SCHEMA tresor FROM PUBLIC;
         GRANT USAGE ON SCHEMA tresor TO {role};
         GRANT SELECT ON tresor.ledger_key TO {role};
         GRANT SELECT, INSERT, DELETE ON tresor.kek TO {role};
         GRANT SELECT, UPDATE (next) ON tresor.counter TO {role};
         GRANT SELECT, UPDATE (destroyed) ON tresor.state TO {role};"
    );
    let done = owner_link(owner_url)?.ask(move |conn| {
        Box::pin(async move {
            let mut tx = conn.begin().await?;
            tx.execute(ONE_AT_A_TIME).await?;
            tx.execute(TABLES).await?;
            let sql = "INSERT INTO tresor.state (version, destroyed) VALUES ($1, 0) ON CONFLICT (one) DO NOTHING";
            sqlx::query(sql).bind(VERSION).execute(&mut *tx).await?;
            tx.execute(rights.as_str()).await?;
            tx.commit().await
        })
    });
    done.map_err(failed)
}

/// Writes the table of keys anew, without what is left of destroyed ones. The old file goes at the server's
/// next checkpoint, the write-ahead log, replicas and backups when they lapse.
pub(in crate::vault) fn compact(owner_url: &str) -> Result<(), VaultError> {
    let done = owner_link(owner_url)?
        .ask(|conn| Box::pin(async move { conn.execute("VACUUM (FULL) tresor.kek").await.map(drop) }));
    done.map_err(failed)
}
