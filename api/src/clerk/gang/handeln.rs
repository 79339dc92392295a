//! One act on one run: form -> command -> execute; a refusal comes back on the page with what was typed.
//!
//! As itself, or in the place the form names; whether that is so today, the command path asks.

use crate::app::AppState;
use crate::clerk::gang::{formular, lauf, seite};
use crate::clerk::handlung;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::{Formular, verbotenes_zeichen};
use crate::layout::{self, Rahmen};
use akte_core::execute::Call;
use akte_core::geschaeftsgang::{Umlauf, UmlaufCommand as C, Verfuegungsart, Wann};
use akte_core::zugriff::Action;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use uuid::Uuid;

/// Acts and what the page says afterwards.
const AKTE: [(&str, &str); 6] = [
    ("erledigen", "Der Schritt ist erledigt."),
    ("zeichnen", "Ihre Zeichnung ist festgehalten."),
    ("ablehnen", "Das Dokument ist mit Ihrem Grund zurückgegeben."),
    ("laufweg", "Der Laufweg ist geändert."),
    ("verfuegen", "Die Verfügung ist festgehalten."),
    ("abbrechen", "Der Geschäftsgang ist abgebrochen."),
];

/// What was done, in words.
pub fn erledigt(name: &str) -> Option<&'static str> {
    AKTE.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

/// `POST /amt/geschaeftsgang/{id}/{aktion}`
pub async fn ausfuehren(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((id, aktion)): Path<(Uuid, String)>,
    getippt: Formular,
) -> Result<Response, Fehler> {
    if erledigt(&aktion).is_none() {
        return Err(Fehler::nicht_gefunden());
    }
    // The gate first: who may not see the run learns nothing from its forms.
    let vorher = lauf::laden(&app, &leser, id).await?;
    if aktion == "laufweg" && !getippt.get("mehr").is_empty() {
        return seite::bauen(&app, rahmen, &vorher, None, getippt, &aktion).await;
    }
    let command = lesen(&aktion, &getippt, app.grenzwerte.feld_zeichen);
    let call = handlung::an(&leser, &getippt, id, anfrage(&aktion, &getippt));
    // Parallel parties act at the same time; only a route is changed on what one saw of it.
    let call = Call { expected: call.expected.filter(|_| aktion == "laufweg"), ..call };
    match handlung::senden::<Umlauf>(&app, call, None, command).await? {
        Ok(_) => {
            // Whoever came from another unit does no longer see it when it is over.
            let sieht = zugang::als::<Umlauf>(&app, &leser, Action::ReadDokument, id).await?.is_some();
            let lauf = if sieht { format!("/{id}") } else { String::new() };
            Ok(layout::weiter(&format!("/amt/geschaeftsgang{lauf}?ok={aktion}")))
        }
        Err(absage) => {
            let lauf = lauf::laden(&app, &leser, id).await?;
            seite::bauen(&app, rahmen, &lauf, Some(absage), getippt, &aktion).await
        }
    }
}

/// What was sent, without token and key, for the check of a repeated key.
fn anfrage(aktion: &str, f: &Formular) -> Value {
    let felder = f.0.iter().filter(|(k, _)| !matches!(k.as_str(), "_csrf" | "_schluessel" | "version"));
    let felder: Vec<Value> = felder.map(|(k, v)| json!([k, v])).collect();
    json!({ "aktion": aktion, "felder": felder })
}

fn lesen(aktion: &str, f: &Formular, max: usize) -> Result<C, String> {
    let text = |name: &str| freitext(f, name, max);
    let version = f.get("fassung").parse().unwrap_or(0);
    Ok(match aktion {
        "erledigen" => C::Done { vermerk: text("vermerk")? },
        "zeichnen" => C::Sign { version, digest: f.get("digest").to_owned(), vermerk: text("vermerk")? },
        "ablehnen" => C::Refuse { version, grund: text("grund")? },
        "laufweg" => C::ChangeLaufweg { rest: formular::lesen(f)?, grund: text("grund")? },
        "verfuegen" => {
            let art = Verfuegungsart::lesen(f.get("art")).ok_or("Verfügung: Wählen Sie, was verfügt wird.")?;
            let wann = f.get("wann").trim();
            let termin = match wann {
                "" => None,
                t => Some(Wann::lesen(t).ok_or("Wann? Schreiben Sie zum Beispiel +14T oder 31.12.2026.")?),
            };
            C::Verfuegen { art, adressat: f.get("adressat").parse().ok(), termin, text: text("text")? }
        }
        _ => C::Cancel { grund: text("grund")? },
    })
}

/// A text somebody typed, if it can be kept as it is.
pub fn freitext(f: &Formular, name: &str, max: usize) -> Result<String, String> {
    let wert = f.get(name).trim();
    if wert.chars().count() > max {
        return Err(format!("Der Text ist zu lang. Erlaubt sind {max} Zeichen."));
    }
    if verbotenes_zeichen(wert) {
        return Err("Der Text enthält unsichtbare Steuerzeichen. Tippen Sie ihn neu, statt ihn einzufügen.".into());
    }
    Ok(wert.to_owned())
}
