//! The filing plan at the machine: written, changed in a spreadsheet, taken over from a day on, and told for any day.

use crate::akte::on;
use crate::ordner::{gegruendet, valid};
use std::path::Path;
use std::process::Command;

/// Whether the message is valid by the schemas of xdomea 3.0.0; says so where that cannot be told here.
fn gueltig(xml: &Path) -> bool {
    let Some(shared) = std::env::var_os("AKTE_SHARED") else {
        println!("skipped: shared data not found, 0301 not checked against its schema");
        return true;
    };
    let schema = Path::new(&shared).join("data/xdomea/xsd/3.0.0/xdomea.xsd");
    assert!(schema.exists(), "{}", schema.display());
    let out = Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(schema).arg(xml).output();
    match out {
        Ok(out) => {
            println!("{}", String::from_utf8_lossy(&out.stderr));
            out.status.success()
        }
        Err(e) => {
            assert!(std::env::var_os("AKTE_XML").is_none(), "xmllint: {e}");
            println!("skipped: xmllint not found, 0301 not checked against its schema");
            true
        }
    }
}

#[test]
fn a_plan_changed_in_a_spreadsheet_holds_from_its_day_and_the_day_before_tells_the_old_one() {
    let (folder, beiseite) = (gegruendet(), tempfile::tempdir().expect("dir"));
    let datei = |name: &str| beiseite.path().join(name).to_str().expect("UTF-8").to_owned();
    let (alt, neu, xml) = (datei("alt.csv"), datei("neu.csv"), datei("plan.xml"));
    on(folder.path(), &["aktenplan", "export", "--stand", "2027-06-01", "--nach", &alt]).ok();
    on(folder.path(), &["aktenplan", "export", "--nach", &alt]).refused("exists");
    let text = std::fs::read_to_string(&alt).expect("read");
    let geaendert = text
        .replace("22.3;Hundesteuer;", "22.3;Steuer für Hunde;")
        .lines()
        .filter(|l| !l.starts_with("32.5.1;"))
        .map(|l| format!("{l}\n"))
        .collect::<String>();
    std::fs::write(&neu, &geaendert).expect("written");
    let import = ["aktenplan", "import", &neu, "--ab", "2028-01-01"];
    let probe = on(folder.path(), &[&import[..], &["--probe"]].concat()).ok().out;
    assert!(probe.contains("22.3\t„Hundesteuer“ heißt jetzt „Steuer für Hunde“"), "{probe}");
    assert!(probe.contains("32.5.1\tgeschlossen: „Bewohnerparken“") && probe.contains("2 Unterschiede."), "{probe}");
    let kein = on(folder.path(), &["aktenplan", "diff", "--von", "2027-01-01", "--bis", "2029-01-01"]).ok().out;
    assert!(kein.contains("Kein Unterschied."), "a trial changes nothing: {kein}");
    assert!(on(folder.path(), &import).ok().out.contains("Der Plan gilt ab 2028-01-01."));
    assert!(on(folder.path(), &import).ok().out.contains("Der Plan galt schon so."), "twice is once");
    let diff = on(folder.path(), &["aktenplan", "diff", "--von", "2027-12-31", "--bis", "2028-01-01"]).ok().out;
    assert!(diff.contains("2 Unterschiede.") && diff.contains("32.5.1\tgeschlossen"), "{diff}");
    let am = |tag: &str| on(folder.path(), &["aktenplan", "list", "--stand", tag]).ok().out;
    assert!(am("2027-12-31").contains("32.5.1\tBewohnerparken") && am("2027-12-31").contains("22.3\tHundesteuer"));
    assert!(!am("2028-01-01").contains("32.5.1") && am("2028-01-01").contains("22.3\tSteuer für Hunde"));
    on(folder.path(), &["aktenplan", "import", &neu, "--ab", "2026-01-01"]).ok();
    on(folder.path(), &["aktenplan", "import", &alt, "--ab", "2029-01-01"]).refused("32.5.1 ist geschlossen");
    on(folder.path(), &["aktenplan", "export", "--stand", "2028-01-01", "--form", "xdomea", "--nach", &xml]).ok();
    assert!(gueltig(Path::new(&xml)), "{}", std::fs::read_to_string(&xml).expect("read"));
    let zurueck = on(folder.path(), &["aktenplan", "import", &xml, "--ab", "2029-01-01", "--probe"]).ok().out;
    assert!(zurueck.contains("Kein Unterschied."), "{zurueck}");
    valid(folder.path());
}

#[test]
fn a_plan_file_with_a_fault_names_its_place_and_changes_nothing() {
    let (folder, beiseite) = (gegruendet(), tempfile::tempdir().expect("dir"));
    for (name, inhalt, worte) in [
        ("a.csv", "kennung;titel;jahre;bewertung\n3;Ordnung;viele;B\n", "Zeile 2: jahre"),
        ("b.csv", "nummer;name\n", "die Spalte „kennung“ fehlt"),
        ("c.xml", "<?xml version=\"1.0\"?><x/>", "erwartet wird Aktenplan.Aktenplan.0301"),
        ("d.ods", "PK", "gelesen werden .csv, .xml"),
        ("e.csv", "kennung;titel;jahre;bewertung\n44;In der Luft;5;V\n", "übergeordnete"),
    ] {
        let datei = beiseite.path().join(name);
        std::fs::write(&datei, inhalt).expect("written");
        on(folder.path(), &["aktenplan", "import", datei.to_str().expect("UTF-8"), "--ab", "2028-01-01"])
            .refused(worte);
    }
    let kein = on(folder.path(), &["aktenplan", "diff", "--von", "2027-01-01", "--bis", "2029-01-01"]).ok().out;
    assert!(kein.contains("Kein Unterschied."), "{kein}");
}
