//! The rules: one event in, the commands that follow from it out.
//!
//! Rule names are frozen: they are part of idempotency keys. Whether something is followed up
//! is told from the stream's events up to the one at hand, so that a repetition follows up alike.

use super::gang;
use crate::akte::schema::Teile;
use crate::akte::{
    Akte, AkteCommand, AkteEvent, Beginn, Dauer, DokumentCommand, DokumentEvent, NummernCommand, NummernEvent,
};
use crate::documents::DokumentWert;
use crate::execute::{AnyCommand, ExecuteError, House, Target};
use crate::kernel::Decider;
use crate::ledger::hash::b64u;
use crate::vault::Recorded;
use crate::verfahren::definition::{Schritt, Schrittart};
use crate::verfahren::event::{AktArt, Tenor, Weg};
use crate::verfahren::{Definition, Vorgang, VorgangCommand as C, VorgangEvent as E, bedingung, gebuehr, unterschrift};
use jiff::civil::Date;
use std::sync::Arc;
use uuid::Uuid;

/// One command that follows.
#[derive(Clone, Debug)]
pub struct Follow {
    /// Frozen name of the rule.
    pub rule: &'static str,
    /// Stable id of the thing, never a position.
    pub item: String,
    pub target: Target,
    pub corr: Option<Uuid>,
    pub what: What,
}

/// The command itself, or what must be made before it can be given.
#[derive(Clone, Debug)]
pub enum What {
    Command(Box<AnyCommand>),
    /// Empfangsbescheinigung of this Vorgang.
    Receipt,
    /// Fee notice for this Tatbestand.
    Fee(String),
    /// The draft as a document.
    Draft(u32),
    /// The signed decision with the signer's name.
    Ausfertigung(u32),
    /// Transmission to this recipient.
    Send(String),
    /// A moved document, sealed anew for the Akte it belongs to.
    Umlegen {
        dokument: Uuid,
        nach: Uuid,
    },
}

impl Follow {
    /// `b64u(event_hash) LF rule LF item`.
    pub fn key(&self, event: &Recorded) -> String {
        format!("{}\n{}\n{}", b64u(&event.event_hash), self.rule, self.item)
    }
}

/// What follows from this event.
pub async fn react(house: &House, r: &Recorded) -> Result<Vec<Follow>, ExecuteError> {
    match r.wire.split('.').next().unwrap_or_default() {
        "akte" => akte(house, r).await,
        "nummer" => nummer(house, r).await,
        "eingang" => super::eingang::zugeordnet(house, r).await,
        "email" | "scan" => Ok(vec![]),
        "dokument" if r.wire == "dokument.added.v1" => dokument(r),
        "dokument" if r.wire == "dokument.version_added.v1" => gang::new_version(house, r).await,
        "verfuegung" => gang::verfuegung(house, r).await,
        "umlauf" | "laufweg" | "wiedervorlage" | "aufgabe" | "beobachtung" | "akteneinsicht" => Ok(vec![]),
        "dokument" | "aufbewahrung" | "sperre" | "aussonderung" | "teilakte" | "leistung" | "datensatz" | "konto"
        | "einheit" | "aktenplan" | "log" | "process" => Ok(vec![]),
        _ => match r.decode::<E>() {
            Ok(event) => vorgang(house, r, &event).await,
            Err(_) if house.registry.get(&r.wire).is_some_and(|s| is_vorgang(s.wire)) => Err(unreadable(r)),
            Err(_) => Ok(vec![]),
        },
    }
}

fn is_vorgang(wire: &str) -> bool {
    use crate::kernel::WireEvent;
    E::SPECS.iter().any(|s| s.wire == wire)
}

pub(super) fn unreadable(r: &Recorded) -> ExecuteError {
    ExecuteError::Fault(format!("Ereignis {} ist nicht lesbar", r.index))
}

pub(super) fn follow(rule: &'static str, item: impl Into<String>, target: Target, corr: Uuid, what: What) -> Follow {
    Follow { rule, item: item.into(), target, corr: Some(corr), what }
}

fn vorgang_follow(r: &Recorded, rule: &'static str, item: impl Into<String>, command: C) -> Follow {
    follow(rule, item, Target::Stream(r.stream), r.corr, What::Command(Box::new(AnyCommand::Vorgang(command))))
}

async fn akte(house: &House, r: &Recorded) -> Result<Vec<Follow>, ExecuteError> {
    match r.decode::<AkteEvent>().map_err(|_| unreadable(r))? {
        AkteEvent::Opened { aktenplan, .. } => {
            let jahr = local(house, r).year();
            let target = Target::Natural(vec![aktenplan.clone(), jahr.to_string()]);
            let command = NummernCommand::Assign { akte: r.stream, kennung: aktenplan, jahr };
            let what = What::Command(Box::new(AnyCommand::Nummernkreis(command)));
            Ok(vec![Follow { rule: "nummer", item: r.stream.to_string(), target, corr: None, what }])
        }
        AkteEvent::AktenzeichenAssigned { aktenzeichen: Some(aktenzeichen) } => {
            let Some(v) = house.load::<Akte>(r.stream).await?.state.vorgang else { return Ok(vec![]) };
            let command = AnyCommand::Vorgang(C::Register { akte: r.stream, aktenzeichen });
            Ok(vec![follow("register", v, Target::Stream(v), r.corr, What::Command(Box::new(command)))])
        }
        AkteEvent::DokumentMoved { dokument, nach, .. } => {
            let umlegen = What::Umlegen { dokument, nach };
            let corr = house.load::<Akte>(nach).await?.corr;
            Ok(vec![follow("akte.umlegen", dokument, Target::New, corr, umlegen)])
        }
        AkteEvent::VerweisAdded { ziel, gegenseite: false, .. } => {
            let command = AkteCommand::AddVerweis { ziel: r.stream, grund: None, gegenseite: true };
            let what = What::Command(Box::new(AnyCommand::Akte(command)));
            Ok(vec![Follow {
                rule: "akte.verweis",
                item: ziel.to_string(),
                target: Target::Stream(ziel),
                corr: None,
                what,
            }])
        }
        AkteEvent::VerweisRemoved { ziel, gegenseite: false } => {
            let command = AkteCommand::RemoveVerweis { ziel: r.stream, gegenseite: true };
            let what = What::Command(Box::new(AnyCommand::Akte(command)));
            let item = ziel.to_string();
            Ok(vec![Follow { rule: "akte.verweis_weg", item, target: Target::Stream(ziel), corr: None, what }])
        }
        _ => Ok(vec![]),
    }
}

async fn nummer(house: &House, r: &Recorded) -> Result<Vec<Follow>, ExecuteError> {
    let NummernEvent::Assigned { akte, kennung, jahr, nummer } = r.decode().map_err(|_| unreadable(r))?;
    let einheit = house.load::<Akte>(akte).await?.state.einheit;
    let aktenzeichen = house.stadt.aktenzeichen.bilden(&Teile { plan: &kennung, einheit: &einheit, nummer, jahr });
    let command = AkteCommand::AssignAktenzeichen { aktenzeichen };
    let what = What::Command(Box::new(AnyCommand::Akte(command)));
    let item = akte.to_string();
    Ok(vec![Follow { rule: "aktenzeichen", item, target: Target::Stream(akte), corr: None, what }])
}

fn dokument(r: &Recorded) -> Result<Vec<Follow>, ExecuteError> {
    let DokumentEvent::Added { akte, vorgang, .. } = r.decode().map_err(|_| unreadable(r))? else { return Ok(vec![]) };
    let command = AnyCommand::Akte(AkteCommand::FileDokument { dokument: r.stream, vorgang });
    Ok(vec![follow("akte.ablegen", r.stream, Target::Stream(akte), r.corr, What::Command(Box::new(command)))])
}

/// A Vorgang as it stood with this event, and its pinned definition.
struct Fall {
    v: Vorgang,
    def: Arc<Definition>,
    history: Vec<Recorded>,
}

async fn fall(house: &House, r: &Recorded) -> Result<Fall, ExecuteError> {
    let mut history = house.history(r.stream).await?;
    history.retain(|h| h.seq <= r.seq);
    let mut v = Vorgang::default();
    for h in &history {
        let event: E = h.decode().map_err(|_| unreadable(h))?;
        v = <Vorgang as Decider>::evolve(v, &event);
    }
    let def = house.leistungen().by_hash(&v.definition);
    let def = def.ok_or_else(|| ExecuteError::Fault(format!("Definition zu Ereignis {} fehlt", r.index)))?;
    Ok(Fall { v, def, history })
}

async fn vorgang(house: &House, r: &Recorded, event: &E) -> Result<Vec<Follow>, ExecuteError> {
    let f = match event {
        E::Submitted { .. }
        | E::Registered { .. }
        | E::UnterlageSupplied { .. }
        | E::ReceiptIssued { .. }
        | E::UebermittlungPlanned { .. }
        | E::GebuehrAssessed { .. }
        | E::BescheidDispatched { .. }
        | E::Closed { .. }
        | E::Reopened { .. } => fall(house, r).await?,
        E::BescheidDrafted { fassung, .. } => {
            let what = What::Draft(*fassung);
            return Ok(vec![follow("bescheid.dokument", fassung.to_string(), Target::Stream(r.stream), r.corr, what)]);
        }
        E::SchlusszeichnungGiven { fassung, .. } => {
            let (item, what) = (fassung.to_string(), What::Ausfertigung(*fassung));
            return Ok(vec![follow("bescheid.ausfertigung", item, Target::Stream(r.stream), r.corr, what)]);
        }
        _ => return Ok(vec![]),
    };
    Ok(match event {
        E::Submitted { .. } => f.submitted(r),
        E::Registered { .. } => f.registered(house, r),
        E::UnterlageSupplied { dokument: Some(d), .. } if f.v.akte.is_some() => f
            .filed(r, "dokument", "eingang", &f.unterlage(&d.unterlage), &d.dateiname, &d.dokument)
            .into_iter()
            .collect(),
        E::ReceiptIssued { dokument, .. } => f.receipt_issued(r, dokument.as_ref()),
        E::UebermittlungPlanned { stelle, .. } if f.automatic(Schrittart::Uebermitteln).is_some() => {
            vec![follow("senden", stelle, Target::Stream(r.stream), r.corr, What::Send(stelle.clone()))]
        }
        E::GebuehrAssessed { dokument: Some(d), zeile, .. } => f
            .filed(r, "ablage.gebuehr", "ausgang", "Gebührenbescheid", &format!("gebuehr-{zeile}.pdf"), d)
            .into_iter()
            .collect(),
        E::BescheidDispatched { .. } => f.dispatched(house, r),
        E::Closed { .. } => f.closed(house, r).await?,
        E::Reopened { .. } => {
            f.akte_follow(r, "akte.reopen", AkteCommand::Reopen { grund: "Wiederaufnahme des Vorgangs".into() })
        }
        _ => vec![],
    })
}

impl Fall {
    fn submitted(&self, r: &Recorded) -> Vec<Follow> {
        let open = AkteCommand::Open {
            aktenplan: self.def.aktenplan.clone(),
            einheit: self.v.einheit.clone(),
            vorgang: Some(r.stream),
            titel: self.def.titel.de.clone(),
        };
        let akte = What::Command(Box::new(AnyCommand::Akte(open)));
        let mut out = vec![
            follow("akte.open", r.stream, Target::New, r.corr, akte),
            vorgang_follow(r, "fristen", "eingang", C::ComputeFristen),
        ];
        let hints = self.def.schritte.iter().filter(|s| s.art == Schrittart::Hinweis && self.holds(&s.wenn));
        out.extend(hints.map(|s| vorgang_follow(r, "hinweis", &s.id, C::NoteHinweis { schritt: s.id.clone() })));
        let signers = unterschrift::verlangt(&self.def, &self.v.felder);
        out.extend(
            signers.map(|m| {
                vorgang_follow(r, "unterschrift", &m.rolle, C::RequestUnterschrift { rolle: m.rolle.clone() })
            }),
        );
        out
    }

    /// After registration, so that what is issued carries the Aktenzeichen; what is missing blocks nothing.
    fn registered(&self, house: &House, r: &Recorded) -> Vec<Follow> {
        let mut out = Vec::new();
        if self.automatic(Schrittart::Bescheinigen).is_some() {
            out.push(follow("empfang", "bescheinigung", Target::Stream(r.stream), r.corr, What::Receipt));
        }
        for d in &self.v.dokumente {
            let titel = self.unterlage(&d.unterlage);
            out.extend(self.filed(r, "dokument", "eingang", &titel, &d.dateiname, &d.dokument));
        }
        if !gebuehr::nach_entscheidung(&self.def) {
            out.extend(self.fees(house, r));
        }
        out
    }

    fn receipt_issued(&self, r: &Recorded, dokument: Option<&DokumentWert>) -> Vec<Follow> {
        let titel = "Empfangsbescheinigung";
        let filed =
            dokument.and_then(|d| self.filed(r, "ablage.empfang", "ausgang", titel, "empfangsbescheinigung.pdf", d));
        let mut out: Vec<Follow> = filed.into_iter().collect();
        if self.automatic(Schrittart::Uebermitteln).is_some() {
            out.push(vorgang_follow(r, "uebermitteln", "plan", C::PlanUebermittlungen));
        }
        out
    }

    fn dispatched(&self, house: &House, r: &Recorded) -> Vec<Follow> {
        let titel = self.v.akt_art().map_or("Bescheid", AktArt::titel);
        let bescheid = self.v.bescheid.as_ref().and_then(|b| b.ausfertigung.as_ref());
        let mut out: Vec<Follow> = bescheid
            .and_then(|d| self.filed(r, "ablage.bescheid", "ausgang", titel, "bescheid.pdf", d))
            .into_iter()
            .collect();
        // Once for each act that decides over the application: a correction or a Rücknahme costs nothing.
        let dieser = self.history.iter().rev().take_while(|h| h.wire != "bescheid.akt_opened.v1");
        let first = dieser.filter(|h| h.wire == r.wire).count() == 1;
        let entscheidet = matches!(self.v.akt_art(), None | Some(AktArt::Abhilfe | AktArt::Widerspruchsbescheid));
        if first && entscheidet && gebuehr::nach_entscheidung(&self.def) {
            out.extend(self.fees(house, r));
        }
        if matches!(self.v.versandt, Some((Weg::Portal, _))) && self.v.einwilligung.is_some() {
            out.push(vorgang_follow(r, "hinweis", "portal", C::QueueHinweis));
        }
        out
    }

    fn fees(&self, house: &House, r: &Recorded) -> Vec<Follow> {
        if self.automatic(Schrittart::Gebuehr).is_none() {
            return Vec::new();
        }
        let am = self.v.eingang_am.map_or_else(|| local(house, r), |t| t.to_zoned(house.zone.clone()).date());
        let due = gebuehr::due(&self.def, &self.v, am).into_iter();
        due.map(|t| follow("gebuehr", &t, Target::Stream(r.stream), r.corr, What::Fee(t.clone()))).collect()
    }

    fn automatic(&self, art: Schrittart) -> Option<&Schritt> {
        self.def.schritte.iter().find(|s| s.art == art && s.automatisch && self.holds(&s.wenn))
    }

    fn holds(&self, wenn: &str) -> bool {
        let belastend = self.v.bescheid.as_ref().is_some_and(|b| b.tenor != Tenor::Bewilligt);
        bedingung::holds(wenn, &self.v.felder, belastend)
    }

    fn unterlage(&self, id: &str) -> String {
        let row = self.def.unterlagen.iter().find(|u| u.id == id);
        row.map_or_else(|| "Unterlage".to_owned(), |u| u.label.de.clone())
    }

    fn filed(
        &self,
        r: &Recorded,
        rule: &'static str,
        richtung: &str,
        titel: &str,
        name: &str,
        d: &DokumentWert,
    ) -> Option<Follow> {
        let command = DokumentCommand::Add {
            akte: self.v.akte?,
            vorgang: Some(r.stream),
            richtung: richtung.into(),
            titel: titel.into(),
            dateiname: name.into(),
            dokument: d.clone(),
        };
        let what = What::Command(Box::new(AnyCommand::Dokument(command)));
        Some(follow(rule, d.reference, Target::New, r.corr, what))
    }

    /// The last Vorgang of the file is filed away: so is the file. Retention counts from what the definition names.
    async fn closed(&self, house: &House, r: &Recorded) -> Result<Vec<Follow>, ExecuteError> {
        let Some(akte) = self.v.akte else { return Ok(Vec::new()) };
        let offen = house.offene_vorgaenge(&house.load::<Akte>(akte).await?.state).await?;
        if offen.iter().any(|(v, _)| *v != r.stream) {
            return Ok(Vec::new());
        }
        let a = &self.def.aufbewahrung;
        let bestandskraft = self.v.bestandskraft_am.filter(|_| a.beginn.ends_with("bestandskraft"));
        let ereignis = if bestandskraft.is_some() { "bestandskraft" } else { "zda" };
        let beginn = Beginn { ereignis: ereignis.into(), am: bestandskraft.or(Some(local(house, r))) };
        let command = AkteCommand::Close { dauer: Dauer::Jahre { jahre: a.jahre }, beginn };
        Ok(self.akte_follow(r, "akte.close", command))
    }

    fn akte_follow(&self, r: &Recorded, rule: &'static str, command: AkteCommand) -> Vec<Follow> {
        let Some(akte) = self.v.akte else { return Vec::new() };
        vec![follow(rule, akte, Target::Stream(akte), r.corr, What::Command(Box::new(AnyCommand::Akte(command))))]
    }
}

fn local(house: &House, r: &Recorded) -> Date {
    r.at.to_zoned(house.zone.clone()).date()
}
