//! A folder of a file share taken over into a file of its own, by the code of `akte import`.
//!
//! The folder is made for this and removed again; its files carry dates of the past.

use super::hand::Hand;
use crate::import::lauf::{Lauf, Ziel};
use crate::import::{ordner, sichten, uebernehmen};
use crate::wire::Wired;
use anyhow::ensure;
use jiff::ToSpan;
use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// Path below the share, and text.
const DATEIEN: [(&str, &str); 5] = [
    ("Markt/2021/Protokoll.txt", "Niederschrift der Marktbesprechung 2021."),
    ("Markt/2022/Protokoll.txt", "Niederschrift der Marktbesprechung 2022."),
    ("Markt/2022/Teilnehmer.csv", "Stand;Betrieb\n1;Imkerei am Moor\n2;Gärtnerei Sonnenhof\n"),
    ("Markt/Vorlagen/Einladung.txt", "Wir laden zur Marktbesprechung ein."),
    ("Markt/Notizen.txt", "Schlüssel für den Stromkasten liegt bei der Hausmeisterei."),
];

pub async fn ordner(wired: &Wired, h: &Hand<'_>) -> anyhow::Result<()> {
    let wurzel = wired.folder.root().join("uebernahme.demo");
    anlegen(&wurzel, h)?;
    let wurzel = wurzel.canonicalize()?;
    let (views, _) = sichten(wired).await?;
    let lauf = Lauf::neu(wired, views, h.registratur.clone(), "Altbestand Markt", "intern".into(), false)?;
    let titel = "Markt, übernommener Ordner".into();
    let ziel = Ziel::Neu { aktenplan: h.stelle.clone(), titel };
    let (befunde, ende) = uebernehmen(wired, lauf, ziel, ordner::posten(&wurzel, None), false, || ()).await?;
    ende?;
    fs::remove_dir_all(&wurzel)?;
    let abgelehnt: Vec<&str> = befunde.iter().filter(|b| b.dokument.is_none()).map(|b| b.grund.as_str()).collect();
    ensure!(abgelehnt.is_empty(), "nicht übernommen: {abgelehnt:?}");
    Ok(())
}

fn anlegen(wurzel: &Path, h: &Hand<'_>) -> anyhow::Result<()> {
    for (n, (pfad, text)) in (1..).zip(DATEIEN) {
        let datei = wurzel.join(pfad);
        if let Some(dir) = datei.parent() {
            fs::create_dir_all(dir)?;
        }
        fs::write(&datei, text)?;
        let am = h.house.clock.now().checked_sub((24 * 200 * n).hours())?;
        let am = UNIX_EPOCH + Duration::from_secs(am.as_second().unsigned_abs());
        fs::File::options().write(true).open(&datei)?.set_modified(am)?;
    }
    Ok(())
}
