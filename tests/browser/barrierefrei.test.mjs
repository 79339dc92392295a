// Every address of the router, for every kind of visitor, in two widths: axe finds nothing, nothing
// runs out of a narrow screen. A bad page of our own proves that both checks can fail.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Browser } from './seite.mjs';
import { Stadt } from './stadt.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const REGELN = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'EN-301-549'];
const BREITEN = [1280, 360];
const tag = (tage) => new Intl.DateTimeFormat('de-DE', { timeZone: 'Europe/Berlin', day: '2-digit', month: '2-digit', year: 'numeric' })
  .format(Date.now() + tage * 86_400_000);
const HUND = {
  name: 'Ahrens', vornamen: 'Inga', geburtsdatum: '02.03.1975', strasse: 'Am Markt', hausnummer: '3', plz: '25436', ort: 'Musterstadt',
  schon_gemeldet: 'keiner', anzahl: 'einen', hund_name: 'Bello', hund_rasse: 'Labrador', hund_geschlecht: 'ruede', hund_wurfdatum: tag(-200),
  hund_welpe: 'nein', hund_chip: '276 098 106 123 456', hund_beginn: tag(-8), hund_herkunft: 'erworben', hund_gefaehrlich: 'nein',
  befreiung: 'nein', sepa: 'ja', iban: 'DE89 3704 0044 0532 0130 00', erklaerung: 'ja',
};
const PARKEN = {
  name: 'Ahrens', vornamen: 'Inga', geburtsdatum: '31.12.1990', strasse: 'Am Markt', hausnummer: '3', plz: '25436', ort: 'Musterstadt', gemeldet: 'ja',
  stellplatz: 'nein', kennzeichen: 'PI-IA 1', fahrzeugart: 'pkw', halter: 'selbst', art: 'neu', beginn: tag(9), erklaerung: 'ja',
};
const FRAGE = {
  thema: 'Bäume', beschreibung: 'Wie viele Straßenbäume wurden im letzten Jahr gefällt?', form: 'status',
};
// A service of the town's own that a second person signs.
const ZWEITE_PERSON = readFileSync(new URL('../../core/tests/zweite_person.toml', import.meta.url), 'utf8');
const PERSON = { name: 'Ahrens', vornamen: 'Inga', geburtsdatum: '31.12.1990' };

let stadt;
let browser;
before(async () => { [stadt, browser] = await Promise.all([Stadt.neu({ vorher: zuZweit }), Browser.neu()]); });
after(async () => { await browser?.weg(); await stadt?.weg(); });

async function zuZweit(s) {
  const ordner = join(s.ordner, 'zu-zweit');
  await s.befehl('leistung', 'new', 'zu-zweit', '--nach', ordner);
  appendFileSync(join(ordner, 'leistung.toml'), `\n${ZWEITE_PERSON}`);
  await s.befehl('leistung', 'propose', ordner, '--konto', 'admin', '--data', s.daten);
  await s.befehl('leistung', 'approve', 'zu-zweit', '--konto', 'kruse', '--data', s.daten);
}

const gesehen = new Set();
const befunde = [];
let geprueft = 0;

/**
 * What makes a page the same page: its head with the menu, and all the rest, without tokens, keys and times of day.
 * Who sees the same page below a menu that was measured before adds nothing.
 */
function teile(html) {
  const text = html.replace(/name="(_csrf|_schluessel)" value="[^"]*"/g, '').replace(/\d\d:\d\d/g, '');
  const kopf = /<header[^]*<\/header>/.exec(text)?.[0] ?? '';
  return [kopf, text.replace(kopf, '')].map((t) => createHash('sha256').update(t).digest('hex'));
}

/** axe and the width of the page that is open, in this width. */
async function messen(page, breite) {
  await page.evaluate(AXE);
  const axe = await page.evaluate((werte) => globalThis.axe.run(document, { runOnly: { type: 'tag', values: werte } }), REGELN);
  const weit = await page.evaluate(() => document.scrollingElement.scrollWidth);
  return { regeln: axe.violations.map((v) => v.id).sort(), orte: axe.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 140)}`)), zuBreit: weit > breite + 1 ? weit : 0 };
}

async function pruefen(seite, name) {
  const marken = teile(await seite.page.content());
  if (marken.every((m) => gesehen.has(m))) return;
  marken.forEach((m) => gesehen.add(m));
  for (const breite of BREITEN) {
    await seite.page.setViewport({ width: breite, height: 900 });
    const m = await messen(seite.page, breite);
    geprueft += 1;
    const wo = `${name} at ${breite}`;
    befunde.push(...m.orte.map((o) => `${wo}: ${o}`));
    if (m.zuBreit) befunde.push(`${wo}: ${m.zuBreit} pixels wide`);
    if (process.env.SHOTS) {
      mkdirSync(process.env.SHOTS, { recursive: true });
      await seite.page.screenshot({ path: join(process.env.SHOTS, `${name.replace(/[^a-z0-9]+/gi, '_')}-${breite}.png`), fullPage: true });
    }
  }
}

/** Opens an address; only pages are looked at, files are for programs. */
async function besuchen(seite, wer, pfad) {
  const kopf = await seite.holen(pfad);
  await kopf.arrayBuffer();
  assert.ok(kopf.status < 500, `${pfad} as ${wer}: ${kopf.status}`);
  if (!kopf.headers.get('content-type')?.startsWith('text/html')) return;
  await seite.oeffnen(pfad);
  await pruefen(seite, `${wer} ${pfad}`);
}

/** Somebody with a draft, a sent application and a code. */
async function buerger() {
  const seite = await browser.besucher(stadt.adresse, { skripte: true });
  await seite.antrag('hundesteuer-anmeldung', HUND);
  await seite.druecken('Weiter');
  await pruefen(seite, 'Angaben prüfen, vollständig');
  await seite.druecken('Hund');
  await pruefen(seite, 'Bestätigung');
  seite.code = await seite.page.$eval('.code__wert', (e) => e.textContent.trim());
  await seite.oeffnen('/leistungen/bewohnerparken');
  await seite.druecken('Online starten');
  await seite.ausfuellen(PERSON);
  await seite.druecken('Weiter');
  return seite;
}

/** The counter, with an application just entered and its page to hand out. */
async function schalter() {
  const seite = await (await browser.besucher(stadt.adresse, { skripte: true })).anmelden('jansen');
  await seite.oeffnen('/amt/erfassen/bewohnerparken');
  await seite.druecken('Antrag erfassen');
  assert.equal(seite.status, 422);
  await pruefen(seite, 'Erfassen mit Fehlern');
  await seite.ausfuellen({ _kanal: 'vor_ort', ...PARKEN });
  await seite.druecken('Antrag erfassen');
  assert.equal(await seite.titel(), 'Der Antrag ist erfasst');
  return seite;
}

/** A redacted answer, from the form of the office to the code of whoever asked. */
async function auskunft(revision) {
  const seite = await browser.besucher(stadt.adresse, { skripte: true });
  await seite.antrag('izg-antrag', FRAGE);
  await seite.druecken('Weiter');
  await seite.page.click('form[action$="/absenden"] button');
  await seite.page.waitForSelector('.code__wert');
  const code = await seite.page.$eval('.code__wert', (e) => e.textContent.trim());
  const amt = await (await browser.besucher(stadt.adresse, { skripte: true })).anmelden('boysen');
  await amt.oeffnen('/amt?tab=eingang');
  const vorgaenge = await amt.page.$$eval('a[href^="/amt/vorgang/"]', (as) => as.map((a) => a.getAttribute('href')));
  let vorgang;
  for (const v of vorgaenge) {
    await amt.oeffnen(v);
    if ((await amt.text()).includes(FRAGE.beschreibung)) vorgang = v;
  }
  assert.ok(vorgang, 'the question is in the inbox');
  await revision.oeffnen(vorgang.replace('/amt/', '/pruefung/'));
  const [beleg] = await revision.page.$$eval('a[href*="/beleg/"]', (as) => as.map((a) => a.getAttribute('href')));
  await amt.oeffnen(`${vorgang}/auskunft?ereignis=${beleg.split('/').pop()}`);
  await pruefen(amt, 'Auskunft wählen');
  await amt.druecken('Auskunft erteilen');
  assert.equal(amt.status, 422);
  await pruefen(amt, 'Auskunft unvollständig');
  for (const name of await amt.page.$$eval('select[name^="zeiger:"]', (es) => es.map((e) => e.name))) await amt.page.select(`[name="${name}"]`, 'frei');
  await amt.druecken('Auskunft erteilen');
  await seite.oeffnen(`/s/${code}`);
  await seite.oeffnen('/status/vorgang');
  await pruefen(seite, 'Status mit Auskunft');
  const [gegeben] = await seite.page.$$eval('a[href^="/status/auskunft/"]', (as) => as.map((a) => a.getAttribute('href')));
  await seite.oeffnen(gegeben);
  await pruefen(seite, 'Auskunft');
  const dateien = await seite.page.$$eval('a[href^="/status/auskunft/"]', (as) => as.map((a) => a.getAttribute('href')));
  return { fragend: seite, wahl: `${vorgang}/auskunft`, gegeben, dateien };
}

/** Real addresses for every parameter; a route that is not here must have none. */
function beispiele(echt) {
  return {
    '/leistungen/{leistung}': ['/leistungen/gewerbeanmeldung', '/leistungen/bewohnerparken'],
    '/antrag/{leistung}/{gruppe}': ['person', 'wohnung', 'fahrzeug', 'ausweis', 'kontakt'].map((g) => `/antrag/bewohnerparken/${g}`),
    '/antrag/{leistung}/spaeter': ['/antrag/bewohnerparken/spaeter'],
    '/antrag/{leistung}/pruefen': ['/antrag/bewohnerparken/pruefen'],
    '/antrag/{leistung}/dokumente': ['/antrag/bewohnerparken/dokumente'],
    '/antrag/{leistung}/bestaetigung': ['/antrag/hundesteuer-anmeldung/bestaetigung'],
    '/antrag/{leistung}/beleg.json': ['/antrag/hundesteuer-anmeldung/beleg.json'],
    '/antrag/{leistung}/beleg.pdf': ['/antrag/hundesteuer-anmeldung/beleg.pdf'],
    '/antrag/{leistung}/beleg.tlog-proof': ['/antrag/hundesteuer-anmeldung/beleg.tlog-proof'],
    '/s/{code}': [`/s/${echt.code}`],
    '/status/nachweis/{datei}': ['/status/nachweis/0.json', '/status/nachweis/0.tlog-proof'],
    '/status/dokument/{id}': ['/status/dokument/bescheid', '/status/dokument/gebuehr-1'],
    '/amt/akte/{id}': echt.akten,
    '/amt/akte/{id}/dokument/{dok}/{version}': echt.akten.slice(0, 1).map((a) => `${a}/dokument/00000000-0000-4000-8000-000000000000/1`),
    '/amt/akte/{id}/metadaten/{teil}': echt.akten.map((a) => `${a}/metadaten/akte`),
    '/amt/akte/{id}/papier': echt.akten.map((a) => `${a}/papier`),
    '/amt/akte/{id}/dokument/{dok}': [`${echt.akten[0]}/dokument/00000000-0000-4000-8000-000000000000`],
    '/amt/akte/{id}/beweispaket': [`${echt.akten[0]}/beweispaket`],
    '/amt/akte/{id}/einsicht': [`${echt.akten[0]}/einsicht`],
    '/amt/akte/{id}/stand': [`${echt.akten[0]}/stand`, `${echt.akten[0]}/stand?stand=nie`],
    '/amt/akte/{id}/unterschied': [`${echt.akten[0]}/unterschied`, `${echt.akten[0]}/unterschied?von=2020-01-01T00:00&bis=2100-01-01T00:00`],
    '/amt/postbuch/{id}': echt.post,
    '/amt/postbuch/{id}/teil/{dok}': echt.teile,
    '/amt/geschaeftsgang/{id}': echt.gaenge,
    '/amt/geschaeftsgang/{id}/dokument': [`${echt.gaenge[0]}/dokument`],
    '/amt/geschaeftsgang/{id}/laufmappe.txt': [`${echt.gaenge[0]}/laufmappe.txt`],
    '/amt/geschaeftsgang/dokument/{id}': echt.gangdokumente,
    '/amt/wiedervorlage/{id}': echt.wiedervorlagen,
    '/amt/wiedervorlage/neu/{art}/{id}': [echt.akten[0].replace('/amt/', '/amt/wiedervorlage/neu/')],
    '/amt/aufgabe/{id}': echt.aufgaben,
    '/amt/aufgabe/neu/{art}/{id}': [echt.akten[0].replace('/amt/', '/amt/aufgabe/neu/')],
    '/amt/eigenes/{art}/{id}': [echt.akten[0].replace('/amt/', '/amt/eigenes/')],
    '/amt/vorgang/{id}/unterschied': [`${echt.vorgaenge[0]}/unterschied`],
    '/verwaltung/loeschung/{id}/schreiben.pdf': echt.loeschungen.map((l) => `${l}/schreiben.pdf`),
    '/pruefung/konto/{id}': echt.konten,
    '/pruefung/konto/{id}/unterschied': echt.konten.map((k) => `${k}/unterschied`),
    '/amt/vorgang/{id}': echt.vorgaenge,
    '/amt/vorgang/{id}/stand': [`${echt.vorgaenge[0]}/stand?am=2026-01-05T10:00`, `${echt.vorgaenge[0]}/stand?am=nie`],
    '/amt/vorgang/{id}/dokument/{dok}': echt.dokumente,
    '/amt/erfassen/{leistung}': ['/amt/erfassen/bewohnerparken', '/amt/erfassen/gewerbeanmeldung'],
    '/amt/erfassen/{leistung}/{vorgang}': [echt.erfasst],
    '/amt/erfassen/{leistung}/{vorgang}/beleg.pdf': [`${echt.erfasst.split('?')[0]}/beleg.pdf`],
    '/amt/vorgang/{id}/vorschau': [`${echt.vorgaenge[0]}/vorschau`],
    '/amt/vorgang/{id}/auskunft': [echt.auskunft.wahl],
    '/status/auskunft/{id}': [echt.auskunft.gegeben],
    '/status/auskunft/{id}/{datei}': echt.auskunft.dateien,
    '/pruefung/vorgang/{id}': [echt.vorgaenge[0].replace('/amt/', '/pruefung/')],
    '/pruefung/vorgang/{id}/beleg/{index}': echt.belege,
    '/log/tile/{pfad}': ['/log/tile/0/000'],
    '/verwaltung/loeschung/{id}': echt.loeschungen,
    '/verwaltung/loeschung/{id}/protokoll': echt.loeschungen.map((l) => `${l}/protokoll`),
    '/verwaltung/loeschung/akte/{id}': [echt.akten[0].replace('/amt/akte/', '/verwaltung/loeschung/akte/')],
    '/verwaltung/loeschung/vorgang/{id}': [echt.vorgaenge[0].replace('/amt/vorgang/', '/verwaltung/loeschung/vorgang/')],
    '/verwaltung/leistungen/{id}': ['/verwaltung/leistungen/bewohnerparken'],
    '/u/{code}': ['/u/unbekannt'],
    '/daten/{datensatz}/{datei}': ['/daten/gewerbeanzeigen/2026-10.beweis.json'],
    '/daten/{datei}': ['/daten/gewerbeanzeigen', '/daten/gewerbeanzeigen.json', '/daten/gewerbeanzeigen.csv'],
    '/aktenplan/{datei}': ['/aktenplan/heute.csv', '/aktenplan/heute.json', '/aktenplan/heute.xml'],
    '/metadaten/{datei}': ['/metadaten/akte.json', '/metadaten/dokument.json'],
    '/aktenplan': ['/aktenplan', '/aktenplan?stand=31.2.2027'],
    '/aktenplan/unterschied': ['/aktenplan/unterschied', '/aktenplan/unterschied?von=01.01.2020&bis=01.01.2027'],
    '/assets/{version}/{pfad}': [echt.stil],
    '/amt': ['/amt', '/amt?tab=meine', '/amt?tab=einheit', '/amt?tab=fristen', '/amt?status=zda&tab=einheit'],
    '/amt/suche': ['/amt/suche', '/amt/suche?s=vergessen'],
    '/leistungen': ['/leistungen', '/leistungen?q=parken', '/leistungen?q=xyzzy'],
  };
}

async function echtes(clerk, code, erfasst) {
  const hrefs = (auswahl) => clerk.page.$$eval(auswahl, (as) => [...new Set(as.map((a) => a.getAttribute('href')))]);
  const vorgaenge = [];
  for (const tab of ['eingang', 'einheit', 'meine']) {
    await clerk.oeffnen(`/amt?tab=${tab}`);
    vorgaenge.push(...(await hrefs('a[href^="/amt/vorgang/"]')).slice(0, 6));
  }
  const akten = [];
  const dokumente = [];
  for (const v of vorgaenge) {
    await clerk.oeffnen(v);
    akten.push(...(await hrefs('a[href^="/amt/akte/"]')));
    dokumente.push(...(await hrefs('a[href*="/dokument/"]')));
  }
  const stil = (await hrefs('link[href$="/app.css"]'))[0];
  return { code, stil, erfasst, vorgaenge: [...new Set(vorgaenge)], akten: akten.slice(0, 2), dokumente: dokumente.slice(0, 2) };
}

/** What lies in the office's lists: addresses below `liste`, as everybody who works there sees them. */
async function ausListen(seiten, liste, muster) {
  const gefunden = new Set();
  for (const seite of seiten) {
    for (const pfad of [liste].flat()) {
      await seite.oeffnen(pfad);
      const hrefs = await seite.page.$$eval('a[href]', (as) => as.map((a) => a.getAttribute('href').split('#')[0]));
      hrefs.filter((h) => muster.test(h)).slice(0, 4).forEach((h) => gefunden.add(h));
    }
  }
  return [...gefunden].slice(0, 8);
}

/** Files with something in them, and what goes from desk to desk. */
async function aktenarbeit(echt, amtsleute, revision) {
  const id = '[0-9a-f-]{36}$';
  echt.post = await ausListen(amtsleute, '/amt/postbuch', new RegExp(`^/amt/postbuch/${id}`));
  echt.teile = await ausListen(amtsleute, echt.post, /^\/amt\/postbuch\/.*\/teil\//);
  echt.gaenge = await ausListen(amtsleute, '/amt/geschaeftsgang', new RegExp(`^/amt/geschaeftsgang/${id}`));
  echt.gangdokumente = await ausListen(amtsleute, echt.gaenge, new RegExp(`^/amt/geschaeftsgang/dokument/${id}`));
  echt.wiedervorlagen = await ausListen(amtsleute, '/amt/wiedervorlagen', new RegExp(`^/amt/wiedervorlage/${id}`));
  echt.aufgaben = await ausListen(amtsleute, '/amt/aufgaben', new RegExp(`^/amt/aufgabe/${id}`));
  const weitere = [
    ...await ausListen(amtsleute, '/verwaltung/aussonderung', new RegExp(`^/amt/akte/${id}`)),
    ...await ausListen(amtsleute, echt.gangdokumente, new RegExp(`^/amt/akte/${id}`)),
  ];
  echt.akten = [...new Set([...echt.akten, ...weitere])].slice(0, 6);
  await revision.oeffnen('/pruefung');
  const wer = await revision.page.$$eval('#wer option', (os) => os.map((o) => o.value).find((v) => v.includes('-')));
  echt.konten = await ausListen([revision], `/pruefung?wer=${wer}`, new RegExp(`^/pruefung/konto/${id}`));
}

/** A proposed erasure, seen by who proposed it. */
async function loeschung(leitung, vorgang) {
  await leitung.oeffnen(vorgang.replace('/amt/vorgang/', '/verwaltung/loeschung/vorgang/'));
  await leitung.druecken('Löschung vorschlagen');
  assert.equal(leitung.status, 422);
  await pruefen(leitung, 'Löschung ohne Angaben');
  for (const auswahl of ['[name="umfang"]', '[name="grund"][value="art17-1d"]', '[name="archiv"][value="nicht_anbietungspflichtig"]']) await leitung.page.click(auswahl);
  await leitung.setzen('begruendung', 'Die Angaben waren unrechtmäßig erhoben.');
  await leitung.druecken('Löschung vorschlagen');
  assert.match(leitung.pfad(), /^\/verwaltung\/loeschung\/[0-9a-f-]{36}/);
  return leitung.pfad().split('?')[0];
}

test('every page of the router is free of barriers, for every visitor and in both widths', { timeout: 1_800_000 }, async () => {
  const offen = await browser.besucher(stadt.adresse, { skripte: true });
  const person = await buerger();
  const amt = await (await browser.besucher(stadt.adresse, { skripte: true })).anmelden('meyer');
  const revision = await (await browser.besucher(stadt.adresse, { skripte: true })).anmelden('brandt');
  await revision.oeffnen('/pruefung');
  await pruefen(revision, 'Zweck');
  await revision.druecken('Weiter');
  assert.equal(revision.status, 422);
  await pruefen(revision, 'Zweck fehlt');
  await revision.setzen('zweck', 'Prüfung der Barrierefreiheit');
  await revision.druecken('Weiter');
  for (const wort of ['a', 'xyzzy']) {
    await amt.suchen(wort);
    await pruefen(amt, `Suche ${wort}`);
  }
  const theke = await schalter();
  const datenschutz = await (await browser.besucher(stadt.adresse, { skripte: true })).anmelden('dircks');
  await datenschutz.oeffnen('/pruefung');
  await datenschutz.setzen('zweck', 'Auskunft nach Art. 15');
  await datenschutz.druecken('Weiter');
  const admin = await (await browser.besucher(stadt.adresse, { skripte: true })).anmelden('admin');
  const echt = await echtes(amt, person.code, theke.pfad());
  await revision.oeffnen(echt.vorgaenge[0].replace('/amt/', '/pruefung/'));
  echt.belege = (await revision.page.$$eval('a[href*="/beleg/"]', (as) => as.map((a) => a.getAttribute('href')))).slice(0, 1);
  const leitung = await (await browser.besucher(stadt.adresse, { skripte: true })).anmelden('kruse');
  const registratur = await (await browser.besucher(stadt.adresse, { skripte: true })).anmelden('albers');
  await aktenarbeit(echt, [amt, theke, leitung, registratur], revision);
  for (const [was, liste] of Object.entries(echt)) assert.ok(liste?.length, `the demo town has no ${was}`);
  echt.loeschungen = [await loeschung(leitung, echt.vorgaenge[0])];
  echt.auskunft = await auskunft(revision);
  const wege = beispiele(echt);
  const { paths } = await (await offen.holen('/openapi.json')).json();
  const alle = Object.entries(paths).filter(([, p]) => p.get).map(([pfad]) => pfad);
  assert.ok(alle.length > 30, `${alle.length} routes`);
  const ohne = alle.filter((p) => p.includes('{') && !wege[p]?.length);
  assert.deepEqual(ohne, [], 'every route with parameters needs an example here');
  const besucher = { anonym: offen, person, fragend: echt.auskunft.fragend, sachbearbeitung: amt, schalter: theke, leitung, registratur, datenschutz, revision, admin };
  // Two at a time: while one page is measured the town answers another visitor.
  const ziele = alle.flatMap((pfad) => wege[pfad] ?? [pfad]);
  const leute = Object.entries(besucher);
  await Promise.all([0, 1].map(async (bahn) => {
    for (const ziel of ziele) {
      for (const [wer, seite] of leute.filter((_, i) => i % 2 === bahn)) await besuchen(seite, wer, ziel);
    }
  }));
  console.log(`${alle.length} routes, ${leute.length} visitors, ${geprueft / BREITEN.length} different pages in both widths`);
  assert.deepEqual(befunde, []);
});

/** Somebody who reads another language: every citizen's page, errors and a sent application included. */
async function fremdsprachig(kuerzel, worte) {
  const seite = await browser.besucher(stadt.adresse, { skripte: true });
  const hin = async (pfad) => {
    await seite.oeffnen(pfad);
    await pruefen(seite, `${kuerzel} ${pfad}`);
  };
  await seite.oeffnen(`/?sprache=${kuerzel}`);
  assert.equal(await seite.page.$eval('html', (e) => e.lang), worte.tag);
  for (const pfad of ['/', '/leistungen', '/leistungen?q=xyzzy', '/leistungen?thema=tiere', '/status', '/antrag/fortsetzen', '/gibt-es-nicht',
    '/leistungen/bewohnerparken', '/leistungen/gewerbeanmeldung', '/leistungen/hundesteuer-anmeldung']) await hin(pfad);
  await seite.druecken(worte.starten);
  await seite.druecken(worte.weiter);
  assert.equal(seite.status, 422);
  await pruefen(seite, `${kuerzel} Formular mit Fehlern`);
  for (let i = 0; i < 30 && !seite.pfad().endsWith('/dokumente'); i += 1) {
    await seite.ausfuellen(HUND);
    await pruefen(seite, `${kuerzel} ${seite.pfad()}`);
    await seite.druecken(worte.weiter);
    assert.equal(seite.status, 200, `${seite.pfad()}: ${await seite.text()}`);
  }
  await pruefen(seite, `${kuerzel} Unterlagen`);
  await seite.druecken(worte.hochladen);
  assert.equal(seite.status, 422);
  await pruefen(seite, `${kuerzel} keine Datei`);
  await hin('/antrag/hundesteuer-anmeldung/spaeter');
  await hin('/antrag/hundesteuer-anmeldung/pruefen');
  await seite.page.click('form[action$="/absenden"] button');
  await seite.page.waitForSelector('.code__wert');
  await pruefen(seite, `${kuerzel} Bestätigung`);
  for (const pfad of ['/status/vorgang', '/status/dokumente', '/status/nachreichen', '/status/abruf', '/status/unterschriften', '/status/zuruecknehmen']) await hin(pfad);
}

test('pages in English and in Leichte Sprache are free of barriers', { timeout: 600_000 }, async () => {
  befunde.length = 0;
  await fremdsprachig('en', { tag: 'en', starten: 'Start online', weiter: 'Continue', hochladen: 'Upload file' });
  await fremdsprachig('ls', { tag: 'de-simple', starten: 'Hier anfangen', weiter: 'Weiter', hochladen: 'Datei schicken' });
  assert.deepEqual(befunde, []);
});

test('a second person reads and signs without barriers, in every language', { timeout: 300_000 }, async () => {
  befunde.length = 0;
  const erste = await browser.besucher(stadt.adresse, { skripte: true });
  await erste.antrag('zu-zweit', { name: 'Ahrens', vornamen: 'Inga', art: 'einmalig', bis: tag(30), partner_name: 'Bert Kowalski' });
  await erste.druecken('Weiter');
  await erste.page.click('form[action$="/absenden"] button');
  await erste.page.waitForSelector('.code__wert');
  await erste.oeffnen('/status/unterschriften');
  await pruefen(erste, 'Unterschrift erbeten');
  const link = (await erste.text()).match(/\/u\/\S+/)[0];
  const zweite = await browser.besucher(stadt.adresse, { skripte: true });
  await zweite.oeffnen(link);
  assert.equal(zweite.pfad(), '/unterschrift');
  for (const kuerzel of ['en', 'ls', 'de']) {
    await zweite.oeffnen(`/unterschrift?sprache=${kuerzel}`);
    assert.match(await zweite.text(), /Bert Kowalski/);
    await pruefen(zweite, `Unterschrift ${kuerzel}`);
  }
  await zweite.druecken('Verbindlich unterschreiben');
  assert.equal(zweite.status, 422);
  await pruefen(zweite, 'Unterschrift ohne Namen');
  await zweite.setzen('name', 'Bert Kowalski');
  await zweite.druecken('Verbindlich unterschreiben');
  assert.match(await zweite.text(), /Sie haben unterschrieben/);
  await pruefen(zweite, 'Unterschrift gegeben');
  await erste.oeffnen('/status/unterschriften');
  assert.match(await erste.text(), /unterschrieben/);
  assert.deepEqual(befunde, []);
});

test('the Enter key in a form goes on, and a change of language keeps what was typed', { timeout: 120_000 }, async () => {
  const seite = await browser.besucher(stadt.adresse);
  await seite.oeffnen('/leistungen/bewohnerparken');
  await seite.druecken('Online starten');
  await seite.ausfuellen({ name: 'Ahrens', geburtsdatum: '31.02.1990' });
  await seite.druecken('English', { in: '.sprachen' });
  assert.equal(await seite.page.$eval('html', (e) => e.lang), 'en');
  assert.equal(await seite.page.$eval('#name', (e) => e.value), 'Ahrens');
  await seite.ausfuellen(PERSON);
  const [antwort] = await Promise.all([seite.page.waitForNavigation({ waitUntil: 'load' }), seite.taste(await seite.page.$('#name'))]);
  assert.equal(antwort.status(), 200);
  assert.equal(seite.pfad(), '/antrag/bewohnerparken/wohnung');
  assert.equal(await seite.page.$eval('html', (e) => e.lang), 'en');
});

test('pages in error state are free of barriers, too', { timeout: 300_000 }, async () => {
  befunde.length = 0;
  const seite = await browser.besucher(stadt.adresse, { skripte: true });
  const fehler = async (name, status) => {
    assert.equal(seite.status, status, `${name}: ${await seite.text()}`);
    await pruefen(seite, name);
  };
  await seite.oeffnen('/gibt-es-nicht');
  await fehler('Seite nicht gefunden', 404);
  for (const gruppe of ['person', 'kontakt']) {
    await seite.oeffnen('/leistungen/bewohnerparken');
    await seite.druecken(gruppe === 'person' ? 'Online starten' : 'Begonnenen Antrag fortsetzen');
    await seite.oeffnen(`/antrag/bewohnerparken/${gruppe}`);
    await seite.druecken('Weiter');
    await fehler(`Formular mit Fehlern ${gruppe}`, 422);
  }
  await seite.oeffnen('/antrag/bewohnerparken/dokumente');
  await seite.druecken('Datei hochladen');
  await fehler('Keine Datei', 422);
  await seite.oeffnen('/antrag/bewohnerparken/pruefen');
  await seite.druecken('Bewohnerparkausweis verbindlich beantragen');
  await fehler('Unvollständig abgesendet', 422);
  await seite.oeffnen('/antrag/fortsetzen');
  await seite.setzen('code', 'AAAA-BBBB-CCCC-DDDD');
  await seite.druecken('Antrag öffnen');
  await fehler('Unbekannter Entwurf', seite.status);
  assert.ok(seite.status >= 400);
  await seite.oeffnen('/status');
  await seite.setzen('code', 'AAAAAAAAAAAAAAAAAAAAAA');
  await seite.druecken('Stand ansehen');
  await fehler('Unbekannter Code', 404);
  await seite.anmelden('meyer', 'falsch');
  await fehler('Falsches Passwort', 422);
  await seite.anmelden('meyer');
  await seite.oeffnen('/amt?tab=meine');
  await seite.page.click('tbody a[href^="/amt/vorgang/"]').catch(async () => { throw new Error(`meyer has no case: ${await seite.text()}`); });
  await seite.page.waitForSelector('form[action$="/vermerk"]');
  await seite.tun('vermerk');
  await fehler('Vermerk ohne Text', 422);
  assert.deepEqual(befunde, []);
});

test('a page with barriers is caught, and exactly for them', async () => {
  const schlecht = '<!doctype html><html><head><title>Kontrolle</title><meta name="viewport" content="width=device-width"></head>'
    + '<body><main><h1>Kontrolle</h1><form><input name="ohne_label"></form><div style="width:500px">zu breit</div></main></body></html>';
  const server = createServer((_, r) => r.setHeader('content-type', 'text/html; charset=utf-8').end(schlecht));
  await new Promise((gut) => server.listen(0, '127.0.0.1', gut));
  const seite = await browser.besucher(`http://127.0.0.1:${server.address().port}`, { skripte: true });
  try {
    await seite.page.setViewport({ width: 360, height: 900 });
    await seite.oeffnen('/');
    const m = await messen(seite.page, 360);
    assert.deepEqual(m.regeln, ['html-has-lang', 'label']);
    assert.ok(m.zuBreit >= 500);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
