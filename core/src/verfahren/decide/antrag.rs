//! Receipt of an application, what the applicant adds, and where it is filed.
//!
//! Intake is never refused for what is written in it (§ 24 (3) VwVfG): checks happen at the
//! edge and only mark; here only an unknown service, channel or field is turned away.

use super::{Answer, Events, Fall, R, one, text};
use crate::verfahren::command::{Gerendert, Unterlage, VorgangCommand as C};
use crate::verfahren::definition::{Definition, Schrittart};
use crate::verfahren::event::{Kanal, VorgangEvent as E};
use crate::verfahren::state::Status;
use uuid::Uuid;

impl Fall<'_> {
    pub(super) fn antrag(&self, command: &C) -> Answer {
        Some(match command {
            C::Submit { .. } => self.submit(command),
            C::SupplyUnterlage { kanal, dokument } => self.supply(*kanal, dokument),
            C::Withdraw { grund } => self.withdraw(grund.as_deref()),
            C::Register { akte, aktenzeichen } => self.register(*akte, aktenzeichen),
            C::IssueReceipt { gerendert } => self.issue_receipt(gerendert),
            C::Assign { an, einheit } => self.assign(*an, einheit),
            C::UndoAssign => self.undo_assign(),
            C::TakeOver => self.take_over(),
            C::RevokeCode { grund } => text(grund, "Grund")
                .and_then(|grund| one(E::CodeRevoked { generation: self.v.code_generation + 1, grund })),
            _ => return None,
        })
    }

    fn submit(&self, command: &C) -> Events {
        let C::Submit { leistung, kanal, vertrauen, eingang_am, antragsteller, felder, dokumente } = command else {
            return Err(R::NichtMoeglich(self.v.status));
        };
        if self.v.status != Status::Leer {
            return Err(R::SchonEingegangen);
        }
        let def = self.def()?;
        if def.id != *leistung {
            return Err(R::LeistungUnbekannt);
        }
        if !def.kanaele.contains(kanal) {
            return Err(R::KanalNichtVorgesehen);
        }
        if *eingang_am > self.ctx.now {
            return Err(R::EingangInZukunft);
        }
        if let Some(id) = felder.keys().find(|id| def.feld(id).is_none()) {
            return Err(R::FeldUnbekannt(id.clone()));
        }
        if let Some(d) = dokumente.iter().find(|d| !knows_unterlage(def, &d.unterlage)) {
            return Err(R::UnterlageUnbekannt(d.unterlage.clone()));
        }
        one(E::Submitted {
            leistung: def.id.clone(),
            version: def.version,
            definition: def.sha256.clone(),
            kanal: *kanal,
            vertrauen: vertrauen.clone(),
            eingang_am: *eingang_am,
            einheit: def.einheit.clone(),
            antragsteller: *antragsteller,
            felder: felder.clone(),
            unterlagen: dokumente.iter().map(|d| d.unterlage.clone()).collect(),
            dokumente: (!dokumente.is_empty()).then(|| dokumente.clone()),
        })
    }

    /// What comes in wakes the case: the Nachforderung it answers closes with its last document.
    fn supply(&self, kanal: Kanal, dokument: &Unterlage) -> Events {
        self.offen()?;
        if !knows_unterlage(self.def()?, &dokument.unterlage) {
            return Err(R::UnterlageUnbekannt(dokument.unterlage.clone()));
        }
        let id = &dokument.unterlage;
        let wanted = self.v.offene_nachforderungen().find(|n| n.unterlagen.contains(id) && !n.erhalten.contains(id));
        let mut events = vec![E::UnterlageSupplied {
            unterlage: id.clone(),
            nachforderung: wanted.map(|n| n.id),
            kanal,
            dokument: Some(dokument.clone()),
        }];
        if let Some(n) = wanted
            && n.unterlagen.iter().all(|u| u == id || n.erhalten.contains(u))
        {
            events.push(E::NachforderungClosed { nachforderung: n.id, grund: "erfuellt".into() });
        }
        Ok(events)
    }

    /// Until the decision is signed; a mere notice until it is filed away.
    fn withdraw(&self, grund: Option<&str>) -> Events {
        self.offen()?;
        let entschieden = self.v.akt.is_some();
        if entschieden || !self.v.stufe().laeuft() && self.v.status != Status::ImGeschaeftsgang {
            return Err(R::NichtMoeglich(self.v.status));
        }
        let grund = grund.map(str::trim).filter(|g| !g.is_empty()).map(str::to_owned);
        let mut events = vec![E::Withdrawn { grund }];
        events.extend(self.fristen_done(|_| true));
        Ok(events)
    }

    fn register(&self, akte: Uuid, aktenzeichen: &str) -> Events {
        match self.v.akte {
            Some(a) if a == akte && self.v.aktenzeichen.is_some() => Ok(vec![]),
            Some(a) if a != akte => Err(R::NichtMoeglich(self.v.status)),
            _ => one(E::Registered { akte, aktenzeichen: Some(aktenzeichen.to_owned()) }),
        }
    }

    /// Whatever else is missing: § 15 (1) GewO knows no precondition of the receipt.
    fn issue_receipt(&self, g: &Gerendert) -> Events {
        let def = self.def()?;
        let schritt =
            def.schritt(Schrittart::Bescheinigen).ok_or_else(|| R::SchrittUnbekannt("bescheinigen".into()))?;
        if self.v.bescheinigt {
            return Ok(vec![]);
        }
        self.offen()?;
        let ended = |id: &str| def.fristen.iter().any(|f| f.id == id && f.erledigt_durch == schritt.id);
        let faellig = self.v.fristen.iter().filter(|f| ended(&f.frist)).map(|f| f.end).min();
        let mut events = vec![E::ReceiptIssued {
            faellig,
            vorlage_sha256: g.vorlage_sha256.clone(),
            eingabe_sha256: g.eingabe_sha256.clone(),
            dokument: Some(g.dokument.clone()),
        }];
        events.extend(self.fristen_erledigt_durch(Schrittart::Bescheinigen)?);
        Ok(events)
    }

    fn assign(&self, an: Uuid, einheit: &str) -> Events {
        self.offen()?;
        if self.v.zugewiesen_an == Some(an) && self.v.einheit == einheit {
            return Ok(vec![]);
        }
        one(E::Assigned { an, einheit: text(einheit, "Einheit")? })
    }

    /// Who had it has it again, or nobody; only as long as nothing else happened.
    fn undo_assign(&self) -> Events {
        self.offen()?;
        let vorher = self.v.vor_zuteilung.as_ref().filter(|z| z.seq == self.v.seq);
        let z = vorher.ok_or(R::ZuteilungUeberholt)?;
        one(E::AssignmentUndone { an: z.an, einheit: z.einheit.clone(), stufe: z.stufe })
    }

    /// Of two who take over at once one wins; the other learns by whom.
    fn take_over(&self) -> Events {
        self.offen()?;
        let ich = self.konto()?;
        let leitung = self.ctx.facts.rollen.contains(&crate::kernel::Role::Leitung);
        match self.v.zugewiesen_an {
            Some(a) if a == ich => Ok(vec![]),
            Some(a) if !leitung => Err(R::SchonUebernommen(a)),
            von => {
                let einheit = self.ctx.facts.einheit.clone().unwrap_or_else(|| self.v.einheit.clone());
                one(E::TakenOver { von, an: ich, einheit })
            }
        }
    }
}

/// A row of the definition, or `sonstige`.
pub(super) fn knows_unterlage(def: &Definition, id: &str) -> bool {
    id == "sonstige" || def.unterlagen.iter().any(|u| u.id == id)
}
