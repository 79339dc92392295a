//! A text as somebody typed it.
//!
//! Knows no field: how long one may be and what its lack is called, the room says.

/// The text without the white space around it; `None` where nothing stands.
pub fn filled(text: &str) -> Option<String> {
    Some(text.trim()).filter(|t| !t.is_empty()).map(str::to_owned)
}
