//! The post book of one day: letters, e-mails and scans, assigned, forwarded, misdirected, in quarantine.
//!
//! Everybody who writes is invented and writes from `example.org`.

use super::akten::Akten;
use super::hand::{ANDERE, EINHEIT, Hand};
use akte_api::annahme::{Angenommen, Brief, Tor, Umschlag, Vermerk};
use akte_core::eingang::{Eingang, EingangCommand as C, Kanal, Sichtung};
use akte_core::execute::{Principal, Target};
use akte_core::process::{Ablage, zuordnen};
use jiff::ToSpan;
use uuid::Uuid;

pub async fn annehmen(h: &Hand<'_>, a: &Akten) -> anyhow::Result<()> {
    briefe(h).await?;
    emails(h, a).await?;
    scans(h, a).await
}

/// One stays as it came, one goes to another unit, one was for somebody else.
async fn briefe(h: &Hand<'_>) -> anyhow::Result<()> {
    brief(h, "Imkerei am Moor", "Nachfrage zum Standplatz").await?;
    let weiter = brief(h, "Hundefreunde Moorweg e. V.", "Frage zur Hundesteuer").await?;
    let grund = || "Betrifft die Hundesteuer.".to_owned();
    tun(h, &h.eins, weiter, C::Forward { einheit: ANDERE.into(), grund: grund() }).await?;
    let falsch = brief(h, "Versandhaus Muster", "Rechnung an eine Privatperson").await?;
    tun(h, &h.eins, falsch, C::Misdirect { grund: "Nicht an die Stadt gerichtet.".into() }).await
}

/// One with an attachment into a file, one into a new file, one with a program in quarantine.
async fn emails(h: &Hand<'_>, a: &Akten) -> anyhow::Result<()> {
    let anlage = ("standplan.csv", "text/csv", "U3RhbmQ7TWV0ZXIKMTs0CjI7Ngo=");
    let mail = eml(h, "Gesa Beispiel", "Standplan für den Wochenmarkt", Some(anlage))?;
    let eingang = tor(h).email(mail, &umschlag(h, "standplan.eml")?).await?;
    in_akte(h, &eingang, Ablage::Akte(a.lebend)).await?;
    let mail = eml(h, "Nils Beispiel", "Straßenmusik in der Fußgängerzone", None)?;
    let eingang = tor(h).email(mail, &umschlag(h, "musik.eml")?).await?;
    let titel = "Straßenmusik, Anfragen".into();
    in_akte(h, &eingang, Ablage::Neu { aktenplan: h.stelle.clone(), titel }).await?;
    let programm = ("rechnung.pdf.exe", "application/octet-stream", "TVqQAAMAAAAEAAAA");
    let mail = eml(h, "Unbekannt", "Ihre Rechnung", Some(programm))?;
    tor(h).email(mail, &umschlag(h, "rechnung.eml")?).await.map(drop).map_err(Into::into)
}

/// One good and filed, one crooked, one nobody has looked at yet.
async fn scans(h: &Hand<'_>, a: &Akten) -> anyhow::Result<()> {
    let gut = scan(h, "Antrag auf einen Standplatz", "stand.pdf").await?;
    let sichten = |qc, grund: &str| C::CheckScan { qc, grund: grund.into() };
    tun(h, &h.eins, gut.eingang, sichten(Sichtung::Angenommen, "")).await?;
    in_akte(h, &gut, Ablage::Akte(a.ziel)).await?;
    let schief = scan(h, "Quittung, unterer Rand fehlt", "quittung.pdf").await?;
    tun(h, &h.eins, schief.eingang, sichten(Sichtung::Abgelehnt, "Der untere Rand fehlt.")).await?;
    scan(h, "Vollmacht eines Vereins", "vollmacht.pdf").await.map(drop)
}

fn tor<'a>(h: &'a Hand<'_>) -> Tor<'a> {
    Tor { house: h.house, scanner: None, principal: h.post.clone() }
}

/// It was there the evening before.
fn umschlag(h: &Hand<'_>, dateiname: &str) -> anyhow::Result<Umschlag> {
    let received_at = h.house.clock.now().checked_sub(16.hours())?;
    Ok(Umschlag { einheit: EINHEIT.into(), received_at, dateiname: Some(dateiname.into()) })
}

async fn brief(h: &Hand<'_>, absender: &str, betreff: &str) -> anyhow::Result<Uuid> {
    let datei = Some(("brief.pdf".to_owned(), blatt(betreff)));
    let brief = Brief { kanal: Kanal::Brief, absender: absender.into(), betreff: betreff.into(), datei };
    Ok(tor(h).brief(&h.key(), &umschlag(h, "brief.pdf")?, brief).await?.eingang)
}

async fn scan(h: &Hand<'_>, text: &str, name: &str) -> anyhow::Result<Angenommen> {
    let umschlag = umschlag(h, name)?;
    let (scanner, bedienung) = ("Poststelle, Gerät 1".into(), "Herr Jansen".into());
    let vermerk = Vermerk { scanner, bedienung, at: h.house.clock.now().checked_sub(1.hour())? };
    Ok(tor(h).scan(blatt(text), &umschlag, vermerk).await?)
}

async fn tun(h: &Hand<'_>, wer: &Principal, eingang: Uuid, command: C) -> anyhow::Result<()> {
    h.tun::<Eingang>(wer, Target::Stream(eingang), command).await.map(drop)
}

async fn in_akte(h: &Hand<'_>, eingang: &Angenommen, ablage: Ablage) -> anyhow::Result<()> {
    let call = h.call(&h.eins, Target::Stream(eingang.eingang), None);
    zuordnen(h.house, call, ablage).await.map(drop).map_err(Into::into)
}

/// A message of the evening before; an attachment as (name, media type, Base64).
fn eml(h: &Hand<'_>, wer: &str, betreff: &str, anlage: Option<(&str, &str, &str)>) -> anyhow::Result<Vec<u8>> {
    let am = h.house.clock.now().checked_sub(17.hours())?.to_zoned(h.house.zone.clone());
    let mut zeilen = vec![
        format!("From: {wer} <post@example.org>"),
        format!("To: ordnung@{}", h.house.stadt.domain),
        // The subject as UTF-8, as most programs send it today (RFC 6532).
        format!("Subject: {betreff}"),
        format!("Date: {}", am.strftime("%a, %d %b %Y %H:%M:%S %z")),
        "MIME-Version: 1.0".into(),
        "Content-Type: multipart/mixed; boundary=teil".into(),
        String::new(),
        "--teil".into(),
        "Content-Type: text/plain; charset=utf-8".into(),
        String::new(),
        format!("Guten Tag,\r\nes geht um: {betreff}.\r\nMit freundlichen Grüßen\r\n{wer}"),
    ];
    if let Some((name, art, inhalt)) = anlage {
        zeilen.push("--teil".into());
        zeilen.push(format!("Content-Type: {art}; name={name}"));
        zeilen.push("Content-Transfer-Encoding: base64".into());
        zeilen.push(format!("Content-Disposition: attachment; filename={name}"));
        zeilen.extend([String::new(), inhalt.into()]);
    }
    zeilen.extend(["--teil--".into(), String::new()]);
    Ok(zeilen.join("\r\n").into_bytes())
}

/// A sheet of paper as a PDF of one page with one line.
fn blatt(text: &str) -> Vec<u8> {
    // Text in the standard encoding of a PDF has no umlauts: shown as bytes of WinAnsi.
    let zeile: String = text
        .chars()
        .map(|c| if c.is_ascii() { c.to_string() } else { format!("\\{:03o}", u32::from(c) & 255) })
        .collect();
    let inhalt = format!("BT /F1 14 Tf 70 760 Td ({zeile}) Tj ET");
    let objekte = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{inhalt}\nendstream", inhalt.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let (mut pdf, mut stellen) = ("%PDF-1.4\n".to_owned(), Vec::new());
    for (n, objekt) in objekte.iter().enumerate() {
        stellen.push(pdf.len());
        pdf += &format!("{} 0 obj\n{objekt}\nendobj\n", n + 1);
    }
    let anfang = pdf.len();
    pdf += &format!("xref\n0 {}\n0000000000 65535 f \n", objekte.len() + 1);
    pdf.extend(stellen.iter().map(|s| format!("{s:010} 00000 n \n")));
    pdf += &format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{anfang}\n%%EOF\n", objekte.len() + 1);
    pdf.into_bytes()
}
