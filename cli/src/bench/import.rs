//! Taking over a share: files read, hashed, sealed, stored, recorded, filed and their text taken out and indexed.
//!
//! Half of the files are two-page PDFs from our own typesetter, half DOCX of the same text. Time ends when the last
//! word can be found.

use super::report::{Goal, Report, Row};
use super::{Args, seconds};
use crate::folder::Folder;
use crate::import::lauf::{Lauf, Ziel};
use crate::import::{bericht::Zahlen, ordner, sichten, uebernehmen};
use crate::volltext::Volltext;
use crate::wire::SystemClock;
use crate::{demo, start};
use akte_core::auszug::proben;
use akte_core::documents::notice::{Absender, Bescheid, Brief, render, template_by_name};
use akte_core::execute::Principal;
use akte_core::kernel::Role;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Different PDFs; each file carries a mark of its own behind the end.
const VERSCHIEDENE: usize = 8;
/// Paragraphs of a document: a little over one page, so that it takes two.
const ABSAETZE: usize = 12;
/// Smallest share.
const WENIGSTENS: usize = 200;

const SATZ: &str = "Die Prüfung der eingereichten Unterlagen hat ergeben, dass die Angaben zum Grundstück an der Mühlenstraße \
    vollständig sind und die Nachbarn gehört wurden; die Stellungnahme der Feuerwehr liegt vor, und die Zufahrt bleibt \
    auch während der Bauarbeiten frei, wie es die Satzung verlangt.";

/// Makes the share and takes it over once.
pub async fn measure(args: &Args, folder: &Path, report: &mut Report) -> Result<()> {
    let dateien = (args.events as usize / 2).max(WENIGSTENS);
    let share = folder.join("ablage");
    ablage(&share, dateien)?;
    let wired = start::found(Folder::create(&folder.join("import"))?, demo::STADT, Arc::new(SystemClock)).await?;
    let einheit = wired.house.stadt.einheiten.first().context("keine Einheit")?.id.clone();
    let principal = Principal::konto(wired.house.konto("bench")?, vec![Role::Registratur], &einheit);
    let (views, _) = sichten(&wired).await?;
    let share = share.canonicalize()?;
    let start = Instant::now();
    let posten = ordner::posten(&share, None);
    let lauf = Lauf::neu(&wired, views, principal, "bench", "intern".into(), false)?;
    let ziel = Ziel::Neu { aktenplan: "32.1".into(), titel: "Ablage".into() };
    let (befunde, ende) = uebernehmen(&wired, lauf, ziel, posten, true, || {}).await?;
    ende?;
    let ohne_text = seconds(start);
    Volltext::neu(wired.house.clone(), wired.folder.root())?.aufholen(|_| {}).await?;
    let sekunden = seconds(start);
    let zahlen = Zahlen::von(&befunde);
    ensure!(zahlen.uebernommen == dateien, "{zahlen}");
    let name = "Übernahme in eine Akte mit Volltext, je zur Hälfte zweiseitige PDF und DOCX";
    report.add(Row::new("Übernahme, bis alles abgelegt ist", dateien as f64 / ohne_text, "Dokumente/s"));
    report.add(Row::new(name, dateien as f64 / sekunden, "Dokumente/s").goal(Goal::AtLeast(200.0)));
    Ok(())
}

fn ablage(share: &Path, dateien: usize) -> Result<()> {
    let pdfs: Vec<Vec<u8>> = (0..VERSCHIEDENE).map(pdf).collect::<Result<_>>()?;
    for n in 0..dateien {
        let ordner = share.join(format!("{:03}", n / 100));
        std::fs::create_dir_all(&ordner)?;
        if n % 2 == 0 {
            let mut bytes = pdfs[n / 2 % VERSCHIEDENE].clone();
            bytes.extend(format!("% {n}\n").bytes());
            std::fs::write(ordner.join(format!("Bescheid {n}.pdf")), bytes)?;
        } else {
            std::fs::write(ordner.join(format!("Vermerk {n}.docx")), proben::docx(&absaetze(n).join("\n")))?;
        }
    }
    Ok(())
}

fn absaetze(n: usize) -> Vec<String> {
    (0..ABSAETZE).map(|k| format!("{SATZ} Absatz {k} zu Vorgang {n}.")).collect()
}

fn pdf(n: usize) -> Result<Vec<u8>> {
    let brief = Brief {
        stadt: Absender { name: "Stadt Probe".into(), ..Absender::default() },
        empfaenger: vec!["Erika Muster".into()],
        aktenzeichen: format!("00.0-{n:04}/2000"),
        datum: jiff::civil::date(2000, 1, 1),
        betreff: "Probe".into(),
        anrede: "Guten Tag,".into(),
        ..Brief::default()
    };
    let bescheid =
        Bescheid { brief, tenor: vec!["Bewilligt.".into()], begruendung: absaetze(n), ..Bescheid::default() };
    let template = template_by_name("bescheid").context("Vorlage")?;
    let fertig = render(&template, &serde_json::to_value(bescheid)?, &[]).map_err(|e| anyhow::anyhow!("{e}"))?;
    Ok(fertig.pdf)
}
