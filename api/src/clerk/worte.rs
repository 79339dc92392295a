//! Wire words as German words, for every list of the office.

use akte_core::verfahren::Status;
use akte_core::verfahren::event::Kanal;

/// Channel in words.
pub fn kanal(k: Kanal) -> &'static str {
    match k {
        Kanal::Online => "online",
        Kanal::VorOrt => "vor Ort",
        Kanal::Post => "Post",
        Kanal::Telefon => "Telefon",
    }
}

/// The same from the word of a view.
pub fn kanal_von(wort: &str) -> &'static str {
    match wort {
        "online" => "online",
        "vor_ort" => "vor Ort",
        "post" => "Post",
        "telefon" => "Telefon",
        _ => "unbekannt",
    }
}

/// State in words, from the snake_case of a view.
pub fn status(wort: &str) -> &'static str {
    serde_json::from_value::<Status>(wort.into()).map_or("unbekannt", Status::wort)
}

/// All states a list can be filtered by, with their words.
pub fn alle_status() -> Vec<(String, &'static str)> {
    use Status::*;
    [
        Eingegangen,
        Registriert,
        Zugewiesen,
        InPruefung,
        Nachforderung,
        Beteiligung,
        Anhoerung,
        Ruht,
        Entscheidungsreif,
        ImGeschaeftsgang,
        Gezeichnet,
        Versandt,
        Bekanntgegeben,
        Widerspruch,
        Bestandskraeftig,
        ZdA,
        Zurueckgenommen,
        Erledigt,
        Abgegeben,
    ]
    .into_iter()
    .filter_map(|s| Some((serde_json::to_value(s).ok()?.as_str()?.to_owned(), s.wort())))
    .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_state_of_a_view_has_its_word() {
        let alle = super::alle_status();
        assert_eq!(alle.len(), 19);
        assert!(alle.iter().all(|(w, s)| super::status(w) == *s));
        assert_eq!(super::status("zda"), "zu den Akten");
    }
}
