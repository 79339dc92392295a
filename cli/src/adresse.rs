//! The address of a server, whose password never shows in what is printed or logged.
//!
//! Knows no engine and opens nothing. What is shown is put together from an allow-list of parts, so that a
//! secret in an unknown parameter stays hidden as well.

use anyhow::{Context, bail};
use std::fmt;
use url::Url;

/// Parameter that names the environment variable with the password.
const KENNWORT_AUS: &str = "kennwort_aus";
/// Stands where a password was.
const VERDECKT: &str = "***";

/// An address with its secrets; `Display` and `Debug` show neither password nor parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct Adresse {
    url: Url,
    kennwort_aus: Option<String>,
}

impl Adresse {
    /// Reads an address. The error never repeats it: it may hold a password.
    pub fn lesen(text: &str) -> anyhow::Result<Self> {
        let url = Url::parse(text.trim()).context("keine gültige Adresse")?;
        let mut adresse = Self { url, kennwort_aus: None };
        adresse.kennwort_aus = adresse.nehmen(KENNWORT_AUS);
        if adresse.kennwort_aus.is_some() && adresse.url.password().is_some() {
            bail!("Nennen Sie das Kennwort in der Adresse oder die Umgebungsvariable, nicht beides");
        }
        Ok(adresse)
    }

    /// Takes out a parameter that is ours and not the client library's.
    pub fn nehmen(&mut self, parameter: &str) -> Option<String> {
        let pairs: Vec<_> = self.url.query_pairs().map(|(n, w)| (n.into_owned(), w.into_owned())).collect();
        let (ours, rest): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| name == parameter);
        if !ours.is_empty() {
            self.url.set_query(None);
            if !rest.is_empty() {
                self.url.query_pairs_mut().extend_pairs(&rest);
            }
        }
        ours.into_iter().next().map(|(_, wert)| wert)
    }

    /// Names of the parameters that were not taken.
    pub fn parameter(&self) -> Vec<String> {
        self.url.query_pairs().map(|(name, _)| name.into_owned()).collect()
    }

    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The password, from the address or from the variable it names.
    pub fn kennwort(&self) -> anyhow::Result<Option<String>> {
        match &self.kennwort_aus {
            Some(name) => aus_umgebung(name).map(Some),
            None => Ok(self.url.password().map(entziffert)),
        }
    }

    /// The address with its password as the client library wants it; for nothing else.
    pub fn vollstaendig(&self) -> anyhow::Result<String> {
        let mut url = self.url.clone();
        if self.kennwort_aus.is_some() {
            let kennwort = self.kennwort()?;
            // Without a host (a socket in the file system) a password stands among the parameters.
            if url.set_password(kennwort.as_deref()).is_err() {
                url.query_pairs_mut().append_pair("password", &kennwort.unwrap_or_default());
            }
        }
        Ok(url.into())
    }

    /// Somebody else's words without our secrets.
    pub fn verdeckt(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let parameter = self.url.query_pairs().filter(|(name, _)| name.contains("pass")).map(|(_, w)| w.into_owned());
        let roh = self.url.password().map(str::to_owned);
        for geheim in [roh, self.kennwort().ok().flatten()].into_iter().flatten().chain(parameter) {
            if !geheim.is_empty() {
                text = text.replace(&geheim, VERDECKT);
            }
        }
        text
    }
}

impl fmt::Display for Adresse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.url;
        write!(f, "{}://", url.scheme())?;
        if !url.username().is_empty() {
            write!(f, "{}@", url.username())?;
        }
        f.write_str(url.host_str().unwrap_or_default())?;
        if let Some(port) = url.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(url.path())
    }
}

impl fmt::Debug for Adresse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A secret from the environment; the error names the variable and what to do.
pub fn aus_umgebung(name: &str) -> anyhow::Result<String> {
    std::env::var(name).ok().filter(|wert| !wert.is_empty()).with_context(|| {
        format!("Die Umgebungsvariable {name} ist leer oder fehlt; sie soll das Kennwort enthalten. Setzen Sie sie.")
    })
}

/// `%41` back to `A`; what is no UTF-8 stays as it stands.
fn entziffert(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GEHEIM: &str = "sehr:ge/heim";

    #[test]
    fn a_password_is_neither_shown_nor_repeated_in_the_words_of_others() {
        let adresse = Adresse::lesen("postgres://akte:sehr%3Age%2Fheim@db.intern:5433/akte?password=zwei&x=drei");
        let adresse = adresse.expect("an address");
        for shown in [adresse.to_string(), format!("{adresse:?}")] {
            assert_eq!(shown, "postgres://akte@db.intern:5433/akte");
        }
        assert_eq!(adresse.kennwort().expect("known").as_deref(), Some(GEHEIM));
        let said = adresse.verdeckt("no login with sehr:ge/heim or sehr%3Age%2Fheim or zwei");
        assert_eq!(said, "no login with *** or *** or ***");
        assert!(adresse.vollstaendig().expect("whole").contains("sehr%3Age%2Fheim"));
    }

    #[test]
    fn a_broken_address_is_not_repeated() {
        for text in ["postgres://akte:geheim@[db/akte", "geheim", "postgres://a:geheim@db/akte?kennwort_aus=X"] {
            let error = format!("{:#}", Adresse::lesen(text).expect_err("refused"));
            assert!(!error.contains("geheim"), "{error}");
        }
    }

    #[test]
    fn a_password_comes_from_the_variable_that_is_named() {
        let adresse = Adresse::lesen("postgres://akte@db/akte?kennwort_aus=AKTE_TEST_GIBT_ES_NICHT&x=1").expect("read");
        let error = adresse.vollstaendig().expect_err("refused").to_string();
        assert!(error.contains("AKTE_TEST_GIBT_ES_NICHT"), "{error}");
        let path = std::env::var("PATH").expect("every process has one");
        for text in ["postgres://akte@db/akte?kennwort_aus=PATH", "postgres:///akte?kennwort_aus=PATH"] {
            let adresse = Adresse::lesen(text).expect("read");
            assert_eq!(adresse.kennwort().expect("set"), Some(path.clone()));
            let whole = Url::parse(&adresse.vollstaendig().expect("whole")).expect("address");
            let by_parameter = whole.query_pairs().find(|(name, _)| name == "password").map(|(_, w)| w.into_owned());
            assert_eq!(whole.password().map(entziffert).or(by_parameter), Some(path.clone()));
            assert!(!whole.as_str().contains("kennwort_aus"));
        }
    }
}
