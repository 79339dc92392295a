//! Text blocks of notices: versioned, with their source, named with their hash by the draft that used them.
//!
//! Offers blocks and checks what a draft says it used. Writes no text itself: where it goes, the clerk decides.

use super::definition::Definition;
use crate::stadt::Textbaustein;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Part of the notice a block is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wofuer {
    #[default]
    Begruendung,
    Ermessen,
    Nebenbestimmung,
}

/// A text of a definition or of the town as a draft used it: the wording itself, so that it stays readable
/// whatever becomes of the file it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextRef {
    /// Unique within its source.
    pub id: String,
    pub version: u32,
    /// `leistung` or `stadt`.
    pub herkunft: String,
    /// Norm or decision the wording rests on.
    pub quelle: String,
    pub text: String,
    /// Hex SHA-256 of `text` in UTF-8.
    pub sha256: String,
    #[serde(default)]
    pub wofuer: Wofuer,
}

impl TextRef {
    /// Name of the block in forms: unique over both sources.
    pub fn schluessel(&self) -> String {
        format!("{}:{}:{}", self.herkunft, self.id, self.version)
    }

    /// The hash is the text's.
    pub fn stimmt(&self) -> bool {
        self.sha256 == sha256_hex(&self.text)
    }
}

/// Every block a draft of this service may start from: the service's own, then the town's.
pub fn angebot(def: &Definition, stadt: &[Textbaustein]) -> Vec<TextRef> {
    let eigene = def.bescheid.iter().flat_map(|b| b.bausteine.iter().enumerate()).map(|(i, b)| {
        // Blocks of definitions adopted before had neither id nor version: their place names them.
        let id = if b.id.is_empty() { format!("baustein-{}", i + 1) } else { b.id.clone() };
        text_ref("leistung", id, b.version, &b.quelle, &b.de, b.wofuer)
    });
    let passend = |b: &&Textbaustein| b.leistungen.is_empty() || b.leistungen.contains(&def.id);
    let stadt = stadt.iter().filter(passend);
    eigene.chain(stadt.map(|b| text_ref("stadt", b.id.clone(), b.version, &b.quelle, &b.text, b.wofuer))).collect()
}

fn text_ref(herkunft: &str, id: String, version: u32, quelle: &str, text: &str, wofuer: Wofuer) -> TextRef {
    TextRef {
        id,
        version,
        herkunft: herkunft.into(),
        quelle: quelle.into(),
        text: text.into(),
        sha256: sha256_hex(text),
        wofuer,
    }
}

/// Hex SHA-256 of a text.
pub fn sha256_hex(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut s, b| {
        // Writing into a string does not fail.
        let _ = write!(s, "{b:02x}");
        s
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_service_and_town_are_offered_with_version_and_the_hash_of_their_text() {
        let mut def = crate::verfahren::tests::erlaubnis();
        let text = r#"de = "Sie wohnen dort.""#;
        def.bescheid.as_mut().expect("notice").bausteine = vec![toml::from_str(text).expect("block")];
        let block = |id: &str, leistungen: &[&str]| Textbaustein {
            id: id.into(),
            version: 3,
            text: "Der Rat hat es so beschlossen.".into(),
            quelle: "Beschluss".into(),
            leistungen: leistungen.iter().map(|l| (*l).to_owned()).collect(),
            wofuer: Wofuer::Ermessen,
        };
        let alle = angebot(&def, &[block("linie", &[]), block("andere", &["hund"]), block("eigene", &[&def.id])]);
        let namen: Vec<String> = alle.iter().map(TextRef::schluessel).collect();
        assert_eq!(namen, ["leistung:baustein-1:1", "stadt:linie:3", "stadt:eigene:3"]);
        assert!(alle.iter().all(TextRef::stimmt));
        // printf 'Sie wohnen dort.' | sha256sum
        assert_eq!(alle[0].sha256, "0b3f4eb20abae7fb24b86ba7a6b9d694c18a0b467b18c4765b126ca5b4e528fc");
        let falsch = TextRef { text: "Sie wohnen hier.".into(), ..alle[0].clone() };
        assert!(!falsch.stimmt());
    }
}
