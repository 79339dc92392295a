//! What citizens do: find a service, apply, look at their own case. One use case is one file.

pub mod antrag;
pub mod entwurf;
pub mod felder;
pub mod fortsetzen;
pub mod katalog;
pub mod pruefen;
pub mod start;
