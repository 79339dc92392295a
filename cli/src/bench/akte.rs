//! Opening a file of 5,000 documents as a clerk does: through the served page, logged in, one request after another.
//!
//! The documents are recorded by commands; their bytes are not needed to show the file.

use super::report::{Goal, Report, Row};
use super::seite::Server;
use super::{Args, seconds};
use crate::folder::Folder;
use crate::konto::{self, Neu};
use crate::wire::{SystemClock, Wired};
use crate::{demo, erase, start};
use akte_api::local::Local;
use akte_core::akte::{Akte, AkteCommand, Dokument, DokumentCommand, Uebernahme};
use akte_core::documents::DokumentWert;
use akte_core::execute::{Call, Principal, Target};
use akte_core::kernel::Role;
use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

const DOKUMENTE: usize = 5_000;
const ABLAGE: usize = 500;
const ABRUFE: usize = 40;
const KENNWORT: &str = "nur-fuer-diese-Messung";

/// Founds a town with the file and opens it again and again.
pub async fn measure(_args: &Args, folder: &Path, report: &mut Report) -> Result<()> {
    let root = folder.join("grosse-akte");
    let wired = start::found(Folder::create(&root)?, demo::STADT, Arc::new(SystemClock)).await?;
    let akte = fuellen(&wired).await?;
    drop(wired);
    let server = Server::start(&root)?;
    let mut besuch = Besuch { host: server.adresse.clone(), kekse: String::new() };
    besuch.anmelden().await?;
    let seite = format!("/amt/akte/{akte}");
    besuch.bis_da(&seite).await?;
    let mut zeiten = Vec::with_capacity(ABRUFE);
    for _ in 0..ABRUFE {
        let start = Instant::now();
        let (status, _, _) = besuch.anfrage("GET", &seite, "").await?;
        ensure!(status == 200, "Antwort {status}");
        zeiten.push(seconds(start) * 1000.0);
    }
    zeiten.sort_by(f64::total_cmp);
    let p95 = zeiten.get(ABRUFE * 95 / 100).copied().context("kein Abruf")?;
    report.add(Row::new("Akte mit 5000 Dokumenten öffnen, p95", p95, "ms").goal(Goal::AtMost(100.0)));
    Ok(())
}

async fn fuellen(wired: &Wired) -> Result<Uuid> {
    let house = &wired.house;
    let einheit = house.stadt.einheiten.first().context("keine Einheit")?.id.clone();
    let local = Local::open(&wired.folder.local_db())?;
    let neu = Neu { login: "bench", name: "Frau Probe", einheit: &einheit, rollen: vec![Role::Registratur], email: "" };
    let konto = konto::add(wired, &local, neu, KENNWORT).await?;
    let principal = Principal::konto(konto, vec![Role::Registratur], &einheit);
    let call = |target, corr| -> Result<Call> {
        let request = Some(json!({}));
        Ok(Call { principal: principal.clone(), key: erase::key()?, target, expected: None, request, corr })
    };
    let open = AkteCommand::Open { aktenplan: "32.1".into(), einheit, vorgang: None, titel: "Ablage".into() };
    let akte = house.execute::<Akte>(call(Target::New, None)?, open).await?.stream;
    let aufnehmen = |n: usize| {
        let call = call(Target::Natural(vec!["bench".into(), n.to_string()]), Some(akte));
        async move {
            let command = DokumentCommand::Import(Box::new(dokument(akte, n)));
            anyhow::Ok(house.execute::<Dokument>(call?, command).await?.stream)
        }
    };
    let alle = futures::stream::iter(0..DOKUMENTE).map(aufnehmen).buffered(64);
    let alle: Vec<Uuid> = alle.try_collect().await?;
    for stueck in alle.chunks(ABLAGE) {
        let ablegen = AkteCommand::FileDokumente { dokumente: stueck.to_vec() };
        house.execute::<Akte>(call(Target::Stream(akte), Some(akte))?, ablegen).await?;
    }
    Ok(akte)
}

fn dokument(akte: Uuid, n: usize) -> Uebernahme {
    Uebernahme {
        akte,
        richtung: "intern".into(),
        import: Uuid::from_bytes([7; 16]),
        titel: format!("Vermerk {n}"),
        dateiname: format!("Vermerk {n}.pdf"),
        pfad: format!("Ablage/Vermerk {n}.pdf"),
        original_am: None,
        original_aus: "datei".into(),
        sha256: "0".repeat(64),
        dokument: DokumentWert {
            alg: "sha-512".into(),
            digest: "A".repeat(86),
            dsalt: "A".repeat(43),
            len: 1_000,
            media: "application/pdf".into(),
            reference: Uuid::from_u128(0x4000_8000_0000_0000_0000 + n as u128),
        },
    }
}

/// A browser without anything: one connection per request, cookies as they come.
struct Besuch {
    host: String,
    kekse: String,
}

impl Besuch {
    async fn anmelden(&mut self) -> Result<()> {
        let (_, kopf, text) = self.anfrage("GET", "/anmelden", "").await?;
        self.merken(&kopf);
        let csrf = text.split("name=\"_csrf\" value=\"").nth(1).and_then(|t| t.split('"').next()).context("csrf")?;
        let body = format!("_csrf={csrf}&weiter=&login=bench&passwort={KENNWORT}");
        let (status, kopf, _) = self.anfrage("POST", "/anmelden", &body).await?;
        ensure!(status == 303, "Anmeldung: {status}");
        self.merken(&kopf);
        Ok(())
    }

    fn merken(&mut self, kopf: &str) {
        for zeile in kopf.lines() {
            if let Some(keks) = zeile.strip_prefix("set-cookie: ").and_then(|k| k.split(';').next()) {
                self.kekse = if self.kekse.is_empty() { keks.to_owned() } else { format!("{}; {keks}", self.kekse) };
            }
        }
    }

    /// Until the views have the file.
    async fn bis_da(&self, pfad: &str) -> Result<()> {
        let (mut pause, ende) = (tokio::time::interval(Duration::from_millis(200)), Instant::now());
        loop {
            pause.tick().await;
            let (status, _, text) = self.anfrage("GET", pfad, "").await?;
            if status == 200 && text.contains(&format!("{DOKUMENTE} Dokumente, Seite 1")) {
                return Ok(());
            }
            ensure!(ende.elapsed() < Duration::from_secs(60), "die Akte erscheint nicht: {status}");
        }
    }

    /// Status, head and body.
    async fn anfrage(&self, wie: &str, pfad: &str, body: &str) -> Result<(u16, String, String)> {
        let mut stream = TcpStream::connect(&self.host).await?;
        let (host, kekse) = (&self.host, &self.kekse);
        let kopf = format!(
            "{wie} {pfad} HTTP/1.1\r\nHost: {host}\r\nCookie: {kekse}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(kopf.as_bytes()).await?;
        let mut antwort = Vec::new();
        stream.read_to_end(&mut antwort).await?;
        let text = String::from_utf8_lossy(&antwort).into_owned();
        let (kopf, text) = text.split_once("\r\n\r\n").context("keine Antwort")?;
        let status = kopf.split(' ').nth(1).and_then(|s| s.parse().ok()).context("kein Status")?;
        Ok((status, kopf.to_owned(), text.to_owned()))
    }
}
