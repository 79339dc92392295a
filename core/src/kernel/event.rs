//! Events on the wire and the registry that cuts their payload into disclosures.
//!
//! An event enum is adjacently tagged (`{"type": wire name, "data": {…}}`). Each key of `data`
//! becomes the pointer `/key`; a key of class `OpenEach` or `ByDefinition` is cut one level deeper (`/felder/<id>`).
//! The registry says which pointers exist and who they concern; what is not registered is
//! refused at append (`LEDGER.md`, disclosures).

use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;

/// `/name` or `/felder/name`; pattern `^(/[A-Za-z0-9_-]{1,64}){1,8}$`.
pub type Pointer = String;

/// Where a pointer's value lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Group 0: stored in the clear inside the house, salted towards the outside.
    Open,
    /// Sealed under the key of the named subject role of this procedure (`antragsteller`,
    /// `verfahren`, `person`, …). One group per subject, in the order of first mention.
    Sealed(&'static str),
    /// Open, and cut one level deeper (`/zeile/<column>`), so that each value is a disclosure of its own.
    OpenEach,
    /// `/felder/*`: class and subject come from the pinned definition of the Leistung.
    ByDefinition,
}

/// One wire name ever written, with its pointers in registry order.
#[derive(Clone, Copy, Debug)]
pub struct EventSpec {
    /// For example `akte.opened.v1`; pattern `[a-z_]+(\.[a-z_]+)+\.v[1-9][0-9]*`.
    pub wire: &'static str,
    /// Top-level payload keys (without slash) and their class.
    pub fields: &'static [(&'static str, Class)],
    /// Aufbewahrungsklasse written into the header (`ret`), `[A-Z0-9]{1,8}`.
    pub ret: &'static str,
}

/// All wire names of all rooms.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    by_wire: BTreeMap<&'static str, EventSpec>,
}

impl Registry {
    /// Collects the rooms' tables; a wire name may occur once.
    pub fn new(rooms: &[&[EventSpec]]) -> Self {
        let mut by_wire = BTreeMap::new();
        for spec in rooms.iter().flat_map(|r| r.iter()) {
            let before = by_wire.insert(spec.wire, *spec);
            assert!(before.is_none(), "wire name {} registered twice", spec.wire);
        }
        Self { by_wire }
    }
    /// The spec of a wire name, if it is known.
    pub fn get(&self, wire: &str) -> Option<&EventSpec> {
        self.by_wire.get(wire)
    }
    /// All specs in wire-name order.
    pub fn all(&self) -> impl Iterator<Item = &EventSpec> {
        self.by_wire.values()
    }
}

/// An event enum of one room: serde-tagged with `tag = "type", content = "data"`.
pub trait WireEvent:
    cqrs_es::DomainEvent + Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static
{
    /// The room's registry table, one row per variant.
    const SPECS: &'static [EventSpec];
    /// Wire name of this value, for example `akte.opened.v1`.
    fn wire(&self) -> &'static str;
}

/// Declares a room's events once: enum, serde names, registry rows.
///
/// Sealed fields must be `Option` (they can be erased); a `None` is not written at all.
#[macro_export]
macro_rules! events {
    ($(#[$meta:meta])* $name:ident, ret $ret:literal {
        $( $(#[$vmeta:meta])* $variant:ident = $wire:literal { $( $(#[$fmeta:meta])* $field:ident : $ty:ty => $class:expr ),* $(,)? } )*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "type", content = "data")]
        pub enum $name {
            $( $(#[$vmeta])* #[serde(rename = $wire)] $variant { $( $(#[$fmeta])* $field: $ty ),* } ),*
        }
        impl $crate::kernel::WireEvent for $name {
            const SPECS: &'static [$crate::kernel::EventSpec] = {
                use $crate::kernel::Class::*;
                &[ $( $crate::kernel::EventSpec {
                    wire: $wire,
                    fields: &[ $( (stringify!($field), $class) ),* ],
                    ret: $ret,
                } ),* ]
            };
            fn wire(&self) -> &'static str {
                match self { $( $name::$variant { .. } => $wire ),* }
            }
        }
        impl cqrs_es::DomainEvent for $name {
            fn event_type(&self) -> String { $crate::kernel::event::split_wire($crate::kernel::WireEvent::wire(self)).0.to_owned() }
            fn event_version(&self) -> String { $crate::kernel::event::split_wire($crate::kernel::WireEvent::wire(self)).1 }
        }
    };
}

/// `akte.opened.v1` -> (`akte.opened`, `1.0.0`): what cqrs-es upcasters compare.
pub fn split_wire(wire: &str) -> (&str, String) {
    match wire.rsplit_once(".v") {
        Some((name, n)) => (name, format!("{n}.0.0")),
        None => (wire, "0.0.0".to_owned()),
    }
}
