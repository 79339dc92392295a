// Builds small logs for the tests of the second verifier: events, tree, signatures, proofs, tiles.
// Uses node's own cryptography and the recursive definitions of RFC 6962, nothing of the verifier.

import { createHash, createPrivateKey, createPublicKey, hkdfSync, randomBytes, sign } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ORIGIN = 'musterstadt.example/akte/2026';
export const sha = (...parts) => { const h = createHash('sha256'); parts.forEach((p) => h.update(p)); return h.digest(); };
export const b64u = (bytes) => Buffer.from(bytes).toString('base64url');
export const b64 = (bytes) => Buffer.from(bytes).toString('base64');
export const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };
const sorted = (v) => (Array.isArray(v) ? v.map(sorted) : v !== null && typeof v === 'object'
  ? Object.fromEntries(Object.keys(v).sort().map((k) => [k, sorted(v[k])])) : v);
export const jcs = (v) => JSON.stringify(sorted(v));
const uuid = (b) => { b[6] = (b[6] & 15) | 128; b[8] = (b[8] & 63) | 128; return Buffer.from(b.subarray(0, 16)).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'); };
export const newUuid = () => uuid(randomBytes(16));
export const systemStream = (log = ORIGIN) => uuid(sha(`aktenkette/system/v1\n${log}`));

/** A data file of the shared folder, or null with the reason for the runner. */
export const SHARED = process.env.AKTE_SHARED ? join(process.env.AKTE_SHARED, 'data/integrity') : '';
export const without = SHARED && existsSync(SHARED) ? false : 'skipped: shared data not found';
export const shared = (path) => readFileSync(join(SHARED, path));

// ---- keys and notes ----

export class Key {
  constructor(name = ORIGIN, type = 1, seed = randomBytes(32)) {
    this.name = name; this.type = type;
    this.secret = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8' });
    this.public = createPublicKey(this.secret).export({ format: 'der', type: 'spki' }).subarray(-32);
    this.id = sha(`${name}\n`, Buffer.from([type]), this.public).subarray(0, 4);
  }
  get vkey() { return `${this.name}+${this.id.toString('hex')}+${b64(Buffer.concat([Buffer.from([this.type]), this.public]))}`; }
  line(text, time = 1_795_400_000) {
    const raw = this.type === 4 ? Buffer.concat([u64(time), sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), this.secret)]) : sign(null, Buffer.from(text), this.secret);
    return `\u2014 ${this.name} ${b64(Buffer.concat([this.id, raw]))}\n`;
  }
}
export const note = (size, root, keys, origin = keys[0].name) => {
  const text = `${origin}\n${size}\n${b64(root)}\n`;
  return `${text}\n${keys.map((k) => k.line(text)).join('')}`;
};

// ---- tree, by the definitions of RFC 6962 §2.1 ----

export const leafOf = (entry) => sha(Buffer.from([0]), entry);
const node = (l, r) => sha(Buffer.from([1]), l, r);
const split = (n) => { let k = 1; while (k * 2 < n) k *= 2; return k; };
export const mth = (d) => (d.length === 0 ? sha('') : d.length === 1 ? d[0] : node(mth(d.slice(0, split(d.length))), mth(d.slice(split(d.length)))));
export function path(m, d) {
  if (d.length <= 1) return [];
  const k = split(d.length);
  return m < k ? [...path(m, d.slice(0, k)), mth(d.slice(k))] : [...path(m - k, d.slice(k)), mth(d.slice(0, k))];
}
function subproof(m, d, whole) {
  if (m === d.length) return whole ? [] : [mth(d)];
  const k = split(d.length);
  return m <= k ? [...subproof(m, d.slice(0, k), whole), mth(d.slice(k))] : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))];
}
export const consistencyPath = (m, d) => subproof(m, d, true);

// ---- events ----

/** One event: open values in group 0, sealed ones in group 1 (padded with decoys to a multiple of 4). */
export function event({ stream = newUuid(), seq = 0, prev = Buffer.alloc(32), type = 'antrag.submitted.v1', at, open = { '/_akteur': 'system' }, sealed = {}, log = ORIGIN, change = (h) => h }) {
  const secrets = [randomBytes(32), randomBytes(32)];
  const disclose = (secret, [pointer, value]) => {
    const salt = hkdfSync('sha256', secret, '', `aktenkette/salt/v1\n${pointer}`, 16);
    return b64u(jcs([b64u(Buffer.from(salt)), pointer, value]));
  };
  const groups = [Object.entries(open), Object.entries(sealed)].map((g, i) => g.map((e) => disclose(secrets[i], e)));
  const decoys = (4 - (groups[1].length % 4)) % 4;
  const sd = [...groups.flat().map((d) => b64u(sha(d))), ...Array.from({ length: decoys }, () => b64u(randomBytes(32)))].sort();
  const grp = [[0, groups[0].length], ...(groups[1].length ? [[1, groups[1].length + decoys]] : [])];
  const header = change({ v: 1, suite: 1, log, stream, seq, type, at: at ?? `2026-11-22T10:30:${String(10 + seq).padStart(2, '0')}.123456Z`,
    prev: b64u(prev), nonce: b64u(randomBytes(16)), cause: newUuid(), corr: stream, ret: 'J10', grp, _sd: sd });
  const bytes = Buffer.from(typeof header === 'string' ? header : jcs(header));
  const hash = sha('aktenkette/event/v1\n', bytes);
  const entry = Buffer.concat([Buffer.from([1]), hash]);
  return { header, bytes, hash, entry, leaf: leafOf(entry), open: groups[0], disclosures: groups.flat() };
}

export class Log {
  events = [];
  constructor(key = new Key(), witnesses = []) { this.key = key; this.witnesses = witnesses; }
  add(e) { this.events.push(e); return this.events.length - 1; }
  fill(n) { while (this.events.length < n) this.add(event({})); return this; }
  leaves(size = this.events.length) { return this.events.slice(0, size).map((e) => e.leaf); }
  note(size = this.events.length) { return note(size, mth(this.leaves(size)), [this.key, ...this.witnesses]); }
  proof(index, size = this.events.length) { return path(index, this.leaves(size)).map(b64); }
  receipt(index, { disclosures = this.events[index].disclosures, size, extra, header = b64u(this.events[index].bytes) } = {}) {
    const body = extra ?? jcs({ header, disclosures });
    return `c2sp.org/tlog-proof@v1\nextra ${b64(body)}\nindex ${index}\n${this.proof(index, size).map((h) => `${h}\n`).join('')}\n${this.note(size)}`;
  }
  record(index, disclosures = this.events[index].disclosures) {
    return { header: b64u(this.events[index].bytes), disclosures, index, proof: this.proof(index) };
  }
  /** Daily list of the heads of these streams ({tag, events}), as event; returns its leaves in order. */
  heads(streams) {
    const up_to = this.events.length;
    const list = streams.map(({ tag, events }) => ({ tag, seq: events.length - 1, head: events.at(-1).hash })).sort((a, b) => Buffer.compare(a.tag, b.tag));
    const leaves = list.map((h) => leafOf(Buffer.concat([h.tag, u64(h.seq), h.head])));
    const index = this.add(event({ stream: systemStream(), type: 'log.stream_heads.v1', open: { '/up_to': up_to, '/count': list.length, '/root': b64u(mth(leaves)) } }));
    return { list, leaves, index };
  }
}
/** Three events of one stream, the tag of seq 0 in the open. */
export function stream(log, tag, n = 3) {
  const events = [];
  const id = newUuid();
  for (let seq = 0; seq < n; seq += 1) {
    const e = event({ stream: id, seq, prev: seq ? events.at(-1).hash : Buffer.alloc(32), open: seq ? { '/_akteur': 'x' } : { '/_akteur': 'x', '/_heads_tag': b64u(tag) }, sealed: { '/titel': 'T' } });
    log.add(e); events.push(e);
  }
  return { tag, events };
}

/** Static files of a log over these entries, as path -> bytes. */
export function tiles(entries, key, sizes = []) {
  const files = new Map();
  const leaves = entries.map(leafOf);
  const name = (n) => { let s = String(n % 1000).padStart(3, '0'); for (let r = Math.floor(n / 1000); r; r = Math.floor(r / 1000)) s = `x${String(r % 1000).padStart(3, '0')}/${s}`; return s; };
  const put = (dir, all, glue) => {
    for (let n = 0; n * 256 < all.length; n += 1) {
      const part = all.slice(n * 256, n * 256 + 256);
      files.set(`tile/${dir}/${name(n)}${part.length < 256 ? `.p/${part.length}` : ''}`, Buffer.concat(part.flatMap(glue)));
    }
  };
  put('entries', entries, (e) => [Buffer.from([e.length >> 8, e.length & 255]), e]);
  for (let level = 0, row = leaves; row.length; level += 1) {
    put(level, row, (h) => [h]);
    row = Array.from({ length: Math.floor(row.length / 256) }, (_, n) => mth(row.slice(n * 256, n * 256 + 256)));
  }
  files.set('checkpoint', Buffer.from(note(entries.length, mth(leaves), [key])));
  for (const s of sizes) files.set(`checkpoint.${s}`, Buffer.from(note(s, mth(leaves.slice(0, s)), [key])));
  return files;
}
/** Such files as the directory the verifier reads. */
export const directory = (files) => ({
  read: async (p) => (files.has(p) ? new Uint8Array(files.get(p)) : null),
  list: async (p) => [...files.keys()].filter((f) => (p === '' ? !f.includes('/') : f.startsWith(`${p}/`))).map((f) => f.slice(p === '' ? 0 : p.length + 1)).filter((f) => !f.includes('/')),
});
export const file = (name, content) => { const bytes = new Uint8Array(Buffer.from(content)); return { name, size: bytes.length, read: async () => bytes }; };
