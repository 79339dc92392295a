//! A visitor without a screen: keeps cookies, reads form tokens, speaks HTTP/1.0 with a running server.
//!
//! Knows no page beyond the citizen's form.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

const LEISTUNG: &str = "hundesteuer-anmeldung";
const DOKUMENTE: &str = "/antrag/hundesteuer-anmeldung/dokumente";
pub const ABSENDEN: &str = "/antrag/hundesteuer-anmeldung/absenden";

/// A visitor before the last click, and the token of the open page.
pub fn vor_dem_absenden(server: &str) -> (Besucher, String) {
    let beispiel = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../core/leistungen/hundesteuer-anmeldung/examples/angenommen_ein_hund.toml");
    let beispiel: toml::Table = toml::from_str(&std::fs::read_to_string(beispiel).expect("read")).expect("TOML");
    let wert = |k: &str, v: &toml::Value| match k {
        // Past on every machine's clock.
        "hund_wurfdatum" => "01.05.2020".into(),
        "hund_beginn" => "15.11.2020".into(),
        _ => v.as_str().expect("text").to_owned(),
    };
    let eingabe = beispiel["eingabe"].as_table().expect("table");
    let felder: Vec<_> = eingabe.iter().map(|(k, v)| (k.clone(), wert(k, v))).collect();
    let mut b = Besucher::default();
    b.ausfuellen(server, LEISTUNG, &felder);
    let token = b.get(server, "/antrag/hundesteuer-anmeldung/pruefen").verborgen("_csrf").to_owned();
    (b, token)
}

/// One answer.
pub struct Antwort {
    pub status: u16,
    pub ziel: String,
    pub text: String,
}

impl Antwort {
    /// Value of the hidden field with this name; empty if there is none.
    pub fn verborgen(&self, name: &str) -> &str {
        let (_, rest) = self.text.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_default();
        rest.split('"').next().unwrap_or_default()
    }
}

#[derive(Default)]
pub struct Besucher {
    cookies: BTreeMap<String, String>,
}

impl Besucher {
    pub fn get(&mut self, server: &str, pfad: &str) -> Antwort {
        self.senden(server, &format!("GET {pfad} HTTP/1.0\r\n"), &[])
    }

    /// Sends a form as a page of ours would.
    pub fn post(&mut self, server: &str, pfad: &str, felder: &[(&str, &str)]) -> Antwort {
        let body = felder.iter().map(|(k, v)| format!("{}={}", kodiert(k), kodiert(v))).collect::<Vec<_>>().join("&");
        let kopf = format!(
            "POST {pfad} HTTP/1.0\r\nsec-fetch-site: same-origin\r\ncontent-length: {}\r\n\
             content-type: application/x-www-form-urlencoded\r\n",
            body.len()
        );
        self.senden(server, &kopf, body.as_bytes())
    }

    fn senden(&mut self, server: &str, kopf: &str, body: &[u8]) -> Antwort {
        let mut stream = self.beginnen(server, kopf);
        stream.write_all(body).expect("sent");
        let (kopf, mut stream) = self.antwort(stream);
        let mut text = Vec::new();
        stream.read_to_end(&mut text).expect("body");
        Antwort { text: String::from_utf8_lossy(&text).into_owned(), ..kopf }
    }

    /// Uploads a PDF of so many bytes to the draft, piece by piece.
    pub fn hochladen<B: AsRef<[u8]>>(&mut self, server: &str, len: usize, stuecke: impl IntoIterator<Item = B>) {
        let token = self.get(server, DOKUMENTE);
        let feld = |name: &str, wert: &str| {
            format!("--g\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{wert}\r\n")
        };
        let anfang = feld("_csrf", token.verborgen("_csrf"))
            + &feld("unterlage", "sonstige")
            + "--g\r\nContent-Disposition: form-data; name=\"datei\"; filename=\"a.pdf\"\r\n\
               Content-Type: application/pdf\r\n\r\n";
        let ende = "\r\n--g--\r\n";
        let kopf = format!(
            "POST {DOKUMENTE} HTTP/1.0\r\nsec-fetch-site: same-origin\r\n\
             content-type: multipart/form-data; boundary=g\r\ncontent-length: {}\r\n",
            anfang.len() + len + ende.len()
        );
        let mut stream = self.beginnen(server, &kopf);
        stream.write_all(anfang.as_bytes()).expect("sent");
        stuecke.into_iter().for_each(|s| stream.write_all(s.as_ref()).expect("sent"));
        stream.write_all(ende.as_bytes()).expect("sent");
        let (antwort, mut rest) = self.antwort(stream);
        let mut text = String::new();
        rest.read_to_string(&mut text).expect("UTF-8");
        assert_eq!(antwort.status, 303, "{text}");
    }

    /// Sends line and headers; the body is the caller's.
    fn beginnen(&self, server: &str, kopf: &str) -> TcpStream {
        let cookies: Vec<String> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let mut stream = TcpStream::connect(server).expect("connected");
        let kopf = format!("{kopf}host: {server}\r\ncookie: {}\r\n\r\n", cookies.join("; "));
        stream.write_all(kopf.as_bytes()).expect("sent");
        stream
    }

    /// Reads the answer's headers; its body is the caller's.
    fn antwort(&mut self, mut stream: TcpStream) -> (Antwort, TcpStream) {
        let (mut kopf, mut byte) = (Vec::new(), [0]);
        while !kopf.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).expect("headers");
            kopf.push(byte[0]);
        }
        let kopf = String::from_utf8(kopf).expect("headers");
        let mut aus = Antwort { status: 0, ziel: String::new(), text: String::new() };
        aus.status = kopf.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("status");
        for (name, wert) in kopf.lines().filter_map(|l| l.split_once(": ")) {
            match name.to_ascii_lowercase().as_str() {
                "location" => aus.ziel = wert.into(),
                "set-cookie" => {
                    let (k, v) = wert.split(';').next().and_then(|c| c.split_once('=')).expect("cookie");
                    self.cookies.insert(k.into(), v.into());
                }
                _ => {}
            }
        }
        (aus, stream)
    }

    /// Asks for something large; its body is the caller's.
    pub fn holen(&mut self, server: &str, pfad: &str) -> (u16, TcpStream) {
        let stream = self.beginnen(server, &format!("GET {pfad} HTTP/1.0\r\n"));
        let (antwort, rest) = self.antwort(stream);
        (antwort.status, rest)
    }

    /// Fills in a whole application; the page before sending is open then.
    pub fn ausfuellen(&mut self, server: &str, leistung: &str, felder: &[(String, String)]) {
        let a = self.get(server, &format!("/leistungen/{leistung}"));
        let a = self.post(server, &format!("/antrag/{leistung}"), &[("_csrf", a.verborgen("_csrf"))]);
        let mut ziel = a.ziel;
        while !ziel.ends_with("/dokumente") {
            let seite = ziel.split('#').next().unwrap_or_default().to_owned();
            let a = self.get(server, &seite);
            let mut alle = vec![("_csrf", a.verborgen("_csrf")), ("_gezeigt", a.verborgen("_gezeigt"))];
            alle.extend(felder.iter().map(|(k, v)| (k.as_str(), v.as_str())));
            let a = self.post(server, &seite, &alle);
            assert_eq!(a.status, 303, "{seite}: {}", a.text);
            ziel = a.ziel;
        }
    }
}

fn kodiert(s: &str) -> String {
    let byte = |b: u8| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") };
    s.bytes().map(byte).collect()
}
