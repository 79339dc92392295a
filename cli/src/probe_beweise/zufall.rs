//! Repeatable chance: the same seed gives the same proofs on every machine. Not for keys.

use serde_json::{Value, json};

/// Splitmix64.
pub struct Zufall(u64);

impl Zufall {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// From `from` to below `to`.
    pub fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % (to - from)
    }
    pub fn half(&mut self) -> bool {
        self.next() & 1 == 1
    }
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| (self.next() >> 24) as u8)
    }
    pub fn uuid(&mut self) -> uuid::Uuid {
        uuid::Builder::from_custom_bytes(self.bytes()).into_uuid()
    }
    /// Any value of the JSON profile, a few levels deep.
    pub fn value(&mut self, depth: u32) -> Value {
        match self.within(0, if depth < 3 { 8 } else { 6 }) {
            0 => Value::Null,
            1 => json!(self.half()),
            2 => json!(self.within(0, 1 << 53) as i64 - (1 << 52)),
            3 => json!(""),
            4 => json!("Straße, Ärger \"und\" \\ \u{1f415}\n\u{7}"),
            5 => json!(self.next().to_string()),
            6 => (0..self.within(0, 4)).map(|_| self.value(depth + 1)).collect(),
            _ => Value::Object((0..self.within(0, 4)).map(|n| (format!("k{n}"), self.value(depth + 1))).collect()),
        }
    }
}
