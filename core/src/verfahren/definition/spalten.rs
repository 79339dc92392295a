//! Columns are a list; definitions adopted before wrote a table, which has no order and no titles.

use super::{Spalte, Text};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

struct Form;

impl<'de> Visitor<'de> for Form {
    type Value = Vec<Spalte>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("eine Liste von Spalten mit id, titel und aus")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, a: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(a))
    }
    fn visit_map<A: MapAccess<'de>>(self, a: A) -> Result<Self::Value, A::Error> {
        let alt = BTreeMap::<String, Vec<Vec<String>>>::deserialize(MapAccessDeserializer::new(a))?;
        let eine = |(id, aus): (String, _)| Spalte { titel: Text { de: id.clone(), ..Text::default() }, id, aus };
        Ok(alt.into_iter().map(eine).collect())
    }
}

pub fn lesen<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Spalte>, D::Error> {
    d.deserialize_any(Form)
}
