//! States and channels as German words: the one place, for pages, lists and sentences.
//!
//! What a citizen reads about the own case is told in whole sentences elsewhere.

use super::event::{Kanal, Weg};
use super::state::Status;

impl Kanal {
    /// The channel in words.
    pub fn wort(self) -> &'static str {
        match self {
            Kanal::Online => "online",
            Kanal::VorOrt => "vor Ort",
            Kanal::Post => "Post",
            Kanal::Telefon => "Telefon",
        }
    }
}

impl Weg {
    /// Every way.
    pub const ALLE: [Weg; 4] = [Weg::Portal, Weg::Schalter, Weg::Post, Weg::Pzu];

    /// The way in words.
    pub fn wort(self) -> &'static str {
        match self {
            Weg::Portal => "Abruf im Portal",
            Weg::Schalter => "am Schalter",
            Weg::Post => "Brief",
            Weg::Pzu => "Postzustellungsurkunde",
        }
    }
}

impl Status {
    /// Every state a case can be in, in the order of the way through the house; the empty stream is none.
    pub const ALLE: [Status; 19] = [
        Status::Eingegangen,
        Status::Registriert,
        Status::Zugewiesen,
        Status::InPruefung,
        Status::Nachforderung,
        Status::Beteiligung,
        Status::Anhoerung,
        Status::Ruht,
        Status::Entscheidungsreif,
        Status::ImGeschaeftsgang,
        Status::Gezeichnet,
        Status::Versandt,
        Status::Bekanntgegeben,
        Status::Widerspruch,
        Status::Bestandskraeftig,
        Status::ZdA,
        Status::Zurueckgenommen,
        Status::Erledigt,
        Status::Abgegeben,
    ];

    /// The state in words for pages and sentences.
    pub fn wort(self) -> &'static str {
        match self {
            Status::Leer => "noch nicht eingegangen",
            Status::Eingegangen => "eingegangen",
            Status::Registriert => "registriert",
            Status::Zugewiesen => "zugewiesen",
            Status::InPruefung => "in Prüfung",
            Status::Nachforderung => "wartet auf Unterlagen",
            Status::Beteiligung => "wartet auf eine andere Stelle",
            Status::Anhoerung => "Anhörung läuft",
            Status::Ruht => "ruht",
            Status::Entscheidungsreif => "entscheidungsreif",
            Status::ImGeschaeftsgang => "im Geschäftsgang",
            Status::Gezeichnet => "gezeichnet",
            Status::Versandt => "versandt",
            Status::Bekanntgegeben => "bekannt gegeben",
            Status::Widerspruch => "im Widerspruch",
            Status::Bestandskraeftig => "bestandskräftig",
            Status::ZdA => "zu den Akten",
            Status::Zurueckgenommen => "zurückgenommen",
            Status::Erledigt => "erledigt",
            Status::Abgegeben => "abgegeben",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn every_state_but_the_empty_one_is_listed_once() {
        let numbers: Vec<usize> = Status::ALLE.iter().map(|s| *s as usize).collect();
        assert_eq!(numbers, (1..=Status::Abgegeben as usize).collect::<Vec<_>>());
    }
}
