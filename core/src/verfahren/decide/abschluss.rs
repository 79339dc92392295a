//! The ends of a procedure: handed over, settled, filed away (zdA), taken up again.
//!
//! zdA is refused while anything is open, and the refusal lists it.

use super::{Answer, Events, Fall, R, one, text};
use crate::recht::datum_deutsch;
use crate::verfahren::WIDERSPRUCH;
use crate::verfahren::command::VorgangCommand as C;
use crate::verfahren::definition::Schrittart;
use crate::verfahren::event::VorgangEvent as E;
use crate::verfahren::state::Status;

impl Fall<'_> {
    pub(super) fn abschluss(&self, command: &C) -> Answer {
        Some(match command {
            C::Abgeben { stelle, rechtsgrundlage } => self.abgeben(stelle, rechtsgrundlage),
            C::Erledigen { grund } => self.erledigen(grund),
            C::Close => self.close(),
            C::Reopen { grund } => self.reopen(grund),
            _ => return None,
        })
    }

    fn abgeben(&self, stelle: &str, rechtsgrundlage: &str) -> Events {
        self.in_arbeit()?;
        let (stelle, rechtsgrundlage) = (text(stelle, "Stelle")?, text(rechtsgrundlage, "Rechtsgrundlage")?);
        self.exit(E::Abgegeben { stelle, rechtsgrundlage })
    }

    fn erledigen(&self, grund: &str) -> Events {
        self.in_arbeit()?;
        self.exit(E::Erledigt { grund: Some(text(grund, "Grund")?) })
    }

    fn exit(&self, event: E) -> Events {
        // Decided already: a further act in work is given up, not the case.
        if self.v.akt.is_some() {
            return Err(R::NichtMoeglich(self.v.status));
        }
        let mut events = vec![event];
        events.extend(self.fristen_done(|_| true));
        Ok(events)
    }

    /// Files away, or lists what is open. A decision whose period has run out becomes final with it.
    fn close(&self) -> Events {
        if self.v.status == Status::ZdA {
            return Ok(vec![]);
        }
        let def = self.def()?;
        let mut events = Vec::new();
        let mut bestandskraft = self.v.bestandskraft_am;
        if self.v.status == Status::Bekanntgegeben && self.rechtsbehelf_vorbei() {
            events.extend(self.reach_bestandskraft()?);
            bestandskraft = events.iter().find_map(|e| match e {
                E::BestandskraftReached { am } => Some(*am),
                _ => None,
            });
        }
        let offen = self.offene_punkte(bestandskraft.is_some());
        if !offen.is_empty() {
            return Err(R::OffenePunkte(offen));
        }
        let bis = self.aufbewahrung(&def.aufbewahrung, bestandskraft)?;
        let done = |id: &str| !events.iter().any(|e| matches!(e, E::FristDone { frist } if frist == id));
        let rest = self.fristen_done(done);
        events.extend(rest);
        events.push(E::Closed { verfuegung: "zdA".into(), aufbewahrung_bis: Some(bis.end), rechenweg: bis.rechenweg });
        Ok(events)
    }

    fn rechtsbehelf_vorbei(&self) -> bool {
        let ended = |f: &&crate::verfahren::state::FristState| self.rechtsbehelf(&f.frist) && f.end >= self.ctx.today;
        self.v.fristen.iter().find(ended).is_none()
    }

    fn rechtsbehelf(&self, id: &str) -> bool {
        id == WIDERSPRUCH || id == crate::verfahren::KLAGE
    }

    /// Everything that keeps the file open, in plain words.
    fn offene_punkte(&self, bestandskraeftig: bool) -> Vec<String> {
        let v = self.v;
        let mut offen = Vec::new();
        if v.akte.is_none() {
            offen.push("Aktenzeichen noch nicht vergeben".into());
        }
        if !v.status.nebenausgang() {
            offen.extend(self.offene_schritte(bestandskraeftig));
            let nachforderungen = v.offene_nachforderungen();
            offen.extend(nachforderungen.map(|n| format!("Nachforderung bis {}", datum_deutsch(n.frist))));
            offen.extend(v.stellen_offen.iter().map(|s| format!("Stellungnahme: {s}")));
            if v.anhoerung_offen {
                offen.push("Anhörung".into());
            }
            let unterschriften = v.unterschriften.iter().filter(|u| u.stand == "offen");
            offen.extend(unterschriften.map(|u| format!("Unterschrift: {}", self.rolle(&u.rolle))));
            if v.pausiert {
                offen.push("der Vorgang ruht".into());
            }
            let fristen =
                v.fristen.iter().filter(|f| !f.erledigt && !self.endet_mit_abschluss(&f.frist, bestandskraeftig));
            offen.extend(fristen.map(|f| format!("Frist {} bis {}", f.frist, datum_deutsch(f.end))));
        }
        let unbestaetigt = v.abgabe.iter().filter(|a| a.stand != "bestaetigt");
        offen.extend(unbestaetigt.map(|a| format!("Bestätigung der Abgabe von {}", a.stelle)));
        // Geschaeftsgaenge, Wiedervorlagen and tasks on the case and its documents.
        offen.extend(self.ctx.facts.offen.iter().cloned());
        let gebuehren = v.gebuehren.iter().filter(|g| g.stand == "offen");
        offen.extend(gebuehren.map(|g| format!("Zahlung {}", g.zeile)));
        let wege = v.uebermittlungen.iter().filter(|u| matches!(u.stand.as_str(), "geplant" | "fehlgeschlagen"));
        offen.extend(wege.map(|u| format!("Übermittlung an {}", u.stelle)));
        offen
    }

    /// Steps of the definition that have not happened.
    fn offene_schritte(&self, bestandskraeftig: bool) -> Vec<String> {
        let v = self.v;
        let Ok(def) = self.def() else { return vec!["Definition der Leistung".into()] };
        let mut offen = Vec::new();
        if v.status == Status::ImGeschaeftsgang {
            offen.push("Mitzeichnungen".into());
        }
        if v.weitere_akte.iter().any(|a| a.stufe == Status::Widerspruch) {
            offen.push("Widerspruch gegen einen früheren Bescheid".into());
        }
        if def.entscheidet() && !bestandskraeftig {
            offen.push("Entscheidung ist noch nicht bestandskräftig".into());
        }
        if def.schritt(Schrittart::Bescheinigen).is_some() && !v.bescheinigt {
            offen.push("Empfangsbescheinigung".into());
        }
        let uebermitteln = def.schritt(Schrittart::Uebermitteln);
        if uebermitteln.is_some_and(|s| s.automatisch && self.holds(&s.wenn)) && v.uebermittlungen.is_empty() {
            offen.push("Übermittlungen".into());
        }
        if def.schritt(Schrittart::Abgeben).is_some_and(|s| self.holds(&s.wenn)) && v.abgabe.is_none() {
            offen.push("Abgabe an die zuständige Stelle".into());
        }
        offen.extend(self.offene_tatsachen());
        offen
    }

    fn holds(&self, wenn: &str) -> bool {
        crate::verfahren::bedingung::holds(wenn, &self.v.felder, false)
    }

    /// A Frist no step ends is ended by the closing itself; the remedy's by Bestandskraft.
    fn endet_mit_abschluss(&self, id: &str, bestandskraeftig: bool) -> bool {
        if self.rechtsbehelf(id) {
            return bestandskraeftig;
        }
        let Ok(def) = self.def() else { return false };
        def.fristen
            .iter()
            .any(|f| f.id == id && (f.erledigt_durch.is_empty() || self.step_cannot_come(&f.erledigt_durch)))
    }

    /// The condition of the step does not hold: it will never end its Frist.
    fn step_cannot_come(&self, id: &str) -> bool {
        let Ok(def) = self.def() else { return false };
        def.schritte.iter().find(|s| s.id == id).is_some_and(|s| !self.holds(&s.wenn))
    }

    /// A new event; nothing is removed, and the procedure stands where it stood.
    fn reopen(&self, grund: &str) -> Events {
        if let Some(ende) = self.ctx.facts.akte_ende {
            return Err(R::AkteZuEnde(ende));
        }
        match self.v.status {
            Status::ZdA => one(E::Reopened { grund: Some(text(grund, "Grund")?) }),
            s => Err(R::NichtMoeglich(s)),
        }
    }
}
