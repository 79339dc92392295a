//! Section `[mail]` of `betrieb.toml`: which server takes the town's mail, and how long it is tried.
//!
//! Opens no connection. No error repeats a value of the file.

use super::pausen::Pausen;
use crate::betrieb::{bekannt, feld, privat};
use anyhow::{Context, bail, ensure};
use jiff::SignedDuration;
use std::net::IpAddr;
use std::path::Path;
use toml::{Table, Value};

const FELDER: [&str; 8] = [
    "host",
    "port",
    "tls",
    "benutzer",
    "kennwort_datei",
    "erste_pause_sekunden",
    "laengste_pause_sekunden",
    "aufgeben_nach_stunden",
];

/// How the line is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leitung {
    /// Begins in the clear and is secured before anything is said (port 587, 25).
    Starttls,
    /// Secured from the first byte (port 465).
    Tls,
    /// This machine alone.
    Keine,
}

/// A password; its name is all that is ever printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Kennwort(pub String);

impl std::fmt::Debug for Kennwort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kennwort")
    }
}

/// The mail server of this town.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub host: String,
    pub port: u16,
    pub tls: Leitung,
    pub anmeldung: Option<(String, Kennwort)>,
    pub pausen: Pausen,
}

impl Mail {
    /// Reads the section, if there is one; a file it names is read from the data folder.
    pub fn lesen(table: &Table, folder: &Path) -> anyhow::Result<Option<Self>> {
        let Some(value) = table.get("mail") else { return Ok(None) };
        let mail = value.as_table().context("mail: Schreiben Sie einen Abschnitt [mail].")?;
        Self::aus(mail, folder).context("[mail]").map(Some)
    }

    fn aus(mail: &Table, folder: &Path) -> anyhow::Result<Self> {
        bekannt(mail, &FELDER, "mail.")?;
        let host = feld(mail, "host")?.context("host fehlt: Nennen Sie den Mailserver.")?.to_owned();
        let tls = leitung(mail, &host, "tls")?;
        let vorgabe = if tls == Leitung::Tls { 465 } else { 587 };
        let port = zahl(mail, "port", 1, 65_535)?.map_or(Ok(vorgabe), u16::try_from)?;
        let anmeldung = match (feld(mail, "benutzer")?, feld(mail, "kennwort_datei")?) {
            (None, None) => None,
            (Some(benutzer), Some(datei)) => Some((benutzer.to_owned(), kennwort(&folder.join(datei))?)),
            _ => bail!("benutzer und kennwort_datei: Nennen Sie beides oder keines."),
        };
        Ok(Self { host, port, tls, anmeldung, pausen: pausen(mail)? })
    }
}

/// How the line to this host is secured; in the clear only on this machine.
pub fn leitung(table: &Table, host: &str, name: &str) -> anyhow::Result<Leitung> {
    let tls = match feld(table, name)?.unwrap_or("starttls") {
        "starttls" => Leitung::Starttls,
        "tls" => Leitung::Tls,
        "keine" => Leitung::Keine,
        _ => bail!("tls: Möglich sind starttls, tls und, nur zum eigenen Rechner, keine."),
    };
    let eigener = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    ensure!(tls != Leitung::Keine || eigener, "tls: Ohne Verschlüsselung nur zu 127.0.0.1 oder ::1.");
    Ok(tls)
}

fn pausen(mail: &Table) -> anyhow::Result<Pausen> {
    let d = Pausen::default();
    let sekunden = |name: &str, vorgabe: SignedDuration| {
        let n = zahl(mail, name, 1, 86_400)?;
        anyhow::Ok(n.map_or(vorgabe, SignedDuration::from_secs))
    };
    let stunden = zahl(mail, "aufgeben_nach_stunden", 1, 24 * 30)?;
    Ok(Pausen {
        erste: sekunden("erste_pause_sekunden", d.erste)?,
        laengste: sekunden("laengste_pause_sekunden", d.laengste)?,
        aufgeben: stunden.map_or(d.aufgeben, SignedDuration::from_hours),
    })
}

/// A whole number within bounds, if the field is there.
pub fn zahl(mail: &Table, name: &str, von: i64, bis: i64) -> anyhow::Result<Option<i64>> {
    match mail.get(name) {
        None => Ok(None),
        Some(Value::Integer(n)) if (von..=bis).contains(n) => Ok(Some(*n)),
        Some(_) => bail!("{name}: Schreiben Sie eine Zahl von {von} bis {bis}."),
    }
}

/// The password in a file nobody else can read.
pub fn kennwort(path: &Path) -> anyhow::Result<Kennwort> {
    let gelesen = std::fs::read_to_string(path);
    let text = gelesen.map_err(|_| anyhow::anyhow!("kennwort_datei: Die Datei ist nicht lesbar."))?;
    privat(path)?;
    Ok(Kennwort(text.trim_end_matches(['\r', '\n']).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aus(text: &str) -> anyhow::Result<Option<Mail>> {
        Mail::lesen(&text.parse().expect("TOML"), Path::new("/stadt"))
    }

    #[test]
    fn a_server_needs_no_more_than_its_name_and_the_line_is_secured() {
        let m = aus("[mail]\nhost = \"mail.stadt.example\"").expect("read").expect("a section");
        assert_eq!((m.port, m.tls, m.anmeldung, m.pausen), (587, Leitung::Starttls, None, Pausen::default()));
        let m = aus("[mail]\nhost = \"m.example\"\ntls = \"tls\"").expect("read").expect("a section");
        assert_eq!(m.port, 465);
        assert_eq!(aus("").expect("read"), None);
    }

    #[test]
    fn a_wrong_field_is_named_and_no_value_is_repeated() {
        for (text, words) in [
            ("mail = 1", "mail: Schreiben Sie einen Abschnitt [mail]"),
            ("[mail]", "host fehlt"),
            ("[mail]\nhost = \"geheim.example\"\ntls = \"keine\"", "nur zu 127.0.0.1"),
            ("[mail]\nhost = \"10.0.0.1\"\ntls = \"keine\"", "nur zu 127.0.0.1"),
            ("[mail]\nhost = \"a\"\ntls = \"geheim\"", "tls: Möglich sind"),
            ("[mail]\nhost = \"a\"\nport = 70000", "port: Schreiben Sie eine Zahl"),
            ("[mail]\nhost = \"a\"\nbenutzer = \"geheim\"", "Nennen Sie beides"),
            ("[mail]\nhost = \"a\"\nbenutzer = \"b\"\nkennwort_datei = \"geheim\"", "nicht lesbar"),
            ("[mail]\nhost = \"a\"\npasswort = \"geheim\"", "mail.passwort: Dieses Feld gibt es nicht"),
            ("[mail]\nhost = \"a\"\naufgeben_nach_stunden = 0", "aufgeben_nach_stunden: Schreiben Sie"),
        ] {
            let said = format!("{:#}", aus(text).expect_err(text));
            assert!(said.contains(words) && !said.contains("geheim"), "{text}: {said}");
        }
        assert_eq!(format!("{:?}", Kennwort("geheim".into())), "Kennwort");
    }
}
