//! The whole router on one screen: method, address, audience, handler, what it is for.
//!
//! The table is also the source of `/openapi.json` and of the test that walks every page. Rows of
//! [`offen`] are built over [`OffenState`]: they cannot reach anything but published facts.

use crate::app::{AppState, OffenState};
use crate::{
    assets, auditor, auth, citizen, clerk, csrf, error, headers, health, limits, open, openapi, position, quarantaene,
    sprache, stand,
};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::MethodRouter;
use std::collections::BTreeSet;
use std::sync::OnceLock;
use tower_http::catch_panic::CatchPanicLayer;

/// Who a page is for; decides its lane, its cache rule and who may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Clerks, logged in.
    Amt,
    /// Auditors and data protection, logged in.
    Revision,
    /// Citizens filling in a form.
    Antrag,
    /// Citizens looking at their case by code.
    Status,
    /// Everybody, crawlers included.
    Offen,
    /// Health endpoints.
    Betrieb,
}

/// One row of the table.
pub struct Zeile<S> {
    pub method: &'static str,
    pub path: &'static str,
    pub audience: Audience,
    /// Path of the handler, for example `citizen::start::zeigen`.
    pub name: &'static str,
    pub about: &'static str,
    handler: MethodRouter<S>,
}

/// A row without its handler, as the documentation and the tests see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub audience: Audience,
    pub name: &'static str,
    pub about: &'static str,
}

macro_rules! zeilen {
    ($( $method:ident $path:literal $audience:ident $handler:path = $about:literal; )*) => {
        vec![$( Zeile {
            method: stringify!($method), path: $path, audience: Audience::$audience,
            name: stringify!($handler), about: $about, handler: axum::routing::$method($handler),
        } ),*]
    };
}

/// Citizens: services, form, own case.
#[rustfmt::skip]
fn buerger() -> Vec<Zeile<AppState>> {
    zeilen![
        get  "/"                              Antrag  citizen::start::zeigen          = "Startseite";
        get  "/leistungen"                    Antrag  citizen::katalog::liste         = "Alle Dienstleistungen, mit Suche";
        get  "/leistungen/{leistung}"         Antrag  citizen::katalog::leistung      = "Eine Dienstleistung";
        get  "/antrag/fortsetzen"             Antrag  citizen::fortsetzen::zeigen     = "Begonnenen Antrag mit Code öffnen";
        post "/antrag/fortsetzen"             Antrag  citizen::fortsetzen::oeffnen    = "Code eines Entwurfs prüfen";
        post "/antrag/{leistung}"             Antrag  citizen::antrag::beginnen       = "Antrag beginnen";
        get  "/antrag/{leistung}/{gruppe}"    Antrag  citizen::antrag::zeigen         = "Eine Seite des Antrags";
        post "/antrag/{leistung}/{gruppe}"    Antrag  citizen::antrag::speichern      = "Eine Seite des Antrags speichern";
        get  "/antrag/{leistung}/spaeter"     Antrag  citizen::fortsetzen::spaeter    = "Code zum späteren Weitermachen";
        get  "/antrag/{leistung}/pruefen"     Antrag  citizen::pruefen::zeigen        = "Angaben prüfen";
        get  "/antrag/{leistung}/dokumente"   Antrag  citizen::dokumente::zeigen      = "Unterlagen zum Antrag";
        post "/antrag/{leistung}/dokumente"   Antrag  citizen::dokumente::hochladen   = "Eine Unterlage hochladen";
        post "/antrag/{leistung}/dokumente/entfernen" Antrag citizen::dokumente::entfernen = "Eine Unterlage entfernen";
        post "/antrag/{leistung}/absenden"    Antrag  citizen::absenden::absenden     = "Antrag absenden";
        get  "/antrag/{leistung}/bestaetigung" Antrag citizen::bestaetigung::zeigen   = "Bestätigung mit Code";
        get  "/antrag/{leistung}/beleg.json"  Antrag  citizen::bestaetigung::json     = "Zusage zum Eingang, sofort";
        get  "/antrag/{leistung}/beleg.tlog-proof" Antrag citizen::bestaetigung::beweis = "Beweis des Eingangs nach C2SP tlog-proof";
        get  "/antrag/{leistung}/beleg.pdf"   Antrag  citizen::bestaetigung::pdf      = "Eingangsbestätigung";
        get  "/status"                        Status  citizen::status::eingabe        = "Code eingeben";
        post "/status"                        Status  citizen::status::oeffnen        = "Code merken";
        get  "/s/{code}"                      Status  citizen::status::kurz           = "Code aus der Adresse nehmen";
        get  "/status/vorgang"                Status  citizen::status::zeigen         = "Stand des eigenen Vorgangs";
        get  "/status/dokumente"              Status  citizen::bescheide::liste       = "Bescheide und Dokumente";
        get  "/status/dokument/{id}"          Status  citizen::bescheide::holen       = "Ein Dokument herunterladen";
        get  "/status/nachweis/{datei}"       Status  citizen::nachweise::holen       = "Beweis (.tlog-proof) oder Zusage (.json) zu einem Ereignis";
        get  "/status/auskunft/{id}"          Status  citizen::auskunft::zeigen       = "Eine geschwärzte Auskunft";
        get  "/status/auskunft/{id}/{datei}"  Status  citizen::auskunft::holen        = "Beweis oder Zusage zu einer Auskunft";
        get  "/status/nachreichen"            Status  citizen::nachreichen::zeigen    = "Was nachzureichen ist";
        post "/status/nachreichen"            Status  citizen::nachreichen::hochladen = "Eine Unterlage nachreichen";
        get  "/status/abruf"                  Status  citizen::abruf::zeigen          = "Bescheide online abrufen?";
        post "/status/abruf"                  Status  citizen::abruf::speichern       = "In den Abruf einwilligen oder das widerrufen";
        get  "/status/zuruecknehmen"          Status  citizen::zuruecknehmen::fragen  = "Antrag zurücknehmen?";
        get  "/status/unterschriften"         Status  citizen::unterschriften::zeigen = "Weitere Unterschriften und ihre Links";
        post "/status/unterschriften"         Status  citizen::unterschriften::ersetzen = "Link einer Unterschrift ersetzen";
        get  "/u/{code}"                      Status  citizen::unterschrift::kurz     = "Link zur Unterschrift aus der Adresse nehmen";
        get  "/unterschrift"                  Status  citizen::unterschrift::zeigen   = "Antrag lesen und unterschreiben";
        post "/unterschrift"                  Status  citizen::unterschrift::antworten = "Unterschreiben oder ablehnen";
        post "/status/zuruecknehmen"          Status  citizen::zuruecknehmen::zuruecknehmen = "Antrag zurücknehmen";
    ]
}

/// Whether this route pattern is one of the citizens' pages: these are there in several languages.
pub fn ist_buerger(pattern: &str) -> bool {
    static PFADE: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    PFADE.get_or_init(|| buerger().into_iter().map(|z| z.path).collect()).contains(pattern)
}

/// The office: login, inbox, post in and out.
#[rustfmt::skip]
fn amt() -> Vec<Zeile<AppState>> {
    zeilen![
        get  "/anmelden"                      Amt     auth::login::zeigen             = "Anmeldung";
        post "/anmelden"                      Amt     auth::login::anmelden           = "Anmelden";
        post "/abmelden"                      Amt     auth::login::abmelden           = "Abmelden";
        get  "/amt"                           Amt     clerk::eingang::zeigen          = "Eingang der eigenen Einheit";
        post "/amt/verteilen"                 Amt     clerk::verteilen::zuweisen      = "Mehrere Vorgänge zuweisen";
        post "/amt/verteilen/zurueck"         Amt     clerk::verteilen::zurueck        = "Zuweisung mehrerer Vorgänge zurücknehmen";
        get  "/amt/suche"                     Amt     clerk::suche::suchen            = "Suche in den eigenen Vorgängen";
        post "/amt/suche"                     Amt     clerk::suche::fragen            = "Suchen, ohne dass ein Name in der Adresse steht";
        get  "/amt/post"                      Amt     clerk::post::zeigen             = "Postausgang: drucken, aufgeben, was scheiterte";
        post "/amt/post/stapel"               Amt     clerk::post::stapel             = "Briefe als Druckstapel herunterladen";
        post "/amt/post/aufgegeben"           Amt     clerk::post::aufgegeben         = "Briefe als zur Post gegeben festhalten";
        get  "/amt/postbuch"                  Amt     clerk::postbuch::zeigen         = "Postbuch: was einging, älteste zuerst";
        get  "/amt/postbuch/neu"              Amt     clerk::postzettel::zeigen       = "Einen Brief oder eine E-Mail ins Postbuch eintragen";
        post "/amt/postbuch/neu"              Amt     clerk::postzettel::hochladen    = "Eintrag ins Postbuch, mit oder ohne Datei";
        get  "/amt/postbuch/{id}"             Amt     clerk::posteingang::zeigen      = "Ein Posteingang mit seinen Teilen";
        get  "/amt/postbuch/{id}/teil/{dok}"  Amt     clerk::posteingang::holen       = "Original oder Teil eines Posteingangs herunterladen";
        post "/amt/postbuch/{id}/{aktion}"    Amt     clerk::posteingang::handeln     = "Posteingang zuordnen, weiterleiten, prüfen oder als fehlgeleitet vermerken";
        get  "/amt/abwesenheit"               Amt     clerk::abwesenheit::zeigen      = "Abwesenheit und Vertretung";
        post "/amt/abwesenheit"               Amt     clerk::abwesenheit::speichern   = "Vertretung einsetzen oder beenden";
    ]
}

/// Files.
#[rustfmt::skip]
fn akten() -> Vec<Zeile<AppState>> {
    zeilen![
        get  "/amt/akte/{id}"                 Amt     clerk::akte::zeigen             = "Eine Akte";
        post "/amt/akte/{id}/dokument"        Amt     clerk::akte::ablage::hochladen  = "Ein Dokument zur Akte nehmen, auch nachträglich";
        get  "/amt/akte/{id}/dokument/{dok}/{version}" Amt clerk::dokument::fassung = "Eine Fassung eines Dokuments herunterladen";
        post "/amt/akte/{id}/dokument/{dok}"  Amt     clerk::akte::fassung::hochladen = "Eine neue Fassung eines Dokuments ablegen";
        post "/amt/akte/{id}/{aktion}"        Amt     clerk::akte::handeln::ausfuehren = "In der Akte handeln: sperren, Aufbewahrung, Archiv, Ordnung";
        get  "/amt/akte/{id}/beweispaket"     Amt     clerk::beweispaket::zeigen      = "Beweispaket einer Akte anfordern";
        post "/amt/akte/{id}/beweispaket"     Amt     clerk::beweispaket::holen       = "Beweispaket herunterladen";
        get  "/amt/akte/{id}/einsicht"        Amt     clerk::einsicht::zeigen         = "Akteneinsicht: wählen, was geschwärzt wird";
        post "/amt/akte/{id}/einsicht"        Amt     clerk::einsicht::geben          = "Akteneinsicht als Paket mit Beweisen";
        get  "/amt/akte/{id}/stand"           Amt     stand::akte::zeigen             = "Eine Akte, wie sie zu einem Zeitpunkt war";
        get  "/amt/akte/{id}/unterschied"     Amt     stand::akte::unterschied        = "Was sich an einer Akte zwischen zwei Zeitpunkten geändert hat";
        get  "/amt/akten/stand"               Amt     stand::akten::zeigen            = "Die Liste der Akten zu einem Zeitpunkt";
        get  "/amt/akte/{id}/metadaten/{teil}" Amt    clerk::akte::metadaten::zeigen  = "Metadaten einer Akte, Teilakte oder eines Dokuments";
        post "/amt/akte/{id}/metadaten/{teil}" Amt    clerk::akte::metadaten::festhalten = "Metadaten nach Schema festhalten";
        get  "/amt/akte/{id}/papier"          Amt     clerk::papier::zeigen           = "Papierbände einer Akte";
        post "/amt/akte/{id}/papier"          Amt     clerk::papier::speichern        = "Papierband anlegen, umstellen, ausleihen oder zurücknehmen";
        get  "/amt/akte/{id}/dokument/{dok}"  Amt     clerk::dokument::aus_der_akte   = "Ein Dokument einer Akte herunterladen";
    ]
}

/// Work that goes from desk to desk: Geschäftsgang, Wiedervorlage, tasks, what one watches.
#[rustfmt::skip]
fn arbeit() -> Vec<Zeile<AppState>> {
    zeilen![
        get  "/amt/geschaeftsgang"            Amt     clerk::gang::liste::zeigen      = "Geschäftsgang: was bei mir liegt";
        get  "/amt/geschaeftsgang/dokument/{id}" Amt  clerk::gang::dokument::zeigen   = "Geschäftsgänge eines Dokuments";
        post "/amt/geschaeftsgang/dokument/{id}" Amt  clerk::gang::dokument::beginnen = "Dokument in den Geschäftsgang geben";
        get  "/amt/geschaeftsgang/{id}"       Amt     clerk::gang::seite::zeigen      = "Ein Geschäftsgang mit Laufweg und Verlauf";
        get  "/amt/geschaeftsgang/{id}/dokument" Amt  clerk::gang::seite::herunterladen = "Das Dokument im Umlauf herunterladen";
        get  "/amt/geschaeftsgang/{id}/laufmappe.txt" Amt clerk::gang::laufmappe::holen = "Laufmappe als lesbarer Text";
        post "/amt/geschaeftsgang/{id}/{aktion}" Amt  clerk::gang::handeln::ausfuehren = "Im Geschäftsgang handeln";
        get  "/amt/wiedervorlagen"            Amt     clerk::wiedervorlage::liste::zeigen = "Wiedervorlagen: fällig, später, der Leitung vorgelegt";
        get  "/amt/wiedervorlage/neu/{art}/{id}" Amt  clerk::wiedervorlage::neu::zeigen = "Wiedervorlage setzen";
        post "/amt/wiedervorlage/neu/{art}/{id}" Amt  clerk::wiedervorlage::neu::setzen = "Wiedervorlage setzen";
        get  "/amt/wiedervorlage/{id}"        Amt     clerk::wiedervorlage::eine::zeigen = "Eine Wiedervorlage mit Rechenweg und Verlauf";
        post "/amt/wiedervorlage/{id}/{aktion}" Amt   clerk::wiedervorlage::eine::handeln = "Wiedervorlage verschieben oder erledigen";
        get  "/amt/aufgaben"                  Amt     clerk::aufgabe::liste::zeigen   = "Aufgaben: zu tun und vergeben";
        get  "/amt/aufgabe/neu"               Amt     clerk::aufgabe::neu::frei       = "Aufgabe stellen";
        post "/amt/aufgabe/neu"               Amt     clerk::aufgabe::neu::frei_stellen = "Aufgabe stellen";
        get  "/amt/aufgabe/neu/{art}/{id}"    Amt     clerk::aufgabe::neu::an         = "Aufgabe zu einer Akte, einem Vorgang oder Dokument stellen";
        post "/amt/aufgabe/neu/{art}/{id}"    Amt     clerk::aufgabe::neu::an_stellen = "Aufgabe zu einer Akte, einem Vorgang oder Dokument stellen";
        get  "/amt/aufgabe/{id}"              Amt     clerk::aufgabe::eine::zeigen    = "Eine Aufgabe";
        post "/amt/aufgabe/{id}/{aktion}"     Amt     clerk::aufgabe::eine::handeln   = "Aufgabe weitergeben oder erledigen";
        get  "/amt/beobachtet"                Amt     clerk::eigenes::liste           = "Was ich beobachte: Änderungen seit dem letzten Blick";
        get  "/amt/eigenes/{art}/{id}"        Amt     clerk::eigenes::zeigen          = "Beobachten und eigene Notizen (nicht Teil der Akte)";
        post "/amt/eigenes/{art}/{id}/{aktion}" Amt   clerk::eigenes::handeln         = "Beobachten, Notiz behalten oder löschen";
    ]
}

/// Cases and the counter.
#[rustfmt::skip]
fn vorgaenge() -> Vec<Zeile<AppState>> {
    zeilen![
        get  "/amt/vorgang/{id}/dokument/{dok}" Amt   clerk::dokument::herunterladen  = "Ein Dokument herunterladen";
        get  "/amt/erfassen"                  Amt     clerk::erfassen::waehlen        = "Antrag am Schalter erfassen";
        get  "/amt/erfassen/{leistung}"       Amt     clerk::erfassen::zeigen         = "Formular der Erfassung";
        post "/amt/erfassen/{leistung}"       Amt     clerk::erfassen::absenden       = "Erfassten Antrag einreichen";
        get  "/amt/erfassen/{leistung}/{vorgang}" Amt clerk::erfassen::erfasst        = "Code und Nachweis zum Aushändigen";
        get  "/amt/vorgang/{id}"              Amt     clerk::vorgang::zeigen          = "Ein Vorgang";
        get  "/amt/vorgang/{id}/stand"        Amt     clerk::vorgang::stand           = "Ein Vorgang, wie er zu einem Zeitpunkt war";
        get  "/amt/vorgang/{id}/unterschied"  Amt     stand::vorgang::unterschied     = "Was sich in einem Vorgang zwischen zwei Zeitpunkten geändert hat";
        get  "/amt/vorgang/{id}/auskunft"     Amt     clerk::auskunft::zeigen         = "Angaben für eine geschwärzte Auskunft wählen";
        post "/amt/vorgang/{id}/auskunft"     Amt     clerk::auskunft::erteilen       = "Geschwärzte Auskunft erteilen";
        post "/amt/vorgang/{id}/unterlage"    Amt     clerk::unterlage::hochladen     = "Unterlage vom Schalter oder aus der Post";
        get  "/amt/vorgang/{id}/vorschau"     Amt     clerk::vorschau::zeigen         = "Text des Entwurfs mit Unterschied zur letzten Fassung";
        post "/amt/vorgang/{id}/vorschau"     Amt     clerk::vorschau::getippt        = "Vorschau dessen, was im Formular steht";
        post "/amt/vorgang/{id}/vorschau.pdf" Amt     clerk::vorschau::pdf            = "Dieselbe Vorschau als PDF";
        get  "/amt/erfassen/{leistung}/{vorgang}/beleg.pdf" Amt clerk::schalterbeleg::pdf = "Beleg mit QR-Code zum Aushändigen";
        post "/amt/vorgang/{id}/{aktion}"     Amt     clerk::handeln::ausfuehren      = "Im Vorgang handeln";
    ]
}

/// Accounts, erasure, disposal, services.
#[rustfmt::skip]
fn verwaltung() -> Vec<Zeile<AppState>> {
    zeilen![
        get  "/verwaltung/aussonderung"       Amt     clerk::akte::liste::zeigen      = "Akten zur Aussonderung und gesperrte Akten";
        get  "/verwaltung/konten"             Amt     clerk::konten::zeigen           = "Konten";
        post "/verwaltung/konten"             Amt     clerk::konten::anlegen          = "Konto anlegen";
        post "/verwaltung/konten/{id}"        Amt     clerk::konten::aendern          = "Konto ändern";
        get  "/verwaltung/loeschung"          Amt     clerk::loeschung::zeigen        = "Löschungen";
        get  "/verwaltung/loeschung/{id}"     Amt     clerk::loeschung::eine          = "Eine Löschung";
        post "/verwaltung/loeschung/{id}"     Amt     clerk::loeschung::entscheiden   = "Löschung genehmigen oder ablehnen";
        get  "/verwaltung/loeschung/{id}/protokoll" Amt clerk::akte::protokoll::zeigen = "Löschprotokoll";
        get  "/verwaltung/loeschung/vorgang/{id}" Amt clerk::loeschvorschlag::zeigen  = "Löschung eines Vorgangs vorschlagen";
        post "/verwaltung/loeschung/vorgang/{id}" Amt clerk::loeschvorschlag::vorschlagen = "Löschung vorschlagen";
        get  "/verwaltung/loeschung/akte/{id}" Amt    clerk::loeschakte::zeigen       = "Löschung einer Akte vorschlagen";
        post "/verwaltung/loeschung/akte/{id}" Amt    clerk::loeschakte::vorschlagen  = "Löschung der ganzen Akte vorschlagen";
        post "/verwaltung/loeschung/vorgang/{id}/verweigern" Amt clerk::loeschverlangen::verweigern = "Verlangte Löschung mit Grund ablehnen";
        get  "/verwaltung/loeschung/{id}/schreiben.pdf" Amt clerk::loeschverlangen::schreiben = "Schreiben über die Entscheidung";
        get  "/verwaltung/leistungen"         Amt     clerk::leistungen::zeigen       = "Leistungen: in Kraft, vorgeschlagen, im Ordner";
        get  "/verwaltung/leistungen/{id}"    Amt     clerk::leistungen::eine         = "Eine Leistung, ihr Vorschlag und der Unterschied";
        post "/verwaltung/leistungen/{id}"    Amt     clerk::leistungen::entscheiden  = "Leistung vorschlagen, in Kraft setzen oder ablehnen";
    ]
}

/// Auditors.
#[rustfmt::skip]
fn revision() -> Vec<Zeile<AppState>> {
    zeilen![
        get  "/pruefung"                      Revision auditor::spur::zeigen          = "Prüfspur mit Filtern";
        get  "/pruefung/zweck"                Revision auditor::zweck::zeigen         = "Zweck der Einsicht nennen";
        post "/pruefung/zweck"                Revision auditor::zweck::merken         = "Zweck der Einsicht merken";
        get  "/pruefung/vorgang/{id}"         Revision auditor::vorgang::zeigen       = "Alle Ereignisse eines Vorgangs mit Prüfsummen";
        get  "/pruefung/vorgang/{id}/beleg/{index}" Revision auditor::beleg::waehlen  = "Werte eines Ereignisses zum Offenlegen wählen";
        post "/pruefung/vorgang/{id}/beleg/{index}" Revision auditor::beleg::holen    = "Geschwärzten Beleg herunterladen";
        get  "/pruefung/verify"               Revision auditor::verify::zeigen        = "Stand und Ergebnis der Kettenprüfung";
        post "/pruefung/verify"               Revision auditor::verify::starten       = "Kettenprüfung starten";
        get  "/pruefung/zugriffe"             Revision auditor::zugriffe::zeigen      = "Wer hat was gelesen";
        get  "/pruefung/konto/{id}"           Revision stand::rechte::zeigen          = "Rechte eines Kontos zu einem Zeitpunkt";
        get  "/pruefung/konto/{id}/unterschied" Revision stand::rechte::unterschied   = "Was sich an einem Konto geändert hat";
        get  "/pruefung/betroffene"           Revision auditor::betroffene::zeigen    = "Auskunft an Betroffene: Vorgänge suchen";
        post "/pruefung/betroffene/suche"     Revision auditor::betroffene::suchen    = "Auskunft an Betroffene: nach einer Person suchen";
        post "/pruefung/betroffene"           Revision auditor::betroffene::erteilen  = "Auskunft an Betroffene zusammenstellen und erteilen";
        get  "/pruefung/regeln"               Revision auditor::regeln::zeigen        = "Zugriffsregeln in Worten";
    ]
}

/// Machines of the house.
#[rustfmt::skip]
fn betrieb() -> Vec<Zeile<AppState>> {
    zeilen![
        get  "/healthz"                       Betrieb health::healthz                 = "Läuft das Programm?";
        get  "/readyz"                        Betrieb health::readyz                  = "Kann es bedienen?";
    ]
}

/// Everybody: published facts and the town's own pages.
#[rustfmt::skip]
fn offen() -> Vec<Zeile<OffenState>> {
    zeilen![
        get  "/impressum"                     Offen   open::recht::impressum          = "Impressum";
        get  "/datenschutz"                   Offen   open::recht::datenschutz        = "Datenschutz";
        get  "/barrierefreiheit"              Offen   open::recht::barrierefreiheit   = "Erklärung zur Barrierefreiheit";
        get  "/pruefen"                       Offen   open::pruefen::zeigen           = "Belege, Datensätze und das Protokoll selbst prüfen";
        get  "/daten"                         Offen   open::daten::liste              = "Offene Daten";
        get  "/daten/leistungen"              Offen   open::daten::leistungen         = "Zahlen der Leistungen";
        get  "/daten/umstieg"                 Offen   open::umstieg::zeigen           = "Der Weg zur elektronischen Akte";
        get  "/daten/{datei}"                 Offen   open::daten::datensatz          = "Ein Datensatz: Seite, .json oder .csv";
        get  "/daten/{datensatz}/{datei}"     Offen   open::beweis::release           = "Beweise der Zeilen eines Zeitraums: <release>.beweis.json";
        get  "/aktenplan"                     Offen   open::aktenplan::zeigen         = "Aktenplan, wie er an einem Tag gilt";
        get  "/aktenplan/unterschied"         Offen   open::aktenplan::unterschied    = "Unterschied des Aktenplans zwischen zwei Tagen";
        get  "/aktenplan/{datei}"             Offen   open::aktenplan::datei          = "Der Aktenplan als .csv, .json oder xdomea 0301 (.xml)";
        get  "/metadaten/{datei}"             Offen   open::metadaten::schema         = "JSON Schema der Metadaten: akte.json, dokument.json";
        get  "/log"                           Offen   open::log::seite                = "Das Protokoll: was es ist und wie man es prüft";
        get  "/log/checkpoint"                Offen   open::log::checkpoint           = "Neuester unterschriebener Stand (tlog-checkpoint)";
        get  "/log/policy"                    Offen   open::log::policy               = "Schlüssel des Protokolls (tlog-policy)";
        get  "/log/tile/{*pfad}"              Offen   open::log::kachel               = "Kacheln und Einträge (tlog-tiles)";
        get  "/openapi.json"                  Offen   openapi::dokument               = "Diese Schnittstelle als OpenAPI 3.1";
        get  "/assets/{version}/{*pfad}"      Offen   assets::datei                   = "Gestaltung und Schriften";
    ]
}

/// Everything behind sessions and limits, group by group.
fn mit_sitzung() -> [Vec<Zeile<AppState>>; 7] {
    [buerger(), amt(), akten(), arbeit(), vorgaenge(), verwaltung(), revision()]
}

/// Every route of the router.
pub fn alle() -> Vec<Route> {
    let mit = mit_sitzung().into_iter().chain([betrieb()]).flatten().map(ohne_handler);
    mit.chain(offen().into_iter().map(ohne_handler)).collect()
}

fn ohne_handler<S>(z: Zeile<S>) -> Route {
    Route { method: z.method, path: z.path, audience: z.audience, name: z.name, about: z.about }
}

/// Whether the route takes files.
fn nimmt_dateien(name: &str) -> bool {
    name.ends_with("::hochladen")
}

fn eintragen<S: Clone + Send + Sync + 'static>(
    mut router: Router<S>,
    zeilen: Vec<Zeile<S>>,
    app: &AppState,
) -> Router<S> {
    for z in zeilen {
        let dateien = nimmt_dateien(z.name);
        let mut handler = z.handler.route_layer(from_fn_with_state((app.clone(), z.audience, dateien), limits::bahn));
        if dateien {
            let max = usize::try_from(app.grenzwerte.upload_bytes).unwrap_or(usize::MAX).saturating_add(1 << 20);
            handler = handler.layer(DefaultBodyLimit::max(max));
        }
        router = router.route(z.path, handler);
    }
    router
}

/// The router of one town, with every layer around it.
pub fn router(app: AppState) -> Router {
    let mut innen = Router::new();
    for zeilen in mit_sitzung() {
        innen = eintragen(innen, zeilen, &app);
    }
    let innen = innen.route_layer(from_fn_with_state(app.clone(), csrf::pruefen));
    // Outside of the form token: a closed house says so first.
    let innen = innen.route_layer(from_fn_with_state(app.clone(), quarantaene::pruefen));
    let innen = eintragen(innen, betrieb(), &app).with_state(app.clone());
    let oeffentlich = eintragen(Router::new(), offen(), &app).with_state(app.offen());
    innen
        .merge(oeffentlich)
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            axum::response::IntoResponse::into_response(error::Fehler::fault("a handler panicked"))
        }))
        .layer(from_fn_with_state(app.clone(), quarantaene::sagen))
        .layer(from_fn_with_state(app.clone(), position::folgen))
        .layer(from_fn_with_state(app.clone(), error::render))
        .layer(from_fn_with_state(app, sprache::waehlen))
        .layer(from_fn(limits::protokoll))
        .layer(from_fn(headers::setzen))
}
