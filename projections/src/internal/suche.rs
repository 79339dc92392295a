//! Full-text search over Aktenzeichen, names, fields, titles and Vermerke, within the asker's rights only.
//!
//! Rights are part of the query, so neither rows nor their number tell about files of other units.
//! Text is folded (`ü` = `ue`, case, accents) on both sides; words are found by their beginning, and
//! where nothing fits, words one or two letters off (by trigrams) are tried.

use super::inbox::placeholders;
use super::namen;
use crate::datei::View;
use crate::ereignis::{Recorded, text, uuid};
use crate::error::Result;
use crate::pool::{self, to_json};
use crate::rows::SuchTreffer;
use akte_core::verfahren::katalog::fold;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter, types::Value};
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// Longest text of one event that is searched, in bytes.
const MAX_TEXT: usize = 20_000;
/// Words remembered as already known.
const KEPT: usize = 200_000;

/// Feeds `fundstelle`, its index `volltext`, and the words for misspelt questions.
#[derive(Default)]
pub struct Suche {
    /// Hash of a definition -> ids of the fields to search.
    felder: HashMap<String, Vec<String>>,
    words: HashSet<String>,
}

impl View for Suche {
    fn name(&self) -> &'static str {
        "suche"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE fundstelle(nr INTEGER PRIMARY KEY, vorgang BLOB NOT NULL, text TEXT NOT NULL);
         CREATE VIRTUAL TABLE volltext USING fts5(text, content='', detail=none, tokenize='unicode61');
         CREATE TABLE wort(wort TEXT PRIMARY KEY) WITHOUT ROWID;
         CREATE TABLE trigramm(tri TEXT, wort TEXT, PRIMARY KEY(tri, wort)) WITHOUT ROWID;
         CREATE TABLE suchfeld(definition TEXT PRIMARY KEY, felder TEXT NOT NULL) WITHOUT ROWID;"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        let (vorgang, parts): (Option<Uuid>, Vec<&str>) = match r.wire.as_str() {
            "leistung.adopted.v1" => return adopt(db, r),
            "antrag.submitted.v1" => return self.submitted(db, r),
            "vorgang.registered.v1" => (Some(r.stream), vec![text(r, "aktenzeichen").unwrap_or_default()]),
            "vermerk.written.v1" => (Some(r.stream), vec![text(r, "text").unwrap_or_default()]),
            // Found under the right value as well as under the wrong one.
            "correction.noted.v1" => {
                let felder = r.data.get("felder").and_then(serde_json::Value::as_object).into_iter().flatten();
                (Some(r.stream), felder.filter_map(|(_, wert)| wert.as_str()).collect())
            }
            "akte.opened.v1" => (uuid(r, "vorgang"), vec![text(r, "titel").unwrap_or_default()]),
            "dokument.added.v1" => {
                let titel = [text(r, "titel"), text(r, "dateiname")];
                (uuid(r, "vorgang"), titel.into_iter().flatten().collect())
            }
            _ => return Ok(()),
        };
        match vorgang {
            Some(v) => self.insert(db, r.index, v, &parts.join(" · ")),
            None => Ok(()),
        }
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

fn adopt(db: &Connection, r: &Recorded) -> Result<()> {
    let definition = r.data.get("dateien").and_then(namen::adopted);
    if let (Some(d), Some(sha)) = (definition, text(r, "sha256")) {
        let felder = to_json(&namen::suchfelder(&d))?;
        db.execute("INSERT OR REPLACE INTO suchfeld VALUES(?1,?2)", [sha, &felder])?;
    }
    Ok(())
}

impl Suche {
    fn submitted(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        let Some(serde_json::Value::Object(felder)) = r.data.get("felder") else { return Ok(()) };
        let definition = text(r, "definition").unwrap_or_default();
        if !self.felder.contains_key(definition) {
            let sql = "SELECT felder FROM suchfeld WHERE definition=?1";
            let found: Option<String> = db.prepare_cached(sql)?.query_row([definition], |r| r.get(0)).optional()?;
            let ids = found.map(|t| pool::json(&t)).transpose()?.unwrap_or_default();
            self.felder.insert(definition.to_owned(), ids);
        }
        let ids = &self.felder[definition];
        let parts: Vec<&str> = ids.iter().filter_map(|id| felder.get(id)?.as_str()).collect();
        let joined = parts.join(" · ");
        self.insert(db, r.index, r.stream, &joined)
    }

    fn insert(&mut self, db: &Connection, index: u64, vorgang: Uuid, text: &str) -> Result<()> {
        let mut end = text.len().min(MAX_TEXT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = &text[..end];
        if text.is_empty() {
            return Ok(());
        }
        let folded = fold(text);
        db.prepare_cached("INSERT INTO fundstelle VALUES(?1,?2,?3)")?.execute(params![
            index,
            vorgang.as_bytes(),
            text
        ])?;
        db.prepare_cached("INSERT INTO volltext(rowid, text) VALUES(?1,?2)")?.execute(params![index, folded])?;
        for w in words(&folded).filter(|w| w.len() >= 4 && w.len() <= 40 && !w.contains(|c: char| c.is_numeric())) {
            if self.words.contains(w) {
                continue;
            }
            let new = db.prepare_cached("INSERT OR IGNORE INTO wort VALUES(?1)")?.execute([w])? == 1;
            if new {
                for t in trigrams(w) {
                    db.prepare_cached("INSERT OR IGNORE INTO trigramm VALUES(?1,?2)")?.execute([&t, w])?;
                }
            }
            if self.words.len() < KEPT {
                self.words.insert(w.to_owned());
            }
        }
        Ok(())
    }
}

pub(crate) fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty())
}

/// Trigrams of a word with its borders marked.
pub(crate) fn trigrams(word: &str) -> Vec<String> {
    let marked: Vec<char> = std::iter::once('^').chain(word.chars()).chain(std::iter::once('$')).collect();
    marked.windows(3).map(|w| w.iter().collect()).collect()
}

/// Vorgaenge in which every word of the question occurs, newest receipt first.
pub fn find(db: &Connection, q: &str, einheiten: Option<&[String]>, limit: usize) -> Result<Vec<SuchTreffer>> {
    let folded = fold(q);
    let asked: Vec<String> = words(&folded).take(8).map(|w| w.chars().take(40).collect()).collect();
    if asked.is_empty() {
        return Ok(vec![]);
    }
    let exact: Vec<Vec<String>> = asked.iter().map(|w| vec![w.clone()]).collect();
    let hits = ask(db, &exact, einheiten, limit)?;
    if !hits.is_empty() {
        return Ok(hits);
    }
    let guessed: Vec<Vec<String>> = asked.iter().map(|w| similar(db, w)).collect::<Result<_>>()?;
    if guessed == exact { Ok(vec![]) } else { ask(db, &guessed, einheiten, limit) }
}

/// One list of alternatives per word; all words must occur somewhere in the Vorgang.
fn ask(db: &Connection, words: &[Vec<String>], einheiten: Option<&[String]>, limit: usize) -> Result<Vec<SuchTreffer>> {
    let mut args = Vec::new();
    let mut sets = Vec::new();
    for alternatives in words {
        // Folded words hold letters and digits only, so quoting is safe.
        let expr: Vec<String> = alternatives.iter().map(|w| format!("\"{w}\"*")).collect();
        args.push(Value::Text(expr.join(" OR ")));
        sets.push("SELECT f.vorgang FROM volltext t JOIN fundstelle f ON f.nr=t.rowid WHERE volltext MATCH ?");
    }
    let mut sql = format!(
        "SELECT v.vorgang, v.aktenzeichen, v.antragsteller, v.leistung FROM vorgang v WHERE v.vorgang IN ({})",
        sets.join(" INTERSECT ")
    );
    if let Some(e) = einheiten {
        sql += &format!(" AND v.einheit IN {}", placeholders(e, &mut args));
    }
    sql += " ORDER BY v.eingang DESC, v.vorgang LIMIT ?";
    args.push(Value::Integer(limit as i64));
    let all: Vec<&str> = words.iter().flatten().map(String::as_str).collect();
    let mut stmt = db.prepare_cached(&sql)?;
    let mut rows = stmt.query(params_from_iter(args))?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        let vorgang = Uuid::from_bytes(r.get(0)?);
        let name: Option<String> = r.get(2)?;
        let leistung: String = r.get(3)?;
        out.push(SuchTreffer {
            vorgang,
            aktenzeichen: r.get(1)?,
            titel: name.unwrap_or(leistung),
            ausschnitt: excerpt(db, vorgang, &all)?,
        });
    }
    Ok(out)
}

/// The first text of the Vorgang in which one of the words begins, cut around it.
fn excerpt(db: &Connection, vorgang: Uuid, asked: &[&str]) -> Result<String> {
    const AROUND: usize = 60;
    let mut stmt = db.prepare_cached("SELECT text FROM fundstelle WHERE vorgang=?1 ORDER BY nr")?;
    let mut rows = stmt.query([vorgang.as_bytes()])?;
    while let Some(r) = rows.next()? {
        let text: String = r.get(0)?;
        let parts: Vec<&str> = text.split_whitespace().collect();
        let hit = parts.iter().position(|p| words(&fold(p)).any(|w| asked.iter().any(|a| w.starts_with(a))));
        if let Some(at) = hit {
            let from = at.saturating_sub(6);
            let mut cut = String::from(if from > 0 { "… " } else { "" });
            for (i, p) in parts[from..].iter().enumerate() {
                if from + i > at && cut.chars().count() > 2 * AROUND {
                    cut.push('…');
                    break;
                }
                cut.push_str(p);
                cut.push(' ');
            }
            return Ok(cut.trim_end().to_owned());
        }
    }
    Ok(String::new())
}

/// The word itself if some known word begins with it, else known words one or two letters off.
pub(crate) fn similar(db: &Connection, word: &str) -> Result<Vec<String>> {
    let length = word.chars().count();
    let sql = "SELECT count(*) FROM (SELECT 1 FROM wort WHERE wort>=?1 AND wort<?2 LIMIT 1)";
    let known: bool = db.query_row(sql, params![word, format!("{word}\u{10FFFF}")], |r| r.get(0))?;
    if known || length < 4 {
        return Ok(vec![word.to_owned()]);
    }
    let mut shared: BTreeMap<String, u32> = BTreeMap::new();
    let mut stmt = db.prepare_cached("SELECT wort FROM trigramm WHERE tri=?1")?;
    for t in trigrams(word) {
        for w in stmt.query_map([t], |r| r.get::<_, String>(0))? {
            *shared.entry(w?).or_default() += 1;
        }
    }
    let allowed = if length < 6 { 1 } else { 2 };
    // Each wrong letter spoils at most three trigrams.
    let needed = (length as i64 - 3 * allowed as i64).max(1) as u32;
    let near: Vec<String> = shared
        .into_iter()
        .filter(|(w, n)| *n >= needed && distance(w, word) <= allowed)
        .map(|(w, _)| w)
        .take(20)
        .collect();
    Ok(if near.is_empty() { vec![word.to_owned()] } else { near })
}

/// Edit distance with neighbours swapped counting once.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_or_missing_letter_is_one_step() {
        assert_eq!(distance("petersen", "peterson"), 1);
        assert_eq!(distance("petersen", "petresen"), 1);
        assert_eq!(distance("mueller", "muller"), 1);
        assert_eq!(distance("meier", "schulz"), 6);
    }
}
