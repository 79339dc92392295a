//! The inbox and every list of Vorgaenge: one row per Vorgang, folded by the room's own `evolve`.
//!
//! Decides nothing itself; the folded state is kept beside the row without texts and fields.

use super::{fristen, namen, sendungen};
use crate::datei::View;
use crate::ereignis::{Recorded, decode, text};
use crate::error::{Result, ViewError};
use crate::pool::{self, to_json};
use crate::rows::{VorgangFilter, VorgangRow};
use akte_core::kernel::{Decider, WireEvent};
use akte_core::verfahren::{Status, Vorgang, VorgangEvent};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, params, params_from_iter, types::Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::OnceLock;
use uuid::Uuid;

/// Folded Vorgaenge kept between batches.
const KEPT: usize = 20_000;

/// Whether a wire name belongs to a Vorgang's stream.
pub fn is_vorgang(wire: &str) -> bool {
    static WIRES: OnceLock<HashSet<&str>> = OnceLock::new();
    WIRES.get_or_init(|| VorgangEvent::SPECS.iter().map(|s| s.wire).collect()).contains(wire)
}

struct Fall {
    v: Vorgang,
    antragsteller: Option<String>,
    erfasst: Timestamp,
    letzte: Timestamp,
}

/// Feeds `vorgang`, `frist` and `sendung`.
#[derive(Default)]
pub struct Vorgaenge {
    known: HashMap<Uuid, Fall>,
    dirty: BTreeSet<Uuid>,
    /// Hash of a definition -> its naming fields.
    teile: HashMap<String, BTreeMap<String, String>>,
}

impl View for Vorgaenge {
    fn name(&self) -> &'static str {
        "vorgaenge"
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE vorgang(
           vorgang BLOB PRIMARY KEY, leistung TEXT NOT NULL, einheit TEXT NOT NULL, status TEXT NOT NULL,
           offen INTEGER NOT NULL, aktenzeichen TEXT, akte BLOB, antragsteller TEXT, kanal TEXT NOT NULL,
           eingang INTEGER NOT NULL, erfasst INTEGER NOT NULL, frist TEXT, frist_id TEXT, warnung TEXT, konto BLOB,
           version INTEGER NOT NULL, letzte INTEGER NOT NULL, zustand TEXT NOT NULL) WITHOUT ROWID;
         CREATE INDEX vorgang_offen ON vorgang(offen, einheit, eingang);
         CREATE INDEX vorgang_konto ON vorgang(konto) WHERE konto IS NOT NULL;
         CREATE INDEX vorgang_akte ON vorgang(akte) WHERE akte IS NOT NULL;
         CREATE INDEX vorgang_frist ON vorgang(frist) WHERE frist IS NOT NULL;
         CREATE TABLE frist(vorgang BLOB, frist TEXT, ende TEXT NOT NULL, warnung TEXT, verified INTEGER NOT NULL,
           erledigt INTEGER NOT NULL, PRIMARY KEY(vorgang, frist, ende)) WITHOUT ROWID;
         CREATE TABLE sendung(
           vorgang BLOB, nr INTEGER, sendung BLOB NOT NULL, weg TEXT NOT NULL, zustand TEXT NOT NULL, not_before INTEGER,
           versandt TEXT, am TEXT, stapel BLOB, hinweis BLOB, mail TEXT, versuche INTEGER NOT NULL,
           PRIMARY KEY(vorgang, nr)) WITHOUT ROWID;
         CREATE INDEX sendung_zustand ON sendung(zustand, weg);
         CREATE INDEX sendung_mail ON sendung(mail) WHERE mail IS NOT NULL;
         CREATE TABLE namensteil(definition TEXT PRIMARY KEY, felder TEXT NOT NULL) WITHOUT ROWID;"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        if r.wire == "leistung.adopted.v1" {
            return adopt(db, r);
        }
        if !is_vorgang(&r.wire) {
            return Ok(());
        }
        let Some(event) = decode::<VorgangEvent>(r)? else { return Ok(()) };
        let name = match (&event, r.data.get("felder")) {
            (VorgangEvent::Submitted { definition, .. }, Some(serde_json::Value::Object(felder))) => {
                namen::anzeigename(self.teile(db, definition)?, felder)
            }
            _ => None,
        };
        let known = match self.known.remove(&r.stream) {
            Some(f) => Some(f),
            None => load(db, r.stream)?,
        };
        let fall = match (known, &event) {
            (Some(f), _) => f,
            (None, VorgangEvent::Submitted { .. }) => Fall::new(name, r.at),
            // The application itself was erased: there is no case to show any more.
            (None, _) => return Ok(()),
        };
        self.known.insert(r.stream, fall.evolve(&event, r.at));
        self.dirty.insert(r.stream);
        Ok(())
    }

    fn finish(&mut self, db: &Connection) -> Result<()> {
        for id in std::mem::take(&mut self.dirty) {
            if let Some(fall) = self.known.get(&id) {
                store(db, id, fall)?;
            }
        }
        if self.known.len() > KEPT {
            self.known.clear();
        }
        Ok(())
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

impl Vorgaenge {
    fn teile(&mut self, db: &Connection, definition: &str) -> Result<&BTreeMap<String, String>> {
        if !self.teile.contains_key(definition) {
            let sql = "SELECT felder FROM namensteil WHERE definition=?1";
            let found: Option<String> = db.prepare_cached(sql)?.query_row([definition], |r| r.get(0)).optional()?;
            let Some(found) = found else {
                static NONE: BTreeMap<String, String> = BTreeMap::new();
                return Ok(&NONE);
            };
            self.teile.insert(definition.to_owned(), pool::json(&found)?);
        }
        Ok(&self.teile[definition])
    }
}

fn adopt(db: &Connection, r: &Recorded) -> Result<()> {
    let definition = r.data.get("dateien").and_then(namen::adopted);
    if let (Some(d), Some(sha)) = (definition, text(r, "sha256")) {
        let felder = to_json(&namen::namensfelder(&d))?;
        db.execute("INSERT OR REPLACE INTO namensteil VALUES(?1,?2)", [sha, &felder])?;
    }
    Ok(())
}

impl Fall {
    fn new(antragsteller: Option<String>, at: Timestamp) -> Self {
        Self { v: Vorgang::default(), antragsteller, erfasst: at, letzte: at }
    }

    /// Folds one event; what no list needs (fields, texts, documents) is not kept.
    fn evolve(mut self, event: &VorgangEvent, at: Timestamp) -> Self {
        let mut v = <Vorgang as Decider>::evolve(std::mem::take(&mut self.v), event);
        v.felder.clear();
        v.dokumente.clear();
        v.vermerke.clear();
        v.berichtigungen.clear();
        v.gebuehren.clear();
        v.uebermittlungen.clear();
        v.schritte_erledigt.clear();
        v.bescheinigung = None;
        v.nachforderungen.iter_mut().for_each(|n| n.text = None);
        v.bescheid = None;
        v.einwilligung.iter_mut().for_each(|e| e.email = None);
        Self { v, letzte: at, ..self }
    }
}

fn load(db: &Connection, id: Uuid) -> Result<Option<Fall>> {
    let sql = "SELECT zustand, antragsteller, erfasst, letzte FROM vorgang WHERE vorgang=?1";
    let row = db
        .prepare_cached(sql)?
        .query_row([id.as_bytes()], |r| Ok((r.get::<_, String>(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
        .optional()?;
    row.map(|(zustand, antragsteller, erfasst, letzte)| {
        let v = pool::json(&zustand)?;
        Ok(Fall { v, antragsteller, erfasst: pool::time(erfasst)?, letzte: pool::time(letzte)? })
    })
    .transpose()
}

/// A status, channel, or role as its wire word.
pub fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(s)) => s,
        _ => String::new(),
    }
}

fn store(db: &Connection, id: Uuid, f: &Fall) -> Result<()> {
    let status = word(&f.v.status);
    // A hand-over nobody has confirmed is looked at again.
    let wartet = f.v.abgabe.as_ref().is_some_and(|a| a.stand != "bestaetigt") && f.v.status == Status::Abgegeben;
    let offen = wartet || !fristen::FERTIG.contains(&status.as_str());
    let alle = fristen::rows(id, &f.v);
    // A suspended Frist is due on no day.
    let ruht = |id: &str| f.v.fristen.iter().any(|x| x.frist == id && x.gehemmt.is_some());
    let laeuft = alle.iter().filter(|x| offen && !x.erledigt && !ruht(&x.frist));
    let naechste = laeuft.min_by_key(|x| (x.ende, x.frist.clone()));
    let sql = "INSERT OR REPLACE INTO vorgang VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)";
    db.prepare_cached(sql)?.execute(params![
        id.as_bytes(),
        f.v.leistung,
        f.v.einheit,
        status,
        offen,
        f.v.aktenzeichen,
        f.v.akte.map(Uuid::into_bytes),
        f.antragsteller,
        f.v.kanal.as_ref().map(word).unwrap_or_default(),
        f.v.eingang_am.unwrap_or(f.erfasst).as_microsecond(),
        f.erfasst.as_microsecond(),
        naechste.map(|x| x.ende.to_string()),
        naechste.map(|x| &x.frist),
        naechste.and_then(|x| x.warnung).map(|d| d.to_string()),
        f.v.zugewiesen_an.map(Uuid::into_bytes),
        f.v.seq,
        f.letzte.as_microsecond(),
        to_json(&f.v)?,
    ])?;
    sendungen::store(db, id, &f.v)?;
    fristen::store(db, id, &alle)
}

const SELECT: &str =
    "SELECT v.vorgang, v.leistung, v.einheit, v.status, v.aktenzeichen, v.akte, v.antragsteller, v.kanal,
  v.eingang, v.erfasst, v.frist, v.frist_id, v.konto, k.name, v.version, v.letzte
  FROM vorgang v LEFT JOIN konto k ON k.konto = v.konto WHERE ";

/// Rows under a condition over `v`.
pub fn select(db: &Connection, cond: &str, args: impl Params) -> Result<Vec<VorgangRow>> {
    let mut stmt = db.prepare_cached(&format!("{SELECT}{cond}"))?;
    let mut rows = stmt.query(args)?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        out.push(VorgangRow {
            vorgang: Uuid::from_bytes(r.get(0)?),
            leistung: r.get(1)?,
            einheit: r.get(2)?,
            status: r.get(3)?,
            aktenzeichen: r.get(4)?,
            akte: r.get::<_, Option<[u8; 16]>>(5)?.map(Uuid::from_bytes),
            antragsteller: r.get(6)?,
            kanal: r.get(7)?,
            eingang_am: pool::time(r.get(8)?)?,
            erfasst_am: pool::time(r.get(9)?)?,
            frist: pool::date(r.get(10)?)?,
            frist_id: r.get(11)?,
            konto: r.get::<_, Option<[u8; 16]>>(12)?.map(Uuid::from_bytes),
            konto_name: r.get(13)?,
            version: r.get(14)?,
            letzte_aenderung: pool::time(r.get(15)?)?,
        });
    }
    Ok(out)
}

/// One Vorgang.
pub fn one(db: &Connection, vorgang: Uuid) -> Result<Option<VorgangRow>> {
    Ok(select(db, "v.vorgang=?1", [vorgang.as_bytes()])?.pop())
}

/// All Vorgaenge lying in one Akte, oldest first.
pub fn of_akte(db: &Connection, akte: Uuid) -> Result<Vec<VorgangRow>> {
    select(db, "v.akte=?1 ORDER BY v.eingang, v.vorgang", [akte.as_bytes()])
}

/// `(?,?,?)` for a list, with its values pushed.
pub fn placeholders(values: &[String], args: &mut Vec<Value>) -> String {
    args.extend(values.iter().cloned().map(Value::Text));
    format!("({})", vec!["?"; values.len()].join(","))
}

/// Oldest receipt first, within the rights the filter carries.
pub fn list(db: &Connection, f: &VorgangFilter) -> Result<Vec<VorgangRow>> {
    let mut cond = String::from(if f.offen { "v.offen=1" } else { "v.offen IN (0,1)" });
    let mut args = Vec::new();
    if let Some(einheiten) = &f.einheiten {
        cond += &format!(" AND v.einheit IN {}", placeholders(einheiten, &mut args));
    }
    if !f.status.is_empty() {
        cond += &format!(" AND v.status IN {}", placeholders(&f.status, &mut args));
    }
    if let Some(leistung) = &f.leistung {
        cond += " AND v.leistung=?";
        args.push(Value::Text(leistung.clone()));
    }
    if let Some(konto) = f.konto {
        cond += " AND v.konto=?";
        args.push(Value::Blob(konto.as_bytes().to_vec()));
    }
    if f.unzugewiesen {
        cond += " AND v.konto IS NULL";
    }
    if let Some((key, after)) = &f.nach {
        let key: i64 = key.parse().map_err(|_| ViewError::Corrupt("Seitenmarke".into()))?;
        cond += " AND (v.eingang, v.vorgang) > (?, ?)";
        args.extend([Value::Integer(key), Value::Blob(after.as_bytes().to_vec())]);
    }
    cond += " ORDER BY v.eingang, v.vorgang LIMIT ?";
    args.push(Value::Integer(f.limit as i64));
    select(db, &cond, params_from_iter(args))
}

/// (leistung, status) -> number of Vorgaenge.
pub fn zaehlung(db: &Connection) -> Result<BTreeMap<(String, String), u64>> {
    let mut stmt = db.prepare_cached("SELECT leistung, status, count(*) FROM vorgang GROUP BY 1, 2")?;
    let rows = stmt.query_map([], |r| Ok(((r.get(0)?, r.get(1)?), r.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Sort key of a row in the lists, for the page token.
pub fn sort_key(row: &VorgangRow) -> String {
    row.eingang_am.as_microsecond().to_string()
}
