//! What lies where in a file: Teilakten, corrected metadata, moved documents, references to other files.
//!
//! Removes nothing: a moved document leaves a pointer, a corrected value stays in its event.

use super::event::{AkteEvent as E, Teil};
use super::metadaten::{self, Angaben, Metadaten};
use super::stammakte::{Akte, AkteRefusal as R, Events, acting, filled};
use crate::kernel::Context;
use crate::metadaten::Art;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest value of a metadatum, in characters.
const MAX_WERT: usize = 500;

/// An Akte inside the Akte. It shares the stream, so that no hold and no disposal can miss it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Teilakte {
    pub teilakte: Uuid,
    pub position: u32,
    pub titel: Option<String>,
    #[serde(default)]
    pub metadaten: Option<Metadaten>,
}

/// Where a document lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lage {
    pub vorgang: Option<Uuid>,
    pub teilakte: Option<Uuid>,
}

/// The pointer a moved document leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zeiger {
    pub dokument: Uuid,
    pub nach: Uuid,
    pub durch: Uuid,
    pub grund: Option<String>,
}

/// Another file this one refers to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verweis {
    pub ziel: Uuid,
    pub grund: Option<String>,
}

pub(super) fn teilakte(s: &Akte, titel: String, ctx: &Context) -> Events {
    s.offen()?;
    let position = s.teilakten.iter().map(|t| t.position).max().unwrap_or(0) + 1;
    let titel = Some(wert(titel, "Titel")?);
    Ok(vec![E::TeilakteOpened { teilakte: ctx.ids.nth(0), position, titel }])
}

pub(super) fn einordnen(s: &Akte, dokument: Uuid, teilakte: Option<Uuid>) -> Events {
    s.offen()?;
    let bekannt = teilakte.is_none_or(|t| s.teilakten.iter().any(|x| x.teilakte == t));
    if !bekannt || !s.dokumente.contains(&dokument) {
        return Err(R::TeilUnbekannt);
    }
    if s.lage.get(&dokument).is_some_and(|l| l.teilakte == teilakte) {
        return Ok(vec![]);
    }
    beweglich(s, dokument)?;
    Ok(vec![E::DokumentPlaced { dokument, teilakte }])
}

/// Nothing under a hold, and nothing that is released for destruction, is put elsewhere.
fn beweglich(s: &Akte, dokument: Uuid) -> Result<(), R> {
    let lage = s.lage.get(&dokument).copied().unwrap_or_default();
    let deckt = |scope: Teil| match scope {
        Teil::Akte => true,
        Teil::Teilakte(t) => lage.teilakte == Some(t),
        Teil::Vorgang(v) => lage.vorgang.is_none_or(|x| x == v),
        Teil::Dokument(d) => d == dokument,
    };
    if s.sperren.iter().any(|x| deckt(x.scope)) {
        return Err(R::Gesperrt);
    }
    match s.aussonderung.offene().find(|f| s.trifft(Teil::Dokument(dokument), f.vorgang)) {
        Some(f) => Err(R::SchonFreigegeben { vorgeschlagen: f.vorgeschlagen, genehmigt: f.genehmigt }),
        None => Ok(()),
    }
}

/// The title is the one metadatum people type; unit and plan position have commands of their own.
pub(super) fn berichtigen(s: &Akte, feld: String, neu: String, grund: String, ctx: &Context) -> Events {
    if feld != "titel" {
        return Err(R::FeldUnbekannt);
    }
    let neu = wert(neu, "Titel")?;
    if s.titel.as_ref() == Some(&neu) {
        return Ok(vec![]);
    }
    let (durch, fuer) = acting(ctx)?;
    let grund = Some(filled(&grund, "Grund")?);
    Ok(vec![E::Corrected { feld, durch, fuer, wert: Some(neu), grund }])
}

impl Akte {
    /// What is closed, offered or released stays described as it is: what the archive saw does not change, and nothing
    /// is written anew that is being destroyed.
    pub fn beschreibbar(&self) -> Result<(), R> {
        self.offen()?;
        match (self.aussonderung.offene().next(), self.aussonderung.angeboten) {
            (Some(f), _) => Err(R::SchonFreigegeben { vorgeschlagen: f.vorgeschlagen, genehmigt: f.genehmigt }),
            (None, Some(_)) => Err(R::SchonAngeboten),
            (None, None) => Ok(()),
        }
    }
}

pub(super) fn beschreiben(s: &Akte, teilakte: Option<Uuid>, a: &Angaben, ctx: &Context) -> Events {
    s.beschreibbar()?;
    let da = match teilakte {
        None => s.metadaten.as_ref(),
        Some(id) => {
            let t = s.teilakten.iter().find(|t| t.teilakte == id).ok_or(R::TeilUnbekannt)?;
            t.metadaten.as_ref()
        }
    };
    let Some((m, durch, fuer)) = metadaten::neu(da, Art::Akte, a, ctx)? else { return Ok(vec![]) };
    let Metadaten { schema, schema_sha256, felder, .. } = m;
    Ok(vec![E::Described { teilakte, schema, schema_sha256, durch, fuer, felder }])
}

/// Never out of a hold, and never out of a destruction that was released.
pub(super) fn verschieben(
    s: &Akte,
    dokument: Uuid,
    nach: Uuid,
    selbst: Option<Uuid>,
    grund: String,
    ctx: &Context,
) -> Events {
    if s.zeiger.iter().any(|z| z.dokument == dokument && z.nach == nach) {
        return Ok(vec![]);
    }
    if !s.dokumente.contains(&dokument) {
        return Err(R::TeilUnbekannt);
    }
    if selbst == Some(nach) {
        return Err(R::SelbeAkte);
    }
    beweglich(s, dokument)?;
    // The run is of the old document and does not go with it: its signatures would wait where nobody looks.
    if ctx.facts.dokument.as_ref().is_some_and(|d| d.umlauf_offen) {
        return Err(R::ImGeschaeftsgang);
    }
    let (durch, _) = acting(ctx)?;
    Ok(vec![E::DokumentMoved { dokument, nach, durch, grund: Some(filled(&grund, "Grund")?) }])
}

/// `gegenseite`: the other file said so first (`None` for what a person wants).
pub(super) fn verweisen(s: &Akte, ziel: Uuid, grund: Option<String>, gegenseite: bool) -> Events {
    if s.verweise.iter().any(|v| v.ziel == ziel) {
        return Ok(vec![]);
    }
    Ok(vec![E::VerweisAdded { ziel, gegenseite, grund }])
}

pub(super) fn verweis_weg(s: &Akte, ziel: Uuid, gegenseite: bool) -> Events {
    match s.verweise.iter().any(|v| v.ziel == ziel) {
        true => Ok(vec![E::VerweisRemoved { ziel, gegenseite }]),
        false => Ok(vec![]),
    }
}

fn wert(text: String, feld: &'static str) -> Result<String, R> {
    let text = filled(&text, feld)?;
    if text.chars().count() > MAX_WERT { Err(R::ZuLang(feld)) } else { Ok(text) }
}

/// Folds structure.
pub(super) fn evolve(s: &mut Akte, event: &E) {
    match event {
        E::TeilakteOpened { teilakte, position, titel } => {
            let (teilakte, position, titel) = (*teilakte, *position, titel.clone());
            s.teilakten.push(Teilakte { teilakte, position, titel, metadaten: None });
        }
        E::DokumentPlaced { dokument, teilakte } => s.lage.entry(*dokument).or_default().teilakte = *teilakte,
        E::Described { teilakte, schema, schema_sha256, durch, felder, .. } => {
            let wo = match teilakte {
                None => Some(&mut s.metadaten),
                Some(id) => s.teilakten.iter_mut().find(|t| t.teilakte == *id).map(|t| &mut t.metadaten),
            };
            if let Some(wo) = wo {
                let neu = metadaten::gefaltet(wo.as_ref(), (schema, schema_sha256), felder.as_ref(), Some(*durch));
                *wo = Some(neu);
            }
        }
        E::Corrected { feld, wert, .. } if feld == "titel" => s.titel.clone_from(wert),
        E::DokumentMoved { dokument, nach, durch, grund } => {
            s.dokumente.retain(|d| d != dokument);
            let (dokument, nach, durch, grund) = (*dokument, *nach, *durch, grund.clone());
            s.zeiger.push(Zeiger { dokument, nach, durch, grund });
        }
        E::VerweisAdded { ziel, grund, .. } => s.verweise.push(Verweis { ziel: *ziel, grund: grund.clone() }),
        E::VerweisRemoved { ziel, .. } => s.verweise.retain(|v| v.ziel != *ziel),
        _ => {}
    }
}
