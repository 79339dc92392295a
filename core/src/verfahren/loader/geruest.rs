//! A complete folder to begin a new service with: valid as it stands, every text to be replaced.
//!
//! Writes no file.

use super::Datei;

const LEISTUNG: &str = include_str!("../../../geruest/leistung.toml");
const BEISPIELE: [(&str, &str); 2] = [
    ("examples/angenommen.toml", include_str!("../../../geruest/examples/angenommen.toml")),
    ("examples/abgelehnt_ohne_tag.toml", include_str!("../../../geruest/examples/abgelehnt_ohne_tag.toml")),
];

/// The files for a service with this id, kept by this unit of the town.
pub fn geruest(id: &str, einheit: &str) -> Vec<Datei> {
    let text = LEISTUNG.replace("@id@", id).replace("@einheit@", einheit);
    let beispiele = BEISPIELE.iter().map(|(pfad, text)| ((*pfad).to_owned(), text.as_bytes().to_vec()));
    std::iter::once(("leistung.toml".to_owned(), text.into_bytes())).chain(beispiele).collect()
}

#[cfg(test)]
mod tests {
    use super::geruest;
    use crate::verfahren::loader::{Umfeld, check_umfeld, load_files};

    #[test]
    fn the_scaffold_of_a_new_service_has_no_fault_and_names_only_rules_that_exist() {
        let law = crate::recht::Law::builtin().expect("law");
        let def = load_files(geruest("zelt-im-park", "ordnung")).unwrap_or_else(|f| panic!("{f:#?}"));
        assert_eq!((def.id.as_str(), def.einheit.as_str()), ("zelt-im-park", "ordnung"));
        let plan = include_str!("../../../aktenplan/aktenplan.toml");
        let plan: Vec<String> =
            plan.lines().filter_map(|l| Some(l.split_once("kennung = \"")?.1.split_once('"')?.0.to_owned())).collect();
        let umfeld = Umfeld { law: &law, einheiten: &["ordnung".into()], aktenplan: &plan };
        assert_eq!(check_umfeld(&def, umfeld), []);
    }
}
