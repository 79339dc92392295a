//! Wire events of accounts (Konten) and units (Einheiten).

use crate::kernel::Role;
use jiff::civil::Date;
use uuid::Uuid;

events! {
    /// One clerk's account; natural key `konto LF login`. The stream id is the account's subject id.
    KontoEvent, ret "KONTO" {
        Created = "konto.created.v1" {
            einheit: String => Open,
            rollen: Vec<Role> => Open,
            login: Option<String> => Sealed("person"),
            name: Option<String> => Sealed("person"),
            email: Option<String> => Sealed("person"),
        }
        RollenChanged = "konto.rollen_changed.v1" { einheit: String => Open, rollen: Vec<Role> => Open }
        /// The secret itself never reaches the ledger; this records that it was set.
        PasswordSet = "konto.password_set.v1" { art: String => Open }
        Disabled = "konto.disabled.v1" { grund: Option<String> => Sealed("person") }
        Enabled = "konto.enabled.v1" { grund: Option<String> => Sealed("person") }
        VertretungActivated = "vertretung.activated.v1" { durch: Uuid => Open, von: Date => Open, bis: Date => Open }
        VertretungEnded = "vertretung.ended.v1" { durch: Uuid => Open }
    }
}

events! {
    /// One unit of the town; natural key `einheit LF id`.
    EinheitEvent, ret "DAUER" {
        Created = "einheit.created.v1" { id: String => Open, name: String => Open, aktenplan: Vec<String> => Open }
        Changed = "einheit.changed.v1" { name: String => Open, aktenplan: Vec<String> => Open }
        Closed = "einheit.closed.v1" { valid_until: Date => Open }
    }
}
