//! The decision as a notice: the draft that is signed, the Ausfertigung that goes out, and its plain text for
//! comparing Fassungen.
//!
//! Which texts it used was settled with the draft; here they are only set.

use super::letters::{Anlage, Letter, fault};
use crate::documents::notice::{Bescheid, Brief, Posten, Unterschrift};
use crate::execute::{ExecuteError, House, vorlage};
use crate::kernel::Decider;
use crate::recht::datum_deutsch;
use crate::verfahren::belehrung::{self, Ort};
use crate::verfahren::bescheidpruefung::{Anspruch, BELEHRUNG};
use crate::verfahren::command::Gerendert;
use crate::verfahren::definition::Schrittart;
use crate::verfahren::event::{Tenor, VorgangEvent as E};
use crate::verfahren::state::BescheidState;
use crate::verfahren::{Definition, Vorgang, akt, gebuehr};
use crate::zugriff::Konto;
use jiff::Timestamp;
use uuid::Uuid;

/// What stands in the signer's place until somebody has signed.
const ENTWURF: &str = "Entwurf, noch nicht gezeichnet";

impl Letter<'_> {
    /// The draft of the decision: what is signed. It names the office, not the drafter; who signs is not
    /// known yet.
    pub(super) async fn draft(&self) -> Result<Gerendert, ExecuteError> {
        self.bescheid(ENTWURF.into()).await
    }

    /// The decision as it goes out: the text that was signed, with the signer's name and the day of signing.
    pub(super) async fn ausfertigung(&self, durch: Uuid) -> Result<Gerendert, ExecuteError> {
        self.bescheid(self.zeichnend(durch).await?).await
    }

    async fn bescheid(&self, name: String) -> Result<Gerendert, ExecuteError> {
        let mut input = self.bescheid_eingabe(name).await?;
        let zusage = self.zusage(self.entwurf().await?, "Der Inhalt dieses Bescheids", &mut input.brief).await?;
        let template = vorlage::template(self.def).ok_or_else(|| fault("Vorlage fehlt"))?;
        self.make_with(template, &input, vec![zusage]).await
    }

    /// What the template is given.
    async fn bescheid_eingabe(&self, name: String) -> Result<Bescheid, ExecuteError> {
        let (Some(b), Some(d)) = (&self.v.bescheid, &self.def.bescheid) else { return Err(ExecuteError::NotFound) };
        let mut brief = self.brief(&self.betreff());
        if self.v.akt.is_none() {
            brief.tabelle = self.values();
        }
        brief.unterschriften = vec![self.im_auftrag(name)];
        let (gebuehr, gebuehr_hinweis) = self.gebuehr(b, &mut brief);
        let id = Anspruch::of(self.v, self.def).belehrung(b.tenor);
        let belehrung = self.belehrung(id, Some((b, d.regime.as_str())), &mut brief)?;
        if self.v.akt_art().and_then(akt::regel).is_some_and(|r| !r.verified) {
            brief
                .hinweise
                .push("Welche Vorschrift des Landes für diesen Bescheid gilt, ist noch nicht bestätigt.".into());
        }
        Ok(Bescheid {
            tenor: self.tenor(b).await?,
            nebenbestimmungen: paragraphs(&b.nebenbestimmungen),
            begruendung: paragraphs(&b.begruendung),
            ermessen: paragraphs(&b.ermessen),
            gebuehr,
            gebuehr_hinweis,
            belehrung,
            brief,
        })
    }

    fn betreff(&self) -> String {
        match self.v.akt_art() {
            Some(art) => format!("{}: {}", art.titel(), self.def.titel.de),
            None => self.def.titel.de.clone(),
        }
    }

    /// The operative part: the sentence of this result, then the clerk's own words where the act needs them.
    async fn tenor(&self, b: &BescheidState) -> Result<Vec<String>, ExecuteError> {
        let antrag = datum_deutsch(self.eingang());
        let satz = match self.v.akt.as_ref().and_then(|a| Some((a, akt::regel(a.art)?))) {
            Some((a, regel)) => {
                let vom = self.ausgefertigt_am(a.bezug).await?;
                let norm = if regel.wider { String::new() } else { format!(" ({})", regel.paragraph) };
                let satz = regel.satz(b.tenor).replace("{bezug}", &vom);
                format!("{}{norm}.", satz.trim_end_matches('.'))
            }
            None => match b.tenor {
                Tenor::Bewilligt => format!("Ihr Antrag vom {antrag} wird bewilligt."),
                Tenor::TeilweiseBewilligt => {
                    format!("Ihr Antrag vom {antrag} wird teilweise bewilligt, im Übrigen abgelehnt.")
                }
                Tenor::Abgelehnt => format!("Ihr Antrag vom {antrag} wird abgelehnt."),
            },
        };
        Ok(std::iter::once(satz).chain(paragraphs(&b.spruch)).collect())
    }

    /// The date on the notice of an earlier act: the day of its final signature.
    async fn ausgefertigt_am(&self, nr: u32) -> Result<String, ExecuteError> {
        let fassung = self.v.versandte_akte().chain(self.abgelegt()).find(|(n, ..)| *n == nr).map(|(.., b)| b.fassung);
        let fassung = fassung.ok_or_else(|| fault("Bescheid, um den es geht, fehlt"))?;
        let history = self.house.history(self.vorgang).await?;
        let signed = history.iter().rev().find(|r| match r.decode::<E>() {
            Ok(E::SchlusszeichnungGiven { fassung: f, .. }) => f == fassung,
            _ => false,
        });
        let day = signed.map(|r| r.at.to_zoned(self.house.zone.clone()).date());
        day.map(|d| d.strftime("%d.%m.%Y").to_string())
            .ok_or_else(|| fault("Zeichnung des Bescheids, um den es geht, fehlt"))
    }

    fn abgelegt(&self) -> impl Iterator<Item = (u32, Option<crate::verfahren::event::AktArt>, &BescheidState)> {
        let art = |a: &crate::verfahren::state::AktState| a.kopf.as_ref().map(|k| k.art);
        self.v.weitere_akte.iter().filter_map(move |a| Some((a.nr(), art(a), a.bescheid.as_ref()?)))
    }

    /// The fees that will be assessed when this decision goes out, at the prices of the day of application.
    fn gebuehr(&self, b: &BescheidState, brief: &mut Brief) -> (Vec<Posten>, String) {
        let von_selbst = self.def.schritt(Schrittart::Gebuehr).is_some_and(|s| s.automatisch);
        let erster = self.v.akt.is_none() && von_selbst && gebuehr::nach_entscheidung(self.def);
        if !erster || b.tenor == Tenor::Abgelehnt {
            return (Vec::new(), String::new());
        }
        let rows = gebuehr::due(self.def, self.v, self.eingang());
        let rows = rows.iter().filter_map(|t| gebuehr::lookup(self.def, &self.house.law, t, self.eingang()).ok());
        let rows: Vec<_> = rows.collect();
        if rows.iter().any(|r| !r.verified) {
            brief.hinweise.push("Die Höhe der Gebühr ist noch nicht bestätigt.".into());
        }
        let posten: Vec<Posten> = rows
            .into_iter()
            .map(|r| Posten { bezeichnung: r.label, grundlage: r.quelle, betrag_cent: r.betrag_cent })
            .collect();
        match posten.is_empty() {
            true => (posten, String::new()),
            false => (posten, "Die Gebühr setzen wir mit einem Gebührenbescheid fest, den Sie dazu erhalten.".into()),
        }
    }

    /// The instruction on the remedy in the wording the draft used, or the one in force on the letter's day.
    /// One that is incomplete makes no notice: it would open a year instead of a month (§ 58 (2) VwGO).
    pub(super) fn belehrung(
        &self,
        id: &str,
        entwurf: Option<(&BescheidState, &str)>,
        brief: &mut Brief,
    ) -> Result<String, ExecuteError> {
        let Some(mut b) = belehrung::in_kraft(id, self.day()).cloned() else { return Ok(String::new()) };
        if let Some((entwurf, regime)) = entwurf {
            if let Some(t) = entwurf.texte.iter().find(|t| t.herkunft == BELEHRUNG && t.id == b.id) {
                b.text.clone_from(&t.text);
            }
            brief.hinweise.extend(belehrung::hinweis(regime, b.rechtsbehelf));
        }
        if !b.verified {
            brief.hinweise.push("Der Wortlaut der Rechtsbehelfsbelehrung ist noch nicht bestätigt.".into());
        }
        let anschrift = format!("{}, {} {}", brief.stadt.strasse, brief.stadt.plz, brief.stadt.ort);
        let gericht = gericht(self.house);
        match b.wortlaut(Ort { stadt: &brief.stadt.name, anschrift: &anschrift, gericht: &gericht }) {
            text if text.is_empty() => Err(fault("Der Rechtsbehelfsbelehrung fehlt eine Angabe (stadt.toml)")),
            text => Ok(text),
        }
    }

    /// Place of the draft this decision goes back to: the event itself, or the last draft before it was signed.
    async fn entwurf(&self) -> Result<u64, ExecuteError> {
        let history = self.house.history(self.vorgang).await?;
        let before = history.iter().rev().filter(|r| r.seq <= self.event.seq);
        let draft = before.into_iter().find(|r| r.wire == "bescheid.drafted.v1");
        draft.map(|r| r.seq).ok_or_else(|| fault("Entwurf fehlt"))
    }

    async fn zeichnend(&self, konto: Uuid) -> Result<String, ExecuteError> {
        match self.house.load::<Konto>(konto).await {
            Ok(k) => Ok(k.state.name.filter(|n| !n.is_empty())),
            Err(ExecuteError::NotFound) => Ok(None),
            Err(e) => Err(e),
        }
        // A name that was erased: the head of the authority stands for it.
        .map(|name| name.unwrap_or_else(|| self.house.stadt.leitung.clone()))
    }

    /// Name and office (§ 37 (3) VwVfG).
    fn im_auftrag(&self, name: String) -> Unterschrift {
        let einheiten = &self.house.stadt.einheiten;
        let einheit = einheiten.iter().find(|e| e.id == self.v.einheit).map_or("", |e| e.name.as_str());
        Unterschrift { name, funktion: format!("Im Auftrag, {einheit}") }
    }
}

/// The administrative court the town's notices name: the town's own word, else the Land's row.
pub fn gericht(house: &House) -> String {
    match house.stadt.texte.verwaltungsgericht.trim() {
        "" => belehrung::gericht(&house.stadt.land).map_or_else(String::new, |(name, _)| name.to_owned()),
        eigenes => eigenes.to_owned(),
    }
}

fn paragraphs(t: &Option<String>) -> Vec<String> {
    t.iter().flat_map(|t| t.split("\n\n")).map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

/// A notice that is not issued: shown to who drafts, kept nowhere.
pub struct Vorschau {
    pub text: String,
    pub pdf: Vec<u8>,
}

/// The notice as this state would give it today. `v` may hold a draft that was never saved.
pub async fn vorschau(
    house: &House,
    vorgang: Uuid,
    v: &Vorgang,
    def: &Definition,
    am: Timestamp,
) -> Result<Vorschau, ExecuteError> {
    let mut event = house.history(vorgang).await?.pop().ok_or(ExecuteError::NotFound)?;
    event.at = am;
    let letter = Letter { house, event: &event, vorgang, v, def };
    let mut input = letter.bescheid_eingabe(ENTWURF.into()).await?;
    let text = input.klartext();
    input.brief.hinweise.insert(0, "Vorschau: Dieses Blatt ist kein Bescheid und nicht gespeichert.".into());
    let template = vorlage::template(def).ok_or_else(|| fault("Vorlage fehlt"))?;
    let rendered = super::letters::render(template, &input, Vec::<Anlage>::new()).await?;
    Ok(Vorschau { text, pdf: rendered.pdf })
}

/// The text of one saved Fassung, made again from the events up to its draft; `None` where there is none.
pub async fn fassung_text(house: &House, vorgang: Uuid, nr: u32) -> Result<Option<String>, ExecuteError> {
    let mut v = Vorgang::default();
    for r in house.history(vorgang).await? {
        let Ok(event) = r.decode::<E>() else { continue };
        v = <Vorgang as Decider>::evolve(v, &event);
        if !matches!(event, E::BescheidDrafted { fassung, .. } if fassung == nr) {
            continue;
        }
        let Some(def) = house.leistungen().by_hash(&v.definition) else { return Ok(None) };
        let letter = Letter { house, event: &r, vorgang, v: &v, def: &def };
        return letter.bescheid_eingabe(ENTWURF.into()).await.map(|b| Some(b.klartext()));
    }
    Ok(None)
}
