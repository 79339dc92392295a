//! Impressum, Datenschutz and the accessibility statement, from the town's own settings.

use crate::error::Fehler;
use crate::layout::{self, Rahmen};
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "impressum.html")]
struct Impressum {
    rahmen: Rahmen,
}

#[derive(Template)]
#[template(path = "datenschutz.html")]
struct Datenschutz {
    rahmen: Rahmen,
}

#[derive(Template)]
#[template(path = "barrierefreiheit.html")]
struct Barrierefreiheit {
    rahmen: Rahmen,
}

/// § 5 DDG.
pub async fn impressum(rahmen: Rahmen) -> Result<Response, Fehler> {
    layout::seite(&Impressum { rahmen: rahmen.titel("Impressum") })
}

/// Art. 13 DSGVO for the pages themselves; each service adds its own notice.
pub async fn datenschutz(rahmen: Rahmen) -> Result<Response, Fehler> {
    layout::seite(&Datenschutz { rahmen: rahmen.titel("Datenschutz") })
}

/// § 12b BGG and the state's rules.
pub async fn barrierefreiheit(rahmen: Rahmen) -> Result<Response, Fehler> {
    layout::seite(&Barrierefreiheit { rahmen: rahmen.titel("Erklärung zur Barrierefreiheit") })
}
