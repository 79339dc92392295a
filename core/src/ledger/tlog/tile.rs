//! Paths of tiles and entry bundles (tlog-tiles): `tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]`.
//!
//! Only the names; the hashes come from an engine or a folder.

use super::{TlogError, decimal};
use crate::ledger::json::MAX_INTEGER;
use crate::ledger::merkle::TILE_WIDTH;
use std::fmt;
use std::str::FromStr;

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Entry bundle; has the widths of level 0.
    Entries,
    /// Hashes of this level.
    Level(u8),
}

/// One tile or bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TilePath {
    pub kind: Kind,
    pub n: u64,
    /// 1 to 256; 256 is a full one.
    pub width: u16,
}

impl TilePath {
    /// The tile at this place in a log of `size` entries, full or partial; `None` where it would be empty.
    pub fn at(kind: Kind, n: u64, size: u64) -> Option<Self> {
        let width = width(kind, n, size);
        (width > 0).then_some(Self { kind, n, width })
    }

    /// Every tile and bundle of a log of `size` entries.
    pub fn all(size: u64) -> impl Iterator<Item = Self> {
        let levels = (0..8u8).map(Kind::Level).take_while(move |kind| width(*kind, 0, size) > 0);
        std::iter::once(Kind::Entries).chain(levels).flat_map(move |kind| {
            let tiles = (size >> (8 * u32::from(level(kind)))).div_ceil(TILE_WIDTH as u64);
            (0..tiles).filter_map(move |n| Self::at(kind, n, size))
        })
    }

    /// Whether it has all 256 places.
    pub fn is_full(&self) -> bool {
        usize::from(self.width) == TILE_WIDTH
    }
}

fn level(kind: Kind) -> u8 {
    match kind {
        Kind::Entries => 0,
        Kind::Level(level) => level,
    }
}

/// Hashes of the tile that a log of this size has: 0 to 256.
fn width(kind: Kind, n: u64, size: u64) -> u16 {
    let shift = 8 * u32::from(level(kind));
    let hashes = size.checked_shr(shift).unwrap_or(0);
    let first = n.saturating_mul(TILE_WIDTH as u64);
    hashes.saturating_sub(first).min(TILE_WIDTH as u64) as u16
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Entries => f.write_str("tile/entries/")?,
            Kind::Level(level) => write!(f, "tile/{level}/")?,
        }
        // 1234067 = x001/x234/067
        let mut places = 1;
        while 1000u64.checked_pow(places).is_some_and(|unit| self.n >= unit) {
            places += 1;
        }
        for place in (1..places).rev() {
            write!(f, "x{:03}/", self.n / 1000u64.pow(place) % 1000)?;
        }
        write!(f, "{:03}", self.n % 1000)?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl FromStr for TilePath {
    type Err = TlogError;

    /// Reads exactly what [`fmt::Display`] writes.
    fn from_str(path: &str) -> Result<Self, TlogError> {
        let rest = path.strip_prefix("tile/").ok_or(TlogError::Path)?;
        let (kind, rest) = rest.split_once('/').ok_or(TlogError::Path)?;
        let kind = match kind {
            "entries" => Kind::Entries,
            // Eight levels hold 2^64 entries.
            level => Kind::Level(decimal(level).filter(|l| *l < 8).ok_or(TlogError::Path)? as u8),
        };
        let (digits, width) = match rest.split_once(".p/") {
            Some((digits, width)) => (digits, decimal(width).filter(|w| (1..256).contains(w)).ok_or(TlogError::Path)?),
            None => (rest, TILE_WIDTH as u64),
        };
        let mut n = 0u64;
        let mut parts = digits.split('/').peekable();
        while let Some(part) = parts.next() {
            let digits = if parts.peek().is_some() { part.strip_prefix('x').ok_or(TlogError::Path)? } else { part };
            if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(TlogError::Path);
            }
            let value: u64 = digits.parse().map_err(|_| TlogError::Path)?;
            n = n.checked_mul(1000).and_then(|n| n.checked_add(value)).ok_or(TlogError::Path)?;
            if n > MAX_INTEGER as u64 {
                return Err(TlogError::Path);
            }
        }
        let tile = Self { kind, n, width: width as u16 };
        // One name per tile: no leading groups of zeros.
        if tile.to_string() == path { Ok(tile) } else { Err(TlogError::Path) }
    }
}
