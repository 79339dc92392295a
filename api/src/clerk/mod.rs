//! What clerks do: see the inbox, work on a case, enter an application at the counter.
//!
//! Every page with personal data passes `zugang` first. One use case is one file.

pub mod abwesenheit;
pub mod akte;
pub mod aktenteile;
pub mod aktion;
pub mod ampel;
pub mod auskunft;
pub mod dokument;
pub mod eingabe;
pub mod eingang;
pub mod erfassen;
pub mod fall;
pub mod fallseite;
pub mod fristen;
pub mod handeln;
pub mod konten;
pub mod leistungen;
pub mod leistungsordner;
pub mod loeschung;
pub mod loeschvorschlag;
pub mod post;
pub mod schalterbeleg;
pub mod sendungen;
pub mod suche;
pub mod unterlage;
pub mod unterschied;
pub mod verteilen;
pub mod vorgang;
pub mod vorschau;
pub mod worte;
pub mod zeitachse;
pub mod zugang;
