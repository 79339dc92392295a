//! When a notice counts as announced, under every reading of a contested rule.
//!
//! Does not decide that a notice was received: who proves a later receipt says so with
//! [`Bekanntgabe::received`].

use super::frist::{Dauer, Kopf, Verschiebung, schritt};
use super::proben::{AbrufVector, RegimeVector};
use super::regel::{check_spans, in_span};
use super::worte::{datum_deutsch, kurz, toml_date, toml_date_opt};
use super::{Frist, Law, LawError};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How a notice was sent on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BekanntgabeArt {
    /// Posted; the date is the day of posting.
    AufgabeZurPost,
    /// Sent electronically; the date is the day of sending.
    Absendung,
    /// Handed over in person or served; the date is that very day.
    Aushaendigung,
    /// Retrieved by the person; the date is the day of retrieval (§ 41 (2a) VwVfG).
    Abruf,
}

/// The day of Bekanntgabe, by the reading that makes it earliest and the one that makes it latest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bekanntgabe {
    pub art: BekanntgabeArt,
    /// `end` is the day of Bekanntgabe.
    pub frueheste: Frist,
    /// `end` is the day of Bekanntgabe from which a remedy's period is counted in favour of the citizen.
    pub spaeteste: Frist,
}

impl Bekanntgabe {
    /// Whether all readings give the same day.
    pub fn is_certain(&self) -> bool {
        self.frueheste.end == self.spaeteste.end
    }

    /// A proven later receipt replaces the fiction (§ 41 (2) S. 3 VwVfG); an earlier one does not.
    pub fn received(mut self, am: Date) -> Self {
        for frist in [&mut self.frueheste, &mut self.spaeteste] {
            if am > frist.end {
                (frist.end, frist.roh) = (am, am);
                let text = format!("Zugang erst am {}: Dieser Tag ist der Tag der Bekanntgabe.", datum_deutsch(am));
                frist.rechenweg.push(schritt("§ 41 Abs. 2 Satz 3 VwVfG", text));
            }
        }
        self
    }
}

/// What became of a provision for retrieval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abruf {
    /// Last day of the provision; `None` where the rule knows none (AO).
    pub bereit_bis: Option<Frist>,
    /// `None`: not retrieved (yet), so nothing is announced.
    pub bekanntgabe: Option<Bekanntgabe>,
}

/// One reading of a regime's fiction.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesart {
    /// Days after posting or sending.
    pub tage: u32,
    /// Whether the day of the fiction moves off weekends and holidays.
    pub verschiebung: Verschiebung,
    /// Who reads it so.
    pub grund: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Regimedatei {
    pub regime: Vec<Regime>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Regime {
    pub id: String,
    pub titel: String,
    pub fassung: Vec<RegimeFassung>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegimeFassung {
    pub version: String,
    pub paragraph: String,
    /// Norm of the shift of the fiction's day.
    pub norm_verschiebung: String,
    #[serde(deserialize_with = "toml_date")]
    pub valid_from: Date,
    #[serde(default, deserialize_with = "toml_date_opt")]
    pub valid_until: Option<Date>,
    pub source: String,
    pub verified: bool,
    pub lesarten: Vec<Lesart>,
    pub abruf: AbrufRegel,
    pub vectors: Vec<RegimeVector>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AbrufRegel {
    pub paragraph: String,
    pub art: AbrufArt,
    /// Days of provision after the notice (`tag_nach_abruf`).
    #[serde(default)]
    pub bereitstellung_tage: Option<u32>,
    pub verified: bool,
    pub vectors: Vec<AbrufVector>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AbrufArt {
    /// Effective the day after retrieval; without retrieval nothing (§ 41 (2a) VwVfG).
    TagNachAbruf,
    /// The fiction runs from the notice about the provision, retrieved or not (§ 122a AO).
    AbBenachrichtigung,
}

impl Regime {
    pub fn check(&self) -> Result<(), String> {
        if self.fassung.is_empty() || self.titel.is_empty() {
            return Err(format!("Regime {}: titel und fassung angeben", self.id));
        }
        for f in &self.fassung {
            if f.lesarten.is_empty()
                || f.source.is_empty()
                || f.lesarten.iter().any(|l| l.grund.is_empty() || l.tage == 0)
            {
                return Err(format!("Regime {}: source und lesarten (tage >= 1, grund) angeben", self.id));
            }
            if f.vectors.is_empty() || f.abruf.vectors.is_empty() {
                return Err(format!("Regime {}: vectors angeben, auch für den Abruf", self.id));
            }
            if f.abruf.art == AbrufArt::TagNachAbruf && f.abruf.bereitstellung_tage.is_none() {
                return Err(format!("Regime {}: bereitstellung_tage angeben", self.id));
            }
        }
        let spans: Vec<_> = self.fassung.iter().map(|f| (f.valid_from, f.valid_until)).collect();
        check_spans(&spans).map_err(|e| format!("Regime {}: {e}", self.id))
    }
}

impl Law {
    fn regime(&self, id: &str, am: Date) -> Result<(&str, &RegimeFassung), LawError> {
        let unknown = || LawError::UnbekannteZeile { tabelle: "bekanntgabe".into(), zeile: id.into() };
        let regime = self.tafeln.regime.get(id).ok_or_else(unknown)?;
        let fassung = regime.fassung.iter().find(|f| in_span(am, f.valid_from, f.valid_until));
        let none = || LawError::KeineFassung { was: format!("Das Regime {id}"), am };
        Ok((&regime.id, fassung.ok_or_else(none)?))
    }

    /// Ids of all regimes, for example `LVwG-SH`, `AO`; the definition loader checks against them.
    pub fn regimes(&self) -> impl Iterator<Item = &str> {
        self.tafeln.regime.keys().map(String::as_str)
    }

    /// All readings of the fiction in force on the day of posting.
    pub fn lesarten(&self, regime: &str, am: Date) -> Result<&[Lesart], LawError> {
        Ok(&self.regime(regime, am)?.1.lesarten)
    }

    /// The day of Bekanntgabe under every reading of the regime (`LVwG-SH`, `VwVfG-Bund`, `AO`, `SGB-X`).
    /// `am`: day of posting, sending, hand-over or retrieval, as `art` says.
    pub fn bekanntgabe(&self, regime: &str, art: BekanntgabeArt, am: Date) -> Result<Bekanntgabe, LawError> {
        match art {
            BekanntgabeArt::AufgabeZurPost => self.fiktion(regime, art, am, "Aufgabe zur Post"),
            BekanntgabeArt::Absendung => self.fiktion(regime, art, am, "Elektronische Absendung"),
            BekanntgabeArt::Aushaendigung => self.aushaendigung(regime, am),
            BekanntgabeArt::Abruf => self.nach_abruf(regime, am),
        }
    }

    /// A notice provided for retrieval: `benachrichtigt` = day the person was told,
    /// `abgerufen` = day of retrieval. A retrieval after the provision has ended is refused.
    pub fn abruf(&self, regime: &str, benachrichtigt: Date, abgerufen: Option<Date>) -> Result<Abruf, LawError> {
        let (id, f) = self.regime(regime, benachrichtigt)?;
        let fault = |grund: String| LawError::Angabe { regel: f.version.clone(), grund };
        if abgerufen.is_some_and(|am| am < benachrichtigt) {
            return Err(fault("der Abruf liegt vor der Benachrichtigung".into()));
        }
        let Some(tage) = f.abruf.bereitstellung_tage.filter(|_| f.abruf.art == AbrufArt::TagNachAbruf) else {
            let sent = self.fiktion(
                regime,
                BekanntgabeArt::Abruf,
                benachrichtigt,
                "Benachrichtigung über die Bereitstellung",
            )?;
            return Ok(Abruf { bereit_bis: None, bekanntgabe: Some(sent) });
        };
        let kopf =
            Kopf { verified: f.verified && f.abruf.verified, ..kopf(id, f, "Bereitstellung ab Benachrichtigung") };
        let kopf = Kopf { paragraph: &f.abruf.paragraph, ..kopf };
        let until = self.frist(kopf, benachrichtigt, Dauer::Tage(tage), Verschiebung::NaechsterWerktag)?;
        let bekanntgabe = match abgerufen {
            None => None,
            Some(am) if am > until.end => {
                return Err(fault(format!(
                    "die Bereitstellung endete am {}; bitte erneut bereitstellen",
                    kurz(until.end)
                )));
            }
            Some(am) => Some(self.nach_abruf(regime, am)?),
        };
        Ok(Abruf { bereit_bis: Some(until), bekanntgabe })
    }

    /// Retrieved by somebody who was not told of it, or not shown to have been, where otherwise the notice itself
    /// announces: known on the day of retrieval (§ 122a (4) AO). `None` where the retrieval counts anyway.
    pub fn abruf_ohne_benachrichtigung(&self, regime: &str, am: Date) -> Result<Option<Bekanntgabe>, LawError> {
        let (id, f) = self.regime(regime, am)?;
        if f.abruf.art == AbrufArt::TagNachAbruf {
            return Ok(None);
        }
        let text = format!("Abgerufen am {}, ohne nachgewiesene Benachrichtigung.", datum_deutsch(am));
        let kopf = Kopf { paragraph: &f.abruf.paragraph, verified: f.abruf.verified, ..kopf(id, f, "") };
        self.am_selben_tag(kopf, BekanntgabeArt::Abruf, am, text).map(Some)
    }

    fn fiktion(&self, regime: &str, art: BekanntgabeArt, am: Date, ereignis: &str) -> Result<Bekanntgabe, LawError> {
        let (id, f) = self.regime(regime, am)?;
        self.span_of(kopf(id, f, ereignis), art, am, &f.lesarten)
    }

    /// The day after retrieval; whether it moves off a weekend is as contested as with the post.
    fn nach_abruf(&self, regime: &str, am: Date) -> Result<Bekanntgabe, LawError> {
        let (id, f) = self.regime(regime, am)?;
        if f.abruf.art == AbrufArt::AbBenachrichtigung {
            let grund = "die Bekanntgabe folgt aus der Benachrichtigung, nicht aus dem Abruf".into();
            return Err(LawError::Angabe { regel: f.version.clone(), grund });
        }
        let reading = |verschiebung, grund: &str| Lesart { tage: 1, verschiebung, grund: grund.into() };
        let readings = [
            reading(Verschiebung::Keine, "Tag nach dem Abruf"),
            reading(Verschiebung::NaechsterWerktag, "Tag nach dem Abruf, auf den nächsten Werktag verschoben"),
        ];
        let kopf = Kopf { paragraph: &f.abruf.paragraph, ..kopf(id, f, "Abruf") };
        self.span_of(Kopf { verified: f.abruf.verified, ..kopf }, BekanntgabeArt::Abruf, am, &readings)
    }

    fn aushaendigung(&self, regime: &str, am: Date) -> Result<Bekanntgabe, LawError> {
        let (id, f) = self.regime(regime, am)?;
        let text = format!("Persönlich ausgehändigt am {}.", datum_deutsch(am));
        // § 43 (1) VwVfG: effective when announced; no fiction, nothing contested.
        self.am_selben_tag(Kopf { verified: true, ..kopf(id, f, "") }, BekanntgabeArt::Aushaendigung, am, text)
    }

    fn am_selben_tag(&self, k: Kopf<'_>, art: BekanntgabeArt, am: Date, text: String) -> Result<Bekanntgabe, LawError> {
        self.tafeln.kalender.in_range(am)?;
        let frist = Frist {
            regime: k.regime.into(),
            rule_version: k.rule_version(&self.tafeln.kalender),
            begin: am,
            end: am,
            roh: am,
            warnung: None,
            verified: k.verified,
            rechenweg: vec![schritt(k.paragraph, text)],
        };
        Ok(Bekanntgabe { art, frueheste: frist.clone(), spaeteste: frist })
    }

    fn span_of(
        &self,
        kopf: Kopf<'_>,
        art: BekanntgabeArt,
        am: Date,
        readings: &[Lesart],
    ) -> Result<Bekanntgabe, LawError> {
        let mut fristen = Vec::with_capacity(readings.len());
        for reading in readings {
            let mut frist = self.frist(kopf, am, Dauer::Tage(reading.tage), reading.verschiebung)?;
            frist.rechenweg.push(schritt(kopf.paragraph, format!("Lesart: {}.", reading.grund)));
            fristen.push(frist);
        }
        let none = || LawError::KeineFassung { was: kopf.version.to_owned(), am };
        let frueheste = fristen.iter().min_by_key(|f| f.end).cloned().ok_or_else(none)?;
        let spaeteste = fristen.into_iter().rev().max_by_key(|f| f.end).ok_or_else(none)?;
        Ok(Bekanntgabe { art, frueheste, spaeteste })
    }
}

fn kopf<'a>(id: &'a str, f: &'a RegimeFassung, ereignis: &'a str) -> Kopf<'a> {
    Kopf {
        regime: id,
        version: &f.version,
        paragraph: &f.paragraph,
        ereignis,
        norm_verschiebung: &f.norm_verschiebung,
        verified: f.verified,
    }
}
