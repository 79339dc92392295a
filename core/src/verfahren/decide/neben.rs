//! What runs beside the procedure: Fristen, hints, fees, transmissions.
//!
//! Amounts are integer cents from a dated row; recipients get the fields of the matrix and no other.

use super::{Answer, Events, Fall, R, one, text};
use crate::documents::DokumentWert;
use crate::verfahren::command::{Gerendert, VorgangCommand as C};
use crate::verfahren::definition::{Schritt, Schrittart};
use crate::verfahren::event::VorgangEvent as E;
use crate::verfahren::gebuehr::Gebuehr;
use crate::verfahren::state::UebermittlungState;
use crate::verfahren::{auswertung, bedingung};

impl Fall<'_> {
    pub(super) fn neben(&self, command: &C) -> Answer {
        Some(match command {
            C::ComputeFristen => self.compute_fristen("eingang", self.eingang()),
            C::NoteHinweis { schritt } => self.note_hinweis(schritt),
            C::DoneHinweis { schritt, vermerk } => self.done_hinweis(schritt, vermerk),
            C::AssessGebuehr { tatbestand, gerendert } => self.assess(tatbestand, gerendert),
            C::PayGebuehr { zeile, betrag_cent, weg } => self.pay(zeile, *betrag_cent, weg),
            C::WaiveGebuehr { zeile, grund } => self.waive_gebuehr(zeile, grund),
            C::PlanUebermittlungen => self.plan_uebermittlungen(),
            C::MarkSent { stelle, dokument } => self.mark_sent(stelle, dokument.as_ref()),
            C::Acknowledge { stelle } => self.acknowledge(stelle),
            C::WaiveUebermittlung { stelle, grund } => self.waive_uebermittlung(stelle, grund),
            _ => return None,
        })
    }

    pub(super) fn schritt(&self, id: &str) -> Result<&Schritt, R> {
        self.def()?.schritte.iter().find(|s| s.id == id).ok_or_else(|| R::SchrittUnbekannt(id.to_owned()))
    }

    fn note_hinweis(&self, id: &str) -> Events {
        let schritt = self.schritt(id)?;
        if schritt.art != Schrittart::Hinweis {
            return Err(R::SchrittUnbekannt(id.to_owned()));
        }
        if self.v.schritte_erledigt.iter().any(|s| s == id) {
            return Ok(vec![]);
        }
        one(E::StepDone { schritt: id.to_owned(), vermerk: None })
    }

    fn done_hinweis(&self, id: &str, vermerk: &str) -> Events {
        self.offen()?;
        let schritt = self.schritt(id)?;
        if schritt.art == Schrittart::Tatsache {
            return Err(R::SchrittUnbekannt(id.to_owned()));
        }
        let schritt = schritt.id.clone();
        let mut events = vec![E::StepDone { schritt, vermerk: Some(text(vermerk, "Vermerk")?) }];
        let def = self.def()?;
        events.extend(self.fristen_done(|f| def.fristen.iter().any(|d| d.id == f && d.erledigt_durch == id)));
        Ok(events)
    }

    fn assess(&self, tatbestand: &str, g: &Gerendert) -> Events {
        self.offen()?;
        let zeile = self.gebuehr(tatbestand)?;
        if self.v.gebuehren.iter().any(|x| x.zeile == zeile.zeile) {
            return Ok(vec![]);
        }
        let mut events = vec![E::GebuehrAssessed {
            tabelle: zeile.tabelle,
            zeile: zeile.zeile,
            betrag_cent: zeile.betrag_cent,
            verified: zeile.verified,
            vorlage_sha256: g.vorlage_sha256.clone(),
            eingabe_sha256: g.eingabe_sha256.clone(),
            dokument: Some(g.dokument.clone()),
        }];
        events.extend(self.fristen_erledigt_durch(Schrittart::Gebuehr)?);
        Ok(events)
    }

    /// The row in force on the day of application: the definition's own, else the law table of the step.
    fn gebuehr(&self, tatbestand: &str) -> Result<Gebuehr, R> {
        crate::verfahren::gebuehr::lookup(self.def()?, &self.ctx.law, tatbestand, self.eingang())
    }

    fn offene_gebuehr(&self, zeile: &str) -> Result<i64, R> {
        let row = self.v.gebuehren.iter().find(|g| g.zeile == zeile && g.stand == "offen");
        row.map(|g| g.betrag_cent).ok_or(R::GebuehrNichtOffen)
    }

    fn pay(&self, zeile: &str, betrag_cent: i64, weg: &str) -> Events {
        self.v_nicht_zda()?;
        if self.offene_gebuehr(zeile)? != betrag_cent {
            return Err(R::BetragFalsch);
        }
        one(E::GebuehrPaid { zeile: zeile.to_owned(), betrag_cent, weg: text(weg, "Zahlungsweg")? })
    }

    fn waive_gebuehr(&self, zeile: &str, grund: &str) -> Events {
        self.v_nicht_zda()?;
        self.offene_gebuehr(zeile)?;
        one(E::GebuehrWaived { zeile: zeile.to_owned(), grund: Some(text(grund, "Grund")?) })
    }

    /// A side exit does not settle what is owed.
    fn v_nicht_zda(&self) -> Result<(), R> {
        if self.v.rolle_geschlossen { Err(R::Geschlossen) } else { Ok(()) }
    }

    /// Per recipient exactly the filled fields whose number lies in its set (§ 3 GewAnzV). A
    /// recipient bound to a condition the law states in words stays off, unless the definition
    /// says over which fields it holds (`empfaenger_wenn`).
    fn plan_uebermittlungen(&self) -> Events {
        let def = self.def()?;
        let schritt =
            def.schritt(Schrittart::Uebermitteln).ok_or_else(|| R::SchrittUnbekannt("uebermitteln".into()))?;
        if !self.v.uebermittlungen.is_empty() {
            return Ok(vec![]);
        }
        self.offen()?;
        if def.schritt(Schrittart::Bescheinigen).is_some() && !self.v.bescheinigt {
            return Err(R::NochNichtBescheinigt);
        }
        let mut events = Vec::new();
        for e in self.ctx.law.empfaenger(&schritt.tabelle, &schritt.formular, self.eingang())? {
            let applies = auswertung::recipient(schritt, &e.stelle, &self.v.felder);
            if !e.aktiv || !applies.unwrap_or(e.bedingt.is_none()) {
                continue;
            }
            let filled = def.felder.iter().filter(|f| self.v.felder.get(&f.id).is_some_and(bedingung::is_set));
            let felder: Vec<String> = filled.filter(|f| e.darf(&f.nummer)).map(|f| f.id.clone()).collect();
            if !felder.is_empty() {
                let (stelle, rechtsgrundlage) = (e.stelle, e.rechtsgrundlage);
                events.push(E::UebermittlungPlanned { stelle, rechtsgrundlage, felder });
            }
        }
        Ok(events)
    }

    fn uebermittlung(&self, stelle: &str, stand: &[&str]) -> Result<&UebermittlungState, R> {
        let u = self.v.uebermittlungen.iter().find(|u| u.stelle == stelle && stand.contains(&u.stand.as_str()));
        u.ok_or(R::UebermittlungNichtOffen)
    }

    fn mark_sent(&self, stelle: &str, dokument: Option<&DokumentWert>) -> Events {
        self.v_nicht_zda()?;
        let u = self.uebermittlung(stelle, &["geplant", "fehlgeschlagen"])?;
        let mut events = vec![E::UebermittlungSent {
            stelle: stelle.to_owned(),
            felder: u.felder.clone(),
            dokument: dokument.cloned(),
        }];
        events.extend(self.uebermittlung_fristen(stelle)?);
        Ok(events)
    }

    fn acknowledge(&self, stelle: &str) -> Events {
        self.v_nicht_zda()?;
        self.uebermittlung(stelle, &["gesendet"])?;
        one(E::UebermittlungAcknowledged { stelle: stelle.to_owned() })
    }

    /// A waiver stops the transmission (§ 3 (1) last sentence GewAnzV); what was sent stays sent.
    fn waive_uebermittlung(&self, stelle: &str, grund: &str) -> Events {
        self.v_nicht_zda()?;
        self.uebermittlung(stelle, &["geplant", "fehlgeschlagen"])?;
        let mut events = vec![E::UebermittlungWaived { stelle: stelle.to_owned(), grund: text(grund, "Grund")? }];
        events.extend(self.uebermittlung_fristen(stelle)?);
        Ok(events)
    }

    /// The last open transmission ends the Fristen of the transmitting step.
    fn uebermittlung_fristen(&self, stelle: &str) -> Events {
        let open =
            |u: &&UebermittlungState| u.stelle != stelle && matches!(u.stand.as_str(), "geplant" | "fehlgeschlagen");
        match self.v.uebermittlungen.iter().find(open) {
            Some(_) => Ok(vec![]),
            None => self.fristen_erledigt_durch(Schrittart::Uebermitteln),
        }
    }
}
