//! Feeds `volltext.db`: follows the ledger, opens each document, has it read, stores the text.
//!
//! Writes no event. A document that brings its reader down is remembered with its outcome and not tried again; a
//! store that is away stops the work until it is back.

use crate::auszug::Werkstatt;
use akte_core::akte::Dokument;
use akte_core::auszug::{Ausgang, Grenzen};
use akte_core::documents::{DocError, DokumentWert};
use akte_core::execute::{ExecuteError, House};
use akte_core::ledger::header::Header;
use akte_core::vault::{Recorded, open};
use akte_projections::volltext::saeubern::{nennt_dokument, saeubern};
use akte_projections::volltext::{Datei, Sperre, Zeile};
use anyhow::{Context, anyhow};
use axum::body::Bytes;
use futures::{StreamExt, TryStreamExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Events looked at in one step.
const SEITE: usize = 250;
/// Documents of one step: an erasure waits for no more.
const DOKUMENTE: usize = 64;
/// Documents on their way at once; the readers take two of them.
const UNTERWEGS: usize = 4;
/// Longest sleep without a look at the ledger.
const SCHAUEN: Duration = Duration::from_secs(2);
/// Pause after a fault.
const PAUSE: Duration = Duration::from_secs(30);

/// What feeds the file of one data folder.
#[derive(Clone)]
pub struct Volltext {
    house: Arc<House>,
    dir: PathBuf,
    werkstatt: Arc<Werkstatt>,
}

/// One version to be read.
struct Auftrag {
    nr: u64,
    dokument: uuid::Uuid,
    namen: Vec<String>,
    wert: DokumentWert,
}

impl Volltext {
    pub fn neu(house: Arc<House>, dir: &Path) -> anyhow::Result<Self> {
        let werkstatt = Werkstatt::neu(crate::auszug::ZEIT)?;
        Ok(Self { house, dir: dir.to_path_buf(), werkstatt })
    }

    /// Throws the file away; what follows reads everything anew.
    pub async fn verwerfen(&self) -> anyhow::Result<()> {
        let sperre = self.sperre().await?;
        Ok(Datei::verwerfen(&self.dir, &sperre)?)
    }

    /// Takes in everything the ledger has now; returns the position.
    pub async fn aufholen(&self, mut melden: impl FnMut(u64)) -> anyhow::Result<u64> {
        loop {
            let (next, fertig) = self.schritt().await?;
            melden(next);
            if fertig {
                return Ok(next);
            }
        }
    }

    /// Follows the ledger until `stopped`. Errors are logged and tried again.
    pub async fn folgen(self, mut stopped: watch::Receiver<bool>) {
        let werkstatt = self.werkstatt.clone();
        let lauf = async move {
            loop {
                match self.aufholen(|_| {}).await {
                    Ok(next) => self.house.ledger.wait(next, SCHAUEN).await,
                    Err(error) => {
                        tracing::warn!(error = %format!("{error:#}"), "Volltext kommt nicht voran");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        };
        tokio::select! {
            () = lauf => {}
            _ = stopped.wait_for(|stop| *stop) => werkstatt.beenden(),
        }
    }

    async fn sperre(&self) -> anyhow::Result<Sperre> {
        let dir = self.dir.clone();
        Ok(tokio::task::spawn_blocking(move || Sperre::warten(&dir)).await??)
    }

    /// The next events, read and stored under the lock, so that nothing erased meanwhile is written.
    async fn schritt(&self) -> anyhow::Result<(u64, bool)> {
        let sperre = self.sperre().await?;
        let mut datei = Datei::oeffnen(&self.dir, &sperre)?;
        let (from, sauber) = (datei.next()?, datei.cleaned_until()?);
        let seite = self.house.ledger.read_all(from, SEITE).await?;
        if seite.is_empty() {
            return Ok((from, true));
        }
        let (mut next, mut auftraege) = (from, Vec::new());
        for stored in &seite {
            let wire = Header::parse(&stored.header).map_err(|e| anyhow!("{e}"))?.wire;
            if nennt_dokument(&wire) {
                let r = open(stored, Some(&self.house.vault))?;
                auftraege.extend(self.auftrag(&r).await?);
            } else if wire == "erasure.confirmed.v1" {
                let r = open(stored, Some(&self.house.vault))?;
                let request = r.data.get("request").and_then(|v| v.get("idx")?.as_u64());
                if let Some(request) = request.filter(|idx| *idx >= sauber) {
                    drop((datei, sperre));
                    saeubern(&self.dir, &self.house.reader(), request).await?;
                    return Ok((from, false));
                }
            }
            next = stored.index + 1;
            if auftraege.len() >= DOKUMENTE {
                break;
            }
        }
        let lesen = futures::stream::iter(auftraege).map(|a| self.lesen(a)).buffered(UNTERWEGS);
        let zeilen: Vec<Option<Zeile>> = lesen.try_collect().await?;
        let zeilen: Vec<Zeile> = zeilen.into_iter().flatten().collect();
        let ende = seite.last().is_none_or(|s| s.index + 1 == next) && seite.len() < SEITE;
        tokio::task::spawn_blocking(move || {
            let _sperre = sperre;
            datei.nehmen(&zeilen, next)
        })
        .await??;
        Ok((next, ende))
    }

    /// `None` where nothing is left to read: erased, or its key is not here.
    async fn auftrag(&self, r: &Recorded) -> anyhow::Result<Option<Auftrag>> {
        let Some(wert) = r.data.get("dokument").and_then(|d| DokumentWert::alle_in(d).pop()) else { return Ok(None) };
        let text = |key: &str| r.data.get(key).and_then(|v| v.as_str()).map(str::to_owned);
        let namen = match r.wire.as_str() {
            "dokument.version_added.v1" => {
                let d = self.house.load::<Dokument>(r.stream).await?.state;
                [d.titel, d.dateiname]
            }
            _ => [text("titel"), text("dateiname")],
        };
        Ok(Some(Auftrag { nr: r.index, dokument: r.stream, namen: namen.into_iter().flatten().collect(), wert }))
    }

    async fn lesen(&self, a: Auftrag) -> anyhow::Result<Option<Zeile>> {
        let (ausgang, text) = if a.wert.media.starts_with("image/") {
            (Ausgang::KeinText, String::new())
        } else if a.wert.len > Grenzen::default().bytes as u64 {
            (Ausgang::ZuGross, String::new())
        } else {
            match self.bytes(&a.wert).await? {
                None => return Ok(None),
                Some(Gelesen::Beschaedigt) => (Ausgang::Unlesbar, String::new()),
                Some(Gelesen::Ganz(bytes)) => {
                    let gelesen = self.werkstatt.lesen(bytes).await.context("Leser")?;
                    (gelesen.ausgang, gelesen.text)
                }
            }
        };
        if matches!(ausgang, Ausgang::Zeit | Ausgang::Abgebrochen) {
            tracing::warn!(dokument = %a.dokument, ausgang = ausgang.name(), "Dokument ohne Text");
        }
        let mut zeilen = a.namen;
        zeilen.push(text);
        Ok(Some(Zeile { nr: a.nr, dokument: a.dokument, ausgang: ausgang.name().into(), text: zeilen.join("\n") }))
    }

    /// `None` if key or bytes are gone; a store that is away is an error and stops the step.
    async fn bytes(&self, wert: &DokumentWert) -> anyhow::Result<Option<Gelesen>> {
        let stuecke = match self.house.open_document(wert).await {
            Err(ExecuteError::NotFound) => return Ok(None),
            // Damaged: the verifier names it, and it must not stop the others.
            Err(ExecuteError::Fault(_)) => return Ok(Some(Gelesen::Beschaedigt)),
            other => other?,
        };
        let mut out = Vec::with_capacity(usize::try_from(wert.len)?);
        let gelesen = stuecke.try_for_each(|s| {
            out.extend_from_slice(&s);
            futures::future::ready(Ok(()))
        });
        match gelesen.await {
            Ok(()) => Ok(Some(Gelesen::Ganz(out.into()))),
            Err(DocError::Tampered { .. }) => Ok(Some(Gelesen::Beschaedigt)),
            Err(e) => Err(e.into()),
        }
    }
}

/// What the store gave.
enum Gelesen {
    Ganz(Bytes),
    Beschaedigt,
}
