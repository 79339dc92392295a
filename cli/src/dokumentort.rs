//! Where documents are kept, by address: a folder, or a bucket of an S3-compatible service.
//!
//! Knows nothing of what is stored. Without TLS only this machine is spoken to, unless the address says otherwise.

use crate::adresse::{Adresse, aus_umgebung};
use akte_core::documents::DocumentStore;
use akte_core::documents::s3::{self, Bucket};
use anyhow::{Context, anyhow, bail, ensure};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use url::{Host, Url};

const FORMEN: &str = "Möglich sind folder:ORDNER und s3://BUCKET/PRÄFIX?endpoint=https://RECHNER&region=REGION; \
    Zugangsdaten aus AWS_ACCESS_KEY_ID und AWS_SECRET_ACCESS_KEY";
/// Where a service has no regions, any name will do.
const REGION: &str = "us-east-1";

/// A place for documents.
#[derive(Clone, Debug)]
pub enum Dokumentort {
    /// Empty: `blobs` of the data folder.
    Folder(PathBuf),
    S3(Box<S3>),
}

/// A bucket and how to speak to it.
#[derive(Clone, Debug)]
pub struct S3 {
    bucket: String,
    prefix: String,
    endpoint: Option<Url>,
    region: String,
    daten: Zugangsdaten,
}

/// Key id and secret; from the environment where nothing else is said.
#[derive(Clone, Debug, Default)]
pub struct Zugangsdaten {
    pub schluessel: Option<String>,
    pub geheimnis: Option<Geheim>,
    /// Environment variable with the secret.
    pub geheimnis_aus: Option<String>,
}

/// Never shown.
#[derive(Clone)]
pub struct Geheim(String);

impl From<String> for Geheim {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Geheim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl FromStr for Dokumentort {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("folder:") {
            ensure!(!path.starts_with("//"), "Schreiben Sie folder:ORDNER ohne Schrägstriche davor. {FORMEN}");
            return Ok(Self::Folder(path.into()));
        }
        ensure!(text.starts_with("s3://"), "Das ist keine Adresse für Dokumente. {FORMEN}");
        let mut adresse = Adresse::lesen(text).with_context(|| FORMEN)?;
        let erlaubt = adresse.nehmen("unverschluesselt").is_some_and(|wert| wert == "erlaubt");
        let endpoint = adresse.nehmen("endpoint").map(|text| endpunkt(&text, erlaubt)).transpose()?;
        let region = adresse.nehmen("region").unwrap_or_else(|| REGION.to_owned());
        let schluessel = adresse.nehmen("schluessel");
        let geheimnis_aus = adresse.nehmen("geheimnis_aus");
        if let Some(name) = adresse.parameter().first() {
            bail!("Der Parameter {name} ist unbekannt. {FORMEN}");
        }
        ensure!(
            adresse.url().username().is_empty() && adresse.kennwort()?.is_none(),
            "Zugangsdaten gehören nicht in die Adresse, sondern in die Umgebung oder nach betrieb.toml, Abschnitt [s3]."
        );
        let bucket = adresse.url().host_str().unwrap_or_default().to_owned();
        ensure!(!bucket.is_empty(), "Der Bucket fehlt. {FORMEN}");
        let prefix = adresse.url().path().trim_matches('/').to_owned();
        let daten = Zugangsdaten { schluessel, geheimnis: None, geheimnis_aus };
        Ok(Self::S3(Box::new(S3 { bucket, prefix, endpoint, region, daten })))
    }
}

/// Documents are sealed, but who asks for which, and the credentials' signatures, are not.
fn endpunkt(text: &str, erlaubt: bool) -> anyhow::Result<Url> {
    let url = Url::parse(text).map_err(|_| anyhow!("endpoint ist keine Adresse. {FORMEN}"))?;
    ensure!(url.username().is_empty() && url.password().is_none(), "endpoint: ohne Zugangsdaten. {FORMEN}");
    let lokal = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => bail!("endpoint nennt keinen Rechner. {FORMEN}"),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if lokal || erlaubt => Ok(url),
        "http" => bail!(
            "endpoint: Ohne TLS nur auf diesem Rechner. Nehmen Sie https://, oder sagen Sie mit \
             &unverschluesselt=erlaubt, dass der Weg dorthin sicher ist."
        ),
        _ => bail!("endpoint beginnt mit https://. {FORMEN}"),
    }
}

impl fmt::Display for Dokumentort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "folder:{}", path.display()),
            Self::S3(s3) => write!(f, "s3://{}/{}", s3.bucket, s3.prefix),
        }
    }
}

impl Dokumentort {
    /// The same with a whole path: relative ones count from `dir`, none at all means `blobs` of `folder`.
    pub fn ab(self, dir: &Path, folder: &Path) -> Self {
        match self {
            Self::Folder(path) if path.as_os_str().is_empty() => Self::Folder(folder.join("blobs")),
            Self::Folder(path) => Self::Folder(dir.join(path)),
            s3 => s3,
        }
    }

    /// Credentials of `betrieb.toml`; what the address names itself comes first.
    pub fn mit(mut self, daten: Zugangsdaten) -> anyhow::Result<Self> {
        if let Self::S3(s3) = &mut self {
            let own = &mut s3.daten;
            own.schluessel = own.schluessel.take().or(daten.schluessel);
            if own.geheimnis_aus.is_none() {
                (own.geheimnis, own.geheimnis_aus) = (daten.geheimnis, daten.geheimnis_aus);
            }
        }
        Ok(self)
    }

    /// Opens the store. `max` = most plaintext bytes of one document.
    pub fn open(&self, max: u64) -> anyhow::Result<DocumentStore> {
        match self {
            Self::Folder(path) => Ok(DocumentStore::folder(path, max)?),
            Self::S3(s3) => s3.open(max).with_context(|| self.to_string()),
        }
    }

    /// The folder, where documents lie in one; `wozu` and `stattdessen` say what does not work with a service.
    pub fn ordner(&self, wozu: &str, stattdessen: &str) -> anyhow::Result<&Path> {
        match self {
            Self::Folder(path) => Ok(path),
            other => bail!("{wozu} gibt es nur für einen Ordner; die Dokumente liegen in {other}. {stattdessen}"),
        }
    }
}

impl S3 {
    fn open(&self, max: u64) -> anyhow::Result<DocumentStore> {
        let key_id = match &self.daten.schluessel {
            Some(id) => id.clone(),
            None => aus_umgebung("AWS_ACCESS_KEY_ID").context("Schlüsselkennung")?,
        };
        let secret = match (&self.daten.geheimnis, &self.daten.geheimnis_aus) {
            (Some(Geheim(text)), _) => text.clone(),
            (None, Some(name)) => aus_umgebung(name)?,
            (None, None) => aus_umgebung("AWS_SECRET_ACCESS_KEY")?,
        };
        let bucket = Bucket {
            name: &self.bucket,
            prefix: &self.prefix,
            endpoint: self.endpoint.as_ref().map(|url| url.as_str().trim_end_matches('/')),
            region: &self.region,
            key_id: &key_id,
            secret: &secret,
        };
        Ok(s3::open(&bucket, max)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ort(text: &str) -> anyhow::Result<Dokumentort> {
        text.parse()
    }

    #[test]
    fn folder_and_bucket_are_read() {
        let at = |text: &str| ort(text).expect("an address").ab(Path::new("/hier"), Path::new("/stadt")).to_string();
        assert_eq!(at("folder:"), "folder:/stadt/blobs");
        assert_eq!(at("folder:d"), "folder:/hier/d");
        assert_eq!(at("s3://akten/stadt/neu?endpoint=https://s3.intern&region=de"), "s3://akten/stadt/neu");
    }

    #[test]
    fn without_tls_only_this_machine_is_spoken_to_unless_it_is_said() {
        for good in ["http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost:9", "https://s3.intern"] {
            ort(&format!("s3://akten?endpoint={good}")).expect(good);
        }
        let said = ort("s3://akten?endpoint=http://s3.intern").expect_err("refused").to_string();
        assert!(said.contains("unverschluesselt=erlaubt"), "{said}");
        ort("s3://akten?endpoint=http://s3.intern&unverschluesselt=erlaubt").expect("said");
    }

    #[test]
    fn what_is_no_place_is_refused_without_being_repeated() {
        for text in [
            "geheim",
            "s3://",
            "s3://KEY:geheim@akten/x",
            "s3://akten?geheim=1",
            "s3://akten?endpoint=geheim",
            "s3://akten?endpoint=https://a:geheim@h",
            "folder:///x",
        ] {
            let said = format!("{:#}", ort(text).expect_err(text));
            assert!(said.contains("folder:ORDNER") || said.contains("betrieb.toml"), "{said}");
            assert!(!said.contains(":geheim") && !said.contains("geheim@"), "{said}");
        }
    }

    #[test]
    fn a_missing_secret_is_named_by_its_variable_and_a_given_one_never_shows() {
        let named = ort("s3://akten?schluessel=K&geheimnis_aus=AKTE_TEST_GIBT_ES_NICHT").expect("read");
        let said = format!("{:#}", named.open(1).expect_err("refused"));
        assert!(said.contains("AKTE_TEST_GIBT_ES_NICHT"), "{said}");
        let daten = Zugangsdaten { geheimnis: Some("streng".to_owned().into()), ..Zugangsdaten::default() };
        let given = ort("s3://akten?schluessel=K").expect("read").mit(daten).expect("with");
        assert!(!format!("{given:?}{given}").contains("streng"));
        given.open(1).expect("opens without a word to the service");
    }
}
