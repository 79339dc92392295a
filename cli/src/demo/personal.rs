//! The demo town's accounts, in four units.

use akte_core::execute::Principal;
use akte_core::kernel::Role;
use uuid::Uuid;

/// Login, name, unit, roles.
pub const KONTEN: &[(&str, &str, &str, &[Role])] = &[
    ("meyer", "Frau Meyer", "ordnung", &[Role::Sachbearbeitung]),
    ("petersen", "Herr Petersen", "ordnung", &[Role::Sachbearbeitung]),
    ("kruse", "Frau Kruse", "ordnung", &[Role::Leitung]),
    ("hansen", "Herr Hansen", "steuern", &[Role::Sachbearbeitung]),
    ("lorenz", "Frau Lorenz", "steuern", &[Role::Leitung]),
    ("jansen", "Herr Jansen", "buergerbuero", &[Role::Poststelle, Role::Sachbearbeitung]),
    ("thomsen", "Frau Thomsen", "buergerbuero", &[Role::Leitung]),
    ("boysen", "Herr Boysen", "zentrale", &[Role::Sachbearbeitung]),
    ("clausen", "Frau Clausen", "zentrale", &[Role::Leitung]),
    ("brandt", "Frau Brandt", "zentrale", &[Role::Revision]),
    ("dircks", "Herr Dircks", "zentrale", &[Role::Datenschutz]),
    ("admin", "Systemverwaltung", "zentrale", &[Role::Admin]),
    ("albers", "Frau Albers", "zentrale", &[Role::Registratur]),
];

/// Accounts as created, with their ids.
pub struct Personal(pub Vec<(Uuid, usize)>);

impl Personal {
    /// The clerk who takes the n-th case of a unit.
    pub fn sachbearbeitung(&self, einheit: &str, n: usize) -> Principal {
        self.pick(einheit, Role::Sachbearbeitung, n)
    }
    /// The head of a unit.
    pub fn leitung(&self, einheit: &str) -> Principal {
        self.pick(einheit, Role::Leitung, 0)
    }
    pub fn poststelle(&self) -> Principal {
        self.pick("buergerbuero", Role::Poststelle, 0)
    }
    /// Keeps Akten and plan of all units.
    pub fn registratur(&self) -> Principal {
        self.pick("zentrale", Role::Registratur, 0)
    }
    /// The account behind a principal made here.
    pub fn konto(&self, principal: &Principal) -> Uuid {
        match principal.actor {
            akte_core::kernel::Actor::Konto(id) => id,
            _ => Uuid::nil(),
        }
    }

    fn pick(&self, einheit: &str, rolle: Role, n: usize) -> Principal {
        let all: Vec<_> =
            self.0.iter().filter(|(_, k)| KONTEN[*k].2 == einheit && KONTEN[*k].3.contains(&rolle)).collect();
        let Some((id, k)) = all.get(n % all.len().max(1)) else { return Principal::buerger(Uuid::nil(), Vec::new()) };
        Principal::konto(*id, KONTEN[*k].3.to_vec(), einheit)
    }
}
