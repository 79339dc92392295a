//! Why a procedure says no: one enum, a stable code each, a plain German sentence.
//!
//! Texts name the rule and the remedy, never a person's data.

use super::bescheidpruefung::Mangel;
use super::state::Status;
use super::zustellung::Zustand;
use jiff::civil::Date;
use uuid::Uuid;

/// Refusals of the room `verfahren`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    #[error("Diese Leistung gibt es nicht oder nicht mehr.")]
    LeistungUnbekannt,
    #[error("Auf diesem Weg kann die Leistung nicht beantragt werden.")]
    KanalNichtVorgesehen,
    #[error("Der Eingang kann nicht in der Zukunft liegen.")]
    EingangInZukunft,
    #[error("Das Feld {0} gehört nicht zu dieser Leistung.")]
    FeldUnbekannt(String),
    #[error("Die Unterlage {0} gehört nicht zu dieser Leistung.")]
    UnterlageUnbekannt(String),
    #[error("Dieser Antrag ist schon eingegangen.")]
    SchonEingegangen,
    #[error("Im Stand „{}“ ist das nicht möglich.", .0.wort())]
    NichtMoeglich(Status),
    #[error("Die Akte ist {0}. Ein Vorgang aus ihr lässt sich nicht wieder aufnehmen; legen Sie einen neuen an.")]
    AkteZuEnde(&'static str),
    #[error("Der Vorgang ist zu den Akten verfügt. Nehmen Sie ihn zuerst wieder auf.")]
    Geschlossen,
    #[error("Bitte füllen Sie „{0}“ aus.")]
    AngabeFehlt(&'static str),
    #[error("Die Angabe „{0}“ ist so nicht zulässig.")]
    AngabeUngueltig(&'static str),
    #[error("Ein anderes Konto hat diesen Vorgang schon übernommen.")]
    SchonUebernommen(Uuid),
    #[error("Seit der Zuweisung ist im Vorgang etwas geschehen. Weisen Sie ihn bei Bedarf neu zu.")]
    ZuteilungUeberholt,
    #[error("Das ist einem Konto der Verwaltung vorbehalten.")]
    NurKonto,
    #[error("Diese Nachforderung ist nicht offen.")]
    NachforderungNichtOffen,
    #[error("Diese Stelle ist nicht beteiligt oder hat schon geantwortet.")]
    StelleNichtOffen,
    #[error("Diesen Vermerk gibt es nicht, oder er ist schon storniert.")]
    VermerkNichtOffen,
    #[error("Dieser Schritt gehört nicht zu dieser Leistung: {0}.")]
    SchrittUnbekannt(String),
    #[error(
        "Vor einer belastenden Entscheidung ist anzuhören (§ 28 VwVfG). Hören Sie an oder begründen Sie den Verzicht."
    )]
    AnhoerungFehlt,
    #[error("Die Entscheidung braucht eine Begründung (§ 39 VwVfG).")]
    BegruendungFehlt,
    #[error("Diese Leistung endet nicht mit einem Bescheid.")]
    KeinBescheid,
    #[error("Es gibt noch keinen Entwurf als Dokument. Bitte warten Sie einen Augenblick.")]
    NichtGerendert,
    #[error(
        "Die Ausfertigung mit dem Namen der zeichnenden Person entsteht gerade. Bitte warten Sie einen Augenblick."
    )]
    NichtAusgefertigt,
    #[error("Der Entwurf wurde inzwischen geändert. Sehen Sie sich die neue Fassung an und zeichnen Sie diese.")]
    VeralteteFassung,
    #[error("Wer entworfen hat, zeichnet nicht selbst, auch nicht in Vertretung.")]
    VierAugen,
    #[error("Sie sind an diesem Geschäftsgang nicht beteiligt.")]
    NichtBeteiligt,
    #[error("Es fehlen noch Mitzeichnungen.")]
    MitzeichnungOffen,
    #[error("Die Bereitstellung endete ohne Abruf nach zehn Tagen. Geben Sie den Bescheid auf anderem Weg bekannt.")]
    BereitstellungBeendet,
    #[error("Die Frist läuft noch bis {0}.")]
    FristLaeuft(Date),
    #[error("Für diesen Vorgang ist keine solche Gebühr offen.")]
    GebuehrNichtOffen,
    #[error("Der Betrag stimmt nicht mit der Gebühr überein.")]
    BetragFalsch,
    #[error("Erst wird der Empfang bescheinigt, dann übermittelt.")]
    NochNichtBescheinigt,
    #[error("Für diese Stelle ist keine Übermittlung in diesem Stand vorgesehen.")]
    UebermittlungNichtOffen,
    #[error("Der Vorgang hat noch kein Aktenzeichen.")]
    NichtRegistriert,
    #[error("Noch offen: {}.", .0.join(", "))]
    OffenePunkte(Vec<String>),
    #[error("Die Rechtsdaten geben keine Antwort: {0}")]
    Recht(String),
    // facts, hand-over, redacted answers
    #[error("„{0}“ ist in diesem Vorgang nicht vorgesehen: Die Bedingung dafür ist nicht erfüllt.")]
    TatsacheNichtVorgesehen(String),
    #[error("„{schritt}“ kommt noch nicht. Davor fehlt: {}.", .davor.join(", "))]
    TatsacheZuFrueh { schritt: String, davor: Vec<String> },
    #[error("Diese Leistung wird nicht auf diesem Weg abgegeben. Nehmen Sie „An die zuständige Stelle abgeben“.")]
    KeineAbgabe,
    #[error("Es ist keine Abgabe offen, die bestätigt werden könnte.")]
    AbgabeNichtOffen,
    #[error("Der Grund „{0}“ für eine Schwärzung steht nicht in der Leistung.")]
    GrundUnbekannt(String),
    #[error("Diese Leistung gibt keine geschwärzten Auskünfte.")]
    KeineAuskunft,
    #[error("Das Ereignis hat sich geändert oder ist ein anderes. Öffnen Sie es neu.")]
    AuskunftVeraltet,
    // Fristen after their computation
    #[error("Eine Frist „{0}“ läuft in diesem Vorgang nicht. Laden Sie die Seite neu.")]
    FristUnbekannt(String),
    /// Names the Frist, the norm and the remedy.
    #[error("{0}")]
    Frist(String),
    // Versand und Zustellung
    #[error(
        "Die Person hat in den Abruf im Portal nicht eingewilligt (§ 41 Abs. 2a VwVfG). Wählen Sie einen anderen Weg oder halten Sie die Einwilligung fest."
    )]
    EinwilligungFehlt,
    #[error(
        "Die Anschrift ist unvollständig: Name, Straße, Postleitzahl und Ort werden gebraucht. Wählen Sie einen anderen Weg oder fordern Sie die Anschrift nach."
    )]
    AnschriftFehlt,
    #[error("Der Bescheid ist schon zum Versand gegeben. Warten Sie, bis er das Haus verlassen hat.")]
    VersandLaeuft,
    #[error("Es gibt keinen Versand, für den das möglich ist.")]
    KeinVersand,
    #[error(
        "Die Minute zum Zurücknehmen ist vorbei. Ändern lässt sich der Bescheid jetzt nur noch durch Aufhebung oder Berichtigung (§§ 42, 48, 49 VwVfG)."
    )]
    HaltVorbei,
    #[error("Der Versand wird noch eine Minute angehalten. Versuchen Sie es gleich wieder.")]
    HaltLaeuft,
    #[error("Der Brief wurde noch nicht zum Drucken geholt. Holen Sie zuerst den Druckstapel.")]
    NichtGedruckt,
    #[error("Aus „{}“ kann nicht „{}“ werden.", .0.wort(), .1.wort())]
    ZustandUnmoeglich(Zustand, Zustand),
    #[error("Dieser Versuch, den Hinweis zu senden, ist überholt.")]
    HinweisUeberholt,
    // notices
    #[error(
        "„Ermessen“ fehlt: Nennen Sie die Gesichtspunkte, von denen Sie bei der Ausübung des Ermessens ausgegangen sind (§ 39 Abs. 1 Satz 3 VwVfG)."
    )]
    ErmessenFehlt,
    #[error("Der Bescheid kann so nicht gezeichnet werden. {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))]
    BescheidMangel(Vec<Mangel>),
    #[error("Es ist kein Widerspruch offen, über den zu entscheiden wäre (§§ 72, 73 VwGO). Tragen Sie ihn zuerst ein.")]
    KeinWiderspruch,
    #[error(
        "Über einen Widerspruch entscheidet ein eigener Bescheid (§§ 72, 73 VwGO). Beginnen Sie einen Abhilfe- oder Widerspruchsbescheid."
    )]
    WiderspruchBrauchtBescheid,
    #[error("Diese Unterschrift ist nicht offen: Sie wurde schon gegeben oder abgelehnt, oder niemand braucht sie.")]
    UnterschriftNichtOffen,
    #[error("Dieser Link gilt nicht mehr. Bitten Sie die Person, die den Antrag gestellt hat, um den neuen.")]
    UnterschriftLinkErsetzt,
    #[error(
        "Der Antrag wurde ergänzt, seit Sie ihn gesehen haben. Sehen Sie ihn noch einmal an, und unterschreiben Sie den neuen Stand."
    )]
    UnterschriftVeraltet,
    #[error("So steht es schon im Vorgang. Geben Sie an, wie es richtig lautet.")]
    NichtsBerichtigt,
    #[error("Es fehlt die Unterschrift von: {}. Ohne sie kann nicht stattgegeben werden.", .0.join(", "))]
    UnterschriftFehlt(Vec<String>),
}

impl Refusal {
    /// Stable code, for the API and for tests.
    pub fn code(&self) -> &'static str {
        use Refusal::*;
        match self {
            LeistungUnbekannt => "leistung_unbekannt",
            KanalNichtVorgesehen => "kanal_nicht_vorgesehen",
            EingangInZukunft => "eingang_in_zukunft",
            FeldUnbekannt(_) => "feld_unbekannt",
            UnterlageUnbekannt(_) => "unterlage_unbekannt",
            SchonEingegangen => "schon_eingegangen",
            NichtMoeglich(_) => "nicht_moeglich",
            AkteZuEnde(_) => "akte_zu_ende",
            Geschlossen => "geschlossen",
            AngabeFehlt(_) => "angabe_fehlt",
            AngabeUngueltig(_) => "angabe_ungueltig",
            SchonUebernommen(_) => "schon_uebernommen",
            ZuteilungUeberholt => "zuteilung_ueberholt",
            NurKonto => "nur_konto",
            NachforderungNichtOffen => "nachforderung_nicht_offen",
            StelleNichtOffen => "stelle_nicht_offen",
            VermerkNichtOffen => "vermerk_nicht_offen",
            SchrittUnbekannt(_) => "schritt_unbekannt",
            AnhoerungFehlt => "anhoerung_fehlt",
            BegruendungFehlt => "begruendung_fehlt",
            KeinBescheid => "kein_bescheid",
            NichtGerendert => "nicht_gerendert",
            NichtAusgefertigt => "nicht_ausgefertigt",
            VeralteteFassung => "veraltete_fassung",
            VierAugen => "vier_augen",
            NichtBeteiligt => "nicht_beteiligt",
            MitzeichnungOffen => "mitzeichnung_offen",
            BereitstellungBeendet => "bereitstellung_beendet",
            FristLaeuft(_) => "frist_laeuft",
            GebuehrNichtOffen => "gebuehr_nicht_offen",
            BetragFalsch => "betrag_falsch",
            NochNichtBescheinigt => "noch_nicht_bescheinigt",
            UebermittlungNichtOffen => "uebermittlung_nicht_offen",
            NichtRegistriert => "nicht_registriert",
            OffenePunkte(_) => "offene_punkte",
            Recht(_) => "recht",
            TatsacheNichtVorgesehen(_) => "tatsache_nicht_vorgesehen",
            TatsacheZuFrueh { .. } => "tatsache_zu_frueh",
            KeineAbgabe => "keine_abgabe",
            AbgabeNichtOffen => "abgabe_nicht_offen",
            GrundUnbekannt(_) => "grund_unbekannt",
            KeineAuskunft => "keine_auskunft",
            AuskunftVeraltet => "auskunft_veraltet",
            FristUnbekannt(_) => "frist_unbekannt",
            Frist(_) => "frist",
            EinwilligungFehlt => "einwilligung_fehlt",
            AnschriftFehlt => "anschrift_fehlt",
            VersandLaeuft => "versand_laeuft",
            KeinVersand => "kein_versand",
            HaltVorbei => "halt_vorbei",
            HaltLaeuft => "halt_laeuft",
            NichtGedruckt => "nicht_gedruckt",
            ZustandUnmoeglich(..) => "zustand_unmoeglich",
            HinweisUeberholt => "hinweis_ueberholt",
            ErmessenFehlt => "ermessen_fehlt",
            BescheidMangel(_) => "bescheid_mangel",
            KeinWiderspruch => "kein_widerspruch",
            WiderspruchBrauchtBescheid => "widerspruch_braucht_bescheid",
            UnterschriftNichtOffen => "unterschrift_nicht_offen",
            UnterschriftLinkErsetzt => "unterschrift_link_ersetzt",
            UnterschriftVeraltet => "unterschrift_veraltet",
            NichtsBerichtigt => "nichts_berichtigt",
            UnterschriftFehlt(_) => "unterschrift_fehlt",
        }
    }

    /// What the answer carries besides the sentence: the account that was faster.
    pub fn konto(&self) -> Option<Uuid> {
        match self {
            Refusal::SchonUebernommen(k) => Some(*k),
            _ => None,
        }
    }
}
