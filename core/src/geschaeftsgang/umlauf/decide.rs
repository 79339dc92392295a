//! The decisions of a run.
//!
//! Who may command is asked before (`zugriff::permit`); four eyes are asked here again, because only the state and
//! the document's facts know who drafted.

use super::{Stand, Umlauf, UmlaufCommand as C, UmlaufRefusal as R};
use crate::geschaeftsgang::Wann;
use crate::geschaeftsgang::event::{UmlaufEvent as E, Verfuegungsart};
use crate::geschaeftsgang::laufweg::{self, Schritt, Schrittart};
use crate::kernel::Context;
use crate::kernel::context::DokumentStand;
use crate::kernel::text::filled;
use uuid::Uuid;

type Events = Result<Vec<E>, R>;

pub(super) fn decide(s: &Umlauf, command: C, ctx: &Context) -> Events {
    let u = Lauf { s, ctx };
    match (s.stand(), command) {
        (Stand::Leer, C::Start { akte, dokument, einheit, version, digest, laufweg }) => {
            let gesehen = (version, digest);
            u.start((akte, dokument, einheit), gesehen, laufweg)
        }
        (_, C::Start { .. }) => Err(R::Vergeben),
        (Stand::Leer, _) => Err(R::GibtEsNicht),
        (Stand::Abgebrochen, C::VoidByChange { .. } | C::Cancel { .. }) => Ok(vec![]),
        (Stand::Abgebrochen, _) => Err(R::LaeuftNicht),
        (_, C::Done { vermerk }) => u.done(&vermerk),
        (_, C::Sign { version, digest, vermerk }) => u.sign(version, &digest, &vermerk),
        (_, C::Refuse { version, grund }) => u.refuse(version, &grund),
        (_, C::ChangeLaufweg { rest, grund }) => u.change(rest, &grund),
        (_, C::Verfuegen { art, adressat, termin, text }) => u.verfuegen(art, adressat, termin, &text),
        (_, C::VoidByChange { version, position, digest, verfasser }) => {
            // The same change told twice, or a run that began with this version: nothing to lift.
            if version <= s.version {
                return Ok(vec![]);
            }
            let aufgehoben = s.erledigt.iter().filter(|e| e.version.is_some()).count() as u32;
            Ok(vec![E::ZeichnungVoided { version, position, digest, verfasser, aufgehoben }])
        }
        (Stand::Abgeschlossen, C::Cancel { .. }) => Err(R::LaeuftNicht),
        (_, C::Cancel { grund }) => {
            let (durch, fuer) = u.wer()?;
            Ok(vec![E::Cancelled { durch, fuer, grund: Some(text(&grund, "Grund")?) }])
        }
    }
}

struct Lauf<'a> {
    s: &'a Umlauf,
    ctx: &'a Context,
}

/// What a party at its turn acts with.
struct Zug {
    schritt: u32,
    art: Schrittart,
    stelle: Uuid,
    durch: Uuid,
    fuer: Option<Uuid>,
}

impl Lauf<'_> {
    /// The acting account and in whose place.
    fn wer(&self) -> Result<(Uuid, Option<Uuid>), R> {
        self.ctx.konto().ok_or(R::NurKonto)
    }

    fn dokument(&self) -> Result<&DokumentStand, R> {
        self.ctx.facts.dokument.as_ref().filter(|d| d.digest.is_some()).ok_or(R::Geloescht)
    }

    fn start(&self, was: (Uuid, Uuid, String), gesehen: (u32, String), laufweg: Vec<Schritt>) -> Events {
        let (durch, fuer) = self.wer()?;
        let d = self.dokument()?;
        if d.umlauf_offen {
            return Err(R::LaeuftSchon);
        }
        fassung(d, gesehen.0, Some(&gesehen.1))?;
        let mut verfasser = d.verfasser.clone();
        verfasser.extend([Some(durch), fuer].into_iter().flatten());
        verfasser.sort();
        verfasser.dedup();
        laufweg::pruefe(&laufweg, &verfasser)?;
        let (akte, dokument, einheit) = was;
        let (version, position, digest) = (d.version, d.position, d.digest.clone());
        Ok(vec![E::Started { akte, dokument, einheit, version, position, digest, laufweg, durch, fuer, verfasser }])
    }

    /// The step at hand and for which of its parties this actor acts; `None` if that party has acted already.
    fn zug(&self) -> Result<Option<Zug>, R> {
        if self.s.stand() != Stand::Laeuft {
            return Err(R::LaeuftNicht);
        }
        let i = self.s.am_zug().ok_or(R::LaeuftNicht)?;
        let (durch, fuer) = self.wer()?;
        let stelle = fuer.unwrap_or(durch);
        let schritt = &self.s.laufweg[i];
        if !schritt.an.contains(&stelle) {
            return Err(R::NichtAmZug);
        }
        let zug = Zug { schritt: i as u32, art: schritt.art, stelle, durch, fuer };
        Ok((!self.s.hat(i, stelle)).then_some(zug))
    }

    fn done(&self, vermerk: &str) -> Events {
        let Some(z) = self.zug()? else { return Ok(vec![]) };
        if z.art.zeichnet() {
            return Err(R::ZuZeichnen);
        }
        let Zug { schritt, stelle, durch, fuer, .. } = z;
        Ok(vec![E::StepDone { schritt, stelle, durch, fuer, vermerk: filled(vermerk) }])
    }

    /// Binds to version, position and digest of what the signer saw, and only to what the document is now.
    fn sign(&self, version: u32, digest: &str, vermerk: &str) -> Events {
        let Some(z) = self.zug()? else { return Ok(vec![]) };
        if !z.art.zeichnet() {
            return Err(R::NichtsZuZeichnen);
        }
        let d = self.dokument()?;
        self.four_eyes(&z, d)?;
        fassung(d, version, Some(digest))?;
        self.aufgehoben_bis(d)?;
        let Zug { schritt, art, stelle, durch, fuer } = z;
        let (version, position, digest, vermerk) = (d.version, d.position, d.digest.clone(), filled(vermerk));
        Ok(vec![match art {
            Schrittart::Schlusszeichnung => {
                E::SchlusszeichnungGiven { schritt, stelle, durch, fuer, version, position, digest, vermerk }
            }
            _ => E::MitzeichnungGiven { schritt, stelle, durch, fuer, version, position, digest, vermerk },
        }])
    }

    fn refuse(&self, version: u32, grund: &str) -> Events {
        let Some(z) = self.zug()? else { return Err(R::NichtAmZug) };
        if !z.art.zeichnet() {
            return Err(R::NichtsZuZeichnen);
        }
        let d = self.dokument()?;
        fassung(d, version, None)?;
        let Zug { schritt, stelle, durch, fuer, .. } = z;
        let grund = Some(text(grund, "Grund")?);
        Ok(vec![E::MitzeichnungRefused { schritt, stelle, durch, fuer, version, position: d.position, grund }])
    }

    /// Acting person and person acted for must both be others than whoever drafted.
    fn four_eyes(&self, z: &Zug, d: &DokumentStand) -> Result<(), R> {
        let drafted = |k: &Uuid| self.s.verfasser.contains(k) || d.verfasser.contains(k);
        if [Some(z.durch), z.fuer, Some(z.stelle)].iter().flatten().any(drafted) { Err(R::VierAugen) } else { Ok(()) }
    }

    /// The signatures on an earlier version must be lifted before a new one counts: that follows within a moment.
    fn aufgehoben_bis(&self, d: &DokumentStand) -> Result<(), R> {
        if d.version == self.s.version {
            return Ok(());
        }
        Err(R::AndereFassung { gesehen: self.s.version, jetzt: d.version, grund: d.grund.clone() })
    }

    /// What is done stays; the rest is as it is told now. After a refusal this puts it into circulation again.
    fn change(&self, rest: Vec<Schritt>, grund: &str) -> Events {
        let (durch, fuer) = self.wer()?;
        let grund = Some(text(grund, "Grund")?);
        let fest = self.s.am_zug().unwrap_or(self.s.laufweg.len());
        let mut laufweg = self.s.laufweg[..fest].to_vec();
        laufweg.extend(rest);
        // Also behind the step at hand: a lifted signature leaves later notes of knowledge done. What was done as
        // one thing never counts as another.
        for e in self.s.erledigt.iter().filter(|e| e.schritt as usize >= fest) {
            let i = e.schritt as usize;
            let (alt, neu) = (self.s.laufweg.get(i).map(|s| s.art), laufweg.get(i));
            if !neu.is_some_and(|neu| Some(neu.art) == alt && neu.an.contains(&e.stelle)) {
                return Err(R::ErledigtesBleibt(i + 1));
            }
        }
        if laufweg == self.s.laufweg && !self.s.zurueckgegeben {
            return Ok(vec![]);
        }
        laufweg::pruefe(&laufweg, &self.s.verfasser)?;
        Ok(vec![E::LaufwegChanged { laufweg, durch, fuer, grund }])
    }

    fn verfuegen(&self, art: Verfuegungsart, adressat: Option<Uuid>, termin: Option<Wann>, satz: &str) -> Events {
        let (durch, fuer) = self.wer()?;
        let (mut tag, mut rechenweg) = (None, Vec::new());
        let schritt = match art {
            Verfuegungsart::Zk => Some(Schrittart::Zk),
            Verfuegungsart::Zwv => Some(Schrittart::Zwv),
            Verfuegungsart::Mz => Some(Schrittart::Mz),
            Verfuegungsart::Wv | Verfuegungsart::Zda => None,
        };
        if schritt.is_some() && adressat.is_none() {
            return Err(R::AngabeFehlt("An wen?"));
        }
        if art == Verfuegungsart::Wv {
            let wann = termin.ok_or(R::AngabeFehlt("Wann?"))?;
            let frist = wann.rechnen(self.ctx).map_err(|e| R::Termin(e.to_string()))?;
            (tag, rechenweg) = (Some(frist.end), frist.rechenweg);
        }
        if art == Verfuegungsart::Zda && !self.ctx.facts.offen.is_empty() {
            return Err(R::OffenePunkte(self.ctx.facts.offen.clone()));
        }
        let adressat = if art == Verfuegungsart::Wv { adressat.or(Some(fuer.unwrap_or(durch))) } else { adressat };
        let verfuegung = self.ctx.ids.nth(0);
        let text = filled(satz);
        let mut events =
            vec![E::VerfuegungIssued { verfuegung, art, adressat, termin: tag, rechenweg, durch, fuer, text }];
        if let (Some(art), Some(k)) = (schritt, adressat) {
            let laufweg = self.mit_schritt(Schritt { art, an: vec![k] })?;
            let grund = Some("Verfügung".to_owned());
            events.push(E::LaufwegChanged { laufweg, durch, fuer, grund });
        }
        Ok(events)
    }

    /// A co-signature comes before the final signature, everything else at the end.
    fn mit_schritt(&self, neu: Schritt) -> Result<Vec<Schritt>, R> {
        if self.s.zurueckgegeben {
            return Err(R::LaeuftNicht);
        }
        let mut laufweg = self.s.laufweg.clone();
        let schluss = laufweg.iter().position(|s| s.art == Schrittart::Schlusszeichnung);
        match (neu.art, schluss) {
            (Schrittart::Mz, Some(i)) if self.s.schlusszeichnung().is_none() => {
                if let Some(e) = self.s.erledigt.iter().find(|e| e.schritt as usize >= i) {
                    return Err(R::ErledigtesBleibt(e.schritt as usize + 1));
                }
                laufweg.insert(i, neu);
            }
            _ => laufweg.push(neu),
        }
        laufweg::pruefe(&laufweg, &self.s.verfasser)?;
        Ok(laufweg)
    }
}

/// Only what the document is now is signed.
fn fassung(d: &DokumentStand, gesehen: u32, digest: Option<&str>) -> Result<(), R> {
    let same = d.version == gesehen && digest.is_none_or(|seen| d.digest.as_deref() == Some(seen));
    if same { Ok(()) } else { Err(R::AndereFassung { gesehen, jetzt: d.version, grund: d.grund.clone() }) }
}

fn text(wert: &str, feld: &'static str) -> Result<String, R> {
    filled(wert).ok_or(R::AngabeFehlt(feld))
}
