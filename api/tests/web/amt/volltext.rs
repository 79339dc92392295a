//! The office searches inside documents, and opens what lies in an Akte without a case.

use super::Amt;
use crate::besucher::Besucher;
use akte_core::akte::{Akte, AkteCommand, Dokument, DokumentCommand, Uebernahme};
use akte_core::auszug::{Grenzen, auszug, erkennen, proben};
use akte_core::documents::DokumentWert;
use akte_core::execute::{Call, Principal, Target};
use akte_core::kernel::{Actor, Role};
use akte_projections::volltext::{Datei, Sperre, Zeile};
use axum::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

impl Amt {
    fn ruf(&mut self, als: &Principal, was: &str, target: Target) -> Call {
        let system = als.actor == Actor::Process;
        let request = (!system).then(|| json!({ "was": was }));
        Call { principal: als.clone(), key: self.key(was), target, expected: None, request, corr: None }
    }

    /// An Akte of this unit, with a number.
    pub async fn akte(&mut self, registratur: &Principal, einheit: &str, titel: &str) -> Uuid {
        let command =
            AkteCommand::Open { aktenplan: "32.1".into(), einheit: einheit.into(), vorgang: None, titel: titel.into() };
        let call = self.ruf(registratur, "akte", Target::New);
        let done = self.stadt.app.house.execute::<Akte>(call, command).await.unwrap();
        self.folgen().await;
        done.stream
    }

    /// A file taken over into an Akte and read, as the house does both.
    pub async fn uebernommen(&mut self, als: &Principal, akte: Uuid, name: &str, bytes: Vec<u8>) -> Uuid {
        let house = self.stadt.app.house.clone();
        let media = erkennen(&bytes).media(&bytes);
        let dokument = house.put_derived("verfahren", akte, media, bytes, name).await.unwrap();
        let uebernahme = Uebernahme {
            akte,
            richtung: "intern".into(),
            import: Uuid::from_bytes([9; 16]),
            titel: name.into(),
            dateiname: name.into(),
            pfad: format!("ablage/{name}"),
            original_am: None,
            original_aus: "datei".into(),
            sha256: "0".repeat(64),
            dokument,
        };
        let mut call = self.ruf(als, "import", Target::Natural(vec!["test".into(), name.into()]));
        call.corr = Some(akte);
        let command = DokumentCommand::Import(Box::new(uebernahme));
        let dokument = house.execute::<Dokument>(call, command).await.unwrap().stream;
        let call = self.ruf(als, "ablage", Target::Stream(akte));
        house.execute::<Akte>(call, AkteCommand::FileDokumente { dokumente: vec![dokument] }).await.unwrap();
        self.folgen().await;
        self.gelesen().await;
        dokument
    }

    /// What the full text's own work does, in this process.
    async fn gelesen(&self) {
        let house = &self.stadt.app.house;
        let mut zeilen = Vec::new();
        let alle = house.reader().read_all(0, 100_000).await.unwrap();
        for r in alle.iter().filter(|r| r.wire == "dokument.imported.v1") {
            let wert: DokumentWert = serde_json::from_value(r.data["dokument"].clone()).unwrap();
            let id = house.documents.kek_id(wert.reference).await.unwrap();
            let kek = house.vault.kek(id).unwrap().unwrap();
            let bytes = house.documents.get_bytes(&wert, (kek.id, kek.key()), 1 << 20).await.unwrap();
            let gelesen = auszug(&bytes, &Grenzen::default());
            let text = format!("{}\n{}", r.data["dateiname"].as_str().unwrap(), gelesen.text);
            zeilen.push(Zeile { nr: r.index, dokument: r.stream, ausgang: gelesen.ausgang.name().into(), text });
        }
        let sperre = Sperre::warten(self.stadt.ordner.path()).unwrap();
        Datei::oeffnen(self.stadt.ordner.path(), &sperre).unwrap().nehmen(&zeilen, alle.len() as u64).unwrap();
    }

    pub async fn registratur(&mut self) -> Principal {
        let id = self.konto("registratur", "ordnung", &[Role::Registratur]).await;
        Principal::konto(id, vec![Role::Registratur], "ordnung")
    }
}

async fn suche(b: &Besucher, q: &str) -> String {
    let a = b.suchen(q).await;
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    a.text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_inside_a_document_is_found_with_umlauts_and_typos_and_names_file_and_document() {
    let mut amt = Amt::neu().await;
    let r = amt.registratur().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    let akte = amt.akte(&r, "ordnung", "Alte Ablage").await;
    let pdf = proben::pdf(&["Die Fischtreppe an der Mühle wird gesperrt."]);
    let dok = amt.uebernommen(&r, akte, "Sperrung 2019.pdf", pdf).await;
    for q in ["Fischtreppe", "fischtrep", "Mühle", "muehle", "Fischtrepe gesperrt", "Sperrung"] {
        let seite = suche(&b, q).await;
        assert!(seite.contains("In Dokumenten") && seite.contains("Ein Treffer"), "{q}: {seite}");
        assert!(seite.contains(&format!("/amt/akte/{akte}/dokument/{dok}")), "{q}");
        assert!(seite.contains(&format!("/amt/akte/{akte}\"")) && seite.contains("32.1-0001/2026"), "{q}");
        assert!(seite.contains("Sperrung 2019.pdf"), "{q}");
    }
    assert!(suche(&b, "Fischtreppe").await.contains("an der Mühle wird gesperrt"), "the excerpt shows where");
    assert!(suche(&b, "Fischtreppe Kanal").await.contains("Nichts gefunden"), "all words must occur");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_another_units_documents_are_not_found_and_not_counted() {
    let mut amt = Amt::neu().await;
    let r = amt.registratur().await;
    let (_, b) = amt.sachbearbeitung("meyer").await;
    amt.konto("fremd", "soziales", &[Role::Sachbearbeitung]).await;
    let f = amt.anmelden("fremd").await;
    let eigene = amt.akte(&r, "ordnung", "Ordnung").await;
    let fremde = amt.akte(&r, "soziales", "Soziales").await;
    amt.uebernommen(&r, eigene, "a.docx", proben::docx("Zwetschgenbaum am Markt")).await;
    let geheim = amt.uebernommen(&r, fremde, "b.docx", proben::docx("Zwetschgenbaum im Hof, Pflegegrad")).await;
    let seite = suche(&b, "Zwetschgenbaum").await;
    assert!(seite.contains("Ein Treffer") && seite.contains("am Markt") && !seite.contains("Hof"), "{seite}");
    for q in ["Pflegegrad", "Pflegegrat", "b.docx"] {
        assert!(suche(&b, q).await.contains("Nichts gefunden"), "{q}");
    }
    assert!(suche(&f, "Pflegegrad").await.contains("Ein Treffer"), "its own unit finds it");
    let adresse = format!("/amt/akte/{fremde}/dokument/{geheim}");
    assert_eq!(b.get(&adresse).await.status, StatusCode::NOT_FOUND);
    assert_eq!(b.get(&format!("/amt/akte/{eigene}/dokument/{geheim}")).await.status, StatusCode::NOT_FOUND);
    let a = f.get(&adresse).await;
    assert_eq!((a.status, a.bytes.starts_with(b"PK")), (StatusCode::OK, true));
}
