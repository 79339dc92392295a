//! What the town decides and remembers.
//!
//! Rooms do not know each other; they meet in [`process`]. Only [`execute`] writes.

#[macro_use]
pub mod kernel;
pub mod akte;
#[cfg(feature = "auszug")]
pub mod auszug;
pub mod betroffene;
mod blocking;
pub mod documents;
pub mod eingang;
#[cfg(feature = "documents")]
pub mod execute;
pub mod geschaeftsgang;
pub mod ledger;
#[cfg(any(feature = "documents", feature = "eventstore", feature = "kurrentdb"))]
mod locks;
pub mod loeschung;
pub mod metadaten;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "documents")]
pub mod process;
pub mod recht;
pub mod stadt;
pub mod vault;
pub mod verfahren;
pub mod zugriff;

/// Wire names of every room, system events included.
pub fn registry() -> kernel::Registry {
    use kernel::WireEvent;
    kernel::Registry::new(&[
        akte::AkteEvent::SPECS,
        akte::AktenplanEvent::SPECS,
        akte::DokumentEvent::SPECS,
        akte::NummernEvent::SPECS,
        geschaeftsgang::UmlaufEvent::SPECS,
        geschaeftsgang::WiedervorlageEvent::SPECS,
        geschaeftsgang::AufgabeEvent::SPECS,
        geschaeftsgang::BeobachtungEvent::SPECS,
        eingang::EingangEvent::SPECS,
        verfahren::VorgangEvent::SPECS,
        verfahren::LeistungEvent::SPECS,
        verfahren::DatensatzEvent::SPECS,
        loeschung::LoeschungEvent::SPECS,
        betroffene::BetroffenenEvent::SPECS,
        zugriff::KontoEvent::SPECS,
        zugriff::EinheitEvent::SPECS,
        ledger::system::SPECS,
    ])
}
