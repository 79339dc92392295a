//! The text of office XML, element by element; entities of a document's own are never expanded.
//!
//! Checks no schema: what is not known is walked through.

use super::Ausgang;
use super::sammler::Sammler;
use quick_xml::Reader;
use quick_xml::events::Event;

/// Elements inside one another, before it is no document any more.
const TIEFE: usize = 256;

/// What the elements of a format mean.
pub struct Woerter {
    /// Text counts only inside these; empty = everywhere.
    pub text: &'static [&'static str],
    /// Their end ends a line.
    pub absatz: &'static [&'static str],
    /// They stand for a blank.
    pub luecke: &'static [&'static str],
    /// They stand for a new line.
    pub umbruch: &'static [&'static str],
}

/// Takes the text of one XML file.
pub fn lesen(xml: &str, w: &Woerter, aus: &mut Sammler<'_>) -> Result<(), Ausgang> {
    let mut leser = Reader::from_str(xml);
    let (mut tiefe, mut innen) = (0usize, 0usize);
    let zaehlt = |innen: usize| w.text.is_empty() || innen > 0;
    while !aus.voll() {
        match leser.read_event().map_err(|_| Ausgang::Unlesbar)? {
            Event::Start(e) => {
                tiefe += 1;
                innen += usize::from(w.text.contains(&e.local_name().as_ref()));
                if tiefe > TIEFE {
                    return Err(Ausgang::ZuGross);
                }
                zeichen(e.local_name().as_ref(), w, aus);
            }
            Event::Empty(e) => {
                let name = e.local_name();
                zeichen(name.as_ref(), w, aus);
                if w.absatz.contains(&name.as_ref()) {
                    aus.zeile();
                }
            }
            Event::End(e) => {
                let name = e.local_name();
                tiefe = tiefe.saturating_sub(1);
                innen -= usize::from(innen > 0 && w.text.contains(&name.as_ref()));
                if w.absatz.contains(&name.as_ref()) {
                    aus.zeile();
                }
            }
            Event::Text(t) if zaehlt(innen) => aus.text(&t.xml10_content()),
            Event::CData(t) if zaehlt(innen) => aus.text(&t.xml10_content()),
            Event::GeneralRef(r) if zaehlt(innen) => match r.resolve_char_ref() {
                Ok(Some(c)) => aus.text(c.encode_utf8(&mut [0; 4])),
                _ => aus.text(benannt(&r)),
            },
            Event::Eof if tiefe > 0 => return Err(Ausgang::Unlesbar),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}

fn zeichen(name: &str, w: &Woerter, aus: &mut Sammler<'_>) {
    if w.luecke.contains(&name) {
        aus.text(" ");
    }
    if w.umbruch.contains(&name) {
        aus.zeile();
    }
}

/// The five names XML knows by itself; all others are a file's own and stay unexpanded.
fn benannt(name: &str) -> &'static str {
    match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "apos" => "'",
        "quot" => "\"",
        _ => " ",
    }
}
