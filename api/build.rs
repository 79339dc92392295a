//! Embeds style, fonts and the verifier: our own always, KERN if `npm ci` has brought it; and the fixed texts.
//!
//! Downloads nothing: cargo alone is enough, and then the build says which look it has. A text that is
//! missing in one language stops the build.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Weights of Fira Sans that the pages use.
const SCHRIFTEN: [&str; 3] = ["FiraSans-Regular", "FiraSans-SemiBold", "FiraSans-Bold"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hier = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("assets");
    let aus = PathBuf::from(std::env::var("OUT_DIR")?);
    let kern = hier.join("node_modules/@kern-ux/native/dist");
    println!("cargo:rerun-if-changed=assets");
    println!("cargo:rerun-if-changed={}", kern.display());
    let eigene = ["app.css", "wappen.svg", "pruefer.mjs", "paket.mjs", "pruefen.mjs"];
    let mut dateien: Vec<(String, PathBuf)> = eigene.map(|name| (name.to_owned(), hier.join(name))).into();
    let da = kern.join("kern.min.css").is_file();
    if da {
        dateien.push(("kern.css".into(), kern.join("kern.min.css")));
        let mut schrift = String::new();
        for name in SCHRIFTEN {
            let gewicht = if name.ends_with("Regular") {
                400
            } else if name.ends_with("SemiBold") {
                600
            } else {
                700
            };
            writeln!(
                schrift,
                "@font-face{{font-family:'Fira Sans';src:url('{name}.woff2') format('woff2');font-weight:{gewicht};font-style:normal;font-display:swap}}"
            )?;
            dateien.push((format!("{name}.woff2"), kern.join(format!("fonts/fira-sans/{name}.woff2"))));
        }
        let pfad = aus.join("schrift.css");
        std::fs::write(&pfad, schrift)?;
        dateien.push(("schrift.css".into(), pfad));
        dateien.push(("KERN-LICENSE.txt".into(), kern.join("../LICENSE.md")));
    } else {
        println!("cargo:warning=KERN is not installed (npm ci in api/assets): the pages use the plain built-in style");
        dateien.push(("kern.css".into(), hier.join("basis.css")));
    }
    schreiben(&aus, da, &dateien)?;
    texte(&aus)
}

/// Section -> key -> text.
type Tafel = BTreeMap<String, BTreeMap<String, String>>;

/// `texte/{de,en,ls}.toml` as one struct with a static value per language: a template that names a text which
/// is not there does not compile, and neither does a language that lacks one.
fn texte(aus: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let ordner = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("texte");
    println!("cargo:rerun-if-changed=texte");
    let mut tafeln: Vec<(&str, Tafel)> = Vec::new();
    for sprache in ["de", "en", "ls"] {
        let text = std::fs::read_to_string(ordner.join(format!("{sprache}.toml")))?;
        tafeln.push((sprache, toml::from_str(&text).map_err(|e| format!("texte/{sprache}.toml: {e}"))?));
    }
    let de = &tafeln[0].1;
    for (sprache, tafel) in &tafeln {
        let faul = abweichungen(de, tafel);
        if !faul.is_empty() {
            return Err(format!("texte/{sprache}.toml and de.toml differ at: {}", faul.join(", ")).into());
        }
    }
    let mut rust = String::from("/// Every fixed text of the citizens' pages in one language.\npub struct Texte {\n");
    for abschnitt in de.keys() {
        writeln!(rust, "    pub {abschnitt}: {},", typ(abschnitt))?;
    }
    rust.push_str("}\n");
    for (abschnitt, zeilen) in de {
        abschnitt_schreiben(&mut rust, abschnitt, zeilen)?;
    }
    for (sprache, tafel) in &tafeln {
        writeln!(rust, "/// `texte/{sprache}.toml`\npub static {}: Texte = Texte {{", sprache.to_uppercase())?;
        for (abschnitt, zeilen) in tafel {
            let felder: String = zeilen.iter().map(|(k, v)| format!(" {k}: Satz({v:?}),")).collect();
            writeln!(rust, "    {abschnitt}: {} {{{felder} }},", typ(abschnitt))?;
        }
        rust.push_str("};\n");
    }
    std::fs::write(aus.join("texte.rs"), rust)?;
    Ok(())
}

/// `noch_einmal` -> `TextNochEinmal`
fn typ(abschnitt: &str) -> String {
    let wort = |w: &str| w.get(..1).unwrap_or_default().to_uppercase() + w.get(1..).unwrap_or_default();
    format!("Text{}", abschnitt.split('_').map(wort).collect::<String>())
}

fn abschnitt_schreiben(rust: &mut String, abschnitt: &str, zeilen: &BTreeMap<String, String>) -> std::fmt::Result {
    let typ = typ(abschnitt);
    writeln!(rust, "/// Section `[{abschnitt}]`.\npub struct {typ} {{")?;
    for k in zeilen.keys() {
        writeln!(rust, "    pub {k}: Satz,")?;
    }
    writeln!(rust, "}}\nimpl {typ} {{\n    /// The text with this key, for keys that are data.")?;
    writeln!(rust, "    pub fn finden(&self, key: &str) -> Option<Satz> {{\n        Some(match key {{")?;
    for k in zeilen.keys() {
        writeln!(rust, "            {k:?} => self.{k},")?;
    }
    writeln!(rust, "            _ => return None,\n        }})\n    }}\n}}")
}

/// Texts that are missing, too many, empty, or that have other places to fill in than the German ones.
fn abweichungen(de: &Tafel, andere: &Tafel) -> Vec<String> {
    let flach = |t: &Tafel| -> BTreeMap<String, String> {
        t.iter().flat_map(|(a, z)| z.iter().map(move |(k, v)| (format!("{a}.{k}"), v.clone()))).collect()
    };
    let (de, andere) = (flach(de), flach(andere));
    let stellen = |t: &str| ["{0}", "{1}"].map(|p| t.contains(p));
    let passt = |k: &str| match (de.get(k), andere.get(k)) {
        (Some(a), Some(b)) => !b.trim().is_empty() && stellen(a) == stellen(b),
        _ => false,
    };
    let alle: BTreeSet<&String> = de.keys().chain(andere.keys()).collect();
    alle.into_iter().filter(|k| !passt(k)).cloned().collect()
}

fn schreiben(aus: &Path, kern: bool, dateien: &[(String, PathBuf)]) -> Result<(), Box<dyn std::error::Error>> {
    let mut text = String::new();
    writeln!(text, "const KERN: bool = {kern};")?;
    writeln!(text, "const DATEIEN: &[(&str, &[u8])] = &[")?;
    for (name, pfad) in dateien {
        writeln!(text, "    ({name:?}, include_bytes!({:?})),", pfad.display().to_string())?;
    }
    writeln!(text, "];")?;
    std::fs::write(aus.join("embedded.rs"), text)?;
    Ok(())
}
