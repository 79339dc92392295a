//! Puts a package together: all events of the chosen streams with their proofs, their documents, a readable
//! summary, and the programs that check it without us.
//!
//! Asks no permission and writes no read log: whoever hands the package out did both before. What is withheld is
//! left out of the disclosures; header, chain and proof stay.

use super::inhalt::{self, Angaben, Art, Dokument};
use super::{Datei, archiv::Archiv, bericht, worte};
use akte_core::documents::DokumentWert;
use akte_core::execute::{Ereignis, ExecuteError, House};
use akte_core::ledger::ids::system_stream;
use akte_core::ledger::receipt::Redacted;
use akte_core::zugriff::Konto;
use futures::TryStreamExt;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Seek, Write};
use uuid::Uuid;

/// What is withheld: place of the event -> pointer -> ground.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schwaerzung(pub BTreeMap<(Uuid, u64), BTreeMap<String, String>>);

impl Schwaerzung {
    /// What is withheld of one event.
    pub fn zu(&self, strom: Uuid, seq: u64) -> Option<&BTreeMap<String, String>> {
        self.0.get(&(strom, seq)).filter(|g| !g.is_empty())
    }

    fn offen(&self, strom: Uuid, seq: u64, zeiger: &str) -> bool {
        self.zu(strom, seq).is_none_or(|g| !g.contains_key(zeiger))
    }
}

/// What a package is to hold.
pub struct Auftrag {
    pub art: Art,
    pub aktenzeichen: Option<String>,
    /// The file's title, for the summary.
    pub titel: String,
    pub stroeme: Vec<Uuid>,
    pub schwaerzung: Schwaerzung,
    /// Place in the log: events there and after it are left out.
    pub bis: Option<u64>,
    /// Address of the town where its key is published.
    pub basis_url: String,
}

/// One event of the package, as the table of contents and the summary name it.
pub struct Beleg {
    pub seq: u64,
    pub index: u64,
    pub wire: String,
    pub at: Timestamp,
    pub offen: Vec<String>,
    pub fehlend: Vec<u8>,
    pub akteur: String,
    pub satz: String,
    /// What it shows in words: pointer and value.
    pub werte: Vec<(String, Value)>,
}

/// One stream of the package.
pub struct Strom {
    pub id: Uuid,
    /// From 1.
    pub nr: usize,
    pub art: &'static str,
    pub bezeichnung: String,
    pub belege: Vec<Beleg>,
    pub vollstaendigkeit: Option<Value>,
}

impl Strom {
    /// Its file in this folder of the package.
    pub fn datei(&self, ordner: &str) -> String {
        format!("{ordner}/{:03}-{}.json", self.nr, self.art)
    }
}

/// A finished package: small files at hand, documents still in the store.
pub struct Paket {
    pub dateien: Vec<Datei>,
    pub dokumente: Vec<Dokument>,
    pub ereignisse: usize,
    /// No list of streams covers it yet: that nothing is missing at the end is not proven.
    pub ohne_tagesabschluss: bool,
}

impl Paket {
    /// Bytes of all files together.
    pub fn umfang(&self) -> u64 {
        let klein: u64 = self.dateien.iter().map(|d| d.inhalt.len() as u64).sum();
        klein + self.dokumente.iter().filter(|d| d.datei.is_some()).map(|d| d.wert.len).sum::<u64>()
    }

    /// Writes everything into an archive; documents pass through piece by piece.
    pub async fn schreiben<W: Write + Seek + Send>(&self, house: &House, ziel: W) -> Result<W, ExecuteError> {
        let mut archiv = Archiv::neu(ziel);
        for d in &self.dateien {
            archiv.datei(&d.name, &d.inhalt).map_err(auf_platte)?;
        }
        for d in &self.dokumente {
            let Some(pfad) = &d.datei else { continue };
            archiv.beginnen(pfad).map_err(auf_platte)?;
            let mut strom = house.open_document(&d.wert).await?;
            while let Some(stueck) = strom.try_next().await? {
                archiv.schreiben(&stueck).map_err(auf_platte)?;
            }
        }
        archiv.schliessen().map_err(auf_platte)
    }
}

fn auf_platte(e: std::io::Error) -> ExecuteError {
    match e.kind() {
        std::io::ErrorKind::StorageFull => ExecuteError::DiskFull,
        _ => ExecuteError::Refused {
            code: "archiv".into(),
            text: format!("Das Archiv lässt sich nicht schreiben: {e}"),
        },
    }
}

/// Gathers, proves and describes; writes nothing.
pub async fn bauen(house: &House, auftrag: &Auftrag) -> Result<Paket, ExecuteError> {
    let mut namen = Namen::default();
    let (mut stroeme, mut auszuege, mut dokumente) = (Vec::new(), Vec::new(), Gesammelt::default());
    let bis = auftrag.bis.unwrap_or(u64::MAX);
    for id in &auftrag.stroeme {
        let mut ereignisse = house.ereignisse(*id).await?;
        ereignisse.retain(|e| e.index < bis);
        let Some(erstes) = ereignisse.first() else { continue };
        let nr = stroeme.len() + 1;
        let (art, wort) = worte::stromart(&erstes.header.wire);
        let (mut belege, mut records) = (Vec::new(), Vec::new());
        for e in &ereignisse {
            let (beleg, record) = beleg(house, auftrag, *id, e, &mut namen).await?;
            dokumente.aus(&beleg);
            belege.push(beleg);
            records.push(record);
        }
        let bezeichnung = format!("{wort} (Strom {nr})");
        stroeme.push(Strom { id: *id, nr, art, bezeichnung, belege, vollstaendigkeit: None });
        auszuege.push(records);
    }
    let loeschungen = loeschungen(house, &stroeme).await?;
    if !loeschungen.is_empty() {
        auszuege.push(loeschungen);
    }
    let slices: Vec<&[Redacted]> = auszuege.iter().map(Vec::as_slice).collect();
    let (checkpoint, belege) = house.belege_zusammen(&slices).await?.ok_or_else(kein_checkpoint)?;
    let ohne_tagesabschluss = !vollstaendig(house, &mut stroeme, bis).await?;
    let dokumente = dokumente.pruefen(house).await?;
    let teile = Teile { auftrag, stroeme: &stroeme, dokumente: &dokumente, checkpoint, belege, ohne_tagesabschluss };
    let dateien = teile.dateien(house).await?;
    let ereignisse = stroeme.iter().map(|s| s.belege.len()).sum();
    Ok(Paket { dateien, dokumente, ereignisse, ohne_tagesabschluss })
}

fn kein_checkpoint() -> ExecuteError {
    let text = "Noch kein Checkpoint umfasst alle Ereignisse dieser Akte. Er entsteht, während `akte serve` läuft; versuchen Sie es in einigen Minuten noch einmal.";
    ExecuteError::Refused { code: "kein_checkpoint".into(), text: text.into() }
}

async fn beleg(
    house: &House,
    auftrag: &Auftrag,
    strom: Uuid,
    e: &Ereignis,
    namen: &mut Namen,
) -> Result<(Beleg, Redacted), ExecuteError> {
    let seq = e.header.seq;
    let zeigen = |p: &str| auftrag.schwaerzung.offen(strom, seq, p);
    let (mut data, mut akteur, mut werte) = (Map::new(), String::new(), Vec::new());
    for (g, zeiger, wert) in e.werte().filter(|(_, p, _)| zeigen(p)) {
        match zeiger.strip_prefix("/_") {
            Some("akteur") => akteur = wert.as_str().unwrap_or_default().to_owned(),
            Some(_) => {}
            None => {
                // Sentences are made of open values only.
                if g == 0 && !zeiger[1..].contains('/') {
                    data.insert(zeiger[1..].to_owned(), wert.clone());
                }
                werte.push((zeiger.to_owned(), wert.clone()));
            }
        }
    }
    werte.sort_by(|a, b| a.0.cmp(&b.0));
    let satz = akte_projections::satz::satz(&e.header.wire, &data);
    let beleg = Beleg {
        seq,
        index: e.index,
        wire: e.header.wire.clone(),
        at: e.header.at,
        offen: e.zeiger().into_iter().filter(|p| zeigen(p)).map(str::to_owned).collect(),
        fehlend: e.fehlend().to_vec(),
        akteur: namen.name(house, &akteur).await,
        satz: namen.eingesetzt(house, &satz).await,
        werte,
    };
    Ok((beleg, e.auszug(zeigen)?))
}

/// The requests that name what is gone from these streams.
async fn loeschungen(house: &House, stroeme: &[Strom]) -> Result<Vec<Redacted>, ExecuteError> {
    let fehlt: BTreeSet<u64> =
        stroeme.iter().flat_map(|s| &s.belege).filter(|b| !b.fehlend.is_empty()).map(|b| b.index).collect();
    let mut out = Vec::new();
    if fehlt.is_empty() {
        return Ok(out);
    }
    for e in house.ereignisse(system_stream(&house.log)).await? {
        let trifft = e.header.wire == "erasure.requested.v1"
            && e.werte().any(|(_, p, v)| {
                let ziele = v.as_array().filter(|_| p == "/targets").into_iter().flatten();
                ziele.filter_map(|t| t["idx"].as_u64()).any(|idx| fehlt.contains(&idx))
            });
        if trifft {
            out.push(e.auszug(|p| !p.starts_with("/_"))?);
        }
    }
    Ok(out)
}

/// Puts the proofs of completeness in; `false` while the log has none.
async fn vollstaendig(house: &House, stroeme: &mut [Strom], bis: u64) -> Result<bool, ExecuteError> {
    let ids: Vec<Uuid> = stroeme.iter().map(|s| s.id).collect();
    match house.completeness_of(&ids, bis, |_| ()).await {
        Ok(beweise) => {
            stroeme.iter_mut().zip(beweise).for_each(|(s, b)| s.vollstaendigkeit = Some(b));
            Ok(true)
        }
        Err(ExecuteError::Refused { code, .. }) if code == "keine_liste" => Ok(false),
        Err(e) => Err(e),
    }
}

/// Documents the shown values cite, each once.
#[derive(Default)]
struct Gesammelt(Vec<Dokument>);

impl Gesammelt {
    fn aus(&mut self, b: &Beleg) {
        let text = |p: &str| b.werte.iter().find(|(z, _)| z == p).and_then(|(_, v)| v.as_str());
        let hier = text("/titel").or_else(|| text("/dateiname")).unwrap_or(&b.satz).to_owned();
        for (_, wert) in &b.werte {
            let mut gefunden = Vec::new();
            in_wert(wert, &hier, &mut gefunden);
            for (wert, name) in gefunden {
                if self.0.iter().all(|d| d.wert.digest != wert.digest) {
                    self.0.push(Dokument { wert, name, datei: None, fehlt: "", stelle: b.index });
                }
            }
        }
    }

    /// Names a file for each that can still be opened.
    async fn pruefen(mut self, house: &House) -> Result<Vec<Dokument>, ExecuteError> {
        for (nr, d) in self.0.iter_mut().enumerate() {
            match house.open_document(&d.wert).await {
                Ok(_) => d.datei = Some(format!("dokumente/{:04}.{}", nr + 1, worte::endung(&d.wert.media))),
                Err(ExecuteError::NotFound) => d.fehlt = "gelöscht",
                Err(e) => return Err(e),
            }
        }
        Ok(self.0)
    }
}

/// Documents in a value with the name that stands beside them.
fn in_wert(v: &Value, name: &str, out: &mut Vec<(DokumentWert, String)>) {
    match v {
        Value::Object(o) if o.contains_key("dsalt") && o.contains_key("digest") => {
            out.extend(DokumentWert::alle_in(v).into_iter().map(|w| (w, name.to_owned())));
        }
        Value::Object(o) => {
            let hier = o.get("dateiname").and_then(Value::as_str).unwrap_or(name);
            o.values().for_each(|v| in_wert(v, hier, out));
        }
        Value::Array(a) => a.iter().for_each(|v| in_wert(v, name, out)),
        _ => {}
    }
}

/// Names of accounts, asked once each.
#[derive(Default)]
pub struct Namen(BTreeMap<String, String>);

impl Namen {
    /// Who acted, in words.
    pub async fn name(&mut self, house: &House, akteur: &str) -> String {
        if let Some(name) = self.0.get(akteur) {
            return name.clone();
        }
        let name = match (akteur, akteur.parse::<Uuid>()) {
            ("process", _) => "Folgeregel".to_owned(),
            ("system", _) => "System".to_owned(),
            ("", _) => "ohne Angabe".to_owned(),
            (_, Ok(id)) => match house.load::<Konto>(id).await {
                Ok(k) => k.state.name.or(k.state.login).unwrap_or_else(|| "ein Konto ohne Namen".into()),
                Err(_) => "antragstellende Person".to_owned(),
            },
            (other, Err(_)) => other.to_owned(),
        };
        self.0.insert(akteur.to_owned(), name.clone());
        name
    }

    /// A sentence with names for the ids it marks.
    pub async fn eingesetzt(&mut self, house: &House, satz: &str) -> String {
        let mut out = String::new();
        let mut rest = satz;
        while let Some((davor, danach)) = rest.split_once('{') {
            let (id, weiter) = danach.split_once('}').unwrap_or((danach, ""));
            out.push_str(davor);
            out.push_str(&self.name(house, id).await);
            rest = weiter;
        }
        out.push_str(rest);
        out
    }
}

/// What the files are made of.
struct Teile<'a> {
    auftrag: &'a Auftrag,
    stroeme: &'a [Strom],
    dokumente: &'a [Dokument],
    checkpoint: String,
    belege: Vec<String>,
    ohne_tagesabschluss: bool,
}

impl Teile<'_> {
    async fn dateien(mut self, house: &House) -> Result<Vec<Datei>, ExecuteError> {
        let vkeys: Vec<String> = house.log_vkeys().await?.iter().map(ToString::to_string).collect();
        let jetzt = house.clock.now();
        let erstellt = jetzt.to_zoned(house.zone.clone()).strftime("%d.%m.%Y, %H:%M Uhr").to_string();
        let text = |name: &str, inhalt: String| Datei { name: name.into(), inhalt: inhalt.into_bytes() };
        let pdf = bericht::zusammenfassung(house, self.auftrag, self.stroeme, self.dokumente, self.ohne_tagesabschluss);
        let mut dateien = vec![
            text(
                "LIESMICH.txt",
                worte::liesmich(self.auftrag, &house.stadt.name, &erstellt, &vkeys, self.ohne_tagesabschluss),
            ),
            Datei { name: "zusammenfassung.pdf".into(), inhalt: pdf.await? },
            text("pruefen.html", worte::pruefseite()),
            text("pruefer.mjs", worte::PRUEFER.into()),
            text("paket.mjs", worte::PAKET.into()),
            text("vertrauen.txt", worte::vertrauen(&vkeys)),
            text("checkpoint", std::mem::take(&mut self.checkpoint)),
        ];
        let rest = self.belege.split_off(self.stroeme.len());
        let belege = std::mem::take(&mut self.belege);
        for (s, beleg) in self.stroeme.iter().zip(belege) {
            dateien.push(text(&s.datei("ereignisse"), beleg));
            if let Some(v) = &s.vollstaendigkeit {
                dateien.push(text(&s.datei("vollstaendigkeit"), v.to_string()));
            }
        }
        let loeschungen = (!rest.is_empty()).then_some("ereignisse/loeschungen.json");
        dateien.extend(rest.into_iter().map(|beleg| text("ereignisse/loeschungen.json", beleg)));
        let angaben = Angaben {
            art: self.auftrag.art,
            aktenzeichen: self.auftrag.aktenzeichen.as_deref(),
            erstellt,
            protokoll: &house.log,
            stroeme: self.stroeme,
            schwaerzung: &self.auftrag.schwaerzung,
            dokumente: self.dokumente,
            loeschungen,
        };
        let inhalt = inhalt::schreiben(&angaben, &dateien);
        dateien.extend(inhalt);
        Ok(dateien)
    }
}
