//! One file to be imported: whether its name and its place are sound, and what is in it.
//!
//! Follows no link and trusts no list: a path leads below the folder of the import or nowhere.

use akte_core::auszug::{Art, erkennen};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Files up to this size are read once and kept until they are stored.
pub const IM_SPEICHER: u64 = 64 << 20;
/// Longest path, in characters.
const PFAD: usize = 400;

/// One line of what is to be imported.
#[derive(Clone, Debug)]
pub struct Posten {
    /// Line of the list, or number of the file in the folder.
    pub zeile: u64,
    /// Below the folder of the import, with `/`.
    pub pfad: String,
    /// Where the file lies, or why it is not taken.
    pub datei: Result<PathBuf, String>,
    pub aktenzeichen: Option<String>,
    pub titel: Option<String>,
    /// From a list.
    pub datum: Option<Timestamp>,
    /// What a list says the bytes must hash to.
    pub sha256: Option<String>,
}

/// What was read of a file.
pub struct Inhalt {
    pub bytes: Option<Vec<u8>>,
    pub sha256: String,
    pub media: &'static str,
    /// Time of the file, if it can be believed.
    pub geaendert: Option<Timestamp>,
}

/// The file below `wurzel` that a path names.
pub fn finden(wurzel: &Path, pfad: &str) -> Result<PathBuf, String> {
    if pfad.is_empty() {
        return Err("Es ist keine Datei genannt.".into());
    }
    if pfad.chars().any(char::is_control) {
        return Err("Der Name enthält Steuerzeichen. Benennen Sie die Datei um.".into());
    }
    if pfad.chars().count() > PFAD {
        return Err(format!("Der Pfad ist länger als {PFAD} Zeichen."));
    }
    let teile: Vec<Component<'_>> = Path::new(pfad).components().collect();
    if !teile.iter().all(|t| matches!(t, Component::Normal(_))) || pfad.split('/').any(|t| t == "..") {
        return Err("Der Pfad führt aus dem Ordner hinaus. Nennen Sie ihn ab dem Ordner, ohne „..“.".into());
    }
    let ganz = wurzel.join(pfad);
    let meta = std::fs::symlink_metadata(&ganz).map_err(|e| unlesbar(&e))?;
    let wirklich = ganz.canonicalize().map_err(|e| unlesbar(&e))?;
    if !wirklich.starts_with(wurzel) {
        return Err("Die Verknüpfung führt aus dem Ordner hinaus.".into());
    }
    if meta.is_symlink() {
        return Err("Das ist eine Verknüpfung. Übernommen wird die Datei, auf die sie zeigt.".into());
    }
    if wirklich != ganz {
        return Err("Ein Ordner des Pfades ist eine Verknüpfung.".into());
    }
    if !meta.is_file() {
        return Err("Das ist keine gewöhnliche Datei.".into());
    }
    Ok(ganz)
}

/// Files the operating system leaves behind.
pub fn ist_beiwerk(name: &str) -> bool {
    name.starts_with('.')
        || name.starts_with("~$")
        || ["thumbs.db", "desktop.ini"].contains(&name.to_lowercase().as_str())
}

/// Reads and hashes; empty, too large and unreadable files and programs are refused. Blocks.
pub fn lesen(datei: &Path, hoechstens: u64, jetzt: Timestamp) -> Result<Inhalt, String> {
    let mut f = std::fs::File::open(datei).map_err(|e| unlesbar(&e))?;
    let meta = f.metadata().map_err(|e| unlesbar(&e))?;
    match meta.len() {
        0 => return Err("Die Datei ist leer.".into()),
        len if len > hoechstens => return Err(format!("Die Datei ist größer als {} MiB.", hoechstens >> 20)),
        _ => {}
    }
    let geaendert = meta.modified().ok().and_then(|t| Timestamp::try_from(t).ok()).filter(|t| glaubhaft(*t, jetzt));
    let behalten = meta.len() <= IM_SPEICHER;
    let (mut hash, mut len, mut ganz, mut ende) = (Sha256::new(), 0u64, Vec::new(), Vec::new());
    let mut puffer = vec![0; 1 << 16];
    let mut kopf = Vec::new();
    loop {
        let n = f.read(&mut puffer).map_err(|e| unlesbar(&e))?;
        if n == 0 {
            break;
        }
        hash.update(&puffer[..n]);
        len += n as u64;
        if len > hoechstens {
            return Err("Die Datei wächst, während sie gelesen wird.".into());
        }
        if behalten {
            ganz.extend_from_slice(&puffer[..n]);
        } else {
            // Kinds are told from the beginning and the end.
            kopf.extend_from_slice(&puffer[..n.min((1usize << 16).saturating_sub(kopf.len()))]);
            ende = puffer[..n].to_vec();
        }
    }
    if !behalten {
        ganz = [kopf, ende].concat();
    }
    let art = erkennen(&ganz);
    if art == Art::Programm {
        return Err("Das ist ein Programm. Programme werden nicht übernommen.".into());
    }
    let media = art.media(&ganz);
    let sha256 = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    Ok(Inhalt { bytes: behalten.then_some(ganz), sha256, media, geaendert })
}

/// Neither before there were such files nor after today.
pub fn glaubhaft(t: Timestamp, jetzt: Timestamp) -> bool {
    t.as_second() > -631_152_000 && t <= jetzt
}

fn unlesbar(e: &std::io::Error) -> String {
    use std::io::ErrorKind::{IsADirectory, NotFound, PermissionDenied};
    match e.kind() {
        NotFound => "Diese Datei gibt es nicht.".into(),
        PermissionDenied => "Die Datei darf nicht gelesen werden.".into(),
        IsADirectory => "Das ist ein Ordner.".into(),
        _ => format!("Die Datei ist nicht lesbar ({}).", e.kind()),
    }
}

/// A name as part of a file name.
pub fn zahm(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_below_the_folder_or_nowhere() {
        let dir = tempfile::tempdir().expect("dir");
        let wurzel = dir.path().canonicalize().expect("dir").join("w");
        std::fs::create_dir_all(wurzel.join("a")).expect("made");
        std::fs::write(wurzel.join("a/gut.txt"), "x").expect("written");
        std::fs::write(wurzel.join("../draussen.txt"), "x").expect("written");
        std::os::unix::fs::symlink("../draussen.txt", wurzel.join("link")).expect("link");
        std::os::unix::fs::symlink("a/gut.txt", wurzel.join("innen")).expect("link");
        std::os::unix::fs::symlink("a", wurzel.join("ordner")).expect("link");
        assert_eq!(finden(&wurzel, "a/gut.txt"), Ok(wurzel.join("a/gut.txt")));
        for (pfad, sagt) in [
            ("../draussen.txt", "hinaus"),
            ("a/../../draussen.txt", "hinaus"),
            ("a/../a/gut.txt", "hinaus"),
            ("/etc/passwd", "hinaus"),
            ("link", "hinaus"),
            ("innen", "Verknüpfung"),
            ("ordner/gut.txt", "Verknüpfung"),
            ("a", "gewöhnliche"),
            ("a/fehlt.txt", "gibt es nicht"),
            ("a/\u{7}.txt", "Steuerzeichen"),
            ("", "keine Datei"),
        ] {
            let said = finden(&wurzel, pfad).expect_err(pfad);
            assert!(said.contains(sagt), "{pfad}: {said}");
        }
    }
}
