//! A sheet from the scanner, with its Transfervermerk (BSI TR-03138 RESISCAN).
//!
//! The second look at it is a person's, on the page of the post book.

use super::{Angenommen, Tor, Umschlag, hash};
use akte_core::documents::sniff::Media;
use akte_core::eingang::{Herkunft, Kanal, Quarantaenegrund, typ};
use akte_core::execute::ExecuteError;
use jiff::Timestamp;

/// Device, operator and time of a scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vermerk {
    pub scanner: String,
    pub bedienung: String,
    pub at: Timestamp,
}

impl Tor<'_> {
    /// Takes a scan; the same bytes again change nothing.
    pub async fn scan(&self, bytes: Vec<u8>, umschlag: &Umschlag, v: Vermerk) -> Result<Angenommen, ExecuteError> {
        let ort = self.ort(Kanal::Scan, &hash(&bytes))?;
        if let Some(da) = self.schon_da(ort.stream).await? {
            return Ok(da);
        }
        let bilder = [Media::Pdf, Media::Tiff, Media::Png, Media::Jpeg].map(Media::mime);
        let art = typ::bestimmen(&bytes, umschlag.dateiname.as_deref().unwrap_or_default());
        let warum = match art {
            Err(typ::Programm) => (Quarantaenegrund::Programm, String::new()),
            Ok(_) if bytes.len() > self.max() => (Quarantaenegrund::ZuGross, format!("{} Bytes", bytes.len())),
            Ok(media) if !bilder.contains(&media.as_str()) => (Quarantaenegrund::Dateiart, media),
            Ok(media) => {
                let gescannt = self.scannen(&[bytes.as_slice()]).await;
                match gescannt {
                    Ok(pruefung) => {
                        let summe = Some(hash(&bytes));
                        let dokument = self.ablegen(&ort, &media, bytes, "original").await?;
                        let aufnahme = self.aufnahme(Kanal::Scan, umschlag, summe, pruefung, Some(dokument));
                        let at = super::sekunde(v.at.min(self.house.clock.now()));
                        let herkunft = Herkunft::Scan { scanner: v.scanner, operator: v.bedienung, at };
                        return self.erfassen(&ort, aufnahme, herkunft).await;
                    }
                    Err(warum) => warum,
                }
            }
        };
        self.quarantaene(&ort, (Kanal::Scan, umschlag), warum, Some(("application/octet-stream", bytes))).await
    }
}
