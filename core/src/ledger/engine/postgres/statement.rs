//! The one statement that writes a group: if the head is the one it was planned on, everything, else nothing.
//!
//! Deliberately plain SQL and no function inside the server, which takes every array apart before its first line; and
//! no subscripts, which walk an array from its beginning. Tables are locked first, as for any statement, then the head,
//! then rows are written. All its parts see one state: whatever changes an answer to them changes the head row as well
//! (size and frontier with every event, `change` with everything beside the log), and a head that had to be waited for
//! is compared again.

use super::plan::{Keys, Plan};
use super::{groups, text};
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, PgConnection};
use std::collections::BTreeSet;

/// Locks the head and moves it.
const HEAD: &str = "WITH head AS (
  UPDATE ledger.ledger_head h SET size = $3, frontier = $4, change = $6
  WHERE h.size = $1 AND h.frontier = $2 AND h.change = $5";
/// No key may be out of use; only those are looked up that were not found usable before at this `change`.
const RETIRED: &str = "
    AND NOT EXISTS (SELECT FROM ledger.kek_retired r WHERE r.kek_id = ANY ($7))";
/// Each stream must end where its writer says.
const CLAIMS: &str = "
    AND NOT EXISTS (
      SELECT FROM unnest($8, $9, $10) AS c(stream, next, prev) LEFT JOIN LATERAL (
        SELECT e.sequence, e.hash FROM ledger.events e WHERE e.aggregate_type = 'akte' AND e.aggregate_id = c.stream
        ORDER BY e.sequence DESC LIMIT 1) AS last ON true
      WHERE coalesce(last.sequence, 0) <> c.next
        OR coalesce(last.hash, '\\x0000000000000000000000000000000000000000000000000000000000000000') <> c.prev)";
/// No key may be in use for somebody else.
const RIVALS: &str = "
    AND NOT EXISTS (
      SELECT FROM unnest($18, $19, $20, $21) AS k(id, subject, procedure, mac) JOIN ledger.kek_use u ON u.kek_id = k.id
      WHERE u.subject <> k.subject OR u.procedure <> k.procedure OR u.mac <> k.mac)";
const ROWS: &str = "
  RETURNING 1
), event AS (
  INSERT INTO ledger.events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, idx, hash, header)
  SELECT 'akte', e.stream, e.seq + 1, e.type, e.version, '{}', '{}', $1 + e.n - 1, e.hash, e.header
  FROM head, unnest($11, $12, $13, $14, $15, $16) WITH ORDINALITY AS e(stream, seq, type, version, hash, header, n)
), payload AS (
  INSERT INTO ledger.payload (idx, groups)
  SELECT $1 + p.n - 1, p.groups FROM head, unnest($17) WITH ORDINALITY AS p(groups, n) WHERE p.groups IS NOT NULL
)";
const USES: &str = ", use AS (
  INSERT INTO ledger.kek_use (kek_id, subject, procedure, mac)
  SELECT k.* FROM head, unnest($18, $19, $20, $21) AS k ON CONFLICT DO NOTHING
)";
const TILES: &str = ", tile AS (
  INSERT INTO ledger.tile (level, n, hashes) SELECT t.* FROM head, unnest($22, $23, $24) AS t
)";
const STORED: &str = " SELECT EXISTS (SELECT FROM head)";

impl Plan<'_> {
    /// Writes everything; `false`: the head is not the planned one or a claim does not hold, and nothing was written.
    /// `change` = the number of the last change to payload and keys this was decided on, `usable` = keys that were not
    /// out of use then.
    pub(super) async fn store(&self, change: u64, usable: &Keys, conn: &mut PgConnection) -> sqlx::Result<bool> {
        let unsure: BTreeSet<_> = self.sealed().filter(|key| !usable.contains(key)).collect();
        let unsure = Vec::from_iter(unsure);
        let mut sql = HEAD.to_owned();
        for (part, wanted) in [
            (RETIRED, !unsure.is_empty()),
            (CLAIMS, !self.claims.is_empty()),
            (RIVALS, !self.keks.is_empty()),
            (ROWS, true),
            (USES, !self.keks.is_empty()),
            (TILES, !self.tiles.is_empty()),
            (STORED, true),
        ] {
            if wanted {
                sql.push_str(part);
            }
        }
        let arguments = self.arguments(change, &unsure).map_err(sqlx::Error::Encode)?;
        sqlx::query_scalar_with(&sql, arguments).fetch_one(conn).await
    }

    /// All of them, whichever parts there are.
    fn arguments(&self, change: u64, unsure: &[u64]) -> Result<PgArguments, BoxDynError> {
        let names: Vec<_> = self.rows.iter().map(|row| text::wire_name(row.header)).collect();
        let keks: Vec<_> = self.keks.values().collect();
        let mut all = PgArguments::default();
        all.add(self.was_size.cast_signed())?;
        all.add(&self.was)?;
        all.add(self.frontier.size().cast_signed())?;
        all.add(self.frontier.to_bytes())?;
        all.add(change.cast_signed())?;
        all.add(self.change(change).cast_signed())?;
        all.add(column(unsure, |key| key.cast_signed()))?;
        all.add(column(&self.claims, |(stream, ..)| text::id(*stream)))?;
        all.add(column(&self.claims, |(_, next, _)| next.cast_signed()))?;
        all.add(column(&self.claims, |(.., prev)| prev.as_slice()))?;
        all.add(column(&self.rows, |row| text::id(row.stream)))?;
        all.add(column(&self.rows, |row| row.seq.cast_signed()))?;
        all.add(column(&names, |(name, _)| *name))?;
        all.add(column(&names, |(_, version)| version.as_str()))?;
        all.add(column(&self.rows, |row| row.hash.as_slice()))?;
        all.add(column(&self.rows, |row| row.header))?;
        all.add(column(&self.rows, |row| groups::row(row.groups)))?;
        all.add(column(&keks, |k| k.kek_id.cast_signed()))?;
        all.add(column(&keks, |k| k.subject.as_str()))?;
        all.add(column(&keks, |k| k.procedure))?;
        all.add(column(&keks, |k| k.mac.as_slice()))?;
        all.add(column(&self.tiles, |t| i16::from(t.level)))?;
        all.add(column(&self.tiles, |t| t.n.cast_signed()))?;
        all.add(column(&self.tiles, |t| t.hashes.as_slice()))?;
        Ok(all)
    }
}

/// One column of many rows, as the array a statement takes; `NULL` for none.
fn column<'r, T, C>(rows: &'r [T], cell: impl Fn(&'r T) -> C) -> Option<Vec<C>> {
    (!rows.is_empty()).then(|| rows.iter().map(cell).collect())
}
