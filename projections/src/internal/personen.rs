//! What may be about a person besides procedures: files that hold none, and entries of the post book.
//!
//! Reads every title and sender: a question of data protection, asked seldom, and no index of names is kept for it.

use crate::error::Result;
use crate::pool;
use crate::rows::PersonTreffer;
use akte_core::verfahren::katalog::fold;
use rusqlite::Connection;
use uuid::Uuid;

/// Where every word of the question occurs: at most `limit` files, then at most `limit` entries, newest first; folded
/// like every search.
pub fn find(db: &Connection, frage: &str, limit: usize) -> Result<Vec<PersonTreffer>> {
    let frage = fold(frage);
    let worte: Vec<&str> = frage.split_whitespace().collect();
    let mut out = Vec::new();
    if worte.is_empty() {
        return Ok(out);
    }
    let passt = |texte: [Option<&str>; 2]| {
        let text = fold(&texte.map(Option::unwrap_or_default).join(" "));
        worte.iter().all(|w| text.contains(w))
    };
    let sql = "SELECT akte, nullif(aktenzeichen,''), titel FROM akte a
               WHERE NOT EXISTS(SELECT 1 FROM akte_vorgang v WHERE v.akte=a.akte) ORDER BY aktenzeichen, akte";
    let mut stmt = db.prepare_cached(sql)?;
    let mut rows = stmt.query([])?;
    while let Some(r) = rows.next()? {
        let (aktenzeichen, titel): (Option<String>, Option<String>) = (r.get(1)?, r.get(2)?);
        if passt([aktenzeichen.as_deref(), titel.as_deref()]) {
            out.push(PersonTreffer::Akte { akte: Uuid::from_bytes(r.get(0)?), aktenzeichen, titel });
            if out.len() == limit {
                break;
            }
        }
    }
    let akten = out.len();
    let sql = "SELECT eingang, received_at, absender, betreff FROM eingang ORDER BY received_at DESC, eingang";
    let mut stmt = db.prepare_cached(sql)?;
    let mut rows = stmt.query([])?;
    while let Some(r) = rows.next()? {
        let (absender, betreff): (Option<String>, Option<String>) = (r.get(2)?, r.get(3)?);
        if passt([absender.as_deref(), betreff.as_deref()]) {
            let (eingang, received_at) = (Uuid::from_bytes(r.get(0)?), pool::time(r.get(1)?)?);
            out.push(PersonTreffer::Eingang { eingang, received_at, absender, betreff });
            if out.len() == akten + limit {
                break;
            }
        }
    }
    Ok(out)
}
