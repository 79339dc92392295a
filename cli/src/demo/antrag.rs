//! Applications of the demo: the accepted examples of each definition with an invented person in them.

use super::personen::{into_fields, person};
use super::plan::Fall;
use akte_core::execute::House;
use akte_core::verfahren::event::AntragDokument;
use akte_core::verfahren::pruefung::{self, Sprache};
use akte_core::verfahren::{Vorgang, VorgangCommand as C, loader};
use anyhow::{Context, anyhow};
use jiff::{ToSpan, civil::Date};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// `examples/angenommen*.toml` of a definition, as far as the demo needs it.
#[derive(Clone, Debug, Deserialize)]
struct Beispiel {
    heute: String,
    #[serde(default)]
    unterlagen: Vec<String>,
    eingabe: BTreeMap<String, toml::Value>,
}

/// The submission of a planned case.
pub async fn submit(house: &House, fall: &Fall, vorgang: Uuid) -> anyhow::Result<C> {
    let beispiele = beispiele(&fall.leistung.id)?;
    let beispiel = beispiele.get(fall.n % beispiele.len().max(1)).context("kein angenommenes Beispiel")?;
    let heute: Date = beispiel.heute.parse()?;
    let tag = fall.beginn.to_zoned(house.zone.clone()).date();
    let mut roh = beispiel.eingabe.iter().map(|(k, v)| (k.clone(), texte(v, heute, tag))).collect();
    into_fields(&person(fall.n), &mut roh);
    let geprueft = pruefung::pruefe(&fall.leistung, &roh, &beispiel.unterlagen, tag, Sprache::De)
        .map_err(|befunde| anyhow!("Beispiel von {} wird nicht angenommen: {befunde:?}", fall.leistung.id))?;
    let mut dokumente = Vec::new();
    for id in &beispiel.unterlagen {
        dokumente.push(unterlage(house, vorgang, id).await?);
    }
    Ok(C::Submit {
        leistung: fall.leistung.id.clone(),
        kanal: fall.kanal,
        vertrauen: "ohne".into(),
        eingang_am: fall.beginn,
        antragsteller: house.antragsteller(vorgang),
        felder: geprueft.felder,
        dokumente,
    })
}

/// What open Nachforderungen ask for.
pub async fn nachreichen(house: &House, v: &Vorgang, vorgang: Uuid) -> anyhow::Result<Vec<C>> {
    use akte_core::verfahren::event::Kanal;
    let mut out = Vec::new();
    for n in v.offene_nachforderungen() {
        for id in n.unterlagen.iter().filter(|id| !n.erhalten.contains(id)) {
            out.push(C::SupplyUnterlage { kanal: Kanal::Online, dokument: unterlage(house, vorgang, id).await? });
        }
    }
    Ok(out)
}

async fn unterlage(house: &House, vorgang: Uuid, id: &str) -> anyhow::Result<AntragDokument> {
    let kek = house.vault.kek_for("antragsteller", vorgang)?.kek;
    let text = format!("Demonstration: Kopie der Unterlage „{id}“. Keine echten Daten.\n");
    let key = (kek.id, kek.key());
    let dokument = house.documents.put_bytes(key, "text/plain", text.into_bytes().into()).await?;
    Ok(AntragDokument { unterlage: id.to_owned(), dateiname: format!("{id}.txt"), dokument })
}

fn beispiele(leistung: &str) -> anyhow::Result<Vec<Beispiel>> {
    let alle = loader::builtin_files();
    let (_, dateien) = alle.into_iter().find(|(id, _)| *id == leistung).context("Leistung ohne Ordner")?;
    let mut out = Vec::new();
    for (pfad, inhalt) in dateien.iter().filter(|(pfad, _)| pfad.starts_with("examples/angenommen")) {
        out.push(toml::from_str(std::str::from_utf8(inhalt)?).with_context(|| pfad.clone())?);
    }
    Ok(out)
}

/// Form values; dates around the example's own day move along with the case.
fn texte(value: &toml::Value, heute: Date, tag: Date) -> Vec<String> {
    match value {
        toml::Value::Array(items) => items.iter().flat_map(|v| texte(v, heute, tag)).collect(),
        toml::Value::String(text) => vec![verschoben(text, heute, tag)],
        other => vec![other.to_string()],
    }
}

fn verschoben(text: &str, heute: Date, tag: Date) -> String {
    let parsed = Date::strptime("%d.%m.%Y", text).or_else(|_| text.parse::<Date>());
    let Ok(date) = parsed else { return text.to_owned() };
    let days = (date - heute).get_days();
    if days.abs() > 400 {
        return text.to_owned();
    }
    let moved = tag.saturating_add(days.days());
    moved.strftime("%d.%m.%Y").to_string()
}
