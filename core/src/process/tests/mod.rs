//! From the application to the closed file, by the rules alone.

mod akt;
mod anzeige;
mod beleg;
mod empfaenger;
mod erlaubnis;
mod gang;
mod umlegen;
mod versaeumt;
mod von_hand;

use super::*;
use crate::akte::Akte;
use crate::documents::DokumentWert;
use crate::execute::tests::{Uhr, call, clerk, house};
use crate::execute::{Done, ExecuteError, House, Principal, Target};
use crate::kernel::Role;
use crate::verfahren::command::Zusatz;
use crate::verfahren::event::{AntragDokument, Kanal};
use crate::verfahren::pruefung::{Roh, Sprache, pruefe};
use crate::verfahren::{Definition, Status, Vorgang, VorgangCommand as C, loader};
use futures::TryStreamExt;
use std::sync::Arc;
use uuid::Uuid;

/// A draft's reasons for the discretion used.
fn ermessen() -> Zusatz {
    Zusatz { ermessen: "Abgewogen.".into(), ..Zusatz::default() }
}

/// A town with `process` at work.
struct Stadt {
    house: Arc<House>,
    process: Process,
    uhr: Arc<Uhr>,
    _dir: tempfile::TempDir,
    n: u32,
}

impl Stadt {
    async fn neu() -> Self {
        let (house, dir, uhr) = house().await;
        uhr.set("2026-11-23T09:00:00Z");
        Self { process: Process::in_memory(house.clone()), house, uhr, _dir: dir, n: 0 }
    }

    /// The service chosen by what it does, and an accepted example of it, normalised.
    fn leistung(
        &self,
        which: impl Fn(&Definition) -> bool,
    ) -> (Arc<Definition>, std::collections::BTreeMap<String, serde_json::Value>) {
        let def = self.house.leistungen().all().into_iter().find(|d| which(d)).expect("such a service");
        let (_, files) = loader::builtin_files().into_iter().find(|(id, _)| *id == def.id).expect("files");
        let (_, text) = files.iter().find(|(p, _)| p.contains("angenommen")).expect("an accepted example");
        let text = String::from_utf8(text.clone()).expect("text");
        let example: toml::Table = toml::from_str(&text).expect("toml");
        let values = |v: &toml::Value| match v {
            toml::Value::Array(a) => a.iter().filter_map(|x| x.as_str().map(str::to_owned)).collect(),
            other => vec![other.as_str().unwrap_or_default().to_owned()],
        };
        let roh: Roh =
            example["eingabe"].as_table().expect("table").iter().map(|(k, v)| (k.clone(), values(v))).collect();
        let heute = example["heute"].as_str().expect("day").parse().expect("date");
        let geprueft = pruefe(&def, &roh, &[], heute, Sprache::De).expect("accepted");
        (def, geprueft.felder)
    }

    async fn submit(&mut self, which: impl Fn(&Definition) -> bool) -> Uuid {
        self.submit_with(which, |_, _| {}).await
    }

    /// The example with some fields changed.
    async fn submit_with(
        &mut self,
        which: impl Fn(&Definition) -> bool,
        change: impl Fn(&Definition, &mut std::collections::BTreeMap<String, serde_json::Value>),
    ) -> Uuid {
        let (def, mut felder) = self.leistung(which);
        change(&def, &mut felder);
        let call = call(Principal::anon(), "antrag", Target::New);
        let v = self.house.stream_for_new::<Vorgang>(&call.principal, &call.key).expect("stream");
        let dokument = self.upload(v, b"Ausweis").await;
        let command = C::Submit {
            leistung: def.id.clone(),
            kanal: Kanal::Online,
            vertrauen: "ohne".into(),
            eingang_am: self.house.clock.now(),
            antragsteller: self.house.antragsteller(v),
            felder,
            dokumente: vec![AntragDokument { unterlage: "sonstige".into(), dateiname: "a.pdf".into(), dokument }],
        };
        self.house.execute::<Vorgang>(call, command).await.expect("accepted");
        self.process.settle().await.expect("settled");
        v
    }

    async fn upload(&self, v: Uuid, bytes: &[u8]) -> DokumentWert {
        let put = self.house.put_derived("antragsteller", v, "application/pdf", bytes.to_vec(), "upload");
        put.await.expect("stored")
    }

    async fn try_do(&mut self, who: &Principal, v: Uuid, command: C) -> Result<Done, ExecuteError> {
        self.n += 1;
        let call = call(who.clone(), &format!("cmd{}", self.n), Target::Stream(v));
        let done = self.house.execute::<Vorgang>(call, command).await;
        self.process.settle().await.expect("settled");
        done
    }

    async fn ok(&mut self, who: &Principal, v: Uuid, command: C) {
        self.try_do(who, v, command).await.expect("done");
    }

    /// Agreed to, wanted, and a minute later in the portal.
    async fn im_portal(&mut self, who: &Principal, v: Uuid) {
        self.ok(who, v, C::GiveEinwilligung { kanal: Kanal::VorOrt, email: None }).await;
        self.ok(who, v, C::Dispatch { weg: crate::verfahren::event::Weg::Portal }).await;
        let sendung = self.state(v).await.sendungen.last().expect("wanted").id;
        // The wish was recorded some microseconds after what stood before it in the stream.
        let later = self.house.clock.now() + jiff::SignedDuration::from_secs(61);
        self.uhr.set(&later.to_string());
        assert_eq!(release_versand(&self.house, &[(v, sendung)]).await.expect("released"), 1);
        self.process.settle().await.expect("settled");
    }

    async fn state(&self, v: Uuid) -> Vorgang {
        self.house.load::<Vorgang>(v).await.expect("there").state
    }

    async fn akte(&self, v: Uuid) -> Akte {
        let akte = self.state(v).await.akte.expect("filed");
        self.house.load::<Akte>(akte).await.expect("there").state
    }

    async fn bytes(&self, wert: &DokumentWert) -> Vec<u8> {
        let stream = self.house.open_document(wert).await.expect("open");
        let parts: Vec<_> = stream.try_collect().await.expect("whole");
        parts.concat()
    }

    async fn size(&self) -> u64 {
        self.house.ledger.head().await.expect("head").size
    }
}
