//! How the town is spoken to: pages and open data over HTTP.
//!
//! Requests become commands, rows become pages. Decides nothing itself, does not know which
//! engine runs, and starts no server: `cli` binds [`router`] to a socket.

pub mod annahme;
pub mod app;
pub mod assets;
pub mod auditor;
pub mod auth;
pub mod betroffene;
pub mod citizen;
pub mod clerk;
pub mod csrf;
pub mod download;
pub mod error;
pub mod formular;
pub mod headers;
pub mod health;
pub mod layout;
pub mod limits;
pub mod local;
pub mod nachweis;
mod notizen;
pub mod open;
pub mod openapi;
pub mod paket;
pub mod position;
pub mod quarantaene;
pub mod routes;
pub mod session;
pub mod sprache;
pub mod stand;
pub mod texte;
pub mod upload;

pub use app::{App, AppState, Konfig, OffenState, Teile};
pub use routes::router;
