//! Ways to break a proof: bits, hashes too many or too few, swapped, wrong numbers, other spellings of the same bytes.
//!
//! What comes out may by chance still be good; what it is, the verifiers say.

use super::b64;
use super::zufall::Zufall;

/// Breaks hashes (leaf and root first, then the path) or one of the two numbers.
pub fn break_proof(chance: &mut Zufall, texts: &mut Vec<String>, numbers: [&mut u64; 2]) {
    let at = chance.within(0, texts.len() as u64) as usize;
    let last = texts.len() - 1;
    match chance.within(0, 10) {
        0 => texts[at] = flipped(chance, &texts[at]),
        1 => texts[at] = b64(&chance.bytes::<32>()),
        2 => texts.insert((at + 2).min(last + 1), b64(&chance.bytes::<32>())),
        3 if at >= 2 => drop(texts.remove(at)),
        4 => texts.swap(at, last),
        5 => texts[at] = b64(&chance.bytes::<31>()),
        6 => texts[at] = b64(&chance.bytes::<33>()),
        7 => texts[at] = unpadded_bits(&texts[at]),
        8 => {
            let number = numbers.into_iter().nth(chance.within(0, 2) as usize);
            if let Some(number) = number {
                *number = chance.within(0, 600);
            }
        }
        _ => {
            for number in numbers {
                *number = chance.within(0, 1 << 53);
            }
        }
    }
}

/// One bit of the decoded bytes.
fn flipped(chance: &mut Zufall, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = chance.within(0, bytes.len() as u64 - 1) as usize;
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The same 32 bytes with a padding bit set: another text that a lax reader would take for the same hash.
fn unpadded_bits(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = text.as_bytes().to_vec();
    if let [.., last, b'='] = &mut bytes[..]
        && let Some(place) = LETTERS.iter().position(|l| l == last)
    {
        *last = LETTERS[place | 1];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Breaks a text: a bit, a byte, a line, or its end. ASCII stays ASCII, so that it still fits into a JSON line.
pub fn break_text(chance: &mut Zufall, text: String) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let (a, b) = (chance.within(0, lines.len() as u64) as usize, chance.within(0, lines.len() as u64) as usize);
    match chance.within(0, 10) {
        0..=2 => return with_bit(chance, text),
        3 => return text.chars().take(chance.within(0, text.chars().count() as u64) as usize).collect(),
        4 => drop(lines.remove(a)),
        5 => lines.insert(a, lines[b].clone()),
        6 => lines.swap(a, b),
        7 => lines[a] = unpadded_bits(&lines[a]),
        8 => lines[a].push_str([" ", "\r", "=", "0"][chance.within(0, 4) as usize]),
        _ => lines[a].insert_str(0, ["0", " ", "-"][chance.within(0, 3) as usize]),
    }
    lines.join("\n")
}

fn with_bit(chance: &mut Zufall, text: String) -> String {
    let mut bytes = text.into_bytes();
    let at = chance.within(0, bytes.len() as u64) as usize;
    let turned = bytes[at] ^ (1 << chance.within(0, 7));
    if bytes[at].is_ascii() && turned != 0 {
        bytes[at] = turned;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
