//! The office through its real router: accounts log in as people do.

mod akte;
mod aktenende;
mod aufgabe;
mod auskunft;
mod bescheid;
mod eingaben;
mod einsicht;
mod erfassen;
mod fassung;
mod frist;
mod gang;
mod getippt;
mod konten;
mod leistungen;
mod loeschung;
mod metadaten;
mod papier;
mod post;
mod postbuch;
mod pruefung;
mod rechte;
mod schalter;
mod unterschrift;
mod volltext;
mod vorgang;
mod weitere;
mod wiedervorlage;
mod zeit;

use crate::besucher::{Antwort, Besucher, Stadt, gruenden};
use akte_api::auth::passwort;
use akte_core::execute::{Call, Principal, Target};
use akte_core::kernel::Role;
use akte_core::process::Process;
use akte_core::verfahren::event::Kanal;
use akte_core::verfahren::{Vorgang, VorgangCommand};
use akte_core::zugriff::{Konto, KontoCommand};
use axum::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

const KENNWORT: &str = "sehr-geheim-und-lang";

/// A town with its office.
pub struct Amt {
    pub stadt: Stadt,
    process: Process,
    nr: u32,
}

impl Amt {
    pub async fn neu() -> Self {
        let stadt = gruenden().await;
        let process = Process::in_memory(stadt.app.house.clone());
        Amt { stadt, process, nr: 0 }
    }

    pub fn key(&mut self, was: &str) -> String {
        self.nr += 1;
        format!("{was}-{}-------------------", self.nr)
    }

    /// A new account.
    pub async fn konto(&mut self, login: &str, einheit: &str, rollen: &[Role]) -> Uuid {
        let command = KontoCommand::Create {
            einheit: einheit.into(),
            rollen: rollen.to_vec(),
            login: login.into(),
            name: format!("Frau {}{}", login[..1].to_uppercase(), &login[1..]),
            email: String::new(),
        };
        let call = Call {
            principal: Principal::system(),
            key: self.key("konto"),
            target: Target::Natural(vec![login.into()]),
            expected: None,
            request: None,
            corr: None,
        };
        let done = self.stadt.app.house.execute::<Konto>(call, command).await.unwrap();
        self.stadt.app.local.passwort_setzen(done.stream, &passwort::hash(KENNWORT).unwrap()).unwrap();
        self.stadt.app.sichtbar(done.receipt.as_ref()).await;
        done.stream
    }

    /// A clerk of `ordnung`, logged in.
    pub async fn sachbearbeitung(&mut self, login: &str) -> (Uuid, Besucher) {
        let id = self.konto(login, "ordnung", &[Role::Sachbearbeitung]).await;
        (id, self.anmelden(login).await)
    }

    pub async fn anmelden(&self, login: &str) -> Besucher {
        let b = Besucher::neu(&self.stadt.app);
        let a = b.ausfuellen("/anmelden", "/anmelden", &[("login", login), ("passwort", KENNWORT)]).await;
        assert_eq!((a.status, a.ziel()), (StatusCode::SEE_OTHER, "/amt"), "{}", a.text);
        b
    }

    /// An application for a resident's parking permit, by the applicant.
    pub async fn antrag(&mut self) -> Uuid {
        self.antrag_mit(&[("vornamen", "Erika")]).await
    }

    /// The same with more answers.
    async fn antrag_mit(&mut self, mehr: &[(&str, &str)]) -> Uuid {
        let house = self.stadt.app.house.clone();
        let principal = Principal::buerger(Uuid::nil(), vec![]);
        let key = self.key("antrag");
        let stream = house.stream_for_new::<Vorgang>(&principal, &key).unwrap();
        let felder = [("name", "Kowalski"), ("strasse", "Am Markt"), ("kennzeichen", "PI-AB 123")];
        let felder = felder.iter().chain(mehr);
        let command = VorgangCommand::Submit {
            leistung: "bewohnerparken".into(),
            kanal: Kanal::Online,
            vertrauen: "ohne".into(),
            eingang_am: self.stadt.app.clock.now(),
            antragsteller: house.antragsteller(stream),
            felder: felder.map(|(k, v)| ((*k).to_owned(), json!(v))).collect(),
            dokumente: vec![],
        };
        let call = Call { principal, key, target: Target::New, expected: None, request: Some(json!({})), corr: None };
        let done = house.execute::<Vorgang>(call, command).await.unwrap();
        self.folgen().await;
        done.stream
    }

    /// Lets everything follow, and the views see it.
    pub async fn folgen(&mut self) {
        self.process.settle().await.unwrap();
        let size = self.stadt.app.house.ledger.head().await.unwrap().size;
        assert!(self.stadt.app.stand.wait_for(size - 1, std::time::Duration::from_secs(20)).await);
    }

    pub fn seite(id: Uuid) -> String {
        format!("/amt/vorgang/{id}")
    }

    async fn version(&self, id: Uuid) -> u64 {
        self.stadt.app.house.load::<Vorgang>(id).await.unwrap().version
    }
}

/// Opens the case page and sends one of its forms with what the page itself holds.
pub async fn handeln(b: &Besucher, id: Uuid, aktion: &str, felder: &[(&str, &str)]) -> Antwort {
    let seite = b.get(&Amt::seite(id)).await;
    assert_eq!(seite.status, StatusCode::OK, "{}", seite.text);
    senden(b, &seite, id, aktion, felder).await
}

/// Sends a form of a page that was opened before.
async fn senden(b: &Besucher, seite: &Antwort, id: Uuid, aktion: &str, felder: &[(&str, &str)]) -> Antwort {
    let (csrf, key, version) = (seite.verborgen("_csrf"), seite.verborgen("_schluessel"), seite.verborgen("version"));
    let mut alle = vec![("_csrf", csrf.as_str()), ("_schluessel", &key), ("version", &version)];
    alle.extend_from_slice(felder);
    b.post(&format!("/amt/vorgang/{id}/{aktion}"), &alle).await
}

/// The act was done.
pub fn getan(a: &Antwort) {
    assert_eq!(a.status, StatusCode::SEE_OTHER, "{}", a.text);
}
