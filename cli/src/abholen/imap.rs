//! The conversation with the mailbox: find what is not marked, fetch it, and mark it only when it is in the book.
//!
//! What a server writes is not repeated: it may hold an address. Ends with an error at the first failure; the rest waits.

use super::Bilanz;
use super::einstellung::Postfach;
use crate::post::einstellung::Leitung as Sicherung;
use akte_api::annahme::{Angenommen, Ausgang, Tor, Umschlag};
use akte_core::eingang::grenzen::ORIGINAL_BYTES;
use akte_core::execute::ExecuteError;
use async_imap::types::Flag;
use async_imap::{Client, Session};
use futures::TryStreamExt;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// Longest silence of a server; a large mail on a slow line needs some.
const GEDULD: Duration = Duration::from_secs(120);
/// Mails of one look.
const JE_BLICK: usize = 200;
/// Marks of mails that are in the book, and of those that went to quarantine.
const ERFASST: &str = "$AkteErfasst";
const QUARANTAENE: &str = "$AkteQuarantaene";

/// Why it does not go on now.
#[derive(Debug)]
pub enum Ausfall {
    KeineVerbindung,
    NichtGesichert,
    Anmeldung,
    Ordner,
    Merkzeichen,
    Abgebrochen,
    Ablage(ExecuteError),
}

impl std::fmt::Display for Ausfall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::KeineVerbindung => "Der Server ist nicht erreichbar.",
            Self::NichtGesichert => "Die Leitung lässt sich nicht sichern (Zertifikat oder STARTTLS).",
            Self::Anmeldung => "Der Server nimmt die Anmeldung nicht an. Prüfen Sie Benutzer und Kennwort.",
            Self::Ordner => "Den Ordner des Postfachs gibt es nicht, oder er lässt sich nicht öffnen.",
            Self::Merkzeichen => {
                "Das Postfach erlaubt keine eigenen Merkzeichen. Nennen Sie mit erledigt einen Ordner, in den verschoben wird."
            }
            Self::Abgebrochen => "Die Verbindung brach ab, oder die Antwort war unverständlich.",
            Self::Ablage(e) => return std::fmt::Display::fmt(e, f),
        })
    }
}

impl std::error::Error for Ausfall {}

impl From<ExecuteError> for Ausfall {
    fn from(e: ExecuteError) -> Self {
        Self::Ablage(e)
    }
}

trait Leitung: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Leitung for T {}
type Sitzung = Session<Box<dyn Leitung>>;

/// One look: every mail without a mark, oldest first.
pub async fn holen(p: &Postfach, tor: &Tor<'_>, told: &watch::Receiver<bool>) -> Result<Bilanz, Ausfall> {
    let mut sitzung = frist(verbinden(p)).await?;
    let mut fach = frist(Fach::oeffnen(&mut sitzung, p)).await?;
    let mut bilanz = Bilanz::default();
    for uid in frist(fach.offen()).await? {
        if *told.borrow() {
            break;
        }
        match fach.eine(tor, uid).await {
            Ok(Some(a)) => bilanz.zaehlen(a.ausgang),
            Ok(None) => {}
            // One mail that cannot be taken must not keep the others out; without a mark it is tried again.
            Err(Ausfall::Ablage(e)) if !super::vorbei(&e) => {
                tracing::error!(uid, code = super::kurz(&e), "postfach: a mail was passed over");
                bilanz.abgelehnt += 1;
            }
            Err(e) => return Err(e),
        }
    }
    // How the server says goodbye changes nothing.
    let _ = tokio::time::timeout(Duration::from_secs(5), sitzung.logout()).await;
    Ok(bilanz)
}

async fn frist<T>(arbeit: impl Future<Output = Result<T, Ausfall>>) -> Result<T, Ausfall> {
    tokio::time::timeout(GEDULD, arbeit).await.unwrap_or(Err(Ausfall::Abgebrochen))
}

async fn verbinden(p: &Postfach) -> Result<Sitzung, Ausfall> {
    let tcp = TcpStream::connect((p.host.as_str(), p.port)).await.map_err(|_| Ausfall::KeineVerbindung)?;
    let (leitung, begruesst): (Box<dyn Leitung>, bool) = match p.tls {
        Sicherung::Keine => (Box::new(tcp), false),
        Sicherung::Tls => (Box::new(sichern(p, tcp).await?), false),
        Sicherung::Starttls => {
            let mut offen = Client::new(tcp);
            gruss(&mut offen).await?;
            let gut = offen.run_command_and_check_ok("STARTTLS", None).await;
            gut.map_err(|_| Ausfall::NichtGesichert)?;
            (Box::new(sichern(p, offen.into_inner()).await?), true)
        }
    };
    let mut client = Client::new(leitung);
    if !begruesst {
        gruss(&mut client).await?;
    }
    client.login(&p.benutzer, &p.kennwort.0).await.map_err(|(e, _)| match e {
        async_imap::error::Error::No(_) | async_imap::error::Error::Validate(_) => Ausfall::Anmeldung,
        _ => Ausfall::Abgebrochen,
    })
}

async fn gruss<T: Leitung>(client: &mut Client<T>) -> Result<(), Ausfall> {
    match client.read_response().await {
        Ok(Some(_)) => Ok(()),
        _ => Err(Ausfall::Abgebrochen),
    }
}

async fn sichern(p: &Postfach, tcp: TcpStream) -> Result<tokio_rustls::client::TlsStream<TcpStream>, Ausfall> {
    let mut wurzeln = RootCertStore::empty();
    wurzeln.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(crypto::ring::default_provider());
    let konfig = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let konfig = konfig.map_err(|_| Ausfall::NichtGesichert)?.with_root_certificates(wurzeln).with_no_client_auth();
    let name = ServerName::try_from(p.host.clone()).map_err(|_| Ausfall::NichtGesichert)?;
    TlsConnector::from(Arc::new(konfig)).connect(name, tcp).await.map_err(|_| Ausfall::NichtGesichert)
}

/// The folder of the mailbox, opened.
struct Fach<'a> {
    s: &'a mut Sitzung,
    p: &'a Postfach,
    gueltig: u32,
    verschiebt: bool,
}

impl<'a> Fach<'a> {
    async fn oeffnen(s: &'a mut Sitzung, p: &'a Postfach) -> Result<Self, Ausfall> {
        let verschiebt = s.capabilities().await.map_err(abgebrochen)?.has_str("MOVE");
        if let Some(ziel) = &p.erledigt {
            // It is there already, or the move will say so.
            let _ = s.create(ziel).await;
        }
        let fach = s.select(&p.ordner).await.map_err(|e| match e {
            async_imap::error::Error::No(_) => Ausfall::Ordner,
            e => abgebrochen(e),
        })?;
        let merkt = fach.permanent_flags.is_empty()
            || fach.permanent_flags.iter().any(|f| *f == Flag::MayCreate || *f == Flag::Custom(ERFASST.into()));
        // Without a lasting mark everything would be fetched again with every look.
        if !merkt && p.erledigt.is_none() {
            return Err(Ausfall::Merkzeichen);
        }
        Ok(Self { s, p, gueltig: fach.uid_validity.unwrap_or_default(), verschiebt })
    }

    async fn offen(&mut self) -> Result<Vec<u32>, Ausfall> {
        let frage = format!("UNDELETED UNKEYWORD {ERFASST} UNKEYWORD {QUARANTAENE}");
        let mut uids: Vec<u32> = self.s.uid_search(frage).await.map_err(abgebrochen)?.into_iter().collect();
        uids.sort_unstable();
        uids.truncate(JE_BLICK);
        Ok(uids)
    }

    /// One mail, from the mailbox into the book, and only then its mark. `None`: it has gone meanwhile.
    async fn eine(&mut self, tor: &Tor<'_>, uid: u32) -> Result<Option<Angenommen>, Ausfall> {
        let Some((bytes, received_at)) = frist(self.kopf(uid)).await? else { return Ok(None) };
        let umschlag = Umschlag { einheit: self.p.einheit.clone(), received_at, dateiname: None };
        let angenommen = if usize::try_from(bytes).is_ok_and(|n| n <= ORIGINAL_BYTES) {
            let Some(eml) = frist(self.ganz(uid)).await? else { return Ok(None) };
            tor.email(eml, &umschlag).await?
        } else {
            let stelle = format!("{}\n{}\n{}\n{}\n{uid}", self.p.host, self.p.benutzer, self.p.ordner, self.gueltig);
            tor.zu_gross(&stelle, u64::from(bytes), &umschlag).await?
        };
        frist(self.merken(uid, angenommen.ausgang)).await?;
        Ok(Some(angenommen))
    }

    /// Size, and when it reached the mailbox: that is the legal receipt, whatever date the mail claims.
    async fn kopf(&mut self, uid: u32) -> Result<Option<(u32, Timestamp)>, Ausfall> {
        let strom = self.s.uid_fetch(uid.to_string(), "(UID RFC822.SIZE INTERNALDATE)").await.map_err(abgebrochen)?;
        let gelesen: Vec<_> = strom.try_collect().await.map_err(abgebrochen)?;
        let eins = gelesen.iter().find(|f| f.uid == Some(uid));
        let Some(f) = eins else { return Ok(None) };
        let wann = f.internal_date().and_then(|d| Timestamp::from_second(d.timestamp()).ok());
        match (f.size, wann) {
            (Some(n), Some(t)) => Ok(Some((n, t))),
            _ => Err(Ausfall::Abgebrochen),
        }
    }

    async fn ganz(&mut self, uid: u32) -> Result<Option<Vec<u8>>, Ausfall> {
        let strom = self.s.uid_fetch(uid.to_string(), "(UID BODY.PEEK[])").await.map_err(abgebrochen)?;
        let gelesen: Vec<_> = strom.try_collect().await.map_err(abgebrochen)?;
        let eins = gelesen.iter().find(|f| f.uid == Some(uid));
        Ok(eins.and_then(|f| f.body()).map(<[u8]>::to_vec))
    }

    async fn merken(&mut self, uid: u32, ausgang: Ausgang) -> Result<(), Ausfall> {
        let uid = uid.to_string();
        let quarantaene = matches!(ausgang, Ausgang::Quarantaene(_));
        let zeichen = if quarantaene { QUARANTAENE } else { ERFASST };
        match &self.p.erledigt {
            // What is in quarantine stays where a person finds it.
            Some(ziel) if !quarantaene && self.verschiebt => self.s.uid_mv(uid, ziel).await.map_err(abgebrochen),
            Some(ziel) if !quarantaene => {
                self.s.uid_copy(&uid, ziel).await.map_err(abgebrochen)?;
                self.zeichen(&uid, "\\Deleted").await
            }
            _ => self.zeichen(&uid, zeichen).await,
        }
    }

    async fn zeichen(&mut self, uid: &str, zeichen: &str) -> Result<(), Ausfall> {
        let strom = self.s.uid_store(uid, format!("+FLAGS.SILENT ({zeichen})")).await.map_err(abgebrochen)?;
        let _: Vec<_> = strom.try_collect().await.map_err(abgebrochen)?;
        Ok(())
    }
}

fn abgebrochen(_: async_imap::error::Error) -> Ausfall {
    Ausfall::Abgebrochen
}
