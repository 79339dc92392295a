//! One case as the clerk's pages need it: its state, what happened, who may do what.
//!
//! Loads and names things; draws nothing and decides nothing.

use crate::app::AppState;
use crate::clerk::zugang::{self, Leser};
use crate::error::{Fehler, Finding};
use crate::formular::Formular;
use akte_core::execute::Principal;
use akte_core::kernel::{Context, Facts, Ids, Role};
use akte_core::recht::Law;
use akte_core::vault::Recorded;
use akte_core::verfahren::Vorgang;
use akte_core::verfahren::belehrung::Ort;
use akte_core::verfahren::bescheidpruefung::{self, Behoerde, Mangel};
use akte_core::verfahren::definition::{Definition, Schrittart};
use akte_core::verfahren::event::VorgangEvent;
use akte_core::verfahren::fristlauf;
use akte_core::verfahren::texte::{self, TextRef};
use akte_core::zugriff::Action;
use akte_projections::rows::{EreignisRow, KontoRow};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};
use std::sync::Arc;
use uuid::Uuid;

/// One event of the case's own stream, as far as it is still readable.
pub struct Eintrag {
    pub roh: Recorded,
    pub ereignis: Option<VorgangEvent>,
}

/// A case with everything around it.
pub struct Fall {
    pub id: Uuid,
    pub v: Vorgang,
    /// Number of events = ETag.
    pub version: u64,
    pub def: Option<Arc<Definition>>,
    /// The case's own stream, oldest first.
    pub eintraege: Vec<Eintrag>,
    /// The procedure's timeline over all streams.
    pub verlauf: Vec<EreignisRow>,
    pub konten: Vec<KontoRow>,
    pub principale: Vec<Principal>,
    pub jetzt: Timestamp,
    pub heute: Date,
    pub zone: TimeZone,
    pub law: Arc<Law>,
    pub einheiten: Vec<(String, String)>,
    /// Body this service is handed over to, by the town's configuration; empty where it stays.
    pub stelle: String,
    /// Text blocks a draft may start from: the service's and the town's.
    pub bausteine: Vec<TextRef>,
    /// What keeps the draft from being signed.
    pub maengel: Vec<Mangel>,
    /// The form that was refused, if any, and what was wrong with it.
    pub getippt: Formular,
    pub findings: Vec<Finding>,
}

/// Loads a case for this reader, now or as it was; the read is logged.
pub async fn laden(app: &AppState, leser: &Leser, id: Uuid, am: Option<Timestamp>) -> Result<Fall, Fehler> {
    let was = if am.is_some() { "vorgang-stand" } else { "vorgang" };
    laden_als(app, leser, id, am, Action::ReadVorgang, was).await
}

/// The same for another kind of read.
pub async fn laden_als(
    app: &AppState,
    leser: &Leser,
    id: Uuid,
    am: Option<Timestamp>,
    action: Action,
    was: &'static str,
) -> Result<Fall, Fehler> {
    let jetziger = zugang::lesen::<Vorgang>(app, leser, action, id, was).await?;
    let corr = jetziger.corr;
    let loaded = match am {
        Some(t) => app.house.load_until::<Vorgang>(id, t).await?,
        None => jetziger,
    };
    let bis = am.unwrap_or(Timestamp::MAX);
    let mut historie = app.house.history(id).await?;
    historie.retain(|r| r.at <= bis);
    let mut verlauf = app.intern(move |v| v.timeline(corr)).await?;
    verlauf.retain(|e| e.at <= bis);
    let def = app.house.leistungen().by_hash(&loaded.state.definition);
    let bausteine = def.iter().flat_map(|d| texte::angebot(d, &app.stadt.texte.bausteine)).collect();
    let maengel = def.as_deref().map(|d| maengel(app, &loaded.state, d)).unwrap_or_default();
    Ok(Fall {
        id,
        bausteine,
        maengel,
        version: loaded.version,
        eintraege: historie.into_iter().map(|roh| Eintrag { ereignis: roh.decode().ok(), roh }).collect(),
        verlauf,
        konten: app.intern(|v| v.konten()).await?,
        principale: if am.is_some() { Vec::new() } else { zugang::principale(app, &leser.wer).await? },
        jetzt: app.clock.now(),
        heute: app.heute(),
        zone: app.house.zone.clone(),
        law: app.house.law.clone(),
        einheiten: app.stadt.einheiten.iter().map(|e| (e.id.clone(), e.name.clone())).collect(),
        stelle: stelle(app, def.as_deref()),
        def,
        getippt: Formular::default(),
        findings: Vec::new(),
        v: loaded.state,
    })
}

fn stelle(app: &AppState, def: Option<&Definition>) -> String {
    let fremd = def.map(|d| d.zustaendig.stelle.as_str()).filter(|s| *s != "stadt");
    fremd.map_or_else(String::new, |id| app.stadt.stelle(id).to_owned())
}

/// What the check before signing says about the draft of this state, with the town as its notices print it.
pub fn maengel(app: &AppState, v: &Vorgang, def: &Definition) -> Vec<Mangel> {
    let s = &app.stadt;
    let a = &s.anschrift;
    let anschrift = match [&a.strasse, &a.plz, &a.ort].iter().any(|t| t.trim().is_empty()) {
        true => String::new(),
        false => format!("{}, {} {}", a.strasse, a.plz, a.ort),
    };
    let gericht = akte_core::process::gericht(&app.house);
    let ort = Ort { stadt: &s.name, anschrift: &anschrift, gericht: &gericht };
    bescheidpruefung::pruefe(v, def, app.heute(), Some(Behoerde { ort, leitung: &s.leitung }))
}

impl Fall {
    /// The world of one decision as this principal, for asking only: its ids are not used.
    pub fn context(&self, p: &Principal) -> Context {
        Context {
            now: self.jetzt,
            today: self.heute,
            zone: self.zone.clone(),
            actor: p.actor.clone(),
            on_behalf_of: p.on_behalf_of,
            ids: Ids([0; 32]),
            law: self.law.clone(),
            definition: self.def.clone(),
            facts: Facts {
                einheit: p.einheit.clone(),
                rollen: p.rollen.clone(),
                vertritt: p.on_behalf_of.into_iter().collect(),
                ..Facts::default()
            },
        }
    }

    /// Name of an account, or words where it has none.
    pub fn name(&self, konto: Uuid) -> String {
        let k = self.konten.iter().find(|k| k.konto == konto);
        k.and_then(|k| k.name.clone().or_else(|| k.login.clone())).unwrap_or_else(|| "ein Konto ohne Namen".into())
    }

    /// Name of a unit.
    pub fn einheit(&self, id: &str) -> String {
        self.einheiten.iter().find(|(e, _)| e == id).map_or_else(|| id.to_owned(), |(_, n)| n.clone())
    }

    /// Accounts that can work on this case, own unit first.
    pub fn kandidaten(&self) -> impl Iterator<Item = &KontoRow> {
        let arbeitet =
            |k: &&KontoRow| k.aktiv && (k.rollen.contains(&Role::Sachbearbeitung) || k.rollen.contains(&Role::Leitung));
        let eigene = self.konten.iter().filter(arbeitet).filter(|k| k.einheit == self.v.einheit);
        eigene.chain(self.konten.iter().filter(arbeitet).filter(|k| k.einheit != self.v.einheit))
    }

    /// `Frau Meyer (Ordnungsamt)`.
    pub fn konto_mit_einheit(&self, k: &KontoRow) -> String {
        format!("{} ({})", self.name(k.konto), self.einheit(&k.einheit))
    }

    /// Whether this account drafted the decision, in person or through a substitute.
    pub fn hat_entworfen(&self, konto: Uuid) -> bool {
        self.v.bescheid.as_ref().is_some_and(|b| b.verfasser == konto || b.verfasser_fuer == Some(konto))
    }

    /// The service's documents, with `sonstige`.
    pub fn unterlagen(&self) -> Vec<(String, String)> {
        let def = self.def.as_ref().map(|d| d.unterlagen.as_slice()).unwrap_or_default();
        let mut alle: Vec<_> = def.iter().map(|u| (u.id.clone(), u.label.de.clone())).collect();
        alle.push(("sonstige".into(), "Sonstige Unterlage".into()));
        alle
    }

    /// Label of a document.
    pub fn unterlage(&self, id: &str) -> String {
        self.unterlagen().into_iter().find(|(u, _)| u == id).map_or_else(|| id.to_owned(), |(_, l)| l)
    }

    /// Further persons whose signature stands so, with what the service calls them.
    pub fn unterschriften(&self, stand: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        let label = |rolle: &str| {
            let m = self.def.as_ref().and_then(|d| d.mitantrag.iter().find(|m| m.rolle == rolle));
            m.map_or_else(|| rolle.to_owned(), |m| m.label.de.clone())
        };
        let so = self.v.unterschriften.iter().filter(|u| stand(&u.stand));
        so.map(|u| (u.rolle.clone(), label(&u.rolle))).collect()
    }

    /// Label of a deadline.
    pub fn frist_name(&self, id: &str) -> String {
        let def = self.def.as_ref().and_then(|d| d.fristen.iter().find(|f| f.id == id));
        def.map_or_else(
            || match id {
                "widerspruch" => "Widerspruchsfrist".into(),
                "klage" => "Klagefrist".into(),
                fristlauf::ANHOERUNG => "Anhörung".into(),
                id if fristlauf::nachforderung_of(id).is_some() => "Nachforderung".into(),
                other => other.to_owned(),
            },
            |f| f.label.de.clone(),
        )
    }

    /// Label of a fee row.
    pub fn gebuehr_name(&self, zeile: &str) -> String {
        let def = self.def.as_ref().and_then(|d| d.gebuehren.iter().find(|g| g.tatbestand == zeile));
        def.map_or_else(|| zeile.to_owned(), |g| g.label.de.clone())
    }

    /// Name of a recipient of the service's table; a body somebody named is its own name.
    pub fn stelle(&self, id: &str) -> String {
        let schritte = self.def.iter().flat_map(|d| d.schritte.iter().map(move |s| (d.gueltig_ab, s)));
        let tabellen = schritte.filter(|(_, s)| s.art == Schrittart::Uebermitteln);
        let mut alle = tabellen.filter_map(|(am, s)| self.law.empfaenger(&s.tabelle, &s.formular, am).ok()).flatten();
        alle.find(|e| e.stelle == id).map_or_else(|| id.to_owned(), |e| e.name)
    }

    /// Whether the procedure ends in a decision.
    pub fn entscheidet(&self) -> bool {
        self.def.as_ref().is_some_and(|d| d.schritt(Schrittart::Entscheiden).is_some())
    }

    /// IANA name of the town's zone.
    pub fn zone_name(&self) -> String {
        self.zone.iana_name().unwrap_or("UTC").to_owned()
    }

    /// Title of the service.
    pub fn leistung(&self) -> String {
        self.def.as_ref().map_or_else(|| self.v.leistung.clone(), |d| d.titel.de.clone())
    }

    /// Who has it, with the time of the event that gave it.
    pub fn seit_wann_bei(&self) -> Option<(Uuid, Timestamp)> {
        let wer = self.v.zugewiesen_an?;
        let gab = |e: &&Eintrag| matches!(&e.ereignis, Some(VorgangEvent::TakenOver { an, .. } | VorgangEvent::Assigned { an, .. }) if *an == wer);
        Some((wer, self.eintraege.iter().rev().find(gab)?.roh.at))
    }
}
