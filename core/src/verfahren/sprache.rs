//! In which language a service speaks: German always, English and Leichte Sprache where its texts are there.
//!
//! Translates nothing: what a definition does not say in a language stays German, and the caller is told so.

use super::definition::{Definition, Text};

/// Language of a page and of what is said about a form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sprache {
    #[default]
    De,
    En,
    /// Leichte Sprache (§ 11 BGG, Anlage 2 BITV 2.0).
    Ls,
}

impl Sprache {
    /// Every language, in the order in which pages offer them.
    pub const ALLE: [Sprache; 3] = [Sprache::De, Sprache::En, Sprache::Ls];

    /// Short name in addresses, cookies and file names.
    pub fn kuerzel(self) -> &'static str {
        match self {
            Sprache::De => "de",
            Sprache::En => "en",
            Sprache::Ls => "ls",
        }
    }
    /// The language with this short name.
    pub fn lesen(kuerzel: &str) -> Option<Self> {
        Self::ALLE.into_iter().find(|s| s.kuerzel() == kuerzel)
    }
    /// BCP 47 tag. Leichte Sprache is German to every screen reader (the primary subtag), marked with the
    /// registered variant `simple` (RFC 5646, IANA registry: "Simplified form").
    pub fn tag(self) -> &'static str {
        match self {
            Sprache::De => "de",
            Sprache::En => "en",
            Sprache::Ls => "de-simple",
        }
    }
    /// The language in which this service speaks on a page in `self`: Leichte Sprache only as a whole, because
    /// half a form in it helps nobody. Single English texts that are missing are marked one by one.
    pub fn fuer(self, def: &Definition) -> Sprache {
        match self {
            Sprache::Ls if !leicht_luecken(def).is_empty() => Sprache::De,
            s => s,
        }
    }
}

/// The text in this language; German where there is none.
pub fn text(t: &Text, sprache: Sprache) -> &str {
    match sprache {
        Sprache::En if !t.en.is_empty() => &t.en,
        Sprache::Ls if !t.ls.is_empty() => &t.ls,
        _ => &t.de,
    }
}

/// Whether [`text`] falls back to German.
pub fn fehlt(t: &Text, sprache: Sprache) -> bool {
    match sprache {
        Sprache::De => false,
        Sprache::En => t.en.is_empty(),
        Sprache::Ls => t.ls.is_empty(),
    }
}

/// What a definition lacks for Leichte Sprache: title, sentence for the catalogue, every page and every
/// question. Empty = the service is offered in it; other texts that are missing are marked one by one.
pub fn leicht_luecken(def: &Definition) -> Vec<String> {
    let kopf = [("titel", &def.titel), ("kurz", &def.kurz)].map(|(n, t)| (n.to_owned(), t));
    let gruppen = def.gruppen.iter().map(|g| (format!("gruppen.{}.titel", g.id), &g.titel));
    let felder = def.felder.iter().map(|f| (format!("felder.{}.label", f.id), &f.label));
    let alle = kopf.into_iter().chain(gruppen).chain(felder);
    alle.filter(|(_, t)| t.ls.is_empty()).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verfahren::loader;

    fn leicht(mut def: Definition) -> Definition {
        let mut texte: Vec<&mut Text> = vec![&mut def.titel, &mut def.kurz];
        texte.extend(def.gruppen.iter_mut().map(|g| &mut g.titel));
        texte.extend(def.felder.iter_mut().map(|f| &mut f.label));
        texte.into_iter().for_each(|t| t.ls = "leicht".into());
        def
    }

    #[test]
    fn a_service_speaks_leichte_sprache_as_a_whole_or_not_at_all() {
        let def = loader::builtin().expect("definitions load").remove(0);
        let mut def = leicht(def);
        assert_eq!((leicht_luecken(&def), Sprache::Ls.fuer(&def)), (Vec::new(), Sprache::Ls));
        def.felder[0].label.ls.clear();
        assert_eq!(leicht_luecken(&def), [format!("felder.{}.label", def.felder[0].id)]);
        assert_eq!(Sprache::Ls.fuer(&def), Sprache::De);
        assert_eq!(Sprache::En.fuer(&def), Sprache::En);
    }

    #[test]
    fn a_text_that_is_missing_is_german_and_says_so() {
        let t = Text { de: "Hund".into(), en: "Dog".into(), ls: String::new() };
        let gesagt = Sprache::ALLE.map(|s| (text(&t, s), fehlt(&t, s)));
        assert_eq!(gesagt, [("Hund", false), ("Dog", false), ("Hund", true)]);
    }

    #[test]
    fn every_short_name_leads_back_to_its_language() {
        assert_eq!(Sprache::ALLE.map(|s| Sprache::lesen(s.kuerzel())), Sprache::ALLE.map(Some));
        assert_eq!(Sprache::lesen("fr"), None);
    }
}
