//! The fixed texts of the citizens' pages, and texts of a definition with the language they are really in.
//!
//! Holds no text itself: those are `api/texte/{de,en,ls}.toml`, complete in every language or the build stops.

use akte_core::verfahren::definition::{Definition, Text};
use akte_core::verfahren::sprache::{self, Sprache};
use std::fmt;

include!(concat!(env!("OUT_DIR"), "/texte.rs"));

/// The texts of a language.
pub fn von(sprache: Sprache) -> &'static Texte {
    match sprache {
        Sprache::De => &DE,
        Sprache::En => &EN,
        Sprache::Ls => &LS,
    }
}

/// One fixed text; `{0}` and `{1}` are filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Satz(pub &'static str);

impl Satz {
    /// With one thing filled in.
    pub fn mit(self, a: impl fmt::Display) -> String {
        self.0.replace("{0}", &a.to_string())
    }
    /// With two things filled in. Split first: what is filled in may itself hold `{1}`.
    pub fn mit_zwei(self, a: impl fmt::Display, b: impl fmt::Display) -> String {
        let b = b.to_string();
        self.0.split("{1}").map(|teil| Satz::fuellen(teil, &a)).collect::<Vec<_>>().join(&b)
    }
    fn fuellen(teil: &str, a: &impl fmt::Display) -> String {
        teil.replace("{0}", &a.to_string())
    }
}

impl fmt::Display for Satz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl From<Satz> for String {
    fn from(s: Satz) -> Self {
        s.0.to_owned()
    }
}

/// A text for a page, marked where it is German on a page that is not (WCAG 3.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wort {
    pub text: String,
    pub deutsch: bool,
}

impl Wort {
    /// ` lang="de"` or nothing, for the tag around the text.
    pub fn lang(&self) -> &'static str {
        lang(self.deutsch)
    }
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// ` lang="de"` where something German stands on a page that is not.
pub fn lang(deutsch: bool) -> &'static str {
    if deutsch { " lang=\"de\"" } else { "" }
}

impl fmt::Display for Wort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<String> for Wort {
    fn from(text: String) -> Self {
        Wort { text, deutsch: false }
    }
}

impl From<&str> for Wort {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Satz> for Wort {
    fn from(s: Satz) -> Self {
        s.0.into()
    }
}

/// How one service speaks on a page: the language of the page and the one its definition can be had in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stimme {
    pub seite: Sprache,
    pub def: Sprache,
}

impl Stimme {
    /// The voice of a service on a page in this language.
    pub fn neu(seite: Sprache, def: &Definition) -> Self {
        Stimme { seite, def: seite.fuer(def) }
    }
    /// Fixed texts of the page.
    pub fn t(self) -> &'static Texte {
        von(self.seite)
    }
    /// A text of the definition.
    pub fn wort(self, t: &Text) -> Wort {
        let text = sprache::text(t, self.def).to_owned();
        Wort { deutsch: !text.is_empty() && self.deutsch(t), text }
    }
    /// Whether [`Self::wort`] is German on a page that is not.
    pub fn deutsch(self, t: &Text) -> bool {
        self.seite != Sprache::De && (self.def == Sprache::De || sprache::fehlt(t, self.def))
    }
    /// The page is in Leichte Sprache, and this service is not.
    pub fn nicht_leicht(self) -> bool {
        self.seite == Sprache::Ls && self.def != Sprache::Ls
    }
    /// Label of a kind of document.
    pub fn unterlage(self, def: &Definition, id: &str) -> Wort {
        match def.unterlagen.iter().find(|u| u.id == id) {
            Some(u) => self.wort(&u.label),
            None => self.t().teile.sonstige.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_never_a_place_to_fill_in() {
        assert_eq!(Satz("{0} von {1}").mit_zwei("{1}", 7), "{1} von 7");
        assert_eq!(Satz("zu „{0}“").mit("{0}{1}"), "zu „{0}{1}“");
    }

    #[test]
    fn a_german_text_on_an_english_page_is_marked() {
        let t = |en: &str| Text { de: "Hund".into(), en: en.into(), ls: String::new() };
        let englisch = Stimme { seite: Sprache::En, def: Sprache::En };
        assert_eq!(englisch.wort(&t("")).lang(), " lang=\"de\"");
        assert_eq!(englisch.wort(&t("Dog")).lang(), "");
        assert_eq!(englisch.wort(&Text::default()).lang(), "", "nothing is in no language");
        let leicht = Stimme { seite: Sprache::Ls, def: Sprache::De };
        assert!(leicht.wort(&t("")).deutsch && leicht.nicht_leicht());
        assert_eq!(Stimme::default().wort(&t("")).lang(), "");
    }

    #[test]
    fn every_topic_of_the_catalogue_has_its_title() {
        for id in akte_core::verfahren::katalog::THEMEN {
            assert!(DE.thema.finden(id).is_some(), "{id}");
        }
    }

    /// Leichte Sprache has no long sentences and none of these forms (Anlage 2 BITV 2.0). A machine sees only this.
    #[test]
    fn leichte_sprache_is_short_and_without_subjunctive() {
        let text = include_str!("../texte/ls.toml");
        let werte = text.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once(" = \""));
        for (key, wert) in werte {
            for satz in wert.trim_end_matches('"').split_inclusive(['.', '?', ':', '!']) {
                let worte = satz.split_whitespace().count();
                assert!(worte <= 15, "{key}: {worte} words in: {satz}");
            }
            let klein = wert.to_lowercase();
            for form in ["würde", "könnte", "hätte", "wäre", "sollte", "möge", " bzw", "z. b.", "sowie"] {
                assert!(!klein.contains(form), "{key}: {form}");
            }
        }
    }
}
