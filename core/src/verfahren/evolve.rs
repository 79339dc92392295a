//! Folds a Vorgang's events into its state. Total: it never refuses, and every sealed value may be gone.
//!
//! Decides nothing and computes no dates; what a date means was settled when its event was written.

mod versand;

use super::event::VorgangEvent as E;
use super::state::{
    AbgabeState, AuskunftState, BerichtigungState, BescheidState, FristState, GebuehrState, NachforderungState, Status,
    UebermittlungState, VermerkState, VorZuteilung, Vorgang,
};

/// The state after one more event.
pub fn evolve(mut v: Vorgang, event: &E) -> Vorgang {
    versand::versand(&mut v, event);
    let parts = [
        antrag,
        zuteilung,
        pruefung,
        bescheid,
        zeichnung,
        neben,
        abgabe,
        super::fristlauf::fold,
        super::aktwechsel::falten,
        super::unterschrift::evolve,
    ];
    if !parts.iter().any(|of| of(&mut v, event)) {
        abschluss(&mut v, event);
    }
    v.seq += 1;
    v.settle();
    v
}

impl Vorgang {
    /// The stage of the procedure itself, beneath any suspension that lies over it.
    pub fn stufe(&self) -> Status {
        self.vorher.unwrap_or(self.status)
    }

    /// Nachforderungen still open.
    pub fn offene_nachforderungen(&self) -> impl Iterator<Item = &NachforderungState> {
        self.nachforderungen.iter().filter(|n| n.offen)
    }

    fn set_stufe(&mut self, s: Status) {
        match self.vorher {
            Some(_) => self.vorher = Some(s),
            None => self.status = s,
        }
    }

    /// A side exit or zdA: nothing is waited for any more.
    fn leave(&mut self, s: Status) {
        self.nachforderungen.iter_mut().for_each(|n| n.offen = false);
        self.stellen_offen.clear();
        (self.pausiert, self.anhoerung_offen) = (false, false);
        (self.status, self.vorher) = (s, None);
    }

    /// Shows the strongest suspension over the stage, or the stage itself.
    fn settle(&mut self) {
        let stufe = self.stufe();
        let ueber = match () {
            () if !stufe.laeuft() => None,
            () if self.pausiert => Some(Status::Ruht),
            () if self.offene_nachforderungen().next().is_some() => Some(Status::Nachforderung),
            () if !self.stellen_offen.is_empty() => Some(Status::Beteiligung),
            () if self.anhoerung_offen => Some(Status::Anhoerung),
            () => None,
        };
        (self.status, self.vorher) = match ueber {
            Some(s) => (s, Some(stufe)),
            None => (stufe, None),
        };
    }
}

impl Status {
    /// Between receipt and the decision or closing: the stages over which a suspension can lie.
    pub fn laeuft(self) -> bool {
        use Status::*;
        matches!(self, Eingegangen | Registriert | Zugewiesen | InPruefung | Entscheidungsreif)
    }

    /// Left by a side exit: withdrawn, settled otherwise, handed over.
    pub fn nebenausgang(self) -> bool {
        matches!(self, Status::Zurueckgenommen | Status::Erledigt | Status::Abgegeben)
    }
}

fn antrag(v: &mut Vorgang, event: &E) -> bool {
    match event {
        E::Submitted {
            leistung,
            version,
            definition,
            kanal,
            vertrauen,
            eingang_am,
            einheit,
            antragsteller,
            felder,
            unterlagen,
            dokumente,
        } => {
            v.status = Status::Eingegangen;
            v.leistung.clone_from(leistung);
            v.version = *version;
            v.definition.clone_from(definition);
            v.kanal = Some(*kanal);
            v.vertrauen.clone_from(vertrauen);
            v.eingang_am = Some(*eingang_am);
            v.einheit.clone_from(einheit);
            v.antragsteller = Some(*antragsteller);
            v.felder.clone_from(felder);
            v.unterlagen.clone_from(unterlagen);
            v.dokumente = dokumente.clone().unwrap_or_default();
        }
        E::UnterlageSupplied { unterlage, nachforderung, dokument, .. } => {
            v.unterlagen.push(unterlage.clone());
            v.dokumente.extend(dokument.clone());
            if let Some(fehlend) = &mut v.fehlend {
                fehlend.retain(|f| f != unterlage);
            }
            if let Some(n) = v.nachforderungen.iter_mut().find(|n| Some(n.id) == *nachforderung) {
                n.erhalten.push(unterlage.clone());
            }
        }
        E::Registered { akte, aktenzeichen } => {
            v.akte = Some(*akte);
            v.aktenzeichen.clone_from(aktenzeichen);
            if v.stufe() == Status::Eingegangen {
                v.set_stufe(Status::Registriert);
            }
        }
        E::ReceiptIssued { dokument, .. } => {
            v.bescheinigt = true;
            v.bescheinigung.clone_from(dokument);
        }
        E::StepDone { schritt, .. } => {
            if !v.schritte_erledigt.contains(schritt) {
                v.schritte_erledigt.push(schritt.clone());
            }
        }
        _ => return false,
    }
    true
}

fn zuteilung(v: &mut Vorgang, event: &E) -> bool {
    match event {
        E::AssignmentUndone { an, einheit, stufe } => {
            (v.zugewiesen_an, v.vor_zuteilung) = (*an, None);
            v.einheit.clone_from(einheit);
            v.set_stufe(*stufe);
        }
        E::Assigned { an, einheit } | E::TakenOver { an, einheit, .. } => {
            let (seq, stufe) = (v.seq + 1, v.stufe());
            let vorher = VorZuteilung { seq, an: v.zugewiesen_an, einheit: v.einheit.clone(), stufe };
            v.vor_zuteilung = matches!(event, E::Assigned { .. }).then_some(vorher);
            v.zugewiesen_an = Some(*an);
            v.einheit.clone_from(einheit);
            if matches!(v.stufe(), Status::Eingegangen | Status::Registriert) {
                v.set_stufe(Status::Zugewiesen);
            }
        }
        _ => return false,
    }
    true
}

fn pruefung(v: &mut Vorgang, event: &E) -> bool {
    match event {
        E::PruefungStarted {} => v.set_stufe(Status::InPruefung),
        E::VollstaendigkeitChecked { fehlend } => v.fehlend = Some(fehlend.clone()),
        E::NachforderungIssued { nachforderung, unterlagen, frist, text, .. } => {
            v.nachforderungen.push(NachforderungState {
                id: *nachforderung,
                unterlagen: unterlagen.clone(),
                erhalten: Vec::new(),
                frist: *frist,
                text: text.clone(),
                offen: true,
                versaeumt: false,
            });
        }
        E::NachforderungClosed { nachforderung, .. } => {
            v.nachforderungen.iter_mut().filter(|n| n.id == *nachforderung).for_each(|n| n.offen = false);
        }
        E::StelleConsulted { stelle, .. } => v.stellen_offen.push(stelle.clone()),
        E::StellungnahmeReceived { stelle, .. } => {
            if let Some(i) = v.stellen_offen.iter().position(|s| s == stelle) {
                v.stellen_offen.remove(i);
            }
        }
        E::AnhoerungStarted { frist, .. } => {
            (v.anhoerung_offen, v.anhoerung_frist, v.anhoerung_versaeumt) = (true, Some(*frist), false);
        }
        E::AnhoerungHeld { .. } | E::AnhoerungWaived { .. } => {
            (v.anhoerung_offen, v.anhoerung_erledigt) = (false, true);
        }
        E::Paused { .. } => v.pausiert = true,
        E::Resumed {} => v.pausiert = false,
        E::VermerkWritten { vermerk, text } => {
            v.vermerke.push(VermerkState { id: *vermerk, text: text.clone(), storniert: false });
        }
        E::VermerkCancelled { vermerk, .. } => {
            v.vermerke.iter_mut().filter(|x| x.id == *vermerk).for_each(|x| x.storniert = true);
        }
        E::Entscheidungsreif {} => v.set_stufe(Status::Entscheidungsreif),
        _ => return false,
    }
    true
}

fn bescheid(v: &mut Vorgang, event: &E) -> bool {
    let seq = v.seq;
    match event {
        E::BescheidDrafted {
            fassung,
            tenor,
            verfasser,
            fuer,
            begruendung,
            nebenbestimmungen,
            ermessen,
            spruch,
            texte,
        } => {
            v.set_stufe(Status::Entscheidungsreif);
            v.bescheid = Some(BescheidState {
                fassung: *fassung,
                tenor: *tenor,
                verfasser: *verfasser,
                verfasser_fuer: *fuer,
                begruendung: begruendung.clone(),
                nebenbestimmungen: nebenbestimmungen.clone(),
                dokument: None,
                position: None,
                mitzeichner: Vec::new(),
                mitgezeichnet: Vec::new(),
                schlussgezeichnet_von: None,
                ausgefertigt: false,
                ausfertigung: None,
                ermessen: ermessen.clone(),
                spruch: spruch.clone(),
                texte: texte.clone().unwrap_or_default(),
            });
        }
        E::BescheidRendered { fassung, dokument, .. } => {
            if let Some(b) = v.bescheid.as_mut().filter(|b| b.fassung == *fassung) {
                (b.dokument, b.position) = (dokument.clone(), Some(seq));
            }
        }
        E::BescheidDispatched { weg, am, .. } => {
            v.status = Status::Versandt;
            v.versandt = Some((*weg, *am));
        }
        E::BekanntgabeEffected { am, .. } => (v.status, v.bekanntgabe) = (Status::Bekanntgegeben, Some(*am)),
        E::BekanntgabeRevoked { .. } => {
            v.status = Status::Versandt;
            (v.bekanntgabe, v.widerspruchsfrist_ende) = (None, None);
            v.fristen.retain(|f| f.frist != super::WIDERSPRUCH && (f.frist != super::KLAGE || v.akt.is_none()));
        }
        E::BestandskraftReached { am } => {
            v.status = Status::Bestandskraeftig;
            v.bestandskraft_am = Some(*am);
        }
        E::BestandskraftRevoked { .. } => (v.status, v.bestandskraft_am) = (Status::Bekanntgegeben, None),
        E::ZustellungReported { .. } => {}
        _ => return false,
    }
    true
}

fn zeichnung(v: &mut Vorgang, event: &E) -> bool {
    match event {
        E::GeschaeftsgangStarted { an, .. } => {
            v.set_stufe(Status::ImGeschaeftsgang);
            if let Some(b) = &mut v.bescheid {
                b.mitzeichner.clone_from(an);
            }
        }
        E::MitzeichnungGiven { durch, .. } => {
            if let Some(b) = &mut v.bescheid {
                b.mitgezeichnet.push(*durch);
            }
        }
        E::MitzeichnungRefused { .. } => v.set_stufe(Status::Entscheidungsreif),
        E::SchlusszeichnungGiven { durch, .. } => {
            v.set_stufe(Status::Gezeichnet);
            if let Some(b) = &mut v.bescheid {
                b.schlussgezeichnet_von = Some(*durch);
            }
        }
        E::BescheidAusgefertigt { fassung, dokument, .. } => {
            if let Some(b) = v.bescheid.as_mut().filter(|b| b.fassung == *fassung) {
                (b.ausfertigung, b.ausgefertigt) = (dokument.clone(), true);
            }
        }
        E::ZeichnungVoided { .. } => {
            if let Some(b) = &mut v.bescheid {
                b.mitgezeichnet.clear();
                b.schlussgezeichnet_von = None;
            }
        }
        _ => return false,
    }
    true
}

fn neben(v: &mut Vorgang, event: &E) -> bool {
    match event {
        E::FristComputed { frist, begin, end, warnung, verified, .. } => {
            let neu = FristState {
                frist: frist.clone(),
                end: *end,
                warnung: *warnung,
                verified: *verified,
                begin: Some(*begin),
                ..FristState::default()
            };
            v.fristen.retain(|f| f.frist != *frist);
            v.fristen.push(neu);
            if frist == super::WIDERSPRUCH {
                v.widerspruchsfrist_ende = Some(*end);
            }
        }
        E::FristDone { frist } => v.fristen.iter_mut().filter(|f| f.frist == *frist).for_each(|f| f.erledigt = true),
        E::GebuehrAssessed { zeile, betrag_cent, dokument, .. } => v.gebuehren.push(GebuehrState {
            zeile: zeile.clone(),
            betrag_cent: *betrag_cent,
            stand: "offen".into(),
            dokument: dokument.clone(),
        }),
        E::GebuehrPaid { zeile, .. } => set_gebuehr(v, zeile, "bezahlt"),
        E::GebuehrWaived { zeile, .. } => set_gebuehr(v, zeile, "erlassen"),
        E::UebermittlungPlanned { stelle, rechtsgrundlage, felder } => v.uebermittlungen.push(UebermittlungState {
            stelle: stelle.clone(),
            rechtsgrundlage: rechtsgrundlage.clone(),
            felder: felder.clone(),
            stand: "geplant".into(),
        }),
        E::UebermittlungSent { stelle, .. } => set_uebermittlung(v, stelle, "gesendet"),
        E::UebermittlungAcknowledged { stelle } => set_uebermittlung(v, stelle, "bestaetigt"),
        E::UebermittlungFailed { stelle, .. } => set_uebermittlung(v, stelle, "fehlgeschlagen"),
        E::UebermittlungWaived { stelle, .. } => set_uebermittlung(v, stelle, "verzichtet"),
        // Counted where the number was erased: a revoked code never comes back.
        E::CodeRevoked { generation, .. } => v.code_generation = (*generation).max(v.code_generation + 1),
        _ => return false,
    }
    true
}

fn abgabe(v: &mut Vorgang, event: &E) -> bool {
    let stand = match event {
        E::AbgabeSent { stelle, weg, .. } => {
            v.abgabe = Some(AbgabeState { stelle: stelle.clone(), weg: weg.clone(), stand: String::new() });
            v.leave(Status::Abgegeben);
            "gesendet"
        }
        E::AbgabeConfirmed { .. } => "bestaetigt",
        E::AbgabeUnconfirmed { .. } => "unbestaetigt",
        E::AuskunftIssued { auskunft, index, event_hash, freigegeben, gruende, .. } => {
            v.auskuenfte.push(AuskunftState {
                id: *auskunft,
                index: *index,
                event_hash: event_hash.clone(),
                freigegeben: freigegeben.clone(),
                gruende: gruende.clone(),
            });
            return true;
        }
        E::CorrectionNoted { berichtigung, target, felder, reason, .. } => {
            let neu = felder.get(target).cloned();
            let alt = match &neu {
                Some(wert) => v.felder.insert(target.clone(), wert.clone()),
                // Erased with everything of its subject, the wrong value included.
                None => v.felder.remove(target),
            };
            let (id, seq, feld) = (*berichtigung, v.seq, target.clone());
            v.berichtigungen.push(BerichtigungState { id, seq, feld, alt, neu, grund: reason.clone() });
            return true;
        }
        _ => return false,
    };
    v.abgabe.iter_mut().for_each(|a| a.stand = stand.into());
    true
}

fn abschluss(v: &mut Vorgang, event: &E) {
    match event {
        E::Withdrawn { .. } => v.leave(Status::Zurueckgenommen),
        E::Abgegeben { .. } => v.leave(Status::Abgegeben),
        E::Erledigt { .. } => v.leave(Status::Erledigt),
        E::Closed { aufbewahrung_bis, .. } => {
            v.leave(Status::ZdA);
            v.rolle_geschlossen = true;
            v.aufbewahrung_bis = *aufbewahrung_bis;
        }
        E::Reopened { .. } => {
            v.rolle_geschlossen = false;
            v.aufbewahrung_bis = None;
            v.status = match (v.bestandskraft_am, v.bekanntgabe) {
                (Some(_), _) => Status::Bestandskraeftig,
                (None, Some(_)) => Status::Bekanntgegeben,
                (None, None) => Status::InPruefung,
            };
        }
        _ => {}
    }
}

fn set_gebuehr(v: &mut Vorgang, zeile: &str, stand: &str) {
    v.gebuehren.iter_mut().filter(|g| g.zeile == zeile).for_each(|g| g.stand = stand.into());
}

fn set_uebermittlung(v: &mut Vorgang, stelle: &str, stand: &str) {
    v.uebermittlungen.iter_mut().filter(|u| u.stelle == stelle).for_each(|u| u.stand = stand.into());
}
