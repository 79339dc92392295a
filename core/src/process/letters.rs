//! The notices: from a case to the input of its template, and on to the stored PDF.
//!
//! Texts of a service come from its definition; here stands only what every notice says (the decision: `bescheid`). The
//! same case gives the same bytes, and the same bytes are stored once.

use crate::documents::notice::{
    self, Absender, Attachment, Brief, Empfangsbescheinigung, Gebuehrenbescheid, Nachweis, Posten, Rendered, Template,
    Zeile, template_by_name,
};
use crate::execute::{ExecuteError, House};
use crate::ledger::hash::b64u;
use crate::ledger::json::to_jcs;
use crate::recht::{Params, datum_deutsch};
use crate::vault::Recorded;
use crate::verfahren::command::Gerendert;
use crate::verfahren::definition::{Feld, Feldtyp};
use crate::verfahren::{Definition, Vorgang, anschrift, bedingung, gebuehr, offenlegung};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// Place of the submission in its stream.
const ANTRAG: u64 = 0;

/// A JSON file inside a notice.
pub(super) struct Anlage {
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
            belehrung: self.belehrung("widerspruch_1_monat", None, &mut brief)?,
            brief,
        };
        self.make("gebuehrenbescheid", &input, vec![zusage]).await
    }

    /// The promise of the event a notice rests on, embedded in its PDF, and the same in print. A notice cannot
    /// prove the event that stores its own hash, and a checkpoint comes when it comes: with one inside, the same
    /// events would not give the same bytes. The proof of the notice itself lies beside it as a file.
    pub(super) async fn zusage(&self, seq: u64, was: &str, brief: &mut Brief) -> Result<Anlage, ExecuteError> {
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

    pub(super) fn brief(&self, betreff: &str) -> Brief {
        let name = self.name();
        let mut empfaenger = anschrift::zeilen(self.def, &self.v.felder);
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

    pub(super) fn day(&self) -> Date {
        self.event.at.to_zoned(self.house.zone.clone()).date()
    }

    pub(super) fn eingang(&self) -> Date {
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
    pub(super) fn values(&self) -> Vec<Zeile> {
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

    pub(super) async fn make_with<T: Serialize>(
        &self,
        template: Template,
        input: &T,
        anlagen: Vec<Anlage>,
    ) -> Result<Gerendert, ExecuteError> {
        let seed = format!("{}\n{}", b64u(&self.event.event_hash), template.name);
        let rendered = render(template, input, anlagen).await?;
        let dokument =
            self.house.put_derived("verfahren", self.vorgang, "application/pdf", rendered.pdf, &seed).await?;
        Ok(Gerendert { vorlage_sha256: rendered.vorlage_sha256, eingabe_sha256: rendered.eingabe_sha256, dokument })
    }
}

/// Sets a notice off the async threads.
pub(super) async fn render<T: Serialize>(
    template: Template,
    input: &T,
    anlagen: Vec<Anlage>,
) -> Result<Rendered, ExecuteError> {
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
    rendered.map_err(|e| fault(&e.to_string()))
}

pub(super) fn fault(text: &str) -> ExecuteError {
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
