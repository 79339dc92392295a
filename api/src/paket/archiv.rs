//! A ZIP written entry by entry: what is large passes through and is never held whole.
//!
//! Compresses nothing and ends with an error beyond 4 GiB or 65,535 entries, which this form cannot say.

use super::crc32_weiter;
use std::io::{Error, Result, Seek, SeekFrom, Write};

/// An archive under way. Names are ASCII and of our making.
pub struct Archiv<W> {
    ziel: W,
    /// Where the next byte goes.
    stelle: u64,
    verzeichnis: Vec<u8>,
    anzahl: u16,
    offen: Option<Eintrag>,
}

struct Eintrag {
    name: String,
    beginn: u64,
    laenge: u64,
    summe: u32,
}

impl<W: Write + Seek> Archiv<W> {
    /// An empty archive.
    pub fn neu(ziel: W) -> Self {
        Self { ziel, stelle: 0, verzeichnis: Vec::new(), anzahl: 0, offen: None }
    }

    /// Ends the entry before and begins one of this name.
    pub fn beginnen(&mut self, name: &str) -> Result<()> {
        self.beenden()?;
        let eintrag = Eintrag { name: name.to_owned(), beginn: self.stelle, laenge: 0, summe: !0 };
        self.roh(b"PK\x03\x04")?;
        let angaben = eintrag.angaben()?;
        self.roh(&angaben)?;
        self.roh(name.as_bytes())?;
        self.offen = Some(eintrag);
        Ok(())
    }

    /// Bytes of the entry that is open.
    pub fn schreiben(&mut self, bytes: &[u8]) -> Result<()> {
        self.roh(bytes)?;
        let Some(e) = &mut self.offen else { return Err(Error::other("no entry is open")) };
        e.summe = crc32_weiter(e.summe, bytes);
        e.laenge += bytes.len() as u64;
        Ok(())
    }

    /// One whole file.
    pub fn datei(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.beginnen(name)?;
        self.schreiben(bytes)
    }

    /// Ends the archive; what it was written to.
    pub fn schliessen(mut self) -> Result<W> {
        self.beenden()?;
        let (beginn, laenge) = (klein(self.stelle)?, klein(self.verzeichnis.len() as u64)?);
        let verzeichnis = std::mem::take(&mut self.verzeichnis);
        self.roh(&verzeichnis)?;
        self.roh(b"PK\x05\x06\x00\x00\x00\x00")?;
        self.roh(&self.anzahl.to_le_bytes())?;
        self.roh(&self.anzahl.to_le_bytes())?;
        self.roh(&laenge.to_le_bytes())?;
        self.roh(&beginn.to_le_bytes())?;
        self.roh(&[0; 2])?;
        self.ziel.flush()?;
        Ok(self.ziel)
    }

    /// Sum and length are known only now: they are written into the header that stands before.
    fn beenden(&mut self) -> Result<()> {
        let Some(e) = self.offen.take() else { return Ok(()) };
        let angaben = e.angaben()?;
        self.ziel.seek(SeekFrom::Start(e.beginn + 4))?;
        self.ziel.write_all(&angaben)?;
        self.ziel.seek(SeekFrom::Start(self.stelle))?;
        self.verzeichnis.extend(b"PK\x01\x02\x14\x00");
        self.verzeichnis.extend(&angaben);
        // Comment, disk, attributes: none.
        self.verzeichnis.extend([0; 10]);
        self.verzeichnis.extend(klein(e.beginn)?.to_le_bytes());
        self.verzeichnis.extend(e.name.bytes());
        self.anzahl = self.anzahl.checked_add(1).ok_or_else(|| Error::other("Das Archiv hat zu viele Dateien."))?;
        Ok(())
    }

    fn roh(&mut self, bytes: &[u8]) -> Result<()> {
        self.ziel.write_all(bytes)?;
        self.stelle += bytes.len() as u64;
        Ok(())
    }
}

impl Eintrag {
    /// From "version needed" to "extra field length"; dated 1980, the format's first day.
    fn angaben(&self) -> Result<Vec<u8>> {
        let mut a = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        let laenge = klein(self.laenge)?.to_le_bytes();
        a.extend((!self.summe).to_le_bytes());
        a.extend(laenge);
        a.extend(laenge);
        a.extend(u16::try_from(self.name.len()).map_err(Error::other)?.to_le_bytes());
        a.extend([0; 2]);
        Ok(a)
    }
}

fn klein(n: u64) -> Result<u32> {
    u32::try_from(n).map_err(|_| Error::other("Das Archiv wäre größer als 4 GiB."))
}

#[cfg(test)]
mod tests {
    use super::super::{Datei, zip};
    use super::Archiv;
    use std::io::Cursor;

    #[test]
    fn piece_by_piece_it_is_the_same_archive_as_at_once() {
        let dateien = [("a.txt", "Grüße"), ("ordner/b.bin", ""), ("c", "x".repeat(9_000).as_str())]
            .map(|(name, inhalt)| Datei { name: name.into(), inhalt: inhalt.as_bytes().to_vec() });
        let mut archiv = Archiv::neu(Cursor::new(Vec::new()));
        for d in &dateien {
            archiv.beginnen(&d.name).unwrap();
            for stueck in d.inhalt.chunks(7) {
                archiv.schreiben(stueck).unwrap();
            }
        }
        assert_eq!(archiv.schliessen().unwrap().into_inner(), zip(&dateien).unwrap());
    }
}
