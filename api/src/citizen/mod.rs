//! What citizens do: find a service, apply, look at their own case. One use case is one file.

pub mod abruf;
pub mod absenden;
pub mod antrag;
pub mod auskunft;
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
pub mod unterschrift;
pub mod unterschriften;
pub mod versand;
pub mod zuruecknehmen;
