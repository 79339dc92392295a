//! The record beside the applications: three days in the last weeks on which files, routes and post are worked on.
//!
//! Knows when, not what: that say `akten`, `gaenge`, `vorlagen`, `postbuch` and `vernichtung`.

use super::akten::Akten;
use super::gaenge::Gaenge;
use super::hand::Hand;
use super::lauf::{Lauf, werktag};
use super::personal::Personal;
use super::vorlagen::Vorlagen;
use super::{akten, gaenge, papier, postbuch, vernichtung, vorlagen};
use akte_core::execute::House;
use anyhow::Context;
use jiff::{Timestamp, ToSpan};
use uuid::Uuid;

/// Days before now; far enough apart that a Wiedervorlage becomes due and late in between.
const TAGE: [i64; 3] = [32, 18, 6];

/// What the chapter has made so far.
pub struct Kapitel<'a> {
    pub hand: Hand<'a>,
    /// When each of the next stations is, earliest first.
    stationen: Vec<Timestamp>,
    /// The case that is destroyed at the end.
    vergeht: Option<Uuid>,
    akten: Option<Akten>,
    gaenge: Option<Gaenge>,
    vorlagen: Option<Vorlagen>,
}

impl<'a> Kapitel<'a> {
    /// Without a case to destroy there is no station: the demo has applications only.
    pub fn neu(house: &'a House, personal: &Personal, vergeht: Option<Uuid>, jetzt: Timestamp) -> anyhow::Result<Self> {
        let tage = if vergeht.is_some() { &TAGE[..] } else { &[] };
        let stationen = tage.iter().map(|n| morgen(house, jetzt, *n)).collect::<anyhow::Result<_>>()?;
        let hand = Hand::neu(house, personal)?;
        Ok(Self { hand, stationen, vergeht, akten: None, gaenge: None, vorlagen: None })
    }

    /// Every station up to this time that was not there yet.
    pub async fn bis(&mut self, lauf: &mut Lauf<'_>, zeit: Timestamp) -> anyhow::Result<()> {
        while self.stationen.first().is_some_and(|t| *t <= zeit) {
            lauf.uhr.set(self.stationen.remove(0));
            let nr = TAGE.len() - self.stationen.len();
            self.station(lauf, nr).await.with_context(|| format!("Tag {nr} der Akten"))?;
        }
        Ok(())
    }

    async fn station(&mut self, lauf: &mut Lauf<'_>, nr: usize) -> anyhow::Result<()> {
        let h = &self.hand;
        match (nr, self.akten.as_ref(), self.gaenge.as_ref(), self.vorlagen.as_ref()) {
            (1, ..) => {
                let a = akten::anlegen(h).await?;
                lauf.process.settle().await?;
                papier::entleihen(h, &a).await?;
                self.gaenge = Some(gaenge::beginnen(h, &a).await?);
                self.vorlagen = Some(vorlagen::setzen(h, &a).await?);
                self.akten = Some(a);
            }
            (2, Some(a), Some(g), Some(v)) => {
                vorlagen::erledigen(h, v).await?;
                gaenge::weiter(h, g).await?;
                akten::ordnen(h, a).await?;
                lauf.process.settle().await?;
                akten::schliessen(h, a).await?;
                postbuch::annehmen(h, a).await?;
            }
            (3, Some(a), Some(g), Some(v)) => {
                vorlagen::letzte(h, a, v).await?;
                gaenge::abschliessen(h, g).await?;
                lauf.process.settle().await?;
                akten::fristen(h, a).await?;
                akten::archiv(h, a).await?;
                vernichtung::akte_vorschlagen(h, a.vergeht).await?;
                vernichtung::vorschlagen(h, self.vergeht.context("Vorgang fehlt")?).await?;
            }
            _ => anyhow::bail!("Ein früherer Tag fehlt"),
        }
        lauf.process.settle().await?;
        Ok(())
    }
}

/// Half past nine of the last working day up to so many days ago.
fn morgen(house: &House, jetzt: Timestamp, tage: i64) -> anyhow::Result<Timestamp> {
    let mut tag = jetzt.to_zoned(house.zone.clone()).date().checked_sub(tage.days())?;
    while !werktag(tag) {
        tag = tag.checked_sub(1.day())?;
    }
    Ok(tag.at(9, 30, 0, 0).to_zoned(house.zone.clone())?.timestamp())
}
