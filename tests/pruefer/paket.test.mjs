// Whole packages of an Akte: a good one, and one thing changed, left out or added, each found and named.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { pruefePaket, zipDateien } from '../../api/assets/paket.mjs';
import { trustKeys } from '../../api/assets/pruefer.mjs';
import { Key, Log, ORIGIN, b64, b64u, event, jcs, newUuid, path, stream, systemStream } from './bau.mjs';

const key = new Key(), trust = trustKeys([key.vkey]);
const sha = (b) => createHash('sha256').update(b).digest('hex');
const paper = Buffer.from('%PDF-1.7\nBescheid über 42 Euro\n');
const salt = randomBytes(32);
const document = { alg: 'sha-512', digest: b64u(createHash('sha512').update('aktenkette/doc/v1\n').update(salt).update(paper).digest()), dsalt: b64u(salt), len: paper.length, media: 'application/pdf', ref: newUuid() };

/** Two streams, one with a document, the daily list over both, and one event after it. */
function akte({ erased = false } = {}) {
  const log = new Log(key).fill(3), first = stream(log, randomBytes(32), 4), id = newUuid(), tag = randomBytes(32), second = { tag, events: [] };
  const put = (seq, open, sealed) => { const e = event({ stream: id, seq, prev: seq ? second.events.at(-1).hash : Buffer.alloc(32), open, sealed }); log.add(e); second.events.push(e); };
  put(0, { '/_akteur': 'x', '/_heads_tag': b64u(tag) }, { '/dokument': document, '/titel': 'Bescheid' });
  put(1, { '/_akteur': 'x' }, { '/grund': 'Fehler' });
  const at = (e) => log.events.indexOf(e);
  if (erased) log.add(event({ stream: systemStream(), type: 'erasure.requested.v1', open: { '/targets': [{ log: ORIGIN, idx: at(second.events[1]), g: 1, kek_id: 7, refs: [] }], '/reason': 'frist', '/archive': 'abgelehnt' } }));
  const heads = log.heads([first, second]);
  put(2, { '/_akteur': 'x' }, { '/grund': 'Später' });
  return { log, first, second, heads, at };
}
const pointers = (list) => list.map((d) => JSON.parse(Buffer.from(d, 'base64url'))[1]);

function paket(town, { art = 'beweis', hide = {}, erased = false, change = () => {} } = {}) {
  const { log, first, second, heads, at } = town, files = new Map(), put = (n, c) => files.set(n, Buffer.from(c));
  const gone = (e) => erased && e === second.events[1];
  const shown = (e) => (gone(e) ? e.open : e.disclosures).filter((d) => !(hide[at(e)] ?? []).includes(pointers([d])[0]));
  const stroeme = [[first, 'akte'], [second, 'dokument']].map(([s, kind], i) => {
    const name = `00${i + 1}-${kind}.json`, known = s.events.filter((e) => at(e) < heads.index);
    put(`ereignisse/${name}`, JSON.stringify({ checkpoint: log.note(), records: s.events.map((e) => log.record(at(e), shown(e))) }));
    const leaf = heads.list.findIndex((l) => l.tag === s.tag), e0 = s.events[0];
    put(`vollstaendigkeit/${name}`, JSON.stringify({ form: 'aktenkette-vollstaendigkeit/v1', heads: log.receipt(heads.index), heads_tag: b64u(s.tag), leaf_index: leaf, count: heads.list.length,
      proof: path(leaf, heads.leaves).map(b64), headers: known.map((e) => b64u(e.bytes)), disclosures: e0.open.filter((d) => pointers([d])[0] === '/_heads_tag') }));
    const angaben = s.events.map((e) => ({ nummer: e.header.seq, stelle: at(e), art: e.header.type, zeit: e.header.at, offen: pointers(shown(e)), ...(gone(e) ? { geloescht: [1] } : {}),
      ...(hide[at(e)] ? { geschwaerzt: Object.fromEntries(hide[at(e)].map((p) => [p, '§ 29 Abs. 2 VwVfG'])) } : {}) }));
    return { strom: e0.header.stream, bezeichnung: `Strom ${i + 1}`, ereignisse: `ereignisse/${name}`, anzahl: s.events.length, vollstaendigkeit: `vollstaendigkeit/${name}`, angaben };
  });
  if (erased) put('ereignisse/loeschungen.json', JSON.stringify({ checkpoint: log.note(), records: [log.record(log.events.findIndex((e) => e.header.type === 'erasure.requested.v1'))] }));
  put('LIESMICH.txt', 'Grüß Gott\n'); put('vertrauen.txt', `log ${key.vkey}\nquorum none\n`); put('checkpoint', log.note());
  const v = { form: 'aktenkette-paket/v1', art, aktenzeichen: '32.21-0001/2026', erstellt: 'heute', protokoll: ORIGIN, loeschungen: erased ? 'ereignisse/loeschungen.json' : null, stroeme,
    dokumente: (hide[at(second.events[0])] ?? []).includes('/dokument') ? [] : [{ datei: 'dokumente/0001.pdf', name: 'Bescheid', digest: document.digest, bytes: paper.length, media: document.media, fehlt: '', stelle: at(second.events[0]) }] };
  if (v.dokumente.length) put('dokumente/0001.pdf', paper);
  change(v, files);
  v.dateien ??= [...files].filter(([n]) => !n.startsWith('dokumente/')).map(([pfad, b]) => ({ pfad, bytes: b.length, sha256: sha(b) }));
  put('inhalt.json', jcs(v)); put('inhalt.sha256', `${sha(files.get('inhalt.json'))}\n`);
  return files;
}
const reader = (files) => new Map([...files].map(([n, b]) => [n, { size: b.length, read: async () => new Uint8Array(b) }]));
const check = (files, o = { trust }) => pruefePaket(reader(files), o);
const found = (r, regel, words) => {
  assert.equal(r.urteil, 'VIOLATION', `${regel} ${words}: ${JSON.stringify(r)}`);
  assert.ok(r.befunde.some((b) => b.regel === regel && b.text.includes(words)), `${regel} „${words}“ is not among ${JSON.stringify(r.befunde)}`);
};

test('a whole package is valid, and what is younger than the daily list is said', async () => {
  const r = await check(paket(akte()));
  assert.deepEqual([r.urteil, r.code, r.befunde], ['valid', 0, []], JSON.stringify(r));
  assert.ok(r.hinweise.some((h) => h.includes('1 Ereignisse sind jünger')), JSON.stringify(r.hinweise));
});

test('without a key from elsewhere a package is consistent, no more', async () => {
  const r = await check(paket(akte()), {});
  assert.deepEqual([r.urteil, r.code], ['unverifiable', 2]);
  const other = await check(paket(akte()), { trust: trustKeys([new Key().vkey]) });
  assert.equal(other.urteil, 'unverifiable');
});

test('any byte of any file that is flipped is found, and the file is named', async () => {
  const good = paket(akte());
  for (const [name, bytes] of good) {
    for (let i = 0; i < 12; i += 1) {
      const at = Math.floor((bytes.length * i) / 12), files = new Map(good), b = Buffer.from(bytes);
      b[at] ^= 1 << (i % 7);
      files.set(name, b);
      const r = await check(files);
      assert.equal(r.urteil, 'VIOLATION', `${name} at ${at}: ${r.text}`);
      assert.ok(r.befunde.some((x) => x.text.includes(name)), `${name} at ${at} is not named: ${JSON.stringify(r.befunde)}`);
    }
  }
});

/** As somebody would who also writes the table of contents anew. */
const forged = (town, change, o = {}) => paket(town, { ...o, change });
const records = (files, name, f) => { const v = JSON.parse(files.get(name)); f(v.records); files.set(name, Buffer.from(JSON.stringify(v))); };

test('an event left out is found: in the middle, at the end, and with its line in the table of contents', async () => {
  for (const [nr, rest] of [[1, 'B1'], [3, 'B9']]) {
    const half = forged(akte(), (v, files) => records(files, 'ereignisse/001-akte.json', (r) => r.splice(nr, 1)));
    found(await check(half), 'B1', nr === 3 ? 'ab Nummer 3' : `Nummer ${nr} fehlt`);
    const whole = forged(akte(), (v, files) => {
      records(files, 'ereignisse/001-akte.json', (r) => r.splice(nr, 1));
      v.stroeme[0].angaben.splice(nr, 1); v.stroeme[0].anzahl -= 1;
    });
    found(await check(whole), rest, nr === 3 ? 'Tagesabschluss' : `Nummer ${nr} fehlt`);
  }
  const stream = forged(akte(), (v, files) => { v.stroeme.pop(); files.delete('ereignisse/002-dokument.json'); files.delete('vollstaendigkeit/002-dokument.json'); });
  found(await check(stream), 'B5', 'nennt kein Ereignis');
});

test('a value that is changed, left out or added is found', async () => {
  const other = event({ sealed: { '/titel': 'Fremd' } });
  found(await check(forged(akte(), (v, f) => records(f, 'ereignisse/002-dokument.json', (r) => { r[1].disclosures[1] = other.disclosures[1]; }))), 'B5', 'gehört nicht zu diesem Ereignis');
  found(await check(forged(akte(), (v, f) => records(f, 'ereignisse/002-dokument.json', (r) => { r[1].disclosures.pop(); }))), 'P4', 'fehlt, obwohl');
  found(await check(forged(akte(), (v) => { v.stroeme[1].angaben[1].offen.pop(); })), 'P4', 'steht nicht im Inhaltsverzeichnis');
  found(await check(forged(akte(), (v) => { v.stroeme[1].angaben[1].art = 'bescheid.erfunden.v1'; })), 'P4', 'andere Art');
});

test('a document exchanged, missing or foreign is found', async () => {
  found(await check(forged(akte(), (v, f) => f.set('dokumente/0001.pdf', Buffer.from('%PDF-1.7\nanderes\n')))), 'B5', 'dokumente/0001.pdf');
  found(await check(forged(akte(), (v, f) => f.delete('dokumente/0001.pdf'))), 'P2', 'dokumente/0001.pdf');
  found(await check(forged(akte(), (v, f) => { v.dokumente = []; f.delete('dokumente/0001.pdf'); })), 'P2', 'Ein Dokument fehlt');
  const extra = paket(akte());
  extra.set('dokumente/0002.pdf', paper);
  found(await check(extra), 'P3', 'dokumente/0002.pdf');
});

test('what was erased needs the erasure that names it', async () => {
  const town = akte({ erased: true });
  assert.equal((await check(paket(town, { erased: true }))).urteil, 'valid');
  found(await check(forged(town, (v, f) => { v.loeschungen = null; f.delete('ereignisse/loeschungen.json'); }, { erased: true })), 'B6', 'keine Löschung');
});

test('what is withheld is said with its ground, and the rest still verifies', async () => {
  const town = akte(), at = town.at(town.second.events[0]);
  const r = await check(paket(town, { art: 'akteneinsicht', hide: { [at]: ['/dokument', '/titel'] } }));
  assert.deepEqual([r.urteil, r.code], ['valid-redacted', 0], JSON.stringify(r));
  assert.ok(r.text.includes('nur ein Teil'));
});

function zip(files, { method = 0 } = {}) {
  const out = [], dir = [];
  let at = 0;
  for (const [name, b] of files) {
    const n = Buffer.from(name), fixed = Buffer.alloc(26);
    fixed.writeUInt16LE(20, 0); fixed.writeUInt16LE(method, 4); fixed.writeUInt32LE(b.length, 14); fixed.writeUInt32LE(b.length, 18); fixed.writeUInt16LE(n.length, 22);
    const tail = Buffer.alloc(10 + 4); tail.writeUInt32LE(at, 10);
    out.push(Buffer.from('PK\x03\x04', 'latin1'), fixed, n, b);
    dir.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fixed, tail, n);
    at += 4 + 26 + n.length + b.length;
  }
  const list = Buffer.concat(dir), end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1'); end.writeUInt16LE(files.size, 8); end.writeUInt16LE(files.size, 10); end.writeUInt32LE(list.length, 12); end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...out, list, end]));
}

test('an archive is read as it is; one that is cut, packed or names a file twice is refused', async () => {
  const files = paket(akte()), bytes = zip(files);
  assert.equal((await pruefePaket(zipDateien(bytes), { trust })).urteil, 'valid');
  for (const n of [0, 10, bytes.length - 1, Math.floor(bytes.length / 2)]) assert.throws(() => zipDateien(bytes.subarray(0, n)), { urteil: 'unverifiable' });
  assert.throws(() => zipDateien(zip(files, { method: 8 })), /gepackt/);
  const twice = Object.assign([...files, ['checkpoint', Buffer.from('zwei')]], { size: files.size + 1 });
  assert.throws(() => zipDateien(zip(twice)), /mehrfach/);
  const random = new Uint8Array(randomBytes(5000));
  assert.throws(() => zipDateien(random), { urteil: 'unverifiable' });
});

test('nonsense for a table of contents ends in a verdict and in no exception', async () => {
  for (const bad of ['', '{', '[]', '{"form":"aktenkette-paket/v1"}', '{"form":"x"}', '{"form":"aktenkette-paket/v1","stroeme":[{}],"dokumente":[],"dateien":[]}', '{"form":"aktenkette-paket/v1","stroeme":[null],"dokumente":[null],"dateien":[7]}']) {
    const r = await check(new Map([['inhalt.json', Buffer.from(bad)], ['inhalt.sha256', Buffer.from(sha(bad))]]));
    assert.notEqual(r.code, 0, bad);
  }
});
