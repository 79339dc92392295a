//! A visitor without a screen: keeps cookies, reads form tokens, speaks HTTP/1.0 with a running server.
//!
//! Knows no page beyond the citizen's form.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

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

    /// Sends line and headers; the body is the caller's.
    pub fn beginnen(&self, server: &str, kopf: &str) -> TcpStream {
        let cookies: Vec<String> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let mut stream = TcpStream::connect(server).expect("connected");
        let kopf = format!("{kopf}host: {server}\r\ncookie: {}\r\n\r\n", cookies.join("; "));
        stream.write_all(kopf.as_bytes()).expect("sent");
        stream
    }

    /// Reads the answer's headers; its body is the caller's.
    pub fn antwort(&mut self, mut stream: TcpStream) -> (Antwort, TcpStream) {
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
