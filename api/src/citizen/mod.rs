//! What citizens do: find a service, apply, look at their own case. One use case is one file.

pub mod absenden;
pub mod antrag;
pub mod bescheide;
pub mod bestaetigung;
pub mod dokumente;
pub mod entwurf;
pub mod fall;
pub mod felder;
pub mod fortsetzen;
pub mod katalog;
pub mod nachreichen;
pub mod nachweise;
pub mod pruefen;
pub mod start;
pub mod status;
pub mod zuruecknehmen;
