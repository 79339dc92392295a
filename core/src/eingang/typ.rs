//! What a part of the post is by its content: a media type to keep it under, or a program that is not taken.
//!
//! Trusts no declared type and unpacks nothing; what hides deeper is the virus scanner's.

use crate::documents::name;
use crate::documents::sniff::{HEAD, SniffError, Watch, sniff};

/// Endings a system would run when they are opened.
const STARTBAR: [&str; 34] = [
    "exe", "com", "scr", "pif", "bat", "cmd", "dll", "msi", "msp", "cpl", "lnk", "hta", "js", "jse", "vbs", "vbe",
    "wsf", "wsh", "ps1", "reg", "jar", "app", "deb", "rpm", "sh", "chm", "iso", "img", "vhd", "docm", "xlsm", "pptm",
    "dotm", "xltm",
];
/// Names of members and streams that hold macros in office files.
const MAKROS: [&[u8]; 3] = [b"vbaProject.bin", b"_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0", b"Basic/script-lc.xml"];

/// A program, a script, or a document that carries one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Programm;

/// The media type a part is kept under; it is served as a download only, whatever it is.
pub fn bestimmen(bytes: &[u8], dateiname: &str) -> Result<String, Programm> {
    let ending = name::ending(dateiname);
    if STARTBAR.contains(&ending.as_str()) {
        return Err(Programm);
    }
    let head = &bytes[..bytes.len().min(HEAD)];
    match sniff(head, dateiname) {
        Ok(media) => {
            let mut watch = Watch::new(media, dateiname);
            match watch.feed(bytes).and_then(|()| watch.finish()) {
                Ok(()) => return Ok(media.mime().to_owned()),
                Err(SniffError::Active { .. }) => return Err(Programm),
                Err(_) => {}
            }
        }
        Err(SniffError::NotAllowed { found: "ein Programm", .. } | SniffError::Active { .. }) => return Err(Programm),
        Err(_) => {}
    }
    let art = infer::get(bytes);
    let startbar = art
        .is_some_and(|t| t.matcher_type() == infer::MatcherType::App && t.mime_type() != "application/x-x509-ca-cert");
    let behaelter = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0");
    let makros = behaelter && MAKROS.iter().any(|m| bytes.windows(m.len()).any(|w| w == *m));
    if startbar || makros || (bytes.starts_with(b"PK") && packt_programm(bytes)) {
        return Err(Programm);
    }
    Ok(art.map_or_else(|| "application/octet-stream".to_owned(), |t| t.mime_type().to_owned()))
}

/// Whether a ZIP names a member that a system would run. Names stand uncompressed before each member.
fn packt_programm(bytes: &[u8]) -> bool {
    let kopf = |at: usize| {
        let len = usize::from(u16::from_le_bytes([*bytes.get(at + 26)?, *bytes.get(at + 27)?]));
        bytes.get(at + 30..at + 30 + len)
    };
    let anfaenge = bytes.windows(4).enumerate().filter(|(_, w)| *w == b"PK\x03\x04").map(|(at, _)| at);
    anfaenge.filter_map(kopf).any(|n| STARTBAR.contains(&name::ending(&String::from_utf8_lossy(n)).as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_content_says_and_a_program_is_not_taken_under_any_name() {
        let zip = |name: &str| {
            let mut z = b"PK\x03\x04".to_vec();
            z.extend([0; 22]);
            z.extend(u16::try_from(name.len()).expect("short").to_le_bytes());
            z.extend([0; 2]);
            z.extend(name.bytes());
            z
        };
        let elf = [b"\x7fELF\x02\x01\x01".to_vec(), vec![0; 60]].concat();
        for (bytes, name, want) in [
            (b"%PDF-1.7 x".to_vec(), "a.pdf", Ok("application/pdf")),
            (b"%PDF-1.7 x".to_vec(), "a.txt", Ok("application/pdf")),
            (b"GIF89a".to_vec(), "logo.gif", Ok("image/gif")),
            (b"Guten Tag".to_vec(), "a.txt", Ok("text/plain")),
            (vec![0, 1, 2, 3], "a.bin", Ok("application/octet-stream")),
            (b"MZ\x90\0\x03\0\0\0".to_vec(), "rechnung.pdf", Err(Programm)),
            (elf, "bild.png", Err(Programm)),
            (b"#!/bin/sh\n".to_vec(), "liste.txt", Err(Programm)),
            (b"alles harmlos".to_vec(), "rechnung.pdf.js", Err(Programm)),
            (zip("xl/vbaProject.bin"), "a.xlsx", Err(Programm)),
            (zip("foto/rechnung.pdf.exe"), "fotos.zip", Err(Programm)),
            (zip("foto/eins.jpg"), "fotos.zip", Ok("application/zip")),
        ] {
            assert_eq!(bestimmen(&bytes, name).as_deref(), want.as_ref().map(|m| *m), "{name}");
        }
    }
}
