//! Whether a document of this file may get a new version now.
//!
//! Makes none: versions lie in the document's own stream.

use super::event::Teil;
use super::stammakte::Akte;
use uuid::Uuid;

/// Why there is no new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeineFassung {
    NichtHier,
    Geschlossen,
    Angeboten,
    Freigegeben,
}

impl KeineFassung {
    /// The reason, and what is done instead.
    pub fn satz(self) -> &'static str {
        match self {
            KeineFassung::NichtHier => "Das Dokument liegt nicht in dieser Akte.",
            KeineFassung::Geschlossen => {
                "Die Akte ist geschlossen. Nehmen Sie die Akte wieder auf, oder legen Sie den neuen Text als eigenes Dokument nachträglich ab."
            }
            KeineFassung::Angeboten => {
                "Die Akte ist dem Archiv angeboten. Ihre Dokumente bleiben, wie sie angeboten wurden. Legen Sie den neuen Text als eigenes Dokument ab."
            }
            KeineFassung::Freigegeben => {
                "Die Vernichtung ist freigegeben und wird gerade ausgeführt. Legen Sie den neuen Text danach als eigenes Dokument ab."
            }
        }
    }
}

impl Akte {
    /// Nothing changes in what was closed, offered or released for destruction.
    pub fn nimmt_fassung(&self, dokument: Uuid) -> Result<(), KeineFassung> {
        let frei = |vorgang| self.trifft(Teil::Dokument(dokument), vorgang);
        match () {
            () if !self.dokumente.contains(&dokument) => Err(KeineFassung::NichtHier),
            () if self.aussonderung.offene().any(|f| frei(f.vorgang)) => Err(KeineFassung::Freigegeben),
            () if self.aussonderung.angeboten.is_some() => Err(KeineFassung::Angeboten),
            () if self.geschlossen => Err(KeineFassung::Geschlossen),
            () => Ok(()),
        }
    }
}
