//! What may be proposed, who may decide, and when it is carried out.
//!
//! Four eyes hold for the acting persons and for those they stand in for. No rule needs an erased value.

use super::event::{Archiv, Ausnahme, Grund, LoeschungEvent as E, Umfang};
use crate::kernel::{Actor, Context, Decider};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest reasoning, in characters.
const MAX_TEXT: usize = 4_000;
/// Payload groups named one by one in a proposal.
const MAX_GRUPPEN: usize = 200;

/// Where an erasure stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    #[default]
    Leer,
    Vorgeschlagen,
    Genehmigt,
    Abgelehnt,
    Vollzogen,
    /// Asked for by the person and refused with an exception of Art. 17 (3) DSGVO.
    Verweigert,
}

/// State of one erasure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Loeschung {
    pub stand: Stand,
    pub vorgang: Option<Uuid>,
    /// Where an Akte itself is to go.
    pub akte: Option<Uuid>,
    pub einheit: String,
    pub umfang: Option<Umfang>,
    pub grund: Option<Grund>,
    pub archiv: Option<Archiv>,
    pub ausnahme: Option<Ausnahme>,
    /// The proposing person and, where there is one, the person represented.
    pub vorgeschlagen: Vec<Uuid>,
    pub entschieden: Vec<Uuid>,
    pub begruendung: Option<String>,
    /// Log indices of request and confirmation.
    pub vollzug: Option<(u64, u64)>,
}

/// What the stream of an Akte says, where it is to go itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aktenlage {
    pub geschlossen: bool,
    /// Vorgaenge of it that are not destroyed.
    pub bleibende_vorgaenge: usize,
    pub aufbewahrung_bis: Option<Date>,
}

/// What can be wanted of an erasure.
#[derive(Clone, Debug)]
pub enum LoeschungCommand {
    Propose {
        vorgang: Uuid,
        einheit: String,
        umfang: Umfang,
        grund: Grund,
        /// `None` = the archive was not asked yet: refused.
        archiv: Option<Archiv>,
        begruendung: String,
        /// Last day of retention as the Vorgang's own stream says; `None` = not closed.
        aufbewahrung_bis: Option<Date>,
    },
    ProposeAkte {
        akte: Uuid,
        einheit: String,
        grund: Grund,
        archiv: Option<Archiv>,
        begruendung: String,
        lage: Aktenlage,
    },
    /// The person asked, and it is not erased. Holds and retention are such reasons: whoever keeps them decides
    /// here with their ground, and nothing is proposed.
    Refuse {
        vorgang: Uuid,
        einheit: String,
        ausnahme: Option<Ausnahme>,
        begruendung: String,
    },
    Approve,
    Reject {
        begruendung: String,
    },
    Execute {
        anordnung: u64,
        vollzug: u64,
    },
}

/// Why the erasure says no.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LoeschungRefusal {
    #[error("Diese Löschung ist schon vorgeschlagen.")]
    GibtEs,
    #[error("Diese Löschung gibt es nicht.")]
    GibtEsNicht,
    #[error("Erst anbieten, dann löschen: Nennen Sie die Antwort des Archivs (§ 6 LArchG).")]
    ArchivFehlt,
    #[error("Der Grund „{0}“ passt nicht zur Antwort des Archivs.")]
    ArchivPasstNicht(&'static str),
    #[error("Die Aufbewahrungsfrist ist noch nicht abgelaufen.")]
    FristLaeuft,
    #[error("Bitte füllen Sie „{0}“ aus, mit höchstens 4.000 Zeichen.")]
    AngabeFehlt(&'static str),
    #[error("Nennen Sie ein bis 200 Teile, jeden nur einmal.")]
    Gruppen,
    #[error("Wer vorgeschlagen hat, entscheidet nicht, auch nicht in Vertretung und nicht durch eine Vertretung.")]
    VierAugen,
    #[error("Über diese Löschung ist schon entschieden.")]
    Entschieden,
    #[error("Diese Löschung ist nicht genehmigt.")]
    NichtGenehmigt,
    #[error("Nennen Sie die Ausnahme, auf die Sie sich stützen (Art. 17 Abs. 3 DSGVO).")]
    AusnahmeFehlt,
    #[error("Die Akte ist offen. Verfügen Sie zuerst zdA; danach schlagen Sie vor, die ganze Akte zu löschen.")]
    AkteOffen,
    #[error("In der Akte liegen noch Vorgänge, die nicht gelöscht sind ({0}). Schlagen Sie zuerst deren Löschung vor.")]
    VorgaengeBleiben(usize),
    #[error("Das können nur Konten.")]
    NurKonten,
}

impl LoeschungRefusal {
    pub fn code(&self) -> &'static str {
        use LoeschungRefusal as R;
        match self {
            R::GibtEs => "gibt_es",
            R::GibtEsNicht => "gibt_es_nicht",
            R::ArchivFehlt => "archiv_fehlt",
            R::ArchivPasstNicht(_) => "archiv_passt_nicht",
            R::FristLaeuft => "frist_laeuft",
            R::AngabeFehlt(_) => "angabe_fehlt",
            R::Gruppen => "gruppen",
            R::VierAugen => "vier_augen",
            R::Entschieden => "entschieden",
            R::NichtGenehmigt => "nicht_genehmigt",
            R::AusnahmeFehlt => "ausnahme_fehlt",
            R::AkteOffen => "akte_offen",
            R::VorgaengeBleiben(_) => "vorgaenge_bleiben",
            R::NurKonten => "nur_konten",
        }
    }
}

type Events = Result<Vec<E>, LoeschungRefusal>;

impl Decider for Loeschung {
    const KIND: &'static str = "loeschung";
    type State = Loeschung;
    type Command = LoeschungCommand;
    type Event = E;
    type Refusal = LoeschungRefusal;

    fn decide(s: &Loeschung, command: LoeschungCommand, ctx: &Context) -> Events {
        use LoeschungCommand as C;
        match command {
            C::Propose { .. } | C::ProposeAkte { .. } | C::Refuse { .. } if s.stand != Stand::Leer => {
                Err(LoeschungRefusal::GibtEs)
            }
            C::Propose { vorgang, einheit, umfang, grund, archiv, begruendung, aufbewahrung_bis } => {
                let (durch, fuer) = acting(ctx)?;
                let archiv = zulaessig(grund, archiv, aufbewahrung_bis, ctx)?;
                let (umfang, begruendung) = (checked(umfang)?, Some(text(&begruendung)?));
                Ok(vec![E::Proposed { vorgang, einheit, umfang, grund, archiv, durch, fuer, begruendung }])
            }
            C::ProposeAkte { akte, einheit, grund, archiv, begruendung, lage } => {
                let (durch, fuer) = acting(ctx)?;
                if lage.bleibende_vorgaenge > 0 {
                    return Err(LoeschungRefusal::VorgaengeBleiben(lage.bleibende_vorgaenge));
                }
                if !lage.geschlossen {
                    return Err(LoeschungRefusal::AkteOffen);
                }
                let archiv = zulaessig(grund, archiv, lage.aufbewahrung_bis, ctx)?;
                let begruendung = Some(text(&begruendung)?);
                Ok(vec![E::AkteProposed { akte, einheit, grund, archiv, durch, fuer, begruendung }])
            }
            C::Refuse { vorgang, einheit, ausnahme, begruendung } => {
                let (durch, fuer) = acting(ctx)?;
                let ausnahme = ausnahme.ok_or(LoeschungRefusal::AusnahmeFehlt)?;
                let begruendung = Some(text(&begruendung)?);
                Ok(vec![E::Refused { vorgang, einheit, ausnahme, durch, fuer, begruendung }])
            }
            _ if s.stand == Stand::Leer => Err(LoeschungRefusal::GibtEsNicht),
            C::Approve => {
                let (durch, fuer) = other_person(s, ctx)?;
                Ok(vec![E::Approved { durch, fuer }])
            }
            C::Reject { begruendung } => {
                let (durch, fuer) = other_person(s, ctx)?;
                Ok(vec![E::Rejected { durch, fuer, begruendung: Some(text(&begruendung)?) }])
            }
            C::Execute { .. } if s.stand == Stand::Vollzogen => Ok(vec![]),
            C::Execute { .. } if s.stand != Stand::Genehmigt => Err(LoeschungRefusal::NichtGenehmigt),
            C::Execute { anordnung, vollzug } => Ok(vec![E::Executed { anordnung, vollzug }]),
        }
    }

    fn evolve(mut s: Loeschung, event: &E) -> Loeschung {
        match event {
            E::Proposed { vorgang, einheit, umfang, grund, archiv, durch, fuer, begruendung } => {
                s.stand = Stand::Vorgeschlagen;
                s.vorgang = Some(*vorgang);
                s.einheit.clone_from(einheit);
                s.umfang = Some(umfang.clone());
                (s.grund, s.archiv) = (Some(*grund), Some(*archiv));
                s.vorgeschlagen = persons(*durch, *fuer);
                s.begruendung.clone_from(begruendung);
            }
            E::AkteProposed { akte, einheit, grund, archiv, durch, fuer, begruendung } => {
                s.stand = Stand::Vorgeschlagen;
                s.akte = Some(*akte);
                s.einheit.clone_from(einheit);
                s.umfang = Some(Umfang::Akte);
                (s.grund, s.archiv) = (Some(*grund), Some(*archiv));
                s.vorgeschlagen = persons(*durch, *fuer);
                s.begruendung.clone_from(begruendung);
            }
            E::Approved { durch, fuer } => {
                s.stand = Stand::Genehmigt;
                s.entschieden = persons(*durch, *fuer);
            }
            E::Rejected { durch, fuer, .. } => {
                s.stand = Stand::Abgelehnt;
                s.entschieden = persons(*durch, *fuer);
            }
            E::Refused { vorgang, einheit, ausnahme, durch, fuer, begruendung } => {
                s.stand = Stand::Verweigert;
                s.vorgang = Some(*vorgang);
                s.einheit.clone_from(einheit);
                s.ausnahme = Some(*ausnahme);
                s.entschieden = persons(*durch, *fuer);
                s.begruendung.clone_from(begruendung);
            }
            E::Executed { anordnung, vollzug } => {
                s.stand = Stand::Vollzogen;
                s.vollzug = Some((*anordnung, *vollzug));
            }
        }
        s
    }
}

/// The archive's answer, where ground, answer and retention allow a proposal.
fn zulaessig(
    grund: Grund,
    archiv: Option<Archiv>,
    aufbewahrung_bis: Option<Date>,
    ctx: &Context,
) -> Result<Archiv, LoeschungRefusal> {
    let archiv = archiv.ok_or(LoeschungRefusal::ArchivFehlt)?;
    let fits = match grund {
        Grund::Frist => archiv != Archiv::Uebernommen,
        Grund::Archiv => archiv == Archiv::Uebernommen,
        _ => true,
    };
    if !fits {
        return Err(LoeschungRefusal::ArchivPasstNicht(grund.wort()));
    }
    let by_retention = matches!(grund, Grund::Frist | Grund::Archiv);
    if by_retention && aufbewahrung_bis.is_none_or(|bis| bis >= ctx.today) {
        return Err(LoeschungRefusal::FristLaeuft);
    }
    Ok(archiv)
}

fn checked(umfang: Umfang) -> Result<Umfang, LoeschungRefusal> {
    match umfang {
        // An Akte is no part of a Vorgang: it is proposed by itself.
        Umfang::Akte => Err(LoeschungRefusal::AngabeFehlt("Umfang")),
        // An open value: a role of a definition, never a sentence.
        Umfang::Subjekt { rolle } if !is_role(&rolle) => Err(LoeschungRefusal::AngabeFehlt("Wessen Angaben")),
        Umfang::Ereignisse { mut gruppen } => {
            let named = gruppen.len();
            gruppen.sort_unstable();
            gruppen.dedup();
            if named == 0 || named > MAX_GRUPPEN || gruppen.len() != named {
                return Err(LoeschungRefusal::Gruppen);
            }
            Ok(Umfang::Ereignisse { gruppen })
        }
        other => Ok(other),
    }
}

fn is_role(rolle: &str) -> bool {
    (1..=64).contains(&rolle.len()) && rolle.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

fn acting(ctx: &Context) -> Result<(Uuid, Option<Uuid>), LoeschungRefusal> {
    match ctx.actor {
        Actor::Konto(id) => Ok((id, ctx.on_behalf_of)),
        _ => Err(LoeschungRefusal::NurKonten),
    }
}

/// Who decides: not the one who proposed, in no role.
fn other_person(s: &Loeschung, ctx: &Context) -> Result<(Uuid, Option<Uuid>), LoeschungRefusal> {
    let (durch, fuer) = acting(ctx)?;
    if s.stand != Stand::Vorgeschlagen {
        return Err(LoeschungRefusal::Entschieden);
    }
    if persons(durch, fuer).iter().any(|p| s.vorgeschlagen.contains(p)) {
        return Err(LoeschungRefusal::VierAugen);
    }
    Ok((durch, fuer))
}

fn persons(durch: Uuid, fuer: Option<Uuid>) -> Vec<Uuid> {
    std::iter::once(durch).chain(fuer).collect()
}

fn text(roh: &str) -> Result<String, LoeschungRefusal> {
    let t = roh.trim();
    if t.is_empty() || t.chars().count() > MAX_TEXT {
        return Err(LoeschungRefusal::AngabeFehlt("Begründung"));
    }
    Ok(t.to_owned())
}
