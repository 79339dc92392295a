//! One account: created, its roles, its substitutes, whether it may log in.
//!
//! Never holds a secret: passwords live outside the ledger; that one was set is recorded.

use super::event::KontoEvent as E;
use crate::kernel::{Context, Decider, Role};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A substitution in force from `von` to `bis`, both inclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vertretung {
    pub durch: Uuid,
    pub von: Date,
    pub bis: Date,
}

/// State of one account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Konto {
    pub angelegt: bool,
    pub gesperrt: bool,
    pub einheit: String,
    pub rollen: Vec<Role>,
    pub login: Option<String>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub vertretungen: Vec<Vertretung>,
}

/// What can be wanted of an account.
#[derive(Clone, Debug)]
pub enum KontoCommand {
    Create {
        einheit: String,
        rollen: Vec<Role>,
        login: String,
        name: String,
        email: String,
    },
    ChangeRollen {
        einheit: String,
        rollen: Vec<Role>,
    },
    /// `art`: `gesetzt`, `zurueckgesetzt`.
    SetPassword {
        art: String,
    },
    Disable {
        grund: String,
    },
    Enable {
        grund: String,
    },
    ActivateVertretung {
        durch: Uuid,
        von: Date,
        bis: Date,
    },
    EndVertretung {
        durch: Uuid,
    },
}

/// Why the account says no.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum KontoRefusal {
    #[error("Dieses Konto gibt es schon.")]
    GibtEs,
    #[error("Dieses Konto gibt es nicht.")]
    GibtEsNicht,
    #[error("Dieses Konto ist gesperrt.")]
    Gesperrt,
    #[error("Bitte füllen Sie „{0}“ aus.")]
    AngabeFehlt(&'static str),
    #[error("Systemverwaltung und Akteninhalte gehören nicht in ein Konto. Legen Sie zwei Konten an.")]
    AdminMitInhalt,
    #[error("Die Vertretung endet vor ihrem Beginn.")]
    Zeitraum,
    #[error("Diese Vertretung gibt es nicht.")]
    KeineVertretung,
}

impl KontoRefusal {
    pub fn code(&self) -> &'static str {
        match self {
            KontoRefusal::GibtEs => "gibt_es",
            KontoRefusal::GibtEsNicht => "gibt_es_nicht",
            KontoRefusal::Gesperrt => "gesperrt",
            KontoRefusal::AngabeFehlt(_) => "angabe_fehlt",
            KontoRefusal::AdminMitInhalt => "admin_mit_inhalt",
            KontoRefusal::Zeitraum => "zeitraum",
            KontoRefusal::KeineVertretung => "keine_vertretung",
        }
    }
}

type Events = Result<Vec<E>, KontoRefusal>;

impl Decider for Konto {
    const KIND: &'static str = "konto";
    type State = Konto;
    type Command = KontoCommand;
    type Event = E;
    type Refusal = KontoRefusal;

    fn decide(s: &Konto, command: KontoCommand, ctx: &Context) -> Events {
        use KontoCommand as C;
        match (s.angelegt, &command) {
            (true, C::Create { .. }) => return Err(KontoRefusal::GibtEs),
            (false, C::Create { .. }) => {}
            (false, _) => return Err(KontoRefusal::GibtEsNicht),
            (true, _) => {}
        }
        match command {
            C::Create { einheit, rollen, login, name, email } => create(einheit, rollen, login, name, email),
            C::ChangeRollen { einheit, rollen } => change_rollen(s, einheit, rollen),
            C::SetPassword { .. } if s.gesperrt => Err(KontoRefusal::Gesperrt),
            C::SetPassword { art } => Ok(vec![E::PasswordSet { art }]),
            C::Disable { .. } if s.gesperrt => Ok(vec![]),
            C::Disable { grund } => Ok(vec![E::Disabled { grund: Some(grund) }]),
            C::Enable { .. } if !s.gesperrt => Ok(vec![]),
            C::Enable { grund } => Ok(vec![E::Enabled { grund: Some(grund) }]),
            C::ActivateVertretung { durch, von, bis } => s.activate(durch, von, bis, ctx),
            C::EndVertretung { durch } if s.vertretungen.iter().any(|v| v.durch == durch) => {
                Ok(vec![E::VertretungEnded { durch }])
            }
            C::EndVertretung { .. } => Err(KontoRefusal::KeineVertretung),
        }
    }

    fn evolve(mut s: Konto, event: &E) -> Konto {
        match event {
            E::Created { einheit, rollen, login, name, email } => {
                s.angelegt = true;
                s.einheit.clone_from(einheit);
                s.rollen.clone_from(rollen);
                s.login.clone_from(login);
                s.name.clone_from(name);
                s.email.clone_from(email);
            }
            E::RollenChanged { einheit, rollen } => {
                s.einheit.clone_from(einheit);
                s.rollen.clone_from(rollen);
            }
            E::PasswordSet { .. } => {}
            E::Disabled { .. } => s.gesperrt = true,
            E::Enabled { .. } => s.gesperrt = false,
            E::VertretungActivated { durch, von, bis } => {
                s.vertretungen.retain(|v| v.durch != *durch);
                s.vertretungen.push(Vertretung { durch: *durch, von: *von, bis: *bis });
            }
            E::VertretungEnded { durch } => s.vertretungen.retain(|v| v.durch != *durch),
        }
        s
    }
}

impl Konto {
    /// Whether `durch` stands in for this account on this day.
    pub fn vertreten_durch(&self, durch: Uuid, am: Date) -> bool {
        self.vertretungen.iter().any(|v| v.durch == durch && v.von <= am && am <= v.bis)
    }

    fn activate(&self, durch: Uuid, von: Date, bis: Date, ctx: &Context) -> Events {
        if bis < von || bis < ctx.today {
            return Err(KontoRefusal::Zeitraum);
        }
        let new = Vertretung { durch, von, bis };
        if self.vertretungen.contains(&new) {
            return Ok(vec![]);
        }
        Ok(vec![E::VertretungActivated { durch, von, bis }])
    }
}

fn create(einheit: String, rollen: Vec<Role>, login: String, name: String, email: String) -> Events {
    check(&rollen)?;
    let filled = |w: &str, feld| if w.trim().is_empty() { Err(KontoRefusal::AngabeFehlt(feld)) } else { Ok(()) };
    filled(&login, "Anmeldename")?;
    filled(&name, "Name")?;
    filled(&einheit, "Einheit")?;
    let email = (!email.trim().is_empty()).then_some(email);
    Ok(vec![E::Created { einheit, rollen, login: Some(login), name: Some(name), email }])
}

fn change_rollen(s: &Konto, einheit: String, rollen: Vec<Role>) -> Events {
    check(&rollen)?;
    if s.einheit == einheit && s.rollen == rollen {
        return Ok(vec![]);
    }
    Ok(vec![E::RollenChanged { einheit, rollen }])
}

/// `Admin` stands alone: whoever runs the machine holds no content rights.
fn check(rollen: &[Role]) -> Result<(), KontoRefusal> {
    if rollen.contains(&Role::Admin) && rollen.len() > 1 { Err(KontoRefusal::AdminMitInhalt) } else { Ok(()) }
}
