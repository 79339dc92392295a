//! What a person enters in the post book: a letter, a fax, something handed over, with or without a file of it.
//!
//! What was typed wrong is said to the person; only what the virus scanner finds or cannot look at goes to quarantine.

use super::{Angenommen, Ort, Tor, Umschlag, hash};
use akte_core::documents::sniff::{HEAD, SniffError, Watch, sniff, stored_name};
use akte_core::eingang::{Eingang, Herkunft, Kanal, Pruefung};
use akte_core::execute::{ExecuteError, Target};
use serde_json::json;

/// A letter as it was typed.
pub struct Brief {
    pub kanal: Kanal,
    pub absender: String,
    pub betreff: String,
    /// Name and content.
    pub datei: Option<(String, Vec<u8>)>,
}

/// Why a letter is not entered.
#[derive(Debug, thiserror::Error)]
pub enum BriefFehler {
    #[error(transparent)]
    Datei(#[from] SniffError),
    #[error(transparent)]
    Regel(#[from] ExecuteError),
}

impl Tor<'_> {
    /// Enters a letter under the key of its form.
    pub async fn brief(&self, key: &str, umschlag: &Umschlag, brief: Brief) -> Result<Angenommen, BriefFehler> {
        let stream = self.house.stream_for_new::<Eingang>(&self.principal, key)?;
        let summe = brief.datei.as_ref().map(|(_, bytes)| hash(bytes));
        let request = json!({
            "kanal": brief.kanal.code(), "absender": brief.absender, "betreff": brief.betreff, "sha256": summe,
            "einheit": umschlag.einheit, "eingang": umschlag.received_at.to_string(),
        });
        let ort = Ort { stream, target: Target::New, key: key.to_owned(), request: Some(request) };
        let mut umschlag = umschlag.clone();
        let (mut pruefung, mut dokument) = (Pruefung::Ohne, None);
        if let Some((name, bytes)) = brief.datei {
            let media = sniff(&bytes[..bytes.len().min(HEAD)], &name)?;
            let mut watch = Watch::new(media, &name);
            watch.feed(&bytes)?;
            watch.finish()?;
            umschlag.dateiname = Some(stored_name(&name, media));
            let gescannt = self.scannen(&[bytes.as_slice()]).await;
            match gescannt {
                Ok(p) => pruefung = p,
                Err(warum) => {
                    let original = Some((media.mime(), bytes));
                    return Ok(self.quarantaene(&ort, (brief.kanal, &umschlag), warum, original).await?);
                }
            }
            dokument = Some(self.ablegen(&ort, media.mime(), bytes, "original").await?);
        }
        let mut aufnahme = self.aufnahme(brief.kanal, &umschlag, summe, pruefung, dokument);
        aufnahme.received_at = super::sekunde(umschlag.received_at);
        (aufnahme.absender, aufnahme.betreff) = (Some(brief.absender), Some(brief.betreff));
        Ok(self.erfassen(&ort, aufnahme, Herkunft::Hand).await?)
    }
}
