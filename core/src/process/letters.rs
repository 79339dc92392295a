//! The notices: from a case to the input of its template, and on to the stored PDF.
//!
//! Texts of a service come from its definition; here stands only what every notice says. The
//! same case gives the same bytes, and the same bytes are stored once.

use crate::documents::notice::{
    self, Absender, Attachment, Bescheid, Brief, Empfangsbescheinigung, Gebuehrenbescheid, Nachweis, Posten, Rendered,
    Template, Unterschrift, Zeile, template_by_name,
};
use crate::execute::{ExecuteError, House, vorlage};
use crate::ledger::hash::b64u;
use crate::ledger::json::to_jcs;
use crate::recht::{Params, datum_deutsch};
use crate::vault::Recorded;
use crate::verfahren::command::Gerendert;
use crate::verfahren::definition::{Feld, Feldtyp};
use crate::verfahren::event::Tenor;
use crate::verfahren::{Definition, Vorgang, bedingung, gebuehr, offenlegung};
use crate::zugriff::Konto;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// Place of the submission in its stream.
const ANTRAG: u64 = 0;

/// A JSON file inside a notice.
struct Anlage {
    name: &'static str,
    beschreibung: &'static str,
    bytes: Vec<u8>,
}

/// One case about which a letter is written.
pub(super) struct Letter<'a> {
    pub house: &'a House,
    /// The event that asks for it: its day is the letter's day.
    pub event: &'a Recorded,
    pub vorgang: Uuid,
    pub v: &'a Vorgang,
    pub def: &'a Definition,
}

impl Letter<'_> {
    /// Empfangsbescheinigung, whatever is missing.
    pub(super) async fn receipt(&self) -> Result<Gerendert, ExecuteError> {
        let mut brief = self.brief("Empfangsbescheinigung");
        brief.absaetze =
            vec![format!("wir bescheinigen den Empfang: {}.", self.def.titel.de), self.def.rechtsfolge.de.clone()];
        brief.tabelle = self.values();
        let eingang = self.v.eingang_am.map(|t| t.to_zoned(self.house.zone.clone()));
        let eingang = eingang.map_or_else(String::new, |z| {
            format!("{}, {:02}:{:02} Uhr", datum_deutsch(z.date()), z.hour(), z.minute())
        });
        let rechtsgrundlage = self.def.rechtsgrundlage.join(", ");
        let beleg = json!({
            "v": 1,
            "leistung": self.def.id,
            "version": self.def.version,
            "definition": self.def.sha256,
            "aktenzeichen": self.v.aktenzeichen,
            "eingang_am": self.v.eingang_am.map(|t| t.to_string()),
            "felder": self.v.felder,
        });
        let zusage = self.zusage(ANTRAG, "Ihr Antrag", &mut brief).await?;
        let input = Empfangsbescheinigung { brief, eingang, rechtsgrundlage };
        let beleg = to_jcs(&beleg).map_err(|_| fault("Beleg ist nicht kanonisch"))?;
        let beleg = Anlage { name: "beleg.json", beschreibung: "Maschinenlesbarer Beleg", bytes: beleg };
        self.make("empfangsbescheinigung", &input, vec![beleg, zusage]).await
    }

    /// Fee notice for one Tatbestand, priced by the day of application.
    pub(super) async fn fee(&self, tatbestand: &str) -> Result<Gerendert, ExecuteError> {
        let refused =
            |e: crate::verfahren::Refusal| ExecuteError::Refused { code: e.code().into(), text: e.to_string() };
        let row = gebuehr::lookup(self.def, &self.house.law, tatbestand, self.eingang()).map_err(refused)?;
        let mut brief = self.brief("Gebührenbescheid");
        brief.absaetze = vec![format!("für {} setzen wir diese Gebühr fest.", self.def.titel.de)];
        if !row.verified {
            brief.hinweise.push("Die Höhe der Gebühr ist noch nicht bestätigt.".into());
        }
        let zusage = self.zusage(ANTRAG, "Ihr Antrag", &mut brief).await?;
        let faellig = self.house.law.compute("zahlungsziel", self.day(), Params::default()).ok().map(|f| f.end);
        let aktenzeichen = self.v.aktenzeichen.clone().unwrap_or_default();
        let input = Gebuehrenbescheid {
            posten: vec![Posten {
                bezeichnung: row.label,
                grundlage: row.quelle.clone(),
                betrag_cent: row.betrag_cent,
            }],
            faellig,
            zahlung: vec![Zeile { label: "Verwendungszweck".into(), value: aktenzeichen }],
            begruendung: vec![format!("Die Gebühr folgt aus: {}.", row.quelle)],
            belehrung: self.belehrung("widerspruch_1_monat", &mut brief),
            brief,
        };
        self.make("gebuehrenbescheid", &input, vec![zusage]).await
    }

    /// The draft of the decision: what is signed. It names the office, not the drafter; who signs is not
    /// known yet.
    pub(super) async fn draft(&self) -> Result<Gerendert, ExecuteError> {
        self.bescheid("Entwurf, noch nicht gezeichnet".into()).await
    }

    /// The decision as it goes out: the text that was signed, with the signer's name and the day of signing.
    pub(super) async fn ausfertigung(&self, durch: Uuid) -> Result<Gerendert, ExecuteError> {
        self.bescheid(self.zeichnend(durch).await?).await
    }

    async fn bescheid(&self, name: String) -> Result<Gerendert, ExecuteError> {
        let (Some(b), Some(d)) = (&self.v.bescheid, &self.def.bescheid) else { return Err(ExecuteError::NotFound) };
        let mut brief = self.brief(&self.def.titel.de);
        let antrag = datum_deutsch(self.eingang());
        let tenor = match b.tenor {
            Tenor::Bewilligt => format!("Ihr Antrag vom {antrag} wird bewilligt."),
            Tenor::TeilweiseBewilligt => {
                format!("Ihr Antrag vom {antrag} wird teilweise bewilligt, im Übrigen abgelehnt.")
            }
            Tenor::Abgelehnt => format!("Ihr Antrag vom {antrag} wird abgelehnt."),
        };
        brief.tabelle = self.values();
        brief.unterschriften = vec![self.im_auftrag(name)];
        let zusage = self.zusage(self.entwurf().await?, "Der Inhalt dieses Bescheids", &mut brief).await?;
        let paragraphs = |t: &Option<String>| -> Vec<String> {
            t.iter().flat_map(|t| t.split("\n\n")).map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
        };
        let input = Bescheid {
            tenor: vec![tenor],
            nebenbestimmungen: paragraphs(&b.nebenbestimmungen),
            begruendung: paragraphs(&b.begruendung),
            ermessen: vec![],
            belehrung: self.belehrung(&d.belehrung, &mut brief),
            brief,
        };
        let template = vorlage::template(self.def).ok_or_else(|| fault("Vorlage fehlt"))?;
        self.make_with(template, &input, vec![zusage]).await
    }

    /// Place of the draft this decision goes back to: the event itself, or the last draft before it was signed.
    async fn entwurf(&self) -> Result<u64, ExecuteError> {
        let history = self.house.history(self.vorgang).await?;
        let before = history.iter().rev().filter(|r| r.seq <= self.event.seq);
        let draft = before.into_iter().find(|r| r.wire == "bescheid.drafted.v1");
        draft.map(|r| r.seq).ok_or_else(|| fault("Entwurf fehlt"))
    }

    /// The promise of the event a notice rests on, embedded in its PDF, and the same in print. A notice cannot
    /// prove the event that stores its own hash, and a checkpoint comes when it comes: with one inside, the same
    /// events would not give the same bytes. The proof of the notice itself lies beside it as a file.
    async fn zusage(&self, seq: u64, was: &str, brief: &mut Brief) -> Result<Anlage, ExecuteError> {
        let ereignis = self.house.ereignis(self.vorgang, seq).await?;
        let wire = ereignis.header.wire.clone();
        let auszug = ereignis.auszug(|p| offenlegung::zeiger(Some(self.def), &wire, p))?;
        brief.nachweis = Some(Nachweis {
            was: was.to_owned(),
            pruefsumme: b64u(&auszug.event_hash()),
            adresse: format!("https://{}/pruefen", self.house.stadt.domain),
        });
        let bytes = auszug.promise().map_err(|e| fault(&e.to_string()))?;
        Ok(Anlage { name: "zusage.json", beschreibung: "Zusage für Prüfprogramme: noch kein Beweis", bytes })
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

    fn belehrung(&self, id: &str, brief: &mut Brief) -> String {
        let Some(b) = notice::belehrung(id, &brief.stadt) else { return String::new() };
        if !b.verified {
            brief.hinweise.push("Der Wortlaut der Rechtsbehelfsbelehrung ist noch nicht bestätigt.".into());
        }
        b.text
    }

    fn brief(&self, betreff: &str) -> Brief {
        let name = self.name();
        let mut empfaenger = vec![name.clone()];
        empfaenger.push(self.auto(&["address-line1", "street-address"]));
        empfaenger
            .push(format!("{} {}", self.auto(&["postal-code"]), self.auto(&["address-level2"])).trim().to_owned());
        empfaenger.retain(|l| !l.is_empty());
        if empfaenger.is_empty() {
            empfaenger.push("An die antragstellende Person".into());
        }
        let anrede = if name.is_empty() { "Guten Tag,".into() } else { format!("Guten Tag {name},") };
        Brief {
            stadt: Absender::from(&*self.house.stadt),
            empfaenger,
            aktenzeichen: self.v.aktenzeichen.clone().unwrap_or_default(),
            datum: self.day(),
            sachbearbeitung: None,
            betreff: betreff.to_owned(),
            anrede,
            salz: b64u(&self.house.vault.keys().seed(self.event.cause)),
            ..Brief::default()
        }
    }

    fn day(&self) -> Date {
        self.event.at.to_zoned(self.house.zone.clone()).date()
    }

    fn eingang(&self) -> Date {
        self.v.eingang_am.map_or_else(|| self.day(), |t| t.to_zoned(self.house.zone.clone()).date())
    }

    fn name(&self) -> String {
        let person = format!("{} {}", self.auto(&["given-name"]), self.auto(&["family-name"]));
        let person = person.trim().to_owned();
        if person.is_empty() { self.auto(&["name", "organization"]) } else { person }
    }

    /// Value of the first filled field with one of these autocomplete tokens; with a street, its house number.
    fn auto(&self, tokens: &[&str]) -> String {
        let filled = |f: &&Feld| self.v.felder.get(&f.id).is_some_and(bedingung::is_set);
        let by_token = |t: &&str| self.def.felder.iter().filter(filled).find(|f| f.autocomplete == **t);
        let Some(feld) = tokens.iter().find_map(by_token) else { return String::new() };
        let value = display(feld, &self.v.felder[&feld.id]);
        let number = feld.id.replace("strasse", "hausnummer");
        match self
            .def
            .feld(&number)
            .filter(|n| n.id != feld.id)
            .and_then(|n| Some(display(n, self.v.felder.get(&n.id)?)))
        {
            Some(n) => format!("{value} {n}"),
            None => value,
        }
    }

    /// All filled fields in the order of the form.
    fn values(&self) -> Vec<Zeile> {
        let row = |f: &Feld| {
            let value = self.v.felder.get(&f.id).filter(|w| bedingung::is_set(w))?;
            Some(Zeile { label: f.label.de.clone(), value: display(f, value) })
        };
        self.def.felder.iter().filter_map(row).collect()
    }

    async fn make<T: Serialize>(&self, name: &str, input: &T, anlagen: Vec<Anlage>) -> Result<Gerendert, ExecuteError> {
        let template = template_by_name(name).ok_or_else(|| fault("Vorlage fehlt"))?;
        self.make_with(template, input, anlagen).await
    }

    async fn make_with<T: Serialize>(
        &self,
        template: Template,
        input: &T,
        anlagen: Vec<Anlage>,
    ) -> Result<Gerendert, ExecuteError> {
        let seed = format!("{}\n{}", b64u(&self.event.event_hash), template.name);
        let input = serde_json::to_value(input).map_err(|_| fault("Vorlage: Eingabe"))?;
        let work = move || -> Result<Rendered, notice::RenderError> {
            let attachments: Vec<Attachment<'_>> = anlagen
                .iter()
                .map(|a| Attachment {
                    name: a.name,
                    media: "application/json",
                    beschreibung: a.beschreibung,
                    bytes: &a.bytes,
                })
                .collect();
            notice::render(&template, &input, &attachments)
        };
        let rendered = tokio::task::spawn_blocking(work).await.map_err(|_| fault("Vorlage: Abbruch"))?;
        let rendered = rendered.map_err(|e| fault(&e.to_string()))?;
        let dokument =
            self.house.put_derived("verfahren", self.vorgang, "application/pdf", rendered.pdf, &seed).await?;
        Ok(Gerendert { vorlage_sha256: rendered.vorlage_sha256, eingabe_sha256: rendered.eingabe_sha256, dokument })
    }
}

fn fault(text: &str) -> ExecuteError {
    ExecuteError::Fault(text.to_owned())
}

/// A value as a person reads it.
fn display(f: &Feld, value: &Value) -> String {
    let option = |w: &str| f.optionen.iter().find(|o| o.wert == w).map_or_else(|| w.to_owned(), |o| o.label.de.clone());
    match (f.typ, value) {
        (Feldtyp::Datum, Value::String(s)) => {
            s.parse::<Date>().map_or_else(|_| s.clone(), |d| d.strftime("%d.%m.%Y").to_string())
        }
        (Feldtyp::Betrag, Value::Number(n)) => crate::recht::cent_zu_text(n.as_i64().unwrap_or_default()),
        (_, Value::Bool(true)) => "ja".into(),
        (_, Value::Bool(false)) => "nein".into(),
        (_, Value::String(s)) => option(s),
        (_, Value::Array(a)) => a.iter().filter_map(Value::as_str).map(option).collect::<Vec<_>>().join(", "),
        (_, other) => other.to_string(),
    }
}
