// Every form of file the second verifier reads: a good one, and each way to cheat with the rule that catches it.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { parsePolicy, pruefe, trustKeys } from '../../api/assets/pruefer.mjs';
import { Key, Log, ORIGIN, b64, b64u, consistencyPath, event, file, jcs, leafOf, mth, newUuid, note, path, stream, systemStream, u64 } from './bau.mjs';

const key = new Key();
const trust = trustKeys([key.vkey]);
const says = async (content, o = {}) => {
  const r = await pruefe(file('datei', typeof content === 'object' && !Buffer.isBuffer(content) ? JSON.stringify(content) : content), { trust, ...o });
  return r.urteil === 'VIOLATION' ? `VIOLATION ${r.regel}` : r.kurz ? `${r.urteil} (${r.kurz})` : r.urteil;
};
const document = (bytes) => {
  const salt = randomBytes(32);
  return { alg: 'sha-512', digest: b64u(createHash('sha512').update('aktenkette/doc/v1\n').update(salt).update(bytes).digest()), dsalt: b64u(salt), len: bytes.length, media: 'text/plain', ref: newUuid() };
};

function town(witnesses = []) {
  const log = new Log(key, witnesses).fill(5);
  const paper = Buffer.from('Bescheid über 42 Euro\n');
  log.add(event({ open: { '/_akteur': 'system' }, sealed: { '/titel': 'Gewerbeanmeldung Bäckerei Möller', '/unterlagen': [document(paper)], '/betrag': 4200 } }));
  return { log: log.fill(11), at: 5, paper };
}
const { log, at, paper } = town();

test('a receipt: values are shown, at best valid-redacted', async () => {
  const r = await pruefe(file('b', log.receipt(at)), { trust });
  assert.deepEqual([r.urteil, r.code, r.art], ['valid-redacted', 0, 'Beleg']);
  assert.deepEqual(Object.fromEntries(r.werte)['/titel'], 'Gewerbeanmeldung Bäckerei Möller');
  const { disclosures } = log.events[at];
  assert.equal(await says(log.receipt(at, { disclosures: disclosures.slice(2) })), 'valid-redacted');
  assert.equal(await says(log.receipt(at, { disclosures: [] })), 'valid-redacted');
  for (let i = 0; i < 11; i += 1) assert.equal(await says(log.receipt(i)), 'valid-redacted');
  assert.equal(await says(new Log(key).fill(1).receipt(0)), 'valid-redacted');
});

test('a receipt with one thing changed', async () => {
  const good = log.receipt(at);
  const { disclosures, bytes } = log.events[at];
  const other = event({ sealed: { '/titel': 'anders' } });
  const swap = (values) => ({ disclosures: values });
  assert.equal(await says(log.receipt(at, swap([other.disclosures[1]]))), 'VIOLATION B5');
  assert.equal(await says(log.receipt(at, swap([disclosures[1], disclosures[1]]))), 'VIOLATION B5');
  assert.equal(await says(log.receipt(at, { header: b64u(other.bytes), disclosures: other.disclosures })), 'VIOLATION B2');
  assert.equal(await says(log.receipt(at, { header: b64u(bytes.toString().replace('2026-11-22', '2026-11-21')) })), 'VIOLATION B2');
  assert.equal(await says(good.replace('index 5', 'index 4')), 'VIOLATION B2');
  assert.equal(await says(good.replace('index 5', 'index 11')), 'VIOLATION B2');
  const [line] = log.proof(at);
  assert.equal(await says(good.replace(`${line}\n`, '')), 'VIOLATION B2');
  assert.equal(await says(good.replace(`${line}\n`, `${line}\n${line}\n`)), 'VIOLATION B2');
  assert.equal(await says(good.replace(`${ORIGIN}\n11\n`, `${ORIGIN}\n12\n`)), 'VIOLATION B7');
  assert.equal(await says(good, { trust: trustKeys([new Key().vkey]) }), 'unverifiable (Schlüssel unbekannt)');
  assert.equal(await says(good, { trust: undefined }), 'unverifiable (Schlüssel unbekannt)');
  assert.equal(await says(good.replace(/extra .*\n/, '')), 'unverifiable (ohne Ereignis)');
});

test('a header of another log, and a key whose name is not the origin', async () => {
  const foreign = new Log(key);
  foreign.add(event({ log: 'andere.example/akte/2026' }));
  assert.equal(await says(foreign.receipt(0)), 'VIOLATION B8');
  const guest = new Key('gast.example');
  const root = mth(log.leaves());
  assert.equal(await says(note(11, root, [guest], ORIGIN), { trust: trustKeys([guest.vkey]) }), 'unverifiable (Schlüssel unbekannt)');
});

test('every rule of the header (B0), and what this program does not know', async () => {
  const change = (more) => { const l = new Log(key); l.add(event({ sealed: { '/titel': 'T' }, change: (h) => more(h) })); return says(l.receipt(0)); };
  const set = (k, v) => change((h) => ({ ...h, [k]: v }));
  assert.equal(await change((h) => h), 'valid-redacted');
  const bad = { log: ['', 'a b', 'a+b', 7, 'x'.repeat(256)], stream: ['X', 'D9149A5B-D64C-84EA-B610-49555692D645', null], seq: [-1, '0', 1.5, 2 ** 53], type: ['akte', 'akte.opened', 'akte.opened.v0', 'Akte.opened.v1', 'akte.opened.v01', 'akte.opened.v1 '],
    at: ['2026-11-22T10:30:24.123Z', '2026-02-30T10:30:24.123456Z', '2026-11-22T24:00:00.000000Z', '2026-11-22T10:30:24.123456+00:00', 5],
    prev: ['', 'AAAA', b64u(Buffer.alloc(33)), `${'A'.repeat(42)}B`, `${b64u(Buffer.alloc(32))}=`], nonce: ['', b64u(Buffer.alloc(15)), `${'A'.repeat(21)}B`], cause: ['x'], corr: [''], ret: ['', 'j10', 'J10J10J10'],
    grp: [[], [[1, 5]], [[0, 1]], [[0, 4]], [[0, 1], [1, 3], [2, 1]], [[0, 1], [1, 4], [1, 4]], [[0, 1], [256, 4]], [[0, 0], [1, 5]], [[0, 1, 0], [1, 4]], 'x', [[0, 1], ['1', 4]], null],
    _sd: [[], 'x', null, ['x', 'x', 'x', 'x', 'x'], Array(257).fill(b64u(Buffer.alloc(32)))], v: ['1', null], suite: [null, -1] };
  for (const [k, values] of Object.entries(bad)) for (const v of values) assert.equal(await set(k, v), 'VIOLATION B0', `${k} = ${JSON.stringify(v)}`);
  assert.equal(await change((h) => ({ ...h, _sd: [...h._sd].reverse() })), 'VIOLATION B0');
  assert.equal(await change((h) => ({ ...h, _sd: [h._sd[0], ...h._sd.slice(0, 4)] })), 'VIOLATION B0');
  const digests = (n) => Array.from({ length: n }, () => b64u(randomBytes(32))).sort();
  assert.equal(await change((h) => ({ ...h, _sd: digests(257), grp: [[0, 257]] })), 'VIOLATION B0');
  assert.equal(await change((h) => ({ ...h, _sd: [...digests(251), ...h._sd].sort(), grp: [[0, 256]] })), 'valid-redacted');
  assert.equal(await change((h) => ({ ...h, extra: 1 })), 'VIOLATION B0');
  for (const k of ['log', 'grp', 'nonce']) assert.equal(await change((h) => { const c = { ...h }; delete c[k]; return c; }), 'VIOLATION B0', k);
  assert.equal(await change((h) => jcs(h).replace('"v":1', '"v":1,"v":1')), 'VIOLATION B0');
  assert.equal(await change((h) => `${jcs(h)} x`), 'VIOLATION B0');
  assert.equal(await change((h) => `${jcs(h)}${' '.repeat(16384)}`), 'VIOLATION B0');
  assert.equal(await change((h) => jcs(h).replace('"seq":0', '"seq":-0')), 'VIOLATION B0');
  assert.equal(await change((h) => jcs(h).replace('"seq":0', '"seq":0.0')), 'VIOLATION B0');
  assert.equal(await set('prev', b64u(randomBytes(32))), 'VIOLATION B1');
  assert.equal(await set('suite', 2), 'unverifiable (Suite unbekannt)');
  assert.equal(await set('v', 2), 'unverifiable (Suite unbekannt)');
  // "Bytes are canonical" is a lint, not a rule: what was hashed is what was parsed.
  const l = new Log(key);
  l.add(event({ change: (h) => JSON.stringify(h) }));
  const r = await pruefe(file('b', l.receipt(0)), { trust });
  assert.deepEqual([r.urteil, r.hinweise.length], ['valid-redacted', 1]);
});

test('every rule of a disclosure (B5)', async () => {
  const disclose = async (text, more = []) => {
    const d = typeof text === 'string' ? b64u(text) : text.raw;
    const l = new Log(key);
    l.add(event({ change: (h) => ({ ...h, _sd: [...h._sd, b64u(createHash('sha256').update(d).digest())].sort(), grp: [[0, 2]] }) }));
    return says(l.receipt(0, { disclosures: [d, ...more, ...l.events[0].disclosures.slice(more.length ? 1 : 0)] }));
  };
  const salt = b64u(randomBytes(16));
  assert.equal(await disclose(jcs([salt, '/a/b', { x: [null, {}, []] }])), 'valid-redacted');
  for (const pointer of ['', '/', 'a', '/a/', '/ä', `/${'a'.repeat(65)}`, '/a/b/c/d/e/f/g/h/i', '/_akteur', '/_akteur/x']) {
    assert.equal(await disclose(jcs([salt, pointer, 1])), 'VIOLATION B5', pointer);
  }
  const deep = `${'['.repeat(40)}${']'.repeat(40)}`;
  for (const text of ['{}', '[]', jcs([salt, '/a']), jcs([salt, '/a', 1, 2]), jcs([b64u(randomBytes(15)), '/a', 1]), `["${salt}","/a",1.5]`, `["${salt}","/a",9007199254740993]`,
    `["${salt}","/a",{"k":1,"k":2}]`, `["${salt}","/a","\\ud800"]`, `["${salt}","/a","\\u0000"]`, `["${salt}","/a",${deep}]`, `["${salt}","/a",1`, `["${salt}","/a",{"ä":1}]`]) assert.equal(await disclose(text), 'VIOLATION B5', text);
  assert.equal(await disclose({ raw: `${b64u(jcs([salt, '/a', 1]))}=` }), 'VIOLATION B5');
  assert.equal(await disclose({ raw: b64u(jcs([salt, '/a', 'x'.repeat(800_000)])) }), 'VIOLATION B5', 'over 1 MiB');
  assert.equal(await disclose(jcs([salt, '/a', 'x'.repeat(700_000)])), 'valid-redacted');
});

test('a document beside its receipt', async () => {
  const r = (content, o) => says(o ?? log.receipt(at), { dokumente: [file('bescheid.txt', content)] });
  assert.equal(await r(paper), 'valid-redacted');
  assert.equal(await r(`${paper} `), 'VIOLATION B5');
  assert.equal(await r(paper.toString().replace('42', '43')), 'VIOLATION B5');
  assert.equal(await r(paper, log.receipt(0)), 'unverifiable (kein Dokument genannt)');
});

test('a receipt inside a PDF, plain and packed', async () => {
  const pdf = (body, filter = '') => Buffer.concat([Buffer.from(`%PDF-1.7\n1 0 obj\n<< /Type /EmbeddedFile ${filter} /Length ${body.length} >>\nstream\n`), body, Buffer.from('\nendstream\nendobj\n%%EOF\n')]);
  const good = Buffer.from(log.receipt(at));
  const other = pdf(Buffer.from('anderes'));
  assert.equal(await says(pdf(good)), 'valid-redacted');
  assert.equal(await says(pdf(deflateSync(good), '/Filter /FlateDecode')), 'valid-redacted');
  assert.equal(await says(Buffer.concat([other, pdf(deflateSync(good), '/Filter /FlateDecode')])), 'valid-redacted');
  assert.equal(await says(pdf(deflateSync(Buffer.from(log.receipt(at).replace('index 5', 'index 6'))), '/Filter /FlateDecode')), 'VIOLATION B2');
  assert.equal(await says(pdf(Buffer.from('kaputt'), '/Filter /FlateDecode')), 'unverifiable (nicht lesbar)');
  assert.equal(await says(other), 'unverifiable (nicht lesbar)');
});

test('witnesses: the quorum of a policy file', async () => {
  const [x, y, z] = ['x', 'y', 'z'].map((n) => new Key(`${n}.example`, 4));
  const policy = (quorum, keys = [x, y, z]) => parsePolicy(Buffer.from(`# Stadt\nlog ${key.vkey} https://example.com\n\n${keys.map((k) => `witness\t${k.name[0]} ${k.vkey}\n`).join('')}group xy 2 x y\n  group alle any xy z\nquorum ${quorum}\n`));
  const with2 = town([x, y]).log.receipt(5);
  const with1 = town([x]).log.receipt(5);
  assert.equal(await says(with2, { trust: policy('xy') }), 'valid-redacted');
  assert.equal(await says(with1, { trust: policy('xy') }), 'unverifiable (Quorum nicht erreicht)');
  assert.equal(await says(with1, { trust: policy('x') }), 'valid-redacted');
  assert.equal(await says(with1, { trust: policy('none') }), 'valid-redacted');
  assert.equal(await says(town([z]).log.receipt(5), { trust: policy('alle') }), 'valid-redacted');
  const r = await pruefe(file('b', with2), { trust: policy('xy') });
  assert.ok(r.angaben.some(([k, v]) => k.startsWith('Letzte Bestätigung') && v.startsWith('2026-')));
  // A known witness whose signature is wrong rejects the note; an unknown one is ignored.
  const forged = new Key('x.example', 4);
  const lineOf = (k) => `${town([k]).log.note()}`.split('\n').find((l) => l.includes('x.example'));
  assert.equal(await says(with1.replace(/\u2014 x\.example .*/, lineOf(x)), { trust: policy('none') }), 'VIOLATION B7');
  assert.equal(await says(with1.replace(/\u2014 x\.example .*/, lineOf(forged)), { trust: policy('none') }), 'valid-redacted');
});

test('a policy file that is not one', () => {
  const w = new Key('w.example', 4);
  for (const text of ['', `log ${key.vkey}\n`, 'quorum x\n', 'quorum none\nquorum none\n', `log ${key.vkey}\nlog ${key.vkey}\nquorum none\n`, `log ${w.vkey}\nquorum none\n`,
    `witness w ${key.vkey}\nquorum w\n`, `witness none ${w.vkey}\nquorum none\n`, `witness w ${w.vkey}\ngroup g 2 w\nquorum g\n`, `witness w ${w.vkey}\ngroup g 0 w\nquorum g\n`,
    `witness w ${w.vkey}\ngroup g 01 w\nquorum g\n`, `witness w ${w.vkey}\ngroup g any w w\nquorum g\n`, `quorum w\nwitness w ${w.vkey}\n`, `group g all none\nquorum g\n`, 'unfug\nquorum none\n',
    `witness w ${w.vkey}\ngroup w any w\nquorum w\n`, 'quorum none\rx\n', `log ${key.vkey.slice(0, -2)}\nquorum none\n`, `log ${key.vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+')}\nquorum none\n`]) {
    assert.throws(() => parsePolicy(Buffer.from(text)), /Nicht lesbar/, text);
  }
});

function dataset() {
  const l = new Log(key).fill(2);
  const row = (n, release = '2026-Q3') => l.add(event({ type: 'datensatz.row_released.v1', open: { '/dataset': 'gewerbeanzeigen', '/release': release, '/ort': `Ort ${n}` } }));
  const rows = [row(1), row(2), l.fill(6) && row(3), row(4)];
  row(9, '2026-Q4');
  const root = mth(rows.map((i) => leafOf(u64(i))));
  const manifest = l.add(event({ stream: systemStream(), type: 'dataset.published.v1', open: { '/dataset': 'gewerbeanzeigen', '/release': '2026-Q3', '/count': 4, '/root': b64u(root) } }));
  l.fill(13);
  return { l, rows, manifest, make: (indices, more = {}) => ({ checkpoint: l.note(), records: indices.map((i) => l.record(i)), ...more }) };
}

test('public records, and the row that is silently missing', async () => {
  const { l, rows, manifest, make } = dataset();
  const all = [...rows, manifest];
  const full = await pruefe(file('d', JSON.stringify(make(all, { form: 'aktenkette-datensatz/v1', policy: 'quorum none' }))), { trust });
  assert.equal(full.urteil, 'valid-redacted');
  assert.match(full.hinweise[0], /vollständig, 4 Zeilen/);
  assert.match((await pruefe(file('d', JSON.stringify(make(rows))), { trust })).hinweise[0], /nicht geprüft/);
  assert.equal(await says(make(all.slice(1))), 'VIOLATION B9');
  assert.equal(await says(make([...all, rows[0]])), 'VIOLATION B3');
  assert.equal(await says(make([])), 'unverifiable (leer)');
  const swapped = make(all);
  swapped.records[0] = { ...swapped.records[0], disclosures: l.events[rows[1]].disclosures };
  assert.equal(await says(swapped), 'VIOLATION B5');
  const moved = make(all);
  moved.records[1].index += 1;
  assert.equal(await says(moved), 'VIOLATION B2');
  const alone = make([rows[0]]);
  alone.records[0].disclosures = l.events[rows[0]].disclosures.filter((d) => !Buffer.from(d, 'base64url').includes('/ort'));
  assert.equal(await says(alone), 'valid-redacted');
  assert.equal(await says(make(all), { trust: trustKeys([new Key().vkey]) }), 'unverifiable (Schlüssel unbekannt)');
  assert.equal(await says(swapped, { trust: trustKeys([new Key().vkey]) }), 'VIOLATION B5');
  for (const broken of [{ ...make(all), more: 1 }, { records: [] }, { ...make(all), records: 5 }, { ...make(all), checkpoint: 5 }]) assert.equal(await says(broken), 'unverifiable (nicht lesbar)');
});

test('a manifest that lies about count or rows', async () => {
  const cheat = (count, listed) => {
    const l = new Log(key).fill(1);
    for (let n = 0; n < 3; n += 1) l.add(event({ type: 'datensatz.row_released.v1', open: { '/dataset': 'd', '/release': 'r', '/ort': `Ort ${n}` } }));
    l.add(event({ stream: systemStream(), type: 'dataset.published.v1', open: { '/dataset': 'd', '/release': 'r', '/count': count, '/root': b64u(mth(listed.map((i) => leafOf(u64(i))))) } }));
    l.add(event({ type: 'datensatz.row_released.v1', open: { '/dataset': 'd', '/release': 'r', '/ort': 'zu spät' } }));
    return (rows) => says({ checkpoint: l.note(), records: [...rows, 4].map((i) => l.record(i)) });
  };
  assert.equal(await cheat(3, [1, 2, 3])([3, 1, 2]), 'valid-redacted');
  assert.equal(await cheat(2, [1, 2])([1, 3]), 'VIOLATION B9');
  assert.equal(await cheat(4, [1, 2, 3])([1, 2, 3]), 'VIOLATION B9');
  assert.equal(await cheat(2, [1, 5])([1, 5]), 'VIOLATION B9');
});

test('a manifest outside the system stream counts for nothing', async () => {
  const l = new Log(key).fill(1);
  l.add(event({ type: 'dataset.published.v1', open: { '/dataset': 'x', '/release': 'y', '/count': 0, '/root': b64u(mth([])) } }));
  assert.equal(await says({ checkpoint: l.note(), records: [l.record(1)] }), 'VIOLATION B9');
});

test('a promise proves nothing yet, but must fit', async () => {
  const e = log.events[at];
  const promise = { form: 'aktenkette-zusage/v1', header: b64u(e.bytes), disclosures: e.disclosures, event_hash: b64u(e.hash) };
  assert.equal(await says(promise), 'unverifiable (noch kein Checkpoint)');
  assert.equal(await says({ ...promise, event_hash: b64u(log.events[0].hash) }), 'VIOLATION B2');
  // A notice carries the promise of the event it rests on; a receipt in the same file counts first.
  const inPdf = (body) => Buffer.concat([Buffer.from('%PDF-1.7\n1 0 obj\n<< /Type /EmbeddedFile >>\nstream\n'), Buffer.from(body), Buffer.from('\nendstream\nendobj\n')]);
  assert.equal(await says(inPdf(jcs(promise))), 'unverifiable (noch kein Checkpoint)');
  assert.equal(await says(inPdf(jcs({ ...promise, event_hash: b64u(log.events[0].hash) }))), 'VIOLATION B2');
  assert.equal(await says(Buffer.concat([inPdf(jcs(promise)), inPdf(log.receipt(at))])), 'valid-redacted');
  assert.match((await pruefe(file('b.pdf', inPdf(jcs(promise))), { trust })).hinweise[0], /tlog-proof/);
  assert.equal(await says({ ...promise, disclosures: log.events[0].disclosures }), 'VIOLATION B5');
  assert.equal(await says({ ...promise, event_hash: 'AAAA' }), 'unverifiable (nicht lesbar)');
});

test('consistency of two checkpoints', async () => {
  const make = (m, n, proof = consistencyPath(m, log.leaves(n)).map(b64)) => ({ form: 'aktenkette-konsistenz/v1', old: log.note(m), new: log.note(n), proof });
  for (let n = 1; n <= 11; n += 1) for (let m = 1; m <= n; m += 1) assert.equal(await says(make(m, n)), 'valid', `${m} ${n}`);
  assert.equal(await says(make(4, 11, [])), 'VIOLATION B7');
  assert.equal(await says(make(11, 4, consistencyPath(4, log.leaves(11)).map(b64))), 'VIOLATION B7');
  assert.equal(await says({ ...make(4, 11), old: note(4, randomBytes(32), [key]) }), 'VIOLATION B7');
  assert.equal(await says({ ...make(4, 11), old: note(0, mth([]), [key]) }), 'unverifiable (Größe 0)');
  assert.equal(await says({ ...make(4, 11), old: note(4, mth(log.leaves(4)), [new Key()]) }), 'unverifiable (Schlüssel unbekannt)');
  assert.equal(await says({ ...make(4, 11), proof: Array(64).fill(b64(randomBytes(32))) }), 'unverifiable (nicht lesbar)');
});

function streams() {
  const l = new Log(key).fill(1);
  const all = Array.from({ length: 7 }, (_, i) => stream(l, Buffer.alloc(32, 10 + 10 * i)));
  const heads = l.heads(all);
  l.fill(l.events.length + 3);
  const proof = (i) => path(i, heads.leaves).map(b64);
  const neighbour = (i) => ({ leaf_index: i, heads_tag: b64u(heads.list[i].tag), last_seq: heads.list[i].seq, head: b64u(heads.list[i].head), proof: proof(i) });
  const receipt = l.receipt(heads.index);
  const complete = (i) => ({ form: 'aktenkette-vollstaendigkeit/v1', heads: receipt, heads_tag: b64u(all[i].tag), leaf_index: i, count: 7, proof: proof(i),
    headers: all[i].events.map((e) => b64u(e.bytes)), disclosures: all[i].events[0].open });
  const absent = (byte, left, right) => ({ form: 'aktenkette-nichtexistenz/v1', heads: receipt, heads_tag: b64u(Buffer.alloc(32, byte)), count: 7,
    left: left === null ? null : neighbour(left), right: right === null ? null : neighbour(right) });
  return { l, all, complete, absent };
}

test('these are all events of this stream', async () => {
  const { l, all, complete } = streams();
  for (let i = 0; i < 7; i += 1) assert.equal(await says(complete(i)), 'valid');
  const good = complete(3);
  assert.equal(await says({ ...good, headers: good.headers.slice(0, 2) }), 'VIOLATION B9');
  assert.equal(await says({ ...good, headers: good.headers.slice(1) }), 'VIOLATION B5');
  assert.equal(await says({ ...good, disclosures: [], headers: good.headers.slice(1) }), 'VIOLATION B1');
  assert.equal(await says({ ...good, headers: [good.headers[0], good.headers[2]] }), 'VIOLATION B1');
  assert.equal(await says({ ...good, headers: [...good.headers.slice(0, 2), b64u(event({ stream: all[3].events[0].header.stream, seq: 2, prev: all[3].events[1].hash }).bytes)] }), 'VIOLATION B9');
  const inserted = event({ stream: all[3].events[0].header.stream, seq: 1, prev: all[3].events[0].hash });
  assert.equal(await says({ ...good, headers: [good.headers[0], b64u(inserted.bytes), good.headers[2]] }), 'VIOLATION B1');
  assert.equal(await says({ ...good, headers: [] }), 'unverifiable (leer)');
  assert.equal(await says({ ...good, disclosures: [] }), 'unverifiable (Kennung nicht offengelegt)');
  assert.equal(await says({ ...good, leaf_index: 4 }), 'VIOLATION B9');
  assert.equal(await says({ ...good, count: 8 }), 'VIOLATION B9');
  assert.equal(await says({ ...good, heads_tag: b64u(all[2].tag) }), 'VIOLATION B9');
  assert.equal(await says({ ...good, heads: l.receipt(0) }), 'VIOLATION B9');
  assert.equal(await says({ ...good, heads: 5 }), 'unverifiable (nicht lesbar)');
  // Another stream's events under this tag: the leaf is this stream's, the tag says otherwise.
  const liar = new Log(key).fill(1);
  const s = stream(liar, Buffer.alloc(32, 1));
  const h = liar.heads([{ tag: Buffer.alloc(32, 2), events: s.events }]);
  const lie = { form: good.form, heads: liar.receipt(h.index), heads_tag: b64u(Buffer.alloc(32, 2)), leaf_index: 0, count: 1, proof: [], headers: s.events.map((e) => b64u(e.bytes)), disclosures: s.events[0].open };
  assert.equal(await says(lie), 'VIOLATION B9');
});

test('there was no such stream', async () => {
  const { absent } = streams();
  assert.equal(await says(absent(25, 1, 2)), 'valid');
  assert.equal(await says(absent(5, null, 0)), 'valid');
  assert.equal(await says(absent(200, 6, null)), 'valid');
  for (const [byte, left, right] of [[20, 1, 2], [30, 1, 2], [25, 1, 3], [25, 0, 1], [25, 2, 1], [25, null, 0], [25, 6, null], [25, null, null], [25, null, 2], [25, 1, null]]) {
    assert.equal(await says(absent(byte, left, right)), 'VIOLATION B9', `${byte} ${left} ${right}`);
  }
  const forged = absent(25, 1, 2);
  forged.right.last_seq += 1;
  assert.equal(await says(forged), 'VIOLATION B9');
  const l = new Log(key).fill(1);
  const { index } = l.heads([{ tag: Buffer.alloc(32), events: [l.events[0]] }]);
  assert.equal(await says({ ...absent(25, null, null), heads: l.receipt(index), count: 1 }), 'VIOLATION B9');
});

test('a list of heads that reaches beyond itself', async () => {
  const l = new Log(key).fill(1);
  l.add(event({ stream: systemStream(), type: 'log.stream_heads.v1', open: { '/up_to': 2, '/count': 0, '/root': b64u(mth([])) } }));
  assert.equal(await says({ form: 'aktenkette-nichtexistenz/v1', heads: l.receipt(1), heads_tag: b64u(Buffer.alloc(32)), count: 0, left: null, right: null }), 'VIOLATION B9');
});
