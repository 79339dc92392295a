// Second verifier of the ledger: receipts, public records, proofs and log directories, in a browser or
// under node (20.16 or newer: `node pruefer.mjs --hilfe`). Written from docs/LEDGER.md alone.
// Deliberately: no import, no network, no storage, no code or table shared with the writer; own SHA-256
// and Ed25519, because the ones of browsers are missing outside HTTPS, slow for millions of short
// inputs, and accept signatures that a strict verifier must refuse. Texts for people are German.

// ---- What can come out (LEDGER.md §13) ----------------------------------------------------------

export const CODE = { valid: 0, 'valid-redacted': 0, unverifiable: 2, VIOLATION: 1 };
/** Ends a check: a broken rule with its number, or something this program cannot judge. */
export class Abbruch extends Error {
  constructor(urteil, regel, text, kurz = '') { super(text); Object.assign(this, { urteil, regel, kurz }); }
}
const broken = (rule, text) => new Abbruch('VIOLATION', rule, text);
const unclear = (text, short) => new Abbruch('unverifiable', '', text, short);
/** Bytes that are not of their own format say nothing at all, neither good nor bad. */
const unreadable = (text) => unclear(`Nicht lesbar: ${text}.`, 'nicht lesbar');

const MIB = 1 << 20;
const LIMIT = { header: 16384, sd: 256, disclosure: MIB, depth: 32, values: 5_000_000, note: MIB, signatures: 128,
  policy: MIB, receipt: 64 * MIB, json: 256 * MIB, document: 512 * MIB, bundle: 256 * 65537, findings: 20, proof: 63 };

// ---- Bytes, Base64, JSON ------------------------------------------------------------------------

export const utf8 = (s) => new TextEncoder().encode(s);
const half = (n) => Math.floor(n / 2);
const asText = (bytes, what) => {
  try { return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes); } catch { throw unreadable(`${what}: kein gültiges UTF-8`); }
};
export function concat(...parts) {
  let size = 0, at = 0;
  for (const p of parts) size += p.length;
  const out = new Uint8Array(size);
  for (const p of parts) { out.set(p, at); at += p.length; }
  return out;
}
const equal = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);
const order = (a, b) => { const i = a.findIndex((x, j) => x !== b[j]); return i < 0 ? 0 : a[i] - b[i]; };
export const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
const u64 = (n) => { const b = new Uint8Array(8); new DataView(b.buffer).setBigUint64(0, BigInt(n)); return b; };

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
function base64(digits, padded) {
  const value = new Int8Array(128).fill(-1);
  [...digits].forEach((c, i) => { value[c.charCodeAt(0)] = i; });
  const name = padded ? 'Base64' : 'Base64url';
  /** Strict: own alphabet only, right padding, unused bits zero; `length` in bytes if it is fixed. */
  const decode = (s, what, length) => {
    const fail = (why) => { throw unreadable(`${what} ist kein gültiges ${name} (${why})`); };
    if (typeof s !== 'string') fail('kein Text');
    let n = s.length;
    if (padded) { if (n % 4) fail('Länge'); n -= s.endsWith('==') ? 2 : s.endsWith('=') ? 1 : 0; }
    if (n % 4 === 1) fail('Länge');
    const out = new Uint8Array(Math.floor((n * 3) / 4));
    if (length !== undefined && out.length !== length) fail(`${out.length} statt ${length} Byte`);
    let bits = 0, have = 0, at = 0;
    for (let i = 0; i < n; i += 1) {
      const v = value[s.charCodeAt(i)] ?? -1;
      if (v < 0) fail(`Zeichen ${i + 1}`);
      bits = ((bits << 6) | v) & 0xffff; have += 6;
      if (have >= 8) { have -= 8; out[at] = (bits >> have) & 255; at += 1; }
    }
    if (bits & ((1 << have) - 1)) fail('Füllbits nicht null');
    return out;
  };
  const encode = (bytes) => {
    let s = '';
    for (let i = 0; i < bytes.length; i += 3) {
      const n = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0), rest = bytes.length - i;
      s += digits[n >> 18] + digits[(n >> 12) & 63] + (rest > 1 ? digits[(n >> 6) & 63] : padded ? '=' : '') + (rest > 2 ? digits[n & 63] : padded ? '=' : '');
    }
    return s;
  };
  return { decode, encode };
}
export const b64 = base64(`${LETTERS}+/`, true);
export const b64u = base64(`${LETTERS}-_`, false);

/** The profile of LEDGER.md §3: JSON.parse would round big integers and keep the last of two equal keys. */
export function parseJson(source, what = 'JSON') {
  const ESCAPE = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
  const INTEGER = /-?(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/y;
  let at = 0, values = 0;
  const fail = (why) => { throw unreadable(`${what}: ${why} an Stelle ${at + 1}`); };
  const space = () => { while (source[at] === ' ' || source[at] === '\n' || source[at] === '\t' || source[at] === '\r') at += 1; };
  const string = () => {
    let out = '', from = (at += 1);
    for (;;) {
      const c = source.charCodeAt(at);
      if (c === 34) { out += source.slice(from, at); at += 1; break; }
      if (!(c >= 32)) fail('Text nicht beendet oder Steuerzeichen');
      if (c !== 92) { at += 1; continue; }
      const code = source.slice(at + 2, at + 6), letter = source[at + 1];
      const unicode = letter === 'u' && /^[0-9a-fA-F]{4}$/.test(code);
      if (!unicode && !Object.hasOwn(ESCAPE, letter ?? '')) fail('unbekanntes Fluchtzeichen');
      out += source.slice(from, at) + (unicode ? String.fromCharCode(parseInt(code, 16)) : ESCAPE[letter]);
      from = at += unicode ? 6 : 2;
    }
    if (/\p{Surrogate}|\0/u.test(out)) fail('U+0000 oder halbes Zeichen');
    return out;
  };
  const members = (close, one) => {
    at += 1; space();
    if (source[at] === close) { at += 1; return; }
    for (;;) {
      one(); space();
      if (source[at] === close) { at += 1; return; }
      if (source[at] !== ',') fail(`„,“ oder „${close}“ fehlt`);
      at += 1; space();
    }
  };
  const value = (depth) => {
    if (depth > LIMIT.depth) fail(`tiefer als ${LIMIT.depth} verschachtelt`);
    if ((values += 1) > LIMIT.values) fail('zu viele Werte');
    space();
    const c = source[at];
    if (c === '"') return string();
    if (c === '[') { const list = []; members(']', () => list.push(value(depth + 1))); return list; }
    if (c === '{') {
      const object = Object.create(null);
      members('}', () => {
        if (source[at] !== '"') fail('Name fehlt');
        const key = string();
        if (!/^[\x01-\x7f]*$/.test(key)) fail('Name nicht ASCII');
        if (key in object) fail(`Name „${key.slice(0, 40)}“ doppelt`);
        space();
        if (source[at] !== ':') fail('„:“ fehlt');
        at += 1; object[key] = value(depth + 1);
      });
      return object;
    }
    for (const [word, meant] of [['true', true], ['false', false], ['null', null]]) if (source.startsWith(word, at)) { at += word.length; return meant; }
    INTEGER.lastIndex = at;
    const digits = INTEGER.exec(source)?.[0];
    if (!digits) fail('kein Wert des Profils (nur ganze Zahlen, höchstens 2^53-1)');
    if (digits === '-0' || !Number.isSafeInteger(Number(digits))) fail('Zahl -0 oder größer als 2^53-1');
    at += digits.length;
    return Number(digits);
  };
  const result = value(0);
  space();
  if (at !== source.length) fail('Rest nach dem Ende');
  return result;
}
/** RFC 8785, only to notice bytes that are not canonical; nothing is ever hashed from it. */
export const jcs = (v) => (Array.isArray(v) ? `[${v.map(jcs).join(',')}]` : v === null || typeof v !== 'object' ? JSON.stringify(v)
  : `{${Object.keys(v).sort().map((k) => `${JSON.stringify(k)}:${jcs(v[k])}`).join(',')}}`);

const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v);
function fields(v, needed, what, optional = []) {
  if (!isObject(v)) throw unreadable(`${what} ist kein JSON-Objekt`);
  for (const k of needed) if (!(k in v)) throw unreadable(`${what}: Feld „${k}“ fehlt`);
  for (const k of Object.keys(v)) if (!needed.includes(k) && !optional.includes(k)) throw unreadable(`${what}: Feld „${k.slice(0, 40)}“ ist unbekannt`);
  return v;
}
const isCount = (v) => Number.isSafeInteger(v) && v >= 0;
const count = (v, what) => { if (!isCount(v)) throw unreadable(`${what} ist keine ganze Zahl von 0 bis 2^53-1`); return v; };
const list = (v, what, most) => { if (!Array.isArray(v) || v.length > most) throw unreadable(`${what} ist keine Liste bis ${most}`); return v; };
const decimal = (s, what) => { if (!/^(0|[1-9][0-9]{0,15})$/.test(s)) throw unreadable(`${what} ist keine Zahl ohne führende Null`); return count(Number(s), what); };
const hashes = (v, what) => list(v, what, LIMIT.proof).map((h) => b64.decode(h, what, 32));

// ---- SHA-2, Ed25519 (FIPS 180-4, RFC 8032) ------------------------------------------------------

const PRIMES = [];
for (let n = 2; PRIMES.length < 80; n += 1) if (PRIMES.every((p) => n % p)) PRIMES.push(n);
/** First 64 bits of the fraction of the root of n: where the constants of SHA-2 come from. */
function rootFraction(n, power) {
  let low = 0n;
  for (let bit = 1n << 68n; bit; bit >>= 1n) if ((low + bit) ** power <= BigInt(n) << (64n * power)) low += bit;
  return low & (2n ** 64n - 1n);
}
const K = PRIMES.map((p) => rootFraction(p, 3n)), START = PRIMES.slice(0, 8).map((p) => rootFraction(p, 2n));
const K32 = Int32Array.from(K.slice(0, 64), (k) => Number(k >> 32n)), START32 = Int32Array.from(START, (h) => Number(h >> 32n));
const W = new Int32Array(64);

function block256(h, m, p) {
  for (let i = 0; i < 16; i += 1, p += 4) W[i] = (m[p] << 24) | (m[p + 1] << 16) | (m[p + 2] << 8) | m[p + 3];
  for (let i = 16; i < 64; i += 1) {
    const x = W[i - 15], y = W[i - 2];
    W[i] = (W[i - 16] + W[i - 7] + (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)) + (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10))) | 0;
  }
  let a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], k = h[7];
  for (let i = 0; i < 64; i += 1) {
    const t = (k + (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))) + ((e & f) ^ (~e & g)) + K32[i] + W[i]) | 0;
    const u = ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    k = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + u) | 0;
  }
  h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += k;
}
/** From the last full block on, with the padding of SHA-2; the buffer is reused, hashing never waits. */
const TAIL = new Uint8Array(256), TAIL_VIEW = new DataView(TAIL.buffer);
function tailOf(bytes, block) {
  const full = bytes.length - (bytes.length % block), rest = bytes.length - full, end = rest + 1 + block / 8 > block ? 2 * block : block;
  TAIL.fill(0, rest, end);
  for (let i = 0; i < rest; i += 1) TAIL[i] = bytes[full + i];
  TAIL[rest] = 128;
  TAIL_VIEW.setUint32(end - 8, Math.floor(bytes.length / 2 ** 29)); TAIL_VIEW.setUint32(end - 4, (bytes.length * 8) % 2 ** 32);
  return [full, end];
}
const STATE = new Int32Array(8);
export function sha256(bytes) {
  const [full, end] = tailOf(bytes, 64), out = new Uint8Array(32);
  STATE.set(START32);
  for (let p = 0; p < full; p += 64) block256(STATE, bytes, p);
  for (let p = 0; p < end; p += 64) block256(STATE, TAIL, p);
  for (let i = 0; i < 32; i += 1) out[i] = STATE[i >> 2] >>> (24 - 8 * (i & 3));
  return out;
}
const M64 = 2n ** 64n - 1n, turn = (x, n) => (x >> n) | ((x << (64n - n)) & M64);
function block512(h, view, p) {
  const w = Array.from({ length: 16 }, (_, i) => view.getBigUint64(p + 8 * i));
  for (let i = 16; i < 80; i += 1) {
    const x = w[i - 15], y = w[i - 2];
    w.push((w[i - 16] + w[i - 7] + (turn(x, 1n) ^ turn(x, 8n) ^ (x >> 7n)) + (turn(y, 19n) ^ turn(y, 61n) ^ (y >> 6n))) & M64);
  }
  let [a, b, c, d, e, f, g, k] = h;
  for (let i = 0; i < 80; i += 1) {
    const t = k + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + ((e & f) ^ ((e ^ M64) & g)) + K[i] + w[i];
    const u = (turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
    k = g; g = f; f = e; e = (d + t) & M64; d = c; c = b; b = a; a = (t + u) & M64;
  }
  return [a, b, c, d, e, f, g, k].map((x, i) => (h[i] + x) & M64);
}
export function sha512(bytes) {
  const [full, end] = tailOf(bytes, 128), view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let h = START;
  for (let p = 0; p < full; p += 128) h = block512(h, view, p);
  for (let p = 0; p < end; p += 128) h = block512(h, TAIL_VIEW, p);
  return concat(...h.map(u64));
}
/** Documents are long: the browser's own SHA-512 where there is one. */
const sha512Long = async (bytes) => (globalThis.crypto?.subtle ? new Uint8Array(await globalThis.crypto.subtle.digest('SHA-512', bytes)) : sha512(bytes));

const P = 2n ** 255n - 19n, ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (x) => { const r = x % P; return r < 0n ? r + P : r; };
const power = (base, e) => { let r = 1n; for (let b = base; e; e >>= 1n, b = (b * b) % P) if (e & 1n) r = (r * b) % P; return r; };
const D = mod(-121665n * power(121666n, P - 2n)), ROOT_MINUS_1 = power(2n, (P - 1n) / 4n);
const little = (bytes) => BigInt(`0x${hex(bytes.slice().reverse())}`);
/** A point (X, Y, Z, T) of its one canonical encoding; null for every other 32 bytes. */
export function point(bytes) {
  const all = little(bytes), y = all & (2n ** 255n - 1n), odd = all >> 255n;
  if (y >= P) return null;
  const u = mod(y * y - 1n), v = mod(D * y * y + 1n);
  let x = mod(u * v ** 3n * power(mod(u * v ** 7n), (P - 5n) / 8n));
  if (mod(v * x * x) !== u) x = mod(x * ROOT_MINUS_1);
  if (mod(v * x * x) !== u || (x === 0n && odd)) return null;
  if ((x & 1n) !== odd) x = P - x;
  return [x, y, 1n, mod(x * y)];
}
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2)), c = mod(2n * D * t1 * t2), d = 2n * z1 * z2;
  const e = b - a, f = mod(d - c), g = mod(d + c), h = b + a;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}
const times8 = (p) => [1, 2, 3].reduce((q) => add(q, q), p);
const isZero = ([x, y, z]) => x === 0n && y === z;
const ZERO = [0n, 1n, 1n, 0n], BASE = point(concat([0x58], new Uint8Array(31).fill(0x66)));
/** Strict: canonical A, R and S, neither A nor R of small order, equation without cofactor. */
export function ed25519(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const r = signature.subarray(0, 32), s = little(signature.subarray(32)), A = point(key), R = point(r);
  if (s >= ORDER || !A || !R || isZero(times8(A)) || isZero(times8(R))) return false;
  const k = little(sha512(concat(r, key, message))) % ORDER, minusA = [mod(-A[0]), A[1], 1n, mod(-A[3])], both = add(BASE, minusA);
  let q = ZERO;
  for (let bit = 252n; bit >= 0n; bit -= 1n) {
    q = add(q, q);
    const one = (s >> bit) & 1n, two = (k >> bit) & 1n;
    if (one || two) q = add(q, one && two ? both : one ? BASE : minusA);
  }
  return mod(q[0] - R[0] * q[2]) === 0n && mod(q[1] - R[1] * q[2]) === 0n;
}

// ---- The tree (RFC 6962; sizes beyond 32 bits, so no bit operators on them) ---------------------

export const leafHash = (entry) => sha256(concat([0], entry));
const PAIR = new Uint8Array(65).fill(1, 0, 1);
const nodeHash = (left, right) => { PAIR.set(left, 1); PAIR.set(right, 33); return sha256(PAIR); };
/** Grows leaf by leaf, keeps one hash per level. */
export class Tree {
  peaks = []; size = 0;
  push(hash) {
    let right = hash;
    for (let n = this.size; n % 2 === 1; n = half(n)) right = nodeHash(this.peaks.pop(), right);
    this.peaks.push(right); this.size += 1;
  }
  root() { return join(this.peaks); }
}
/** Root over complete subtrees, largest first. */
const join = (peaks) => (peaks.length ? peaks.reduceRight((right, left) => nodeHash(left, right)) : sha256(new Uint8Array()));
export const treeRoot = (leaves) => { const t = new Tree(); leaves.forEach((l) => t.push(l)); return t.root(); };

const well = (...all) => all.every((h) => h instanceof Uint8Array && h.length === 32);
/** RFC 9162 §2.1.3.2 */
export function inclusion(leaf, index, size, proof, root) {
  if (!well(leaf, root, ...proof) || !isCount(index) || !isCount(size) || index >= size) return false;
  let f = index, s = size - 1, r = leaf;
  for (const p of proof) {
    if (s === 0) return false;
    if (f % 2 === 1 || f === s) {
      r = nodeHash(p, r);
      while (f % 2 === 0 && f !== 0) { f = half(f); s = half(s); }
    } else r = nodeHash(r, p);
    f = half(f); s = half(s);
  }
  return s === 0 && equal(r, root);
}
/** RFC 9162 §2.1.4.2; size 0 proves nothing. */
export function consistency(size1, size2, proof, root1, root2) {
  if (!well(root1, root2, ...proof) || !isCount(size1) || !isCount(size2) || size1 < 1 || size1 > size2) return false;
  if (size1 === size2) return proof.length === 0 && equal(root1, root2);
  let f = size1 - 1, s = size2 - 1;
  while (f % 2 === 1) { f = half(f); s = half(s); }
  const path = f === 0 ? [root1, ...proof] : proof;
  if (path.length === 0) return false;
  let [a] = path, b = a;
  for (const p of path.slice(1)) {
    if (s === 0) return false;
    if (f % 2 === 1 || f === s) {
      a = nodeHash(p, a); b = nodeHash(p, b);
      while (f % 2 === 0 && f !== 0) { f = half(f); s = half(s); }
    } else b = nodeHash(b, p);
    f = half(f); s = half(s);
  }
  return s === 0 && equal(a, root1) && equal(b, root2);
}

// ---- Signed notes, keys, trust (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy)

const NAME = /^[^+\p{White_Space}\p{Cc}]+$/u;
export function parseVkey(s) {
  const [, name, id, key] = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(typeof s === 'string' ? s.trim() : '') ?? [];
  if (!name || !NAME.test(name) || !/^[0-9a-f]{8}$/.test(id)) throw unreadable('öffentlicher Schlüssel (Form: Name+Kennung+Base64)');
  const bytes = b64.decode(key, 'öffentlicher Schlüssel'), type = bytes[0];
  if (bytes.length !== { 1: 33, 4: 33, 6: 1313 }[type]) throw unreadable('öffentlicher Schlüssel: Art oder Länge unbekannt');
  if (hex(sha256(concat(utf8(`${name}\n`), bytes)).subarray(0, 4)) !== id) throw unreadable('öffentlicher Schlüssel: Kennung passt nicht zum Schlüssel');
  return { name, id, type, key: bytes.subarray(1) };
}
export function parseNote(source) {
  if (typeof source !== 'string') throw unreadable('Checkpoint ist kein Text');
  if (source.length > LIMIT.note) throw unreadable('Checkpoint größer als 1 MiB');
  const cut = source.lastIndexOf('\n\n');
  if (/[\x00-\x09\x0b-\x1f]/.test(source) || cut < 0 || !source.endsWith('\n') || cut + 2 === source.length) throw unreadable('Checkpoint ohne Unterschrift oder mit Steuerzeichen');
  const signatures = source.slice(cut + 2, -1).split('\n').map((line) => {
    const [, name, value] = /^\u2014 (\S+) (\S+)$/u.exec(line) ?? [];
    if (!name || !NAME.test(name)) throw unreadable('Unterschriftszeile des Checkpoints');
    const bytes = b64.decode(value, `Unterschrift von ${name}`);
    if (bytes.length < 5) throw unreadable(`Unterschrift von ${name}: zu kurz`);
    return { name, id: hex(bytes.subarray(0, 4)), bytes: bytes.subarray(4) };
  });
  if (signatures.length > LIMIT.signatures) throw unreadable(`Checkpoint mit mehr als ${LIMIT.signatures} Unterschriften`);
  return { text: source.slice(0, cut + 1), signatures };
}
export function parseCheckpoint(text, general = false) {
  const lines = text.split('\n');
  if (lines.length < 4 || (lines.length > 4 && !general) || lines.slice(0, -1).includes('')) throw unreadable('Checkpoint hat nicht genau drei Zeilen');
  return { origin: lines[0], size: decimal(lines[1], 'Größe im Checkpoint'), root: b64.decode(lines[2], 'Wurzel im Checkpoint', 32) };
}
/** Trust in log keys alone, no witnesses. */
export function trustKeys(vkeys) {
  const logs = vkeys.map(parseVkey);
  if (logs.some((k) => k.type === 4)) throw unreadable('Schlüssel eines Zeugen statt eines Protokolls');
  return { logs, witnesses: new Map(), quorum: () => true };
}
/** c2sp.org/tlog-policy; names are opaque octets, so the text holds one character per byte. */
export function parsePolicy(bytes) {
  if (bytes.length > LIMIT.policy) throw unreadable('Vertrauensdatei größer als 1 MiB');
  const text = Array.from(bytes, (b) => String.fromCharCode(b)).join('');
  const logs = [], witnesses = new Map(), rules = new Map([['none', () => true]]), used = new Set();
  let quorum;
  text.split('\n').forEach((raw, n) => {
    const no = (why) => { throw unreadable(`Vertrauensdatei, Zeile ${n + 1}: ${why}`); };
    if (/[\x00-\x08\x0b-\x1f\x7f]/.test(raw)) no('Steuerzeichen');
    const [word = '', ...args] = raw.split(/[ \t]+/).filter(Boolean);
    const vkey = (s, types, others) => {
      const k = parseVkey(asText(Uint8Array.from(s ?? '', (c) => c.charCodeAt(0)), 'Schlüssel'));
      if (!types.includes(k.type)) no('Art des Schlüssels passt nicht');
      if ([...others].some((o) => equal(o.key, k.key))) no('Schlüssel doppelt');
      return k;
    };
    const fresh = (name) => { if (!name || rules.has(name)) no('Name fehlt, doppelt oder „none“'); return name; };
    if (word === '' || word.startsWith('#')) return;
    if (word === 'log' && (args.length === 1 || args.length === 2)) logs.push(vkey(args[0], [1, 6], logs));
    else if (word === 'witness' && (args.length === 2 || args.length === 3)) {
      const name = fresh(args[0]), key = vkey(args[1], [4, 6], witnesses.values());
      witnesses.set(name, key); rules.set(name, (good) => good.has(key));
    } else if (word === 'group' && args.length >= 3) {
      const [name, how, ...members] = args;
      const k = how === 'all' ? members.length : how === 'any' ? 1 : decimal(how, `Vertrauensdatei, Zeile ${n + 1}: Zahl`);
      if (k < 1 || k > members.length) no('Zahl der Gruppe');
      const parts = members.map((m) => { if (m === 'none' || !rules.has(m) || used.has(m)) no(`Mitglied ${m} unbekannt oder schon vergeben`); used.add(m); return rules.get(m); });
      rules.set(fresh(name), (good) => parts.filter((p) => p(good)).length >= k);
    } else if (word === 'quorum' && args.length === 1 && !quorum && rules.has(args[0])) quorum = rules.get(args[0]);
    else no(`„${word.slice(0, 20)}“ ist hier nicht erlaubt`);
  });
  if (!quorum) throw unreadable('Vertrauensdatei ohne quorum');
  return { logs, witnesses, quorum };
}
function signedText({ type }, { bytes }, text) {
  if (type === 1) return { message: utf8(text), signature: bytes, time: 0n };
  const time = bytes.length === 72 ? new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) : 2n ** 64n;
  return { message: utf8(`cosignature/v1\ntime ${time}\n${text}`), signature: time < 2n ** 63n ? bytes.subarray(8) : new Uint8Array(), time };
}
/** The checkpoint in a note, if trust says so; unknown keys are ignored, a failing known key rejects it. */
export function openCheckpoint(source, trust, { general = false, pq = true } = {}) {
  const note = parseNote(source), checkpoint = parseCheckpoint(note.text, general), good = new Set();
  let newest = 0n;
  for (const s of note.signatures) {
    for (const key of [...(trust?.logs ?? []), ...(trust?.witnesses.values() ?? [])].filter((k) => k.name === s.name && k.id === s.id && k.type !== 6)) {
      const { message, signature, time } = signedText(key, s, note.text);
      if (!ed25519(key.key, message, signature)) throw broken('B7', `Die Unterschrift von ${s.name} passt nicht zum Checkpoint.`);
      good.add(key);
      if (time > newest) newest = time;
    }
  }
  const own = (trust?.logs ?? []).filter((k) => k.name === checkpoint.origin);
  if (!own.some((k) => good.has(k))) throw unclear(`Der Checkpoint von „${checkpoint.origin}“ trägt keine Unterschrift eines Schlüssels, dem Sie vertrauen.`, 'Schlüssel unbekannt');
  if (pq && own.some((k) => k.type === 6)) throw unclear('Ihre Vertrauensdatei verlangt eine ML-DSA-Unterschrift. Dieses Programm kann sie nicht prüfen.', 'ML-DSA');
  if (!trust.quorum(good)) throw unclear('Zu wenige Zeugen haben den Checkpoint bestätigt.', 'Quorum nicht erreicht');
  return { ...checkpoint, newest: newest ? new Date(Number(newest) * 1000) : null };
}

// ---- Events: header, disclosures (LEDGER.md §2, §4, §6 B0, B5, B8) ------------------------------

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const HEADER = ['v', 'suite', 'log', 'stream', 'seq', 'type', 'at', 'prev', 'nonce', 'cause', 'corr', 'ret', 'grp', '_sd'];
/** The calendar knows it: no 30 February, no 24:00. */
const isTime = (s) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(s) && new Date(`${s.slice(0, 23)}Z`).toJSON()?.slice(0, 23) === s.slice(0, 23);
const matches = (re) => (v) => typeof v === 'string' && re.test(v);
const hash32 = (v) => b64u.decode(v, 'Prüfsumme', 32);
/** A reader's complaint inside hashed bytes is a broken rule, not an unreadable file. */
const under = (rule, f) => { try { return f(); } catch (e) { throw e instanceof Abbruch && e.kurz === 'nicht lesbar' ? broken(rule, e.message.slice(14)) : e; } };

export function parseHeader(bytes) {
  return under('B0', () => {
    if (bytes.length > LIMIT.header) throw unreadable('Kopf größer als 16 KiB');
    const h = parseJson(asText(bytes, 'Kopf'), 'Kopf');
    if (isObject(h) && isCount(h.v) && isCount(h.suite) && (h.v !== 1 || h.suite !== 1)) throw unclear(`Format ${h.v} oder Suite ${h.suite} ist diesem Programm unbekannt.`, 'Suite unbekannt');
    fields(h, HEADER, 'Kopf');
    const sum = Array.isArray(h.grp) ? h.grp.reduce((n, g) => n + (Array.isArray(g) ? g[1] : NaN), 0) : NaN;
    const rules = { v: (v) => v === 1, suite: (v) => v === 1, seq: isCount, log: (v) => matches(NAME)(v) && utf8(v).length <= 255, stream: matches(UUID),
      type: matches(/^[a-z_]+(\.[a-z_]+)+\.v[1-9][0-9]*$/), at: (v) => typeof v === 'string' && isTime(v), prev: hash32, nonce: (v) => b64u.decode(v, 'nonce', 16),
      cause: matches(UUID), corr: matches(UUID), ret: matches(/^[A-Z0-9]{1,8}$/),
      grp: (v) => Array.isArray(v) && v.length >= 1 && v.every((g, i) => Array.isArray(g) && g.length === 2 && isCount(g[0]) && g[0] <= 255 && isCount(g[1]) && g[1] >= 1
        && (i === 0 ? g[0] === 0 : g[0] > v[i - 1][0] && g[1] % 4 === 0)) && sum === h._sd?.length,
      _sd: (v) => list(v, '_sd', LIMIT.sd).every((d, i) => hash32(d) && (i === 0 || v[i - 1] < d)) };
    for (const k of HEADER) if (!rules[k](h[k])) throw unreadable(`Kopf: Feld „${k}“ verletzt die Regel`);
    if (h.seq === 0 && hash32(h.prev).some(Boolean)) throw broken('B1', 'Das erste Ereignis eines Stroms hat einen Vorgänger.');
    return { ...h, hash: sha256(concat(utf8('aktenkette/event/v1\n'), bytes)), canonical: jcs(h) === asText(bytes, 'Kopf') };
  });
}
const eventLeaf = (header) => leafHash(concat([header.suite], header.hash));
/** Pointer -> value, all of them committed to by this header. */
export function openDisclosures(header, disclosures) {
  const digests = new Set(header._sd), values = new Map();
  for (const d of list(disclosures, 'disclosures', LIMIT.sd)) {
    under('B5', () => {
      if (typeof d !== 'string' || d.length > LIMIT.disclosure) throw unreadable('Offenlegung größer als 1 MiB');
      const v = parseJson(asText(b64u.decode(d, 'Offenlegung'), 'Offenlegung'), 'Offenlegung');
      if (!Array.isArray(v) || v.length !== 3 || !matches(/^(\/[A-Za-z0-9_-]{1,64}){1,8}$/)(v[1])) throw unreadable('Offenlegung: nicht [Salz, Zeiger, Wert]');
      b64u.decode(v[0], 'Salz', 16);
      if (!digests.has(b64u.encode(sha256(utf8(d))))) throw broken('B5', `Der Wert ${v[1]} gehört nicht zu diesem Ereignis oder wurde verändert.`);
      if ([...values.keys()].some((p) => `${p}/`.startsWith(`${v[1]}/`) || `${v[1]}/`.startsWith(`${p}/`))) throw broken('B5', `Der Zeiger ${v[1]} kommt mehrfach vor.`);
      values.set(v[1], v[2]);
    });
  }
  return values;
}
const uuid8 = (b) => { b[6] = (b[6] & 15) | 128; b[8] = (b[8] & 63) | 128; return hex(b.subarray(0, 16)).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'); };
export const systemStream = (log) => uuid8(sha256(utf8(`aktenkette/system/v1\n${log}`)));
const systemEvent = (e, type, what) => {
  if (e.header.type !== type || e.header.stream !== systemStream(e.header.log)) throw broken('B9', `${what} ist kein Ereignis ${type} des Systemstroms.`);
  return e.values;
};

/** Header and disclosures at an index; afterwards `proven` binds them to a checkpoint. */
function openEvent(headerText, disclosures) {
  const header = under('B0', () => parseHeader(b64u.decode(headerText, 'Kopf')));
  return { header, values: openDisclosures(header, disclosures) };
}
function proven({ header }, index, proof, checkpoint) {
  if (header.log !== checkpoint.origin) throw broken('B8', `Das Ereignis gehört zum Protokoll „${header.log}“, der Checkpoint zu „${checkpoint.origin}“.`);
  if (!inclusion(eventLeaf(header), index, checkpoint.size, proof, checkpoint.root)) throw broken('B2', `Das Ereignis steht nicht an Stelle ${index} des Protokolls.`);
}
/** c2sp.org/tlog-proof@v1 with our `extra`. */
export function parseProof(source) {
  const lines = source.slice(0, LIMIT.receipt).split('\n', LIMIT.proof + 6);
  let at = 1;
  if (lines[0] !== 'c2sp.org/tlog-proof@v1') throw unreadable('erste Zeile des Belegs');
  const extra = lines[at]?.startsWith('extra ') ? b64.decode(lines[at++].slice(6), 'extra') : null;
  if (!lines[at]?.startsWith('index ')) throw unreadable('Zeile „index“ fehlt im Beleg');
  const index = decimal(lines[at++].slice(6), 'index'), first = at;
  while (at < lines.length && lines[at] !== '') at += 1;
  if (at >= lines.length) throw unreadable('Beleg ohne Leerzeile vor dem Checkpoint oder mit zu langem Beweis');
  const used = lines.slice(0, at + 1).reduce((n, l) => n + l.length + 1, 0);
  return { extra, index, proof: hashes(lines.slice(first, at), 'Beweis'), note: source.slice(used) };
}
function openReceipt(source) {
  const p = parseProof(source);
  if (!p.extra) throw unclear('Der Beleg enthält kein Ereignis (Zeile „extra“ fehlt).', 'ohne Ereignis');
  const extra = fields(parseJson(asText(p.extra, 'extra'), 'extra'), ['header', 'disclosures'], 'extra');
  return { ...p, ...openEvent(extra.header, extra.disclosures) };
}

// ---- File forms. Every JSON file has exactly these fields; `note` = text of a signed checkpoint ----
// receipt      c2sp.org/tlog-proof@v1, extra = b64({"header": b64u, "disclosures": [text…]}); also embedded in a PDF
// records      {"checkpoint": note, "records": [{"header", "disclosures", "index": n, "proof": [b64…]}]}, optional
//              "form": "aktenkette-datensatz/v1" and "policy" (never trusted)
// promise      {"form": "aktenkette-zusage/v1", "header", "disclosures", "event_hash": b64u}, optional "index", "at" of the header
// consistency  {"form": "aktenkette-konsistenz/v1", "old": note, "new": note, "proof": [b64…]}
// completeness {"form": "aktenkette-vollstaendigkeit/v1", "heads": text of a receipt, "heads_tag": b64u, "leaf_index": i, "count": n,
//              "proof": [b64…], "headers": [b64u…, seq 0 first], "disclosures": [of seq 0: /_heads_tag; may be empty]}
// non-existence {"form": "aktenkette-nichtexistenz/v1", "heads", "heads_tag": the wanted one, "count": n, "left": neighbour or null,
//              "right": neighbour or null}, neighbour = {"leaf_index", "heads_tag", "last_seq", "head": b64u, "proof": [b64…]}

const about = (c) => [['Protokoll', c.origin], ['Größe beim Checkpoint', String(c.size)], ...(c.newest ? [['Letzte Bestätigung durch Zeugen', c.newest.toISOString()]] : [])];
const aboutEvent = ({ header }) => [['Ereignis', header.type], ['Zeitpunkt', header.at], ['Strom', `${header.stream}, Nummer ${header.seq}`], ['Prüfsumme', hex(header.hash)]];
const lint = (...events) => (events.every((e) => e.header.canonical) ? [] : ['Ein Kopf ist nicht in der kanonischen Schreibweise; die Prüfsumme stimmt trotzdem.']);

function* documentsIn(value, where) {
  if (isObject(value) && 'dsalt' in value && 'digest' in value) yield [where, value];
  else if (value !== null && typeof value === 'object') for (const [k, v] of Object.entries(value)) yield* documentsIn(v, `${where}/${k}`);
}
/** Which disclosed value each document belongs to. */
async function matchDocuments(values, files) {
  const known = [...values].flatMap(([p, v]) => [...documentsIn(v, p)]), found = [];
  for (const file of files) {
    if (!known.length) throw unclear('Zu diesem Beleg ist kein Dokument offengelegt. Das Dokument lässt sich damit nicht vergleichen.', 'kein Dokument genannt');
    if (file.size > LIMIT.document) throw unclear(`${file.name} ist größer als 512 MiB.`, 'zu groß');
    const bytes = await file.read();
    let hit;
    for (const [where, v] of known) {
      if (v.alg !== 'sha-512') throw unclear('Das Verfahren der Dokument-Prüfsumme ist unbekannt.', 'Verfahren unbekannt');
      const [salt, digest] = under('B5', () => [b64u.decode(v.dsalt, 'dsalt', 32), b64u.decode(v.digest, 'digest', 64)]);
      if (v.len === bytes.length && equal(await sha512Long(concat(utf8('aktenkette/doc/v1\n'), salt, bytes)), digest)) hit = where;
    }
    if (!hit) throw broken('B5', `Das Dokument ${file.name} ist nicht das, das im Ereignis festgehalten ist.`);
    found.push(`${file.name} ist unverändert das Dokument zu ${hit}.`);
  }
  return found;
}
async function checkReceipt(source, o) {
  const e = openReceipt(source), hinweise = [...await matchDocuments(e.values, o.dokumente ?? []), ...lint(e)];
  const checkpoint = openCheckpoint(e.note, o.trust, o);
  proven(e, e.index, e.proof, checkpoint);
  return { urteil: 'valid-redacted', angaben: [...about(checkpoint), ['Stelle', String(e.index)], ...aboutEvent(e)], werte: [...e.values], hinweise };
}
function checkManifests(rows) {
  const groups = new Map(), key = (e) => jcs([e.values.get('/dataset'), e.values.get('/release')]), seen = [];
  for (const e of rows.filter((r) => r.header.type !== 'dataset.published.v1' && r.values.has('/dataset') && r.values.has('/release'))) { const k = key(e); if (!groups.has(k)) groups.set(k, []); groups.get(k).push(e.index); }
  for (const e of rows.filter((r) => r.header.type === 'dataset.published.v1')) {
    const v = systemEvent(e, 'dataset.published.v1', 'Das Verzeichnis'), have = (groups.get(key(e)) ?? []).sort((a, b) => a - b), name = `${v.get('/dataset')} ${v.get('/release')}`;
    if (!['/dataset', '/release', '/count', '/root'].every((p) => v.has(p))) throw unclear(`Das Verzeichnis an Stelle ${e.index} ist nicht ganz offengelegt.`, 'Verzeichnis unvollständig');
    const root = under('B9', () => hash32(v.get('/root')));
    if (v.get('/count') !== have.length) throw broken('B9', `${name}: Veröffentlicht sind ${v.get('/count')} Zeilen, in der Datei stehen ${have.length}.`);
    if (have.some((i) => i >= e.index) || !equal(treeRoot(have.map((i) => sha256(concat([0], u64(i))))), root)) throw broken('B9', `${name}: Die Zeilen sind nicht die veröffentlichten.`);
    seen.push(`${name}: vollständig, ${have.length} Zeilen.`);
  }
  return seen.length ? seen : ['Die Datei enthält kein Verzeichnis (dataset.published.v1). Ob Zeilen fehlen, ist nicht geprüft.'];
}
function checkRecords(v, o) {
  fields(v, ['checkpoint', 'records'], 'Datensatz', ['form', 'policy']);
  let checkpoint, late;
  try { checkpoint = openCheckpoint(v.checkpoint, o.trust, o); } catch (e) { if (e.urteil !== 'unverifiable') throw e; late = e; }
  const befunde = [], rows = [], indices = new Set();
  for (const [n, r] of list(v.records, 'records', LIMIT.values).entries()) {
    try {
      fields(r, ['header', 'disclosures', 'index', 'proof'], `Zeile ${n + 1}`);
      const e = { ...openEvent(r.header, r.disclosures), index: count(r.index, `Zeile ${n + 1}: index`) }, proof = hashes(r.proof, `Zeile ${n + 1}: Beweis`);
      if (indices.has(e.index)) throw broken('B3', `Die Stelle ${e.index} kommt mehrfach vor.`);
      indices.add(e.index); rows.push(e);
      if (checkpoint) proven(e, e.index, proof, checkpoint);
    } catch (e) {
      if (!(e instanceof Abbruch)) throw e;
      befunde.push({ urteil: e.urteil, regel: e.regel, kurz: e.kurz, text: `Zeile ${n + 1}: ${e.message}` });
      if (befunde.length >= LIMIT.findings) break;
    }
  }
  if (!befunde.some((b) => b.urteil === 'VIOLATION') && late) throw late;
  if (befunde.length) return { befunde };
  if (!rows.length) throw unclear('Die Datei enthält keine Zeilen.', 'leer');
  return { urteil: 'valid-redacted', angaben: [...about(checkpoint), ['Zeilen', String(rows.length)]], hinweise: [...checkManifests(rows), ...lint(...rows)], werte: rows.length === 1 ? [...rows[0].values] : [] };
}
function checkPromise(v) {
  fields(v, ['form', 'header', 'disclosures', 'event_hash'], 'Zusage', ['index', 'at']);
  const e = openEvent(v.header, v.disclosures);
  if ('index' in v) count(v.index, 'index');
  if ('at' in v && v.at !== e.header.at) throw broken('B2', 'Der zugesagte Zeitpunkt ist nicht der dieses Ereignisses.');
  if (!equal(e.header.hash, hash32(v.event_hash))) throw broken('B2', 'Die zugesagte Prüfsumme ist nicht die dieses Ereignisses.');
  const text = 'Die Zusage ist in sich stimmig. Bewiesen ist sie erst mit dem Beleg, den Sie nach dem nächsten Checkpoint bekommen.';
  return { urteil: 'unverifiable', kurz: 'noch kein Checkpoint', text, angaben: aboutEvent(e), werte: [...e.values] };
}
function checkConsistency(v, o) {
  fields(v, ['form', 'old', 'new', 'proof'], 'Konsistenzbeweis');
  const [older, newer] = [openCheckpoint(v.old, o.trust, o), openCheckpoint(v.new, o.trust, o)], proof = hashes(v.proof, 'Beweis');
  if (older.origin !== newer.origin) throw unclear('Die beiden Checkpoints gehören zu verschiedenen Protokollen.', 'verschiedene Protokolle');
  if (older.size === 0) throw unclear('Ein leeres Protokoll passt zu jedem anderen; das beweist nichts.', 'Größe 0');
  if (!consistency(older.size, newer.size, proof, older.root, newer.root)) throw broken('B7', `Der Stand mit ${newer.size} Einträgen setzt den mit ${older.size} nicht fort.`);
  return { urteil: 'valid', angaben: [...about(newer), ['Früherer Stand', String(older.size)]] };
}
/** The stream-heads event both completeness forms hang on. */
function openHeads(v, o) {
  const e = openReceipt(typeof v.heads === 'string' ? v.heads : ''), values = systemEvent(e, 'log.stream_heads.v1', 'Die Liste der Ströme');
  const checkpoint = openCheckpoint(e.note, o.trust, o);
  proven(e, e.index, e.proof, checkpoint);
  if (!['/up_to', '/count', '/root'].every((p) => values.has(p))) throw unclear('Die Liste der Ströme ist nicht ganz offengelegt.', 'Liste unvollständig');
  const [upTo, total, root] = under('B9', () => [count(values.get('/up_to'), '/up_to'), count(values.get('/count'), '/count'), hash32(values.get('/root'))]);
  if (upTo > e.index) throw broken('B9', 'Die Liste der Ströme reicht über ihr eigenes Ereignis hinaus.');
  if (count(v.count, 'count') !== total) throw broken('B9', `Die Liste hat ${total} Ströme, nicht ${v.count}.`);
  return { e, total, root, upTo, angaben: [...about(checkpoint), ['Stand der Liste', `${upTo} Einträge, ${e.header.at}`]] };
}
const headsLeaf = (tag, seq, head) => sha256(concat([0], tag, u64(seq), head));
function checkCompleteness(v, o) {
  fields(v, ['form', 'heads', 'heads_tag', 'leaf_index', 'count', 'proof', 'headers', 'disclosures'], 'Vollständigkeitsbeweis');
  const tag = hash32(v.heads_tag), heads = openHeads(v, o), all = list(v.headers, 'headers', LIMIT.values);
  let before, firstValues;
  for (const [seq, text] of all.entries()) {
    const { header, values } = openEvent(text, seq === 0 ? v.disclosures : []);
    firstValues ??= values;
    if (header.seq !== seq || (before && (header.stream !== before.stream || !equal(hash32(header.prev), before.hash) || header.at <= before.at))) throw broken('B1', `Das Ereignis Nummer ${seq} setzt die Kette nicht fort.`);
    if (header.log !== heads.e.header.log) throw unclear('Der Strom beginnt in einem älteren Protokoll. Dessen Beweis gehört dazu.', 'älteres Protokoll');
    before = header;
  }
  if (!before) throw unclear('Der Beweis enthält keine Ereignisse.', 'leer');
  if (!inclusion(headsLeaf(tag, before.seq, before.hash), count(v.leaf_index, 'leaf_index'), heads.total, hashes(v.proof, 'Beweis'), heads.root)) throw broken('B9', `Das Ereignis Nummer ${before.seq} ist nicht das letzte dieses Stroms; es fehlen Ereignisse oder es sind zu viele.`);
  const bound = firstValues.get('/_heads_tag');
  if (bound === undefined) throw unclear('Die Kennung des Stroms (/_heads_tag) ist nicht offengelegt.', 'Kennung nicht offengelegt');
  if (bound !== v.heads_tag) throw broken('B9', 'Die Kennung gehört zu einem anderen Strom.');
  return { urteil: 'valid', angaben: [...heads.angaben, ['Strom', before.stream], ['Ereignisse', `${all.length}, mehr gab es zu diesem Stand nicht`]] };
}
function checkAbsence(v, o) {
  fields(v, ['form', 'heads', 'heads_tag', 'count', 'left', 'right'], 'Nachweis des Fehlens');
  const tag = hash32(v.heads_tag), heads = openHeads(v, o);
  const neighbour = (n, what) => {
    if (n === null) return null;
    fields(n, ['leaf_index', 'heads_tag', 'last_seq', 'head', 'proof'], what);
    const own = hash32(n.heads_tag), leaf = headsLeaf(own, count(n.last_seq, 'last_seq'), hash32(n.head));
    if (!inclusion(leaf, count(n.leaf_index, 'leaf_index'), heads.total, hashes(n.proof, 'Beweis'), heads.root)) throw broken('B9', `${what} steht nicht in der Liste.`);
    return { tag: own, index: n.leaf_index };
  };
  const [left, right] = [neighbour(v.left, 'Der linke Nachbar'), neighbour(v.right, 'Der rechte Nachbar')];
  const adjacent = (left ? left.index + 1 : 0) === (right ? right.index : heads.total);
  if (!adjacent || (left && order(left.tag, tag) >= 0) || (right && order(tag, right.tag) >= 0)) throw broken('B9', 'Die Nachbarn schließen die gesuchte Kennung nicht ein.');
  if (!left && !right && !equal(heads.root, sha256(new Uint8Array()))) throw broken('B9', 'Die Liste ist nicht leer.');
  return { urteil: 'valid', angaben: [...heads.angaben, ['Kennung ohne Strom', v.heads_tag]] };
}
function checkNote(source, o) {
  return { urteil: 'valid', angaben: about(openCheckpoint(source, o.trust, o)), hinweise: ['Geprüft sind die Unterschriften, nicht das Protokoll dahinter.'] };
}

const FORMS = { 'aktenkette-datensatz/v1': ['Datensatz', checkRecords], 'aktenkette-zusage/v1': ['Zusage', checkPromise], 'aktenkette-konsistenz/v1': ['Konsistenzbeweis', checkConsistency],
  'aktenkette-vollstaendigkeit/v1': ['Vollständigkeitsbeweis', checkCompleteness], 'aktenkette-nichtexistenz/v1': ['Nachweis des Fehlens', checkAbsence] };
const MARK = 'c2sp.org/tlog-proof@';
/** The first embedded file of a PDF that is a receipt, else a promise, unpacked with the platform's own inflate. */
async function embeddedIn(bytes) {
  const latin = new TextDecoder('latin1').decode(bytes);
  let promise, tried = 0;
  for (const m of latin.matchAll(/\/EmbeddedFile\b[^]{0,2000}?stream\r?\n/g)) {
    if ((tried += 1) > 100) break;
    const from = m.index + m[0].length, to = latin.indexOf('endstream', from);
    let raw = bytes.subarray(from, to < 0 ? from : to - (latin[to - 1] === '\n' ? (latin[to - 2] === '\r' ? 2 : 1) : 0));
    if (/\/FlateDecode/.test(m[0])) {
      const chunks = [];
      let size = 0;
      try {
        const reader = new Blob([raw]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
        for (let c = await reader.read(); !c.done && size <= LIMIT.receipt; c = await reader.read()) { chunks.push(c.value); size += c.value.length; }
        await reader.cancel();
      } catch { size = 0; }
      raw = size && size <= LIMIT.receipt ? concat(...chunks) : new Uint8Array();
    }
    if (equal(raw.subarray(0, MARK.length), utf8(MARK))) return asText(raw, 'Beleg im PDF');
    if (raw[0] === 123 && raw.length <= MIB * 8) { const text = asText(raw, 'Anlage im PDF'); if (text.includes('"form":"aktenkette-zusage/v1"')) promise ??= text; }
  }
  return promise ?? (() => { throw unreadable('In diesem PDF ist kein Beleg eingebettet'); })();
}
async function checkFile(file, o) {
  if (file.size > LIMIT.json) throw unclear(`${file.name} ist größer als 256 MiB.`, 'zu groß');
  const bytes = await file.read();
  if (equal(bytes.subarray(0, 5), utf8('%PDF-'))) {
    const text = await embeddedIn(bytes);
    if (!text.startsWith(MARK)) {
      const found = checkPromise(parseJson(text, 'Zusage im PDF'));
      return { art: 'Zusage im PDF', ...found, hinweise: ['Der Beweis zu diesem Schreiben ist eine eigene Datei (.tlog-proof), zum Beispiel von der Statusseite. Prüfen Sie sie zusammen mit diesem PDF.'] };
    }
    const found = await checkReceipt(text, o);
    return { art: 'Beleg im PDF', ...found, hinweise: [...found.hinweise, 'Geprüft ist der eingebettete Beleg. Was sonst in der PDF-Datei steht, ist damit nicht bestätigt.'] };
  }
  const source = asText(bytes, 'Datei');
  if (source.startsWith(MARK)) {
    if (bytes.length > LIMIT.receipt) throw unclear('Der Beleg ist größer als 64 MiB.', 'zu groß');
    return { art: 'Beleg', ...await checkReceipt(source, o) };
  }
  if (/^\s*\{/.test(source)) {
    const v = parseJson(source, 'Datei'), form = v.form ?? 'aktenkette-datensatz/v1';
    const [art, check] = (typeof form === 'string' && Object.hasOwn(FORMS, form) && FORMS[form]) || [];
    if (!check) throw unclear('Diese Art von Datei kennt dieses Programm nicht.', 'Form unbekannt');
    return { art, ...check(v, o) };
  }
  if (source.includes('\n\n\u2014 ')) return { art: 'Checkpoint', ...checkNote(source, o) };
  throw unreadable('Die Datei ist weder Beleg noch Datensatz noch Checkpoint');
}

const SAYS = { valid: 'Der Nachweis stimmt.', 'valid-redacted': 'Der Nachweis stimmt. Offengelegt ist nur ein Teil.' };
/** Runs one check; whatever happens, a report comes out. */
async function report(name, run) {
  const empty = { datei: name, art: '', urteil: 'valid', regel: '', kurz: '', text: '', angaben: [], werte: [], befunde: [], hinweise: [] };
  let out;
  try { out = { ...empty, ...await run() }; } catch (e) {
    const { urteil = 'unverifiable', regel = '', kurz = 'Fehler im Prüfprogramm' } = e instanceof Abbruch ? e : {};
    out = { ...empty, befunde: [{ urteil, regel, kurz, text: e.message }] };
  }
  const worst = out.befunde.find((b) => b.urteil === 'VIOLATION') ?? out.befunde[0];
  if (worst) Object.assign(out, { urteil: worst.urteil, regel: worst.regel, kurz: worst.kurz, text: worst.text, werte: [] });
  return { ...out, text: out.text || SAYS[out.urteil], code: CODE[out.urteil] };
}
/** `file`: {name, size, read() -> Uint8Array}. `o`: {trust, dokumente: [file], general, pq}. */
export const pruefe = (file, o = {}) => report(file.name, () => checkFile(file, o));

// ---- Log directories (c2sp.org/tlog-tiles; LEDGER.md B7) ----------------------------------------

const tileName = (n) => { let s = String(n % 1000).padStart(3, '0'); for (let r = Math.floor(n / 1000); r; r = Math.floor(r / 1000)) s = `x${String(r % 1000).padStart(3, '0')}/${s}`; return s; };
function bundle(bytes, width, exact, path) {
  const entries = [];
  let at = 0;
  while (entries.length < width) {
    const n = at + 2 <= bytes.length ? bytes[at] * 256 + bytes[at + 1] : Infinity;
    if (at + 2 + n > bytes.length) throw broken('B7', `${path} endet nach ${entries.length} von ${width} Einträgen.`);
    entries.push(bytes.subarray(at + 2, at + 2 + n)); at += 2 + n;
  }
  if (exact && at !== bytes.length) throw broken('B7', `${path} enthält mehr als ${width} Einträge.`);
  return entries;
}
/** Largest first; one note at a time, only size and root are kept. */
async function checkpointsOf(dir, o, befunde) {
  const all = [];
  for (const name of (await dir.list('')).filter((n) => /^checkpoint(\.(0|[1-9][0-9]*))?$/.test(n))) {
    try {
      const c = openCheckpoint(asText(await dir.read(name, LIMIT.note), name), o.trust, o);
      if (name !== 'checkpoint' && name !== `checkpoint.${c.size}`) throw broken('B7', `enthält die Größe ${c.size}.`);
      all.push({ name, ...c });
    } catch (e) {
      if (!(e instanceof Abbruch)) throw e;
      if (befunde.length < LIMIT.findings) befunde.push({ urteil: e.urteil, regel: e.regel, kurz: e.kurz, text: `${name}: ${e.message}` });
    }
  }
  return all.sort((a, b) => b.size - a.size);
}
class Walk {
  levels = []; befunde = [];
  constructor(dir) { this.dir = dir; }
  find(text, regel = 'B7') { if (this.befunde.length < LIMIT.findings) this.befunde.push({ urteil: 'VIOLATION', regel, kurz: '', text }); }
  /** The file of exactly this width, or the full one that has replaced it. */
  async read(path, width, limit) {
    const exact = await this.dir.read(width < 256 ? `${path}.p/${width}` : path, limit);
    return exact || width === 256 ? { bytes: exact, exact: true } : { bytes: await this.dir.read(path, limit), exact: false };
  }
  /** Compares the tile that ends here with what the entries say; older partial ones must be its beginning. */
  async tile(level) {
    const { hashes: own, n } = this.levels[level], path = `tile/${level}/${tileName(n)}`, all = concat(...own), { bytes, exact } = await this.read(path, own.length, 8192);
    if (!bytes) this.find(`${path} fehlt.`);
    else if ((exact && bytes.length !== all.length) || !equal(bytes.subarray(0, all.length), all)) this.find(`${path} weicht von den Einträgen ab.`);
    for (const w of (await this.dir.list(`${path}.p`)).filter((s) => /^[1-9][0-9]{0,2}$/.test(s) && Number(s) < own.length)) {
      if (!equal(await this.dir.read(`${path}.p/${w}`, 8192) ?? [], all.subarray(0, 32 * w))) this.find(`${path}.p/${w} weicht von den Einträgen ab.`);
    }
  }
  push(level, hash) {
    const l = (this.levels[level] ??= { hashes: [], n: 0, tree: new Tree() });
    l.hashes.push(hash); l.tree.push(hash);
    return l.hashes.length < 256 ? null : this.full(level, l);
  }
  async full(level, l) {
    await this.tile(level);
    const root = l.tree.root();
    Object.assign(l, { hashes: [], n: l.n + 1, tree: new Tree() });
    await this.push(level + 1, root);
  }
  root() { return join(this.levels.toReversed().flatMap((l) => l.tree.peaks)); }
}
/** `dir`: {read(path, limit) -> bytes or null, list(path) -> names}. Entries are streamed, never held. */
export const pruefeVerzeichnis = (dir, o = {}) => report(o.name ?? 'Verzeichnis', async () => {
  const walk = new Walk(dir), { befunde } = walk, checkpoints = await checkpointsOf(dir, o, befunde), head = checkpoints.find((c) => c.name === 'checkpoint'), todo = [...checkpoints];
  let size = 0, other;
  if (!head) return { art: 'Protokoll', befunde: befunde.length ? befunde : [{ urteil: 'unverifiable', regel: '', kurz: 'nicht lesbar', text: 'Die Datei „checkpoint“ fehlt.' }] };
  if (checkpoints[0].size > head.size) walk.find(`Es gibt einen Checkpoint mit ${checkpoints[0].size} Einträgen; „checkpoint“ nennt nur ${head.size}.`);
  if (checkpoints.some((c) => c.origin !== head.origin)) walk.find('Die Checkpoints gehören zu verschiedenen Protokollen.');
  const reached = () => { while (todo.at(-1)?.size === size) { const c = todo.pop(); if (!equal(c.root, walk.root())) walk.find(`${c.name}: Die Wurzel über ${c.size} Einträge ist eine andere.`); } };
  reached();
  for (let n = 0; size < head.size && befunde.length < LIMIT.findings; n += 1) {
    const width = Math.min(256, head.size - size), path = `tile/entries/${tileName(n)}`, { bytes, exact } = await walk.read(path, width, LIMIT.bundle);
    if (!bytes) { walk.find(`${path} fehlt: Der Checkpoint verspricht ${head.size} Einträge, hier enden sie bei ${size}.`); break; }
    let entries;
    try { entries = bundle(bytes, width, exact, path); } catch (e) { walk.find(e.message); break; }
    for (const entry of entries) {
      if (!o.general && entry.length !== 33) walk.find(`Eintrag ${size} hat ${entry.length} statt 33 Byte.`);
      else if (!o.general && entry[0] !== 1) other ??= { urteil: 'unverifiable', regel: '', kurz: 'Suite unbekannt', text: `Eintrag ${size}: Suite ${entry[0]} ist unbekannt.` };
      const full = walk.push(0, leafHash(entry));
      if ((size += 1) % 256 === 0) await full;
      reached();
    }
    for (const w of (await dir.list(`${path}.p`)).filter((s) => /^[1-9][0-9]{0,2}$/.test(s) && Number(s) < width)) {
      const old = await dir.read(`${path}.p/${w}`, LIMIT.bundle) ?? [], long = entries.slice(0, w).reduce((s, e) => s + 2 + e.length, 0);
      if (!equal(old, bytes.subarray(0, long))) walk.find(`${path}.p/${w} weicht vom späteren Stand ab.`);
    }
    o.fortschritt?.(size, head.size);
  }
  if (size === head.size) for (const [level, l] of walk.levels.entries()) if (l.hashes.length) await walk.tile(level);
  if (other) befunde.push(other);
  return { art: 'Protokoll', urteil: 'valid-redacted', text: 'Das Protokoll stimmt. Inhalte enthält es nicht.', befunde, angaben: [...about(head), ['Geprüfte Checkpoints', String(checkpoints.length)]] };
});
/** A directory out of a browser's file list: paths start after the folder that holds `checkpoint`. */
export function verzeichnisAus(files) {
  const paths = files.map((f) => f.webkitRelativePath || f.name), top = paths.filter((p) => /(^|\/)checkpoint$/.test(p)).sort((a, b) => a.length - b.length)[0];
  if (top === undefined) return null;
  const prefix = top.slice(0, -'checkpoint'.length), map = new Map(), names = new Map();
  paths.forEach((p, i) => {
    if (!p.startsWith(prefix)) return;
    const path = p.slice(prefix.length), cut = path.lastIndexOf('/'), folder = path.slice(0, Math.max(cut, 0));
    map.set(path, files[i]); names.set(folder, [...(names.get(folder) ?? []), path.slice(cut + 1)]);
  });
  return { list: async (path) => names.get(path) ?? [], read: async (path, limit) => {
    const f = map.get(path);
    if (f && f.size > limit) throw unclear(`${path} ist zu groß.`, 'zu groß');
    return f ? new Uint8Array(await f.arrayBuffer()) : null;
  } };
}

// ---- Command line -------------------------------------------------------------------------------

const HELP = `Prüft Belege, Datensätze, Beweise und Protokoll-Verzeichnisse der Aktenkette, ohne Netz.
  node pruefer.mjs DATEI|ORDNER… --vkey SCHLÜSSEL      öffentlicher Schlüssel des Protokolls (mehrfach möglich)
  node pruefer.mjs DATEI|ORDNER… --policy DATEI        Vertrauensdatei (c2sp.org/tlog-policy), mit Zeugen
    --dokument DATEI   Dokument, das zum Beleg gehören soll (mehrfach möglich)
    --allgemein        Verzeichnis eines fremden Protokolls: Einträge beliebiger Länge
    --ohne-pq          ML-DSA-Schlüssel der Vertrauensdatei nicht verlangen
    --json             ein JSON-Objekt je Datei
Ausgang: 0 stimmt, 1 VIOLATION, 2 nicht prüfbar. Vergleichen Sie den Schlüssel mit einer zweiten Quelle.`;
function options(args, fs) {
  const o = { files: [], dokumente: [], vkeys: [], general: false, pq: true };
  const value = { '--vkey': (v) => o.vkeys.push(v), '--policy': (v) => { o.policy = v; }, '--dokument': (v) => o.dokumente.push(v) };
  const flag = { '--allgemein': () => { o.general = true; }, '--ohne-pq': () => { o.pq = false; }, '--json': () => { o.json = true; }, '--hilfe': () => { o.help = true; } };
  for (let i = 0; i < args.length; i += 1) {
    if (Object.hasOwn(flag, args[i])) flag[args[i]]();
    else if (Object.hasOwn(value, args[i])) { if (args[i + 1] === undefined) throw unclear(`Nach ${args[i]} fehlt ein Wert.`); value[args[i]](args[i += 1]); }
    else if (args[i].startsWith('--')) throw unclear(`${args[i]} ist unbekannt. Hilfe: --hilfe`);
    else o.files.push(args[i]);
  }
  if (!o.files.length && !o.help) throw unclear(`Es fehlt eine Datei.\n${HELP}`);
  o.trust = o.policy ? parsePolicy(fs.readFileSync(o.policy)) : trustKeys(o.vkeys);
  return o;
}
/** Text of a report; control characters of foreign values are shown, not sent to the terminal. */
function lines(r) {
  const safe = (s) => String(s).replace(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const verdict = `${r.urteil}${r.regel ? ` ${r.regel}` : ''}${r.kurz ? ` (${r.kurz})` : ''}`;
  return [`${r.datei}: ${verdict}`, `  ${r.text}`, ...r.befunde.slice(1).map((b) => `  ${b.urteil} ${b.regel} ${b.text}`), ...r.angaben.map(([k, v]) => `  ${k}: ${v}`),
    ...r.werte.map(([p, v]) => `  ${p} = ${jcs(v)}`), ...r.hinweise.map((h) => `  Hinweis: ${h}`)].map(safe).join('\n');
}
async function main(process) {
  const [fs, path] = ['node:fs', 'node:path'].map((m) => process.getBuiltinModule(m));
  const file = (name) => ({ name, size: fs.statSync(name).size, read: async () => new Uint8Array(fs.readFileSync(name)) });
  const folder = (root) => ({ list: async (p) => { try { return fs.readdirSync(path.join(root, p)); } catch { return []; } }, read: async (p, limit) => {
    const at = path.join(root, p), size = fs.statSync(at, { throwIfNoEntry: false })?.size;
    if (size > limit) throw unclear(`${p} ist zu groß.`, 'zu groß');
    return size === undefined ? null : new Uint8Array(fs.readFileSync(at));
  } });
  const o = options(process.argv.slice(2), fs);
  if (o.help) { process.stdout.write(`${HELP}\n`); return 0; }
  const dokumente = o.dokumente.map(file), codes = [];
  const fortschritt = process.stderr.isTTY ? (n, of) => process.stderr.write(`\r${n} von ${of}${n === of ? '\n' : ''}`) : undefined;
  for (const name of o.files) {
    const r = fs.statSync(name).isDirectory() ? await pruefeVerzeichnis(folder(name), { ...o, name, fortschritt }) : await pruefe(file(name), { ...o, dokumente });
    process.stdout.write(`${o.json ? JSON.stringify(r) : lines(r)}\n`);
    codes.push(r.code);
  }
  return codes.includes(1) ? 1 : codes.includes(2) ? 2 : 0;
}
const node = globalThis.process?.versions?.node ? globalThis.process : null;
if (node && !node.getBuiltinModule && node.argv[1]?.endsWith('pruefer.mjs')) { node.stderr.write('Bitte node 20.16 oder neuer verwenden.\n'); node.exitCode = 2; }
const started = node?.getBuiltinModule && node.argv[1] && node.getBuiltinModule('node:fs').realpathSync(node.argv[1]);
if (started && node.getBuiltinModule('node:url').pathToFileURL(started).href === import.meta.url) {
  main(node).then((code) => { node.exitCode = code; }, (e) => { node.stderr.write(`${e.message}\n`); node.exitCode = 2; });
}
