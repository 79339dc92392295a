//! Legal holds: several at once, each with its reason, each lifted by itself.
//!
//! A hold beats retention, archive and erasure. It is written to the Akte's stream, because it excludes disposal.

use super::event::{AkteEvent as E, Sperrzweck, Teil};
use super::stammakte::{Akte, AkteRefusal as R, Events, acting, filled};
use crate::kernel::Context;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One hold in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sperre {
    pub sperre: Uuid,
    pub scope: Teil,
    pub zweck: Sperrzweck,
    pub am: Date,
    pub durch: Uuid,
    pub fuer: Option<Uuid>,
    /// `None` if it was erased.
    pub reason: Option<String>,
}

impl Sperrzweck {
    /// All purposes with code and words.
    pub const ALLE: [(Sperrzweck, &'static str, &'static str); 4] = [
        (Sperrzweck::Rechtsstreit, "rechtsstreit", "Rechtsstreit, Geltendmachung oder Abwehr von Ansprüchen"),
        (Sperrzweck::Ermittlung, "ermittlung", "Ermittlung einer Behörde oder eines Gerichts"),
        (Sperrzweck::Rechnungspruefung, "rechnungspruefung", "Prüfung durch die Rechnungsprüfung"),
        (Sperrzweck::Sonstiges, "sonstiges", "Anderer dienstlicher Grund"),
    ];

    pub fn code(self) -> &'static str {
        Self::ALLE.iter().find(|(z, ..)| *z == self).map_or("", |(_, code, _)| code)
    }

    pub fn wort(self) -> &'static str {
        Self::ALLE.iter().find(|(z, ..)| *z == self).map_or("", |(.., wort)| wort)
    }

    pub fn lesen(code: &str) -> Option<Self> {
        Self::ALLE.iter().find(|(_, c, _)| *c == code).map(|(z, ..)| *z)
    }
}

impl Akte {
    /// Every Vorgang that lies in this Akte.
    pub fn vorgaenge(&self) -> std::collections::BTreeSet<Uuid> {
        self.vorgang.into_iter().chain(self.lage.values().filter_map(|l| l.vorgang)).collect()
    }

    /// Whether a hold of this scope covers something of that Vorgang: the object itself, what it lies in, or what
    /// lies in it. What is not known to lie elsewhere is covered. `None`: the Akte itself, with everything in it.
    pub fn trifft(&self, scope: Teil, vorgang: Option<Uuid>) -> bool {
        let Some(vorgang) = vorgang else { return true };
        let des_vorgangs = |d: &Uuid| {
            let v = self.lage.get(d).and_then(|l| l.vorgang);
            v.is_none_or(|v| v == vorgang)
        };
        match scope {
            Teil::Akte => true,
            // The founding Vorgang's key also seals what the Akte says about itself.
            _ if self.vorgang == Some(vorgang) => true,
            Teil::Vorgang(v) => v == vorgang,
            Teil::Dokument(d) => des_vorgangs(&d),
            Teil::Teilakte(t) => self.lage.iter().any(|(d, l)| l.teilakte == Some(t) && des_vorgangs(d)),
        }
    }

    /// Holds that cover something of that Vorgang; `None`: of the Akte itself.
    pub fn sperren_auf(&self, vorgang: Option<Uuid>) -> impl Iterator<Item = &Sperre> {
        self.sperren.iter().filter(move |s| self.trifft(s.scope, vorgang))
    }

    fn kennt(&self, scope: Teil) -> bool {
        match scope {
            Teil::Akte => true,
            Teil::Teilakte(t) => self.teilakten.iter().any(|x| x.teilakte == t),
            Teil::Vorgang(v) => self.vorgaenge().contains(&v),
            Teil::Dokument(d) => self.dokumente.contains(&d),
        }
    }
}

/// Refused only where the thing is not here, or where its destruction was released already: release and
/// destruction are one run of the machine, so there is nothing left to protect, and the refusal says by whom.
pub(super) fn setzen(s: &Akte, scope: Teil, zweck: Sperrzweck, grund: String, ctx: &Context) -> Events {
    if !s.kennt(scope) {
        return Err(R::TeilUnbekannt);
    }
    if let Some(f) = s.aussonderung.offene().find(|f| s.trifft(scope, f.vorgang)) {
        return Err(R::SchonFreigegeben { vorgeschlagen: f.vorgeschlagen, genehmigt: f.genehmigt });
    }
    let (durch, fuer) = acting(ctx)?;
    let reason = Some(filled(&grund, "Grund")?);
    Ok(vec![E::SperreSet { sperre: ctx.ids.nth(0), scope, zweck, am: ctx.today, durch, fuer, reason }])
}

pub(super) fn aufheben(s: &Akte, sperre: Uuid, grund: String, ctx: &Context) -> Events {
    if !s.sperren.iter().any(|x| x.sperre == sperre) {
        return Err(R::KeineSperre);
    }
    let (durch, fuer) = acting(ctx)?;
    let reason = Some(filled(&grund, "Grund")?);
    Ok(vec![E::SperreLifted { sperre, am: ctx.today, durch, fuer, reason }])
}

/// Folds holds.
pub(super) fn evolve(sperren: &mut Vec<Sperre>, event: &E) {
    match event {
        E::SperreSet { sperre, scope, zweck, am, durch, fuer, reason } => sperren.push(Sperre {
            sperre: *sperre,
            scope: *scope,
            zweck: *zweck,
            am: *am,
            durch: *durch,
            fuer: *fuer,
            reason: reason.clone(),
        }),
        E::SperreLifted { sperre, .. } => sperren.retain(|s| s.sperre != *sperre),
        _ => {}
    }
}
