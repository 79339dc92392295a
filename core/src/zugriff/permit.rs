//! `permit`: one function for every command and every read of personal data.
//!
//! Denied by default, forbid beats permit, order does not matter. The policies are a table of
//! named sentences so that an auditor reads what the program does; nothing else grants a right.

use super::action::Action::{self, *};
use super::gruppen::*;
use crate::kernel::{Actor, Context, Role};
use uuid::Uuid;

/// Who asks, as authenticated by the edge (session, case code, process).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    pub actor: Actor,
    pub rollen: Vec<Role>,
    /// Unit id of the account.
    pub einheit: Option<String>,
    /// Set when acting as substitute (i. V.).
    pub on_behalf_of: Option<Uuid>,
    /// A citizen's principal is bound to these Vorgaenge (by case code), never to others.
    pub vorgaenge: Vec<Uuid>,
    /// A further person who came by a link: signs or declines in these Vorgaenge, and nothing else.
    pub unterschrift: Vec<Uuid>,
}

impl Principal {
    /// What follows from what.
    pub fn process() -> Self {
        Self::bare(Actor::Process)
    }
    /// The machine itself: set-up, log.
    pub fn system() -> Self {
        Self::bare(Actor::System)
    }
    /// A citizen without any case yet: `anon` in keys. What they create is acted by the
    /// subject id of its applicant.
    pub fn anon() -> Self {
        Self::bare(Actor::Buerger(Uuid::nil()))
    }
    /// A citizen with the codes of these cases.
    pub fn buerger(subject: Uuid, vorgaenge: Vec<Uuid>) -> Self {
        Self { vorgaenge, ..Self::bare(Actor::Buerger(subject)) }
    }
    /// A clerk's account.
    pub fn konto(id: Uuid, rollen: Vec<Role>, einheit: &str) -> Self {
        Self { rollen, einheit: Some(einheit.to_owned()), ..Self::bare(Actor::Konto(id)) }
    }
    fn bare(actor: Actor) -> Self {
        Self {
            actor,
            rollen: Vec::new(),
            einheit: None,
            on_behalf_of: None,
            vorgaenge: Vec::new(),
            unterschrift: Vec::new(),
        }
    }
    /// Who came by the link to sign this one application.
    pub fn mitunterzeichner(subject: Uuid, vorgang: Uuid) -> Self {
        Self { unterschrift: vec![vorgang], ..Self::bare(Actor::Buerger(subject)) }
    }
}

/// What an action is about. What is not known is not granted: `None` never equals a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    pub stream: Option<Uuid>,
    /// Unit that keeps it.
    pub einheit: Option<String>,
    /// Account it is assigned to.
    pub zugewiesen_an: Option<Uuid>,
    /// Accounts asked to co-sign.
    pub beteiligte: Vec<Uuid>,
    /// Who drafted what is to be signed, in person and in whose place.
    pub verfasser: Vec<Uuid>,
    /// Nothing is there yet.
    pub neu: bool,
}

/// The answer, with the ids of the policies that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub allow: bool,
    pub policies: Vec<&'static str>,
}

/// What a policy does where it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wirkung {
    Erlaubt,
    Verbietet,
}

/// One named rule.
#[derive(Clone, Copy)]
pub struct Policy {
    pub id: &'static str,
    /// The rule in words.
    pub satz: &'static str,
    pub wirkung: Wirkung,
    was: fn(Action) -> bool,
    wer: fn(&Anfrage<'_>) -> bool,
}

/// One question to the table.
struct Anfrage<'a> {
    p: &'a Principal,
    r: &'a Resource,
    ctx: &'a Context,
}

/// May this principal do this? The only place that says so.
pub fn permit(principal: &Principal, action: Action, resource: &Resource, ctx: &Context) -> Decision {
    let anfrage = Anfrage { p: principal, r: resource, ctx };
    let applies = |w: Wirkung| -> Vec<&'static str> {
        let hits = POLICIES.iter().filter(|p| p.wirkung == w && (p.was)(action) && (p.wer)(&anfrage));
        hits.map(|p| p.id).collect()
    };
    let forbidden = applies(Wirkung::Verbietet);
    if !forbidden.is_empty() {
        return Decision { allow: false, policies: forbidden };
    }
    let policies = applies(Wirkung::Erlaubt);
    Decision { allow: !policies.is_empty(), policies }
}

/// All policies: what auditors read.
pub const POLICIES: &[Policy] = &[
    Policy {
        id: "vier_augen",
        satz: "Wer entworfen hat, zeichnet nicht, auch nicht in Vertretung und nicht durch eine Vertretung.",
        wirkung: Wirkung::Verbietet,
        was: |a| matches!(a, CoSign | FinalSign | SignUmlauf),
        wer: |q| q.acting().any(|id| q.r.verfasser.contains(&id)),
    },
    Policy {
        id: "vier_augen_loeschung",
        satz: "Wer eine Löschung vorgeschlagen hat, entscheidet nicht über sie, auch nicht in Vertretung und nicht durch eine Vertretung.",
        wirkung: Wirkung::Verbietet,
        was: |a| matches!(a, ApproveErasure | RejectErasure),
        wer: |q| q.acting().any(|id| q.r.verfasser.contains(&id)),
    },
    Policy {
        id: "vier_augen_leistung",
        satz: "Wer eine Leistungsdefinition vorgeschlagen hat, setzt sie nicht in Kraft, auch nicht in Vertretung und nicht durch eine Vertretung.",
        wirkung: Wirkung::Verbietet,
        was: |a| a == ApproveLeistung,
        wer: |q| q.acting().any(|id| q.r.verfasser.contains(&id)),
    },
    Policy {
        id: "vertretung_nur_mit_mandat",
        satz: "In Vertretung handelt nur, wer an diesem Tag dafür eingesetzt ist.",
        wirkung: Wirkung::Verbietet,
        was: |_| true,
        wer: |q| q.p.on_behalf_of.is_some_and(|f| !q.ctx.facts.vertritt.contains(&f)),
    },
    Policy {
        id: "admin_kein_inhalt",
        satz: "Ein Konto der Systemverwaltung sieht und ändert keine Akteninhalte, welche Rollen es sonst auch hat.",
        wirkung: Wirkung::Verbietet,
        was: Action::is_content,
        wer: |q| q.role(Role::Admin),
    },
    Policy {
        id: "pruefung_liest_nur",
        satz: "Die Revision liest; sie ändert nichts.",
        wirkung: Wirkung::Verbietet,
        was: |a| !a.is_read() && a != SetPassword,
        wer: |q| q.role(Role::Revision),
    },
    Policy {
        id: "datenschutz_liest_und_loescht",
        satz: "Die oder der Datenschutzbeauftragte liest, erteilt Auskunft an Betroffene, entscheidet über Löschungen und sperrt Akten vor der Vernichtung; sonst ändert dieses Amt nichts.",
        wirkung: Wirkung::Verbietet,
        was: |a| !a.is_read() && a != SetPassword && !loescht(a) && !sperrt(a) && a != IssueBetroffenenauskunft,
        wer: |q| q.role(Role::Datenschutz),
    },
    Policy {
        id: "rollen_nicht_selbst",
        satz: "Niemand gibt sich selbst Rollen oder schaltet sich selbst frei.",
        wirkung: Wirkung::Verbietet,
        was: |a| matches!(a, ChangeRollen | EnableKonto),
        wer: |q| q.konto().is_some() && q.r.stream == q.konto(),
    },
    Policy {
        id: "buerger_nur_eigene",
        satz: "Bürgerinnen und Bürger kommen nur an Vorgänge, deren Code sie haben.",
        wirkung: Wirkung::Verbietet,
        was: |a| a != Submit && !unterschreibt(a),
        wer: |q| q.buerger() && !q.own_case(),
    },
    Policy {
        id: "unterschrift_link",
        satz: "Wer den Link zur zweiten Unterschrift hat, sieht diesen einen Antrag, unterschreibt oder lehnt ab, sonst nichts.",
        wirkung: Wirkung::Erlaubt,
        was: unterschreibt,
        wer: |q| q.buerger() && q.r.stream.is_some_and(|s| q.p.unterschrift.contains(&s)),
    },
    Policy {
        id: "buerger_antrag",
        satz: "Jede Person darf einen Antrag stellen.",
        wirkung: Wirkung::Erlaubt,
        was: |a| a == Submit,
        wer: |q| q.buerger() && q.r.neu,
    },
    Policy {
        id: "buerger_eigener_vorgang",
        satz: "Wer den Code hat, liest den Stand, reicht nach, nimmt zurück, erbittet Unterschriften, ruft den Bescheid ab und willigt in den Abruf ein oder nicht mehr.",
        wirkung: Wirkung::Erlaubt,
        was: |a| {
            let abruf = matches!(a, EffectBekanntgabe | GiveEinwilligung | WithdrawEinwilligung);
            let eigenes = matches!(a, SupplyUnterlage | Withdraw | RequestUnterschrift);
            abruf || eigenes || matches!(a, ReadStatus | ReadBescheid)
        },
        wer: |q| q.buerger() && q.own_case(),
    },
    Policy {
        id: "poststelle_eingang",
        satz: "Die Poststelle erfasst Anträge und Nachreichungen für alle Einheiten.",
        wirkung: Wirkung::Erlaubt,
        was: |a| matches!(a, Submit | SupplyUnterlage),
        wer: |q| q.role(Role::Poststelle),
    },
    Policy {
        id: "poststelle_postbuch",
        satz: "Die Poststelle führt das Postbuch für alle Einheiten, leitet weiter und prüft Scans; sie legt nichts zu Akten.",
        wirkung: Wirkung::Erlaubt,
        was: |a| fuehrt_postbuch(a) || a == ReadPostbuch,
        wer: |q| q.role(Role::Poststelle),
    },
    Policy {
        id: "einheit_postbuch",
        satz: "Sachbearbeitung und Leitung führen das Postbuch ihrer Einheit und legen Eingänge zu Akten, auch zu neuen ihres Aktenplans.",
        wirkung: Wirkung::Erlaubt,
        was: |a| fuehrt_postbuch(a) || matches!(a, ReadPostbuch | AssignEingang | AssignEingangNew),
        wer: |q| (q.role(Role::Sachbearbeitung) || q.role(Role::Leitung)) && q.same_unit(),
    },
    Policy {
        id: "registratur_postbuch",
        satz: "Die Registratur führt das Postbuch aller Einheiten und legt Eingänge zu Akten.",
        wirkung: Wirkung::Erlaubt,
        was: |a| fuehrt_postbuch(a) || matches!(a, ReadPostbuch | AssignEingang | AssignEingangNew),
        wer: |q| q.role(Role::Registratur),
    },
    Policy {
        id: "abholung_postbuch",
        satz: "Die Abholdienste erfassen, was in Postfach und Scanordner ankommt, und halten fest, was der Virenscanner sagt, sonst nichts.",
        wirkung: Wirkung::Erlaubt,
        was: |a| matches!(a, RecordEingang | InspectEingang),
        wer: |q| q.p.actor == Actor::Process,
    },
    Policy {
        id: "sachbearbeitung_vorgang",
        satz: "Die Sachbearbeitung bearbeitet Vorgänge ihrer Einheit und die ihr zugewiesenen.",
        wirkung: Wirkung::Erlaubt,
        was: bearbeitet,
        wer: |q| q.role(Role::Sachbearbeitung) && q.reach(),
    },
    Policy {
        id: "leitung_vorgang",
        satz: "Die Leitung bearbeitet Vorgänge ihrer Einheit und nimmt sie wieder auf.",
        wirkung: Wirkung::Erlaubt,
        was: |a| {
            let hoeher = matches!(a, ReopenVorgang | ReopenAkte | WaiveGebuehr | ReadAudit | ReadPaket | GrantEinsicht);
            bearbeitet(a) || hoeher || bewahrt(a)
        },
        wer: |q| q.role(Role::Leitung) && q.reach(),
    },
    Policy {
        id: "mitzeichnung_beteiligt",
        satz: "Wer um Mitzeichnung gebeten ist, liest den Vorgang und zeichnet oder lehnt ab, auch aus einer anderen Einheit.",
        wirkung: Wirkung::Erlaubt,
        was: |a| matches!(a, CoSign | RefuseSign | FinalSign | ReadVorgang | ReadDokument),
        wer: |q| {
            (q.role(Role::Sachbearbeitung) || q.role(Role::Leitung)) && q.acting().any(|k| q.r.beteiligte.contains(&k))
        },
    },
    Policy {
        id: "laufweg_beteiligt",
        satz: "Wer im Laufweg eines Geschäftsgangs steht, liest das Dokument, nimmt Kenntnis, erledigt, zeichnet oder gibt zurück, solange der Geschäftsgang nicht zu Ende ist, auch aus einer anderen Einheit.",
        wirkung: Wirkung::Erlaubt,
        was: |a| matches!(a, StepUmlauf | SignUmlauf | RefuseUmlauf),
        wer: |q| {
            (q.role(Role::Sachbearbeitung) || q.role(Role::Leitung)) && q.acting().any(|k| q.r.beteiligte.contains(&k))
        },
    },
    Policy {
        id: "registratur_akten",
        satz: "Die Registratur führt Akten, Dokumente und Aktenplan aller Einheiten und nimmt Vorgänge wieder auf.",
        wirkung: Wirkung::Erlaubt,
        was: |a| {
            let akte = matches!(a, OpenAkte | ReclassifyAkte | FileDokument | FileLate | CloseAkte | ReopenAkte);
            let akte = akte || a == KeepPapier;
            let rest = matches!(a, AddDokument | AddVersion | ChangeAktenplan | ReopenVorgang | Assign);
            let rest = rest || ordnet(a) || matches!(a, UndoAssign | ProposeAufbewahrung | ReadPaket);
            let archiv = matches!(a, OfferAkte | AppraiseAkte | ConfirmImport);
            akte || rest || archiv || matches!(a, ReadEingang | ReadVorgang | ReadDokument | ReadAkte | Search)
        },
        wer: |q| q.role(Role::Registratur),
    },
    Policy {
        id: "revision_liest",
        satz: "Die Revision liest alles mit Zweckangabe und prüft die Kette.",
        wirkung: Wirkung::Erlaubt,
        was: prueft,
        wer: |q| q.role(Role::Revision),
    },
    Policy {
        id: "datenschutz_liest",
        satz: "Die oder der Datenschutzbeauftragte liest alles mit Zweckangabe und prüft die Kette.",
        wirkung: Wirkung::Erlaubt,
        was: prueft,
        wer: |q| q.role(Role::Datenschutz),
    },
    Policy {
        id: "admin_betrieb",
        satz: "Die Systemverwaltung führt Konten und Einheiten und schlägt Leistungsdefinitionen vor oder entscheidet über Vorschläge anderer.",
        wirkung: Wirkung::Erlaubt,
        was: |a| {
            let betrieb = matches!(a, ChangeEinheit | CloseLeistung | ReadKonten | Verify);
            betrieb || fuehrt_konten(a) || fuehrt_leistungen(a)
        },
        wer: |q| q.role(Role::Admin),
    },
    Policy {
        id: "leistung_leitung",
        satz: "Die Leitung schlägt Leistungsdefinitionen vor und entscheidet über Vorschläge anderer.",
        wirkung: Wirkung::Erlaubt,
        was: fuehrt_leistungen,
        wer: |q| q.role(Role::Leitung),
    },
    Policy {
        id: "eigenes_kennwort",
        satz: "Jedes Konto setzt sein eigenes Kennwort.",
        wirkung: Wirkung::Erlaubt,
        was: |a| a == SetPassword,
        wer: |q| q.konto().is_some() && q.r.stream == q.konto(),
    },
    Policy {
        id: "eigene_vertretung",
        satz: "Die Leitung bestimmt Vertretungen in ihrer Einheit; wer abwesend ist, auch die eigene.",
        wirkung: Wirkung::Erlaubt,
        was: |a| a == ChangeVertretung,
        wer: |q| {
            let own = q.konto().is_some() && q.r.stream == q.konto();
            own || (q.role(Role::Leitung) && q.same_unit())
        },
    },
    Policy {
        id: "datensatz_freigabe",
        satz: "Die Leitung nimmt eine veröffentlichte Zeile zurück.",
        wirkung: Wirkung::Erlaubt,
        was: |a| a == WithdrawRow,
        wer: |q| q.role(Role::Leitung),
    },
    Policy {
        id: "loeschung_leitung",
        satz: "Die Leitung schlägt Löschungen in ihrer Einheit vor und entscheidet über Vorschläge anderer.",
        wirkung: Wirkung::Erlaubt,
        was: |a| loescht(a) || a == ReadErasures,
        wer: |q| q.role(Role::Leitung) && q.same_unit(),
    },
    Policy {
        id: "loeschung_datenschutz",
        satz: "Die oder der Datenschutzbeauftragte schlägt Löschungen in allen Einheiten vor, entscheidet über Vorschläge anderer und sperrt Akten vor der Vernichtung.",
        wirkung: Wirkung::Erlaubt,
        was: |a| loescht(a) || sperrt(a),
        wer: |q| q.role(Role::Datenschutz),
    },
    Policy {
        id: "betroffenenauskunft_datenschutz",
        satz: "Die oder der Datenschutzbeauftragte stellt zusammen, was über eine Person gespeichert ist, und erteilt ihr Auskunft (Art. 15 DSGVO).",
        wirkung: Wirkung::Erlaubt,
        was: |a| matches!(a, ReadBetroffene | IssueBetroffenenauskunft),
        wer: |q| q.role(Role::Datenschutz),
    },
    Policy {
        id: "loeschung_registratur",
        satz: "Die Registratur schlägt Löschungen nach der Aussonderung vor; sie entscheidet nicht.",
        wirkung: Wirkung::Erlaubt,
        was: |a| matches!(a, ProposeErasure | ReadErasures),
        wer: |q| q.role(Role::Registratur),
    },
    Policy {
        id: "loeschung_vollzug",
        satz: "Das System prüft vor jeder Vernichtung, gibt sie frei oder versagt sie, vollzieht genehmigte Löschungen und hält den Vollzug fest.",
        wirkung: Wirkung::Erlaubt,
        was: |a| matches!(a, ExecuteErasure | ReleaseDisposal | RecordDisposal),
        wer: |q| q.p.actor == Actor::System,
    },
    Policy {
        id: "folgeregeln",
        satz: "Die Folgeregeln legen ab, vergeben Nummern, berechnen, bescheinigen, übermitteln, versenden und veröffentlichen, sonst nichts.",
        wirkung: Wirkung::Erlaubt,
        was: folgt,
        wer: |q| q.p.actor == Actor::Process,
    },
    Policy {
        id: "betrieb_am_rechner",
        satz: "Am Rechner selbst werden Protokoll, Aktenplan, Einheiten, Konten und Leistungen eingerichtet, nie Vorgänge bearbeitet.",
        wirkung: Wirkung::Erlaubt,
        was: |a| {
            let setup =
                matches!(a, ChangeAktenplan | ChangeEinheit | AdoptLeistung | CloseLeistung | WriteLog | Verify);
            setup || fuehrt_konten(a)
        },
        wer: |q| q.p.actor == Actor::System,
    },
];

/// The sentence of a policy, for the auditor's page.
pub fn satz(id: &str) -> Option<&'static str> {
    POLICIES.iter().find(|p| p.id == id).map(|p| p.satz)
}

/// Hex SHA-256 over all ids, effects and sentences: which set of policies was in force.
pub fn policy_digest() -> String {
    use sha2::Digest;
    let mut h = sha2::Sha256::new();
    for p in POLICIES {
        h.update(format!("{}\n{:?}\n{}\n", p.id, p.wirkung, p.satz));
    }
    h.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

impl Anfrage<'_> {
    fn role(&self, role: Role) -> bool {
        self.konto().is_some() && self.p.rollen.contains(&role)
    }

    fn konto(&self) -> Option<Uuid> {
        match self.p.actor {
            Actor::Konto(id) => Some(id),
            _ => None,
        }
    }

    fn buerger(&self) -> bool {
        matches!(self.p.actor, Actor::Buerger(_))
    }

    fn own_case(&self) -> bool {
        self.r.stream.is_some_and(|s| self.p.vorgaenge.contains(&s))
    }

    /// The acting account and the one it acts for.
    fn acting(&self) -> impl Iterator<Item = Uuid> {
        self.konto().into_iter().chain(self.p.on_behalf_of)
    }

    fn same_unit(&self) -> bool {
        self.p.einheit.is_some() && self.p.einheit == self.r.einheit
    }

    /// Need to know: the own unit keeps it, or it was assigned to the acting or represented person.
    fn reach(&self) -> bool {
        self.same_unit() || self.acting().any(|k| self.r.zugewiesen_an == Some(k))
    }
}
