// Log directories as static files, and the module as a program: six kinds of tampering, 1,000 places each.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pruefeVerzeichnis, trustKeys, verzeichnisAus } from '../../api/assets/pruefer.mjs';
import { Key, Log, ORIGIN, directory, event, leafOf, mth, note, tiles } from './bau.mjs';

const PROGRAM = fileURLToPath(new URL('../../api/assets/pruefer.mjs', import.meta.url));
/** Places for each kind; fewer only for a quick look. */
const PLACES = Number(process.env.AKTE_ORTE ?? 1000);
const key = new Key();
const trust = trustKeys([key.vkey]);
const entry = () => Buffer.concat([Buffer.from([1]), randomBytes(32)]);
const entries = Array.from({ length: 1100 }, entry);
const good = tiles(entries, key, [1, 700]);
const check = (files, o = {}) => pruefeVerzeichnis(directory(files), { trust, ...o });
const with_ = (changes) => { const m = new Map(good); for (const [k, v] of Object.entries(changes)) { if (v === null) m.delete(k); else m.set(k, Buffer.from(v)); } return m; };
/** What somebody without the key can put in place: everything recomputed, the checkpoints kept. */
const forged = (list) => { const m = tiles(list, key); for (const c of ['checkpoint', 'checkpoint.700']) m.set(c, good.get(c)); return m; };
const rule = (r) => `${r.urteil} ${r.regel}`.trim();

test('sizes around every border of tiles and levels', async () => {
  const many = Array.from({ length: 256_300 }, entry);
  for (const n of [0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 256_300]) {
    const files = tiles(many.slice(0, n), key, n > 300 ? [1, 256, n - 1] : []);
    const r = await check(files);
    assert.deepEqual([rule(r), r.befunde], ['valid-redacted', []], `size ${n}`);
    if (n === 256_300) assert.ok(files.has('tile/entries/x001/001.p/44') && files.has('tile/0/x001/000') && files.has('tile/2/000.p/3'));
  }
});

test('edited: one byte of any file', async () => {
  const names = [...good.keys()];
  for (let i = 0; i < PLACES; i += 1) {
    const name = names[i % names.length];
    const b = Buffer.from(good.get(name));
    b[(i * 7919) % b.length] ^= 1 << i % 8;
    const r = await check(with_({ [name]: b }));
    if (name.startsWith('tile/')) assert.match(rule(r), /^VIOLATION B[78]$/, `${name} ${i}`);
    else assert.ok(r.code !== 0, `${name} ${i}: ${r.text}`);
  }
});

test('reordered, deleted, inserted: every hash recomputed', async () => {
  for (let i = 0; i < PLACES; i += 1) {
    const swapped = [...entries];
    [swapped[i], swapped[i + 1]] = [swapped[i + 1], swapped[i]];
    assert.equal(rule(await check(forged(swapped))), 'VIOLATION B7', `swapped ${i}`);
    assert.equal(rule(await check(forged(entries.toSpliced(i, 1)))), 'VIOLATION B7', `deleted ${i}`);
    assert.equal(rule(await check(forged(entries.toSpliced(i, 0, entry())))), 'VIOLATION B7', `inserted ${i}`);
  }
});

test('the end cut off, below and above the last checkpoint', async () => {
  for (let n = 0; n < PLACES; n += 1) {
    const short = entries.slice(0, n);
    assert.equal(rule(await check(forged(short))), 'VIOLATION B7', `cut at ${n}`);
    const rolledBack = tiles(short, key, n > 0 ? [1] : []);
    rolledBack.set('checkpoint.1100', good.get('checkpoint'));
    assert.equal(rule(await check(rolledBack)), 'VIOLATION B7', `rolled back to ${n}`);
  }
});

test('rewritten from any place on, with the old key and with a new one', async () => {
  const other = new Key();
  for (let i = 0; i < PLACES; i += 1) {
    const list = entries.toSpliced(i, 1, entry());
    const again = tiles(list, key);
    // An archived checkpoint, a cosigned one or a receipt's: any one beyond the place is enough.
    again.set('checkpoint.1100', good.get('checkpoint'));
    assert.equal(rule(await check(again)), 'VIOLATION B7', `old key ${i}`);
    if (i % 10 === 0) assert.equal(rule(await check(tiles(list, other))), 'unverifiable', `new key ${i}`);
  }
});

test('missing, extra, too long, of another kind', async () => {
  for (const name of good.keys()) {
    if (name.startsWith('tile/')) {
      assert.equal(rule(await check(with_({ [name]: null }))), 'VIOLATION B7', name);
      assert.equal(rule(await check(with_({ [name]: Buffer.concat([good.get(name), Buffer.from([0])]) }))), 'VIOLATION B7', name);
      assert.equal(rule(await check(with_({ [name]: '' }))), 'VIOLATION B7', name);
    }
  }
  assert.equal(rule(await check(with_({ checkpoint: null }))), 'unverifiable');
  assert.equal(rule(await check(with_({ 'checkpoint.5': good.get('checkpoint') }))), 'VIOLATION B7');
  assert.equal(rule(await check(with_({ 'checkpoint.2000': note(2000, randomBytes(32), [key]) }))), 'VIOLATION B7');
  assert.equal(rule(await check(with_({ 'tile/0/000.p/3': good.get('tile/0/000').subarray(0, 96) }))), 'valid-redacted');
  assert.equal(rule(await check(with_({ 'tile/0/000.p/3': randomBytes(96) }))), 'VIOLATION B7');
  assert.equal(rule(await check(with_({ 'tile/entries/000.p/1': randomBytes(35) }))), 'VIOLATION B7');
  // A size nobody can hold ends at the first missing bundle.
  assert.equal(rule(await check(new Map([['checkpoint', Buffer.from(note(2 ** 53 - 1, randomBytes(32), [key]))]]))), 'VIOLATION B7');
  const suite2 = entries.slice(0, 300).toSpliced(40, 1, Buffer.concat([Buffer.from([2]), randomBytes(32)]));
  assert.equal((await check(tiles(suite2, key))).kurz, 'Suite unbekannt');
  const long = entries.slice(0, 300).toSpliced(40, 1, randomBytes(40));
  assert.equal(rule(await check(tiles(long, key))), 'VIOLATION B7');
  assert.equal(rule(await check(tiles(long, key), { general: true })), 'valid-redacted');
});

test('a partial tile may have been replaced by the full one of a later size', async () => {
  const later = tiles(entries, key);
  const files = new Map([...later].filter(([k]) => !k.startsWith('checkpoint')));
  files.set('checkpoint', Buffer.from(note(900, mth(entries.slice(0, 900).map(leafOf)), [key])));
  files.delete('tile/1/000.p/4');
  files.set('tile/1/000.p/3', later.get('tile/1/000.p/4').subarray(0, 96));
  assert.equal(rule(await check(files)), 'valid-redacted');
});

test('the file list of a browser is the same directory', async () => {
  const list = [...good].map(([p, b]) => ({ name: p.split('/').pop(), webkitRelativePath: `Downloads/log/${p}`, size: b.length, arrayBuffer: async () => new Uint8Array(b).buffer }));
  assert.equal((await pruefeVerzeichnis(verzeichnisAus(list), { trust })).urteil, 'valid-redacted');
  assert.equal(verzeichnisAus(list.filter((f) => !f.name.startsWith('checkpoint'))), null);
});

const run = (args) => new Promise((done) => { execFile(process.execPath, [PROGRAM, ...args], (e, out, err) => done({ code: e?.code ?? 0, out, err })); });

test('as a program: exit codes, text, JSON', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'akte-pruefer-'));
  try {
    const put = (name, content) => { const p = join(dir, name); mkdirSync(dirname(p), { recursive: true }); writeFileSync(p, content); return p; };
    for (const [name, bytes] of good) put(`log/${name}`, bytes);
    const log = new Log(key).fill(2);
    log.add(event({ sealed: { '/titel': 'rot\u001b[31m\u202e' } }));
    const receipt = put('a.tlog-proof', log.receipt(2));
    const bad = put('b.tlog-proof', log.receipt(2).replace('index 2', 'index 1'));
    const policy = put('policy', `log ${key.vkey}\nquorum none\n`);
    const one = await run([receipt, '--vkey', key.vkey]);
    assert.equal(one.code, 0, one.err);
    assert.match(one.out, /a\.tlog-proof: valid-redacted\n/);
    assert.ok(!one.out.includes('\u001b') && !one.out.includes('\u202e'), 'no control characters reach the terminal');
    assert.equal((await run([join(dir, 'log'), '--policy', policy])).code, 0);
    assert.equal((await run([bad, '--policy', policy])).code, 1);
    assert.equal((await run([receipt])).code, 2);
    assert.equal((await run([receipt, bad, '--vkey', key.vkey])).code, 1);
    assert.equal((await run([receipt, '--vkey', key.vkey, '--dokument', policy])).code, 2);
    const json = await run([bad, receipt, '--json', '--vkey', key.vkey]);
    assert.deepEqual(json.out.trim().split('\n').map((l) => JSON.parse(l).urteil), ['VIOLATION', 'valid-redacted']);
    for (const args of [[], ['--unfug'], [receipt, '--vkey'], [receipt, '--vkey', 'x'], [join(dir, 'fehlt'), '--vkey', key.vkey], [receipt, '--policy', join(dir, 'fehlt')]]) {
      const r = await run(args);
      assert.deepEqual([r.code, r.out], [2, ''], args.join(' '));
      assert.ok(r.err.length > 5 && !/\n\s+at /.test(r.err), r.err);
    }
    assert.equal((await run(['--hilfe'])).code, 0);
    assert.equal(log.key.name, ORIGIN);
  } finally { rmSync(dir, { recursive: true }); }
});
