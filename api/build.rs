//! Embeds style, fonts and the verifier: our own always, KERN if `npm ci` has brought it.
//!
//! Downloads nothing: cargo alone is enough, and then the build says which look it has.

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
    let eigene = ["app.css", "wappen.svg", "pruefer.mjs", "pruefen.mjs"];
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
    schreiben(&aus, da, &dateien)
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
