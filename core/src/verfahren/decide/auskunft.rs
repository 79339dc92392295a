//! A redacted answer: one event of the log, some values released, a legal ground for every other one.
//!
//! Reads no other stream: which values the event has comes with the command. The proof that only the named
//! values are missing is made from the log when the answer is fetched.

use super::{Answer, Events, Fall, R, one, text};
use crate::kernel::text::filled;
use crate::verfahren::bedingung::is_set;
use crate::verfahren::command::VorgangCommand as C;
use crate::verfahren::event::VorgangEvent as E;
use serde_json::Value;
use std::collections::BTreeMap;

impl Fall<'_> {
    pub(super) fn auskunft(&self, command: &C) -> Answer {
        match command {
            C::IssueAuskunft { index, event_hash, zeiger, gruende, vermerk } => {
                Some(self.issue_auskunft(*index, event_hash, zeiger, gruende, vermerk))
            }
            C::NoteCorrection { feld, wert, grund } => Some(self.correct(feld, wert.as_ref(), grund)),
            _ => None,
        }
    }

    /// Possible in every state, also after zdA: what is wrong in the record is wrong there, too (Art. 16 DSGVO).
    fn correct(&self, feld: &str, wert: Option<&Value>, grund: &str) -> Events {
        self.def()?.feld(feld).ok_or_else(|| R::FeldUnbekannt(feld.to_owned()))?;
        let wert = wert.filter(|w| is_set(w)).ok_or(R::AngabeFehlt("Richtig ist"))?;
        let reason = text(grund, "Grund")?;
        if self.v.felder.get(feld) == Some(wert) {
            return Err(R::NichtsBerichtigt);
        }
        let vorige = self.v.berichtigungen.iter().rev().find(|b| b.feld == feld);
        one(E::CorrectionNoted {
            berichtigung: self.ctx.ids.nth(0),
            target: feld.to_owned(),
            bezug: vorige.map_or(0, |b| b.seq),
            felder: BTreeMap::from([(feld.to_owned(), wert.clone())]),
            reason: Some(reason.to_owned()),
        })
    }

    fn issue_auskunft(
        &self,
        index: u64,
        event_hash: &str,
        zeiger: &[String],
        gruende: &BTreeMap<String, String>,
        vermerk: &str,
    ) -> Events {
        self.offen()?;
        let def = self.def()?;
        if def.schwaerzungsgruende.is_empty() {
            return Err(R::KeineAuskunft);
        }
        if gruende.keys().any(|p| !zeiger.contains(p)) || event_hash.is_empty() {
            return Err(R::AuskunftVeraltet);
        }
        let norm = |(p, id): (&String, &String)| {
            let grund = def.schwaerzungsgruende.iter().find(|g| g.id == *id);
            grund.map(|g| (p.clone(), g.norm.clone())).ok_or_else(|| R::GrundUnbekannt(id.clone()))
        };
        let gruende = gruende.iter().map(norm).collect::<Result<BTreeMap<_, _>, R>>()?;
        let freigegeben: Vec<String> = zeiger.iter().filter(|p| !gruende.contains_key(*p)).cloned().collect();
        if freigegeben.is_empty() {
            return Err(R::AngabeFehlt("Freigegebene Angaben"));
        }
        let vermerk = filled(vermerk);
        let auskunft = self.ctx.ids.nth(0);
        one(E::AuskunftIssued { auskunft, index, event_hash: event_hash.to_owned(), freigegeben, gruende, vermerk })
    }
}
