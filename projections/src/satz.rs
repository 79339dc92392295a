//! One plain German sentence for every event, from its open values only.
//!
//! Repeats nothing that is sealed, so a sentence never has to be erased. `{konto}` values stay ids
//! here; the timeline puts in the name the account has when it is read.

use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::OnceLock;

/// Wire name -> sentence. `[key]` is an open value, `[key:form]` formats it: `datum`, `euro`, `konto`,
/// `wort`; `[key?text]` gives the text only where the value is there.
pub const SAETZE: &[(&str, &str)] = &[
    // Vorgang
    ("antrag.submitted.v1", "Antrag eingegangen[kanal?, Kanal: ][kanal:wort]."),
    ("unterlage.supplied.v1", "Unterlage nachgereicht: [unterlage][kanal?, Kanal: ][kanal:wort]."),
    ("vorgang.registered.v1", "Der Vorgang ist einer Akte zugeordnet."),
    ("vorgang.assigned.v1", "Zugewiesen an [an:konto]."),
    ("vorgang.assignment_undone.v1", "Zuweisung zurückgenommen[an?; zuständig ist wieder ][an:konto]."),
    ("vorgang.taken_over.v1", "[an:konto] hat den Vorgang übernommen."),
    ("vorgang.pruefung_started.v1", "Die Prüfung hat begonnen."),
    ("vollstaendigkeit.checked.v1", "Vollständigkeit geprüft[fehlend?; es fehlt: ][fehlend]."),
    ("antrag.step_done.v1", "Schritt erledigt: [schritt]."),
    ("antrag.receipt_issued.v1", "Empfangsbescheinigung erteilt[faellig?; fällig war sie bis ][faellig:datum]."),
    ("nachforderung.issued.v1", "Nachgefordert: [unterlagen]. Frist bis [frist:datum]."),
    ("nachforderung.closed.v1", "Nachforderung beendet: [grund:wort]."),
    ("stelle.consulted.v1", "Stellungnahme erbeten von: [stelle]."),
    ("stellungnahme.received.v1", "Stellungnahme eingegangen von: [stelle]."),
    ("anhoerung.started.v1", "Anhörung begonnen. Frist bis [frist:datum]."),
    ("anhoerung.held.v1", "Die Anhörung hat stattgefunden."),
    ("anhoerung.waived.v1", "Von der Anhörung abgesehen (§ 28 VwVfG, Nr. [nr])."),
    ("vorgang.paused.v1", "Das Verfahren ruht."),
    ("vorgang.resumed.v1", "Das Verfahren wird fortgesetzt."),
    ("vorgang.withdrawn.v1", "Der Antrag wurde zurückgenommen."),
    ("vorgang.abgegeben.v1", "Abgegeben an: [stelle] ([rechtsgrundlage])."),
    ("vorgang.erledigt.v1", "Der Vorgang hat sich anders erledigt."),
    ("vermerk.written.v1", "Vermerk geschrieben."),
    ("vermerk.cancelled.v1", "Vermerk gestrichen."),
    ("frist.computed.v1", "Frist berechnet: [frist] bis [end:datum]."),
    ("frist.done.v1", "Frist erledigt: [frist]."),
    ("frist.extended.v1", "Frist verlängert: [frist]. Neues Ende [end:datum], mitgeteilt am [mitgeteilt_am:datum]."),
    ("frist.suspended.v1", "Frist gehemmt: [frist], ab [ab:datum] ([anlass:wort])."),
    ("frist.resumed.v1", "Frist läuft weiter: [frist]. Gehemmt bis [bis:datum], Ende [end:datum]."),
    ("frist.missed.v1", "Frist versäumt: [frist]. Ende war [end:datum]."),
    ("frist.recomputed.v1", "Frist neu berechnet: [frist] bis [end:datum]."),
    ("gebuehr.assessed.v1", "Gebühr festgesetzt: [betrag_cent:euro] ([zeile])."),
    ("gebuehr.paid.v1", "Gebühr bezahlt: [betrag_cent:euro] ([weg:wort])."),
    ("gebuehr.waived.v1", "Gebühr erlassen: [zeile]."),
    ("vorgang.entscheidungsreif.v1", "Der Vorgang ist entscheidungsreif."),
    ("bescheid.drafted.v1", "Bescheid entworfen: [tenor:wort], Fassung [fassung]."),
    ("bescheid.rendered.v1", "Bescheid als Dokument erzeugt, Fassung [fassung]."),
    ("geschaeftsgang.started.v1", "Geschäftsgang begonnen, Fassung [fassung]."),
    ("mitzeichnung.given.v1", "[durch:konto] hat mitgezeichnet, Fassung [fassung]."),
    ("mitzeichnung.refused.v1", "[durch:konto] hat nicht mitgezeichnet, Fassung [fassung]."),
    ("schlusszeichnung.given.v1", "[durch:konto] hat schlussgezeichnet, Fassung [fassung]."),
    ("bescheid.ausgefertigt.v1", "Bescheid ausgefertigt, Fassung [fassung]; gezeichnet von [durch:konto]."),
    ("zeichnung.voided_by_change.v1", "Die Zeichnungen gelten nicht mehr: Der Text wurde geändert."),
    ("bescheid.dispatched.v1", "Bescheid versandt am [am:datum] ([weg:wort])."),
    ("zustellung.reported.v1", "Zustellung gemeldet am [am:datum]: [status:wort]."),
    ("bekanntgabe.effected.v1", "Bescheid bekannt gegeben am [am:datum] ([art:wort])."),
    ("bekanntgabe.revoked.v1", "Die Bekanntgabe gilt nicht: [grund:wort]."),
    ("widerspruch.received.v1", "Widerspruch eingegangen am [am:datum]."),
    ("widerspruch.decided.v1", "Über den Widerspruch ist entschieden: [ergebnis:wort]."),
    ("bestandskraft.reached.v1", "Der Bescheid ist bestandskräftig seit [am:datum]."),
    ("uebermittlung.planned.v1", "Übermittlung vorgesehen an: [stelle] ([rechtsgrundlage])."),
    ("uebermittlung.sent.v1", "Übermittelt an: [stelle]."),
    ("uebermittlung.acknowledged.v1", "Empfang bestätigt von: [stelle]."),
    ("uebermittlung.failed.v1", "Übermittlung gescheitert an: [stelle]."),
    ("uebermittlung.waived.v1", "Auf die Übermittlung verzichtet: [stelle]."),
    ("code.revoked.v1", "Der Zugangscode wurde ersetzt."),
    ("vorgang.closed.v1", "Zu den Akten verfügt[aufbewahrung_bis?; aufzubewahren bis ][aufbewahrung_bis:datum]."),
    ("vorgang.reopened.v1", "Der Vorgang wurde wieder aufgenommen."),
    (
        "abgabe.sent.v1",
        "Abgegeben an: [stelle] ([rechtsgrundlage]), auf dem Weg: [weg:wort.abgabe]. Noch nicht bestätigt.",
    ),
    ("abgabe.confirmed.v1", "Die Abgabe ist bestätigt von: [stelle]."),
    ("abgabe.unconfirmed.v1", "Die Abgabe ist bis [frist:datum] nicht bestätigt worden: Wiedervorlage ([stelle])."),
    ("auskunft.issued.v1", "Geschwärzte Auskunft erteilt aus Ereignis [index]; offen: [freigegeben]."),
    ("correction.noted.v1", "Berichtigt: [target]."),
    // Versand und Zustellung
    ("versand.requested.v1", "Versand veranlasst am [am:datum] ([weg:wort]), Fassung [fassung]."),
    ("versand.cancelled.v1", "Versand zurückgenommen am [am:datum]."),
    ("druck.taken.v1", "Brief zum Drucken geholt am [am:datum]."),
    ("zustellungsurkunde.recorded.v1", "Zustellungsurkunde: zugestellt am [am:datum] ([art:wort])."),
    ("empfang.acknowledged.v1", "Empfang am Schalter bestätigt am [am:datum]."),
    ("einwilligung.given.v1", "In den Abruf im Portal eingewilligt am [am:datum][kanal?, ][kanal:wort]."),
    ("einwilligung.withdrawn.v1", "Einwilligung in den Abruf im Portal widerrufen am [am:datum]."),
    ("hinweis.queued.v1", "Hinweis per E-Mail vorgemerkt am [am:datum]."),
    ("hinweis.reported.v1", "Hinweis per E-Mail: [status:wort] (Versuch [versuch])."),
    ("bestandskraft.revoked.v1", "Die Bestandskraft gilt nicht: [grund:wort]."),
    ("bescheid.akt_opened.v1", "Weiterer Bescheid begonnen (Nr. [akt]): [art:wort], zu Bescheid Nr. [bezug]."),
    ("bescheid.akt_discarded.v1", "Bescheid Nr. [akt] verworfen."),
    (
        "bescheid.akt_joined.v1",
        "Bescheid Nr. [akt] gehört jetzt zu Bescheid Nr. [bezug]; dessen Fristen laufen weiter.",
    ),
    ("unterschrift.requested.v1", "Unterschrift erbeten: [rolle]."),
    ("unterschrift.given.v1", "Unterschrift gegeben: [rolle] ([weg:wort])."),
    ("unterschrift.declined.v1", "Unterschrift abgelehnt: [rolle] ([weg:wort])."),
    // Leistung, Datensatz
    ("leistung.adopted.v1", "Leistung in Kraft gesetzt: [id], Fassung [version], gültig ab [gueltig_ab:datum]."),
    ("leistung.closed.v1", "Leistung beendet: [id]."),
    ("leistung.proposed.v1", "Leistung vorgeschlagen von [durch:konto]: [id], Fassung [version]."),
    ("leistung.approved.v1", "[durch:konto] hat den Vorschlag zur Leistung [id] genehmigt."),
    ("leistung.rejected.v1", "[durch:konto] hat den Vorschlag zur Leistung [id] abgelehnt."),
    ("leistung.listed.v1", "Leistung im Verzeichnis vermerkt: [id]."),
    ("datensatz.row_released.v1", "Offene Daten: eine Zeile veröffentlicht ([dataset], [release])."),
    ("datensatz.row_withdrawn.v1", "Offene Daten: eine Zeile zurückgezogen."),
    // Akte
    ("aktenplan.imported.v1", "Aktenplan übernommen."),
    ("aktenplan.einheit_added.v1", "Aktenplan: eine Einheit ergänzt."),
    ("aktenplan.einheit_renamed.v1", "Aktenplan: [kennung] umbenannt in [titel]."),
    ("aktenplan.einheit_revised.v1", "Aktenplan: Aufbewahrung oder Bewertung von [kennung] geändert."),
    ("aktenplan.einheit_closed.v1", "Aktenplan: [kennung] geschlossen zum [valid_until:datum]."),
    ("nummer.assigned.v1", "Nummer vergeben: [kennung], [jahr], [nummer]."),
    ("akte.opened.v1", "Akte angelegt (Aktenplan [aktenplan])."),
    ("akte.aktenzeichen_assigned.v1", "Aktenzeichen vergeben."),
    ("akte.reclassified.v1", "Akte umgelegt zu Aktenplan [aktenplan]."),
    ("akte.dokument_filed.v1", "Dokument zur Akte genommen."),
    ("akte.closed.v1", "Akte geschlossen[aufbewahrung_bis?; aufzubewahren bis ][aufbewahrung_bis:datum]."),
    ("akte.reopened.v1", "Akte wieder geöffnet."),
    (
        "akteneinsicht.granted.v1",
        "Akteneinsicht gewährt: [ereignisse] Ereignisse, [dokumente] Dokumente, [geschwaerzt] Angaben geschwärzt.",
    ),
    ("dokument.filed_late.v1", "Dokument nachträglich zur Akte genommen."),
    (
        "aufbewahrung.computed.v1",
        "Aufbewahrung berechnet ab [start_event:wort][end?: bis ][end:datum] ([anlass:wort], Regel [rule_version]).",
    ),
    ("aufbewahrung.override_proposed.v1", "[durch:konto] schlägt ein anderes Ende der Aufbewahrung vor: [end:datum]."),
    (
        "aufbewahrung.overridden.v1",
        "Ende der Aufbewahrung festgesetzt auf [end:datum], vorgeschlagen von [vorgeschlagen:konto], genehmigt von [durch:konto].",
    ),
    ("aufbewahrung.override_rejected.v1", "[durch:konto] hat das andere Ende der Aufbewahrung abgelehnt."),
    ("sperre.set.v1", "[durch:konto] hat eine Sperre gesetzt am [am:datum] ([zweck:wort])."),
    ("sperre.lifted.v1", "[durch:konto] hat eine Sperre aufgehoben am [am:datum]."),
    ("aussonderung.offered.v1", "Dem Archiv angeboten am [am:datum]."),
    ("aussonderung.appraised.v1", "Vom Archiv bewertet am [am:datum]: [bewertung]."),
    ("aussonderung.imported.v1", "Vom Archiv übernommen am [am:datum]."),
    ("aussonderung.withdrawn_from_offer.v1", "Anbietung an das Archiv hinfällig ([anlass:wort])."),
    (
        "aussonderung.released.v1",
        "Vernichtung freigegeben am [am:datum] (Grund: [grund]), vorgeschlagen von [vorgeschlagen:konto], genehmigt von [genehmigt:konto].",
    ),
    (
        "aussonderung.akte_released.v1",
        "Vernichtung der ganzen Akte freigegeben am [am:datum] (Grund: [grund]), vorgeschlagen von [vorgeschlagen:konto], genehmigt von [genehmigt:konto].",
    ),
    ("aussonderung.refused.v1", "Vernichtung versagt: [hindernisse:wort][art17_abs3?. Grundlage: ][art17_abs3]."),
    ("aussonderung.release_revoked.v1", "Freigabe der Vernichtung zurückgenommen ([anlass:wort])."),
    ("aussonderung.destroyed.v1", "Vernichtet am [am:datum]; das Löschprotokoll nennt die Nachweise."),
    ("teilakte.opened.v1", "Teilakte [position] angelegt."),
    ("akte.dokument_placed.v1", "Dokument in der Akte eingeordnet."),
    ("akte.corrected.v1", "[durch:konto] hat berichtigt: [feld]."),
    ("akte.described.v1", "[durch:konto] hat Metadaten festgehalten[teilakte? einer Teilakte] (Schema [schema])."),
    ("akte.dokument_moved.v1", "[durch:konto] hat ein Dokument in eine andere Akte umgelegt; ein Zeiger bleibt."),
    ("akte.verweis_added.v1", "Verweis auf eine andere Akte aufgenommen."),
    ("akte.verweis_removed.v1", "Verweis auf eine andere Akte gestrichen."),
    ("dokument.described.v1", "Metadaten des Dokuments festgehalten (Schema [schema])[durch?, von ][durch:konto]."),
    ("dokument.moved.v1", "Dokument in eine andere Akte umgelegt."),
    ("dokument.linked_as_duplicate.v1", "[durch:konto] hat ein Doppel verbunden; beide Originale bleiben."),
    ("dokument.unlinked.v1", "[durch:konto] hat die Verbindung zweier Doppel gelöst."),
    ("papierband.registered.v1", "Papierband [nummer] angelegt."),
    ("papierband.moved.v1", "Papierband umgestellt."),
    ("papierband.lent.v1", "Papierband ausgeliehen[bis?; zurück bis ][bis:datum]."),
    ("papierband.returned.v1", "Papierband zurückgegeben am [am:datum]."),
    ("dokument.added.v1", "Dokument aufgenommen ([richtung:wort])."),
    // Posteingang
    ("eingang.recorded.v1", "Posteingang erfasst: [kanal:wort], für [einheit]."),
    ("email.filed.v1", "E-Mail mit Kopfzeilen, Text und Anlagen erfasst."),
    ("scan.transferred.v1", "Scan übernommen (Transfervermerk): Gerät [scanner], [qc:wort]."),
    ("scan.checked.v1", "Sichtprüfung des Scans durch [durch:konto]: [qc:wort]."),
    ("eingang.quarantined.v1", "Posteingang in Quarantäne: [kanal:wort], [grund:wort]."),
    ("eingang.inspected.v1", "Virenscanner: [ergebnis:wort]."),
    ("eingang.assigned.v1", "Posteingang zugeordnet[aktenplan?, neue Akte im Aktenplan ][aktenplan]."),
    ("eingang.forwarded.v1", "Posteingang weitergeleitet an [einheit]."),
    ("eingang.misdirected.v1", "Posteingang von [durch:konto] als fehlgeleitet vermerkt."),
    ("dokument.version_added.v1", "Neue Fassung eines Dokuments: [version]."),
    // Geschäftsgang
    (
        "umlauf.started.v1",
        "Geschäftsgang begonnen von [durch:konto][fuer?, i. V. für ][fuer:konto], Fassung [version].",
    ),
    ("umlauf.step_done.v1", "Schritt im Geschäftsgang erledigt von [durch:konto][fuer?, i. V. für ][fuer:konto]."),
    (
        "umlauf.mitzeichnung_given.v1",
        "[durch:konto][fuer?, i. V. für ][fuer:konto] hat mitgezeichnet, Fassung [version] des Dokuments.",
    ),
    (
        "umlauf.mitzeichnung_refused.v1",
        "[durch:konto][fuer?, i. V. für ][fuer:konto] hat die Zeichnung abgelehnt, Fassung [version] des Dokuments.",
    ),
    (
        "umlauf.schlusszeichnung_given.v1",
        "[durch:konto][fuer?, i. V. für ][fuer:konto] hat schlussgezeichnet, Fassung [version] des Dokuments.",
    ),
    ("laufweg.changed.v1", "Laufweg geändert von [durch:konto][fuer?, i. V. für ][fuer:konto]."),
    (
        "verfuegung.issued.v1",
        "Verfügung [art:wort.verfuegung] von [durch:konto][fuer?, i. V. für ][fuer:konto][adressat?, an ][adressat:konto][termin?, am ][termin:datum].",
    ),
    (
        "umlauf.zeichnung_voided_by_change.v1",
        "Neue Fassung [version] des Dokuments. Zeichnungen, die nicht mehr gelten: [aufgehoben].",
    ),
    ("umlauf.cancelled.v1", "Geschäftsgang abgebrochen von [durch:konto][fuer?, i. V. für ][fuer:konto]."),
    ("wiedervorlage.set.v1", "Wiedervorlage am [faellig:datum] für [konto:konto] ([eingabe])."),
    ("wiedervorlage.moved.v1", "Wiedervorlage verschoben auf den [faellig:datum] ([eingabe])."),
    ("wiedervorlage.due.v1", "Wiedervorlage fällig am [faellig:datum]."),
    ("wiedervorlage.done.v1", "Wiedervorlage erledigt von [durch:konto][fuer?, i. V. für ][fuer:konto]."),
    (
        "wiedervorlage.escalated.v1",
        "Wiedervorlage vom [faellig:datum] nach [arbeitstage] Arbeitstagen nicht erledigt: der Leitung vorgelegt.",
    ),
    ("aufgabe.created.v1", "Aufgabe gestellt von [durch:konto][konto?, für ][konto:konto]."),
    ("aufgabe.forwarded.v1", "Aufgabe weitergegeben von [durch:konto][konto?, an ][konto:konto]."),
    ("aufgabe.done.v1", "Aufgabe erledigt von [durch:konto][fuer?, i. V. für ][fuer:konto]."),
    ("beobachtung.started.v1", "[konto:konto] beobachtet dies."),
    ("beobachtung.ended.v1", "[konto:konto] beobachtet dies nicht mehr."),
    ("dokument.imported.v1", "Dokument übernommen ([richtung:wort])."),
    // Löschung
    ("loeschung.proposed.v1", "Löschung vorgeschlagen von [durch:konto] (Grund: [grund])."),
    ("loeschung.akte_proposed.v1", "Löschung der ganzen Akte vorgeschlagen von [durch:konto] (Grund: [grund])."),
    ("loeschung.approved.v1", "[durch:konto] hat die Löschung genehmigt."),
    ("loeschung.rejected.v1", "[durch:konto] hat die Löschung abgelehnt."),
    ("loeschung.refused.v1", "[durch:konto] hat die verlangte Löschung verweigert (Grund: [ausnahme])."),
    (
        "betroffenenauskunft.issued.v1",
        "[durch:konto] hat einer Person Auskunft erteilt: [ereignisse] Ereignisse, [dokumente] Dokumente, [maskiert] Angaben verdeckt.",
    ),
    (
        "loeschung.executed.v1",
        "Löschung vollzogen: angeordnet in Ereignis [anordnung], bestätigt in Ereignis [vollzug].",
    ),
    // Konten, Einheiten
    ("konto.created.v1", "Konto angelegt in [einheit] ([rollen])."),
    ("konto.rollen_changed.v1", "Rollen geändert: [rollen] in [einheit]."),
    ("konto.password_set.v1", "Passwort gesetzt."),
    ("konto.disabled.v1", "Konto gesperrt."),
    ("konto.enabled.v1", "Konto entsperrt."),
    ("vertretung.activated.v1", "Vertretung durch [durch:konto] von [von:datum] bis [bis:datum]."),
    ("vertretung.ended.v1", "Vertretung durch [durch:konto] beendet."),
    ("einheit.created.v1", "Einheit angelegt: [name]."),
    ("einheit.changed.v1", "Einheit geändert: [name]."),
    ("einheit.closed.v1", "Einheit geschlossen zum [valid_until:datum]."),
    // System
    ("log.epoch_opened.v1", "Das Journal [origin] wurde eröffnet."),
    ("log.key_rotated.v1", "Der Schlüssel des Journals wurde gewechselt."),
    ("log.stream_heads.v1", "Tagesabschluss: [count] Ströme festgehalten."),
    ("log.foreign.v1", "Fremdes Ereignis im Journal festgestellt."),
    ("process.position.v1", "Stand der Folgeschritte festgehalten."),
    ("erasure.requested.v1", "Löschung angeordnet ([reason:wort])."),
    ("erasure.confirmed.v1", "Löschung vollzogen: [groups] Teile, [documents] Dokumente."),
    ("dataset.published.v1", "Datensatz [dataset], Ausgabe [release], veröffentlicht: [count] Zeilen."),
    ("projection.digest.v1", "Prüfsumme einer Sicht festgehalten: [projection]."),
    ("zugriff.digest.v1", "Prüfsumme der Lesezugriffe vom [day:datum] festgehalten."),
    ("system.degraded.v1", "Betrieb eingeschränkt: [cause:wort]."),
    ("system.recovered.v1", "Betrieb wiederhergestellt: [cause:wort]."),
];

/// Codes that are shown in words; any other is shown with blanks for underscores.
const WORTE: &[(&str, &str)] = &[
    ("abruf", "Abruf im Portal"),
    ("zda", "zdA-Verfügung"),
    ("bestandskraft", "Bestandskraft"),
    ("nachablage", "nachträgliche Ablage"),
    ("schliessen", "Schließen der Akte"),
    ("umklassifizierung", "andere Position im Aktenplan"),
    ("wiederaufnahme", "Wiederaufnahme"),
    ("rechnungspruefung", "Rechnungsprüfung"),
    ("rechtsstreit", "Rechtsstreit"),
    ("ermittlung", "Ermittlung"),
    ("sonstiges", "anderer Grund"),
    ("nicht_geschlossen", "die Akte ist nicht geschlossen"),
    ("offener_vorgang", "ein Vorgang ist offen"),
    ("vorgaenge_bleiben", "Vorgänge der Akte sind nicht vernichtet"),
    ("aufbewahrung_laeuft", "die Aufbewahrung läuft"),
    ("aufbewahrung_unbekannt", "das Ende der Aufbewahrung ist nicht bekannt"),
    ("dauernd", "dauernd aufzubewahren"),
    ("nicht_angeboten", "dem Archiv nicht angeboten"),
    ("nicht_bewertet", "vom Archiv nicht bewertet"),
    ("nicht_uebernommen", "vom Archiv nicht übernommen"),
    ("gesperrt:rechtsstreit", "gesperrt (Rechtsstreit)"),
    ("gesperrt:ermittlung", "gesperrt (Ermittlung)"),
    ("gesperrt:rechnungspruefung", "gesperrt (Rechnungsprüfung)"),
    ("gesperrt:sonstiges", "gesperrt (anderer Grund)"),
    ("aushaendigung", "Aushändigung"),
    ("vor_ort", "vor Ort"),
    ("link", "über den Link"),
    ("post", "Post"),
    ("telefon", "Telefon"),
    ("portal", "Portal"),
    ("schalter", "Schalter"),
    ("bewilligt", "bewilligt"),
    ("teilweise_bewilligt", "teilweise bewilligt"),
    ("abgelehnt", "abgelehnt"),
    ("fiktion", "Bekanntgabefiktion"),
    ("eingang", "Eingang"),
    ("ausgang", "Ausgang"),
    ("sent", "versandt"),
    ("delivered", "zugestellt"),
    ("temporary_failure", "vorübergehend gescheitert"),
    ("permanent_failure", "endgültig gescheitert"),
    ("returned_letter", "Brief zurück"),
    ("pzu", "Postzustellungsurkunde"),
    ("zustellung", "Zustellung mit Urkunde"),
    ("sending", "wird gesendet"),
    ("cancelled", "nicht mehr nötig"),
    ("uebergabe", "persönlich übergeben"),
    ("ersatz", "einer anderen Person übergeben"),
    ("verweigert", "Annahme verweigert"),
    ("einlegen", "in den Briefkasten eingelegt"),
    ("niederlegung", "niedergelegt"),
    ("disk_full", "Datenträger voll"),
    ("email", "E-Mail"),
    ("einwurf", "Hausbriefkasten"),
    ("abgabe", "persönlich abgegeben"),
    ("ausstehend", "Sichtprüfung steht aus"),
    ("zu_gross", "zu groß"),
    ("befallen", "Schadsoftware gefunden"),
    ("nicht_pruefbar", "zu groß für den Virenscanner"),
    ("abgabe.link", "Verweis auf den Online-Dienst"),
    ("fit_connect", "FIT-Connect"),
    ("ruhen", "der Vorgang ruht"),
    ("zk", "z. K."),
    ("zwv", "z. w. V."),
    ("wv", "Wv."),
    ("mz", "Mz."),
    ("verfuegung.zda", "z. d. A."),
    ("verfuegung", "auf Anordnung"),
    ("ruecknahme", "Rücknahme"),
    ("berichtigung", "Berichtigung"),
    ("widerruf", "Widerruf"),
    ("abhilfe", "Abhilfe"),
    ("widerspruchsbescheid", "Widerspruchsbescheid"),
    ("zurueckgewiesen", "zurückgewiesen"),
    ("zurueckgenommen", "zurückgenommen"),
    ("erledigt", "anders erledigt"),
];

enum Teil {
    Text(String),
    Wert { key: String, form: String },
    Falls { key: String, text: String },
}

/// The sentence of an event; an unknown wire name is named as it is.
pub fn satz(wire: &str, data: &Map<String, Value>) -> String {
    static TABLE: OnceLock<HashMap<&str, Vec<Teil>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| SAETZE.iter().map(|(w, s)| (*w, parse(s))).collect());
    let Some(teile) = table.get(wire) else { return format!("Ereignis {wire}.") };
    let mut out = String::with_capacity(64);
    for teil in teile {
        match teil {
            Teil::Text(t) => out.push_str(t),
            Teil::Wert { key, form } => {
                if let Some(v) = data.get(key).filter(|v| there(v)) {
                    out.push_str(&show(v, form));
                }
            }
            Teil::Falls { key, text } => {
                if data.get(key).is_some_and(there) {
                    out.push_str(text);
                }
            }
        }
    }
    out
}

fn there(v: &Value) -> bool {
    match v {
        Value::Null => false,
        Value::Array(a) => !a.is_empty(),
        _ => true,
    }
}

fn parse(template: &str) -> Vec<Teil> {
    let mut out = Vec::new();
    let mut rest = template;
    while let Some((text, tail)) = rest.split_once('[') {
        out.push(Teil::Text(text.to_owned()));
        let (inner, after) = tail.split_once(']').unwrap_or((tail, ""));
        out.push(match (inner.split_once('?'), inner.split_once(':')) {
            (Some((key, text)), _) => Teil::Falls { key: key.to_owned(), text: text.to_owned() },
            (None, Some((key, form))) => Teil::Wert { key: key.to_owned(), form: form.to_owned() },
            (None, None) => Teil::Wert { key: inner.to_owned(), form: String::new() },
        });
        rest = after;
    }
    out.push(Teil::Text(rest.to_owned()));
    out
}

fn wort(code: &str) -> Option<String> {
    WORTE.iter().find(|(c, _)| *c == code).map(|(_, wort)| (*wort).to_owned())
}

fn show(v: &Value, form: &str) -> String {
    match (v, form) {
        (Value::Array(items), _) => items.iter().map(|i| show(i, form)).collect::<Vec<_>>().join(", "),
        (Value::String(s), "datum") => match s.parse::<jiff::civil::Date>() {
            Ok(d) => format!("{:02}.{:02}.{:04}", d.day(), d.month(), d.year()),
            Err(_) => s.clone(),
        },
        // Braces mark an id for the timeline; an id holds none itself.
        (Value::String(s), "konto") => format!("{{{}}}", s.replace(['{', '}'], "")),
        (Value::String(s), "wort") => wort(s).unwrap_or_else(|| s.replace('_', " ")),
        // A code that means something else in another event.
        (Value::String(s), _) if form.starts_with("wort.") => {
            wort(&format!("{}.{s}", &form[5..])).unwrap_or_else(|| show(v, "wort"))
        }
        (Value::Number(n), "euro") => {
            let cent = n.as_i64().unwrap_or_default();
            format!("{},{:02} €", cent / 100, cent.unsigned_abs() % 100)
        }
        (Value::String(s), _) => s.replace(['{', '}'], ""),
        (other, _) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use akte_core::kernel::Class;
    use serde_json::json;

    #[test]
    fn every_registered_event_has_a_sentence_of_its_open_values_only() {
        let registry = akte_core::registry();
        for spec in registry.all() {
            let (_, template) = SAETZE.iter().find(|(w, _)| *w == spec.wire).unwrap_or_else(|| panic!("{}", spec.wire));
            for teil in parse(template) {
                let (Teil::Wert { key, .. } | Teil::Falls { key, .. }) = teil else { continue };
                let class = spec.fields.iter().find(|(k, _)| *k == key).map(|(_, c)| *c);
                assert_eq!(class, Some(Class::Open), "{} {key}", spec.wire);
            }
        }
        assert_eq!(registry.all().count(), SAETZE.len(), "a sentence for an event that does not exist");
    }

    #[test]
    fn no_code_has_two_words() {
        let mut codes: Vec<&str> = WORTE.iter().map(|(code, _)| *code).collect();
        codes.sort_unstable();
        let doppelt: Vec<&[&str]> = codes.windows(2).filter(|w| w[0] == w[1]).collect();
        assert!(doppelt.is_empty(), "the second word would never be said: {doppelt:?}");
    }

    #[test]
    fn values_are_shown_as_people_write_them() {
        let data = |v: Value| v.as_object().cloned().unwrap_or_default();
        let cases = [
            ("vorgang.assigned.v1", json!({"an": "0-1"}), "Zugewiesen an {0-1}."),
            (
                "nachforderung.issued.v1",
                json!({"unterlagen": ["ausweis", "vollmacht"], "frist": "2026-11-02"}),
                "Nachgefordert: ausweis, vollmacht. Frist bis 02.11.2026.",
            ),
            ("gebuehr.paid.v1", json!({"betrag_cent": 3070, "weg": "schalter"}), "Gebühr bezahlt: 30,70 € (Schalter)."),
            ("vollstaendigkeit.checked.v1", json!({"fehlend": []}), "Vollständigkeit geprüft."),
            ("vollstaendigkeit.checked.v1", json!({"fehlend": ["x"]}), "Vollständigkeit geprüft; es fehlt: x."),
            ("antrag.submitted.v1", json!({}), "Antrag eingegangen."),
            ("verfuegung.issued.v1", json!({"art": "zda", "durch": "0-1"}), "Verfügung z. d. A. von {0-1}."),
            ("verfuegung.issued.v1", json!({"art": "wv", "durch": "0-1"}), "Verfügung Wv. von {0-1}."),
            ("antrag.submitted.v1", json!({"kanal": "vor_ort"}), "Antrag eingegangen, Kanal: vor Ort."),
        ];
        for (wire, values, expect) in cases {
            assert_eq!(satz(wire, &data(values)), expect);
        }
    }
}
