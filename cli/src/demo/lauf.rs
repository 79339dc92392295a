//! Drives the planned cases through the real command path, in the order of their times.

use super::plan::Fall;
use super::schritte::Tat;
use super::uhr::DemoUhr;
use super::{antrag, kapitel::Kapitel, personal::Personal};
use akte_core::execute::{Call, House, Loaded, Principal, Target};
use akte_core::process::{Process, release_versand};
use akte_core::verfahren::command::Zusatz;
use akte_core::verfahren::definition::Schrittart;
use akte_core::verfahren::event::{Kanal, Tenor, Weg};
use akte_core::verfahren::{Vorgang, VorgangCommand as C, auswertung, bedingung};
use anyhow::Context;
use jiff::{Timestamp, ToSpan};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use uuid::Uuid;

/// Everything one run needs.
pub struct Lauf<'a> {
    pub house: &'a House,
    pub uhr: &'a DemoUhr,
    pub personal: &'a Personal,
    pub process: &'a mut Process,
    /// Nothing of the demo happens later.
    pub bis: Timestamp,
}

/// A case on its way.
struct Unterwegs {
    fall: Fall,
    vorgang: Option<Uuid>,
    naechster: usize,
}

impl Lauf<'_> {
    /// Runs all cases to their ends, and the stations of `kapitel` between them at their own times, so that the log
    /// goes forward in time; `fortschritt` is called after each step.
    pub async fn run(
        &mut self,
        faelle: Vec<Fall>,
        kapitel: &mut Kapitel<'_>,
        mut fortschritt: impl FnMut(),
    ) -> anyhow::Result<()> {
        let mut unterwegs: Vec<Unterwegs> =
            faelle.into_iter().map(|fall| Unterwegs { fall, vorgang: None, naechster: 0 }).collect();
        for u in &mut unterwegs {
            u.fall.beginn = self.dienst(u, u.fall.beginn);
        }
        let mut heap: BinaryHeap<Reverse<(Timestamp, usize)>> =
            unterwegs.iter().enumerate().map(|(i, u)| Reverse((u.fall.beginn, i))).collect();
        while let Some(Reverse((at, i))) = heap.pop() {
            kapitel.bis(self, at).await?;
            let u = &mut unterwegs[i];
            self.uhr.set(at);
            let (tat, _) = u.fall.plan[u.naechster];
            self.tun(u, tat)
                .await
                .with_context(|| format!("{} nach {:?}: {tat:?}", u.fall.leistung.id, u.fall.ziel))?;
            self.process.settle().await?;
            u.naechster += 1;
            fortschritt();
            if let Some((_, stunden)) = u.fall.plan.get(u.naechster) {
                let at = at.saturating_add(stunden.hours()).unwrap_or(at);
                heap.push(Reverse((self.dienst(u, at), i)));
            }
        }
        kapitel.bis(self, self.bis).await
    }

    /// When the next step is done: the office works on weekdays from 8 to 16, citizens whenever they like.
    fn dienst(&self, u: &Unterwegs, at: Timestamp) -> Timestamp {
        use Tat::*;
        let selbst = match u.fall.plan[u.naechster].0 {
            Einreichen => u.fall.kanal == Kanal::Online,
            Nachreichen | Zuruecknehmen | Abrufen | WiderspruchErheben | Bestandskraft => true,
            _ => false,
        };
        let local = at.to_zoned(self.house.zone.clone());
        let (mut tag, stunde) = (local.date(), local.hour());
        if selbst || ((8..16).contains(&stunde) && werktag(tag)) {
            return at;
        }
        if stunde >= 16 || !werktag(tag) {
            tag = tag.saturating_add(1.day());
        }
        while !werktag(tag) {
            tag = tag.saturating_add(1.day());
        }
        // Not all at eight sharp; whole hours between two steps keep their order.
        let beginn = tag.at(8, local.minute() / 2, local.second(), 0).to_zoned(self.house.zone.clone());
        beginn.map_or(at, |z| z.timestamp()).min(self.bis).max(at)
    }

    async fn tun(&mut self, u: &mut Unterwegs, tat: Tat) -> anyhow::Result<()> {
        let fall = u.fall.clone();
        if tat == Tat::Einreichen {
            u.vorgang = Some(self.einreichen(&fall).await?);
            return Ok(());
        }
        let vorgang = u.vorgang.context("erst einreichen")?;
        let stand: Loaded<Vorgang> = self.house.load(vorgang).await?;
        let wer = self.wer(&fall, tat, vorgang);
        for (n, command) in self.befehle(&fall, tat, &stand).await?.into_iter().enumerate() {
            let call = Call {
                principal: wer.clone(),
                key: format!("demo-{:04}-{:02}-{n}-{vorgang}", fall.n, u.naechster),
                target: Target::Stream(vorgang),
                expected: None,
                request: Some(serde_json::json!({ "demo": format!("{tat:?}"), "n": n })),
                corr: Some(vorgang),
            };
            self.house.execute::<Vorgang>(call, command).await?;
        }
        if tat == Tat::ImPortalBereitstellen {
            self.freigeben(vorgang).await?;
        }
        Ok(())
    }

    /// The minute in which a dispatch can be taken back passes.
    async fn freigeben(&self, vorgang: Uuid) -> anyhow::Result<()> {
        use akte_core::execute::Clock;
        self.uhr.set(self.uhr.now().saturating_add(1.minute())?);
        let v = self.house.load::<Vorgang>(vorgang).await?.state;
        let sendungen: Vec<_> = v.sendungen.iter().map(|s| (vorgang, s.id)).collect();
        release_versand(self.house, &sendungen).await?;
        Ok(())
    }

    async fn einreichen(&mut self, fall: &Fall) -> anyhow::Result<Uuid> {
        let (principal, key, vorgang) = kennung(self.house, self.personal, fall)?;
        let command = antrag::submit(self.house, fall, vorgang).await?;
        let call = Call {
            principal,
            key,
            target: Target::New,
            expected: None,
            request: Some(serde_json::json!({ "demo": fall.n })),
            corr: None,
        };
        let done = self.house.execute::<Vorgang>(call, command).await?;
        Ok(done.stream)
    }

    /// Who does it: the applicant, the clerk of the unit, or its head.
    fn wer(&self, fall: &Fall, tat: Tat, vorgang: Uuid) -> Principal {
        use Tat::*;
        let einheit = &fall.leistung.einheit;
        match tat {
            Nachreichen | Zuruecknehmen | Abrufen => {
                Principal::buerger(self.house.antragsteller(vorgang), vec![vorgang])
            }
            Zuweisen | Schlusszeichnen | Mitzeichnen => self.personal.leitung(einheit),
            Bestandskraft => Principal::process(),
            _ => self.personal.sachbearbeitung(einheit, fall.n),
        }
    }

    async fn befehle(&self, fall: &Fall, tat: Tat, stand: &Loaded<Vorgang>) -> anyhow::Result<Vec<C>> {
        use Tat::*;
        let v = &stand.state;
        let heute = self.uhr_datum();
        Ok(match tat {
            Einreichen => Vec::new(),
            Zuweisen => {
                let an = self.personal.konto(&self.personal.sachbearbeitung(&fall.leistung.einheit, fall.n));
                vec![C::Assign { an, einheit: fall.leistung.einheit.clone() }]
            }
            Uebernehmen => vec![C::TakeOver],
            Pruefen => vec![C::StartPruefung],
            Vermerken => vec![C::WriteVermerk { text: "Rückfrage telefonisch geklärt.".into() }],
            Nachfordern => vec![self.nachfordern(fall)],
            Nachreichen => antrag::nachreichen(self.house, v, stand.stream).await?,
            Beteiligen => vec![C::Consult {
                stelle: "Kreis, Fachdienst Straßenverkehr".into(),
                frage: "Bestehen Bedenken?".into(),
            }],
            StellungnahmeErhalten => v
                .stellen_offen
                .iter()
                .map(|s| C::ReceiveStellungnahme { stelle: s.clone(), text: "Keine Bedenken.".into() })
                .collect(),
            Anhoeren => vec![C::StartAnhoerung {
                text: "Wir beabsichtigen, den Antrag abzulehnen. Sie können sich dazu äußern.".into(),
                tage: 14,
            }],
            AnhoerungBeenden => vec![C::HoldAnhoerung { antwort: "Keine Äußerung eingegangen.".into() }],
            Ruhen => vec![C::Pause { grund: "Auf Wunsch der antragstellenden Person bis zum Umzug.".into() }],
            Vollstaendig => vec![C::CheckVollstaendigkeit { fehlend: Vec::new() }],
            HinweisErledigen => hinweise(v, fall),
            Entscheidungsreif => vec![C::DeclareEntscheidungsreif],
            Bewilligen => vec![entwurf(fall, Tenor::Bewilligt, 0)],
            Ablehnen => vec![entwurf(fall, Tenor::Abgelehnt, 1)],
            Geschaeftsgang => {
                let leitung = self.personal.konto(&self.personal.leitung(&fall.leistung.einheit));
                vec![C::StartGeschaeftsgang { an: vec![leitung] }]
            }
            Mitzeichnen => zeichnen(v, |fassung, digest| C::CoSign { fassung, digest }),
            Schlusszeichnen => zeichnen(v, |fassung, digest| C::FinalSign { fassung, digest }),
            AmSchalterAushaendigen => vec![C::Dispatch { weg: Weg::Schalter }],
            ImPortalBereitstellen => {
                vec![C::GiveEinwilligung { kanal: fall.kanal, email: None }, C::Dispatch { weg: Weg::Portal }]
            }
            Abrufen => vec![C::EffectBekanntgabe { art: "abruf".into(), am: heute }],
            WiderspruchErheben => vec![C::ReceiveWiderspruch {
                am: heute,
                text: "Ich bin mit der Entscheidung nicht einverstanden.".into(),
            }],
            Bestandskraft => vec![C::ReachBestandskraft],
            UebermittlungenBestaetigen => bestaetigen(v),
            Bezahlen => bezahlen(v),
            ZuDenAkten => abschluss(self.house, v, fall),
            Zuruecknehmen => vec![C::Withdraw { grund: Some("Ich brauche es nicht mehr.".into()) }],
            Erledigen => vec![C::Erledigen { grund: "Das Anliegen hat sich erledigt.".into() }],
            Abgeben => vec![abgeben(self.house, v, fall)],
        })
    }

    fn nachfordern(&self, fall: &Fall) -> C {
        let unterlage = fall.leistung.unterlagen.first().map_or_else(|| "sonstige".to_owned(), |u| u.id.clone());
        C::Nachfordern {
            unterlagen: vec![unterlage],
            text: "Bitte reichen Sie die genannte Unterlage nach. Sie können sie mit Ihrem Vorgangscode hochladen."
                .into(),
            tage: 14,
        }
    }

    fn uhr_datum(&self) -> jiff::civil::Date {
        use akte_core::execute::Clock;
        self.uhr.now().to_zoned(self.house.zone.clone()).date()
    }
}

/// Who hands an application in, under which key, and the Vorgang it becomes.
pub fn kennung(house: &House, personal: &Personal, fall: &Fall) -> anyhow::Result<(Principal, String, Uuid)> {
    let key = format!("demo-antrag-{:08}", fall.n);
    let principal = match fall.kanal {
        Kanal::Online => Principal::buerger(Uuid::nil(), Vec::new()),
        _ => personal.poststelle(),
    };
    let vorgang = house.stream_for_new::<Vorgang>(&principal, &key)?;
    Ok((principal, key, vorgang))
}

pub fn werktag(tag: jiff::civil::Date) -> bool {
    use jiff::civil::Weekday;
    !matches!(tag.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Hints that were noted and still want a clerk's word.
fn hinweise(v: &Vorgang, fall: &Fall) -> Vec<C> {
    let hints =
        fall.leistung.schritte.iter().filter(|s| s.art == Schrittart::Hinweis && v.schritte_erledigt.contains(&s.id));
    hints
        .map(|s| C::DoneHinweis { schritt: s.id.clone(), vermerk: "Hinweis gegeben, Nachweis liegt vor.".into() })
        .collect()
}

/// Receipts of the recipients for what was sent.
fn bestaetigen(v: &Vorgang) -> Vec<C> {
    let sent = v.uebermittlungen.iter().filter(|u| u.stand == "gesendet");
    sent.map(|u| C::Acknowledge { stelle: u.stelle.clone() }).collect()
}

/// By the step of the definition where it has one that applies, else without waiting for an answer.
fn abgeben(house: &House, v: &Vorgang, fall: &Fall) -> C {
    let stelle = house.stadt.stelle(&fall.leistung.zustaendig.stelle).to_owned();
    let rechtsgrundlage = "örtliche Zuständigkeit".to_owned();
    match fall.leistung.schritt(Schrittart::Abgeben) {
        Some(s) if bedingung::holds(&s.wenn, &v.felder, false) => {
            C::SendAbgabe { stelle, rechtsgrundlage, weg: "email".into() }
        }
        _ => C::Abgeben { stelle, rechtsgrundlage },
    }
}

/// What must have happened before the file closes: facts that concern the case, a hand-over that was confirmed.
fn abschluss(house: &House, v: &Vorgang, fall: &Fall) -> Vec<C> {
    let am = v.eingang_am.map_or_else(Default::default, |t| t.to_zoned(house.zone.clone()).date());
    let belastend = v.bescheid.as_ref().is_some_and(|b| b.tenor != Tenor::Bewilligt);
    let ausgang = v.status.nebenausgang();
    let tatsachen = auswertung::tatsachen(&fall.leistung, &v.felder, belastend, am);
    let freigabe = fall.leistung.datensatz.as_ref().map(|d| d.nach_schritt.as_str());
    let gebraucht = tatsachen.into_iter().filter(|s| !s.freiwillig || freigabe == Some(s.id.as_str()));
    let offen = gebraucht.filter(|s| !ausgang && !v.schritte_erledigt.contains(&s.id));
    let mut out: Vec<C> = offen.map(|s| C::NoteTatsache { schritt: s.id.clone(), vermerk: String::new() }).collect();
    let abgabe = abgeben(house, v, fall);
    if !ausgang && v.abgabe.is_none() && matches!(abgabe, C::SendAbgabe { .. }) {
        out.push(abgabe);
        out.push(C::ConfirmAbgabe { zeichen: String::new() });
    }
    if v.abgabe.as_ref().is_some_and(|a| a.stand != "bestaetigt") {
        out.push(C::ConfirmAbgabe { zeichen: String::new() });
    }
    out.push(C::Close);
    out
}

/// Payment of whatever is open.
fn bezahlen(v: &Vorgang) -> Vec<C> {
    let open = v.gebuehren.iter().filter(|g| g.stand == "offen");
    let weg = || "überweisung".to_owned();
    open.map(|g| C::PayGebuehr { zeile: g.zeile.clone(), betrag_cent: g.betrag_cent, weg: weg() }).collect()
}

fn entwurf(fall: &Fall, tenor: Tenor, baustein: usize) -> C {
    let bausteine = fall.leistung.bescheid.as_ref().map(|b| b.bausteine.as_slice()).unwrap_or_default();
    let text = bausteine.get(baustein).or_else(|| bausteine.first());
    let begruendung = text.map_or_else(|| "Die Voraussetzungen sind geprüft.".to_owned(), |t| t.de.clone());
    let ermessen = "Abgewogen haben wir das Anliegen gegen die Rechte anderer und den Zweck der Vorschrift.".to_owned();
    let zusatz = Zusatz { ermessen, ..Zusatz::default() };
    C::DraftBescheid { tenor, begruendung, nebenbestimmungen: String::new(), zusatz }
}

fn zeichnen(v: &Vorgang, command: impl Fn(u32, String) -> C) -> Vec<C> {
    let draft = v.bescheid.as_ref().and_then(|b| b.dokument.as_ref().map(|d| (b.fassung, d.digest.clone())));
    draft.map(|(fassung, digest)| command(fassung, digest)).into_iter().collect()
}
