//! A virus scanner that speaks the clamd protocol (`INSTREAM`), over TCP or a Unix socket.
//!
//! One question, one connection. What it says of a file is a word; no part of the file is repeated.

use futures::{Stream, StreamExt};
use std::convert::Infallible;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

/// Longest silence of a scanner.
const GEDULD: Duration = Duration::from_secs(60);
/// Bytes of one chunk.
const STUECK: usize = 64 << 10;
/// Longest answer.
const ANTWORT: u64 = 4_096;

/// Where the scanner listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clamd {
    /// `host:port`
    Tcp(String),
    Unix(PathBuf),
}

/// What it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Befund {
    Sauber,
    /// The name of what was found.
    Befallen(String),
    /// Larger than it looks at: asking again changes nothing.
    NichtPruefbar,
    /// It is there, but there is no answer to this file that can be relied on; asked again later.
    Unklar,
    /// It does not listen.
    NichtErreichbar,
}

impl Clamd {
    /// `tcp:host:port` or `unix:/path`.
    pub fn lesen(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("tcp", ziel) if ziel.rsplit_once(':').is_some_and(|(h, p)| !h.is_empty() && p.parse::<u16>().is_ok()) => {
                Some(Clamd::Tcp(ziel.to_owned()))
            }
            ("unix", pfad) if pfad.starts_with('/') => Some(Clamd::Unix(pfad.into())),
            _ => None,
        }
    }

    /// Asks about these bytes.
    pub async fn pruefen(&self, bytes: &[u8]) -> Befund {
        let stuecke = bytes.chunks(STUECK).map(Ok::<_, Infallible>);
        match self.pruefen_strom(futures::stream::iter(stuecke)).await {
            Ok(befund) => befund,
            Err(nie) => match nie {},
        }
    }

    /// Asks about what a stream brings. The error is the stream's.
    pub async fn pruefen_strom<B: AsRef<[u8]>, E>(&self, strom: impl Stream<Item = Result<B, E>>) -> Result<Befund, E> {
        match self {
            Clamd::Tcp(ziel) => match rechtzeitig(TcpStream::connect(ziel)).await {
                Some(s) => fragen(s, strom).await,
                None => Ok(Befund::NichtErreichbar),
            },
            Clamd::Unix(pfad) => match rechtzeitig(UnixStream::connect(pfad)).await {
                Some(s) => fragen(s, strom).await,
                None => Ok(Befund::NichtErreichbar),
            },
        }
    }
}

async fn rechtzeitig<T>(arbeit: impl Future<Output = std::io::Result<T>>) -> Option<T> {
    tokio::time::timeout(GEDULD, arbeit).await.ok()?.ok()
}

async fn fragen<S: AsyncRead + AsyncWrite + Unpin, B: AsRef<[u8]>, E>(
    mut s: S,
    strom: impl Stream<Item = Result<B, E>>,
) -> Result<Befund, E> {
    let mut strom = pin!(strom);
    // A scanner that has heard enough answers and closes while it is still being told: the answer counts.
    let mut hoert = rechtzeitig(s.write_all(b"zINSTREAM\0")).await.is_some();
    while let Some(bytes) = strom.next().await {
        for stueck in bytes?.as_ref().chunks(STUECK) {
            let laenge = u32::try_from(stueck.len()).unwrap_or_default().to_be_bytes();
            hoert = hoert && rechtzeitig(s.write_all(&laenge)).await.is_some();
            hoert = hoert && rechtzeitig(s.write_all(stueck)).await.is_some();
        }
        if !hoert {
            break;
        }
    }
    if hoert {
        let ende = async {
            s.write_all(&[0; 4]).await?;
            s.flush().await
        };
        hoert = rechtzeitig(ende).await.is_some();
    }
    let mut antwort = Vec::new();
    // A line that breaks leaves what was said until then, and that is an answer only where it is whole.
    let _ = rechtzeitig(s.take(ANTWORT).read_to_end(&mut antwort)).await;
    Ok(match deuten(&antwort) {
        // Not of all of it.
        Befund::Sauber if !hoert => Befund::Unklar,
        befund => befund,
    })
}

/// Only the words of the protocol count; everything else is no answer.
fn deuten(antwort: &[u8]) -> Befund {
    let text = String::from_utf8_lossy(antwort);
    let text = text.trim_end_matches(['\0', '\n', '\r']).trim();
    if text.starts_with("INSTREAM size limit exceeded") {
        return Befund::NichtPruefbar;
    }
    match text.strip_prefix("stream:").map(str::trim) {
        Some("OK") => Befund::Sauber,
        Some(rest) => match rest.strip_suffix("FOUND").map(str::trim) {
            Some(fund) if !fund.is_empty() => Befund::Befallen(fund.chars().take(100).collect()),
            _ => Befund::Unklar,
        },
        None => Befund::Unklar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_of_the_scanner_lets_a_file_pass() {
        for (antwort, befund) in [
            ("stream: OK\0", Befund::Sauber),
            ("stream: OK\n", Befund::Sauber),
            ("stream: Eicar-Test-Signature FOUND\0", Befund::Befallen("Eicar-Test-Signature".into())),
            ("stream: FOUND\0", Befund::Unklar),
            ("INSTREAM size limit exceeded. ERROR\0", Befund::NichtPruefbar),
            ("OK", Befund::Unklar),
            ("", Befund::Unklar),
        ] {
            assert_eq!(deuten(antwort.as_bytes()), befund, "{antwort:?}");
        }
    }

    #[test]
    fn an_address_names_its_kind() {
        assert_eq!(Clamd::lesen("tcp:127.0.0.1:3310"), Some(Clamd::Tcp("127.0.0.1:3310".into())));
        assert_eq!(Clamd::lesen("unix:/run/clamd.ctl"), Some(Clamd::Unix("/run/clamd.ctl".into())));
        for wrong in ["", "tcp:", "tcp:host", "tcp::3310", "unix:clamd.ctl", "http://a", "tcp:a:99999"] {
            assert_eq!(Clamd::lesen(wrong), None, "{wrong}");
        }
    }
}
