//! The work of an import: each file read, stored, recorded, and filed in batches.
//!
//! Everything it makes is derived from (import, path, hash): what was done before is found, not done again. A refused
//! file is a line; only what concerns the house itself ends the import.

use super::bericht::{Befund, Stand};
use super::datei::{self, Inhalt, Posten};
use crate::erase;
use crate::wire::Wired;
use akte_api::annahme::clamd::Clamd;
use akte_api::annahme::datei::{Hindernis, durchsehen};
use akte_core::akte::{Akte, AkteCommand, Aktenplan, Dokument, DokumentCommand, Uebernahme};
use akte_core::execute::{Call, ExecuteError, House, Principal, Target};
use akte_core::zugriff::Action;
use akte_projections::InternalViews;
use anyhow::{Context, anyhow, ensure};
use futures::StreamExt;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Files on their way at once: the disk flushes them together.
const UNTERWEGS: usize = 24;
/// Documents filed by one event batch.
const ABLAGE: usize = 250;
/// Bytes of files held in memory at once, in MiB.
const SPEICHER_MIB: u32 = 256;
/// Tries where the house is busy.
const VERSUCHE: u32 = 20;

/// Where files go that name no Akte.
#[derive(Clone, Debug)]
pub enum Ziel {
    Akte(String),
    Neu { aktenplan: String, titel: String },
    JeZeile,
}

/// An Akte that takes files.
#[derive(Clone, Debug)]
struct Ordner {
    /// `None` in a dry run where it would be made first.
    akte: Option<Uuid>,
    corr: Uuid,
    aktenzeichen: String,
}

/// One import.
pub struct Lauf {
    innen: Arc<Innen>,
    /// Aktenzeichen -> where it goes, or why not.
    bekannt: HashMap<String, Result<Ordner, String>>,
}

/// What the files on their way share.
struct Innen {
    house: Arc<House>,
    views: InternalViews,
    principal: Principal,
    import: Uuid,
    name: String,
    richtung: String,
    probe: bool,
    scanner: Option<Clamd>,
    speicher: Semaphore,
    /// Hash -> first path with it.
    gleiche: Mutex<HashMap<String, String>>,
}

/// How one file ended; an error ends the import.
type Ergebnis = anyhow::Result<Befund>;

impl Lauf {
    pub fn neu(
        wired: &Wired,
        views: InternalViews,
        principal: Principal,
        name: &str,
        richtung: String,
        probe: bool,
    ) -> anyhow::Result<Self> {
        let house = wired.house.clone();
        let import = house.natural_stream("import", &[name])?;
        let innen = Innen {
            house,
            views,
            principal,
            import,
            name: name.to_owned(),
            richtung,
            probe,
            scanner: wired.folder.betrieb().abholung.virenscanner.clone(),
            speicher: Semaphore::new(SPEICHER_MIB as usize),
            gleiche: Mutex::default(),
        };
        Ok(Self { innen: Arc::new(innen), bekannt: HashMap::new() })
    }

    /// All lines; what was found out until an error is returned with it. `fertig` is called after each.
    pub async fn alle(
        mut self,
        ziel: Ziel,
        posten: Vec<Posten>,
        fertig: impl Fn(),
    ) -> (Vec<Befund>, anyhow::Result<()>) {
        let offen: Vec<Befund> = posten.iter().map(offen).collect();
        let mut befunde = offen;
        let ende = self.bearbeiten(ziel, posten, &mut befunde, fertig).await;
        (befunde, ende)
    }

    async fn bearbeiten(
        &mut self,
        ziel: Ziel,
        posten: Vec<Posten>,
        befunde: &mut [Befund],
        fertig: impl Fn(),
    ) -> anyhow::Result<()> {
        let sonst = self.sonst(ziel).await?;
        let mut bereit = Vec::with_capacity(posten.len());
        for (n, p) in posten.into_iter().enumerate() {
            let ordner = self.ordner(&p, sonst.as_ref()).await?;
            bereit.push((n, p, ordner));
        }
        let innen = self.innen.clone();
        let mut laufend = futures::stream::iter(bereit)
            .map(|(n, p, ordner)| {
                let innen = innen.clone();
                async move {
                    let akte = ordner.as_ref().ok().and_then(|o| o.akte);
                    let corr = ordner.as_ref().ok().map(|o| o.corr);
                    (n, akte.zip(corr), tokio::spawn(innen.eine(p, ordner)).await)
                }
            })
            .buffer_unordered(UNTERWEGS);
        let mut ablage: HashMap<Uuid, (Uuid, Vec<Uuid>)> = HashMap::new();
        let mut fehler = None;
        while let Some((n, akte, ergebnis)) = laufend.next().await {
            match ergebnis? {
                Ok(befund) => {
                    if let (Some(dokument), Some((akte, corr)), false) = (befund.dokument, akte, self.innen.probe) {
                        let (_, liste) = ablage.entry(akte).or_insert_with(|| (corr, Vec::new()));
                        liste.push(dokument);
                        if liste.len() >= ABLAGE {
                            let liste = std::mem::take(liste);
                            self.innen.ablegen(akte, corr, liste).await?;
                        }
                    }
                    befunde[n] = befund;
                }
                Err(error) => {
                    // What is on its way ends by itself; what was recorded is still filed.
                    fehler = Some(error);
                    break;
                }
            }
            fertig();
        }
        drop(laufend);
        for (akte, (corr, liste)) in ablage {
            self.innen.ablegen(akte, corr, liste).await?;
        }
        match fehler {
            Some(error) => Err(error.context("Import unterbrochen; derselbe Befehl macht weiter")),
            None => Ok(()),
        }
    }

    /// The Akte for lines that name none.
    async fn sonst(&mut self, ziel: Ziel) -> anyhow::Result<Option<Ordner>> {
        match ziel {
            Ziel::JeZeile => Ok(None),
            Ziel::Akte(zeichen) => {
                let ordner = self.innen.bestehende(&zeichen).await?;
                Ok(Some(ordner.map_err(|why| anyhow!("--akte {zeichen}: {why}"))?))
            }
            Ziel::Neu { aktenplan, titel } => Ok(Some(self.innen.neue(&aktenplan, titel).await?)),
        }
    }

    /// Where a line goes; each Aktenzeichen is looked up once.
    async fn ordner(&mut self, p: &Posten, sonst: Option<&Ordner>) -> anyhow::Result<Result<Ordner, String>> {
        let Some(zeichen) = &p.aktenzeichen else {
            let keine = "Für diese Datei ist keine Akte genannt.";
            return Ok(sonst.cloned().ok_or_else(|| keine.to_owned()));
        };
        if !self.bekannt.contains_key(zeichen) {
            let gefunden = self.innen.bestehende(zeichen).await?;
            self.bekannt.insert(zeichen.clone(), gefunden);
        }
        Ok(self.bekannt[zeichen].clone())
    }
}

impl Innen {
    async fn bestehende(&self, zeichen: &str) -> anyhow::Result<Result<Ordner, String>> {
        let (views, gesucht) = (self.views.clone(), zeichen.to_owned());
        let row = tokio::task::spawn_blocking(move || views.akte_by_aktenzeichen(&gesucht)).await??;
        let Some(row) = row else { return Ok(Err(format!("Es gibt keine Akte mit dem Aktenzeichen {zeichen}."))) };
        let akte = match self.house.may::<Akte>(&self.principal, Action::AddDokument, row.akte).await {
            Ok((akte, _)) => akte,
            Err(ExecuteError::Denied(_)) => {
                return Ok(Err(format!("Das Konto darf in der Akte {zeichen} nichts ablegen.")));
            }
            Err(e) => return Err(e.into()),
        };
        if akte.state.geschlossen {
            return Ok(Err(format!("Die Akte {zeichen} ist geschlossen. Nehmen Sie sie zuerst wieder auf.")));
        }
        Ok(Ok(Ordner { akte: Some(row.akte), corr: akte.corr, aktenzeichen: zeichen.to_owned() }))
    }

    /// The Akte of this import: made the first time, found again afterwards.
    async fn neue(&self, aktenplan: &str, titel: String) -> anyhow::Result<Ordner> {
        let plan = self.house.load::<Aktenplan>(self.house.natural_stream("aktenplan", &["aktenplan"])?).await?.state;
        ensure!(plan.positionen.contains_key(aktenplan), "--aktenplan {aktenplan}: Diese Stelle gibt es nicht.");
        ensure!(!plan.geschlossen.contains_key(aktenplan), "--aktenplan {aktenplan}: Diese Stelle ist geschlossen.");
        let eigen = vec!["import".to_owned(), self.import.to_string()];
        let stream = eigene_akte(&self.house, &self.name)?;
        match self.house.load::<Akte>(stream).await {
            Ok(akte) => {
                ensure!(!akte.state.geschlossen, "Die Akte dieses Imports ist geschlossen.");
                let aktenzeichen = akte.state.aktenzeichen.unwrap_or_default();
                return Ok(Ordner { akte: Some(stream), corr: akte.corr, aktenzeichen });
            }
            Err(ExecuteError::NotFound) => {}
            Err(e) => return Err(e.into()),
        }
        if self.probe {
            return Ok(Ordner { akte: None, corr: stream, aktenzeichen: String::new() });
        }
        let einheit = self.principal.einheit.clone().context("Das Konto gehört zu keiner Einheit.")?;
        let command = AkteCommand::Open { aktenplan: aktenplan.to_owned(), einheit, vorgang: None, titel };
        let key = format!("import-{}", self.import.simple());
        let call = self.call(key, Target::Natural(eigen), None, self.name.clone());
        self.house.execute::<Akte>(call, command).await?;
        Ok(Ordner { akte: Some(stream), corr: stream, aktenzeichen: String::new() })
    }

    fn call(&self, key: String, target: Target, corr: Option<Uuid>, was: String) -> Call {
        let request = Some(serde_json::json!({ "import": was }));
        Call { principal: self.principal.clone(), key, target, expected: None, request, corr }
    }

    /// One file from its bytes to its receipt.
    async fn eine(self: Arc<Self>, p: Posten, ordner: Result<Ordner, String>) -> Ergebnis {
        let mut befund = offen(&p);
        if let Ok(ordner) = &ordner {
            befund.aktenzeichen.clone_from(&ordner.aktenzeichen);
        }
        let (pfad, ordner) = match (&p.datei, ordner) {
            (Ok(pfad), Ok(ordner)) => (pfad.clone(), ordner),
            (Err(why), _) => return Ok(abgelehnt(befund, why)),
            (_, Err(why)) => return Ok(abgelehnt(befund, &why)),
        };
        let _speicher = self.speicher.acquire_many(mib(&pfad)).await?;
        let (hoechstens, jetzt) = (self.house.documents.max_bytes(), self.house.clock.now());
        let stelle = pfad.clone();
        let gelesen = tokio::task::spawn_blocking(move || datei::lesen(&stelle, hoechstens, jetzt)).await?;
        let inhalt = match gelesen {
            Ok(inhalt) => inhalt,
            Err(why) => return Ok(abgelehnt(befund, &why)),
        };
        befund.sha256.clone_from(&inhalt.sha256);
        if p.sha256.as_ref().is_some_and(|soll| *soll != inhalt.sha256) {
            return Ok(abgelehnt(befund, "sha256: Die Datei hat einen anderen Inhalt als die Liste sagt."));
        }
        let eigen = vec![self.import.to_string(), p.pfad.clone(), inhalt.sha256.clone()];
        let teile: Vec<&str> = eigen.iter().map(String::as_str).collect();
        let stream = self.house.natural_stream("dokument", &teile)?;
        befund.dokument = Some(stream);
        match self.house.load::<Dokument>(stream).await {
            Ok(da) => return self.vorhanden(befund, da.state, ordner.akte).await,
            Err(ExecuteError::NotFound) => {}
            Err(e) => return Err(e.into()),
        }
        if let Some(why) = self.durchsehen(&pfad, &inhalt).await? {
            return Ok(abgelehnt(befund, why));
        }
        if self.probe {
            befund.stand = Stand::Moeglich;
            return Ok(befund);
        }
        self.aufnehmen(befund, &p, &pfad, inhalt, &ordner, (stream, eigen)).await
    }

    /// Why the virus scanner keeps it out.
    async fn durchsehen(&self, pfad: &Path, inhalt: &Inhalt) -> anyhow::Result<Option<&'static str>> {
        let scanner = self.scanner.as_ref();
        let urteil = match &inhalt.bytes {
            _ if scanner.is_none() => return Ok(None),
            Some(bytes) => durchsehen(scanner, futures::stream::iter([Ok::<_, std::io::Error>(bytes)])).await?,
            None => {
                let (strom, hash) = super::strom::oeffnen(pfad).await?;
                let urteil = durchsehen(scanner, strom).await?;
                if urteil.is_ok() && hash.hex() != inhalt.sha256 {
                    return Ok(Some("Die Datei wurde geändert, während sie gelesen wurde."));
                }
                urteil
            }
        };
        Ok(urteil.err().map(|h| match h {
            Hindernis::Schadsoftware(_) => "Der Virenscanner hat in dieser Datei Schadsoftware gefunden.",
            Hindernis::ZuGross => "Die Datei ist zu groß für den Virenscanner und darum nicht geprüft.",
            Hindernis::KeineAntwort => {
                "Der Virenscanner antwortet nicht. Wiederholen Sie den Import später; diese Datei kommt dann nach."
            }
        }))
    }

    /// Taken over before: it stays where it lies, whatever this run's list says. Another Akte is reached by moving it,
    /// so that holds and retention of the one it lies in decide.
    async fn vorhanden(&self, mut befund: Befund, mut d: Dokument, akte: Option<Uuid>) -> Ergebnis {
        befund.stand = Stand::Vorhanden;
        // What was moved away since is named by its pointer; both the old and the new place know it.
        while d.akte != akte {
            let Some((_, als)) = d.verschoben else {
                let andere = self.house.load::<Akte>(d.akte.context("Akte")?).await?.state.aktenzeichen;
                let andere = andere.unwrap_or_else(|| "ohne Aktenzeichen".into());
                let grund = format!("Die Datei liegt schon in der Akte {andere}. Legen Sie sie dort um.");
                return Ok(abgelehnt(befund, &grund));
            };
            befund.dokument = Some(als);
            d = self.house.load::<Dokument>(als).await?.state;
        }
        Ok(befund)
    }

    async fn aufnehmen(
        &self,
        mut befund: Befund,
        p: &Posten,
        pfad: &Path,
        inhalt: Inhalt,
        ordner: &Ordner,
        (stream, eigen): (Uuid, Vec<String>),
    ) -> Ergebnis {
        let akte = ordner.akte.context("Akte")?;
        let (sha256, geaendert) = (inhalt.sha256.clone(), inhalt.geaendert);
        let Some(dokument) = self.speichern(pfad, inhalt, ordner.corr, stream).await? else {
            return Ok(abgelehnt(befund, "Die Datei wurde geändert, während sie gelesen wurde."));
        };
        let dateiname = p.pfad.rsplit('/').next().unwrap_or(&p.pfad).to_owned();
        let uebernahme = Uebernahme {
            akte,
            richtung: self.richtung.clone(),
            import: self.import,
            titel: p.titel.clone().unwrap_or_else(|| dateiname.clone()),
            dateiname,
            pfad: p.pfad.clone(),
            original_am: p.datum.or(geaendert),
            original_aus: if p.datum.is_some() { "liste" } else { "datei" }.into(),
            sha256: sha256.clone(),
            dokument,
        };
        let command = DokumentCommand::Import(Box::new(uebernahme));
        let call = self.call(stream.simple().to_string(), Target::Natural(eigen), Some(ordner.corr), sha256.clone());
        match self.geduldig::<Dokument>(call, command).await {
            Ok(()) => befund.stand = Stand::Uebernommen,
            Err(ExecuteError::Denied(_)) => {
                return Ok(abgelehnt(befund, "Ihr Konto darf in dieser Akte nichts ablegen."));
            }
            Err(ExecuteError::Refused { text, .. }) => return Ok(abgelehnt(befund, &text)),
            Err(e) => return Err(e.into()),
        }
        let mut gleiche = self.gleiche.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(erste) = gleiche.get(&sha256) {
            befund.grund = format!("Gleicher Inhalt wie {erste}.");
        } else {
            gleiche.insert(sha256, p.pfad.clone());
        }
        Ok(befund)
    }

    /// Small files from what was hashed; large ones as a stream, hashed again on the way. `None`: they differ.
    async fn speichern(
        &self,
        pfad: &Path,
        inhalt: Inhalt,
        corr: Uuid,
        stream: Uuid,
    ) -> anyhow::Result<Option<akte_core::documents::DokumentWert>> {
        let Inhalt { bytes, media, sha256, .. } = inhalt;
        if let Some(bytes) = bytes {
            let seed = stream.to_string();
            return Ok(Some(self.house.put_derived("verfahren", corr, media, bytes, &seed).await?));
        }
        let key = self.house.vault.kek_for("verfahren", corr)?;
        let (strom, hash) = super::strom::oeffnen(pfad).await?;
        let wert = self.house.documents.put((key.kek.id, key.kek.key()), media, strom).await?;
        // What nothing refers to goes with the other orphans; only the gate destroys.
        Ok((hash.hex() == sha256).then_some(wert))
    }

    /// Where the house is busy, it is asked again.
    async fn geduldig<R: akte_core::execute::Room>(&self, call: Call, command: R::Command) -> Result<(), ExecuteError>
    where
        R::Command: Clone,
    {
        for n in 1..=VERSUCHE {
            match self.house.execute::<R>(call.clone(), command.clone()).await {
                Err(ExecuteError::Pushback) if n < VERSUCHE => tokio::time::sleep(Duration::from_millis(25) * n).await,
                other => return other.map(|_| ()),
            }
        }
        Err(ExecuteError::Pushback)
    }

    async fn ablegen(&self, akte: Uuid, corr: Uuid, dokumente: Vec<Uuid>) -> anyhow::Result<()> {
        if dokumente.is_empty() {
            return Ok(());
        }
        let call = self.call(erase::key()?, Target::Stream(akte), Some(corr), self.name.clone());
        self.geduldig::<Akte>(call, AkteCommand::FileDokumente { dokumente }).await.context("Ablage in die Akte")
    }
}

/// The Akte an import of this name makes for itself.
pub fn eigene_akte(house: &House, name: &str) -> anyhow::Result<Uuid> {
    let import = house.natural_stream("import", &[name])?;
    Ok(house.natural_stream("akte", &["import", &import.to_string()])?)
}

/// Permits for this file: what it takes of the memory for all.
fn mib(pfad: &Path) -> u32 {
    let len = std::fs::metadata(pfad).map_or(0, |m| m.len()).min(datei::IM_SPEICHER);
    u32::try_from(len >> 20).unwrap_or(SPEICHER_MIB).saturating_add(1).min(SPEICHER_MIB)
}

fn offen(p: &Posten) -> Befund {
    Befund {
        zeile: p.zeile,
        pfad: p.pfad.clone(),
        aktenzeichen: p.aktenzeichen.clone().unwrap_or_default(),
        stand: Stand::Offen,
        grund: String::new(),
        sha256: String::new(),
        dokument: None,
    }
}

fn abgelehnt(befund: Befund, grund: &str) -> Befund {
    Befund { stand: Stand::Abgelehnt, grund: grund.to_owned(), dokument: None, ..befund }
}
