//! What changed between two moments, field by field: before, after, which event did it, who, and with what reason.

use super::felder::{beschriftung, zeilen};
use crate::clerk::unterschied::{Stueck, unterschied};
use akte_core::execute::{ExecuteError, House, Room, Zeitachse, rechtszeit};
use akte_core::vault::Recorded;
use akte_core::verfahren::definition::Definition;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Where a clerk writes why.
const GRUENDE: [&str; 6] = ["grund", "reason", "begruendung", "rechtsgrundlage", "vermerk", "text"];

/// One change.
pub struct Aenderung {
    pub was: String,
    pub vorher: String,
    pub nachher: String,
    /// Word by word, where both are there.
    pub teile: Vec<Stueck>,
    /// The events that made it, oldest first.
    pub durch: Vec<Ursache>,
}

/// Who changed it when, and why.
#[derive(Clone)]
pub struct Ursache {
    pub index: u64,
    pub at: Timestamp,
    pub recht: Timestamp,
    pub akteur: String,
    pub fuer: Option<String>,
    pub satz: String,
    pub grund: Option<String>,
}

/// Two moments of a stream.
pub struct Vergleich<'a> {
    pub house: &'a House,
    pub stream: Uuid,
    pub a: Timestamp,
    pub b: Timestamp,
    pub achse: Zeitachse,
    pub def: Option<&'a Definition>,
    pub name: &'a (dyn Fn(&str) -> Option<String> + Sync),
}

impl Vergleich<'_> {
    /// Every line that is not the same at both moments, in the order of their paths.
    pub async fn aenderungen<R>(&self) -> Result<Vec<Aenderung>, ExecuteError>
    where
        R: Room,
        R::State: Clone + Serialize + Default,
    {
        let schritte = self.house.schritte::<R>(self.stream, self.b, self.achse).await?;
        let leer = BTreeMap::new();
        let (mut vorher, mut letzte) = (leer.clone(), leer);
        let mut ursachen: BTreeMap<String, Vec<Ursache>> = BTreeMap::new();
        for (r, state) in &schritte {
            let jetzt = self.lesen(state)?;
            if self.war_schon(r) {
                vorher = jetzt.clone();
            } else {
                for pfad in geaendert(&letzte, &jetzt) {
                    ursachen.entry(pfad).or_default().push(self.ursache(r));
                }
            }
            letzte = jetzt;
        }
        let eine = |pfad: String| {
            let text = |z: &BTreeMap<String, String>| z.get(&pfad).cloned().unwrap_or_default();
            let (alt, neu) = (text(&vorher), text(&letzte));
            let teile = if alt.is_empty() || neu.is_empty() { Vec::new() } else { unterschied(&alt, &neu) };
            let durch = ursachen.get(&pfad).cloned().unwrap_or_default();
            Aenderung { was: beschriftung(&pfad, self.def), vorher: alt, nachher: neu, teile, durch }
        };
        Ok(geaendert(&vorher, &letzte).into_iter().map(eine).collect())
    }

    fn lesen(&self, state: &impl Serialize) -> Result<BTreeMap<String, String>, ExecuteError> {
        let v = serde_json::to_value(state).map_err(|e| ExecuteError::Fault(e.to_string()))?;
        Ok(zeilen(&v, self.def, &|t| (self.name)(t)))
    }

    fn war_schon(&self, r: &Recorded) -> bool {
        match self.achse {
            Zeitachse::Erfassung => r.at <= self.a,
            Zeitachse::Recht => rechtszeit(r, &self.house.zone) <= self.a,
        }
    }

    fn ursache(&self, r: &Recorded) -> Ursache {
        let text = |k: &&str| r.data.get(*k).and_then(Value::as_str).filter(|t| !t.is_empty());
        Ursache {
            index: r.index,
            at: r.at,
            recht: rechtszeit(r, &self.house.zone),
            akteur: (self.name)(&r.actor).unwrap_or_else(|| akteur(&r.actor)),
            fuer: r.fuer.as_deref().map(|f| (self.name)(f).unwrap_or_else(|| "ein Konto ohne Namen".into())),
            satz: satz(r, self.name),
            grund: GRUENDE.iter().find_map(text).map(str::to_owned),
        }
    }
}

/// Who acted, where it is no account with a name.
pub fn akteur(id: &str) -> String {
    match id {
        "process" => "Folgeregel".into(),
        "system" => "System".into(),
        "" => "ohne Angabe".into(),
        _ => "antragstellende Person".into(),
    }
}

/// The sentence of an event with names for the ids it marks.
pub fn satz(r: &Recorded, name: &(dyn Fn(&str) -> Option<String> + Sync)) -> String {
    let roh = akte_projections::satz::satz(&r.wire, &r.data);
    let (mut out, mut rest) = (String::new(), roh.as_str());
    while let Some((davor, danach)) = rest.split_once('{') {
        let (id, weiter) = danach.split_once('}').unwrap_or((danach, ""));
        out.push_str(davor);
        out.push_str(&name(id).unwrap_or_else(|| "ein Konto ohne Namen".into()));
        rest = weiter;
    }
    out + rest
}

fn geaendert(a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> Vec<String> {
    let alle: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    alle.into_iter().filter(|k| a.get(*k) != b.get(*k)).cloned().collect()
}
