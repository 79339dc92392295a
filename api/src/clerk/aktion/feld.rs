//! Fields of the action forms: what was typed if this form was refused, else the proposal.
//!
//! Draws nothing; the template does, with the same part as the citizen's form.

use crate::citizen::felder::{FeldSicht, Wahl};
use crate::clerk::fall::Fall;

/// A field under construction.
pub struct Bau<'a> {
    fall: &'a Fall,
    feld: FeldSicht,
}

fn neu<'a>(fall: &'a Fall, id: &str, label: &str, art: &'static str) -> Bau<'a> {
    let feld = FeldSicht {
        id: id.into(),
        label: label.into(),
        label_deutsch: false,
        hilfe: String::new(),
        hilfe_deutsch: false,
        pflicht: true,
        art,
        typ: "text",
        inputmode: "text",
        autocomplete: "off".into(),
        wert: fall.getippt.get(id).to_owned(),
        wahl: Vec::new(),
        fehler: None,
        beschrieben: String::new(),
        kurz: false,
    };
    Bau { fall, feld }
}

/// One line.
pub fn zeile<'a>(fall: &'a Fall, id: &str, label: &str) -> Bau<'a> {
    neu(fall, id, label, "zeile")
}

/// Several lines.
pub fn mehrzeilig<'a>(fall: &'a Fall, id: &str, label: &str) -> Bau<'a> {
    neu(fall, id, label, "mehrzeilig")
}

/// A day; today is proposed.
pub fn datum<'a>(fall: &'a Fall, id: &str, label: &str) -> Bau<'a> {
    let heute = crate::layout::datum(&fall.heute);
    neu(fall, id, label, "zeile").hilfe("Zum Beispiel 31.12.2026").kurz().vorschlag(&heute)
}

/// A number of days.
pub fn tage<'a>(fall: &'a Fall, id: &str, label: &str, vorschlag: &str) -> Bau<'a> {
    let mut b = neu(fall, id, label, "zeile").kurz().vorschlag(vorschlag);
    b.feld.inputmode = "numeric";
    b
}

/// One of several, as a list.
pub fn liste<'a, W: Into<String>, L: Into<String>>(
    fall: &'a Fall,
    id: &str,
    label: &str,
    wahl: impl IntoIterator<Item = (W, L)>,
) -> Bau<'a> {
    let mut b = neu(fall, id, label, "liste");
    b.waehlbar(wahl);
    b
}

/// One of several, all in sight.
pub fn radio<'a, W: Into<String>, L: Into<String>>(
    fall: &'a Fall,
    id: &str,
    label: &str,
    wahl: impl IntoIterator<Item = (W, L)>,
) -> Bau<'a> {
    let mut b = neu(fall, id, label, "radio");
    b.waehlbar(wahl);
    b
}

/// Any number of several.
pub fn kasten<'a, W: Into<String>, L: Into<String>>(
    fall: &'a Fall,
    id: &str,
    label: &str,
    wahl: impl IntoIterator<Item = (W, L)>,
) -> Bau<'a> {
    let mut b = neu(fall, id, label, "kasten");
    b.waehlbar(wahl);
    b
}

/// What the page saw and sends back unseen.
pub fn versteckt(fall: &Fall, id: &str, wert: String) -> FeldSicht {
    let mut b = neu(fall, id, "", "versteckt");
    b.feld.wert = wert;
    b.fertig()
}

impl Bau<'_> {
    /// A sentence under the label.
    pub fn hilfe(mut self, text: &str) -> Self {
        self.feld.hilfe = text.into();
        self
    }
    /// May stay empty.
    pub fn freiwillig(mut self) -> Self {
        self.feld.pflicht = false;
        self
    }
    /// A short field.
    pub fn kurz(mut self) -> Self {
        self.feld.kurz = true;
        self
    }
    /// Stands there unless something was typed.
    pub fn vorschlag(mut self, text: &str) -> Self {
        if !self.fall.getippt.0.iter().any(|(k, _)| *k == self.feld.id) {
            self.feld.wert = text.into();
            for w in &mut self.feld.wahl {
                w.gewaehlt = w.wert == text;
            }
        }
        self
    }
    /// The finished field.
    pub fn fertig(mut self) -> FeldSicht {
        let f = &mut self.feld;
        f.fehler = self.fall.findings.iter().find(|x| x.feld == f.id).map(|x| x.text.clone());
        let mut ids = Vec::new();
        if !f.hilfe.is_empty() {
            ids.push(format!("{}-hilfe", f.id));
        }
        if f.fehler.is_some() {
            ids.push(format!("{}-fehler", f.id));
        }
        f.beschrieben = ids.join(" ");
        self.feld
    }

    fn waehlbar<W: Into<String>, L: Into<String>>(&mut self, wahl: impl IntoIterator<Item = (W, L)>) {
        let (id, fall) = (self.feld.id.clone(), self.fall);
        let eine = |(i, (wert, label)): (usize, (W, L))| {
            let wert = wert.into();
            Wahl {
                id: if i == 0 { id.clone() } else { format!("{id}-{i}") },
                gewaehlt: fall.getippt.all(&id).any(|g| g == wert),
                wert,
                label: label.into(),
                deutsch: false,
            }
        };
        self.feld.wahl = wahl.into_iter().enumerate().map(eine).collect();
    }
}
