//! Asking for documents by the words inside them, within the asker's rights only.
//!
//! Rights are joined from `internal.db` in the same statement, so neither hits nor their number tell about others'
//! files. A document of a case belongs to the unit that works on the case, any other to the unit that keeps its Akte.

use super::VOLLTEXT;
use crate::error::Result;
use crate::internal::inbox::placeholders;
use crate::internal::suche::{similar, words};
use crate::rows::DokumentTreffer;
use akte_core::verfahren::katalog::fold;
use rusqlite::{Connection, OpenFlags, params_from_iter, types::Value};
use std::path::Path;
use uuid::Uuid;

/// Shorter words are looked for as they are: as beginnings they would mean half the words there are.
const ANFANG: usize = 4;
/// Words of a question.
const WORTE: usize = 8;

/// Documents in whose text every word of the question occurs, newest first. None while the file is not built.
pub fn find(internal: &Path, q: &str, einheiten: Option<&[String]>, limit: usize) -> Result<Vec<DokumentTreffer>> {
    let folded = fold(q);
    let asked: Vec<String> = words(&folded).take(WORTE).map(|w| w.chars().take(40).collect()).collect();
    if asked.is_empty() || !internal.with_file_name(VOLLTEXT).exists() {
        return Ok(vec![]);
    }
    let db = verbinden(internal)?;
    let exact: Vec<Vec<String>> = asked.iter().map(|w| vec![w.clone()]).collect();
    let hits = ask(&db, &exact, einheiten, limit)?;
    if !hits.is_empty() {
        return Ok(hits);
    }
    let guessed: Vec<Vec<String>> = asked.iter().map(|w| similar(&db, w)).collect::<Result<_>>()?;
    if guessed == exact { Ok(vec![]) } else { ask(&db, &guessed, einheiten, limit) }
}

/// Both files for reading. Opened for each question: a search is rare, and either file may have been replaced.
fn verbinden(internal: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let db = Connection::open_with_flags(internal.with_file_name(VOLLTEXT), flags)?;
    db.busy_timeout(std::time::Duration::from_secs(2))?;
    db.execute("ATTACH ?1 AS intern", [internal.to_string_lossy()])?;
    Ok(db)
}

/// One list of alternatives per word.
fn ask(
    db: &Connection,
    words: &[Vec<String>],
    einheiten: Option<&[String]>,
    limit: usize,
) -> Result<Vec<DokumentTreffer>> {
    let mut args = vec![Value::Text(ausdruck(words))];
    let mut sql = String::from(
        "SELECT i.dokument, d.akte, d.vorgang, nullif(a.aktenzeichen,''), d.titel, d.dateiname, i.text
         FROM volltext t JOIN inhalt i ON i.nr=t.rowid
         JOIN intern.dokument d ON d.dokument=i.dokument
         JOIN intern.akte a ON a.akte=d.akte
         LEFT JOIN intern.vorgang v ON v.vorgang=d.vorgang
         WHERE volltext MATCH ?",
    );
    if let Some(e) = einheiten {
        sql += &format!(" AND coalesce(v.einheit, a.einheit) IN {}", placeholders(e, &mut args));
    }
    // The index walks its rows in this order and stops when enough are found.
    sql += " ORDER BY t.rowid DESC LIMIT ?";
    args.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
    let all: Vec<&str> = words.iter().flatten().map(String::as_str).collect();
    let mut stmt = db.prepare(&sql)?;
    let mut rows = stmt.query(params_from_iter(args))?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        let text: String = r.get(6)?;
        out.push(DokumentTreffer {
            dokument: Uuid::from_bytes(r.get(0)?),
            akte: Uuid::from_bytes(r.get(1)?),
            vorgang: r.get::<_, Option<[u8; 16]>>(2)?.map(Uuid::from_bytes),
            aktenzeichen: r.get(3)?,
            titel: r.get(4)?,
            dateiname: r.get(5)?,
            ausschnitt: ausschnitt(&text, &all),
        });
    }
    Ok(out)
}

/// Folded words hold letters and digits only, so quoting is safe.
fn ausdruck(words: &[Vec<String>]) -> String {
    let wort = |w: &String| match w.chars().count() {
        n if n < ANFANG => format!("\"{w}\""),
        _ => format!("\"{w}\"*"),
    };
    let je: Vec<String> =
        words.iter().map(|alt| format!("({})", alt.iter().map(wort).collect::<Vec<_>>().join(" OR "))).collect();
    je.join(" AND ")
}

/// The text around the first place where one of the words begins; folding stops there.
fn ausschnitt(text: &str, asked: &[&str]) -> String {
    const AROUND: usize = 120;
    let trifft = |wort: &str| words(&fold(wort)).any(|w| asked.iter().any(|a| w.starts_with(a)));
    let mut davor: Vec<&str> = Vec::new();
    let mut teile = text.split_whitespace();
    let hit = teile.by_ref().find(|wort| {
        let ja = trifft(wort);
        if !ja {
            davor.push(wort);
        }
        ja
    });
    let Some(hit) = hit else { return String::new() };
    let from = davor.len().saturating_sub(6);
    let mut cut = String::from(if from > 0 { "… " } else { "" });
    for wort in davor[from..].iter().copied().chain([hit]).chain(teile) {
        if cut.chars().count() > AROUND && wort != hit {
            cut.push('…');
            break;
        }
        cut.push_str(&wort.chars().take(AROUND).collect::<String>());
        cut.push(' ');
    }
    cut.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_words_are_meant_as_they_are_and_long_ones_as_beginnings() {
        let worte = [vec!["amt".to_owned()], vec!["strasse".to_owned(), "strase".to_owned()]];
        assert_eq!(ausdruck(&worte), "(\"amt\") AND (\"strasse\"* OR \"strase\"*)");
    }

    #[test]
    fn the_excerpt_lies_around_the_first_hit() {
        let text = format!("{} Mühlenstraße 5 {}", "davor ".repeat(20), "danach ".repeat(50));
        let cut = ausschnitt(&text, &["muehlen"]);
        assert!(cut.starts_with("… davor") && cut.contains("Mühlenstraße 5 danach") && cut.ends_with('…'), "{cut}");
        assert!(cut.chars().count() < 200);
    }
}
