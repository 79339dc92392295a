//! Dates in TOML may be bare (`2026-01-01`) or quoted.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, de::Error};

#[derive(Deserialize)]
#[serde(untagged)]
enum Tag {
    Text(String),
    Toml(toml::value::Datetime),
}

pub fn tag<'de, D: Deserializer<'de>>(d: D) -> Result<Date, D::Error> {
    let text = match Tag::deserialize(d)? {
        Tag::Text(s) => s,
        Tag::Toml(t) => t.to_string(),
    };
    text.parse().map_err(|_| D::Error::custom(format!("`{text}` ist kein Datum der Form 2026-01-31")))
}

pub fn tag_oder_leer<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Date>, D::Error> {
    tag(d).map(Some)
}
