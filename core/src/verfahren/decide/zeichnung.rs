//! Four eyes: the Geschaeftsgang, co-signing and the final signature.
//!
//! A signature binds to Fassung, position and digest of the document the signer saw. Who
//! drafted never signs finally: not in person, not as a substitute, not through one.

use super::{Answer, Events, Fall, R, one, text};
use crate::verfahren::command::VorgangCommand as C;
use crate::verfahren::event::VorgangEvent as E;
use crate::verfahren::state::{BescheidState, Status};
use uuid::Uuid;

impl Fall<'_> {
    pub(super) fn zeichnung(&self, command: &C) -> Answer {
        Some(match command {
            C::StartGeschaeftsgang { an } => self.start_geschaeftsgang(an),
            C::CoSign { fassung, digest } => self.co_sign(*fassung, digest),
            C::RefuseSign { fassung, grund } => self.refuse_sign(*fassung, grund),
            C::FinalSign { fassung, digest } => self.final_sign(*fassung, digest),
            _ => return None,
        })
    }

    fn start_geschaeftsgang(&self, an: &[Uuid]) -> Events {
        self.nur(&[Status::Entscheidungsreif])?;
        let b = self.v.bescheid.as_ref().ok_or(R::KeinBescheid)?;
        if b.position.is_none() {
            return Err(R::NichtGerendert);
        }
        self.maengelfrei()?;
        let mut mitzeichner = an.to_vec();
        mitzeichner.sort();
        mitzeichner.dedup();
        if mitzeichner.iter().any(|k| drafted(b, *k)) {
            return Err(R::VierAugen);
        }
        one(E::GeschaeftsgangStarted { fassung: b.fassung, an: mitzeichner })
    }

    fn co_sign(&self, fassung: u32, digest: &str) -> Events {
        let (b, position) = self.seen(fassung, Some(digest))?;
        let durch = self.signer(b)?;
        let Some(stelle) = self.stands_for(b, durch) else { return Err(R::NichtBeteiligt) };
        if b.mitgezeichnet.contains(&stelle) {
            return Ok(vec![]);
        }
        one(E::MitzeichnungGiven { fassung, durch: stelle, position, digest: Some(digest.to_owned()) })
    }

    /// The draft goes back; a new Fassung starts a new Geschaeftsgang.
    fn refuse_sign(&self, fassung: u32, grund: &str) -> Events {
        let (b, _) = self.seen(fassung, None)?;
        let durch = self.signer(b)?;
        one(E::MitzeichnungRefused { fassung, durch, grund: Some(text(grund, "Grund")?) })
    }

    /// All co-signatures are there; the final signer's own counts with the final one.
    fn final_sign(&self, fassung: u32, digest: &str) -> Events {
        let (b, position) = self.seen(fassung, Some(digest))?;
        let durch = self.signer(b)?;
        let own = self.stands_for(b, durch);
        if b.mitzeichner.iter().any(|m| Some(*m) != own && !b.mitgezeichnet.contains(m)) {
            return Err(R::MitzeichnungOffen);
        }
        self.maengelfrei()?;
        one(E::SchlusszeichnungGiven { fassung, durch, position, digest: Some(digest.to_owned()) })
    }

    /// The draft in circulation, if it is the one the signer saw.
    fn seen(&self, fassung: u32, digest: Option<&str>) -> Result<(&BescheidState, u64), R> {
        self.offen()?;
        let b = self.v.bescheid.as_ref().ok_or(R::KeinBescheid)?;
        if b.fassung != fassung {
            return Err(R::VeralteteFassung);
        }
        self.nur(&[Status::ImGeschaeftsgang])?;
        let position = b.position.ok_or(R::NichtGerendert)?;
        let same = b.dokument.as_ref().is_some_and(|d| digest.is_none_or(|seen| d.digest == seen));
        if same { Ok((b, position)) } else { Err(R::VeralteteFassung) }
    }

    /// Acting person and person acted for must both be others than who drafted.
    fn signer(&self, b: &BescheidState) -> Result<Uuid, R> {
        let ich = self.konto()?;
        let fuer = self.ctx.on_behalf_of;
        if drafted(b, ich) || fuer.is_some_and(|f| drafted(b, f)) {
            return Err(R::VierAugen);
        }
        Ok(ich)
    }

    /// Which of the persons asked this signer signs for: in person or as substitute.
    fn stands_for(&self, b: &BescheidState, ich: Uuid) -> Option<Uuid> {
        let fuer = self.ctx.on_behalf_of.filter(|f| b.mitzeichner.contains(f));
        b.mitzeichner.contains(&ich).then_some(ich).or(fuer)
    }
}

fn drafted(b: &BescheidState, konto: Uuid) -> bool {
    b.verfasser == konto || b.verfasser_fuer == Some(konto)
}
