//! Gathers what belongs to a person in the chosen procedures, files and entries of the post book, and masks the rest.
//!
//! A paper of the file is masked unless the case itself shows that it came from the person or went to them: what it
//! is called, or that somebody filed it as sent, says nothing about whom it concerns (Art. 15 (4) DSGVO).

use super::masken::{Stelle, Urteil, ohne_konten, urteilen};
use super::{Auskunft, FORM, Frage, Sachart, Verdeckt, kopf, zugriffe};
use crate::paket::bericht::in_worten;
use crate::paket::worte::endung;
use akte_core::akte::Akte;
use akte_core::betroffene::Freigabe;
use akte_core::documents::DokumentWert;
use akte_core::eingang::Eingang;
use akte_core::execute::{Ereignis, ExecuteError, Glied, Gliedart, House};
use akte_core::verfahren::Vorgang;
use akte_core::verfahren::definition::Definition;
use akte_projections::ZugriffLog;
use serde_json::{Map, Value, json};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Characters of a masked value that the deciding person sees.
const VORSCHAU: usize = 2_000;

/// Events of a case whose document went to the person.
const AN_PERSON: [&str; 3] = ["antrag.receipt_issued.v1", "gebuehr.assessed.v1", "bescheid.ausgefertigt.v1"];

/// What the gathering needs.
pub struct Quelle<'a> {
    pub house: &'a House,
    pub zugriff: &'a ZugriffLog,
    pub frage: &'a Frage,
}

/// What was found so far.
#[derive(Default)]
struct Fund {
    verdeckt: Vec<Verdeckt>,
    dokumente: Vec<(String, DokumentWert)>,
    freigegeben: Vec<Freigabe>,
    ereignisse: u32,
    /// Digests of what the person sent and of what the case sent them.
    eigene: BTreeSet<String>,
    /// Papers of the files that stay masked.
    verdeckte_dokumente: u32,
    /// Streams that were told already.
    erzaehlt: BTreeSet<Uuid>,
    /// What lies in quarantine or waits for the scanner is given to nobody.
    gesperrt: bool,
}

impl Fund {
    /// What may be about anybody: a paper the case does not show to be the person's, and what only hangs on the file.
    /// The case is read before its file.
    fn fremd(&self, g: &Glied, vorgang: Uuid, erstes: &Ereignis, vom: impl Fn(u8) -> bool) -> bool {
        match g.art {
            Gliedart::Akte | Gliedart::Vorgang | Gliedart::Loeschung => false,
            Gliedart::Dokument if g.an == Some(vorgang) => {
                let bekannt = |w: &Value| DokumentWert::alle_in(w).iter().any(|d| self.eigene.contains(&d.digest));
                !erstes.werte().any(|(gruppe, _, w)| vom(gruppe) || bekannt(w))
            }
            _ => true,
        }
    }

    fn kennt(&self, d: &DokumentWert) -> bool {
        self.dokumente.iter().any(|(_, da)| da.digest == d.digest)
    }
}

impl Quelle<'_> {
    /// The whole answer.
    pub async fn sammeln(&self) -> Result<Auskunft, ExecuteError> {
        let (mut fund, mut vorgaenge) = (Fund::default(), Vec::new());
        let (mut akten, mut sachen) = (BTreeSet::new(), Vec::new());
        for id in &self.frage.vorgaenge {
            let art = Sachart::von(self.house, *id).await?;
            match art {
                Sachart::Vorgang => akten.extend(self.house.load::<Vorgang>(*id).await?.state.akte),
                Sachart::Akte => drop(akten.insert(*id)),
                Sachart::Eingang => {}
            }
            sachen.push((*id, art));
        }
        // What lies in a chosen file is told there, and once.
        sachen.sort_by_key(|(_, art)| *art);
        let weitere = self.house.weitere_der_akten(&akten).await?;
        for sache in sachen {
            if !fund.erzaehlt.contains(&sache.0) {
                vorgaenge.push(self.sache(sache, &weitere, &mut fund).await?);
            }
        }
        let jetzt = self.house.clock.now();
        let stadt = &self.house.stadt;
        let json = json!({
            "form": FORM, "person": self.frage.person, "erstellt": jetzt.to_string(),
            "verantwortlich": { "name": stadt.name, "strasse": stadt.anschrift.strasse, "plz": stadt.anschrift.plz,
                "ort": stadt.anschrift.ort, "email": stadt.anschrift.email },
            "datenschutzbeauftragte": stadt.datenschutzbeauftragte,
            "maskierte_angaben": fund.verdeckt.len(), "verdeckte_dokumente": fund.verdeckte_dokumente,
            "vorgaenge": vorgaenge,
        });
        let Fund { verdeckt, dokumente, freigegeben, ereignisse, verdeckte_dokumente, .. } = fund;
        Ok(Auskunft { json, verdeckt, ereignisse, dokumente, freigegeben, verdeckte_dokumente })
    }

    async fn sache(
        &self,
        (id, art): (Uuid, Sachart),
        weitere: &BTreeMap<Uuid, Vec<Uuid>>,
        fund: &mut Fund,
    ) -> Result<Value, ExecuteError> {
        let mut empfaenger = Vec::new();
        let (mut out, ereignisse) = match art {
            Sachart::Vorgang => {
                let v = self.house.load::<Vorgang>(id).await?.state;
                let def = self.definition(&v).await?;
                let glieder = self.glieder(id, &v, weitere).await?;
                let rollen = rollen(def.as_deref(), &self.frage.rolle);
                let ereignisse = self.ereignisse(id, &glieder, &rollen, fund).await?;
                let out = kopf::vorgang(&v, def.as_deref());
                empfaenger = kopf::empfaenger(&v, def.as_deref(), &ereignisse.0);
                (out, ereignisse)
            }
            Sachart::Akte => {
                let a = self.house.load::<Akte>(id).await?.state;
                let alle = self.house.glieder_der_akte(id, weitere.get(&id).map_or(&[], Vec::as_slice)).await?;
                // A procedure of it is a matter of its own, chosen or not.
                let glieder: Vec<Glied> = alle.iter().filter(|g| g.vorgang(&alle).is_none()).copied().collect();
                let rollen = rollen(None, &self.frage.rolle);
                (kopf::akte(self.house, &a), self.ereignisse(id, &glieder, &rollen, fund).await?)
            }
            Sachart::Eingang => {
                let e = self.house.load::<Eingang>(id).await?.state;
                let glieder = self.house.glied_mit_anhang(id, Gliedart::Eingang).await?;
                fund.gesperrt = !e.zeigbar();
                let ereignisse = self.ereignisse(id, &glieder, &rollen(None, &self.frage.rolle), fund).await;
                fund.gesperrt = false;
                (kopf::eingang(self.house, &e), ereignisse?)
            }
        };
        let (ereignisse, ziele) = ereignisse;
        let selbst = self.house.antragsteller(id);
        let gelesen = zugriffe::lesen(self.house, self.zugriff, &ziele, selbst).await;
        let (gelesen, nicht_gezeigt) = gelesen.map_err(|e| ExecuteError::Fault(e.to_string()))?;
        empfaenger.extend(kopf::gesehen(&ereignisse));
        out.insert("empfaenger".into(), json!(empfaenger));
        out.insert("sache".into(), json!(art.wort()));
        out.insert(art.code().into(), json!(id));
        out.insert("lesezugriffe".into(), json!(gelesen));
        out.insert("weitere_lesezugriffe".into(), json!(nicht_gezeigt));
        out.insert("ereignisse".into(), json!(ereignisse));
        Ok(out.into())
    }

    /// The events of these streams in the order of the log, and the streams. `id` is what was asked about.
    async fn ereignisse(
        &self,
        id: Uuid,
        glieder: &[Glied],
        rollen: &BTreeSet<String>,
        fund: &mut Fund,
    ) -> Result<(Vec<Value>, Vec<Uuid>), ExecuteError> {
        let (mut ereignisse, mut ziele) = (Vec::new(), BTreeSet::from([id]));
        let mut subjekte: BTreeMap<Uuid, BTreeMap<u64, String>> = BTreeMap::new();
        // Where nobody applied for anything, nothing shows whose it is.
        let vorgang = glieder.first().filter(|g| g.art == Gliedart::Vorgang).map(|g| g.strom);
        for g in glieder {
            ziele.insert(g.strom);
            if !fund.erzaehlt.insert(g.strom) {
                continue;
            }
            let schritte = self.house.ereignisse(g.strom).await?;
            let (mut fremd, davor) = (true, fund.verdeckt.len());
            for (nr, e) in schritte.iter().enumerate() {
                let corr = e.header.corr;
                let bekannt = match subjekte.entry(corr) {
                    Entry::Occupied(da) => da.into_mut(),
                    Entry::Vacant(leer) => leer.insert(self.house.subjekte(corr, rollen).await?),
                };
                if let (0, Some(vorgang)) = (nr, vorgang) {
                    let vom = |gruppe| rolle(e, gruppe, bekannt) == Some(&self.frage.rolle);
                    fremd = fund.fremd(g, vorgang, e, vom);
                }
                if Some(g.strom) == vorgang {
                    self.eigenes(e, bekannt, fund);
                }
                ereignisse.push(self.ereignis(e, fremd, bekannt, fund));
            }
            let verdeckt = fremd && g.art == Gliedart::Dokument && fund.verdeckt.len() > davor;
            fund.verdeckte_dokumente += u32::from(verdeckt);
        }
        ereignisse.sort_by_key(|e| e["nr"].as_u64());
        Ok((ereignisse, ziele.into_iter().collect()))
    }

    async fn definition(&self, v: &Vorgang) -> Result<Option<Arc<Definition>>, ExecuteError> {
        if let Some(def) = self.house.leistungen().by_hash(&v.definition) {
            return Ok(Some(def));
        }
        Ok(self.house.adopted_definition(&v.leistung, &v.definition).await?.map(Arc::new))
    }

    /// The case and what its file holds for it: another case of the same file is another person's, with its papers
    /// and all that hangs on them.
    async fn glieder(
        &self,
        id: Uuid,
        v: &Vorgang,
        weitere: &BTreeMap<Uuid, Vec<Uuid>>,
    ) -> Result<Vec<Glied>, ExecuteError> {
        let mut out = vec![Glied { strom: id, art: Gliedart::Vorgang, an: None }];
        let Some(akte) = v.akte else { return Ok(out) };
        let leer = Vec::new();
        let alle = self.house.glieder_der_akte(akte, weitere.get(&akte).unwrap_or(&leer)).await?;
        out.extend(alle.iter().filter(|g| g.strom != id && g.vorgang(&alle).is_none_or(|v| v == id)));
        Ok(out)
    }

    /// Remembers the papers the case itself shows to be the person's: sent by them, or sent to them.
    fn eigenes(&self, e: &Ereignis, subjekte: &BTreeMap<u64, String>, fund: &mut Fund) {
        let an_sie = AN_PERSON.contains(&e.header.wire.as_str());
        for (g, _, wert) in e.werte() {
            if an_sie || rolle(e, g, subjekte) == Some(&self.frage.rolle) {
                fund.eigene.extend(DokumentWert::alle_in(wert).into_iter().map(|d| d.digest));
            }
        }
    }

    fn ereignis(&self, e: &Ereignis, intern: bool, subjekte: &BTreeMap<u64, String>, fund: &mut Fund) -> Value {
        fund.ereignisse = fund.ereignisse.saturating_add(1);
        let satz = satz(e);
        let (mut angaben, mut maskiert) = (Map::new(), Vec::new());
        for (g, zeiger, wert) in e.werte().filter(|(_, p, _)| !p.starts_with("/_")) {
            let rolle = (g > 0).then(|| rolle(e, g, subjekte).map_or("", String::as_str));
            let stelle = Stelle { wire: &e.header.wire, zeiger, rolle, intern };
            let mut urteil = urteilen(&stelle, &self.frage.rolle, wert);
            if fund.gesperrt && !DokumentWert::alle_in(wert).is_empty() {
                urteil = Urteil::Andere("liegt in Quarantäne oder wartet auf den Virenscanner");
            }
            if matches!(urteil, Urteil::Pruefen(_)) && self.freigegeben(e.index, zeiger, fund) {
                urteil = Urteil::Zeigen;
            }
            match urteil {
                Urteil::Zeigen => {
                    self.dokumente(wert, fund);
                    angaben.insert(zeiger.to_owned(), ohne_schluessel(wert));
                }
                Urteil::Amt => drop(angaben.insert(zeiger.to_owned(), ohne_konten(wert))),
                Urteil::Andere(warum) | Urteil::Pruefen(warum) => {
                    maskiert.push(json!({ "angabe": zeiger, "warum": warum }));
                    fund.verdeckt.push(Verdeckt {
                        index: e.index,
                        zeiger: zeiger.to_owned(),
                        satz: satz.clone(),
                        warum,
                        pruefbar: matches!(urteil, Urteil::Pruefen(_)),
                        inhalt: in_worten(wert).chars().take(VORSCHAU).collect(),
                    });
                }
            }
        }
        let mut out = json!({ "nr": e.index, "am": e.header.at.to_string(), "art": e.header.wire, "was": satz,
            "angaben": angaben, "maskiert": maskiert });
        if e.geloescht() {
            out["geloescht"] = json!("Ein Teil dieses Ereignisses wurde gelöscht.");
        }
        out
    }

    fn freigegeben(&self, index: u64, zeiger: &str, fund: &mut Fund) -> bool {
        let hit = self.frage.freigaben.iter().find(|f| f.index == index && f.zeiger == zeiger);
        fund.freigegeben.extend(hit.cloned());
        hit.is_some()
    }

    fn dokumente(&self, wert: &Value, fund: &mut Fund) {
        for d in DokumentWert::alle_in(wert) {
            if !fund.kennt(&d) {
                let name = format!("dokumente/{:04}.{}", fund.dokumente.len() + 1, endung(&d.media));
                fund.dokumente.push((name, d));
            }
        }
    }
}

/// Whose key seals this group, where that is known.
fn rolle<'a>(e: &Ereignis, g: u8, subjekte: &'a BTreeMap<u64, String>) -> Option<&'a String> {
    e.kek(g).and_then(|k| subjekte.get(&k))
}

/// Roles whose keys are told apart: the person's, the office's, and every other of the definition.
fn rollen(def: Option<&Definition>, person: &str) -> BTreeSet<String> {
    let felder = def.into_iter().flat_map(|d| d.felder.iter().map(|f| f.subjekt.clone()));
    let feste = [super::ANTRAGSTELLER, "verfahren", "mitunterzeichner", person];
    felder.chain(feste.map(str::to_owned)).filter(|r| !r.is_empty()).collect()
}

/// Its sentence, with the office in place of accounts.
fn satz(e: &Ereignis) -> String {
    let data: Map<String, Value> = e
        .werte()
        .filter(|(g, p, _)| *g == 0 && !p[1..].contains('/'))
        .map(|(_, p, w)| (p[1..].to_owned(), w.clone()))
        .collect();
    let roh = akte_projections::satz::satz(&e.header.wire, &data);
    let mut out = String::new();
    let mut rest = roh.as_str();
    while let Some((davor, danach)) = rest.split_once('{') {
        out.push_str(davor);
        out.push_str("ein Konto der Verwaltung");
        rest = danach.split_once('}').map_or("", |(_, weiter)| weiter);
    }
    out + rest
}

/// A document by its kind and size; its salt and place in the store are nobody's concern.
fn ohne_schluessel(v: &Value) -> Value {
    match v {
        Value::Object(o) if o.contains_key("dsalt") => json!({ "media": o.get("media"), "bytes": o.get("len") }),
        Value::Object(o) => o.iter().map(|(k, v)| (k.clone(), ohne_schluessel(v))).collect::<Map<_, _>>().into(),
        Value::Array(a) => a.iter().map(ohne_schluessel).collect(),
        other => other.clone(),
    }
}
