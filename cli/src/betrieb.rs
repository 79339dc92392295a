//! `betrieb.toml`: where this machine keeps ledger, documents, vault and read log, and who takes its mail. Not the
//! town's, and not public.
//!
//! Reads and checks; opens nothing. No error repeats a value of the file: it may be a password.

use crate::abholen::Abholung;
use crate::dokumentort::{Dokumentort, Zugangsdaten};
use crate::motor::{Ablage, Motor};
use crate::post::einstellung::Mail;
use anyhow::{Context, bail, ensure};
use std::path::Path;
use toml::{Table, Value};

/// Name of the file in the data folder.
pub const BETRIEB: &str = "betrieb.toml";

const FELDER: [&str; 9] =
    ["ledger", "dokumente", "tresor", "zugriff", "s3", "mail", "postfach", "scan", "virenscanner"];
const S3_FELDER: [&str; 3] = ["schluessel", "geheimnis", "geheimnis_aus"];

/// Where everything is kept.
#[derive(Clone, Debug)]
pub struct Betrieb {
    pub ledger: Motor,
    pub dokumente: Dokumentort,
    pub tresor: Ablage,
    pub zugriff: Ablage,
    /// Credentials of the section `[s3]`.
    pub s3: Zugangsdaten,
    /// The server that takes the town's mail; none = hints wait and are given up in time.
    pub mail: Option<Mail>,
    /// Mailbox, scan folder and virus scanner of the post book.
    pub abholung: Abholung,
}

impl Betrieb {
    /// What a data folder without the file means: everything lies in it.
    pub fn im(folder: &Path) -> Self {
        Self {
            ledger: Motor::Sqlite(folder.join("ledger.db")),
            dokumente: Dokumentort::Folder(folder.join("blobs")),
            tresor: Ablage::Folder,
            zugriff: Ablage::Folder,
            s3: Zugangsdaten::default(),
            mail: None,
            abholung: Abholung::default(),
        }
    }

    /// Reads the file of a data folder, if it has one. Refuses a file others can read.
    pub fn lesen(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(BETRIEB);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::im(folder)),
            other => other.with_context(|| path.display().to_string())?,
        };
        privat(&path)?;
        Self::aus(&text, folder).with_context(|| path.display().to_string())
    }

    /// What a text means for a data folder; relative paths in it count from there.
    pub fn aus(text: &str, folder: &Path) -> anyhow::Result<Self> {
        let table = tabelle(text)?;
        bekannt(&table, &FELDER, "")?;
        let mut betrieb = Self::im(folder);
        if let Some(text) = feld(&table, "ledger")? {
            let read = || text.parse::<Motor>()?.ab(folder, folder);
            betrieb.ledger = read().context("ledger")?;
        }
        betrieb.s3 = zugangsdaten(&table)?;
        betrieb.mail = Mail::lesen(&table, folder)?;
        betrieb.abholung = Abholung::lesen(&table, folder)?;
        if let Some(text) = feld(&table, "dokumente")? {
            let read = || text.parse::<Dokumentort>()?.ab(folder, folder).mit(betrieb.s3.clone());
            betrieb.dokumente = read().context("dokumente")?;
        }
        if let Some(text) = feld(&table, "tresor")? {
            betrieb.tresor = Ablage::lesen(text).context("tresor")?;
        }
        if let Some(text) = feld(&table, "zugriff")? {
            betrieb.zugriff = Ablage::lesen(text).context("zugriff")?;
        }
        Ok(betrieb)
    }
}

fn zugangsdaten(table: &Table) -> anyhow::Result<Zugangsdaten> {
    let Some(value) = table.get("s3") else { return Ok(Zugangsdaten::default()) };
    let s3 = value.as_table().context("s3: Schreiben Sie einen Abschnitt [s3].")?;
    bekannt(s3, &S3_FELDER, "s3.")?;
    let text = |name: &str| anyhow::Ok(feld(s3, name).context("[s3]")?.map(str::to_owned));
    let (schluessel, geheimnis, aus) = (text("schluessel")?, text("geheimnis")?, text("geheimnis_aus")?);
    ensure!(geheimnis.is_none() || aus.is_none(), "s3: Nennen Sie geheimnis oder geheimnis_aus, nicht beides.");
    Ok(Zugangsdaten { schluessel, geheimnis: geheimnis.map(Into::into), geheimnis_aus: aus })
}

/// TOML's own message would show the line as it stands.
fn tabelle(text: &str) -> anyhow::Result<Table> {
    match text.parse::<Table>() {
        Ok(table) => Ok(table),
        Err(error) => {
            let end = error.span().map_or(0, |span| span.start).min(text.len());
            let line = text.as_bytes()[..end].iter().filter(|b| **b == b'\n').count() + 1;
            bail!("Zeile {line}: kein gültiges TOML. Schreiben Sie feld = \"wert\".")
        }
    }
}

/// An unknown field is a typing error; ignored, it would put data where nobody wants them.
pub fn bekannt(table: &Table, felder: &[&str], vor: &str) -> anyhow::Result<()> {
    match table.keys().find(|name| !felder.contains(&name.as_str())) {
        Some(name) => bail!("{vor}{name}: Dieses Feld gibt es nicht. Möglich sind {}.", felder.join(", ")),
        None => Ok(()),
    }
}

pub fn feld<'a>(table: &'a Table, name: &str) -> anyhow::Result<Option<&'a str>> {
    match table.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => bail!("{name}: Schreiben Sie den Wert in Anführungszeichen."),
    }
}

/// Passwords belong to one account.
pub fn privat(path: &Path) -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).with_context(|| path.display().to_string())?.permissions().mode();
        ensure!(
            mode & 0o077 == 0,
            "{} ist für andere Konten lesbar und kann Kennwörter enthalten: chmod 600 {}",
            path.display(),
            path.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aus(text: &str) -> anyhow::Result<Betrieb> {
        Betrieb::aus(text, Path::new("/stadt"))
    }

    #[test]
    fn without_a_word_everything_lies_in_the_data_folder() {
        let b = aus("").expect("read");
        assert_eq!(b.ledger, Motor::Sqlite("/stadt/ledger.db".into()));
        assert!(matches!(b.dokumente, Dokumentort::Folder(path) if path == Path::new("/stadt/blobs")));
        assert_eq!((b.tresor, b.zugriff), (Ablage::Folder, Ablage::Folder));
    }

    #[test]
    fn every_field_is_read() {
        let b = aus(
            "ledger = \"sqlite:a.db\"\ndokumente = \"folder:d\"\ntresor = \"postgres://t@db/t\"\nzugriff = \"sqlite:\"",
        )
        .expect("read");
        assert_eq!(b.ledger, Motor::Sqlite("/stadt/a.db".into()));
        assert!(matches!(b.dokumente, Dokumentort::Folder(path) if path == Path::new("/stadt/d")));
        assert!(matches!(b.tresor, Ablage::Postgres(_)));
        let s3 =
            "dokumente = \"s3://akten/stadt?endpoint=https://s3.intern\"\n[s3]\nschluessel = \"K\"\ngeheimnis = \"G\"";
        assert!(matches!(aus(s3).expect("read").dokumente, Dokumentort::S3(_)));
    }

    #[test]
    fn a_wrong_field_is_named_and_no_value_is_repeated() {
        let wrong = [
            ("ledgr = \"geheim\"", "ledgr: Dieses Feld gibt es nicht"),
            ("ledger = 4711", "ledger: Schreiben Sie den Wert in Anführungszeichen"),
            ("ledger = \"geheim\"", "ledger: Das ist keine Adresse"),
            ("dokumente = \"geheim\"", "dokumente: "),
            ("tresor = \"geheim\"", "tresor: Möglich sind"),
            ("zugriff = \"mysql://geheim\"", "zugriff: Möglich sind"),
            ("# so\nledger = \"postgres://a:geheim@db", "Zeile 2: kein gültiges TOML"),
            ("[s3]\ngeheimnis = 4711", "geheimnis: Schreiben Sie"),
            ("[s3]\nschlüssel = \"geheim\"", "Zeile 2"),
            ("[s3]\nkey = \"geheim\"", "s3.key: Dieses Feld gibt es nicht"),
            ("[s3]\ngeheimnis = \"geheim\"\ngeheimnis_aus = \"X\"", "nicht beides"),
        ];
        for (text, words) in wrong {
            let said = format!("{:#}", aus(text).expect_err(text));
            assert!(said.contains(words), "{text}: {said}");
            assert!(!said.contains("geheim@") && !said.contains("\"geheim") && !said.contains("4711"), "{said}");
        }
    }
}
