//! The paper a living file still has: volumes with their places, one of them lent.

use super::akten::Akten;
use super::hand::Hand;
use akte_core::akte::{Akte, AkteCommand as C, PapierCommand};
use anyhow::Context;
use jiff::ToSpan;

/// One volume in the shelf, one that came back to another place, one that is out.
pub async fn entleihen(h: &Hand<'_>, a: &Akten) -> anyhow::Result<()> {
    let mut baende = Vec::new();
    for titel in ["Band 1, 2009 bis 2014", "Band 2, 2015 bis 2019", "Band 3, Pläne"] {
        let band = PapierCommand::Register { titel: titel.into(), ort: "Altregistratur, Regal 4".into() };
        h.akte(&h.registratur, a.lebend, C::Papier(band)).await?;
        let state = h.house.load::<Akte>(a.lebend).await?.state;
        let neu = state.papier.into_iter().max_by_key(|(_, b)| b.nummer).context("Band nicht eingetragen")?;
        baende.push(neu.0);
    }
    let bis = Some(h.house.heute().checked_add(60.days())?);
    let leihen = |band, an: &str| C::Papier(PapierCommand::Lend { band, an: an.into(), bis });
    h.akte(&h.eins, a.lebend, C::Papier(PapierCommand::Move { band: baende[0], ort: "Zimmer 12".into() })).await?;
    h.akte(&h.registratur, a.lebend, leihen(baende[1], "Herr Petersen")).await?;
    let zurueck = PapierCommand::Return { band: baende[1], ort: "Altregistratur, Regal 5".into() };
    h.akte(&h.registratur, a.lebend, C::Papier(zurueck)).await?;
    h.akte(&h.registratur, a.lebend, leihen(baende[2], "Bauamt, Planausgabe")).await
}
