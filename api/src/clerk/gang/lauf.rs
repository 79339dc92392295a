//! One run as its pages need it: state, what happened, the document it is about, as whom the reader acts.
//!
//! Loads and names things; draws nothing and decides nothing.

use crate::app::AppState;
use crate::clerk::namen::Namen;
use crate::clerk::zugang::{self, Leser};
use crate::error::Fehler;
use crate::layout::zeitpunkt;
use akte_core::akte::Dokument;
use akte_core::execute::{Principal, Room};
use akte_core::geschaeftsgang::{Schrittart, Umlauf, UmlaufEvent as E};
use akte_core::vault::Recorded;
use akte_core::zugriff::{Action, Resource};
use uuid::Uuid;

/// One run.
pub struct Lauf {
    pub id: Uuid,
    pub u: Umlauf,
    /// Number of events = ETag.
    pub version: u64,
    pub eintraege: Vec<(Recorded, Option<E>)>,
    pub dokument: Dokument,
    pub titel: String,
    pub namen: Namen,
    pub principale: Vec<Principal>,
    pub zone: String,
}

/// One line of what happened.
pub struct Ereignis {
    pub wann: String,
    pub satz: String,
    pub text: Option<String>,
    /// A signature a later version lifted.
    pub aufgehoben: bool,
}

/// One party of a step.
pub struct Partei {
    pub name: String,
    pub stand: String,
    pub getan: bool,
}

/// One step in words.
pub struct SchrittTeil {
    pub nr: usize,
    pub art: &'static str,
    pub jetzt: bool,
    pub parteien: Vec<Partei>,
}

/// Loads a run for this reader: of its unit, or on its route. The read is logged.
pub async fn laden(app: &AppState, leser: &Leser, id: Uuid) -> Result<Lauf, Fehler> {
    let l = zugang::lesen::<Umlauf>(app, leser, Action::ReadDokument, id, "geschaeftsgang").await?;
    let historie = app.house.history(id).await?;
    let dok = l.state.dokument.ok_or_else(Fehler::nicht_gefunden)?;
    let dokument = app.house.load::<Dokument>(dok).await?.state;
    let titel = dokument.titel.clone().or_else(|| dokument.dateiname.clone());
    Ok(Lauf {
        id,
        version: l.version,
        u: l.state,
        eintraege: historie.into_iter().map(|r| (r.decode().ok(), r)).map(|(e, r)| (r, e)).collect(),
        titel: titel.unwrap_or_else(|| "Dokument ohne Titel".into()),
        dokument,
        namen: Namen::laden(app).await?,
        principale: zugang::principale(app, &leser.wer).await?,
        zone: app.stadt.zeitzone.clone(),
    })
}

impl Lauf {
    /// As whom the reader is asked now: itself first, then in place of others.
    pub fn gefragt_als(&self) -> Vec<&Principal> {
        let Some((_, an)) = self.u.gefragt() else { return Vec::new() };
        let stelle = |p: &Principal| p.on_behalf_of.or_else(|| konto(p));
        self.principale.iter().filter(|p| stelle(p).is_some_and(|k| an.contains(&k))).collect()
    }

    /// Whether the reader itself may do this in this run.
    pub async fn darf(&self, app: &AppState, action: Action) -> bool {
        let resource = Resource { stream: Some(self.id), ..Umlauf::resource_of(&self.u) };
        let Some(selbst) = self.principale.first() else { return false };
        app.house.may_on(selbst, action, &resource).await.is_ok()
    }

    /// The route with what each party did.
    pub fn schritte(&self) -> Vec<SchrittTeil> {
        let jetzt = self.u.gefragt().and_then(|_| self.u.am_zug());
        let teil = |(i, s): (usize, &akte_core::geschaeftsgang::Schritt)| SchrittTeil {
            nr: i + 1,
            art: s.art.wort(),
            jetzt: jetzt == Some(i),
            parteien: s.an.iter().map(|k| self.partei(i, s.art, *k)).collect(),
        };
        self.u.laufweg.iter().enumerate().map(teil).collect()
    }

    fn partei(&self, schritt: usize, art: Schrittart, stelle: Uuid) -> Partei {
        let getan = self.u.getan(schritt, stelle);
        let wort = match art {
            Schrittart::Zk => "hat Kenntnis genommen",
            Schrittart::Zwv => "hat es erledigt",
            Schrittart::Mz => "hat mitgezeichnet",
            Schrittart::Schlusszeichnung => "hat schlussgezeichnet",
        };
        let stand = match getan {
            None => "offen".to_owned(),
            Some(e) => {
                let fassung = e.version.map(|v| format!(", Fassung {v}")).unwrap_or_default();
                format!("{} {wort}{fassung}", self.namen.wer(e.durch, e.fuer))
            }
        };
        Partei { name: self.namen.name(stelle), stand, getan: getan.is_some() }
    }

    /// Everything that happened, oldest first.
    pub fn verlauf(&self) -> Vec<Ereignis> {
        let letzte = self.eintraege.iter().rposition(|(_, e)| matches!(e, Some(E::ZeichnungVoided { .. })));
        let zeile = |(i, (r, e)): (usize, &(Recorded, Option<E>))| {
            let (satz, text) =
                e.as_ref().map_or_else(|| ("Dieser Eintrag ist gelöscht.".into(), None), |e| self.satz(e));
            let zeichnung = matches!(e, Some(E::MitzeichnungGiven { .. } | E::SchlusszeichnungGiven { .. }));
            let aufgehoben = zeichnung && letzte.is_some_and(|l| i < l);
            Ereignis { wann: zeitpunkt(&r.at, &self.zone), satz, text, aufgehoben }
        };
        self.eintraege.iter().enumerate().map(zeile).collect()
    }

    fn satz(&self, e: &E) -> (String, Option<String>) {
        let wer = |d: &Uuid, f: &Option<Uuid>| self.namen.wer(*d, *f);
        let gesehen = |version: &u32, position: &u64, digest: &Option<String>| {
            let hash = digest.as_ref().map_or_else(|| "gelöscht".to_owned(), |d| kurz(d));
            format!("Fassung {version}, Position {position}, Prüfsumme {hash}")
        };
        match e {
            E::Started { durch, fuer, version, position, digest, .. } => (
                format!(
                    "{} hat den Geschäftsgang begonnen ({}).",
                    wer(durch, fuer),
                    gesehen(version, position, digest)
                ),
                None,
            ),
            E::StepDone { schritt, durch, fuer, vermerk, .. } => {
                (format!("{} hat Schritt {} erledigt.", wer(durch, fuer), schritt + 1), vermerk.clone())
            }
            E::MitzeichnungGiven { durch, fuer, version, position, digest, vermerk, .. } => {
                let was = gesehen(version, position, digest);
                (format!("{} hat mitgezeichnet ({was}).", wer(durch, fuer)), vermerk.clone())
            }
            E::SchlusszeichnungGiven { durch, fuer, version, position, digest, vermerk, .. } => {
                let was = gesehen(version, position, digest);
                (format!("{} hat schlussgezeichnet ({was}).", wer(durch, fuer)), vermerk.clone())
            }
            E::MitzeichnungRefused { durch, fuer, version, grund, .. } => (
                format!("{} hat Fassung {version} nicht gezeichnet und zurückgegeben.", wer(durch, fuer)),
                grund.clone(),
            ),
            E::LaufwegChanged { laufweg, durch, fuer, grund } => {
                (format!("{} hat den Laufweg geändert: {}.", wer(durch, fuer), self.laufweg(laufweg)), grund.clone())
            }
            E::VerfuegungIssued { art, adressat, termin, durch, fuer, text, .. } => {
                let an = adressat.map(|k| format!(" an {}", self.namen.name(k))).unwrap_or_default();
                let am = termin.map(|d| format!(" zum {}", crate::layout::datum(&d))).unwrap_or_default();
                (format!("{} hat verfügt: {}{an}{am}.", wer(durch, fuer), art.wort()), text.clone())
            }
            E::ZeichnungVoided { version, position, digest, aufgehoben, .. } => {
                let was = gesehen(version, position, digest);
                let folge = match aufgehoben {
                    0 => "Noch niemand hatte gezeichnet".to_owned(),
                    1 => "Eine Zeichnung gilt nicht mehr".to_owned(),
                    n => format!("{n} Zeichnungen gelten nicht mehr"),
                };
                (format!("Neue Fassung des Dokuments ({was}). {folge}."), None)
            }
            E::Cancelled { durch, fuer, grund } => {
                (format!("{} hat den Geschäftsgang abgebrochen.", wer(durch, fuer)), grund.clone())
            }
        }
    }

    /// `Mz. Frau Meyer und Frau Krause; Schlusszeichnung Frau Petersen`.
    pub fn laufweg(&self, laufweg: &[akte_core::geschaeftsgang::Schritt]) -> String {
        let schritt = |s: &akte_core::geschaeftsgang::Schritt| {
            let an: Vec<String> = s.an.iter().map(|k| self.namen.name(*k)).collect();
            format!("{} {}", s.art.wort(), an.join(" und "))
        };
        laufweg.iter().map(schritt).collect::<Vec<_>>().join("; ")
    }
}

/// The acting account of a principal.
pub fn konto(p: &Principal) -> Option<Uuid> {
    match p.actor {
        akte_core::kernel::Actor::Konto(id) => Some(id),
        _ => None,
    }
}

/// Start of a digest, enough to compare by eye.
pub fn kurz(digest: &str) -> String {
    let anfang: String = digest.chars().take(16).collect();
    format!("{anfang}…")
}
