//! The Geschaeftsgang of any document: what lies with whom, the route, the acts, the Laufmappe.
//!
//! How a notice is signed inside its Vorgang is the case page's (`clerk::aktion::zeichnung`).

pub mod dokument;
pub mod formular;
pub mod handeln;
pub mod lauf;
pub mod laufmappe;
pub mod liste;
pub mod seite;
