//! Definitions: the embedded ones load, faulty ones are refused with the line they are faulty in.

use super::*;
use crate::verfahren::definition::Schrittart;
use crate::verfahren::state::Status;

/// The embedded folder with this id, as files.
pub(crate) fn folder(id: &str) -> Vec<Datei> {
    let found = builtin_files().into_iter().find(|(name, _)| *name == id);
    found.expect("the folder is embedded").1
}

/// The same folder with one text in `leistung.toml` replaced.
fn changed(id: &str, alt: &str, neu: &str) -> Vec<Datei> {
    let mut files = folder(id);
    for (pfad, bytes) in &mut files {
        if pfad == HAUPTDATEI {
            let text = String::from_utf8(bytes.clone()).expect("text");
            assert!(text.contains(alt), "{alt:?} steht nicht in {id}");
            *bytes = text.replacen(alt, neu, 1).into_bytes();
        }
    }
    files
}

fn line_with(files: &[Datei], needle: &str) -> usize {
    let (_, bytes) = files.iter().find(|(p, _)| p == HAUPTDATEI).expect("main file");
    let text = String::from_utf8(bytes.clone()).expect("text");
    1 + text.lines().position(|l| l.contains(needle)).expect("the line is there")
}

fn refusals(files: Vec<Datei>) -> Vec<Fehler> {
    load_files(files).expect_err("must be refused")
}

#[test]
fn every_embedded_service_loads_and_its_examples_come_out_as_written() {
    let alle = builtin().unwrap_or_else(|e| panic!("{}", e.iter().map(|f| format!("\n{f}")).collect::<String>()));
    assert!(!alle.is_empty());
    for (ordner, def) in builtin_files().iter().zip(&alle) {
        assert_eq!(ordner.0, def.id, "the folder is called like its service");
        let texte = as_texts(&ordner.1).expect("text files");
        let beispiele = examples(&texte).expect("examples parse");
        let abgelehnt = beispiele.iter().filter(|(_, b)| !b.befunde.is_empty()).count();
        assert!(abgelehnt >= 3, "{}: only {abgelehnt} refused examples", def.id);
        assert!(beispiele.len() > abgelehnt, "{}: no accepted example", def.id);
    }
}
