//! Schema `zugriff`: the read log that all nodes share.
//!
//! Keeps rows; how long, and what a digest is made of, is not decided here.

use super::{Raw, RowHash, ZugriffFilter, ZugriffRow};
use crate::error::{Result, ViewError};
use akte_core::postgres::{Link, OWNER_PATIENCE, PATIENCE, quoted};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{Connection, Executor, Postgres, QueryBuilder, Row};
use std::sync::Arc;
use uuid::Uuid;

/// One at a time, also from two machines.
const ONE_AT_A_TIME: &str = "SELECT pg_advisory_xact_lock(128034711106419)";

/// Numbers come from the server alone (`GENERATED ALWAYS`). `at`: microseconds since 1970.
const TABLES: &str = "
CREATE SCHEMA IF NOT EXISTS zugriff;
CREATE TABLE IF NOT EXISTS zugriff.zugriff (
  nr bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  wer text NOT NULL, was text NOT NULL, ziel uuid, zweck text NOT NULL, at bigint NOT NULL);
CREATE INDEX IF NOT EXISTS zugriff_ziel ON zugriff.zugriff (ziel, nr);
CREATE INDEX IF NOT EXISTS zugriff_wer ON zugriff.zugriff (wer, nr);
CREATE INDEX IF NOT EXISTS zugriff_at ON zugriff.zugriff (at);
";

/// Rows fetched at once.
const PAGE: i64 = 10_000;

pub(super) fn set_up(owner_url: &str, role: &str) -> Result<()> {
    let role = quoted(role);
    let rights = format!(
        "REVOKE ALL ON SCHEMA zugriff FROM PUBLIC;
         REVOKE ALL ON ALL TABLES IN SCHEMA zugriff FROM PUBLIC;
         GRANT USAGE ON SCHEMA zugriff TO {role};
         GRANT SELECT, INSERT, DELETE ON zugriff.zugriff TO {role};"
    );
    let done = Link::open("akte-zugriff-eigner", owner_url, OWNER_PATIENCE)?.ask(move |conn| {
        Box::pin(async move {
            let mut tx = conn.begin().await?;
            tx.execute(ONE_AT_A_TIME).await?;
            tx.execute(TABLES).await?;
            tx.execute(rights.as_str()).await?;
            tx.commit().await
        })
    });
    Ok(done?)
}

/// The way to the schema.
#[derive(Clone)]
pub(super) struct PostgresLog {
    link: Arc<Link>,
}

impl PostgresLog {
    /// Fails where the table cannot be read: a node without a read log must not serve.
    pub(super) fn open(url: &str) -> Result<Self> {
        let log = Self { link: Arc::new(Link::open("akte-zugriff", url, PATIENCE)?) };
        log.rows(&ZugriffFilter { limit: 1, ..ZugriffFilter::default() })?;
        Ok(log)
    }

    /// Asked once only: a row whose outcome is unknown would stand there twice.
    pub(super) fn record(&self, wer: &str, was: &str, ziel: Option<Uuid>, zweck: &str, at: Timestamp) -> Result<()> {
        let (wer, was, zweck) = (wer.to_owned(), was.to_owned(), zweck.to_owned());
        let done = self.link.ask(move |conn| {
            Box::pin(async move {
                // Given back, so that a row which a rule or trigger swallows is missed.
                let sql = "INSERT INTO zugriff.zugriff (wer, was, ziel, zweck, at) VALUES ($1, $2, $3, $4, $5)
                           RETURNING nr";
                let row = sqlx::query(sql).bind(wer).bind(was).bind(ziel).bind(zweck).bind(at.as_microsecond());
                row.fetch_one(conn).await.map(drop)
            })
        });
        Ok(done?)
    }

    /// Every row from `von` on and before `bis`, by number.
    pub(super) fn each(&self, von: Timestamp, bis: Timestamp, hash: &mut RowHash) -> Result<()> {
        let (von, bis, mut after) = (von.as_microsecond(), bis.as_microsecond(), i64::MIN);
        loop {
            let rows = self.link.ask(move |conn| {
                Box::pin(async move {
                    let sql = "SELECT nr, wer, was, ziel, zweck, at FROM zugriff.zugriff
                               WHERE at >= $1 AND at < $2 AND nr > $3 ORDER BY nr LIMIT $4";
                    let page = sqlx::query(sql).bind(von).bind(bis).bind(after).bind(PAGE);
                    page.fetch_all(conn).await?.iter().map(raw).collect::<std::result::Result<Vec<Raw>, _>>()
                })
            })?;
            for row in &rows {
                hash.add(row)?;
            }
            match rows.last() {
                Some(last) if rows.len() as i64 == PAGE => after = last.nr as i64,
                _ => return Ok(()),
            }
        }
    }

    pub(super) fn purge(&self, bound: Timestamp) -> Result<u64> {
        let bound = bound.as_microsecond();
        let gone = self.link.ask(move |conn| {
            Box::pin(async move {
                let delete = sqlx::query("DELETE FROM zugriff.zugriff WHERE at < $1").bind(bound);
                Ok(delete.execute(conn).await?.rows_affected())
            })
        });
        Ok(gone?)
    }

    pub(super) fn rows(&self, filter: &ZugriffFilter) -> Result<Vec<ZugriffRow>> {
        let filter = filter.clone();
        let rows = self.link.ask(move |conn| {
            Box::pin(async move {
                let found = query(&filter).build().fetch_all(conn).await?;
                found.iter().map(raw).collect::<std::result::Result<Vec<Raw>, _>>()
            })
        });
        rows.map_err(ViewError::from)?.into_iter().map(TryInto::try_into).collect()
    }
}

fn query(filter: &ZugriffFilter) -> QueryBuilder<'static, Postgres> {
    let mut sql = QueryBuilder::new("SELECT nr, wer, was, ziel, zweck, at FROM zugriff.zugriff WHERE true");
    if let Some(wer) = &filter.wer {
        sql.push(" AND wer = ").push_bind(wer.clone());
    }
    if let Some(ziel) = filter.ziel {
        sql.push(" AND ziel = ").push_bind(ziel);
    }
    if let Some(von) = filter.von {
        sql.push(" AND at >= ").push_bind(von.as_microsecond());
    }
    if let Some(bis) = filter.bis {
        sql.push(" AND at < ").push_bind(bis.as_microsecond());
    }
    if let Some(vor) = filter.vor_nr {
        sql.push(" AND nr < ").push_bind(vor as i64);
    }
    sql.push(" ORDER BY nr DESC LIMIT ").push_bind(i64::try_from(filter.limit).unwrap_or(i64::MAX));
    sql
}

fn raw(r: &PgRow) -> std::result::Result<Raw, sqlx::Error> {
    let nr: i64 = r.try_get(0)?;
    let (wer, was, ziel) = (r.try_get(1)?, r.try_get(2)?, r.try_get(3)?);
    Ok(Raw { nr: nr as u64, wer, was, ziel, zweck: r.try_get(4)?, at: r.try_get(5)? })
}
