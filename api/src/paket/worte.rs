//! The texts of a package: how a court checks it, the page that checks it offline, the key to trust.
//!
//! Fixed but for names, days and keys.

use super::bau::Auftrag;
use super::inhalt::Art;

/// The verifier of receipts.
pub const PRUEFER: &str = include_str!("../../assets/pruefer.mjs");
/// The verifier of packages, which asks the first.
pub const PAKET: &str = include_str!("../../assets/paket.mjs");
const SEITE: &str = include_str!("../../assets/pruefen_paket.html");
const SKRIPT: &str = include_str!("../../assets/pruefen_paket.mjs");

/// Part of a file name and a word for a stream, by its first event.
pub fn stromart(wire: &str) -> (&'static str, &'static str) {
    match wire.split('.').next().unwrap_or_default() {
        "akte" | "teilakte" | "band" => ("akte", "Akte"),
        "antrag" | "vorgang" | "teilvorgang" => ("vorgang", "Vorgang"),
        "dokument" | "email" | "scan" | "eingang" => ("dokument", "Dokument"),
        _ => ("strom", "Ereignisse"),
    }
}

/// Ending of a document's file name.
pub fn endung(media: &str) -> &'static str {
    match media {
        "application/pdf" => "pdf",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/tiff" => "tif",
        "text/plain" => "txt",
        "text/csv" => "csv",
        "message/rfc822" => "eml",
        "application/json" => "json",
        "application/xml" | "text/xml" => "xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.oasis.opendocument.text" => "odt",
        _ => "bin",
    }
}

/// The keys of the log as a policy (c2sp.org/tlog-policy).
pub fn vertrauen(vkeys: &[String]) -> String {
    let logs: String = vkeys.iter().map(|k| format!("log {k}\n")).collect();
    format!("# Aus dem Paket selbst: Vergleichen Sie den Schlüssel mit einer zweiten Quelle.\n{logs}quorum none\n")
}

/// One page that needs nothing beside it and may reach nothing: both verifiers in it, joined.
pub fn pruefseite() -> String {
    let ohne_einfuhr: String = PAKET.split_inclusive('\n').filter(|l| !l.starts_with("import ")).collect();
    SEITE.replace("/*PROGRAMM*/", &format!("{PRUEFER}\n{ohne_einfuhr}\n{SKRIPT}"))
}

/// `LIESMICH.txt`: what it is, how to check it, what is proven and what is not.
pub fn liesmich(a: &Auftrag, stadt: &str, erstellt: &str, vkeys: &[String], ohne_tagesabschluss: bool) -> String {
    let az = a.aktenzeichen.as_deref().unwrap_or("ohne Aktenzeichen");
    let titel = a.art.titel();
    let schluessel: String = vkeys.iter().map(|k| format!("    {k}\n")).collect();
    let argument = vkeys.first().map_or("SCHLUESSEL", String::as_str);
    let luecke = if a.art == Art::Beweis { BEWEIS } else { EINSICHT };
    let ende = if ohne_tagesabschluss { OFFENES_ENDE } else { ENDE };
    format!(
        "{titel} zur Akte {az}\n{stadt}, erstellt am {erstellt}\n\n\
WAS DAS IST\n\n\
Die Stadt führt ihre Akten als Folge von Ereignissen: Antrag eingegangen, Vermerk\n\
geschrieben, Bescheid gezeichnet. Jedes Ereignis trägt die Prüfsumme seines Vorgängers.\n\
Über alle Ereignisse der Stadt wird laufend ein Stand gebildet und unterschrieben\n\
(Checkpoint). Dieses Paket enthält die Ereignisse einer Akte, ihre Dokumente und die\n\
Beweise, dass sie zu einem solchen unterschriebenen Stand gehören.\n\n\
WAS DARIN LIEGT\n\n\
zusammenfassung.pdf   die Akte zum Lesen\n\
ereignisse/           die Ereignisse mit ihren Angaben und Beweisen\n\
vollstaendigkeit/     der Beweis, dass in der Folge keines fehlt\n\
dokumente/            die Dokumente, Byte für Byte\n\
inhalt.json           das Inhaltsverzeichnis\n\
checkpoint            der unterschriebene Stand\n\
vertrauen.txt         der öffentliche Schlüssel des Protokolls\n\
pruefen.html          prüft das Paket in einem Browser, ohne Netz\n\
pruefer.mjs, paket.mjs  dasselbe als Programm für node\n\n\
SO PRÜFEN SIE\n\n\
Sie brauchen dafür weder uns noch eine Verbindung zum Internet.\n\n\
Im Browser: Öffnen Sie pruefen.html, und wählen Sie die ZIP-Datei dieses Pakets.\n\
Mit node (20.16 oder neuer), im entpackten Ordner:\n\n\
    node paket.mjs . --vkey {argument}\n\n\
Ausgang 0: Das Paket stimmt. Ausgang 1: Etwas wurde verändert oder fehlt; genannt wird,\n\
was. Ausgang 2: nicht prüfbar, zum Beispiel ohne Schlüssel.\n\n\
DER SCHLÜSSEL\n\n\
Der öffentliche Schlüssel des Protokolls ist\n\n{schluessel}\n\
Er steht hier nur zum Abschreiben. Wer das ganze Paket fälscht, fälscht auch diese\n\
Zeile. Vergleichen Sie den Schlüssel deshalb mit einer zweiten Quelle: der Seite\n\
{basis}/log, einer früheren Bescheinigung der Stadt oder einer Auskunft der\n\
Aufsichtsbehörde.\n\n\
WAS BEWIESEN IST\n\n\
- Jedes Ereignis und jede Angabe darin steht so im Protokoll der Stadt.\n\
- Die Ereignisse folgen in dieser Reihenfolge aufeinander; keines wurde später\n\
  eingeschoben, geändert oder herausgenommen.\n\
- Jedes Dokument ist Byte für Byte das, das damals festgehalten wurde.\n\
- Alles war spätestens dann festgehalten, als der Stand unterschrieben wurde.\n{ende}\n\
WAS NICHT BEWIESEN IST\n\n\
- Dass wahr ist, was jemand eingetragen hat.\n\
- Dass zu dieser Akte nichts außerhalb des Protokolls geschah.\n\
- Die genaue Uhrzeit eines Ereignisses: Sie ist die der Stadt.\n\
- Die Zusammenfassung als PDF: Sie dient dem Lesen.\n{luecke}",
        basis = a.basis_url.trim_end_matches('/'),
    )
}

const ENDE: &str = "- Bis zum letzten Tagesabschluss fehlt am Ende kein Ereignis.\n";
const OFFENES_ENDE: &str = "- Nicht bewiesen ist noch, dass am Ende eines Stroms kein Ereignis fehlt: Der erste\n  Tagesabschluss steht aus.\n";
const BEWEIS: &str = "- Wurde etwas rechtmäßig gelöscht, fehlt der Inhalt. Die Anordnung der Löschung liegt\n  bei; das Prüfprogramm verlangt sie.\n- Wer das Paket verändert, kann Angaben weglassen und das Inhaltsverzeichnis anpassen,\n  aber keine ändern und keine erfinden. Fragen Sie im Zweifel nach einem neuen Paket.\n";
const EINSICHT: &str = "- Dieses Paket zeigt nur einen Teil. Was fehlt, steht mit Grund in inhalt.json\n  (geschwaerzt). Dass die Stadt zu Recht geschwärzt hat, prüft das Programm nicht.\n";
