//! Dispatches of notices: what waits to be released, printed, posted or mailed, and what failed.
//!
//! Candidates only: whether something may leave the house is decided on the ledger.

use super::inbox::{placeholders, word};
use crate::error::{Result, ViewError};
use crate::pool;
use crate::rows::SendungRow;
use akte_core::verfahren::Vorgang;
use akte_core::verfahren::event::Weg;
use akte_core::verfahren::zustellung::{Mailstand, Zustand};
use jiff::Timestamp;
use rusqlite::{Connection, Row, params, params_from_iter, types::Value};
use uuid::Uuid;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frage {
    /// Wanted and not gone, whatever the way.
    Wartend,
    /// To be released into the portal now: the hold is over.
    Freizugeben(Timestamp),
    /// Letters to print or to post: their hold is over.
    Briefe(Timestamp),
    /// Served by certificate, which has not come back.
    Urkunden,
    /// Temporarily or finally failed, or returned, and nothing newer is under way.
    Gescheitert,
    /// Hints by mail that are not settled.
    Hinweise,
}

/// Replaces the rows of one Vorgang.
pub fn store(db: &Connection, vorgang: Uuid, v: &Vorgang) -> Result<()> {
    db.prepare_cached("DELETE FROM sendung WHERE vorgang=?1")?.execute([vorgang.as_bytes()])?;
    let mut insert = db.prepare_cached("INSERT INTO sendung VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)")?;
    for (nr, s) in (0_i64..).zip(&v.sendungen) {
        insert.execute(params![
            vorgang.as_bytes(),
            nr,
            s.id.as_bytes(),
            word(&s.weg),
            s.zustand.wire(),
            s.not_before.map(Timestamp::as_microsecond),
            s.versandt_am.map(|d| d.to_string()),
            s.verlauf.last().map(|(_, d)| d.to_string()),
            s.stapel.map(Uuid::into_bytes),
            s.hinweis.as_ref().map(|h| h.id.into_bytes()),
            s.hinweis.as_ref().map(|h| h.stand.wire()),
            s.hinweis.as_ref().map_or(0, |h| h.versuche),
        ])?;
    }
    Ok(())
}

const SELECT: &str =
    "SELECT s.vorgang, s.sendung, s.weg, s.zustand, s.not_before, s.versandt, s.am, s.stapel, s.hinweis,
  s.mail, s.versuche, v.leistung, v.einheit, v.aktenzeichen, v.antragsteller, v.version
  FROM sendung s JOIN vorgang v ON v.vorgang = s.vorgang WHERE v.offen=1 AND ";

/// Rows under the question, within these units.
pub fn list(db: &Connection, frage: Frage, einheiten: Option<&[String]>) -> Result<Vec<SendungRow>> {
    let mut args = Vec::new();
    let mut cond = match frage {
        Frage::Wartend => String::from("s.zustand='created'"),
        Frage::Freizugeben(jetzt) => {
            args.push(Value::Integer(jetzt.as_microsecond()));
            String::from("s.zustand='created' AND s.weg='portal' AND s.not_before<=?")
        }
        Frage::Briefe(jetzt) => {
            args.push(Value::Integer(jetzt.as_microsecond()));
            String::from("s.zustand='created' AND s.weg IN ('post','pzu') AND s.not_before<=?")
        }
        Frage::Urkunden => String::from("s.zustand IN ('sent','temporary_failure') AND s.weg='pzu'"),
        Frage::Gescheitert => String::from(
            "s.zustand IN ('temporary_failure','permanent_failure','returned_letter')
             AND NOT EXISTS (SELECT 1 FROM sendung n WHERE n.vorgang=s.vorgang AND n.nr>s.nr AND n.zustand<>'cancelled')",
        ),
        Frage::Hinweise => String::from("s.mail IN ('queued','sending','temporary_failure')"),
    };
    if let Some(e) = einheiten {
        cond += &format!(" AND v.einheit IN {}", placeholders(e, &mut args));
    }
    let sql = format!("{SELECT}{cond} ORDER BY s.not_before, s.vorgang, s.nr");
    let mut stmt = db.prepare_cached(&sql)?;
    let mut rows = stmt.query(params_from_iter(args))?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        out.push(row(r)?);
    }
    Ok(out)
}

fn row(r: &Row<'_>) -> Result<SendungRow> {
    let unlesbar = || ViewError::Corrupt("Sendung".into());
    let weg: String = r.get(2)?;
    let zustand: String = r.get(3)?;
    let id =
        |i: usize| -> rusqlite::Result<Option<Uuid>> { Ok(r.get::<_, Option<[u8; 16]>>(i)?.map(Uuid::from_bytes)) };
    let mail: Option<String> = r.get(9)?;
    let hinweis = match (id(8)?, mail.as_deref().and_then(Mailstand::lesen)) {
        (Some(id), Some(stand)) => Some((id, stand, r.get(10)?)),
        _ => None,
    };
    Ok(SendungRow {
        vorgang: Uuid::from_bytes(r.get(0)?),
        sendung: Uuid::from_bytes(r.get(1)?),
        weg: Weg::ALLE.into_iter().find(|w| word(w) == weg).ok_or_else(unlesbar)?,
        zustand: Zustand::lesen(&zustand).ok_or_else(unlesbar)?,
        not_before: r.get::<_, Option<i64>>(4)?.map(pool::time).transpose()?,
        versandt_am: pool::date(r.get(5)?)?,
        am: pool::date(r.get(6)?)?,
        stapel: id(7)?,
        hinweis,
        leistung: r.get(11)?,
        einheit: r.get(12)?,
        aktenzeichen: r.get(13)?,
        antragsteller: r.get(14)?,
        version: r.get(15)?,
    })
}
