//! State of a case for the holder of its code: white-listed values of white-listed events only.
//!
//! Knows no stream and no name: rows are keyed by the SHA-256 of a code that only its holder has.

use crate::datei::View;
use crate::ereignis::{Recorded, from_parts};
use crate::error::Result;
use crate::internal::inbox::word;
use crate::pool::{self, to_json};
use crate::rows::{SendungView, StatusView};
use akte_core::kernel::Decider;
use akte_core::verfahren::{Vorgang, VorgangEvent};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};
use uuid::Uuid;

/// (stream, generation) -> SHA-256 of the case code; the key stays in the vault.
pub type CodeSha256 = Arc<dyn Fn(Uuid, u32) -> [u8; 32] + Send + Sync>;

/// Rows kept between batches.
const KEPT: usize = 20_000;

/// The allow-list: wire name, the values that may leave the house, and neutral ones for the rest of
/// the shape. An event that is not listed, and a value that is not listed, never reach `public.db`.
const ERLAUBT: &[(&str, &[&str], &str)] = &[
    (
        "antrag.submitted.v1",
        &["leistung", "kanal", "eingang_am", "unterlagen"],
        r#"{"version":0,"definition":"","vertrauen":"","einheit":"","antragsteller":"00000000-0000-0000-0000-000000000000","felder":{}}"#,
    ),
    ("unterlage.supplied.v1", &["unterlage", "nachforderung", "kanal"], "{}"),
    ("vorgang.registered.v1", &[], r#"{"akte":"00000000-0000-0000-0000-000000000000"}"#),
    ("vorgang.assigned.v1", &[], r#"{"an":"00000000-0000-0000-0000-000000000000","einheit":""}"#),
    ("vorgang.assignment_undone.v1", &["stufe"], r#"{"einheit":""}"#),
    ("vorgang.taken_over.v1", &[], r#"{"an":"00000000-0000-0000-0000-000000000000","einheit":""}"#),
    ("vorgang.pruefung_started.v1", &[], "{}"),
    ("antrag.receipt_issued.v1", &[], r#"{"vorlage_sha256":"","eingabe_sha256":""}"#),
    ("nachforderung.issued.v1", &["nachforderung", "unterlagen", "frist"], r#"{"rechenweg":[]}"#),
    ("nachforderung.closed.v1", &["nachforderung"], r#"{"grund":""}"#),
    ("stelle.consulted.v1", &[], r#"{"stelle":""}"#),
    ("stellungnahme.received.v1", &[], r#"{"stelle":""}"#),
    ("anhoerung.started.v1", &["frist"], r#"{"rechenweg":[]}"#),
    ("anhoerung.held.v1", &[], "{}"),
    (
        "frist.extended.v1",
        &["frist", "end"],
        r#"{"rule_version":"","roh":"2000-01-01","verified":false,"mitgeteilt_am":"2000-01-01","rechenweg":[]}"#,
    ),
    ("anhoerung.waived.v1", &[], r#"{"nr":""}"#),
    ("vorgang.paused.v1", &[], "{}"),
    ("vorgang.resumed.v1", &[], "{}"),
    ("vorgang.withdrawn.v1", &[], "{}"),
    ("vorgang.abgegeben.v1", &[], r#"{"stelle":"","rechtsgrundlage":""}"#),
    ("vorgang.erledigt.v1", &[], "{}"),
    ("vorgang.entscheidungsreif.v1", &[], "{}"),
    ("bescheid.dispatched.v1", &["weg", "am"], r#"{"fassung":0}"#),
    ("bekanntgabe.effected.v1", &["art", "am"], r#"{"regime":"","verified":false,"rechenweg":[]}"#),
    ("bekanntgabe.revoked.v1", &[], r#"{"grund":""}"#),
    ("widerspruch.received.v1", &["am"], r#"{"fristgerecht":false}"#),
    ("widerspruch.decided.v1", &[], r#"{"ergebnis":""}"#),
    ("bestandskraft.reached.v1", &["am"], "{}"),
    ("code.revoked.v1", &["generation"], r#"{"grund":""}"#),
    // The way of the notice; ids of dispatches, addresses and who took it stay in the house.
    (
        "versand.requested.v1",
        &["weg", "am", "not_before"],
        r#"{"sendung":"00000000-0000-0000-0000-000000000000","fassung":0}"#,
    ),
    ("versand.cancelled.v1", &["am"], r#"{"sendung":"00000000-0000-0000-0000-000000000000"}"#),
    ("zustellung.reported.v1", &["weg", "status", "am"], "{}"),
    ("einwilligung.given.v1", &["am", "kanal"], "{}"),
    ("einwilligung.withdrawn.v1", &["am"], "{}"),
    ("bestandskraft.revoked.v1", &[], r#"{"grund":""}"#),
    // Which kind of act it is stays in the house; that one was joined or given up moves the state back.
    ("bescheid.akt_opened.v1", &["akt", "bezug"], r#"{"art":"berichtigung"}"#),
    ("bescheid.akt_discarded.v1", &["akt"], "{}"),
    ("bescheid.akt_joined.v1", &["akt", "bezug"], "{}"),
    ("vorgang.closed.v1", &[], r#"{"verfuegung":"","rechenweg":[]}"#),
    ("vorgang.reopened.v1", &[], "{}"),
    // To whom it was handed over is for its applicant to know: a public body, no person.
    ("abgabe.sent.v1", &["stelle", "weg"], r#"{"rechtsgrundlage":""}"#),
    ("abgabe.confirmed.v1", &["stelle"], "{}"),
    ("abgabe.unconfirmed.v1", &["stelle", "frist"], "{}"),
    ("antrag.step_done.v1", &["schritt"], "{}"),
    ("auskunft.issued.v1", &["auskunft"], r#"{"index":0,"event_hash":"","freigegeben":[],"gruende":{}}"#),
];

type Erlaubnis = (&'static [&'static str], Map<String, Value>);

fn allowed(wire: &str) -> Option<&'static Erlaubnis> {
    static TABLE: OnceLock<HashMap<&str, Erlaubnis>> = OnceLock::new();
    let parse = |neutral: &str| serde_json::from_str(neutral).unwrap_or_default();
    TABLE.get_or_init(|| ERLAUBT.iter().map(|(w, keys, neutral)| (*w, (*keys, parse(neutral)))).collect()).get(wire)
}

/// The event as the public may know it; `None` if it is not on the list or was erased.
fn public_event(r: &Recorded) -> Result<Option<VorgangEvent>> {
    let Some((keys, neutral)) = allowed(&r.wire) else { return Ok(None) };
    let mut data = neutral.clone();
    if r.missing.contains(&0) || r.locked.contains(&0) {
        // A revoked code stays revoked, also where the event's open values were erased.
        return if r.wire == "code.revoked.v1" { from_parts(&r.wire, data).map(Some) } else { Ok(None) };
    }
    for key in *keys {
        if let Some(v) = r.data.get(*key) {
            data.insert((*key).to_owned(), v.clone());
        }
    }
    from_parts(&r.wire, data).map(Some)
}

/// What is kept of a case: the fold of the public events and the days of its changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Fall {
    v: Vorgang,
    eingegangen: Date,
    stand: Date,
    verlauf: Vec<(Date, String)>,
}

/// Feeds `status`.
pub struct StatusSicht {
    zone: TimeZone,
    code: CodeSha256,
    known: HashMap<Uuid, ([u8; 32], Fall)>,
    dirty: BTreeSet<Uuid>,
}

impl StatusSicht {
    pub fn new(zone: TimeZone, code: CodeSha256) -> Self {
        Self { zone, code, known: HashMap::new(), dirty: BTreeSet::new() }
    }

    fn load(&mut self, db: &Connection, stream: Uuid) -> Result<Option<([u8; 32], Fall)>> {
        if let Some(fall) = self.known.remove(&stream) {
            return Ok(Some(fall));
        }
        let key = (self.code)(stream, 0);
        let sql = "SELECT fall FROM status WHERE schluessel=?1";
        let text: Option<String> = db.prepare_cached(sql)?.query_row([key], |r| r.get(0)).optional()?;
        text.map(|t| Ok((key, pool::json(&t)?))).transpose()
    }
}

impl View for StatusSicht {
    fn name(&self) -> &'static str {
        "status"
    }

    fn schema(&self) -> &'static str {
        // `schluessel` is the first code's hash for ever; `code` that of the code in force.
        "CREATE TABLE status(schluessel BLOB PRIMARY KEY, code BLOB NOT NULL UNIQUE, fall TEXT NOT NULL) WITHOUT ROWID;"
    }

    fn apply(&mut self, db: &Connection, r: &Recorded) -> Result<()> {
        let Some(event) = public_event(r)? else { return Ok(()) };
        let day = r.at.to_zoned(self.zone.clone()).date();
        let (key, mut fall) = match (self.load(db, r.stream)?, &event) {
            (Some(known), _) => known,
            (None, VorgangEvent::Submitted { eingang_am, .. }) => {
                let eingegangen = eingang_am.to_zoned(self.zone.clone()).date();
                let fall = Fall { v: Vorgang::default(), eingegangen, stand: day, verlauf: Vec::new() };
                ((self.code)(r.stream, 0), fall)
            }
            (None, _) => return Ok(()),
        };
        let before = fall.v.status;
        fall.v = <Vorgang as Decider>::evolve(std::mem::take(&mut fall.v), &event);
        fall.stand = fall.stand.max(day);
        if fall.v.status != before {
            fall.verlauf.push((day, word(&fall.v.status)));
        }
        self.known.insert(r.stream, (key, fall));
        self.dirty.insert(r.stream);
        Ok(())
    }

    fn finish(&mut self, db: &Connection) -> Result<()> {
        let mut insert = db.prepare_cached("INSERT OR REPLACE INTO status VALUES(?1,?2,?3)")?;
        for stream in std::mem::take(&mut self.dirty) {
            if let Some((key, fall)) = self.known.get(&stream) {
                let code = match fall.v.code_generation {
                    0 => *key,
                    n => (self.code)(stream, n),
                };
                insert.execute(params![key, code, to_json(fall)?])?;
            }
        }
        if self.known.len() > KEPT {
            self.known.clear();
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.known.clear();
        self.dirty.clear();
    }
}

/// The case of a code in force.
pub fn by_code(db: &Connection, code: [u8; 32]) -> Result<Option<StatusView>> {
    let sql = "SELECT fall FROM status WHERE code=?1";
    let text: Option<String> = db.prepare_cached(sql)?.query_row([code], |r| r.get(0)).optional()?;
    text.map(|t| Ok(view(pool::json(&t)?))).transpose()
}

fn view(fall: Fall) -> StatusView {
    let v = &fall.v;
    let offen: Vec<_> = v.nachforderungen.iter().filter(|n| n.offen).collect();
    let anhoerung = v.anhoerung_frist.filter(|_| v.anhoerung_offen);
    StatusView {
        leistung: v.leistung.clone(),
        status: word(&v.status),
        eingegangen: fall.eingegangen,
        stand: fall.stand,
        wartet_auf: offen
            .iter()
            .flat_map(|n| n.unterlagen.iter().filter(|u| !n.erhalten.contains(u)).cloned())
            .collect(),
        nachforderung: offen.first().map(|n| n.id),
        frist: offen.iter().map(|n| n.frist).chain(anhoerung).min(),
        bescheinigt: v.bescheinigt,
        bescheid_da: v.versandt.is_some() || v.weitere_akte.iter().any(|a| a.versandt.is_some()),
        sendungen: v.sendungen.iter().map(sendung).collect(),
        abruf: v.einwilligung.is_some(),
        verlauf: fall.verlauf,
        abgabe: v.abgabe.as_ref().map(|a| (a.stelle.clone(), a.stand == "bestaetigt")),
        schritte: v.schritte_erledigt.clone(),
        auskuenfte: v.auskuenfte.iter().map(|a| a.id).collect(),
    }
}

fn sendung(s: &akte_core::verfahren::state::Sendung) -> SendungView {
    let am = s.verlauf.last().map(|(_, am)| *am);
    SendungView { weg: s.weg, zustand: s.zustand, versandt_am: s.versandt_am, am }
}

#[cfg(test)]
mod tests {
    use super::*;
    use akte_core::kernel::{Class, WireEvent};

    #[test]
    fn the_allow_list_names_open_values_of_known_events_and_its_neutral_values_fit() {
        for (wire, keys, neutral) in ERLAUBT {
            let spec = VorgangEvent::SPECS.iter().find(|s| s.wire == *wire).unwrap_or_else(|| panic!("{wire}"));
            let neutral: Map<String, Value> = serde_json::from_str(neutral).expect("neutral values are JSON");
            for key in *keys {
                let class = spec.fields.iter().find(|(k, _)| k == key).map(|(_, c)| *c);
                assert_eq!(class, Some(Class::Open), "{wire} {key}");
                assert!(!neutral.contains_key(*key), "{wire} {key} is listed twice");
            }
            assert!(neutral.keys().all(|k| spec.fields.iter().any(|(f, _)| f == k)), "{wire}");
        }
    }
}
