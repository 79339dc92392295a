// The second verifier against vectors nobody here made: golden example, Wycheproof, RFC 6962, C2SP, Tessera, JCS.

import assert from 'node:assert/strict';
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as p from '../../api/assets/pruefer.mjs';
import { SHARED, b64, directory, file, shared, without } from './bau.mjs';

const MODULE = readFileSync(new URL('../../api/assets/pruefer.mjs', import.meta.url), 'utf8');
const golden = JSON.parse(readFileSync(new URL('../../core/golden/aktenkette-v1-golden.json', import.meta.url)));
const unhex = (s) => new Uint8Array(Buffer.from(s, 'hex'));
const trust = p.trustKeys([golden.keys.vkey]);

test('the module imports nothing, fetches nothing, evaluates nothing', () => {
  const code = MODULE.replace(/^\s*\/\/.*$/gm, '');
  assert.doesNotMatch(code, /\bimport\b(?!\.meta\.url)|\brequire\b|\bfetch\b|XMLHttpRequest|WebSocket|\beval\b|\bFunction\(|localStorage|innerHTML/);
});

test('own SHA-256 and SHA-512 are those of node, at every length around the block borders', () => {
  for (let n = 0; n < 520; n += 1) {
    const m = randomBytes(n);
    assert.equal(p.hex(p.sha256(m)), createHash('sha256').update(m).digest('hex'));
    assert.equal(p.hex(p.sha512(m)), createHash('sha512').update(m).digest('hex'));
  }
});

test('the golden example: every header, disclosure, entry, leaf, root, proof, note, bundle and tile', async () => {
  const leaves = [];
  for (const e of golden.events) {
    const header = p.parseHeader(p.utf8(e.header));
    assert.equal(p.hex(header.hash), e.event_hash_hex);
    assert.ok(header.canonical);
    const leaf = p.leafHash(p.concat([header.suite], header.hash));
    assert.equal(p.hex(leaf), e.leaf_hex);
    leaves.push(leaf);
    const all = e.groups.flatMap((g) => g.disclosures);
    const values = p.openDisclosures(header, all.map((d) => d.disclosure));
    for (const d of all) assert.deepEqual(p.jcs(values.get(d.pointer)), p.jcs(d.value));
    for (const g of e.groups) {
      for (const d of g.disclosures) {
        assert.equal(Buffer.from(hkdfSync('sha256', unhex(g.secret_hex), '', `aktenkette/salt/v1\n${d.pointer}`, 16)).toString('base64url'), d.salt);
        assert.equal(p.b64u.encode(p.utf8(p.jcs([d.salt, d.pointer, d.value]))), d.disclosure);
        assert.equal(p.b64u.encode(p.sha256(p.utf8(d.disclosure))), d.digest);
      }
      g.decoys.forEach((d, j) => assert.equal(Buffer.from(hkdfSync('sha256', unhex(g.secret_hex), '', `aktenkette/decoy/v1\n${j}`, 32)).toString('base64url'), d));
    }
  }
  assert.equal(leaves.length, 3);
  assert.equal(p.systemStream('uetersen.de/akte/2026'), golden.system_stream);
  const checkpoint = p.openCheckpoint(golden.note_size3, trust);
  assert.equal(p.hex(checkpoint.root), golden.roots_hex[2]);
  const tile = unhex(golden.tile_0_000_p_3_hex);
  const tree = new p.Tree();
  leaves.forEach((l, i) => { tree.push(l); assert.equal(p.hex(tree.root()), golden.roots_hex[i]); });
  const proof = golden.inclusion_proof_index1_size3.map(unhex);
  assert.ok(p.inclusion(leaves[1], 1, 3, proof, checkpoint.root));
  assert.ok(p.consistency(2, 3, golden.consistency_proof_2_to_3.map(unhex), unhex(golden.roots_hex[1]), checkpoint.root));
  const files = new Map([['checkpoint', golden.note_size3], ['tile/0/000.p/3', tile], ['tile/entries/000.p/3', unhex(golden.entries_bundle_hex)]]);
  const dir = await p.pruefeVerzeichnis(directory(new Map([...files].map(([k, v]) => [k, Buffer.from(v)]))), { trust });
  assert.deepEqual([dir.urteil, dir.befunde], ['valid-redacted', []]);
});

test('the golden example: heads list, manifest, document, and a receipt made of it', async () => {
  const heads = golden.heads_up_to_3;
  const tags = [golden.akte_stream, golden.system_stream].map((s) => createHmac('sha256', unhex(golden.keys.heads_key_hex)).update(unhex(s.replaceAll('-', ''))).digest('hex'));
  assert.deepEqual(tags.sort(), heads.tags_hex);
  assert.equal(p.hex(p.treeRoot(heads.leaves_hex.map(unhex))), heads.root_hex);
  const manifest = [0, 1].map((i) => p.sha256(new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, i])));
  assert.equal(p.hex(p.treeRoot(manifest)), golden.manifest_root_hex_indices_0_1);
  const e = golden.events[1];
  const extra = b64(p.jcs({ header: p.b64u.encode(p.utf8(e.header)), disclosures: e.groups[1].disclosures.map((d) => d.disclosure) }));
  const hashes = golden.inclusion_proof_index1_size3.map((h) => `${b64(unhex(h))}\n`).join('');
  const receipt = file('beleg.tlog-proof', `c2sp.org/tlog-proof@v1\nextra ${extra}\nindex 1\n${hashes}\n${golden.note_size3}`);
  const good = await p.pruefe(receipt, { trust, dokumente: [file('hallo.txt', golden.document.bytes_utf8)] });
  assert.deepEqual([good.urteil, good.code, good.werte.length], ['valid-redacted', 0, 3]);
  assert.match(good.hinweise[0], /hallo\.txt ist unverändert das Dokument zu \/dokument/);
  const bad = await p.pruefe(receipt, { trust, dokumente: [file('hallo.txt', 'Hallo uetersen\n')] });
  assert.deepEqual([bad.urteil, bad.regel, bad.code, bad.werte.length], ['VIOLATION', 'B5', 1, 0]);
});

test('all 151 Ed25519 cases of Wycheproof', { skip: without }, () => {
  let n = 0;
  for (const g of JSON.parse(shared('wycheproof/ed25519_test.json')).testGroups) {
    for (const c of g.tests) {
      assert.equal(p.ed25519(unhex(g.publicKey.pk), unhex(c.msg), unhex(c.sig)), c.result === 'valid', `${c.tcId} ${c.comment}`);
      n += 1;
    }
  }
  assert.equal(n, 151);
});

test('Ed25519 is strict: keys and points of small order, other encodings, S beyond the order', () => {
  const order = (1n << 252n) + 27742317777372353535851937790883648493n;
  const le = (n) => Uint8Array.from({ length: 32 }, (_, i) => Number((n >> BigInt(8 * i)) & 255n));
  const prime = (1n << 255n) - 19n;
  // With A of small order, S = 0 and R = -kA verifies for every eighth message unless it is refused.
  const small = [0n, 1n, prime - 1n, prime, prime + 1n, 1n | (1n << 255n), (prime - 1n) | (1n << 255n)].map(le)
    .concat(['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'].map(unhex));
  for (const a of small) for (const r of small) assert.equal(p.ed25519(a, p.utf8('x'), p.concat(r, new Uint8Array(32))), false);
  // y and y + p are one point, so are both signs of x = 0: only one spelling is a point here.
  const twice = Array.from({ length: 19 }, (_, i) => BigInt(i)).filter((y) => p.point(le(y)));
  assert.ok(twice.length >= 5 && p.point(le(1n)));
  for (const y of twice) assert.equal(p.point(le(y + prime)), null);
  for (const y of [1n, prime - 1n]) assert.equal(p.point(le(y | (1n << 255n))), null);
  const v = { pk: unhex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'), sig: unhex('e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b') };
  assert.equal(p.ed25519(v.pk, new Uint8Array(), v.sig), true);
  const s = BigInt(`0x${Buffer.from(v.sig.slice(32)).reverse().toString('hex')}`);
  assert.equal(p.ed25519(v.pk, new Uint8Array(), p.concat(v.sig.slice(0, 32), le(s + order))), false);
  for (const cut of [0, 31, 63]) assert.equal(p.ed25519(v.pk, new Uint8Array(), v.sig.slice(0, cut)), false);
});

const bytes = (s) => (s ? new Uint8Array(Buffer.from(s, 'base64')) : new Uint8Array());
function cases(kind) {
  const out = [];
  for (const folder of readdirSync(join(SHARED, 'rfc6962-merkle', kind))) {
    for (const name of readdirSync(join(SHARED, 'rfc6962-merkle', kind, folder))) out.push([`${kind}/${folder}/${name}`, JSON.parse(shared(`rfc6962-merkle/${kind}/${folder}/${name}`))]);
  }
  return out;
}

test('RFC 6962 inclusion and consistency, 53 and 43 cases, good and broken', { skip: without }, () => {
  const inclusion = cases('inclusion');
  for (const [name, c] of inclusion) assert.equal(p.inclusion(bytes(c.leafHash), c.leafIdx, c.treeSize, (c.proof ?? []).map(bytes), bytes(c.root)), !c.wantErr, name);
  const consistency = cases('consistency');
  for (const [name, c] of consistency) assert.equal(p.consistency(c.size1, c.size2, (c.proof ?? []).map(bytes), bytes(c.root1), bytes(c.root2)), !c.wantErr, name);
  assert.deepEqual([inclusion.length, consistency.length], [53, 43]);
  assert.ok([...inclusion, ...consistency].some(([, c]) => !c.wantErr));
});

test('the signed note of the specification, and its key', { skip: without }, () => {
  const spec = shared('c2sp-specs/signed-note.md').toString();
  const [, text] = /```\n(This is an example message\.\n\n\u2014 [^`]*)```/.exec(spec);
  const key = p.parseVkey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k');
  const { text: signed, signatures } = p.parseNote(text);
  assert.deepEqual([signatures[0].name, signatures[0].id], [key.name, key.id]);
  assert.ok(p.ed25519(key.key, p.utf8(signed), signatures[0].bytes));
  assert.equal(p.ed25519(key.key, p.utf8(signed.replace('an', 'am')), signatures[0].bytes), false);
});

const TESSERA = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx';
function tessera() {
  const files = new Map();
  const walk = (at) => readdirSync(join(SHARED, 'tlog-tiles-tessera/testdata/log', at), { withFileTypes: true }).forEach((d) => {
    const path = at ? `${at}/${d.name}` : d.name;
    if (d.isDirectory()) walk(path); else files.set(path, shared(`tlog-tiles-tessera/testdata/log/${path}`));
  });
  walk('');
  return files;
}

test('the log of Tessera: 15 entries, all older tiles, 17 signed checkpoints', { skip: without }, async () => {
  const files = tessera();
  const o = { trust: p.trustKeys([TESSERA]), general: true };
  const good = await p.pruefeVerzeichnis(directory(files), o);
  assert.deepEqual([good.urteil, good.befunde], ['valid-redacted', []]);
  assert.ok(good.angaben.some(([k, v]) => k === 'Geprüfte Checkpoints' && v === '17'));
  assert.equal((await p.pruefeVerzeichnis(directory(files), { ...o, trust: p.trustKeys([golden.keys.vkey]) })).urteil, 'unverifiable');
  for (const name of files.keys()) {
    const changed = new Map(files);
    const b = Buffer.from(files.get(name));
    b[Math.floor(b.length / 2)] ^= 1;
    changed.set(name, b);
    assert.notEqual((await p.pruefeVerzeichnis(directory(changed), o)).code, 0, name);
  }
});

test('JCS: the same bytes where our profile allows the input, refusal where it does not', { skip: without }, () => {
  const allowed = [];
  for (const name of readdirSync(join(SHARED, 'jcs-cyberphone/testdata/input'))) {
    const input = shared(`jcs-cyberphone/testdata/input/${name}`).toString();
    assert.equal(p.jcs(JSON.parse(input)), shared(`jcs-cyberphone/testdata/output/${name}`).toString(), name);
    try { p.parseJson(input); allowed.push(name); } catch (e) { assert.match(e.message, /Nicht lesbar/); }
  }
  // values.json and structures.json have fractions, french.json and weird.json have names outside ASCII.
  assert.deepEqual(allowed, ['arrays.json', 'unicode.json']);
});
