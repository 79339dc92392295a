//! The work around a document: given these events, when that is wanted, then this follows.

mod erledigt;
mod laufweg;
mod umlauf;
mod wiedervorlage;

use crate::kernel::context::DokumentStand;
use crate::kernel::{Actor, Context, Facts, Ids};
use crate::recht::Law;
use jiff::civil::{Date, date};
use uuid::Uuid;

fn id(n: u8) -> Uuid {
    Uuid::from_bytes([n; 16])
}

const ENTWURF: u8 = 1;
const MEYER: u8 = 2;
const KRAUSE: u8 = 3;
const LEITUNG: u8 = 4;

/// This person at the desk, on the document as it stands in this version.
fn als(n: u8, version: u32) -> Context {
    let dokument = DokumentStand {
        version,
        position: u64::from(version) - 1,
        digest: Some(format!("d{version}")),
        verfasser: vec![id(ENTWURF)],
        grund: (version > 1).then(|| "Tippfehler".to_owned()),
        umlauf_offen: false,
    };
    Context {
        actor: Actor::Konto(id(n)),
        facts: Facts { dokument: Some(dokument), ..Facts::default() },
        ..am(date(2026, 11, 23))
    }
}

fn am(today: Date) -> Context {
    Context {
        now: "2026-11-23T09:00:00Z".parse().expect("time"),
        today,
        zone: jiff::tz::TimeZone::UTC,
        actor: Actor::Process,
        on_behalf_of: None,
        ids: Ids([0; 32]),
        law: Law::builtin().expect("law"),
        definition: None,
        facts: Facts::default(),
    }
}
