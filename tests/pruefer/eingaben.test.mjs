// Bad input: truncated, oversized, not canonical, wrongly ordered. Always a report in German, never an
// exception of its own, and never a good verdict.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { b64 as B64, b64u as B64U, parseCheckpoint, parseJson, parseNote, parseProof, parseVkey, pruefe, trustKeys } from '../../api/assets/pruefer.mjs';
import { Key, Log, b64u, event, file, jcs } from './bau.mjs';

const key = new Key();
const trust = trustKeys([key.vkey]);
const log = new Log(key).fill(3);
log.add(event({ sealed: { '/titel': 'Hundesteuer' } }));
log.fill(6);
const receipt = Buffer.from(log.receipt(3));
const records = Buffer.from(JSON.stringify({ checkpoint: log.note(), records: [log.record(3), log.record(4)] }));

async function never(bytes, what) {
  const r = await pruefe(file('x', bytes), { trust });
  assert.notEqual(r.code, 0, `${what}: ${r.urteil}`);
  assert.notEqual(r.kurz, 'Fehler im Prüfprogramm', `${what}: ${r.text}`);
  assert.ok(r.text.length > 0 && r.werte.length === 0, what);
}

test('a receipt cut at any length', async () => {
  for (let n = 0; n < receipt.length; n += 1) await never(receipt.subarray(0, n), `cut at ${n}`);
});

test('a receipt with any single byte changed, a bit or the whole', async () => {
  for (let i = 0; i < receipt.length; i += 1) {
    for (const mask of [1 << i % 8, 0x20]) {
      const b = Buffer.from(receipt);
      b[i] ^= mask;
      await never(b, `byte ${i} ^ ${mask}`);
    }
  }
});

test('a receipt with a byte too many anywhere', async () => {
  for (let i = 0; i <= receipt.length; i += 1) await never(Buffer.concat([receipt.subarray(0, i), Buffer.from(' '), receipt.subarray(i)]), `blank at ${i}`);
});

test('public records cut anywhere or changed in any byte', async () => {
  for (let n = 0; n < records.length; n += 7) await never(records.subarray(0, n), `cut at ${n}`);
  for (let i = 0; i < records.length; i += 5) {
    const b = Buffer.from(records);
    b[i] ^= 1 << i % 7;
    await never(b, `byte ${i}`);
  }
});

test('files that are something else', async () => {
  for (const s of ['', '\n', '{', '{}', '[]', 'null', 'x', '\ufeff{}', '%PDF-1.7', 'c2sp.org/tlog-proof@v1', 'c2sp.org/tlog-proof@v2\nindex 0\n\n', '{"form":"constructor"}', '{"form":"__proto__"}', '{"__proto__":{"form":1}}', '{"form":7}',
    `{"form":"aktenkette-nichtexistenz/v1"}`, Buffer.from([0xff, 0xfe, 0]), Buffer.alloc(1000), '['.repeat(1_000_000), `{"a":${'['.repeat(33)}${']'.repeat(33)}}`, '{"records":['.repeat(100_000)]) await never(Buffer.from(s), String(s).slice(0, 40));
});

test('a file too large is not read at all', async () => {
  const read = () => { throw new Error('was read'); };
  const r = await pruefe({ name: 'x', size: 2 ** 33, read }, { trust });
  assert.deepEqual([r.code, r.kurz], [2, 'zu groß']);
  const doc = await pruefe(file('b', receipt), { trust, dokumente: [{ name: 'd', size: 2 ** 33, read }] });
  assert.notEqual(doc.code, 0);
});

const refuses = (f, cases) => cases.forEach((c) => assert.throws(() => f(c), /Nicht lesbar: /, String(c).slice(0, 80)));

test('JSON outside the profile', () => {
  refuses(parseJson, ['', ' ', '{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '01', '1.0', '1e3', '-0', '+1', '.5', '9007199254740992', '-9007199254740992', '99999999999999999999', 'NaN', 'tru', 'nulll', '[1,]', '[,1]', '[1 2]', '{"a"}', '{"a":}', '{a:1}',
    '{"a":1,}', '"', '"\\', '"\\x"', '"\\u12"', '"\\u00g0"', '"\t"', '"\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '{"ä":1}', '1 1', '[]]', "'a'", '//', '\u00a01', '\ufeff1', `${'['.repeat(33)}1${']'.repeat(33)}`, '"\\u0000"', `[${'0,'.repeat(5_000_001)}0]`]);
  assert.deepEqual(parseJson(' { "a" : [ 1 , -2 , true , null , "\\ud83d\\ude00\\/" ] }\n').a, [1, -2, true, null, '😀/']);
  assert.equal(parseJson('9007199254740991'), 2 ** 53 - 1);
  assert.equal(jcs(parseJson(`${'['.repeat(32)}1${']'.repeat(32)}`)), `${'['.repeat(32)}1${']'.repeat(32)}`);
  assert.equal(parseJson('{"__proto__":1}').__proto__, 1);
  assert.equal(parseJson(`"${'x'.repeat(8_000_000)}"`).length, 8_000_000);
});

test('Base64 that is not the only spelling of its bytes', () => {
  refuses((s) => B64.decode(s, 'x'), ['A', 'AA', 'AAA', 'AA=', 'AAA==', 'A===', '====', '=', 'AB==', 'AAB=', 'AA==AA==', 'A A=', 'AA==\n', '-_==', 'ÄA==', 5, null]);
  refuses((s) => B64U.decode(s, 'x'), ['A', 'AB', 'AAB', 'AA==', 'A+', 'A/', 'A\n', ' A', undefined, []]);
  refuses((s) => B64.decode(s, 'x', 32), ['', b64u(Buffer.alloc(32)), Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')]);
  for (let n = 0; n < 70; n += 1) {
    const b = Buffer.from(Array.from({ length: n }, (_, i) => (i * 37 + n) & 255));
    assert.deepEqual(Buffer.from(B64.decode(b.toString('base64'), 'x')), b);
    assert.deepEqual(Buffer.from(B64U.decode(b.toString('base64url'), 'x')), b);
    assert.deepEqual([B64.encode(b), B64U.encode(b)], [b.toString('base64'), b.toString('base64url')]);
  }
});

test('notes, checkpoints, proofs and keys that are not of their format', () => {
  const good = log.note();
  const [text, line] = good.split('\n\n');
  refuses(parseNote, ['', text, `${text}\n`, `${text}\n\n`, `${text}\n${line}`, good.slice(0, -1), good.replace('\u2014', '-'), good.replace('\u2014 ', '\u2014  '), good.replace('\n\n', '\r\n\r\n'), `${good}x`, `${good}\n`,
    `${text}\n\n\u2014 a AAAA\n`, `${text}\n\n\u2014 a+b AAAAAAA=\n`, `${text}\n\n\u2014 a AAAAAAB=\n`, `${text}\n\n${`${line}`.repeat(129)}`, `${'x'.repeat(1 << 20)}${good}`, `\t${good}`, 5, null]);
  const root = text.split('\n')[2];
  refuses((s) => parseCheckpoint(s), ['', 'a\n1\n', `a\n01\n${root}\n`, `a\n+1\n${root}\n`, `a\n-1\n${root}\n`, `a\n 1\n${root}\n`, `a\n9007199254740992\n${root}\n`, `a\n1\n${root.slice(0, -1)}\n`, `a\n1\n${root}\nmehr\n`, `\n1\n${root}\n`, `a\n1\nAAAA\n`, `a\n\n1\n${root}\n`, `a\n1\n${root.slice(0, 42)}B=\n`]);
  const proof = receipt.toString();
  refuses(parseProof, ['', 'c2sp.org/tlog-proof@v1\n', proof.replace('index 3', 'index 03'), proof.replace('index 3', 'index -3'), proof.replace('index 3', 'index 3 '), proof.replace('index 3', 'Index 3'), proof.replace('index 3', 'index 9007199254740992'),
    proof.replace('extra ', 'extra  '), proof.replace(/\n\n[^]*/, ''), proof.replace('index 3\n', `index 3\n${'A'.repeat(43)}=\n`.repeat(1) + `${'A'.repeat(43)}=\n`.repeat(64))]);
  refuses(parseVkey, ['', 'a', 'a+b', 'a+00000000+AQ==', key.vkey.toUpperCase(), key.vkey.replace('+', '-'), ` x ${key.vkey}`, key.vkey.slice(0, -4), `b${key.vkey}`, null, 5, {}]);
});
