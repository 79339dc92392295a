//! A text as a square of dark and light modules (ISO/IEC 18004), for a template to draw.
//!
//! Draws nothing and keeps nothing: what it is given may be a secret of the person.

use qrcode::{Color, EcLevel, QrCode};

/// One string per row, `1` dark and `0` light, without the white border; `None` if the text is too long.
pub fn qr(text: &str) -> Option<Vec<String>> {
    // M: a fold or a stain over a seventh of the square is read all the same.
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let breite = code.width();
    let modul = |c: &Color| if *c == Color::Dark { '1' } else { '0' };
    Some(code.to_colors().chunks(breite).map(|reihe| reihe.iter().map(modul).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::qr;

    #[test]
    fn the_square_has_its_three_finders_and_a_text_beyond_the_standard_has_none() {
        let reihen = qr("https://musterstadt.example/s/Zk3vT0bq8nYh2LxWc5RmPg").expect("fits");
        assert!(reihen.iter().all(|r| r.len() == reihen.len()) && reihen.len() % 4 == 1);
        let n = reihen.len();
        for (x, y) in [(0, 0), (n - 7, 0), (0, n - 7)] {
            assert_eq!(&reihen[y][x..x + 7], "1111111");
            assert_eq!(&reihen[y + 1][x..x + 7], "1000001");
        }
        assert_eq!(qr(&"x".repeat(3_000)), None);
    }
}
