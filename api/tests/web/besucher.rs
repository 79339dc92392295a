//! A browser without a screen: keeps cookies, reads form tokens, sends forms through the real router.

use akte_api::{AppState, Konfig, Teile, local::Local, router};
use akte_core::documents::DocumentStore;
use akte_core::execute::{Clock, House, HouseParts};
use akte_core::ledger::engine::MemoryLedger;
use akte_core::ledger::note::NoteSigner;
use akte_core::ledger::signer::LogSigner;
use akte_core::ledger::takt::Takt;
use akte_core::recht::Law;
use akte_core::stadt::Anschrift;
use akte_core::vault::Vault;
use akte_core::verfahren::katalog::Leistungen;
use akte_projections::{InternalViews, PublicViews, Runner, Stand, ZugriffLog};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;

/// A clock the test turns by hand.
pub struct Uhr(AtomicI64);

impl Uhr {
    pub fn vor(&self, sekunden: i64) {
        self.0.fetch_add(sekunden, Ordering::SeqCst);
    }
}

impl Clock for Uhr {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

pub fn stadt() -> akte_core::stadt::Stadt {
    akte_core::stadt::Stadt {
        metadaten: Default::default(),
        aktenzeichen: Default::default(),
        name: "Stadt Musterstadt".into(),
        kurzname: "Musterstadt".into(),
        ags: "01000000".into(),
        kreis: "Kreis Muster".into(),
        land: "Schleswig-Holstein".into(),
        domain: "musterstadt.example".into(),
        log_origin: "musterstadt.example/akte/2026".into(),
        zeitzone: "Europe/Berlin".into(),
        leitung: "Die Bürgermeisterin".into(),
        datenschutzbeauftragte: "Datenschutzstelle, Rathaus".into(),
        anschrift: Anschrift {
            strasse: "Rathausplatz 1".into(),
            plz: "25400".into(),
            ort: "Musterstadt".into(),
            telefon: "04100 1230".into(),
            email: "rathaus@musterstadt.example".into(),
            oeffnungszeiten: "Montag bis Freitag 8 bis 12 Uhr".into(),
        },
        einheiten: [("ordnung", "Ordnungsamt", "32"), ("soziales", "Sozialamt", "50")]
            .map(|(id, name, plan)| akte_core::stadt::EinheitKonfig {
                id: id.into(),
                name: name.into(),
                aktenplan: vec![plan.into()],
            })
            .to_vec(),
        stellen: Vec::new(),
        k: 5,
        grenzen: akte_core::stadt::Grenzen::default(),
        protokoll: akte_core::stadt::Protokoll::default(),
        texte: akte_core::stadt::Texte {
            verwaltungsgericht: String::new(),
            bausteine: vec![akte_core::stadt::Textbaustein {
                id: "linie".into(),
                version: 2,
                text: "Der Rat hat festgelegt, dass Bewohner Vorrang vor Pendlern haben.".into(),
                quelle: "Ratsbeschluss vom 1. Februar 2026".into(),
                leistungen: vec![],
                wofuer: akte_core::verfahren::texte::Wofuer::Ermessen,
            }],
        },
    }
}

/// The key that signs the log of the visited town; leaf 0 names its public half.
pub fn log_key() -> NoteSigner {
    NoteSigner::new("musterstadt.example/akte/2026", &[7; 32]).unwrap()
}

/// From now on somebody signs.
pub async fn signed(stadt: &Stadt) -> Arc<Takt> {
    let house = &stadt.app.house;
    let signer = LogSigner::open(stadt.ordner.path(), &house.log, vec![log_key()]).unwrap();
    house.sign_with(signer).await.unwrap()
}

/// A town on the memory ledger, with the built-in services and views that follow.
pub struct Stadt {
    pub app: AppState,
    pub uhr: Arc<Uhr>,
    pub ordner: tempfile::TempDir,
    _ende: tokio::sync::watch::Sender<bool>,
}

/// Founds a town; its views run until it is dropped.
pub async fn gruenden() -> Stadt {
    let uhr = Arc::new(Uhr(AtomicI64::new(1_795_400_000)));
    let ordner = tempfile::tempdir().unwrap();
    let house = House::new(HouseParts {
        stadt: Arc::new(stadt()),
        ledger: Arc::new(MemoryLedger::new()),
        vault: Arc::new(Vault::in_memory().unwrap()),
        documents: Arc::new(DocumentStore::folder(ordner.path().join("blobs"), 1 << 20).unwrap()),
        law: Law::builtin().unwrap(),
        leistungen: Leistungen::default(),
        clock: uhr.clone(),
    })
    .unwrap();
    let house = Arc::new(house);
    house.open_epoch(&[log_key().vkey().to_string()]).await.unwrap();
    house.adopt_builtin().await.unwrap();
    let konfig = akte_projections::Konfig::new(&house.stadt, &house.reader()).unwrap();
    let mut runner = Runner::start(ordner.path(), house.reader(), konfig).await.unwrap();
    runner.catch_up().await.unwrap();
    let stand = runner.stand();
    let (ende, stop) = tokio::sync::watch::channel(false);
    tokio::spawn(runner.run(stop));
    let app = AppState::new(Teile {
        konfig: Konfig {
            sichere_cookies: true,
            vertraut_proxy: false,
            mehrere_knoten: false,
            basis_url: None,
            leistungsordner: Some(ordner.path().join("leistungen")),
            virenscanner: None,
        },
        house,
        internal: InternalViews::open(&ordner.path().join("internal.db")).unwrap(),
        public: PublicViews::open(&ordner.path().join("public.db")).unwrap(),
        stand,
        zugriff: ZugriffLog::open(&ordner.path().join("zugriff.db")).unwrap(),
        local: Local::in_memory().unwrap(),
        vkeys: vec![log_key().vkey()],
    })
    .unwrap();
    Stadt { app, uhr, ordner, _ende: ende }
}

/// One of several nodes of this town, whose views are as far as `stand` says.
pub fn knoten(stadt: &Stadt, stand: Stand) -> AppState {
    let app = &stadt.app;
    AppState::new(Teile {
        konfig: Konfig { mehrere_knoten: true, ..app.konfig.clone() },
        house: app.house.clone(),
        internal: app.internal.clone(),
        public: app.public.clone(),
        stand,
        zugriff: app.zugriff.clone(),
        local: Local::in_memory().unwrap(),
        vkeys: vec![log_key().vkey()],
    })
    .unwrap()
}

/// The same town, where this virus scanner is asked about what is uploaded.
pub fn mit_virenscanner(stadt: &Stadt, scanner: akte_api::annahme::clamd::Clamd) -> AppState {
    let app = &stadt.app;
    AppState::new(Teile {
        konfig: Konfig { virenscanner: Some(scanner), ..app.konfig.clone() },
        house: app.house.clone(),
        internal: app.internal.clone(),
        public: app.public.clone(),
        stand: app.stand.clone(),
        zugriff: app.zugriff.clone(),
        local: app.local.clone(),
        vkeys: vec![log_key().vkey()],
    })
    .unwrap()
}

/// What came back.
pub struct Antwort {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    /// As sent; `text` is a lossy reading of it.
    pub bytes: Vec<u8>,
}

impl Antwort {
    pub fn ziel(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |v| v.to_str().unwrap())
    }
    /// Value of the hidden field with this name.
    pub fn verborgen(&self, name: &str) -> String {
        let stelle = format!("name=\"{name}\" value=\"");
        let (_, rest) =
            self.text.split_once(&stelle).unwrap_or_else(|| panic!("no hidden field {name} in {}", self.text));
        rest.split('"').next().unwrap().to_owned()
    }
}

pub struct Besucher {
    router: Router,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Besucher {
    pub fn neu(app: &AppState) -> Self {
        Besucher { router: router(app.clone()), cookies: Mutex::default() }
    }
    /// A cookie from outside.
    pub fn setzen(&self, name: &str, wert: &str) {
        self.cookies.lock().unwrap().insert(name.into(), wert.into());
    }
    /// A cookie the browser was given.
    pub fn keks(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }
    pub async fn senden(&self, mut request: Request<Body>) -> Antwort {
        let kekse: Vec<String> = self.cookies.lock().unwrap().iter().map(|(k, v)| format!("{k}={v}")).collect();
        if !kekse.is_empty() {
            request.headers_mut().insert(header::COOKIE, kekse.join("; ").parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for v in parts.headers.get_all(header::SET_COOKIE) {
            let (k, rest) = v.to_str().unwrap().split_once('=').unwrap();
            let wert = rest.split(';').next().unwrap();
            let mut kekse = self.cookies.lock().unwrap();
            if wert.is_empty() {
                kekse.remove(k);
            } else {
                kekse.insert(k.to_owned(), wert.to_owned());
            }
        }
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Antwort { status: parts.status, headers: parts.headers, text, bytes: bytes.into() }
    }
    pub async fn get(&self, pfad: &str) -> Antwort {
        let pfad = pfad.split('#').next().unwrap();
        self.senden(Request::get(pfad).body(Body::empty()).unwrap()).await
    }
    /// Sends a form as a page of ours would.
    pub async fn post(&self, pfad: &str, felder: &[(&str, &str)]) -> Antwort {
        self.senden(
            Request::post(pfad)
                .header("sec-fetch-site", "same-origin")
                .header("origin", "null")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(kodieren(felder)))
                .unwrap(),
        )
        .await
    }
    /// Opens a page, takes its form token, and sends the form to `ziel`.
    pub async fn ausfuellen(&self, seite: &str, ziel: &str, felder: &[(&str, &str)]) -> Antwort {
        let a = self.get(seite).await;
        let token = a.verborgen("_csrf");
        let mut alle = vec![("_csrf", token.as_str())];
        let gezeigt = if a.text.contains("name=\"_gezeigt\"") { a.verborgen("_gezeigt") } else { String::new() };
        alle.push(("_gezeigt", &gezeigt));
        alle.extend_from_slice(felder);
        self.post(ziel, &alle).await
    }
    /// Searches as the office does; the address of the answer names nobody.
    pub async fn suchen(&self, q: &str) -> Antwort {
        let a = self.ausfuellen("/amt/suche", "/amt/suche", &[("q", q)]).await;
        assert!(!a.ziel().contains(q), "{}", a.ziel());
        self.get(a.ziel()).await
    }
}

impl Besucher {
    /// Opens a page and sends a file from it; an empty name means that none was chosen.
    pub async fn hochladen(&self, seite: &str, felder: &[(&str, &str)], name: &str, inhalt: &[u8]) -> Antwort {
        self.hochladen_nach(seite, seite, felder, name, inhalt).await
    }

    /// The same to another address than the page's own.
    pub async fn hochladen_nach(
        &self,
        seite: &str,
        ziel: &str,
        felder: &[(&str, &str)],
        name: &str,
        inhalt: &[u8],
    ) -> Antwort {
        let token = self.get(seite).await.verborgen("_csrf");
        let mut body = Vec::new();
        for (k, v) in std::iter::once(&("_csrf", token.as_str())).chain(felder) {
            body.extend(format!("--grenze\r\nContent-Disposition: form-data; name=\"{k}\"\r\n\r\n{v}\r\n").bytes());
        }
        let kopf = format!("Content-Disposition: form-data; name=\"datei\"; filename=\"{name}\"");
        body.extend(format!("--grenze\r\n{kopf}\r\nContent-Type: application/octet-stream\r\n\r\n").bytes());
        body.extend(inhalt);
        body.extend(b"\r\n--grenze--\r\n");
        self.senden(
            Request::post(ziel)
                .header("sec-fetch-site", "same-origin")
                .header(header::CONTENT_TYPE, "multipart/form-data; boundary=grenze")
                .body(Body::from(body))
                .unwrap(),
        )
        .await
    }
}

/// `application/x-www-form-urlencoded`
pub fn kodieren(felder: &[(&str, &str)]) -> String {
    let teil =
        |s: &str| {
            s.bytes()
                .map(|b| {
                    if b.is_ascii_alphanumeric() || b == b'_' { char::from(b).to_string() } else { format!("%{b:02X}") }
                })
                .collect::<String>()
        };
    felder.iter().map(|(k, v)| format!("{}={}", teil(k), teil(v))).collect::<Vec<_>>().join("&")
}

/// All answers of a resident who asks for a parking permit.
pub fn parkausweis(name: &str) -> [(&str, &str); 15] {
    [
        ("name", name),
        ("vornamen", "Erika"),
        ("geburtsdatum", "24.11.1990"),
        ("strasse", "Am Markt"),
        ("hausnummer", "12a"),
        ("plz", "25436"),
        ("ort", "Musterstadt"),
        ("gemeldet", "ja"),
        ("stellplatz", "nein"),
        ("kennzeichen", "pi-ab 123e"),
        ("fahrzeugart", "pkw"),
        ("halter", "selbst"),
        ("art", "neu"),
        ("beginn", "01.12.2026"),
        ("erklaerung", "ja"),
    ]
}
