//! A wire that is cut when told: between a node and its server, at one exchange or after so many bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::SeqCst};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Which of the two ways of an exchange is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The server never sees it.
    Question,
    /// The server did what it was asked, and nobody hears of it.
    Answer,
}

/// What the wires do.
#[derive(Default)]
struct Plan {
    /// Questions to let through before the cut; negative: none is planned.
    after: AtomicI64,
    answer: AtomicBool,
    /// Bytes of the server after which every new connection is cut; 0: none.
    bytes: AtomicUsize,
}

/// A port before the server's.
pub struct Proxy {
    port: u16,
    plan: Arc<Plan>,
}

impl Proxy {
    pub async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("address").port();
        let plan = Arc::new(Plan { after: AtomicI64::new(-1), ..Plan::default() });
        let shared = Arc::clone(&plan);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { continue };
                tokio::spawn(wire(client, server, Arc::clone(&shared)));
            }
        });
        Self { port, plan }
    }

    /// The URL of the server, by way of this wire.
    pub fn url(&self, url: &str, server: u16) -> String {
        url.replace(&format!(":{server}/"), &format!(":{}/", self.port))
    }

    /// Cuts once, after `questions` more of them.
    pub fn cut(&self, lost: Lost, questions: i64) {
        self.plan.answer.store(lost == Lost::Answer, SeqCst);
        self.plan.after.store(questions, SeqCst);
    }

    /// Whether the planned cut has happened.
    pub fn is_whole(&self) -> bool {
        self.plan.after.swap(-1, SeqCst) >= 0
    }

    /// From now on each connection breaks after so many bytes of the server; 0 ends it.
    pub fn cut_each_after(&self, bytes: usize) {
        self.plan.bytes.store(bytes, SeqCst);
    }
}

async fn wire(client: TcpStream, server: TcpStream, plan: Arc<Plan>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mute = Arc::new(AtomicBool::new(false));
    // The first side to end takes the whole wire with it.
    tokio::select! {
        () = questions(from_client, to_server, &plan, &mute) => {}
        () = answers(from_server, to_client, &plan, &mute) => {}
    }
}

async fn questions(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, plan: &Plan, mute: &AtomicBool) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        if plan.after.load(SeqCst) >= 0 && plan.after.fetch_sub(1, SeqCst) == 0 {
            if !plan.answer.load(SeqCst) {
                return;
            }
            mute.store(true, SeqCst);
        }
        if to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}

async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, plan: &Plan, mute: &AtomicBool) {
    let (mut buffer, mut sent) = (vec![0; 1 << 16], 0);
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        let limit = plan.bytes.load(SeqCst);
        let kept = if limit == 0 { n } else { n.min(limit.saturating_sub(sent)) };
        if mute.load(SeqCst) || to.write_all(&buffer[..kept]).await.is_err() || kept < n {
            return;
        }
        sent += n;
    }
}
