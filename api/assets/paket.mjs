// Checks a whole package of an Akte (evidence package, Akteneinsicht, LEDGER.md "Packages"): every file, every event,
// every document, that no event is missing, and that what is missing was erased or withheld and says so.
// Everything about events, proofs and signatures is asked of pruefer.mjs; no other import, no network, nothing written.
// Texts for people are German. All names differ from those of pruefer.mjs: the page pruefen.html joins both files.

import { Abbruch, CODE, b64u, concat, hex, openDisclosures, parseHeader, parseJson, parsePolicy, pruefe, sha256, sha512, trustKeys, utf8 } from './pruefer.mjs';

const PAKET_FORM = 'aktenkette-paket/v1', PAKET_INHALT = 'inhalt.json', PAKET_LISTE = 'inhalt.sha256';
const PAKET_GRENZE = { inhalt: 64 << 20, dateien: 65535, zip: 0xffffffff, befunde: 50 };
const paketUnlesbar = (text) => new Abbruch('unverifiable', '', text, 'nicht lesbar');
const paketText = (bytes, was) => { try { return new TextDecoder('utf-8', { fatal: true }).decode(bytes); } catch { throw paketUnlesbar(`${was} ist kein gültiges UTF-8.`); } };
const paketGleich = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);

// ---- Files: a ZIP with stored entries, or a list of files ---------------------------------------

/** Name -> {size, read()}: entries of an archive that compresses nothing (APPNOTE 6.3, method 0). */
export function zipDateien(bytes) {
  const v = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), dateien = new Map();
  let ende = bytes.length - 22;
  while (ende >= 0 && ende > bytes.length - 70000 && v.getUint32(ende, true) !== 0x06054b50) ende -= 1;
  if (ende < 0 || v.getUint32(ende, true) !== 0x06054b50) throw paketUnlesbar('Die Datei ist kein vollständiges ZIP-Archiv.');
  const anzahl = v.getUint16(ende + 10, true);
  let stelle = v.getUint32(ende + 16, true);
  for (let n = 0; n < anzahl; n += 1) {
    if (stelle + 46 > ende || v.getUint32(stelle, true) !== 0x02014b50) throw paketUnlesbar('Das Verzeichnis des Archivs ist beschädigt.');
    const art = v.getUint16(stelle + 10, true), size = v.getUint32(stelle + 24, true), laenge = v.getUint16(stelle + 28, true), lokal = v.getUint32(stelle + 42, true);
    const name = paketText(bytes.subarray(stelle + 46, stelle + 46 + laenge), 'Ein Dateiname');
    if (art !== 0) throw paketUnlesbar(`${name} ist gepackt. Entpacken Sie das Archiv, und prüfen Sie den Ordner.`);
    if (lokal + 30 > bytes.length || v.getUint32(lokal, true) !== 0x04034b50) throw paketUnlesbar(`${name}: Der Kopf im Archiv ist beschädigt.`);
    const von = lokal + 30 + v.getUint16(lokal + 26, true) + v.getUint16(lokal + 28, true);
    if (von + size > bytes.length) throw paketUnlesbar(`${name} reicht über das Ende des Archivs hinaus.`);
    if (dateien.has(name)) throw paketUnlesbar(`${name} steht mehrfach im Archiv.`);
    dateien.set(name, { size, read: async () => bytes.slice(von, von + size) });
    stelle += 46 + laenge + v.getUint16(stelle + 30, true) + v.getUint16(stelle + 32, true);
  }
  return dateien;
}

// ---- Reading the table of contents --------------------------------------------------------------

const paketFeld = (o, name, art, wo) => {
  const wert = o?.[name], ist = Array.isArray(wert) ? 'list' : wert === null ? 'null' : typeof wert;
  if (!art.split('|').includes(ist)) throw paketUnlesbar(`${wo}: Die Angabe „${name}“ fehlt oder ist falsch.`);
  return wert;
};
const paketListe = (o, name, wo) => paketFeld(o, name, 'list', wo);

class PaketLauf {
  befunde = []; hinweise = []; zweifel = null; anzahl = { ereignisse: 0, stroeme: 0, dokumente: 0, geloescht: 0 };
  constructor(dateien, o) { this.dateien = dateien; this.o = o; this.werte = new Map(); this.orte = new Map(); }
  fund(regel, text) { if (this.befunde.length < PAKET_GRENZE.befunde) this.befunde.push({ urteil: 'VIOLATION', regel, kurz: '', text }); }
  async lesen(name) {
    const d = this.dateien.get(name);
    if (!d) throw new Abbruch('VIOLATION', 'P2', `Die Datei ${name} fehlt.`);
    return d.read();
  }
  /** What pruefer.mjs says of one file of the package. */
  async fragen(name) {
    const d = this.dateien.get(name);
    if (!d) { this.fund('P2', `Die Datei ${name} fehlt.`); return null; }
    const r = await pruefe({ name, size: d.size, read: d.read }, { trust: this.o.trust, pq: this.o.pq });
    if (r.urteil === 'VIOLATION') r.befunde.forEach((b) => this.fund(b.regel, `${name}: ${b.text}`));
    else if (r.urteil === 'unverifiable') {
      if (r.kurz === 'nicht lesbar') this.fund('P1', `${name} ist beschädigt: ${r.text}`); else this.zweifel ??= `${name}: ${r.text}`;
    }
    return r;
  }

  // -- P1, P2, P3: the files themselves
  async inhalt() {
    const roh = await this.lesen(PAKET_INHALT);
    if (roh.length > PAKET_GRENZE.inhalt) throw paketUnlesbar('Das Inhaltsverzeichnis ist zu groß.');
    const soll = paketText(await this.lesen(PAKET_LISTE), PAKET_LISTE).trim();
    if (soll !== hex(sha256(roh))) throw new Abbruch('VIOLATION', 'P1', `Die Datei ${PAKET_INHALT} oder ${PAKET_LISTE} wurde verändert.`);
    const v = parseJson(paketText(roh, PAKET_INHALT), PAKET_INHALT);
    if (v?.form !== PAKET_FORM) throw new Abbruch('unverifiable', '', 'Diese Art von Paket kennt dieses Programm nicht.', 'Form unbekannt');
    return v;
  }
  async alleDateien(v) {
    const genannt = new Set([PAKET_INHALT, PAKET_LISTE]);
    for (const d of paketListe(v, 'dateien', PAKET_INHALT)) {
      const name = paketFeld(d, 'pfad', 'string', 'Datei');
      genannt.add(name);
      const da = this.dateien.get(name);
      if (!da) { this.fund('P2', `Die Datei ${name} fehlt.`); continue; }
      if (da.size !== d.bytes || hex(sha256(await da.read())) !== d.sha256) this.fund('P1', `Die Datei ${name} wurde verändert.`);
    }
    for (const d of paketListe(v, 'dokumente', PAKET_INHALT)) if (d.datei) genannt.add(d.datei);
    for (const name of this.dateien.keys()) if (!genannt.has(name)) this.fund('P3', `Die Datei ${name} gehört nicht zu diesem Paket.`);
  }

  // -- B1, B9, P4: the streams
  async strom(s) {
    const name = paketFeld(s, 'ereignisse', 'string', 'Strom'), wo = `${paketFeld(s, 'bezeichnung', 'string', 'Strom')} (${name})`;
    await this.fragen(name);
    const zeilen = parseJson(paketText(await this.lesen(name), name), name)?.records ?? [], koepfe = [];
    let davor = null, erwartet = 0;
    this.angaben = new Map((s.angaben ?? []).map((a) => [a.nummer, a]));
    for (const z of zeilen) {
      const bytes = b64u.decode(z.header, 'Kopf'), h = parseHeader(bytes);
      koepfe.push(z.header);
      if (h.stream !== s.strom) { this.fund('B1', `${wo}: Ein Ereignis gehört zu einem anderen Strom (${h.stream}).`); continue; }
      while (erwartet < h.seq) { this.fund('B1', `${wo}: Das Ereignis Nummer ${erwartet} fehlt.`); erwartet += 1; davor = null; if (erwartet > 1e6) break; }
      if (davor && (h.seq !== erwartet || !paketGleich(b64u.decode(h.prev, 'prev', 32), davor.hash) || h.at <= davor.at)) this.fund('B1', `${wo}: Das Ereignis Nummer ${h.seq} setzt die Kette nicht fort.`);
      davor = h; erwartet = h.seq + 1;
      this.offen(s, wo, h, z);
    }
    if (erwartet < s.anzahl) this.fund('B1', `${wo}: Genannt sind ${s.anzahl} Ereignisse; ab Nummer ${erwartet} fehlen sie.`);
    if (erwartet > s.anzahl) this.fund('P4', `${wo}: Genannt sind ${s.anzahl} Ereignisse; im Paket stehen mehr.`);
    this.anzahl.ereignisse += zeilen.length; this.anzahl.stroeme += 1;
    await this.vollzaehlig(s, wo, koepfe);
  }
  /** What an event shows must be what the table of contents says it shows; what it hides has a reason. */
  offen(s, wo, h, z) {
    const werte = openDisclosures(h, z.disclosures), zu = this.angaben.get(h.seq);
    this.werte.set(`${s.strom} ${h.seq}`, werte);
    if (!zu) { this.fund('P4', `${wo}: Das Inhaltsverzeichnis nennt das Ereignis Nummer ${h.seq} nicht.`); return; }
    if (zu.art !== h.type || zu.stelle !== z.index) this.fund('P4', `${wo}: Das Inhaltsverzeichnis nennt zu Ereignis Nummer ${h.seq} eine andere Art oder Stelle.`);
    const genannt = new Set(zu.offen);
    for (const p of genannt) if (!werte.has(p)) this.fund('P4', `${wo}, Ereignis Nummer ${h.seq}: Die Angabe ${p} fehlt, obwohl das Inhaltsverzeichnis sie nennt.`);
    for (const p of werte.keys()) if (!genannt.has(p)) this.fund('P4', `${wo}, Ereignis Nummer ${h.seq}: Die Angabe ${p} steht nicht im Inhaltsverzeichnis.`);
    for (const g of zu.geloescht ?? []) {
      this.anzahl.geloescht += 1;
      if (!this.geloescht?.has(`${h.log} ${z.index} ${g}`)) this.fund('B6', `${wo}, Ereignis Nummer ${h.seq}: Ein Teil fehlt, und keine Löschung nennt ihn.`);
    }
    for (const [wert, zeiger] of this.dokumenteIn(werte)) this.orte.set(wert.digest, { wert, wo: `${wo}, Ereignis Nummer ${h.seq}, ${zeiger}` });
  }
  * dokumenteIn(werte) {
    const gehen = function* (v, wo) {
      if (v === null || typeof v !== 'object') return;
      if (!Array.isArray(v) && 'dsalt' in v && 'digest' in v) yield [v, wo];
      else for (const [k, w] of Object.entries(v)) yield* gehen(w, `${wo}/${k}`);
    };
    for (const [p, v] of werte) yield* gehen(v, p);
  }
  async vollzaehlig(s, wo, koepfe) {
    if (!s.vollstaendigkeit) { this.hinweise.push(`${wo}: Ob nach Ereignis Nummer ${s.anzahl - 1} noch welche folgten, ist nicht bewiesen (kein Tagesabschluss im Paket).`); return; }
    const r = await this.fragen(s.vollstaendigkeit);
    if (!r) return;
    const v = parseJson(paketText(await this.lesen(s.vollstaendigkeit), s.vollstaendigkeit), s.vollstaendigkeit);
    if (v.form === 'aktenkette-nichtexistenz/v1') { this.hinweise.push(`${wo}: Der Strom begann erst nach dem letzten Tagesabschluss.`); return; }
    const soll = v.headers ?? [];
    if (soll.some((h, i) => koepfe[i] !== h)) this.fund('B9', `${wo}: Die Ereignisse sind nicht die, die der Tagesabschluss nennt; es fehlt eines oder eines ist ein anderes.`);
    if (koepfe.length > soll.length) this.hinweise.push(`${wo}: ${koepfe.length - soll.length} Ereignisse sind jünger als der letzte Tagesabschluss. Dass danach keines fehlt, ist nicht bewiesen.`);
  }

  // -- B6: erasures that the package brings with it
  async loeschungen(v) {
    this.geloescht = new Set();
    if (!v.loeschungen) return;
    const name = paketFeld(v, 'loeschungen', 'string', PAKET_INHALT);
    await this.fragen(name);
    for (const z of parseJson(paketText(await this.lesen(name), name), name).records) {
      const h = parseHeader(b64u.decode(z.header, 'Kopf')), werte = openDisclosures(h, z.disclosures);
      if (h.type !== 'erasure.requested.v1') { this.fund('B6', `${name}: Ein Ereignis ist keine Löschung.`); continue; }
      for (const t of werte.get('/targets') ?? []) this.geloescht.add(`${t.log} ${t.idx} ${t.g}`);
    }
  }

  // -- B5: the documents
  async dokumente(v) {
    const liste = paketListe(v, 'dokumente', PAKET_INHALT), genannt = new Map(liste.map((d) => [d.digest, d]));
    for (const [digest, ort] of this.orte) if (!genannt.has(digest)) this.fund('P2', `Ein Dokument fehlt im Paket: ${ort.wo}.`);
    for (const d of liste) {
      const ort = this.orte.get(d.digest);
      if (!ort) { this.fund('B5', `Zum Dokument ${d.datei ?? d.name} nennt kein Ereignis dieses Pakets eine Prüfsumme.`); continue; }
      if (!d.datei) { this.hinweise.push(`${d.name}: nicht im Paket (${d.fehlt}).`); continue; }
      const da = this.dateien.get(d.datei);
      if (!da) { this.fund('P2', `Die Datei ${d.datei} fehlt.`); continue; }
      const bytes = await da.read(), { wert } = ort, probe = concat(utf8('aktenkette/doc/v1\n'), b64u.decode(wert.dsalt, 'dsalt', 32), bytes);
      const summe = globalThis.crypto?.subtle ? new Uint8Array(await globalThis.crypto.subtle.digest('SHA-512', probe)) : sha512(probe);
      if (wert.len !== bytes.length || b64u.encode(summe) !== wert.digest) this.fund('B5', `Das Dokument ${d.datei} ist nicht das, das festgehalten ist: ${ort.wo}.`);
      this.anzahl.dokumente += 1;
    }
  }
}

/** `dateien`: name -> {size, read()}. `o`: {trust, name, pq}. Without `trust` the package is only compared with itself. */
export async function pruefePaket(dateien, o = {}) {
  const lauf = new PaketLauf(dateien, o);
  let v = null, angaben = [];
  try {
    if (!o.trust && dateien.has('vertrauen.txt')) {
      lauf.o = { ...o, trust: parsePolicy(await lauf.lesen('vertrauen.txt')) };
      lauf.zweifel = 'Geprüft ist mit dem Schlüssel aus dem Paket selbst. Das Paket ist in sich stimmig; von wem es stammt, ist damit nicht bewiesen. Nennen Sie den Schlüssel aus einer zweiten Quelle (--vkey).';
    }
    v = await lauf.inhalt();
    await lauf.alleDateien(v);
    await lauf.loeschungen(v);
    for (const s of paketListe(v, 'stroeme', PAKET_INHALT)) await einzeln(lauf, s.ereignisse, () => lauf.strom(s));
    await einzeln(lauf, 'dokumente', () => lauf.dokumente(v));
  } catch (e) {
    if (e instanceof Abbruch && e.urteil === 'VIOLATION') lauf.fund(e.regel, e.message);
    else lauf.befunde.push({ urteil: 'unverifiable', regel: '', kurz: e.kurz ?? 'Fehler im Prüfprogramm', text: e.message });
  }
  if (v) angaben = [['Art', v.art], ['Aktenzeichen', v.aktenzeichen ?? 'ohne'], ['Erstellt', v.erstellt], ['Protokoll', v.protokoll], ['Ströme', String(lauf.anzahl.stroeme)],
    ['Ereignisse', String(lauf.anzahl.ereignisse)], ['Dokumente', String(lauf.anzahl.dokumente)]];
  return paketUrteil(lauf, v, angaben, o.name ?? 'Paket');
}
/** A file that cannot be read is a finding about this file; the others are looked at all the same. */
async function einzeln(lauf, name, tun) {
  try { await tun(); } catch (e) {
    if (!(e instanceof Abbruch)) throw e;
    if (e.urteil === 'VIOLATION' || e.kurz === 'nicht lesbar') lauf.fund(e.regel || 'P1', `${name}: ${e.message}`); else lauf.zweifel ??= e.message;
  }
}
function paketUrteil(lauf, v, angaben, datei) {
  const { befunde, hinweise } = lauf;
  if (lauf.anzahl.geloescht) hinweise.push(`${lauf.anzahl.geloescht} Teile wurden gelöscht; die Anordnung dazu liegt im Paket.`);
  if (!befunde.length && lauf.zweifel) befunde.push({ urteil: 'unverifiable', regel: '', kurz: 'Schlüssel nicht bestätigt', text: lauf.zweifel });
  const schlimm = befunde.find((b) => b.urteil === 'VIOLATION') ?? befunde[0];
  const geschwaerzt = v?.art !== 'beweis';
  const gut = geschwaerzt ? 'Das Paket stimmt. Offengelegt ist nur ein Teil; was fehlt, steht mit Grund im Inhaltsverzeichnis.' : 'Das Paket stimmt: Alle Ereignisse und Dokumente sind unverändert, und im bewiesenen Bereich fehlt keines.';
  const urteil = schlimm?.urteil ?? (geschwaerzt ? 'valid-redacted' : 'valid');
  return { datei, art: 'Paket', urteil, regel: schlimm?.regel ?? '', kurz: schlimm?.kurz ?? '', text: schlimm?.text ?? gut, angaben, werte: [], befunde, hinweise, code: CODE[urteil] };
}

// ---- Command line -------------------------------------------------------------------------------

const PAKET_HILFE = `Prüft ein Paket der Aktenkette (Beweispaket, Akteneinsicht), ohne Netz.
  node paket.mjs PAKET.zip|ORDNER --vkey SCHLÜSSEL     öffentlicher Schlüssel des Protokolls, aus zweiter Quelle (mehrfach möglich)
  node paket.mjs PAKET.zip|ORDNER --policy DATEI       Vertrauensdatei (c2sp.org/tlog-policy)
    --json             ein JSON-Objekt
Ausgang: 0 stimmt, 1 VIOLATION, 2 nicht prüfbar. Ohne Schlüssel wird nur geprüft, ob das Paket in sich stimmt (Ausgang 2).`;

function paketOrdner(fs, path, wurzel, unter = '', aus = new Map()) {
  for (const e of fs.readdirSync(path.join(wurzel, unter), { withFileTypes: true })) {
    const name = unter ? `${unter}/${e.name}` : e.name;
    if (e.isDirectory()) paketOrdner(fs, path, wurzel, name, aus);
    else if (e.isFile()) aus.set(name, { size: fs.statSync(path.join(wurzel, name)).size, read: async () => new Uint8Array(fs.readFileSync(path.join(wurzel, name))) });
    if (aus.size > PAKET_GRENZE.dateien) throw paketUnlesbar('Der Ordner enthält zu viele Dateien.');
  }
  return aus;
}
const paketZeile = (s) => String(s).replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

async function paketMain(process) {
  const [fs, path] = ['node:fs', 'node:path'].map((m) => process.getBuiltinModule(m)), o = { vkeys: [] };
  for (let i = 2; i < process.argv.length; i += 1) {
    const a = process.argv[i], wert = () => { i += 1; if (process.argv[i] === undefined) throw paketUnlesbar(`Nach ${a} fehlt ein Wert.`); return process.argv[i]; };
    if (a === '--vkey') o.vkeys.push(wert()); else if (a === '--policy') o.policy = wert(); else if (a === '--json') o.json = true;
    else if (a === '--hilfe') { process.stdout.write(`${PAKET_HILFE}\n`); return 0; } else if (a.startsWith('--') || o.ziel) throw paketUnlesbar(`${a} ist unbekannt. Hilfe: --hilfe`); else o.ziel = a;
  }
  if (!o.ziel) throw paketUnlesbar(`Es fehlt ein Paket.\n${PAKET_HILFE}`);
  const trust = o.policy ? parsePolicy(new Uint8Array(fs.readFileSync(o.policy))) : o.vkeys.length ? trustKeys(o.vkeys) : undefined;
  const ordner = fs.statSync(o.ziel).isDirectory();
  const dateien = ordner ? paketOrdner(fs, path, o.ziel) : zipDateien(new Uint8Array(fs.readFileSync(o.ziel)));
  const r = await pruefePaket(dateien, { trust, name: o.ziel });
  const kopf = `${r.datei}: ${r.urteil}${r.regel ? ` ${r.regel}` : ''}${r.kurz ? ` (${r.kurz})` : ''}`;
  const zeilen = [kopf, `  ${r.text}`, ...r.befunde.slice(1).map((b) => `  ${b.urteil} ${b.regel} ${b.text}`), ...r.angaben.map(([k, w]) => `  ${k}: ${w}`), ...r.hinweise.map((h) => `  Hinweis: ${h}`)];
  process.stdout.write(o.json ? `${JSON.stringify(r)}\n` : `${zeilen.map(paketZeile).join('\n')}\n`);
  return r.code;
}
const paketNode = globalThis.process?.versions?.node ? globalThis.process : null;
const paketStart = paketNode?.getBuiltinModule && paketNode.argv[1]?.endsWith('paket.mjs') && paketNode.getBuiltinModule('node:fs').realpathSync(paketNode.argv[1]);
if (paketStart && paketNode.getBuiltinModule('node:url').pathToFileURL(paketStart).href === import.meta.url) {
  paketMain(paketNode).then((code) => { paketNode.exitCode = code; }, (e) => { paketNode.stderr.write(`${e.message}\n`); paketNode.exitCode = 2; });
}
