//! The second signature: asked for, given, declined; bound to what the signer saw.
//!
//! Whose hand it was is not proven by a link: the event says whether it came by link or at the counter.

use super::{Answer, Events, Fall, R, one, text};
use crate::kernel::Actor;
use crate::kernel::text::filled;
use crate::verfahren::command::VorgangCommand as C;
use crate::verfahren::event::VorgangEvent as E;
use crate::verfahren::state::{Status, UnterschriftState};
use crate::verfahren::unterschrift::{digest, unterlagen};

impl Fall<'_> {
    pub(super) fn unterschrift(&self, command: &C) -> Answer {
        Some(match command {
            C::RequestUnterschrift { rolle } => self.request(rolle),
            C::GiveUnterschrift { rolle, generation, unterlagen, digest, name } => {
                self.give(rolle, *generation, (*unterlagen, digest.as_str()), name)
            }
            C::DeclineUnterschrift { rolle, generation, grund } => self.decline(rolle, *generation, grund),
            _ => return None,
        })
    }

    /// Once by rule; by a person again, which replaces the link.
    fn request(&self, rolle: &str) -> Events {
        self.unterschreibbar()?;
        if !self.def()?.mitantrag.iter().any(|m| m.rolle == rolle && m.unterschrift) {
            return Err(R::UnterschriftNichtOffen);
        }
        let generation = match self.v.unterschriften.iter().find(|u| u.rolle == rolle) {
            None => 0,
            Some(_) if self.ctx.actor == Actor::Process => return Ok(vec![]),
            Some(u) if u.stand == "gegeben" => return Err(R::UnterschriftNichtOffen),
            Some(u) => u.generation + 1,
        };
        one(E::UnterschriftRequested {
            rolle: rolle.to_owned(),
            generation,
            unterlagen: unterlagen(self.v),
            digest: Some(digest(self.v)),
        })
    }

    fn give(&self, rolle: &str, generation: Option<u32>, (gesehen, wert): (u32, &str), name: &str) -> Events {
        self.owed(rolle, generation)?;
        let (jetzt, heute) = (unterlagen(self.v), digest(self.v));
        if gesehen != jetzt || wert != heute {
            return Err(R::UnterschriftVeraltet);
        }
        one(E::UnterschriftGiven {
            rolle: rolle.to_owned(),
            weg: self.weg().to_owned(),
            unterlagen: jetzt,
            digest: Some(heute),
            name: Some(text(name, "Ihr Name")?),
        })
    }

    fn decline(&self, rolle: &str, generation: Option<u32>, grund: &str) -> Events {
        self.owed(rolle, generation)?;
        let grund = filled(grund);
        one(E::UnterschriftDeclined { rolle: rolle.to_owned(), weg: self.weg().to_owned(), grund })
    }

    /// An open signature; by link only under the link in force.
    fn owed(&self, rolle: &str, generation: Option<u32>) -> Result<&UnterschriftState, R> {
        self.unterschreibbar()?;
        let u = self.v.unterschriften.iter().find(|u| u.rolle == rolle).ok_or(R::UnterschriftNichtOffen)?;
        if !matches!(self.ctx.actor, Actor::Konto(_)) && generation != Some(u.generation) {
            return Err(R::UnterschriftLinkErsetzt);
        }
        if u.stand == "offen" { Ok(u) } else { Err(R::UnterschriftNichtOffen) }
    }

    /// As long as the applicant could still take the application back.
    fn unterschreibbar(&self) -> Result<(), R> {
        self.offen()?;
        match self.v.stufe().laeuft() || self.v.status == Status::ImGeschaeftsgang {
            true => Ok(()),
            false => Err(R::NichtMoeglich(self.v.status)),
        }
    }

    fn weg(&self) -> &'static str {
        if matches!(self.ctx.actor, Actor::Konto(_)) { "vor_ort" } else { "link" }
    }

    /// The persons whose signature is still open or was declined.
    pub(super) fn unterschriften_fehlen(&self) -> Vec<String> {
        let fehlt = self.v.unterschriften.iter().filter(|u| u.stand != "gegeben");
        fehlt.map(|u| self.rolle(&u.rolle)).collect()
    }

    /// What the person is called in the definition.
    pub(super) fn rolle(&self, rolle: &str) -> String {
        let m = self.def().ok().and_then(|d| d.mitantrag.iter().find(|m| m.rolle == rolle));
        m.map_or_else(|| rolle.to_owned(), |m| m.label.de.clone())
    }
}
