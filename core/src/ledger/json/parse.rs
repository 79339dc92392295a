//! The strict reader of the profile: every text it accepts means one value to every reader.
//!
//! It accepts spaces and any key order (canonical form is a separate question), and refuses duplicate
//! keys, fractions, exponents, -0, integers beyond 2^53-1, U+0000, lone surrogates and deep nesting.

use super::{JsonError, MAX_DEPTH, MAX_INTEGER};
use serde_json::{Map, Value};
use std::ops::Range;

/// Reads one JSON text.
pub fn parse_strict(bytes: &[u8]) -> Result<Value, JsonError> {
    let mut cursor = Cursor::new(bytes)?;
    let value = cursor.value(0)?;
    cursor.end()?;
    Ok(value)
}

/// Members of a top-level object in the order of the text: key, value, and the exact bytes the value has
/// in the text. Proofs copy these bytes; they are never serialised again.
pub fn members(bytes: &[u8]) -> Result<Vec<(String, Value, Range<usize>)>, JsonError> {
    let mut cursor = Cursor::new(bytes)?;
    let mut out: Vec<(String, Value, Range<usize>)> = Vec::new();
    cursor.object(0, |key, value, span| {
        out.push((key, value, span));
    })?;
    cursor.end()?;
    let mut keys: Vec<&str> = out.iter().map(|m| m.0.as_str()).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|w| w[0] == w[1]) {
        return Err(JsonError::DuplicateKey);
    }
    Ok(out)
}

/// A place in a JSON text.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(bytes).map_err(|e| JsonError::Syntax(e.valid_up_to()))?;
        Ok(Self { text, at: 0 })
    }

    fn fail<T>(&self) -> Result<T, JsonError> {
        Err(JsonError::Syntax(self.at))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Steps over `word` if it stands here.
    pub(crate) fn take(&mut self, word: &str) -> bool {
        let here = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        if here {
            self.at += word.len();
        }
        here
    }

    /// Steps over `word` or fails.
    pub(crate) fn expect(&mut self, word: &str) -> Result<(), JsonError> {
        if self.take(word) { Ok(()) } else { self.fail() }
    }

    /// Nothing but spaces may follow.
    pub(crate) fn end(&mut self) -> Result<(), JsonError> {
        self.spaces();
        if self.at == self.text.len() { Ok(()) } else { self.fail() }
    }

    /// The text between two quotes, where it holds no escape; the fast path of headers.
    pub(crate) fn plain(&mut self) -> Result<&'a str, JsonError> {
        self.expect("\"")?;
        let rest = &self.text[self.at..];
        match rest.bytes().position(|b| b == b'"' || b == b'\\' || b < 0x20) {
            Some(n) if rest.as_bytes()[n] == b'"' => {
                self.at += n + 1;
                Ok(&rest[..n])
            }
            _ => self.fail(),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.spaces();
        match self.peek() {
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'{') => {
                let mut map = Map::new();
                let mut twice = false;
                self.object(depth, |key, value, _| twice |= map.insert(key, value).is_some())?;
                if twice { Err(JsonError::DuplicateKey) } else { Ok(Value::Object(map)) }
            }
            Some(b'[') => self.array(depth),
            Some(b't') => self.expect("true").map(|()| Value::Bool(true)),
            Some(b'f') => self.expect("false").map(|()| Value::Bool(false)),
            Some(b'n') => self.expect("null").map(|()| Value::Null),
            Some(b'-' | b'0'..=b'9') => self.integer().map(Value::from),
            _ => self.fail(),
        }
    }

    fn object(&mut self, depth: usize, mut each: impl FnMut(String, Value, Range<usize>)) -> Result<(), JsonError> {
        self.spaces();
        self.expect("{")?;
        if depth >= MAX_DEPTH {
            return Err(JsonError::Depth);
        }
        self.spaces();
        if self.take("}") {
            return Ok(());
        }
        loop {
            self.spaces();
            let key = self.string()?;
            if !key.is_ascii() {
                return Err(JsonError::Key);
            }
            self.spaces();
            self.expect(":")?;
            self.spaces();
            let from = self.at;
            let value = self.value(depth + 1)?;
            each(key, value, from..self.at);
            self.spaces();
            if self.take("}") {
                return Ok(());
            }
            self.expect(",")?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.expect("[")?;
        if depth >= MAX_DEPTH {
            return Err(JsonError::Depth);
        }
        let mut items = Vec::new();
        self.spaces();
        if self.take("]") {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.spaces();
            if self.take("]") {
                return Ok(Value::Array(items));
            }
            self.expect(",")?;
        }
    }

    /// An integer of the profile.
    pub(crate) fn integer(&mut self) -> Result<i64, JsonError> {
        let negative = self.take("-");
        let from = self.at;
        let mut n: i64 = 0;
        while let Some(d @ b'0'..=b'9') = self.peek() {
            if self.at - from >= 16 {
                return Err(JsonError::Number);
            }
            n = n * 10 + i64::from(d - b'0');
            self.at += 1;
        }
        let len = self.at - from;
        if len == 0 || (len > 1 && self.text.as_bytes()[from] == b'0') {
            return self.fail();
        }
        let fraction = matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        if fraction || n > MAX_INTEGER || (negative && n == 0) {
            return Err(JsonError::Number);
        }
        Ok(if negative { -n } else { n })
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.expect("\"")?;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let n = rest.bytes().position(|b| b == b'"' || b == b'\\' || b < 0x20);
            let Some(n) = n else { return self.fail() };
            self.at += n;
            let stop = rest.as_bytes()[n];
            if stop == b'"' {
                self.at += 1;
                if out.is_empty() {
                    return Ok(rest[..n].to_owned());
                }
                out.push_str(&rest[..n]);
                return Ok(out);
            }
            out.push_str(&rest[..n]);
            if stop != b'\\' {
                return self.fail();
            }
            self.at += 1;
            out.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let Some(b) = self.peek() else { return self.fail() };
        self.at += 1;
        Ok(match b {
            b'"' | b'\\' | b'/' => char::from(b),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return self.fail(),
        })
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let mut code = self.hex4()?;
        if code == 0 {
            return Err(JsonError::Nul);
        }
        if (0xD800..0xDC00).contains(&code) {
            self.expect("\\u")?;
            let low = self.hex4()?;
            if !(0xDC00..0xE000).contains(&low) {
                return self.fail();
            }
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        match char::from_u32(code) {
            Some(c) => Ok(c),
            None => self.fail(),
        }
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16));
            let Some(digit) = digit else { return self.fail() };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}
