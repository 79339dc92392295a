//! All files below a folder, in the order of their paths, each with the Akte a mapping gives it.
//!
//! Enters no link. What cannot be named or taken stays a line with its reason: nothing is passed over in silence.

use super::datei::{self, Posten};
use super::liste::Zuordnung;
use std::path::Path;

/// Folders inside one another.
const TIEFE: usize = 64;

/// Every file, numbered.
pub fn posten(wurzel: &Path, zuordnung: Option<&Zuordnung>) -> Vec<Posten> {
    let mut out = Vec::new();
    gehen(wurzel, "", 0, &mut out);
    if let Some(zuordnung) = zuordnung {
        for p in &mut out {
            if let (Some(z), true) = (zuordnung.fuer(&p.pfad), p.datei.is_ok()) {
                match &z.fehler {
                    Some(why) => p.datei = Err(format!("Zuordnung, Zeile {}: {why}", z.zeile)),
                    None => p.aktenzeichen = Some(z.aktenzeichen.clone()),
                }
                p.titel.clone_from(&z.titel);
                p.datum = z.datum;
            }
        }
    }
    for (n, p) in out.iter_mut().enumerate() {
        p.zeile = n as u64 + 1;
    }
    out
}

fn gehen(wurzel: &Path, unter: &str, tiefe: usize, out: &mut Vec<Posten>) {
    let eintraege = match std::fs::read_dir(wurzel.join(unter)) {
        Ok(eintraege) => eintraege,
        Err(e) => return out.push(abgelehnt(unter, format!("Der Ordner ist nicht lesbar ({}).", e.kind()))),
    };
    if tiefe > TIEFE {
        return out.push(abgelehnt(unter, format!("Mehr als {TIEFE} Ordner ineinander.")));
    }
    let mut namen: Vec<_> = eintraege.flatten().map(|e| e.file_name()).collect();
    namen.sort();
    for name in namen {
        let Some(name) = name.to_str() else {
            let pfad = verbinden(unter, &name.to_string_lossy());
            out.push(abgelehnt(&pfad, "Der Name ist nicht in UTF-8. Benennen Sie die Datei um.".into()));
            continue;
        };
        let pfad = verbinden(unter, name);
        let ordner = std::fs::symlink_metadata(wurzel.join(&pfad)).is_ok_and(|m| m.is_dir());
        if datei::ist_beiwerk(name) {
            out.push(abgelehnt(&pfad, "Das hat ein Programm oder das Betriebssystem hier abgelegt.".into()));
        } else if ordner && !name.chars().any(char::is_control) {
            gehen(wurzel, &pfad, tiefe + 1, out);
        } else {
            let datei = datei::finden(wurzel, &pfad);
            out.push(Posten { datei, ..abgelehnt(&pfad, String::new()) });
        }
    }
}

fn verbinden(unter: &str, name: &str) -> String {
    if unter.is_empty() { name.to_owned() } else { format!("{unter}/{name}") }
}

fn abgelehnt(pfad: &str, why: String) -> Posten {
    Posten {
        zeile: 0,
        pfad: pfad.to_owned(),
        datei: Err(why),
        aktenzeichen: None,
        titel: None,
        datum: None,
        sha256: None,
    }
}
