//! The one disposal gate and what leads to it: offered, appraised, released, destroyed.
//!
//! Everything that excludes a disposal (hold, reopening, late filing) is written to the same stream, so that
//! whoever races it meets the expected version and is decided again. Destroys nothing itself.

use super::event::{AkteEvent as E, Anbietungsanlass, Beleg, Bewertung, Dauer};
use super::stammakte::{Akte, AkteRefusal as R, Events, acting, filled};
use crate::kernel::{Context, text};
use crate::recht::{Law, datum_deutsch};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Where a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// The machine destroys.
    Offen,
    Zurueckgenommen,
    Vernichtet,
}

/// One release, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Freigabe {
    pub loeschung: Uuid,
    /// `None`: the Akte itself.
    pub vorgang: Option<Uuid>,
    pub umfang: String,
    pub grund: String,
    pub bis: u64,
    pub am: Date,
    pub vorgeschlagen: Uuid,
    pub genehmigt: Uuid,
    pub stand: Stand,
    /// Day and numbers of the destruction.
    pub beleg: Option<(Date, Beleg)>,
}

/// A refusal of the gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Versagt {
    pub hindernisse: Vec<String>,
    pub art17_abs3: Vec<String>,
}

/// What the archive said, and what was released.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Aussonderung {
    pub angeboten: Option<Date>,
    pub bewertung: Option<Bewertung>,
    /// The archive confirmed that it has it.
    pub uebernommen: Option<Date>,
    pub archivkennung: Option<String>,
    pub freigaben: Vec<Freigabe>,
    /// Newest refusal of each proposal.
    pub versagt: BTreeMap<Uuid, Versagt>,
}

impl Aussonderung {
    /// Released and not yet destroyed.
    pub fn offene(&self) -> impl Iterator<Item = &Freigabe> {
        self.freigaben.iter().filter(|f| f.stand == Stand::Offen)
    }

    /// The release of a proposal that is in force or carried out.
    pub fn freigabe(&self, loeschung: Uuid) -> Option<&Freigabe> {
        self.freigaben.iter().rev().find(|f| f.loeschung == loeschung && f.stand != Stand::Zurueckgenommen)
    }
}

/// What two persons want destroyed, with what the streams of the Vorgaenge say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ansinnen {
    /// Stream of the proposal.
    pub loeschung: Uuid,
    /// `None`: the Akte itself.
    pub vorgang: Option<Uuid>,
    /// `vorgang`, `subjekt`, `ereignisse`, `akte`.
    pub umfang: String,
    /// Code of the closed list.
    pub grund: String,
    /// Log index of the approval.
    pub bis: u64,
    /// Persons who proposed, represented ones included; then those who approved.
    pub vorgeschlagen: Vec<Uuid>,
    pub genehmigt: Vec<Uuid>,
    /// Vorgaenge of this Akte that are not filed away.
    pub offene_vorgaenge: usize,
    /// Documents moved out of this Akte whose copy does not lie in the other one yet.
    pub offene_umlegungen: usize,
}

/// What stands against a disposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindernis {
    NichtGeschlossen,
    OffenerVorgang(usize),
    /// The Akte itself is to go, and Vorgaenge of it are not destroyed.
    VorgaengeBleiben(usize),
    AufbewahrungLaeuft(Date),
    AufbewahrungUnbekannt,
    Dauernd,
    /// Purpose of the hold, and its words.
    Gesperrt(&'static str, &'static str),
    NichtAngeboten,
    /// Not answered, or answered with B.
    NichtBewertet,
    NichtUebernommen,
    UmlegungLaeuft(usize),
    /// A hold has stood against this approval: two persons must look at it anew.
    GenehmigungVerfallen,
    VierAugen,
}

impl Hindernis {
    /// Stable code, as `aussonderung.refused.v1` carries it.
    pub fn code(&self) -> String {
        match self {
            Hindernis::NichtGeschlossen => "nicht_geschlossen".into(),
            Hindernis::OffenerVorgang(_) => "offener_vorgang".into(),
            Hindernis::VorgaengeBleiben(_) => "vorgaenge_bleiben".into(),
            Hindernis::AufbewahrungLaeuft(_) => "aufbewahrung_laeuft".into(),
            Hindernis::AufbewahrungUnbekannt => "aufbewahrung_unbekannt".into(),
            Hindernis::Dauernd => "dauernd".into(),
            Hindernis::Gesperrt(zweck, _) => format!("gesperrt:{zweck}"),
            Hindernis::NichtAngeboten => "nicht_angeboten".into(),
            Hindernis::NichtBewertet => "nicht_bewertet".into(),
            Hindernis::NichtUebernommen => "nicht_uebernommen".into(),
            Hindernis::UmlegungLaeuft(_) => "umlegung_laeuft".into(),
            Hindernis::GenehmigungVerfallen => "genehmigung_verfallen".into(),
            Hindernis::VierAugen => "vier_augen".into(),
        }
    }

    /// The sentence with its remedy.
    pub fn satz(&self) -> String {
        match self {
            Hindernis::NichtGeschlossen => "Die Akte ist nicht geschlossen. Verfügen Sie zuerst zdA.".into(),
            Hindernis::OffenerVorgang(n) => format!("In der Akte sind noch Vorgänge offen ({n}). Schließen Sie sie ab."),
            Hindernis::VorgaengeBleiben(n) => format!(
                "In der Akte liegen noch Vorgänge, die nicht vernichtet sind ({n}). Schlagen Sie zuerst deren Löschung vor."
            ),
            Hindernis::AufbewahrungLaeuft(bis) => {
                format!("Die Aufbewahrung läuft bis {}. Davor wird nichts vernichtet.", datum_deutsch(*bis))
            }
            Hindernis::AufbewahrungUnbekannt => {
                "Das Ende der Aufbewahrung ist nicht bekannt. Zwei Personen müssen es auf der Seite der Akte festsetzen.".into()
            }
            Hindernis::Dauernd => "Die Akte ist dauernd aufzubewahren.".into(),
            Hindernis::Gesperrt(_, wort) => {
                format!("Es gilt eine Sperre ({wort}). Erst wenn sie aufgehoben ist, darf vernichtet werden.")
            }
            Hindernis::NichtAngeboten => {
                "Die Akte wurde dem Archiv noch nicht angeboten (erst anbieten, dann löschen, § 6 LArchG SH).".into()
            }
            Hindernis::NichtBewertet => {
                "Das Archiv hat noch nicht bewertet. Nötig ist V, oder A mit bestätigter Übernahme.".into()
            }
            Hindernis::NichtUebernommen => {
                "Das Archiv hat mit A bewertet, aber die Übernahme noch nicht bestätigt.".into()
            }
            Hindernis::UmlegungLaeuft(n) => format!(
                "Aus der Akte werden noch Dokumente umgelegt ({n}). Warten Sie, bis sie in der anderen Akte liegen."
            ),
            Hindernis::GenehmigungVerfallen => {
                "Nach der Genehmigung galt eine Sperre. Ist sie aufgehoben, schlagen Sie die Vernichtung neu vor.".into()
            }
            Hindernis::VierAugen => "Vorgeschlagen und genehmigt haben nicht zwei verschiedene Personen.".into(),
        }
    }
}

/// The gate. Nothing else in the program allows a destruction.
pub struct Disposal;

impl Disposal {
    /// Everything that stands against it; empty = it may be destroyed. A ground the law does not know allows nothing.
    pub fn decide(akte: &Akte, a: &Ansinnen, law: &Law, today: Date) -> Result<Vec<Hindernis>, R> {
        let recht = law.vernichtungsgrund(&a.grund).map_err(|e| R::Recht(e.to_string()))?;
        let mut out = Vec::new();
        let mut zwecke: Vec<_> = akte.sperren_auf(a.vorgang).map(|s| s.zweck).collect();
        zwecke.dedup();
        out.extend(zwecke.into_iter().map(|z| Hindernis::Gesperrt(z.code(), z.wort())));
        // An open Akte takes in documents: as a whole it goes only closed, whatever the ground.
        if (recht.geschlossen || a.vorgang.is_none()) && !akte.geschlossen {
            out.push(Hindernis::NichtGeschlossen);
        }
        let bleiben = akte.bleibende_vorgaenge().len();
        if a.vorgang.is_none() && bleiben > 0 {
            out.push(Hindernis::VorgaengeBleiben(bleiben));
        }
        if recht.geschlossen && a.offene_vorgaenge > 0 {
            out.push(Hindernis::OffenerVorgang(a.offene_vorgaenge));
        }
        if recht.aufbewahrung_vorbei && akte.geschlossen {
            match akte.aufbewahrung_bis {
                Some(bis) if bis >= today => out.push(Hindernis::AufbewahrungLaeuft(bis)),
                Some(_) => {}
                None if akte.aufbewahrung.dauernd() => out.push(Hindernis::Dauernd),
                None => out.push(Hindernis::AufbewahrungUnbekannt),
            }
        }
        if recht.anbieten {
            out.extend(archiv(&akte.aussonderung, &a.grund));
        }
        if a.offene_umlegungen > 0 {
            out.push(Hindernis::UmlegungLaeuft(a.offene_umlegungen));
        }
        // An approval does not outlive a hold: what is lifted years later must not destroy by itself.
        let verfallen = |c: &String| c.starts_with("gesperrt:") || *c == Hindernis::GenehmigungVerfallen.code();
        let versagt = akte.aussonderung.versagt.get(&a.loeschung).is_some_and(|v| v.hindernisse.iter().any(verfallen));
        if versagt && !out.iter().any(|h| matches!(h, Hindernis::Gesperrt(..))) {
            out.push(Hindernis::GenehmigungVerfallen);
        }
        let selbe = a.vorgeschlagen.iter().any(|p| a.genehmigt.contains(p));
        if a.vorgeschlagen.is_empty() || a.genehmigt.is_empty() || selbe {
            out.push(Hindernis::VierAugen);
        }
        Ok(out)
    }
}

fn archiv(s: &Aussonderung, grund: &str) -> Option<Hindernis> {
    match (s.angeboten, s.bewertung) {
        // "The archive has it" is a fact of this stream, not a tick of the one who proposes.
        (Some(_), Some(_)) if grund == "archiv" && s.uebernommen.is_none() => Some(Hindernis::NichtUebernommen),
        (None, _) => Some(Hindernis::NichtAngeboten),
        (Some(_), None | Some(Bewertung::B)) => Some(Hindernis::NichtBewertet),
        (Some(_), Some(Bewertung::A)) if s.uebernommen.is_none() => Some(Hindernis::NichtUebernommen),
        (Some(_), Some(_)) => None,
    }
}

/// Offers the file. Because retention is over, only where it is; because something in it is due for erasure, at
/// any time. Never under a hold.
pub(super) fn anbieten(s: &Akte, anlass: Anbietungsanlass, vermerk: String, ctx: &Context) -> Events {
    if s.aussonderung.angeboten.is_some() {
        return Err(R::SchonAngeboten);
    }
    if !s.sperren.is_empty() {
        return Err(R::Gesperrt);
    }
    if anlass == Anbietungsanlass::Frist {
        if !s.geschlossen {
            return Err(R::Offen);
        }
        if s.aufbewahrung_bis.is_none_or(|bis| bis >= ctx.today) {
            return Err(R::FristLaeuft);
        }
    }
    let (durch, _) = acting(ctx)?;
    Ok(vec![E::Offered { anlass, am: ctx.today, durch, vermerk: text::filled(&vermerk) }])
}

pub(super) fn bewerten(s: &Akte, bewertung: Bewertung, vermerk: String, ctx: &Context) -> Events {
    if s.aussonderung.angeboten.is_none() {
        return Err(R::NichtAngeboten);
    }
    if s.aussonderung.offene().next().is_some() || s.aussonderung.uebernommen.is_some() {
        return Err(R::BewertungSteht);
    }
    if s.aussonderung.bewertung == Some(bewertung) {
        return Ok(vec![]);
    }
    let (durch, _) = acting(ctx)?;
    Ok(vec![E::Appraised { bewertung, am: ctx.today, durch, vermerk: text::filled(&vermerk) }])
}

pub(super) fn uebernommen(s: &Akte, archivkennung: String, ctx: &Context) -> Events {
    if s.aussonderung.bewertung != Some(Bewertung::A) {
        return Err(R::NichtMitA);
    }
    if s.aussonderung.uebernommen.is_some() {
        return Ok(vec![]);
    }
    let (durch, _) = acting(ctx)?;
    let archivkennung = Some(filled(&archivkennung, "Kennung des Archivs")?);
    Ok(vec![E::Imported { am: ctx.today, durch, archivkennung }])
}

/// What the archive said of the file as it was does not hold for what it is now.
pub(super) fn zurueckziehen(s: &Akte, anlass: &str) -> Option<E> {
    s.aussonderung.angeboten.is_some().then(|| E::WithdrawnFromOffer { anlass: anlass.into() })
}

/// Through the gate: the release, or the refusal with its reasons. The same refusal is written once.
pub(super) fn freigeben(s: &Akte, a: Ansinnen, ctx: &Context) -> Events {
    if s.aussonderung.freigabe(a.loeschung).is_some() {
        return Ok(vec![]);
    }
    let hindernisse = Disposal::decide(s, &a, &ctx.law, ctx.today)?;
    if hindernisse.is_empty() {
        let (Some(vorgeschlagen), Some(genehmigt)) = (a.vorgeschlagen.first(), a.genehmigt.first()) else {
            return Err(R::VierAugen);
        };
        let Some(vorgang) = a.vorgang else {
            return Ok(vec![E::AkteReleased {
                loeschung: a.loeschung,
                grund: a.grund,
                bis: a.bis,
                am: ctx.today,
                vorgeschlagen: *vorgeschlagen,
                genehmigt: *genehmigt,
            }]);
        };
        return Ok(vec![E::Released {
            loeschung: a.loeschung,
            vorgang,
            umfang: a.umfang,
            grund: a.grund,
            bis: a.bis,
            am: ctx.today,
            vorgeschlagen: *vorgeschlagen,
            genehmigt: *genehmigt,
        }]);
    }
    let codes: Vec<String> = hindernisse.iter().map(Hindernis::code).collect();
    let abs3 = if a.grund.starts_with("art17") { abs3(&codes, &ctx.law) } else { Vec::new() };
    let versagt = Versagt { hindernisse: codes, art17_abs3: abs3 };
    if s.aussonderung.versagt.get(&a.loeschung) == Some(&versagt) {
        return Ok(vec![]);
    }
    let Versagt { hindernisse, art17_abs3 } = versagt;
    Ok(vec![E::Refused { loeschung: a.loeschung, grund: a.grund, hindernisse, art17_abs3 }])
}

/// Grounds of Art. 17 (3) DSGVO, each once, in the order of the obstacles.
fn abs3(codes: &[String], law: &Law) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for norm in codes.iter().filter_map(|c| law.versagung(c)).map(|v| &v.norm) {
        if !out.contains(norm) {
            out.push(norm.clone());
        }
    }
    out
}

pub(super) fn zuruecknehmen(s: &Akte, loeschung: Uuid, anlass: String) -> Events {
    match s.aussonderung.offene().any(|f| f.loeschung == loeschung) {
        true => Ok(vec![E::ReleaseRevoked { loeschung, anlass }]),
        false => Ok(vec![]),
    }
}

/// Only what was released can have been destroyed.
pub(super) fn vernichtet(s: &Akte, loeschung: Uuid, beleg: Beleg, ctx: &Context) -> Events {
    let f = s.aussonderung.freigabe(loeschung).ok_or(R::NichtFreigegeben)?;
    match (f.stand, f.beleg) {
        (Stand::Vernichtet, Some((_, alt))) if alt == beleg || beleg.bestaetigung.is_none() => Ok(vec![]),
        _ => Ok(vec![E::Destroyed { loeschung, am: ctx.today, beleg }]),
    }
}

/// A disposal that rests on the end of retention, or of the Akte itself, is under way or done: the file does not come back to life.
pub(super) fn vergangen(s: &Akte) -> Option<&Freigabe> {
    let endgueltig = |f: &&Freigabe| match f.umfang.as_str() {
        // Nothing of it is left, by whatever ground.
        "akte" => true,
        "vorgang" => matches!(f.grund.as_str(), "frist" | "archiv" | "art17-1a"),
        _ => false,
    };
    s.aussonderung.freigaben.iter().filter(|f| f.stand != Stand::Zurueckgenommen).find(endgueltig)
}

impl Akte {
    /// Its Vorgaenge that were not destroyed as a whole.
    pub fn bleibende_vorgaenge(&self) -> BTreeSet<Uuid> {
        let weg = |f: &Freigabe, v| f.vorgang == Some(v) && f.umfang == "vorgang" && f.stand == Stand::Vernichtet;
        let mut alle = self.vorgaenge();
        alle.retain(|v| !self.aussonderung.freigaben.iter().any(|f| weg(f, *v)));
        alle
    }

    /// How the file has ended; then nothing in it is taken up again.
    pub fn ende(&self) -> Option<&'static str> {
        match (vergangen(self), self.aussonderung.uebernommen) {
            (Some(_), _) => Some("vernichtet oder zur Vernichtung freigegeben"),
            (None, Some(_)) => Some("vom Archiv übernommen"),
            (None, None) => None,
        }
    }
}

/// Words for a kept duration.
pub fn dauer_wort(dauer: Dauer) -> String {
    match dauer {
        Dauer::Jahre { jahre: 1 } => "1 Jahr".into(),
        Dauer::Jahre { jahre } => format!("{jahre} Jahre"),
        Dauer::Dauernd => "dauernd".into(),
        Dauer::Unbekannt => "nicht bekannt".into(),
    }
}

impl Aussonderung {
    /// Folds offer, appraisal and disposal.
    pub(super) fn evolve(&mut self, event: &E) {
        match event {
            E::Offered { am, .. } => self.angeboten = Some(*am),
            E::Appraised { bewertung, .. } => self.bewertung = Some(*bewertung),
            E::Imported { am, archivkennung, .. } => {
                self.uebernommen = Some(*am);
                self.archivkennung.clone_from(archivkennung);
            }
            E::WithdrawnFromOffer { .. } => (self.angeboten, self.bewertung, self.uebernommen) = (None, None, None),
            E::Released { loeschung, vorgang, umfang, grund, bis, am, vorgeschlagen, genehmigt } => {
                let personen = (*vorgeschlagen, *genehmigt);
                self.freigegeben(*loeschung, (Some(*vorgang), umfang), grund, (*bis, *am), personen);
            }
            E::AkteReleased { loeschung, grund, bis, am, vorgeschlagen, genehmigt } => {
                let personen = (*vorgeschlagen, *genehmigt);
                self.freigegeben(*loeschung, (None, "akte"), grund, (*bis, *am), personen);
            }
            E::Refused { loeschung, hindernisse, art17_abs3, .. } => {
                let v = Versagt { hindernisse: hindernisse.clone(), art17_abs3: art17_abs3.clone() };
                self.versagt.insert(*loeschung, v);
            }
            E::ReleaseRevoked { loeschung, .. } => self.stand(*loeschung, Stand::Zurueckgenommen, None),
            E::Destroyed { loeschung, am, beleg } => {
                self.stand(*loeschung, Stand::Vernichtet, Some((*am, *beleg)));
            }
            _ => {}
        }
    }

    fn freigegeben(
        &mut self,
        loeschung: Uuid,
        (vorgang, umfang): (Option<Uuid>, &str),
        grund: &str,
        (bis, am): (u64, Date),
        (vorgeschlagen, genehmigt): (Uuid, Uuid),
    ) {
        self.versagt.remove(&loeschung);
        self.freigaben.push(Freigabe {
            loeschung,
            vorgang,
            umfang: umfang.to_owned(),
            grund: grund.to_owned(),
            bis,
            am,
            vorgeschlagen,
            genehmigt,
            stand: Stand::Offen,
            beleg: None,
        });
    }

    fn stand(&mut self, loeschung: Uuid, stand: Stand, beleg: Option<(Date, Beleg)>) {
        let gemeint = |f: &&mut Freigabe| f.loeschung == loeschung && f.stand != Stand::Zurueckgenommen;
        if let Some(f) = self.freigaben.iter_mut().rev().find(gemeint) {
            (f.stand, f.beleg) = (stand, beleg.or(f.beleg));
        }
    }
}
