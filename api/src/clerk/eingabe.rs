//! What a clerk typed into one form of the case page, read field by field into findings or values.
//!
//! Names are `<aktion>-<feld>`, so that the page can hold every form at once and a refused one
//! comes back with what was typed, the others empty.

use crate::error::Finding;
use crate::formular::{Formular, verbotenes_zeichen};
use akte_core::recht::datum_lesen;
use jiff::civil::Date;
use uuid::Uuid;

/// Reads the fields of one form and collects what is wrong with them.
pub struct Eingabe<'a> {
    aktion: &'a str,
    formular: &'a Formular,
    max_zeichen: usize,
    pub findings: Vec<Finding>,
}

impl<'a> Eingabe<'a> {
    /// The form of this action; texts may have `max_zeichen` characters.
    pub fn neu(aktion: &'a str, formular: &'a Formular, max_zeichen: usize) -> Self {
        Self { aktion, formular, max_zeichen, findings: Vec::new() }
    }

    fn id(&self, feld: &str) -> String {
        format!("{}-{feld}", self.aktion)
    }

    fn fehler(&mut self, feld: &str, label: &str, text: &str) {
        self.findings.push(Finding { feld: self.id(feld), label: label.into(), text: text.into() });
    }

    /// Something else is wrong with this field.
    pub fn falsch(&mut self, feld: &str, label: &str, text: &str) {
        self.fehler(feld, label, text);
    }

    /// A text that may be empty; trimmed.
    pub fn optional(&mut self, feld: &str, label: &str) -> String {
        let wert = self.formular.get(&self.id(feld)).trim().to_owned();
        if wert.chars().count() > self.max_zeichen {
            let text = format!("ist zu lang. Erlaubt sind {} Zeichen.", self.max_zeichen);
            self.fehler(feld, label, &text);
        } else if verbotenes_zeichen(&wert) {
            self.fehler(
                feld,
                label,
                "enthält unsichtbare Steuerzeichen. Tippen Sie den Text neu, statt ihn einzufügen.",
            );
        }
        wert
    }

    /// A text that must be there.
    pub fn text(&mut self, feld: &str, label: &str) -> String {
        let wert = self.optional(feld, label);
        if wert.is_empty() {
            self.fehler(feld, label, "fehlt. Bitte füllen Sie das Feld aus.");
        }
        wert
    }

    /// One of the values the form offered.
    pub fn wahl(&mut self, feld: &str, label: &str, erlaubt: &[&str]) -> String {
        let wert = self.formular.get(&self.id(feld)).trim().to_owned();
        if !erlaubt.contains(&wert.as_str()) {
            self.fehler(feld, label, "fehlt. Bitte wählen Sie eine der Möglichkeiten.");
        }
        wert
    }

    /// Several of the values the form offered.
    pub fn mehrere(&mut self, feld: &str, label: &str, mindestens: usize) -> Vec<String> {
        let id = self.id(feld);
        let werte: Vec<String> = self.formular.all(&id).filter(|w| !w.is_empty()).map(str::to_owned).collect();
        if werte.len() < mindestens {
            self.fehler(feld, label, "fehlt. Bitte wählen Sie mindestens eine Möglichkeit.");
        }
        werte
    }

    /// A whole number within bounds.
    pub fn zahl(&mut self, feld: &str, label: &str, von: u32, bis: u32) -> u32 {
        match self.formular.get(&self.id(feld)).trim().parse::<u32>() {
            Ok(n) if (von..=bis).contains(&n) => n,
            _ => {
                let text = format!("ist keine Zahl von {von} bis {bis}.");
                self.fehler(feld, label, &text);
                von
            }
        }
    }

    /// A day, `31.12.2026` or `2026-12-31`.
    pub fn datum(&mut self, feld: &str, label: &str) -> Date {
        let wert = self.formular.get(&self.id(feld)).trim().to_owned();
        datum_lesen(&wert).unwrap_or_else(|| {
            let text = if wert.is_empty() { "fehlt. " } else { "ist kein Tag, den es gibt. " };
            self.fehler(feld, label, &format!("{text}Schreiben Sie zum Beispiel 31.12.2026."));
            Date::ZERO
        })
    }

    /// Euro and cents, `26,00`.
    pub fn betrag(&mut self, feld: &str, label: &str) -> i64 {
        let wert = self.formular.get(&self.id(feld)).trim().to_owned();
        cent(&wert).unwrap_or_else(|| {
            self.fehler(feld, label, "ist kein Betrag. Schreiben Sie zum Beispiel 26,00.");
            0
        })
    }

    /// An id the page itself offered.
    pub fn kennung(&mut self, feld: &str, label: &str) -> Uuid {
        let wert = self.formular.get(&self.id(feld)).trim().parse::<Uuid>();
        wert.unwrap_or_else(|_| {
            self.fehler(feld, label, "fehlt. Bitte wählen Sie eine der Möglichkeiten.");
            Uuid::nil()
        })
    }

    /// An id the page offered where there was something to tell apart.
    pub fn kennung_wenn(&mut self, feld: &str, label: &str) -> Option<Uuid> {
        let leer = self.formular.get(&self.id(feld)).trim().is_empty();
        (!leer).then(|| self.kennung(feld, label))
    }

    /// Several ids the page itself offered.
    pub fn kennungen(&mut self, feld: &str, label: &str, mindestens: usize) -> Vec<Uuid> {
        let texte = self.mehrere(feld, label, mindestens);
        let ids: Vec<Uuid> = texte.iter().filter_map(|t| t.parse().ok()).collect();
        if ids.len() != texte.len() {
            self.fehler(feld, label, "ist nicht lesbar. Laden Sie die Seite neu.");
        }
        ids
    }
}

/// `26,00` or `26.00` or `26` to cents; thousands may carry a dot before a comma amount.
pub fn cent(text: &str) -> Option<i64> {
    let text = text.trim_end_matches('€').trim();
    let (euro, rest) = match text.split_once(',') {
        Some((e, c)) => (e.replace('.', ""), c.to_owned()),
        None => match text.split_once('.') {
            Some((e, c)) => (e.to_owned(), c.to_owned()),
            None => (text.to_owned(), "00".to_owned()),
        },
    };
    let ziffern = |s: &str| !s.is_empty() && s.len() < 12 && s.bytes().all(|b| b.is_ascii_digit());
    if !ziffern(&euro) || rest.len() != 2 || !ziffern(&rest) {
        return None;
    }
    Some(euro.parse::<i64>().ok()? * 100 + rest.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::cent;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        assert_eq!(cent("26,00"), Some(2600));
        assert_eq!(cent("1.234,50 €"), Some(123_450));
        assert_eq!(cent("26"), Some(2600));
        for falsch in ["26,0", "-1,00", "", "1,2,3", "99999999999999,00", "zwölf"] {
            assert_eq!(cent(falsch), None, "{falsch}");
        }
    }
}
