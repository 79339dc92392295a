//! Several files as one download: a ZIP whose entries are stored as they are (APPNOTE 6.3, method 0).
//!
//! Compresses nothing (a PDF is compressed already), reads none, and knows no file beyond 4 GiB.

pub mod archiv;
pub mod bau;
pub mod bericht;
pub mod inhalt;
pub mod worte;

use std::fmt::Write;

/// One file of the archive. Its name is ASCII and of our making.
pub struct Datei {
    pub name: String,
    pub inhalt: Vec<u8>,
}

/// The archive's bytes; the same files give the same archive. `None` where it would pass what the format can say.
pub fn zip(dateien: &[Datei]) -> Option<Vec<u8>> {
    let anzahl = u16::try_from(dateien.len()).ok()?;
    let (mut out, mut verzeichnis) = (Vec::new(), Vec::new());
    for d in dateien {
        let stelle = u32::try_from(out.len()).ok()?;
        let angaben = angaben(d)?;
        out.extend(b"PK\x03\x04");
        out.extend(&angaben);
        out.extend(d.name.bytes());
        out.extend(&d.inhalt);
        verzeichnis.extend(b"PK\x01\x02\x14\x00");
        verzeichnis.extend(&angaben);
        // Comment, disk, attributes: none.
        verzeichnis.extend([0; 10]);
        verzeichnis.extend(stelle.to_le_bytes());
        verzeichnis.extend(d.name.bytes());
    }
    let stelle = u32::try_from(out.len()).ok()?;
    let laenge = u32::try_from(verzeichnis.len()).ok()?;
    out.extend(verzeichnis);
    out.extend(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend(anzahl.to_le_bytes());
    out.extend(anzahl.to_le_bytes());
    out.extend(laenge.to_le_bytes());
    out.extend(stelle.to_le_bytes());
    out.extend([0; 2]);
    Some(out)
}

/// From "version needed" to "extra field length"; dated 1980, the format's first day.
fn angaben(d: &Datei) -> Option<Vec<u8>> {
    let mut a = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
    let laenge = u32::try_from(d.inhalt.len()).ok()?.to_le_bytes();
    a.extend(crc32(&d.inhalt).to_le_bytes());
    a.extend(laenge);
    a.extend(laenge);
    a.extend(u16::try_from(d.name.len()).ok()?.to_le_bytes());
    a.extend([0; 2]);
    Some(a)
}

fn crc32(bytes: &[u8]) -> u32 {
    !crc32_weiter(!0, bytes)
}

/// Goes on with a running sum; begun with all ones and inverted at the end.
fn crc32_weiter(summe: u32, bytes: &[u8]) -> u32 {
    const TAFEL: [u32; 256] = tafel();
    bytes.iter().fold(summe, |crc, b| TAFEL[usize::from(crc.to_le_bytes()[0] ^ b)] ^ (crc >> 8))
}

const fn tafel() -> [u32; 256] {
    let mut tafel = [0; 256];
    let mut n = 0;
    while n < 256 {
        let (mut crc, mut bit) = (n as u32, 0);
        while bit < 8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
            bit += 1;
        }
        tafel[n] = crc;
        n += 1;
    }
    tafel
}

/// A table with semicolons (RFC 4180 but for the separator): quoted throughout, and no cell begins a formula.
pub fn csv(zeilen: &[Vec<String>]) -> Vec<u8> {
    // Spreadsheets read UTF-8 only with its mark.
    let mut text = String::from('\u{FEFF}');
    for zeile in zeilen {
        let zellen: Vec<String> = zeile.iter().map(|z| zelle(z)).collect();
        // Writing to a String cannot fail.
        let _ = write!(text, "{}\r\n", zellen.join(";"));
    }
    text.into_bytes()
}

fn zelle(text: &str) -> String {
    let formel = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("\"{}{}\"", if formel { "'" } else { "" }, text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sum_is_the_formats() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn a_cell_is_no_formula_and_does_not_end_early() {
        let text = String::from_utf8(csv(&[vec!["=1+1".into(), "a\"b;c".into()]])).unwrap();
        assert_eq!(text, "\u{FEFF}\"'=1+1\";\"a\"\"b;c\"\r\n");
    }

    #[test]
    fn an_archive_begins_and_ends_as_one() {
        let bytes = zip(&[Datei { name: "a.txt".into(), inhalt: b"abc".to_vec() }]).unwrap();
        assert!(bytes.starts_with(b"PK\x03\x04") && bytes.ends_with(&[0, 0]));
        assert_eq!(bytes.len(), 30 + 5 + 3 + 46 + 5 + 22);
    }
}
