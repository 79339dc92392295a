//! Frames between the house and its reader: four bytes of length, then so many bytes.
//!
//! Knows nothing of what is inside.

use std::io::{Error, ErrorKind, Read, Result, Write};

/// One frame; `None` where the other side has ended between two frames.
pub fn lesen(von: &mut impl Read, hoechstens: usize) -> Result<Option<Vec<u8>>> {
    let mut laenge = [0; 4];
    if let Err(error) = von.read_exact(&mut laenge) {
        return if error.kind() == ErrorKind::UnexpectedEof { Ok(None) } else { Err(error) };
    }
    let laenge = u32::from_le_bytes(laenge) as usize;
    if laenge > hoechstens {
        return Err(Error::new(ErrorKind::InvalidData, "frame too long"));
    }
    let mut out = vec![0; laenge];
    von.read_exact(&mut out)?;
    Ok(Some(out))
}

/// Writes one frame and flushes it.
pub fn schreiben(an: &mut impl Write, bytes: &[u8]) -> Result<()> {
    let laenge = u32::try_from(bytes.len()).map_err(|_| Error::new(ErrorKind::InvalidInput, "frame too long"))?;
    an.write_all(&laenge.to_le_bytes())?;
    an.write_all(bytes)?;
    an.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_and_torn_or_endless_ones_are_errors() {
        let mut pipe = Vec::new();
        schreiben(&mut pipe, b"eins").expect("written");
        schreiben(&mut pipe, b"").expect("written");
        let mut von = &pipe[..];
        assert_eq!(lesen(&mut von, 10).expect("read").as_deref(), Some(&b"eins"[..]));
        assert_eq!(lesen(&mut von, 10).expect("read").as_deref(), Some(&b""[..]));
        assert_eq!(lesen(&mut von, 10).expect("ended"), None);
        assert!(lesen(&mut &pipe[..6], 10).is_err(), "torn");
        assert!(lesen(&mut &pipe[..], 3).is_err(), "longer than allowed");
    }
}
