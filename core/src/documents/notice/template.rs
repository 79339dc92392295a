//! Templates: our own, compiled in, and a town's own from its data folder over them.

use super::{RenderError, hex};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// A notice's main file `<name>.typ` and every file it may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub name: String,
    /// File name (`[a-z0-9_-]+\.typ`) -> text.
    pub files: BTreeMap<String, String>,
}

/// Names of the templates that come with the product.
pub const NAMES: [&str; 6] =
    ["bericht", "bescheid", "eingangsbestaetigung", "empfangsbescheinigung", "gebuehrenbescheid", "schalterbeleg"];

const FILES: [(&str, &str); 7] = [
    ("brief.typ", include_str!("../../../vorlagen/brief.typ")),
    ("bericht.typ", include_str!("../../../vorlagen/bericht.typ")),
    ("bescheid.typ", include_str!("../../../vorlagen/bescheid.typ")),
    ("eingangsbestaetigung.typ", include_str!("../../../vorlagen/eingangsbestaetigung.typ")),
    ("empfangsbescheinigung.typ", include_str!("../../../vorlagen/empfangsbescheinigung.typ")),
    ("gebuehrenbescheid.typ", include_str!("../../../vorlagen/gebuehrenbescheid.typ")),
    ("schalterbeleg.typ", include_str!("../../../vorlagen/schalterbeleg.typ")),
];

/// The product's own template of this name.
pub fn template_by_name(name: &str) -> Option<Template> {
    if !NAMES.contains(&name) {
        return None;
    }
    let main = format!("{name}.typ");
    let files = FILES.iter().filter(|(f, _)| *f == main || *f == "brief.typ");
    Some(Template { name: name.into(), files: files.map(|(f, t)| ((*f).into(), (*t).into())).collect() })
}

impl Template {
    /// A service's own main file on the product's letter form.
    pub fn own(name: &str, text: &str) -> Self {
        let brief = FILES.iter().filter(|(f, _)| *f == "brief.typ");
        let mut files: BTreeMap<_, _> = brief.map(|(f, t)| ((*f).to_owned(), (*t).to_owned())).collect();
        files.insert(format!("{name}.typ"), text.to_owned());
        Self { name: name.into(), files }
    }

    /// The product's template with the `.typ` files of `folder` over it (a town's or a service's own); a name
    /// the product does not know must come from the folder whole. A missing folder changes nothing.
    pub fn load(name: &str, folder: &Path) -> Result<Self, RenderError> {
        let mut template = template_by_name(name).unwrap_or_else(|| {
            let brief = FILES.iter().filter(|(f, _)| *f == "brief.typ");
            Self { name: name.into(), files: brief.map(|(f, t)| ((*f).into(), (*t).into())).collect() }
        });
        let main = format!("{name}.typ");
        for file in [main.as_str(), "brief.typ"] {
            match std::fs::read_to_string(folder.join(file)) {
                Ok(text) => drop(template.files.insert(file.into(), text)),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(RenderError::Template { file: file.into(), line: 0, detail: e.to_string() }),
            }
        }
        if template.files.contains_key(&main) {
            return Ok(template);
        }
        Err(RenderError::Template { file: main, line: 0, detail: "no such template".into() })
    }

    /// Hex SHA-256 over name and files, each with its length, in order of their names.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("aktenkette/vorlage/v1\n{}\n", self.name));
        for (name, text) in &self.files {
            hash.update(format!("{name}\n{}\n", text.len()));
            hash.update(text);
        }
        hex(&hash.finalize())
    }
}
