//! Files from a form: the token first, then the file streamed into the content store.
//!
//! A file is judged by its content and sealed under the procedure's key while it arrives; nothing
//! of it lies readable on disk, and its size does not cost memory.

use crate::annahme;
use crate::annahme::datei::Hindernis;
use crate::app::AppState;
use crate::csrf;
use crate::error::Fehler;
use crate::limits;
use crate::session::cookie_lesen;
use crate::sprache::Sprache;
use crate::texte;
use akte_core::documents::sniff::SniffError;
use akte_core::documents::upload::Uploaded;
use akte_core::documents::{DocError, DokumentWert};
use akte_core::vault::Assigned;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::{HeaderMap, StatusCode};
use futures::StreamExt;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Longest value of a field beside the file, bytes.
const FELD_BYTES: usize = 4096;

/// What came: the small fields, and the file if one was chosen, or why it was not taken. What was typed beside a file
/// that is not taken comes back.
pub struct Hochgeladen {
    pub felder: BTreeMap<String, String>,
    pub datei: Result<Option<Datei>, Grund>,
}

/// The chosen file, or what a page of the office says where there is none.
pub fn gewaehlt(datei: Result<Option<Datei>, Grund>) -> Result<Datei, String> {
    match datei {
        Ok(Some(datei)) => Ok(datei),
        Ok(None) => Err("Es ist keine Datei ausgewählt. Wählen Sie eine Datei aus.".into()),
        Err(grund) => Err(grund.satz(Sprache::De)),
    }
}

/// A stored file.
pub struct Datei {
    pub name: String,
    pub wert: DokumentWert,
    /// Hex SHA-256 of the plaintext: tells a repeated request from another one, never stored.
    pub sha256: String,
}

/// Why a file was not taken: a sentence for the person, or a fault.
enum Abgelehnt {
    Satz(Grund),
    Fehler(Fehler),
}

/// What the person can do something about.
pub enum Grund {
    /// The form was open for longer than its token lives.
    ZuLange,
    Unterbrochen,
    Datei(DocError),
    /// The virus scanner keeps it out; with the name of the file.
    Virenscanner(String, Hindernis),
}

impl Grund {
    /// The reason with its remedy, in the language of the page. Names the file: for its sender only.
    pub fn satz(&self, seite: Sprache) -> String {
        let t = &texte::von(seite).dokumente;
        match self {
            Grund::ZuLange => t.zu_lange.into(),
            Grund::Unterbrochen => t.unterbrochen.into(),
            Grund::Virenscanner(file, Hindernis::Schadsoftware(_)) => t.schadsoftware.mit(file),
            Grund::Virenscanner(file, Hindernis::ZuGross) => t.nicht_pruefbar.mit(file),
            Grund::Virenscanner(file, Hindernis::KeineAntwort) => t.kein_virenscanner.mit(file),
            // The content store speaks German itself, and more exactly.
            Grund::Datei(e) if seite == Sprache::De => e.to_string(),
            Grund::Datei(DocError::TooLarge { max }) => t.zu_gross.mit(groesse(*max)),
            Grund::Datei(DocError::Refused(e)) => match e {
                SniffError::Empty { file } => t.leer.mit(file),
                SniffError::Mismatch { file, .. } => t.falscher_inhalt.mit(file),
                SniffError::NotAllowed { file, .. } => t.nicht_erlaubt.mit(file),
                SniffError::Active { file } => t.makros.mit(file),
                SniffError::NotText { file } => t.kein_text.mit(file),
                SniffError::Broken { file } => t.kaputt.mit(file),
            },
            Grund::Datei(_) => t.unterbrochen.into(),
        }
    }
}

impl From<Fehler> for Abgelehnt {
    fn from(f: Fehler) -> Self {
        Abgelehnt::Fehler(f)
    }
}

/// Reads the form; the file goes under the key of the applicant in this procedure.
pub async fn annehmen(
    app: &AppState,
    headers: &HeaderMap,
    form: Multipart,
    vorgang: Uuid,
) -> Result<Hochgeladen, Fehler> {
    let mut felder = BTreeMap::new();
    let datei = beiseite(ablegen(app, headers, form, vorgang, &mut felder).await)?;
    Ok(Hochgeladen { felder, datei })
}

/// A reason the person can do something about belongs to the page; only a fault ends it.
fn beiseite<T>(ende: Result<T, Abgelehnt>) -> Result<Result<T, Grund>, Fehler> {
    match ende {
        Ok(t) => Ok(Ok(t)),
        Err(Abgelehnt::Satz(grund)) => Ok(Err(grund)),
        Err(Abgelehnt::Fehler(e)) => Err(e),
    }
}

async fn ablegen(
    app: &AppState,
    headers: &HeaderMap,
    mut form: Multipart,
    vorgang: Uuid,
    felder: &mut BTreeMap<String, String>,
) -> Result<Option<Datei>, Abgelehnt> {
    let (mut token, mut datei) = (None, None);
    for _ in 0..limits::MULTIPART_TEILE {
        let Some(teil) = form.next_field().await.map_err(gebrochen)? else { break };
        let name = teil.name().unwrap_or_default().to_owned();
        if name == csrf::FELD {
            token = Some(token_gilt(app, headers, &text(teil).await?));
        } else if teil.file_name().is_none() {
            felder.insert(name, crate::formular::normal(&text(teil).await?));
        } else if token != Some(true) {
            return Err(Abgelehnt::Satz(Grund::ZuLange));
        } else if teil.file_name() != Some("") && datei.is_none() {
            datei = Some(speichern(app, teil, vorgang).await?);
        }
    }
    gilt(token).map(|()| datei)
}

/// The token came, and it is this session's.
fn gilt(token: Option<bool>) -> Result<(), Abgelehnt> {
    match token {
        Some(true) => Ok(()),
        Some(false) => Err(Abgelehnt::Satz(Grund::ZuLange)),
        None => Err(Fehler::refusal(StatusCode::FORBIDDEN, "token", "Bitte öffnen Sie die Seite neu.").into()),
    }
}

/// A form whose file is needed whole: the small fields, and name and content of the file. Nothing is stored.
pub struct Gelesen {
    pub felder: BTreeMap<String, String>,
    pub datei: Result<Option<(String, Vec<u8>)>, Grund>,
}

/// Reads the form; a file beyond `max` bytes is not kept.
pub async fn lesen(app: &AppState, headers: &HeaderMap, form: Multipart, max: usize) -> Result<Gelesen, Fehler> {
    let mut felder = BTreeMap::new();
    let datei = beiseite(behalten(app, headers, form, max, &mut felder).await)?;
    Ok(Gelesen { felder, datei })
}

async fn behalten(
    app: &AppState,
    headers: &HeaderMap,
    mut form: Multipart,
    max: usize,
    felder: &mut BTreeMap<String, String>,
) -> Result<Option<(String, Vec<u8>)>, Abgelehnt> {
    let (mut token, mut datei, mut zu_gross) = (None, None, false);
    for _ in 0..limits::MULTIPART_TEILE {
        let Some(mut teil) = form.next_field().await.map_err(gebrochen)? else { break };
        let name = teil.name().unwrap_or_default().to_owned();
        let Some(dateiname) = teil.file_name().map(str::to_owned) else {
            let wert = text(teil).await?;
            match name.as_str() {
                csrf::FELD => token = Some(token_gilt(app, headers, &wert)),
                _ => drop(felder.insert(name, crate::formular::normal(&wert))),
            }
            continue;
        };
        if token != Some(true) {
            return Err(Abgelehnt::Satz(Grund::ZuLange));
        }
        let mut bytes = Vec::new();
        while let Some(stueck) = teil.chunk().await.map_err(gebrochen)? {
            zu_gross |= bytes.len() + stueck.len() > max;
            if !zu_gross {
                bytes.extend_from_slice(&stueck);
            }
        }
        if !dateiname.is_empty() && datei.is_none() {
            datei = Some((dateiname, bytes));
        }
    }
    gilt(token)?;
    match zu_gross {
        true => Err(Abgelehnt::Satz(Grund::Datei(DocError::TooLarge { max: max as u64 }))),
        false => Ok(datei),
    }
}

fn token_gilt(app: &AppState, headers: &HeaderMap, token: &str) -> bool {
    cookie_lesen(headers, &app.konfig.cookie("formular")).is_some_and(|c| csrf::gilt(app, &c, token))
}

async fn text(mut teil: Field<'_>) -> Result<String, Abgelehnt> {
    let mut bytes = Vec::new();
    while let Some(stueck) = teil.chunk().await.map_err(gebrochen)? {
        if bytes.len() + stueck.len() > FELD_BYTES {
            return Err(zu_gross().into());
        }
        bytes.extend_from_slice(&stueck);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn speichern(app: &AppState, teil: Field<'_>, vorgang: Uuid) -> Result<Datei, Abgelehnt> {
    let schluessel = schluessel(app, vorgang)?;
    let roher_name = teil.file_name().unwrap_or("Datei").to_owned();
    let summe = Arc::new(Mutex::new(Sha256::new()));
    let mit = summe.clone();
    let strom = teil.inspect(move |stueck| {
        if let Ok(b) = stueck {
            mit.lock().unwrap_or_else(PoisonError::into_inner).update(b);
        }
    });
    let kek = (schluessel.kek.id, schluessel.kek.key());
    let fertig = app.house.documents.put_upload(kek, &roher_name, strom).await.map_err(ablehnen)?;
    durchsehen(app, &fertig).await?;
    let hash = summe.lock().unwrap_or_else(PoisonError::into_inner).clone().finalize();
    Ok(Datei { name: fertig.name, wert: fertig.wert, sha256: hash.iter().map(|b| format!("{b:02x}")).collect() })
}

/// As it is stored, so that a file of any size is looked through without lying readable anywhere. What is not let in
/// is referred to by nothing and goes with the other orphans.
async fn durchsehen(app: &AppState, datei: &Uploaded) -> Result<(), Abgelehnt> {
    let Some(scanner) = &app.konfig.virenscanner else { return Ok(()) };
    let strom = app.house.open_document(&datei.wert).await.map_err(Fehler::from)?;
    match annahme::datei::durchsehen(Some(scanner), strom).await.map_err(Fehler::from)? {
        Ok(()) => Ok(()),
        Err(hindernis) => Err(Abgelehnt::Satz(Grund::Virenscanner(datei.name.clone(), hindernis))),
    }
}

/// The largest file in words: `1 GB`, `10 MB`.
pub fn groesse(bytes: u64) -> String {
    match bytes {
        b if b >= 1 << 30 && b.is_multiple_of(1 << 30) => format!("{} GB", b >> 30),
        b => format!("{} MB", b >> 20),
    }
}

/// The key of the applicant in this procedure.
pub fn schluessel(app: &AppState, vorgang: Uuid) -> Result<Assigned, Fehler> {
    app.house.vault.kek_for("antragsteller", vorgang).map_err(Fehler::from)
}

fn ablehnen(e: DocError) -> Abgelehnt {
    match e {
        DocError::Refused(_) | DocError::TooLarge { .. } | DocError::Interrupted(_) => Abgelehnt::Satz(Grund::Datei(e)),
        e => Abgelehnt::Fehler(e.into()),
    }
}

fn gebrochen(e: MultipartError) -> Abgelehnt {
    match e.status() {
        StatusCode::PAYLOAD_TOO_LARGE => zu_gross().into(),
        _ => Abgelehnt::Satz(Grund::Unterbrochen),
    }
}

fn zu_gross() -> Fehler {
    Fehler::refusal(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
        "Ihre Datei ist größer, als wir annehmen. Verkleinern oder teilen Sie sie.",
    )
}
