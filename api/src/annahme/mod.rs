//! What comes into the post book by whatever way: judged, looked through by the virus scanner, stored sealed, recorded.
//!
//! Either the whole thing is an Eingang or the whole thing lies in quarantine with its reason; the event is written last,
//! so that nothing is half there. Reads no form and no mailbox.

mod brief;
pub mod clamd;
pub mod datei;
mod email;
mod scan;

pub use brief::{Brief, BriefFehler};
pub use scan::Vermerk;

use akte_core::documents::DokumentWert;
use akte_core::eingang::grenzen::ORIGINAL_BYTES;
use akte_core::eingang::{
    Aufnahme, Eingang, EingangCommand, Ergebnis, Herkunft, Kanal, Pruefung, Quarantaenegrund, Stand, Teilart,
};
use akte_core::execute::{Call, Done, ExecuteError, House, Principal, Target};
use akte_core::ledger::Receipt;
use clamd::{Befund, Clamd};
use futures::TryStreamExt;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Subject role under which all of an Eingang is sealed.
const ROLLE: &str = "verfahren";

/// The way in, for one person or service.
pub struct Tor<'a> {
    pub house: &'a House,
    /// None: no virus scanner is set up.
    pub scanner: Option<&'a Clamd>,
    pub principal: Principal,
}

/// What is known of it without looking inside.
#[derive(Clone, Debug)]
pub struct Umschlag {
    pub einheit: String,
    /// Legal receipt.
    pub received_at: Timestamp,
    pub dateiname: Option<String>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ausgang {
    Neu,
    /// The same bytes stand in the book already.
    SchonDa,
    Quarantaene(Quarantaenegrund),
}

/// What came of asking again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nachpruefung {
    Geprueft(Ergebnis),
    /// It was looked through or set aside already.
    NichtsZuTun,
    /// Of this one the scanner says nothing now; the next one may be asked about.
    Spaeter,
    /// It does not listen: it need not be asked about others.
    KeineAntwort,
}

/// Where it is now.
#[derive(Clone, Debug)]
pub struct Angenommen {
    pub eingang: Uuid,
    pub ausgang: Ausgang,
    pub receipt: Option<Receipt>,
}

/// Which stream, and the keys of the command that makes it.
struct Ort {
    stream: Uuid,
    target: Target,
    key: String,
    request: Option<serde_json::Value>,
}

impl Tor<'_> {
    /// A stream of the bytes themselves: the same thing twice is one Eingang.
    fn ort(&self, kanal: Kanal, hash: &str) -> Result<Ort, ExecuteError> {
        let parts = [kanal.code(), hash];
        let stream = self.house.natural_stream("eingang", &parts)?;
        let target = Target::Natural(parts.map(str::to_owned).to_vec());
        Ok(Ort { stream, target, key: format!("eingang-{}-{hash}", kanal.code()), request: None })
    }

    async fn schon_da(&self, stream: Uuid) -> Result<Option<Angenommen>, ExecuteError> {
        match self.house.load::<Eingang>(stream).await {
            Ok(da) => {
                // Whoever forgot to mark it asks again: what lies in quarantine is said to lie there.
                let ausgang = da.state.quarantaene.map_or(Ausgang::SchonDa, Ausgang::Quarantaene);
                Ok(Some(Angenommen { eingang: stream, ausgang, receipt: None }))
            }
            Err(ExecuteError::NotFound) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Most bytes of an original here.
    fn max(&self) -> usize {
        ORIGINAL_BYTES.min(usize::try_from(self.house.documents.max_bytes()).unwrap_or(usize::MAX))
    }

    /// What the scanner says of all of them: why they are set aside, or how far they are looked through. The first
    /// that it does not answer leaves the whole waiting.
    async fn scannen(&self, stuecke: &[&[u8]]) -> Result<Pruefung, (Quarantaenegrund, String)> {
        match self.fragen(stuecke).await {
            None => Ok(Pruefung::Ohne),
            Some(Befund::Sauber) => Ok(Pruefung::Sauber),
            Some(Befund::Befallen(fund)) => Err((Quarantaenegrund::Schadsoftware, fund)),
            Some(Befund::NichtPruefbar) => Err((Quarantaenegrund::NichtPruefbar, String::new())),
            Some(Befund::Unklar | Befund::NichtErreichbar) => Ok(Pruefung::Ausstehend),
        }
    }

    /// `None`: no scanner is set up.
    async fn fragen(&self, stuecke: &[&[u8]]) -> Option<Befund> {
        let clamd = self.scanner?;
        for bytes in stuecke {
            match clamd.pruefen(bytes).await {
                Befund::Sauber => {}
                anderer => return Some(anderer),
            }
        }
        Some(Befund::Sauber)
    }

    async fn ablegen(&self, ort: &Ort, media: &str, bytes: Vec<u8>, was: &str) -> Result<DokumentWert, ExecuteError> {
        self.house.put_derived(ROLLE, ort.stream, media, bytes, was).await
    }

    async fn schreiben(&self, ort: &Ort, command: EingangCommand) -> Result<Done, ExecuteError> {
        let call = Call {
            principal: self.principal.clone(),
            key: ort.key.clone(),
            target: ort.target.clone(),
            expected: None,
            request: ort.request.clone(),
            corr: None,
        };
        self.house.execute::<Eingang>(call, command).await
    }

    /// Kept sealed as it came, if it is not too large to be kept at all, and shown to nobody.
    async fn quarantaene(
        &self,
        ort: &Ort,
        (kanal, umschlag): (Kanal, &Umschlag),
        (grund, bericht): (Quarantaenegrund, String),
        original: Option<(&str, Vec<u8>)>,
    ) -> Result<Angenommen, ExecuteError> {
        let original_hash = original.as_ref().map(|(_, bytes)| hash(bytes));
        let dokument = match original {
            Some((media, bytes)) if bytes.len() <= self.max() => {
                Some(self.ablegen(ort, media, bytes, "original").await?)
            }
            _ => None,
        };
        let aufnahme = self.aufnahme(kanal, umschlag, original_hash, Pruefung::Ohne, dokument);
        let command = EingangCommand::Quarantine { aufnahme: Box::new(aufnahme), grund, bericht };
        let done = self.schreiben(ort, command).await?;
        self.angenommen(ort, done, Ausgang::Quarantaene(grund)).await
    }

    async fn erfassen(&self, ort: &Ort, aufnahme: Aufnahme, herkunft: Herkunft) -> Result<Angenommen, ExecuteError> {
        let done = self.schreiben(ort, EingangCommand::Record { aufnahme: Box::new(aufnahme), herkunft }).await?;
        self.angenommen(ort, done, Ausgang::Neu).await
    }

    /// Where another one wrote it first, what that one wrote counts.
    async fn angenommen(&self, ort: &Ort, done: Done, ausgang: Ausgang) -> Result<Angenommen, ExecuteError> {
        let neu = Angenommen { eingang: ort.stream, ausgang, receipt: done.receipt };
        if neu.receipt.is_some() {
            return Ok(neu);
        }
        Ok(self.schon_da(ort.stream).await?.unwrap_or(neu))
    }

    fn aufnahme(
        &self,
        kanal: Kanal,
        umschlag: &Umschlag,
        original_hash: Option<String>,
        pruefung: Pruefung,
        dokument: Option<DokumentWert>,
    ) -> Aufnahme {
        Aufnahme {
            kanal,
            einheit: umschlag.einheit.clone(),
            original_hash,
            received_at: sekunde(umschlag.received_at.min(self.house.clock.now())),
            pruefung,
            absender: None,
            betreff: None,
            dateiname: umschlag.dateiname.as_deref().map(akte_core::documents::name::clean),
            dokument,
        }
    }

    /// Asks the scanner again about what waits for it. What it will never look at goes to quarantine.
    pub async fn nachpruefen(&self, eingang: Uuid) -> Result<Nachpruefung, ExecuteError> {
        let e = self.house.load::<Eingang>(eingang).await?.state;
        let (Some(dokument), Some(Pruefung::Ausstehend)) = (&e.dokument, e.pruefung) else {
            return Ok(Nachpruefung::NichtsZuTun);
        };
        if e.stand == Stand::Quarantaene {
            return Ok(Nachpruefung::NichtsZuTun);
        }
        let mut werte = vec![dokument];
        werte.extend(e.teile.iter().filter(|t| t.art == Teilart::Anhang).map(|t| &t.dokument));
        let mut inhalte = Vec::new();
        for wert in werte {
            inhalte.push(self.house.open_document(wert).await?.try_collect::<Vec<_>>().await?.concat());
        }
        let (ergebnis, fund) = match self.fragen(&inhalte.iter().map(Vec::as_slice).collect::<Vec<_>>()).await {
            Some(Befund::Sauber) => (Ergebnis::Sauber, None),
            Some(Befund::Befallen(fund)) => (Ergebnis::Befallen, Some(fund)),
            Some(Befund::NichtPruefbar) => (Ergebnis::NichtPruefbar, None),
            Some(Befund::Unklar) => return Ok(Nachpruefung::Spaeter),
            Some(Befund::NichtErreichbar) | None => return Ok(Nachpruefung::KeineAntwort),
        };
        let (target, key) = (Target::Stream(eingang), format!("virenscanner-{eingang}"));
        let ort = Ort { stream: eingang, target, key, request: None };
        self.schreiben(&ort, EingangCommand::Inspect { ergebnis, fund }).await?;
        Ok(Nachpruefung::Geprueft(ergebnis))
    }
}

/// Hex SHA-256.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn sekunde(t: Timestamp) -> Timestamp {
    t.round(TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Trunc)).unwrap_or(t)
}
