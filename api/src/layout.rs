//! The frame of every page: town, navigation, breadcrumbs, form token.
//!
//! Holds no content; a page is one askama template that extends `base.html` and has a field
//! `rahmen: Rahmen`.

use crate::csrf::CsrfToken;
use crate::error::Fehler;
use crate::sprache::{self, Hier, Sprache};
use crate::texte::{self, Texte, Wort};
use akte_core::stadt::Stadt;
use askama::Template;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::{StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use std::convert::Infallible;
use std::sync::Arc;

/// One step of the breadcrumbs.
#[derive(Clone, Debug)]
pub struct Krume {
    pub href: String,
    pub text: Wort,
}

/// One language of the header's choice.
#[derive(Clone, Debug)]
pub struct Sprachwahl {
    pub name: &'static str,
    pub tag: &'static str,
    /// The language the name itself is in.
    pub lang: &'static str,
    pub href: String,
    /// Value of the button where the choice is made inside a form.
    pub wert: String,
    pub gewaehlt: bool,
}

/// Which navigation the page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Bereich {
    #[default]
    Oeffentlich,
    /// Logged in: name of the account, and whether it may audit, administer, see erasures and definitions.
    Amt { name: String, revision: bool, admin: bool, loeschung: bool, leistungen: bool },
}

/// What `base.html` needs.
#[derive(Clone, Debug)]
pub struct Rahmen {
    pub stadt: Arc<Stadt>,
    pub titel: Wort,
    pub krumen: Vec<Krume>,
    pub bereich: Bereich,
    /// Value of the hidden field `_csrf`; every POST form must carry it.
    pub csrf: String,
    /// Active entry of the navigation: `leistungen`, `status`, `daten`, `eingang`, …
    pub aktiv: &'static str,
    /// Findings stand on the page: the title says so first.
    pub mit_fehlern: bool,
    /// The house is closed for writing, and why; the office is told the reason, everybody the fact.
    pub nur_lesen: Option<NurLesen>,
    /// German everywhere but on citizens' pages.
    pub sprache: Sprache,
    /// Where the choice of language leads; `None` = the page offers none.
    pub hier: Option<String>,
    /// Id of the form whose content the choice of language must not lose; it then sends this form.
    pub formular: Option<&'static str>,
}

/// Why nothing may be written, as a page says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NurLesen(pub Arc<str>);

impl Rahmen {
    /// A frame without form token, for error pages and public pages.
    pub fn schlicht(stadt: Arc<Stadt>) -> Self {
        Self {
            stadt,
            titel: Wort::default(),
            krumen: Vec::new(),
            bereich: Bereich::default(),
            csrf: String::new(),
            aktiv: "",
            mit_fehlern: false,
            nur_lesen: None,
            sprache: Sprache::De,
            hier: None,
            formular: None,
        }
    }
    /// A frame in this language, without a choice of others.
    pub fn sprache(mut self, sprache: Sprache) -> Self {
        self.sprache = sprache;
        self
    }
    /// The address of this page, where the request had another one.
    pub fn hier(mut self, adresse: impl Into<String>) -> Self {
        self.hier = self.hier.map(|_| adresse.into());
        self
    }
    /// The choice of language sends this form, so that what was typed is kept.
    pub fn formular(mut self, id: &'static str) -> Self {
        self.formular = Some(id);
        self
    }
    /// The fixed texts in the language of this page.
    pub fn t(&self) -> &'static Texte {
        texte::von(self.sprache)
    }
    /// ` lang="de"` for names and texts of the town, which are German on every page.
    pub fn deutsch(&self) -> &'static str {
        texte::lang(self.sprache != Sprache::De)
    }
    /// The town as this page names it: "Stadt Musterstadt" is German, "Musterstadt" reads in every language.
    pub fn stadtname(&self) -> &str {
        if self.sprache == Sprache::En { &self.stadt.kurzname } else { &self.stadt.name }
    }
    /// The languages to choose from.
    pub fn sprachen(&self) -> Vec<Sprachwahl> {
        let Some(hier) = &self.hier else { return Vec::new() };
        let eine = |s: Sprache| {
            let (name, lang) = match s {
                Sprache::De => ("Deutsch", "de"),
                Sprache::En => ("English", "en"),
                Sprache::Ls => ("Leichte Sprache", "de"),
            };
            let (href, wert) = (sprache::verweis(hier, s), sprache::aktion(s));
            Sprachwahl { name, tag: s.tag(), lang, href, wert, gewaehlt: s == self.sprache }
        };
        Sprache::ALLE.into_iter().map(eine).collect()
    }
    /// `22.11.2026`; on English pages `22 November 2026`.
    pub fn datum(&self, d: &jiff::civil::Date) -> String {
        datum_in(d, self.sprache)
    }
    /// Breadcrumb of all services.
    pub fn krume_leistungen(self) -> Self {
        let titel = self.t().seite.dienstleistungen;
        self.krume("/leistungen", titel)
    }
    /// Breadcrumb of one's own case.
    pub fn krume_status(self) -> Self {
        let titel = self.t().seite.mein_antrag;
        self.krume("/status/vorgang", titel)
    }
    /// Shows the banner of a house that is closed for writing.
    pub fn nur_lesen(mut self, warum: Option<NurLesen>) -> Self {
        self.nur_lesen = warum;
        self
    }
    /// Title of the page (also the `<h1>` of most templates).
    pub fn titel(mut self, titel: impl Into<Wort>) -> Self {
        self.titel = titel.into();
        self
    }
    /// Adds a breadcrumb between the start page and this page.
    pub fn krume(mut self, href: impl Into<String>, text: impl Into<Wort>) -> Self {
        self.krumen.push(Krume { href: href.into(), text: text.into() });
        self
    }
    /// Marks the active entry of the navigation.
    pub fn aktiv(mut self, aktiv: &'static str) -> Self {
        self.aktiv = aktiv;
        self
    }
    /// Says in the title that the form has findings (WCAG technique G199).
    pub fn mit_fehlern(mut self, ja: bool) -> Self {
        self.mit_fehlern = ja;
        self
    }
    /// A fresh 128-bit idempotency key for the hidden field `_schluessel`.
    pub fn schluessel(&self) -> String {
        crate::session::zufall_b64(16)
    }
    /// Version of the embedded assets, for their address.
    pub fn assets(&self) -> &'static str {
        crate::assets::version()
    }
    /// The town's telephone number for a `tel:` address.
    pub fn telefon_ziffern(&self) -> String {
        self.stadt.anschrift.telefon.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
    }
    /// Whether KERN is embedded (else our own plain style).
    pub fn kern(&self) -> bool {
        crate::assets::kern()
    }
}

impl<S> FromRequestParts<S> for Rahmen
where
    Arc<Stadt>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let mut rahmen = Rahmen::schlicht(Arc::<Stadt>::from_ref(state));
        if let Some(token) = parts.extensions.get::<CsrfToken>() {
            rahmen.csrf = token.0.clone();
        }
        if let Some(bereich) = parts.extensions.get::<Bereich>() {
            rahmen.bereich = bereich.clone();
        }
        rahmen.nur_lesen = parts.extensions.get::<NurLesen>().cloned();
        rahmen.sprache = parts.extensions.get::<Sprache>().copied().unwrap_or_default();
        rahmen.hier = parts.extensions.get::<Hier>().map(|h| h.0.clone());
        Ok(rahmen)
    }
}

/// Renders a page with 200.
pub fn seite<T: Template>(template: &T) -> Result<Response, Fehler> {
    seite_mit(StatusCode::OK, template)
}

/// Renders a page with the given status (422 for a form with findings).
pub fn seite_mit<T: Template>(status: StatusCode, template: &T) -> Result<Response, Fehler> {
    let html = template.render().map_err(|e| Fehler::fault(format!("template: {e}")))?;
    Ok((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response())
}

/// Cuts what was asked for with one row more than a page holds; the last row shown, if the next page has any.
pub fn letzte<T>(rows: &mut Vec<T>, seite: usize) -> Option<&T> {
    let mehr = rows.len() > seite;
    rows.truncate(seite);
    rows.last().filter(|_| mehr)
}

/// 303 to an address of our own.
pub fn weiter(ziel: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, ziel.to_owned())]).into_response()
}

/// `22.11.2026`.
pub fn datum(d: &jiff::civil::Date) -> String {
    format!("{:02}.{:02}.{}", d.day(), d.month(), d.year())
}

/// [`datum`] in the language of a page.
pub fn datum_in(d: &jiff::civil::Date, sprache: Sprache) -> String {
    match sprache {
        Sprache::En => d.strftime("%-d %B %Y").to_string(),
        Sprache::De | Sprache::Ls => datum(d),
    }
}

/// [`zeitpunkt`] in the language of a page.
pub fn zeitpunkt_in(t: &jiff::Timestamp, zone: &str, sprache: Sprache) -> String {
    match (sprache, t.in_tz(zone)) {
        (Sprache::En, Ok(z)) => format!("{}, {:02}:{:02}", datum_in(&z.date(), sprache), z.hour(), z.minute()),
        _ => zeitpunkt(t, zone),
    }
}

/// `22.11.2026, 14:05 Uhr` in the town's zone.
pub fn zeitpunkt(t: &jiff::Timestamp, zone: &str) -> String {
    match t.in_tz(zone) {
        Ok(z) => format!("{}, {:02}:{:02} Uhr", datum(&z.date()), z.hour(), z.minute()),
        Err(_) => t.to_string(),
    }
}
