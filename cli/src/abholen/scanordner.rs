//! A folder a scanner writes into: finished files are taken with their Transfervermerk, and moved when they are in the book.
//!
//! A file is finished when two looks find it unchanged. Nothing is deleted: what is taken lies in `erledigt/`, what is not in
//! `abgelehnt/` with its reason beside it. Mails saved as .eml are taken here as well.

use super::Bilanz;
use super::einstellung::Scanordner;
use akte_api::annahme::{Angenommen, Ausgang, Tor, Umschlag, Vermerk};
use akte_core::eingang::grenzen::{FELD_ZEICHEN, ORIGINAL_BYTES};
use akte_core::execute::ExecuteError;
use anyhow::Context;
use jiff::Timestamp;
use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tokio::sync::watch;

const ERLEDIGT: &str = "erledigt";
const ABGELEHNT: &str = "abgelehnt";
/// Files of one look.
const JE_BLICK: usize = 200;
/// Largest sidecar.
const BEGLEIT_BYTES: u64 = 64 << 10;

/// What the look before found.
#[derive(Default)]
pub struct Blick(HashMap<PathBuf, Gesehen>);

/// A plain file as it was listed: which one it is, and how it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gesehen {
    laenge: u64,
    geaendert: SystemTime,
    /// Device and number on it.
    knoten: (u64, u64),
}

impl Gesehen {
    fn von(m: &Metadata) -> std::io::Result<Self> {
        Ok(Self { laenge: m.len(), geaendert: m.modified()?, knoten: (m.dev(), m.ino()) })
    }
}

/// What comes of one file.
enum Urteil {
    Genommen(Angenommen),
    /// With the reason for whoever looks into the folder.
    Abgelehnt(String),
}

/// One look into the folder.
pub async fn sehen(
    s: &Scanordner,
    tor: &Tor<'_>,
    blick: &mut Blick,
    told: &watch::Receiver<bool>,
) -> anyhow::Result<Bilanz> {
    let gefunden = dateien(&s.ordner).with_context(|| s.ordner.display().to_string())?;
    let mut bilanz = Bilanz::default();
    let ruhig = |pfad: &PathBuf, stand: &Gesehen| stand.laenge > 0 && blick.0.get(pfad) == Some(stand);
    let fertig: Vec<_> = gefunden.iter().filter(|(p, stand)| ruhig(p, stand)).cloned().collect();
    let mut rest = JE_BLICK;
    for (pfad, stand) in fertig {
        if rest == 0 || *told.borrow() {
            break;
        }
        let urteil = match eine(s, tor, &pfad, stand).await {
            Ok(urteil) => urteil,
            // One file that cannot be taken must not keep the others out; it stays and is tried again.
            Err(e) if e.downcast_ref::<ExecuteError>().is_none_or(|e| !super::vorbei(e)) => {
                let code = e.downcast_ref::<ExecuteError>().map_or("file", super::kurz);
                tracing::error!(code, "scanordner: a file was passed over");
                continue;
            }
            Err(e) => return Err(e),
        };
        let weg = match urteil {
            Urteil::Genommen(a) => {
                bilanz.zaehlen(a.ausgang);
                match a.ausgang {
                    Ausgang::Quarantaene(grund) => weglegen(&s.ordner, &pfad, ABGELEHNT, Some(grund.wort())),
                    _ => weglegen(&s.ordner, &pfad, ERLEDIGT, None),
                }
            }
            Urteil::Abgelehnt(grund) => {
                bilanz.abgelehnt += 1;
                weglegen(&s.ordner, &pfad, ABGELEHNT, Some(&grund))
            }
        };
        match weg {
            Ok(()) => rest -= 1,
            // It stays and is found to be in the book; the others are not kept out. Its name is not logged.
            Err(e) => tracing::error!(code = %e.kind(), "scanordner: a file cannot be moved away"),
        }
    }
    blick.0 = gefunden.into_iter().collect();
    Ok(bilanz)
}

/// Plain files by name; sidecars, hidden files, links and folders are none of them.
fn dateien(ordner: &Path) -> std::io::Result<Vec<(PathBuf, Gesehen)>> {
    let mut out = Vec::new();
    for eintrag in std::fs::read_dir(ordner)?.flatten() {
        let name = eintrag.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || name.ends_with(".toml") || name.ends_with(".part") {
            continue;
        }
        // Of the entry itself, never of where a link leads. Gone between listing and look: another one has it.
        let Ok(m) = eintrag.metadata() else { continue };
        if let (true, Ok(gesehen)) = (m.is_file(), Gesehen::von(&m)) {
            out.push((eintrag.path(), gesehen));
        }
    }
    out.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(out)
}

/// The bytes of the very file that was listed: a link put in its place leads to another one. `None`: it is not that
/// file any more, or it grew beyond `max` meanwhile.
fn lesen(pfad: &Path, gesehen: &Gesehen, max: u64) -> std::io::Result<Option<Vec<u8>>> {
    // Looked at before it is opened: a pipe put in its place would keep whoever opens it waiting.
    if Gesehen::von(&std::fs::symlink_metadata(pfad)?)? != *gesehen {
        return Ok(None);
    }
    let datei = File::open(pfad)?;
    if Gesehen::von(&datei.metadata()?)? != *gesehen {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    datei.take(max + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 == gesehen.laenge && gesehen.laenge <= max).then_some(bytes))
}

async fn eine(s: &Scanordner, tor: &Tor<'_>, pfad: &Path, stand: Gesehen) -> anyhow::Result<Urteil> {
    let name = pfad.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    if stand.laenge > ORIGINAL_BYTES as u64 {
        return Ok(Urteil::Abgelehnt(format!("Die Datei ist größer als {} MB.", ORIGINAL_BYTES >> 20)));
    }
    let da = Timestamp::try_from(stand.geaendert).unwrap_or_else(|_| tor.house.clock.now());
    let umschlag = Umschlag { einheit: s.einheit.clone(), received_at: da, dateiname: Some(name.clone()) };
    let mail = name.to_ascii_lowercase().ends_with(".eml");
    let vermerk = match vermerk(pfad, &name, da) {
        Ok(v) => Some(v),
        Err(_) if mail => None,
        Err(grund) => return Ok(Urteil::Abgelehnt(grund)),
    };
    let bytes = lesen(pfad, &stand, ORIGINAL_BYTES as u64)?.context("another file than was listed")?;
    let ergebnis = match vermerk.filter(|_| !mail) {
        None => tor.email(bytes, &umschlag).await,
        Some(v) => tor.scan(bytes, &umschlag, v).await,
    };
    match ergebnis {
        Ok(a) => Ok(Urteil::Genommen(a)),
        Err(ExecuteError::Refused { text, .. }) => Ok(Urteil::Abgelehnt(text)),
        Err(e) => Err(e.into()),
    }
}

/// The sidecar, where there is one.
fn begleitdatei(pfad: &Path) -> Result<Option<String>, String> {
    let unlesbar = || "Die Begleitdatei ist nicht lesbar.".to_owned();
    let m = match std::fs::symlink_metadata(pfad) {
        Ok(m) => m,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(_) => return Err(unlesbar()),
    };
    if !m.is_file() {
        return Err("Die Begleitdatei ist keine gewöhnliche Datei.".into());
    }
    if m.len() > BEGLEIT_BYTES {
        return Err(format!("Die Begleitdatei ist größer als {} KiB.", BEGLEIT_BYTES >> 10));
    }
    let bytes = Gesehen::von(&m).and_then(|g| lesen(pfad, &g, BEGLEIT_BYTES)).map_err(|_| unlesbar())?;
    String::from_utf8(bytes.ok_or_else(unlesbar)?)
        .map(Some)
        .map_err(|_| "Die Begleitdatei ist kein gültiges TOML.".into())
}

/// From `<file>.toml` beside it, or from a name like `Geraet__Bedienung__Rest.pdf`.
fn vermerk(pfad: &Path, name: &str, da: Timestamp) -> Result<Vermerk, String> {
    let mut begleit = pfad.as_os_str().to_owned();
    begleit.push(".toml");
    let gut = |t: &str| !t.trim().is_empty() && t.chars().count() <= FELD_ZEICHEN;
    if let Some(text) = begleitdatei(Path::new(&begleit))? {
        let table = text.parse::<toml::Table>().map_err(|_| "Die Begleitdatei ist kein gültiges TOML.".to_owned())?;
        let feld = |n: &str| table.get(n).and_then(toml::Value::as_str).filter(|t| gut(t)).map(str::to_owned);
        let (Some(scanner), Some(bedienung)) = (feld("scanner"), feld("bedienung")) else {
            return Err("Die Begleitdatei nennt scanner und bedienung nicht.".into());
        };
        let at = match feld("zeit") {
            None => da,
            Some(t) => t.parse().map_err(|_| {
                "zeit in der Begleitdatei ist kein Zeitpunkt, zum Beispiel 2026-11-20T08:15:00+01:00.".to_owned()
            })?,
        };
        return Ok(Vermerk { scanner, bedienung, at });
    }
    let mut teile = name.splitn(3, "__");
    match (teile.next(), teile.next(), teile.next()) {
        (Some(scanner), Some(bedienung), Some(_)) if gut(scanner) && gut(bedienung) => {
            Ok(Vermerk { scanner: scanner.to_owned(), bedienung: bedienung.to_owned(), at: da })
        }
        _ => Err(format!(
            "Kein Transfervermerk: Es fehlt die Begleitdatei {name}.toml mit scanner und bedienung, oder ein Dateiname wie Geraet__Bedienung__Rest.pdf."
        )),
    }
}

/// Moved within the folder, under a free name; its sidecar goes along, its reason lies beside it.
fn weglegen(ordner: &Path, pfad: &Path, wohin: &str, grund: Option<&str>) -> std::io::Result<()> {
    let ziel = ordner.join(wohin);
    std::fs::create_dir_all(&ziel)?;
    let name = pfad.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let frei = |n: u32| if n == 0 { name.clone() } else { format!("{n}-{name}") };
    let name = (0..).map(frei).find(|n| !ziel.join(n).exists()).unwrap_or(name.clone());
    if let Some(grund) = grund {
        // Before the move: a file in `abgelehnt/` never lies there without its reason.
        std::fs::write(ziel.join(format!("{name}.grund.txt")), format!("{grund}\n"))?;
    }
    let begleit = |p: &Path| PathBuf::from(format!("{}.toml", p.display()));
    let neu = ziel.join(&name);
    std::fs::rename(pfad, &neu)?;
    match std::fs::rename(begleit(pfad), begleit(&neu)) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn device_and_operator_come_from_the_sidecar_or_from_the_name() {
        let dir = tempfile::tempdir().expect("dir");
        let da: Timestamp = "2026-11-20T07:15:00Z".parse().expect("time");
        let lesen = |name: &str| vermerk(&dir.path().join(name), name, da);
        let v = lesen("Kyocera-1__P. Probe__0001.pdf").expect("by name");
        assert_eq!((v.scanner.as_str(), v.bedienung.as_str(), v.at), ("Kyocera-1", "P. Probe", da));
        for ohne in ["0001.pdf", "a__b.pdf", "__b__c.pdf", "a____c.pdf"] {
            assert!(lesen(ohne).expect_err(ohne).contains("Kein Transfervermerk"), "{ohne}");
        }
        let begleit = |text: &str| std::fs::write(dir.path().join("x.pdf.toml"), text).expect("written");
        begleit("scanner = \"Gerät 2\"\nbedienung = \"M. Muster\"\nzeit = \"2026-11-20T08:00:00+01:00\"");
        let v = lesen("x.pdf").expect("by sidecar");
        assert_eq!((v.scanner.as_str(), v.at.to_string().as_str()), ("Gerät 2", "2026-11-20T07:00:00Z"));
        for (text, words) in [
            ("scanner = ", "kein gültiges TOML"),
            ("scanner = \"a\"", "nennt scanner und bedienung nicht"),
            ("scanner = \"a\"\nbedienung = \"b\"\nzeit = \"gestern\"", "kein Zeitpunkt"),
        ] {
            begleit(text);
            assert!(lesen("x.pdf").expect_err(text).contains(words), "{text}");
        }
    }

    #[test]
    fn a_file_is_moved_once_under_a_free_name_with_its_reason_and_its_sidecar() {
        let dir = tempfile::tempdir().expect("dir");
        for _ in 0..2 {
            let pfad = dir.path().join("a.pdf");
            std::fs::write(&pfad, "x").expect("written");
            std::fs::write(dir.path().join("a.pdf.toml"), "y").expect("written");
            weglegen(dir.path(), &pfad, ABGELEHNT, Some("zu groß")).expect("moved");
        }
        for name in ["a.pdf", "a.pdf.toml", "a.pdf.grund.txt", "1-a.pdf", "1-a.pdf.toml", "1-a.pdf.grund.txt"] {
            assert!(dir.path().join(ABGELEHNT).join(name).exists(), "{name}");
        }
        assert!(dateien(dir.path()).expect("read").is_empty());
    }

    #[test]
    fn a_link_or_a_pipe_put_where_a_file_was_and_a_file_that_grows_are_not_read() {
        let dir = tempfile::tempdir().expect("dir");
        let (pfad, geheim) = (dir.path().join("a.pdf"), dir.path().join(".geheim"));
        std::fs::write(&pfad, "1234").expect("written");
        std::fs::write(&geheim, "1234").expect("written");
        let gesehen = dateien(dir.path()).expect("read")[0].1;
        assert_eq!(lesen(&pfad, &gesehen, 4).expect("read").as_deref(), Some(&b"1234"[..]));
        assert_eq!(lesen(&pfad, &gesehen, 3).expect("read"), None, "beyond the limit");
        std::fs::OpenOptions::new().append(true).open(&pfad).and_then(|mut f| f.write_all(b"5")).expect("grown");
        assert_eq!(lesen(&pfad, &gesehen, 9).expect("read"), None, "it grew");
        std::fs::remove_file(&pfad).expect("removed");
        std::os::unix::fs::symlink(&geheim, &pfad).expect("link");
        assert_eq!(lesen(&pfad, &gesehen, 9).expect("read"), None, "another file");
        std::fs::remove_file(&pfad).expect("removed");
        let pipe = std::process::Command::new("mkfifo").arg(&pfad).status().expect("mkfifo");
        assert!(pipe.success());
        assert_eq!(lesen(&pfad, &gesehen, 9).expect("read"), None, "nobody waits for a pipe");
        assert!(dateien(dir.path()).expect("read").is_empty());
    }

    #[test]
    fn a_sidecar_is_a_small_file_of_its_own() {
        let dir = tempfile::tempdir().expect("dir");
        let begleit = dir.path().join("x.pdf.toml");
        assert_eq!(begleitdatei(&begleit), Ok(None));
        std::fs::write(&begleit, "#".repeat(BEGLEIT_BYTES as usize + 1)).expect("written");
        assert!(begleitdatei(&begleit).expect_err("too large").contains("64 KiB"));
        std::fs::rename(&begleit, dir.path().join("anderswo")).expect("moved");
        std::os::unix::fs::symlink("anderswo", &begleit).expect("link");
        assert!(begleitdatei(&begleit).expect_err("link").contains("keine gewöhnliche"));
    }
}
