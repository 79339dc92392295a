//! Sections `[postfach]` and `[scan]` and the field `virenscanner` of `betrieb.toml`.
//!
//! Opens no connection. No error repeats a value of the file.

use super::Abholung;
use crate::betrieb::{bekannt, feld};
use crate::post::einstellung::{Kennwort, Leitung, kennwort, leitung, zahl};
use akte_api::annahme::clamd::Clamd;
use anyhow::{Context, ensure};
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Table;

const POSTFACH_FELDER: [&str; 9] =
    ["host", "port", "tls", "benutzer", "kennwort_datei", "ordner", "erledigt", "einheit", "takt_sekunden"];
const SCAN_FELDER: [&str; 3] = ["ordner", "einheit", "takt_sekunden"];

/// A mailbox that is emptied into the post book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Postfach {
    pub host: String,
    pub port: u16,
    pub tls: Leitung,
    pub benutzer: String,
    pub kennwort: Kennwort,
    /// Folder of the mailbox that is looked into.
    pub ordner: String,
    /// Folder a mail is moved to when it is in the book; none = it is marked and stays.
    pub erledigt: Option<String>,
    /// Unit whose post book it goes to.
    pub einheit: String,
    pub takt: Duration,
}

/// A folder a scanner writes into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanordner {
    pub ordner: PathBuf,
    pub einheit: String,
    pub takt: Duration,
}

impl Abholung {
    /// Reads what there is; files and folders it names count from the data folder.
    pub fn lesen(table: &Table, folder: &Path) -> anyhow::Result<Self> {
        let abschnitt = |name: &str| match table.get(name) {
            None => Ok(None),
            Some(v) => {
                v.as_table().map(Some).with_context(|| format!("{name}: Schreiben Sie einen Abschnitt [{name}]."))
            }
        };
        let virenscanner = feld(table, "virenscanner")?
            .map(|text| Clamd::lesen(text).context("virenscanner: Schreiben Sie tcp:host:port oder unix:/pfad."));
        Ok(Self {
            postfach: abschnitt("postfach")?.map(|t| postfach(t, folder).context("[postfach]")).transpose()?,
            scan: abschnitt("scan")?.map(|t| scan(t, folder).context("[scan]")).transpose()?,
            virenscanner: virenscanner.transpose()?,
        })
    }
}

fn postfach(t: &Table, folder: &Path) -> anyhow::Result<Postfach> {
    bekannt(t, &POSTFACH_FELDER, "postfach.")?;
    let pflicht = |name: &str| anyhow::Ok(feld(t, name)?.with_context(|| format!("{name} fehlt."))?.to_owned());
    let host = pflicht("host")?;
    let tls = leitung(t, &host, "tls")?;
    let vorgabe = if tls == Leitung::Tls { 993 } else { 143 };
    let port = zahl(t, "port", 1, 65_535)?.map_or(Ok(vorgabe), u16::try_from)?;
    let name = |name: &str| {
        let wert = feld(t, name)?;
        let gut = |w: &&str| !w.is_empty() && w.chars().all(|c| !c.is_control() && c.is_ascii());
        ensure!(
            wert.is_none_or(|w| gut(&w)),
            "{name}: Schreiben Sie den Ordner des Postfachs in ASCII, zum Beispiel INBOX."
        );
        anyhow::Ok(wert.map(str::to_owned))
    };
    let (ordner, erledigt) = (name("ordner")?.unwrap_or_else(|| "INBOX".into()), name("erledigt")?);
    ensure!(
        erledigt.as_ref() != Some(&ordner),
        "erledigt: Nennen Sie einen anderen Ordner als den, der abgeholt wird."
    );
    Ok(Postfach {
        port,
        tls,
        benutzer: pflicht("benutzer")?,
        kennwort: kennwort(&folder.join(pflicht("kennwort_datei")?))?,
        ordner,
        erledigt,
        einheit: pflicht("einheit")?,
        takt: takt(t, 60)?,
        host,
    })
}

fn scan(t: &Table, folder: &Path) -> anyhow::Result<Scanordner> {
    bekannt(t, &SCAN_FELDER, "scan.")?;
    let ordner =
        folder.join(feld(t, "ordner")?.context("ordner fehlt: Nennen Sie den Ordner, in den der Scanner schreibt.")?);
    let einheit = feld(t, "einheit")?.context("einheit fehlt.")?.to_owned();
    Ok(Scanordner { ordner, einheit, takt: takt(t, 5)? })
}

fn takt(t: &Table, vorgabe: u64) -> anyhow::Result<Duration> {
    let sekunden = zahl(t, "takt_sekunden", 1, 86_400)?;
    Ok(Duration::from_secs(sekunden.map_or(Ok(vorgabe), u64::try_from)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aus(text: &str, folder: &Path) -> anyhow::Result<Abholung> {
        Abholung::lesen(&text.parse().expect("TOML"), folder)
    }

    #[test]
    fn a_mailbox_is_read_with_its_password_from_a_file_nobody_else_can_read() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("dir");
        let datei = dir.path().join("postfach.kennwort");
        std::fs::write(&datei, "offen\n").expect("written");
        std::fs::set_permissions(&datei, std::fs::Permissions::from_mode(0o600)).expect("closed");
        let text = "[postfach]\nhost = \"imap.example\"\nbenutzer = \"stadt\"\nkennwort_datei = \"postfach.kennwort\"\neinheit = \"ordnung\"";
        let p = aus(text, dir.path()).expect("read").postfach.expect("a mailbox");
        assert_eq!((p.port, p.tls, p.ordner.as_str(), p.erledigt), (143, Leitung::Starttls, "INBOX", None));
        assert_eq!(p.kennwort.0, "offen");
        std::fs::set_permissions(&datei, std::fs::Permissions::from_mode(0o644)).expect("opened");
        let said = format!("{:#}", aus(text, dir.path()).expect_err("open to others"));
        assert!(said.contains("für andere Konten lesbar"), "{said}");
        assert!(aus("", dir.path()).expect("read").postfach.is_none());
    }

    #[test]
    fn a_wrong_field_is_named_and_no_value_is_repeated() {
        let rest = "benutzer = \"b\"\nkennwort_datei = \"geheim\"\neinheit = \"e\"\n";
        for (text, words) in [
            ("postfach = 1".to_owned(), "postfach: Schreiben Sie einen Abschnitt"),
            (format!("[postfach]\n{rest}"), "host fehlt"),
            (format!("[postfach]\nhost = \"geheim.example\"\ntls = \"keine\"\n{rest}"), "nur zu 127.0.0.1"),
            (format!("[postfach]\nhost = \"a\"\n{rest}"), "nicht lesbar"),
            (format!("[postfach]\nhost = \"a\"\nordner = \"geheim\\n\"\n{rest}"), "ordner: Schreiben Sie"),
            (format!("[postfach]\nhost = \"a\"\nerledigt = \"INBOX\"\n{rest}"), "erledigt: Nennen Sie"),
            ("[scan]\neinheit = \"e\"".to_owned(), "ordner fehlt"),
            ("[scan]\nordner = \"geheim\"".to_owned(), "einheit fehlt"),
            ("[scan]\nordner = \"s\"\neinheit = \"e\"\ntakt_sekunden = 0".to_owned(), "takt_sekunden: Schreiben Sie"),
            ("virenscanner = \"geheim\"".to_owned(), "virenscanner: Schreiben Sie tcp"),
        ] {
            let said = format!("{:#}", aus(&text, Path::new("/stadt")).expect_err(&text));
            assert!(said.contains(words) && !said.contains("geheim"), "{text}: {said}");
        }
    }
}
