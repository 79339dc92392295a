//! `/amt/akte/{id}/{aktion}`: one act on one file; what is refused comes back with everything that was typed.
//!
//! A hold is never refused because somebody else filed a document meanwhile; a correction is, where somebody else
//! corrected the same thing.

use super::bauen;
use crate::app::AppState;
use crate::clerk::absage::{self, Absage};
use crate::clerk::fallseite::Meldung;
use crate::clerk::handlung;
use crate::clerk::namen::Namen;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::{Formular, verbotenes_zeichen};
use crate::layout::{self, Rahmen};
use akte_core::akte::event::{Anbietungsanlass, Bewertung};
use akte_core::akte::{Akte, AkteCommand, AkteEvent, Dokument, DokumentCommand, Entscheidung, Sperrzweck, Teil};
use akte_core::execute::{AnyCommand, Call, Done, ExecuteError, Target};
use akte_core::recht::datum_lesen;
use akte_core::zugriff::Action;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Tries where only something else in the file has changed.
const TRIES: u32 = 5;

/// What a form became.
struct Gelesen {
    ziel: Uuid,
    command: AnyCommand,
    /// The act must see the file as its page showed it.
    streng: bool,
}

/// `POST /amt/akte/{id}/{aktion}`
pub async fn ausfuehren(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path((id, aktion)): Path<(Uuid, String)>,
    mut formular: Formular,
) -> Result<Response, Fehler> {
    // Several forms stand on the page: what was typed comes back in the one it was typed in.
    formular.0.push(("aktion".into(), aktion.clone()));
    let gelesen = match lesen(&app, &leser, id, &aktion, &formular).await? {
        Ok(g) => g,
        Err(text) => {
            return bauen(&app, &leser, rahmen, id, Some(absage::eingabe(text)), formular).await;
        }
    };
    let Ok(version) = formular.get("version").parse::<u64>() else {
        let text = "Die Seite ist unvollständig. Laden Sie sie neu.";
        return Err(Fehler::refusal(StatusCode::PRECONDITION_REQUIRED, "version", text));
    };
    match senden(&app, &leser, id, &aktion, gelesen, version, &formular).await {
        Ok(done) => {
            app.sichtbar(done.receipt.as_ref()).await;
            Ok(layout::weiter(&format!("/amt/akte/{id}")))
        }
        Err(e) => {
            let absage = ablehnung(&app, id, version, &formular, e).await?;
            bauen(&app, &leser, rahmen, id, Some(absage), formular).await
        }
    }
}

async fn senden(
    app: &AppState,
    leser: &Leser,
    id: Uuid,
    aktion: &str,
    g: Gelesen,
    gesehen: u64,
    formular: &Formular,
) -> Result<Done, ExecuteError> {
    let mut expected = g.streng.then_some(gesehen);
    for _ in 0..TRIES {
        let neu = handlung::neu(leser, formular, anfrage(aktion, formular), None);
        let call = Call { target: Target::Stream(g.ziel), expected, ..neu };
        match app.house.execute_any(call, g.command.clone()).await {
            Err(ExecuteError::Stale { actual, .. }) if berichtigt(app, id, gesehen).await?.is_none() => {
                expected = Some(actual);
            }
            other => return other,
        }
    }
    Err(ExecuteError::Pushback)
}

/// Who corrected the title since the page was shown, and to what.
async fn berichtigt(app: &AppState, id: Uuid, gesehen: u64) -> Result<Option<(Uuid, String)>, ExecuteError> {
    let history = app.house.history(id).await?;
    let neu = history.iter().filter(|r| r.seq >= gesehen).rev();
    Ok(neu.filter_map(|r| r.decode::<AkteEvent>().ok()).find_map(|e| match e {
        AkteEvent::Corrected { durch, wert, .. } => Some((durch, wert.unwrap_or_default())),
        _ => None,
    }))
}

fn anfrage(aktion: &str, formular: &Formular) -> Value {
    let mut map = Map::from_iter([("aktion".to_owned(), Value::from(aktion))]);
    for (k, v) in formular.0.iter().filter(|(k, _)| !k.starts_with('_') && k != "version") {
        map.insert(k.clone(), v.clone().into());
    }
    Value::Object(map)
}

async fn ablehnung(
    app: &AppState,
    id: Uuid,
    gesehen: u64,
    formular: &Formular,
    e: ExecuteError,
) -> Result<Absage, Fehler> {
    let namen = Namen::laden(app).await?;
    match e {
        ExecuteError::Refused { code, text } => {
            let text = namen.eingesetzt(&text);
            absage::deuten(ExecuteError::Refused { code, text })
        }
        ExecuteError::Stale { .. } => {
            let (wer, wert) = berichtigt(app, id, gesehen).await?.unwrap_or_default();
            let text = format!(
                "{} hat den Titel inzwischen berichtigt auf „{wert}“. Sie wollten „{}“. Ihre Eingabe steht noch im Formular. Prüfen Sie, was gelten soll, und senden Sie noch einmal ab.",
                namen.name(wer),
                formular.get("titel"),
            );
            Ok((StatusCode::CONFLICT, Meldung { art: "danger", titel: "Inzwischen geändert".into(), text }))
        }
        e => absage::deuten(e),
    }
}

type Befund = Result<Gelesen, String>;

async fn lesen(app: &AppState, leser: &Leser, id: Uuid, aktion: &str, f: &Formular) -> Result<Befund, Fehler> {
    if f.0.iter().any(|(_, v)| verbotenes_zeichen(v)) {
        return Ok(Err("Ihre Eingabe enthält Zeichen, die wir nicht annehmen. Tippen Sie sie neu.".into()));
    }
    if f.0.iter().any(|(_, v)| v.chars().count() > app.grenzwerte.feld_zeichen) {
        return Ok(Err("Ein Text ist zu lang. Kürzen Sie ihn.".into()));
    }
    let text = |n: &str| f.get(n).trim().to_owned();
    let akte = |command: AkteCommand| Ok(Gelesen { ziel: id, command: AnyCommand::Akte(command), streng: false });
    Ok(match aktion {
        "sperre" => sperre(f).and_then(akte),
        "sperre-aufheben" => {
            uuid(f, "sperre").and_then(|sperre| akte(AkteCommand::LiftSperre { sperre, grund: text("grund") }))
        }
        "aufbewahrung" => tag(f, "end", "Aufbewahren bis")
            .and_then(|end| akte(AkteCommand::ProposeAufbewahrung { end, grund: text("grund") })),
        "aufbewahrung-entscheiden" => akte(AkteCommand::DecideAufbewahrung(match f.get("was") {
            "genehmigen" => Entscheidung::Genehmigen,
            _ => Entscheidung::Ablehnen { grund: text("grund") },
        })),
        "anbieten" => akte(AkteCommand::Offer {
            anlass: if f.get("anlass") == "loeschung" { Anbietungsanlass::Loeschung } else { Anbietungsanlass::Frist },
            vermerk: text("vermerk"),
        }),
        "bewerten" => match f.get("bewertung") {
            "A" => Ok(Bewertung::A),
            "B" => Ok(Bewertung::B),
            "V" => Ok(Bewertung::V),
            _ => Err("Wählen Sie die Bewertung des Archivs: A, B oder V.".to_owned()),
        }
        .and_then(|bewertung| akte(AkteCommand::Appraise { bewertung, vermerk: text("vermerk") })),
        "uebernommen" => akte(AkteCommand::ConfirmImport { archivkennung: text("archivkennung") }),
        "wiederaufnehmen" => akte(AkteCommand::Reopen { grund: text("grund") }),
        "schliessen" => akte(schliessen(app, id).await?),
        "umlegen" => {
            let (aktenplan, grund) = (text("aktenplan"), text("grund"));
            let dauer = app.house.aufbewahrungsdauer(&aktenplan).await?;
            akte(AkteCommand::Reclassify { aktenplan, grund, dauer })
        }
        "teilakte" => akte(AkteCommand::OpenTeilakte { titel: text("titel") }),
        "einordnen" => uuid(f, "dokument").and_then(|dokument| {
            akte(AkteCommand::PlaceDokument { dokument, teilakte: f.get("teilakte").parse().ok() })
        }),
        "berichtigen" => {
            let command = AkteCommand::Correct { feld: "titel".into(), wert: text("titel"), grund: text("grund") };
            Ok(Gelesen { ziel: id, command: AnyCommand::Akte(command), streng: true })
        }
        "verschieben" => match (uuid(f, "dokument"), andere(app, leser, f).await?) {
            (Ok(dokument), Ok(nach)) => {
                akte(AkteCommand::MoveDokument { dokument, nach, selbst: Some(id), grund: text("grund") })
            }
            (Err(e), _) | (_, Err(e)) => Err(e),
        },
        "verweis" => andere(app, leser, f).await?.and_then(|ziel| match (ziel == id, text("grund")) {
            (true, _) => Err("Eine Akte verweist nicht auf sich selbst.".into()),
            (false, grund) if grund.is_empty() => Err("Bitte füllen Sie „Grund“ aus.".into()),
            (false, grund) => akte(AkteCommand::AddVerweis { ziel, grund: Some(grund), gegenseite: false }),
        }),
        "verweis-weg" => uuid(f, "ziel").and_then(|ziel| akte(AkteCommand::RemoveVerweis { ziel, gegenseite: false })),
        "doppel" | "doppel-loesen" => doppel(app, id, aktion, f).await?,
        _ => return Err(Fehler::nicht_gefunden()),
    })
}

fn sperre(f: &Formular) -> Result<AkteCommand, String> {
    let wahl = "Wählen Sie, was gesperrt wird.".to_owned();
    let id = |s: &str| s.parse::<Uuid>().map_err(|_| wahl.clone());
    let scope = match f.get("umfang").split_once(':') {
        None if f.get("umfang") == "akte" => Teil::Akte,
        Some(("teilakte", x)) => Teil::Teilakte(id(x)?),
        Some(("vorgang", x)) => Teil::Vorgang(id(x)?),
        Some(("dokument", x)) => Teil::Dokument(id(x)?),
        _ => return Err(wahl),
    };
    let zweck = Sperrzweck::lesen(f.get("zweck")).ok_or("Wählen Sie, wofür gesperrt wird.")?;
    Ok(AkteCommand::SetSperre { scope, zweck, grund: f.get("grund").trim().to_owned() })
}

/// zdA by hand; what is still open is gathered with the decision.
async fn schliessen(app: &AppState, id: Uuid) -> Result<AkteCommand, Fehler> {
    let (dauer, beginn) = app.house.schlusslage(&app.house.load::<Akte>(id).await?.state).await?;
    Ok(AkteCommand::Close { dauer, beginn })
}

/// Another file, by Aktenzeichen, as far as the reader may read it; else it does not exist.
async fn andere(app: &AppState, leser: &Leser, f: &Formular) -> Result<Result<Uuid, String>, Fehler> {
    let az = f.get("ziel").trim().to_owned();
    let gefunden = {
        let az = az.clone();
        app.intern(move |v| v.akte_by_aktenzeichen(&az)).await?
    };
    let nein =
        || Ok(Err(format!("Eine Akte mit dem Aktenzeichen „{az}“ finden wir nicht. Prüfen Sie die Schreibweise.")));
    let Some(row) = gefunden else { return nein() };
    match zugang::als::<Akte>(app, leser, Action::ReadAkte, row.akte).await? {
        Some(_) => Ok(Ok(row.akte)),
        None => nein(),
    }
}

/// Two documents of this file that are the same letter; written to the document's own stream.
async fn doppel(app: &AppState, id: Uuid, aktion: &str, f: &Formular) -> Result<Befund, Fehler> {
    let (dokument, original) = (uuid(f, "dokument"), uuid(f, "original"));
    let dokument = match dokument {
        Ok(d) => d,
        Err(e) => return Ok(Err(e)),
    };
    let d = app.house.load::<Dokument>(dokument).await?.state;
    let grund = f.get("grund").trim().to_owned();
    let command = match (aktion, original) {
        ("doppel-loesen", _) => DokumentCommand::Unlink { grund },
        (_, Ok(original)) => {
            let o = app.house.load::<Dokument>(original).await?.state;
            if o.akte != Some(id) {
                return Err(Fehler::nicht_gefunden());
            }
            DokumentCommand::LinkDuplicate { original, selbst: dokument, grund }
        }
        (_, Err(e)) => return Ok(Err(e)),
    };
    if d.akte != Some(id) {
        return Err(Fehler::nicht_gefunden());
    }
    Ok(Ok(Gelesen { ziel: dokument, command: AnyCommand::Dokument(command), streng: false }))
}

fn uuid(f: &Formular, feld: &str) -> Result<Uuid, String> {
    f.get(feld).parse().map_err(|_| format!("Wählen Sie bei „{feld}“ etwas aus."))
}

fn tag(f: &Formular, feld: &str, label: &str) -> Result<jiff::civil::Date, String> {
    let tag = datum_lesen(f.get(feld).trim());
    tag.ok_or_else(|| format!("„{label}“: Schreiben Sie einen Tag, zum Beispiel 31.12.2035."))
}
