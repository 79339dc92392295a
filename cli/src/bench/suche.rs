//! Searching inside many documents: an index built in bulk, asked through the function the page asks.
//!
//! Words follow Zipf's law over an invented vocabulary; a document has some 80 of them. A reader of one unit in eight
//! asks. Built past the ledger: what is measured is the question.

use super::report::{Goal, Report, Row};
use super::{Args, seconds};
use crate::folder::Folder;
use crate::import::sichten;
use crate::wire::SystemClock;
use crate::{demo, progress, start};
use akte_projections::InternalViews;
use akte_projections::runner::INTERNAL;
use akte_projections::volltext::{Datei, Sperre, Zeile};
use anyhow::{Context, Result};
use rusqlite::{Connection, params};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

const WORTSCHATZ: usize = 60_000;
const WOERTER: usize = 80;
const EINHEITEN: u64 = 8;
const JE_AKTE: u64 = 250;
/// Documents per transaction.
const STAPEL: u64 = 5_000;
const FRAGEN: usize = 400;
/// Hits the page asks for.
const TREFFER: usize = 51;

/// Builds `args.suche` documents and asks; nothing without that option.
pub async fn measure(args: &Args, folder: &Path, report: &mut Report) -> Result<()> {
    if args.suche == 0 {
        return Ok(());
    }
    let n = u64::from(args.suche);
    let root = folder.join("suche");
    let wired = start::found(Folder::create(&root)?, demo::STADT, Arc::new(SystemClock)).await?;
    let (views, _) = sichten(&wired).await?;
    let mut zufall = Zufall(0x9e37_79b9_7f4a_7c15);
    let worte: Vec<String> = (0..WORTSCHATZ).map(|k| wort(k, &mut zufall)).collect();
    let start = Instant::now();
    akten(&root.join(INTERNAL), n)?;
    dokumente(&root, n, &worte, &mut zufall)?;
    report.add(Row::new(format!("Volltext über {n} Dokumente anlegen"), n as f64 / seconds(start), "Dokumente/s"));
    let fragen: Vec<(Art, String)> = (0..FRAGEN).map(|k| frage(k, &worte, &mut zufall)).collect();
    let mut alle = Vec::new();
    for art in [Art::Wort, Art::Zwei, Art::Anfang, Art::Vertippt] {
        let mut zeiten =
            fragen.iter().filter(|(a, _)| *a == art).map(|(_, q)| eine(&views, q)).collect::<Result<Vec<f64>>>()?;
        report.add(Row::new(format!("Suche: {}, p95", art.name()), p95(&mut zeiten)?, "ms"));
        alle.extend(zeiten);
    }
    let name = format!("Suche in {n} Dokumenten, alle Fragen, p95");
    report.add(Row::new(name, p95(&mut alle)?, "ms").goal(Goal::AtMost(200.0)));
    Ok(())
}

/// Kinds of questions, each a quarter of all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Art {
    Wort,
    Zwei,
    Anfang,
    Vertippt,
}

impl Art {
    fn name(self) -> &'static str {
        match self {
            Self::Wort => "ein Wort",
            Self::Zwei => "zwei Wörter",
            Self::Anfang => "Wortanfang",
            Self::Vertippt => "vertippt",
        }
    }
}

fn eine(views: &InternalViews, q: &str) -> Result<f64> {
    let einheit = ["einheit-3".to_owned()];
    let start = Instant::now();
    views.suche_dokumente(q, Some(&einheit), TREFFER)?;
    Ok(seconds(start) * 1000.0)
}

fn p95(zeiten: &mut [f64]) -> Result<f64> {
    zeiten.sort_by(f64::total_cmp);
    zeiten.get(zeiten.len() * 95 / 100).copied().context("keine Frage")
}

/// Words people look for are neither the most frequent ones nor always rare.
fn frage(k: usize, worte: &[String], zufall: &mut Zufall) -> (Art, String) {
    let mut w = || worte[10 + zufall.unter(20_000) as usize].clone();
    match k % 4 {
        0 => (Art::Wort, w()),
        1 => (Art::Zwei, format!("{} {}", worte[10 + k], w())),
        2 => (Art::Anfang, w().chars().take(6).collect()),
        _ => {
            let mut falsch: Vec<char> = w().chars().collect();
            let mitte = falsch.len() / 2;
            falsch.swap(mitte, mitte - 1);
            (Art::Vertippt, falsch.into_iter().collect())
        }
    }
}

fn id(art: u8, n: u64) -> [u8; 16] {
    let mut out = [0; 16];
    out[0] = art;
    out[8..].copy_from_slice(&n.to_be_bytes());
    out
}

fn akten(internal: &Path, n: u64) -> Result<()> {
    let mut db = Connection::open(internal)?;
    let tx = db.transaction()?;
    for a in 0..n.div_ceil(JE_AKTE) {
        let sql =
            "INSERT INTO akte(akte,aktenzeichen,aktenplan,einheit,titel,version) VALUES(?1,?2,'32.1',?3,'Probe',2)";
        let (zeichen, einheit) = (format!("32.1-{a:04}/2026"), format!("einheit-{}", a % EINHEITEN));
        tx.prepare_cached(sql)?.execute(params![id(1, a), zeichen, einheit])?;
    }
    for d in 0..n {
        let sql = "INSERT INTO dokument(dokument,akte,richtung,titel,dateiname,at) VALUES(?1,?2,'intern',?3,?3,0)";
        tx.prepare_cached(sql)?.execute(params![id(2, d), id(1, d / JE_AKTE), format!("Vermerk {d}.pdf")])?;
    }
    Ok(tx.commit()?)
}

fn dokumente(root: &Path, n: u64, worte: &[String], zufall: &mut Zufall) -> Result<()> {
    let sperre = Sperre::warten(root)?;
    let mut datei = Datei::oeffnen(root, &sperre)?;
    let bar = progress::bar(n, "Lege Volltext an");
    for first in (0..n).step_by(STAPEL as usize) {
        let last = (first + STAPEL).min(n);
        let zeilen: Vec<Zeile> = (first..last)
            .map(|d| Zeile {
                nr: d + 1,
                dokument: Uuid::from_bytes(id(2, d)),
                ausgang: "gelesen".into(),
                text: (0..WOERTER).map(|_| worte[zufall.zipf()].as_str()).collect::<Vec<_>>().join(" "),
            })
            .collect();
        datei.nehmen(&zeilen, last)?;
        bar.set_position(last);
    }
    bar.finish_and_clear();
    Ok(())
}

/// A word nobody knows, built like the town's own.
fn wort(k: usize, zufall: &mut Zufall) -> String {
    const TEILE: [&str; 24] = [
        "bau", "amt", "stein", "weg", "ver", "ord", "nung", "hof", "schul", "kin", "der", "gar", "ten", "stra", "ssen",
        "was", "ser", "fried", "markt", "recht", "be", "scheid", "an", "trag",
    ];
    let mut out: String = (0..3).map(|_| TEILE[zufall.unter(TEILE.len() as u64) as usize]).collect();
    // Different for each number.
    let mut rest = k;
    while rest > 0 {
        out.push(char::from(b'a' + (rest % 26) as u8));
        rest /= 26;
    }
    out
}

/// xorshift64*, with a fixed seed: each run asks the same.
struct Zufall(u64);

impl Zufall {
    fn naechste(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn unter(&mut self, n: u64) -> u64 {
        (self.naechste() >> 16) % n
    }

    /// Rank of a word: the n-th is about n times as rare as the first.
    fn zipf(&mut self) -> usize {
        let u = (self.naechste() >> 11) as f64 / (1u64 << 53) as f64;
        ((WORTSCHATZ as f64).powf(u) as usize).min(WORTSCHATZ) - 1
    }
}
