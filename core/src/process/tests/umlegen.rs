//! What goes with a document that is moved to another Akte, and what keeps it where it is.

use super::*;
use crate::akte::{AkteCommand, Angaben, Dokument, DokumentCommand};
use crate::geschaeftsgang::{Schritt, Schrittart, Umlauf, UmlaufCommand as U};
use crate::metadaten::Art;

/// Two Akten, and in the first a document that clerk 1 wrote.
struct Fehlablage {
    s: Stadt,
    akten: [Uuid; 2],
    dokument: Uuid,
    n: u32,
}

impl Fehlablage {
    async fn neu() -> Self {
        let mut s = Stadt::neu().await;
        let eins = s.submit(|d| d.entscheidet()).await;
        let c = call(clerk(9, &[Role::Registratur]), "zweite-akte", Target::New);
        let (aktenplan, einheit, titel) = ("32.21".into(), "ordnung".into(), "Zweite Akte".into());
        let open = AkteCommand::Open { aktenplan, einheit, vorgang: None, titel };
        let zwei = s.house.execute::<Akte>(c, open).await.expect("opened").stream;
        let akten = [s.state(eins).await.akte.expect("filed"), zwei];
        let dokument = s.upload(eins, b"Vermerk von eins").await;
        let command = DokumentCommand::Add {
            akte: akten[0],
            vorgang: Some(eins),
            richtung: "intern".into(),
            titel: "Vermerk".into(),
            dateiname: "vermerk.txt".into(),
            dokument,
        };
        let c = call(clerk(1, &[Role::Sachbearbeitung]), "ablage", Target::New);
        let done = s.house.execute::<Dokument>(c, command).await.expect("added");
        s.process.settle().await.expect("settled");
        Self { s, akten, dokument: done.stream, n: 0 }
    }

    fn call(&mut self, n: u8, target: Target) -> crate::execute::Call {
        self.n += 1;
        call(clerk(n, &[Role::Sachbearbeitung]), &format!("umlegen{}", self.n), target)
    }

    /// Clerk 2 moves it; the document it is there.
    async fn umlegen(&mut self, von: usize, nach: usize) -> Result<Uuid, ExecuteError> {
        let c = self.call(2, Target::Stream(self.akten[von]));
        let (dokument, ziel) = (self.dokument, self.akten[nach]);
        let grund = "gehört dorthin".into();
        let command = AkteCommand::MoveDokument { dokument, nach: ziel, selbst: Some(self.akten[von]), grund };
        self.s.house.execute::<Akte>(c, command).await?;
        self.s.process.settle().await.expect("settled");
        let verschoben = self.s.house.load::<Dokument>(dokument).await.expect("there").state.verschoben;
        self.dokument = verschoben.expect("moved").1;
        Ok(self.dokument)
    }

    /// Clerk 2 asks this one to co-sign.
    async fn vorlegen(&mut self, akte: usize, an: u8) -> Result<Uuid, ExecuteError> {
        let d = self.s.house.load::<Dokument>(self.dokument).await.expect("there");
        let command = U::Start {
            akte: self.akten[akte],
            dokument: self.dokument,
            einheit: "ordnung".into(),
            version: d.state.version,
            digest: d.state.dokument.expect("there").digest,
            laufweg: vec![Schritt { art: Schrittart::Mz, an: vec![Uuid::from_bytes([an; 16])] }],
        };
        let mut c = self.call(2, Target::New);
        c.corr = Some(d.corr);
        let parts = [self.dokument.to_string()];
        self.s.house.execute_numbered::<Umlauf>(c, &parts, command).await.map(|d| d.stream)
    }
}

#[tokio::test]
async fn who_wrote_a_text_does_not_sign_it_in_the_file_it_was_moved_to() {
    let mut f = Fehlablage::neu().await;
    f.umlegen(0, 1).await.expect("moved");
    let selbst = f.vorlegen(1, 1).await;
    assert!(matches!(&selbst, Err(ExecuteError::Refused { code, .. }) if code == "laufweg"), "{selbst:?}");
    // And back again: a copy of a copy.
    f.umlegen(1, 0).await.expect("moved back");
    let selbst = f.vorlegen(0, 1).await;
    assert!(matches!(&selbst, Err(ExecuteError::Refused { code, .. }) if code == "laufweg"), "{selbst:?}");
    f.vorlegen(0, 3).await.expect("somebody else signs");
}

#[tokio::test]
async fn a_document_in_circulation_is_not_moved_away_from_the_signatures_it_waits_for() {
    let mut f = Fehlablage::neu().await;
    let lauf = f.vorlegen(0, 3).await.expect("begun");
    let weg = f.umlegen(0, 1).await;
    let Err(ExecuteError::Refused { code, text }) = weg else { panic!("{weg:?}") };
    assert!(code == "im_geschaeftsgang" && text.contains("brechen Sie ihn ab"), "{text}");
    let c = f.call(2, Target::Stream(lauf));
    f.s.house.execute::<Umlauf>(c, U::Cancel { grund: "falsche Akte".into() }).await.expect("given up");
    f.umlegen(0, 1).await.expect("moved");
}

#[tokio::test]
async fn what_was_noted_of_a_document_goes_with_it() {
    let mut f = Fehlablage::neu().await;
    let schema = f.s.house.stadt.metadaten.in_kraft(Art::Dokument).expect("a schema").clone();
    let roh = [("absender".to_owned(), vec!["Kreis".to_owned()])].into();
    let command = DokumentCommand::Describe(Box::new(Angaben { schema, roh, gesehen: 0 }));
    let c = f.call(2, Target::Stream(f.dokument));
    f.s.house.execute::<Dokument>(c, command).await.expect("noted");
    let dort = f.umlegen(0, 1).await.expect("moved");
    let d = f.s.house.load::<Dokument>(dort).await.expect("there");
    let m = d.state.metadaten.expect("noted there, too");
    assert_eq!((m.felder.expect("open")["absender"].as_str(), m.durch), (Some("Kreis"), None));
    let akte = f.s.house.load::<Akte>(f.akten[1]).await.expect("there").corr;
    assert_eq!(d.corr, akte, "and is sealed under the key of that file");
}
