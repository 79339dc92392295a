//! What everybody may see. Handlers here hold an `OffenState` and nothing else.

pub mod aktenplan;
pub mod beweis;
pub mod daten;
pub mod log;
pub mod metadaten;
pub mod pruefen;
pub mod recht;
pub mod umstieg;
