//! One file (Akte): opening, Aktenzeichen, filing, closing, reopening.
//!
//! What must exclude each other is decided here, on one stream. Knows no procedure.

use super::ablage::{eigen, file_all, file_late, mit_ruecknahme};
use super::aufbewahrung::{self, Aufbewahrung, Beginn, Entscheidung};
use super::aussonderung::{self, Ansinnen, Aussonderung};
use super::event::{AkteEvent as E, Anbietungsanlass, Beleg, Bewertung, Dauer, Sperrzweck, Teil};
use super::metadaten::{self, Angaben, Metadaten};
use super::papier::{self, PapierCommand};
use super::sperre::{self, Sperre};
use super::struktur::{self, Lage, Teilakte, Verweis, Zeiger};
use crate::kernel::{Context, Decider, text};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// State of one Akte.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Akte {
    pub aktenplan: String,
    pub einheit: String,
    pub vorgang: Option<Uuid>,
    pub titel: Option<String>,
    /// Whether a number was given, also where the sealed Aktenzeichen is gone.
    pub nummeriert: bool,
    pub aktenzeichen: Option<String>,
    pub dokumente: Vec<Uuid>,
    pub geschlossen: bool,
    /// Last day of retention in force, computed or set.
    pub aufbewahrung_bis: Option<Date>,
    pub aufbewahrung: Aufbewahrung,
    /// Holds in force.
    pub sperren: Vec<Sperre>,
    pub aussonderung: Aussonderung,
    pub teilakten: Vec<Teilakte>,
    /// Document -> where it lies.
    pub lage: BTreeMap<Uuid, Lage>,
    pub zeiger: Vec<Zeiger>,
    pub verweise: Vec<Verweis>,
    /// Paper volumes.
    #[serde(default)]
    pub papier: BTreeMap<Uuid, papier::Papierband>,
    /// Of the Akte itself.
    #[serde(default)]
    pub metadaten: Option<Metadaten>,
}

/// What can be wanted of an Akte.
#[derive(Clone, Debug)]
pub enum AkteCommand {
    Open {
        aktenplan: String,
        einheit: String,
        vorgang: Option<Uuid>,
        titel: String,
    },
    AssignAktenzeichen {
        aktenzeichen: String,
    },
    /// `dauer`: retention of the new position; with it a closed file is reclassified too.
    Reclassify {
        aktenplan: String,
        grund: String,
        dauer: Dauer,
    },
    /// Files a document; a second filing of the same document changes nothing.
    FileDokument {
        dokument: Uuid,
        vorgang: Option<Uuid>,
    },
    /// Files many at once; those that lie here already change nothing.
    FileDokumente {
        dokumente: Vec<Uuid>,
    },
    /// Paper volumes of a hybrid file.
    Papier(PapierCommand),
    /// After zdA a document enters only this way, with a reason.
    FileLate {
        dokument: Uuid,
        grund: String,
    },
    /// zdA; refused while anything is open on it (`Facts::offen`).
    Close {
        dauer: Dauer,
        beginn: Beginn,
    },
    Reopen {
        grund: String,
    },
    ProposeAufbewahrung {
        end: Date,
        grund: String,
    },
    DecideAufbewahrung(Entscheidung),
    SetSperre {
        scope: Teil,
        zweck: Sperrzweck,
        grund: String,
    },
    LiftSperre {
        sperre: Uuid,
        grund: String,
    },
    Offer {
        anlass: Anbietungsanlass,
        vermerk: String,
    },
    Appraise {
        bewertung: Bewertung,
        vermerk: String,
    },
    ConfirmImport {
        archivkennung: String,
    },
    Release(Ansinnen),
    RevokeRelease {
        loeschung: Uuid,
        anlass: String,
    },
    RecordDestroyed {
        loeschung: Uuid,
        beleg: Beleg,
    },
    OpenTeilakte {
        titel: String,
    },
    PlaceDokument {
        dokument: Uuid,
        teilakte: Option<Uuid>,
    },
    Correct {
        feld: String,
        wert: String,
        grund: String,
    },
    /// Metadata by schema; of the Akte itself or of a Teilakte.
    Describe {
        teilakte: Option<Uuid>,
        angaben: Box<Angaben>,
    },
    /// `selbst`: this file, so that nothing is moved to where it lies.
    MoveDokument {
        dokument: Uuid,
        nach: Uuid,
        selbst: Option<Uuid>,
        grund: String,
    },
    AddVerweis {
        ziel: Uuid,
        grund: Option<String>,
        gegenseite: bool,
    },
    RemoveVerweis {
        ziel: Uuid,
        gegenseite: bool,
    },
    /// Who may see it, and what, was decided before; this keeps that it was shown.
    GrantEinsicht {
        an: String,
        ereignisse: u32,
        dokumente: u32,
        geschwaerzt: u32,
        gruende: Vec<String>,
        inhalt_sha256: String,
    },
}

/// Why the Akte says no.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AkteRefusal {
    #[error("Diese Akte ist schon angelegt.")]
    SchonAngelegt,
    #[error("Diese Akte gibt es nicht.")]
    GibtEsNicht,
    #[error("Diese Akte hat schon ein anderes Aktenzeichen.")]
    SchonNummeriert,
    #[error("Die Akte ist geschlossen. Nachträglich abgelegt wird nur mit Grund, oder nehmen Sie die Akte wieder auf.")]
    Geschlossen,
    #[error("Die Akte ist offen.")]
    Offen,
    /// Deadlines, payments, signatures, Geschaeftsgaenge, tasks, Wiedervorlagen: gathered before the decision.
    #[error("Noch offen: {}. Erledigen Sie das zuerst, dann verfügen Sie zdA.", .0.join("; "))]
    OffenePunkte(Vec<String>),
    #[error("Bitte füllen Sie „{0}“ aus.")]
    AngabeFehlt(&'static str),
    #[error("„{0}“ darf höchstens 500 Zeichen haben.")]
    ZuLang(&'static str),
    #[error("Die Rechtsdaten geben keine Antwort: {0}")]
    Recht(String),
    #[error("Das können nur Konten.")]
    NurKonten,
    #[error("Wer vorgeschlagen hat, genehmigt nicht, auch nicht in Vertretung und nicht durch eine Vertretung.")]
    VierAugen,
    #[error("Es liegt schon ein Vorschlag vor. Eine andere Person muss zuerst darüber entscheiden.")]
    VorschlagLiegtVor,
    #[error("Es liegt kein Vorschlag vor.")]
    KeinVorschlag,
    #[error("Das gibt es in dieser Akte nicht. Wählen Sie die Akte selbst oder etwas aus ihr.")]
    TeilUnbekannt,
    #[error("Diese Sperre gibt es nicht oder nicht mehr.")]
    KeineSperre,
    #[error("Es gilt eine Sperre. Heben Sie sie zuerst auf.")]
    Gesperrt,
    /// Braces mark an account, as in the sentences of the timeline.
    #[error(
        "Dafür ist es zu spät: Die Vernichtung ist schon freigegeben, vorgeschlagen von {{{vorgeschlagen}}} und genehmigt von {{{genehmigt}}}. Das Programm führt sie gerade aus. Danach können Sie sperren, was übrig ist."
    )]
    SchonFreigegeben { vorgeschlagen: Uuid, genehmigt: Uuid },
    #[error("Die Aufbewahrungsfrist ist noch nicht abgelaufen oder nicht bekannt.")]
    FristLaeuft,
    #[error("Diese Akte ist dem Archiv schon angeboten.")]
    SchonAngeboten,
    #[error("Bieten Sie die Akte zuerst dem Archiv an.")]
    NichtAngeboten,
    #[error("Die Bewertung lässt sich nicht mehr ändern: Die Akte ist übernommen oder zur Vernichtung freigegeben.")]
    BewertungSteht,
    #[error("Übernommen wird nur, was das Archiv mit A bewertet hat.")]
    NichtMitA,
    #[error("Diese Vernichtung wurde nicht freigegeben.")]
    NichtFreigegeben,
    #[error("Diese Akte wird vernichtet oder ist vernichtet.")]
    Vernichtet,
    #[error("Das Archiv hat die Akte übernommen. Legen Sie für Neues eine neue Akte an und verweisen Sie auf diese.")]
    Uebernommen,
    #[error("Dieses Feld lässt sich hier nicht berichtigen.")]
    FeldUnbekannt,
    #[error("Das Dokument liegt schon in dieser Akte.")]
    SelbeAkte,
    #[error("Dieses Dokument gehört in eine andere Akte. Legen Sie es dort um.")]
    FremdesDokument,
    #[error(
        "Für dieses Dokument läuft noch ein Geschäftsgang. Warten Sie dessen Ende ab, oder brechen Sie ihn ab; danach lässt es sich umlegen."
    )]
    ImGeschaeftsgang,
    #[error("Diesen Papierband gibt es in der Akte nicht.")]
    BandUnbekannt,
    #[error("Der Papierband ist ausgeliehen. Tragen Sie zuerst die Rückgabe ein.")]
    BandAusgeliehen,
    #[error("Der Papierband ist nicht ausgeliehen.")]
    BandNichtAusgeliehen,
    #[error("Der Tag der Rückgabe liegt in der Vergangenheit. Nennen Sie einen späteren.")]
    RueckgabeVorbei,
    #[error(transparent)]
    Metadaten(#[from] metadaten::Mangel),
}

impl AkteRefusal {
    pub fn code(&self) -> &'static str {
        use AkteRefusal as R;
        match self {
            R::SchonAngelegt => "schon_angelegt",
            R::GibtEsNicht => "gibt_es_nicht",
            R::SchonNummeriert => "schon_nummeriert",
            R::Geschlossen => "geschlossen",
            R::Offen => "offen",
            R::OffenePunkte(_) => "offene_punkte",
            R::AngabeFehlt(_) => "angabe_fehlt",
            R::ZuLang(_) => "zu_lang",
            R::Recht(_) => "recht",
            R::NurKonten => "nur_konten",
            R::VierAugen => "vier_augen",
            R::VorschlagLiegtVor => "vorschlag_liegt_vor",
            R::KeinVorschlag => "kein_vorschlag",
            R::TeilUnbekannt => "teil_unbekannt",
            R::KeineSperre => "keine_sperre",
            R::Gesperrt => "gesperrt",
            R::SchonFreigegeben { .. } => "schon_freigegeben",
            R::FristLaeuft => "frist_laeuft",
            R::SchonAngeboten => "schon_angeboten",
            R::NichtAngeboten => "nicht_angeboten",
            R::BewertungSteht => "bewertung_steht",
            R::NichtMitA => "nicht_mit_a",
            R::NichtFreigegeben => "nicht_freigegeben",
            R::Vernichtet => "vernichtet",
            R::Uebernommen => "uebernommen",
            R::FeldUnbekannt => "feld_unbekannt",
            R::SelbeAkte => "selbe_akte",
            R::FremdesDokument => "fremdes_dokument",
            R::ImGeschaeftsgang => "im_geschaeftsgang",
            R::BandUnbekannt => "band_unbekannt",
            R::BandAusgeliehen => "band_ausgeliehen",
            R::BandNichtAusgeliehen => "band_nicht_ausgeliehen",
            R::RueckgabeVorbei => "rueckgabe_vorbei",
            R::Metadaten(m) => m.code(),
        }
    }
}

pub(super) type Events = Result<Vec<E>, AkteRefusal>;

impl Decider for Akte {
    const KIND: &'static str = "akte";
    type State = Akte;
    type Command = AkteCommand;
    type Event = E;
    type Refusal = AkteRefusal;

    fn decide(s: &Akte, command: AkteCommand, ctx: &Context) -> Events {
        use AkteCommand as C;
        match (s.aktenplan.is_empty(), &command) {
            (true, C::Open { .. }) => {}
            (true, _) => return Err(AkteRefusal::GibtEsNicht),
            (false, C::Open { .. }) => return Err(AkteRefusal::SchonAngelegt),
            (false, _) => {}
        }
        match command {
            C::Open { aktenplan, einheit, vorgang, titel } => {
                let aktenplan = filled(&aktenplan, "Aktenplan")?;
                Ok(vec![E::Opened { aktenplan, einheit, vorgang, titel: Some(titel) }])
            }
            C::AssignAktenzeichen { aktenzeichen } => assign(s, aktenzeichen),
            C::Reclassify { aktenplan, grund, dauer } => reclassify(s, aktenplan, grund, dauer, ctx),
            C::FileDokument { dokument, .. } if s.hat(dokument) => Ok(vec![]),
            C::FileDokument { dokument, vorgang } => {
                s.offen()?;
                eigen(&[dokument], ctx)?;
                Ok(mit_ruecknahme(s, vec![E::DokumentFiled { dokument, vorgang }]))
            }
            C::Papier(command) => papier::decide(s, command, ctx),
            C::FileDokumente { dokumente } => file_all(s, dokumente, ctx),
            C::FileLate { dokument, .. } if s.hat(dokument) => Ok(vec![]),
            C::FileLate { .. } if !s.geschlossen => Err(AkteRefusal::Offen),
            C::FileLate { dokument, grund } => file_late(s, dokument, grund, ctx),
            C::Close { .. } if s.geschlossen => Ok(vec![]),
            C::Close { .. } if !ctx.facts.offen.is_empty() => Err(AkteRefusal::OffenePunkte(ctx.facts.offen.clone())),
            C::Close { dauer, beginn } => Ok(aufbewahrung::schliessen(dauer, &beginn, ctx)),
            C::Reopen { grund } => reopen(s, grund),
            C::ProposeAufbewahrung { end, grund } => aufbewahrung::vorschlagen(s, end, grund, ctx),
            C::DecideAufbewahrung(e) => aufbewahrung::entscheiden(s, e, ctx),
            C::SetSperre { scope, zweck, grund } => sperre::setzen(s, scope, zweck, grund, ctx),
            C::LiftSperre { sperre, grund } => sperre::aufheben(s, sperre, grund, ctx),
            C::Offer { anlass, vermerk } => aussonderung::anbieten(s, anlass, vermerk, ctx),
            C::Appraise { bewertung, vermerk } => aussonderung::bewerten(s, bewertung, vermerk, ctx),
            C::ConfirmImport { archivkennung } => aussonderung::uebernommen(s, archivkennung, ctx),
            C::Release(a) => aussonderung::freigeben(s, a, ctx),
            C::RevokeRelease { loeschung, anlass } => aussonderung::zuruecknehmen(s, loeschung, anlass),
            C::RecordDestroyed { loeschung, beleg } => aussonderung::vernichtet(s, loeschung, beleg, ctx),
            C::OpenTeilakte { titel } => struktur::teilakte(s, titel, ctx),
            C::PlaceDokument { dokument, teilakte } => struktur::einordnen(s, dokument, teilakte),
            C::Correct { feld, wert, grund } => struktur::berichtigen(s, feld, wert, grund, ctx),
            C::Describe { teilakte, angaben } => struktur::beschreiben(s, teilakte, &angaben, ctx),
            C::MoveDokument { dokument, nach, selbst, grund } => {
                struktur::verschieben(s, dokument, nach, selbst, grund, ctx)
            }
            C::AddVerweis { ziel, grund, gegenseite } => struktur::verweisen(s, ziel, grund, gegenseite),
            C::RemoveVerweis { ziel, gegenseite } => struktur::verweis_weg(s, ziel, gegenseite),
            C::GrantEinsicht { an, ereignisse, dokumente, geschwaerzt, gruende, inhalt_sha256 } => {
                let (an, einsicht) = (Some(filled(&an, "Wer sieht ein?")?), ctx.ids.nth(0));
                let (gruende, inhalt_sha256) = (Some(gruende), Some(inhalt_sha256));
                Ok(vec![E::EinsichtGranted {
                    einsicht,
                    ereignisse,
                    dokumente,
                    geschwaerzt,
                    an,
                    gruende,
                    inhalt_sha256,
                }])
            }
        }
    }

    fn evolve(mut s: Akte, event: &E) -> Akte {
        s.aufbewahrung.evolve(event);
        sperre::evolve(&mut s.sperren, event);
        s.aussonderung.evolve(event);
        struktur::evolve(&mut s, event);
        match event {
            E::Opened { aktenplan, einheit, vorgang, titel } => {
                s.aktenplan.clone_from(aktenplan);
                s.einheit.clone_from(einheit);
                s.vorgang = *vorgang;
                s.titel.clone_from(titel);
            }
            E::AktenzeichenAssigned { aktenzeichen } => {
                s.nummeriert = true;
                s.aktenzeichen.clone_from(aktenzeichen);
            }
            E::Reclassified { aktenplan, .. } => s.aktenplan.clone_from(aktenplan),
            E::DokumentFiled { dokument, vorgang } => {
                s.dokumente.push(*dokument);
                s.lage.insert(*dokument, Lage { vorgang: *vorgang, teilakte: None });
            }
            E::FiledLate { dokument, .. } => s.dokumente.push(*dokument),
            E::Closed { aufbewahrung_bis, .. } => {
                s.geschlossen = true;
                s.aufbewahrung_bis = *aufbewahrung_bis;
            }
            E::AufbewahrungComputed { .. } | E::Overridden { .. } => s.aufbewahrung_bis = s.aufbewahrung.bis(),
            E::Reopened { .. } => {
                s.geschlossen = false;
                s.aufbewahrung_bis = None;
            }
            E::PapierbandRegistered { .. }
            | E::PapierbandMoved { .. }
            | E::PapierbandLent { .. }
            | E::PapierbandReturned { .. } => papier::evolve(&mut s, event),
            _ => {}
        }
        s
    }
}

impl Akte {
    /// Filed here, now or once: a document that was moved away is not filed again by a repetition.
    fn hat(&self, dokument: Uuid) -> bool {
        self.dokumente.contains(&dokument) || self.zeiger.iter().any(|z| z.dokument == dokument)
    }

    pub(super) fn offen(&self) -> Result<(), AkteRefusal> {
        if self.geschlossen { Err(AkteRefusal::Geschlossen) } else { Ok(()) }
    }
}

fn assign(s: &Akte, aktenzeichen: String) -> Events {
    match (s.nummeriert, &s.aktenzeichen) {
        (true, Some(old)) if *old != aktenzeichen => Err(AkteRefusal::SchonNummeriert),
        (true, _) => Ok(vec![]),
        (false, _) => Ok(vec![E::AktenzeichenAssigned { aktenzeichen: Some(aktenzeichen) }]),
    }
}

/// Where the file is closed, its retention follows the new position; the Aktenzeichen never changes.
fn reclassify(s: &Akte, aktenplan: String, grund: String, dauer: Dauer, ctx: &Context) -> Events {
    if s.geschlossen && aussonderung::vergangen(s).is_some() {
        return Err(AkteRefusal::Vernichtet);
    }
    let aktenplan = filled(&aktenplan, "Aktenplan")?;
    if aktenplan == s.aktenplan {
        return Ok(vec![]);
    }
    let mut events = vec![E::Reclassified { aktenplan, grund: Some(filled(&grund, "Grund")?) }];
    events.extend(s.geschlossen.then(|| aufbewahrung::nach_umlegung(s, dauer, ctx)).flatten());
    Ok(events)
}

/// Removes nothing; retention stops, and what the archive said lapses.
fn reopen(s: &Akte, grund: String) -> Events {
    if !s.geschlossen {
        return Err(AkteRefusal::Offen);
    }
    if aussonderung::vergangen(s).is_some() {
        return Err(AkteRefusal::Vernichtet);
    }
    if s.aussonderung.uebernommen.is_some() {
        return Err(AkteRefusal::Uebernommen);
    }
    let mut events = vec![E::Reopened { grund: Some(filled(&grund, "Grund")?) }];
    events.extend(aussonderung::zurueckziehen(s, "wiederaufnahme"));
    Ok(events)
}

/// The acting account and the one it stands in for.
pub(super) fn acting(ctx: &Context) -> Result<(Uuid, Option<Uuid>), AkteRefusal> {
    ctx.konto().ok_or(AkteRefusal::NurKonten)
}

pub(super) fn filled(wert: &str, feld: &'static str) -> Result<String, AkteRefusal> {
    text::filled(wert).ok_or(AkteRefusal::AngabeFehlt(feld))
}
