//! The words of a view for every list of the office.
//!
//! The words themselves are core's (`Status::wort`, `Kanal::wort`); here only a view's spelling is read.

use akte_core::akte::Akte;
use akte_core::verfahren::Status;
use akte_core::verfahren::event::Kanal;

/// Channel in words, from the snake_case of a view.
pub fn kanal(wort: &str) -> &'static str {
    serde_json::from_value::<Kanal>(wort.into()).map_or("unbekannt", Kanal::wort)
}

/// State in words, from the snake_case of a view.
pub fn status(wort: &str) -> &'static str {
    serde_json::from_value::<Status>(wort.into()).map_or("unbekannt", Status::wort)
}

/// What a file is called. A number that was given (`nummeriert`) and is not there any more was erased.
pub fn aktenzeichen(zeichen: Option<String>, nummeriert: bool) -> String {
    let ohne = if nummeriert { "Akte (Aktenzeichen gelöscht)" } else { "Akte ohne Aktenzeichen" };
    zeichen.unwrap_or_else(|| ohne.into())
}

/// The same, of a file as its stream tells it.
pub fn akte(s: &Akte) -> String {
    aktenzeichen(s.aktenzeichen.clone(), s.nummeriert)
}

/// All states a list can be filtered by, with their words.
pub fn alle_status() -> Vec<(String, &'static str)> {
    let name = |s: Status| Some((serde_json::to_value(s).ok()?.as_str()?.to_owned(), s.wort()));
    Status::ALLE.into_iter().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_word_of_a_view_has_its_word() {
        let alle = super::alle_status();
        assert_eq!(alle.len(), 19);
        assert!(alle.iter().all(|(w, s)| super::status(w) == *s));
        assert_eq!((super::status("zda"), super::kanal("vor_ort")), ("zu den Akten", "vor Ort"));
    }
}
