//! A file on its way into an Akte or a case, put to the virus scanner before anything refers to it.
//!
//! Somebody stands at the form or at the import and can come again, so that nothing waits here: what is not looked through
//! is not taken. Records nothing.

use super::clamd::{Befund, Clamd};
use futures::Stream;

/// Why it is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindernis {
    /// The scanner's name of what it found.
    Schadsoftware(String),
    ZuGross,
    KeineAntwort,
}

impl Hindernis {
    fn von(befund: Befund) -> Option<Self> {
        match befund {
            Befund::Sauber => None,
            Befund::Befallen(fund) => Some(Self::Schadsoftware(fund)),
            Befund::NichtPruefbar => Some(Self::ZuGross),
            Befund::Unklar | Befund::NichtErreichbar => Some(Self::KeineAntwort),
        }
    }
}

/// Puts a stream to the scanner, where there is one. The outer error is the stream's.
pub async fn durchsehen<B: AsRef<[u8]>, E>(
    scanner: Option<&Clamd>,
    strom: impl Stream<Item = Result<B, E>>,
) -> Result<Result<(), Hindernis>, E> {
    let Some(clamd) = scanner else { return Ok(Ok(())) };
    Ok(Hindernis::von(clamd.pruefen_strom(strom).await?).map_or(Ok(()), Err))
}
