//! Reads back what a notice prints, through the fonts' own tables: what a reader or a screen reader gets.
//!
//! Knows only the PDF our writer makes; it is no parser for other files.

use std::collections::HashMap;

/// Text of all pages without white space, soft hyphens and break marks.
pub fn printed(pdf: &[u8]) -> String {
    squeeze(&pages(pdf).iter().flat_map(|p| p.runs.iter().map(|r| r.text.as_str())).collect::<String>())
}

/// The form in which [`printed`] is compared.
pub fn squeeze(s: &str) -> String {
    s.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{ad}' | '\u{200b}')).collect()
}

/// Left edge and a lower bound of the width, in points, of every run of capital W or M.
pub fn runs(pdf: &[u8]) -> Vec<(f64, f64)> {
    let wide = |r: &Run| r.text.chars().filter(|c| matches!(c, 'W' | 'M')).count() as f64 * 0.8 * r.size;
    pages(pdf).iter().flat_map(|p| p.runs.iter().map(|r| (r.x, wide(r))).collect::<Vec<_>>()).collect()
}

/// Files inside the PDF with their names, as a reader offers them.
pub fn attachments(pdf: &[u8]) -> Vec<(String, Vec<u8>)> {
    let objects = objects(pdf);
    let mut out = Vec::new();
    for spec in objects.values().filter(|o| o.dict.contains("/Type/Filespec")) {
        let name = spec.dict.split("/F(").nth(1).and_then(|r| r.split(')').next()).expect("name");
        let file = &objects[&number(&spec.dict, "/EF<</F ")];
        out.push((name.to_owned(), file.stream(pdf)));
    }
    out.sort();
    out
}

struct Page {
    runs: Vec<Run>,
}

struct Run {
    text: String,
    x: f64,
    size: f64,
}

fn pages(pdf: &[u8]) -> Vec<Page> {
    let objects = objects(pdf);
    let mut order: Vec<_> = objects.iter().filter(|(_, o)| o.dict.contains("/Type/Page/")).collect();
    order.sort_by_key(|(n, _)| **n);
    let page = |dict: &str| {
        let fonts = fonts(pdf, &objects, &objects[&number(dict, "/Resources ")].dict);
        Page { runs: content(&objects[&number(dict, "/Contents ")].stream(pdf), &fonts) }
    };
    order.into_iter().map(|(_, o)| page(&o.dict)).collect()
}

struct Object {
    dict: String,
    /// Where the stream's bytes start.
    at: usize,
}

impl Object {
    fn stream(&self, pdf: &[u8]) -> Vec<u8> {
        let len = number(&self.dict, "/Length ");
        miniz_oxide::inflate::decompress_to_vec_zlib(&pdf[self.at..self.at + len]).expect("zlib")
    }
}

fn objects(pdf: &[u8]) -> HashMap<usize, Object> {
    let mut found = HashMap::new();
    let mut at = 0;
    while let Some(i) = position(&pdf[at..], b" 0 obj\n") {
        let start = at + i + 7;
        let digits = pdf[..at + i].iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let n = String::from_utf8_lossy(&pdf[at + i - digits..at + i]).parse().expect("object number");
        let end = start + position(&pdf[start..], b"endobj").expect("end of object");
        let dict_end = position(&pdf[start..end], b"stream\n").map_or(end, |s| start + s);
        let dict = String::from_utf8_lossy(&pdf[start..dict_end]).into_owned();
        // The bytes of a stream may look like an object: jump over them.
        at = if dict_end < end { dict_end + 7 + number(&dict, "/Length ") } else { end };
        found.insert(n, Object { dict, at: dict_end + 7 });
    }
    found
}

fn position(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|w| w == needle)
}

fn number(dict: &str, key: &str) -> usize {
    let rest = &dict[dict.find(key).unwrap_or_else(|| panic!("{key} in {dict}")) + key.len()..];
    rest.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok()).expect("number")
}

type Font = HashMap<u16, String>;

fn fonts(pdf: &[u8], objects: &HashMap<usize, Object>, resources: &str) -> HashMap<String, Font> {
    let Some(at) = resources.find("/Font<<") else { return HashMap::new() };
    let inner = &resources[at + 7..];
    let inner = &inner[..inner.find(">>").expect("end of fonts")];
    let load = |entry: &str| {
        let mut words = entry.split(' ');
        let (name, n) = (words.next()?, words.next()?.parse::<usize>().ok()?);
        let map = objects[&number(&objects[&n].dict, "/ToUnicode ")].stream(pdf);
        Some((name.to_owned(), cmap(&String::from_utf8_lossy(&map))))
    };
    inner.split('/').filter_map(load).collect()
}

fn cmap(text: &str) -> Font {
    let utf16 = |hex: &str| {
        let units: Vec<u16> =
            (0..hex.len() / 4).filter_map(|i| u16::from_str_radix(&hex[4 * i..4 * i + 4], 16).ok()).collect();
        String::from_utf16_lossy(&units)
    };
    let mut font = Font::new();
    for line in text.lines() {
        let parts: Vec<&str> = line.split(['<', '>']).collect();
        if let [_, cid, _, to, _] = parts[..]
            && let Ok(cid) = u16::from_str_radix(cid, 16)
        {
            font.insert(cid, utf16(to));
        }
    }
    font
}

#[derive(Default)]
struct Pen<'a> {
    /// Sum of the translations of `cm`, one entry per `q`.
    shift: Vec<f64>,
    tm: f64,
    font: Option<&'a Font>,
    size: f64,
    numbers: Vec<f64>,
    name: String,
    cids: Vec<u8>,
}

fn content(stream: &[u8], fonts: &HashMap<String, Font>) -> Vec<Run> {
    let mut pen = Pen { shift: vec![0.0], ..Pen::default() };
    let mut runs = Vec::new();
    let mut at = 0;
    while at < stream.len() {
        let rest = &stream[at..];
        let word = |stop: fn(&u8) -> bool| rest.iter().skip(1).position(stop).map_or(rest.len(), |n| n + 1);
        let ends = |b: &u8| b.is_ascii_whitespace() || b"/[]<>()".contains(b);
        let len = match rest[0] {
            b'(' => literal(rest, &mut pen.cids),
            b'/' => word(ends),
            b if b.is_ascii_whitespace() || b"[]<>".contains(&b) => 1,
            _ => word(ends),
        };
        let token = String::from_utf8_lossy(&rest[..len]);
        match rest[0] {
            b'(' => {}
            b'/' => pen.name = token[1..].to_owned(),
            _ => match token.parse() {
                Ok(n) => pen.numbers.push(n),
                Err(_) => operate(&mut pen, &token, fonts, &mut runs),
            },
        }
        at += len;
    }
    runs
}

fn operate<'a>(pen: &mut Pen<'a>, operator: &str, fonts: &'a HashMap<String, Font>, runs: &mut Vec<Run>) {
    let x = pen.numbers.iter().rev().nth(1).copied().unwrap_or_default();
    match operator {
        "q" => pen.shift.push(pen.shift.last().copied().unwrap_or_default()),
        "Q" => drop(pen.shift.pop()),
        "cm" => pen.shift.iter_mut().rev().take(1).for_each(|s| *s += x),
        "Tf" => (pen.font, pen.size) = (fonts.get(&pen.name), pen.numbers.last().copied().unwrap_or_default()),
        "Tm" => pen.tm = x,
        "TJ" | "Tj" => {
            let glyph = |c: &[u8]| pen.font.and_then(|f| f.get(&u16::from_be_bytes([c[0], c[1]]))).cloned();
            let text = pen.cids.chunks_exact(2).filter_map(glyph).collect();
            runs.push(Run { text, x: pen.shift.last().copied().unwrap_or_default() + pen.tm, size: pen.size });
            pen.cids.clear();
        }
        // What lies between BDC's and other operators' brackets is no text to show.
        "BDC" => pen.cids.clear(),
        _ => {}
    }
    if !operator.trim().is_empty() && !"[]<>".contains(operator) {
        pen.numbers.clear();
    }
}

/// Bytes of a literal string; returns its length in the stream.
fn literal(stream: &[u8], out: &mut Vec<u8>) -> usize {
    let mut at = 1;
    let mut depth = 1;
    while depth > 0 {
        let b = stream[at];
        at += 1;
        match b {
            b'\\' => {
                let octal: Vec<u8> =
                    stream[at..].iter().take(3).take_while(|b| (b'0'..=b'7').contains(b)).copied().collect();
                let named = [(b'n', b'\n'), (b'r', b'\r'), (b't', b'\t'), (b'b', 8), (b'f', 12)];
                let plain = named.iter().find(|(n, _)| *n == stream[at]).map_or(stream[at], |(_, v)| *v);
                let value = octal.iter().fold(0u32, |v, d| v * 8 + u32::from(d - b'0'));
                out.push(if octal.is_empty() { plain } else { value as u8 });
                at += octal.len().max(1);
            }
            b'(' => (depth, _) = (depth + 1, out.push(b)),
            b')' if depth == 1 => depth = 0,
            b')' => (depth, _) = (depth - 1, out.push(b)),
            _ => out.push(b),
        }
    }
    at
}
