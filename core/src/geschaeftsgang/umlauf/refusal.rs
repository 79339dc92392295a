//! Why a run says no.
//!
//! Sentences for the person at the desk; each names what helps.

use crate::geschaeftsgang::VERGEBEN;
use crate::geschaeftsgang::laufweg::LaufwegFehler;

/// Why a run says no.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum UmlaufRefusal {
    #[error("Diese Nummer ist schon vergeben.")]
    Vergeben,
    #[error("Diesen Geschäftsgang gibt es nicht.")]
    GibtEsNicht,
    #[error("Für dieses Dokument läuft schon ein Geschäftsgang. Ändern Sie dessen Laufweg, oder brechen Sie ihn ab.")]
    LaeuftSchon,
    #[error("Nur ein angemeldetes Konto kann das tun.")]
    NurKonto,
    #[error("{0}")]
    Laufweg(#[from] LaufwegFehler),
    #[error("Der Geschäftsgang läuft nicht (mehr).")]
    LaeuftNicht,
    #[error("Sie sind in diesem Schritt nicht gefragt.")]
    NichtAmZug,
    #[error("In diesem Schritt wird nicht gezeichnet. Bestätigen Sie die Kenntnisnahme oder die Erledigung.")]
    NichtsZuZeichnen,
    #[error("In diesem Schritt wird gezeichnet oder mit Grund zurückgegeben.")]
    ZuZeichnen,
    #[error(
        "Wer den Text verfasst oder vorgelegt hat, zeichnet ihn nicht, auch nicht in Vertretung und nicht durch eine Vertretung. Ändern Sie den Laufweg."
    )]
    VierAugen,
    #[error(
        "Sie haben Fassung {gesehen} gesehen; inzwischen gibt es Fassung {jetzt}{}. Ihre Zeichnung ist nicht gespeichert. Lesen Sie die neue Fassung, und zeichnen Sie dann.",
        grund.as_ref().map(|g| format!(" (Grund der Änderung: {g})")).unwrap_or_default()
    )]
    AndereFassung { gesehen: u32, jetzt: u32, grund: Option<String> },
    #[error("Das Dokument ist nicht mehr lesbar. Es wurde gelöscht.")]
    Geloescht,
    #[error(
        "Was schon erledigt ist, bleibt im Laufweg: Schritt {0} lässt sich so nicht ändern. Lassen Sie ihn an seiner Stelle, oder brechen Sie den Geschäftsgang ab und beginnen Sie einen neuen."
    )]
    ErledigtesBleibt(usize),
    #[error("Bitte füllen Sie „{0}“ aus.")]
    AngabeFehlt(&'static str),
    #[error("Noch offen: {}.", .0.join("; "))]
    OffenePunkte(Vec<String>),
    #[error("{0}")]
    Termin(String),
}

impl UmlaufRefusal {
    pub fn code(&self) -> &'static str {
        use UmlaufRefusal as R;
        match self {
            R::Vergeben => VERGEBEN,
            R::GibtEsNicht => "gibt_es_nicht",
            R::LaeuftSchon => "laeuft_schon",
            R::NurKonto => "nur_konto",
            R::Laufweg(_) => "laufweg",
            R::LaeuftNicht => "laeuft_nicht",
            R::NichtAmZug => "nicht_am_zug",
            R::NichtsZuZeichnen => "nichts_zu_zeichnen",
            R::ZuZeichnen => "zu_zeichnen",
            R::VierAugen => "vier_augen",
            R::AndereFassung { .. } => "andere_fassung",
            R::Geloescht => "geloescht",
            R::ErledigtesBleibt(_) => "erledigtes_bleibt",
            R::AngabeFehlt(_) => "angabe_fehlt",
            R::OffenePunkte(_) => "offene_punkte",
            R::Termin(_) => "termin",
        }
    }
}
