//! A line that breaks where a test says: passes bytes on to a real server until a word is sent or so much was answered.
//!
//! Knows no protocol.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// When the line breaks.
#[derive(Clone, Debug)]
pub enum Bruch {
    Nie,
    /// After so many bytes of the server.
    Nach(usize),
    /// When the client is about to send this word, which does not arrive; the process with this id is killed first.
    Vor(String, Option<u32>),
}

/// A listening line; its threads end with the test.
pub struct Schnitt {
    pub port: u16,
    bruch: Arc<Mutex<Bruch>>,
}

impl Schnitt {
    /// A line to a server on this machine.
    pub fn zu(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("address").port();
        let bruch = Arc::new(Mutex::new(Bruch::Nie));
        let mit = bruch.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let bruch = mit.lock().expect("unpoisoned").clone();
                leiten(&client, &server, &bruch);
            }
        });
        Self { port, bruch }
    }

    /// How lines opened from now on break.
    pub fn bricht(&self, bruch: Bruch) {
        *self.bruch.lock().expect("unpoisoned") = bruch;
    }
}

fn leiten(client: &TcpStream, server: &TcpStream, bruch: &Bruch) {
    let paar = || (client.try_clone().expect("cloned"), server.try_clone().expect("cloned"));
    let (mut von, mut zu) = paar();
    let vor = bruch.clone();
    std::thread::spawn(move || {
        let mut puffer = [0; 8_192];
        while let Ok(n @ 1..) = von.read(&mut puffer) {
            if let Bruch::Vor(wort, pid) = &vor
                && String::from_utf8_lossy(&puffer[..n]).contains(wort.as_str())
            {
                if let Some(pid) = pid {
                    let _ = std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status();
                }
                break;
            }
            if zu.write_all(&puffer[..n]).is_err() {
                break;
            }
        }
        // Both ends learn that it is over; one that knows already is as good.
        let _ = (von.shutdown(Shutdown::Both), zu.shutdown(Shutdown::Both));
    });
    let (mut zu, mut von) = paar();
    let nach = bruch.clone();
    std::thread::spawn(move || {
        let (mut puffer, mut summe) = ([0; 8_192], 0);
        while let Ok(n @ 1..) = von.read(&mut puffer) {
            let bleibt = if let Bruch::Nach(max) = nach { n.min(max.saturating_sub(summe)) } else { n };
            summe += n;
            if zu.write_all(&puffer[..bleibt]).is_err() || bleibt < n {
                break;
            }
        }
        let _ = (von.shutdown(Shutdown::Both), zu.shutdown(Shutdown::Both));
    });
}
