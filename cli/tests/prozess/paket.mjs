// Tries to cheat with a real package: `node paket.mjs VERIFIER PACKAGE.zip VKEY` prints what was found as JSON.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [verifier, file, vkey] = process.argv.slice(2);
const { pruefePaket, zipDateien, trustKeys: own } = await import(pathToFileURL(verifier).href);
const trustKeys = own ?? (await import(pathToFileURL(verifier.replace('paket.mjs', 'pruefer.mjs')).href)).trustKeys;
const trust = trustKeys([vkey]);
const sha = (b) => createHash('sha256').update(b).digest('hex');
const good = new Map();
for (const [name, d] of zipDateien(new Uint8Array(readFileSync(file)))) good.set(name, Buffer.from(await d.read()));
const check = (files) => pruefePaket(new Map([...files].map(([n, b]) => [n, { size: b.length, read: async () => new Uint8Array(b) }])), { trust });
const out = { good: await check(good), missed: [], unnamed: [], omitted: [], names: [...good.keys()] };

for (const [name, bytes] of good) {
  for (const part of [0.02, 0.31, 0.5, 0.77, 0.98]) {
    const b = Buffer.from(bytes);
    b[Math.floor(b.length * part)] ^= 4;
    const r = await check(new Map(good).set(name, b));
    if (r.urteil !== 'VIOLATION') out.missed.push(`${name} ${part}: ${r.urteil}`);
    else if (!r.befunde.some((f) => f.text.includes(name))) out.unnamed.push(`${name} ${part}: ${r.text}`);
  }
  const without = new Map(good);
  without.delete(name);
  if ((await check(without)).urteil === 'valid') out.missed.push(`${name} left out`);
}
// One event left out, everything else written anew to fit.
for (const s of JSON.parse(good.get('inhalt.json')).stroeme) {
  for (const nr of [0, Math.floor(s.anzahl / 2), s.anzahl - 1]) {
    const files = new Map(good), v = JSON.parse(good.get('inhalt.json')), t = v.stroeme.find((x) => x.strom === s.strom), records = JSON.parse(good.get(s.ereignisse));
    records.records.splice(nr, 1); t.angaben.splice(nr, 1); t.anzahl -= 1;
    const bytes = Buffer.from(JSON.stringify(records));
    files.set(s.ereignisse, bytes);
    Object.assign(v.dateien.find((d) => d.pfad === s.ereignisse), { bytes: bytes.length, sha256: sha(bytes) });
    files.set('inhalt.json', Buffer.from(JSON.stringify(v))); files.set('inhalt.sha256', Buffer.from(sha(files.get('inhalt.json'))));
    const r = await check(files), younger = r.hinweise.some((h) => h.includes(s.bezeichnung) && h.includes('jünger'));
    if (r.urteil !== 'VIOLATION' && !younger) out.omitted.push(`${s.ereignisse} ${nr}: ${r.urteil}`);
  }
}
process.stdout.write(JSON.stringify(out));
