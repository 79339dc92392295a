//! An invented decision to try a template with, once with every part and once with the least.
//!
//! Issues nothing; the finished file is thrown away.

use super::{Absender, Bescheid, Brief, RenderError, Template, Unterschrift, Zeile, render};

/// Whether the template makes an archivable and accessible decision.
pub fn probe(template: &Template) -> Result<(), RenderError> {
    for voll in [true, false] {
        let input = serde_json::to_value(bescheid(voll)).map_err(|_| RenderError::Input("is no JSON"))?;
        render(template, &input, &[])?;
    }
    Ok(())
}

fn bescheid(voll: bool) -> Bescheid {
    let texte = |n: usize| if voll { vec!["Ein Satz zur Probe.".to_owned(); n] } else { Vec::new() };
    let zeile = || Zeile { label: "Angabe".into(), value: "Wert".into() };
    Bescheid {
        brief: Brief {
            stadt: Absender { name: "Stadt Probe".into(), ..Absender::default() },
            empfaenger: vec!["Erika Muster".into()],
            aktenzeichen: "00.0-0001/2000".into(),
            datum: jiff::civil::date(2000, 1, 1),
            betreff: "Probe".into(),
            anrede: "Guten Tag,".into(),
            tabelle: if voll { vec![zeile(), zeile()] } else { Vec::new() },
            unterschriften: vec![Unterschrift { name: "Max Probe".into(), funktion: "Im Auftrag".into() }],
            hinweise: texte(1),
            ..Brief::default()
        },
        tenor: vec!["Ihr Antrag wird bewilligt.".into()],
        nebenbestimmungen: texte(1),
        begruendung: texte(2),
        ermessen: texte(1),
        gebuehr: Vec::new(),
        gebuehr_hinweis: String::new(),
        belehrung: if voll { "Gegen diesen Bescheid können Sie Widerspruch erheben.".into() } else { String::new() },
    }
}
