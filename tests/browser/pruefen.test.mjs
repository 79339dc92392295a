// The page on which everybody checks proofs: with script in the browser, without it under node.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Key, Log, event, tiles } from '../pruefer/bau.mjs';
import { Browser, bis } from './seite.mjs';
import { Stadt } from './stadt.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let stadt;
let browser;
let key;
let beleg;
const ort = (name) => join(stadt.ordner, 'dateien', name);
function ablegen(name, inhalt) {
  mkdirSync(dirname(ort(name)), { recursive: true });
  writeFileSync(ort(name), inhalt);
  return ort(name);
}

before(async () => {
  [stadt, browser] = await Promise.all([Stadt.neu(), Browser.neu()]);
  const [, origin] = /^log_origin\s*=\s*"([^"]+)"/m.exec(readFileSync(join(stadt.daten, 'stadt.toml'), 'utf8'));
  // A log of our own under the town's key: what counts here is the page, not the town's ledger.
  key = new Key(origin, 1, Buffer.from(readFileSync(join(stadt.daten, 'log.key'), 'utf8').trim(), 'hex'));
  const log = new Log(key);
  for (let i = 0; i < 6; i += 1) log.add(event({ log: origin, sealed: { '/titel': 'Hund Bello <b>' } }));
  beleg = log.receipt(3);
  ablegen('echt.tlog-proof', beleg);
  ablegen('falsch.tlog-proof', beleg.replace('index 3', 'index 2'));
  for (const [p, bytes] of tiles(log.events.map((e) => e.entry), key, [2])) ablegen(`log/${p}`, bytes);
});
after(async () => { await browser?.weg(); await stadt?.weg(); });

/** The verdicts on the page after `tun`, as [verdict rule, text]. */
async function urteile(seite, tun) {
  const vorher = await seite.page.$eval('#ergebnis', (e) => e.dataset.fertig ?? '0');
  await tun();
  await bis('result', () => seite.page.$eval('#ergebnis', (e, v) => (e.dataset.fertig ?? '0') !== v, vorher));
  return seite.page.$$eval('#ergebnis section', (alle) => alle.map((s) => [`${s.dataset.urteil} ${s.dataset.regel}`.trim(), s.innerText.replace(/\s+/g, ' ')]));
}
const pruefen = (seite, ...dateien) => urteile(seite, async () => {
  await (await seite.page.$('[name="dateien"]')).uploadFile(...dateien);
  await seite.taste(await seite.page.$('#pruefung button'));
});
const ziehen = (seite, name, text) => urteile(seite, () => seite.page.evaluate((n, t) => {
  const daten = new DataTransfer();
  daten.items.add(new File([t], n));
  document.querySelector('#pruefung label').dispatchEvent(new DragEvent('drop', { dataTransfer: daten, bubbles: true, cancelable: true }));
}, name, text));

test('a real and a tampered receipt, chosen and dropped', { timeout: 120_000 }, async () => {
  const seite = await browser.besucher(stadt.adresse, { skripte: true });
  await seite.oeffnen('/pruefen');
  assert.ok((await seite.page.$eval('#vkey', (e) => e.value)).includes(key.vkey), 'the key of the town is there');
  const [echt, falsch] = await pruefen(seite, ort('echt.tlog-proof'), ort('falsch.tlog-proof'));
  assert.equal(echt[0], 'valid-redacted');
  assert.match(echt[1], /Echt: echt\.tlog-proof.*Hund Bello <b>/);
  assert.equal(falsch[0], 'VIOLATION B2');
  assert.match(falsch[1], /Nicht echt: falsch\.tlog-proof Das Ereignis steht nicht an Stelle 2/);
  assert.ok(!falsch[1].includes('Bello'), 'values of a broken receipt are not shown');
  assert.equal((await ziehen(seite, 'a.tlog-proof', beleg))[0][0], 'valid-redacted');
  assert.equal((await ziehen(seite, 'b.tlog-proof', beleg.replace('index 3', 'index 4')))[0][0], 'VIOLATION B2');
  assert.equal((await ziehen(seite, 'c.txt', 'etwas anderes'))[0][0], 'unverifiable');
  assert.equal(await seite.page.evaluate(() => document.activeElement.id), 'ergebnis', 'the focus is at the result');
  await seite.page.evaluate(AXE);
  const axe = await seite.page.evaluate(() => globalThis.axe.run(document, { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'EN-301-549'] } }));
  assert.deepEqual(axe.violations.map((v) => `${v.id}: ${v.nodes[0].html}`), []);
});

test('another key, a document beside the receipt, a copy of the log', { timeout: 120_000 }, async () => {
  const seite = await browser.besucher(stadt.adresse, { skripte: true });
  await seite.oeffnen('/pruefen');
  await seite.setzen('vkey', new Key(key.name).vkey);
  assert.equal((await pruefen(seite, ort('echt.tlog-proof')))[0][0], 'unverifiable');
  await seite.setzen('vkey', key.vkey);
  assert.equal((await pruefen(seite, ort('echt.tlog-proof')))[0][0], 'valid-redacted');
  await seite.setzen('dokumente', ort('falsch.tlog-proof'));
  assert.equal((await pruefen(seite, ort('echt.tlog-proof')))[0][0], 'unverifiable');
  await seite.oeffnen('/pruefen');
  const ordner = await seite.page.$('[name="ordner"]');
  await ordner.uploadFile(ort('log'));
  const alle = await urteile(seite, async () => seite.taste(await seite.page.$('#pruefung button')));
  assert.deepEqual(alle.map(([u]) => u), ['valid-redacted']);
  assert.match(alle[0][1], /Größe beim Checkpoint 6/);
});

test('nothing leaves the browser', { timeout: 120_000 }, async () => {
  const seite = await browser.besucher(stadt.adresse, { skripte: true });
  await seite.oeffnen('/pruefen');
  const anfragen = [];
  // The coat of arms and the icons of the result are pictures of our own.
  seite.page.on('request', (r) => { if (r.method() !== 'GET' || !/^data:|^[^?#]+\/assets\/[^?#]+\.svg$/.test(r.url())) anfragen.push(`${r.method()} ${r.resourceType()} ${r.url().slice(0, 80)}`); });
  await pruefen(seite, ort('echt.tlog-proof'), ort('falsch.tlog-proof'));
  assert.deepEqual(anfragen, []);
  const gesendet = await seite.page.evaluate(() => fetch('/healthz').then(() => 'sent', () => 'refused'));
  assert.equal(gesendet, 'refused');
});

test('without script the page says how, and that command works', { timeout: 120_000 }, async () => {
  const seite = await browser.besucher(stadt.adresse);
  await seite.oeffnen('/pruefen');
  assert.equal(await (await seite.page.$('#pruefung')).isVisible(), false);
  const text = await seite.text();
  const [, befehl] = /node (pruefer\.mjs beleg\.tlog-proof --vkey '[^']+')/.exec(text);
  const programm = await seite.holen(await seite.ziel('Prüfprogramm herunterladen'));
  assert.equal(programm.headers.get('content-type'), 'text/javascript; charset=utf-8');
  ablegen('heim/pruefer.mjs', await programm.text());
  for (const [inhalt, code] of [[beleg, 0], [beleg.replace('index 3', 'index 2'), 1]]) {
    ablegen('heim/beleg.tlog-proof', inhalt);
    const lauf = await new Promise((gut) => { execFile('/bin/sh', ['-c', `"${process.execPath}" ${befehl}`], { cwd: ort('heim') }, (e, out) => gut({ code: e?.code ?? 0, out })); });
    assert.equal(lauf.code, code, lauf.out);
  }
});
