//! What works in the background of a serving node: signing, following up, the day's work, erasing.
//!
//! On a ledger that several nodes share each of it runs under a right that one node holds at a time; alone, the
//! rights are always there. Decides nothing.

use crate::abholen::{self, Abholung};
use crate::knoten::Knoten;
use crate::loeschlauf::{self, Umfeld};
use crate::post::Post;
use crate::post::einstellung::Mail;
use crate::recht::{self, UEBLICH};
use crate::serve::Position;
use crate::wire::Wired;
use crate::{protokoll, tagwerk};
use akte_api::local::Local;
use akte_core::execute::House;
use akte_core::ledger::lease::Fence;
use akte_core::ledger::log_reader::LogReader;
use akte_core::ledger::note::Vkey;
use akte_core::ledger::takt::Takt;
use akte_core::process::{PositionStore, Process, SharedPosition};
use akte_projections::runner::Bereinigung;
use akte_projections::{InternalViews, Stand, ZugriffLog};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The right to do what follows from what.
const FOLGE: &str = "folge";
/// The right to sign at the town's pace; a receipt is signed for at whatever node it is asked for.
const TAKT: &str = "takt";
/// The right to do the day's work.
const TAGWERK: &str = "tagwerk";
/// The right to release what was held and to send mail.
pub const POST: &str = "post";

/// What the work needs.
pub struct Umgebung {
    pub house: Arc<House>,
    pub local: Local,
    pub internal: InternalViews,
    pub zugriff: ZugriffLog,
    pub stand: Stand,
    pub bereinigung: Bereinigung,
    pub vkeys: Vec<Vkey>,
    pub takt: Arc<Takt>,
    pub mail: Option<Mail>,
    pub abholung: Abholung,
    pub stopped: watch::Receiver<bool>,
}

/// Registers this node where it is one of several; returns its name.
pub async fn anmelden(wired: &Wired, umgebung: &Umgebung, works: &mut JoinSet<()>) -> anyhow::Result<Option<String>> {
    if !wired.mehrere {
        return Ok(None);
    }
    let u = umgebung;
    let (house, local) = (u.house.clone(), u.local.clone());
    let (knoten, fence) = Knoten::melden(house, local, u.bereinigung.clone(), u.stand.clone(), UEBLICH).await?;
    let name = knoten.name().to_owned();
    works.spawn(knoten.folgen(fence, UEBLICH, u.stopped.clone()));
    Ok(Some(name))
}

/// Starts everything; it ends with `stopped`. Not in a house that is closed for writing.
pub fn beginnen(mehrere: bool, umgebung: &Umgebung, umfeld: Umfeld, works: &mut JoinSet<()>) {
    let u = umgebung;
    let leases = || u.house.leases.clone();
    let (takt, every) = (u.takt.clone(), Duration::from_secs(u.house.stadt.protokoll.takt_sekunden));
    let sign = move |_: Fence, told| Arc::clone(&takt).run(every, told);
    works.spawn(recht::unter(leases(), TAKT, UEBLICH, u.stopped.clone(), sign));
    works.spawn(spiegeln(u.house.clone(), u.takt.clone(), u.vkeys.clone(), u.stopped.clone()));
    let (house, local) = (u.house.clone(), u.local.clone());
    let follow = move |fence, told| Process::new(house.clone(), position(mehrere, &house, &local, fence)).run(told);
    works.spawn(recht::unter(leases(), FOLGE, UEBLICH, u.stopped.clone(), follow));
    let (house, internal, zugriff) = (u.house.clone(), u.internal.clone(), u.zugriff.clone());
    let day = move |_: Fence, told| tagwerk::run(house.clone(), internal.clone(), zugriff.clone(), told);
    works.spawn(recht::unter(leases(), TAGWERK, UEBLICH, u.stopped.clone(), day));
    let (house, internal, mail) = (u.house.clone(), u.internal.clone(), u.mail.clone());
    let post = move |_: Fence, told| post(house.clone(), internal.clone(), mail.clone(), told);
    works.spawn(recht::unter(leases(), POST, UEBLICH, u.stopped.clone(), post));
    abholen::beginnen(&u.abholung, &u.house, &u.internal, &u.stopped, works);
    works.spawn(loeschlauf::folgen(umfeld, u.stand.clone(), u.stopped.clone()));
}

async fn post(house: Arc<House>, views: InternalViews, mail: Option<Mail>, told: watch::Receiver<bool>) {
    match Post::new(house, views, mail) {
        Ok(post) => post.run(told).await,
        Err(error) => tracing::error!(%error, "post"),
    }
}

/// In `local.db`, or with the right where others take over.
fn position(mehrere: bool, house: &House, local: &Local, fence: Fence) -> Box<dyn PositionStore> {
    let before = Box::new(Position(local.clone()));
    match mehrere {
        false => before,
        true => Box::new(SharedPosition { leases: house.leases.clone(), right: FOLGE.into(), fence, before }),
    }
}

/// The mirror is kept current after each checkpoint this node signs or sees.
async fn spiegeln(house: Arc<House>, takt: Arc<Takt>, vkeys: Vec<Vkey>, stopped: watch::Receiver<bool>) {
    let Some(path) = house.stadt.protokoll.spiegel.clone() else { return };
    let reader = LogReader::new(house.ledger.clone(), &house.log, vkeys);
    protokoll::mirror(path, reader, takt.watch(), stopped).await;
}
