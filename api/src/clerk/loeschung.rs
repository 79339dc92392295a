//! `/verwaltung/loeschung`: erasures proposed, decided by another person, and how far they are carried out.
//!
//! Nothing is destroyed here: an approval wakes the pass that does it. What is refused comes back as typed.

use crate::app::AppState;
use crate::clerk::fallseite::Meldung;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::formular::Formular;
use crate::layout::{self, Rahmen, zeitpunkt};
use akte_core::akte::{Akte, Disposal, Hindernis};
use akte_core::execute::{Call, ExecuteError, Target};
use akte_core::loeschung::{Archiv, Ausnahme, Grund, Loeschung, LoeschungCommand, Stand};
use akte_core::verfahren::Vorgang;
use akte_core::zugriff::{Action, Resource};
use akte_projections::rows::{KontoRow, LoeschungRow};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

/// Rows of the list.
const GEZEIGT: usize = 200;

/// One line of the list.
struct Zeile {
    loeschung: Uuid,
    vorgang: Option<Uuid>,
    akte: Option<Uuid>,
    umfang: String,
    grund: &'static str,
    stand: &'static str,
    am: String,
    von: String,
}

#[derive(Template)]
#[template(path = "clerk/loeschungen.html")]
struct Liste {
    rahmen: Rahmen,
    zeilen: Vec<Zeile>,
}

/// `GET /verwaltung/loeschung`
pub async fn zeigen(State(app): State<AppState>, leser: Leser, rahmen: Rahmen) -> Result<Response, Fehler> {
    zugang::lesen_liste(&app, &leser, Action::ReadErasures, "loeschungen").await?;
    let einheiten = leser.einheiten();
    let zeilen = app.intern(move |v| v.loeschungen(einheiten.as_deref(), GEZEIGT)).await?;
    let konten = app.intern(|v| v.konten()).await?;
    let zone = app.stadt.zeitzone.clone();
    let zeile = |z: LoeschungRow| Zeile {
        loeschung: z.loeschung,
        vorgang: z.vorgang,
        akte: z.akte,
        grund: Grund::lesen(&z.grund)
            .map(Grund::wort)
            .or(Ausnahme::lesen(&z.grund).map(Ausnahme::wort))
            .unwrap_or_default(),
        stand: wort(&z.stand),
        am: zeitpunkt(&z.am, &zone),
        von: name(&konten, z.vorgeschlagen),
        umfang: z.umfang,
    };
    let rahmen = rahmen.titel("Löschungen").aktiv("loeschung");
    layout::seite(&Liste { rahmen, zeilen: zeilen.into_iter().map(zeile).collect() })
}

#[derive(Template)]
#[template(path = "clerk/loeschung.html")]
struct Seite {
    rahmen: Rahmen,
    meldung: Option<Meldung>,
    id: Uuid,
    version: u64,
    vorgang: Option<Uuid>,
    aktenzeichen: Option<String>,
    umfang: String,
    grund: &'static str,
    archiv: &'static str,
    begruendung: String,
    von: String,
    entschieden: Option<String>,
    stand: &'static str,
    /// What happens next, in words.
    weiter: &'static str,
    vollzug: Option<(u64, u64)>,
    /// What the disposal gate still has against it.
    hindernisse: Vec<String>,
    /// Grounds of Art. 17 (3) DSGVO on which it was refused.
    abs3: Vec<String>,
    /// The law behind is not confirmed by the town.
    ungeprueft: bool,
    akte: Option<Uuid>,
    protokoll: bool,
    /// In whose name this reader may decide; empty = not at all.
    darf: bool,
    /// It was decided: there is a letter.
    schreiben: bool,
    getippt: String,
}

/// `GET /verwaltung/loeschung/{id}`
pub async fn eine(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
) -> Result<Response, Fehler> {
    bauen(&app, &leser, rahmen, id, StatusCode::OK, None, "").await
}

async fn bauen(
    app: &AppState,
    leser: &Leser,
    rahmen: Rahmen,
    id: Uuid,
    status: StatusCode,
    meldung: Option<Meldung>,
    getippt: &str,
) -> Result<Response, Fehler> {
    let l = zugang::lesen::<Loeschung>(app, leser, Action::ReadErasures, id, "loeschung").await?;
    let konten = app.intern(|v| v.konten()).await?;
    let s = l.state;
    let vorgang = s.vorgang;
    if vorgang.is_none() && s.akte.is_none() {
        return Err(Fehler::nicht_gefunden());
    }
    let resource = Resource {
        stream: Some(id),
        einheit: Some(s.einheit.clone()),
        verfasser: s.vorgeschlagen.clone(),
        ..Resource::default()
    };
    let darf = s.stand == Stand::Vorgeschlagen
        && app.house.may_on(&leser.wer.principal(), Action::ApproveErasure, &resource).await.is_ok();
    let (stand, weiter) = stand(s.stand, darf);
    let gate = gate(app, id, &s).await?;
    let seite = Seite {
        rahmen: rahmen
            .titel("Löschung")
            .aktiv("loeschung")
            .krume("/verwaltung/loeschung", "Löschungen")
            .mit_fehlern(status.is_client_error()),
        meldung,
        id,
        version: l.version,
        vorgang,
        aktenzeichen: match vorgang {
            Some(id) => app.intern(move |v| v.vorgang(id)).await?.and_then(|v| v.aktenzeichen),
            None => None,
        },
        umfang: s.umfang.as_ref().map(akte_core::loeschung::Umfang::wort).unwrap_or_default(),
        grund: s.grund.map(Grund::wort).or(s.ausnahme.map(Ausnahme::wort)).unwrap_or_default(),
        archiv: s.archiv.map_or("nicht gefragt", Archiv::wort),
        begruendung: s.begruendung.unwrap_or_else(|| "gelöscht".into()),
        von: namen(&konten, &s.vorgeschlagen),
        entschieden: (!s.entschieden.is_empty()).then(|| namen(&konten, &s.entschieden)),
        stand,
        weiter,
        vollzug: s.vollzug,
        hindernisse: gate.hindernisse,
        abs3: gate.abs3,
        ungeprueft: gate.ungeprueft,
        akte: gate.akte,
        protokoll: gate.vernichtet,
        schreiben: vorgang.is_some() && !matches!(s.stand, Stand::Leer | Stand::Vorgeschlagen),
        darf,
        getippt: getippt.to_owned(),
    };
    layout::seite_mit(status, &seite)
}

/// What the one gate says about this proposal today.
#[derive(Default)]
struct Gate {
    hindernisse: Vec<String>,
    abs3: Vec<String>,
    ungeprueft: bool,
    akte: Option<Uuid>,
    vernichtet: bool,
}

/// Shown, not decided: the gate itself decides when the machine asks for the release.
async fn gate(app: &AppState, id: Uuid, s: &Loeschung) -> Result<Gate, Fehler> {
    let Some(akte) = app.house.akte_der_loeschung(s).await? else { return Ok(Gate::default()) };
    let a = app.house.load::<Akte>(akte).await?.state;
    let mut hindernisse = Vec::new();
    let mut ungeprueft = false;
    if matches!(s.stand, Stand::Vorgeschlagen | Stand::Genehmigt) && a.aussonderung.freigabe(id).is_none() {
        let mut ansinnen = app.house.ansinnen(id, s, &a).await?;
        if s.stand == Stand::Vorgeschlagen {
            // The second person is the one who reads this; what is asked is everything else.
            ansinnen.genehmigt = vec![Uuid::nil()];
        }
        hindernisse = Disposal::decide(&a, &ansinnen, &app.house.law, app.heute()).map_err(Fehler::fault)?;
        ungeprueft =
            !hindernisse.is_empty() && app.house.law.vernichtungsgrund(&ansinnen.grund).is_ok_and(|r| !r.verified);
    }
    Ok(Gate {
        ungeprueft,
        hindernisse: hindernisse.iter().map(Hindernis::satz).collect(),
        abs3: a.aussonderung.versagt.get(&id).map(|v| v.art17_abs3.clone()).unwrap_or_default(),
        akte: Some(akte),
        vernichtet: a.aussonderung.freigabe(id).is_some_and(|f| f.beleg.is_some()),
    })
}

/// `POST /verwaltung/loeschung/{id}`: approve or reject.
pub async fn entscheiden(
    State(app): State<AppState>,
    leser: Leser,
    rahmen: Rahmen,
    Path(id): Path<Uuid>,
    formular: Formular,
) -> Result<Response, Fehler> {
    let begruendung = formular.get("begruendung").trim().to_owned();
    let command = match formular.get("was") {
        "genehmigen" => LoeschungCommand::Approve,
        "ablehnen" => LoeschungCommand::Reject { begruendung: begruendung.clone() },
        _ => return Err(Fehler::nicht_gefunden()),
    };
    let Ok(version) = formular.get("version").parse::<u64>() else {
        let text = "Die Seite ist unvollständig. Laden Sie sie neu.";
        return Err(Fehler::refusal(StatusCode::PRECONDITION_REQUIRED, "version", text));
    };
    let call = Call {
        principal: leser.wer.principal(),
        key: formular.schluessel().to_owned(),
        target: Target::Stream(id),
        expected: Some(version),
        request: Some(json!({ "was": formular.get("was"), "begruendung": begruendung })),
        corr: None,
    };
    match app.house.execute::<Loeschung>(call, command).await {
        Ok(done) => {
            app.sichtbar(done.receipt.as_ref()).await;
            app.house.erasure_due.notify_one();
            Ok(layout::weiter(&format!("/verwaltung/loeschung/{id}")))
        }
        Err(e) => {
            let (status, m) = ablehnung(e)?;
            bauen(&app, &leser, rahmen, id, status, Some(m), formular.get("begruendung")).await
        }
    }
}

/// Status and message of what can be shown on the page itself.
pub(super) fn ablehnung(e: ExecuteError) -> Result<(StatusCode, Meldung), Fehler> {
    let (status, titel, text) = match e {
        ExecuteError::Refused { text, .. } => (StatusCode::CONFLICT, "Das geht so nicht", text),
        ExecuteError::Stale { .. } => {
            let text = "Der Vorschlag wurde inzwischen geändert. Prüfen Sie ihn, und senden Sie noch einmal ab.";
            (StatusCode::PRECONDITION_FAILED, "Inzwischen geändert", text.into())
        }
        ExecuteError::Denied(_) => {
            (StatusCode::FORBIDDEN, "Dazu haben Sie kein Recht", "Dazu haben Sie kein Recht.".into())
        }
        e => return Err(e.into()),
    };
    Ok((status, Meldung { art: "danger", titel: titel.into(), text }))
}

/// Whether this reader may propose to erase this case.
pub(super) async fn darf_vorschlagen(app: &AppState, leser: &Leser, v: &Vorgang) -> bool {
    darf_in(app, leser, &v.einheit).await
}

/// Whether this reader may propose an erasure in this unit.
pub(super) async fn darf_in(app: &AppState, leser: &Leser, einheit: &str) -> bool {
    let resource = Resource { einheit: Some(einheit.to_owned()), ..Resource::default() };
    app.house.may_on(&leser.wer.principal(), Action::ProposeErasure, &resource).await.is_ok()
}

fn stand(s: Stand, darf: bool) -> (&'static str, &'static str) {
    match s {
        Stand::Leer => ("leer", ""),
        Stand::Vorgeschlagen if darf => {
            ("vorgeschlagen", "Sie können genehmigen oder ablehnen. Eine Löschung lässt sich nicht rückgängig machen.")
        }
        Stand::Vorgeschlagen => ("vorgeschlagen", "Eine andere Person muss genehmigen oder ablehnen."),
        Stand::Genehmigt => (
            "genehmigt, wird vollzogen",
            "Das Programm löscht jetzt Schlüssel, Inhalte und Dokumente. Sind einzelne Teile zu löschen, endet der Schlüssel erst mit der letzten Sicherung, die ihn noch braucht. Laden Sie die Seite neu, um den Stand zu sehen.",
        ),
        Stand::Abgelehnt => ("abgelehnt", "Es wurde nichts gelöscht."),
        Stand::Verweigert => (
            "verweigert",
            "Die Person hat die Löschung verlangt, und sie wurde mit Grund abgelehnt. Es wurde nichts gelöscht.",
        ),
        Stand::Vollzogen => (
            "vollzogen",
            "Schlüssel, Inhalte und Dokumente sind vernichtet. Die Kette beweist weiter, dass nichts anderes fehlt.",
        ),
    }
}

fn wort(stand: &str) -> &'static str {
    match stand {
        "vorgeschlagen" => "vorgeschlagen",
        "genehmigt" => "genehmigt, wird vollzogen",
        "abgelehnt" => "abgelehnt",
        "verweigert" => "verweigert",
        _ => "vollzogen",
    }
}

pub(super) fn name(konten: &[KontoRow], id: Uuid) -> String {
    let k = konten.iter().find(|k| k.konto == id);
    k.and_then(|k| k.name.clone().or_else(|| k.login.clone())).unwrap_or_else(|| "ein Konto ohne Namen".into())
}

fn namen(konten: &[KontoRow], ids: &[Uuid]) -> String {
    let alle: Vec<String> = ids.iter().map(|id| name(konten, *id)).collect();
    alle.join(" i. V. für ")
}
