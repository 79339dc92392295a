//! Files to try the reader on, made by hand: for the tests of every package and for the bench.
//!
//! No product path uses them; what they hold is invented.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A PDF with one page per text; a text may have several lines.
pub fn pdf(seiten: &[&str]) -> Vec<u8> {
    let font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned();
    let kinder: Vec<String> = (0..seiten.len()).map(|n| format!("{} 0 R", 4 + 2 * n)).collect();
    let mut objekte = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned().into_bytes(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kinder.join(" "), seiten.len()).into_bytes(),
        font.into_bytes(),
    ];
    for (n, text) in seiten.iter().enumerate() {
        let mittel = "/Resources << /Font << /F1 3 0 R >> >> /MediaBox [0 0 595 842]";
        objekte.push(format!("<< /Type /Page /Parent 2 0 R {mittel} /Contents {} 0 R >>", 5 + 2 * n).into_bytes());
        objekte.push(strom("", &satz(text)));
    }
    datei(&objekte, "")
}

/// Text as page operators, in Windows-1252.
fn satz(text: &str) -> Vec<u8> {
    let mut out = b"BT /F1 11 Tf 60 780 Td 14 TL\n".to_vec();
    for zeile in text.lines() {
        out.push(b'(');
        for c in zeile.chars() {
            match u8::try_from(u32::from(c)) {
                Ok(b @ (b'(' | b')' | b'\\')) => out.extend([b'\\', b]),
                Ok(b) => out.push(b),
                Err(_) => out.push(b'?'),
            }
        }
        out.extend(b") Tj T*\n");
    }
    out.extend(b"ET\n");
    out
}

/// A stream object with a part of its dictionary.
pub fn strom(mehr: &str, inhalt: &[u8]) -> Vec<u8> {
    let mut out = format!("<< /Length {} {mehr}>>\nstream\n", inhalt.len()).into_bytes();
    out.extend_from_slice(inhalt);
    out.extend(b"\nendstream");
    out
}

/// Objects from number 1 on, with table and trailer.
pub fn datei(objekte: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut stellen = Vec::new();
    for (n, objekt) in objekte.iter().enumerate() {
        stellen.push(out.len());
        out.extend(format!("{} 0 obj\n", n + 1).bytes());
        out.extend_from_slice(objekt);
        out.extend(b"\nendobj\n");
    }
    let tafel = out.len();
    let mut ende = format!("xref\n0 {}\n0000000000 65535 f \n", objekte.len() + 1);
    for stelle in stellen {
        let _ = writeln!(ende, "{stelle:010} 00000 n ");
    }
    let _ =
        write!(ende, "trailer\n<< /Size {} /Root 1 0 R {trailer}>>\nstartxref\n{tafel}\n%%EOF\n", objekte.len() + 1);
    out.extend(ende.bytes());
    out
}

/// A PDF whose page draws a form that draws itself: readers that follow never come back.
pub fn pdf_im_kreis() -> Vec<u8> {
    let form = "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >> ";
    datei(
        &[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
            b"<< /Type /Page /Parent 2 0 R /Resources << /XObject << /X 5 0 R >> >> /MediaBox [0 0 9 9] /Contents 4 0 R >>"
                .to_vec(),
            strom("", b"/X Do"),
            strom(form, b"/X Do"),
        ],
        "",
    )
}

/// A ZIP container of these entries.
pub fn container(eintraege: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, inhalt) in eintraege {
        let stored = *name == "mimetype";
        let art = if stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let optionen = SimpleFileOptions::default().compression_method(art);
        // Memory does not run full in a sample.
        let _ = zip.start_file(*name, optionen);
        let _ = zip.write_all(inhalt);
    }
    zip.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// Text made safe for XML.
fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A DOCX with one paragraph per line.
pub fn docx(text: &str) -> Vec<u8> {
    let absaetze: String = text.lines().map(|z| format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", xml(z))).collect();
    let dokument = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{absaetze}</w:body></w:document>"
    );
    container(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", b"<Relationships/>"),
        ("word/document.xml", dokument.as_bytes()),
    ])
}

/// An ODT with one paragraph per line.
pub fn odt(text: &str) -> Vec<u8> {
    let absaetze: String = text.lines().map(|z| format!("<text:p>{}</text:p>", xml(z))).collect();
    let inhalt = format!(
        "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"o\" xmlns:text=\"t\"><office:automatic-styles>Stil</office:automatic-styles><office:body><office:text>{absaetze}</office:text></office:body></office:document-content>"
    );
    container(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("META-INF/manifest.xml", b"<manifest/>"),
        ("content.xml", inhalt.as_bytes()),
    ])
}
