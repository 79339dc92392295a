//! Money: decimal strings to cents and back.
//!
//! Never a float, never rounding; a string that is not exactly euros and two decimals is refused.

use super::LawError;

/// `30.70` -> 3070. Strict: digits, one point, two digits; no sign, blank, comma or leading zero.
pub fn parse_cent(text: &str) -> Result<i64, LawError> {
    let fault = || LawError::Betrag { text: text.into() };
    let (euro, cent) = text.split_once('.').ok_or_else(fault)?;
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let leading_zero = euro.len() > 1 && euro.starts_with('0');
    if !digits(euro) || !digits(cent) || cent.len() != 2 || leading_zero || euro.len() > 12 {
        return Err(fault());
    }
    let euro: i64 = euro.parse().map_err(|_| fault())?;
    let cent: i64 = cent.parse().map_err(|_| fault())?;
    Ok(euro * 100 + cent)
}

/// 3070 -> `30.70`, the form [`parse_cent`] reads.
pub fn cent_zu_wert(cent: i64) -> String {
    let sign = if cent < 0 { "-" } else { "" };
    let abs = cent.unsigned_abs();
    format!("{sign}{}.{:02}", abs / 100, abs % 100)
}

/// 123456 -> `1.234,56 €`, for notices and pages.
pub fn cent_zu_text(cent: i64) -> String {
    let sign = if cent < 0 { "-" } else { "" };
    let abs = cent.unsigned_abs();
    let digits = (abs / 100).to_string();
    let mut euro = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            euro.push('.');
        }
        euro.push(c);
    }
    format!("{sign}{euro},{:02} €", abs % 100)
}
