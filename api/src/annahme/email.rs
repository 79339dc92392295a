//! A mail: the original byte for byte, its parts beside it, one event for all of it.
//!
//! Judges nothing itself; what is taken apart where is `eingang::mail`.

use super::{Angenommen, Ort, Tor, Umschlag, hash};
use akte_core::eingang::mail::{self, Abgelehnt, Mail};
use akte_core::eingang::{Herkunft, Kanal, Pruefung, Quarantaenegrund, Teil, Teilart};
use akte_core::execute::{ExecuteError, Target};

const MEDIA: &str = "message/rfc822";

impl Tor<'_> {
    /// Takes a mail; the same bytes again change nothing.
    pub async fn email(&self, eml: Vec<u8>, umschlag: &Umschlag) -> Result<Angenommen, ExecuteError> {
        let ort = self.ort(Kanal::Email, &hash(&eml))?;
        if let Some(da) = self.schon_da(ort.stream).await? {
            return Ok(da);
        }
        let zu_gross = eml.len() > self.max();
        let lesen = move || {
            let gelesen = mail::lesen(&eml);
            (eml, gelesen)
        };
        let gelesen = tokio::task::spawn_blocking(lesen).await;
        let (eml, gelesen) = gelesen.map_err(|_| ExecuteError::Fault("eine E-Mail ließ sich nicht zerlegen".into()))?;
        let warum = match gelesen {
            Err(Abgelehnt { grund, bericht }) => (grund, bericht),
            Ok(_) if zu_gross => (Quarantaenegrund::ZuGross, format!("Die E-Mail hat {} Bytes.", eml.len())),
            Ok(mail) => {
                let gescannt = self.scannen(&zu_scannen(&eml, &mail)).await;
                match gescannt {
                    Ok(pruefung) => return self.zerlegt(&ort, umschlag, eml, mail, pruefung).await,
                    Err(warum) => warum,
                }
            }
        };
        self.quarantaene(&ort, (Kanal::Email, umschlag), warum, Some((MEDIA, eml))).await
    }

    async fn zerlegt(
        &self,
        ort: &Ort,
        umschlag: &Umschlag,
        eml: Vec<u8>,
        mail: Mail,
        pruefung: Pruefung,
    ) -> Result<Angenommen, ExecuteError> {
        let original_hash = Some(hash(&eml));
        let original = self.ablegen(ort, MEDIA, eml, "original").await?;
        let mut teile = Vec::with_capacity(mail.teile.len());
        for (n, t) in mail.teile.into_iter().enumerate() {
            // The number keeps two equal attachments two documents.
            let dokument = self.ablegen(ort, &t.media, t.inhalt, &format!("teil-{n}")).await?;
            teile.push(Teil { art: t.art, dateiname: t.dateiname, dokument });
        }
        let mut aufnahme = self.aufnahme(Kanal::Email, umschlag, original_hash, pruefung, Some(original));
        (aufnahme.absender, aufnahme.betreff) = (mail.absender, mail.betreff);
        aufnahme.dateiname.get_or_insert_with(|| "original.eml".into());
        self.erfassen(ort, aufnahme, Herkunft::Email { hinweise: mail.hinweise, daten: mail.daten, teile }).await
    }

    /// A mail that is too large to be fetched: its place in the mailbox is all that is known of it.
    pub async fn zu_gross(&self, stelle: &str, bytes: u64, umschlag: &Umschlag) -> Result<Angenommen, ExecuteError> {
        let parts = vec!["postfach".to_owned(), hash(stelle.as_bytes())];
        let stream = self.house.natural_stream("eingang", &[&parts[0], &parts[1]])?;
        let key = format!("eingang-postfach-{}", parts[1]);
        let ort = Ort { stream, target: Target::Natural(parts), key, request: None };
        if let Some(da) = self.schon_da(stream).await? {
            return Ok(da);
        }
        let bericht = format!("Die E-Mail hat {bytes} Bytes. Sie liegt noch im Postfach.");
        self.quarantaene(&ort, (Kanal::Email, umschlag), (Quarantaenegrund::ZuGross, bericht), None).await
    }
}

/// The message as it came, and each attachment as we decode it: a scanner that reads mails differently finds it there.
fn zu_scannen<'a>(eml: &'a [u8], mail: &'a Mail) -> Vec<&'a [u8]> {
    let anlagen = mail.teile.iter().filter(|t| t.art == Teilart::Anhang);
    std::iter::once(eml).chain(anlagen.map(|t| t.inhalt.as_slice())).collect()
}
